//! Every reporter over the same hand-made report.

use super::human::Style;
use super::{concise, human, json, pools, summary};
use crate::diagnostic::{Diagnostic, Edit, Kind, Label, PoolName, Replacement, Severity};
use crate::facts::Date;
use crate::model::PoolField;
use crate::report::{Options, Report, Unread, Unresolved};
use crate::source::{FileId, Sources, Span};

const PLAIN: Style = Style { colour: false, width: 100, terminal: false, hyperlinks: false };

/// The place of the `nth` (from 0) occurrence of `needle` in a file.
pub(super) fn place(sources: &Sources, path: &str, needle: &str, nth: usize) -> Span {
    let file = (0..)
        .map(FileId)
        .take_while(|id| sources.file(*id).is_some())
        .find(|id| sources.display_path(*id) == path)
        .unwrap();
    let text = sources.text(file).unwrap();
    let (start, found) = text.match_indices(needle).nth(nth).unwrap();
    Span::new(file, start, start + found.len())
}

pub(super) fn label(span: Span, message: &str) -> Label {
    Label { span, message: message.to_owned() }
}

pub(super) fn diagnostic(primary: Label, labels: Vec<Label>) -> Diagnostic {
    Diagnostic {
        rule: "Windows2019NotSupportedWithGen2VM",
        severity: Severity::Error,
        kind: Kind::DeployFailure,
        message: "agent pool `win`: Windows2019 on the Gen2-only size Standard_D4s_v6".to_owned(),
        why: "The size boots only Gen2 images and Windows Server 2019 has none. AKS rejects the pool \
              (Windows2019NotSupportedWithGen2VM)."
            .to_owned(),
        fix:
            "Set os_sku to \"Windows2022\" and vm_size to one that also boots Gen1, such as Standard_D4s_v5."
                .to_owned(),
        edit: None,
        primary,
        labels,
        pools: vec![PoolName {
            name: "win".to_owned(),
            address: "azurerm_kubernetes_cluster_node_pool.win".to_owned(),
            cluster: Some("aks".to_owned()),
        }],
        scenarios: Vec::new(),
        assumptions: Vec::new(),
        notes: Vec::new(),
        url: None,
        flow: Vec::new(),
        fingerprint: String::new(),
    }
}

pub(super) fn three_files() -> (Report, Sources) {
    let sources = Sources::in_memory(&[
        ("main.tf", "module \"aks\" {\n  source  = \"./aks\"\n  win_sku = var.win_sku\n}\n"),
        (
            "aks/pool.tf",
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  name    = \"win\"\n  \
             os_sku  = var.win_sku\n  count   = 1\n  vm_size = \"Standard_D4s_v6\"\n}\n",
        ),
        ("prod.tfvars", "# production\nregion  = \"westeurope\"\nwin_sku = \"Windows2019\"\n"),
    ]);
    let at = |path, needle| place(&sources, path, needle, 0);
    let mut finding = diagnostic(
        label(at("prod.tfvars", "\"Windows2019\""), "Windows Server 2019 has no Gen2 image"),
        vec![
            label(at("main.tf", "var.win_sku"), "passed on here"),
            label(at("aks/pool.tf", "var.win_sku"), "used here"),
            label(at("aks/pool.tf", "\"Standard_D4s_v6\""), "boots only Gen2"),
        ],
    );
    finding.scenarios = vec!["prod.tfvars".to_owned()];
    finding.assumptions = vec!["`var.win` is true".to_owned()];
    finding.notes = vec!["Windows2019 is retired since 2026-03-01 (Windows2019Retired)".to_owned()];
    finding.url = Some("https://learn.microsoft.com/azure/aks/windows-faq");
    let report = Report { diagnostics: vec![finding], files: 3, ..Report::default() };
    (report, sources)
}

