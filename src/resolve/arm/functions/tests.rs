//! Every function by what it makes of known values, and what stays certain of unknown ones.

use super::*;
use crate::resolve::arm::tree;
use crate::resolve::arm::{Input, Resolved, resolve};
use crate::source::FileId;
use crate::syntax::json;

/// Evaluates an expression as a property of a cluster. `x`, `flag` and `list` are parameters without value.
fn evaluate(expression: &str) -> (Value, Resolved) {
    let expression = serde_json::Value::from(format!("[{expression}]"));
    let template = format!(
        r#"{{"parameters": {{"x": {{"type": "string"}}, "flag": {{"type": "bool"}}, "list": {{"type": "array"}},
             "object": {{"type": "object"}}, "any": {{"$ref": "nowhere"}},
             "env": {{"type": "string", "allowedValues": ["dev", "prod"]}}}},
           "resources": [{{"type": "Microsoft.ContainerService/managedClusters", "name": "c",
             "properties": {{"value": {expression}}}}}]}}"#
    );
    let (node, errors) = json::parse(FileId(0), &template);
    assert_eq!(errors, []);
    let root = tree::template(node.unwrap());
    let resolved = resolve(&[Input { path: "t.json", template: &root, parameter_files: vec![] }]);
    let value = ops::member_at(&resolved.resources[0].body, &["properties", "value"], true);
    (value, resolved)
}

/// The value as JSON-like text; unknowns as `?`, with their certain prefix and lengths.
fn shown(value: &Value) -> String {
    let parts: Vec<String> = value
        .alternatives()
        .iter()
        .map(|alternative| match &alternative.node {
            Node::Unknown(unknown) => {
                let certain = &unknown.certain;
                let prefix = certain.prefix.as_deref().unwrap_or("");
                match (certain.min_length, certain.max_length) {
                    (0, None) => format!("{prefix}?"),
                    (min, None) => format!("{prefix}?{min}.."),
                    (min, Some(max)) => format!("{prefix}?{min}..{max}"),
                }
            }
            Node::String(text) => format!("'{text}'"),
            Node::List(list) => {
                let items: Vec<_> = list.items.iter().map(shown).collect();
                format!("[{}{}]", items.join(", "), if list.open.is_some() { ".." } else { "" })
            }
            Node::Map(map) => {
                let entries: Vec<_> = map.entries.iter().map(|(k, v)| format!("{k}: {}", shown(v))).collect();
                format!("{{{}{}}}", entries.join(", "), if map.open.is_some() { ".." } else { "" })
            }
            Node::Null(_) => "null".to_owned(),
            node => text_of(node).unwrap_or_default().to_lowercase(),
        })
        .collect();
    parts.join(" | ")
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (expression, wanted) in cases {
        let (value, resolved) = evaluate(expression);
        assert_eq!(resolved.problems, [], "{expression}");
        assert_eq!(shown(&value), *wanted, "{expression}");
    }
}

#[track_caller]
fn check_fails(cases: &[&str]) {
    for expression in cases {
        let (value, _) = evaluate(expression);
        let failed =
            matches!(value.single(), Some(Node::Unknown(u)) if matches!(u.reason, Reason::Failed(_)));
        assert!(failed, "{expression}: {}", shown(&value));
    }
}

#[test]
fn the_table_of_functions_is_sorted_so_that_it_can_be_searched() {
    assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(arity("padleft"), Some((2, 3)));
    assert_eq!(arity("frobnicate"), None);
}

#[test]
fn logical_functions() {
    check(&[
        ("and(true(), false())", "false"),
        ("and(true(), true(), true())", "true"),
        ("or(false(), true())", "true"),
        ("NOT(false())", "true"),
        ("if(true(), 'a', 'b')", "'a'"),
        ("if(equals(1, 2), fail('no'), 'b')", "'b'"),
        ("equals('a', 'A')", "false"),
        ("equals(createArray(1, 'a'), createArray(1, 'a'))", "true"),
        ("equals(null(), 'a')", "false"),
        ("coalesce(null(), null(), 3)", "3"),
        ("coalesce(null(), null())", "null"),
        ("bool('TRUE')", "true"),
        ("bool(0)", "false"),
        ("less(1, 2)", "true"),
        ("lessOrEquals(2, 2)", "true"),
        ("greater('b', 'a')", "true"),
        ("greaterOrEquals(1, 2)", "false"),
        // Texts compare without case first; then small letters come before capitals.
        ("greater('A', 'a')", "true"),
        ("less('A', 'b')", "true"),
        ("less('a', 'B')", "true"),
        ("greaterOrEquals('1.30', '1.29')", "true"),
        ("less('v2', 'v10')", "false"),
        ("less('a-b', 'ab')", "?"),
        // What decides makes the rest irrelevant, failures included.
        ("and(false(), fail('unasked'))", "false"),
        ("or(true(), fail('unasked'))", "true"),
        ("coalesce('here', fail('unasked'))", "'here'"),
        ("if(false(), fail('unasked'), if(true(), 1, fail('unasked')))", "1"),
        ("or(false(), false(), false())", "false"),
        ("coalesce(null(), createObject('a', null()))", "{a: null}"),
        ("coalesce('', 'x')", "''"),
        ("coalesce(createArray(), createArray(1))", "[]"),
        ("bool('1')", "true"),
        ("bool('0')", "false"),
        ("bool(7)", "true"),
        ("bool('False')", "false"),
        ("equals(createObject('a', createArray(1)), createObject('a', createArray(1)))", "true"),
        ("equals(createObject('a', 1), createObject('a', 1, 'b', null()))", "false"),
        ("equals(1, '1')", "false"),
        ("equals(null(), null())", "true"),
        ("less('abc', 'abcd')", "true"),
        ("greater(-1, -2)", "true"),
    ]);
    check_fails(&[
        "not('x')",
        "and(1, true())",
        "and(true(), fail('asked'))",
        "or(false(), fail('asked'))",
        "coalesce(null(), fail('asked'))",
        "less(null(), 1)",
        "bool(createArray())",
        "bool('yes')",
    ]);
    check_fails(&["bool('maybe')", "less(1, 'a')", "fail('stop')", "if('x', 1, 2)"]);
}

