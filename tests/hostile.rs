//! Nothing that a stranger writes may break the linter: no panic, no span outside of its file, no run without
//! end, nothing raw to the terminal.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // It prints how long its cases take.

#[path = "hostile/arm.rs"]
mod arm;
#[path = "hostile/bicep.rs"]
mod bicep;
mod common;
#[path = "hostile/damaged.rs"]
mod damaged;
#[cfg(unix)]
#[path = "hostile/on_disk.rs"]
mod on_disk;
#[path = "support/page.rs"]
mod page;
#[path = "hostile/terraform.rs"]
mod terraform_bounds;

use std::fmt::Write;
use std::time::{Duration, Instant};

use akslint::facts::Date;
use akslint::output::human::Style;
use akslint::output::{azure_pipelines, concise, github, gitlab, human, json, junit, markdown, pools, sarif};
use akslint::report::Report;
use akslint::source::{Sources, Span};

/// What a case may take. Each takes a small part of it; on a busy machine time is no measure.
const LIMIT: Duration = Duration::from_secs(60);

/// Lints, renders in every format, and looks at all spans and characters.
fn survive(files: &[(&str, &str)]) -> (Report, String) {
    let start = Instant::now();
    let (sources, report) = common::lint(files);
    let linted = start.elapsed();
    let shown = render(&sources, &report);
    check_spans(&sources, &report);
    check_characters(&shown);
    if std::env::var_os("HOSTILE_TIMES").is_some() {
        println!("lint {linted:?}, all {:?}", start.elapsed());
    }
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
    (report, shown)
}

/// The report in every format.
fn render(sources: &Sources, report: &Report) -> String {
    let style = Style { colour: false, width: 100, terminal: true, hyperlinks: false };
    let mut out = human::render(report, sources, style);
    out.push_str(&concise::render(report, sources));
    out.push_str(&pools::human(report, sources));
    // Without the commands that are the reporter's own, nothing may be one.
    for line in github::render(report, sources).lines() {
        out.push_str(&format!("{}\n", line.strip_prefix("::").unwrap()));
    }
    for line in azure_pipelines::render(report, sources).lines() {
        out.push_str(&format!("{}\n", line.strip_prefix("##vso").unwrap_or(line)));
    }
    out.push_str(&markdown::render(report, sources));
    let junit = junit::render(report, sources, &|_| true, Date::parse("2026-11-20").unwrap());
    roxmltree::Document::parse(&junit).unwrap();
    out.push_str(&junit);
    let choice = sarif::Choice { suppressed: true, complete: true };
    for document in [
        json::render(report, sources),
        pools::json(report, sources),
        sarif::render(report, sources, choice),
        gitlab::render(report, sources),
    ] {
        serde_json::from_str::<serde_json::Value>(&document).unwrap();
        out.push_str(&document);
    }
    out
}

fn check_spans(sources: &Sources, report: &Report) {
    let mut spans: Vec<Span> = Vec::new();
    for diagnostic in &report.diagnostics {
        spans.push(diagnostic.primary.span);
        spans.extend(diagnostic.labels.iter().map(|label| label.span));
    }
    spans.extend(report.unread.iter().filter_map(|unread| unread.span));
    spans.extend(report.unresolved.iter().filter_map(|unresolved| unresolved.span));
    spans.extend(report.fleet.pools.iter().map(|pool| pool.span));
    for span in spans {
        let text = sources.text(span.file).unwrap();
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} of {}", text.len());
    }
}

/// Nothing that a terminal acts on, and no line that a CI system takes for a command.
fn check_characters(shown: &str) {
    let raw = shown.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t');
    assert_eq!(raw, None, "{shown:.2000}");
    for line in shown.lines() {
        let line = line.trim_start();
        // The snippets of several files have `::: path` between them, which is no command.
        let command =
            line.strip_prefix("::").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!command && !line.contains("##[") && !line.contains("##vso["), "{line}");
    }
}

/// Says that `what` is somewhere in the output.
fn says(shown: &str, what: &str) {
    assert!(shown.contains(what), "`{what}` is not said in: {shown:.3000}");
}

/// A cluster whose pool has these arguments.
fn terraform(arguments: &str, more: &str) -> String {
    format!(
        "resource \"azurerm_kubernetes_cluster\" \"aks\" {{\n  name = \"aks\"\n  location = \"westeurope\"\n  \
         kubernetes_version = \"1.34\"\n  default_node_pool {{\n    name = \"system\"\n    vm_size = \
         \"Standard_D4s_v5\"\n  }}\n}}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"p\" {{\n  \
         kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id\n{arguments}\n}}\n{more}\n"
    )
}

/// A template with one pool.
fn arm(variables: &str, properties: &str, more: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", "variables": {{{variables}}},
"resources": [{{"type": "Microsoft.ContainerService/managedClusters/agentPools", "apiVersion": "2024-09-01",
"name": "aks/pool", {more} "properties": {{"osType": "Linux", {properties}}}}}]}}"#
    )
}

