//! Evaluation of expressions and of the JSON around them, within one template's scope.

mod lambdas;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::expr::{Code, Expr, ExprKind};
use super::functions::{self, Label, Missing, Site, element, property};
use super::print::{not_evaluated, told_as_written};
use super::refused::{Objection, Walked};
use super::scope::{Binding, Env, Scope};
use super::survey::Notes;
use super::template::Concern;
use super::tree::{Expression, Node as Tree, NodeKind};
use crate::resolve::Problem;
use crate::source::{FileId, Span};
use crate::value::{
    Alternative, Atom, Certain, Kind, List, Map, Node, Number, Place, Provenance, Reason, Region, Scalar,
    Unknown, Value, derived_atom, ops, placeholder,
};

/// All templates of a run that deploy something of ours, each under each set of inputs, share about this many steps
/// equally, so that no result depends on how fast the others are. The shares are within [`LEAST_STEPS`] and
/// [`MOST_STEPS`]: beyond a hundred of them a run takes more.
const ALL_STEPS: u64 = 3_000_000;
/// Evaluating one template under one set of inputs may always take this many steps.
const LEAST_STEPS: u64 = 30_000;
/// And at most this many.
const MOST_STEPS: u64 = 300_000;
/// Expressions, variables, parameters and templates within each other, all together.
const MAX_DEPTH: usize = 160;
const OUT_OF_STEPS: &str =
    "evaluating the template takes more steps than are made; what is left is not checked";
/// No value has more parts than this.
const MAX_PARTS: usize = 100_000;
/// No value is nested deeper than this.
const MAX_LEVELS: usize = 64;

/// One evaluation: what it may still cost, what went wrong, and what needs no second look.
pub(super) struct Evaluator<'t> {
    /// The root template, as part of the identity of what is unknown.
    pub(super) root: String,
    /// Its file.
    pub(super) entry: Option<FileId>,
    steps: Cell<u64>,
    max_steps: u64,
    depth: Cell<usize>,
    problems: RefCell<BTreeSet<(Span, String)>>,
    /// What the bounds cut off.
    unchecked: RefCell<BTreeSet<(Span, String)>>,
    ran_out: Cell<bool>,
    /// What the service rejects.
    pub(super) refused: RefCell<BTreeSet<Objection>>,
    /// The worlds in which there is what is being evaluated; none while it may be that nobody asks for it.
    pub(super) worlds: RefCell<Vec<Region>>,
    /// The template whose resources are walked.
    pub(super) walked: RefCell<Walked<'t>>,
    /// The worlds in which nested deployments are deployed, by their places.
    pub(super) deployed: RefCell<BTreeMap<String, Vec<Region>>>,
    /// The scopes of nested deployments by their place, so that every look at one sees the same.
    pub(super) nested: RefCell<BTreeMap<String, Rc<Scope<'t>>>>,
    /// The templates and parameter files that links can name, by path.
    pub(super) library: &'t BTreeMap<&'t str, &'t Tree>,
    /// Those of them that links did name.
    pub(super) linked: RefCell<BTreeSet<Arc<str>>>,
    /// The paths of files that links name and the library has not.
    pub(super) missing: RefCell<BTreeSet<Arc<str>>>,
    /// What of the templates is ours.
    pub(super) concern: Concern,
    /// The deployments in templates, by the address of the template.
    pub(super) deployments: RefCell<BTreeMap<usize, Deployments<'t>>>,
    /// Deployments whose outputs are being worked out.
    pub(super) referring: RefCell<BTreeSet<String>>,
    /// Present if everything is evaluated and not only what agent pools depend on.
    pub(super) notes: Option<Notes>,
}

/// Deployments with their symbolic names.
pub(super) type Deployments<'t> = Rc<[(Option<&'t str>, &'t Tree)]>;