#[test]
fn numbers() {
    check(&[
        ("add(2, 3)", "5"),
        ("sub(2, 3)", "-1"),
        ("mul(2, 3)", "6"),
        ("div(7, 2)", "3"),
        ("mod(7, 2)", "1"),
        ("min(3, 1, 2)", "1"),
        ("max(createArray(3, 1, 2))", "3"),
        ("int('42')", "42"),
        ("float('1.5')", "1.5"),
        ("int(' -7 ')", "-7"),
        ("int(7)", "7"),
        ("float('3')", "3"),
        ("float('1e3')", "1000"),
        // Division cuts off towards zero, and the rest has the sign of what is divided.
        ("div(-7, 2)", "-3"),
        ("div(7, -2)", "-3"),
        ("mod(-7, 2)", "-1"),
        ("mod(7, -2)", "1"),
        ("mul(-3, 0)", "0"),
        ("min(createArray(4, -4, 0))", "-4"),
        ("max(7)", "7"),
        ("max(-5, -6, -4)", "-4"),
        ("sub(-9223372036854775807, 1)", "-9223372036854775808"),
        ("range(-2, 4)", "[-2, -1, 0, 1]"),
        ("range(3, 0)", "[]"),
        ("length(range(0, 10000))", "10000"),
        ("last(range(2147473647, 10000))", "2147483646"),
    ]);
    check_fails(&[
        "div(1, 0)",
        "mul(9223372036854775807, 2)",
        "int('x')",
        "add('a', 1)",
        "mod(1, 0)",
        "int('1.5')",
        "int('0x1F')",
        "int('')",
        "int(null())",
        "float('x')",
        "min(createArray())",
        "max('a', 'b')",
        "min(1, createArray(2))",
        "add(9223372036854775807, 1)",
        "div(sub(-9223372036854775807, 1), -1)",
        "range(0, -1)",
        "range(0, 10001)",
        "range(2147483647, 1)",
        "range('a', 1)",
    ]);
}

#[test]
fn strings() {
    check(&[
        ("concat('a', 1, true())", "'a1True'"),
        ("format('{0}-{1}-{0}', 'a', 2)", "'a-2-a'"),
        ("format('{{{0}}}', 'a')", "'{a}'"),
        ("format('{0:D3}|{0:X}|{1,4}|{1,-4}|', 10, 'ab')", "'010|A|  ab|ab  |'"),
        ("replace('a-b-c', '-', '')", "'abc'"),
        ("split('a,b;c', createArray(',', ';'))", "['a', 'b', 'c']"),
        ("substring('hello', 1, 3)", "'ell'"),
        ("substring('hello', 3)", "'lo'"),
        ("toLower('AbC')", "'abc'"),
        ("toUpper('AbC')", "'ABC'"),
        ("trim('  a ')", "'a'"),
        ("padLeft('7', 3, '0')", "'007'"),
        ("padLeft(7, 3, '0')", "'007'"),
        ("startsWith('Hello', 'he')", "true"),
        ("endsWith('Hello', 'LO')", "true"),
        ("join(createArray('a', 'b'), '-')", "'a-b'"),
        (
            "string(createObject('b', createArray(1, null()), 'a', 'x\"'))",
            "'{\"b\":[1,null],\"a\":\"x\\\"\"}'",
        ),
        ("json('{\"a\": [1, true, null]}')", "{a: [1, true, null]}"),
        ("base64('hello')", "'aGVsbG8='"),
        ("base64ToString(base64('héllo!'))", "'héllo!'"),
        ("base64ToJson(base64('{\"a\":1}'))", "{a: 1}"),
        ("dataUriToString(dataUri('Hello'))", "'Hello'"),
        ("uriComponent('a b/c')", "'a%20b%2Fc'"),
        ("uriComponentToString('a%20b')", "'a b'"),
        ("uri('http://h/one/two', 'three')", "'http://h/one/three'"),
        ("uri('http://h/one', '/three')", "'http://h/three'"),
        ("uri('http://h/one/a.json', 'nested/b.json')", "'http://h/one/nested/b.json'"),
        ("uri('http://h/one/a.json/', 'b.json')", "'http://h/one/a.json/b.json'"),
        ("uri('http://h', 'b.json')", "'http://h/b.json'"),
        ("substring('abc')", "'abc'"),
        // Comments and single quotes are read as the service reads them.
        ("json('{/* c */ \"a\": 1, // d\n \"b\": true}')", "{a: 1, b: true}"),
        ("json('null')", "null"),
        ("like('Standard_D4s_v5', 'standard_d*_V5')", "true"),
        ("like('abc', 'a*c*b')", "false"),
        ("like('aa', 'a*a*a')", "false"),
        ("like('', '**')", "true"),
        // An object of which the order is not written has no text that is known.
        ("string(union(createObject('b', 1), createObject('a', 2)))", "?"),
        ("string(createObject('a', createObject('z', 1)))", "'{\"a\":{\"z\":1}}'"),
        ("sys.concat('a', 'b')", "'ab'"),
        ("concat('a', null(), 2, '')", "'a2'"),
        ("replace('one two one', 'one', '1')", "'1 two 1'"),
        ("replace('Abc', 'a', 'x')", "'Abc'"),
        ("replace('aaa', 'aa', 'b')", "'ba'"),
        ("split('', ',')", "['']"),
        ("split('a,b', '')", "['a,b']"),
        ("split(',a,,', ',')", "['', 'a', '', '']"),
        ("split('a--b-c', createArray('-', '--'))", "['a', '', 'b', 'c']"),
        ("split('a--b-c', createArray('--', '-'))", "['a', 'b', 'c']"),
        ("split('xab', createArray('b', 'ab'))", "['x', '']"),
        ("split('one;two,three', createArray(',', ';'))", "['one', 'two', 'three']"),
        ("join(createArray(), '-')", "''"),
        ("join(createArray('a', 1, true()), '/')", "'a/1/True'"),
        ("join(createArray('only'), '-')", "'only'"),
        ("substring('abc', 3)", "''"),
        ("substring('abc', 1, 0)", "''"),
        ("substring('naïve', 2, 2)", "'ïv'"),
        // Lengths and places count UTF-16 units, as .NET does.
        ("length('a😀b')", "4"),
        ("indexOf('a😀b', 'b')", "3"),
        ("substring('a😀b', 3)", "'b'"),
        ("take('a😀b', 3)", "'a😀'"),
        ("skip('a😀b', 3)", "'b'"),
        ("padLeft('😀', 4, '-')", "'--😀'"),
        ("toUpper('straße')", "'STRAßE'"),
        ("toUpper('ärger é')", "'ÄRGER É'"),
        ("toLower('ÄÖÜ')", "'äöü'"),
        ("trim('\t x y\n ')", "'x y'"),
        ("trim('')", "''"),
        ("padLeft('abc', 2, 'x')", "'abc'"),
        ("padLeft('7', 3)", "'  7'"),
        ("padLeft('', 3, '*')", "'***'"),
        ("startsWith('abc', '')", "true"),
        ("endsWith('abc', 'abcd')", "false"),
        ("startsWith('Contoso', 'cOn')", "true"),
        ("base64('')", "''"),
        ("base64('a')", "'YQ=='"),
        ("base64('ab')", "'YWI='"),
        ("base64ToString('w6Q=')", "'ä'"),
        ("base64ToJson(base64('[1, \"x\"]'))", "[1, 'x']"),
        ("json('[]')", "[]"),
        ("json('\"text\"')", "'text'"),
        ("json('-1.50')", "-1.5"),
        ("json('true')", "true"),
        ("string('as it is')", "'as it is'"),
        ("string(5)", "'5'"),
        ("string(true())", "'True'"),
        ("string(createArray('a', 1, false(), null()))", "'[\"a\",1,false,null]'"),
        ("string(createObject())", "'{}'"),
        ("string(createObject('it''s', 'ö'))", "'{\"it's\":\"ö\"}'"),
        ("concat('it''s [', 'x]')", "'it's [x]'"),
    ]);
    check_fails(&[
        "toLower(null())",
        "trim(1)",
        "replace('a', '', 'b')",
        "replace(null(), 'a', 'b')",
        "split(null(), ',')",
        "join('a', ',')",
        "substring('abc', -1)",
        "substring('abc', 4)",
        "padLeft('a', 'b')",
        "startsWith('a', 1)",
        "base64(1)",
        "base64ToString('YQ')",
        "base64ToString('wyg=')",
        "json(1)",
        "concat(createArray(1), 'a')",
        "concat('a', createObject())",
        "substring('abc', 2, 5)",
        "format('{1}', 'a')",
        "format('{', 'a')",
        "toLower(1)",
        "base64ToString('%')",
    ]);
}

