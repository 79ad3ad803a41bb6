//! What names mean: the parameters, variables and functions of one template, and the loops around an
//! expression.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::eval::{Evaluator, is_property_copy};
use super::refused::quoted;
use super::tree::{Node as Tree, NodeKind};
use crate::resolve::Defaults;
use crate::source::Span;
use crate::value::{
    Alternative, Atom, Certain, Kind, Node, Number, Place, Provenance, Reason, Region, Scalar, Unknown,
    Value, ops,
};

/// Where expressions are evaluated. Cheap to clone.
#[derive(Clone)]
pub(super) struct Env<'t> {
    /// The template whose names hold.
    pub(super) scope: Rc<Scope<'t>>,
    /// Loops and lambdas, the innermost first.
    pub(super) bindings: Option<Rc<Bound>>,
    /// Inside a function of the template: its arguments, which replace the parameters.
    pub(super) arguments: Option<Rc<BTreeMap<String, Value>>>,
    /// Inside deployments in which the names of this template hold: the innermost of them.
    outer: Option<Rc<Outer>>,
}

/// A deployment in whose template names mean what they mean around it, and only names.
struct Outer {
    /// Its place within the root's.
    key: String,
    /// Where its resources go.
    target: Rc<Target>,
}

/// A binding and those around it.
pub(super) struct Bound {
    binding: Binding,
    outer: Option<Rc<Bound>>,
}

/// What a loop or a lambda gives a name.
pub(super) enum Binding {
    /// One iteration of a loop.
    Loop {
        /// The loop's name.
        name: Option<Arc<str>>,
        /// A loop of a resource or a variable, which `copyIndex()` without a name means.
        resource: bool,
        /// The iteration, from 0.
        index: Value,
    },
    /// A lambda's argument.
    Lambda {
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Value,
    },
}

impl<'t> Env<'t> {
    /// A template's own environment.
    pub(super) fn of(scope: Rc<Scope<'t>>) -> Env<'t> {
        Env { scope, bindings: None, arguments: None, outer: None }
    }

    /// Inside a deployment at this place in whose template the names of this one hold.
    pub(super) fn in_outer_scope(&self, key: String, target: Rc<Target>) -> Env<'t> {
        Env { outer: Some(Rc::new(Outer { key, target })), ..self.clone() }
    }

    /// The place, within the root's, of the deployment whose resources are evaluated.
    pub(super) fn place(&self) -> &str {
        self.outer.as_ref().map_or(&self.scope.key, |outer| &outer.key)
    }

    /// Where that deployment puts its resources. What `resourceGroup()` means is the target of the scope.
    pub(super) fn target(&self) -> &Rc<Target> {
        self.outer.as_ref().map_or(&self.scope.target, |outer| &outer.target)
    }

    /// With one more binding.
    pub(super) fn with(&self, binding: Binding) -> Env<'t> {
        let bindings = Some(Rc::new(Bound { binding, outer: self.bindings.clone() }));
        Env { bindings, ..self.clone() }
    }

    fn bindings(&self) -> impl Iterator<Item = &Binding> {
        let mut next = self.bindings.as_deref();
        std::iter::from_fn(move || {
            let bound = next?;
            next = bound.outer.as_deref();
            Some(&bound.binding)
        })
    }

    /// The index of the loop of this name; without a name that of the resource's loop, else the innermost.
    pub(super) fn copy_index(&self, wanted: Option<&str>) -> Option<Value> {
        let mut innermost = None;
        for binding in self.bindings() {
            let Binding::Loop { name, resource, index } = binding else { continue };
            match (wanted, name) {
                (Some(wanted), Some(name)) if name.eq_ignore_ascii_case(wanted) => {
                    return Some(index.clone());
                }
                (None, _) if *resource => return Some(index.clone()),
                (None, _) if innermost.is_none() => innermost = Some(index.clone()),
                _ => {}
            }
        }
        innermost
    }

    /// The argument of a lambda around this.
    pub(super) fn lambda_variable(&self, wanted: &str) -> Option<Value> {
        self.bindings().find_map(|binding| match binding {
            Binding::Lambda { name, value } if name.eq_ignore_ascii_case(wanted) => Some(value.clone()),
            _ => None,
        })
    }
}

