//! The functions of ARM templates (and of Bicep, which has the same ones) that need nothing but their
//! arguments. Functions that look at the template or the cloud, or that take lambdas, are the evaluator's.
//!
//! Source: "ARM template functions" of Azure's documentation, one page a group.

mod array;
mod effort;
mod format;
mod names;
mod net;
mod number;
mod object;
mod text;
mod time;
mod uri;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub(super) use array::{element, take_item, unknown_is_empty};
pub(super) use effort::{effort, identification, lookup};
pub(super) use format::{Chunk, chunks};
pub(super) use object::{Missing, property};
pub(super) use text::{concat, text_of};

use crate::source::Span;
use crate::value::{
    Alternative, Atom, Certain, Kind, Node, Provenance, Reason, Scalar, Unknown, Value, derived_key_here, ops,
};

/// No string that a function makes is longer than this many bytes; templates themselves end at 4 MB.
pub const MAX_TEXT: usize = 1 << 20;
const TOO_LONG: &str = "a string is longer than is kept";
/// No list that a function makes has more elements than this.
pub const MAX_ITEMS: usize = 10_000;

/// A call, for its result's provenance and for people.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The function's name in lower case.
    pub name: &'a str,
    /// The call as written.
    pub label: Label<'a>,
    /// Where it is written.
    pub at: Span,
}

/// An expression as written, which reads cut to a length that people read. Most are never read.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// The whole string that it stands in.
    source: &'a str,
    /// Its first and one past its last byte in the string.
    range: (usize, usize),
}

impl<'a> Label<'a> {
    /// The label of an expression by the string that it stands in and its place there.
    pub fn of(source: &'a str, range: (usize, usize)) -> Label<'a> {
        Label { source, range }
    }
}

impl<'a> From<&'a str> for Label<'a> {
    fn from(source: &'a str) -> Label<'a> {
        Label { source, range: (0, source.len()) }
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 80;
        let text = self.source.get(self.range.0..self.range.1).unwrap_or(self.source).trim();
        // No text has more characters than bytes.
        let cut = if text.len() <= LONGEST { None } else { text.char_indices().nth(LONGEST) };
        match cut.and_then(|(cut, _)| text.get(..cut)) {
            Some(start) => write!(f, "{start}…"),
            None => f.write_str(text),
        }
    }
}

impl From<Label<'_>> for Arc<str> {
    fn from(label: Label<'_>) -> Arc<str> {
        Arc::from(label.to_string())
    }
}

/// How many arguments a function takes: least and greatest. `None` if there is no such function.
pub fn arity(name: &str) -> Option<(usize, usize)> {
    find(name).filter(|row| row.0 == name).map(|row| (row.1, row.2))
}

/// The row of a function whose name may be in any case.
pub(super) fn find(name: &str) -> Option<(&'static str, usize, usize)> {
    let lower = || name.bytes().map(|byte| byte.to_ascii_lowercase());
    let row = TABLE.binary_search_by(|row| row.0.bytes().cmp(lower())).ok()?;
    TABLE.get(row).copied()
}

/// Any number of arguments.
const ANY: usize = usize::MAX;