#[test]
fn composite_formats() {
    check(&[
        ("format('{0}', null())", "''"),
        ("format('{1}{0}{1}', 'a', 'b')", "'bab'"),
        ("format('nothing', 'a')", "'nothing'"),
        ("format('{0,6}|{0,-6}|{0,1}', 'abc')", "'   abc|abc   |abc'"),
        ("format('{0, 5 }', 12)", "'   12'"),
        ("format('{0:N0} {0:N2} {0:n}', 1234567)", "'1,234,567 1,234,567.00 1,234,567.00'"),
        ("format('{0:N1}', -1234)", "'-1,234.0'"),
        ("format('{0:D}|{0:D5}|{1:D3}', 42, -7)", "'42|00042|-007'"),
        ("format('{0:X}|{0:x4}|{1:X}', 255, -1)", "'FF|00ff|FFFFFFFFFFFFFFFF'"),
        ("format('{0:F1}|{0:F0}|{0:F}', 3)", "'3.0|3|3.00'"),
        ("format('{0:E2}|{0:e}', 12345)", "'1.23E+004|1.234500e+004'"),
        ("format('{0:G}', 12)", "'12'"),
        ("format('{0:000}|{0:0.0}|{0:#,##0}|{0:#,##0.##}', 1234)", "'1234|1234.0|1,234|1,234'"),
        ("format('{0:000}|{0:##}|{0:#.00}', 7)", "'007|7|7.00'"),
        ("format('{0:00,8}', 7)", "?"),
        ("format('{0,8:N0}', 12345)", "'  12,345'"),
        // Texts and truth values have no formats.
        ("format('{0:N2}|{1:X}', 'a', true())", "'a|True'"),
        ("format('{0}', createObject('a', 'b', '!c', 2))", "'{'a':'b','!c':2}'"),
        ("format('{0}', createArray(true(), 7, 'it''s \"x\"', null()))", "'[true,7,'it\\'s \"x\"',null]'"),
        // What the culture decides.
        ("format('{0:C}', 1)", "?"),
        ("format('{0:P1}', 1)", "?"),
    ]);
    check_fails(&[
        "format('{0', 1)",
        "format('0}', 1)",
        "format('{x}', 1)",
        "format('{2}', 1)",
        "format(1, 2)",
    ]);
}

