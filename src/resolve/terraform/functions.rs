//! Terraform's built-in functions over values with alternatives and unknowns.
//!
//! Reference: <https://developer.hashicorp.com/terraform/language/functions>. What the reference leaves open is
//! settled by the program itself: `tests/terraform_functions.rs` compares both, call by call.
//!
//! There are two sorts of function. Those that compute a scalar from known arguments are written over
//! `Plain` values; `Call::compute` gives them every combination of alternatives, and where an
//! argument is not known says of the result what is certain all the same. Those that build or take apart lists
//! and maps work on the values themselves, leaf by leaf, so that an unknown leaf stays the only unknown.
//!
//! An argument that is not known is taken to be one that the function accepts, unless the function can also fail
//! on arguments of the right type: then nothing is certain of the result, which is how [`can`] and
//! [`first_that_works`] tell.

mod certain;
mod collections;
mod encoding;
mod files;
mod format;
mod network;
mod numbers;
mod plain;
mod sets;
mod strings;
#[cfg(test)]
mod tests;
mod time;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use certain::Estimate;
use plain::{Args, Outcome, Plain};
pub(super) use plain::{parse_bool, parse_number};

use crate::source::{FileId, Span};
use crate::value::{
    Alternative, Atom, Certain, Kind, List, MAX_ALTERNATIVES, Node, Provenance, Reason, Region, Type,
    Unknown, Value, derived_atom, derived_key, derived_key_here, ops,
};

/// The files that Terraform's file functions may read.
pub trait Files {
    /// The text of a file. The path is as written in the call.
    ///
    /// # Errors
    /// Why it cannot be read, which becomes the reason of the unknown result.
    fn read(&self, path: &str) -> Result<Arc<str>, Reason>;

    /// The file that [`read`](Files::read) would read, where its text has a place that can be pointed at.
    fn id(&self, _path: &str) -> Option<FileId> {
        None
    }

    /// A number for one more result that is beyond the bounds. Those of one number are one unknown.
    fn count_bounded(&self) -> u64 {
        0
    }

    /// Whether a file exists; `None` where that cannot be told.
    fn exists(&self, path: &str) -> Option<bool>;

    /// The paths of all files below a directory, relative to it, with slashes; `None` where they cannot be told.
    fn list(&self, dir: &str) -> Option<Vec<String>>;
}

/// Calls a function. `None` if there is none of that name: a provider's, a misspelt one, or one of `try`, `can`,
/// `templatefile` and `templatestring`, which need the evaluator ([`first_that_works`] and [`can`] are theirs).
///
/// `at` is the call and `label` its text, which names the unknowns that it gives rise to. `files` is the project
/// around it. A call that fails, for whatever reason, gives a value whose reason is [`Reason::Failed`].
pub fn call(name: &str, args: &[Value], at: Span, label: &str, files: &dyn Files) -> Option<Value> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    let function = TABLE.iter().find(|function| function.name == name)?;
    let call = Call { name: function.name, args, at, label, files, made: Cell::new(0) };
    if args.len() < function.least || args.len() > function.most {
        let message = if args.len() < function.least { "not enough arguments" } else { "too many arguments" };
        return Some(call.failed(message));
    }
    if !is_bounded(args) || cost(args) > MAX_PARTS {
        return Some(call.too_large());
    }
    let value = match function.body {
        Body::Plain(compute, estimate) => call.compute(args, compute, estimate),
        Body::Values(body) => body(&call),
    };
    Some(if call.is_spent() { call.too_large() } else { value })
}

/// No text is longer than this many bytes.
pub const MAX_TEXT: usize = strings::MAX_TEXT;

/// What a call with these arguments costs in steps of evaluation: it looks at all of their parts and text.
pub fn cost(args: &[Value]) -> usize {
    fn add(value: &Value, cost: &mut usize) {
        for alternative in value.alternatives() {
            // In units of an eighth of a step. Beyond this it is refused anyway.
            *cost = cost.saturating_add(1);
            if *cost > 8 * MAX_PARTS {
                return;
            }
            match &alternative.node {
                Node::String(text) => *cost = cost.saturating_add(text.len() / 64),
                Node::List(list) => {
                    *cost = cost.saturating_add(way(alternative, list.items.len()));
                    list.items.iter().for_each(|item| add(item, cost));
                }
                Node::Map(map) => {
                    *cost = cost.saturating_add(way(alternative, map.entries.len()));
                    map.entries.values().for_each(|item| add(item, cost));
                }
                _ => {}
            }
        }
    }
    // Each part that is taken out goes the composite's way again.
    fn way(of: &Alternative, parts: usize) -> usize {
        parts.saturating_mul(of.provenance.length() as usize) / 4
    }
    let mut cost = 0;
    args.iter().for_each(|arg| add(arg, &mut cost));
    cost / 8
}

