//! What the name of a VM size implies when the catalogue lacks it: `fallback_rules` of
//! `data/vm-size-series.json`, written as code so that no regular expression is compiled at run time.
//!
//! The order matters, the first rule that matches decides. The tests below demand that rules and data
//! stay in step, and that no rule contradicts a size of the catalogue.

use super::vm_size::{Architecture, Generations};

/// A fallback rule: the matcher and its answer.
struct Rule {
    matches: fn(&Name<'_>) -> bool,
    generations: Generations,
}

/// The rules in order. Each comment is the `pattern` of the data file.
const RULES: &[Rule] = &[
    // ^Basic_
    Rule { matches: |name| name.tier == Tier::Basic, generations: Generations::Gen1Only },
    // ^Standard_A\d
    Rule { matches: |name| name.family_is(&["a"]), generations: Generations::Gen1Only },
    // ^Standard_(D|E|F|FX|B|EC|DC|NC|ND|NV|M|L|HB)[0-9].*_v(6|7)$: v6 and v7 are generation 2 only.
    Rule {
        matches: |name| {
            const FAMILIES: &[&str] =
                &["d", "e", "f", "fx", "b", "ec", "dc", "nc", "nd", "nv", "m", "l", "hb"];
            name.family_is(FAMILIES) && name.version_in(6, 7)
        },
        generations: Generations::Gen2Only,
    },
    // ^Standard_.*_v([89]|[1-9][0-9])$: extrapolated from v6 and v7.
    Rule {
        matches: |name| name.tier == Tier::Standard && name.version_in(8, 99),
        generations: Generations::Gen2Only,
    },
    // ^Standard_[BDE][0-9]+(-[0-9]+)?p: Arm64.
    Rule { matches: |name| name.is_arm64(), generations: Generations::Gen2Only },
    // ^Standard_(DC|EC)[0-9].*_v[2-9]$: confidential VMs and SGX.
    Rule {
        matches: |name| name.family_is(&["dc", "ec"]) && name.version_in(2, 9),
        generations: Generations::Gen2Only,
    },
    // ^Standard_L[0-9].*_v[45]$
    Rule {
        matches: |name| name.family_is(&["l"]) && name.version_in(4, 5),
        generations: Generations::Gen2Only,
    },
    // ^Standard_M[0-9].*_v[234]$
    Rule {
        matches: |name| name.family_is(&["m"]) && name.version_in(2, 4),
        generations: Generations::Gen2Only,
    },
    // ^Standard_HB[0-9].*_v[5-9]$
    Rule {
        matches: |name| name.family_is(&["hb"]) && name.version_in(5, 9),
        generations: Generations::Gen2Only,
    },
    // ^Standard_D[0-9]+(_v[123])?$
    Rule {
        matches: |name| {
            name.family_is(&["d"]) && name.is_plain() && (name.version.is_none() || name.version_in(1, 3))
        },
        generations: Generations::Gen1Only,
    },
    // ^Standard_E[0-9]+i?_v3$
    Rule {
        matches: |name| {
            name.family_is(&["e"])
                && (name.is_plain() || (!name.constrained && name.features.eq_ignore_ascii_case("i")))
                && name.version_in(3, 3)
        },
        generations: Generations::Gen1Only,
    },
    // ^Standard_[FG][0-9]+$
    Rule {
        matches: |name| name.family_is(&["f", "g"]) && name.is_plain() && name.version.is_none(),
        generations: Generations::Gen1Only,
    },
];

/// Generations that the name implies; `None` for a name that no rule covers.
pub(super) fn generations(name: &str) -> Option<Generations> {
    let name = Name::parse(name)?;
    RULES.iter().find(|rule| (rule.matches)(&name)).map(|rule| rule.generations)
}

/// [`Architecture::Arm64`] for a B, D or E size with `p` first among its feature letters; `None` for
/// every other name, which says nothing certain.
pub(super) fn architecture(name: &str) -> Option<Architecture> {
    Name::parse(name)?.is_arm64().then_some(Architecture::Arm64)
}

#[derive(Debug, PartialEq, Eq)]
enum Tier {
    Basic,
    Standard,
}

/// The parts of `Standard_E16-4ads_v5`: family `E`, number `16`, constrained (`-4`), features `ads`,
/// version 5. The number is empty where no digit follows the family (`Standard_NC_RTX…_v6`).
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    tier: Tier,
    family: &'a str,
    number: &'a str,
    constrained: bool,
    features: &'a str,
    version: Option<u8>,
}

