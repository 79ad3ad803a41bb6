//! Node operating systems: the values of `os_sku`, what each supports and which Kubernetes versions run it.

use std::borrow::Cow;

use super::date::Date;
use super::generated::os_skus::{DEFAULTS, OS_SKUS};
use super::kubernetes::Minor;
use super::{compare_ignoring_case, find};

/// `os_type` of an agent pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OsType {
    /// Linux, the default.
    Linux,
    /// Windows.
    Windows,
}

/// What kind of value an `os_sku` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OsSkuKind {
    /// Stands for whatever release AKS thinks right for the Kubernetes version (`Ubuntu`).
    DefaultFollowing,
    /// Pins one release (`Ubuntu2404`).
    Versioned,
    /// An old spelling; see [`OsSku::alias_of`].
    DeprecatedAlias,
    /// Looks like one but is in no API version (`Ubuntu2004`).
    NotAnApiValue,
}

/// Where an `os_sku` stood on the date of the facts. Rules about time read the dates instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OsSkuStatus {
    /// Generally available.
    Ga,
    /// In preview.
    Preview,
    /// Accepted, with a better value to use.
    Deprecated,
    /// No longer for new pools.
    Retired,
    /// Never accepted.
    Invalid,
}

/// Which image generation AKS picks when the request says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultGeneration {
    /// Generation 2 if the VM size has it, else generation 1.
    Gen2IfSizeSupports,
    /// Generation 2; a generation 1 size fails.
    Gen2Only,
    /// Generation 1; a generation 2 size fails.
    Gen1Only,
    /// Generation 1, unless the request carries the header `UseWindowsGen2VM: true`.
    Gen1UnlessHeader,
    /// Sources disagree.
    Conflict,
}

/// How far an `os_sku` supports a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureSupport {
    /// Works.
    Supported,
    /// Does not work.
    Unsupported,
    /// Cannot be done without.
    Required,
    /// Works and is what one gets.
    Default,
    /// Works under the conditions of the note.
    Conditional,
    /// Works in preview.
    Preview,
    /// Not found.
    Unknown,
}

/// A feature whose support depends on the `os_sku`. The order is that of [`OsSku::features`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names are the features' own.
pub enum Feature {
    Gen1,
    Gen2,
    TrustedLaunch,
    NvmeOnlySizes,
    Arm64,
    Fips,
    GpuNvidia,
    GpuAmd,
    CvmSevSnp,
    CvmTdx,
    Kata,
    EphemeralOsDisk,
    ArtifactStreaming,
    EncryptionAtHost,
    UltraDisk,
    AvailabilityZones,
    Spot,
    VirtualMachinesPool,
    Nap,
}

impl Feature {
    /// Every feature with its name in the data files, in order.
    pub const ALL: [(Feature, &'static str); 19] = [
        (Feature::Gen1, "gen1"),
        (Feature::Gen2, "gen2"),
        (Feature::TrustedLaunch, "trusted_launch"),
        (Feature::NvmeOnlySizes, "nvme_only_sizes"),
        (Feature::Arm64, "arm64"),
        (Feature::Fips, "fips"),
        (Feature::GpuNvidia, "gpu_nvidia"),
        (Feature::GpuAmd, "gpu_amd"),
        (Feature::CvmSevSnp, "cvm_sev_snp"),
        (Feature::CvmTdx, "cvm_tdx"),
        (Feature::Kata, "kata"),
        (Feature::EphemeralOsDisk, "ephemeral_os_disk"),
        (Feature::ArtifactStreaming, "artifact_streaming"),
        (Feature::EncryptionAtHost, "encryption_at_host"),
        (Feature::UltraDisk, "ultra_disk"),
        (Feature::AvailabilityZones, "availability_zones"),
        (Feature::Spot, "spot"),
        (Feature::VirtualMachinesPool, "virtual_machines_pool"),
        (Feature::Nap, "nap"),
    ];
}

/// Support for one feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureFact {
    /// How far.
    pub support: FeatureSupport,
    /// Conditions and remarks.
    pub note: Option<&'static str>,
}

/// The release behind a value that follows defaults, for a range of Kubernetes versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageRange {
    /// First Kubernetes version.
    pub from: Option<Minor>,
    /// Last Kubernetes version, inclusive; `None` is open.
    pub to: Option<Minor>,
    /// The release (`Ubuntu 24.04`).
    pub os: &'static str,
}