#[test]
fn a_finding_over_three_files_reads_as_one_story() {
    let (report, sources) = three_files();
    assert_eq!(
        human::render(&report, &sources, PLAIN),
        r#"error[Windows2019NotSupportedWithGen2VM]: agent pool `win`: Windows2019 on the Gen2-only size Standard_D4s_v6
 --> prod.tfvars:3:11
  |
3 | win_sku = "Windows2019"
  |           ^^^^^^^^^^^^^ Windows Server 2019 has no Gen2 image
  |
 ::: main.tf:3:13
  |
3 |   win_sku = var.win_sku
  |             ----------- passed on here
  |
 ::: aks/pool.tf:3:13
  |
3 |   os_sku  = var.win_sku
  |             ----------- used here
4 |   count   = 1
5 |   vm_size = "Standard_D4s_v6"
  |             ----------------- boots only Gen2
  |
  = why: The size boots only Gen2 images and Windows Server 2019 has none. AKS rejects the pool
         (Windows2019NotSupportedWithGen2VM).
  = fix: Set os_sku to "Windows2022" and vm_size to one that also boots Gen1, such as
         Standard_D4s_v5.
  = note: only when `var.win` is true
  = note: with prod.tfvars
  = note: also: Windows2019 is retired since 2026-03-01 (Windows2019Retired)
  = note: see https://learn.microsoft.com/azure/aks/windows-faq

no agent pools found in 3 files: 1 error
"#
    );
}

/// The snippet part of one finding: from the first header to the first remark.
fn drawn(sources: &Sources, primary: Label, labels: Vec<Label>) -> String {
    let shown = human::finding(&diagnostic(primary, labels), sources, PLAIN);
    let from = shown.find("-->").unwrap();
    let to = shown.find("\n  = why").or_else(|| shown.find(" = why")).unwrap();
    shown[from..to].trim_end().to_owned()
}

#[test]
fn colours_are_there_only_when_asked_for() {
    let (report, sources) = three_files();
    assert!(!human::render(&report, &sources, PLAIN).contains('\x1b'));
    assert!(human::render(&report, &sources, Style { colour: true, ..PLAIN }).contains("\x1b[1m"));
}

/// On a terminal, what is prose stays within its width; a word that is longer stands alone. Snippets are the source's,
/// and have a width of their own.
#[test]
fn prose_stays_within_the_width_of_the_terminal() {
    let (report, sources) = three_files();
    let plain = regex::Regex::new("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x1b]*\x1b\\\\").unwrap();
    for width in [60, 80, 160] {
        for colour in [false, true] {
            let style = Style { colour, width, terminal: true, hyperlinks: colour };
            let shown = human::render(&report, &sources, style);
            let shown = plain.replace_all(&shown, "");
            for line in shown.lines().filter(|line| !line.contains(" | ")) {
                let wide = super::text::columns(line) > width;
                assert!(!wide || line.trim_start().split(' ').count() == 1, "{width}: {line}");
            }
            let headline = "error[Windows2019NotSupportedWithGen2VM]: agent pool `win`:";
            assert!(shown.starts_with(headline), "{shown}");
        }
    }
}

/// On a terminal, the source's lines are cut around what is marked, labels that do not fit beside each other are drawn
/// apart, and what they say is wrapped.
#[test]
fn snippets_stay_within_the_width_of_the_terminal() {
    let arm = "  { \"name\": \"win\", \"osSKU\": \"Windows2019\", \"mode\": \"User\", \"count\": 1, \"maxPods\": 30, \"vmSize\": \"[parameters('windowsVmSize')]\", \"osType\": \"Windows\" }, // é 世界\n";
    let sources = Sources::in_memory(&[("aks.json", &format!("{{}}\n{arm}short\n"))]);
    let at = |needle, message: &str| label(place(&sources, "aks.json", needle, 0), message);
    let labels = vec![
        at(
            "\"[parameters('windowsVmSize')]\"",
            "boots only Gen2 (the default of `windowsVmSize` in a module)",
        ),
        at("\"Windows\"", "gets a Gen1 image unless the request asks for Gen2"),
        at("short", "used here"),
    ];
    let finding = diagnostic(at("\"Windows2019\"", "Windows Server 2019 has no Gen2 image"), labels);
    for width in [60, 80, 160] {
        let style = Style { width, terminal: true, ..PLAIN };
        let shown = human::finding(&finding, &sources, style);
        for line in shown.lines().filter(|line| !line.contains("://")) {
            assert!(super::text::columns(line) <= width, "{width}: {line}\n{shown}");
        }
        let column = arm.find("\"Windows2019\"").unwrap() + 1;
        assert!(shown.contains(&format!("--> aks.json:2:{column}\n")), "{shown}");
        for said in ["\"Windows2019\"", "\"[parameters('windowsVmSize')]\"", "\"Windows\"", "used here"] {
            assert!(shown.contains(said), "{width}: {said}\n{shown}");
        }
    }
}

