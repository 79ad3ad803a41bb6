//! What identifies an expression that is not worked out: its form, without places and white space, and what the names
//! in it stand for. The same expression in the same surroundings is one unknown, two different ones never are.

use std::hash::Hash;
use std::mem::discriminant;
use std::sync::Arc;

use super::eval::{Scope, beyond_bounds};
use super::functions::{self, Files};
use crate::source::Span;
use crate::syntax::hcl::{Expr, ExprKind, ForExpr, ObjectKey, Step, StepKind, TemplatePart};
use crate::value::{Alternative, Atom, Certain, IdentityHasher, Reason, Unknown, Value, derived_atom, ops};

/// The result of some code, over an input that is not known.
pub(super) fn opaque(
    what: &str,
    code: Code,
    input: &Alternative,
    certain: Certain,
    scope: &Scope,
    at: Span,
) -> Value {
    match of(what, scope, code) {
        Some(form) => {
            let input = Value::new(input.node.clone(), input.provenance.clone());
            ops::opaque(&form, scope.label(at), &[&input], certain, at)
        }
        None => beyond_bounds(scope, at),
    }
}

/// Why what some code makes of a composite may have more parts, for the `reason` of the composite or of the code
/// itself. Its parts are others than the parts of what it was made of.
pub(super) fn opened(
    what: &str,
    code: Code,
    inputs: &[&Value],
    reason: &Arc<Unknown>,
    scope: &Scope,
    at: Span,
) -> Arc<Unknown> {
    let affordable = scope.instance.afford(inputs.iter().map(|input| functions::cost_of(input)).sum());
    let atom = match of(what, scope, code).filter(|_| affordable) {
        Some(form) => derived_atom(&form, scope.label(at), inputs, None),
        None => return bounded(scope, at),
    };
    Arc::new(Unknown { atom, reason: reason.reason.clone(), certain: Certain::default() })
}

/// What stands for something that takes too much: each time it is another unknown, since it is not looked at what.
pub(super) fn bounded(scope: &Scope, at: Span) -> Arc<Unknown> {
    let key = format!("bound@{at:?}#{}", scope.instance.count_bounded());
    Arc::new(Unknown {
        atom: Atom::new(key, "this expression"),
        reason: Reason::Bound("evaluation takes more steps or levels than are allowed".into()),
        certain: Certain::default(),
    })
}

/// The form of some code in a scope, as a function of what is iterated: `what` it is and a hash of the rest.
/// `None` if looking at it takes more steps or levels than are allowed.
pub(super) fn of(what: &str, scope: &Scope, code: Code) -> Option<String> {
    let mut form = Form { scope, bound: Vec::new(), out: IdentityHasher::default() };
    match code {
        Code::For(expr) => form.for_body(expr)?,
        Code::Steps(steps) => form.steps(steps)?,
        Code::TemplateFor { key_var, value_var, body } => form.template_for(key_var, value_var, body)?,
        Code::Expr(expr) => form.expr(expr)?,
        Code::Inputs => {}
    }
    Some(format!("{what}:{}", form.out.text()))
}

