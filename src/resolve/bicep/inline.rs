//! Which of a file's variables cannot be variables of a template, and which existing resources cannot be
//! resources of one: they hang on what is known only at run time, and are written out where they are used.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::model::{Model, Symbol, is_list};
use crate::syntax::bicep::{Expr, ExprKind};

/// What is written out where it is used.
#[derive(Debug, Default)]
pub(super) struct Inlined {
    /// Variables by their names.
    pub variables: BTreeSet<String>,
    /// Resources by their places in the model.
    pub resources: BTreeSet<usize>,
}

/// Decides for a whole file, always in the same order: what variables in a circle come to hangs on where one
/// begins.
pub(super) fn decide(model: &Model<'_>) -> Inlined {
    let deciding = Deciding { model, decisions: RefCell::default() };
    for (name, value) in model.variables() {
        deciding.decide_variable(name, value, 0);
    }
    for place in 0..model.resources.len() {
        deciding.decide_resource(place, 0);
    }
    let mut inlined = Inlined::default();
    for (asked, decision) in deciding.decisions.into_inner() {
        match asked {
            _ if decision != Decision::Inline => {}
            Asked::Variable(name) => _ = inlined.variables.insert(name),
            Asked::Resource(place) => _ = inlined.resources.insert(place),
        }
    }
    inlined
}

struct Deciding<'m, 'u> {
    model: &'m Model<'u>,
    decisions: RefCell<BTreeMap<Asked, Decision>>,
}

/// What a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Variable(String),
    Resource(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Keep,
    Inline,
    /// It is kept although it uses a resource, since only what is known of it in advance is used.
    Skip,
}

impl<'u> Deciding<'_, 'u> {
    fn decide_variable(&self, name: &str, value: &'u Expr, depth: usize) -> Decision {
        let key = Asked::Variable(name.to_owned());
        if let Some(decision) = self.decisions.borrow().get(&key) {
            return *decision;
        }
        // Variables in a circle are decided by what else they use.
        self.decisions.borrow_mut().insert(key.clone(), Decision::Keep);
        let mut decision = Decision::Keep;
        self.decide(value, &mut Vec::new(), None, &mut decision, depth + 1);
        self.decisions.borrow_mut().insert(key, decision);
        decision
    }

    fn decide_resource(&self, place: usize, depth: usize) -> Decision {
        let key = Asked::Resource(place);
        if let Some(decision) = self.decisions.borrow().get(&key) {
            return *decision;
        }
        self.decisions.borrow_mut().insert(key.clone(), Decision::Keep);
        let decision = self.decide_resource_anew(place, depth + 1);
        self.decisions.borrow_mut().insert(key, decision);
        decision
    }

    fn decide_resource_anew(&self, place: usize, depth: usize) -> Decision {
        let Some(resource) = self.model.resources.get(place) else { return Decision::Keep };
        if !resource.syntax.existing || !resource.azure || depth > 64 {
            return Decision::Skip;
        }
        let inlined = |other: usize| self.decide_resource(other, depth) == Decision::Inline;
        if self.model.parent(place).is_some_and(|(parent, _)| inlined(parent)) {
            return Decision::Inline;
        }
        let scope = resource.property(self.model.unit, "scope");
        let scope_resource = scope.and_then(|scope| self.model.resource_of(scope, resource.within));
        if scope_resource.is_some_and(|(scope, _)| inlined(scope)) {
            return Decision::Inline;
        }
        let mut decision = Decision::Keep;
        let ExprKind::Object(object) = &resource.syntax.body.kind else { return decision };
        for property in &object.properties {
            let key = property.key.literal(self.model.text());
            if !matches!(key.as_deref(), Some("dependsOn" | "parent" | "scope")) {
                self.decide(&property.value, &mut Vec::new(), resource.within, &mut decision, depth);
            }
        }
        decision
    }

    /// Walks an expression in order, as Bicep does: a later use may take back what an earlier one decided.
    fn decide(
        &self,
        expr: &'u Expr,
        locals: &mut Vec<&'u str>,
        within: Option<usize>,
        decision: &mut Decision,
        depth: usize,
    ) {
        if depth > 64 {
            return;
        }
        match &expr.kind {
            ExprKind::Symbol(name) => {
                let name = name.text(self.model.text());
                if *decision == Decision::Inline || locals.contains(&name) {
                    return;
                }
                match self.model.symbol(name, within) {
                    Some(Symbol::Variable(value)) => {
                        let other = self.decide_variable(name, value, depth);
                        *decision = if other == Decision::Inline { other } else { Decision::Keep };
                    }
                    Some(Symbol::Resource(_) | Symbol::Module(_)) if *decision != Decision::Skip => {
                        *decision = Decision::Inline;
                    }
                    _ => {}
                }
            }
            ExprKind::Property { base, name, .. } => {
                if *decision == Decision::Inline {
                    return;
                }
                let name = name.map_or("", |name| name.text(self.model.text()));
                let target = unindexed(base);
                if let Some((place, _)) = self.model.resource_of(target, within) {
                    let constant = match name {
                        "id" | "name" => self.decide_resource(place, depth) != Decision::Inline,
                        _ => matches!(name, "type" | "apiVersion"),
                    };
                    *decision = if constant { Decision::Skip } else { Decision::Inline };
                } else if self.model.module_of(target, within).is_some() {
                    *decision = if name == "name" { Decision::Skip } else { Decision::Inline };
                } else {
                    self.decide(base, locals, within, decision, depth);
                }
            }
            ExprKind::Call(call) => {
                let name = call.name.map_or("", |name| name.text(self.model.text()));
                let own =
                    matches!(self.model.symbol(name, within), Some(Symbol::Function | Symbol::Import(..)));
                if *decision != Decision::Inline && !own {
                    let at_run_time = call.base.is_none() || self.model.is_namespace(call.base.as_ref());
                    *decision = if at_run_time && needs_run_time(name) || !at_run_time && is_list(name) {
                        Decision::Inline
                    } else {
                        Decision::Keep
                    };
                }
                for part in call.base.iter().chain(&call.args) {
                    self.decide(part, locals, within, decision, depth);
                }
            }
            ExprKind::For(of) => {
                self.decide(&of.list, locals, within, decision, depth);
                let before = locals.len();
                locals.extend(
                    [of.item, of.index].into_iter().flatten().map(|name| name.text(self.model.text())),
                );
                self.decide(&of.body, locals, within, decision, depth);
                locals.truncate(before);
            }
            ExprKind::Lambda(lambda) => {
                let before = locals.len();
                locals.extend(lambda.parameters.iter().map(|name| name.text(self.model.text())));
                self.decide(&lambda.body, locals, within, decision, depth);
                locals.truncate(before);
            }
            _ => expr.child_exprs(|child| self.decide(child, locals, within, decision, depth)),
        }
    }
}

fn unindexed(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let ExprKind::NonNull(inner) | ExprKind::Index { base: inner, .. } = &expr.kind {
        expr = inner;
    }
    expr
}

/// Functions whose results a template knows only when it is deployed.
fn needs_run_time(name: &str) -> bool {
    const NAMES: &[&str] =
        &["toLogicalZone", "toLogicalZones", "toPhysicalZone", "toPhysicalZones", "reference"];
    NAMES.contains(&name) || is_list(name)
}
