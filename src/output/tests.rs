//! Every reporter over the same hand-made report.

use super::human::Style;
use super::{concise, human, json};
use crate::diagnostic::{Diagnostic, Kind, Label, PoolName, Severity};
use crate::report::{Report, Unread};
use crate::source::{FileId, Sources, Span};

const PLAIN: Style = Style { colour: false, width: 100 };

/// The place of the `nth` (from 0) occurrence of `needle` in a file.
fn place(sources: &Sources, path: &str, needle: &str, nth: usize) -> Span {
    let file = (0..)
        .map(FileId)
        .take_while(|id| sources.file(*id).is_some())
        .find(|id| sources.display_path(*id) == path)
        .unwrap();
    let text = sources.text(file).unwrap();
    let (start, found) = text.match_indices(needle).nth(nth).unwrap();
    Span::new(file, start, start + found.len())
}

fn label(span: Span, message: &str) -> Label {
    Label { span, message: message.to_owned() }
}

fn diagnostic(primary: Label, labels: Vec<Label>) -> Diagnostic {
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
    }
}

fn three_files() -> (Report, Sources) {
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

proptest::proptest! {
    #[test]
    fn any_span_of_any_text_is_drawn(
        text in "(?s)[a\\t\\r\\n界e\u{301}\x1b\u{feff}]{0,40}|[ab\\n]{0,9}x{290,320}\\r?\\n?[é]{0,400}",
        spans in proptest::collection::vec((0_usize..900, 0_usize..900), 1..5),
    ) {
        let sources = Sources::in_memory(&[("a.tf", &text)]);
        let mut labels: Vec<Label> =
            spans.iter().map(|(a, b)| label(Span::new(FileId(0), *a.min(b), *a.max(b)), "m")).collect();
        let shown = human::finding(&diagnostic(labels.remove(0), labels), &sources, PLAIN);
        proptest::prop_assert!(shown.contains("--> a.tf:"));
        proptest::prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
    }
}