impl<'a> Name<'a> {
    fn parse(name: &'a str) -> Option<Name<'a>> {
        let (tier, rest) = name.split_once('_')?;
        let tier = if tier.eq_ignore_ascii_case("Basic") {
            Tier::Basic
        } else if tier.eq_ignore_ascii_case("Standard") {
            Tier::Standard
        } else {
            return None;
        };
        let (body, version) = split_version(rest);
        let (family, rest) = split_while(body, |b| b.is_ascii_alphabetic());
        let (number, rest) = split_while(rest, |b| b.is_ascii_digit());
        // A dash without a number behind it is no constraint; it stays with the features.
        let digits = rest.strip_prefix('-').map(|rest| split_while(rest, |b| b.is_ascii_digit()));
        let (constrained, features) = match digits {
            Some((digits, features)) if !digits.is_empty() => (true, features),
            _ => (false, rest),
        };
        Some(Name { tier, family, number, constrained, features, version })
    }

    /// Whether the family is one of these (lower case) and a number follows it.
    fn family_is(&self, families: &[&str]) -> bool {
        self.tier == Tier::Standard
            && !self.number.is_empty()
            && families.iter().any(|family| self.family.eq_ignore_ascii_case(family))
    }

    fn version_in(&self, first: u8, last: u8) -> bool {
        self.version.is_some_and(|version| (first..=last).contains(&version))
    }

    /// Nothing between number and version.
    fn is_plain(&self) -> bool {
        !self.constrained && self.features.is_empty()
    }

    fn is_arm64(&self) -> bool {
        self.family_is(&["b", "d", "e"]) && self.features.starts_with(['p', 'P'])
    }
}

/// Splits `_v5` off the end: one or two digits without a leading zero.
fn split_version(text: &str) -> (&str, Option<u8>) {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = text.strip_prefix(before).unwrap_or("");
    let body = before.strip_suffix(['v', 'V']).and_then(|body| body.strip_suffix('_'));
    match body {
        Some(body) if matches!(number.len(), 1 | 2) && !number.starts_with('0') => {
            (body, number.parse().ok())
        }
        _ => (text, None),
    }
}

fn split_while(text: &str, accept: impl Fn(u8) -> bool) -> (&str, &str) {
    // `accept` takes ASCII bytes only, so the split falls on a character boundary.
    text.split_at(text.bytes().position(|b| !accept(b)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::super::vm_size::vm_sizes;
    use super::*;

    /// For each rule in order: its pattern, names it matches first, names that come close and must not
    /// match it.
    const CASES: &[(&str, &[&str], &[&str])] = &[
        ("^Basic_", &["Basic_A9", "basic_x"], &["Basic", "BasicA0"]),
        (r"^Standard_A\d", &["Standard_A12", "standard_a9_v3"], &["Standard_A", "Standard_AB1", "A12"]),
        (
            "^Standard_(D|E|F|FX|B|EC|DC|NC|ND|NV|M|L|HB)[0-9].*_v(6|7)$",
            &["Standard_D4zs_v6", "Standard_FX7x_v7", "Standard_HB9_v6", "STANDARD_E16-3ZS_V7"],
            &["Standard_D4zs_v66x", "Standard_Dzs_v6", "Standard_HC44_v6", "Standard_D4zs_v06"],
        ),
        (
            "^Standard_.*_v([89]|[1-9][0-9])$",
            &["Standard_D4zs_v8", "Standard_Q1_v10", "Standard_D4s_v99"],
            &["Standard_Q1_v100", "Standard_v9", "Q1_v9", "Standard_Q1_v1"],
        ),
        (
            "^Standard_[BDE][0-9]+(-[0-9]+)?p",
            &["Standard_D3ps_v5", "Standard_E16-3pds_v5", "Standard_B3pts_v2", "standard_d3PLDS_v5"],
            &[
                "Standard_D3sp_v5",
                "Standard_F3ps_v2",
                "Standard_DC3ps_v1",
                "Standard_D3-ps_v5",
                "Standard_Dp3",
            ],
        ),
        (
            "^Standard_(DC|EC)[0-9].*_v[2-9]$",
            &["Standard_DC3zs_v2", "Standard_EC3ads_v5"],
            &["Standard_DC3s", "Standard_DC3s_v1", "Standard_DCzs_v5"],
        ),
        ("^Standard_L[0-9].*_v[45]$", &["Standard_L3zs_v4", "Standard_L3_v5"], &["Standard_L3s_v3"]),
        (
            "^Standard_M[0-9].*_v[234]$",
            &["Standard_M9zs_v2", "Standard_M9_v4"],
            &["Standard_M9s", "Standard_M9_v5"],
        ),
        ("^Standard_HB[0-9].*_v[5-9]$", &["Standard_HB9rs_v5"], &["Standard_HB9rs_v4", "Standard_HC9_v5"]),
        (
            "^Standard_D[0-9]+(_v[123])?$",
            &["Standard_D9", "Standard_D9_v1", "Standard_D9_v2", "standard_d9_V3"],
            &["Standard_D9s_v3", "Standard_D9_v4", "Standard_D9-3_v3", "Standard_D9_v2_Promo"],
        ),
        (
            "^Standard_E[0-9]+i?_v3$",
            &["Standard_E9_v3", "Standard_E9i_v3"],
            &["Standard_E9is_v3", "Standard_E9_v4", "Standard_E9-3_v3", "Standard_E9-3i_v3", "Standard_E9"],
        ),
        (
            "^Standard_[FG][0-9]+$",
            &["Standard_F3", "Standard_G9"],
            &["Standard_F3s", "Standard_F3_v2", "Standard_FX3", "Standard_F3-1"],
        ),
    ];

    fn first_match(name: &str) -> Option<usize> {
        let name = Name::parse(name)?;
        RULES.iter().position(|rule| (rule.matches)(&name))
    }

    #[test]
    fn each_rule_matches_what_its_pattern_means() {
        assert_eq!(RULES.len(), CASES.len());
        for (at, (pattern, yes, no)) in CASES.iter().enumerate() {
            for name in *yes {
                assert_eq!(first_match(name), Some(at), "{name} against {pattern}");
            }
            for name in *no {
                let matched = Name::parse(name).is_some_and(|name| (RULES[at].matches)(&name));
                assert!(!matched, "{name} against {pattern}");
            }
        }
    }

    #[test]
    fn rules_and_data_list_the_same_patterns_in_the_same_order() {
        let data: serde_json::Value = serde_json::from_str(include_str!("data/vm-size-series.json")).unwrap();
        let rules = data["fallback_rules"].as_array().unwrap();
        let (last, rules) = rules.split_last().unwrap();
        assert_eq!((last["pattern"].as_str(), last["generations"].is_null()), (Some(".*"), true));
        assert_eq!(rules.len(), RULES.len());
        for ((data, rule), (pattern, ..)) in rules.iter().zip(RULES).zip(CASES) {
            assert_eq!(data["pattern"], *pattern);
            let expected = match rule.generations {
                Generations::Gen1Only => serde_json::json!(["V1"]),
                Generations::Gen2Only => serde_json::json!(["V2"]),
                Generations::Both => serde_json::json!(["V1", "V2"]),
            };
            assert_eq!(data["generations"], expected, "{pattern}");
        }
    }

    #[test]
    fn no_rule_contradicts_a_size_of_the_catalogue() {
        let mut covered = 0;
        for size in vm_sizes() {
            if let Some(implied) = generations(&size.name) {
                assert_eq!(Some(implied), size.generations, "{}", size.name);
                covered += 1;
            }
            if let Some(implied) = architecture(&size.name) {
                assert_eq!(Some(implied), size.architecture, "{}", size.name);
            }
        }
        assert!(covered > 800, "the rules recognise {covered} of the catalogued sizes");
    }

    #[test]
    fn the_name_tells_arm64_for_all_catalogued_sizes_but_those_with_nvidia_grace() {
        let arm64 = vm_sizes().iter().filter(|size| size.architecture == Some(Architecture::Arm64));
        let silent = arm64.filter(|size| architecture(&size.name).is_none()).map(|size| &*size.name);
        let grace = ["Standard_ND128isr_GB300_v6", "Standard_ND128isr_NDR_GB200_v6"];
        assert_eq!(Vec::from_iter(silent), grace);
    }

    #[test]
    fn an_unknown_size_falls_back_to_its_name() {
        let facts = crate::facts::Facts::embedded();
        assert_eq!(facts.vm_size("Standard_D4zs_v6"), None);
        assert_eq!(facts.generations("Standard_D4zs_v6"), Some(Generations::Gen2Only));
        assert_eq!(facts.architecture("Standard_D4zs_v6"), None);
        assert_eq!(facts.architecture("Standard_D3ps_v6"), Some(Architecture::Arm64));
    }

    #[test]
    fn names_that_are_no_sizes_imply_nothing() {
        for name in
            ["", "_", "Standard_", "nonsense", "Standard_D4zs_v5", "Standard_É9_v3", "Standard_D٣", "_v9"]
        {
            assert_eq!(generations(name), None, "{name:?}");
            assert_eq!(architecture(name), None, "{name:?}");
        }
    }
}
