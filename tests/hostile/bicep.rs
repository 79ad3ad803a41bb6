//! Bicep that nobody should write.

use std::fmt::Write;

use super::{one, repeat, survive};

/// A cluster of an old version, which is found wherever the text before it does not stop the reader.
fn cluster(version: &str) -> String {
    format!(
        "resource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' = {{\n  name: 'aks'\n  \
         location: 'westeurope'\n  properties: {{\n    kubernetesVersion: {version}\n    \
         agentPoolProfiles: [{{ name: 'system', mode: 'System', vmSize: 'Standard_D4s_v5', count: 3 }}]\n  }}\n}}\n"
    )
}

const OLD: &str = "K8sVersionNotSupported";

#[test]
fn strings_and_comments_without_an_end() {
    for end in [
        "var a = 'x",
        "var a = '''x\n",
        "var a = $$'''${",
        "/* x",
        "var a = '${",
        "var a = '${'${'${",
        "var a = 'x\\",
    ] {
        let (report, shown) = one("main.bicep", &format!("{}{end}", cluster("'1.20'")));
        assert!(shown.contains(OLD), "{end}");
        assert!(report.diagnostics.iter().any(|finding| finding.rule == "Syntax"), "{end}");
    }
}

#[test]
fn circles_of_variables_and_modules() {
    let circle = "var a = b\nvar b = '${c}'\nvar c = [for i in range(0, 2): a]\nvar d = d\n";
    one("main.bicep", &format!("{circle}{}", cluster("a")));
    let calls = |other: &str| format!("module m '{other}' = {{ params: {{ v: v }} }}\n");
    let file = |other: &str| format!("param v string = '1.20'\n{}{}", calls(other), cluster("v"));
    let (_, shown) = survive(&[("a.bicep", &file("b.bicep")), ("b.bicep", &file("a.bicep"))]);
    assert!(shown.contains(OLD));
    survive(&[("a.bicep", &file("a.bicep")), ("a.bicepparam", "using 'a.bicep'\nextends 'a.bicepparam'\n")]);
}

#[test]
fn what_a_later_version_may_bring() {
    let future = "@later(1, { a: 2 })\nparam p string = 'x'\nfrobnicate x 'y' = {\n  a: 1\n}\nvar q = 1 ?! 2\n\
                  @sys.unknown()\nresource r 'A.B/c@2020-01-01' = when (true) { name: 'r' }\n";
    let (report, shown) = one("main.bicep", &format!("{future}{}", cluster("'1.20'")));
    assert!(shown.contains(OLD));
    assert!(report.diagnostics.iter().any(|finding| finding.rule == "Syntax"));
}

#[test]
fn a_megabyte_in_one_line() {
    let long = repeat(100_000, |index| format!("{index}, "));
    let (_, shown) = one("main.bicep", &format!("var a = [{long}]\n{}", cluster("'1.20'")));
    assert!(shown.contains(OLD));
    let quotes = format!("{}// {}", cluster("'1.20'"), "'module x.bicep' ".repeat(60_000));
    assert!(one("main.bicep", &quotes).1.contains(OLD));
    one("main.bicep", &format!("var a = '{}'\n{}", "${a}".repeat(250_000), cluster("a")));
}

#[test]
fn deep_nesting() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{ a: ", "}"),
        ("'${", "}'"),
        ("!", ""),
        ("f(", ")"),
        ("[for i in a: ", "]"),
        ("true ? 1 : ", ""),
    ] {
        let depth = 20_000;
        let text = format!("var a = {}1{}\n", open.repeat(depth), close.repeat(depth));
        let (_, shown) = one("main.bicep", &format!("{}{text}", cluster("'1.20'")));
        assert!(shown.contains(OLD), "{open}");
    }
    one("main.bicep", &format!("type t = {}string\n{}", "(".repeat(20_000), cluster("'1.20'")));
}

#[test]
fn modules_that_call_each_other_many_times() {
    let mut files = vec![("m40.bicep".to_owned(), format!("param v string = '1.20'\n{}", cluster("v")))];
    for index in 0..40 {
        let mut text = String::from("param v string = '1.20'\n");
        for call in 0..3 {
            writeln!(text, "module m{call} 'm{}.bicep' = {{ params: {{ v: v }} }}", index + 1).unwrap();
        }
        files.push((format!("m{index}.bicep"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    survive(&files);
}
