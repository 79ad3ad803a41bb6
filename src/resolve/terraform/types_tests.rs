//! What Terraform 1.11 makes of the same variables, and what becomes of unknowns.

use super::*;
use crate::source::FileId;
use crate::syntax::hcl;
use crate::value::{Atom, Number, Region};

fn at() -> Span {
    Span::new(FileId(0), 1_000, 1_001)
}

/// The expression of `x = …`.
fn expr(text: &str) -> Expr {
    let text = format!("x = {text}\n");
    let (file, errors) = hcl::parse(FileId(0), &text);
    assert_eq!(errors, []);
    file.body.attribute("x").unwrap().expr.clone()
}

fn ty(text: &str) -> Constraint {
    Constraint::parse(&expr(text)).unwrap()
}

/// Evaluates literals.
fn literal(expr: &Expr) -> Value {
    let node = match &expr.kind {
        ExprKind::Null => Node::NULL,
        ExprKind::Bool(value) => Node::Bool(*value),
        ExprKind::Number(digits) => Node::Number(Number::parse(digits).unwrap()),
        ExprKind::String(text) => Node::String(text.clone()),
        ExprKind::Array(items) => Node::list(items.iter().map(literal).collect()),
        ExprKind::Object(items) => Node::map(
            items
                .iter()
                .map(|item| match &item.key {
                    ObjectKey::Name(name, _) => (name.clone(), literal(&item.value)),
                    ObjectKey::Expr(key) => panic!("{key:?}"),
                })
                .collect(),
        ),
        // A placeholder: an unknown of no type.
        ExprKind::Variable(name) => {
            return Value::unknown(
                Atom::new(&**name, &**name),
                Reason::NoValue(name.clone()),
                Certain::default(),
                Provenance::written(expr.span),
            );
        }
        other => panic!("{other:?}"),
    };
    Value::new(node, Provenance::written(expr.span))
}

fn converted(value: &str, constraint: &str) -> Value {
    convert(&literal(&expr(value)), &ty(constraint), &literal, at())
}

