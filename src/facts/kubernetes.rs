//! Kubernetes minor versions on AKS and how long each is supported.

use std::fmt;

use super::date::{Date, DateRange};
use super::generated::kubernetes::VERSIONS;

/// A minor version of Kubernetes, `1.33`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minor {
    /// The first number, 1 to this day.
    pub major: u16,
    /// The second number.
    pub minor: u16,
}

impl Minor {
    /// Reads `1.33`, `1.33.5`, `v1.33.1` and `1.33.1-suffix`; anything else is `None`.
    pub fn parse(text: &str) -> Option<Minor> {
        let number = |text: &str| {
            let canonical =
                text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
            if canonical { text.parse::<u16>().ok() } else { None }
        };
        let text = text.strip_prefix('v').unwrap_or(text);
        let (major, rest) = text.split_once('.')?;
        let minor = match rest.split_once('.') {
            None => rest,
            Some((minor, patch)) => {
                // A patch may carry a pre-release or build suffix, but starts with a number.
                let patch = patch.split_once(['-', '+']).map_or(patch, |(patch, _)| patch);
                number(patch)?;
                minor
            }
        };
        Some(Minor { major: number(major)?, minor: number(minor)? })
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// One minor version and its dates on AKS. Azure publishes most of them as months: then a beginning may
/// be any day of the month, and an end is the last day of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KubernetesVersion {
    /// The version.
    pub version: Minor,
    /// Upstream release.
    pub upstream: Option<DateRange>,
    /// Preview on AKS.
    pub aks_preview: Option<DateRange>,
    /// General availability on AKS.
    pub aks_ga: DateRange,
    /// Last day of standard support.
    pub eol: Date,
    /// Last day of long-term support, which needs a Premium tier cluster with the support plan
    /// `AKSLongTermSupport`; `None` for versions that never had it.
    pub lts_eol: Option<Date>,
    /// Platform support ends when this version becomes generally available.
    pub platform_support_until_ga_of: Option<Minor>,
    /// The dates were a plan when the facts were gathered; whether they were kept could not be verified.
    pub planned: bool,
    /// What else to know.
    pub note: Option<&'static str>,
    /// What the version changes for node operating systems.
    pub os_consequences: &'static [&'static str],
    /// Keys of the sources; see [`source`](super::source) with `Topic::Kubernetes`.
    pub sources: &'static [&'static str],
}

impl KubernetesVersion {
    /// A version of which only these dates are known.
    pub(super) fn unknown(version: Minor, aks_ga: DateRange, eol: Date) -> KubernetesVersion {
        KubernetesVersion {
            version,
            upstream: None,
            aks_preview: None,
            aks_ga,
            eol,
            lts_eol: None,
            platform_support_until_ga_of: None,
            planned: false,
            note: None,
            os_consequences: &[],
            sources: &[],
        }
    }
}

/// What AKS supports of a version on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// In standard support.
    Supported,
    /// Past its end of life, under long-term support until this day, inclusive.
    LtsOnly {
        /// Last day of long-term support.
        until: Date,
    },
    /// Past every support.
    Unsupported {
        /// First day without support; `None` for a version older than the facts reach.
        since: Option<Date>,
    },
    /// Known, but not generally available yet.
    NotYet {
        /// First day on which it may become available.
        from: Date,
    },
    /// Newer than the facts, or never a version.
    Unknown,
    /// The region offers it to clusters with long-term support only, whatever the dates say.
    OfferedForLtsOnly {
        /// When the region was asked.
        asked: Date,
    },
    /// The region does not offer it, whatever the dates say.
    NotOffered {
        /// When the region was asked.
        asked: Date,
    },
}

/// A version with its patch, `1.33.5`; a suffix behind the patch is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patch {
    /// The minor version.
    pub minor: Minor,
    /// The third number.
    pub patch: u32,
}

impl Patch {
    /// Reads what [`Minor::parse`] reads, if it has a patch and no suffix.
    pub fn parse(text: &str) -> Option<Patch> {
        let minor = Minor::parse(text)?;
        Some(Patch { minor, patch: text.splitn(3, '.').nth(2)?.parse().ok()? })
    }
}

impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.minor, self.patch)
    }
}

/// The version, if the facts have it.
pub(super) fn kubernetes_version(minor: Minor) -> Option<&'static KubernetesVersion> {
    let at = VERSIONS.binary_search_by(|row| row.version.cmp(&minor)).ok()?;
    VERSIONS.get(at)
}

/// Every known version, oldest first.
pub(super) fn kubernetes_versions() -> &'static [KubernetesVersion] {
    VERSIONS
}

/// Support for a version by its dates, on the day `as_of`.
pub(super) fn support(row: Option<&KubernetesVersion>, minor: Minor, as_of: Date) -> Support {
    let Some(version) = row else {
        let older = VERSIONS.first().is_some_and(|oldest| minor < oldest.version);
        return if older { Support::Unsupported { since: None } } else { Support::Unknown };
    };
    if as_of < version.aks_ga.earliest {
        return Support::NotYet { from: version.aks_ga.earliest };
    }
    if as_of <= version.eol {
        return Support::Supported;
    }
    match version.lts_eol {
        Some(until) if as_of <= until => Support::LtsOnly { until },
        _ => Support::Unsupported { since: Some(version.lts_eol.unwrap_or(version.eol).add_days(1)) },
    }
}

/// Whether a version past its end of life is in platform support (N-3) on the day `as_of`: Azure then
/// refuses new clusters of the version and still allows node pools. `Some(false)` while it is in standard
/// support. `None` if the facts cannot say, above all while it is not known whether the version that
/// ends it has been released.
pub fn platform_support(minor: Minor, as_of: Date) -> Option<bool> {
    let version = kubernetes_version(minor)?;
    if as_of <= version.eol {
        return Some(false);
    }
    let until = version.platform_support_until_ga_of?;
    match kubernetes_version(until) {
        Some(ending) if as_of < ending.aks_ga.earliest => Some(true),
        Some(ending) if as_of > ending.aks_ga.latest && !ending.planned => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(text: &str) -> Minor {
        Minor::parse(text).unwrap()
    }

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn on(version: &str, as_of: &str) -> Support {
        let version = minor(version);
        support(kubernetes_version(version), version, day(as_of))
    }

    #[test]
    fn a_version_parses_with_or_without_patch_and_v() {
        let expected = Minor { major: 1, minor: 33 };
        for text in ["1.33", "1.33.5", "v1.33.1", "v1.33", "1.33.0", "1.33.1-beta.0", "1.33.1+build"] {
            assert_eq!(Minor::parse(text), Some(expected), "{text}");
        }
        assert_eq!(expected.to_string(), "1.33");
        assert_eq!(Minor::parse("1.0"), Some(Minor { major: 1, minor: 0 }));
    }

    #[test]
    fn what_is_no_version_does_not_parse() {
        let texts =
            ["", "1", "1.", ".33", "1.33.", "1.33.x", "1.33-beta", "V1.33", " 1.33", "1.033", "01.33"];
        let more = ["1.33.1.2", "latest", "1.99999", "+1.33", "1.-3", "vv1.33", "1.٣٣", "1.33.-1"];
        for text in texts.into_iter().chain(more) {
            assert_eq!(Minor::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn versions_order_by_number_not_by_text() {
        assert!(minor("1.9") < minor("1.10"));
        assert!(minor("1.99") < minor("2.0"));
    }

    #[test]
    fn the_facts_reach_from_1_19_to_1_37_without_a_gap() {
        let known: Vec<_> = kubernetes_versions().iter().map(|row| row.version.minor).collect();
        assert_eq!(known, Vec::from_iter(19..=37));
    }

    #[test]
    fn an_end_given_as_a_month_is_the_last_day_of_it() {
        assert_eq!(kubernetes_version(minor("1.34")).unwrap().eol, day("2026-11-30"));
        assert_eq!(kubernetes_version(minor("1.28")).unwrap().lts_eol, Some(day("2026-02-28")));
        assert_eq!(kubernetes_version(minor("1.36")).unwrap().lts_eol, Some(day("2028-06-30")));
        assert_eq!(kubernetes_version(minor("1.30")).unwrap().eol, day("2025-08-22"));
    }

    #[test]
    fn a_beginning_given_as_a_month_may_be_any_day_of_it() {
        let version = kubernetes_version(minor("1.36")).unwrap();
        assert_eq!(version.aks_ga, DateRange { earliest: day("2026-06-01"), latest: day("2026-06-30") });
        let exact = kubernetes_version(minor("1.22")).unwrap();
        assert_eq!(exact.aks_ga, DateRange { earliest: day("2022-01-10"), latest: day("2022-01-10") });
    }

    #[test]
    fn support_ends_the_day_after_the_end_of_life() {
        assert_eq!(on("1.34", "2026-11-20"), Support::Supported);
        assert_eq!(on("1.34", "2026-11-30"), Support::Supported);
        assert_eq!(on("1.34", "2026-12-01"), Support::LtsOnly { until: day("2027-11-30") });
        assert_eq!(on("1.34", "2027-11-30"), Support::LtsOnly { until: day("2027-11-30") });
        assert_eq!(on("1.34", "2027-12-01"), Support::Unsupported { since: Some(day("2027-12-01")) });
    }

    #[test]
    fn on_the_day_of_the_facts_support_is_as_published() {
        let as_of = "2026-11-20";
        assert_eq!(on("1.28", as_of), Support::Unsupported { since: Some(day("2026-03-01")) });
        assert_eq!(on("1.30", as_of), Support::Unsupported { since: Some(day("2026-08-01")) });
        assert_eq!(on("1.31", as_of), Support::LtsOnly { until: day("2026-11-30") });
        assert_eq!(on("1.33", as_of), Support::LtsOnly { until: day("2027-07-31") });
        assert_eq!(on("1.36", as_of), Support::Supported);
    }

    #[test]
    fn a_version_without_long_term_support_ends_with_its_life() {
        assert_eq!(on("1.26", "2024-04-01"), Support::Unsupported { since: Some(day("2024-04-01")) });
    }

    #[test]
    fn older_than_the_facts_is_unsupported_and_newer_is_unknown() {
        assert_eq!(on("1.18", "2026-11-20"), Support::Unsupported { since: None });
        assert_eq!(on("1.38", "2026-11-20"), Support::Unknown);
        assert_eq!(on("2.0", "2026-11-20"), Support::Unknown);
    }

    #[test]
    fn before_its_release_a_version_is_not_there_yet() {
        assert_eq!(on("1.36", "2026-05-31"), Support::NotYet { from: day("2026-06-01") });
        assert_eq!(on("1.36", "2026-06-01"), Support::Supported);
        assert!(kubernetes_version(minor("1.37")).unwrap().planned);
        assert!(!kubernetes_version(minor("1.36")).unwrap().planned);
    }

    #[test]
    fn platform_support_lies_between_end_of_life_and_the_release_three_minors_on() {
        let platform = |version, as_of| platform_support(minor(version), day(as_of));
        assert_eq!(platform("1.32", "2026-03-31"), Some(false));
        assert_eq!(platform("1.32", "2026-05-31"), Some(true));
        assert_eq!(platform("1.32", "2026-06-15"), None, "1.36 came on some day of June");
        assert_eq!(platform("1.32", "2026-07-01"), Some(false));
        assert_eq!(platform("1.33", "2026-11-20"), None, "1.37 is only planned");
        assert_eq!(platform("1.20", "2026-11-20"), None);
        assert_eq!(platform("1.38", "2026-11-20"), None);
    }

    #[test]
    fn dates_of_every_version_follow_one_another() {
        for row in kubernetes_versions() {
            let (upstream, preview) = (row.upstream.unwrap(), row.aks_preview.unwrap());
            assert!(upstream.earliest <= preview.latest, "{}", row.version);
            assert!(preview.earliest <= row.aks_ga.latest, "{}", row.version);
            assert!(row.aks_ga.latest < row.eol, "{}", row.version);
            assert!(row.lts_eol.is_none_or(|lts| row.eol < lts), "{}", row.version);
        }
    }
}