fn one(name: &str, text: &str) -> (Report, String) {
    survive(&[(name, text)])
}

fn tf(arguments: &str, more: &str) -> (Report, String) {
    one("main.tf", &terraform(arguments, more))
}

fn repeat(count: usize, make: impl Fn(usize) -> String) -> String {
    (0..count).map(make).collect()
}

#[test]
fn terraform_locals_that_double_sixty_times() {
    let locals = repeat(60, |i| format!("  l{} = [local.l{i}, local.l{i}]\n", i + 1));
    let (report, shown) = tf(
        "  name = \"p\"\n  vm_size = local.l60[0]\n  zones = local.l60\n  node_labels = { for k, v in local.l60 : k => v }",
        &format!("locals {{\n  l0 = \"Standard_D4s_v5\"\n{locals}}}"),
    );
    assert_eq!(report.fleet.pools.len(), 2);
    says(&shown, "more parts or levels than are kept");
}

#[test]
fn terraform_objects_and_strings_that_double_sixty_times() {
    let objects = repeat(60, |i| format!("  o{} = {{ a = local.o{i}, b = local.o{i} }}\n", i + 1));
    let strings = repeat(60, |i| format!("  s{} = \"${{local.s{i}}}${{local.s{i}}}\"\n", i + 1));
    let merged = repeat(60, |i| {
        format!("  m{} = merge(local.m{i}, {{ for k, v in local.m{i} : \"${{k}}x\" => v }})\n", i + 1)
    });
    let lists = repeat(60, |i| format!("  c{} = concat(local.c{i}, local.c{i})\n", i + 1));
    let (report, _) = tf(
        "  name = local.s60\n  vm_size = local.o60.a.b.a\n  zones = local.c60\n  node_labels = local.m60\n  os_sku = local.c60[3]",
        &format!(
            "locals {{\n  o0 = \"a\"\n  s0 = \"ab\"\n  m0 = {{ a = 1 }}\n  c0 = [\"1\"]\n{objects}{strings}{merged}{lists}}}"
        ),
    );
    assert_eq!(report.fleet.pools.len(), 2);
}

#[test]
fn terraform_variables_with_types_that_double() {
    let mut ty = "string".to_owned();
    for _ in 0..18 {
        ty = format!("object({{ a = {ty}, b = {ty} }})");
    }
    tf(
        "  name = var.x.a\n  vm_size = var.x.a",
        &format!("variable \"x\" {{\n  type = {ty}\n  default = {{}}\n}}"),
    );
}

#[test]
fn deep_nesting_in_terraform() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a=", "}"),
        ("-", ""),
        ("!", ""),
        ("upper(", ")"),
        ("\"${", "}\""),
        ("true ? 1 : ", ""),
        ("1 + ", ""),
        ("[for x in ", ": x]"),
        ("a[", "]"),
        ("{for k, v in ", ": k => v}"),
        ("\"%{ if true }", "%{ endif }\""),
    ] {
        for depth in [50, 200, 10_000] {
            let expr = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            tf(&format!("  name = \"p\"\n  vm_size = {expr}"), "");
        }
    }
    for step in [".a", "[0]", ".*", "[*]", ".0", "[\"a\"]", "()"] {
        tf(&format!("  name = \"p\"\n  vm_size = var.x{}", step.repeat(10_000)), "variable \"x\" {}");
    }
    let blocks = format!("{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000));
    tf(&format!("  name = \"p\"\n{blocks}"), "");
    let dynamic =
        format!("{}{}", "dynamic \"a\" {\nfor_each=[1,2]\ncontent {\n".repeat(60), "}}\n".repeat(60));
    tf(&format!("  name = \"p\"\n{dynamic}"), "");
    let dynamic =
        format!("{}{}", "dynamic \"a\" {\nfor_each=[1,2]\ncontent {\n".repeat(2000), "}\n}\n".repeat(2000));
    tf(&format!("  name = \"p\"\n{dynamic}"), "");
}

#[test]
fn nested_dynamic_blocks_double() {
    for depth in [20, 60] {
        let dynamic = format!(
            "{}{}",
            "dynamic \"a\" {\nfor_each = [1, 2]\ncontent {\n".repeat(depth),
            "}\n}\n".repeat(depth)
        );
        tf(&format!("  name = \"p\"\n{dynamic}"), "");
    }
}

#[test]
fn deep_types_in_terraform() {
    for depth in [100, 10_000] {
        let ty = format!("{}string{}", "list(".repeat(depth), ")".repeat(depth));
        tf(
            "  name = \"p\"\n  vm_size = var.x",
            &format!("variable \"x\" {{\n  type = {ty}\n  default = []\n}}"),
        );
    }
}

