//! A module in use: its variables as its caller feeds them, everything else worked out when asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::checks;
use super::config::{Call, Module, Variable, normalize};
use super::eval::{Repetition, Scope, eval, key_text, placed};
use super::functions::Files;
use super::repeat::{Key, MAX_INSTANCES, Repeated, counted, each_instance};
use super::template::template;
use super::types::{Constraint, convert};
use crate::resolve::Defaults;
use crate::source::{FileId, Span};
use crate::syntax::hcl::{Block, Step, StepKind};
use crate::value::{
    Alternative, Atom, Certain, Kind, List, MAX_ALTERNATIVES, Map, Node, Number, Place, Provenance, Reason,
    Region, Scalar, Unknown, Value, ops,
};

mod enabled;
mod outside;
mod services;

pub use enabled::enabled;
pub use outside::Dialect;
pub use services::{Depth, Evaluation, Services};

/// Expressions and references nest at most this deep.
const MAX_DEPTH: u32 = 160;
/// Modules nest at most this deep.
const MAX_MODULE_DEPTH: usize = 32;
/// A value has at most this many parts, counted as often as they are used.
const MAX_PARTS: usize = 100_000;
/// A value is nested at most this deep, levels of lists and maps.
const MAX_LEVELS: usize = 64;
/// What a module instance or a resource costs in steps, apart from its expressions.
const INSTANCE_STEPS: u64 = 100;
const OUT_OF_STEPS: &str = "evaluation takes more steps than are allowed; what is left is not checked";

/// A module instance.
pub struct Instance<'p> {
    shared: Shared<'p>,
    /// The module's configuration.
    pub module: Arc<Module>,
    /// `module.a["x"].` and so on; empty for the root.
    pub path: String,
    /// Its key in `modules.json`: `a.b`.
    key: String,
    /// The directories of the modules around it and its own.
    within: Vec<PathBuf>,
    /// The worlds in which it exists.
    pub presence: Vec<Region>,
    /// True if it stands for an unknown number of instances.
    pub many: bool,
    inputs: Inputs<'p>,
    memo: RefCell<BTreeMap<String, Option<Value>>>,
    children: RefCell<BTreeMap<Arc<str>, Rc<Vec<Child<'p>>>>>,
}

/// Where the values of an instance's variables come from.
enum Inputs<'p> {
    /// From the input files of a root.
    Given {
        /// The values.
        values: BTreeMap<Arc<str>, Value>,
        /// What calls the root, if it is no directory of the project: the block, and the release in it.
        called_at: Option<(Span, Span)>,
        /// Which variables without a value have their defaults.
        defaults: Defaults,
    },
    /// From the arguments of a call, each worked out when it is asked for: two modules may feed each other.
    Called {
        /// The calling instance, which owns this one.
        by: Weak<Instance<'p>>,
        /// The call's name.
        call: Arc<str>,
        /// What `each` and `count` are in the call.
        repetition: Repetition,
    },
}

/// A shared reference to an [`Evaluation`] without its lifetime in every signature.
type Shared<'p> = Rc<dyn Services + 'p>;

/// The instances that exist together in a region, and why there may be more.
type Gathered = (Region, Vec<(Key, Value)>, Option<Arc<Unknown>>);

/// One instance of a module call.
#[derive(Clone)]
struct Child<'p> {
    key: Option<Key>,
    instance: Rc<Instance<'p>>,
}

