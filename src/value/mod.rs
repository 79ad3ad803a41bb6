//! Values: what we know of a thing, from where, and under which assumptions.
//!
//! A [`Value`] is a list of [`Alternative`]s, each with the [`Region`] of worlds in which it holds. The
//! regions of one value are disjoint, and together cover the worlds in which the value exists at all.
//! Composites hold values per leaf, so an unknown leaf does not spoil its neighbours. Null is a value; a
//! missing key is missing.

pub mod ops;
pub mod placeholder;
mod provenance;
mod region;
mod scalar;
mod several;
mod types;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::Location;
use std::sync::Arc;

pub use provenance::{Place, Provenance};
pub use region::{Atom, Region, Term};
pub use scalar::{Number, Scalar};
use several::OneOrSeveral;
pub use types::{Attribute, Type};

/// A value may have this many alternatives; a computation that would give more gives an unknown instead,
/// whose reason says so.
pub const MAX_ALTERNATIVES: usize = 128;

/// What is known of one thing.
#[derive(Debug, Clone)]
pub struct Value {
    alternatives: OneOrSeveral<Alternative>,
}

/// One possibility and the worlds in which it is the case.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// Where it holds.
    pub region: Region,
    /// What it is there.
    pub node: Node,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A concrete value, or the certainty that it is unknown.
#[derive(Debug, Clone)]
pub enum Node {
    /// Null, written or computed. Where the language gives nulls types, its type; one without is a null of any.
    Null(Option<Arc<Type>>),
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// A list, tuple or set.
    List(Arc<List>),
    /// A map or object.
    Map(Arc<Map>),
    /// Not known.
    Unknown(Arc<Unknown>),
}

/// Elements in order.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The elements that are known to be there. Of an open list only how many there are at least is known,
    /// not their positions.
    pub items: Vec<Value>,
    /// True for a set: no order, no duplicates.
    pub set: bool,
    /// Its type, where the language tells collections of one type from tuples: that of a list or set. Without
    /// one it is a tuple of whatever its elements are.
    pub ty: Option<Arc<Type>>,
    /// Why there may be more elements than are listed.
    pub open: Option<Arc<Unknown>>,
}

/// Entries by key.
#[derive(Debug, Clone, Default)]
pub struct Map {
    /// The entries that are known to be there.
    pub entries: BTreeMap<Arc<str>, Value>,
    /// Where a key is written, for entries written as such.
    pub key_spans: BTreeMap<Arc<str>, crate::source::Span>,
    /// Its type, where the language tells maps of one type from objects: that of a map. Without one it is an
    /// object of whatever its attributes are.
    pub ty: Option<Arc<Type>>,
    /// Why there may be more entries than are listed.
    pub open: Option<Arc<Unknown>>,
}

impl List {
    /// A list or tuple of these and, where it is open, of more.
    pub fn new(items: Vec<Value>, open: Option<Arc<Unknown>>) -> List {
        List { items, open, ..List::default() }
    }
}

impl Map {
    /// The entry of a key, compared exactly first and then without case, as ARM compares names.
    pub fn get_ignore_case(&self, key: &str) -> Option<&Value> {
        self.entries.get(key).or_else(|| {
            self.entries.iter().find(|(have, _)| have.eq_ignore_ascii_case(key)).map(|(_, value)| value)
        })
    }
}

/// Something whose value is not known, and what is certain of it all the same.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// Its identity: the same atom is the same value.
    pub atom: Atom,
    /// Why it is not known.
    pub reason: Reason,
    /// What is certain.
    pub certain: Certain,
}

