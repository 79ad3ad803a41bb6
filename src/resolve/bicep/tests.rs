use super::*;
use crate::resolve::arm::tree::NodeKind;
use crate::source::Span;

/// The value at the end of a path of a lowered `main.bicep`, expressions as a template writes them.
fn at(files: &[(&str, &str)], path: &[&str]) -> String {
    let lowered = lowered(files);
    let mut node = &lowered.template;
    for name in path {
        node = match name.parse::<usize>() {
            Ok(index) if !node.items().is_empty() => &node.items()[index],
            _ => node.get(name).unwrap_or_else(|| panic!("{name} in {}", show(node))),
        };
    }
    show(node)
}

fn lowered(files: &[(&str, &str)]) -> Lowered {
    let sources = Sources::in_memory(files);
    let file = sources.load(std::path::Path::new("/main.bicep")).unwrap();
    let lowered = lower(&sources, file).unwrap();
    assert_eq!(lowered.problems, []);
    lowered
}

fn show(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Shared(node) => show(node),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(written) => written.to_string(),
        NodeKind::String(text) => format!("{text:?}"),
        NodeKind::Expr(expression) => format!("[{}]", expression.code().unwrap().expr),
        NodeKind::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        NodeKind::Object(members) => {
            let members = members.iter().map(|member| match &member.computed {
                Some(name) => format!("[{}]: {}", name.code().unwrap().expr, show(&member.value)),
                None => format!("{}: {}", member.name, show(&member.value)),
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A variable of this value, lowered; some names are declared.
fn value(expression: &str) -> String {
    let text = format!(
        "param p string\nparam n int\nparam o object\nparam l array\nvar v = 'v'\n\
         func f(a string) string => '${{a}}!'\nvar x = {expression}\n"
    );
    at(&[("main.bicep", &text)], &["variables", "x"])
}

#[test]
fn literals_are_written_as_they_are_and_become_calls_within_expressions() {
    assert_eq!(value("'a'"), r#""a""#);
    assert_eq!(value("-5"), "-5");
    assert_eq!(value("{ a: [1, null, true], 'b c': 'd' }"), r#"{a: [1, null, true], b c: "d"}"#);
    assert_eq!(
        value("union(o, { a: [1, null, true], b: 4000000000 })"),
        "[union(parameters('o'), createObject('a', createArray(1, null(), true()), 'b', json('4000000000')))]"
    );
    assert_eq!(value("{ copy: 1 }"), "{[string('copy')]: 1}");
    assert_eq!(value("{ '${p}': 1 }"), "{[format('{0}', parameters('p'))]: 1}");
}

#[test]
fn operators_are_functions() {
    assert_eq!(value("n + 1 - 2 * 3 / 4 % 5"), "[sub(add(parameters('n'), 1), mod(div(mul(2, 3), 4), 5))]");
    assert_eq!(
        value("n > 1 && n <= 2 || !(p == 'a')"),
        "[or(and(greater(parameters('n'), 1), lessOrEquals(parameters('n'), 2)), \
         not(equals(parameters('p'), 'a')))]"
    );
    assert_eq!(value("p =~ 'A'"), "[equals(toLower(parameters('p')), toLower('A'))]");
    assert_eq!(value("p !~ 'A'"), "[not(equals(toLower(parameters('p')), toLower('A')))]");
    assert_eq!(
        value("p != 'a' ? 1 : -n"),
        "[if(not(equals(parameters('p'), 'a')), 1, sub(0, parameters('n')))]"
    );
    assert_eq!(value("o.?a ?? v"), "[coalesce(tryGet(parameters('o'), 'a'), variables('v'))]");
}

#[test]
fn holes_are_formats_and_braces_are_doubled() {
    assert_eq!(value("'a{${p}}${n}'"), "[format('a{{{0}}}{1}', parameters('p'), parameters('n'))]");
}

#[test]
fn accesses_go_on_in_one_call_where_one_before_them_was_safe() {
    assert_eq!(value("o.a['b c'][0]"), "[parameters('o').a['b c'][0]]");
    assert_eq!(value("o.?a.b.?c"), "[tryGet(tryGet(parameters('o'), 'a', 'b'), 'c')]");
    assert_eq!(value("(o.?a).b"), "[tryGet(parameters('o'), 'a').b]");
    assert_eq!(value("l[^1]"), "[indexFromEnd(parameters('l'), 1)]");
    assert_eq!(value("l[?^1].a"), "[tryIndexFromEnd(parameters('l'), 1, 'a')]");
    assert_eq!(value("o.a!.b"), "[parameters('o').a.b]");
}

#[test]
fn what_is_spread_is_merged() {
    assert_eq!(
        value("{ a: 1, ...o, b: 2 }"),
        "[shallowMerge(createArray(createObject('a', 1), parameters('o'), createObject('b', 2)))]"
    );
    assert_eq!(value("[1, ...l]"), "[flatten(createArray(createArray(1), parameters('l')))]");
}

#[test]
fn functions_with_and_without_namespaces_and_lambdas() {
    assert_eq!(value("az.resourceGroup().location"), "[resourceGroup().location]");
    assert_eq!(value("any(o).a"), "[parameters('o').a]");
    assert_eq!(value("f(p)"), "[__bicep.f(parameters('p'))]");
    assert_eq!(
        value("map(l, (a, i) => '${a}${i}')"),
        "[map(parameters('l'), lambda('a', 'i', format('{0}{1}', lambdaVariables('a'), lambdaVariables('i'))))]"
    );
    assert_eq!(value("sys.empty(p)"), "[empty(parameters('p'))]");
}

#[test]
fn loops_count_the_list_and_index_into_it() {
    let text = "param l array\nvar x = [for (a, i) in l: { n: a.n, i: i, inner: [for b in a.bs: b] }]\n";
    assert_eq!(
        at(&[("main.bicep", text)], &["variables", "copy", "0"]),
        "{name: \"x\", count: [length(parameters('l'))], input: {copy: [{name: \"inner\", \
         count: [length(parameters('l')[copyIndex('x')].bs)], \
         input: [parameters('l')[copyIndex('x')].bs[copyIndex('inner')]]}], \
         n: [parameters('l')[copyIndex('x')].n], i: [copyIndex('x')]}}"
    );
}

const CLUSTER: &str = "\
param names array
resource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' = {
  name: 'c'
  location: 'westeurope'
  resource inner 'agentPools' = { name: 'inner' }
}
resource looped 'Microsoft.ContainerService/managedClusters@2025-05-01' = [for n in names: if (n != '') {
  name: n
}]
@batchSize(2)
resource pool 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = [for (n, i) in names: {
  parent: looped[i]
  name: 'p${i}'
}]
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'l'
  scope: aks
}
output id string = aks.id
output inner string = aks::inner.id
output fqdn string = aks.properties.fqdn
output where string = aks.location
output safe string? = looped[0].?location
output second string = pool[1].name
";

#[test]
fn resources_have_the_names_of_those_that_they_are_parts_of() {
    let resource = |path: &[&str]| at(&[("main.bicep", CLUSTER)], &[&["resources"], path].concat());
    assert_eq!(resource(&["aks::inner", "name"]), "[format('{0}/{1}', 'c', 'inner')]");
    assert_eq!(
        resource(&["aks::inner", "type"]),
        r#""Microsoft.ContainerService/managedClusters/agentPools""#
    );
    assert_eq!(resource(&["looped", "condition"]), "[not(equals(parameters('names')[copyIndex()], ''))]");
    assert_eq!(
        resource(&["pool", "name"]),
        "[format('{0}/{1}', parameters('names')[copyIndex()], format('p{0}', copyIndex()))]"
    );
    assert_eq!(
        resource(&["pool", "copy"]),
        r#"{name: "pool", count: [length(parameters('names'))], mode: "serial", batchSize: 2}"#
    );
    assert_eq!(
        resource(&["lock", "scope"]),
        "[resourceId('Microsoft.ContainerService/managedClusters', 'c')]"
    );
}

#[test]
fn what_is_asked_of_resources_is_an_id_or_a_reference() {
    let output = |name| at(&[("main.bicep", CLUSTER)], &["outputs", name, "value"]);
    let kind = "Microsoft.ContainerService/managedClusters";
    assert_eq!(output("id"), format!("[resourceId('{kind}', 'c')]"));
    assert_eq!(output("inner"), format!("[resourceId('{kind}/agentPools', 'c', 'inner')]"));
    assert_eq!(output("fqdn"), "[reference('aks').fqdn]");
    assert_eq!(output("where"), "[reference('aks', '2025-05-01', 'full').location]");
    assert_eq!(
        output("safe"),
        "[tryGet(if(not(equals(parameters('names')[0], '')), reference(format('looped[{0}]', 0), '2025-05-01', \
         'full'), null()), 'location')]"
    );
    assert_eq!(output("second"), "[format('p{0}', 1)]");
}

#[test]
fn variables_that_hang_on_run_time_are_written_out() {
    let text = "\
resource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' existing = { name: 'c' }
var a = aks.properties.fqdn
var b = { c: a }
var d = aks.id
output o object = b
";
    let files = [("main.bicep", text)];
    assert_eq!(
        at(&files, &["outputs", "o", "value"]),
        "{c: [reference(resourceId('Microsoft.ContainerService/managedClusters', 'c'), '2025-05-01').fqdn]}"
    );
    assert_eq!(
        at(&files, &["variables"]),
        "{d: [resourceId('Microsoft.ContainerService/managedClusters', 'c')]}"
    );
    assert_eq!(at(&files, &["resources"]), "[]");
}

#[test]
fn modules_are_nested_deployments_with_their_templates_and_outputs() {
    let module = "param size string\noutput size string = size\n@secure()\noutput key string = size\n";
    let main = "\
module m 'm.bicep' = if (true) {
  name: 'm'
  scope: resourceGroup('other')
  params: { size: 'a' }
}
module far 'br:shop.azurecr.io/aks/cluster:0.8.0' = {}
output size string = m.outputs.size
output key string = m.outputs.key
";
    let files = [("main.bicep", main), ("m.bicep", module)];
    let path = |path: &[&str]| at(&files, &[&["resources", "m"], path].concat());
    assert_eq!(path(&["resourceGroup"]), r#""other""#);
    assert_eq!(path(&["condition"]), "true");
    assert_eq!(path(&["properties", "parameters"]), r#"{size: {value: "a"}}"#);
    assert_eq!(path(&["properties", "template", "outputs", "size", "value"]), "[parameters('size')]");
    assert_eq!(at(&files, &["outputs", "size", "value"]), "[reference('m').outputs.size.value]");
    assert_eq!(
        at(&files, &["outputs", "key", "value"]),
        "[listOutputsWithSecureValues('m', '2025-04-01').key]"
    );
    assert_eq!(
        at(&files, &["resources", "far", "properties", "templateLink", "uri"]),
        r#""br:shop.azurecr.io/aks/cluster:0.8.0""#
    );
    assert_eq!(
        at(&files, &["resources", "far", "name"]),
        "[format('far-{0}', uniqueString('far', deployment().name))]"
    );
    assert_eq!(lowered(&files).unread, ["br:shop.azurecr.io/aks/cluster:0.8.0"]);
}

#[test]
fn imports_bring_what_they_need_under_names_of_their_own() {
    let lib = "\
@export()
var sizes = { small: base }
var base = 'Standard_D2s_v5'
@export()
func pick(name string) string => helper(name)
func helper(name string) string => '${name}-x'
@export()
type mode = 'System' | 'User'
";
    let main = "import { sizes, mode as poolMode } from 'lib.bicep'\nimport * as lib from 'lib.bicep'\n\
        param m poolMode\noutput a object = sizes\noutput b string = lib.pick('y')\n";
    let files = [("main.bicep", main), ("lib.bicep", lib)];
    assert_eq!(at(&files, &["outputs", "a", "value"]), "[variables('sizes')]");
    assert_eq!(at(&files, &["variables", "sizes"]), "{small: [variables('_1.base')]}");
    assert_eq!(at(&files, &["outputs", "b", "value"]), "[_1.pick('y')]");
    assert_eq!(at(&files, &["parameters", "m", "$ref"]), r##""#/definitions/poolMode""##);
    assert_eq!(at(&files, &["definitions", "poolMode", "allowedValues"]), r#"["System", "User"]"#);
    assert_eq!(
        at(&files, &["functions", "0", "members", "pick", "output", "value"]),
        "[_1.helper(parameters('name'))]"
    );
}

#[test]
fn imports_from_compiled_templates_bring_what_they_need() {
    let compiled = r##"{
  "metadata": {"__bicep_exported_variables!": [{"name": "sizes"}, {"name": "odd name"}]},
  "definitions": {
    "mode": {"$ref": "#/definitions/word", "metadata": {"__bicep_export!": true}},
    "word": {"type": "string", "allowedValues": ["System", "User"]}
  },
  "functions": [
    {"namespace": "__bicep", "members": {
      "pick": {"parameters": [{"name": "n", "type": "string"}], "metadata": {"__bicep_export!": true},
               "output": {"type": "string", "value": "[_1.helper(parameters('n'))]"}}}},
    {"namespace": "_1", "members": {
      "helper": {"parameters": [{"name": "n", "type": "string"}],
                 "output": {"type": "string", "value": "[concat(parameters('n'), '-x')]"}}}}
  ],
  "variables": {
    "copy": [{"name": "all", "count": 2, "input": "[format('{0}{1}', variables('base'), copyIndex('all'))]"}],
    "base": "Standard_D",
    "sizes": {"first": "[variables('all')[0]]"},
    "odd name": 1,
    "unused": "[variables('base')]"
  },
  "resources": []
}"##;
    let main = "import { sizes, mode as poolMode, 'odd name' as odd } from 'lib.json'\n\
        import * as lib from 'lib.json'\nparam m poolMode\nparam k lib.mode\noutput a string = sizes.first\n\
        output b string = lib.pick('y')\noutput c int = odd\noutput d object = lib.sizes\n";
    let files = [("main.bicep", main), ("lib.json", compiled)];
    assert_eq!(at(&files, &["outputs", "a", "value"]), "[variables('sizes').first]");
    assert_eq!(at(&files, &["variables", "sizes"]), "{first: [variables('_1.all')[0]]}");
    assert_eq!(at(&files, &["variables", "odd"]), "1");
    assert_eq!(at(&files, &["variables", "_1.base"]), r#""Standard_D""#);
    assert_eq!(
        at(&files, &["variables", "copy"]),
        "[{name: \"_1.all\", count: 2, input: [format('{0}{1}', variables('_1.base'), copyIndex('_1.all'))]}]"
    );
    assert!(lowered(&files).template.at(&["variables", "_1.unused"]).is_none());
    assert_eq!(at(&files, &["outputs", "d", "value"]), "[variables('sizes')]");
    assert_eq!(at(&files, &["parameters", "m", "$ref"]), r##""#/definitions/poolMode""##);
    assert_eq!(at(&files, &["parameters", "k", "$ref"]), r##""#/definitions/poolMode""##);
    assert_eq!(at(&files, &["definitions", "poolMode", "$ref"]), r##""#/definitions/_1.word""##);
    assert_eq!(at(&files, &["outputs", "b", "value"]), "[_1.pick('y')]");
    let functions = at(&files, &["functions"]);
    assert!(functions.contains("value: [_1._1.helper(parameters('n'))]"), "{functions}");
}

#[test]
fn files_are_read_inside_the_project() {
    let main = "var a = loadJsonContent('a.json').x\nvar t = loadTextContent('t.txt')\n\
        var y = loadYamlContent('y.yaml', '$.list[0]')\nvar out = loadTextContent('../../etc/hosts')\n";
    let files =
        [("main.bicep", main), ("a.json", "{\"x\": [1]}"), ("t.txt", "hi\n"), ("y.yaml", "list: [{v: 3}]\n")];
    assert_eq!(at(&files, &["variables", "a"]), "[variables('$fxv#0').x]");
    assert_eq!(at(&files, &["variables", "$fxv#0"]), "{x: [1]}");
    assert_eq!(at(&files, &["variables", "t"]), r#""hi\n""#);
    assert_eq!(at(&files, &["variables", "$fxv#1"]), "{v: 3}");
    assert!(at(&files, &["variables", "out"]).starts_with("[unknown("));
}

#[test]
fn types_say_what_is_allowed() {
    let text = "@description('d')\n@minValue(1)\nparam a int?\n@allowed(['x', 'y'])\nparam b string = 'x'\n\
        @secure()\nparam c string\nparam d { e: ('f' | 'g')[], *: bool }\n";
    let parameter = |name| at(&[("main.bicep", text)], &["parameters", name]);
    assert_eq!(parameter("a"), r#"{type: "int", nullable: true, minValue: 1, metadata: {description: "d"}}"#);
    assert_eq!(parameter("b"), r#"{type: "string", allowedValues: ["x", "y"], defaultValue: "x"}"#);
    assert_eq!(parameter("c"), r#"{type: "securestring"}"#);
    assert_eq!(
        parameter("d"),
        r#"{type: "object", additionalProperties: {type: "bool"}, properties: {e: {type: "array", allowedValues: ["f", "g"]}}}"#
    );
}

#[test]
fn parameter_files_have_their_variables_written_out_and_extend_each_other() {
    let files = [
        (
            "main.bicep",
            "param a string\nparam b array\nparam c string\nparam d string\nparam e string\nparam f string\n",
        ),
        ("base.bicepparam", "using none\nparam a = 'base'\nparam c = 'base'\n"),
        (
            "prod.bicepparam",
            "using 'main.bicep'\nextends 'base.bicepparam'\nvar v = 'x'\nparam a = '${v}y'\n\
             param b = [for i in range(0, 2): '${v}${i}']\nparam d = readEnvironmentVariable('D')\n\
             param f = readEnvironmentVariable('F', '${v}z')\nparam e = az.getSecret('s', 'g', 'v', 'n')\n\
             param g = '${readEnvVar('G')}!'\nparam h = int(readCliArg('h'))\nparam i = externalInput('k', 'i')\n",
        ),
    ];
    let sources = Sources::in_memory(&files);
    let file = sources.load(std::path::Path::new("/prod.bicepparam")).unwrap();
    let given = lower_parameters(&sources, file).unwrap();
    assert_eq!(given.problems, []);
    assert_eq!(given.template, sources.load(std::path::Path::new("/main.bicep")).ok());
    let parameter = |name: &str| show(given.values.at(&["parameters", name]).unwrap());
    assert_eq!(parameter("a"), "{value: [format('{0}y', 'x')]}");
    assert_eq!(parameter("c"), r#"{value: "base"}"#);
    assert_eq!(parameter("f"), "{value: [format('{0}z', 'x')]}");
    assert_eq!(
        parameter("b"),
        "{value: [map(range(0, length(range(0, 2))), lambda('[0]', format('{0}{1}', 'x', \
         range(0, 2)[lambdaVariables('[0]')])))]}"
    );
    assert_eq!(parameter("d"), "{value: [unknown(an environment variable is not read)]}");
    assert_eq!(parameter("e"), "{reference: {}}");
    assert_eq!(parameter("g"), "{value: [format('{0}!', externalInput('sys.envVar', 'G'))]}");
    assert_eq!(parameter("h"), "{value: [int(externalInput('sys.cliArg', 'h'))]}");
    assert_eq!(parameter("i"), "{value: [externalInput('k', 'i')]}");
}

#[test]
fn expressions_are_marked_where_they_are_written() {
    let text = "param p string\nvar x = 'a${p}'\n";
    let lowered = lowered(&[("main.bicep", text)]);
    let node = lowered.template.at(&["variables", "x"]).unwrap();
    let start = text.find("'a$").unwrap();
    assert_eq!(node.span, Span::new(lowered.files[0], start, text.len() - 1));
}

#[test]
fn circles_end() {
    let circular = "var a = b\nvar b = a\noutput o string = a\nmodule m 'main.bicep' = { name: 'm' }\n\
        resource r 'A.B/c@2020-01-01' existing = { name: s.properties.x, parent: s }\n\
        resource s 'A.B/c@2020-01-01' existing = { name: r.properties.x, parent: r }\noutput p string = r.id\n";
    let lowered = lowered(&[("main.bicep", circular)]);
    assert!(lowered.template.get("resources").is_some());
}

#[test]
fn what_doubles_itself_is_bounded() {
    let mut text =
        "resource r 'A.B/c@2020-01-01' existing = { name: 'n' }\nvar v0 = r.properties.x\n".to_owned();
    for level in 1..60 {
        text.push_str(&format!("var v{level} = '${{v{0}}}${{v{0}}}'\n", level - 1));
    }
    text.push_str("output o string = v59\n");
    assert!(lowered(&[("main.bicep", &text)]).template.get("outputs").is_some());
}

#[test]
fn modules_that_call_many_of_each_other_are_bounded() {
    let level = |next: &str| -> String {
        (0..100).map(|index| format!("module m{index} '{next}' = {{ name: 'm{index}' }}\n")).collect()
    };
    let files = [
        ("main.bicep", level("a.bicep")),
        ("a.bicep", level("b.bicep")),
        ("b.bicep", level("c.bicep")),
        ("c.bicep", level("d.bicep")),
        ("d.bicep", "output o string = 'x'\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(lowered(&files).template.get("resources").unwrap().items().len(), 100);
}

#[test]
fn a_condition_holds_for_what_is_nested_and_not_for_what_has_a_parent() {
    let text = "\
param new bool
param win bool
resource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' = if (new) {
  name: 'c'
  resource inner 'agentPools' = { name: 'inner' }
  resource both 'agentPools' = if (win) { name: 'both' }
}
resource beside 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = { name: 'beside', parent: aks }
";
    // In a template nothing is handed down: the compiler writes the condition with each nested one.
    let lowered = lowered(&[("main.bicep", text)]);
    let resources = lowered.template.get("resources").unwrap().items();
    let conditions = resources.iter().map(|resource| resource.get("condition").map(show));
    let conditions: Vec<Option<String>> = conditions.collect();
    let new = "[parameters('new')]";
    let both = "[and(parameters('new'), parameters('win'))]";
    let wanted = [Some(new), Some(new), Some(both), None];
    let mut have: Vec<Option<&str>> = conditions.iter().map(Option::as_deref).collect();
    have.sort_unstable();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(have, wanted);
}

#[test]
fn a_file_that_is_loaded_again_is_the_same_node() {
    let text = "\
var a = loadJsonContent('b.json')
var b = loadJsonContent('b.json')
var c = loadJsonContent('b.json', '$.x')
output o object = loadJsonContent('b.json')
";
    let lowered = lowered(&[("main.bicep", text), ("b.json", "{\"x\": [1.5, \"two\"]}")]);
    let variables = lowered.template.get("variables").unwrap().members();
    let shared: Vec<&std::sync::Arc<Node>> = variables
        .iter()
        .filter_map(|member| match &member.value.kind {
            NodeKind::Shared(node) => Some(node),
            _ => None,
        })
        .collect();
    assert_eq!(shared.len(), 4);
    let same = |other: &&&std::sync::Arc<Node>| std::sync::Arc::ptr_eq(shared[0], other);
    assert_eq!(shared.iter().filter(same).count(), 3);
}

#[test]
fn the_name_of_a_resource_is_not_written_out_for_each_of_very_many_segments() {
    let text = |segments: usize| {
        format!(
            "param p string\nresource r 'A.B/c{}@2020-01-01' existing = {{ name: '{}' }}\noutput o string = r.id\n",
            "/d".repeat(segments - 1),
            "/${p}".repeat(segments)
        )
    };
    let written = |segments: usize| {
        let text = text(segments);
        let lowered = lowered(&[("main.bicep", &text)]);
        show(lowered.template.get("outputs").unwrap().get("o").unwrap().get("value").unwrap())
    };
    assert_eq!(written(16).matches("split(").count(), 16);
    assert_eq!(written(17).matches("split(").count(), 0);
    assert!(written(300).len() < 10_000);
}