/// Only where asked for, and only for rules, which have a page.
#[test]
fn a_rule_is_a_link_to_its_page() {
    let (report, sources) = three_files();
    let style = Style { colour: true, hyperlinks: true, ..PLAIN };
    let page = format!("{}/blob/main/rules/windows2019_not_supported_with_gen2_vm.md", crate::PROJECT_URL);
    assert!(human::render(&report, &sources, style).contains(&format!("\x1b]8;;{page}\x1b\\")));
    for without in [Style { hyperlinks: false, ..style }, Style { colour: false, ..style }] {
        assert!(!human::render(&report, &sources, without).contains("\x1b]8"));
    }
}

#[test]
fn escape_sequences_in_the_input_never_reach_the_terminal() {
    let hostile = "size = \"\x1b[2J\u{9b}31m\u{202e}x\x07\"";
    let sources = Sources::in_memory(&[("a\x1b[1m\n.tf", hostile)]);
    let span = Span::new(FileId(0), 7, hostile.len());
    let mut finding = diagnostic(label(span, "label \x1b]0;x\x07"), Vec::new());
    finding.message = "message \x1b[31m\nsecond".to_owned();
    finding.why = "why \x1b[31m".to_owned();
    finding.notes = vec!["note \u{9b}0m".to_owned()];
    finding.scenarios = vec!["x\x1b.tfvars".to_owned()];
    let report = Report {
        diagnostics: vec![finding],
        unread: vec![Unread { path: "b\x1b".into(), message: "c\x1b".into(), span: None }],
        ..Report::default()
    };
    for shown in [
        human::render(&report, &sources, PLAIN),
        concise::render(&report, &sources),
        json::render(&report, &sources),
    ] {
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(harmful), "{shown:?}");
    }
    assert!(human::render(&report, &sources, PLAIN).contains("␛[2J"));
    assert_eq!(concise::render(&report, &sources).lines().count(), 1);
}

#[test]
fn a_long_line_is_cut_to_a_window_and_keeps_its_column() {
    let line =
        format!("{{\"a\":\"{}\",\"vmSize\":\"Standard_D4s_v6\",{}", "x".repeat(500_000), "é".repeat(250_000));
    let sources = Sources::in_memory(&[("min.json", &line)]);
    let size = place(&sources, "min.json", "\"Standard_D4s_v6\"", 0);
    let shown = drawn(&sources, label(size, "boots only Gen2"), Vec::new());
    // 48 bytes on either side: `","vmSize":` has eleven of them, the comma one, and é two each.
    let (before, after, indent) = ("x".repeat(37), "é".repeat(23), " ".repeat("…".chars().count() + 37 + 11));
    assert_eq!(
        shown,
        format!(
            "--> min.json:1:500018\n  |\n1 | …{before}\",\"vmSize\":\"Standard_D4s_v6\",{after}…\n  \
             | {indent}^^^^^^^^^^^^^^^^^ boots only Gen2\n  |"
        )
    );
}

#[test]
fn labels_far_apart_on_a_long_line_are_drawn_apart() {
    let line = format!("{{\"osSKU\":\"Windows2019\",\"a\":\"{}\",\"vmSize\":\"B\"}}", "x".repeat(1_000));
    let sources = Sources::in_memory(&[("min.json", &line)]);
    let at = |needle| place(&sources, "min.json", needle, 0);
    let shown = drawn(&sources, label(at("\"Windows2019\""), "a"), vec![label(at("\"B\""), "b")]);
    let headers: Vec<&str> = shown.lines().filter(|line| line.contains("min.json")).collect();
    assert_eq!(headers, ["--> min.json:1:10", " ::: min.json:1:1040"]);
    assert!(shown.lines().all(|line| line.chars().count() < 200), "{shown}");
}