/// Why something is not known, for people and for the coverage line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A variable or parameter that nothing in the input gives a value: its name.
    NoValue(Arc<str>),
    /// Known only once deployed (data sources, ids, run-time functions): what it is.
    RunTime(Arc<str>),
    /// A module, file or template that is not on disk: its source.
    Absent(Arc<str>),
    /// A placeholder that something else fills in: its text.
    Placeholder(Arc<str>),
    /// A secret.
    Secret,
    /// The evaluator does not do this: what.
    Unsupported(Arc<str>),
    /// What is written cannot be evaluated as it stands here: why, as a sentence.
    Unclear(Arc<str>),
    /// Evaluation fails here: the message. Terraform's `try` and `can` see it.
    Failed(Arc<str>),
    /// More alternatives, steps or levels than the bounds allow: which bound.
    Bound(Arc<str>),
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::NoValue(name) => write!(f, "`{name}` has no value"),
            Reason::RunTime(what) => write!(f, "{what} is known only after deployment"),
            Reason::Absent(what) => write!(f, "{what} is not on disk"),
            Reason::Placeholder(text) => write!(f, "`{text}` is a placeholder"),
            Reason::Secret => f.write_str("it is a secret"),
            Reason::Unsupported(what) => write!(f, "{what} is not evaluated"),
            Reason::Unclear(why) => write!(f, "{why}"),
            Reason::Failed(message) => write!(f, "it cannot be evaluated: {message}"),
            Reason::Bound(what) => write!(f, "{what}"),
        }
    }
}

/// What is certain of an unknown. The default says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certain {
    /// Its type.
    pub kind: Option<Kind>,
    /// It is not null.
    pub not_null: bool,
    /// How the string begins.
    pub prefix: Option<Arc<str>>,
    /// How the string ends.
    pub suffix: Option<Arc<str>>,
    /// The key of the atom that is all of the string before that end.
    pub base: Option<Arc<str>>,
    /// The least length of the string, in code points.
    pub min_length: usize,
    /// The greatest length of the string, in code points.
    pub max_length: Option<usize>,
}

impl Certain {
    /// A non-null value of this type.
    pub fn of_kind(kind: Kind) -> Certain {
        Certain { kind: Some(kind), not_null: true, ..Certain::default() }
    }
}

/// The type of a value, as far as values of all front ends share types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Boolean.
    Bool,
    /// Number.
    Number,
    /// String.
    String,
    /// List, tuple or set.
    List,
    /// Map or object.
    Map,
}

impl Kind {
    /// The field's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Bool => "bool",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::List => "list",
            Kind::Map => "map",
        }
    }
}

impl Node {
    /// Null of no type.
    pub const NULL: Node = Node::Null(None);

    /// Whether it is null, or a text, list or map with nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Node::Null(_) => true,
            Node::String(text) => text.is_empty(),
            Node::List(list) => list.items.is_empty() && list.open.is_none(),
            Node::Map(map) => map.entries.is_empty() && map.open.is_none(),
            Node::Bool(_) | Node::Number(_) | Node::Unknown(_) => false,
        }
    }

    /// A string node.
    pub fn string(text: impl AsRef<str>) -> Node {
        Node::String(Arc::from(text.as_ref()))
    }

    /// A closed list.
    pub fn list(items: Vec<Value>) -> Node {
        Node::List(Arc::new(List { items, ..List::default() }))
    }

    /// A closed map without key spans.
    pub fn map(entries: BTreeMap<Arc<str>, Value>) -> Node {
        Node::Map(Arc::new(Map { entries, ..Map::default() }))
    }

    /// The type of a known, non-null node; of an unknown one, what is certain.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Node::Null(_) => None,
            Node::Bool(_) => Some(Kind::Bool),
            Node::Number(_) => Some(Kind::Number),
            Node::String(_) => Some(Kind::String),
            Node::List(_) => Some(Kind::List),
            Node::Map(_) => Some(Kind::Map),
            Node::Unknown(unknown) => unknown.certain.kind,
        }
    }

    /// The scalar, if it is a known one.
    pub fn scalar(&self) -> Option<Scalar> {
        Some(match self {
            Node::Null(_) => Scalar::Null,
            Node::Bool(value) => Scalar::Bool(*value),
            Node::Number(value) => Scalar::Number(*value),
            Node::String(value) => Scalar::String(value.clone()),
            Node::List(_) | Node::Map(_) | Node::Unknown(_) => return None,
        })
    }

    /// True if this node is known and so is everything in it, in all alternatives.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Node::Unknown(_) => false,
            Node::List(list) => list.open.is_none() && list.items.iter().all(Value::is_wholly_known),
            Node::Map(map) => map.open.is_none() && map.entries.values().all(Value::is_wholly_known),
            _ => true,
        }
    }

    /// Writes what identifies this node: literals by content, unknowns by atom.
    fn identify(&self, out: &mut impl Hasher) {
        match self {
            Node::Null(_) => 0u8.hash(out),
            Node::Bool(value) => (1u8, value).hash(out),
            Node::Number(value) => (2u8, value.to_string()).hash(out),
            Node::String(value) => (3u8, value).hash(out),
            Node::List(list) => {
                (4u8, list.items.len(), list.set).hash(out);
                list.items.iter().for_each(|item| item.identify(out));
                list.open.iter().for_each(|open| open.atom.key().hash(out));
            }
            Node::Map(map) => {
                (5u8, map.entries.len()).hash(out);
                for (key, value) in &map.entries {
                    key.hash(out);
                    value.identify(out);
                }
                map.open.iter().for_each(|open| open.atom.key().hash(out));
            }
            Node::Unknown(unknown) => (6u8, unknown.atom.key()).hash(out),
        }
    }
}