impl<'t> Evaluator<'t> {
    pub(super) fn new(
        root: impl Into<String>,
        jobs: usize,
        library: &'t BTreeMap<&'t str, &'t Tree>,
    ) -> Evaluator<'t> {
        let share = ALL_STEPS / u64::try_from(jobs.max(1)).unwrap_or(u64::MAX);
        Evaluator {
            max_steps: share.clamp(LEAST_STEPS, MOST_STEPS),
            root: root.into(),
            entry: None,
            steps: Cell::new(0),
            depth: Cell::new(0),
            problems: RefCell::new(BTreeSet::new()),
            unchecked: RefCell::new(BTreeSet::new()),
            ran_out: Cell::new(false),
            refused: RefCell::new(BTreeSet::new()),
            walked: RefCell::default(),
            worlds: RefCell::new(vec![Region::everywhere()]),
            deployed: RefCell::new(BTreeMap::from([(String::new(), vec![Region::everywhere()])])),
            nested: RefCell::new(BTreeMap::new()),
            library,
            linked: RefCell::new(BTreeSet::new()),
            missing: RefCell::new(BTreeSet::new()),
            concern: Concern::default(),
            deployments: RefCell::new(BTreeMap::new()),
            referring: RefCell::new(BTreeSet::new()),
            notes: None,
        }
    }

    /// What went wrong, by place.
    pub(super) fn take_problems(&self) -> Vec<Problem> {
        let found = self.problems.take().into_iter();
        found.map(|(span, message)| Problem { span, message, needed: true }).collect()
    }

    /// What the bounds cut off, by place.
    pub(super) fn take_unchecked(&self) -> Vec<Problem> {
        let found = self.unchecked.take().into_iter();
        found.map(|(span, message)| Problem { span, message, needed: false }).collect()
    }

    pub(super) fn problem(&self, span: Span, message: impl Into<String>) {
        self.problems.borrow_mut().insert((span, message.into()));
    }

    /// Something that is wrong with the template: told, and a failure to whoever needs the value.
    pub(super) fn wrong(&self, span: Span, message: impl Into<String>) -> Value {
        let message = message.into();
        self.problem(span, message.clone());
        ops::failed(message, span)
    }

    /// Notes what the bounds cut off: the template is not wrong, and not all of it is checked.
    pub(super) fn beyond(&self, at: Span, which: &str) {
        // Once the steps have run out, everything that follows is cut off.
        if which != OUT_OF_STEPS || !self.ran_out.replace(true) {
            self.unchecked.borrow_mut().insert((at, which.to_owned()));
        }
    }

    /// The unknown that stands for what the bounds cut off.
    fn bound(&self, at: Span, which: &str) -> Value {
        self.beyond(at, which);
        let key = format!("bound@{}:{}-{}", at.file.0, at.start, at.end);
        Value::unknown(
            Atom::new(key, "an expression beyond the bounds"),
            Reason::Bound(which.into()),
            Certain::default(),
            Provenance::written(at),
        )
    }

    /// Takes so many steps, and says whether there were that many.
    pub(super) fn affords(&self, steps: usize) -> bool {
        self.charge(steps);
        self.steps.get() <= self.max_steps
    }

    /// Takes the steps for something that is left out if there are not that many; then says so.
    pub(super) fn goes_on(&self, steps: usize, at: Span) -> bool {
        let affords = self.affords(steps);
        if !affords {
            self.beyond(at, OUT_OF_STEPS);
        }
        affords
    }

    fn charge(&self, steps: usize) {
        self.steps.set(self.steps.get().saturating_add(steps as u64));
    }

    /// Whether [`deeper`](Evaluator::deeper) would go one level deeper.
    fn affords_level(&self) -> bool {
        self.steps.get() < self.max_steps && self.depth.get() < MAX_DEPTH
    }

    /// Takes a step, and says why there is no level below this one.
    fn hindrance(&self) -> Option<&'static str> {
        if !self.affords(1) {
            return Some(OUT_OF_STEPS);
        }
        (self.depth.get() >= MAX_DEPTH).then_some("the template is nested more deeply than is followed")
    }

    fn below<T>(&self, f: impl FnOnce() -> T) -> T {
        self.depth.set(self.depth.get() + 1);
        let value = f();
        self.depth.set(self.depth.get() - 1);
        value
    }

    /// Runs `f` one level deeper, unless that or the number of steps is beyond the bounds.
    pub(super) fn deeper(&self, at: Span, f: impl FnOnce() -> Value) -> Value {
        match self.hindrance() {
            Some(which) => self.bound(at, which),
            None => self.below(f),
        }
    }

    /// Runs `f` one level deeper if the bounds allow it.
    pub(super) fn deeper_or<T>(&self, at: Span, otherwise: T, f: impl FnOnce() -> T) -> T {
        match self.hindrance() {
            Some(which) => {
                self.beyond(at, which);
                otherwise
            }
            None => self.below(f),
        }
    }

    /// The value, unless it has more parts or levels than the bounds allow: shared parts count as often as
    /// they are seen, since everything that walks a value sees them as often.
    pub(super) fn measured(&self, value: Value, at: Span) -> Value {
        fn measure(value: &Value, level: usize, left: &mut usize) -> bool {
            value.alternatives().iter().all(|alternative| {
                if *left == 0 || level > MAX_LEVELS {
                    return false;
                }
                *left -= 1;
                match &alternative.node {
                    Node::List(list) => list.items.iter().all(|item| measure(item, level + 1, left)),
                    Node::Map(map) => map.entries.values().all(|item| measure(item, level + 1, left)),
                    _ => true,
                }
            })
        }
        let mut left = MAX_PARTS;
        let fits = measure(&value, 0, &mut left);
        self.charge((MAX_PARTS - left) / 4);
        if fits { value } else { self.bound(at, "a value has more parts than are followed") }
    }

    /// A JSON value, its expressions evaluated. `place` is the capacity in which literals are written.
    pub(super) fn json(&self, env: &Env<'t>, node: &'t Tree, place: &Place) -> Value {
        let provenance = || Provenance::placed(node.span, place.clone());
        match &node.kind {
            NodeKind::Null => Value::null(provenance()),
            NodeKind::Bool(value) => Value::new(Node::Bool(*value), provenance()),
            NodeKind::Number(written) => match Number::parse(written) {
                Some(number) => Value::new(Node::Number(number), provenance()),
                None => Value::string(written, provenance()),
            },
            NodeKind::String(text) => {
                self.charge(text.len() / 256);
                let provenance = provenance();
                // What begins like an expression is no placeholder.
                let unknown =
                    if text.starts_with('[') { None } else { placeholder::of_text(text, &provenance) };
                unknown.unwrap_or_else(|| Value::new(Node::String(text.clone()), provenance))
            }
            NodeKind::Expr(expression) => match self.parsed(expression) {
                Some(code) => {
                    let value = self.deeper(node.span, || self.expr(env, &code.source, &code.expr));
                    let value = told_as_written(value, code);
                    if let Some(notes) = &self.notes {
                        notes.add(code.expr.span, &value);
                    }
                    value
                }
                None => ops::failed("this expression cannot be read", node.span),
            },
            NodeKind::Array(items) => self.deeper(node.span, || {
                self.charge(items.len() / 8);
                let items = items.iter().map(|item| self.json(env, item, place)).collect();
                Value::new(Node::list(items), provenance())
            }),
            NodeKind::Object(_) => self.deeper(node.span, || {
                Value::new(Node::Map(Arc::new(self.members(env, node, place, &[]))), provenance())
            }),
            NodeKind::Shared(node) => self.json(env, node, place),
        }
    }

    /// The members of an object, but for those named in `without`.
    pub(super) fn members(&self, env: &Env<'t>, node: &'t Tree, place: &Place, without: &[&str]) -> Map {
        let mut map = Map::default();
        self.charge(node.members().len() / 8);
        for member in node.members() {
            if without.iter().any(|name| member.name.eq_ignore_ascii_case(name)) {
                continue;
            }
            if member.name.eq_ignore_ascii_case("copy") && is_property_copy(&member.value) {
                for copy in member.value.items() {
                    if let Some((name, value)) = self.property_copy(env, copy, place) {
                        map.entries.insert(name, value);
                    }
                }
                continue;
            }
            let mut key = member.name.clone();
            if let Some(expression) = &member.computed {
                let value = self
                    .parsed(expression)
                    .map(|code| self.deeper(member.name_span, || self.expr(env, &code.source, &code.expr)));
                match value.as_ref().and_then(Value::single) {
                    Some(Node::String(name)) => key = name.clone(),
                    Some(Node::Unknown(unknown)) => {
                        map.open = Some(unknown.clone());
                        continue;
                    }
                    _ => {
                        map.open = Some(Arc::new(self.unsupported(member.name_span, "a computed key")));
                        continue;
                    }
                }
            }
            map.key_spans.insert(key.clone(), member.name_span);
            map.entries.insert(key, self.json(env, &member.value, place));
        }
        map
    }

    fn unsupported(&self, at: Span, what: &str) -> Unknown {
        not_evaluated(at, Reason::Unsupported(what.into()), what.into())
    }

    /// The parsed form of an expression. What is wrong with its text is told once, and its value is a failure.
    fn parsed(&self, expression: &'t Expression) -> Option<&'t Code> {
        expression.code().map_err(|error| self.problem(error.span, error.message.clone())).ok()
    }

    /// The expression that a part of a template is, if it is one.
    pub(super) fn code(&self, node: &'t Tree) -> Option<&'t Code> {
        node.as_expression().and_then(|expression| self.parsed(expression))
    }

    /// `copy` among the members of an object: one more member, a list.
    fn property_copy(&self, env: &Env<'t>, copy: &'t Tree, place: &Place) -> Option<(Arc<str>, Value)> {
        let name: Arc<str> = Arc::from(copy.get("name")?.as_str()?);
        let count = self.json(env, copy.get("count")?, &Place::Code);
        let input = copy.get("input")?;
        let value = self.looped(&count, copy.span, |index| {
            let env = env.with(Binding::Loop { name: Some(name.clone()), resource: false, index });
            self.json(&env, input, place)
        });
        Some((name, value))
    }

    /// A list of as many elements as `count` says, each made from its index. Of an unknown number of
    /// elements one stands for all, in the worlds in which there is one.
    pub(super) fn looped(&self, count: &Value, at: Span, mut make: impl FnMut(Value) -> Value) -> Value {
        let worlds = self.worlds.borrow().clone();
        let value = count.split_domains().and_then(|alternative| match &alternative.node {
            Node::Number(_) | Node::String(_) => {
                let Some(count) = self.iterations(alternative, &worlds, at) else {
                    return ops::failed("the service does not make this loop", at);
                };
                let items = (0..count).map(|index| {
                    // Where the loop is shorter, nothing is asked of this iteration.
                    let index = Value::from_alternatives(vec![Alternative {
                        region: alternative.region.clone(),
                        node: Node::Number(Number::Int(i64::try_from(index).unwrap_or(i64::MAX))),
                        provenance: Provenance::nowhere(),
                    }]);
                    self.deeper(at, || make(index))
                });
                Value::new(Node::list(items.collect()), Provenance::written(at))
            }
            Node::Unknown(unknown) => {
                let (index, region) = some_index(unknown, &alternative.provenance, at);
                let item = self.deeper(at, || make(index));
                let items = region.and_then(|region| item.within(&region)).into_iter().collect();
                let list = List::new(items, Some(unknown.clone()));
                Value::new(Node::List(Arc::new(list)), Provenance::written(at))
            }
            _ => {
                self.iterations(alternative, &worlds, at);
                ops::failed("the count of a loop is a number", at)
            }
        });
        self.measured(value, at)
    }

    /// An expression's value. `source` is the whole string that it stands in.
    pub(super) fn expr(&self, env: &Env<'t>, source: &str, expr: &Expr) -> Value {
        self.deeper(expr.span, || match &expr.kind {
            // The text of the file is completed before anybody parses an expression in it.
            ExprKind::String(text) => {
                let here = Provenance::written(expr.span);
                placeholder::of_text(text, &here)
                    .unwrap_or_else(|| Value::new(Node::String(text.clone()), here))
            }
            ExprKind::Int(value) => {
                Value::new(Node::Number(Number::Int(*value)), Provenance::written(expr.span))
            }
            ExprKind::Unknown(why) => {
                let unknown = not_evaluated(expr.span, why.clone(), Label::of(source, expr.range));
                Value::new(Node::Unknown(Arc::new(unknown)), Provenance::written(expr.span))
            }
            ExprKind::Property { base, name, safe } => {
                if name.eq_ignore_ascii_case("value")
                    && let Some(value) = self.deployment_output(env, source, base, expr.span)
                {
                    return value;
                }
                if let ExprKind::Call { namespace: None, name: function, args, .. } = &base.kind
                    && args.is_empty()
                    && let Some((function, ..)) = functions::find(function)
                    && self.affords_level()
                {
                    let site = Site { name: function, label: label(source, base), at: base.span };
                    if let Some(value) = self.cloud_property(env, &site, name, expr.span) {
                        // As many steps as evaluating the object would take.
                        self.charge(1);
                        return value;
                    }
                }
                let base = self.expr(env, source, base);
                self.charge(functions::lookup(&base));
                property(&base, name, if *safe { Missing::IsNull } else { Missing::Fails }, expr.span)
            }
            ExprKind::Index { base, index, safe } => {
                let base = self.expr(env, source, base);
                let index = self.expr(env, source, index);
                self.charge(functions::lookup(&base));
                if matches!(index.single(), Some(Node::Unknown(_))) {
                    self.charge(functions::identification(std::slice::from_ref(&base)));
                }
                let site = Site { name: "[]", label: label(source, expr), at: expr.span };
                element(&base, &index, if *safe { Missing::IsNull } else { Missing::Fails }, &site)
            }
            ExprKind::Call { namespace: Some(namespace), name, name_span, args } => {
                self.own_function(env, source, namespace, name, *name_span, args, expr)
            }
            ExprKind::Call { namespace: None, name, name_span, args } => {
                self.function(env, source, name, *name_span, args, expr)
            }
        })
    }

    fn function(
        &self,
        env: &Env<'t>,
        source: &str,
        name: &str,
        name_span: Span,
        args: &[Expr],
        expr: &Expr,
    ) -> Value {
        let at = expr.span;
        let known = functions::find(name);
        let lower =
            known.map_or_else(|| Cow::Owned(name.to_ascii_lowercase()), |known| Cow::Borrowed(known.0));
        let lower: &str = &lower;
        // Any `list...` is an operation of some resource provider.
        let is_list_operation = lower.starts_with("list");
        match known.map(|(_, least, most)| (least, most)) {
            None if is_list_operation => {}
            None => return self.wrong(name_span, format!("there is no function `{name}`")),
            Some((least, most)) if args.len() < least || args.len() > most => {
                let wanted = if least == most {
                    least.to_string()
                } else if most == usize::MAX {
                    format!("at least {least}")
                } else {
                    format!("{least} to {most}")
                };
                let noun = if wanted == "1" { "argument" } else { "arguments" };
                return self.wrong(at, format!("{name}() takes {wanted} {noun}, not {}", args.len()));
            }
            Some(_) => {}
        }
        let site = Site { name: lower, label: label(source, expr), at };
        match (lower, args) {
            // Most calls are of these, and their argument is but a name: it costs the step that its evaluation
            // would. Where there is none left, the evaluation says so.
            ("parameters" | "variables" | "lambdavariables", [Expr { kind: ExprKind::String(name), .. }])
                if self.affords_level() =>
            {
                self.charge(1);
                return self.named(env, &site, name);
            }
            ("if", [condition, then, otherwise]) => {
                let condition = self.expr(env, source, condition);
                let is_known = matches!(condition.single(), Some(Node::Bool(_)));
                let branch = |branch| match is_known {
                    true => self.expr(env, source, branch),
                    false => self.perhaps(|| self.expr(env, source, branch)),
                };
                return ops::select(
                    &condition,
                    at,
                    || branch(then),
                    || branch(otherwise),
                    |_| ops::failed("the condition of if() is neither true nor false", at),
                );
            }
            ("map" | "filter" | "reduce" | "sort" | "toobject" | "groupby" | "mapvalues", _) => {
                // Of a list that is not known there may be no element.
                return self.perhaps(|| self.with_lambdas(env, source, &site, args));
            }
            ("createobject", args) if args.len() % 2 == 1 => {
                return self.wrong(at, format!("{name}() takes a value for every key"));
            }
            ("reference", args) => {
                if let Some(value) = self.deployment_reference(env, source, args, at) {
                    return value;
                }
            }
            ("lambda", _) => return self.wrong(at, "lambda() stands only where a function asks for it"),
            _ => {}
        }
        let mut values: Vec<Value> = args.iter().map(|arg| self.expr(env, source, arg)).collect();
        if let ("format", [Expr { kind: ExprKind::String(text), span, .. }, ..], [pattern, ..]) =
            (lower, args, values.as_mut_slice())
        {
            let here = Provenance::written(*span);
            *pattern = placeholder::of_format(text, &here)
                .unwrap_or_else(|| Value::new(Node::String(text.clone()), here));
        }
        if !self.affords(functions::effort(lower, &values)) {
            return self.bound(at, OUT_OF_STEPS);
        }
        if let Some(value) = self.of_template(env, &site, &values) {
            return value;
        }
        if let Some(value) = self.of_cloud(env, &site, &values) {
            return value;
        }
        match functions::call(&site, &values) {
            Some(value) => {
                if let Some(Node::Unknown(unknown)) = value.single() {
                    self.charge(functions::identification(&values));
                    if let (Reason::Bound(which), false) = (&unknown.reason, values.iter().any(is_bound)) {
                        self.beyond(at, which);
                    }
                }
                self.accounted(value, &site)
            }
            None => self.wrong(name_span, format!("{name}() is not evaluated")),
        }
    }

    /// Charges for what a function made.
    fn accounted(&self, value: Value, site: &Site<'_>) -> Value {
        match value.single() {
            Some(Node::String(text)) => {
                self.charge(text.len() / 16);
                value
            }
            Some(Node::List(_) | Node::Map(_)) if site.name != "coalesce" => self.measured(value, site.at),
            None if site.name != "coalesce" => self.measured(value, site.at),
            _ => value,
        }
    }

    /// Functions that look at the template.
    fn of_template(&self, env: &Env<'t>, site: &Site<'_>, args: &[Value]) -> Option<Value> {
        let value = match site.name {
            "parameters" | "variables" | "lambdavariables" => {
                let name = args.first()?;
                let Some(name) = name.as_str() else {
                    // Which one is meant depends on what is not known.
                    return Some(name.split_domains().and_then(|alternative| match &alternative.node {
                        Node::String(name) => self.named(env, site, name),
                        _ => {
                            let function = [site.name, "|", &self.key_of(&env.scope, "")].concat();
                            ops::opaque(&function, site.label, &[name], Certain::default(), site.at)
                        }
                    }));
                };
                self.named(env, site, name)
            }
            "copyindex" => {
                let (name, offset) = match args {
                    [] => (None, None),
                    [only] => match only.single() {
                        Some(Node::Number(_)) => (None, Some(only)),
                        _ => (only.as_str(), None),
                    },
                    [name, offset, ..] => (name.as_str(), Some(offset)),
                };
                let Some(index) = env.copy_index(name) else {
                    return Some(self.wrong(site.at, "copyIndex() stands outside of its loop"));
                };
                match offset {
                    Some(offset) => {
                        let site = Site { name: "add", ..*site };
                        functions::call(&site, &[index, offset.clone()])?
                    }
                    None => Value::from_alternatives(
                        index
                            .alternatives()
                            .iter()
                            .map(|a| Alternative { provenance: Provenance::written(site.at), ..a.clone() })
                            .collect(),
                    ),
                }
            }
            _ => return None,
        };
        Some(value)
    }

    fn named(&self, env: &Env<'t>, site: &Site<'_>, name: &str) -> Value {
        let value = match site.name {
            "parameters" => match &env.arguments {
                Some(arguments) => arguments.get(&name.to_ascii_lowercase()).cloned(),
                None => self.parameter(&env.scope, name, site.at),
            },
            "variables" => self.variable(env, name, site.at),
            _ => env.lambda_variable(name),
        };
        match value {
            Some(value) => value.passed(site.at),
            None => {
                let what = match site.name {
                    "parameters" => "parameter",
                    "variables" => "variable",
                    _ => "lambda variable",
                };
                self.wrong(site.at, format!("there is no {what} `{name}`"))
            }
        }
    }

    /// A function that the template defines.
    #[allow(clippy::too_many_arguments)]
    fn own_function(
        &self,
        env: &Env<'t>,
        source: &str,
        namespace: &str,
        name: &str,
        name_span: Span,
        args: &[Expr],
        expr: &Expr,
    ) -> Value {
        // Bicep writes these before functions that everybody has.
        const BUILT_IN: [&str; 3] = ["az", "sys", "this"];
        let function = env.scope.function(namespace, name);
        if function.is_none() && BUILT_IN.iter().any(|name| namespace.eq_ignore_ascii_case(name)) {
            return self.function(env, source, name, name_span, args, expr);
        }
        let Some(function) = function else {
            return self.wrong(name_span, format!("there is no function `{namespace}.{name}`"));
        };
        let parameters = function.get("parameters").map(Tree::items).unwrap_or_default();
        if parameters.len() != args.len() {
            let message = format!("{name}() takes {} arguments, not {}", parameters.len(), args.len());
            return self.wrong(expr.span, message);
        }
        let arguments: BTreeMap<String, Value> = parameters
            .iter()
            .zip(args)
            .filter_map(|(parameter, arg)| {
                let name = parameter.get("name")?.as_str()?.to_ascii_lowercase();
                Some((name, self.expr(env, source, arg)))
            })
            .collect();
        let output = function.get("output").and_then(|output| output.get("value"));
        let Some(output) = output else {
            return self.wrong(name_span, format!("`{namespace}.{name}` has no output"));
        };
        let mut env = Env::of(env.scope.clone());
        env.arguments = Some(Rc::new(arguments));
        let value = self.json(&env, output, &Place::Code);
        self.measured(value.passed(expr.span), expr.span)
    }

    /// Functions whose argument is a lambda.
    fn with_lambdas(&self, env: &Env<'t>, source: &str, site: &Site<'_>, args: &[Expr]) -> Value {
        let Some((input, rest)) = args.split_first() else { return ops::failed("nothing to map", site.at) };
        let input = self.expr(env, source, input);
        let (initial, rest) = match (site.name, rest) {
            ("reduce", [initial, lambda]) => {
                (Some(self.expr(env, source, initial)), std::slice::from_ref(lambda))
            }
            _ => (None, rest),
        };
        let mut lambdas = Vec::new();
        for arg in rest {
            match self.lambda(env, source, arg) {
                Some(lambda) => lambdas.push(lambda),
                None => return self.wrong(arg.span, format!("{}() wants a lambda here", site.name)),
            }
        }
        let Some(lambda) = lambdas.first() else { return ops::failed("a lambda is missing", site.at) };
        let value = match site.name {
            "map" => self.map(&input, lambda, site),
            "filter" => self.filter(&input, lambda, site),
            "reduce" => self.reduce(&input, initial, lambda, site),
            "sort" => self.sort(&input, lambda, site),
            "mapvalues" => self.map_values(&input, lambda, site),
            _ => self.keyed(&input, lambda, lambdas.get(1), site),
        };
        self.measured(value, site.at)
    }

    fn lambda<'e>(&self, env: &Env<'t>, source: &'e str, expr: &'e Expr) -> Option<Lambda<'t, 'e>> {
        let ExprKind::Call { namespace: None, name, args, .. } = &expr.kind else { return None };
        let (body, names) = args.split_last()?;
        let names = names
            .iter()
            .map(|name| match &name.kind {
                ExprKind::String(name) => Some(name.clone()),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?;
        name.eq_ignore_ascii_case("lambda").then(|| Lambda { env: env.clone(), names, body, source })
    }

    fn apply(&self, lambda: &Lambda<'t, '_>, values: &[&Value]) -> Value {
        let mut env = lambda.env.clone();
        for (name, value) in lambda.names.iter().zip(values) {
            env = env.with(Binding::Lambda { name: name.clone(), value: (*value).clone() });
        }
        self.expr(&env, lambda.source, lambda.body)
    }

    /// Calls `f` for each alternative of a list, an element that stands for all added where the list is
    /// not known. Anything but a list fails.
    fn lists(&self, input: &Value, site: &Site<'_>, mut f: impl FnMut(&List, &Provenance) -> Value) -> Value {
        input.and_then(|alternative| match &alternative.node {
            Node::List(list) => {
                // Elements were passed on together with their list.
                let take = |item: &Value| functions::take_item(&alternative.provenance, item, site.at);
                let items: Vec<Value> = list.items.iter().map(take).collect();
                let example = list
                    .open
                    .as_ref()
                    .filter(|_| items.is_empty())
                    .and_then(|open| some_element(open, &alternative.provenance, site.at));
                let items = items.into_iter().chain(example).collect();
                let list = List::new(items, list.open.clone());
                f(&list, &alternative.provenance)
            }
            Node::Unknown(unknown) if unknown.certain.kind.is_none_or(|kind| kind == Kind::List) => {
                let example = some_element(unknown, &alternative.provenance, site.at);
                let list = List::new(example.into_iter().collect(), Some(unknown.clone()));
                f(&list, &alternative.provenance)
            }
            node => {
                let kind = node.kind().map_or("null", Kind::name);
                ops::failed(format!("{}() wants an array, not {kind}", site.name), site.at)
            }
        })
    }

    fn map(&self, input: &Value, lambda: &Lambda<'t, '_>, site: &Site<'_>) -> Value {
        self.lists(input, site, |list, provenance| {
            let items = list
                .items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let index = position(list, index, site.at);
                    match item.alternatives() {
                        // An element that is there in some worlds only: its own parts need not repeat which.
                        [only] if !only.region.is_everywhere() => {
                            let everywhere = Value::new(only.node.clone(), only.provenance.clone());
                            let result = self.apply(lambda, &[&everywhere, &index]);
                            result.within(&only.region).unwrap_or(result)
                        }
                        _ => self.apply(lambda, &[item, &index]),
                    }
                })
                .collect();
            let list = List::new(items, self.opened(list, &[lambda], site));
            Value::new(Node::List(Arc::new(list)), Provenance::computed(site.at, [provenance.clone()]))
        })
    }

    fn filter(&self, input: &Value, lambda: &Lambda<'t, '_>, site: &Site<'_>) -> Value {
        self.lists(input, site, |list, provenance| {
            let computed = Provenance::computed(site.at, [provenance.clone()]);
            let open = self.opened(list, &[lambda], site);
            let mut states: Vec<(Region, Vec<Cow<'_, Value>>)> = vec![(Region::everywhere(), Vec::new())];
            for (index, item) in list.items.iter().enumerate() {
                let index = position(list, index, site.at);
                let kept = self.apply(lambda, &[item, &index]).split_domains().split_on(&Scalar::Bool(true));
                if list.open.is_some() {
                    // Elements of an open list are there in some worlds only; so they stay, in fewer.
                    for alternative in kept.alternatives() {
                        if matches!(alternative.node, Node::Bool(true))
                            && let Some(item) = item.within(&alternative.region)
                        {
                            states.iter_mut().for_each(|(_, items)| items.push(Cow::Owned(item.clone())));
                        }
                    }
                    continue;
                }
                self.charge(states.len() / 8);
                let mut next = Vec::new();
                for (region, mut items) in states {
                    // Beyond the bound how many more there are does not matter.
                    if next.len() > crate::value::MAX_ALTERNATIVES {
                        break;
                    }
                    let mut parts = kept
                        .alternatives()
                        .iter()
                        .filter_map(|kept| Some((region.and(&kept.region)?, &kept.node)))
                        .peekable();
                    while let Some((region, kept)) = parts.next() {
                        // The last part takes over what the state has, which mostly has no other.
                        let is_last = parts.peek().is_none();
                        let mut items = if is_last { std::mem::take(&mut items) } else { items.clone() };
                        if matches!(kept, Node::Bool(true)) {
                            items.push(Cow::Borrowed(item));
                        }
                        next.push((region, items));
                    }
                }
                if next.len() > crate::value::MAX_ALTERNATIVES {
                    let here = Value::new(Node::List(Arc::new(list.clone())), provenance.clone());
                    return ops::opaque(
                        "filter",
                        site.label,
                        &[&here, &self.form(lambda, site.at)],
                        Certain::of_kind(Kind::List),
                        site.at,
                    );
                }
                states = next;
            }
            let alternatives = states
                .into_iter()
                .map(|(region, items)| {
                    let items = items.into_iter().map(Cow::into_owned).collect();
                    let list = List::new(items, open.clone());
                    Alternative { region, node: Node::List(Arc::new(list)), provenance: computed.clone() }
                })
                .collect();
            Value::from_alternatives(alternatives)
        })
    }

    fn reduce(
        &self,
        input: &Value,
        initial: Option<Value>,
        lambda: &Lambda<'t, '_>,
        site: &Site<'_>,
    ) -> Value {
        let Some(initial) = initial else { return ops::failed("reduce() wants a first value", site.at) };
        self.lists(input, site, |list, provenance| {
            if list.open.is_some() {
                let here = Value::new(Node::List(Arc::new(list.clone())), provenance.clone());
                let inputs = [&here, &initial, &self.form(lambda, site.at)];
                return ops::opaque("reduce", site.label, &inputs, Certain::default(), site.at);
            }
            let mut so_far = initial.clone();
            for (index, item) in list.items.iter().enumerate() {
                let index = position(list, index, site.at);
                so_far = self.measured(self.apply(lambda, &[&so_far, item, &index]), site.at);
            }
            so_far
        })
    }

    fn sort(&self, input: &Value, lambda: &Lambda<'t, '_>, site: &Site<'_>) -> Value {
        self.lists(input, site, |list, provenance| {
            let here = Value::new(Node::List(Arc::new(list.clone())), provenance.clone());
            let unsorted = || {
                let inputs = [&here, &self.form(lambda, site.at)];
                ops::opaque("sort", site.label, &inputs, Certain::of_kind(Kind::List), site.at)
            };
            if list.open.is_some() {
                return unsorted();
            }
            let mut sorted: Vec<Value> = Vec::new();
            for item in &list.items {
                // Binary search for the first element that the item belongs before: stable and n log n.
                let (mut low, mut high) = (0, sorted.len());
                while low < high {
                    let middle = low + (high - low) / 2;
                    let Some(other) = sorted.get(middle) else { return unsorted() };
                    match self.apply(lambda, &[item, other]).single() {
                        Some(Node::Bool(true)) => high = middle,
                        Some(Node::Bool(false)) => low = middle + 1,
                        _ => return unsorted(),
                    }
                }
                sorted.insert(low, item.clone());
            }
            Value::new(Node::list(sorted), Provenance::computed(site.at, [provenance.clone()]))
        })
    }

    /// `toObject` and `groupBy`.
    fn keyed(
        &self,
        input: &Value,
        key_of: &Lambda<'t, '_>,
        value_of: Option<&Lambda<'t, '_>>,
        site: &Site<'_>,
    ) -> Value {
        self.lists(input, site, |list, provenance| {
            let lambdas: Vec<&Lambda<'t, '_>> = [key_of].into_iter().chain(value_of).collect();
            let mut map = Map { open: self.opened(list, &lambdas, site), ..Map::default() };
            let mut groups: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
            for item in &list.items {
                let key = self.apply(key_of, &[item]);
                let value = match value_of {
                    Some(value_of) => self.apply(value_of, &[item]),
                    None => item.clone(),
                };
                match key.single() {
                    Some(Node::String(key)) => {
                        if site.name == "groupby" {
                            groups.entry(key.clone()).or_default().push(value);
                        } else {
                            map.entries.insert(key.clone(), value);
                        }
                    }
                    Some(Node::Unknown(unknown)) => map.open = Some(unknown.clone()),
                    _ => {
                        let here = Value::new(Node::List(Arc::new(list.clone())), provenance.clone());
                        let certain = Certain::of_kind(Kind::Map);
                        return ops::opaque(site.name, site.label, &[&here, &key], certain, site.at);
                    }
                }
            }
            for (key, items) in groups {
                map.entries.insert(key, Value::new(Node::list(items), Provenance::written(site.at)));
            }
            Value::new(Node::Map(Arc::new(map)), Provenance::computed(site.at, [provenance.clone()]))
        })
    }
}

/// Whether the bounds cut off what it stands for.
fn is_bound(value: &Value) -> bool {
    value
        .single()
        .is_some_and(|node| matches!(node, Node::Unknown(u) if matches!(u.reason, Reason::Bound(_))))
}

struct Lambda<'t, 'e> {
    env: Env<'t>,
    names: Vec<Arc<str>>,
    body: &'e Expr,
    source: &'e str,
}

/// Whether a member named `copy` makes a list, rather than being a property of that name.
pub(super) fn is_property_copy(value: &Tree) -> bool {
    let items = value.items();
    !items.is_empty() && items.iter().all(|item| item.get("name").is_some() && item.get("input").is_some())
}

/// An expression as written.
pub(super) fn label<'s>(source: &'s str, expr: &Expr) -> Label<'s> {
    Label::of(source, expr.range)
}