/// Where a deployment puts its resources.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    /// The subscription, if it is not that of the root deployment.
    pub(super) subscription: Option<Value>,
    /// The resource group, if it is not that of the root deployment.
    pub(super) group: Option<Value>,
}

impl Target {
    /// Identity, readable where the names are written as text.
    pub(super) fn key(&self) -> String {
        format!("{}|{}", identity(&self.subscription), identity(&self.group))
    }

    /// The identity of the subscription alone.
    pub(super) fn subscription_key(&self) -> String {
        identity(&self.subscription)
    }
}

fn identity(value: &Option<Value>) -> String {
    match value {
        None => String::new(),
        Some(value) => match value.as_str() {
            Some(text) => text.to_ascii_lowercase(),
            None => crate::value::derived_atom("scope", "", &[value], None).key().to_owned(),
        },
    }
}

/// The place of a parameter file.
const PARAMETER_FILE: &str = "=";

/// A template's names.
pub(super) struct Scope<'t> {
    /// The deployment's place within the root's: empty for the root.
    pub(super) key: String,
    /// The template.
    pub(super) template: &'t Tree,
    /// The path of the file that it is written in, which its links are relative to.
    pub(super) path: &'t str,
    /// How many links lead to it.
    pub(super) links: usize,
    /// Where it is deployed.
    pub(super) target: Rc<Target>,
    /// The deployment's name, evaluated around it; none for the root, whose name who deploys it chooses.
    pub(super) name: Option<(Env<'t>, &'t Tree)>,
    parameters: Names<Parameter<'t>>,
    variables: Names<(Variable<'t>, RefCell<Slot>)>,
}

/// Things by name, which is the same in any ASCII case. Most of them are never asked for, so there is nothing but
/// a sorted list.
pub(super) struct Names<T>(Vec<(Arc<str>, T)>);

impl<T> Names<T> {
    fn find(&self, name: &str) -> Option<usize> {
        self.0.binary_search_by(|(have, _)| in_any_case(have, name)).ok()
    }

    fn get(&self, name: &str) -> Option<&T> {
        self.0.get(self.find(name)?).map(|(_, thing)| thing)
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        let at = self.find(name)?;
        self.0.get_mut(at).map(|(_, thing)| thing)
    }
}

impl<T> FromIterator<(Arc<str>, T)> for Names<T> {
    /// Of several things of one name the last one counts.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, T)>>(things: I) -> Names<T> {
        let mut things: Vec<_> = things.into_iter().collect();
        things.reverse();
        things.sort_by(|(a, _), (b, _)| in_any_case(a, b));
        things.dedup_by(|(a, _), (b, _)| a.eq_ignore_ascii_case(b));
        Names(things)
    }
}

/// The order of the names in lower case.
fn in_any_case(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// What is known of the value of a parameter or variable, which is worked out once.
enum Slot {
    New,
    Evaluating,
    Done(Value),
}

#[derive(Clone, Copy)]
enum Variable<'t> {
    Json(&'t Tree),
    /// An element of the `copy` array.
    Copy(&'t Tree),
}

struct Parameter<'t> {
    name: Arc<str>,
    declaration: &'t Tree,
    supplied: Option<Supplied<'t>>,
    slot: RefCell<Slot>,
}

/// What is given for a parameter from outside.
#[derive(Clone)]
pub(super) enum Supplied<'t> {
    /// A value in a parameter file.
    File(&'t Tree, Env<'t>),
    /// A reference to a secret, at this place.
    Secret(Span),
    /// An argument of a nested deployment, evaluated around that deployment.
    Argument(&'t Tree, Env<'t>),
    /// The whole argument of a nested deployment, of which `value` is the value, evaluated around it.
    Wrapped(&'t Tree, Env<'t>),
    /// All arguments of a nested deployment, evaluated around it.
    Member(&'t Tree, Env<'t>),
    /// Something that is not known.
    Unknown(Value),
    /// A value that is not the `value` of an object, which is nothing to the service.
    Bare(Span),
    /// Anything that is allowed, in the place of a default that does not count.
    Anything,
}

