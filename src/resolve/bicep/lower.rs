//! Expressions of Bicep to expressions of templates, in the way of Bicep's own compiler, which defines what
//! they mean.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::ir::{self, Ir, IrKind, append, call, string};
use super::loads::{self, Loads};
use super::model::{Model, Symbol, is_list};
use super::names::Names;
use super::tokens::is_token;
use super::units::Link;
use crate::resolve::arm::expr::{Expr as Arm, ExprKind as ArmKind};
use crate::source::{Sources, Span};
use crate::syntax::bicep::{BinaryOp, Call, Dialect, Expr, ExprKind, Key, Name, UnaryOp};
use crate::value::Reason;

/// Lowering one template makes at most so many expressions.
const MAX_STEPS: u32 = 1_000_000;
/// Expressions are within each other at most so deep, those that are written out included.
const MAX_DEPTH: u32 = 300;
/// Variables and names are written out within each other at most so often.
const MAX_EXPANSIONS: usize = 24;

/// Lowers the expressions of one file within a template.
pub(super) struct Lower<'l, 'u> {
    pub sources: &'l Sources,
    pub models: &'l [Model<'u>],
    /// The file whose expressions these are.
    pub model: &'l Model<'u>,
    /// The names that the template gives to what it imports.
    pub names: &'l Names,
    /// The template's language is the one with symbolic names.
    pub symbolic: bool,
    pub bounds: &'l Bounds,
    pub loads: &'l Loads,
    /// Of a parameter file, the files that it extends, the nearest first, with the names in them.
    pub bases: &'l [(&'l Model<'u>, Names)],
}

/// What lowering has used up.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    steps: Cell<u32>,
    depth: Cell<u32>,
    /// What is being written out: the file, and where in it.
    open: RefCell<Vec<Span>>,
    modules: Cell<Modules>,
    /// Something was too large for the steps that were left.
    refused: Cell<bool>,
    /// The literals that declared types consist of, by where those are.
    literals: RefCell<BTreeMap<Span, Vec<Ir>>>,
}

/// What was met in a module's template and below.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Modules {
    /// Some bound.
    pub met: bool,
    /// How many modules were within each other at most.
    pub deepest: usize,
}

impl Bounds {
    /// The steps counted so far.
    pub fn steps(&self) -> u32 {
        self.steps.get()
    }

    /// How many steps are left.
    pub fn left(&self) -> usize {
        MAX_STEPS.saturating_sub(self.steps.get()) as usize
    }

    /// Whether more was to be made than is.
    pub fn are_met(&self) -> bool {
        self.steps.get() > MAX_STEPS || self.refused.get()
    }

    /// Counts so many steps if they are left. If not, only what it costs to find that out: the rest goes on without.
    pub fn afford(&self, steps: usize) -> bool {
        if steps <= self.left() {
            return self.spend(steps);
        }
        self.spend(self.left() / 16);
        self.refused.set(true);
        self.meet();
        false
    }

    /// The literals that a declared type consists of, if they were looked up before; those of a type that has been
    /// looked up in vain are not kept.
    pub fn literals(&self, ty: Span) -> Option<Vec<Ir>> {
        let known = self.literals.borrow().get(&ty).cloned()?;
        self.spend(known.len());
        Some(known)
    }

    pub fn keep_literals(&self, ty: Span, literals: &[Ir]) {
        self.literals.borrow_mut().insert(ty, literals.to_vec());
    }

    /// Whether there are so many steps left.
    pub fn affords(&self, steps: u32) -> bool {
        self.steps.get().saturating_add(steps) <= MAX_STEPS
    }

    /// Begins with a module that is within so many others. What was met before is to be given back.
    pub fn enter(&self, deep: usize) -> Modules {
        self.modules.replace(Modules { met: false, deepest: deep })
    }

    /// Ends it: what was met in it.
    pub fn leave(&self, outer: Modules) -> Modules {
        let inner = self.modules.get();
        let (met, deepest) = (outer.met || inner.met, outer.deepest.max(inner.deepest));
        self.modules.set(Modules { met, deepest });
        inner
    }

    /// Notes that modules are within each other so deep.
    pub fn reach(&self, deep: usize) {
        let modules = self.modules.get();
        self.modules.set(Modules { deepest: modules.deepest.max(deep), ..modules });
    }

    /// Notes that some bound was met.
    pub fn meet(&self) {
        self.modules.set(Modules { met: true, ..self.modules.get() });
    }