/// The index of an element; of one that stands for all it is not known.
fn position(list: &List, index: usize, at: Span) -> Value {
    match &list.open {
        None => {
            let index = Number::Int(i64::try_from(index).unwrap_or(i64::MAX));
            Value::new(Node::Number(index), Provenance::nowhere())
        }
        Some(open) => some_index(open, &Provenance::written(at), at).0,
    }
}

/// An element that stands for all of an unknown list, in the worlds in which the list is not empty.
fn some_element(list: &Arc<Unknown>, provenance: &Provenance, at: Span) -> Option<Value> {
    let node = Node::Unknown(list.clone());
    let empty = functions::unknown_is_empty(&node, provenance, at);
    let Some(Node::Unknown(empty)) = empty.single() else { return None };
    let region = Region::is(&empty.atom, Scalar::Bool(false))?;
    let atom = Atom::new(format!("{}[*]", list.atom.key()), format!("{}[*]", list.atom.label()));
    let certain = Certain { not_null: true, ..Certain::default() };
    Value::unknown(atom, list.reason.clone(), certain, provenance.passed(at)).within(&region)
}

/// The index that stands for all of an unknown number of iterations, and the worlds in which there is one.
pub(super) fn some_index(count: &Unknown, provenance: &Provenance, at: Span) -> (Value, Option<Region>) {
    let here = Value::new(Node::Unknown(Arc::new(count.clone())), provenance.clone());
    let positive = Atom::boolean(
        derived_atom("positive", "", &[&here], None).key(),
        format!("greater({}, 0)", count.atom.label()),
    );
    let atom = Atom::new(format!("{}#index", count.atom.key()), "copyIndex()");
    let certain = Certain::of_kind(Kind::Number);
    let index = Value::unknown(atom, count.reason.clone(), certain, Provenance::written(at));
    (index, Region::is(&positive, Scalar::Bool(true)))
}