#[test]
fn chains_of_locals_and_modules() {
    for length in [300, 8_000] {
        let locals = repeat(length, |i| format!("  l{} = local.l{i}\n", i + 1));
        let last = length;
        let (_, shown) = tf(
            &format!("  name = \"p\"\n  vm_size = local.l{last}"),
            &format!("locals {{\n  l0 = \"Standard_D4s_v5\"\n{locals}}}"),
        );
        says(&shown, "evaluation takes more steps or levels than are allowed");
    }
}

#[test]
fn cycles_in_terraform() {
    let (_, shown) = tf(
        "  name = local.a\n  vm_size = var.v",
        "locals {\n  a = local.b\n  b = local.a\n}\nvariable \"v\" {\n  default = var.v\n}",
    );
    says(&shown, "refers to itself");
    let (_, shown) = survive(&[
        (
            "main.tf",
            &terraform(
                "  name = \"p\"\n  vm_size = module.a.x",
                "module \"a\" {\n  source = \"./a\"\n  x = module.b.x\n}\nmodule \"b\" {\n  source = \"./a\"\n  x = module.a.x\n}",
            ),
        ),
        (
            "a/main.tf",
            "variable \"x\" {}\noutput \"x\" {\n  value = var.x\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"z\" {\n  name = var.x\n}",
        ),
    ]);
    says(&shown, "refers to itself");
}

#[test]
fn values_nested_in_stages_are_bounded() {
    // Each field of the pool goes fifty levels deeper than the one before, and so no reference is deep.
    let locals = repeat(4_000, |i| format!("  l{} = [local.l{i}]\n  p{} = local.p{i}\n", i + 1, i + 1));
    let stages =
        repeat(80, |i| format!("    s{i:04} = local.l{}\n    t{i:04} = local.p{}\n", i * 50, i * 50));
    let (_, shown) = tf(
        &format!(
            "  name = \"p\"\n  vm_size = \"a\"\n  node_labels = {{\n{stages}  }}\n  os_sku = local.p3950"
        ),
        &format!("locals {{\n  l0 = \"x\"\n  p0 = \"Windows2019\"\n{locals}}}"),
    );
    says(&shown, "more parts or levels than are kept");
}

#[test]
fn modules_that_call_each_other() {
    let pool = "resource \"azurerm_kubernetes_cluster_node_pool\" \"z\" {\n  name = \"z\"\n}\n";
    let call = |name: &str, source: &str| format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n");
    let (_, shown) = one("main.tf", &format!("{pool}{}", call("a", "./")));
    says(&shown, "module `a` calls itself");
    // Two calls on every level: 2^32 instances if only the depth were bounded.
    let (_, shown) = one("main.tf", &format!("{pool}{}{}", call("a", "./"), call("b", "./")));
    says(&shown, "calls itself");
    let (_, shown) = survive(&[
        ("a/main.tf", &format!("{pool}{}{}", call("a", "../b"), call("b", "../b"))),
        ("b/main.tf", &format!("{pool}{}{}", call("a", "../a"), call("b", "../a"))),
    ]);
    says(&shown, "calls itself");
    // The same without a cycle.
    let names: Vec<String> = (0..40).map(|i| format!("m{i}/main.tf")).collect();
    let texts: Vec<String> = (0..40)
        .map(|i| {
            format!("{pool}{}{}", call("a", &format!("../m{}", i + 1)), call("b", &format!("../m{}", i + 1)))
        })
        .collect();
    let files: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    survive(&files);
    let many = "module \"a\" {\n  source = \"./a\"\n  count = 1000\n}\n";
    survive(&[
        ("main.tf", many),
        ("a/main.tf", &format!("{pool}{}", many.replace("./a", "./b"))),
        ("a/b/main.tf", pool),
    ]);
}

#[test]
fn counts_and_ranges_of_millions() {
    for count in ["1000000", "9223372036854775807", "1e300", "-1", "0.5", "\"x\"", "null", "[]"] {
        tf(
            &format!("  count = {count}\n  name = \"p${{count.index}}\"\n  vm_size = \"Standard_D4s_v5\""),
            "",
        );
    }
    let (_, shown) =
        tf("  name = \"p\"\n  vm_size = [for i in range(1e9) : i][0]\n  zones = range(1e18)", "");
    says(&shown, "range");
    tf(
        "  name = \"p\"\n  vm_size = [for i in range(1000) : [for j in range(1000) : [for k in range(1000) : [for l in range(1000) : l]]]][0][0][0][0]",
        "",
    );
    tf(
        "  for_each = toset([for i in range(1000) : \"a${i}\"])\n  name = each.key\n  vm_size = \"Standard_D4s_v5\"",
        "",
    );
    tf(
        "  for_each = { for p in setproduct(range(1000), range(1000), range(1000)) : \"${p[0]}\" => p }\n  name = each.key",
        "",
    );
}