    /// Counts so many steps; whether there are any left.
    pub fn spend(&self, steps: usize) -> bool {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.steps.set(self.steps.get().saturating_add(steps));
        let fits = self.steps.get() <= MAX_STEPS;
        if !fits {
            self.meet();
        }
        fits
    }
}

/// The names in force at a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'u> {
    locals: Vec<(&'u str, Local<'u>)>,
    /// The resource around.
    pub within: Option<usize>,
}

/// A name of a loop or lambda.
#[derive(Debug, Clone)]
enum Local<'u> {
    /// The item of a loop: what is walked over, how many of the names around are in force there, and the index.
    Item(&'u Expr, usize, Arm),
    /// The index of a loop.
    Index(Arm),
    /// A parameter of a lambda; whether it stands for modules.
    Lambda(bool),
    /// A parameter of a declared function.
    Parameter,
}

impl<'u> Scope<'u> {
    /// The names of a declared function.
    pub fn of_function(names: impl Iterator<Item = &'u str>) -> Scope<'u> {
        Scope { locals: names.map(|name| (name, Local::Parameter)).collect(), within: None }
    }

    fn local(&self, name: &str) -> Option<&Local<'u>> {
        self.locals.iter().rev().find(|(own, _)| *own == name).map(|(_, local)| local)
    }

    /// The names around the loop with so many names before it.
    fn outer(&self, count: usize) -> Scope<'u> {
        Scope { locals: self.locals.iter().take(count).cloned().collect(), within: self.within }
    }
}

