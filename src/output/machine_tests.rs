//! The reporters for machines: each has a snapshot of the same report in `snapshots/` (written anew with
//! `AKSLINT_BLESS=1`), and is read back the way its reader reads it, over input that wants to be more than text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::tests::{diagnostic, label, place, three_files};
use super::{azure_pipelines, concise, github, gitlab, junit, markdown, sarif};
use crate::diagnostic::{Diagnostic, Edit, Replacement, Severity, Suppression};
use crate::facts::Date;
use crate::fingerprint;
use crate::report::{Report, Unread};
use crate::rules;
use crate::source::{FileId, Sources, Span};

const CHOICE: sarif::Choice = sarif::Choice { suppressed: true, complete: true };

fn day() -> Date {
    Date::parse("2026-11-20").unwrap()
}

fn assert_snapshot(name: &str, shown: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/output/snapshots").join(name);
    if std::env::var_os("AKSLINT_BLESS").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, expected, "{}", path.display());
}

/// The report over three files, with all that a finding can have, a lesser finding, and a suppressed one.
fn report() -> (Report, Sources) {
    let (mut report, sources) = three_files();
    let first = report.diagnostics.first_mut().unwrap();
    first.flow = vec![
        first.primary.span,
        place(&sources, "main.tf", "var.win_sku", 0),
        place(&sources, "aks/pool.tf", "var.win_sku", 0),
    ];
    first.edit = Some(Edit {
        message: "replace `Windows2019` by `Windows2022`".to_owned(),
        replacements: vec![Replacement { span: first.primary.span, text: "\"Windows2022\"".to_owned() }],
        implies: Some("Azure replaces the pool.".to_owned()),
    });
    let at = |needle| label(place(&sources, "aks/pool.tf", needle, 0), "here");
    let mut second = diagnostic(at("count   = 1"), Vec::new());
    second.rule = "WindowsGen2NotUsed";
    second.severity = Severity::Warning;
    let mut third = diagnostic(at("name    = \"win\""), Vec::new());
    third.rule = "InvalidAgentPoolName";
    report.diagnostics.push(second);
    let comment = Span::new(place(&sources, "prod.tfvars", "#", 0).file, 0, 12);
    let reason = Some("a legacy pool, gone by May".to_owned());
    report.suppressions = vec![(third, Suppression::Comment { span: comment, reason })];
    report.suppressed = 1;
    report.unread = vec![Unread {
        path: "main.tf".to_owned(),
        message: "not understood".to_owned(),
        span: Some(place(&sources, "main.tf", "source", 0)),
    }];
    let suppressed = report.suppressions.iter_mut().map(|(diagnostic, _)| diagnostic);
    fingerprint::assign(report.diagnostics.iter_mut().chain(suppressed), &sources);
    (report, sources)
}

/// What everything in the hostile report is made of.
const HOSTILE: &str = "a: ,;b]%0A%25c\r\n::error file=x::y\n##vso[task.complete result=Failed;]\n##[error]z\
                       \x1b[31m\u{9b}2J\u{202e}|`<script>&\"'@me ]]> **b** [l](http://x) é界 \u{ffff}{0}";

/// A file whose name and text are all hostility, and a finding that quotes it everywhere.
fn hostile() -> (Report, Sources) {
    let path = format!("dir/{}", HOSTILE.replace('/', "|"));
    let text = format!("é = \"{}\"\nx = 2\n", HOSTILE.replace(['\r', '\n'], " "));
    let sources = Sources::in_memory(&[(&format!("{path}.tf"), &text)]);
    let end = text.find('\n').unwrap();
    let mut one = diagnostic(
        label(Span::new(FileId(0), 5, end), HOSTILE),
        vec![label(Span::new(FileId(0), 0, text.len()), HOSTILE)],
    );
    one.message = HOSTILE.to_owned();
    one.why = HOSTILE.to_owned();
    one.fix = HOSTILE.to_owned();
    one.scenarios = vec![HOSTILE.to_owned()];
    one.notes = vec![HOSTILE.to_owned()];
    one.pools.iter_mut().for_each(|pool| pool.address = HOSTILE.to_owned());
    let mut two = one.clone();
    two.severity = Severity::Warning;
    let mut three = one.clone();
    three.severity = Severity::Info;
    three.primary.span = Span::new(FileId(0), 0, text.len());
    let unread = vec![Unread { path: HOSTILE.to_owned(), message: HOSTILE.to_owned(), span: None }];
    let mut report = Report { diagnostics: vec![one, two, three], unread, ..Report::default() };
    fingerprint::assign(&mut report.diagnostics, &sources);
    (report, sources)
}