/// What looking at all of one value costs, as [`cost`].
pub fn cost_of(value: &Value) -> usize {
    cost(std::slice::from_ref(value))
}

/// The parts that the arguments of one call may have, counted as often as they occur.
const MAX_PARTS: usize = 100_000;

/// The parts that one call may make, with all combinations of its arguments' alternatives.
const MAX_MADE: usize = 4 * MAX_PARTS;

/// Whether walking through all parts of the values is a bounded piece of work. Values share their parts, so a
/// few locals that repeat each other make a value that is small in memory and endless to walk.
pub(super) fn is_bounded(values: &[Value]) -> bool {
    fn spend(value: &Value, budget: &mut usize) -> bool {
        value.alternatives().iter().all(|alternative| {
            *budget = budget.saturating_sub(1);
            *budget > 0
                && match &alternative.node {
                    Node::List(list) => list.items.iter().all(|item| spend(item, budget)),
                    Node::Map(map) => map.entries.values().all(|item| spend(item, budget)),
                    _ => true,
                }
        })
    }
    let mut budget = MAX_PARTS;
    values.iter().all(|value| spend(value, &mut budget))
}

/// The names of all functions that [`call`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|function| function.name)
}

/// What `try` gives of its evaluated arguments: the first that does not fail, in every world. An argument that
/// fails in some worlds only is passed over there alone. Where it cannot be told whether an argument fails (a
/// part of an unknown of which not even the type is certain), the result is an unknown of its own, named `label`.
///
/// `afford` takes steps of evaluation, false when there are not that many left.
pub fn first_that_works(args: &[Value], label: &str, at: Span, afford: &dyn Fn(usize) -> bool) -> Value {
    let Some((first, rest)) = args.split_first() else {
        return ops::failed("no expression succeeded", at);
    };
    if !is_bounded(std::slice::from_ref(first)) {
        return first.clone().passed(at);
    }
    let mut alternatives: Vec<Alternative> = Vec::new();
    let mut next: Option<Value> = None;
    let mut open_end: Option<Value> = None;
    for alternative in first.alternatives() {
        let Some((works, fails)) = outcomes(alternative, afford) else {
            return too_many_outcomes("try", label, args, at);
        };
        for region in works {
            if may_fail(&alternative.node) && !rest.is_empty() {
                let either = open_end.get_or_insert_with(|| {
                    let inputs: Vec<&Value> = args.iter().collect();
                    ops::opaque("try", label, &inputs, Certain::default(), at)
                });
                alternatives
                    .extend(either.within(&region).into_iter().flat_map(|v| v.alternatives().to_vec()));
            } else {
                let provenance = alternative.provenance.passed(at);
                alternatives.push(Alternative { region, provenance, node: alternative.node.clone() });
            }
        }
        for piece in fails {
            let next = next.get_or_insert_with(|| first_that_works(rest, label, at, afford));
            alternatives.extend(next.within(&piece).into_iter().flat_map(|v| v.alternatives().to_vec()));
        }
        if alternatives.len() > MAX_OUTCOMES {
            return too_many_outcomes("try", label, args, at);
        }
    }
    Value::from_alternatives(alternatives)
}

/// So many pieces of worlds are looked at to tell those in which an attempt works from those in which it fails.
const MAX_PIECES: usize = 1 << 15;