impl<'l, 'u> Lower<'l, 'u> {
    pub fn text(&self) -> &'u str {
        self.model.text()
    }

    fn name(&self, name: &Option<Name>) -> &'u str {
        name.map_or("", |name| name.text(self.text()))
    }

    /// What the file has, for the expressions that are made of it.
    pub fn source(&self) -> &'u Arc<str> {
        self.model.unit.written()
    }

    /// A lowered expression. Where it is too much, unknown.
    pub fn value(&self, expr: &'u Expr, scope: &Scope<'u>) -> Ir {
        let bounds = self.bounds;
        if !bounds.spend(1) || bounds.depth.get() > MAX_DEPTH {
            return Ir::unknown(expr.span, "written out, this is too large");
        }
        bounds.depth.set(bounds.depth.get() + 1);
        let value = self.value_within_bounds(expr, scope);
        bounds.depth.set(bounds.depth.get() - 1);
        value
    }

    /// An expression that is written out where it is used; `span` is there. Unknown if that is within itself.
    pub fn expand(&self, span: Span, expr: &'u Expr, scope: &Scope<'u>) -> Ir {
        let open = &self.bounds.open;
        if open.borrow().contains(&expr.span) || open.borrow().len() >= MAX_EXPANSIONS {
            return Ir::unknown(span, "it is defined by itself, or through too much else");
        }
        open.borrow_mut().push(expr.span);
        let value = self.value(expr, scope);
        open.borrow_mut().pop();
        value
    }

    /// The same as an expression of templates.
    pub fn arm(&self, expr: &'u Expr, scope: &Scope<'u>) -> Arm {
        self.value(expr, scope).into_expr()
    }

    fn value_within_bounds(&self, expr: &'u Expr, scope: &Scope<'u>) -> Ir {
        let span = expr.span;
        let kind = match &expr.kind {
            ExprKind::Error => return Ir::unknown(span, "the text here cannot be read"),
            ExprKind::Null => IrKind::Null,
            ExprKind::Bool(value) => IrKind::Bool(*value),
            ExprKind::Int(value) => match i64::try_from(*value) {
                Ok(value) => IrKind::Int(value),
                Err(_) => return Ir::unknown(span, "the number is too large"),
            },
            ExprKind::String(piece) => IrKind::String(Arc::from(piece.value(self.text()))),
            ExprKind::Interpolation(pieces, holes) => {
                let mut format = String::new();
                for (index, piece) in pieces.iter().enumerate() {
                    format.push_str(&piece.value(self.text()).replace('{', "{{").replace('}', "}}"));
                    if index < holes.len() {
                        format.push_str(&format!("{{{index}}}"));
                    }
                }
                let mut args = vec![string(span, format)];
                args.extend(holes.iter().map(|hole| self.arm(hole, scope)));
                return Ir::of(call(span, "format", args));
            }
            ExprKind::Array(_) => return self.array(expr, scope),
            ExprKind::Object(_) => return self.object(expr, scope, &[]),
            ExprKind::For(of) => return self.mapped(expr, &of.list, &of.body, scope),
            ExprKind::If(_) => return Ir::unknown(span, "a condition cannot stand here"),
            ExprKind::Paren(inner) | ExprKind::NonNull(inner) => return self.value(inner, scope),
            ExprKind::Lambda(lambda) => {
                let names = lambda.parameters.iter();
                let mut args: Vec<Arm> =
                    names.clone().map(|name| string(name.span, name.text(self.text()))).collect();
                let mut inner = scope.clone();
                inner.locals.extend(names.map(|name| (name.text(self.text()), Local::Lambda(false))));
                args.push(self.arm(&lambda.body, &inner));
                return Ir::of(call(span, "lambda", args));
            }
            ExprKind::Call(of) => return self.call(expr, of, scope),
            ExprKind::Symbol(name) => return self.symbol(*name, scope),
            ExprKind::Nested { .. } => {
                return match self.model.resource_of(expr, scope.within) {
                    Some((place, index)) => Ir::of(self.reference(span, place, index, scope, true)),
                    None => Ir::unknown(span, "there is no such resource"),
                };
            }
            ExprKind::Property { .. } => return Ir::of(self.property(expr, scope)),
            ExprKind::Index { base, index, safe, from_end } => {
                if !safe && !from_end {
                    if let Some((place, Some(index))) = self.model.resource_of(expr, scope.within) {
                        return Ir::of(self.reference(span, place, Some(index), scope, true));
                    }
                    if let Some((place, Some(index))) = self.model.module_of(expr, scope.within) {
                        return Ir::of(self.module_reference(span, place, Some(index), scope));
                    }
                }
                let chained = self.is_access(base);
                let (base, index) = (self.arm(base, scope), self.arm(index, scope));
                return Ir::of(access(span, base, index, *safe, *from_end, chained));
            }
            ExprKind::Unary(op, inner) => return self.unary(span, *op, inner, scope),
            ExprKind::Binary(op, of) => return Ir::of(self.binary(span, *op, &of.0, &of.1, scope)),
            ExprKind::Ternary(of) => IrKind::Ternary(Box::new((
                self.value(&of.0, scope),
                self.value(&of.1, scope),
                self.value(&of.2, scope),
            ))),
        };
        Ir::new(span, kind)
    }

    fn unary(&self, span: Span, op: UnaryOp, inner: &'u Expr, scope: &Scope<'u>) -> Ir {
        if let (UnaryOp::Minus, ExprKind::Int(value)) = (op, &inner.kind) {
            // The smallest number has no positive counterpart.
            let negative = i64::try_from(-i128::from(*value));
            return match negative {
                Ok(value) => Ir::new(span, IrKind::Int(value)),
                Err(_) => Ir::unknown(span, "the number is too small"),
            };
        }
        let inner = self.arm(inner, scope);
        Ir::of(match op {
            UnaryOp::Not => call(span, "not", vec![inner]),
            UnaryOp::Minus => call(span, "sub", vec![ir::expr(span, ArmKind::Int(0)), inner]),
            UnaryOp::Plus => inner,
        })
    }

    fn binary(&self, span: Span, op: BinaryOp, left: &'u Expr, right: &'u Expr, scope: &Scope<'u>) -> Arm {
        let (left, right) = (self.arm(left, scope), self.arm(right, scope));
        let lower = |expr: Arm| call(expr.span, "toLower", vec![expr]);
        let not = |expr: Arm| call(span, "not", vec![expr]);
        let name = match op {
            BinaryOp::Multiply => "mul",
            BinaryOp::Divide => "div",
            BinaryOp::Modulo => "mod",
            BinaryOp::Add => "add",
            BinaryOp::Subtract => "sub",
            BinaryOp::Greater => "greater",
            BinaryOp::GreaterOrEqual => "greaterOrEquals",
            BinaryOp::Less => "less",
            BinaryOp::LessOrEqual => "lessOrEquals",
            BinaryOp::Equals => "equals",
            BinaryOp::NotEquals => return not(call(span, "equals", vec![left, right])),
            BinaryOp::EqualsInsensitive => return call(span, "equals", vec![lower(left), lower(right)]),
            BinaryOp::NotEqualsInsensitive => {
                return not(call(span, "equals", vec![lower(left), lower(right)]));
            }
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Coalesce => "coalesce",
        };
        call(span, name, vec![left, right])
    }

    fn array(&self, expr: &'u Expr, scope: &Scope<'u>) -> Ir {
        let ExprKind::Array(items) = &expr.kind else {
            return Ir::unknown(expr.span, "an array is expected here");
        };
        let span = expr.span;
        let mut chunks: Vec<Ir> = Vec::new();
        let mut current = Vec::new();
        for item in items {
            let value = self.value(&item.value, scope);
            if item.spread {
                if !current.is_empty() {
                    chunks.push(Ir::new(span, IrKind::Array(std::mem::take(&mut current))));
                }
                chunks.push(value);
            } else {
                current.push(value);
            }
        }
        if chunks.is_empty() {
            return Ir::new(span, IrKind::Array(current));
        }
        if !current.is_empty() {
            chunks.push(Ir::new(span, IrKind::Array(current)));
        }
        Ir::of(call(span, "flatten", vec![Ir::new(span, IrKind::Array(chunks)).into_expr()]))
    }

    /// An object without some of its properties.
    pub fn object(&self, expr: &'u Expr, scope: &Scope<'u>, without: &[&str]) -> Ir {
        let ExprKind::Object(object) = &expr.kind else {
            return Ir::unknown(expr.span, "an object is expected here");
        };
        let span = expr.span;
        let mut chunks: Vec<Ir> = Vec::new();
        let mut current = Vec::new();
        for property in &object.properties {
            let key = match &property.key {
                Key::Name(name) => Ir::string(name.span, name.text(self.text())),
                Key::String(key) => self.value(key, scope),
                Key::Spread => {
                    if !current.is_empty() {
                        chunks.push(Ir::new(span, IrKind::Object(std::mem::take(&mut current))));
                    }
                    chunks.push(self.value(&property.value, scope));
                    continue;
                }
                Key::Error => Ir::unknown(property.value.span, "the text here cannot be read"),
            };
            let name = match &key.kind {
                IrKind::String(name) if without.contains(&&**name) => continue,
                IrKind::String(name) => Some(name.clone()),
                _ => None,
            };
            let value = match &property.value.kind {
                ExprKind::For(_) => self.looped(&property.value, name, scope),
                _ => self.value(&property.value, scope),
            };
            current.push((key, value));
        }
        if chunks.is_empty() {
            return Ir::new(span, IrKind::Object(current));
        }
        if !current.is_empty() {
            chunks.push(Ir::new(span, IrKind::Object(current)));
        }
        Ir::of(call(span, "shallowMerge", vec![Ir::new(span, IrKind::Array(chunks)).into_expr()]))
    }

    /// A loop whose index goes by a name, or by none.
    pub fn looped(&self, expr: &'u Expr, name: Option<Arc<str>>, scope: &Scope<'u>) -> Ir {
        let ExprKind::For(of) = &expr.kind else { return self.value(expr, scope) };
        if self.model.unit.dialect == Dialect::Parameters {
            return self.value(expr, scope);
        }
        let args = name.iter().map(|name| string(expr.span, name.clone())).collect();
        let index = call(expr.span, "copyIndex", args);
        let list = self.value(&of.list, scope);
        let inner = self.inside_loop(expr, index, scope);
        let body = self.value(&of.body, &inner);
        Ir::new(expr.span, IrKind::Loop(Box::new((list, body))))
    }

    /// A loop where templates have none: a map over the indices of its list.
    fn mapped(&self, expr: &'u Expr, list: &'u Expr, body: &'u Expr, scope: &Scope<'u>) -> Ir {
        let span = expr.span;
        // No name that a file can have, so that none is hidden.
        let name = format!("[{}]", scope.locals.len());
        let index = call(span, "lambdaVariables", vec![string(span, name.clone())]);
        let inner = self.inside_loop(expr, index, scope);
        let count = call(list.span, "length", vec![self.arm(list, scope)]);
        let indices = call(list.span, "range", vec![ir::expr(list.span, ArmKind::Int(0)), count]);
        let lambda = call(span, "lambda", vec![string(span, name), self.arm(body, &inner)]);
        Ir::of(call(span, "map", vec![indices, lambda]))
    }

    /// The names inside a loop whose index is given.
    pub fn inside_loop(&self, expr: &'u Expr, index: Arm, scope: &Scope<'u>) -> Scope<'u> {
        let mut inner = scope.clone();
        if let ExprKind::For(of) = &expr.kind {
            let outer = scope.locals.len();
            if let Some(name) = of.index {
                inner.locals.push((name.text(self.text()), Local::Index(index.clone())));
            }
            if let Some(name) = of.item {
                inner.locals.push((name.text(self.text()), Local::Item(&of.list, outer, index)));
            }
        }
        inner
    }

    fn symbol(&self, name: Name, scope: &Scope<'u>) -> Ir {
        let (span, name) = (name.span, name.text(self.text()));
        if let Some(local) = scope.local(name) {
            return Ir::of(match local {
                Local::Item(list, outer, index) => {
                    let list = self.arm(list, &scope.outer(*outer));
                    append(span, list, index.clone())
                }
                Local::Index(index) => index.clone(),
                Local::Lambda(_) => call(span, "lambdaVariables", vec![string(span, name)]),
                Local::Parameter => call(span, "parameters", vec![string(span, name)]),
            });
        }
        match self.model.symbol(name, scope.within) {
            Some(Symbol::Parameter) => Ir::of(call(span, "parameters", vec![string(span, name)])),
            Some(Symbol::Assigned(value)) => self.expand(span, value, &Scope::default()),
            Some(Symbol::Variable(value)) if self.model.is_inlined(name) => {
                self.expand(span, value, &Scope::default())
            }
            Some(Symbol::Variable(_)) => {
                let name = self.names.name_of(self.model.place, name);
                Ir::of(call(span, "variables", vec![string(span, name)]))
            }
            Some(Symbol::Import(from, original)) => {
                let original = original.literal(self.text()).unwrap_or_default();
                match self.model.unit.link(from) {
                    Link::Unit(place) | Link::Json(_, Some(place)) => {
                        let name = self.names.name_of(place, &original);
                        Ir::of(call(span, "variables", vec![string(span, name)]))
                    }
                    Link::Json(_, None) => Ir::unknown(span, "it is imported from no compiled template"),
                    Link::Missing(why) => Ir::unknown(span, why),
                    Link::Elsewhere(what) => Ir::unknown(span, format!("{} is not read", what.what)),
                }
            }
            Some(Symbol::Resource(place)) => Ir::of(self.reference(span, place, None, scope, true)),
            Some(Symbol::Module(place)) => Ir::of(self.module_reference(span, place, None, scope)),
            Some(Symbol::Extension) => Ir::of(call(span, "extensions", vec![string(span, name)])),
            Some(Symbol::Function | Symbol::Type(_) | Symbol::Wildcard(_)) => {
                Ir::unknown(span, "this names no value")
            }
            None => match self.model.unit.token(span).or_else(|| is_token(name).then_some(name)) {
                Some(token) => Ir::of(ir::expr(span, ArmKind::Unknown(Reason::Placeholder(token.into())))),
                None => Ir::unknown(span, format!("`{name}` is not declared")),
            },
        }
    }

    fn call(&self, expr: &'u Expr, of: &'u Call, scope: &Scope<'u>) -> Ir {
        let span = expr.span;
        let name = self.name(&of.name);
        let name_span = of.name.map_or(span, |name| name.span);
        let args = || of.args.iter().map(|arg| self.arm(arg, scope)).collect::<Vec<_>>();
        let own = |full: &str| {
            let (namespace, name) = full.split_once('.').unwrap_or(("__bicep", full));
            let kind = ArmKind::Call {
                namespace: Some(Arc::from(namespace)),
                name: Arc::from(name),
                name_span,
                args: args(),
            };
            Ir::of(ir::expr(span, kind))
        };
        let imported = |from: &'u Expr, original: &str| match self.model.unit.link(from) {
            Link::Unit(place) | Link::Json(_, Some(place)) => own(&self.names.name_of(place, original)),
            Link::Json(_, None) => Ir::unknown(span, "it is imported from no compiled template"),
            Link::Missing(why) => Ir::unknown(span, why),
            Link::Elsewhere(what) => Ir::unknown(span, format!("{} is not read", what.what)),
        };
        if let Some(base) = &of.base
            && !self.model.is_namespace(Some(base))
        {
            if let ExprKind::Symbol(symbol) = &base.kind
                && let Some(Symbol::Wildcard(from)) =
                    self.model.symbol(symbol.text(self.text()), scope.within)
            {
                return imported(from, name);
            }
            if matches!(&base.kind, ExprKind::Symbol(symbol) if symbol.text(self.text()) == "this")
                && self.model.symbol("this", scope.within).is_none()
            {
                return Ir::unknown(span, "what is deployed already is not looked up");
            }
            return self.method(span, base, name, of, scope);
        }
        if of.base.is_none() {
            match self.model.symbol(name, None) {
                Some(Symbol::Function) => return own(&self.names.name_of(self.model.place, name)),
                Some(Symbol::Import(from, original)) => {
                    return imported(from, &original.literal(self.text()).unwrap_or_default());
                }
                _ => {}
            }
        }
        match name {
            "any" => {
                return of
                    .args
                    .first()
                    .map_or(Ir::unknown(span, "`any` is given nothing"), |arg| self.value(arg, scope));
            }
            // A default in the code is what the code says, although the environment may say otherwise: as with
            // Terragrunt's `get_env`.
            "readEnvironmentVariable" => {
                let default = of.args.get(1).map(|default| self.value(default, scope));
                return default.unwrap_or_else(|| Ir::unknown(span, "an environment variable is not read"));
            }
            "nameof" => {
                let name = of.args.first().and_then(|arg| self.last_name(arg));
                return name.map_or_else(
                    || Ir::unknown(span, "what is named has no name"),
                    |name| Ir::string(span, name),
                );
            }
            // As a value, another scope than the template's own has no properties that are known in advance.
            "resourceGroup" | "subscription" | "managementGroup" if !of.args.is_empty() => {
                return Ir::new(span, IrKind::Object(Vec::new()));
            }
            // Inputs of the tool that deploys: the same as the kinds of which the compiler writes them.
            "readCliArg" => return self.external_input(of, "sys.cliArg", span, scope),
            "readEnvVar" => return self.external_input(of, "sys.envVar", span, scope),
            _ if loads::is_load(name) => return self.load(expr, of, name),
            _ => {}
        }
        // A lambda over a collection of modules gets modules.
        let over_modules = of.args.first().is_some_and(|list| self.module_collection(list, scope));
        let args: Vec<Arm> = of
            .args
            .iter()
            .map(|arg| match &arg.kind {
                ExprKind::Lambda(lambda) if over_modules => {
                    let mut inner = scope.clone();
                    let names = lambda.parameters.iter();
                    let mut args: Vec<Arm> =
                        names.clone().map(|name| string(name.span, name.text(self.text()))).collect();
                    inner.locals.extend(names.map(|name| (name.text(self.text()), Local::Lambda(true))));
                    args.push(self.arm(&lambda.body, &inner));
                    call(arg.span, "lambda", args)
                }
                _ => self.arm(arg, scope),
            })
            .collect();
        let kind = ArmKind::Call { namespace: None, name: Arc::from(name), name_span, args };
        Ir::of(ir::expr(span, kind))
    }

    fn external_input(&self, of: &'u Call, kind: &str, span: Span, scope: &Scope<'u>) -> Ir {
        let args = of.args.iter().map(|arg| self.arm(arg, scope));
        Ir::of(call(span, "externalInput", [string(span, kind)].into_iter().chain(args).collect()))
    }

    /// The last name of a path such as `a.b['c']`.
    fn last_name(&self, expr: &'u Expr) -> Option<String> {
        match &expr.bare().kind {
            ExprKind::Symbol(name) => Some(name.text(self.text()).to_owned()),
            ExprKind::Property { name, .. } | ExprKind::Nested { name, .. } => {
                Some((*name)?.text(self.text()).to_owned())
            }
            ExprKind::Index { index, .. } => Some(index.as_string(self.text())?.into_owned()),
            _ => None,
        }
    }

    /// Whether an expression is a list of modules.
    fn module_collection(&self, expr: &'u Expr, scope: &Scope<'u>) -> bool {
        match &expr.kind {
            ExprKind::Call(call) if matches!(self.name(&call.name), "filter" | "sort" | "skip" | "take") => {
                call.args.first().is_some_and(|list| self.module_collection(list, scope))
            }
            _ => matches!(self.model.module_of(expr, scope.within), Some((place, None))
                if self.model.modules.get(place).is_some_and(|module| module.is_collection())),
        }
    }

    /// What a file that is read holds: a value, or the variable that has it.
    fn load(&self, expr: &'u Expr, of: &'u Call, name: &str) -> Ir {
        if let Some((number, _)) = self.model.loads.get(&expr.span.start) {
            let name = self.names.name_of(self.model.place, &format!("$fxv#{number}"));
            return Ir::of(call(expr.span, "variables", vec![string(expr.span, name)]));
        }
        self.load_from(expr.span, name, &of.args)
    }

    fn method(&self, span: Span, base: &'u Expr, name: &str, of: &'u Call, scope: &Scope<'u>) -> Ir {
        // A variable may stand for a resource.
        let mut target = base;
        let mut found = self.model.resource_of(target, scope.within);
        for _ in 0..8 {
            if found.is_some() {
                break;
            }
            let ExprKind::Symbol(symbol) = &target.bare().kind else { break };
            let Some(Symbol::Variable(value)) = self.model.symbol(symbol.text(self.text()), scope.within)
            else {
                break;
            };
            target = value;
            found = self.model.resource_of(target, scope.within);
        }
        let Some((place, index)) = found else {
            return Ir::unknown(span, format!("`{name}` is called on what is no resource"));
        };
        let Some(resource) = self.model.resources.get(place) else {
            return Ir::unknown(span, "there is no such resource");
        };
        let args = of.args.iter();
        if name == "getSecret" {
            let id = self.resource_property(span, place, index, "id", false, scope);
            let args = args.map(|arg| self.value(arg, scope)).collect();
            return Ir::new(span, IrKind::Secret(Box::new(Ir::of(id)), args));
        }
        if !is_list(name) {
            return Ir::unknown(span, format!("`{name}` is a function of an extension"));
        }
        let symbolic = self.symbolic && !self.model.is_resource_inlined(place);
        let target = if symbolic {
            self.symbol_reference(span, &resource.symbolic, index, scope)
        } else {
            self.resource_property(span, place, index, "id", false, scope)
        };
        let mut all = vec![target];
        if of.args.is_empty() {
            all.push(string(span, resource.version.clone().unwrap_or_default()));
        }
        all.extend(args.map(|arg| self.arm(arg, scope)));
        Ir::of(call(span, name, all))
    }

    /// `'name'`, or `format('name[{0}]', index)`.
    pub fn symbol_reference(
        &self,
        span: Span,
        name: &str,
        index: Option<&'u Expr>,
        scope: &Scope<'u>,
    ) -> Arm {
        match index {
            None => string(span, name),
            Some(index) => {
                call(span, "format", vec![string(span, format!("{name}[{{0}}]")), self.arm(index, scope)])
            }
        }
    }

    pub fn reference(
        &self,
        span: Span,
        place: usize,
        index: Option<&'u Expr>,
        scope: &Scope<'u>,
        full: bool,
    ) -> Arm {
        let Some(resource) = self.model.resources.get(place) else { return call(span, "null", vec![]) };
        let collection = resource.is_collection() && index.is_none();
        let target = if self.symbolic {
            self.symbol_reference(span, &resource.symbolic, index, scope)
        } else if collection {
            string(span, resource.symbolic.clone())
        } else {
            let names = self.names_in_resource(place, index, scope);
            self.resource_id(span, place, &names)
        };
        let mut args = vec![target];
        let name = if collection { "references" } else { "reference" };
        if !resource.azure {
            return call(span, name, args);
        }
        if !collection && (full || !self.symbolic) {
            args.push(string(span, resource.version.clone().unwrap_or_default()));
        }
        if full {
            args.push(string(span, "full"));
        }
        call(span, name, args)
    }

    fn property(&self, expr: &'u Expr, scope: &Scope<'u>) -> Arm {
        let ExprKind::Property { base, name, safe } = &expr.kind else { return self.arm(expr, scope) };
        let (span, safe) = (expr.span, *safe);
        let name_span = name.map_or(span, |name| name.span);
        let name = self.name(name);
        let is_local = matches!(&base.kind, ExprKind::Symbol(symbol)
            if scope.local(symbol.text(self.text())).is_some());
        if !is_local {
            if let Some((place, index)) = self.model.resource_of(base, scope.within) {
                return self.resource_property(span, place, index, name, safe, scope);
            }
            if let Some((place, index)) = self.model.module_of(base, scope.within) {
                return self.module_property(span, place, index, name, safe, scope);
            }
            if let ExprKind::Symbol(symbol) = &base.kind
                && let Some(Symbol::Wildcard(from)) =
                    self.model.symbol(symbol.text(self.text()), scope.within)
            {
                return match self.model.unit.link(from) {
                    Link::Unit(place) | Link::Json(_, Some(place)) => {
                        call(span, "variables", vec![string(span, self.names.name_of(place, name))])
                    }
                    Link::Json(_, None) => ir::unknown(span, "it is imported from no compiled template"),
                    Link::Missing(why) => ir::unknown(span, why),
                    Link::Elsewhere(what) => ir::unknown(span, format!("{} is not read", what.what)),
                };
            }
        }
        if let ExprKind::Symbol(symbol) = &base.kind
            && symbol.text(self.text()) == "base"
            && self.model.symbol("base", None).is_none()
            && let Some(variable) = self.extended(name)
        {
            return call(span, "variables", vec![string(span, variable)]);
        }
        if let ExprKind::Property { base: module, name: outputs, safe: outer_safe } = &base.kind
            && self.name(outputs) == "outputs"
            && self.is_module(module, scope)
        {
            return self.module_output(span, base, module, *outer_safe, name, safe, scope);
        }
        let chained = self.is_access(base);
        access(span, self.arm(base, scope), string(name_span, name), safe, false, chained)
    }

    /// The variable that holds what a file which this one extends gives to a parameter.
    fn extended(&self, parameter: &str) -> Option<Arc<str>> {
        let gives = |(model, _): &&(&Model<'u>, Names)| {
            matches!(model.symbol(parameter, None), Some(Symbol::Assigned(_)))
        };
        self.bases.iter().find(gives).map(|(_, names)| names.of_given(parameter))
    }

    /// Whether properties of this are accessed in one go: it is a property or item itself.
    fn is_access(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Property { .. } | ExprKind::Index { .. } | ExprKind::Nested { .. } => true,
            ExprKind::NonNull(inner) => self.is_access(inner),
            ExprKind::Call(of) if self.name(&of.name) == "any" => {
                of.args.first().is_some_and(|arg| self.is_access(arg))
            }
            _ => false,
        }
    }

    fn is_module(&self, expr: &'u Expr, scope: &Scope<'u>) -> bool {
        match &expr.kind {
            ExprKind::Symbol(name) if scope.local(name.text(self.text())).is_some() => {
                matches!(scope.local(name.text(self.text())), Some(Local::Lambda(true)))
            }
            ExprKind::Paren(inner) | ExprKind::NonNull(inner) => self.is_module(inner, scope),
            ExprKind::Ternary(of) => self.is_module(&of.1, scope) && self.is_module(&of.2, scope),
            ExprKind::Call(call) if matches!(self.name(&call.name), "first" | "last") => {
                call.args.first().is_some_and(|list| self.module_collection(list, scope))
            }
            _ => self.model.module_of(expr, scope.within).is_some(),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn module_output(
        &self,
        span: Span,
        outputs: &'u Expr,
        module: &'u Expr,
        outputs_safe: bool,
        name: &str,
        safe: bool,
        scope: &Scope<'u>,
    ) -> Arm {
        let mut tail = vec![string(span, name)];
        let base = match self.model.module_of(module, scope.within) {
            Some((place, index)) => {
                let secret = self.is_secret_output(place, name);
                if !secret {
                    tail.push(string(span, "value"));
                }
                self.module_outputs(outputs.span, place, index, outputs_safe, secret, scope)
            }
            None => {
                tail.push(string(span, "value"));
                self.arm(outputs, scope)
            }
        };
        if safe {
            return tail.into_iter().fold(base, |base, name| call(span, "tryGet", vec![base, name]));
        }
        match base.kind {
            ArmKind::Call { name: function, mut args, .. } if is_safe_function(&function) => {
                args.extend(tail);
                call(span, &function, args)
            }
            ArmKind::Call { name: ref function, ref args, .. }
                if &**function == "if" && args.last().is_some_and(is_null) =>
            {
                let mut all = vec![base];
                all.extend(tail);
                call(span, "tryGet", all)
            }
            _ => tail.into_iter().fold(base, |base, name| append(span, base, name)),
        }
    }

    fn is_secret_output(&self, module: usize, name: &str) -> bool {
        self.secret_outputs(module).is_some_and(|secrets| secrets.contains_key(name))
    }

    /// The secret outputs of a module of this file.
    pub fn secret_outputs(&self, module: usize) -> Option<BTreeMap<&'u str, ()>> {
        super::secret_outputs(self.models, self.model, module)
    }
}

fn is_safe_function(name: &str) -> bool {
    name == "tryGet" || name == "tryIndexFromEnd"
}

fn is_null(expr: &Arm) -> bool {
    matches!(&expr.kind, ArmKind::Call { name, args, .. } if &**name == "null" && args.is_empty())
}

/// `base.name`, `base[index]` and their safe forms; `chained` if the base is such an access itself.
fn access(span: Span, base: Arm, accessor: Arm, safe: bool, from_end: bool, chained: bool) -> Arm {
    if safe {
        return call(span, if from_end { "tryIndexFromEnd" } else { "tryGet" }, vec![base, accessor]);
    }
    match base.kind {
        ArmKind::Call { ref name, .. } if chained && is_safe_function(name) => {
            let accessor = if from_end {
                let args = vec![
                    string(span, "value"),
                    accessor,
                    string(span, "fromEnd"),
                    call(span, "true", vec![]),
                ];
                call(span, "createObject", args)
            } else {
                accessor
            };
            let ArmKind::Call { name, mut args, .. } = base.kind else { return accessor };
            args.push(accessor);
            call(span, &name, args)
        }
        _ if from_end => call(span, "indexFromEnd", vec![base, accessor]),
        _ => append(span, base, accessor),
    }
}
