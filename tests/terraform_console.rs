//! Terraform's expressions as Terraform itself evaluates them.
//!
//! `terraform_console/expressions.txt` holds expressions and their results: paragraphs of an expression, which may
//! take several lines, and a line `=> JSON`, or `=> fails`. Where a `terraform` binary is on the path, the results
//! on file are compared with what it says today (`AKSLINT_RECORD=1` writes them instead), and so are the results
//! of expressions that are made up from a fixed seed.
//!
//! The full run, which takes about a minute:
//! `AKSLINT_REQUIRE_ORACLES=1 AKSLINT_EXPRESSIONS=8000 cargo test --test terraform_console -- --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

#[path = "terraform_console/maker.rs"]
mod maker;
#[path = "support/terraform.rs"]
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use akslint::resolve::terraform::local_values;
use akslint::source::Sources;
use akslint::value::{Node, Value};
use maker::{Form, Maker, written};
use serde_json::Value as Json;
use support::terraform;

/// What every expression may refer to.
const MODULE: &str = r#"
locals {
  n      = 5
  s      = "abc"
  choice = "%%{ if on }yes%%{ else }no%%{ endif }"
  t      = true
  none   = null
  list   = tolist(["a", "b", "c"])
  tuple  = [1, "two", true, null]
  set    = toset(["z", "y", "x"])
  map    = tomap({ a = 1, b = 2 })
  object = { name = "web", size = 3, tags = { a = "1" }, on = true, empty = null }
  pools = {
    blue  = { size = "Standard_D4s_v5", count = 2, zones = ["1", "2"] }
    green = { size = "Standard_D8s_v5", count = 0, zones = [] }
  }
  nested = [{ a = 1, b = [1, 2] }, { a = 2, b = [] }]
}
variable "typed" {
  type    = object({ a = number, b = optional(string, "x"), c = optional(list(number)) })
  default = { a = "1" }
}
variable "untyped" { default = {} }
variable "pools" {
  type = map(object({ size = optional(string, "Standard_D2s_v5"), count = optional(number, 1) }))
  default = { a = {}, b = { count = "3" } }
}
"#;

/// A result: JSON, that it fails, or what we say that Terraform never does.
#[derive(Debug, Clone)]
enum Outcome {
    Is(Json),
    Fails,
    NotKnown,
    Other(String),
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outcome::Is(json) => write!(f, "{json}"),
            Outcome::Fails => f.write_str("fails"),
            Outcome::NotKnown => f.write_str("is not known"),
            Outcome::Other(text) => f.write_str(text),
        }
    }
}

const NOT_PARSED: &str = "is not parsed";

fn same(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Outcome::Is(a), Outcome::Is(b)) => same_json(a, b),
        (Outcome::Fails, Outcome::Fails) | (Outcome::NotKnown, Outcome::NotKnown) => true,
        // What cannot be read fails as well.
        (Outcome::Other(text), Outcome::Fails) => text == NOT_PARSED,
        _ => false,
    }
}

/// Terraform computes with more digits than we do, so numbers agree to the precision of a float.
fn same_json(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same_json(a, b))
        }
        _ => a == b,
    }
}

/// What we make of the expressions, all in one module.
fn ours(expressions: &[String]) -> Vec<Outcome> {
    let mut text = MODULE.to_owned();
    for (index, expression) in expressions.iter().enumerate() {
        // The line break ends a heredoc.
        writeln!(text, "locals {{\n  e{index} = try([{expression}\n], null)\n}}").unwrap();
    }
    let sources = Sources::in_memory(&[("main.tf", &text)]);
    let values = local_values(&sources, Path::new("/"));
    let outcome = |index| match values.get(&*format!("e{index}")) {
        Some(value) => match json_of(value) {
            Ok(Json::Array(mut result)) => result.pop().map_or(Outcome::Fails, Outcome::Is),
            Ok(_) => Outcome::Fails,
            Err(other) => other,
        },
        None => Outcome::Other(NOT_PARSED.to_owned()),
    };
    (0..expressions.len()).map(outcome).collect()
}