#[test]
fn line_breaks_of_both_kinds_byte_order_marks_and_tabs_keep_carets_in_place() {
    let sources = Sources::in_memory(&[
        ("crlf.tf", "a = 1\r\n\tb = \"two\"\r\nc = 3\r\n"),
        ("bom.tf", "\u{feff}b = \"two\"\n"),
        ("wide.tf", "b = \"世界\" # c\nd = \"e\u{301}\" # f\n"),
    ]);
    let at = |path, needle| label(place(&sources, path, needle, 0), "here");
    assert_eq!(
        drawn(&sources, at("crlf.tf", "\"two\""), Vec::new()),
        "--> crlf.tf:2:6\n  |\n2 |     b = \"two\"\n  |         ^^^^^ here\n  |"
    );
    assert_eq!(
        drawn(&sources, at("bom.tf", "b"), Vec::new()),
        "--> bom.tf:1:1\n  |\n1 | b = \"two\"\n  | ^ here\n  |"
    );
    assert_eq!(
        drawn(&sources, at("wide.tf", "# c"), Vec::new()),
        "--> wide.tf:1:10\n  |\n1 | b = \"世界\" # c\n  |            ^^^ here\n  |"
    );
}

#[test]
fn a_span_over_many_lines_is_marked_on_its_first() {
    let body: String = (0..5_000).map(|n| format!("  line {n}\n")).collect();
    let text = format!("resource {{\n{body}}}\nx = 1\n");
    let sources = Sources::in_memory(&[("a.tf", &text)]);
    let whole = Span::new(FileId(0), 0, text.find("}\n").unwrap() + 1);
    let shown =
        drawn(&sources, label(whole, "this pool"), vec![label(place(&sources, "a.tf", "x = 1", 0), "far")]);
    assert_eq!(
        shown,
        "--> a.tf:1:1\n     |\n   1 | resource {\n     | ^^^^^^^^^^ this pool\n     |\n    \
         ::: a.tf:5003:1\n     |\n5003 | x = 1\n     | ----- far\n     |"
    );
}

#[test]
fn labels_on_one_line_share_it() {
    let sources = Sources::in_memory(&[("a.tf", "x = win ? a : b\n")]);
    let at = |needle, message| label(place(&sources, "a.tf", needle, 0), message);
    assert_eq!(
        drawn(&sources, at("a", "this"), vec![at("win", "when true"), at("x", "")]),
        "--> a.tf:1:11\n  |\n1 | x = win ? a : b\n  | -   ---   ^ this\n  |     |\n  |     when true\n  |"
    );
}

#[test]
fn a_file_without_text_is_named_all_the_same() {
    let sources = Sources::in_memory(&[("a.tf", "x")]);
    let shown = human::finding(
        &diagnostic(label(Span::new(FileId(7), 3, 9), "x"), vec![label(Span::new(FileId(0), 0, 1), "y")]),
        &sources,
        PLAIN,
    );
    assert!(shown.contains("a.tf:1:1"), "{shown}");
}

#[test]
fn concise_is_one_line_a_finding() {
    let (report, sources) = three_files();
    assert_eq!(
        concise::render(&report, &sources),
        "prod.tfvars:3:11: error[Windows2019NotSupportedWithGen2VM] agent pool `win`: Windows2019 on the \
         Gen2-only size Standard_D4s_v6\n"
    );
}

/// Asserts that a document follows the committed schema.
fn assert_valid(schema: &str, document: &str) {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [] as [String; 0], "{document:#}");
}

const CHECK_SCHEMA: &str = include_str!("../../schemas/check.schema.json");
const POOLS_SCHEMA: &str = include_str!("../../schemas/pools.schema.json");

