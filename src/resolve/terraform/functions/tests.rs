//! What happens to unknowns, alternatives and provenance. What known arguments give is compared with Terraform
//! in `tests/terraform_functions.rs`.

use serde_json::{Value as Json, json};

use super::*;
use crate::source::FileId;
use crate::value::{Map, Number, Scalar};

fn span(start: usize) -> Span {
    Span::new(FileId(0), start, start + 1)
}

fn at() -> Span {
    Span::new(FileId(0), 1_000, 1_001)
}

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        match path {
            "a.txt" => Ok("a".into()),
            other => Err(Reason::Absent(other.into())),
        }
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(path == "a.txt")
    }
    fn list(&self, dir: &str) -> Option<Vec<String>> {
        let files = ["a.txt", "b.json", "x/c.txt", "x/y/d.txt"];
        (dir == ".").then(|| files.map(str::to_owned).to_vec())
    }
}

fn of(name: &str, args: &[Value]) -> Value {
    call(name, args, at(), name, &Disk).unwrap()
}

fn unknown(name: &str, certain: Certain) -> Value {
    Value::unknown(Atom::new(name, name), Reason::NoValue(name.into()), certain, Provenance::written(span(1)))
}

fn text(text: &str) -> Value {
    Value::string(text, Provenance::written(span(2)))
}

fn known(json: &Json) -> Value {
    abstracted(json, &Placeholders(&[]))
}

fn certain(value: &Value) -> Certain {
    match value.single() {
        Some(Node::Unknown(unknown)) => unknown.certain.clone(),
        other => panic!("not one unknown: {other:?}"),
    }
}

fn map_of(value: &Value) -> &Map {
    match value.single() {
        Some(Node::Map(map)) => map,
        other => panic!("not one map: {other:?}"),
    }
}

fn list_of(value: &Value) -> &List {
    match value.single() {
        Some(Node::List(list)) => list,
        other => panic!("not one list: {other:?}"),
    }
}

// The brute-force test: a call over placeholders must agree, in every world, with the call over what the
// placeholders are in that world.