/// Nothing but line breaks acts on a terminal, and no line begins a command but the reporter's own.
fn assert_harmless(shown: &str, own_command: &str) {
    let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!shown.contains(harmful), "{shown:?}");
    for line in shown.lines() {
        let rest = line.strip_prefix(own_command).filter(|_| !own_command.is_empty()).unwrap_or(line);
        assert!(!rest.trim_start().starts_with("::"), "{line}");
        assert!(!rest.contains("##vso[") && !rest.contains("##["), "{line}");
    }
}

/// Undoes escapes, which are told apart by their order here: the percent sign last.
fn unescape(text: &str, escapes: &[(&str, &str)]) -> String {
    escapes.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// A command as the runner of GitHub Actions reads it: its name, its properties, its text.
fn github_command(line: &str) -> (String, BTreeMap<String, String>, String) {
    let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (name, properties) = head.split_once(' ').unwrap();
    let data_escapes = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")];
    let escapes = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
    let properties = properties
        .split(',')
        .map(|property| property.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), unescape(value, &escapes)))
        .collect();
    (name.to_owned(), properties, unescape(data, &data_escapes))
}

#[test]
fn github_snapshot() {
    let (report, sources) = report();
    assert_snapshot("github.txt", &github::render(&report, &sources));
}

#[test]
fn the_runner_reads_one_annotation_a_finding_and_nothing_else() {
    let (report, sources) = hostile();
    let shown = github::render(&report, &sources);
    assert_harmless(&shown, "::");
    let commands: Vec<_> = shown.lines().map(github_command).collect();
    let names: Vec<&str> = commands.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["error", "warning", "notice"]);
    let (_, first, data) = commands.first().unwrap();
    let keys: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(keys, ["col", "endColumn", "file", "line", "title"]);
    assert!(first["file"].starts_with("dir/a: ,;b]%0A%25c") && first["file"].ends_with(".tf"), "{first:?}");
    assert_eq!(first["title"], "error[Windows2019NotSupportedWithGen2VM]");
    assert_eq!(first["col"], "5");
    assert!(data.starts_with("a: ,;b]%0A%25c ") && data.contains("\nfix: a: ,;b]"), "{data}");
    // Over several lines there are no columns.
    let (_, third, _) = commands.last().unwrap();
    let keys: Vec<&str> = third.keys().map(String::as_str).collect();
    assert_eq!(keys, ["endLine", "file", "line", "title"]);
}

#[test]
fn azure_pipelines_snapshot() {
    let (report, sources) = report();
    assert_snapshot("azure-pipelines.txt", &azure_pipelines::render(&report, &sources));
}

#[test]
fn the_agent_reads_one_issue_a_finding_and_nothing_else() {
    let (report, sources) = hostile();
    let shown = azure_pipelines::render(&report, &sources);
    assert_harmless(&shown, "##vso[task.logissue ");
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 3);
    // As the agent does: the command ends at the first closing bracket, properties at semicolons.
    let (head, data) =
        lines.first().unwrap().strip_prefix("##vso[task.logissue ").unwrap().split_once(']').unwrap();
    let escapes = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")];
    let properties: Vec<(&str, String)> = head
        .split(';')
        .filter(|property| !property.is_empty())
        .map(|property| property.split_once('=').unwrap())
        .map(|(name, value)| (name, unescape(value, &escapes)))
        .collect();
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["type", "sourcepath", "linenumber", "columnnumber", "code"]);
    let path = &properties.get(1).unwrap().1;
    assert!(path.starts_with("dir/a: ,;b]%0A%25c") && path.ends_with(".tf"), "{path}");
    let data = unescape(data, &[("%0D", "\r"), ("%0A", "\n"), ("%AZP25", "%")]);
    assert!(data.starts_with("a: ,;b]%0A%25c ") && data.contains("\nfix: a: ,;b]"), "{data}");
    // What is less than a warning is a plain line.
    assert!(lines.last().unwrap().starts_with("dir/a: "), "{lines:?}");
}

#[test]
fn gitlab_snapshot() {
    let (report, sources) = report();
    assert_snapshot("gitlab.json", &gitlab::render(&report, &sources));
}