impl<'t> Scope<'t> {
    pub(super) fn new(
        key: String,
        template: &'t Tree,
        target: Rc<Target>,
        supplied: Vec<(Arc<str>, Supplied<'t>)>,
    ) -> Scope<'t> {
        let mut supplied: Names<Option<Supplied<'t>>> =
            supplied.into_iter().map(|(name, given)| (name, Some(given))).collect();
        let declared = template.get("parameters").map(Tree::members).unwrap_or_default().iter();
        let parameters = declared
            .map(|member| {
                let supplied = supplied.get_mut(&member.name).and_then(Option::take);
                let (name, declaration) = (member.name.clone(), &member.value);
                let slot = RefCell::new(Slot::New);
                (name.clone(), Parameter { name, declaration, supplied, slot })
            })
            .collect();
        let mut variables = Vec::new();
        let unseen = |variable| (variable, RefCell::new(Slot::New));
        for member in template.get("variables").map(Tree::members).unwrap_or_default() {
            if member.name.eq_ignore_ascii_case("copy") && is_property_copy(&member.value) {
                for copy in member.value.items() {
                    if let Some(name) = copy.get("name").and_then(Tree::as_str) {
                        variables.push((Arc::from(name), unseen(Variable::Copy(copy))));
                    }
                }
            } else {
                variables.push((member.name.clone(), unseen(Variable::Json(&member.value))));
            }
        }
        let variables = variables.into_iter().collect();
        Scope { key, template, path: "", links: 0, target, name: None, parameters, variables }
    }

    /// What the deployment around gives for a parameter, and where that is evaluated.
    pub(super) fn argument(&self, name: &str) -> Option<(&'t Tree, Env<'t>)> {
        match self.parameters.get(&name.to_ascii_lowercase())?.supplied.as_ref()? {
            Supplied::Argument(node, env) => Some((node, env.clone())),
            _ => None,
        }
    }

    /// The default of a parameter.
    pub(super) fn default_of(&self, name: &str) -> Option<&'t Tree> {
        self.parameters.get(&name.to_ascii_lowercase())?.declaration.get("defaultValue")
    }

    /// A function that the template defines.
    pub(super) fn function(&self, namespace: &str, name: &str) -> Option<&'t Tree> {
        self.template.get("functions")?.items().iter().find_map(|group| {
            let have = group.get("namespace")?.as_str()?;
            have.eq_ignore_ascii_case(namespace).then(|| group.get("members")?.get(name))?
        })
    }
}

/// What a parameter's declaration says of its type, looked up through `$ref` where it has one.
pub(super) struct Declared {
    kind: Option<Kind>,
    secure: bool,
    nullable: bool,
    allowed: Option<BTreeSet<Scalar>>,
    /// Of a string, in characters.
    min_length: usize,
    max_length: Option<usize>,
    /// Of an array, in elements.
    min_items: usize,
    max_items: Option<usize>,
    min_value: Option<i64>,
    max_value: Option<i64>,
}

impl Declared {
    pub(super) fn of(template: &Tree, declaration: &Tree) -> Declared {
        let mut declared = Declared {
            kind: None,
            secure: false,
            nullable: false,
            allowed: None,
            min_length: 0,
            max_length: None,
            min_items: 0,
            max_items: None,
            min_value: None,
            max_value: None,
        };
        let mut next = Some(declaration);
        // References do not go in circles in a valid template; in any other they end here.
        for _ in 0..8 {
            let Some(node) = next else { break };
            declared.nullable |= node.get("nullable").and_then(Tree::as_bool) == Some(true);
            if let Some(name) = node.get("type").and_then(Tree::as_str) {
                const KINDS: [(&str, Kind); 7] = [
                    ("string", Kind::String),
                    ("securestring", Kind::String),
                    ("int", Kind::Number),
                    ("bool", Kind::Bool),
                    ("array", Kind::List),
                    ("object", Kind::Map),
                    ("secureobject", Kind::Map),
                ];
                declared.secure |= name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("secure"));
                let kind = KINDS.iter().find(|(kind, _)| name.eq_ignore_ascii_case(kind));
                declared.kind = kind.map(|(_, kind)| *kind);
            }
            if declared.allowed.is_none() {
                declared.allowed =
                    node.get("allowedValues").and_then(|list| list.items().iter().map(scalar).collect());
            }
            let length = |name| node.get(name).and_then(Tree::as_i64).and_then(|n| usize::try_from(n).ok());
            declared.min_length = declared.min_length.max(length("minLength").unwrap_or(0));
            declared.max_length = declared.max_length.or(length("maxLength"));
            let number = |name| node.get(name).and_then(Tree::as_i64);
            declared.min_value = declared.min_value.or(number("minValue"));
            declared.max_value = declared.max_value.or(number("maxValue"));
            next = node
                .get("$ref")
                .and_then(Tree::as_str)
                .and_then(|path| template.get("definitions")?.get(path.strip_prefix("#/definitions/")?));
        }
        if declared.kind == Some(Kind::List) {
            (declared.min_items, declared.max_items) = (declared.min_length, declared.max_length);
        }
        if declared.kind != Some(Kind::String) {
            (declared.min_length, declared.max_length) = (0, None);
        }
        declared
    }
}