#[test]
fn arrays() {
    check(&[
        ("array('a')", "['a']"),
        ("array(createArray('a'))", "['a']"),
        ("concat(createArray(1), createArray(2, 3))", "[1, 2, 3]"),
        ("contains(createArray('a', 'b'), 'B')", "false"),
        ("contains(createArray('a', 'b'), 'b')", "true"),
        ("contains('Hello', 'ell')", "true"),
        ("contains(createObject('Key', 1), 'key')", "true"),
        ("empty(createArray())", "true"),
        ("empty(null())", "true"),
        ("empty('')", "true"),
        ("empty(createObject('a', 1))", "false"),
        ("length('abc')", "3"),
        ("length(createObject('a', 1))", "1"),
        ("first(createArray(1, 2))", "1"),
        ("last('abc')", "'c'"),
        ("first(createArray())", "null"),
        ("flatten(createArray(createArray(1), createArray(2, 3)))", "[1, 2, 3]"),
        ("indexOf('abcabc', 'BC')", "1"),
        ("lastIndexOf('abcabc', 'bc')", "4"),
        ("indexOf(createArray('a', 'b'), 'b')", "1"),
        ("indexOf(createArray('a', 'b'), 'z')", "-1"),
        ("indexFromEnd(createArray(1, 2, 3), 1)", "3"),
        ("tryIndexFromEnd(createArray(1), 9)", "null"),
        ("intersection(createArray(1, 2, 3), createArray(3, 2))", "[2, 3]"),
        ("intersection(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 9))", "{b: 2}"),
        ("union(createArray(1, 2), createArray(2, 3))", "[1, 2, 3]"),
        ("distinct(createArray('b', 'a', 'b', 'B'))", "['b', 'a', 'B']"),
        ("distinct(createArray(createObject('a', 1), createObject('a', 1)))", "[{a: 1}]"),
        // Strings are searched without case, elements with it.
        ("indexOf('HAYSTACK', 'stack')", "3"),
        ("indexOf(createArray('A'), 'a')", "-1"),
        ("contains('Hello', 'ELL')", "false"),
        ("range(5, 3)", "[5, 6, 7]"),
        ("take(createArray(1, 2, 3), 2)", "[1, 2]"),
        ("skip(createArray(1, 2, 3), 2)", "[3]"),
        ("take('abc', 9)", "'abc'"),
        ("skip('abc', -1)", "'abc'"),
        ("createArray(1, 2)[1]", "2"),
        ("array(5)", "[5]"),
        ("array(createObject('a', 1))", "[{a: 1}]"),
        ("createArray()", "[]"),
        ("concat(createArray(), createArray())", "[]"),
        ("contains(createArray(1, 2), '1')", "false"),
        ("contains(createArray(createObject('a', 1)), createObject('a', 1))", "true"),
        ("contains('', '')", "true"),
        ("contains(createObject('a', 1), 'b')", "false"),
        ("contains('v1', 1)", "true"),
        ("empty(createObject())", "true"),
        ("empty(createArray(null()))", "false"),
        ("length('')", "0"),
        ("length(createArray(1, createArray(2, 3)))", "2"),
        ("first('Pool')", "'P'"),
        ("last(createArray('a', 'b'))", "'b'"),
        ("last(createArray())", "null"),
        ("flatten(createArray())", "[]"),
        ("flatten(createArray(createArray(), createArray(1, createArray(2))))", "[1, [2]]"),
        ("indexOf('abc', '')", "0"),
        ("indexOf('abc', 'z')", "-1"),
        ("lastIndexOf('abab', 'B')", "3"),
        ("lastIndexOf(createArray('a', 'b', 'a'), 'a')", "2"),
        ("indexOf(createArray(1, createArray(2)), createArray(2))", "1"),
        ("indexOf(createArray(1), false())", "-1"),
        ("indexFromEnd(createArray(1, 2, 3), 3)", "1"),
        ("tryIndexFromEnd(createArray(1, 2), 2)", "1"),
        ("tryIndexFromEnd(createArray(1, 2), 0)", "null"),
        ("intersection(createArray(1, 1, 2), createArray(1))", "[1]"),
        ("intersection(createArray(1), createArray(2))", "[]"),
        ("intersection(createArray(1, 2, 3), createArray(2, 3), createArray(3))", "[3]"),
        ("intersection(createObject('a', createArray(1)), createObject('a', createArray(1)))", "{a: [1]}"),
        ("union(createArray('b', 'a'), createArray('a', 'c'), createArray('b'))", "['b', 'a', 'c']"),
        ("union(createArray('a'), createArray('A'))", "['a', 'A']"),
        ("take(createArray(1), 5)", "[1]"),
        ("take(createArray(1), -1)", "[]"),
        ("take('abc', 0)", "''"),
        ("skip(createArray(1, 2), 5)", "[]"),
        ("skip(createArray(1, 2), -1)", "[1, 2]"),
        ("distinct(createArray())", "[]"),
        ("createArray(createArray(1, 2), 3)[0][1]", "2"),
    ]);
    check_fails(&[
        "createArray(1)[-1]",
        "createArray(1)['0']",
        "first(1)",
        "last(null())",
        "contains(1, 1)",
        "flatten('a')",
        "indexFromEnd(createArray(1), 0)",
        "intersection(1, 2)",
        "union(createArray(1), createObject())",
        "union('a', 'b')",
        "take(1, 1)",
        "skip('a', 'b')",
        "createArray(1)[1]",
        "indexFromEnd(createArray(1), 2)",
        "flatten(createArray(1))",
        "length(1)",
    ]);
}

#[test]
fn objects() {
    check(&[
        ("createObject('a', 1, 'b', createObject('c', 2)).b.C", "2"),
        ("createObject('a', 1)['a']", "1"),
        ("tryGet(createObject('a', createArray(1)), 'a', 0)", "1"),
        ("tryGet(createObject('a', 1), 'z')", "null"),
        ("createObject('a', 1).?z", "null"),
        ("createArray(1)[?7]", "null"),
        (
            "tryGet(createObject('a', createArray(1, 2)), 'a', createObject('value', 1, 'fromEnd', true()))",
            "2",
        ),
        ("tryGet(createArray(1, 2), createObject('value', 3, 'fromEnd', true()))", "null"),
        ("tryGet(createArray(1, 2), createObject('value', 0, 'fromEnd', false()))", "1"),
        ("items(createObject('b', 2, 'a', 1))", "[{key: 'a', value: 1}, {key: 'b', value: 2}]"),
        ("objectKeys(createObject('b', 2, 'a', 1))", "['a', 'b']"),
        // In order of the keys without regard to case.
        (
            "map(items(createObject('Zeta', 1, 'alpha', 2, '10', 3, 'Beta', 4)), lambda('x', lambdaVariables('x').key))",
            "['10', 'alpha', 'Beta', 'Zeta']",
        ),
        ("items(createObject())", "[]"),
        ("createObject()", "{}"),
        ("createObject('a', null())", "{a: null}"),
        ("tryGet(null(), 'a')", "null"),
        ("tryGet(createArray(1), 5)", "null"),
        ("tryGet(createObject('a', null()), 'a', 'b', 0)", "null"),
        ("createObject('a', createObject('b', 1)).?a.?b", "1"),
        ("createObject('a', null()).?a.?b", "null"),
        // Objects within objects are merged, arrays are replaced, null overrides, and the first order stays.
        (
            "union(createObject('o', createObject('a', createArray(1), 'n', 1)), createObject('o', createObject('a', createArray(2), 'n', null())))",
            "{o: {a: [2], n: null}}",
        ),
        ("union(createObject('a', 1), createObject('a', createObject('b', 2)))", "{a: {b: 2}}"),
        ("union(createObject('a', createObject('b', 2)), createObject('a', 1))", "{a: 1}"),
        ("union(createObject('a', 1), createObject('b', 2), createObject('a', 3))", "{a: 3, b: 2}"),
        ("shallowMerge(createArray())", "{}"),
        ("shallowMerge(createArray(createObject('a', 1, 'b', 1), createObject('b', 2)))", "{a: 1, b: 2}"),
        (
            "union(createObject('o', createObject('x', 1, 'y', 1)), createObject('O', createObject('Y', 2)))",
            "{o: {x: 1, y: 2}}",
        ),
        (
            "shallowMerge(createArray(createObject('o', createObject('x', 1)), createObject('o', createObject('y', 2))))",
            "{o: {y: 2}}",
        ),
    ]);
    check_fails(&[
        "createObject('a', 1).z",
        "null().z",
        "'text'.z",
        "createObject('a', null()).a.b",
        "items(createArray())",
        "objectKeys('a')",
        "shallowMerge(createObject())",
    ]);
}