/// What GitLab's documentation asks for: a description, a check's name, a fingerprint that is unique, one of five
/// severities, a relative path and a line.
#[test]
fn gitlab_finds_what_its_documentation_asks_for() {
    for (report, sources) in [report(), hostile()] {
        let shown = gitlab::render(&report, &sources);
        assert_harmless(&shown, "");
        let issues: Vec<Value> = serde_json::from_str(&shown).unwrap();
        assert_eq!(issues.len(), report.diagnostics.len());
        let mut prints = BTreeSet::new();
        for (issue, diagnostic) in issues.iter().zip(&report.diagnostics) {
            assert!(issue["description"].as_str().unwrap().ends_with(&diagnostic.message));
            assert_eq!(issue["check_name"], diagnostic.rule);
            assert!(prints.insert(issue["fingerprint"].as_str().unwrap()), "{issue:#}");
            let severities = ["info", "minor", "major", "critical", "blocker"];
            assert!(severities.contains(&issue["severity"].as_str().unwrap()), "{issue:#}");
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with(['/', '.']), "{path}");
            let (start, end) = sources.location(diagnostic.primary.span);
            assert_eq!(issue["location"]["lines"]["begin"], start.line);
            assert_eq!(issue["location"]["lines"]["end"], end.line);
        }
    }
}

#[test]
fn junit_snapshot() {
    let (report, sources) = report();
    assert_snapshot(
        "junit.xml",
        &junit::render(&report, &sources, &|one| one.severity == Severity::Error, day()),
    );
}

/// The order of elements, the attributes and the counts that both schemas of JUnit's XML ask for.
#[test]
fn junit_has_the_elements_attributes_and_counts_of_its_schemas() {
    for (report, sources) in [report(), hostile()] {
        for (fail_on, failing) in
            [(Some(Severity::Error), 1), (Some(Severity::Info), report.diagnostics.len()), (None, 0)]
        {
            let fails = |one: &Diagnostic| fail_on.is_some_and(|least| one.severity >= least);
            let shown = junit::render(&report, &sources, &fails, day());
            assert_harmless(&shown, "");
            let document = roxmltree::Document::parse(&shown).unwrap();
            let names = |node: roxmltree::Node<'_, '_>| -> Vec<String> {
                node.attributes().map(|attribute| attribute.name().to_owned()).collect()
            };
            let suite = document.root_element().first_element_child().unwrap();
            assert_eq!(
                names(suite),
                ["name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "time"]
            );
            let children: Vec<&str> = suite
                .children()
                .filter(|node| node.is_element())
                .map(|node| node.tag_name().name())
                .collect();
            let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
            let mut order = vec!["properties"];
            order.extend(cases.iter().map(|_| "testcase"));
            order.extend(["system-out", "system-err"]);
            assert_eq!(children, order);
            assert_eq!(suite.attribute("tests"), Some(cases.len().to_string().as_str()));
            let failures: Vec<_> = suite.descendants().filter(|node| node.has_tag_name("failure")).collect();
            assert_eq!(failures.len(), failing);
            assert_eq!(suite.attribute("failures"), Some(failing.to_string().as_str()));
            for case in cases {
                assert_eq!(names(case), ["name", "classname", "time"]);
            }
            for failure in failures {
                assert_eq!(names(failure), ["type", "message"]);
                assert!(failure.text().is_some_and(|text| text.contains("\nfix: ")));
            }
            let lesser = suite.children().find(|node| node.has_tag_name("system-out")).unwrap();
            assert_eq!(lesser.text().is_none(), failing == report.diagnostics.len());
        }
    }
}

#[test]
fn markdown_snapshot() {
    let (report, sources) = report();
    assert_snapshot("markdown.md", &markdown::render(&report, &sources));
}

#[test]
fn markdown_has_a_row_of_four_cells_a_finding_and_no_markup_but_its_own() {
    for (report, sources) in [report(), hostile()] {
        let shown = markdown::render(&report, &sources);
        assert_harmless(&shown, "");
        let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with("| ")).collect();
        // The head begins with an empty cell.
        assert_eq!(rows.len(), report.diagnostics.len() + 1, "{shown}");
        for row in shown.lines().filter(|line| line.starts_with('|')) {
            assert_eq!(row.matches('|').count(), 5, "{row}");
        }
        // A backtick that is escaped begins no code.
        let shown = shown.replace("\\`", "");
        let own = ["<details>", "</details>", "<summary>", "</summary>", "<!-- -->"];
        let rest = own.iter().fold(shown.clone(), |text, tag| text.replace(tag, ""));
        assert!(!rest.split('`').step_by(2).any(|text| text.contains('<')), "{rest}");
        assert!(!shown.contains("@me"), "{shown}");
        assert!(!rest.contains("[l](http"), "{rest}");
    }
}