/// Every function by its name in lower case, with the least and greatest number of arguments.
const TABLE: &[(&str, usize, usize)] = &[
    ("add", 2, 2),
    ("and", 2, ANY),
    ("array", 1, 1),
    ("base64", 1, 1),
    ("base64tojson", 1, 1),
    ("base64tostring", 1, 1),
    ("bool", 1, 1),
    ("builduri", 1, 1),
    ("cidrhost", 2, 2),
    ("cidrsubnet", 3, 3),
    ("coalesce", 1, ANY),
    ("concat", 0, ANY),
    ("contains", 2, 2),
    ("copyindex", 0, 2),
    ("createarray", 0, ANY),
    ("createobject", 0, ANY),
    ("datauri", 1, 1),
    ("datauritostring", 1, 1),
    ("datetimeadd", 2, 3),
    ("datetimefromepoch", 1, 1),
    ("datetimetoepoch", 1, 1),
    ("deployer", 0, 0),
    ("deployment", 0, 0),
    ("distinct", 1, 1),
    ("div", 2, 2),
    ("empty", 1, 1),
    ("endswith", 2, 2),
    ("environment", 0, 0),
    ("equals", 2, 2),
    ("existingresource", 0, 0),
    ("exists", 0, 0),
    ("extensionresourceid", 3, ANY),
    ("externalinput", 1, 2),
    ("externalinputs", 1, 1),
    ("fail", 1, 1),
    ("false", 0, 0),
    ("filter", 2, 2),
    ("first", 1, 1),
    ("flatten", 1, 1),
    ("float", 1, 1),
    ("format", 1, ANY),
    ("greater", 2, 2),
    ("greaterorequals", 2, 2),
    ("groupby", 2, 3),
    ("guid", 1, ANY),
    ("if", 3, 3),
    ("indexfromend", 2, 2),
    ("indexof", 2, 2),
    ("int", 1, 1),
    ("intersection", 2, ANY),
    ("items", 1, 1),
    ("join", 2, 2),
    ("json", 1, 1),
    ("lambda", 1, ANY),
    ("lambdavariables", 1, 1),
    ("last", 1, 1),
    ("lastindexof", 2, 2),
    ("length", 1, 1),
    ("less", 2, 2),
    ("lessorequals", 2, 2),
    ("like", 2, 2),
    ("managementgroup", 0, 0),
    ("managementgroupresourceid", 2, ANY),
    ("map", 2, 2),
    ("mapvalues", 2, 2),
    ("max", 1, ANY),
    ("min", 1, ANY),
    ("mod", 2, 2),
    ("mul", 2, 2),
    ("newguid", 0, 0),
    ("not", 1, 1),
    ("null", 0, 0),
    ("objectkeys", 1, 1),
    ("or", 2, ANY),
    ("padleft", 2, 3),
    ("parameters", 1, 1),
    ("parsecidr", 1, 1),
    ("parseuri", 1, 1),
    ("pickzones", 3, 5),
    ("providers", 1, 2),
    ("range", 2, 2),
    ("reduce", 3, 3),
    ("reference", 1, 3),
    ("references", 1, 2),
    ("replace", 3, 3),
    ("resourcegroup", 0, 0),
    ("resourceid", 2, ANY),
    ("resourceinfo", 1, 1),
    ("roledefinitions", 1, 1),
    ("shallowmerge", 1, 1),
    ("skip", 2, 2),
    ("sort", 2, 2),
    ("split", 2, 2),
    ("startswith", 2, 2),
    ("string", 1, 1),
    ("sub", 2, 2),
    ("subscription", 0, 0),
    ("subscriptionresourceid", 2, ANY),
    ("substring", 1, 3),
    ("take", 2, 2),
    ("tenant", 0, 0),
    ("tenantresourceid", 2, ANY),
    ("tologicalzone", 3, 3),
    ("tologicalzones", 3, 3),
    ("tolower", 1, 1),
    ("toobject", 2, 3),
    ("tophysicalzone", 3, 3),
    ("tophysicalzones", 3, 3),
    ("toupper", 1, 1),
    ("trim", 1, 1),
    ("true", 0, 0),
    ("tryget", 2, ANY),
    ("tryindexfromend", 2, ANY),
    ("union", 2, ANY),
    ("uniquestring", 1, ANY),
    ("uri", 2, 2),
    ("uricomponent", 1, 1),
    ("uricomponenttostring", 1, 1),
    ("utcnow", 0, 1),
    ("variables", 1, 1),
];

