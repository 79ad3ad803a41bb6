//! A Windows pool with a name of more than six characters.

use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{Field, PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "WindowsAgentPoolNameTooLong",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "A Windows pool with a name of more than six characters",
    url: Some("https://learn.microsoft.com/azure/aks/use-system-pools"),
    // More than six of the wrong characters are one bad name.
    outranks: &["InvalidAgentPoolName"],
    checks: &[Check::AgentPool(check)],
    page: include_str!("windows_agent_pool_name_too_long.md"),
};

/// Windows computer names have 15 characters, of which AKS needs nine.
const LONGEST: usize = 6;

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let (length, name) = match pool.text(PoolField::Name) {
        Field::Known(name) => {
            let length = name.chars().count();
            (length, format!("the name `{name}` of {length} characters"))
        }
        Field::Unknown(certain) => {
            let prefix = certain.prefix.as_deref().map_or(0, |prefix| prefix.chars().count());
            let length = certain.min_length.max(prefix);
            (length, format!("a name of at least {length} characters"))
        }
        Field::Unset => return None,
    };
    if length <= LONGEST || !pool.is_windows() {
        return None;
    }
    // What is written at the place to edit may be a part of the name only, and short enough by itself.
    let is_made = pool.alternative(PoolField::Name).is_some_and(|name| name.provenance.is_computed());
    let (label, fix) = match is_made {
        true => (
            format!("makes {name}"),
            format!("Shorten what the name is made of, so that all of it has at most {LONGEST} characters."),
        ),
        false => (
            format!("longer than {LONGEST} characters"),
            format!("Shorten the name to {LONGEST} characters, such as \"win22\"."),
        ),
    };
    Some(Finding {
        message: format!("is a Windows pool with {name}"),
        why: format!(
            "AKS makes computer names of the pool's name, and allows {LONGEST} characters of it on Windows. It rejects \
             the pool (WindowsAgentPoolNameTooLong: \"Windows agent pool name can not be longer than 6 characters\")."
        ),
        fix,
        blame: Blame::Pool(PoolField::Name),
        label,
        also: vec![(Blame::Pool(PoolField::OsType), "the pool runs Windows".to_owned())],
        severity: None,
        change: None,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;
    use crate::value::Certain;

    #[test]
    fn seven_characters_are_too_many_and_six_are_not() {
        let found = Pool::windows().with("name", "winpool").only(&RULE);
        assert_eq!((found.severity, found.at, found.labels), (Severity::Error, "name", vec!["os_type"]));
        Pool::windows().with("name", "winpoo").silent(&RULE);
        Pool::linux().with("name", "linuxpool").silent(&RULE);
    }

    #[test]
    fn what_is_certain_of_an_unknown_name_is_enough() {
        let certain = |min_length, prefix: &str| Certain {
            min_length,
            prefix: Some(prefix.into()),
            ..Certain::default()
        };
        let found = Pool::windows().certain("name", certain(8, "win")).only(&RULE);
        assert_eq!(
            found.message,
            "agent pool `win…`: is a Windows pool with a name of at least 8 characters"
        );
        assert_eq!(Pool::windows().certain("name", certain(0, "windows")).only(&RULE).at, "name");
        Pool::windows().certain("name", certain(6, "win")).silent(&RULE);
        Pool::windows().unknown("name").silent(&RULE);
        Pool::linux().unknown("os_type").with("name", "winpool").silent(&RULE);
    }

    #[test]
    fn a_long_name_is_one_mistake_not_two() {
        let found = Pool::windows().with("name", "windows-server-pool").all();
        assert_eq!(found.iter().map(|found| found.rule).collect::<Vec<_>>(), [RULE.id]);
        assert_eq!(found[0].notes.len(), 1);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found = Pool::windows().either("name", "var.long", "winpool", "win").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