/// The worlds in which an alternative works, and those in which it or a part of it fails, each as disjoint regions.
/// `None` if telling them apart is too much work: parts that fail in independent worlds double their number.
fn outcomes(alternative: &Alternative, afford: &dyn Fn(usize) -> bool) -> Option<(Vec<Region>, Vec<Region>)> {
    let mut failing = Vec::new();
    failing_regions(&alternative.node, &alternative.region, &mut failing);
    let mut seen = BTreeSet::new();
    failing.retain(|region| seen.insert(region.clone()));
    let mut left = MAX_PIECES;
    let mut told = || {
        let works = alternative.region.without_at(&failing, &mut left)?;
        // Regions that overlap (two leaves failing in the same world) are counted once.
        let mut fails = Vec::new();
        for (index, region) in failing.iter().enumerate() {
            fails.extend(region.without_at(failing.get(..index)?, &mut left)?);
        }
        Some((works, fails))
    };
    let told = told();
    let affordable = afford(cost(&[alone(alternative)]).saturating_add((MAX_PIECES - left) / 8));
    told.filter(|(works, fails)| affordable && works.len() + fails.len() <= MAX_OUTCOMES)
}

/// An attempt gives at most this many alternatives.
const MAX_OUTCOMES: usize = 8 * MAX_ALTERNATIVES;

/// The unknown that stands for an attempt with more outcomes than are told apart.
fn too_many_outcomes(name: &str, label: &str, args: &[Value], at: Span) -> Value {
    let inputs: Vec<&Value> = args.iter().collect();
    let atom = derived_atom(name, label, &inputs, None);
    let reason = Reason::Bound("it fails in more combinations of worlds than are kept apart".into());
    Value::unknown(atom, reason, Certain::default(), Provenance::written(at))
}

/// What `can` gives of its evaluated argument: whether it works, in every world. Where that cannot be told, the
/// result is a boolean of its own, named `label`.
///
/// `afford` takes steps of evaluation, false when there are not that many left.
pub fn can(value: &Value, label: &str, at: Span, afford: &dyn Fn(usize) -> bool) -> Value {
    if !is_bounded(std::slice::from_ref(value)) {
        return ops::boolean(true, Provenance::computed(at, [value.provenance()]));
    }
    let outcome = value.and_then(|alternative| {
        let provenance = Provenance::computed(at, [alternative.provenance.clone()]);
        if may_fail(&alternative.node) && !is_failure(&alternative.node) {
            let input = Value::new(alternative.node.clone(), alternative.provenance.clone());
            return ops::opaque_bool("can", label, &[&input], at);
        }
        let told = outcomes(alternative, afford);
        let told = told.and_then(|(works, _)| Some((alternative.region.without(&works)?, works)));
        let Some((fails, works)) = told else {
            return too_many_outcomes("can", label, std::slice::from_ref(value), at);
        };
        let answer = |regions: Vec<Region>, works: bool| {
            let provenance = provenance.clone();
            regions.into_iter().map(move |region| Alternative {
                region,
                node: Node::Bool(works),
                provenance: provenance.clone(),
            })
        };
        Value::from_alternatives(answer(works, true).chain(answer(fails, false)).collect())
    });
    outcome.passed(at)
}

/// Whether it cannot be told that an expression with this result works: not even its type is certain.
fn may_fail(node: &Node) -> bool {
    matches!(node, Node::Unknown(unknown) if unknown.certain.kind.is_none())
}

fn is_failure(node: &Node) -> bool {
    matches!(node, Node::Unknown(unknown) if matches!(unknown.reason, Reason::Failed(_)))
}

/// Collects the regions in which a node or a part of it is a failure.
fn failing_regions(node: &Node, within: &Region, out: &mut Vec<Region>) {
    let mut parts = |values: &mut dyn Iterator<Item = &Value>| {
        for alternative in values.flat_map(Value::alternatives) {
            if let Some(region) = within.and(&alternative.region) {
                failing_regions(&alternative.node, &region, out);
            }
        }
    };
    match node {
        Node::Unknown(_) if is_failure(node) => out.push(within.clone()),
        Node::List(list) => parts(&mut list.items.iter()),
        Node::Map(map) => parts(&mut map.entries.values()),
        _ => {}
    }
}

/// A function.
struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    body: Body,
}

#[derive(Clone, Copy)]
enum Body {
    /// Computes with known arguments; the estimate says what is certain where some are not known.
    Plain(fn(&Args) -> Outcome, Estimate),
    /// Works on the values.
    Values(fn(&Call) -> Value),
}

/// Any number of arguments.
const MANY: usize = usize::MAX;

const fn plain(
    name: &'static str,
    least: usize,
    most: usize,
    compute: fn(&Args) -> Outcome,
    estimate: Estimate,
) -> Function {
    Function { name, least, most, body: Body::Plain(compute, estimate) }
}