#[test]
fn lambdas() {
    check(&[
        ("map(range(0, 3), lambda('n', mul(lambdaVariables('n'), 2)))", "[0, 2, 4]"),
        (
            "map(createArray('a', 'b'), lambda('x', 'i', concat(lambdaVariables('x'), lambdaVariables('i'))))",
            "['a0', 'b1']",
        ),
        ("filter(range(0, 5), lambda('n', greater(lambdaVariables('n'), 2)))", "[3, 4]"),
        (
            "reduce(range(1, 4), 0, lambda('sum', 'n', add(lambdaVariables('sum'), lambdaVariables('n'))))",
            "10",
        ),
        (
            "sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))",
            "[1, 2, 3]",
        ),
        (
            "toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', 1))",
            "{a: 1, b: 1}",
        ),
        (
            "groupBy(createArray('aa', 'b', 'ac'), lambda('x', take(lambdaVariables('x'), 1)))",
            "{a: ['aa', 'ac'], b: ['b']}",
        ),
        ("mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))", "{a: 2}"),
        (
            "groupBy(createArray('aa', 'b', 'ac'), lambda('x', take(lambdaVariables('x'), 1)), lambda('x', length(lambdaVariables('x'))))",
            "{a: [2, 2], b: [1]}",
        ),
        (
            "filter(createArray('a', 'b', 'c'), lambda('x', 'i', equals(mod(lambdaVariables('i'), 2), 0)))",
            "['a', 'c']",
        ),
        (
            "reduce(createArray('a', 'b', 'c'), '', lambda('all', 'x', 'i', concat(lambdaVariables('all'), lambdaVariables('i'), lambdaVariables('x'))))",
            "'0a1b2c'",
        ),
        ("reduce(createArray(), 'none', lambda('all', 'x', lambdaVariables('x')))", "'none'"),
        ("map(createArray(), lambda('x', fail('unasked')))", "[]"),
        ("filter(createArray(), lambda('x', true()))", "[]"),
        ("sort(createArray(), lambda('a', 'b', true()))", "[]"),
        (
            "sort(createArray('b', 'C', 'a'), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))",
            "['a', 'b', 'C']",
        ),
        (
            "map(sort(createArray(createObject('n', 2, 'x', 'a'), createObject('n', 1, 'x', 'b'), createObject('n', 2, 'x', 'c')), lambda('a', 'b', less(lambdaVariables('a').n, lambdaVariables('b').n))), lambda('e', lambdaVariables('e').x))",
            "['b', 'a', 'c']",
        ),
        ("toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')))", "{a: 'a', b: 'b'}"),
        ("toObject(range(1, 2), lambda('x', format('k{0}', lambdaVariables('x'))))", "{k1: 1, k2: 2}"),
        ("mapValues(createObject(), lambda('v', 1))", "{}"),
        // A lambda shadows the one around it, and only within itself.
        (
            "map(createArray(1), lambda('x', createArray(map(createArray(2), lambda('x', lambdaVariables('x'))), lambdaVariables('x'))))",
            "[[[2], 1]]",
        ),
        // The inner lambda sees the outer one's variable.
        (
            "map(range(0, 2), lambda('a', map(range(0, 2), lambda('b', add(lambdaVariables('a'), lambdaVariables('b'))))))",
            "[[0, 1], [1, 2]]",
        ),
    ]);
}

#[test]
fn names_of_names() {
    check(&[
        // Known answers, from the tests of Azure/bicep and of the azapi provider and from the documentation of the
        // PowerShell module AzExpression, which runs the service's own code. Their last blocks have 0, 7 and 2 bytes.
        ("uniqueString('snap', 'crackle', 'pop')", "'byghxckddilkc'"),
        (
            "uniqueString('/subscriptions/00000000-0000-0000-0000-000000000000', 'resource-id')",
            "'cwvxuqg24sifi'",
        ),
        ("uniqueString('test', 'value')", "'bhxq2thzm5dym'"),
        ("guid('foo', 'bar', 'baz')", "'2ed86837-7c7c-5eaa-9864-dd077fd19b0d'"),
        ("length(uniqueString(''))", "13"),
        ("equals(guid('a-b'), guid('a', 'b'))", "true"),
    ]);
    check_fails(&["uniqueString(1)", "guid(null())"]);
}

#[test]
fn addresses() {
    check(&[
        ("dataUri('Pool')", "'data:text/plain;charset=utf-8;base64,UG9vbA=='"),
        ("dataUriToString('data:;base64,UG9vbA==')", "'Pool'"),
        ("dataUriToString('data:text/plain,one%20two')", "'one two'"),
        ("uriComponent('ä/?&=+')", "'%C3%A4%2F%3F%26%3D%2B'"),
        ("uriComponentToString('%C3%A4+100%')", "'ä+100%'"),
        ("uri('https://h/one/two', '/three/four')", "'https://h/three/four'"),
        ("uri('https://h', '/three')", "'https://h/three'"),
        ("uri('https://h/', '/three')", "'https://h/three'"),
        ("uri('https://h/a/b/c.json?token=1', '../d.json')", "'https://h/a/d.json'"),
        ("uri('https://h/a/b', '?x=1')", "'https://h/a/b?x=1'"),
        ("uri('https://h/a/b', 'http://other/x')", "'http://other/x'"),
        (
            "parseUri('HTTPS://user@Host.example:8443/a/b?q=1#top')",
            "{host: 'host.example', path: '/a/b', port: 8443, scheme: 'https'..}",
        ),
        (
            "buildUri(createObject('scheme', 'https', 'host', 'h.example', 'port', 8443, 'path', 'a/b', 'query', 'q=1'))",
            "'https://h.example:8443/a/b?q=1'",
        ),
        (
            "buildUri(createObject('scheme', 'http', 'host', 'h', 'path', '/a', 'query', '?q=1'))",
            "'http://h/a?q=1'",
        ),
    ]);
    check_fails(&["uri('relative', 'x')", "parseUri('relative')", "buildUri(createObject('host', 'h'))"]);
}