/// First versions that know an `os_sku`, as text, because several are no plain versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstVersions {
    /// Of the stable `Microsoft.ContainerService` API.
    pub ga_api: Option<&'static str>,
    /// Of its previews.
    pub preview_api: Option<&'static str>,
    /// Of the Azure CLI.
    pub azure_cli: Option<&'static str>,
    /// Of the Terraform provider azurerm.
    pub azurerm: Option<&'static str>,
}

/// One value of `os_sku`. A versioned value with open ends of its Kubernetes window was not found to
/// have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OsSku {
    /// The value as the API spells it.
    pub name: Cow<'static, str>,
    /// The `os_type` it belongs to.
    pub os_type: OsType,
    /// What kind of value it is.
    pub kind: OsSkuKind,
    /// Where it stood on the date of the facts.
    pub status: OsSkuStatus,
    /// Other spellings that are accepted.
    pub aliases: &'static [&'static str],
    /// The value to write instead of this old spelling.
    pub alias_of: Option<&'static str>,
    /// First Kubernetes version that runs it.
    pub k8s_min: Option<Minor>,
    /// Last Kubernetes version that runs it, inclusive.
    pub k8s_max: Option<Minor>,
    /// [`OsSku::k8s_max`] is only how far the documents looked ahead: a later version may run it too.
    pub k8s_max_is_horizon: bool,
    /// End of support.
    pub retired_on: Option<Date>,
    /// Images are deleted: pools cannot scale any more.
    pub images_removed_on: Option<Date>,
    /// New pools are refused.
    pub new_pools_blocked_on: Option<Date>,
    /// The image generation AKS picks; `None` for values that are never accepted.
    pub default_generation: Option<DefaultGeneration>,
    /// Build of the Windows host, `20348`.
    pub windows_build: Option<u32>,
    /// Builds of Windows container images that run on it under process isolation.
    pub runs_windows_builds: Cow<'static, [u32]>,
    /// Pools must be created with FIPS enabled.
    pub requires_fips: bool,
    /// What to use instead, as a phrase.
    pub replacement: Option<Cow<'static, str>>,
    /// Subscription feature to register, for previews.
    pub feature_flag: Option<&'static str>,
    /// First versions of API and tools that know it.
    pub first: FirstVersions,
    /// Releases behind it.
    pub resolves_to: &'static [ImageRange],
    /// Releases behind it when FIPS is enabled, where they differ.
    pub resolves_to_fips: &'static [ImageRange],
    /// Releases behind it on confidential VMs, where they differ.
    pub resolves_to_cvm: &'static [ImageRange],
    /// Features in the order of [`Feature::ALL`]; empty for values that are never accepted.
    pub features: &'static [FeatureFact],
    /// What else to know.
    pub note: Option<&'static str>,
    /// Keys of the sources; see [`source`](super::source) with `Topic::OsSkus`.
    pub sources: &'static [&'static str],
}

impl OsSku {
    /// Support for one feature; [`FeatureSupport::Unknown`] for values that are never accepted.
    pub fn feature(&self, feature: Feature) -> FeatureFact {
        let unknown = FeatureFact { support: FeatureSupport::Unknown, note: None };
        self.features.get(feature as usize).copied().unwrap_or(unknown)
    }

    /// Whether the Kubernetes version lies in the window of this value; open ends hold everything.
    pub fn runs_on(&self, version: Minor) -> bool {
        self.k8s_min.is_none_or(|min| min <= version) && self.k8s_max.is_none_or(|max| version <= max)
    }

    /// A value of which nothing but the name and the operating system is known.
    pub(super) fn unknown(name: &str, os_type: OsType) -> OsSku {
        OsSku {
            name: Cow::Owned(name.to_owned()),
            os_type,
            kind: OsSkuKind::Versioned,
            status: OsSkuStatus::Ga,
            aliases: &[],
            alias_of: None,
            k8s_min: None,
            k8s_max: None,
            k8s_max_is_horizon: false,
            retired_on: None,
            images_removed_on: None,
            new_pools_blocked_on: None,
            default_generation: None,
            windows_build: None,
            runs_windows_builds: Cow::Borrowed(&[]),
            requires_fips: false,
            replacement: None,
            feature_flag: None,
            first: FirstVersions { ga_api: None, preview_api: None, azure_cli: None, azurerm: None },
            resolves_to: &[],
            resolves_to_fips: &[],
            resolves_to_cvm: &[],
            features: &[],
            note: None,
            sources: &[],
        }
    }
}