/// A placeholder in arguments: a string `$name`, the unknown that it stands for, and its value in each world.
struct Placeholders<'a>(&'a [(&'a str, Certain, Json)]);

fn abstracted(json: &Json, placeholders: &Placeholders) -> Value {
    let provenance = Provenance::written(span(0));
    let node = match json {
        Json::Null => Node::NULL,
        Json::Bool(value) => Node::Bool(*value),
        Json::Number(number) => Node::Number(Number::parse(&number.to_string()).unwrap()),
        Json::String(text) => match placeholders.0.iter().find(|(name, ..)| name == text) {
            Some((name, certain, _)) if certain.kind == Some(Kind::Bool) => {
                let atom = Atom::boolean(*name, *name);
                return Value::unknown(atom, Reason::Secret, certain.clone(), provenance);
            }
            Some((name, certain, _)) => return unknown(name, certain.clone()),
            None => Node::string(text),
        },
        Json::Array(items) => Node::list(items.iter().map(|item| abstracted(item, placeholders)).collect()),
        Json::Object(members) => Node::map(
            members.iter().map(|(key, item)| (Arc::from(&**key), abstracted(item, placeholders))).collect(),
        ),
    };
    Value::new(node, provenance)
}

fn substituted(json: &Json, world: &[(&str, Certain, Json)]) -> Json {
    match json {
        Json::String(text) => match world.iter().find(|(name, ..)| name == text) {
            Some((_, _, value)) => value.clone(),
            None => json.clone(),
        },
        Json::Array(items) => items.iter().map(|item| substituted(item, world)).collect(),
        Json::Object(members) => members
            .iter()
            .map(|(key, item)| (key.clone(), substituted(item, world)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        scalar => scalar.clone(),
    }
}

fn scalar_of(json: &Json) -> Option<Scalar> {
    Plain::of_value(&known(json)).and_then(|_| known(json).single()?.scalar())
}

/// Whether the abstract value says nothing false of the concrete one.
fn agrees(is: &Value, concrete: &Value, world: &[(&str, Certain, Json)]) -> bool {
    let concrete_node = concrete.single().unwrap();
    let mut candidates = is.alternatives().iter().filter(|alternative| {
        // Atoms of results are not decided by the world: any of their alternatives may be the one.
        alternative.region.terms().all(|(atom, term)| {
            let Some((_, _, value)) = world.iter().find(|(name, ..)| *name == atom.key()) else {
                return true;
            };
            let value = scalar_of(value);
            match term {
                crate::value::Term::In(set) => value.is_some_and(|value| set.contains(&value)),
                crate::value::Term::NotIn(set) => value.is_none_or(|value| !set.contains(&value)),
            }
        })
    });
    candidates.any(|alternative| match (&alternative.node, concrete_node) {
        (Node::Unknown(unknown), _) if is_failure(&alternative.node) => {
            let _ = unknown;
            is_failure(concrete_node)
        }
        (Node::Unknown(_), node) if is_failure(node) => true,
        (Node::Unknown(unknown), node) => {
            if let Some((_, _, value)) = world.iter().find(|(name, ..)| *name == unknown.atom.key()) {
                return Plain::of(node) == Plain::of_value(&known(value));
            }
            let certain = &unknown.certain;
            let length = |node: &Node| match node {
                Node::String(text) => Some((text.chars().count(), text.clone())),
                _ => None,
            };
            !(certain.not_null && matches!(node, Node::Null(_)))
                && certain.kind.is_none_or(|kind| node.kind().is_none_or(|have| have == kind))
                && length(node).is_none_or(|(length, text)| {
                    length >= certain.min_length
                        && certain.max_length.is_none_or(|max| length <= max)
                        && certain.prefix.as_ref().is_none_or(|prefix| text.starts_with(&**prefix))
                })
        }
        (Node::List(a), Node::List(b)) => {
            match (&a.open, a.set && !a.items.iter().all(Value::is_wholly_known)) {
                (None, false) => {
                    a.items.len() == b.items.len()
                        && a.items.iter().zip(&b.items).all(|(a, b)| agrees(a, b, world))
                }
                // Neither places nor, among unknowns, the number is certain; each known element is there.
                _ => a.items.iter().all(|item| {
                    !item.is_wholly_known() || b.items.iter().any(|have| agrees(item, have, world))
                }),
            }
        }
        (Node::Map(a), Node::Map(b)) => {
            let keys = b.entries.keys().all(|key| a.open.is_some() || a.entries.contains_key(key));
            keys && a
                .entries
                .iter()
                .all(|(key, item)| b.entries.get(key).is_some_and(|have| agrees(item, have, world)))
        }
        (a, b) => a.scalar().is_some() && a.scalar() == b.scalar(),
    })
}

#[test]
fn what_is_said_of_unknown_arguments_holds_whatever_they_are() {
    let string = || Certain { kind: Some(Kind::String), ..Certain::default() };
    let long = || Certain { not_null: true, prefix: Some("ab".into()), min_length: 3, ..string() };
    let texts = [json!(null), json!(""), json!("a"), json!("b"), json!("a b")];
    let long_texts = [json!("abc"), json!("ab-"), json!("ab cd")];
    let booleans = [json!(true), json!(false)];
    let lists = [json!([]), json!(["a"]), json!(["a", "q", ""])];
    let maps = [json!({}), json!({"a": "over"}), json!({"k": null, "z": 1})];
    let calls = [
        ("merge", json!([{"a": "x", "b": "y"}, "$m"])),
        ("merge", json!(["$m", {"a": "x"}])),
        ("merge", json!([{"a": {"s": 1}}, {"a": {"s": null}}, "$m"])),
        ("merge", json!([{"a": "$t", "b": "$b"}, {"b": "$t"}])),
        ("concat", json!([["x", "$t"], "$l"])),
        ("concat", json!([["x", "$t"], [["$b"]]])),
        ("flatten", json!([[["x", "$t"], "$l", ["$b"]]])),
        ("flatten", json!([[["x", ["$t"]], []]])),
        ("length", json!(["$l"])),
        ("length", json!([["$t", "$b"]])),
        ("length", json!(["$p"])),
        ("keys", json!(["$m"])),
        ("values", json!([{"a": "$t", "b": "$b"}])),
        ("lookup", json!([{"a": 1, "b": 2}, "$p", 3])),
        ("lookup", json!([{"a": 1, "b": "$b", "ab-": 5}, "$p", 3])),
        ("lookup", json!([{"a": "$t"}, "a", "d"])),
        ("lookup", json!(["$m", "a", "d"])),
        ("coalesce", json!(["$t", "d"])),
        ("coalesce", json!(["$t", "$p"])),
        ("coalesce", json!([null, "$t", "$t"])),
        ("coalescelist", json!(["$l", ["d"]])),
        ("compact", json!([["x", "$t", "$p", null]])),
        ("contains", json!([["a", "b"], "$p"])),
        ("contains", json!([["a", "$t"], "a"])),
        ("contains", json!(["$l", "a"])),
        ("alltrue", json!([["$b", true]])),
        ("anytrue", json!([["$b", false, null]])),
        ("element", json!([["a", "$t"], 1])),
        ("element", json!(["$l", 0])),
        ("one", json!([["$t"]])),
        ("one", json!(["$l"])),
        ("reverse", json!([["a", "$t"]])),
        ("slice", json!([["a", "$t", "b"], 1, 3])),
        ("sort", json!([["b", "$p", "a"]])),
        ("distinct", json!([["a", "b", "a", "$b"]])),
        ("zipmap", json!([["a", "b"], ["$t", "$b"]])),
        ("zipmap", json!([["a", "$p"], ["x", "y"]])),
        ("setproduct", json!([["a", "b"], ["$t"]])),
        ("setunion", json!([["a"], "$l"])),
        ("setsubtract", json!([["a", "b"], "$l"])),
        ("setintersection", json!([["a", "b"], "$l"])),
        ("toset", json!([["b", "$p", "b"]])),
        ("tolist", json!([["b", "$b"]])),
        ("tomap", json!([{"a": "$p", "b": 1}])),
        ("tostring", json!(["$b"])),
        ("tobool", json!(["$t"])),
        ("chunklist", json!([["a", "$t", "c"], 2])),
        ("matchkeys", json!([["$t", "y"], ["1", "2"], ["1"]])),
        ("formatlist", json!(["%s!", ["a", "$p"]])),
        ("format", json!(["x-%s-%s", "$p", "$b"])),
        ("format", json!(["%s/%03d", "$p", 5])),
        ("join", json!(["-", ["x", "$p", "y"]])),
        ("join", json!(["-", "$l"])),
        ("substr", json!(["$p", 0, 2])),
        ("substr", json!(["$p", 0, 3])),
        ("substr", json!(["$p", 1, -1])),
        ("substr", json!(["$p", -2, 2])),
        ("lower", json!(["$p"])),
        ("upper", json!(["$p"])),
        ("title", json!(["$p"])),
        ("strrev", json!(["$p"])),
        ("trimspace", json!(["$p"])),
        ("trim", json!(["$p", "a"])),
        ("trimprefix", json!(["$p", "a"])),
        ("trimprefix", json!(["$p", "abc"])),
        ("trimprefix", json!(["$p", "x"])),
        ("trimsuffix", json!(["$p", "-"])),
        ("replace", json!(["$p", "-", "_"])),
        ("replace", json!(["$p", "b", ""])),
        ("replace", json!(["$p", "ab", "x"])),
        ("replace", json!(["$p", "/b./", "x"])),
        ("replace", json!(["$p", "", "x"])),
        ("startswith", json!(["$p", "a"])),
        ("startswith", json!(["$p", "abc"])),
        ("startswith", json!(["$p", "x"])),
        ("endswith", json!(["$p", "-"])),
        ("strcontains", json!(["$p", "b"])),
        ("strcontains", json!(["$p", "c"])),
        ("split", json!(["-", "$p"])),
        ("regex", json!(["^ab", "$p"])),
        ("indent", json!([2, "$p"])),
        ("chomp", json!(["$p"])),
        ("base64encode", json!(["$p"])),
        ("urlencode", json!(["$p"])),
        ("md5", json!(["$p"])),
        ("sha1", json!(["$p"])),
        ("sha256", json!(["$p"])),
        ("sha512", json!(["$p"])),
        ("base64sha256", json!(["$p"])),
        ("base64sha512", json!(["$p"])),
        ("uuidv5", json!(["dns", "$p"])),
        ("jsonencode", json!([{"a": "$t", "b": "$b"}])),
        ("basename", json!(["$p"])),
        ("dirname", json!(["$p"])),
    ];
    let mut compared = 0;
    for (name, args) in &calls {
        for text in &texts {
            for long_text in &long_texts {
                for boolean in &booleans {
                    for index in 0..lists.len() {
                        let world = [
                            ("$t", string(), text.clone()),
                            ("$p", long(), long_text.clone()),
                            ("$b", Certain::of_kind(Kind::Bool), boolean.clone()),
                            ("$l", Certain::of_kind(Kind::List), lists[index].clone()),
                            ("$m", Certain::of_kind(Kind::Map), maps[index].clone()),
                        ];
                        let args = args.as_array().unwrap();
                        let placeholders = Placeholders(&world);
                        let with: Vec<Value> =
                            args.iter().map(|arg| abstracted(arg, &placeholders)).collect();
                        let without: Vec<Value> =
                            args.iter().map(|arg| known(&substituted(arg, &world))).collect();
                        let (is, concrete) = (of(name, &with), of(name, &without));
                        assert!(
                            agrees(&is, &concrete, &world),
                            "{name}({args:?}) in {:?}\n is {is:?}\n not {concrete:?}",
                            world
                                .iter()
                                .map(|(name, _, value)| format!("{name} = {value}"))
                                .collect::<Vec<_>>()
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, calls.len() * 90);
}

#[test]
fn merging_an_unknown_map_over_a_known_one_leaves_every_entry_in_doubt() {
    let rest = unknown("m", Certain::of_kind(Kind::Map));
    let merged = of("merge", &[known(&json!({"a": 1})), rest.clone()]);
    let map = map_of(&merged);
    assert!(matches!(map.entries["a"].single(), Some(Node::Unknown(_))));
    assert_eq!(map.open.as_ref().unwrap().atom.key(), "m");

    let merged = of("merge", &[rest, known(&json!({"a": 1}))]);
    assert_eq!(map_of(&merged).entries["a"].single().unwrap().scalar(), Some(Scalar::Number(Number::Int(1))));
    assert!(map_of(&merged).open.is_some());
}

#[test]
fn an_entry_that_merge_takes_over_keeps_the_place_where_it_is_written() {
    let source = Value::new(
        Node::map([(Arc::from("size"), Value::string("x", Provenance::written(span(7))))].into()),
        Provenance::written(span(6)).passed(span(500)),
    );
    let merged = of("merge", &[known(&json!({})), source]);
    let size = &map_of(&merged).entries["size"];
    assert_eq!(size.provenance().origin(), Some(span(7)));
    assert_eq!(size.provenance().hops(), [span(7), span(500), at()]);
}

#[test]
fn a_computed_string_names_the_leaves_that_went_into_it() {
    let list = Value::new(
        Node::list(vec![
            Value::string("a", Provenance::written(span(3))),
            Value::string("b", Provenance::written(span(4))),
        ]),
        Provenance::written(span(9)),
    );
    let joined = of("join", &[text("-"), list]);
    assert_eq!(joined.as_str(), Some("a-b"));
    let leaves: Vec<_> = joined.provenance().leaves().iter().map(Provenance::origin).collect();
    assert_eq!(leaves, [Some(span(2)), Some(span(3)), Some(span(4))]);
    assert_eq!(joined.provenance().origin(), Some(at()));
}

#[test]
fn the_start_of_a_long_enough_unknown_has_its_length() {
    let name = unknown("n", Certain { min_length: 4, ..Certain::of_kind(Kind::String) });
    let cut = certain(&of("substr", &[name, known(&json!(0)), known(&json!(4))]));
    assert_eq!((cut.min_length, cut.max_length), (4, Some(4)));
}

#[test]
fn formatting_keeps_what_stands_before_the_unknown() {
    let name = unknown("n", Certain { min_length: 2, max_length: Some(5), ..Certain::of_kind(Kind::String) });
    let formatted = certain(&of("format", &[text("win-%s%02d"), name, known(&json!(7))]));
    assert_eq!(formatted.prefix.as_deref(), Some("win-"));
    assert_eq!((formatted.min_length, formatted.max_length), (8, Some(11)));
    assert_eq!(formatted.kind, Some(Kind::String));
}

#[test]
fn looking_up_an_unknown_key_gives_each_entry_its_worlds() {
    let key = unknown("env", Certain::of_kind(Kind::String));
    let found = of("lookup", &[known(&json!({"dev": "small", "prod": "large"})), key, text("medium")]);
    let outcomes: Vec<_> = found
        .alternatives()
        .iter()
        .map(|alternative| (alternative.node.scalar().unwrap(), alternative.region.clauses()))
        .collect();
    assert_eq!(
        outcomes,
        [
            (Scalar::string("small"), vec!["`env` is \"dev\"".to_owned()]),
            (Scalar::string("large"), vec!["`env` is \"prod\"".to_owned()]),
            (Scalar::string("medium"), vec!["`env` is not \"dev\" or \"prod\"".to_owned()]),
        ]
    );
}

#[test]
fn the_same_call_on_the_same_unknown_is_the_same_unknown() {
    let name = unknown("n", Certain::of_kind(Kind::String));
    let twice = [0, 1].map(|_| match of("lower", std::slice::from_ref(&name)).single() {
        Some(Node::Unknown(unknown)) => unknown.atom.clone(),
        other => panic!("{other:?}"),
    });
    assert_eq!(twice[0], twice[1]);
    assert!(twice[0].domain().is_none());
}

#[test]
fn every_call_of_uuid_is_another_unknown_and_timestamp_is_always_the_same() {
    let atom = |name: &str, at: Span| match call(name, &[], at, name, &Disk).unwrap().single() {
        Some(Node::Unknown(unknown)) => (unknown.atom.key().to_owned(), unknown.certain.max_length),
        other => panic!("{other:?}"),
    };
    assert_ne!(atom("uuid", span(1)), atom("uuid", span(2)));
    assert_eq!(atom("uuid", span(1)).1, Some(36));
    assert_eq!(atom("timestamp", span(1)), atom("timestamp", span(2)));
}

#[test]
fn try_takes_the_next_argument_only_where_the_first_fails() {
    let choice = unknown("c", Certain::of_kind(Kind::String));
    // Fails for every key but "a".
    let found = of("lookup", &[known(&json!({"a": "x"})), choice]);
    let tried = first_that_works(&[found, text("d")], "try(…)", at(), &|_| true);
    let outcomes: Vec<_> = tried
        .alternatives()
        .iter()
        .map(|alternative| (alternative.node.scalar().unwrap(), alternative.region.clauses()))
        .collect();
    assert_eq!(
        outcomes,
        [
            (Scalar::string("x"), vec!["`c` is \"a\"".to_owned()]),
            (Scalar::string("d"), vec!["`c` is not \"a\"".to_owned()]),
        ]
    );
}

#[test]
fn a_failure_deep_inside_fails_the_whole_argument() {
    let broken = of("tonumber", &[text("x")]);
    let object = Value::new(
        Node::map([(Arc::from("a"), Value::new(Node::list(vec![broken]), Provenance::nowhere()))].into()),
        Provenance::nowhere(),
    );
    let tried = first_that_works(&[object.clone(), text("d")], "try(…)", at(), &|_| true);
    assert_eq!(tried.as_str(), Some("d"));
    assert_eq!(can(&object, "can(…)", at(), &|_| true).single().unwrap().scalar(), Some(Scalar::Bool(false)));
    assert_eq!(
        can(&text("x"), "can(…)", at(), &|_| true).single().unwrap().scalar(),
        Some(Scalar::Bool(true))
    );
}

#[test]
fn whether_an_attribute_of_an_untyped_unknown_exists_is_not_known() {
    let attribute = unknown("pool.os_sku", Certain::default());
    let answer = can(&attribute, "can(pool.os_sku)", at(), &|_| true);
    assert!(
        matches!(answer.single(), Some(Node::Unknown(unknown)) if unknown.certain.kind == Some(Kind::Bool))
    );
    let tried = first_that_works(&[attribute, text("d")], "try(pool.os_sku, \"d\")", at(), &|_| true);
    match tried.single() {
        Some(Node::Unknown(unknown)) => assert_eq!(unknown.atom.label(), "try(pool.os_sku, \"d\")"),
        other => panic!("{other:?}"),
    }
    // A variable with a type cannot fail, so it is passed on as itself.
    let variable = unknown("v", Certain { kind: Some(Kind::String), ..Certain::default() });
    let tried = first_that_works(&[variable, text("d")], "try(v, \"d\")", at(), &|_| true);
    assert!(matches!(tried.single(), Some(Node::Unknown(unknown)) if unknown.atom.key() == "v"));
}

#[test]
fn try_without_an_argument_that_works_fails() {
    let broken = of("tonumber", &[text("x")]);
    let tried = first_that_works(&[broken.clone(), broken], "try(…)", at(), &|_| true);
    assert!(is_failure(tried.single().unwrap()));
}

#[test]
fn files_are_read_and_those_that_are_absent_are_unknown() {
    assert_eq!(of("file", &[text("a.txt")]).as_str(), Some("a"));
    assert_eq!(of("filemd5", &[text("a.txt")]).as_str(), Some("0cc175b9c0f1b6a831c399e269772661"));
    assert_eq!(of("filebase64", &[text("a.txt")]).as_str(), Some("YQ=="));
    assert_eq!(of("fileexists", &[text("b")]).single().unwrap().scalar(), Some(Scalar::Bool(false)));
    match of("file", &[text("none")]).single() {
        Some(Node::Unknown(unknown)) => assert_eq!(unknown.reason, Reason::Absent("none".into())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fileset_matches_names_part_by_part() {
    let found = |pattern: &str| {
        let value = of("fileset", &[text("."), text(pattern)]);
        list_of(&value).items.iter().map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("*.txt"), ["a.txt"]);
    assert_eq!(found("**/*.txt"), ["a.txt", "x/c.txt", "x/y/d.txt"]);
    assert_eq!(found("*.{json,txt}"), ["a.txt", "b.json"]);
    assert_eq!(found("x/**"), ["x/c.txt", "x/y/d.txt"]);
    assert_eq!(found("[a-b].*"), ["a.txt", "b.json"]);
}

#[test]
fn a_function_of_another_provider_is_none_of_ours() {
    assert!(call("provider::azurerm::parse", &[], at(), "", &Disk).is_none());
    assert!(call("core::upper", &[text("a")], at(), "", &Disk).is_some());
    assert!(call("try", &[text("a")], at(), "", &Disk).is_none());
}

#[test]
fn locals_that_double_each_other_do_not_take_forever() {
    let mut list = known(&json!(["x"]));
    let mut string = text("x");
    for _ in 0..64 {
        list = Value::new(Node::list(vec![list.clone(), list]), Provenance::written(span(1)));
        string = of("format", &[text("%s%s"), string.clone(), string]);
    }
    for value in [of("jsonencode", std::slice::from_ref(&list)), of("flatten", &[list]), string] {
        match value.single() {
            Some(Node::Unknown(unknown)) => assert!(matches!(unknown.reason, Reason::Bound(_))),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn durations_beyond_what_go_counts_are_refused() {
    let from = known(&json!("2020-01-01T00:00:00Z"));
    let huge = format!("1h{}h", "9".repeat(400));
    let many = "2562047h".repeat(1_000);
    for duration in [&*huge, &many, "1e5h", "9223372036854775808ns", "9300000000s"] {
        let moved = of("timeadd", &[from.clone(), known(&json!(duration))]);
        assert!(is_failure(moved.single().unwrap()), "{duration:.20}");
    }
    let moved = of("timeadd", &[from, known(&json!("-2562047h"))]);
    assert_eq!(moved.as_str(), Some("1727-09-22T01:00:00Z"));
}

/// The reason why a value is not worked out, if that is a bound.
fn is_bound(value: &Value) -> bool {
    matches!(value.single(), Some(Node::Unknown(unknown)) if matches!(unknown.reason, Reason::Bound(_)))
}

#[test]
fn an_attempt_that_fails_in_too_many_ways_is_not_told_apart() {
    let is = |name: String| Region::is(&Atom::boolean(name.clone(), name), Scalar::Bool(true)).unwrap();
    // Each element fails where two booleans of its own are true.
    let attempts = |count: usize| {
        let items = (0..count).map(|i| {
            let both = is(format!("a{i:02}")).and(&is(format!("b{i:02}"))).unwrap();
            let mut alternatives =
                of("tonumber", &[text("x")]).within(&both).unwrap().alternatives().to_vec();
            let rest = Region::everywhere().minus(&both);
            alternatives
                .extend(rest.iter().flat_map(|one| text("1").within(one).unwrap().alternatives().to_vec()));
            Value::from_alternatives(alternatives)
        });
        Value::new(Node::list(items.collect()), Provenance::written(span(3)))
    };
    let tried = |count| first_that_works(&[attempts(count), text("d")], "try(…)", at(), &|_| true);
    let three = tried(3);
    let works = three.alternatives().iter().filter(|one| matches!(one.node, Node::List(_))).count();
    assert_eq!(works, 1 << 3);
    assert!(is_bound(&tried(40)));
    assert!(can(&attempts(3), "can(…)", at(), &|_| true).alternatives().len() > 1);
    assert!(is_bound(&can(&attempts(40), "can(…)", at(), &|_| true)));
    // The work is paid for.
    let spent = std::cell::Cell::new(0);
    let pay = |steps| {
        spent.set(spent.get() + steps);
        false
    };
    assert!(is_bound(&first_that_works(&[attempts(4), text("d")], "try(…)", at(), &pay)));
    assert!(spent.get() > 0);
}

#[test]
fn results_that_are_much_larger_than_their_arguments_are_not_built() {
    let long = |bytes: usize| known(&json!("x".repeat(bytes)));
    let list = |items: Vec<Value>| Value::new(Node::list(items), Provenance::written(span(4)));
    let many = |value: &Value, count: usize| list(vec![value.clone(); count]);
    let megabyte = long(1 << 20);
    for (name, args) in [
        ("join", vec![text(""), many(&megabyte, 20)]),
        ("replace", vec![long(100_000), text("/^x+$/"), text(&"$0".repeat(400))]),
        ("replace", vec![long(100_000), text("x"), text(&"y".repeat(100))]),
        ("format", vec![text(&"%9999[1]s".repeat(500)), text("a")]),
        ("format", vec![text("%20000s"), text("a")]),
        ("formatlist", vec![text(&"%9999[1]s".repeat(50)), many(&text("a"), 1_000)]),
        ("split", vec![text(""), long(200_000)]),
        ("split", vec![text("x"), long(200_000)]),
        ("regexall", vec![text("."), long(200_000)]),
        ("indent", vec![known(&json!(1_000_000_000)), text(&"\n".repeat(1_000))]),
        ("indent", vec![known(&json!(1_000)), text(&"\n".repeat(100_000))]),
        ("jsonencode", vec![many(&text(&"<".repeat(100_000)), 20)]),
        ("yamlencode", vec![many(&text(&"a\n".repeat(100_000)), 40)]),
        ("jsondecode", vec![text(&format!("[{}1]", "1,".repeat(500_000)))]),
        ("upper", vec![many(&megabyte, 60)]),
    ] {
        assert!(is_bound(&of(name, &args)), "{name}: {:.200}", format!("{:?}", of(name, &args)));
    }
    // What is just as long as its arguments is.
    assert_eq!(of("join", &[text(""), many(&megabyte, 3)]).as_str().map(str::len), Some(3 << 20));
    assert_eq!(list_of(&of("split", &[text("x"), long(50_000)])).items.len(), 50_001);
}

#[test]
fn every_combination_of_long_lists_is_not_built() {
    // Seven lists of two alternatives each make 128 combinations.
    let lists: Vec<Value> = (0..7)
        .map(|i| {
            let name = format!("v{i}");
            let atom = Atom::boolean(name.clone(), name);
            let alternatives = [true, false].map(|answer| Alternative {
                region: Region::is(&atom, Scalar::Bool(answer)).unwrap(),
                node: Node::list(vec![text("x"); 1_000]),
                provenance: Provenance::written(span(i)),
            });
            Value::from_alternatives(alternatives.to_vec())
        })
        .collect();
    assert!(is_bound(&of("concat", &lists)));
    assert_eq!(of("concat", &lists[..3]).alternatives().len(), 1 << 3);
}

#[test]
fn what_is_certain_of_a_text_is_bounded_too() {
    let start = Certain { prefix: Some("x".repeat(100_000).into()), ..Certain::of_kind(Kind::String) };
    let grown = of("replace", &[unknown("v", start), text("x"), text(&"y".repeat(1_000))]);
    assert_eq!(certain(&grown).prefix, None);
    let verbs = "%9999[1]s".repeat(2_000);
    let args = [text(&format!("{verbs}%[2]s")), text("a"), unknown("v", Certain::of_kind(Kind::String))];
    let prefix = certain(&of("format", &args)).prefix.unwrap();
    assert!((strings::MAX_TEXT..2 * strings::MAX_TEXT).contains(&prefix.len()), "{}", prefix.len());
}

#[test]
fn combinations_of_hundreds_of_lists_are_not_built() {
    let tens = vec![known(&json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])); 4];
    let product = of("setproduct", &tens);
    assert_eq!(list_of(&product).items.len(), 10_000);
    let more = vec![known(&json!(["x"])); 600];
    assert!(is_bound(&of("setproduct", &[tens, more].concat())));
    let long = vec![known(&json!(["x"])); 10_000];
    assert!(is_bound(&of("setproduct", &long)));
    assert_eq!(list_of(&of("setproduct", &long[..100])).items.len(), 1);
}

#[test]
fn elements_are_compared_by_what_they_are() {
    let provenance = || Provenance::written(span(5));
    let list = |items: Vec<Value>| Value::new(Node::list(items), provenance());
    let number = |i: i64| Value::new(Node::Number(Number::Int(i)), provenance());
    let twice = list((0..20_000).chain(0..20_000).map(number).collect());
    assert_eq!(list_of(&of("distinct", &[twice])).items.len(), 20_000);
    // An unknown is the same as itself only, and a composite with one in it as nothing.
    let v = || unknown("v", Certain::of_kind(Kind::String));
    let nested = || list(vec![text("a"), v()]);
    let strings = list(vec![v(), text("a"), v(), text("a"), unknown("w", Certain::of_kind(Kind::String))]);
    assert_eq!(list_of(&of("distinct", &[strings])).items.len(), 3);
    assert_eq!(list_of(&of("distinct", &[list(vec![nested(), nested()])])).items.len(), 2);
    let (many, most) = (list((0..9_000).map(number).collect()), list((1..9_000).map(number).collect()));
    assert_eq!(list_of(&of("setsubtract", &[many.clone(), most.clone()])).items.len(), 1);
    assert_eq!(list_of(&of("setintersection", &[many, most])).items.len(), 8_999);
    // What may be the same as an unknown is neither in nor out.
    let open = of("setsubtract", &[list(vec![text("a"), text("b")]), list(vec![text("a"), v()])]);
    assert_eq!((list_of(&open).items.len(), list_of(&open).open.is_some()), (0, true));
    let closed = of("setsubtract", &[list(vec![v()]), list(vec![])]);
    assert_eq!((list_of(&closed).items.len(), list_of(&closed).open.is_some()), (1, false));
}

#[test]
fn headers_and_members_are_found_without_comparing_each_with_all() {
    let columns: Vec<String> = (0..60_000).map(|i| format!("c{i}")).collect();
    let table = format!("{0}\n{0}\n", columns.join(","));
    let rows = of("csvdecode", &[text(&table)]);
    assert_eq!(map_of(&list_of(&rows).items[0]).entries.len(), 60_000);
    assert!(is_failure(of("csvdecode", &[text("a,b,a\n1,2,3\n")]).single().unwrap()));
    let file = FileId(7);
    let members: Vec<String> = (0..60_000).map(|i| format!("\"k{i}\":{i}")).collect();
    let json = format!("{{{},\"k0\":5}}", members.join(","));
    let read = Value::string(&json, Provenance::written(Span::new(file, 0, json.len())));
    let decoded = of("jsondecode", &[read]);
    let first = map_of(&decoded).entries.get("k0").unwrap();
    assert_eq!(first.single().and_then(Node::scalar), Some(Scalar::Number(Number::Int(5))));
    assert_eq!(first.provenance().origin(), Some(Span::new(file, json.len() - 2, json.len() - 1)));
}

#[test]
fn the_type_of_thousands_of_values_is_found_among_few() {
    let items: Vec<Value> =
        (0..20_000).map(|i| if i % 2 == 0 { text("a") } else { known(&json!(1)) }).collect();
    let list = Value::new(Node::list(items), Provenance::written(span(6)));
    let converted = of("tolist", std::slice::from_ref(&list));
    assert_eq!(list_of(&converted).items.len(), 20_000);
    assert!(list_of(&converted).items.iter().all(|item| item.as_str().is_some()));
}