const fn values(name: &'static str, least: usize, most: usize, body: fn(&Call) -> Value) -> Function {
    Function { name, least, most, body: Body::Values(body) }
}

/// All functions of Terraform 1.11 but for the four that need the evaluator and the console's `type`.
static TABLE: &[Function] = &[
    plain("abs", 1, 1, numbers::abs, certain::number),
    values("abspath", 1, 1, files::abspath),
    values("alltrue", 1, 1, collections::alltrue),
    values("anytrue", 1, 1, collections::anytrue),
    plain("base64decode", 1, 1, encoding::base64decode, certain::nothing),
    plain("base64encode", 1, 1, encoding::base64encode, certain::base64),
    values("base64gzip", 1, 1, files::base64gzip),
    plain("base64sha256", 1, 1, encoding::base64sha256, certain::length::<44>),
    plain("base64sha512", 1, 1, encoding::base64sha512, certain::length::<88>),
    plain("basename", 1, 1, strings::basename, certain::some_text),
    values("bcrypt", 1, 2, files::bcrypt),
    plain("ceil", 1, 1, numbers::ceil, certain::number),
    plain("chomp", 1, 1, strings::chomp, certain::shortened),
    values("chunklist", 2, 2, collections::chunklist),
    plain("cidrhost", 2, 2, network::cidrhost, certain::nothing),
    plain("cidrnetmask", 1, 1, network::cidrnetmask, certain::nothing),
    plain("cidrsubnet", 3, 3, network::cidrsubnet, certain::nothing),
    plain("cidrsubnets", 1, MANY, network::cidrsubnets, certain::nothing),
    values("coalesce", 1, MANY, collections::coalesce),
    values("coalescelist", 1, MANY, collections::coalescelist),
    values("compact", 1, 1, collections::compact),
    values("concat", 1, MANY, collections::concat),
    values("contains", 2, 2, collections::contains),
    values("csvdecode", 1, 1, encoding::csvdecode),
    plain("dirname", 1, 1, strings::dirname, certain::some_text),
    values("distinct", 1, 1, sets::distinct),
    values("element", 2, 2, collections::element),
    plain("endswith", 2, 2, strings::endswith, certain::truth),
    values("ephemeralasnull", 1, 1, collections::same),
    values("file", 1, 1, files::file),
    values("filebase64", 1, 1, files::filebase64),
    values("filebase64sha256", 1, 1, files::filebase64sha256),
    values("filebase64sha512", 1, 1, files::filebase64sha512),
    values("fileexists", 1, 1, files::fileexists),
    values("filemd5", 1, 1, files::filemd5),
    values("fileset", 2, 2, files::fileset),
    values("filesha1", 1, 1, files::filesha1),
    values("filesha256", 1, 1, files::filesha256),
    values("filesha512", 1, 1, files::filesha512),
    values("flatten", 1, 1, collections::flatten),
    plain("floor", 1, 1, numbers::floor, certain::number),
    values("format", 1, MANY, collections::format),
    plain("formatdate", 2, 2, time::formatdate, certain::nothing),
    values("formatlist", 1, MANY, collections::formatlist),
    plain("indent", 2, 2, strings::indent, certain::indent),
    plain("index", 2, 2, sets::index, certain::nothing),
    values("issensitive", 1, 1, collections::issensitive),
    plain("join", 2, MANY, strings::join, certain::join),
    values("jsondecode", 1, 1, encoding::jsondecode),
    plain("jsonencode", 1, 1, encoding::jsonencode, certain::some_text),
    values("keys", 1, 1, collections::keys),
    values("length", 1, 1, collections::length),
    plain("log", 2, 2, numbers::log, certain::number),
    values("lookup", 2, 3, collections::lookup),
    plain("lower", 1, 1, strings::lower, certain::lower),
    values("matchkeys", 3, 3, sets::matchkeys),
    plain("max", 1, MANY, numbers::max, certain::number),
    plain("md5", 1, 1, encoding::md5, certain::length::<32>),
    values("merge", 0, MANY, collections::merge),
    plain("min", 1, MANY, numbers::min, certain::number),
    values("nonsensitive", 1, 1, collections::same),
    values("one", 1, 1, collections::one),
    plain("parseint", 2, 2, numbers::parseint, certain::nothing),
    values("pathexpand", 1, 1, files::pathexpand),
    values("plantimestamp", 0, 0, files::timestamp),
    plain("pow", 2, 2, numbers::pow, certain::number),
    plain("range", 1, 3, numbers::range, certain::nothing),
    plain("regex", 2, 2, strings::regex, certain::nothing),
    plain("regexall", 2, 2, strings::regexall, certain::list),
    plain("replace", 3, 3, strings::replace, certain::replace),
    values("reverse", 1, 1, collections::reverse),
    values("rsadecrypt", 2, 2, files::rsadecrypt),
    values("sensitive", 1, 1, collections::same),
    values("setintersection", 1, MANY, sets::setintersection),
    values("setproduct", 2, MANY, sets::setproduct),
    values("setsubtract", 2, 2, sets::setsubtract),
    values("setunion", 1, MANY, sets::setunion),
    plain("sha1", 1, 1, encoding::sha1, certain::length::<40>),
    plain("sha256", 1, 1, encoding::sha256, certain::length::<64>),
    plain("sha512", 1, 1, encoding::sha512, certain::length::<128>),
    plain("signum", 1, 1, numbers::signum, certain::number),
    values("slice", 3, 3, collections::slice),
    values("sort", 1, 1, collections::sort),
    plain("split", 2, 2, strings::split, certain::list),
    plain("startswith", 2, 2, strings::startswith, certain::startswith),
    plain("strcontains", 2, 2, strings::strcontains, certain::strcontains),
    plain("strrev", 1, 1, strings::strrev, certain::rearranged),
    plain("substr", 3, 3, strings::substr, certain::substr),
    plain("sum", 1, 1, numbers::sum, certain::nothing),
    plain("textdecodebase64", 2, 2, encoding::textdecodebase64, certain::nothing),
    plain("textencodebase64", 2, 2, encoding::textencodebase64, certain::nothing),
    plain("timeadd", 2, 2, time::timeadd, certain::nothing),
    plain("timecmp", 2, 2, time::timecmp, certain::nothing),
    values("timestamp", 0, 0, files::timestamp),
    plain("title", 1, 1, strings::title, certain::title),
    values("tobool", 1, 1, collections::tobool),
    values("tolist", 1, 1, collections::tolist),
    values("tomap", 1, 1, collections::tomap),
    values("tonumber", 1, 1, collections::tonumber),
    values("toset", 1, 1, collections::toset),
    values("tostring", 1, 1, collections::tostring),
    plain("transpose", 1, 1, sets::transpose, certain::map),
    plain("trim", 2, 2, strings::trim, certain::shortened),
    plain("trimprefix", 2, 2, strings::trimprefix, certain::trimprefix),
    plain("trimspace", 1, 1, strings::trimspace, certain::shortened),
    plain("trimsuffix", 2, 2, strings::trimsuffix, certain::trimsuffix),
    plain("upper", 1, 1, strings::upper, certain::upper),
    plain("urlencode", 1, 1, encoding::urlencode, certain::grown),
    values("uuid", 0, 0, files::uuid),
    plain("uuidv5", 2, 2, encoding::uuidv5, certain::length::<36>),
    values("values", 1, 1, collections::values),
    values("yamldecode", 1, 1, encoding::yamldecode),
    plain("yamlencode", 1, 1, encoding::yamlencode, certain::some_text),
    values("zipmap", 2, 2, collections::zipmap),
];

