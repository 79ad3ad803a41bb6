//! What Terraform refuses before it knows a single value, or as soon as it knows them: told where it stands.

use std::rc::Rc;

use super::config::{Call, Module};
use super::eval::{Scope, eval};
use super::instance::Instance;
use crate::source::Span;
use crate::syntax::hcl::{Expr, ExprKind, Step, StepKind};
use crate::value::{Node, Reason, Unknown, Value};

/// Arguments of a module call that are Terraform's own.
const CALL_META: [&str; 6] = ["source", "version", "providers", "count", "for_each", "depends_on"];

/// Notes arguments of a call that the module does not declare and variables without which it is not planned.
pub fn arguments(instance: &Instance, name: &str, call: &Call, module: &Module) {
    if !module.complete {
        return;
    }
    for argument in &call.block.body.attributes {
        let is_known = CALL_META.contains(&&*argument.name) || module.variables.contains_key(&argument.name);
        if !is_known {
            let message = format!("module `{name}` has no variable `{}`", argument.name);
            instance.problem(argument.name_span, message);
        }
    }
    let missing: Vec<String> = module
        .variables
        .iter()
        .filter(|(variable, declared)| {
            declared.default.is_none() && call.block.body.attribute(variable).is_none()
        })
        .map(|(variable, _)| format!("`{variable}`"))
        .collect();
    if !missing.is_empty() {
        let message = format!("module `{name}` needs a value for {}", missing.join(", "));
        instance.problem(call.block.header, message);
    }
}

/// Notes a `count` that Terraform refuses in every world.
pub fn count(instance: &Instance, value: &Value, at: Span) {
    let wrong = match value.single() {
        Some(Node::Null(_)) => "`count` is null",
        Some(Node::Number(number)) if number.as_f64() < 0.0 => "`count` is less than nothing",
        Some(Node::Bool(_) | Node::List(_) | Node::Map(_)) => "`count` is no number",
        Some(Node::Unknown(unknown)) => return unknown_number(instance, unknown, at),
        _ => return,
    };
    if instance.is_certain() {
        instance.refusal(at, wrong.to_owned());
    }
}

/// Notes a `for_each` that Terraform refuses in every world.
pub fn each(instance: &Instance, value: &Value, at: Span) {
    let wrong = match value.single() {
        Some(Node::Null(_)) => "`for_each` is null",
        Some(Node::List(list)) if !list.set => {
            "`for_each` takes a map or a set of strings and this is a list: put it into `toset(…)`"
        }
        Some(Node::Bool(_) | Node::Number(_) | Node::String(_)) => {
            "`for_each` takes a map or a set of strings"
        }
        Some(Node::Unknown(unknown)) => return unknown_number(instance, unknown, at),
        _ => return,
    };
    if instance.is_certain() {
        instance.refusal(at, wrong.to_owned());
    }
}

/// Notes scalar values of variables that a `validation` refuses in every world, where they are given. A default is a value
/// like any other.
pub fn validations<'p>(instance: &Rc<Instance<'p>>) {
    if !instance.is_certain() || instance.many {
        return;
    }
    let module = instance.module.clone();
    for (name, variable) in &module.variables {
        if variable.validations.is_empty() {
            continue;
        }
        let value = instance.variable(name, variable.header);
        // Of an empty list or a null Terraform knows more of the type than we do, which equality goes by.
        if !matches!(value.single(), Some(Node::Bool(_) | Node::Number(_) | Node::String(_))) {
            continue;
        }
        let scope = Scope::new(instance);
        for validation in &variable.validations {
            let outcome = eval(&validation.condition, &scope);
            if !matches!(outcome.single(), Some(Node::Bool(false))) || may_read_files(&validation.condition) {
                continue;
            }
            let message = validation.message.as_ref().map(|message| eval(message, &scope));
            let told = match message.as_ref().and_then(Value::single) {
                Some(Node::String(text)) => format!(": {}", text.trim()),
                _ => String::new(),
            };
            let at = value.provenance().origin().unwrap_or(variable.header);
            instance.refusal(at, format!("Terraform refuses this value of `var.{name}`{told}"));
        }
    }
}

/// Whether a condition may depend on files, which something else may have made by the time of the plan. The simple
/// forms are looked through; any other may.
fn may_read_files(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => false,
        ExprKind::Variable(_) => false,
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => may_read_files(inner),
        ExprKind::Array(items) => items.iter().any(may_read_files),
        ExprKind::Traversal(root, steps) => {
            let is_plain = |step: &Step| !matches!(step.kind, StepKind::Index(_));
            may_read_files(root) || !steps.iter().all(is_plain)
        }
        ExprKind::Call { name, args, .. } => name.contains("file") || args.iter().any(may_read_files),
        ExprKind::Binary(_, left, right) => may_read_files(left) || may_read_files(right),
        ExprKind::Conditional(condition, then, otherwise) => {
            [condition, then, otherwise].into_iter().any(|part| may_read_files(part))
        }
        ExprKind::Template(_) | ExprKind::Object(_) | ExprKind::For(_) => true,
    }
}

/// Notes why the number of instances is not known, where that is the code's doing.
fn unknown_number(instance: &Instance, unknown: &Unknown, at: Span) {
    match &unknown.reason {
        Reason::Bound(_) => {
            instance.beyond(at, "more instances than are looked at; they are not checked".to_owned());
        }
        Reason::Failed(message) if instance.is_certain() => {
            instance.refusal(at, format!("Terraform cannot evaluate this: {message}"));
        }
        _ => {}
    }
}