#[test]
fn networks() {
    check(&[
        ("cidrSubnet('10.0.0.0/16', 24, 3)", "'10.0.3.0/24'"),
        ("cidrHost('10.0.3.0/24', 4)", "'10.0.3.5'"),
        ("cidrSubnet('fd00::/48', 64, 1)", "'fd00:0:0:1::/64'"),
        (
            "parseCidr('10.20.30.40/22')",
            "{broadcast: '10.20.31.255', cidr: 22, firstUsable: '10.20.28.1', lastUsable: '10.20.31.254', \
             netmask: '255.255.252.0', network: '10.20.28.0'}",
        ),
        (
            "parseCidr('fd12:3456::/32')",
            "{cidr: 32, firstUsable: 'fd12:3456::', lastUsable: 'fd12:3456:ffff:ffff:ffff:ffff:ffff:ffff', \
             netmask: 'ffff:ffff::', network: 'fd12:3456::'}",
        ),
        (
            "parseCidr('10.0.0.6/32')",
            "{broadcast: '10.0.0.6', cidr: 32, firstUsable: '10.0.0.6', lastUsable: '10.0.0.6', \
             netmask: '255.255.255.255', network: '10.0.0.6'}",
        ),
        ("parseCidr('10.0.0.7/31').broadcast", "'10.0.0.7'"),
        ("parseCidr('10.0.0.7/30').lastUsable", "'10.0.0.6'"),
        ("parseCidr('0.0.0.0/0').broadcast", "'255.255.255.255'"),
        ("cidrSubnet('10.0.0.0/20', 24, 0)", "'10.0.0.0/24'"),
        ("cidrSubnet('10.0.0.0/20', 24, 15)", "'10.0.15.0/24'"),
        ("cidrSubnet('10.0.7.9/16', 16, 0)", "'10.0.0.0/16'"),
        ("cidrSubnet('0.0.0.0/0', 1, 1)", "'128.0.0.0/1'"),
        ("cidrHost('10.0.3.0/24', 0)", "'10.0.3.1'"),
        ("cidrHost('10.0.3.77/24', 253)", "'10.0.3.254'"),
        ("cidrHost('10.0.0.0/16', 256)", "'10.0.1.1'"),
        (
            "map(range(0, 2), lambda('i', cidrSubnet('10.1.0.0/16', 24, lambdaVariables('i'))))",
            "['10.1.0.0/24', '10.1.1.0/24']",
        ),
        ("cidrHost('fd00::/64', 0)", "?"),
    ]);
    check_fails(&[
        "cidrHost('10.0.3.0/24', 254)",
        "cidrHost('10.0.3.0/24', -1)",
        "cidrHost('10.0.0.0/31', 0)",
        "cidrSubnet('10.0.0.0/20', 24, 16)",
        "cidrSubnet('10.0.0.0/24', 20, 0)",
        "cidrSubnet('10.0.0.0/24', 33, 0)",
        "cidrSubnet('10.0.0.0', 24, 0)",
        "parseCidr('10.0.0.256/24')",
        "parseCidr(1)",
    ]);
    check_fails(&["cidrSubnet('10.0.0.0/16', 24, 999)", "cidrHost('x', 1)", "parseCidr('10.0.0.0/33')"]);
}

#[test]
fn dates() {
    check(&[
        ("dateTimeToEpoch('2024-02-29T12:00:00Z')", "1709208000"),
        ("dateTimeToEpoch('20240229T120000Z')", "1709208000"),
        ("dateTimeFromEpoch(1709208000)", "'2024-02-29T12:00:00Z'"),
        ("dateTimeAdd('2024-02-29T12:00:00Z', 'P1Y', 'yyyy-MM-dd')", "'2025-02-28'"),
        // A year is 365 days, a month 30.
        ("dateTimeAdd('2024-01-31T12:00:00Z', 'P1M', 'yyyy-MM-dd')", "'2024-03-01'"),
        ("dateTimeAdd('2024-01-01 00:00:00Z', 'P1Y')", "'2024-12-31T00:00:00Z'"),
        ("dateTimeAdd('2025-02-01T06:00:00Z', 'P1M')", "'2025-03-03T06:00:00Z'"),
        ("dateTimeAdd('2024-03-01 00:30:00Z', '-PT1H', 'u')", "'2024-02-29 23:30:00Z'"),
        ("dateTimeAdd('2024-03-01 00:30:00Z', 'P2W3DT4H5M6S', 's')", "'2024-03-18T04:35:06'"),
        ("dateTimeAdd('2024-03-01T01:30:00+02:00', 'PT1M')", "'2024-02-29T23:31:00Z'"),
        ("dateTimeAdd('20240301T003000Z', 'PT90S', 'HHmmss')", "'003130'"),
        ("dateTimeAdd('2024-03-05 15:04:09Z', 'PT0S', 'd')", "'03/05/2024'"),
        ("dateTimeAdd('2024-03-05 15:04:09Z', 'PT0S', 'M d')", "'3 5'"),
        (
            "dateTimeAdd('2024-03-05 15:04:09Z', 'PT0S', 'dddd, d MMM yy, h:mm tt')",
            "'Tuesday, 5 Mar 24, 3:04 PM'",
        ),
        ("dateTimeAdd('2024-03-05 15:04:09Z', 'PT0S', 'o')", "'2024-03-05T15:04:09.0000000Z'"),
        ("dateTimeAdd('2024-03-05 15:04:09Z', 'PT0S', 'R')", "'Tue, 05 Mar 2024 15:04:09 GMT'"),
        ("dateTimeAdd('2024-03-05 15:04:09Z', 'PT0S', '%h')", "'3'"),
        ("dateTimeAdd('2024-03-05 15:04:09Z', 'PT0S', '\\h\\our H')", "'hour 15'"),
        ("dateTimeToEpoch(dateTimeAdd('1970-01-01T00:00:00Z', 'P1D'))", "86400"),
        ("dateTimeToEpoch('1969-12-31T23:59:59Z')", "-1"),
        ("dateTimeFromEpoch(-1)", "'1969-12-31T23:59:59Z'"),
        ("dateTimeAdd(utcNow(), 'P1D', 'yyyy')", "?"),
        ("dateTimeToEpoch('2024-02-30T00:00:00Z')", "?"),
    ]);
    check_fails(&["dateTimeAdd('2024-03-01 00:30:00Z', 'tomorrow', 'u')", "dateTimeFromEpoch('x')"]);
}