#[test]
fn a_summary_stays_below_the_size_that_github_takes() {
    let (mut report, sources) = hostile();
    let many = report.diagnostics.iter().cycle().take(5_000).cloned().collect();
    report.diagnostics = many;
    let shown = markdown::render(&report, &sources);
    assert!(shown.len() < 1 << 20, "{}", shown.len());
    assert!(shown.contains("more findings, which this summary has no room for"));
    assert!(shown.ends_with("</details>\n"));
}

#[test]
fn sarif_snapshot() {
    let (report, sources) = report();
    let mut log: Value = serde_json::from_str(&sarif::render(&report, &sources, CHOICE)).unwrap();
    let driver = &mut log["runs"][0]["tool"]["driver"];
    // The pages of the rules have their own tests; one shows what becomes of them.
    let rules = driver["rules"].as_array_mut().unwrap();
    assert_eq!(rules.len(), rules::ids().count());
    rules.retain(|rule| rule["id"] == "SystemPoolMustBeLinux");
    for version in ["version", "semanticVersion", "fullName"] {
        driver[version] = "".into();
    }
    assert_snapshot("sarif.json", &super::json::pretty(&log));
}

/// What the schema of SARIF cannot say: that references lead somewhere and regions mark what they claim to mark.
#[test]
fn sarif_is_consistent_in_itself() {
    for (report, sources) in [report(), hostile()] {
        let shown = sarif::render(&report, &sources, CHOICE);
        assert_harmless(&shown, "");
        let log: Value = serde_json::from_str(&shown).unwrap();
        let run = &log["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.diagnostics.len() + report.suppressions.len());
        let all: Vec<&Diagnostic> =
            report.diagnostics.iter().chain(report.suppressions.iter().map(|(one, _)| one)).collect();
        for (result, diagnostic) in results.iter().zip(all) {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
            assert_eq!(result["ruleId"], diagnostic.rule);
            assert_eq!(result["partialFingerprints"]["akslint/v1"], diagnostic.fingerprint);
            let related = result["relatedLocations"].as_array().map_or(0, Vec::len);
            assert_eq!(related, diagnostic.labels.len());
            let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().map_or(0, Vec::len);
            assert_eq!(steps, diagnostic.flow.len());
        }
        visit(run, &mut |value| {
            let descriptions = value.get("artifactChanges").map(|_| &value["description"]["text"]);
            let texts = [Some(&value["message"]["text"]), descriptions];
            for text in texts.into_iter().flatten().filter_map(Value::as_str) {
                let without_escapes = text.replace("{{", "").replace("}}", "");
                assert!(!without_escapes.contains(['{', '}']), "a placeholder without argument: {text}");
            }
        });
        let kept = report.diagnostics.len();
        let (kept, set_aside) = results.split_at(kept);
        for result in set_aside {
            assert_eq!(result["suppressions"][0]["status"], "accepted");
        }
        let nothing_aside = set_aside.is_empty();
        assert!(kept.iter().all(|result| {
            result["suppressions"].as_array().is_none_or(Vec::is_empty)
                && result["suppressions"].is_null() == nothing_aside
        }));
        let mut locations = 0;
        visit(run, &mut |value| {
            let Some(physical) = value.get("physicalLocation") else { return };
            locations += 1;
            let artifact = &physical["artifactLocation"];
            let base = artifact["uriBaseId"].as_str().unwrap();
            assert!(run["originalUriBaseIds"].get(base).is_some());
            let uri = artifact["uri"].as_str().unwrap();
            assert!(uri.bytes().all(|b| b.is_ascii_graphic() && !b" :[]\\\"<>?#".contains(&b)), "{uri}");
            let path = decoded(uri);
            let file = (0..).map(FileId).take_while(|id| sources.file(*id).is_some());
            let file = file.into_iter().find(|id| sources.display_path(*id) == path);
            let text = sources.text(file.unwrap_or_else(|| panic!("no such file: {path}"))).unwrap();
            let region = &physical["region"];
            if let Some(snippet) = region["snippet"]["text"].as_str() {
                assert_eq!(marked(&text, region), snippet);
            }
        });
        assert!(locations > 3, "{locations}");
        // Without being asked for, what is suppressed stays out: GitHub would show it as open.
        let quiet = sarif::render(&report, &sources, sarif::Choice { suppressed: false, complete: false });
        let quiet: Value = serde_json::from_str(&quiet).unwrap();
        assert_eq!(quiet["runs"][0]["results"].as_array().unwrap().len(), report.diagnostics.len());
        assert_eq!(quiet["runs"][0]["invocations"][0]["executionSuccessful"], false);
    }
}

/// Calls `look` for every value of a tree.
fn visit(value: &Value, look: &mut dyn FnMut(&Value)) {
    look(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, look)),
        Value::Object(fields) => fields.values().for_each(|field| visit(field, look)),
        _ => {}
    }
}