/// Whether a parameter or output is declared as a secret.
pub(super) fn is_secure(template: &Tree, declaration: &Tree) -> bool {
    Declared::of(template, declaration).secure
}

impl Declared {
    /// The type, if it is known.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Why Azure Resource Manager rejects a value of the parameter of this name, if it does.
    fn objection(&self, name: &str, node: &Node) -> Option<String> {
        if let Some(objection) = self.other_kind(name, node) {
            return Some(objection);
        }
        // Whether letters' case counts is not documented, so it does not.
        let folded = |scalar: &Scalar| match scalar {
            Scalar::String(text) => Scalar::string(&text.to_lowercase()),
            other => other.clone(),
        };
        let is_allowed = |node: &Node| match (&self.allowed, node.scalar()) {
            (Some(allowed), Some(scalar)) if scalar != Scalar::Null => {
                allowed.iter().any(|one| folded(one) == folded(&scalar))
            }
            _ => true,
        };
        let beyond = |what: &str, have: usize, least: usize, most: Option<usize>| {
            if have < least {
                Some(format!("the parameter `{name}` takes at least {least} {what}, not {have}"))
            } else {
                let most = most.filter(|most| have > *most)?;
                Some(format!("the parameter `{name}` takes at most {most} {what}, not {have}"))
            }
        };
        match node {
            Node::List(list) => {
                // The allowed values of an array are those of its elements.
                let strange = list.items.iter().filter_map(Value::single).find(|item| !is_allowed(item));
                if let Some(strange) = strange {
                    return Some(self.not_allowed(name, strange));
                }
                let have = list.items.len();
                if list.open.is_some() {
                    None
                } else {
                    beyond("elements", have, self.min_items, self.max_items)
                }
            }
            node if !is_allowed(node) => Some(self.not_allowed(name, node)),
            Node::String(text) => {
                beyond("characters", text.chars().count(), self.min_length, self.max_length)
            }
            Node::Number(number) => {
                let have = number.as_i64()?;
                let least = self.min_value.filter(|least| have < *least);
                let most = self.max_value.filter(|most| have > *most);
                let bound = least.map(|n| ("at least", n)).or(most.map(|n| ("at most", n)));
                bound.map(|(word, bound)| format!("the parameter `{name}` takes {word} {bound}, not {have}"))
            }
            _ => None,
        }
    }

    /// The same where the value is of another type. The service converts nothing: "Template parameter JToken type is
    /// not valid. Expected 'Integer'. Actual 'String'." is what it answers, and so for each of the types.
    fn other_kind(&self, name: &str, node: &Node) -> Option<String> {
        let wanted = match (self.kind?, node) {
            (_, Node::Unknown(_)) => return None,
            (Kind::String, Node::String(_))
            | (Kind::Bool, Node::Bool(_))
            | (Kind::List, Node::List(_))
            | (Kind::Map, Node::Map(_)) => return None,
            (Kind::Number, Node::Number(number)) if number.as_i64().is_some() => return None,
            // Whether null selects a default or is no value is looked at elsewhere.
            (_, Node::Null(_)) => return None,
            (kind, _) => noun(kind),
        };
        let have = match node {
            Node::String(text) => format!("the text {}", quoted(text)),
            Node::List(_) => noun(Kind::List).to_owned(),
            Node::Map(_) => noun(Kind::Map).to_owned(),
            scalar => scalar.scalar()?.to_string(),
        };
        Some(format!("the parameter `{name}` takes {wanted}, not {have}"))
    }