#[test]
fn what_is_certain_of_unknown_text_goes_through_functions() {
    check(&[
        ("uniqueString(parameters('x'))", "?13..13"),
        ("guid('a', parameters('x'))", "?36..36"),
        ("concat('win', uniqueString(parameters('x')))", "win?16..16"),
        ("format('{0}{1}', 'win', uniqueString(parameters('x')))", "win?16..16"),
        ("toUpper(take(concat('win', uniqueString(parameters('x'))), 6))", "WIN?6..6"),
        ("take(concat('win', uniqueString(parameters('x'))), 2)", "'wi'"),
        ("substring(concat('win', uniqueString(parameters('x'))), 0, 3)", "'win'"),
        ("startsWith(concat('win', parameters('x')), 'WI')", "true"),
        ("contains(concat('win', parameters('x')), 'in')", "true"),
        ("empty(concat('win', parameters('x')))", "false"),
        // What stands behind the last delimiter is known where nothing unknown follows.
        ("last(split(resourceId('Microsoft.Network/networks', 'vnet'), '/'))", "'vnet'"),
        ("last(split(format('{0}/a/b', concat(parameters('x'), '-')), '/'))", "'b'"),
        ("last(split(concat('a/', parameters('x')), '/'))", "?"),
        ("last(split(concat(parameters('x'), '-b'), '/'))", "?"),
        ("createObject('a', 1, 'b', 2)[parameters('x')]", "1 | 2 | ?"),
        ("tryGet(createObject('a', 1), parameters('x'))", "1 | null"),
        ("contains(createObject('a', 1), parameters('x'))", "true | false"),
        ("subscriptionResourceId('00', 'A.B/c', 'd')", "'/subscriptions/00/providers/A.B/c/d'"),
        (
            "resourceId('00', 'rg', 'A.B/c/e', 'd', 'f')",
            "'/subscriptions/00/resourceGroups/rg/providers/A.B/c/d/e/f'",
        ),
        ("tenantResourceId('A.B/c', 'd')", "'/providers/A.B/c/d'"),
        ("extensionResourceId('/subscriptions/0', 'A.B/c', 'd')", "'/subscriptions/0/providers/A.B/c/d'"),
    ]);
    let (value, _) = evaluate("resourceId('A.B/c', 'd')");
    assert!(shown(&value).starts_with("/subscriptions/?"), "{}", shown(&value));
}