fn json_of(value: &Value) -> Result<Json, Outcome> {
    let Some(node) = value.single() else { return Err(Outcome::NotKnown) };
    Ok(match node {
        Node::Null(_) => Json::Null,
        Node::Bool(value) => (*value).into(),
        Node::Number(number) => serde_json::from_str(&number.to_string()).unwrap(),
        Node::String(text) => (**text).into(),
        Node::List(list) if list.open.is_none() => {
            Json::Array(list.items.iter().map(json_of).collect::<Result<_, _>>()?)
        }
        Node::Map(map) if map.open.is_none() => Json::Object(
            map.entries
                .iter()
                .map(|(key, item)| Ok((key.to_string(), json_of(item)?)))
                .collect::<Result<_, _>>()?,
        ),
        Node::List(_) | Node::Map(_) | Node::Unknown(_) => return Err(Outcome::NotKnown),
    })
}

/// What Terraform makes of them.
fn theirs(expressions: &[String]) -> Option<Vec<Outcome>> {
    let directory = tempfile::tempdir().unwrap();
    let mut text = format!("{MODULE}\nlocals {{\n  results = [\n");
    for expression in expressions {
        // In base 64, since what the console shows is not always valid JSON.
        writeln!(text, "    base64encode(try(jsonencode({expression}\n), \"fails\")),").unwrap();
    }
    text.push_str("  ]\n}\n");
    std::fs::write(directory.path().join("main.tf"), text).unwrap();
    let output = terraform(directory.path(), &["console"], "local.results\n")?;
    let shown = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = shown.lines().map(|line| line.trim().trim_end_matches(',')).collect();
    let lines = lines.strip_prefix(&["["]).and_then(|lines| lines.strip_suffix(&["]"])).unwrap_or(&[]);
    if lines.len() != expressions.len() {
        // One expression that cannot even be checked spoils the whole module.
        let (first, second) = expressions.split_at(expressions.len() / 2);
        if first.is_empty() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Some(vec![match shown.trim() {
                // Even `try` does not save what Terraform can tell to be wrong before it evaluates anything.
                "" if errors.contains("Error: ") => Outcome::Fails,
                _ => Outcome::Other(format!("{shown}{errors}")),
            }]);
        }
        return Some([theirs(first)?, theirs(second)?].concat());
    }
    let outcome = |line: &&str| {
        if *line == "(known after apply)" {
            return Outcome::NotKnown;
        }
        let result = decode(line.trim_matches('"')).and_then(|bytes| String::from_utf8(bytes).ok());
        match result.as_deref() {
            Some("fails") => Outcome::Fails,
            Some(json) => Outcome::Is(serde_json::from_str(json).unwrap()),
            None => Outcome::Other((*line).to_owned()),
        }
    };
    Some(lines.iter().map(outcome).collect())
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut have) = (Vec::new(), 0u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
        }
    }
    Some(out)
}

const FILE: &str = "tests/terraform_console/expressions.txt";

/// An expression on file.
struct Row {
    expression: String,
    /// Terraform's result.
    result: String,
    /// Ours, where it is another.
    ours: Option<String>,
}

fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut expression = String::new();
    for line in std::fs::read_to_string(FILE).unwrap().lines() {
        match line.strip_prefix("=> ") {
            Some(result) => {
                let expression = std::mem::take(&mut expression);
                rows.push(Row { expression, result: result.to_owned(), ours: None });
            }
            None if line.starts_with("we say ") => {
                rows.last_mut().unwrap().ours = line.strip_prefix("we say ").map(str::to_owned);
            }
            None if expression.is_empty() && (line.is_empty() || line.starts_with('#')) => {}
            None if expression.is_empty() => line.clone_into(&mut expression),
            None => {
                expression.push('\n');
                expression.push_str(line);
            }
        }
    }
    assert_eq!(expression, "", "an expression without a result");
    rows
}

fn on_file(result: &str) -> Outcome {
    match result {
        "fails" => Outcome::Fails,
        "is not known" => Outcome::NotKnown,
        json => serde_json::from_str(json).map_or_else(|_| Outcome::Other(json.to_owned()), Outcome::Is),
    }
}

fn differences(expressions: &[String], ours: &[Outcome], theirs: &[Outcome]) -> Vec<String> {
    let rows = expressions.iter().zip(ours).zip(theirs);
    rows.filter(|((_, ours), theirs)| !same(ours, theirs))
        .map(|((expression, ours), theirs)| format!("{expression}\n  gives {ours}\n  not   {theirs}"))
        .collect()
}

