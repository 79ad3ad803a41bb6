//! Texts that some other tool, or somebody, is still to fill in.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::{Atom, Certain, Kind, Provenance, Reason, Value};

/// A placeholder of any of these forms, as the first group.
///
/// - `#{x}#`, `#{x}`, `$(x)`, `{{x}}`, `${{x}}`, `__x__`: the patterns of the task `replacetokens` (its README,
///   `tokenPattern`), of Octopus Deploy, Azure Pipelines and GitHub Actions; with them `#{{x}}`, `#_x_#`, `$[x]`.
/// - `${x}`, `$X`, `$env:x`, `%X%`: variables of shells, as `envsubst` and others fill them in.
/// - `{{ x }}`, `{% x %}`, `<%= x %>`: templates.
/// - `<x>`, `<<x>>`, `@@x@@`: nothing of ours has such brackets in it.
/// - `GEN-UNIQUE-8`, `GET-PREREQ-x` and the like: what the tests of azure-quickstart-templates fill in (its
///   1-CONTRIBUTION-GUIDE/README.md, "Parameters File Placeholders" and "Template Pre-requisites").
/// - `REPLACE_ME`, `YOUR-POOL-NAME`: words to somebody who fills in a sample, as all of a text in capitals. The same in
///   small letters may be a name.
///
/// A single `{x}`, `_X_`, `[x]` and `((x))` stay what they are: a hole whose `$` was forgotten, a name, an expression.
static FORMS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // The name of a group in a regular expression is no placeholder, and what follows the last capital of a name no part
    // of it.
    let others = r"\(\?P?<[^>]*>|\$[A-Z][A-Z0-9_]*[a-z]";
    let forms = [
        r"\A<[^<>\n]+>\z",
        r"<<[\w.-]+>>",
        r"<%.+?%>",
        r"<[A-Za-z][A-Za-z0-9_. -]*>",
        r"[#$]?\{\{.+?\}\}",
        r"\{%.+?%\}",
        r"#_[\w.-]+?_#",
        r"\$\([\w.-]+\)",
        r"\$\[[\w.-]+\]",
        r"#\{[\w.:= -]+\}#?",
        r"\$\{[\w.:= -]+\}",
        r"\$env:\w+",
        r"\$[A-Z][A-Z0-9_]{2,}",
        r"__ ?[A-Za-z0-9_.-]*?[A-Za-z0-9][A-Za-z0-9_.-]*? ?__",
        r"@@[A-Za-z][\w.-]*@@",
        r"%[A-Z_][A-Z0-9_]{2,}%",
        r"\A%[A-Za-z_][A-Za-z0-9_.]{2,}%\z",
        r"\bGEN-[A-Z]{2,}(?:-[A-Z0-9]+)*",
        r"\bGET-PREREQ-\w+",
        r"\A(?:REPLACE|CHANGE|FILL)[_-]?ME\z",
        r"\AREPLACE[_-]WITH[_-][A-Z0-9_-]+\z",
        r"\AYOUR[_-][A-Z0-9_-]+\z",
    ];
    Regex::new(&format!("(?s){others}|({})", forms.join("|"))).ok()
});

/// Where the first placeholder is.
fn first(text: &str) -> Option<std::ops::Range<usize>> {
    // Each form has one of these, and nearly no text has any.
    let marked = text.bytes().any(|byte| matches!(byte, b'{' | b'#' | b'<' | b'$' | b'%' | b'@'));
    let worded =
        || ["__", "GEN-", "GET-", "CHANGE", "REPLACE", "FILL", "YOUR"].iter().any(|word| text.contains(word));
    if !marked && !worded() {
        return None;
    }
    Some(FORMS.as_ref()?.captures_iter(text).find_map(|found| found.get(1))?.range())
}

/// The unknown that a text stands for if it holds a placeholder. Only for languages that have no such syntax of their
/// own left in the text. What stands before the placeholder is certain.
pub fn of_text(text: &Arc<str>, provenance: &Provenance) -> Option<Value> {
    let found = first(text)?;
    let prefix = text.get(..found.start).filter(|prefix| !prefix.is_empty()).map(Arc::from);
    let token = text.get(found)?;
    Some(unknown(text, token, Certain { prefix, ..Certain::of_kind(Kind::String) }, provenance))
}

/// The same of the first argument of `format()`, in which braces mean something: `{0}` is an argument, wherever it
/// stands, and two braces are one, but around a name, where no text needs them.
pub fn of_format(text: &Arc<str>, provenance: &Provenance) -> Option<Value> {
    let token = text.get(first(text)?)?;
    let is_argument =
        |at: usize| token.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if token.match_indices('{').any(|(at, _)| is_argument(at)) {
        return None;
    }
    let doubled = token.trim_start_matches(['#', '$']).strip_prefix("{{");
    if let Some(name) = doubled.and_then(|rest| rest.strip_suffix("}}"))
        && !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
    {
        return None;
    }
    Some(unknown(text, token, Certain::of_kind(Kind::String), provenance))
}