    fn not_allowed(&self, name: &str, node: &Node) -> String {
        let shown = |scalar: &Scalar| match scalar {
            Scalar::String(text) => format!("`{text}`"),
            other => other.to_string(),
        };
        let allowed: Vec<String> = self.allowed.iter().flatten().take(12).map(shown).collect();
        let more = if self.allowed.as_ref().is_some_and(|all| all.len() > 12) { " and others" } else { "" };
        let have = node.scalar().as_ref().map(shown).unwrap_or_default();
        format!("the parameter `{name}` does not allow {have}, but {}{more}", allowed.join(", "))
    }
}

/// What a parameter of this type takes.
fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "a text",
        Kind::Number => "an integer",
        Kind::Bool => "true or false",
        Kind::List => "an array",
        Kind::Map => "an object",
    }
}

fn scalar(node: &Tree) -> Option<Scalar> {
    Some(match &node.kind {
        NodeKind::Null => Scalar::Null,
        NodeKind::Bool(value) => Scalar::Bool(*value),
        NodeKind::Number(written) => Scalar::Number(Number::parse(written)?),
        NodeKind::String(text) => Scalar::String(text.clone()),
        NodeKind::Shared(node) => return scalar(node),
        NodeKind::Expr(_) | NodeKind::Array(_) | NodeKind::Object(_) => return None,
    })
}

impl<'t> Evaluator<'t> {
    /// A parameter's value; `None` if the template has none of this name.
    pub(super) fn parameter(&self, scope: &Rc<Scope<'t>>, name: &str, at: Span) -> Option<Value> {
        let parameter = scope.parameters.get(name)?;
        Some(self.remembered(&parameter.slot, name, at, || {
            self.deeper(at, || self.parameter_value(scope, parameter, at))
        }))
    }

    /// A variable's value; `None` if the template has none of this name.
    pub(super) fn variable(&self, env: &Env<'t>, name: &str, at: Span) -> Option<Value> {
        let scope = &env.scope;
        let (variable, slot) = scope.variables.get(name)?;
        Some(self.remembered(slot, name, at, || {
            let env = Env::of(scope.clone());
            let value = match variable {
                Variable::Json(node) => self.json(&env, node, &Place::Code),
                Variable::Copy(copy) => self.variable_copy(&env, copy),
            };
            self.measured(value, at)
        }))
    }