#[test]
fn texts_and_patterns_that_explode() {
    for expr in [
        "format(\"%999999999s\", \"a\")",
        "format(\"%70000s%070000d\", \"a\", 1)",
        "format(\"%.70000f%.70000e%.70000g\", 1.5, 1.5, 1.5)",
        "format(\"%*d\", 999999999, 1)",
        "format(\"%.999999999f\", 1.5)",
        "join(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", [for i in range(1000) : join(\"bbbbbbbbbbbbbbbbbb\", range(1000))])",
        "replace(replace(replace(replace(replace(replace(replace(replace(\"aaaaaaaaaa\", \"a\", \"aaaaaaaaaa\"), \"a\", \"aaaaaaaaaa\"), \"a\", \"aaaaaaaaaa\"), \"a\", \"aaaaaaaaaa\"), \"a\", \"aaaaaaaaaa\"), \"a\", \"aaaaaaaaaa\"), \"a\", \"aaaaaaaaaa\"), \"a\", \"aaaaaaaaaa\")",
        "regex(\"(a+)+$\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\")",
        "regex(\"((a{0,1000}){0,1000}){0,1000}\", \"aaaa\")",
        "regexall(\"(?i)\\\\w{0,500}\\\\w{0,500}\\\\pL{0,900}\", \"aaaa\")",
        "replace(\"aaaaaaaaaaaaaaaaa\", \"/(.*)(.*)(.*)(.*)/\", \"$1$1$1$1$1$1$1$1\")",
        "cidrsubnets(\"10.0.0.0/8\", 24, 24, 24, 24)",
        "cidrsubnets(\"::/0\", 128, 128)",
        "cidrsubnet(\"10.0.0.0/8\", 999999999, 999999999)",
        "cidrsubnet(\"::/0\", 128, -1)",
        "cidrsubnet(\"10.0.0.0/8\", -1, 0)",
        "cidrhost(\"10.0.0.0/8\", 99999999999999999999999999999)",
        "cidrhost(\"::/0\", -99999999999999999999999999999)",
        "substr(\"aé\", 1, -1)",
        "substr(\"aé\", -9223372036854775808, 9223372036854775807)",
        "indent(999999999, \"a\\nb\\nc\")",
        "chunklist(range(1000), 0)",
        "chunklist(range(1000), -1)",
        "element([], 5)",
        "element([1], -9223372036854775808)",
        "slice([1], -5, 900)",
        "slice([1,2,3], 2, 1)",
        "1 % 0",
        "1 / 0",
        "-9223372036854775808 - 1",
        "9223372036854775807 * 9223372036854775807",
        "-9223372036854775808 / -1",
        "-9223372036854775808 % -1",
        "abs(-9223372036854775808)",
        "pow(10, 1000)",
        "pow(0, -1)",
        "log(0, 0)",
        "ceil(1e308 * 10)",
        "parseint(\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\", 62)",
        "parseint(\"1\", 99999999999)",
        "parseint(\"é\", 2)",
        "timeadd(\"2026-01-01T00:00:00Z\", \"99999999999999h\")",
        "timeadd(\"9999-12-31T23:59:59Z\", \"1h\")",
        "formatdate(\"YYYYYYYYYYYYYYYYYYYYYYYYY'\", \"2026-01-01T00:00:00Z\")",
        "formatdate(\"é'é\", \"2026-01-01T00:00:00Z\")",
        "base64decode(\"////\")",
        "base64gzip(\"a\")",
        "jsondecode(\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\")",
        "jsondecode(join(\"\", [for i in range(1000) : \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]))",
        "yamldecode(join(\"\", [for i in range(1000) : \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]))",
        "yamldecode(\"a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\")",
        "jsonencode(range(1000))",
        "urlencode(\"é\\u0000\")",
        "flatten([[[[[[[[[[1]]]]]]]]]])",
        "setproduct(range(1000), range(1000))",
        "transpose({ a = range(1000) })",
        "zipmap(range(1000), range(1000))",
        "sort([for i in range(1000) : \"${i}\"])",
        "title(\"é\\u0000\")",
        "strrev(\"e\\u0301\")",
        "split(\"\", \"abc\")",
        "trim(\"é\", \"\")",
        "csvdecode(\"a,b\\n1\")",
        "csvdecode(\"a,a\\n1,2\")",
        "csvdecode(\"\\\"a\")",
        "file(\"/etc/passwd\")",
        "file(\"../../../../etc/passwd\")",
        "file(\"\\u0000\")",
        "templatefile(\"main.tf\", {})",
        "fileset(\"/\", \"**\")",
        "filebase64(\"/dev/zero\")",
        "coalesce()",
        "max()",
        "range(0, 10, 0)",
        "range(1, 2, 3, 4)",
        "lookup()",
        "lookup({}, \"a\")",
        "try()",
        "can()",
        "index([], 1)",
        "sum([])",
        "one([1,2])",
        "tonumber(\"1e999999999\")",
        "1e999999999",
        "999999999999999999999999999999999999999999999999999999",
        "tostring(1e300)",
        "\"%{ for i in range(1000) }%{ for j in range(1000) }%{ for k in range(1000) }${i}%{ endfor }%{ endfor }%{ endfor }\"",
        "sha512(join(\"\", [for i in range(1000) : \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]))",
    ] {
        let start = Instant::now();
        tf(&format!("  name = \"p\"\n  vm_size = {expr}"), "");
        if start.elapsed() > Duration::from_millis(500) {
            println!("{:?} {expr}", start.elapsed());
        }
    }
}

#[test]
fn twenty_independent_unknowns() {
    let variables = repeat(20, |i| format!("variable \"v{i}\" {{\n  type = bool\n}}\n"));
    let text = repeat(20, |i| format!("${{var.v{i} ? \"a\" : \"b\"}}"));
    let (_, _) = tf(&format!("  name = \"{text}\"\n  vm_size = \"Standard_D4s_v5\""), &variables);
    let labels = repeat(20, |i| format!("    k{i} = var.v{i} ? \"a\" : \"b\"\n"));
    tf(
        &format!("  name = \"p\"\n  vm_size = \"Standard_D4s_v5\"\n  node_labels = {{\n{labels}  }}"),
        &variables,
    );
    let fields = [
        "name",
        "vm_size",
        "os_sku",
        "os_type",
        "mode",
        "priority",
        "eviction_policy",
        "orchestrator_version",
        "max_pods",
        "os_disk_type",
        "os_disk_size_gb",
        "kubelet_disk_type",
        "gpu_instance",
        "ultra_ssd_enabled",
        "fips_enabled",
        "host_encryption_enabled",
        "node_count",
        "min_count",
        "max_count",
        "workload_runtime",
    ];
    let arguments: String = fields
        .iter()
        .enumerate()
        .map(|(i, field)| format!("  {field} = var.v{i} ? \"Windows2019\" : \"Standard_D4s_v6\"\n"))
        .collect();
    let (report, _) = tf(&arguments, &variables);
    assert_eq!(report.fleet.pools.len(), 2);
    // Pools whose presence and size depend on them, and each on the one before.
    let resources = repeat(20, |i| {
        format!(
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"p{i}\" {{\n  count = var.v{i} ? 1 : 0\n  name = \"n{i}\"\n  \
             kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id\n  vm_size = local.c{i}\n}}\n"
        )
    });
    let locals = repeat(20, |i| {
        format!(
            "  c{i} = var.v{i} ? \"a{i}\" : {}\n",
            if i == 0 { "\"z\"".to_owned() } else { format!("local.c{}", i - 1) }
        )
    });
    tf(
        "  name = \"p\"\n  vm_size = local.c19",
        &format!(
            "{variables}{resources}locals {{\n{locals}  all = [{}]\n}}",
            repeat(20, |i| format!("one(azurerm_kubernetes_cluster_node_pool.p{i}[*].name), "))
        ),
    );
    let compare =
        repeat(20, |i| format!("(var.n == {i} ? \"a{i}\" : \"\"), (var.m == \"{i}\" ? \"b\" : \"\"),"));
    tf(
        &format!("  name = join(\"\", [{compare}])\n  vm_size = \"x\""),
        "variable \"n\" {}\nvariable \"m\" {}",
    );
    let conditions = repeat(20, |i| format!("var.v{i} && "));
    tf(&format!("  name = {conditions}true ? \"a\" : \"b\"\n  vm_size = \"x\""), &variables);
    let equal = repeat(19, |i| format!("(var.v{i} == var.v{}) != ", i + 1));
    tf(&format!("  name = ({equal}true) ? \"a\" : \"b\"\n  vm_size = \"x\""), &variables);
}

#[test]
fn maps_of_a_hundred_thousand_entries() {
    let entries = repeat(100_000, |i| format!("    k{i} = \"v{i}\"\n"));
    let (report, _) = tf(
        "  name = \"p\"\n  vm_size = \"Standard_D4s_v5\"\n  node_labels = local.m",
        &format!("locals {{\n  m = {{\n{entries}  }}\n}}"),
    );
    assert_eq!(report.fleet.pools.len(), 2);
    let members = repeat(100_000, |i| format!("\"k{i}\": \"v{i}\", "));
    let (report, _) = one("main.json", &arm("", &format!("\"nodeLabels\": {{{members}\"z\": \"z\"}}"), ""));
    assert_eq!(report.fleet.pools.len(), 1);
    let yaml = repeat(100_000, |i| format!("  k{i}: v{i}\n"));
    survive(&[
        ("main.tf", &terraform("  name = \"p\"\n  vm_size = \"Standard_D4s_v5\"", "")),
        (
            "a.yaml",
            &format!(
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  nodeSelector:\n  {}\n",
                yaml.replace("\n  k", "\n    k")
            ),
        ),
    ]);
}

#[test]
fn hundreds_of_var_files() {
    let main = terraform("  name = var.n\n  vm_size = var.s", "variable \"n\" {}\nvariable \"s\" {}");
    let names: Vec<String> = (0..500).map(|i| format!("envs/e{i}.tfvars")).collect();
    let texts: Vec<String> =
        (0..500).map(|i| format!("n = \"n{i}\"\ns = \"Standard_D4s_v{}\"\n", i % 7)).collect();
    let mut files: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    files.push(("main.tf", &main));
    survive(&files);
}

#[test]
fn thousands_of_resources_and_pools() {
    let many = repeat(3000, |i| {
        format!(
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"p{i}\" {{\n  name = \"n{i}\"\n  kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id\n  vm_size = \"Standard_D4s_v5\"\n}}\n"
        )
    });
    tf("  name = \"p\"", &many);
}

#[test]
fn deep_nesting_in_arm() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [100, 10_000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            one("main.json", &arm(&format!("\"x\": {value}"), "\"vmSize\": \"[variables('x')]\"", ""));
            one("main.json", &value);
        }
    }
    for (open, close) in
        [("concat(", ")"), ("if(true,1,", ")"), ("a[", "]"), ("toLower(", ")"), ("not(", ")")]
    {
        for depth in [40, 100, 10_000] {
            let value = format!("[{}'x'{}]", open.repeat(depth), close.repeat(depth));
            one("main.json", &arm("", &format!("\"vmSize\": \"{value}\""), ""));
        }
    }
    for step in [".a", "[0]", "['a']", ".?a", "()"] {
        one(
            "main.json",
            &arm("\"x\": {}", &format!("\"vmSize\": \"[variables('x'){}]\"", step.repeat(10_000)), ""),
        );
    }
}