fn unknown(text: &str, token: &str, certain: Certain, provenance: &Provenance) -> Value {
    let atom = Atom::new(format!("placeholder:{text}"), token);
    Value::unknown(atom, Reason::Placeholder(Arc::from(token)), certain, provenance.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Node;

    /// The placeholder and what is before it.
    fn found(value: Option<Value>) -> Option<(String, String)> {
        let value = value?;
        let Some(Node::Unknown(unknown)) = value.single() else { return None };
        let Reason::Placeholder(token) = &unknown.reason else { return None };
        Some((unknown.certain.prefix.as_deref().unwrap_or_default().to_owned(), token.to_string()))
    }

    #[test]
    fn placeholders_are_found_with_all_that_belongs_to_them() {
        for (text, prefix, token) in [
            ("GEN-UNIQUE", "", "GEN-UNIQUE"),
            ("aksGEN-UNIQUE", "", ""),
            ("aks-GEN-UNIQUE-8", "aks-", "GEN-UNIQUE-8"),
            ("GEN-SSH-PUB-KEY", "", "GEN-SSH-PUB-KEY"),
            ("GEN-GUID", "", "GEN-GUID"),
            ("GET-PREREQ-subnetId", "", "GET-PREREQ-subnetId"),
            ("__poolName__", "", "__poolName__"),
            ("Standard___size__", "Standard", "___size__"),
            ("np__ env __x", "np", "__ env __"),
            ("#{{ pool }}", "", "#{{ pool }}"),
            ("np${{ vars.POOL }}", "np", "${{ vars.POOL }}"),
            ("__ENV__{{ x }}", "", "__ENV__"),
            ("{% pool %}", "", "{% pool %}"),
            ("<%= pool %>", "", "<%= pool %>"),
            ("<<pool>>", "", "<<pool>>"),
            ("np<pool>", "np", "<pool>"),
            ("<your pool's name>", "", "<your pool's name>"),
            ("$POOL_NAME", "", "$POOL_NAME"),
            ("$env:POOL", "", "$env:POOL"),
            ("$[pool.name]", "", "$[pool.name]"),
            ("np$(System.Env)", "np", "$(System.Env)"),
            ("#{env}#a", "", "#{env}#"),
            ("%POOL_NAME%", "", "%POOL_NAME%"),
            ("%poolName%", "", "%poolName%"),
            ("@@pool@@", "", "@@pool@@"),
            ("REPLACE_ME", "", "REPLACE_ME"),
            ("YOUR-POOL-NAME", "", "YOUR-POOL-NAME"),
        ] {
            let wanted = (!token.is_empty()).then(|| (prefix.to_owned(), token.to_owned()));
            assert_eq!(found(of_text(&Arc::from(text), &Provenance::nowhere())), wanted, "{text}");
        }
    }

    #[test]
    fn what_may_be_meant_is_no_placeholder() {
        for text in [
            "systempool",
            "Standard_D4s_v5",
            "33%",
            "10%-20%",
            "a__b",
            "____",
            "gen-2",
            "GEN-2",
            "your-pool",
            "changeme",
            "TODO",
            "{pool}",
            "_POOL_",
            "((pool))",
            "[pool]",
            "a < b",
            "1.29",
            "a@b",
            "a@@b",
            "$Default",
            "^np[0-9]$",
            "^(?P<family>[a-z]+)$",
            "%s-%snodes%s",
            "%C3%A9",
            "$1$2",
            "a && b > c",
            "#1",
            "GET-PREREQ-",
            "{}",
        ] {
            assert_eq!(found(of_text(&Arc::from(text), &Provenance::nowhere())), None, "{text}");
        }
    }

    #[test]
    fn braces_of_a_format_are_its_own() {
        let format = |text: &str| found(of_format(&Arc::from(text), &Provenance::nowhere()));
        for text in [
            "np{0}",
            "#{0}",
            "${0}x",
            "<{0}>",
            "__{0}__",
            "{{\"a\": \"{0}\"}}",
            "{{{0}}}",
            "{{{{{0}}}}}",
            "$({0})",
        ] {
            assert_eq!(format(text), None, "{text}");
        }
        // What stands before it may hold arguments.
        assert_eq!(format("{0}#{env}#"), Some((String::new(), "#{env}#".to_owned())));
        assert_eq!(format("{0}{{ env }}"), Some((String::new(), "{{ env }}".to_owned())));
        assert_eq!(format("np$(env){0}"), Some((String::new(), "$(env)".to_owned())));
    }
}