/// Calls a function that needs nothing but its arguments. `None` if there is no such function, or if it is
/// one of the evaluator's. The number of arguments must fit [`arity`].
pub fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match (site.name, args) {
        ("true", _) => ops::boolean(true, Provenance::computed(site.at, [])),
        ("false", _) => ops::boolean(false, Provenance::computed(site.at, [])),
        ("null", _) => Value::null(Provenance::written(site.at)),
        ("not", [value]) if !may_be_bool(value) => ops::failed("not() wants true or false", site.at),
        ("and" | "or", values) if values.first().is_some_and(|value| !may_be_bool(value)) => {
            ops::failed(format!("{}() wants true or false", site.name), site.at)
        }
        ("not", [value]) => ops::not(value, site.label, site.at),
        ("and" | "or", [first, rest @ ..]) => rest.iter().fold(first.clone(), |so_far, next| {
            ops::logic(site.name == "and", &so_far, next, site.label, site.at)
        }),
        ("equals", [left, right]) => ops::equals(left, right, site.label, site.at, |a, b| a == b),
        ("coalesce", values) => coalesce(site, values),
        ("fail", [message]) => {
            let message = message.as_str().map_or_else(|| "fail()".to_owned(), str::to_owned);
            ops::failed(message, site.at)
        }
        _ => {
            return text::call(site, args)
                .or_else(|| array::call(site, args))
                .or_else(|| object::call(site, args))
                .or_else(|| number::call(site, args))
                .or_else(|| net::call(site, args))
                .or_else(|| time::call(site, args))
                .or_else(|| names::call(site, args))
                .or_else(|| uri::call(site, args));
        }
    };
    Some(value)
}

/// Whether a value is true or false in some world, for all that is known.
fn may_be_bool(value: &Value) -> bool {
    value.alternatives().iter().any(|alternative| match &alternative.node {
        Node::Unknown(unknown) => unknown.certain.kind.is_none_or(|kind| kind == Kind::Bool),
        node => node.kind() == Some(Kind::Bool),
    })
}

/// The first operand that is not null; where all before it are null, the last one whatever it is. A value may
/// speak of some worlds only (a nested deployment's parameter does, of those in which it is deployed), and so
/// no more worlds are filled than the operands have.
fn coalesce(site: &Site<'_>, values: &[Value]) -> Value {
    let Some((first, rest)) = values.split_first() else {
        return Value::null(Provenance::written(site.at));
    };
    if rest.is_empty() {
        return first.clone();
    }
    let mut next: Option<Value> = None;
    let mut alternatives: Vec<Alternative> = Vec::new();
    for alternative in first.split_on(&Scalar::Null).alternatives() {
        if matches!(alternative.node, Node::Null(_)) {
            let next = next.get_or_insert_with(|| coalesce(site, rest));
            let within = next.within(&alternative.region);
            alternatives.extend(within.iter().flat_map(Value::alternatives).cloned());
        } else {
            let provenance = alternative.provenance.passed(site.at);
            alternatives.push(Alternative { provenance, ..alternative.clone() });
        }
    }
    if alternatives.is_empty() {
        return Value::null(Provenance::written(site.at));
    }
    Value::from_alternatives(alternatives)
}

/// Takes unknowns with few possible values apart, as long as that gives few combinations.
fn split(args: &[Value]) -> Cow<'_, [Value]> {
    if !args.iter().any(Value::has_domains) {
        return Cow::Borrowed(args);
    }
    let parts: Vec<Value> = args.iter().map(Value::split_domains).collect();
    let count =
        |values: &[Value]| values.iter().fold(1usize, |n, v| n.saturating_mul(v.alternatives().len()));
    if count(&parts) <= 64.max(count(args)) { Cow::Owned(parts) } else { Cow::Borrowed(args) }
}

/// Works a result out for every compatible choice of one alternative per argument.
fn lift(site: &Site<'_>, args: &[Value], mut f: impl FnMut(&Row<'_>) -> Value) -> Value {
    let args = split(args);
    Value::combine(&args, |alternatives| f(&Row { site: *site, alternatives }))
}

/// One choice of alternatives, one per argument.
struct Row<'r> {
    site: Site<'r>,
    alternatives: &'r [&'r Alternative],
}