#[test]
fn arm_variables_that_double() {
    let lists =
        repeat(60, |i| format!("\"v{}\": [\"[variables('v{i}')]\", \"[variables('v{i}')]\"], ", i + 1));
    let texts =
        repeat(60, |i| format!("\"t{}\": \"[concat(variables('t{i}'), variables('t{i}'))]\", ", i + 1));
    let sums = repeat(60, |i| {
        format!(
            "\"u{}\": \"[union(variables('u{i}'), createObject(string(length(variables('u{i}'))), variables('u{i}')))]\", ",
            i + 1
        )
    });
    let (_, shown) = one(
        "main.json",
        &arm(
            &format!("{lists}{texts}{sums}\"u0\": {{}}, \"v0\": \"a\", \"t0\": \"ab\""),
            "\"vmSize\": \"[string(variables('v60'))]\", \"osSKU\": \"[variables('t60')]\", \"nodeLabels\": \"[variables('u60')]\"",
            "",
        ),
    );
    says(&shown, "more parts than are followed");
}

#[test]
fn arm_chains_and_cycles() {
    let chain = repeat(20_000, |i| format!("\"v{}\": \"[variables('v{i}')]\", ", i + 1));
    let (_, shown) =
        one("main.json", &arm(&format!("{chain}\"v0\": \"a\""), "\"vmSize\": \"[variables('v20000')]\"", ""));
    says(&shown, "nested more deeply than is followed");
    let (_, shown) = one(
        "main.json",
        &arm(
            "\"a\": \"[variables('b')]\", \"b\": \"[variables('a')]\"",
            "\"vmSize\": \"[variables('a')]\"",
            "",
        ),
    );
    says(&shown, "itself");
}