impl From<Scalar> for Node {
    fn from(scalar: Scalar) -> Node {
        match scalar {
            Scalar::Null => Node::NULL,
            Scalar::Bool(value) => Node::Bool(value),
            Scalar::Number(value) => Node::Number(value),
            Scalar::String(value) => Node::String(value),
        }
    }
}

impl Alternative {
    /// The literals that an unknown can be here, where they are known and few.
    fn domain(&self) -> Option<&BTreeSet<Scalar>> {
        let Node::Unknown(unknown) = &self.node else { return None };
        let domain = match self.region.term(&unknown.atom) {
            Some(Term::In(set)) => Some(set),
            _ => unknown.atom.domain(),
        };
        domain.filter(|domain| domain.len() <= 16)
    }

    /// True if the two are known to be the same scalar.
    pub fn same_scalar(&self, other: &Alternative) -> bool {
        matches!((self.node.scalar(), other.node.scalar()), (Some(a), Some(b)) if a == b)
    }
}

impl Value {
    /// A value that is the same in all worlds.
    pub fn new(node: Node, provenance: Provenance) -> Value {
        let only = Alternative { region: Region::everywhere(), node, provenance };
        Value { alternatives: OneOrSeveral::One(only) }
    }

    /// Null.
    pub fn null(provenance: Provenance) -> Value {
        Value::new(Node::NULL, provenance)
    }

    /// A string.
    pub fn string(text: impl AsRef<str>, provenance: Provenance) -> Value {
        Value::new(Node::string(text), provenance)
    }

    /// An unknown.
    pub fn unknown(atom: Atom, reason: Reason, certain: Certain, provenance: Provenance) -> Value {
        Value::new(Node::Unknown(Arc::new(Unknown { atom, reason, certain })), provenance)
    }

    /// A value from alternatives whose regions are disjoint. An empty list exists in no world; callers
    /// that cannot rule it out must check [`Value::alternatives`].
    pub fn from_alternatives(mut alternatives: Vec<Alternative>) -> Value {
        merge_equal(&mut alternatives);
        Value { alternatives: alternatives.into() }
    }

    /// The alternatives, disjoint.
    pub fn alternatives(&self) -> &[Alternative] {
        &self.alternatives
    }

    /// The node, if there is one alternative only.
    pub fn single(&self) -> Option<&Node> {
        match &*self.alternatives {
            [only] => Some(&only.node),
            _ => None,
        }
    }