#[test]
fn expressions_have_the_values_on_file() {
    let rows = rows();
    let expressions: Vec<String> = rows.iter().map(|row| row.expression.clone()).collect();
    let results: Vec<Outcome> =
        rows.iter().map(|row| on_file(row.ours.as_ref().unwrap_or(&row.result))).collect();
    let wrong = differences(&expressions, &ours(&expressions), &results);
    assert!(wrong.is_empty(), "{} expressions:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_values_on_file_are_those_of_terraform() {
    let rows = rows();
    let expressions: Vec<String> = rows.iter().map(|row| row.expression.clone()).collect();
    let Some(theirs) = theirs(&expressions) else { return };
    if std::env::var("AKSLINT_RECORD").is_ok_and(|value| value == "1") {
        let mut new = theirs.iter();
        let text = std::fs::read_to_string(FILE).unwrap();
        let lines = text.lines().map(|line| match line.strip_prefix("=> ") {
            Some(_) => format!("=> {}\n", new.next().unwrap()),
            None => format!("{line}\n"),
        });
        std::fs::write(FILE, lines.collect::<String>()).unwrap();
        return;
    }
    let results: Vec<Outcome> = rows.iter().map(|row| on_file(&row.result)).collect();
    let changed = differences(&expressions, &results, &theirs);
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

/// Why something made up may have another value with us than with Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// We have `&&` and `||` as they are from Terraform 1.12 on, where they do not look at the right side if the left
    /// one decides. Written as calls that look at both, the expression has the same value with both.
    LeftSideDecides,
    /// Numbers have no negative zero with us. With zero added to all of them, Terraform says the same as we.
    NegativeZero,
    /// Of a text that is not known Terraform forgets what we keep: how it begins and how long it is. Here it is not
    /// known what `format` makes of a null without a type.
    KnownAllTheSame,
}

impl Cause {
    /// The cause of a difference, if it is a known one.
    fn of(made_up: &str, ours: &Outcome, theirs: &Outcome) -> Option<Cause> {
        let expression = written(made_up, Form::Operators);
        let eager = written(made_up, Form::Eager);
        if eager != expression && self::ours(&[eager]).iter().all(|ours| same(ours, theirs)) {
            return Some(Cause::LeftSideDecides);
        }
        if matches!((ours, theirs), (Outcome::Is(_) | Outcome::Fails, Outcome::NotKnown)) {
            return Some(Cause::KnownAllTheSame);
        }
        let positive = written(made_up, Form::PositiveZero);
        let again = if positive == expression { None } else { self::theirs(&[positive]) };
        again
            .is_some_and(|theirs| theirs.iter().all(|theirs| same(ours, theirs)))
            .then_some(Cause::NegativeZero)
    }
}

#[test]
fn made_up_expressions_have_the_values_that_terraform_gives_them() {
    let wanted = std::env::var("AKSLINT_EXPRESSIONS").ok().and_then(|count| count.parse().ok());
    let wanted: usize = wanted.unwrap_or(1_000);
    let seed = std::env::var("AKSLINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut maker = Maker::new(seed);
    let made_up: Vec<String> = (0..wanted).map(|index| maker.expression(1 + index % 4)).collect();
    let mut known: BTreeMap<Cause, usize> = BTreeMap::new();
    let mut new = Vec::new();
    for batch in made_up.chunks(2_000) {
        let expressions: Vec<String> = batch.iter().map(|one| written(one, Form::Operators)).collect();
        let Some(theirs) = theirs(&expressions) else { return };
        let ours = ours(&expressions);
        for (((made_up, expression), ours), theirs) in batch.iter().zip(&expressions).zip(&ours).zip(&theirs)
        {
            if same(ours, theirs) {
                continue;
            }
            match Cause::of(made_up, ours, theirs) {
                Some(cause) => *known.entry(cause).or_default() += 1,
                None => new.push(format!("{expression}\n  gives {ours}\n  not   {theirs}")),
            }
        }
    }
    new.sort_by_key(String::len);
    eprintln!("seed {seed}: {wanted} expressions: known differences {known:?}, {} new ones", new.len());
    let shown = new.iter().take(60).map(|text| text.as_str()).collect::<Vec<_>>().join("\n");
    assert!(new.is_empty(), "{} of {wanted}:\n{shown}", new.len());
}