#[test]
fn arm_loops_of_millions() {
    for count in ["1000000", "1e300", "-1", "\"x\"", "null", "[]", "9223372036854775807"] {
        one(
            "main.json",
            &arm("", "\"vmSize\": \"a\"", &format!("\"copy\": {{\"name\": \"l\", \"count\": {count}}},")),
        );
        one(
            "main.json",
            &arm(
                &format!(
                    "\"copy\": [{{\"name\": \"l\", \"count\": {count}, \"input\": \"[copyIndex('l')]\"}}]"
                ),
                "\"vmSize\": \"[variables('l')[0]]\"",
                "",
            ),
        );
    }
    let (_, shown) =
        one("main.json", &arm("", "\"vmSize\": \"a\"", "\"copy\": {\"name\": \"l\", \"count\": 1000000},"));
    says(&shown, "the count of a loop is at most 800, not 1000000");
    // Loops in loops, and nested deployments in loops.
    let (_, _) = one(
        "main.json",
        &arm(
            "",
            "\"vmSize\": \"[map(range(0, 10000), lambda('a', map(range(0, 10000), lambda('b', map(range(0, 10000), lambda('c', lambdaVariables('c')))))))]\"",
            "",
        ),
    );
    let mut inner = arm("", "\"vmSize\": \"a\"", "\"copy\": {\"name\": \"l\", \"count\": 500},");
    for level in 0..6 {
        inner = format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"resources": [{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d{level}", "copy": {{"name": "l", "count": 500}},
"properties": {{"expressionEvaluationOptions": {{"scope": "inner"}}, "mode": "Incremental", "template": {inner}}}}}]}}"#
        );
    }
    one("main.json", &inner);
}