/// A percent-encoded address as text.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = String::from_utf8(rest.by_ref().take(2).collect()).unwrap();
            bytes.push(u8::from_str_radix(&digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What a region marks, columns counted in code points.
fn marked(text: &str, region: &Value) -> String {
    let number = |name: &str| region[name].as_u64().unwrap() as usize;
    let offset = |line: usize, column: usize| -> usize {
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        start + text[start..].chars().take(column - 1).map(char::len_utf8).sum::<usize>()
    };
    let from = offset(number("startLine"), number("startColumn"));
    text[from..offset(number("endLine"), number("endColumn"))].to_owned()
}

#[test]
fn an_edit_becomes_a_fix_that_replaces_the_same_text() {
    let (report, sources) = report();
    let log: Value = serde_json::from_str(&sarif::render(&report, &sources, CHOICE)).unwrap();
    let fix = &log["runs"][0]["results"][0]["fixes"][0];
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "prod.tfvars");
    let replacement = &change["replacements"][0];
    let text = "# production\nregion  = \"westeurope\"\nwin_sku = \"Windows2019\"\n";
    assert_eq!(marked(text, &replacement["deletedRegion"]), "\"Windows2019\"");
    assert_eq!(replacement["insertedContent"]["text"], "\"Windows2022\"");
    assert!(fix["description"]["text"].as_str().unwrap().ends_with("Azure replaces the pool."));
}

/// Both problem matchers that are shipped, applied to what `--format concise` prints.
#[test]
fn problem_matchers_read_concise_output() {
    let github: Value =
        serde_json::from_str(include_str!("../../editors/github-problem-matcher.json")).unwrap();
    let code: Value = serde_json::from_str(include_str!("../../editors/vscode-tasks.json")).unwrap();
    let matchers =
        [&github["problemMatcher"][0]["pattern"][0], &code["tasks"][0]["problemMatcher"]["pattern"]];
    // GitHub calls the least severity otherwise than we do, and has a matcher of its own for it.
    let least = &github["problemMatcher"][1];
    assert_eq!(least["severity"], "notice");
    let least = regex::Regex::new(least["pattern"][0]["regexp"].as_str().unwrap()).unwrap();
    let found = least.captures("a b/é.tf:2:7: info[WindowsGen2NotUsed] text").unwrap();
    let found: Vec<&str> = found.iter().flatten().map(|group| group.as_str()).collect();
    assert_eq!(found.get(1..), Some(&["a b/é.tf", "2", "7", "WindowsGen2NotUsed", "text"][..]));
    let paths = ["a dir/mäin 世界.tf", "C:/x/a:1:2: error[X] y.tf", "a\nb.tf", "plain.tf"];
    for path in paths {
        let sources = Sources::in_memory(&[(path, "x = 1\n  é = \"Windows2019\"\n")]);
        let mut finding =
            diagnostic(label(place(&sources, &sources.display_path(FileId(0)), "\"W", 0), ""), vec![]);
        finding.severity = Severity::Warning;
        finding.message = "pool `a: b` [c] 世".to_owned();
        let report = Report { diagnostics: vec![finding], ..Report::default() };
        let shown = concise::render(&report, &sources);
        for pattern in matchers {
            let regexp = regex::Regex::new(pattern["regexp"].as_str().unwrap()).unwrap();
            let line = shown.strip_suffix('\n').unwrap();
            let found = regexp.captures(line).unwrap_or_else(|| panic!("{line}"));
            let group = |name: &str| &found[pattern[name].as_u64().unwrap() as usize];
            assert_eq!(group("file"), path.replace('\n', " "), "{line}");
            assert_eq!((group("line"), group("column")), ("2", "7"), "{line}");
            assert_eq!(group("severity"), "warning", "{line}");
            assert_eq!(group("code"), "Windows2019NotSupportedWithGen2VM", "{line}");
            assert_eq!(group("message"), "pool `a: b` [c] 世", "{line}");
        }
    }
}