/// Functions that other versions and OpenTofu have. Source: OpenTofu's function reference
/// <https://opentofu.org/docs/language/functions/> (`base64gunzip`, `cidrcontains`, `urldecode`), the release notes of
/// Terraform 1.15 (`convert`) and of the versions that took away `list` and `map` (0.15) and the experiment `defaults`
/// (1.3).
pub(super) const ELSEWHERE: [&str; 7] =
    ["base64gunzip", "cidrcontains", "convert", "defaults", "list", "map", "urldecode"];

/// The type of the collections that a function gives of these values, where they are not tuples and objects.
fn result_type(name: &str, args: &Args) -> Option<Type> {
    let list = |element: Type| Some(Type::List(Arc::new(element)));
    match name {
        "split" | "cidrsubnets" => list(Type::String),
        "range" => list(Type::Number),
        "regexall" => list(strings::match_type(args)),
        "csvdecode" => list(Type::Any),
        "transpose" => Some(Type::Map(Arc::new(Type::List(Arc::new(Type::String))))),
        _ => None,
    }
}

/// A call and what its function needs to know of it.
struct Call<'a> {
    name: &'static str,
    args: &'a [Value],
    at: Span,
    label: &'a str,
    files: &'a dyn Files,
    /// How many parts it has made; see [`Call::make`].
    made: Cell<usize>,
}