#[test]
fn arm_functions_beyond_their_bounds() {
    for expr in [
        "padLeft('a', 999999999, 'é')",
        "range(0, 1000000000)",
        "range(2147483647, 10)",
        "range(-9223372036854775808, 9223372036854775807)",
        "replace(padLeft('', 10000, 'a'), 'a', padLeft('', 10000, 'a'))",
        "replace('aaa', '', 'b')",
        "format('{0,999999999}', 1)",
        "format('{999999999}', 1)",
        "format('{', 1)",
        "format('{0:é}', 1)",
        "substring('aé', 1, 1)",
        "substring('aé', -1)",
        "substring('a', 9223372036854775807, 9223372036854775807)",
        "skip('aé', -1)",
        "take('aé', 9223372036854775807)",
        "add(9223372036854775807, 1)",
        "sub(-9223372036854775808, 1)",
        "mul(9223372036854775807, 2)",
        "div(-9223372036854775808, -1)",
        "mod(-9223372036854775808, -1)",
        "div(1, 0)",
        "int('99999999999999999999')",
        "json('[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[')",
        "json(concat(padLeft('', 10000, '['), padLeft('', 10000, ']')))",
        "string(range(0, 10000))",
        "base64ToString('////')",
        "base64ToJson('eyJ')",
        "uriComponentToString('%ff%zz%')",
        "dataUriToString('data:;base64,é')",
        "cidrSubnet('::/0', 128, 9223372036854775807)",
        "cidrSubnet('10.0.0.0/8', 33, -1)",
        "cidrHost('10.0.0.0/8', 9223372036854775807)",
        "parseCidr('é/8')",
        "dateTimeAdd('2026-01-01', 'P999999999999Y')",
        "dateTimeAdd('9999-12-31', 'P1D')",
        "dateTimeFromEpoch(9223372036854775807)",
        "dateTimeToEpoch('é')",
        "utcNow('é')",
        "resourceId()",
        "resourceId('a', 'b', 'c', 'd', 'e')",
        "reference()",
        "split('', '')",
        "split('abc', createArray())",
        "indexOf('İİ', 'i')",
        "lastIndexOf('ßß', 'SS')",
        "startsWith('İ', 'i')",
        "trim(null())",
        "union()",
        "intersection(createArray(), 1)",
        "createObject('a')",
        "copyIndex(9223372036854775807)",
        "sort(range(0, 10000), lambda('a', 'b', true()))",
        "reduce(range(0, 10000), '', lambda('a', 'b', concat(string(lambdaVariables('a')), 'xxxxxxxxxxxx')))",
        "reduce(range(0, 10000), createArray(), lambda('a', 'b', createArray(lambdaVariables('a'), lambdaVariables('a'))))",
        "guid(padLeft('', 10000, 'a'))",
        "uniqueString()",
        "'unterminated",
        "[[",
        "",
        "]",
        "a..b",
        "lambda('a')",
        "environment().é",
    ] {
        one(
            "main.json",
            &arm("", &format!("\"vmSize\": {}", serde_json::Value::from(format!("[{expr}]"))), ""),
        );
    }
}

#[test]
fn arm_alternatives() {
    let parameters = repeat(20, |i| format!("\"b{i}\": {{\"type\": \"bool\"}}, "));
    let text = repeat(20, |i| format!("if(parameters('b{i}'), 'a', 'b'), "));
    let template = arm("", &format!("\"vmSize\": \"[concat({text}'')]\""), "").replacen(
        "\"variables\"",
        &format!("\"parameters\": {{{parameters}\"z\": {{\"type\": \"int\"}}}}, \"variables\""),
        1,
    );
    one("main.json", &template);
}

#[test]
fn yaml_that_explodes() {
    let pool = terraform("  name = \"p\"\n  vm_size = \"Standard_D4s_v5\"", "");
    let mut aliases = String::from("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\na0: &a0 [x, x]\n");
    for i in 1..60 {
        writeln!(aliases, "a{i}: &a{i} [*a{}, *a{}]", i - 1, i - 1).unwrap();
    }
    let mut merges = String::from("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\na0: &a0 {x: y}\n");
    for i in 1..60 {
        writeln!(merges, "a{i}: &a{i} {{<<: [*a{}, *a{}], k{i}: *a{}}}", i - 1, i - 1, i - 1).unwrap();
    }
    let cases: Vec<String> = [
        aliases,
        merges,
        "a: &a [*a]\n".to_owned(),
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("{}{}", "{a: ".repeat(10_000), "}".repeat(10_000)),
        "- ".repeat(10_000),
        repeat(3000, |i| format!("{}a:\n", " ".repeat(i))),
        "? ".repeat(10_000),
        "---\n".repeat(100_000),
        "!!".repeat(10_000),
        "&a ".repeat(10_000),
        "a: |9999999999\n x".to_owned(),
        "a: \"\\U0010FFFF\\UFFFFFFFF\"".to_owned(),
        "%YAML 9999999999.99999999999\n---\na".to_owned(),
        format!("a: {}", "\"".repeat(99_999)),
        "\u{feff}\u{feff}a: b\n\u{feff}---\n\u{feff}".to_owned(),
        "a:\tb\r\r\n\0".to_owned(),
    ]
    .into();
    for case in &cases {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  nodeSelector:\n    x: {case}\n"
        );
        survive(&[("main.tf", &pool), ("a.yaml", case), ("b.yaml", &pod)]);
    }
}