#[test]
fn findings_as_json_have_the_promised_shape() {
    let (mut report, sources) = three_files();
    report.diagnostics[0].labels.truncate(1);
    report.unread =
        vec![Unread { path: "x.tf".into(), message: "no".into(), span: Some(Span::new(FileId(9), 1, 2)) }];
    report.unresolved = vec![Unresolved {
        pool: "p".into(),
        field: "vm_size".into(),
        reason: "`var.size` has no value".into(),
        span: Some(place(&sources, "main.tf", "source", 0)),
    }];
    let first = &mut report.diagnostics[0];
    first.fingerprint = "0123456789abcdef0123456789abcdef".to_owned();
    first.edit = Some(Edit {
        message: "replace `Windows2019` by `Windows2022`".to_owned(),
        replacements: vec![Replacement { span: first.primary.span, text: "\"Windows2022\"".to_owned() }],
        implies: Some("Azure replaces the pool.".to_owned()),
    });
    let shown = json::render(&report, &sources);
    assert_valid(CHECK_SCHEMA, &shown);
    assert_eq!(
        shown,
        r#"{
  "schema_version": 1,
  "summary": {
    "files": 3,
    "pools": 0,
    "clusters": 0,
    "workloads": 0,
    "errors": 1,
    "warnings": 0,
    "infos": 0,
    "suppressed": 0,
    "not_shown": 0,
    "unresolved": [
      {
        "pool": "p",
        "field": "vm_size",
        "reason": "`var.size` has no value",
        "file": "main.tf",
        "line": 2
      }
    ],
    "unread": [
      {
        "file": "x.tf",
        "line": null,
        "message": "no"
      }
    ]
  },
  "diagnostics": [
    {
      "rule": "Windows2019NotSupportedWithGen2VM",
      "severity": "error",
      "kind": "deploy_failure",
      "message": "agent pool `win`: Windows2019 on the Gen2-only size Standard_D4s_v6",
      "why": "The size boots only Gen2 images and Windows Server 2019 has none. AKS rejects the pool (Windows2019NotSupportedWithGen2VM).",
      "fix": "Set os_sku to \"Windows2022\" and vm_size to one that also boots Gen1, such as Standard_D4s_v5.",
      "file": "prod.tfvars",
      "line": 3,
      "column": 11,
      "end_line": 3,
      "end_column": 24,
      "pools": [
        {
          "name": "win",
          "address": "azurerm_kubernetes_cluster_node_pool.win",
          "cluster": "aks"
        }
      ],
      "scenarios": [
        "prod.tfvars"
      ],
      "assumptions": [
        "`var.win` is true"
      ],
      "labels": [
        {
          "file": "main.tf",
          "line": 3,
          "column": 13,
          "end_line": 3,
          "end_column": 24,
          "message": "passed on here"
        }
      ],
      "notes": [
        "Windows2019 is retired since 2026-03-01 (Windows2019Retired)"
      ],
      "url": "https://learn.microsoft.com/azure/aks/windows-faq",
      "fingerprint": "0123456789abcdef0123456789abcdef",
      "edit": {
        "message": "replace `Windows2019` by `Windows2022`",
        "safe": false,
        "implies": "Azure replaces the pool.",
        "replacements": [
          {
            "file": "prod.tfvars",
            "line": 3,
            "column": 11,
            "end_line": 3,
            "end_column": 24,
            "text": "\"Windows2022\""
          }
        ]
      }
    }
  ]
}
"#
    );
}

/// A pool of defaults, and a conditional one with an unknown value and others that depend on it.
fn resolved() -> (Report, Sources) {
    let sources = Sources::in_memory(&[(
        "main.tf",
        r#"variable "win" { type = bool }
variable "size" { type = string }
resource "azurerm_kubernetes_cluster" "aks" {
  name               = "prod"
  kubernetes_version = "1.34"
  default_node_pool {
    name    = "system"
    vm_size = "Standard_D4s_v5"
  }
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  count                 = var.win ? 1 : 0
  name                  = "win"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id
  os_type               = "Windows"
  os_sku                = var.size == "Standard_D4s_v6" ? "Windows2022" : "Windows2019"
  vm_size               = var.size
  node_labels           = { size = var.size, tier = "a" }
}
"#,
    )]);
    let report = crate::lint(&sources, &Options::on(Date::parse("2026-11-20").unwrap()));
    (Report { files: 1, ..report }, sources)
}