impl Call<'_> {
    /// An argument. The table has made sure that those below the least number are there.
    fn arg(&self, index: usize) -> Value {
        self.args.get(index).cloned().unwrap_or_else(|| Value::null(Provenance::nowhere()))
    }

    /// Counts parts that the call is about to make or has made. False when these are more than it may: whatever it
    /// gives is then left for an unknown, so that it need not go on.
    fn make(&self, parts: usize) -> bool {
        self.made.set(self.made.get().saturating_add(parts));
        !self.is_spent()
    }

    fn is_spent(&self) -> bool {
        self.made.get() > MAX_MADE
    }

    /// The call fails.
    fn failed(&self, message: impl AsRef<str>) -> Value {
        ops::failed(format!("{}: {}", self.name, message.as_ref()), self.at)
    }

    /// The provenance of what is worked out from these.
    fn computed(&self, from: &[&Alternative]) -> Provenance {
        let mut leaves = Vec::new();
        for alternative in from {
            collect_leaves(&alternative.node, &alternative.provenance, &mut leaves);
        }
        Provenance::computed(self.at, leaves)
    }

    /// A result that is not known: the same function of the same inputs is the same unknown.
    fn opaque(&self, from: &[&Alternative], certain: Certain) -> Value {
        let inputs: Vec<Value> = from.iter().map(|alternative| alone(alternative)).collect();
        let inputs: Vec<&Value> = inputs.iter().collect();
        let atom = derived_atom(self.name, self.label, &inputs, None);
        Value::unknown(atom, ops::reason_of(&inputs), certain, self.computed(from))
    }

    /// As [`Call::opaque`], for what is true or false.
    fn opaque_bool(&self, from: &[&Alternative]) -> Value {
        let inputs: Vec<Value> = from.iter().map(|alternative| alone(alternative)).collect();
        ops::opaque_bool(self.name, self.label, &inputs.iter().collect::<Vec<_>>(), self.at)
    }

    /// A value that only the run gives, the same wherever `key` is.
    fn run_time(&self, key: String, reason: Reason, certain: Certain) -> Value {
        Value::unknown(Atom::new(key, self.label), reason, certain, Provenance::written(self.at))
    }

    /// The result stands for more than is worked out.
    fn too_large(&self) -> Value {
        // The arguments cannot be looked at, so that each time it is another unknown.
        let key = format!("{}@{:?}#{}", self.name, self.at, self.files.count_bounded());
        self.run_time(key, Reason::Bound("it is larger than what is worked out".into()), Certain::default())
    }

    /// A failing argument fails the call; a null one does where the function takes none.
    fn refused(&self, argument: &Alternative) -> Option<Value> {
        match &argument.node {
            Node::Null(_) => Some(self.failed("argument must not be null")),
            node if is_failure(node) => Some(alone(argument)),
            _ => None,
        }
    }

    /// An argument is of the wrong type.
    fn mismatch(&self, argument: &Alternative, wanted: &str) -> Value {
        let have = argument.node.kind().map_or("null", Kind::name);
        self.failed(format!("{wanted} required, but have {have}"))
    }

    /// Computes with every combination of the arguments' alternatives.
    fn compute(&self, args: &[Value], compute: fn(&Args) -> Outcome, estimate: Estimate) -> Value {
        let surfaced: Vec<Value> = args.iter().map(surface).collect();
        Value::combine_as(self.name, &surfaced.iter().collect::<Vec<_>>(), |row| {
            if self.is_spent() {
                return self.too_large();
            }
            if let Some(failure) = row.iter().find_map(|argument| failure_in(argument)) {
                return failure;
            }
            let known: Option<Vec<Plain>> = row.iter().map(|argument| Plain::of(&argument.node)).collect();
            if let Some(known) = known {
                return match compute(&Args(&known)) {
                    Ok(Plain::String(text)) if text.len() > strings::MAX_TEXT => self.too_large(),
                    Ok(value) if !self.make(value.weight()) => self.too_large(),
                    Ok(value) => {
                        let value = value.into_value(&self.computed(row));
                        let value = match self.name {
                            // A group that matched nothing is a null string.
                            "regex" | "regexall" => super::types::with_nulls_of(&value, &Type::String),
                            _ => value,
                        };
                        match result_type(self.name, &Args(&known)) {
                            Some(ty) => super::types::convert_plainly(&value, &ty, self.at),
                            None => value,
                        }
                    }
                    Err(message) if message == plain::TOO_LARGE => self.too_large(),
                    Err(message) => self.failed(message),
                };
            }
            if !matches!(self.name, "format" | "formatlist" | "jsonencode" | "yamlencode")
                && let Some(null) = row.iter().find(|argument| matches!(argument.node, Node::Null(_)))
                && let Some(refused) = self.refused(null)
            {
                return refused;
            }
            match estimate(&row.iter().map(|argument| &argument.node).collect::<Vec<_>>()) {
                certain::Result::Is(value) => value.into_value(&self.computed(row)),
                certain::Result::Truth => self.opaque_bool(row),
                certain::Result::Certain(certain) => self.opaque(row, certain),
            }
        })
    }

    /// The parts of a list argument: its elements, passed on by this call.
    fn items(&self, list: &List, of: &Alternative) -> Vec<Value> {
        if self.made.get().saturating_add(list.items.len()) > MAX_MADE {
            self.make(list.items.len());
            return Vec::new();
        }
        list.items.iter().map(|item| self.part(item, of)).collect()
    }

    /// A part of a composite, passed on by this call.
    fn part(&self, part: &Value, of: &Alternative) -> Value {
        if !self.make(1) {
            return part.clone();
        }
        part.clone().through(&of.provenance).passed(self.at)
    }

    /// A tuple that this call puts together.
    fn tuple(&self, items: Vec<Value>, open: Option<Arc<Unknown>>, from: &[&Alternative]) -> Value {
        let open = self.opened(open, from);
        Value::new(Node::List(Arc::new(List::new(items, open))), self.provenance(from))
    }

    /// A list that this call puts together, of elements of one type: `None` if they show it.
    fn list(
        &self,
        items: Vec<Value>,
        element: Option<Arc<Type>>,
        open: Option<Arc<Unknown>>,
        from: &[&Alternative],
    ) -> Value {
        let Some(element) = self.element_type(&items, element) else {
            return self.failed("all list elements must have the same type");
        };
        let items = super::types::with_typed_nulls(items, &element);
        let ty = Some(Arc::new(Type::List(element)));
        let open = self.opened(open, from);
        Value::new(Node::List(Arc::new(List { items, ty, open, set: false })), self.provenance(from))
    }

    /// The type of the elements of a collection: as stated where that says all, else what they turn out to have. `None`
    /// if they are of several.
    fn element_type(&self, items: &[Value], stated: Option<Arc<Type>>) -> Option<Arc<Type>> {
        match stated {
            Some(stated) if items.is_empty() || stated.is_definite() => Some(stated),
            _ => super::types::one_type(items.iter()).map(Arc::new),
        }
    }

    /// A list or tuple like another one, of which these are the elements in another order or number.
    fn like(
        &self,
        list: &List,
        items: Vec<Value>,
        open: Option<Arc<Unknown>>,
        from: &[&Alternative],
    ) -> Value {
        match list.ty.as_ref().and_then(|ty| ty.element()) {
            Some(element) => self.list(items, Some(element.clone()), open, from),
            None => self.tuple(items, open, from),
        }
    }

    /// A set that this call puts together.
    fn set(
        &self,
        items: Vec<Value>,
        element: Option<Arc<Type>>,
        open: Option<Arc<Unknown>>,
        from: &[&Alternative],
    ) -> Value {
        let Some(element) = self.element_type(&items, element) else {
            return self.failed("all set elements must have the same type");
        };
        let items = super::types::as_set(super::types::with_typed_nulls(items, &element));
        let ty = Some(Arc::new(Type::Set(element)));
        let open = self.opened(open, from);
        Value::new(Node::List(Arc::new(List { items, set: true, ty, open })), self.provenance(from))
    }

    /// The provenance of a composite that this call puts together: its parts have their own.
    fn provenance(&self, from: &[&Alternative]) -> Provenance {
        Provenance::computed(self.at, from.iter().map(|from| from.provenance.clone()))
    }

    /// Why what is made of these may have more parts than are listed. They stand elsewhere than in what they come
    /// from, if they are the same at all.
    fn opened(&self, open: Option<Arc<Unknown>>, from: &[&Alternative]) -> Option<Arc<Unknown>> {
        let open = open?;
        let key = if from.len() == self.args.len() {
            derived_key_here(self.name, from)
        } else {
            derived_key(self.name, &self.args.iter().collect::<Vec<_>>())
        };
        let atom = Atom::new(key, self.label.to_string());
        Some(Arc::new(Unknown { atom, reason: open.reason.clone(), certain: Certain::default() }))
    }

    /// Why a composite made of these may have more parts than are listed: the only source's unknown itself, so
    /// that its parts keep their identity, or one of this call's.
    fn rest(&self, sources: &[Arc<Unknown>]) -> Option<Arc<Unknown>> {
        match sources {
            [] => None,
            [only] => Some(only.clone()),
            several => {
                let inputs: Vec<Value> = several
                    .iter()
                    .map(|source| Value::new(Node::Unknown(source.clone()), Provenance::nowhere()))
                    .collect();
                let inputs: Vec<&Value> = inputs.iter().collect();
                Some(Arc::new(Unknown {
                    atom: derived_atom(self.name, self.label, &inputs, None),
                    reason: ops::reason_of(&inputs),
                    certain: Certain::default(),
                }))
            }
        }
    }
}