/// What acts on terminals and CI systems, and what merely looks odd.
const CHARACTERS: [&str; 14] = [
    "\u{1b}[2J\u{1b}[31m",
    "\u{1b}]8;;https://evil.example\u{7}click\u{1b}]8;;\u{7}",
    "\u{9b}31m",
    "\n::error::owned",
    "\r\n::set-output name=a::b",
    "\n##vso[task.complete result=Succeeded;]",
    "\r::error::owned",
    "\0",
    "\u{feff}",
    "\u{202e}txt.exe",
    "\u{2028}::error::owned",
    "\u{8}\u{8}\u{8}",
    "\u{7f}",
    "e\u{301}\u{200b}👩‍👩‍👧界",
];

#[test]
fn characters_in_names_values_and_paths() {
    for hostile in CHARACTERS {
        let quoted = serde_json::Value::from(hostile).to_string();
        let escaped: String = hostile
            .chars()
            .map(|c| {
                if c.is_control() || c as u32 > 126 { format!("\\U{:08x}", c as u32) } else { c.to_string() }
            })
            .collect();
        for written in [hostile, &escaped] {
            let sku = format!(
                "  name = \"p{written}\"\n  vm_size = \"Standard_D4s_v6{written}\"\n  os_type = \"Windows\"\n  os_sku = \"Windows2019{written}\"\n  node_labels = {{ \"{written}\" = \"{written}\" }}\n  orchestrator_version = \"1.2{written}\""
            );
            let file = format!("{written}main.tf");
            survive(&[(&file, &terraform(&sku, ""))]);
            let each = format!(
                "  for_each = toset([\"{written}a\"])\n  name = each.key\n  vm_size = pick{written}()\n  os_sku = var.{written}\n  os_type = \"Windows{written}\""
            );
            survive(&[(
                "main.tf",
                &terraform(
                    &each,
                    &format!(
                        "variable \"{written}\" {{}}\nmodule \"{written}\" {{\n source = \"./{written}\"\n}}"
                    ),
                ),
            )]);
        }
        let inner = &quoted[1..quoted.len() - 1];
        for text in [hostile, inner] {
            let template = arm(
                &format!("\"{text}\": \"{text}\""),
                &format!("\"vmSize\": \"{text}\", \"osSKU\": \"[{text}()]\", \"nodeLabels\": {{\"{text}\": \"[variables('{text}')]\"}}, \"orchestratorVersion\": \"[parameters('{text}')]\""),
                "",
            )
            .replace("aks/pool", &format!("aks{text}/pool{text}"));
            let file = format!("{hostile}main.json");
            survive(&[(&file, &template), ("main.parameters.json", "{")]);
        }
        let yaml = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {quoted}\nspec:\n  template:\n    spec:\n      nodeSelector:\n        {quoted}: {quoted}\n        kubernetes.azure.com/agentpool: {quoted}\n"
        );
        let raw = yaml.replace(&quoted, hostile);
        survive(&[
            ("main.tf", &terraform("  name = \"p\"\n  vm_size = \"Standard_D4s_v5\"", "")),
            ("a.yaml", &yaml),
            ("b.yaml", &raw),
        ]);
    }
}

#[test]
fn marks_and_line_ends_where_they_may_be() {
    let texts = [
        (
            "main.tf",
            terraform(
                "  name = \"toolongname\"\n  vm_size = \"Standard_D4s_v6\"\n  os_type = \"Windows\"\n  os_sku = \"Windows2019\"",
                "",
            ),
        ),
        (
            "main.json",
            arm(
                "\"s\": \"Standard_D4s_v6\"",
                "\"vmSize\": \"[variables('s')]\", \"osSKU\": \"Windows2019\"",
                "",
            )
            .replace("Linux", "Windows"),
        ),
    ];
    for (name, text) in &texts {
        let plain = one(name, text).0;
        let marked = one(name, &format!("\u{feff}{text}")).0;
        let crlf = one(name, &text.replace('\n', "\r\n")).0;
        assert!(!plain.diagnostics.is_empty());
        let said = |report: &Report| -> Vec<String> {
            report.diagnostics.iter().map(|d| d.message.clone()).collect()
        };
        assert_eq!(said(&plain), said(&marked));
        assert_eq!(said(&plain), said(&crlf));
        for at in (0..text.len()).step_by(7) {
            for piece in ["\u{feff}", "\0", "\r", "\u{1b}[0m", "\u{2028}", "é"] {
                one(name, &format!("{}{piece}{}", &text[..at], &text[at..]));
            }
        }
        let utf16: String = text.chars().flat_map(|c| ['\0', c]).collect();
        one(name, &utf16);
    }
}