#[test]
fn pools_read_as_a_table_and_the_lines_their_values_come_from() {
    let (report, sources) = resolved();
    assert_eq!(
        pools::human(&report, &sources),
        r#"CLUSTER  POOL    MODE    OS SKU                     VM SIZE              SIZE BOOTS  RUNS      KUBERNETES
prod     system  System  (Ubuntu)                   Standard_D4s_v5      Gen1+Gen2   Gen2      1.34
prod     win     User    Windows2019 | Windows2022  Standard_D4s_v6 | ?  Gen2 | ?    none | ?  1.34

system  azurerm_kubernetes_cluster.aks.default_node_pool  main.tf:6
  name                  system           main.tf:7
  mode                  System           (default)
  os_type               Linux            (default)
  vm_size               Standard_D4s_v5  main.tf:8
  orchestrator_version  1.34             main.tf:5
  os_disk_type          Managed          (default)

win  azurerm_kubernetes_cluster_node_pool.win[0]  main.tf:11  only when `var.win` is true
  name                  win                       main.tf:13
  mode                  User                      (default)
  os_type               Windows                   main.tf:15
  os_sku                Windows2022               main.tf:16  when `var.size` is "Standard_D4s_v6"
                        Windows2019               main.tf:16  when `var.size` is not "Standard_D4s_v6"
  vm_size               ?                         main.tf:2   `var.size` has no value
  orchestrator_version  1.34                      main.tf:5
  os_disk_type          Managed                   (default)
  node_labels           {"size":null,"tier":"a"}  main.tf:18  `var.size` has no value
"#
    );
}

#[test]
fn pools_of_several_var_files_are_grouped_by_file() {
    let sources = Sources::in_memory(&[
        (
            "main.tf",
            "variable \"size\" {}\nresource \"azurerm_kubernetes_cluster\" \"a\" {\n  name = \"a\"\n  \
             default_node_pool {\n    name    = \"system\"\n    vm_size = var.size\n  }\n}\n",
        ),
        ("dev.tfvars", "size = \"Standard_D2s_v5\"\n"),
        ("prod.tfvars", "size = \"Standard_D8s_v6\"\n"),
    ]);
    let report = crate::lint(&sources, &Options::on(Date::parse("2026-11-20").unwrap()));
    let shown = pools::human(&report, &sources);
    let lines: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("with ") || line.starts_with("a ") || line.contains("vm_size"))
        .collect();
    assert_eq!(
        lines,
        [
            "with dev.tfvars:",
            "a        system  System  (Ubuntu)  Standard_D2s_v5  Gen1+Gen2   Gen2  -",
            "  vm_size       Standard_D2s_v5  dev.tfvars:1",
            "with prod.tfvars:",
            "a        system  System  (Ubuntu)  Standard_D8s_v6  Gen2        Gen2  -",
            "  vm_size       Standard_D8s_v6  prod.tfvars:1",
        ]
    );
    assert_eq!(summary::Counts::of(&report).pools, 1, "one pool, seen twice");
}