/// An alternative as a value of its own.
pub(super) fn alone(alternative: &Alternative) -> Value {
    Value::new(alternative.node.clone(), alternative.provenance.clone())
}

/// A computed value names at most this many of the leaves that went into it.
const MAX_LEAVES: usize = 64;

/// Where the scalars of a node come from; a composite without any is its own leaf.
fn collect_leaves(node: &Node, provenance: &Provenance, out: &mut Vec<Provenance>) {
    if out.len() >= MAX_LEAVES {
        return;
    }
    let before = out.len();
    let mut parts = |values: &mut dyn Iterator<Item = &Value>| {
        for alternative in values.flat_map(Value::alternatives) {
            collect_leaves(&alternative.node, &alternative.provenance.through(provenance), out);
        }
    };
    match node {
        Node::List(list) => parts(&mut list.items.iter()),
        Node::Map(map) => parts(&mut map.entries.values()),
        _ => {}
    }
    if out.len() == before {
        out.push(provenance.clone());
    }
}

/// A failure anywhere in an argument.
pub(super) fn failure_in(argument: &Alternative) -> Option<Value> {
    let parts =
        |values: &mut dyn Iterator<Item = &Value>| values.flat_map(Value::alternatives).find_map(failure_in);
    match &argument.node {
        node if is_failure(node) => Some(alone(argument)),
        Node::List(list) => parts(&mut list.items.iter()),
        Node::Map(map) => parts(&mut map.entries.values()),
        _ => None,
    }
}

