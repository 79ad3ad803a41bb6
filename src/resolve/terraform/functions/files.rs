//! Functions that read files, and those whose results only the run of Terraform gives.

use std::sync::Arc;

use regex::Regex;

use super::certain::{self, Estimate};
use super::plain::{Args, Outcome, Plain};
use super::strings::clean_path;
use super::{Call, encoding};
use crate::source::Span;
use crate::value::{Alternative, Certain, Kind, Node, Provenance, Reason, Type, Value};

/// Reads the file that the first argument names and gives its text to `then`, with where the path comes from.
fn with_text(call: &Call, estimate: Estimate, then: impl Fn(&Arc<str>, &Provenance) -> Value) -> Value {
    with_path(call, estimate, |path, from| match call.files.read(path) {
        Ok(text) => then(&text, &call.computed(&[from])),
        Err(Reason::Failed(message)) => call.failed(message),
        Err(reason) => {
            let certain = match estimate(&[]) {
                certain::Result::Certain(certain) => certain,
                _ => Certain::default(),
            };
            call.run_time(format!("{}#{path}", call.name), reason, certain)
        }
    })
}

/// Gives `then` the path that the first argument is.
fn with_path(call: &Call, estimate: Estimate, then: impl Fn(&str, &Alternative) -> Value) -> Value {
    call.arg(0).split_domains().and_then(|path| {
        if let Some(refused) = call.refused(path) {
            return refused;
        }
        match &path.node {
            Node::String(text) => then(text, path),
            Node::Unknown(_) => match estimate(&[&path.node]) {
                certain::Result::Truth => call.opaque_bool(&[path]),
                certain::Result::Certain(certain) => call.opaque(&[path], certain),
                certain::Result::Is(value) => value.into_value(&call.computed(&[path])),
            },
            _ => call.mismatch(path, "string"),
        }
    })
}

/// The text of the file, worked on by a function of text.
fn digest(call: &Call, compute: fn(&Args) -> Outcome) -> Value {
    with_text(call, certain::nothing, |text, provenance| {
        match compute(&Args(&[Plain::String(text.clone())])) {
            Ok(value) => value.into_value(provenance),
            Err(message) => call.failed(message),
        }
    })
}

/// The text is written in the file, so that the file is the place to edit.
pub(super) fn file(call: &Call) -> Value {
    let text = with_text(call, certain::nothing, |text, provenance| {
        Value::new(Node::String(text.clone()), provenance.clone())
    });
    let path = call.arg(0);
    let [path] = path.alternatives() else { return text };
    let (Node::String(path), Some(Node::String(whole))) = (&path.node, text.single()) else { return text };
    match call.files.id(path) {
        Some(file) => {
            let written = Provenance::written(Span::new(file, 0, whole.len()));
            Value::new(Node::String(whole.clone()), written.passed(call.at))
        }
        None => text,
    }
}

pub(super) fn filebase64(call: &Call) -> Value {
    digest(call, encoding::base64encode)
}

pub(super) fn filebase64sha256(call: &Call) -> Value {
    digest(call, encoding::base64sha256)
}

pub(super) fn filebase64sha512(call: &Call) -> Value {
    digest(call, encoding::base64sha512)
}

pub(super) fn filemd5(call: &Call) -> Value {
    digest(call, encoding::md5)
}

pub(super) fn filesha1(call: &Call) -> Value {
    digest(call, encoding::sha1)
}

pub(super) fn filesha256(call: &Call) -> Value {
    digest(call, encoding::sha256)
}

pub(super) fn filesha512(call: &Call) -> Value {
    digest(call, encoding::sha512)
}

pub(super) fn fileexists(call: &Call) -> Value {
    with_path(call, certain::truth, |path, from| match call.files.exists(path) {
        Some(exists) => Value::new(Node::Bool(exists), call.computed(&[from])),
        None => call.opaque_bool(&[from]),
    })
}

