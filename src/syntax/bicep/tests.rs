use super::*;

const FILE: FileId = FileId(1);

fn template(text: &str) -> Program {
    parse(FILE, text, Dialect::Template)
}

/// The statements of a text without errors.
fn healthy(text: &str) -> Vec<Statement> {
    let program = template(text);
    assert_eq!(program.errors, [], "{text}");
    program.statements
}

/// The value of `var x = …`.
fn value(text: &str) -> Expr {
    let mut statements = healthy(text);
    match statements.pop().map(|statement| statement.kind) {
        Some(StatementKind::Var { value, .. }) => value,
        other => panic!("{other:?}"),
    }
}

/// The expression with all its parentheses, to see what binds what.
fn shape(expr: &Expr, text: &str) -> String {
    let show = |expr: &Expr| shape(expr, text);
    let name = |name: &Option<Name>| name.map_or("<missing>", |name| name.text(text)).to_owned();
    let list = |exprs: &[Expr]| exprs.iter().map(show).collect::<Vec<_>>().join(" ");
    match &expr.kind {
        ExprKind::Error => "<error>".into(),
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::String(piece) => format!("{:?}", piece.value(text)),
        ExprKind::Interpolation(pieces, holes) => {
            let pieces: Vec<_> = pieces.iter().map(|piece| piece.value(text).into_owned()).collect();
            format!("(interpolate {pieces:?} {})", list(holes))
        }
        ExprKind::Array(items) => {
            let items = items
                .iter()
                .map(|item| format!("{}{}", if item.spread { "..." } else { "" }, show(&item.value)));
            format!("[{}]", items.collect::<Vec<_>>().join(" "))
        }
        ExprKind::Object(object) => {
            let properties = object.properties.iter().map(|property| {
                let key = match &property.key {
                    Key::Name(name) => name.text(text).to_owned(),
                    Key::String(key) => show(key),
                    Key::Spread => "...".into(),
                    Key::Error => "<error>".into(),
                };
                format!("{key}: {}", show(&property.value))
            });
            format!("{{{}}}", properties.collect::<Vec<_>>().join(" "))
        }
        ExprKind::For(of) => {
            let (item, index) =
                (name(&of.item), of.index.map_or(String::new(), |index| format!(" {}", index.text(text))));
            format!("(for {item}{index} {} {})", show(&of.list), show(&of.body))
        }
        ExprKind::If(of) => format!("(if {} {})", show(&of.condition), show(&of.body)),
        ExprKind::Paren(inner) => format!("(paren {})", show(inner)),
        ExprKind::Lambda(lambda) => {
            let names: Vec<_> = lambda.parameters.iter().map(|name| name.text(text)).collect();
            format!("(lambda {names:?} {})", show(&lambda.body))
        }
        ExprKind::Call(call) => {
            let base = call.base.as_ref().map_or(String::new(), |base| show(base) + ".");
            format!("({base}{} {})", name(&call.name), list(&call.args))
        }
        ExprKind::Symbol(name) => name.text(text).into(),
        ExprKind::Property { base, name: of, safe } => {
            format!("({} {} {})", if *safe { ".?" } else { "." }, show(base), name(of))
        }
        ExprKind::Index { base, index, safe, from_end } => {
            let op = format!("[{}{}]", if *safe { "?" } else { "" }, if *from_end { "^" } else { "" });
            format!("({op} {} {})", show(base), show(index))
        }
        ExprKind::Nested { base, name: of } => format!("(:: {} {})", show(base), name(of)),
        ExprKind::NonNull(inner) => format!("(nonnull {})", show(inner)),
        ExprKind::Unary(op, inner) => format!("({op:?} {})", show(inner)),
        ExprKind::Binary(op, of) => format!("({op:?} {} {})", show(&of.0), show(&of.1)),
        ExprKind::Ternary(of) => format!("(? {} {} {})", show(&of.0), show(&of.1), show(&of.2)),
    }
}

fn shaped(expression: &str) -> String {
    let text = format!("var x = {expression}\n");
    shape(&value(&text), &text)
}

#[test]
fn operators_bind_as_in_bicep() {
    assert_eq!(shaped("1 + 2 * 3 - 4"), "(Subtract (Add 1 (Multiply 2 3)) 4)");
    assert_eq!(shaped("a ?? b || c && d == e < f"), "(Coalesce a (Or b (And c (Equals d (Less e f)))))");
    assert_eq!(shaped("!a.b"), "(Not (. a b))");
    assert_eq!(shaped("a ? b : c ? d : e"), "(? a b (? c d e))");
    assert_eq!(shaped("a =~ b != c !~ d"), "(NotEqualsInsensitive (NotEquals (EqualsInsensitive a b) c) d)");
    assert_eq!(shaped("-1 % 2 >= (3)"), "(GreaterOrEqual (Modulo (Minus 1) 2) (paren 3))");
}