/// Is asked of a call of a module, by its name, and of the instance that makes it.
pub type OfCall<'v, 'p> = dyn Fn(&Rc<Instance<'p>>, &Arc<str>, &Call) -> bool + 'v;

/// Is shown a call of a module by its name, and the instance that makes it.
pub type OnCall<'v, 'p> = dyn FnMut(&Rc<Instance<'p>>, &Arc<str>, &Call) + 'v;

impl<'p> Instance<'p> {
    /// The root module of an evaluation, with the values of its variables as input files give them.
    pub fn root(
        shared: Shared<'p>,
        module: Arc<Module>,
        inputs: BTreeMap<Arc<str>, Value>,
    ) -> Rc<Instance<'p>> {
        Instance::root_called_at(shared, module, inputs, None)
    }

    /// The same for a root that something at a place calls: the block, and what in it says which release.
    pub fn root_called_at(
        shared: Shared<'p>,
        module: Arc<Module>,
        inputs: BTreeMap<Arc<str>, Value>,
        called_at: Option<(Span, Span)>,
    ) -> Rc<Instance<'p>> {
        Instance::of_inputs(
            shared,
            module,
            Inputs::Given { values: inputs, called_at, defaults: Defaults::Count },
        )
    }

    /// The root module as it is for whoever gives values that nobody here knows to those variables whose defaults do
    /// not count.
    pub fn root_of_anybody(shared: Shared<'p>, module: Arc<Module>, defaults: Defaults) -> Rc<Instance<'p>> {
        let inputs = Inputs::Given { values: BTreeMap::new(), called_at: None, defaults };
        Instance::of_inputs(shared, module, inputs)
    }

    fn of_inputs(shared: Shared<'p>, module: Arc<Module>, inputs: Inputs<'p>) -> Rc<Instance<'p>> {
        Rc::new(Instance {
            shared,
            within: vec![module.dir.clone()],
            module,
            path: String::new(),
            key: String::new(),
            presence: vec![Region::everywhere()],
            many: false,
            inputs,
            memo: RefCell::default(),
            children: RefCell::default(),
        })
    }

    /// Counts one step of evaluation; `None` if the bounds are reached.
    pub fn enter(&self) -> Option<Depth<'_>> {
        let depth = self.shared.depth();
        if !self.shared.step(1) || depth.get() >= MAX_DEPTH {
            return None;
        }
        depth.set(depth.get() + 1);
        Some(Depth(depth))
    }

    /// Takes the steps for one more instance of a block; if none are left, says so and that the rest is left
    /// out.
    pub fn afford_instance(&self, at: Span) -> bool {
        self.afford_or_tell(INSTANCE_STEPS, at)
    }

    /// Takes steps; if not that many are left, says so and that the rest is left out.
    pub fn afford_or_tell(&self, steps: u64, at: Span) -> bool {
        let affordable = self.shared.step(steps);
        if !affordable {
            self.beyond(at, OUT_OF_STEPS.to_owned());
        }
        affordable
    }

    /// Takes steps for work on many parts at once; false when there are not that many left.
    pub fn afford(&self, parts: usize) -> bool {
        self.shared.step(u64::try_from(parts).unwrap_or(u64::MAX))
    }

    /// The text of an expression, shortened for messages.
    pub fn label(&self, at: Span) -> String {
        self.shared.label(at)
    }

    /// Notes a problem at a place.
    pub fn problem(&self, at: Span, message: String) {
        self.shared.problem(at, message);
    }

    /// Notes that Terraform refuses these values at a place; it may accept others.
    pub fn refusal(&self, at: Span, message: String) {
        self.shared.refusal(at, message);
    }

    /// Notes what is left out at a place because it is beyond the bounds.
    pub fn beyond(&self, at: Span, message: String) {
        self.shared.beyond(at, message);
    }

    /// Works something out once. Asking for it again while it is being worked out is a cycle.
    fn memo(&self, what: &str, at: Span, work: impl FnOnce() -> Value) -> Value {
        match self.memo.borrow().get(what) {
            Some(Some(value)) => return value.clone(),
            Some(None) => {
                let message = format!("`{what}` refers to itself");
                self.problem(at, message.clone());
                return ops::failed(message, at);
            }
            None => {}
        }
        self.memo.borrow_mut().insert(what.to_owned(), None);
        let mut value = work();
        if !value.is_at_most(MAX_PARTS, MAX_LEVELS) {
            value = Value::unknown(
                Atom::new(format!("{}{what}:size", self.path), what),
                Reason::Bound("it has more parts or levels than are kept".into()),
                Certain::default(),
                Provenance::written(at),
            );
        }
        self.memo.borrow_mut().insert(what.to_owned(), Some(value.clone()));
        value
    }

    /// Resolves the first names of a reference and says how many of its steps that took.
    pub fn reference(self: &Rc<Instance<'p>>, root: &str, steps: &[Step], scope: &Scope) -> (Value, usize) {
        let name = |index: usize| match steps.get(index).map(|step| &step.kind) {
            Some(StepKind::GetAttr(name)) => Some(name.clone()),
            _ => None,
        };
        let at = steps.last().map_or_else(|| Span::new(crate::source::FileId(0), 0, 0), |step| step.span);
        if let Some(value) = self.shared.dialect().and_then(|dialect| dialect.name(root, at)) {
            return (value, 0);
        }
        let runtime = |what: &str| {
            let atom = Atom::new(format!("{}{what}", self.path), what);
            Value::unknown(
                atom,
                Reason::RunTime(Arc::from(what)),
                Certain::default(),
                Provenance::written(at),
            )
        };
        match (root, name(0)) {
            ("var", Some(name)) => (self.variable(&name, at), 1),
            ("local", Some(name)) => (self.local(&name, at), 1),
            ("each", Some(part)) => match (&scope.repetition.each, &*part) {
                (Some((key, _)), "key") => (key.clone(), 1),
                (Some((_, value)), "value") => (value.clone(), 1),
                _ => (self.refused("`each` outside a block with `for_each`", at), steps.len()),
            },
            ("count", Some(_)) => match &scope.repetition.index {
                Some(index) => (index.clone(), 1),
                None => (self.refused("`count` outside a block with `count`", at), steps.len()),
            },
            ("path", Some(part)) => {
                let path = match &*part {
                    "module" => self.module_path(),
                    "root" | "cwd" => ".".to_owned(),
                    _ => return (ops::failed("there is no such path", at), steps.len()),
                };
                (Value::string(path, Provenance::written(at)), 1)
            }
            ("terraform", Some(part)) => {
                let atom = Atom::new(format!("terraform.{part}"), format!("terraform.{part}"));
                let reason = Reason::RunTime(Arc::from(format!("terraform.{part}")));
                let certain = Certain { min_length: 1, not_null: true, ..Certain::of_kind(Kind::String) };
                (Value::unknown(atom, reason, certain, Provenance::written(at)), 1)
            }
            ("module", Some(name)) => self.module_reference(&name, steps, scope, at),
            ("data", Some(kind)) => match name(1) {
                Some(data) => (runtime(&format!("data.{kind}.{data}")), 2),
                None => (ops::failed("an incomplete reference", at), steps.len()),
            },
            ("self" | "ephemeral", Some(_)) => (runtime(root), 0),
            (kind, Some(name)) => self.resource_reference(kind, &name, steps, scope, at),
            (_, None) => (ops::failed(format!("there is no `{root}` here"), at), steps.len()),
        }
    }

    /// A name that the module does not declare. Terraform refuses that wherever it stands; it is told where all
    /// declarations are known.
    fn undeclared(&self, message: String, at: Span) -> Value {
        if self.module.complete {
            self.problem(at, message.clone());
            return ops::failed(message, at);
        }
        let atom = Atom::new(format!("{}{message}", self.path), message);
        let reason = Reason::Absent("a part of the module".into());
        Value::unknown(atom, reason, Certain::default(), Provenance::written(at))
    }

    /// Whether it exists in every world of a root that is planned as it is. What its values come to is then what
    /// Terraform will find.
    pub fn is_certain(&self) -> bool {
        let root = self.shared.module(self.shared.root());
        root.is_some_and(|root| root.is_deployed) && Region::everywhere().within(&self.presence)
    }

    /// The major version of azurerm that this module and the root together leave, if it is one: all modules of a
    /// root share its provider, and the root's lock file says which it is.
    pub fn azurerm_major(&self) -> Option<u8> {
        let root = self.shared.module(self.shared.root()).map(|root| root.azurerm).unwrap_or_default();
        root.only().or_else(|| root.and(self.module.azurerm).only())
    }

    /// What Terraform refuses whatever the values are.
    fn refused(&self, message: &str, at: Span) -> Value {
        self.problem(at, message.to_owned());
        ops::failed(message, at)
    }

    /// The module's directory relative to the root's, as `path.module` has it.
    fn module_path(&self) -> String {
        let root = self.shared.root();
        match self.module.dir.strip_prefix(root) {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => below.to_string_lossy().replace('\\', "/"),
            Err(_) => {
                // Outside the root: count the levels up to what both have in common.
                let common =
                    root.components().zip(self.module.dir.components()).take_while(|(a, b)| a == b).count();
                let up = root.components().count() - common;
                let down = self.module.dir.components().skip(common).map(|c| c.as_os_str().to_string_lossy());
                std::iter::repeat_n("..".into(), up).chain(down).collect::<Vec<_>>().join("/")
            }
        }
    }

    /// A variable's value: what the caller passes, else its default, converted to its type.
    pub fn variable(self: &Rc<Instance<'p>>, name: &Arc<str>, at: Span) -> Value {
        self.memo(&format!("var.{name}"), at, || {
            let Some(variable) = self.module.variables.get(name) else {
                return self.undeclared(format!("there is no variable `{name}`"), at);
            };
            let scope = Scope::new(self);
            let default = || {
                let defaults = match &self.inputs {
                    Inputs::Given { defaults, .. } => *defaults,
                    Inputs::Called { .. } => Defaults::Count,
                };
                if defaults == Defaults::Never {
                    return None;
                }
                let value = variable.default.as_ref().map(|default| eval(default, &scope))?;
                match value.single().filter(|_| defaults == Defaults::ButOfSwitches) {
                    Some(Node::Bool(_)) => {
                        return Some(self.without_value(name, variable, Some(Constraint::Bool), &scope));
                    }
                    Some(node) if node.is_empty() => return None,
                    _ => {}
                }
                Some(placed(value, &Place::Default(name.clone())))
            };
            let passed = self.passed(name);
            let value = match (passed, variable.nullable) {
                (Some(passed), true) => Some(passed),
                (Some(passed), false) => Some(match default() {
                    Some(default) => passed.or_if_null(&default),
                    None => passed,
                }),
                (None, _) => default(),
            };
            let ty = variable.ty.as_ref().and_then(|ty| Constraint::parse(ty).ok());
            match (value, ty) {
                _ if variable.sensitive && ty_is_scalar(variable) => self.secret(name, variable),
                (Some(value), Some(ty)) => {
                    // Where a value does not fit, the value is the place to look at.
                    let at = value.provenance().origin().unwrap_or(variable.header);
                    convert(&value, &ty, &|default| eval(default, &scope), at)
                }
                (Some(value), None) => value,
                (None, ty) => self.without_value(name, variable, ty, &scope),
            }
        })
    }

    /// What the input files or the caller give for a variable.
    fn passed(&self, name: &Arc<str>) -> Option<Value> {
        match &self.inputs {
            Inputs::Given { values, .. } => values.get(name).cloned(),
            Inputs::Called { by, call, repetition } => {
                let caller = by.upgrade()?;
                let argument = caller.module.calls.get(call)?.block.body.attribute(name)?;
                let value = eval(&argument.expr, &Scope::repeated(&caller, repetition.clone()));
                Some(placed(value, &Place::Argument(name.clone())))
            }
        }
    }

    fn secret(&self, name: &Arc<str>, variable: &Variable) -> Value {
        let atom = Atom::new(format!("{}var.{name}", self.path), format!("var.{name}"));
        Value::unknown(atom, Reason::Secret, Certain::default(), Provenance::written(variable.header))
    }

    /// A variable that nothing gives a value.
    fn without_value(
        &self,
        name: &Arc<str>,
        variable: &Variable,
        ty: Option<Constraint>,
        scope: &Scope,
    ) -> Value {
        let key = format!("{}var.{name}", self.path);
        let label = format!("var.{name}");
        let allowed: Option<Vec<Scalar>> = variable.allowed.as_ref().and_then(|allowed| {
            allowed.iter().map(|literal| eval(literal, scope).single().and_then(Node::scalar)).collect()
        });
        let kind = ty.as_ref().and_then(Constraint::kind);
        let atom = match (allowed, kind) {
            (Some(allowed), _) => Atom::with_domain(key, label, allowed),
            (None, Some(Kind::Bool)) => Atom::boolean(key, label),
            (None, _) => Atom::new(key, label),
        };
        let certain = Certain { kind, not_null: !variable.nullable, ..Certain::default() };
        let reason = Reason::NoValue(Arc::from(format!("var.{name}")));
        Value::unknown(atom, reason, certain, Provenance::written(variable.header))
    }

    /// The value of a local value.
    pub fn local_value(self: &Rc<Instance<'p>>, name: &Arc<str>) -> Value {
        let nowhere = Span::new(FileId(0), 0, 0);
        self.local(name, self.module.locals.get(name).map_or(nowhere, |expr| expr.span))
    }

    fn local(self: &Rc<Instance<'p>>, name: &Arc<str>, at: Span) -> Value {
        let Some(expr) = self.module.locals.get(name) else {
            return self.undeclared(format!("there is no local value `{name}`"), at);
        };
        self.memo(&format!("local.{name}"), at, || eval(expr, &Scope::new(self)))
    }

    /// `T.name…`: the attribute as written, else known only after deployment.
    fn resource_reference(
        self: &Rc<Instance<'p>>,
        kind: &str,
        name: &Arc<str>,
        steps: &[Step],
        scope: &Scope,
        at: Span,
    ) -> (Value, usize) {
        let found = self.module.resources.get(&(Arc::from(kind), name.clone()));
        let Some(block) = found else {
            let message = format!("there is no resource `{kind}.{name}`");
            return (self.undeclared(message, at), steps.len());
        };
        let address = format!("{}{kind}.{name}", self.path);
        let step = |index: usize| steps.get(index).map(|step| &step.kind);
        let repeated = block.body.attribute("count").is_some() || block.body.attribute("for_each").is_some();
        if !repeated {
            let scope = Scope::new(self);
            let found = match step(1) {
                Some(StepKind::GetAttr(attribute)) => {
                    (self.resource_attribute(block, &address, attribute, &scope, at), 2)
                }
                _ => (self.whole_resource(block, &address, &scope, at), 1),
            };
            return self.where_enabled(block, at, found);
        }
        // `T.name[key].attribute` for a key that is known.
        let index = match step(1) {
            Some(StepKind::Index(index)) => Some(eval(index, scope)),
            Some(StepKind::LegacyIndex(index)) => {
                Some(Value::new(Node::Number(Number::Int(*index as i64)), Provenance::written(at)))
            }
            _ => None,
        };
        if let (Some(index), Some(StepKind::GetAttr(attribute))) = (index, step(2)) {
            let key = match index.single() {
                Some(Node::Number(number)) => number.as_i64().map(Key::Index),
                Some(Node::String(text)) => Some(Key::Name(text.clone())),
                _ => None,
            };
            if let Some(key) = key {
                let instances = self.repeat(block, at);
                if let Some(instance) =
                    instances.into_iter().find(|instance| instance.key.as_ref() == Some(&key))
                {
                    let scope = Scope::repeated(self, instance.repetition);
                    let address = format!("{address}{key}");
                    let value = self.resource_attribute(block, &address, attribute, &scope, at);
                    return (value, 3);
                }
            }
        }
        (self.all_instances(block, &address, at), 1)
    }

    fn resource_attribute(
        self: &Rc<Instance<'p>>,
        block: &Block,
        address: &str,
        attribute: &Arc<str>,
        scope: &Scope,
        at: Span,
    ) -> Value {
        let is_data = block.labels.first().is_some_and(|(kind, _)| &**kind == "terraform_data");
        if is_data && &**attribute == "output" && block.body.attribute("input").is_some() {
            // It is unknown in a plan, and afterwards what was put in.
            return self.resource_attribute(block, address, &Arc::from("input"), scope, at);
        }
        let key = format!("{address}.{attribute}");
        let unknown = |address: &str| {
            let atom = Atom::new(key.clone(), key.strip_prefix(&self.path).unwrap_or(&key));
            let certain = self.resource_certainty(block, attribute, scope);
            let reason = Reason::RunTime(Arc::from(address));
            Value::unknown(atom, reason, certain, Provenance::written(at))
        };
        if let Some(written) = block.body.attribute(attribute) {
            let value = self.memo(&key, at, || eval(&written.expr, scope));
            // What is null in the code may be filled in by the provider.
            return value.or_if_null(&unknown(&key));
        }
        if block.body.blocks.iter().any(|nested| nested.kind == *attribute || is_dynamic(nested, attribute)) {
            return self.memo(&key, at, || {
                let body = super::resources::body_of(block, scope);
                let label = key.strip_prefix(&self.path).unwrap_or(&key);
                filled_in(&ops::member(&body, attribute, false), &key, label, address)
            });
        }
        unknown(&key)
    }

    /// What is certain of an attribute that a provider makes up: random names have a known length.
    /// Source: the hashicorp/random provider's documentation of `random_string`, `random_password`
    /// (`length`), `random_id` (`byte_length`: two hexadecimal digits a byte) and `random_uuid`.
    fn resource_certainty(&self, block: &Block, attribute: &str, scope: &Scope) -> Certain {
        let text = || Certain::of_kind(Kind::String);
        let kind = block.labels.first().map(|(kind, _)| &**kind).unwrap_or("");
        let length = |name: &str| {
            let expr = block.body.attribute(name)?;
            match eval(&expr.expr, scope).single()? {
                Node::Number(number) => usize::try_from(number.as_i64()?).ok(),
                _ => None,
            }
        };
        let exactly = |length: usize| Certain { min_length: length, max_length: Some(length), ..text() };
        let prefix = block.body.attribute("prefix").is_some();
        match (kind, attribute) {
            ("random_string" | "random_password", "result" | "id") => {
                length("length").map_or_else(text, exactly)
            }
            ("random_id", "hex") if !prefix => {
                length("byte_length").map_or_else(text, |bytes| exactly(bytes.saturating_mul(2)))
            }
            ("random_uuid", "result" | "id") => exactly(36),
            (_, "id" | "name") => text(),
            _ => Certain::default(),
        }
    }

    /// A resource as an object: its arguments, the attributes of whose values something is certain, and whatever
    /// else the provider adds.
    fn whole_resource(
        self: &Rc<Instance<'p>>,
        block: &Block,
        address: &str,
        scope: &Scope,
        at: Span,
    ) -> Value {
        let label = address.strip_prefix(&self.path).unwrap_or(address);
        let name = |index: usize| block.labels.get(index).map_or("", |(label, _)| label);
        let rest = Unknown {
            atom: Atom::new(address, label),
            reason: Reason::RunTime(Arc::from(format!("{}.{}", name(0), name(1)))),
            certain: Certain { kind: Some(Kind::Map), not_null: true, ..Certain::default() },
        };
        let written = block.body.attributes.iter().map(|attribute| attribute.name.clone());
        let nested = block.body.blocks.iter().map(|nested| match (&*nested.kind, nested.labels.first()) {
            ("dynamic", Some((label, _))) => label.clone(),
            _ => nested.kind.clone(),
        });
        let computed = ["id", "result", "hex"].map(Arc::from);
        let output = (name(0) == "terraform_data").then(|| Arc::from("output"));
        let names: BTreeSet<Arc<str>> = written.chain(nested).chain(computed).chain(output).collect();
        let entries = names
            .into_iter()
            .filter(|name| !super::resources::is_meta(name))
            .map(|name| {
                let value = self.resource_attribute(block, address, &name, scope, at);
                (name, value)
            })
            .collect();
        let map = Map { entries, open: Some(Arc::new(rest)), ..Map::default() };
        Value::new(Node::Map(Arc::new(map)), Provenance::written(at))
    }

    /// All instances of a repeated resource.
    fn all_instances(self: &Rc<Instance<'p>>, block: &Block, address: &str, at: Span) -> Value {
        let instances = self.repeat(block, at);
        self.gather(
            block,
            at,
            instances.into_iter().map(|instance| {
                let key = instance.key.unwrap_or(Key::Unknown);
                let scope = Scope::repeated(self, instance.repetition);
                let value = self.whole_resource(block, &format!("{address}{key}"), &scope, at);
                (key, instance.presence, instance.many, value)
            }),
        )
    }

    /// Puts instances together as `T.name` or `module.name` has them: a list for `count`, a map for
    /// `for_each`, with one alternative for each set of instances that can exist together.
    fn gather(
        &self,
        block: &Block,
        at: Span,
        instances: impl Iterator<Item = (Key, Vec<Region>, bool, Value)>,
    ) -> Value {
        let counted = block.body.attribute("count").is_some();
        let mut rows: Vec<Gathered> = vec![(Region::everywhere(), Vec::new(), None)];
        for (key, presence, many, value) in instances {
            let mut next = Vec::new();
            let too_many = || {
                let atom = Atom::new(format!("{}{at:?}:instances", self.path), self.label(at));
                let reason = Reason::Bound("too many combinations of instances".into());
                Value::unknown(atom, reason, Certain::default(), Provenance::written(at))
            };
            for (region, items, open) in &rows {
                let Some(absent) = region.without(&presence) else { return too_many() };
                for there in &presence {
                    if let Some(joint) = region.and(there) {
                        let (mut items, mut open) = (items.clone(), open.clone());
                        if many {
                            open = Some(match value.single() {
                                Some(Node::Unknown(unknown)) => unknown.clone(),
                                _ => Arc::new(Unknown {
                                    atom: Atom::new(
                                        format!("{}{:?}:instances", self.path, block.header),
                                        self.label(block.header),
                                    ),
                                    reason: ops::reason_of(&[&value]),
                                    certain: Certain::default(),
                                }),
                            });
                        } else {
                            items.push((key.clone(), value.clone()));
                        }
                        next.push((joint, items, open));
                    }
                }
                next.extend(absent.into_iter().map(|piece| (piece, items.clone(), open.clone())));
            }
            if next.len() > MAX_ALTERNATIVES {
                return too_many();
            }
            rows = next;
        }
        let alternatives = rows
            .into_iter()
            .map(|(region, items, open)| {
                let node = if counted {
                    let items = items.into_iter().map(|(_, value)| value).collect();
                    Node::List(Arc::new(List::new(items, open)))
                } else {
                    let entries = items
                        .into_iter()
                        .map(|(key, value)| match key {
                            Key::Name(name) => (name, value),
                            other => (Arc::from(other.to_string()), value),
                        })
                        .collect();
                    Node::Map(Arc::new(Map { entries, open, ..Map::default() }))
                };
                Alternative { region, node, provenance: Provenance::written(at) }
            })
            .collect();
        Value::from_alternatives(alternatives)
    }

    /// `module.name…`: an output of one instance, or all instances with all outputs.
    fn module_reference(
        self: &Rc<Instance<'p>>,
        name: &Arc<str>,
        steps: &[Step],
        scope: &Scope,
        at: Span,
    ) -> (Value, usize) {
        let Some(call) = self.module.calls.get(name) else {
            return (self.undeclared(format!("there is no module `{name}`"), at), steps.len());
        };
        let repeated =
            call.block.body.attribute("count").is_some() || call.block.body.attribute("for_each").is_some();
        let Some(children) = self.children(name, call) else {
            let atom = Atom::new(format!("{}module.{name}", self.path), format!("module.{name}"));
            let source = call.source.clone().unwrap_or_else(|| "its source".into());
            let reason = Reason::Absent(Arc::from(format!("module `{source}`")));
            return (Value::unknown(atom, reason, Certain::default(), Provenance::written(at)), 1);
        };
        let step = |index: usize| steps.get(index).map(|step| &step.kind);
        if !repeated {
            let found = match (step(1), children.first()) {
                (Some(StepKind::GetAttr(output)), Some(child)) => (child.instance.output(output, at), 2),
                (_, Some(child)) => (child.instance.outputs(at), 1),
                (Some(StepKind::GetAttr(_)), None) => {
                    (ops::failed(format!("`module.{name}` does not exist"), at), 2)
                }
                (_, None) => (Value::null(Provenance::written(at)), 1),
            };
            return self.where_enabled(&call.block, at, found);
        }
        if let (Some(StepKind::Index(index)), Some(StepKind::GetAttr(output))) = (step(1), step(2)) {
            let index = eval(index, scope);
            let key = index.single().and_then(key_text);
            let child = children.iter().find(|child| match (&child.key, &key) {
                (Some(Key::Name(name)), Some(key)) => name == key,
                (Some(Key::Index(index)), Some(key)) => index.to_string() == **key,
                _ => false,
            });
            if let Some(child) = child {
                return (child.instance.output(output, at), 3);
            }
        }
        let all: Vec<Child<'p>> = children.to_vec();
        let value = self.gather(
            &call.block,
            at,
            all.into_iter().map(|child| {
                let key = child.key.clone().unwrap_or(Key::Unknown);
                let presence = child.instance.presence.clone();
                (key, presence, child.instance.many, child.instance.outputs(at))
            }),
        );
        (value, 1)
    }

    /// An output's value.
    fn output(self: &Rc<Instance<'p>>, name: &Arc<str>, at: Span) -> Value {
        let Some(expr) = self.module.outputs.get(name) else {
            return self.undeclared(format!("the module has no output `{name}`"), at);
        };
        self.memo(&format!("output.{name}"), at, || eval(expr, &Scope::new(self)))
    }

    /// All outputs as an object.
    fn outputs(self: &Rc<Instance<'p>>, at: Span) -> Value {
        let entries = self.module.outputs.keys().map(|name| (name.clone(), self.output(name, at))).collect();
        Value::new(Node::map(entries), Provenance::written(at))
    }

    /// The instances of a module call; `None` if the module is not on disk.
    fn children(self: &Rc<Instance<'p>>, name: &Arc<str>, call: &Call) -> Option<Rc<Vec<Child<'p>>>> {
        if let Some(children) = self.children.borrow().get(name) {
            return Some(children.clone());
        }
        let module = self.shared.module(&self.dir_of(name, call)?)?;
        let circle = self.within.iter().position(|around| *around == module.dir);
        if circle.is_some() || self.within.len() >= MAX_MODULE_DEPTH {
            let at = call.block.header;
            match circle {
                Some(_) if self.module.dir == module.dir => {
                    self.problem(at, format!("module `{name}` calls itself"));
                }
                Some(_) => {
                    self.problem(
                        at,
                        format!("module `{name}` calls itself through the modules that it calls"),
                    );
                }
                None => {
                    let message = format!(
                        "modules nest deeper than {MAX_MODULE_DEPTH} levels; what is below is not checked"
                    );
                    self.beyond(at, message);
                }
            }
            return None;
        }
        checks::arguments(self, name, call, &module);
        let mut children = Vec::new();
        for repeated in self.repeat(&call.block, call.block.header) {
            let presence = Region::joint(&self.presence, &repeated.presence);
            if presence.is_empty() {
                continue;
            }
            if !self.afford_instance(call.block.header) {
                break;
            }
            let suffix = repeated.key.as_ref().map(Key::to_string).unwrap_or_default();
            children.push(Child {
                instance: Rc::new(Instance {
                    shared: self.shared.clone(),
                    module: module.clone(),
                    path: format!("{}module.{name}{suffix}.", self.path),
                    key: self.key_of(name),
                    within: self.within.iter().cloned().chain([module.dir.clone()]).collect(),
                    presence,
                    many: self.many || repeated.many,
                    inputs: Inputs::Called {
                        by: Rc::downgrade(self),
                        call: name.clone(),
                        repetition: repeated.repetition,
                    },
                    memo: RefCell::default(),
                    children: RefCell::default(),
                }),
                key: repeated.key,
            });
        }
        let children = Rc::new(children);
        self.children.borrow_mut().insert(name.clone(), children.clone());
        Some(children)
    }

    /// Every module instance of the tree below and including this one that may hold resources of interest.
    pub fn walk(
        self: &Rc<Instance<'p>>,
        interesting: &OfCall<'_, 'p>,
        visit: &mut dyn FnMut(&Rc<Instance<'p>>),
    ) {
        visit(self);
        for (name, call) in &self.module.calls {
            // Without arguments being needed, a module that defines no pool is not even instantiated.
            if !interesting(self, name, call) {
                continue;
            }
            for child in self.children(name, call).iter().flat_map(|children| children.iter()) {
                child.instance.walk(interesting, visit);
            }
        }
    }

    /// The directory of the module that a call of this instance's is of, if it is on disk.
    pub fn dir_of(&self, name: &str, call: &Call) -> Option<PathBuf> {
        call.dir(&self.module.dir, || self.shared.installed(&self.key_of(name)))
    }

    /// What `modules.json` calls the module of a call.
    fn key_of(&self, name: &str) -> String {
        if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) }
    }

    /// Shows every call of a module that is not on disk, and the instance that makes it.
    pub fn unread(self: &Rc<Instance<'p>>, visit: &mut OnCall<'_, 'p>) {
        for (name, call) in &self.module.calls {
            match self.called(&self.module, &self.key, name, call) {
                None => visit(self, name, call),
                Some((key, module)) if self.has_unread(&module, &key, &mut BTreeSet::new()) => {
                    for child in self.children(name, call).iter().flat_map(|children| children.iter()) {
                        child.instance.unread(visit);
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// The module that a module of this key calls, and its key; `None` if it is not on disk.
    fn called(&self, by: &Module, key: &str, name: &str, call: &Call) -> Option<(String, Arc<Module>)> {
        let key = if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
        let dir = call.dir(&by.dir, || self.shared.installed(&key))?;
        Some((key, self.shared.module(&dir)?))
    }

    /// Whether a module or one that it calls calls one that is not on disk.
    fn has_unread(&self, module: &Module, key: &str, seen: &mut BTreeSet<PathBuf>) -> bool {
        if seen.len() >= MAX_MODULE_DEPTH || !seen.insert(module.dir.clone()) {
            return false;
        }
        module.calls.iter().any(|(name, call)| match self.called(module, key, name, call) {
            None => true,
            Some((key, module)) => self.has_unread(&module, &key, seen),
        })
    }

    /// The instances of a block by its `count` or `for_each`.
    pub fn repeat(self: &Rc<Instance<'p>>, block: &Block, at: Span) -> Vec<Repeated> {
        let scope = Scope::new(self);
        if let (Some(_), Some(each)) = (block.body.attribute("count"), block.body.attribute("for_each")) {
            self.problem(each.name_span, "`count` and `for_each` in one block".to_owned());
        }
        if let Some(count) = block.body.attribute("count") {
            let value = self.memo(&format!("count@{:?}", count.span), at, || eval(&count.expr, &scope));
            checks::count(self, &value, count.expr.span);
            return self.bounded(counted(&value), count.expr.span);
        }
        if let Some(each) = block.body.attribute("for_each") {
            let value = self.memo(&format!("for_each@{:?}", each.span), at, || eval(&each.expr, &scope));
            checks::each(self, &value, each.expr.span);
            return self.bounded(each_instance(&value, each.expr.span), each.expr.span);
        }
        self.once(block)
    }

    /// The instances, and a problem where there are more than are looked at.
    fn bounded(&self, (instances, all): (Vec<Repeated>, bool), at: Span) -> Vec<Repeated> {
        if !all {
            let message = format!("more than {MAX_INSTANCES} instances; the others are not checked");
            self.beyond(at, message);
        }
        if self.afford(instances.len()) {
            return instances;
        }
        self.beyond(at, OUT_OF_STEPS.to_owned());
        Vec::new()
    }

    /// `templatefile(path, variables)`.
    pub fn template_file(self: &Rc<Instance<'p>>, args: &[Value], at: Span) -> Value {
        let [path, variables] = args else {
            return ops::failed("`templatefile` needs a path and variables", at);
        };
        Value::combine(&[path, variables], |row| {
            let [path, variables] = row else { return ops::failed("arguments are missing", at) };
            let opaque = |reason: Reason| {
                let (a, b) = (
                    Value::new(path.node.clone(), path.provenance.clone()),
                    Value::new(variables.node.clone(), variables.provenance.clone()),
                );
                let atom = crate::value::derived_atom("templatefile", self.label(at), &[&a, &b], None);
                Value::unknown(atom, reason, Certain::of_kind(Kind::String), Provenance::written(at))
            };
            let Node::String(name) = &path.node else {
                return opaque(Reason::Unsupported("a template whose path is not known".into()));
            };
            let file = normalize(&self.shared.root().join(&**name));
            match self.shared.template(&file) {
                Ok((parts, span)) => {
                    let mut scope = Scope::new(self);
                    let Node::Map(map) = &variables.node else {
                        return opaque(Reason::Unsupported("template variables that are not known".into()));
                    };
                    for (name, value) in &map.entries {
                        scope = scope.with(name.clone(), value.clone().through(&variables.provenance));
                    }
                    template(&parts, &scope, span).passed(at)
                }
                Err(reason) => opaque(reason),
            }
        })
    }
}

/// Whether a variable's declared type is a scalar or not declared: only then is hiding the whole value right.
fn ty_is_scalar(variable: &Variable) -> bool {
    let kind = variable.ty.as_ref().and_then(|ty| Constraint::parse(ty).ok()).and_then(|ty| ty.kind());
    !matches!(kind, Some(Kind::List | Kind::Map))
}

/// Nested blocks of a resource as others see them: the provider adds what it works out to what is written.
fn filled_in(value: &Value, key: &str, label: &str, address: &str) -> Value {
    value.and_then(|alternative| {
        let node = match &alternative.node {
            Node::List(list) => {
                let items = list.items.iter().enumerate().map(|(index, item)| {
                    filled_in(item, &format!("{key}[{index}]"), &format!("{label}[{index}]"), address)
                });
                Node::List(Arc::new(List { items: items.collect(), ..List::clone(list) }))
            }
            Node::Map(map) => {
                let rest = || {
                    Arc::new(Unknown {
                        atom: Atom::new(key, label),
                        reason: Reason::RunTime(Arc::from(address)),
                        certain: Certain::default(),
                    })
                };
                let open = Some(map.open.clone().unwrap_or_else(rest));
                Node::Map(Arc::new(Map { open, ..Map::clone(map) }))
            }
            other => other.clone(),
        };
        Value::new(node, alternative.provenance.clone())
    })
}

fn is_dynamic(block: &Block, kind: &str) -> bool {
    &*block.kind == "dynamic" && block.labels.first().is_some_and(|(label, _)| &**label == kind)
}

impl Files for Instance<'_> {
    fn count_bounded(&self) -> u64 {
        let count = self.shared.bounded();
        count.set(count.get().saturating_add(1));
        count.get()
    }

    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        self.shared.read(&normalize(&self.shared.root().join(path)))
    }
    fn id(&self, path: &str) -> Option<FileId> {
        self.shared.id(&normalize(&self.shared.root().join(path)))
    }
    fn exists(&self, path: &str) -> Option<bool> {
        self.shared.exists(&normalize(&self.shared.root().join(path)))
    }
    fn list(&self, dir: &str) -> Option<Vec<String>> {
        self.shared.list(&normalize(&self.shared.root().join(dir)))
    }
}