    /// The string, if that is what it is in all worlds.
    pub fn as_str(&self) -> Option<&str> {
        match self.single() {
            Some(Node::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The provenance of the first alternative: enough where only one place is wanted.
    pub fn provenance(&self) -> Provenance {
        self.alternatives.first().map_or_else(Provenance::nowhere, |first| first.provenance.clone())
    }

    /// True if it is known in all worlds, parts included.
    pub fn is_wholly_known(&self) -> bool {
        self.alternatives.iter().all(|alternative| alternative.node.is_wholly_known())
    }

    /// True if the value and its parts are the same in all worlds.
    pub fn is_uniform(&self) -> bool {
        match &*self.alternatives {
            [only] if only.region.is_everywhere() => match &only.node {
                Node::List(list) => list.items.iter().all(Value::is_uniform),
                Node::Map(map) => map.entries.values().all(Value::is_uniform),
                _ => true,
            },
            _ => false,
        }
    }

    /// The same value, passed on unchanged by the expression at `at`, its parts included when they are
    /// taken out later.
    pub fn passed(mut self, at: crate::source::Span) -> Value {
        for alternative in self.alternatives.iter_mut() {
            alternative.provenance = alternative.provenance.passed(at);
        }
        self
    }

    /// The value and its parts with other provenances.
    pub fn with_provenance(&self, f: &dyn Fn(&Provenance) -> Provenance) -> Value {
        let alternatives = self.alternatives.iter().map(|alternative| Alternative {
            region: alternative.region.clone(),
            node: match &alternative.node {
                Node::List(list) => Node::List(Arc::new(List {
                    items: list.items.iter().map(|item| item.with_provenance(f)).collect(),
                    ..List::clone(list)
                })),
                Node::Map(map) => Node::Map(Arc::new(Map {
                    entries: map
                        .entries
                        .iter()
                        .map(|(key, value)| (key.clone(), value.with_provenance(f)))
                        .collect(),
                    ..Map::clone(map)
                })),
                node => node.clone(),
            },
            provenance: f(&alternative.provenance),
        });
        Value { alternatives: alternatives.collect() }
    }

    /// The value as a part that is taken out of a composite of this provenance.
    pub fn through(mut self, composite: &Provenance) -> Value {
        for alternative in self.alternatives.iter_mut() {
            alternative.provenance = alternative.provenance.through(composite);
        }
        self
    }

    /// The part of the value that lies in a region; `None` if none does.
    pub fn within(&self, region: &Region) -> Option<Value> {
        if region.is_everywhere() {
            return Some(self.clone());
        }
        let alternatives: OneOrSeveral<_> = self
            .alternatives
            .iter()
            .filter_map(|alternative| {
                Some(Alternative { region: alternative.region.and(region)?, ..alternative.clone() })
            })
            .collect();
        (!alternatives.is_empty()).then_some(Value { alternatives })
    }

    /// Works out a value from each alternative of this one and keeps the regions in step.
    #[track_caller]
    pub fn and_then(&self, mut f: impl FnMut(&Alternative) -> Value) -> Value {
        match &*self.alternatives {
            [only] if only.region.is_everywhere() => f(only),
            _ => Value::combine(&[self], |alternatives| match alternatives {
                [only] => f(only),
                _ => Value::null(Provenance::nowhere()),
            }),
        }
    }

    /// Works out a value from each compatible choice of one alternative per input. The results' regions
    /// are cut down to where the choice holds.
    #[track_caller]
    pub fn combine<V: Borrow<Value>>(inputs: &[V], f: impl FnMut(&[&Alternative]) -> Value) -> Value {
        Value::combine_as("", inputs, f)
    }

    /// As [`Value::combine`], for code that works out several functions: `function` is the one that it is.
    #[track_caller]
    pub fn combine_as<V: Borrow<Value>>(
        function: &str,
        inputs: &[V],
        mut f: impl FnMut(&[&Alternative]) -> Value,
    ) -> Value {
        // The usual case: nothing has alternatives, so there is nothing to keep in step.
        let everywhere = |value: &V| match &*value.borrow().alternatives {
            [only] => only.region.is_everywhere(),
            _ => false,
        };
        if inputs.iter().all(everywhere) {
            let mut row = inputs.iter().flat_map(|value| value.borrow().alternatives.first());
            // Most functions have two arguments, which need no list.
            if let [_, _] = inputs
                && let (Some(first), Some(second)) = (row.next(), row.next())
            {
                return f(&[first, second]);
            }
            return f(&row.collect::<OneOrSeveral<&Alternative>>());
        }
        let code = Location::caller();
        let place = (function, code.file(), code.line(), code.column());
        let Some(rows) = choices(inputs, MAX_ALTERNATIVES, false) else {
            // What it comes to for some choices, beside the place of the code and the function, tells it from others.
            let some = choices(inputs, SAMPLE, true).unwrap_or_default();
            let sample: Vec<Value> = some.iter().map(|(_, row)| f(row)).collect();
            return Value::too_many(inputs, &place, &sample);
        };
        let mut alternatives = Vec::new();
        for (region, row) in rows {
            for result in f(&row).alternatives {
                if let Some(joint) = result.region.and(&region) {
                    alternatives.push(Alternative { region: joint, ..result });
                }
            }
        }
        if alternatives.len() > MAX_ALTERNATIVES {
            return Value::too_many(inputs, &place, &[Value { alternatives: alternatives.into() }]);
        }
        Value::from_alternatives(alternatives)
    }

    /// The unknown that stands for a computation with too many outcomes. Its inputs do not identify it: what it
    /// came to does, which is all of `results` or, of some only, those and its `code`.
    fn too_many<V: Borrow<Value>>(inputs: &[V], code: &impl Hash, results: &[Value]) -> Value {
        let small = results.iter().filter(|result| result.is_at_most(MOST_IDENTIFIED, 64));
        let inputs: Vec<&Value> = inputs.iter().map(V::borrow).chain(small).collect();
        let mut hasher = IdentityHasher::default();
        code.hash(&mut hasher);
        Value::unknown(
            derived_atom(&["too-many:", &hasher.text()].concat(), "this value", &inputs, None),
            Reason::Bound("it has more alternatives than are kept apart".into()),
            Certain::default(),
            inputs.first().map_or_else(Provenance::nowhere, |first| first.provenance()),
        )
    }

    /// Splits unknowns into known literals wherever a closed set of values makes that possible: an unknown
    /// boolean becomes true and false, a parameter with allowed values becomes each of them.
    pub fn split_domains(&self) -> Value {
        if !self.has_domains() {
            return self.clone();
        }
        let mut alternatives = Vec::new();
        for alternative in self.alternatives() {
            match (alternative.domain(), &alternative.node) {
                (Some(domain), Node::Unknown(unknown)) => {
                    for literal in domain {
                        let region = Region::is(&unknown.atom, literal.clone());
                        if let Some(region) = region.and_then(|r| r.and(&alternative.region)) {
                            alternatives.push(Alternative {
                                region,
                                node: literal.clone().into(),
                                provenance: alternative.provenance.clone(),
                            });
                        }
                    }
                }
                _ => alternatives.push(alternative.clone()),
            }
        }
        Value { alternatives: alternatives.into() }
    }

    /// Whether [`split_domains`](Value::split_domains) would split anything.
    pub fn has_domains(&self) -> bool {
        self.alternatives.iter().any(|alternative| alternative.domain().is_some())
    }

    /// Splits unknowns that equal the literal from those that do not. Afterwards no alternative's unknown
    /// can be the literal.
    pub fn split_on(&self, literal: &Scalar) -> Value {
        if !self.alternatives.iter().any(|alternative| matches!(alternative.node, Node::Unknown(_))) {
            return self.clone();
        }
        let mut alternatives = Vec::new();
        for alternative in self.alternatives() {
            let Node::Unknown(unknown) = &alternative.node else {
                alternatives.push(alternative.clone());
                continue;
            };
            let excluded = matches!(unknown.reason, Reason::Failed(_))
                || (*literal == Scalar::Null && unknown.certain.not_null)
                || (*literal != Scalar::Null && !may_be(unknown, literal));
            if excluded {
                alternatives.push(alternative.clone());
                continue;
            }
            let inside = Region::is(&unknown.atom, literal.clone());
            if let Some(region) = inside.and_then(|inside| alternative.region.and(&inside)) {
                alternatives.push(Alternative {
                    region,
                    node: literal.clone().into(),
                    provenance: alternative.provenance.clone(),
                });
            }
            let outside = Region::is_not(&unknown.atom, literal.clone());
            if let Some(region) = outside.and_then(|outside| alternative.region.and(&outside)) {
                let node = if *literal == Scalar::Null {
                    let certain = Certain { not_null: true, ..unknown.certain.clone() };
                    Node::Unknown(Arc::new(Unknown { certain, ..Unknown::clone(unknown) }))
                } else {
                    alternative.node.clone()
                };
                alternatives.push(Alternative { region, node, provenance: alternative.provenance.clone() });
            }
        }
        Value { alternatives: alternatives.into() }
    }

    /// Whether the value has no more than this many parts, counted as often as they are used, and no more than
    /// this many levels. Values share their parts, so that a few lines can stand for more parts than any walk
    /// could visit; and walks recurse, down to the one that frees the value.
    pub fn is_at_most(&self, parts: usize, levels: usize) -> bool {
        let mut left = parts;
        let mut stack = vec![(self, 0)];
        while let Some((value, level)) = stack.pop() {
            if level > levels {
                return false;
            }
            for alternative in value.alternatives() {
                let inner: Box<dyn Iterator<Item = &Value>> = match &alternative.node {
                    Node::List(list) => Box::new(list.items.iter()),
                    Node::Map(map) => Box::new(map.entries.values()),
                    _ => continue,
                };
                for item in inner {
                    if left == 0 {
                        return false;
                    }
                    left -= 1;
                    stack.push((item, level + 1));
                }
            }
        }
        true
    }

    /// Writes what identifies this value: literals by content, unknowns by atom, alternatives by region.
    pub fn identify(&self, out: &mut impl Hasher) {
        if self.alternatives.len() != 1 {
            // Else those of one value could pass for the next one's.
            (7u8, self.alternatives.len()).hash(out);
        }
        for alternative in self.alternatives() {
            if !alternative.region.is_everywhere() {
                alternative.region.identify(out);
            }
            alternative.node.identify(out);
        }
    }

    /// Collects every literal that any region within this value mentions, by atom, and the atoms
    /// themselves.
    pub fn mentions(&self, out: &mut BTreeMap<Atom, BTreeSet<Scalar>>) {
        for alternative in self.alternatives() {
            region_mentions(&alternative.region, out);
            match &alternative.node {
                Node::List(list) => list.items.iter().for_each(|item| item.mentions(out)),
                Node::Map(map) => map.entries.values().for_each(|item| item.mentions(out)),
                _ => {}
            }
        }
    }
}

/// Of a computation with too many outcomes so many are worked out, to identify it.
const SAMPLE: usize = 16;
/// Values with more parts, counted as often as they are used, do not identify what is made of them.
const MOST_IDENTIFIED: usize = 100_000;

/// The compatible choices of one alternative per input. If there are more than `limit`, none or as many as that.
fn choices<V: Borrow<Value>>(
    inputs: &[V],
    limit: usize,
    some_will_do: bool,
) -> Option<Vec<(Region, Vec<&Alternative>)>> {
    let mut rows = vec![(Region::everywhere(), Vec::new())];
    for input in inputs {
        let mut next = Vec::new();
        for (region, row) in &rows {
            for alternative in input.borrow().alternatives() {
                if let Some(joint) = region.and(&alternative.region) {
                    let mut longer = Vec::with_capacity(inputs.len());
                    longer.extend_from_slice(row);
                    longer.push(alternative);
                    next.push((joint, longer));
                }
            }
        }
        if next.len() > limit {
            if !some_will_do {
                return None;
            }
            next.truncate(limit);
        }
        rows = next;
    }
    Some(rows)
}

/// Joins alternatives that are the same scalar from the same place into one where their regions differ
/// in one term only, so that a condition which turns out not to matter leaves no trace.
fn merge_equal(alternatives: &mut Vec<Alternative>) {
    if alternatives.len() < 2 || alternatives.len() > 32 {
        return;
    }
    let mut index = 0;
    while index < alternatives.len() {
        let mut merged = false;
        for other in (index + 1)..alternatives.len() {
            let (Some(a), Some(b)) = (alternatives.get(index), alternatives.get(other)) else {
                break;
            };
            if !a.same_scalar(b) || a.provenance.origin() != b.provenance.origin() {
                continue;
            }
            if let Some(region) = union(&a.region, &b.region) {
                alternatives.remove(other);
                if let Some(first) = alternatives.get_mut(index) {
                    first.region = region;
                }
                merged = true;
                break;
            }
        }
        if !merged {
            index += 1;
        }
    }
}

/// Adds the literals that a region mentions.
pub fn region_mentions(region: &Region, out: &mut BTreeMap<Atom, BTreeSet<Scalar>>) {
    for (atom, term) in region.terms() {
        out.entry(atom.clone()).or_default().extend(term.literals().iter().cloned());
    }
}

/// Whether an unknown may turn out to be this literal, by what is certain of it.
fn may_be(unknown: &Unknown, literal: &Scalar) -> bool {
    let kind = match literal {
        Scalar::Null => return !unknown.certain.not_null,
        Scalar::Bool(_) => Kind::Bool,
        Scalar::Number(_) => Kind::Number,
        Scalar::String(_) => Kind::String,
    };
    if unknown.certain.kind.is_some_and(|certain| certain != kind) {
        return false;
    }
    if let Scalar::String(text) = literal {
        let length = text.chars().count();
        return length >= unknown.certain.min_length
            && unknown.certain.max_length.is_none_or(|max| length <= max)
            && unknown.certain.prefix.as_ref().is_none_or(|prefix| text.starts_with(&**prefix))
            && unknown.certain.suffix.as_ref().is_none_or(|suffix| text.ends_with(&**suffix));
    }
    true
}

/// The union of two disjoint regions, where that is a region: they differ in one atom's term only.
fn union(a: &Region, b: &Region) -> Option<Region> {
    let rest = Region::everywhere();
    let mut differing: Option<(&Atom, &Term, &Term)> = None;
    let mut joint = rest;
    if a.terms().count() != b.terms().count() {
        return None;
    }
    for (atom, ours) in a.terms() {
        let theirs = b.term(atom)?;
        if ours == theirs {
            joint = joint.and(&Region::of(atom, ours.clone())?)?;
        } else if differing.is_none() {
            differing = Some((atom, ours, theirs));
        } else {
            return None;
        }
    }
    let Some((atom, ours, theirs)) = differing else { return Some(joint) };
    joint.and(&Region::of(atom, ours.or(theirs))?)
}

/// The atom of something worked out from other values by a function that cannot be followed: the same
/// function of the same inputs is the same atom. `label` is the expression as written.
pub fn derived_atom(
    function: &str,
    label: impl ToString,
    inputs: &[&Value],
    domain: Option<BTreeSet<Scalar>>,
) -> Atom {
    let key = derived_key(function, inputs);
    match domain {
        Some(domain) => Atom::with_domain(key, label.to_string(), domain),
        None => Atom::new(key, label.to_string()),
    }
}

/// The key of such an atom.
pub fn derived_key(function: &str, inputs: &[&Value]) -> String {
    key_of(function, inputs, |input, hasher| input.identify(hasher))
}

/// The key of such an atom of which each input is one alternative, the same as that of a value which is nothing else.
pub fn derived_key_here(function: &str, inputs: &[&Alternative]) -> String {
    key_of(function, inputs, |input, hasher| input.node.identify(hasher))
}

fn key_of<T>(function: &str, inputs: &[T], identify: impl Fn(&T, &mut IdentityHasher)) -> String {
    let mut hasher = IdentityHasher::default();
    function.hash(&mut hasher);
    for input in inputs {
        identify(input, &mut hasher);
        0xff_u8.hash(&mut hasher);
    }
    let IdentityHasher(first, second) = hasher;
    let mut key = String::with_capacity(function.len() + 33);
    // Writing to a string cannot fail.
    let _ = write!(key, "{function}#{:016x}{:016x}", first.finish(), second.finish());
    key
}

/// What identifies something, as the key of an atom has it. Two hashers with different seeds make an accidental
/// collision out of the question.
pub struct IdentityHasher(DefaultHasher, DefaultHasher);

impl Default for IdentityHasher {
    fn default() -> IdentityHasher {
        let (first, mut second) = (DefaultHasher::new(), DefaultHasher::new());
        0x5eed_u64.hash(&mut second);
        IdentityHasher(first, second)
    }
}

impl IdentityHasher {
    /// All that was hashed, in 32 digits.
    pub fn text(&self) -> String {
        format!("{:016x}{:016x}", self.0.finish(), self.1.finish())
    }
}

impl Hasher for IdentityHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.1.write(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.finish()
    }
}