impl Row<'_> {
    fn node(&self, index: usize) -> &Node {
        self.alternatives.get(index).map_or(&Node::Null(None), |alternative| &alternative.node)
    }

    /// The unknown among the arguments, if there is one.
    fn unknown(&self) -> Option<&Unknown> {
        self.alternatives.iter().find_map(|alternative| match &alternative.node {
            Node::Unknown(unknown) => Some(&**unknown),
            _ => None,
        })
    }

    fn provenance(&self) -> Provenance {
        Provenance::computed(self.site.at, self.alternatives.iter().map(|a| a.provenance.clone()))
    }

    fn value(&self, node: Node) -> Value {
        Value::new(node, self.provenance())
    }

    fn text(&self, text: impl AsRef<str>) -> Value {
        if text.as_ref().len() > MAX_TEXT {
            return self.bound(TOO_LONG);
        }
        self.value(Node::string(text))
    }

    fn list(&self, items: Vec<Value>) -> Value {
        if items.len() > MAX_ITEMS {
            return self.bound("a list has more elements than are kept");
        }
        self.value(Node::list(items))
    }

    fn bound(&self, which: &str) -> Value {
        let atom = Atom::new(derived_key_here("bound", self.alternatives), self.site.label.to_string());
        Value::unknown(atom, Reason::Bound(which.into()), Certain::default(), self.provenance())
    }

    fn failed(&self, message: impl AsRef<str>) -> Value {
        ops::failed(message, self.site.at)
    }

    /// The arguments as values of their own.
    fn values(&self) -> Vec<Value> {
        self.alternatives.iter().map(|a| Value::new(a.node.clone(), a.provenance.clone())).collect()
    }

    /// A result that is not worked out. Where all arguments are known, that is for want of the function.
    fn opaque(&self, certain: Certain) -> Value {
        self.not_worked_out(certain, Reason::Unsupported)
    }

    /// The same where this is its identity.
    fn opaque_as(&self, key: Option<String>, certain: Certain) -> Value {
        match key {
            Some(key) => {
                let reason = ops::reason_here(self.alternatives.iter().copied());
                let atom = Atom::new(key, self.site.label.to_string());
                Value::unknown(atom, reason, certain, self.provenance())
            }
            None => self.opaque(certain),
        }
    }

    /// A result that the service works out by rules which are not documented.
    fn by_service(&self, certain: Certain) -> Value {
        self.not_worked_out(certain, Reason::RunTime)
    }

    /// A result that is not worked out, for a reason of its own if all arguments are known.
    fn not_worked_out(&self, certain: Certain, reason: fn(Arc<str>) -> Reason) -> Value {
        let atom =
            Atom::new(derived_key_here(self.site.name, self.alternatives), self.site.label.to_string());
        let reason = match self.alternatives.iter().all(|alternative| alternative.node.is_wholly_known()) {
            true => reason(Arc::from(self.site.label)),
            false => ops::reason_here(self.alternatives.iter().copied()),
        };
        Value::unknown(atom, reason, certain, self.provenance())
    }

    fn opaque_bool(&self) -> Value {
        let key = derived_key_here(self.site.name, self.alternatives);
        let atom = Atom::boolean(key, self.site.label.to_string());
        let reason = ops::reason_here(self.alternatives.iter().copied());
        Value::unknown(atom, reason, Certain::of_kind(Kind::Bool), self.provenance())
    }

    /// What to answer where an argument has a type that the function does not take.
    fn wrong_type(&self, index: usize, wanted: &str) -> Value {
        let have = match self.node(index) {
            Node::Null(_) => "null",
            node => node.kind().map_or("something unknown", Kind::name),
        };
        self.failed(format!("{}() wants {wanted}, not {have}", self.site.name))
    }
}

/// The integer, if the node is one.
fn int_of(node: &Node) -> Option<i64> {
    match node.scalar()? {
        Scalar::Number(number) => number.as_i64(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