#[test]
fn members_follow_each_other() {
    assert_eq!(
        shaped("a.b.?c[0][?1][^2][?^3]::d!.e(f)"),
        "((nonnull (:: ([?^] ([^] ([?] ([] (.? (. a b) c) 0) 1) 2) 3) d)).e f)"
    );
    assert_eq!(shaped("az.resourceId('a')"), "(az.resourceId \"a\")");
}

#[test]
fn a_ternary_goes_over_lines_where_bicep_lets_it() {
    assert_eq!(shaped("a\n  ? b\n  : c"), "(? a b c)");
}

#[test]
fn strings_and_their_holes() {
    assert_eq!(shaped(r"'a\n\'\u{1F600}\${b}$c'"), "\"a\\n'😀${b}$c\"");
    assert_eq!(shaped("''"), "\"\"");
    assert_eq!(shaped("'a${b}c${d.e}'"), r#"(interpolate ["a", "c", ""] b (. d e))"#);
    assert_eq!(shaped("'${'${a}'}'"), r#"(interpolate ["", ""] (interpolate ["", ""] a))"#);
}

#[test]
fn strings_of_several_lines() {
    assert_eq!(shaped("'''\na${b}\\n\n'''"), r#""a${b}\\n\n""#);
    assert_eq!(shaped("''''''"), r#""""#);
    assert_eq!(shaped("'''a''b'''''"), r#""a''b''""#);
    assert_eq!(shaped("$'''\na${b}c\n'''"), r#"(interpolate ["a", "c\n"] b)"#);
    assert_eq!(shaped("$$'''${a}$${b}$$${c}'''"), r#"(interpolate ["${a}", "$", ""] b c)"#);
}

#[test]
fn arrays_objects_and_loops() {
    assert_eq!(shaped("[1, 2]"), "[1 2]");
    assert_eq!(shaped("[\n  1\n  ...a\n]"), "[1 ...a]");
    assert_eq!(shaped("{ a: 1, 'b c': 2 }"), r#"{a: 1 "b c": 2}"#);
    assert_eq!(shaped("{\n  '${k}': 1\n  ...a\n}"), r#"{(interpolate ["", ""] k): 1 ...: a}"#);
    assert_eq!(shaped("[for (a, i) in range(0, 3): { b: a }]"), "(for a i (range 0 3) {b: a})");
    assert_eq!(shaped("[\n for a in b: a.c\n]"), "(for a b (. a c))");
}

#[test]
fn lambdas() {
    assert_eq!(shaped("map(a, b => b.c)"), "(map a (lambda [\"b\"] (. b c)))");
    assert_eq!(shaped("reduce(a, 0, (b, c) => b + c)"), "(reduce a 0 (lambda [\"b\", \"c\"] (Add b c)))");
    assert_eq!(shaped("f(() => 1,\n  2\n)"), "(f (lambda [] 1) 2)");
    assert_eq!(shaped("map(a, b =>\n  b)"), "(map a (lambda [\"b\"] b))");
}

#[test]
fn every_declaration_is_read() {
    let text = "\
targetScope = 'subscription'
metadata owner = 'us'
@description('of pools')
@minValue(1)
param count int = 3
param res resource 'Microsoft.Test/tests@2024-01-01'
var typed string = 'a'
type pool = {
  @secure()
  name: string
  size: 'a' | 'b'?
  *: int[]
}
type more = resourceInput<'Microsoft.Test/tests@2024-01-01'>.properties
type tuple = [
  string
  @minLength(1)
  int?
]
func greet(name string, times int) string => '${name}'
import { a, 'b-c' as c } from 'other.bicep'
import * as all from 'other.bicep'
extension kubernetes with { namespace: 'x' } as k8s
resource one 'Microsoft.Test/tests@2024-01-01' existing = { name: 'a' }
resource two 'Microsoft.Test/tests@2024-01-01' = if (true) {
  name: 'a'
  resource child 'children' = {
    name: 'b'
  }
}
module three './m.bicep' = [for i in range(0, 2): if (i > 0) { name: 'm${i}' }]
assert sane = true
test t 'other.bicep' = {}
output o string = two::child.id
output p resource = two
";
    let statements = healthy(text);
    let kinds: Vec<String> = statements
        .iter()
        .map(|statement| {
            format!("{:?}", statement.kind).split(['(', ' ', '{']).next().unwrap_or("").to_owned()
        })
        .collect();
    assert_eq!(
        kinds.join(" "),
        "TargetScope Metadata Param Param Var Type Type Type Function Import Import Extension Resource Resource \
         Module Assert Test Output Output"
    );
    assert_eq!(statements[2].decorators.len(), 2);
    let StatementKind::Resource(two) = &statements[13].kind else { panic!() };
    let ExprKind::If(of) = &two.body.kind else { panic!() };
    assert_eq!(of.body.as_object().unwrap().resources.len(), 1);
}

#[test]
fn a_parameter_file_has_declarations_of_its_own() {
    let text = "using 'main.bicep'\nextends 'base.bicepparam'\nparam a = readEnvironmentVariable('A', 'b')\nvar b = 1\n";
    let program = parse(FILE, text, Dialect::Parameters);
    assert_eq!(program.errors, []);
    let [using, extends, assignment, _] = program.statements.as_slice() else { panic!() };
    assert!(matches!(&using.kind, StatementKind::Using { path: Some(_), with: None }));
    assert!(matches!(&extends.kind, StatementKind::Extends(_)));
    assert!(matches!(&assignment.kind, StatementKind::Assignment { name: Some(_), .. }));
    let none = parse(FILE, "using none\n", Dialect::Parameters);
    assert!(matches!(&none.statements[0].kind, StatementKind::Using { path: None, .. }));
    assert_eq!(parse(FILE, "resource a 'b' = {}\n", Dialect::Parameters).errors.len(), 1);
}

#[test]
fn comments_and_directives_are_kept() {
    let text = "// one\n#disable-next-line BCP037 no-unused-vars // why\nvar x = 1 /* two\n */\n#restore-diagnostics a\n";
    let program = template(text);
    assert_eq!(program.errors, []);
    let written = |span: Span| &text[span.start as usize..span.end as usize];
    let comments: Vec<_> = program.comments.iter().map(|span| written(*span)).collect();
    assert_eq!(comments, ["// one", "// why", "/* two\n */"]);
    let directives: Vec<_> = program
        .directives
        .iter()
        .map(|directive| (directive.name.text(text), written(directive.codes)))
        .collect();
    assert_eq!(directives, [("disable-next-line", "BCP037 no-unused-vars"), ("restore-diagnostics", "a")]);
    assert_eq!(template("#disable-next-line\nvar x = 1\n").errors.len(), 1);
}

#[test]
fn a_damaged_declaration_leaves_the_others_whole() {
    let text = "\
param a string =
resource b 'Microsoft.Test/tests@2024-01-01' = {
  name: 'b'
  location: )
  tags: {}
}
future thing = 1
param c int
";
    let program = template(text);
    let lines: Vec<_> = program
        .errors
        .iter()
        .map(|error| text[..error.span.start as usize].matches('\n').count() + 1)
        .collect();
    assert_eq!(lines, [1, 4, 7]);
    assert_eq!(program.statements.len(), 3);
    let StatementKind::Resource(resource) = &program.statements[1].kind else { panic!() };
    let object = resource.body.as_object().unwrap();
    assert_eq!(object.properties.len(), 3);
    assert_eq!(object.get(text, "name").unwrap().as_string(text).unwrap(), "b");
}

#[test]
fn unterminated_strings_and_comments_are_errors_where_they_begin() {
    let at = |text: &str| {
        let program = template(text);
        program.errors.iter().map(|error| (error.span.start, error.span.end)).collect::<Vec<_>>()
    };
    assert_eq!(at("var x = 'ab\nvar y = 1\n"), [(8, 11)]);
    assert_eq!(at("var x = '''ab\n"), [(8, 14)]);
    assert_eq!(at("var x = 1 /* a"), [(10, 14)]);
    assert_eq!(at("var x = 'a\\q'\n"), [(10, 12)]);
    assert_eq!(at("var x = 'a${b\nvar y = 1\n"), [(13, 13)]);
    assert_eq!(at("var x = \"a\"\n").len(), 3);
    let program = template("var x = 'ab\nvar y = 1\n");
    assert!(matches!(&program.statements[1].kind, StatementKind::Var { name: Some(_), .. }));
}

#[test]
fn spans_count_a_byte_order_mark() {
    let program = template("\u{feff}var x = 1\n");
    assert_eq!(program.errors, []);
    assert_eq!(program.statements[0].span, Span::new(FILE, 3, 12));
}

#[test]
fn tokens_tile_every_text() {
    for text in
        ["", "\u{feff}// a\n", "var x = '${a}b' /* c */\r\n\r\n#disable-next-line a\n  §\t'", "$'''${'\n"]
    {
        let all = tokens(text);
        let mut at = 0;
        for token in &all {
            assert_eq!(token.start, at, "{text:?}");
            at = token.end;
        }
        assert_eq!(at as usize, text.len(), "{text:?}");
    }
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = 10_000;
    let texts = [
        format!("var x = {}\n", "(".repeat(deep)),
        format!("var x = {}1{}\n", "[".repeat(deep), "]".repeat(deep)),
        format!("var x = {}1{}\n", "{a:".repeat(deep), "}".repeat(deep)),
        format!("var x = {}\n", "f(".repeat(deep)),
        format!("var x = {}\n", "a => ".repeat(deep)),
        format!("var x = a{}\n", ".b".repeat(deep)),
        format!("var x = a{}\n", "[0]".repeat(deep)),
        format!("var x = a{}\n", "!".repeat(deep)),
        format!("var x = a{}\n", " + a".repeat(deep)),
        format!("var x = a{}\n", " ? a : b".repeat(deep)),
        format!("var x = {}a\n", "a ? ".repeat(deep)),
        format!("var x = {}a\n", "!".repeat(deep)),
        format!("var x = {}a{}\n", "'${".repeat(deep), "}'".repeat(deep)),
        format!("var x = {}a\n", "[for a in ".repeat(deep)),
        format!("type x = {}\n", "{a:".repeat(deep)),
        format!("type x = {}\n", "[".repeat(deep)),
        format!("type x = a{}\n", "[]".repeat(deep)),
        format!("type x = a{}\n", "?".repeat(deep)),
        format!("type x = {}\n", "a<".repeat(deep)),
        format!("type x = {}\n", "(".repeat(deep)),
        format!("type x = a{}\n", "[a".repeat(deep)),
        format!("resource a 'b' = {}\n", "{\n resource a 'b' = ".repeat(deep)),
        format!("resource a 'b' = {}\n", "if (true) ".repeat(deep)),
        format!("resource a 'b' = {}\n", "[for a in b: ".repeat(deep)),
        format!("@f({}\n", "@f(".repeat(deep)),
    ];
    for text in &texts {
        let program = template(text);
        assert!(!program.errors.is_empty(), "{}", &text[..40]);
        assert!(program.errors.iter().all(|error| error.span.end as usize <= text.len()));
    }
}

#[test]
fn a_long_chain_that_nests_itself_is_no_higher_than_allowed() {
    let inner = ".b".repeat(100);
    let mut text = "a".to_owned();
    for _ in 0..50 {
        text = format!("({text}{inner})");
    }
    assert!(!template(&format!("var x = {text}\n")).errors.is_empty());
}

#[test]
fn every_beginning_and_every_gap_of_a_file_parses_or_is_an_error_within_it() {
    let whole = "@a('é')\nparam p string = 'x${y[?0].?z}' // c\ntype t = { a: 'b' | 1? }\nfunc f(a int) int => a\n\
        resource r 'a/b@1' = [for (i, j) in [1, 2]: if (i == 1) {\n  ...a\n  b: $'''\n${c}'''\n}]\n\
        import { a as b } from 'x'\nextension x with {} as y\noutput o object = map(a, (b, c) => b ?? c!)\n";
    for dialect in [Dialect::Template, Dialect::Parameters] {
        for (cut, c) in whole.char_indices() {
            let gap = format!("{}{}", &whole[..cut], &whole[cut + c.len_utf8()..]);
            for text in [&whole[..cut], &gap] {
                let program = parse(FILE, text, dialect);
                for error in &program.errors {
                    let span = error.span;
                    assert!(span.start <= span.end && span.end as usize <= text.len(), "{text}");
                    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{text}");
                }
            }
        }
    }
}

#[test]
fn a_long_line_of_anything_takes_no_longer_than_its_length() {
    for piece in [
        "'", "${", "}", "(", "[", "{", "@", "a", "a ", ",", "?", "\\u{", "'\\u{", "#", "/*", "a:", "$'''${",
        "for",
    ] {
        let text = format!("var x = {}", piece.repeat(1_000_000 / piece.len()));
        let program = template(&text);
        assert!(program.errors.len() <= 1000);
    }
}
