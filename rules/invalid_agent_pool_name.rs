//! A pool name that AKS does not accept.

use super::{Blame, Change, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{Field, PoolField, PoolView};
use crate::value::Place;

/// The rule.
pub const RULE: Rule = Rule {
    id: "InvalidAgentPoolName",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "A pool name other than 1 to 12 lower-case letters and digits, a letter first",
    url: Some("https://learn.microsoft.com/azure/aks/create-node-pools"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("invalid_agent_pool_name.md"),
};

const LONGEST: usize = 12;

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let (message, problem) = match pool.text(PoolField::Name) {
        Field::Known(name) => {
            let problem = match name.chars().count() {
                0 if is_left_to_others(pool) => return None,
                0 => "is empty".to_owned(),
                length if length > LONGEST => format!("has {length} characters"),
                _ => problem(&name)?,
            };
            (format!("has the name `{name}`, which {problem}"), problem)
        }
        Field::Unknown(certain) => {
            let prefix = certain.prefix.as_deref().unwrap_or("");
            let length = certain.min_length.max(prefix.chars().count());
            let problem = match length {
                length if length > LONGEST => format!("has at least {length} characters"),
                _ => problem(prefix)?,
            };
            (format!("has a name that {problem}"), problem)
        }
        Field::Unset => return None,
    };
    // Capitals alone have one meaning. The pool does not exist under a name that AKS rejects.
    let lower = pool.text(PoolField::Name).known().map(|name| (name.to_string(), name.to_ascii_lowercase()));
    let change = lower
        .filter(|(_, lower)| (1..=LONGEST).contains(&lower.len()) && self::problem(lower).is_none())
        .map(|(from, to)| Change { blame: Blame::Pool(PoolField::Name), from, to, implies: None });
    Some(Finding {
        message,
        why: "A pool's name is 1 to 12 lower-case letters and digits, a letter first; AKS rejects others \
              (InvalidParameter: \"The value of parameter agentPoolProfile.name is invalid\")."
            .to_owned(),
        fix: "Choose a name of lower-case letters and digits, a letter first, of at most 12 characters (6 on Windows)."
            .to_owned(),
        blame: Blame::Pool(PoolField::Name),
        label: problem,
        also: Vec::new(),
        severity: None,
        change,
    })
}

/// Whether the name is the default of a variable or parameter. An empty one stands there for what whoever deploys gives.
fn is_left_to_others(pool: &PoolView<'_>) -> bool {
    let name = pool.alternative(PoolField::Name);
    name.is_some_and(|name| matches!(name.provenance.place(), Some(Place::Default(_))))
}

/// What is wrong with the characters of a name, or of the beginning of one.
fn problem(name: &str) -> Option<String> {
    if let Some(bad) = name.chars().find(|c| !c.is_ascii_lowercase() && !c.is_ascii_digit()) {
        return Some(match bad.is_ascii_uppercase() {
            true => format!("contains the capital `{bad}`"),
            false => format!("contains `{}`", bad.escape_debug()),
        });
    }
    name.starts_with(|c: char| c.is_ascii_digit()).then(|| "begins with a digit".to_owned())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;
    use crate::value::Certain;

    fn label(name: &str) -> String {
        let found = Pool::linux().with("name", name).only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Error, "name"));
        found.label
    }

    #[test]
    fn the_finding_says_what_is_wrong_with_the_name() {
        assert_eq!(label("node-pool"), "contains `-`");
        assert_eq!(label("aksMigNode"), "contains the capital `M`");
        assert_eq!(label("1pool"), "begins with a digit");
        assert_eq!(label("thirteenchars"), "has 13 characters");
        assert_eq!(label("pöol"), "contains `ö`");
        assert_eq!(label(""), "is empty");
    }

    #[test]
    fn good_names_are_silent() {
        for name in ["a", "np1", "twelvechars1"] {
            Pool::linux().with("name", name).silent(&RULE);
        }
        Pool::windows().with("name", "win22").silent(&RULE);
    }

    #[test]
    fn what_is_certain_of_an_unknown_name_is_enough() {
        let name = |min_length, prefix: &str| {
            let certain = Certain { min_length, prefix: Some(prefix.into()), ..Certain::default() };
            Pool::linux().certain("name", certain)
        };
        assert_eq!(name(5, "np-").only(&RULE).label, "contains `-`");
        assert_eq!(name(14, "np").only(&RULE).label, "has at least 14 characters");
        name(12, "np").silent(&RULE);
        Pool::linux().unknown("name").silent(&RULE);
    }

    #[test]
    fn only_capitals_have_one_meaning() {
        let edit = |name: &str| Pool::linux().with("name", name).only(&RULE).edit;
        assert_eq!(edit("Win22"), Some(("win22".to_owned(), true)));
        assert_eq!(edit("Win-22"), None);
        assert_eq!(edit("Windowsserver22"), None);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found = Pool::linux().either("name", "var.long", "node-pool", "np").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