#[test]
fn a_single_unknown_inside_a_format_is_that_unknown() {
    let (formatted, _) = evaluate("format('{0}', parameters('x'))");
    let (plain, _) = evaluate("parameters('x')");
    let atom = |value: &Value| match value.single() {
        Some(Node::Unknown(unknown)) => unknown.atom.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(atom(&formatted), atom(&plain));
}

#[test]
fn closed_sets_of_values_are_taken_apart() {
    check(&[
        ("toUpper(parameters('env'))", "'DEV' | 'PROD'"),
        ("if(parameters('flag'), 'a', 'b')", "'a' | 'b'"),
        ("if(equals(parameters('env'), 'prod'), 3, 1)", "3 | 1"),
        ("if(empty(parameters('x')), 1, 2)", "1 | 2"),
        ("createObject('dev', 1, 'prod', 2)[parameters('env')]", "1 | 2"),
    ]);
}

#[test]
fn unknown_lists_keep_what_is_known_and_one_element_stands_for_the_rest() {
    check(&[
        ("concat(createArray(1), parameters('list'))", "[1..]"),
        (
            "map(parameters('list'), lambda('p', createObject('os', 'Linux', 'size', lambdaVariables('p').size)))",
            "[{os: 'Linux', size: ?}..]",
        ),
        ("union(parameters('object'), createObject('a', 1))", "{a: 1..}"),
        ("union(createObject('a', 1), parameters('object'))", "{a: ? | 1..}"),
        ("length(parameters('list'))", "?"),
        ("parameters('list')[0].name", "?"),
    ]);
    let (value, _) = evaluate("map(parameters('list'), lambda('p', 1))");
    let Some(Node::List(list)) = value.single() else { panic!() };
    let regions: Vec<_> = list.items[0].alternatives().iter().flat_map(|a| a.region.clauses()).collect();
    assert_eq!(regions, ["`empty(parameters('list'))` is false"]);
}

#[test]
fn what_only_the_service_knows_is_one_unknown_a_call() {
    check(&[
        ("equals(resourceGroup().location, resourceGroup().location)", "true"),
        ("equals(reference('a').b, reference('a').b)", "true"),
        ("empty(resourceGroup().location)", "false"),
        ("coalesce(subscription().subscriptionId, 'x')", "?1.."),
        ("listKeys('x', '2020-01-01').keys[0].value", "?"),
        ("equals(deployer().objectId, deployer().objectId)", "true"),
        ("empty(deployment().name)", "false"),
        ("empty(environment().name)", "false"),
        ("empty(managementGroup().id)", "false"),
        ("empty(tenant().tenantId)", "false"),
        ("newGuid()", "?36..36"),
        ("references('group')", "?"),
        ("resourceInfo('symbol').id", "?"),
        ("providers('A.B', 'c').apiVersions[0]", "?"),
        ("roleDefinitions('Reader').id", "?"),
        ("externalInput('kind', 'x')", "?"),
        ("externalInputs('kind_0')", "?"),
        ("exists()", "?"),
        ("existingResource().id", "?"),
        ("pickZones('A.B', 'c', 'place', 2)", "?"),
        ("toLogicalZone('00', 'place', 'place-az1')", "?"),
        ("toLogicalZones('00', 'place', createArray('place-az1'))", "?"),
        ("toPhysicalZone('00', 'place', '1')", "?"),
        ("toPhysicalZones('00', 'place', createArray('1'))", "?"),
        ("managementGroupResourceId('A.B/c', 'd')", "/providers/Microsoft.Management/managementGroups/?68.."),
        ("utcNow('d')", "?"),
    ]);
    let (value, _) = evaluate("equals(reference('a').b, reference('c').b)");
    assert!(matches!(value.single(), Some(Node::Unknown(_))));
}

/// Each function stands in a case above; and unless only a deployment can answer it, in one whose result is known.
#[test]
fn no_function_is_without_a_case() {
    const OF_THE_CLOUD: [&str; 25] = [
        "deployer",
        "deployment",
        "environment",
        "existingresource",
        "exists",
        "externalinput",
        "externalinputs",
        "managementgroup",
        "managementgroupresourceid",
        "newguid",
        "pickzones",
        "providers",
        "reference",
        "references",
        "resourcegroup",
        "resourceinfo",
        "roledefinitions",
        "subscription",
        "tenant",
        "tologicalzone",
        "tologicalzones",
        "tophysicalzone",
        "tophysicalzones",
        "utcnow",
        "copyindex",
    ];
    let words: Vec<&str> = include_str!("tests.rs").split_whitespace().collect();
    let text = words.join(" ").replace("( \"", "(\"").to_lowercase();
    // Pairs of an expression and its result, and lists of expressions that fail.
    let cases: Vec<(&str, &str)> = text
        .split("(\"")
        .filter_map(|case| case.split_once("\", \""))
        .map(|(expression, rest)| (expression, rest.split_once("\"").map_or(rest, |(wanted, _)| wanted)))
        .collect();
    let calls = |expression: &str, name: &str| {
        expression.match_indices(&format!("{name}(")).any(|(at, _)| {
            let before = expression.get(..at).and_then(|text| text.chars().next_back());
            matches!(before, None | Some('(' | ' ' | ','))
        })
    };
    // What stands in quotes is text.
    let is_known = |wanted: &str| wanted.split('\'').step_by(2).all(|part| !part.contains('?'));
    assert!(cases.len() > 300);
    // `fail` has no result, `parameters` and `variables` are asserted with templates.
    for row in TABLE.iter().filter(|row| !["fail", "parameters", "variables", "lambda"].contains(&row.0)) {
        let name = row.0;
        let of_the_cloud = OF_THE_CLOUD.contains(&name);
        let has = cases
            .iter()
            .any(|(expression, wanted)| calls(expression, name) && (of_the_cloud || is_known(wanted)));
        assert!(has || name == "copyindex", "{name}");
    }
}

#[test]
fn what_documents_leave_open_is_unknown_but_for_what_is_certain() {
    for (expression, wanted) in [
        // Whether a lone slash is written, and a port that the scheme has of itself.
        ("buildUri(createObject('scheme', 'https', 'host', 'H'))", "https://h?"),
        ("buildUri(createObject('scheme', 'https', 'host', 'h', 'port', 443, 'path', 'p'))", "https://h?"),
        ("parseUri('https://h').port", "?"),
        ("parseUri('https://h/p?q=1').query", "?"),
        // The words of the documentation and the standard that it refers to differ.
        ("uri('http://h/one/', '/three')", "http://h?"),
        // A time without a zone.
        ("dateTimeAdd('2024-03-01T00:00:00', 'P1D')", "?"),
    ] {
        let (value, _) = evaluate(expression);
        assert_eq!(shown(&value), wanted, "{expression}");
        let Some(Node::Unknown(unknown)) = value.single() else { panic!("{expression}") };
        assert!(matches!(unknown.reason, Reason::RunTime(_)), "{expression}: {}", unknown.reason);
    }
}

#[test]
fn coalesce_speaks_of_no_more_worlds_than_its_operands() {
    let at = Span::new(FileId(0), 0, 1);
    let flag = crate::value::Atom::boolean("flag", "flag");
    let within = crate::value::Region::is(&flag, Scalar::Bool(true)).unwrap();
    let list = Value::new(Node::list(vec![]), Provenance::nowhere());
    let some = list.within(&within).unwrap();
    let none = Value::null(Provenance::nowhere()).within(&within).unwrap();
    let site = Site { name: "coalesce", label: "coalesce()".into(), at };
    for first in [some, none] {
        let value = coalesce(&site, &[first, list.clone()]);
        let regions: Vec<_> = value.alternatives().iter().map(|a| (&a.node, &a.region)).collect();
        assert!(matches!(regions.as_slice(), [(Node::List(_), region)] if **region == within), "{regions:?}");
    }
}

#[test]
fn wrong_calls_are_problems_where_they_stand() {
    let at = |expression: &str| {
        let (_, resolved) = evaluate(expression);
        resolved.problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    assert_eq!(at("frobnicate(1)"), ["there is no function `frobnicate`"]);
    assert_eq!(at("contoso.f(1)"), ["there is no function `contoso.f`"]);
    assert_eq!(at("toLower()"), ["toLower() takes 1 argument, not 0"]);
    assert_eq!(at("padLeft('a')"), ["padLeft() takes 2 to 3 arguments, not 1"]);
    assert_eq!(at("and(true())"), ["and() takes at least 2 arguments, not 1"]);
    assert_eq!(at("createObject('a')"), ["createObject() takes a value for every key"]);
    assert_eq!(at("parameters('nobody')"), ["there is no parameter `nobody`"]);
    assert_eq!(at("variables('nobody')"), ["there is no variable `nobody`"]);
    assert_eq!(at("copyIndex()"), ["copyIndex() stands outside of its loop"]);
    assert_eq!(at("map(range(0, 1), 1)"), ["map() wants a lambda here"]);
    assert_eq!(at("lambda('x', 1)"), ["lambda() stands only where a function asks for it"]);
}

#[test]
fn no_function_panics_whatever_it_is_given() {
    let at = Span::new(FileId(0), 0, 1);
    let text = |text: &str| Value::string(text, Provenance::written(at));
    let int = |value| Value::new(Node::Number(crate::value::Number::Int(value)), Provenance::written(at));
    let atom = crate::value::Atom::new("a", "a");
    let flag = crate::value::Atom::boolean("b", "b");
    let unknown = |atom| Value::unknown(atom, Reason::Secret, Certain::default(), Provenance::nowhere());
    let arguments = [
        Value::null(Provenance::nowhere()),
        ops::boolean(true, Provenance::nowhere()),
        int(0),
        int(i64::MIN),
        int(i64::MAX),
        text(""),
        text("{0:D99}{1,-9}"),
        text("β/[%{"),
        Value::new(Node::list(vec![]), Provenance::nowhere()),
        Value::new(Node::list(vec![text("x"), int(1)]), Provenance::nowhere()),
        Value::new(Node::map([(Arc::from("k"), int(1))].into()), Provenance::nowhere()),
        unknown(atom),
        unknown(flag),
    ];
    let mut calls = 0;
    for (name, least, most) in TABLE {
        for count in *least..=(*most).min(3) {
            for seed in 0..arguments.len().pow(count as u32) {
                let args: Vec<Value> = (0..count)
                    .map(|n| arguments[seed / arguments.len().pow(n as u32) % arguments.len()].clone())
                    .collect();
                let _ = call(&Site { name, label: (*name).into(), at }, &args);
                calls += 1;
            }
        }
    }
    assert!(calls > 10_000);
}

#[test]
fn a_label_is_cut_where_people_stop_reading() {
    let long = "é".repeat(90);
    assert_eq!(Label::from(&*long).to_string(), format!("{}…", "é".repeat(80)));
    let most = "é".repeat(80);
    assert_eq!(Label::from(&*most).to_string(), most);
    assert_eq!(Label::of("[ f( 1 ) ]", (1, 8)).to_string(), "f( 1 )");
    // A place that is none stands for all of the text.
    assert_eq!(Label::of("[f()]", (9, 12)).to_string(), "[f()]");
}