/// Brings alternatives inside a composite to its top, so that each alternative of the result is one composite
/// without alternatives; unknowns with few possible values are split into them.
fn surface(value: &Value) -> Value {
    fn is_plain(value: &Value) -> bool {
        match value.alternatives() {
            [only] if only.region.is_everywhere() => match &only.node {
                Node::List(list) => list.items.iter().all(is_plain),
                Node::Map(map) => map.entries.values().all(is_plain),
                Node::Unknown(unknown) => unknown.atom.domain().is_none(),
                _ => true,
            },
            _ => false,
        }
    }
    if is_plain(value) {
        return value.clone();
    }
    value.split_domains().and_then(|alternative| match &alternative.node {
        Node::List(list) => {
            let items: Vec<Value> = list.items.iter().map(surface).collect();
            Value::combine(&items.iter().collect::<Vec<_>>(), |row| {
                let items = row.iter().map(|item| alone(item)).collect();
                let list = List { items, ..List::clone(list) };
                Value::new(Node::List(Arc::new(list)), alternative.provenance.clone())
            })
        }
        Node::Map(map) => {
            let items: Vec<Value> = map.entries.values().map(surface).collect();
            Value::combine(&items.iter().collect::<Vec<_>>(), |row| {
                let entries = map.entries.keys().cloned().zip(row.iter().map(|item| alone(item))).collect();
                let map = crate::value::Map { entries, ..crate::value::Map::clone(map) };
                Value::new(Node::Map(Arc::new(map)), alternative.provenance.clone())
            })
        }
        _ => alone(alternative),
    })
}