/// The row of an `os_sku`, by its name or an alias, without regard to ASCII case. Old spellings that the
/// API lists as values of their own (`CBLMariner`) have their own row with [`OsSku::alias_of`].
pub(super) fn os_sku(name: &str) -> Option<&'static OsSku> {
    find(OS_SKUS, name, |sku| &sku.name).or_else(|| {
        let is_alias = |alias: &&str| compare_ignoring_case(alias, name).is_eq();
        OS_SKUS.iter().find(|sku| sku.aliases.iter().any(is_alias))
    })
}

/// Every known value, by lower-case name.
pub(super) fn os_skus() -> &'static [OsSku] {
    OS_SKUS
}

/// A default and the Kubernetes versions it holds for, both ends included, `None` being open.
pub(super) type DefaultOsSku = (OsType, Option<Minor>, Option<Minor>, Option<&'static str>);

/// What AKS takes when a pool names no `os_sku`. `None` where sources disagree (Windows on 1.36), or
/// where the default depends on a Kubernetes version that is not known.
pub(super) fn default_os_sku(os_type: OsType, version: Option<Minor>) -> Option<&'static str> {
    let row = DEFAULTS.iter().find(|(of, from, to, _)| {
        let after = from.is_none_or(|from| version.is_some_and(|version| from <= version));
        let before = to.is_none_or(|to| version.is_some_and(|version| version <= to));
        *of == os_type && after && before
    });
    row.and_then(|(.., name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;

    fn minor(text: &str) -> Option<Minor> {
        Some(Minor::parse(text).unwrap())
    }

    fn window(name: &str) -> (Option<Minor>, Option<Minor>) {
        let sku = os_sku(name).unwrap();
        (sku.k8s_min, sku.k8s_max)
    }

    #[test]
    fn names_and_aliases_compare_without_case() {
        assert_eq!(os_sku("windows2022").unwrap().name, "Windows2022");
        assert_eq!(os_sku("flatcar").unwrap().name, "Flatcar");
        assert_eq!(os_sku("azurelinux3osguard").unwrap().name, "AzureLinuxOSGuard");
        assert_eq!(os_sku("CBLMariner").unwrap().alias_of, Some("AzureLinux"));
        for name in ["", "Windows", "Windows2022 ", "Ubuntu2304"] {
            assert_eq!(os_sku(name), None, "{name:?}");
        }
    }

    #[test]
    fn every_alias_leads_to_a_row() {
        for sku in os_skus() {
            assert_eq!(os_sku(&sku.name), Some(sku));
            assert!(sku.alias_of.is_none_or(|target| os_sku(target).is_some()), "{}", sku.name);
            assert!(sku.aliases.iter().all(|alias| os_sku(alias) == Some(sku)), "{}", sku.name);
        }
    }

    #[test]
    fn windows_values_run_in_their_kubernetes_windows() {
        assert_eq!(window("Windows2022"), (minor("1.23"), minor("1.36")));
        assert_eq!(window("Windows2019"), (None, minor("1.32")));
        assert_eq!(window("Windows2025"), (minor("1.32"), None));
        assert_eq!(window("Ubuntu2404"), (minor("1.32"), minor("1.38")));
        let sku = os_sku("Windows2022").unwrap();
        let runs = ["1.22", "1.23", "1.36", "1.37"].map(|version| sku.runs_on(minor(version).unwrap()));
        assert_eq!(runs, [false, true, true, false]);
    }

    #[test]
    fn windows_dates_are_the_announced_ones() {
        let sku = os_sku("Windows2019").unwrap();
        assert_eq!(sku.retired_on, Date::new(2026, 3, 1));
        assert_eq!(sku.images_removed_on, Date::new(2027, 4, 1));
        assert_eq!(sku.new_pools_blocked_on, Date::new(2026, 3, 1));
        let sku = os_sku("Windows2022").unwrap();
        assert_eq!((sku.retired_on, sku.images_removed_on), (Date::new(2028, 6, 30), Date::new(2029, 6, 30)));
        assert_eq!(os_sku("Windows2025").unwrap().retired_on, None);
        assert_eq!(os_sku("WindowsAnnual").unwrap().new_pools_blocked_on, Date::new(2026, 5, 15));
    }

    #[test]
    fn default_generations_differ_between_the_windows_releases() {
        let generation = |name| os_sku(name).unwrap().default_generation;
        assert_eq!(generation("Windows2019"), Some(DefaultGeneration::Gen1Only));
        assert_eq!(generation("Windows2022"), Some(DefaultGeneration::Gen1UnlessHeader));
        assert_eq!(generation("Windows2025"), Some(DefaultGeneration::Gen2IfSizeSupports));
        assert_eq!(generation("WindowsAnnual"), Some(DefaultGeneration::Conflict));
        assert_eq!(generation("AzureContainerLinux"), Some(DefaultGeneration::Gen2Only));
        assert_eq!(generation("Ubuntu2004"), None);
    }

    #[test]
    fn the_default_of_linux_is_ubuntu_whatever_the_version() {
        for version in [None, minor("1.19"), minor("1.99")] {
            assert_eq!(default_os_sku(OsType::Linux, version), Some("Ubuntu"));
        }
    }

    #[test]
    fn the_default_of_windows_follows_the_version_and_is_disputed_on_1_36() {
        let default = |version| default_os_sku(OsType::Windows, minor(version));
        assert_eq!(default("1.19"), Some("Windows2019"));
        assert_eq!(default("1.24"), Some("Windows2019"));
        assert_eq!(default("1.25"), Some("Windows2022"));
        assert_eq!(default("1.35"), Some("Windows2022"));
        assert_eq!(default("1.36"), None);
        assert_eq!(default("1.37"), Some("Windows2025"));
        assert_eq!(default_os_sku(OsType::Windows, None), None);
    }

    #[test]
    fn features_are_found_by_name_and_in_order() {
        for (at, (feature, _)) in Feature::ALL.iter().enumerate() {
            assert_eq!(*feature as usize, at);
        }
        for sku in os_skus() {
            let expected = if sku.kind == OsSkuKind::NotAnApiValue { 0 } else { Feature::ALL.len() };
            assert_eq!(sku.features.len(), expected, "{}", sku.name);
        }
        let support = |name, feature| os_sku(name).unwrap().feature(feature).support;
        assert_eq!(support("Windows2022", Feature::Gen1), FeatureSupport::Default);
        assert_eq!(support("Windows2022", Feature::Nap), FeatureSupport::Unsupported);
        assert_eq!(support("Windows2025", Feature::Fips), FeatureSupport::Required);
        assert_eq!(support("Ubuntu2404", Feature::Fips), FeatureSupport::Unsupported);
        assert_eq!(support("AzureLinux", Feature::Kata), FeatureSupport::Supported);
        assert_eq!(support("Ubuntu2604", Feature::GpuNvidia), FeatureSupport::Unknown);
        assert_eq!(support("Ubuntu1804", Feature::Gen2), FeatureSupport::Unknown);
        assert!(os_sku("Ubuntu").unwrap().feature(Feature::GpuAmd).note.is_some());
    }

    #[test]
    fn windows2025_must_be_created_with_fips_and_no_azurerm_release_knows_it() {
        let sku = os_sku("Windows2025").unwrap();
        assert!(sku.requires_fips);
        assert!(sku.first.azurerm.unwrap().starts_with("none up to 5.2.0"));
        assert_eq!(sku.first.ga_api, Some("2026-02-01"));
        assert!(!os_sku("Windows2022").unwrap().requires_fips);
        assert_eq!(os_sku("Ubuntu2604").unwrap().feature_flag, Some("Ubuntu2604Preview"));
    }

    #[test]
    fn a_windows_host_runs_the_images_of_its_build_and_2025_those_of_2022_too() {
        assert_eq!(Facts::embedded().windows_build("Windows2022"), Some(20348));
        assert_eq!(Facts::embedded().windows_build("windowsannual"), Some(25398));
        assert_eq!(Facts::embedded().windows_build("Ubuntu"), None);
        assert_eq!(Facts::embedded().os_sku_runs("Windows2019"), [17763]);
        assert_eq!(Facts::embedded().os_sku_runs("Windows2022"), [20348]);
        assert_eq!(Facts::embedded().os_sku_runs("windows2025"), [26100, 20348]);
        assert_eq!(Facts::embedded().os_sku_runs("WindowsAnnual"), [20348]);
        assert_eq!(Facts::embedded().os_sku_runs("Ubuntu"), <[u32; 0]>::default());
        assert_eq!(Facts::embedded().os_sku_runs("Windows2016"), <[u32; 0]>::default());
    }

    #[test]
    fn ubuntu_resolves_to_the_release_of_the_version() {
        let ubuntu = os_sku("Ubuntu").unwrap();
        let last = ubuntu.resolves_to.last().unwrap();
        assert_eq!(*last, ImageRange { from: minor("1.35"), to: None, os: "Ubuntu 24.04" });
        assert_eq!(ubuntu.resolves_to_fips.len(), 3);
        assert_eq!(ubuntu.resolves_to_cvm.len(), 2);
    }
}