fn show(value: &Value) -> String {
    match value.single() {
        Some(Node::Null(_)) => "null".into(),
        Some(Node::Bool(value)) => value.to_string(),
        Some(Node::Number(value)) => value.to_string(),
        Some(Node::String(text)) => format!("{text:?}"),
        Some(Node::List(list)) => {
            format!("[{}]", list.items.iter().map(show).collect::<Vec<_>>().join(","))
        }
        Some(Node::Map(map)) => {
            let entries = map.entries.iter().map(|(key, item)| format!("{key}={}", show(item)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Some(Node::Unknown(unknown)) => match &unknown.reason {
            Reason::Failed(message) => format!("!{message}"),
            _ => format!("?{}", unknown.atom.label()),
        },
        None => "(several)".into(),
    }
}

#[test]
fn values_become_what_terraform_makes_of_them() {
    let cases = [
        ("[\"b\", \"a\", 1, \"b\"]", "set(string)", "[\"1\",\"a\",\"b\"]"),
        ("[1, \"2\"]", "tuple([string, number])", "[\"1\",2]"),
        ("[1, \"a\", true]", "list(any)", "[\"1\",\"a\",\"true\"]"),
        ("[1, \"a\", true]", "any", "[1,\"a\",true]"),
        ("{ a = 1, b = { c = 1 } }", "map(any)", "!all map elements must have the same type"),
        ("null", "list(object({ a = string }))", "null"),
        ("[null, { a = null }]", "list(object({ a = optional(string, \"x\") }))", "[null,{a=\"x\"}]"),
        ("{}", "object({ n = optional(object({ k = optional(number, 5) }), {}) })", "{n={k=5}}"),
        (
            "{ n = {} }",
            "object({ n = optional(object({ k = optional(number, 5) })), z = optional(any, 3) })",
            "{n={k=5},z=3}",
        ),
        ("{}", "object({ n = optional(list(string)) })", "{n=null}"),
        ("{ a = 1, b = 2 }", "object({ a = string })", "{a=\"1\"}"),
        ("{}", "object({ a = string })", "{a=!attribute \"a\" is required}"),
        ("[1]", "tuple([])", "!a tuple of 0 elements is required"),
        ("\"x\"", "number", "!a number is required"),
        ("\"1\"", "bool", "true"),
        ("1", "bool", "!bool required, but have number"),
        ("[]", "string", "!string required, but have list"),
        ("{ a = [1] }", "map(list(string))", "{a=[\"1\"]}"),
    ];
    for (value, constraint, expected) in cases {
        assert_eq!(show(&converted(value, constraint)), expected, "{value} as {constraint}");
    }
}

#[test]
fn node_pools_with_optional_attributes_become_what_terraform_makes_of_them() {
    let pools = converted(
        "{ x = { count = \"3\", size = null, extra = 1 }, y = { count = 1, labels = { a = true }, zones = null } }",
        "map(object({ size = optional(string, \"D4\"), count = number, labels = optional(map(string)), \
         zones = optional(list(string), [1, 2]) }))",
    );
    assert_eq!(
        show(&pools),
        "{x={count=3,labels=null,size=\"D4\",zones=[\"1\",\"2\"]},\
         y={count=1,labels={a=\"true\"},size=\"D4\",zones=[\"1\",\"2\"]}}"
    );
}

#[test]
fn a_converted_leaf_keeps_its_place_and_a_default_has_that_of_the_type() {
    let constraint = "object({ a = string, b = optional(string, \"d\"), c = optional(string) })";
    let value = literal(&expr("{ a = 1 }"));
    let object = convert(&value, &ty(constraint), &literal, at());
    let Some(Node::Map(map)) = object.single() else { panic!("{object:?}") };
    assert_eq!(map.entries["a"].provenance().origin(), Some(Span::new(FileId(0), 10, 11)));
    let default = constraint.find("\"d\"").unwrap() + "x = ".len();
    assert_eq!(map.entries["b"].provenance().origin(), Some(Span::new(FileId(0), default, default + 3)));
    assert_eq!(map.entries["c"].provenance().place(), Some(&Place::Missing));
    assert_eq!(map.entries["c"].provenance().origin(), value.provenance().origin());
}

#[test]
fn an_unknown_stays_itself_and_is_of_the_type() {
    let value = converted("u", "set(string)");
    match value.single() {
        Some(Node::Unknown(unknown)) => {
            assert_eq!((unknown.atom.key(), unknown.certain.kind), ("u", Some(Kind::List)));
            assert!(!unknown.certain.not_null);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(show(&converted("{ a = u, b = 1 }", "map(string)")), "{a=?u,b=\"1\"}");
}

#[test]
fn an_unknown_for_an_optional_attribute_takes_the_default_in_the_world_where_it_is_null() {
    let object = converted("{ sku = u }", "object({ sku = optional(string, \"Ubuntu\") })");
    let Some(Node::Map(map)) = object.single() else { panic!("{object:?}") };
    let [null, given] = map.entries["sku"].alternatives() else { panic!("{map:?}") };
    let u = Atom::new("u", "u");
    assert_eq!(null.region, Region::is(&u, Scalar::Null).unwrap());
    assert_eq!(null.node.scalar(), Some(Scalar::string("Ubuntu")));
    match &given.node {
        Node::Unknown(unknown) => assert!(unknown.certain.not_null && unknown.atom == u),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_as_a_string_is_another_unknown_and_a_boolean_is_two_strings() {
    let known =
        |kind, atom| Value::unknown(atom, Reason::Secret, Certain::of_kind(kind), Provenance::written(at()));
    let number = convert_plainly(&known(Kind::Number, Atom::new("n", "n")), &Type::String, at());
    match number.single() {
        Some(Node::Unknown(unknown)) => {
            assert_ne!(unknown.atom.key(), "n");
            assert_eq!(unknown.certain.kind, Some(Kind::String));
        }
        other => panic!("{other:?}"),
    }
    let flag = convert_plainly(&known(Kind::Bool, Atom::boolean("b", "b")), &Type::String, at());
    let texts: Vec<_> = flag.alternatives().iter().filter_map(|part| part.node.scalar()).collect();
    assert_eq!(texts, [Scalar::string("false"), Scalar::string("true")]);
}

#[test]
fn branches_unify_to_what_both_can_become() {
    let of = |values: &[&str]| {
        unify(&values.iter().map(|value| type_of(&literal(&expr(value)))).collect::<Vec<_>>())
    };
    assert_eq!(of(&["1", "\"a\""]), Some(Type::String));
    assert_eq!(of(&["true", "\"a\"", "null"]), Some(Type::String));
    assert_eq!(of(&["1", "true"]), None);
    assert_eq!(of(&["null", "null"]), Some(Type::Any));
    assert_eq!(of(&["null", "u"]), Some(Type::Any));
    assert_eq!(of(&["[1]", "u"]), Some(ty("tuple([number])").of_values()));
    assert_eq!(of(&["[1]", "null"]), Some(Type::Any));
    assert_eq!(of(&["[1]", "[null]"]), Some(Type::Tuple(vec![Type::Number])));
    assert_eq!(of(&["[[1]]", "[null]"]), Some(Type::Tuple(vec![Type::Any])));
    assert_eq!(of(&[]), None);
    assert_eq!(of(&["[1]", "[\"a\", true]"]), Some(ty("list(string)").of_values()));
    assert_eq!(of(&["[1, 2]", "[\"a\", 3]"]), Some(ty("tuple([string, number])").of_values()));
    assert_eq!(of(&["{ a = 1 }", "{ b = 2 }"]), Some(ty("map(number)").of_values()));
    assert_eq!(of(&["{ a = 1 }", "{ a = \"x\" }"]), Some(ty("object({ a = string })").of_values()));
    assert_eq!(of(&["{ a = 1 }", "[1]"]), None);
}

#[test]
fn collections_unify_in_the_order_of_the_library() {
    let of = |types: &[&str]| unify(&types.iter().map(|text| ty(text).of_values()).collect::<Vec<_>>());
    let is = |text: &str| Some(ty(text).of_values());
    assert_eq!(of(&["list(string)", "tuple([number, bool])"]), is("list(string)"));
    assert_eq!(of(&["list(number)", "tuple([number, bool])"]), None);
    assert_eq!(of(&["list(string)", "tuple([number, string])"]), is("list(string)"));
    assert_eq!(of(&["list(number)", "tuple([string])"]), is("list(string)"));
    assert_eq!(of(&["set(number)", "tuple([string])"]), is("set(number)"));
    assert_eq!(of(&["set(number)", "list(string)"]), is("list(string)"));
    assert_eq!(of(&["list(any)", "list(string)"]), is("list(string)"));
    assert_eq!(of(&["list(any)", "list(list(string))"]), is("list(any)"));
    assert_eq!(of(&["map(any)", "object({ a = string })"]), is("map(string)"));
    assert_eq!(of(&["map(any)", "object({ a = list(string) })"]), is("map(any)"));
    assert_eq!(of(&["map(string)", "tuple([])"]), None);
}

#[test]
fn a_null_has_the_type_that_it_was_converted_to() {
    let null = |text: &str| {
        let value = convert_plainly(&literal(&expr("null")), &ty(text).of_values(), at());
        assert!(matches!(value.single(), Some(Node::Null(Some(_)))), "{value:?}");
        value
    };
    let to = |value: &Value, text: &str| convert_plainly(value, &ty(text).of_values(), at());
    assert_eq!(type_of(&null("list(string)")), ty("list(string)").of_values());
    assert_eq!(type_of(&to(&null("number"), "string")), Type::String);
    assert_eq!(type_of(&to(&null("tuple([number])"), "list(any)")), ty("list(number)").of_values());
    assert!(ops::is_failure(to(&null("list(string)"), "string").single().unwrap()));
    assert_eq!(type_of(&to(&literal(&expr("null")), "any")), Type::Any);
}

#[test]
fn what_is_no_type_is_reported_where_it_stands() {
    let error = |text: &str| Type::parse(&expr(text)).unwrap_err();
    assert_eq!(error("list(strng)").span, Span::new(FileId(0), 9, 14));
    assert_eq!(error("list(strng)").message, "not the name of a type");
    assert_eq!(error("optional(string)").message, "only attributes of an object type can be optional");
    assert_eq!(error("object({ a = optional() })").message, "optional takes a type and perhaps a default");
    assert_eq!(ty("\"list\""), ty("list(any)"));
}