/// What a form is taken of.
pub(super) enum Code<'e> {
    /// A `for` expression, without what it iterates.
    For(&'e ForExpr),
    /// The steps of a splat.
    Steps(&'e [Step]),
    /// A loop in a template, without what it iterates.
    TemplateFor {
        /// The name of the key.
        key_var: &'e Option<Arc<str>>,
        /// The name of the element.
        value_var: &'e Arc<str>,
        /// What is repeated.
        body: &'e [TemplatePart],
    },
    /// An expression.
    Expr(&'e Expr),
    /// Nothing but what the inputs say.
    Inputs,
}

struct Form<'s, 'p, 'e> {
    scope: &'s Scope<'p>,
    /// The names that the code itself binds, innermost last.
    bound: Vec<&'e Arc<str>>,
    out: IdentityHasher,
}

impl<'e> Form<'_, '_, 'e> {
    /// Runs `f` with more names bound.
    fn with(
        &mut self,
        key: &'e Option<Arc<str>>,
        value: &'e Arc<str>,
        f: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<()> {
        key.hash(&mut self.out);
        value.hash(&mut self.out);
        let before = self.bound.len();
        self.bound.extend(key.iter().chain([value]));
        let done = f(self);
        self.bound.truncate(before);
        done
    }

    /// The value of a name from around the code.
    fn value(&mut self, value: &Value) -> Option<()> {
        self.scope.instance.afford(functions::cost_of(value)).then_some(())?;
        value.identify(&mut self.out);
        Some(())
    }

    /// A name: one that the code binds, one from around it, or one of the module's.
    fn name(&mut self, name: &str) -> Option<()> {
        name.hash(&mut self.out);
        if self.bound.iter().any(|bound| &***bound == name) {
            0_u8.hash(&mut self.out);
            return Some(());
        }
        if let Some(value) = self.scope.name(name) {
            1_u8.hash(&mut self.out);
            return self.value(value);
        }
        2_u8.hash(&mut self.out);
        self.scope.instance.path.hash(&mut self.out);
        let repetition = &self.scope.repetition;
        match (name, &repetition.each, &repetition.index) {
            ("each", Some((key, value)), _) => {
                self.value(key)?;
                self.value(value)
            }
            ("count", _, Some(index)) => self.value(index),
            _ => Some(()),
        }
    }

    fn exprs(&mut self, exprs: impl ExactSizeIterator<Item = &'e Expr>) -> Option<()> {
        exprs.len().hash(&mut self.out);
        for expr in exprs {
            self.expr(expr)?;
        }
        Some(())
    }

    fn expr(&mut self, expr: &'e Expr) -> Option<()> {
        if let ExprKind::Paren(inner) = &expr.kind {
            return self.expr(inner);
        }
        let _guard = self.scope.instance.enter()?;
        discriminant(&expr.kind).hash(&mut self.out);
        match &expr.kind {
            ExprKind::Null | ExprKind::Paren(_) => Some(()),
            ExprKind::Bool(value) => {
                value.hash(&mut self.out);
                Some(())
            }
            ExprKind::Number(text) => {
                text.hash(&mut self.out);
                Some(())
            }
            ExprKind::String(text) => {
                text.hash(&mut self.out);
                Some(())
            }
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::Array(items) => self.exprs(items.iter()),
            ExprKind::Object(items) => {
                items.len().hash(&mut self.out);
                for item in items {
                    match &item.key {
                        ObjectKey::Name(name, _) => (0_u8, name).hash(&mut self.out),
                        ObjectKey::Expr(key) => {
                            1_u8.hash(&mut self.out);
                            self.expr(key)?;
                        }
                    }
                    self.expr(&item.value)?;
                }
                Some(())
            }
            ExprKind::Variable(name) => self.name(name),
            ExprKind::Traversal(root, steps) => {
                self.expr(root)?;
                self.steps(steps)
            }
            ExprKind::Call { name, args, expand_final, .. } => {
                (name, expand_final).hash(&mut self.out);
                self.exprs(args.iter())
            }
            ExprKind::Unary(op, inner) => {
                discriminant(op).hash(&mut self.out);
                self.expr(inner)
            }
            ExprKind::Binary(op, left, right) => {
                discriminant(op).hash(&mut self.out);
                self.exprs([&**left, &**right].into_iter())
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                self.exprs([&**condition, &**then, &**otherwise].into_iter())
            }
            ExprKind::For(inner) => {
                self.expr(&inner.collection)?;
                self.for_body(inner)
            }
        }
    }

    fn steps(&mut self, steps: &'e [Step]) -> Option<()> {
        steps.len().hash(&mut self.out);
        for step in steps {
            discriminant(&step.kind).hash(&mut self.out);
            match &step.kind {
                StepKind::GetAttr(name) => name.hash(&mut self.out),
                StepKind::LegacyIndex(index) => index.hash(&mut self.out),
                StepKind::Index(index) => self.expr(index)?,
                StepKind::AttrSplat | StepKind::FullSplat => {}
            }
        }
        Some(())
    }

    fn for_body(&mut self, expr: &'e ForExpr) -> Option<()> {
        (expr.grouping, expr.key.is_some(), expr.condition.is_some()).hash(&mut self.out);
        self.with(&expr.key_var, &expr.value_var, |form| {
            for part in expr.key.iter().chain(&expr.condition).chain([&expr.value]) {
                form.expr(part)?;
            }
            Some(())
        })
    }

    fn template_for(
        &mut self,
        key_var: &'e Option<Arc<str>>,
        value_var: &'e Arc<str>,
        body: &'e [TemplatePart],
    ) -> Option<()> {
        self.with(key_var, value_var, |form| form.parts(body))
    }

    fn parts(&mut self, parts: &'e [TemplatePart]) -> Option<()> {
        parts.len().hash(&mut self.out);
        for part in parts {
            discriminant(part).hash(&mut self.out);
            match part {
                TemplatePart::Literal(text, _) => text.hash(&mut self.out),
                TemplatePart::Interpolation(expr) => self.expr(expr)?,
                TemplatePart::If { cond, then, otherwise } => {
                    self.expr(cond)?;
                    self.parts(then)?;
                    self.parts(otherwise)?;
                }
                TemplatePart::For { key_var, value_var, collection, body } => {
                    self.expr(collection)?;
                    self.template_for(key_var, value_var, body)?;
                }
            }
        }
        Some(())
    }
}

/// Whether an expression by its form gives a sensitive value; `None` where its parts decide.
pub(super) fn is_sensitive(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => Some(false),
        ExprKind::Paren(inner) => is_sensitive(inner),
        ExprKind::Call { name, .. } if &**name == "sensitive" => Some(true),
        ExprKind::Call { name, .. } if &**name == "nonsensitive" => Some(false),
        _ => None,
    }
}