    /// The JSON of a variable.
    pub(super) fn variable_json(&self, scope: &Scope<'t>, name: &str) -> Option<&'t Tree> {
        match scope.variables.get(name)? {
            (Variable::Json(node), _) => Some(node),
            (Variable::Copy(_), _) => None,
        }
    }

    fn variable_copy(&self, env: &Env<'t>, copy: &'t Tree) -> Value {
        let (Some(count), Some(input)) = (copy.get("count"), copy.get("input")) else {
            return self.wrong(copy.span, "a loop has a count and an input");
        };
        let name = copy.get("name").and_then(Tree::as_str).map(Arc::from);
        let count = self.json(env, count, &Place::Code);
        let value = || {
            self.looped(&count, copy.span, |index| {
                let env = env.with(Binding::Loop { name: name.clone(), resource: true, index });
                self.json(&env, input, &Place::Code)
            })
        };
        // The variables of a parameter file are worked out by the tool that deploys, not by the service.
        if env.scope.key == PARAMETER_FILE { self.perhaps(value) } else { value() }
    }

    fn remembered(
        &self,
        slot: &RefCell<Slot>,
        name: &str,
        at: Span,
        evaluate: impl FnOnce() -> Value,
    ) -> Value {
        match &*slot.borrow() {
            Slot::Done(value) => return value.clone(),
            Slot::Evaluating => return self.wrong(at, format!("`{name}` refers to itself")),
            Slot::New => {}
        }
        slot.replace(Slot::Evaluating);
        let value = evaluate();
        slot.replace(Slot::Done(value.clone()));
        value
    }

    fn parameter_value(&self, scope: &Rc<Scope<'t>>, parameter: &Parameter<'t>, at: Span) -> Value {
        let allowed = parameter.declaration.get("allowedValues").map(Tree::items).unwrap_or_default();
        self.affords(allowed.len());
        let declared = Declared::of(scope.template, parameter.declaration);
        let name = &parameter.name;
        let env = Env::of(scope.clone());
        let default_node = parameter.declaration.get("defaultValue");
        let default = || match default_node {
            Some(node) => Some(self.json(&env, node, &Place::Default(name.clone()))),
            None if declared.nullable => Some(Value::null(Provenance::placed(
                parameter.declaration.span,
                Place::Default(name.clone()),
            ))),
            None => None,
        };
        let takes_null = default_node.is_some() || declared.nullable;
        let given = match &parameter.supplied {
            None => None,
            Some(Supplied::Bare(span)) => {
                let message = format!(
                    "the parameter `{name}` is given as an object with its `value`, not as this alone"
                );
                self.refuse_value(&scope.key, *span, message);
                None
            }
            // Another file or a command line may give what this one does not.
            Some(Supplied::File(Tree { kind: NodeKind::Null, .. }, _)) if !takes_null => None,
            Some(Supplied::Argument(Tree { kind: NodeKind::Null, span }, _)) if !takes_null => {
                let takes = declared.kind.map_or("a value", noun);
                self.refuse_value(
                    &scope.key,
                    *span,
                    format!("the parameter `{name}` takes {takes}, not null"),
                );
                None
            }
            Some(Supplied::File(node, env)) => {
                let value = self.json(env, node, &Place::Input(name.clone()));
                Some(node.as_str().and_then(|text| or_default(text, &value, declared.kind)).unwrap_or(value))
            }
            Some(Supplied::Argument(node, env)) => Some(self.json(env, node, &Place::Argument(name.clone()))),
            Some(Supplied::Wrapped(node, env) | Supplied::Member(node, env)) => {
                let written = self.json(env, node, &Place::Argument(name.clone()));
                let is_all = matches!(parameter.supplied, Some(Supplied::Member(..)));
                let whole = if is_all { ops::member(&written, name, true) } else { written };
                if whole.alternatives().iter().any(|a| has_reference(&a.node)) {
                    let place = Provenance::placed(node.span, Place::Argument(name.clone()));
                    return self.secret(scope, name, &declared, place);
                }
                Some(ops::member(&whole, "value", true))
            }
            Some(Supplied::Unknown(value)) => Some(value.clone()),
            Some(Supplied::Anything) => {
                return self.without_value(scope, name, &declared, parameter.declaration.span);
            }
            Some(Supplied::Secret(span)) => {
                return self.secret(
                    scope,
                    name,
                    &declared,
                    Provenance::placed(*span, Place::Input(name.clone())),
                );
            }
        };
        let value = match given {
            // Null for a parameter with a default selects the default. Azure's documents do not say so for
            // nested deployments, but Bicep compiles optional module parameters to exactly this.
            Some(given) => {
                let split = default_node.map(|_| given.split_on(&Scalar::Null));
                let may_be_null =
                    |value: &Value| value.alternatives().iter().any(|a| matches!(a.node, Node::Null(_)));
                match split.filter(may_be_null).and_then(|split| Some((split, default()?))) {
                    Some((split, default)) => split.or_if_null(&default),
                    None => given,
                }
            }
            None => match default() {
                Some(default) => default,
                None => return self.without_value(scope, name, &declared, parameter.declaration.span),
            },
        };
        let value = of_kind(value, declared.kind);
        // Only what is given and so in every world is a mistake; and secrets are not looked at.
        let is_given = parameter.supplied.is_some() && !declared.secure;
        if let (true, Some(node)) = (is_given, value.single())
            && let Some(objection) = declared.objection(name, node)
        {
            let span = value.provenance().origin().unwrap_or(at);
            self.refuse_value(&scope.key, span, objection);
        }
        if declared.secure { self.hidden(scope, name, &declared, value) } else { self.measured(value, at) }
    }

    pub(super) fn key_of(&self, scope: &Scope<'t>, name: &str) -> String {
        format!("{}{}?{}", self.root, scope.key, name.to_ascii_lowercase())
    }

    fn without_value(&self, scope: &Scope<'t>, name: &Arc<str>, declared: &Declared, at: Span) -> Value {
        let key = self.key_of(scope, name);
        let label = format!("parameters('{name}')");
        let domain = match (declared.kind, &declared.allowed) {
            (Some(Kind::List | Kind::Map), _) => None,
            (_, Some(allowed)) => Some(allowed.clone()),
            (Some(Kind::Bool), None) => Some([Scalar::Bool(false), Scalar::Bool(true)].into()),
            _ => None,
        };
        let atom = match domain {
            Some(domain) if !declared.secure => Atom::with_domain(key, label, domain),
            _ => Atom::new(key, label),
        };
        let reason = if declared.secure { Reason::Secret } else { Reason::NoValue(name.clone()) };
        let certain = Certain {
            kind: declared.kind,
            not_null: true,
            min_length: declared.min_length,
            max_length: declared.max_length,
            ..Certain::default()
        };
        Value::unknown(atom, reason, certain, Provenance::written(at))
    }

    fn secret(&self, scope: &Scope<'t>, name: &str, declared: &Declared, provenance: Provenance) -> Value {
        let atom = Atom::new(self.key_of(scope, name), format!("parameters('{name}')"));
        let certain = Certain { kind: declared.kind, not_null: true, ..Certain::default() };
        Value::unknown(atom, Reason::Secret, certain, provenance)
    }

    /// A secret's value, of which no more is kept than whether there is one.
    fn hidden(&self, scope: &Scope<'t>, name: &str, declared: &Declared, value: Value) -> Value {
        value.and_then(|alternative| match &alternative.node {
            Node::Null(_) => Value::new(Node::NULL, alternative.provenance.clone()),
            Node::String(text) if text.is_empty() => {
                Value::new(alternative.node.clone(), alternative.provenance.clone())
            }
            _ => self.secret(scope, name, declared, alternative.provenance.clone()),
        })
    }

    /// The regions in which a condition is true.
    pub(super) fn regions_where(&self, condition: &Value) -> Vec<Region> {
        let yes = Scalar::Bool(true);
        condition
            .split_domains()
            .split_on(&yes)
            .alternatives()
            .iter()
            .filter(|alternative| match &alternative.node {
                Node::Bool(value) => *value,
                Node::String(text) => text.eq_ignore_ascii_case("true"),
                _ => false,
            })
            .map(|Alternative { region, .. }| region.clone())
            .collect()
    }
}

/// What `${NAME=value}` and `${NAME:-value}` in a parameter file of the Azure Developer CLI stand for: the variable of the environment, of
/// which nothing is known, or if there is none the value, converted to the type of the parameter (azd's
/// `armParameterFileValue`). `placeholder` is what it is taken for otherwise.
fn or_default(text: &str, placeholder: &Value, kind: Option<Kind>) -> Option<Value> {
    let Node::Unknown(unknown) = placeholder.single()? else { return None };
    let text = text.strip_prefix("${")?.strip_suffix('}')?;
    let (name, rest) = text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let default = rest.strip_prefix(['=', '-']).filter(|default| !default.contains(['{', '}']))?;
    let default = match kind {
        Some(Kind::Number) => Node::Number(Number::Int(default.parse().ok()?)),
        Some(Kind::Bool) => Node::Bool(default.parse().ok()?),
        Some(Kind::List | Kind::Map) => return None,
        Some(Kind::String) | None => Node::string(default),
    };
    let atom = Atom::new(format!("placeholder:${{{name}}}"), format!("${{{name}}}"));
    let own = Unknown { certain: kind.map(Certain::of_kind).unwrap_or_default(), ..Unknown::clone(unknown) };
    let here = |region: Option<Region>, node: Node| {
        Some(Alternative { region: region?, node, provenance: placeholder.provenance() })
    };
    Some(Value::from_alternatives(vec![
        here(Region::is(&atom, Scalar::Null), default)?,
        here(Region::is_not(&atom, Scalar::Null), Node::Unknown(Arc::new(own)))?,
    ]))
}

/// A placeholder stands for a value of the type that its parameter has, quotes included.
fn of_kind(value: Value, kind: Option<Kind>) -> Value {
    match (value.single(), kind) {
        (Some(Node::Unknown(unknown)), Some(kind))
            if kind != Kind::String && matches!(unknown.reason, Reason::Placeholder(_)) =>
        {
            Value::unknown(
                unknown.atom.clone(),
                unknown.reason.clone(),
                Certain::of_kind(kind),
                value.provenance(),
            )
        }
        _ => value,
    }
}

/// Whether an argument refers to a secret.
fn has_reference(node: &Node) -> bool {
    matches!(node, Node::Map(map) if map.get_ignore_case("reference").is_some())
}

/// A parameter file's values by name, of several of one name the last. The file is a scope of its own: one that is written in a
/// language with expressions may have variables for them.
pub(super) fn supplied_by_file(file: &Tree) -> Vec<(Arc<str>, Supplied<'_>)> {
    let own = Scope::new(PARAMETER_FILE.to_owned(), file, Rc::new(Target::default()), Vec::new());
    let env = Env::of(Rc::new(Scope { parameters: Names(Vec::new()), ..own }));
    let mut supplied = Vec::new();
    for member in file.get("parameters").map(Tree::members).unwrap_or_default() {
        let given = if let Some(value) = member.value.get("value") {
            Supplied::File(value, env.clone())
        } else if member.value.get("reference").is_some() {
            Supplied::Secret(member.value.span)
        } else if let Some(expression) = member.value.get("expression") {
            Supplied::File(expression, env.clone())
        } else if is_bare(&member.value) {
            Supplied::Bare(member.value.span)
        } else {
            continue;
        };
        supplied.push((member.name.clone(), given));
    }
    supplied
}

/// What whoever deploys a template may give, where defaults do not count.
pub(super) fn supplied_by_anybody(template: &Tree, defaults: Defaults) -> Vec<(Arc<str>, Supplied<'_>)> {
    let counts = |declaration: &Tree| match defaults {
        Defaults::Count => true,
        Defaults::ButOfSwitches => {
            let is_empty = match declaration.get("defaultValue").map(|default| &default.kind) {
                Some(NodeKind::Null) => true,
                Some(NodeKind::String(text)) => text.is_empty(),
                Some(NodeKind::Array(items)) => items.is_empty(),
                Some(NodeKind::Object(members)) => members.is_empty(),
                _ => false,
            };
            !is_empty && Declared::of(template, declaration).kind != Some(Kind::Bool)
        }
        Defaults::Never => false,
    };
    let declared = template.get("parameters").map(Tree::members).unwrap_or_default().iter();
    let open = declared.filter(|member| !counts(&member.value));
    open.map(|member| (member.name.clone(), Supplied::Anything)).collect()
}

/// Whether something that should be an object with a value is a value. The service does not read the request then
/// ("Error converting value … to type 'DeploymentParameterDefinition'", `InvalidRequestContent`).
pub(super) fn is_bare(given: &Tree) -> bool {
    matches!(given.kind, NodeKind::String(_) | NodeKind::Number(_) | NodeKind::Bool(_) | NodeKind::Array(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_the_last_of_one_name_counts() {
        let written = ["size", "Count", "SIZE", "a", "_x", "count"];
        let names: Names<usize> =
            written.iter().enumerate().map(|(index, name)| (Arc::from(*name), index)).collect();
        let lower: BTreeMap<String, usize> =
            written.iter().enumerate().map(|(index, name)| (name.to_ascii_lowercase(), index)).collect();
        for wanted in ["Size", "size", "COUNT", "A", "_X", "b", "", "siz", "sizes"] {
            assert_eq!(names.get(wanted), lower.get(&wanted.to_ascii_lowercase()), "{wanted}");
        }
    }
}