#[test]
fn pools_as_json_have_the_promised_shape() {
    let (report, sources) = resolved();
    let shown = pools::json(&report, &sources);
    assert_valid(POOLS_SCHEMA, &shown);
    let document: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let pool = |name: &str| {
        let pools = document["pools"].as_array().unwrap();
        pools.iter().find(|pool| pool["fields"]["name"]["value"] == name).unwrap().clone()
    };
    let (system, win) = (pool("system"), pool("win"));
    assert_eq!(system["address"], "azurerm_kubernetes_cluster.aks.default_node_pool");
    assert_eq!((&system["presence"], &win["presence"]), (&"always".into(), &"conditional".into()));
    assert_eq!(system["cluster"], "prod");
    let order: Vec<&str> =
        shown.lines().filter_map(|line| line.strip_prefix("        \"")?.split('"').next()).collect();
    assert_eq!(order[..5], ["name", "mode", "os_type", "os_sku", "vm_size"], "in the order of the model");
    let sku = &system["fields"]["os_sku"];
    assert_eq!((&sku["state"], &sku["effective"]), (&"unset".into(), &"Ubuntu".into()));
    let size = &win["fields"]["vm_size"];
    assert_eq!((&size["state"], &size["reason"]), (&"unknown".into(), &"`var.size` has no value".into()));
    assert_eq!(size["origin"], serde_json::json!({"file": "main.tf", "line": 2, "column": 1}));
    let alternatives = &win["fields"]["os_sku"]["alternatives"];
    assert_eq!(alternatives[0]["value"], "Windows2022");
    assert_eq!(alternatives[0]["assumptions"], serde_json::json!(["`var.size` is \"Standard_D4s_v6\""]));
    assert_eq!(alternatives[1]["assumptions"], serde_json::json!(["`var.size` is not \"Standard_D4s_v6\""]));
    let labels = &win["fields"]["node_labels"];
    assert_eq!(labels["value"], serde_json::json!({"size": null, "tier": "a"}));
    assert_eq!(labels["reason"], "`var.size` has no value");
}

#[test]
fn the_schema_of_pools_knows_every_field() {
    let schema: serde_json::Value = serde_json::from_str(POOLS_SCHEMA).unwrap();
    let names: Vec<&str> = PoolField::ALL.iter().map(|(_, name)| *name).collect();
    assert_eq!(
        schema["$defs"]["pool"]["properties"]["fields"]["propertyNames"]["enum"],
        serde_json::json!(names)
    );
}

#[test]
fn the_closing_line_counts_what_is_not_known_by_its_reason() {
    let (report, sources) = resolved();
    let unread = |path: &str| Unread { path: path.into(), message: "no".into(), span: None };
    let report = Report { unread: ["a", "b", "c", "d", "e"].map(unread).to_vec(), suppressed: 1, ..report };
    let report = Report { diagnostics: Vec::new(), ..report };
    assert_eq!(
        summary::closing(&report, &sources),
        "checked 1 file: 2 agent pools in 1 cluster, no findings, 1 suppressed; not known: 1 field (1 from a \
         variable without value); not read: a (no); b (no); and 3 more\n"
    );
}

#[test]
fn a_healthy_repository_gets_one_line() {
    let sources = Sources::in_memory(&[(
        "main.tf",
        "resource \"azurerm_kubernetes_cluster\" \"a\" {\n  name = \"a\"\n  default_node_pool {\n    \
         name = \"system\"\n    vm_size = \"Standard_D4s_v5\"\n  }\n}\n",
    )]);
    let report = crate::lint(&sources, &Options::on(Date::parse("2026-11-20").unwrap()));
    assert_eq!(
        human::render(&Report { files: 1, ..report }, &sources, PLAIN),
        "checked 1 file: 1 agent pool in 1 cluster, no findings\n"
    );
}

proptest::proptest! {
    #[test]
    fn any_span_of_any_text_is_drawn(
        text in "(?s)[a\\t\\r\\n界e\u{301}\x1b\u{feff}]{0,40}|[ab\\n]{0,9}x{290,320}\\r?\\n?[é]{0,400}",
        spans in proptest::collection::vec((0_usize..900, 0_usize..900), 1..5),
    ) {
        let sources = Sources::in_memory(&[("a.tf", &text)]);
        let mut labels: Vec<Label> =
            spans.iter().map(|(a, b)| label(Span::new(FileId(0), *a.min(b), *a.max(b)), "m")).collect();
        let finding = diagnostic(labels.remove(0), labels);
        for style in [PLAIN, Style { width: 60, terminal: true, ..PLAIN }] {
            let shown = human::finding(&finding, &sources, style);
            proptest::prop_assert!(shown.contains("--> a.tf:"));
            proptest::prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
        }
    }
}

#[test]
fn facts_that_are_more_than_a_year_old_earn_one_note() {
    let (report, sources) = resolved();
    let report = Report { diagnostics: Vec::new(), facts_are_old: true, ..report };
    let note = "; the facts about Azure are of 2026-11-20, more than a year ago\n";
    assert!(summary::closing(&report, &sources).ends_with(note));
}