pub(super) fn fileset(call: &Call) -> Value {
    let pattern = call.arg(1).split_domains();
    pattern.and_then(|pattern| {
        if let Some(refused) = call.refused(pattern) {
            return refused;
        }
        let Node::String(text) = &pattern.node else {
            return match &pattern.node {
                Node::Unknown(_) => call.opaque(&[pattern], Certain::of_kind(Kind::List)),
                _ => call.mismatch(pattern, "string"),
            };
        };
        let Ok(glob) = glob(text) else { return call.failed("invalid pattern") };
        with_path(call, certain::list, |path, from| {
            let Some(files) = call.files.list(path) else {
                let reason = Reason::Absent(Arc::from(path));
                return call.run_time(format!("fileset#{path}#{text}"), reason, Certain::of_kind(Kind::List));
            };
            let provenance = call.computed(&[from, pattern]);
            let items = files
                .iter()
                .filter(|file| glob.is_match(file))
                .map(|file| Value::string(file, provenance.clone()))
                .collect();
            call.set(items, Some(Arc::new(Type::String)), None, &[from, pattern])
        })
    })
}

/// The regular expression of a pattern: `*` and `?` stay within a name, `**` crosses any number of them,
/// `[…]` and `{a,b}` are choices.
fn glob(pattern: &str) -> Result<Regex, regex::Error> {
    let mut out = String::from("^");
    let mut braces = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                let whole_parts = chars.next_if_eq(&'/').is_some();
                out.push_str(if whole_parts { "(?:[^/]+/)*" } else { ".*" });
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => {
                out.push('[');
                if chars.next_if(|c| matches!(c, '^' | '!')).is_some() {
                    out.push('^');
                }
                for c in chars.by_ref().take_while(|c| *c != ']') {
                    if matches!(c, '[' | '&' | '~' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
                out.push(']');
            }
            '{' => {
                braces += 1;
                out.push_str("(?:");
            }
            ',' if braces > 0 => out.push('|'),
            '}' if braces > 0 => {
                braces -= 1;
                out.push(')');
            }
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push('$');
    regex::RegexBuilder::new(&out).size_limit(1 << 20).build()
}

/// An absolute path is made shorter; any other depends on where Terraform runs.
pub(super) fn abspath(call: &Call) -> Value {
    with_path(call, certain::some_text, |path, from| {
        if path.starts_with('/') {
            return Value::string(clean_path(path), call.computed(&[from]));
        }
        let certain = Certain { min_length: 1, ..Certain::of_kind(Kind::String) };
        call.run_time(format!("abspath#{path}"), Reason::RunTime("the working directory".into()), certain)
    })
}

/// A path is itself unless it begins in someone's home directory.
pub(super) fn pathexpand(call: &Call) -> Value {
    with_path(call, certain::some_text, |path, from| {
        if !path.starts_with('~') {
            return Value::string(path, call.computed(&[from]));
        }
        let certain = Certain { min_length: 1, ..Certain::of_kind(Kind::String) };
        call.run_time(format!("pathexpand#{path}"), Reason::RunTime("the home directory".into()), certain)
    })
}

/// The time of the run, as RFC 3339 writes it in UTC: one time for the whole run.
pub(super) fn timestamp(call: &Call) -> Value {
    let reason = Reason::RunTime(format!("{}()", call.name).into());
    call.run_time(call.name.to_owned(), reason, certain::exactly("2018-05-13T07:44:12Z".len()))
}

/// The key of something that is another one at each call.
fn here(call: &Call) -> String {
    format!("{}@{}:{}-{}", call.name, call.at.file.0, call.at.start, call.at.end)
}

/// A new identifier at each call.
pub(super) fn uuid(call: &Call) -> Value {
    call.run_time(here(call), Reason::RunTime("uuid()".into()), certain::exactly(36))
}

/// A salted hash, another one at each call.
pub(super) fn bcrypt(call: &Call) -> Value {
    let certain = Certain { prefix: Some("$2a$".into()), ..certain::exactly(60) };
    call.run_time(here(call), Reason::RunTime("bcrypt()".into()), certain)
}

/// A secret in the clear.
pub(super) fn rsadecrypt(call: &Call) -> Value {
    call.run_time(here(call), Reason::Secret, Certain::default())
}

/// Compressed text, which nothing that is linted depends on.
pub(super) fn base64gzip(call: &Call) -> Value {
    call.arg(0).and_then(|text| {
        if let Some(refused) = call.refused(text) {
            return refused;
        }
        let certain = Certain { prefix: Some("H4sI".into()), ..Certain::of_kind(Kind::String) };
        call.opaque(&[text], certain)
    })
}
