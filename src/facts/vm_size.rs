//! The catalogue of VM sizes and their series.

use std::borrow::Cow;

use super::date::Date;
use super::generated::{series::SERIES, vm_sizes::VM_SIZES};
use super::{find, series_rules};

/// The Hyper-V generations a size can boot (`HyperVGenerations` of the Resource SKUs API).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generations {
    /// Generation 1 images only (`V1`).
    Gen1Only,
    /// Generation 2 images only (`V2`).
    Gen2Only,
    /// Either (`V1,V2`).
    Both,
}

impl Generations {
    /// Whether a generation 1 image boots.
    pub const fn gen1(self) -> bool {
        matches!(self, Generations::Gen1Only | Generations::Both)
    }

    /// Whether a generation 2 image boots.
    pub const fn gen2(self) -> bool {
        matches!(self, Generations::Gen2Only | Generations::Both)
    }

    /// The generations in both, if there are any.
    pub(super) const fn and(self, other: Generations) -> Option<Generations> {
        match (self.gen1() && other.gen1(), self.gen2() && other.gen2()) {
            (true, true) => Some(Generations::Both),
            (true, false) => Some(Generations::Gen1Only),
            (false, true) => Some(Generations::Gen2Only),
            (false, false) => None,
        }
    }
}

/// How a value of the catalogue is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The Resource SKUs API returned it, seen through a public project that stores its answers.
    Api,
    /// A Microsoft document states it.
    Docs,
    /// Derived from what is known of the other sizes of the series.
    SeriesRule,
}

/// Processor architecture (`CpuArchitectureType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Intel or AMD.
    X64,
    /// Ampere Altra, Azure Cobalt or NVIDIA Grace.
    Arm64,
}

/// Hardware protection of a confidential size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidential {
    /// AMD SEV-SNP confidential VMs.
    Snp,
    /// Intel TDX confidential VMs; AKS supports none of them.
    Tdx,
    /// Intel SGX enclaves in an ordinary VM.
    Sgx,
}

/// Disk controllers a size offers (`DiskControllerTypes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskControllers {
    /// SCSI only.
    Scsi,
    /// NVMe only: needs an image with NVMe drivers, hence generation 2.
    Nvme,
    /// Either.
    Both,
}

/// Where an ephemeral OS disk can lie (`SupportedEphemeralOSDiskPlacements`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// The temporary disk.
    ResourceDisk,
    /// The cache of the host.
    CacheDisk,
    /// A local NVMe disk.
    NvmeDisk,
}

/// Ephemeral OS disks on a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EphemeralOsDisk {
    /// Whether the size supports them.
    pub supported: Option<bool>,
    /// Where; empty if unsupported, `None` where support is known and placement is not.
    pub placements: Option<&'static [Placement]>,
    /// The largest OS disk in GiB that is known to fit.
    pub fits_up_to_gib: Option<u32>,
    /// An OS disk of more GiB certainly does not fit. What lies between the two is not known.
    pub never_above_gib: Option<u32>,
}

/// Whether lists of sizes name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// In lists made from the Resource SKUs API; usable unless [`VmSize::retires_on`] has passed.
    Listed,
    /// Known from its documentation page alone, so far.
    DocumentedOnly,
    /// Once listed, absent from the lists of 2026.
    NotListed,
    /// Gone, on a date that was not found.
    Withdrawn,
}

/// One VM size. Fields that are `None` were not found in any source.
#[derive(Debug, Clone, PartialEq)]
pub struct VmSize {
    /// Canonical name, `Standard_D4s_v5`.
    pub name: Cow<'static, str>,
    /// Name of its series, `Dsv5`; see [`VmSize::series_facts`].
    pub series: Option<&'static str>,
    /// `general`, `memory`, `compute`, `gpu`, `storage`, `hpc` or `fpga`.
    pub category: Option<&'static str>,
    /// Generations, settled where sources disagree.
    pub generations: Option<Generations>,
    /// How [`VmSize::generations`] is known.
    pub generations_from: Evidence,
    /// What the API itself reported, which the service's own checks read. It differs from
    /// [`VmSize::generations`] for the confidential v5 and Bpsv2 sizes, which report both and run
    /// generation 2 only.
    pub generations_api: Option<Generations>,
    /// Processor architecture.
    pub architecture: Option<Architecture>,
    /// Virtual processors of the size it is cut from.
    pub vcpus: Option<u16>,
    /// Virtual processors usable; fewer than [`VmSize::vcpus`] for constrained sizes (`-16s`).
    pub vcpus_available: Option<u16>,
    /// Memory in GiB.
    pub memory_gib: Option<f64>,
    /// Hardware protection, for confidential sizes.
    pub confidential: Option<Confidential>,
    /// Number of GPUs; a fraction of a GPU is not counted by any source and is `None`.
    pub gpus: Option<u8>,
    /// Whether premium SSDs attach.
    pub premium_io: Option<bool>,
    /// Whether Trusted Launch works.
    pub trusted_launch: Option<bool>,
    /// Whether accelerated networking works.
    pub accelerated_networking: Option<bool>,
    /// Disk controllers.
    pub disk_controllers: Option<DiskControllers>,
    /// Ephemeral OS disks.
    pub ephemeral: EphemeralOsDisk,
    /// Host cache in GiB; 0 if the size has none.
    pub cache_gib: Option<u32>,
    /// Temporary disk in GiB; 0 if the size has none.
    pub temp_gib: Option<u32>,
    /// Local NVMe disks in GiB, together.
    pub nvme_gib: Option<u32>,
    /// Whether encryption at host works; known for few sizes.
    pub encryption_at_host: Option<bool>,
    /// Most data disks.
    pub max_data_disks: Option<u16>,
    /// Most network interfaces.
    pub max_nics: Option<u8>,
    /// Whether lists of sizes name it.
    pub listing: Listing,
    /// When the retirement was announced, if it was.
    pub announced_on: Option<Date>,
    /// When it retires or retired. Single sizes that go before their series have their own date here.
    pub retires_on: Option<Date>,
    /// Keys of the sources of the two dates; see [`source`](super::source) with `Topic::VmSizes`.
    pub sources: &'static [&'static str],
    /// What to use instead where that is not what the series says.
    pub replaced_by: Option<Vec<String>>,
    /// Refused by AKS for node pools.
    pub aks_restricted: bool,
    /// Below 2 vCPUs or 2 GiB: AKS words it "might not be able to use".
    pub below_user_pool_minimum: bool,
    /// Below 2 vCPUs or 4 GiB: as above, for system pools.
    pub below_system_pool_minimum: bool,
    /// A burstable size, which one page calls unsupported and another not recommended for system pools.
    pub system_pool_burstable: bool,
}

impl VmSize {
    /// The facts of its series.
    pub fn series_facts(&self) -> Option<&'static Series> {
        series(self.series?)
    }

    /// Names of the sizes or series that Microsoft recommends instead; empty where it names none.
    pub fn replacement(&self) -> Vec<&str> {
        match &self.replaced_by {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => self.series_facts().map_or(Vec::new(), |series| series.retirement.replacement.to_vec()),
        }
    }

    /// A size of which nothing but the name is known.
    pub(super) fn unknown(name: &str) -> VmSize {
        VmSize {
            name: Cow::Owned(name.to_owned()),
            series: None,
            category: None,
            generations: None,
            generations_from: Evidence::Api,
            generations_api: None,
            architecture: None,
            vcpus: None,
            vcpus_available: None,
            memory_gib: None,
            confidential: None,
            gpus: None,
            premium_io: None,
            trusted_launch: None,
            accelerated_networking: None,
            disk_controllers: None,
            ephemeral: EphemeralOsDisk {
                supported: None,
                placements: None,
                fits_up_to_gib: None,
                never_above_gib: None,
            },
            cache_gib: None,
            temp_gib: None,
            nvme_gib: None,
            encryption_at_host: None,
            max_data_disks: None,
            max_nics: None,
            listing: Listing::Listed,
            announced_on: None,
            retires_on: None,
            sources: &[],
            replaced_by: None,
            aks_restricted: false,
            below_user_pool_minimum: false,
            below_system_pool_minimum: false,
            system_pool_burstable: false,
        }
    }
}

/// The end of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retirement {
    /// Gone from Azure's lists, on a date that was not found.
    pub withdrawn: bool,
    /// When it was announced.
    pub announced_on: Option<Date>,
    /// When the series retires or retired; single sizes may differ, see [`VmSize::retires_on`].
    pub retires_on: Option<Date>,
    /// Series to use instead.
    pub replacement: &'static [&'static str],
    /// Full texts of the sources.
    pub sources: &'static [&'static str],
    /// What else to know.
    pub note: Option<&'static str>,
}

/// A series of VM sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// Name, `Dsv5`.
    pub name: &'static str,
    /// As [`VmSize::category`].
    pub category: &'static str,
    /// Processor architecture of all its sizes.
    pub architecture: Architecture,
    /// Hardware protection of all its sizes.
    pub confidential: Option<Confidential>,
    /// Number of sizes in the catalogue.
    pub size_count: u16,
    /// Its end; all of it empty where none was found.
    pub retirement: Retirement,
}

/// The size of this name, without regard to ASCII case.
pub(super) fn vm_size(name: &str) -> Option<&'static VmSize> {
    find(VM_SIZES, name, |size| &size.name)
}

/// Every size of the catalogue, by lower-case name.
pub(super) fn vm_sizes() -> &'static [VmSize] {
    VM_SIZES
}

/// The series of this name (`Dsv5`, `Mdsv2 Medium`), without regard to ASCII case.
pub fn series(name: &str) -> Option<&'static Series> {
    find(SERIES, name, |series| series.name)
}

/// Every series, by lower-case name.
pub fn series_list() -> &'static [Series] {
    SERIES
}

/// Generations that a name implies by itself.
pub(super) fn implied_generations(name: &str) -> Option<Generations> {
    series_rules::generations(name)
}

/// The architecture that a name implies by itself.
pub(super) fn implied_architecture(name: &str) -> Option<Architecture> {
    series_rules::architecture(name)
}

/// One row of the generated table: the fields of [`VmSize`] in order, those that belong together in
/// parentheses. The last four are the AKS flags.
#[allow(clippy::too_many_arguments, clippy::type_complexity)]
pub(super) const fn row(
    name: &'static str,
    series: &'static str,
    category: &'static str,
    (generations, generations_from, generations_api): (Generations, Evidence, Option<Generations>),
    architecture: Architecture,
    (vcpus, vcpus_available, memory_gib): (u16, u16, f64),
    confidential: Option<Confidential>,
    gpus: Option<u8>,
    (premium_io, trusted_launch, accelerated_networking): (bool, Option<bool>, Option<bool>),
    disk_controllers: Option<DiskControllers>,
    (supported, placements, fits_up_to_gib, never_above_gib): (
        Option<bool>,
        Option<&'static [Placement]>,
        Option<u32>,
        Option<u32>,
    ),
    (cache_gib, temp_gib, nvme_gib): (Option<u32>, Option<u32>, Option<u32>),
    encryption_at_host: Option<bool>,
    (max_data_disks, max_nics): (Option<u16>, Option<u8>),
    listing: Listing,
    (announced_on, retires_on, sources): (Option<Date>, Option<Date>, &'static [&'static str]),
    [aks_restricted, below_user_pool_minimum, below_system_pool_minimum, system_pool_burstable]: [bool; 4],
) -> VmSize {
    VmSize {
        name: Cow::Borrowed(name),
        series: Some(series),
        category: Some(category),
        generations: Some(generations),
        generations_from,
        generations_api,
        architecture: Some(architecture),
        vcpus: Some(vcpus),
        vcpus_available: Some(vcpus_available),
        memory_gib: Some(memory_gib),
        confidential,
        gpus,
        premium_io: Some(premium_io),
        trusted_launch,
        accelerated_networking,
        disk_controllers,
        ephemeral: EphemeralOsDisk { supported, placements, fits_up_to_gib, never_above_gib },
        cache_gib,
        temp_gib,
        nvme_gib,
        encryption_at_host,
        max_data_disks,
        max_nics,
        listing,
        announced_on,
        retires_on,
        sources,
        replaced_by: None,
        aks_restricted,
        below_user_pool_minimum,
        below_system_pool_minimum,
        system_pool_burstable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generations(name: &str) -> Option<Generations> {
        crate::facts::Facts::embedded().generations(name)
    }

    fn retires(name: &str) -> String {
        vm_size(name).unwrap().retires_on.map_or_else(|| "never".to_owned(), |date| date.to_string())
    }

    #[test]
    fn names_compare_without_case_and_come_back_in_canonical_form() {
        for name in ["Standard_D4s_v5", "standard_d4s_v5", "STANDARD_D4S_V5"] {
            assert_eq!(vm_size(name).unwrap().name, "Standard_D4s_v5");
        }
        for name in ["", "D4s_v5", "Standard_D4s_v5 ", "Standard_D4s-v5", "Standard_Ｄ4s_v5", "\0"] {
            assert_eq!(vm_size(name), None, "{name:?}");
        }
    }

    #[test]
    fn every_size_is_found_by_its_own_name_in_any_case() {
        for size in vm_sizes() {
            assert_eq!(vm_size(&size.name), Some(size));
            assert_eq!(vm_size(&size.name.to_ascii_uppercase()), Some(size));
            assert_eq!(generations(&size.name), size.generations);
        }
    }

    #[test]
    fn every_size_belongs_to_a_series_that_counts_it() {
        for series in series_list() {
            let members: Vec<_> = vm_sizes().iter().filter(|size| size.series == Some(series.name)).collect();
            assert_eq!(members.len(), usize::from(series.size_count), "{}", series.name);
            for size in members {
                assert_eq!(size.architecture, Some(series.architecture), "{}", size.name);
                assert_eq!(size.confidential, series.confidential, "{}", size.name);
                assert_eq!(size.series_facts(), Some(series));
            }
        }
        let counted: u32 = series_list().iter().map(|series| u32::from(series.size_count)).sum();
        assert_eq!(counted, 1675);
    }

    #[test]
    fn the_generations_of_the_catalogue_count_1013_559_103() {
        let count = |wanted| vm_sizes().iter().filter(|size| size.generations == Some(wanted)).count();
        assert_eq!(count(Generations::Gen2Only), 1013);
        assert_eq!(count(Generations::Both), 559);
        assert_eq!(count(Generations::Gen1Only), 103);
        let from = |wanted| vm_sizes().iter().filter(|size| size.generations_from == wanted).count();
        assert_eq!((from(Evidence::Api), from(Evidence::Docs), from(Evidence::SeriesRule)), (828, 797, 50));
        assert_eq!(vm_sizes().iter().filter(|size| size.generations_api.is_some()).count(), 873);
    }

    #[test]
    fn d4ads_v6_boots_generation_2_only() {
        let size = vm_size("Standard_D4ads_v6").unwrap();
        assert_eq!(size.generations, Some(Generations::Gen2Only));
        assert_eq!(size.generations_from, Evidence::Docs);
        assert_eq!(size.generations_api, None);
        assert_eq!(size.disk_controllers, Some(DiskControllers::Nvme));
        assert_eq!(
            size.ephemeral,
            EphemeralOsDisk {
                supported: Some(true),
                placements: Some(&[Placement::NvmeDisk]),
                fits_up_to_gib: Some(220),
                never_above_gib: Some(222),
            }
        );
        assert_eq!((size.vcpus, size.memory_gib, size.gpus), (Some(4), Some(16.0), Some(0)));
        assert_eq!(size.retires_on, None);
    }

    #[test]
    fn d4_v3_and_d4s_v3_are_different_sizes() {
        assert_eq!(generations("Standard_D4_v3"), Some(Generations::Gen1Only));
        assert_eq!(generations("Standard_D4s_v3"), Some(Generations::Both));
        assert_eq!(vm_size("Standard_D4_v3").unwrap().series, Some("Dv3"));
        assert_eq!(vm_size("Standard_D4s_v3").unwrap().series, Some("Dsv3"));
    }

    #[test]
    fn the_settled_generations_may_differ_from_what_the_api_reported() {
        let size = vm_size("Standard_DC4as_v5").unwrap();
        assert_eq!(size.generations, Some(Generations::Gen2Only));
        assert_eq!(size.generations_api, Some(Generations::Both));
        let overruled = vm_sizes()
            .iter()
            .filter(|size| size.generations_api.is_some_and(|api| Some(api) != size.generations));
        let series: std::collections::BTreeSet<_> = overruled.map(|size| size.series).collect();
        assert_eq!(
            Vec::from_iter(series.into_iter().flatten()),
            ["Bpsv2", "DCadsv5", "DCasv5", "ECadsv5", "ECasv5"]
        );
    }

    #[test]
    fn a_generation_test_reads_both_ways() {
        assert!(Generations::Both.gen1() && Generations::Both.gen2());
        assert!(Generations::Gen1Only.gen1() && !Generations::Gen1Only.gen2());
        assert!(!Generations::Gen2Only.gen1() && Generations::Gen2Only.gen2());
    }

    #[test]
    fn retirement_dates_follow_the_series() {
        assert_eq!(retires("Standard_DS2_v2"), "2028-05-01");
        assert_eq!(retires("Standard_NV4as_v4"), "2026-09-30");
        assert_eq!(retires("Standard_D4s_v3"), "2029-11-15");
        assert_eq!(retires("Standard_F4s_v2"), "2028-11-15");
        assert_eq!(retires("Standard_D4s_v5"), "never");
        assert_eq!(series("dsv2").unwrap().retirement.retires_on, Date::new(2028, 5, 1));
        assert_eq!(series("NVv4").unwrap().retirement.retires_on, Date::new(2026, 9, 30));
    }

    #[test]
    fn a_size_that_goes_before_its_series_has_its_own_date() {
        assert_eq!(retires("Standard_NC24rs_v3"), "2025-03-31");
        assert_eq!(retires("Standard_NC24s_v3"), "2025-09-30");
        assert_eq!(retires("Standard_M192is_v2"), "2027-03-31");
        assert_eq!(series("Msv2 Medium").unwrap().retirement.retires_on, None);
    }

    #[test]
    fn a_retiring_size_names_its_replacements_and_its_sources() {
        let size = vm_size("Standard_DS2_v2").unwrap();
        assert!(size.replacement().contains(&"Dsv5"));
        assert_eq!(size.sources, ["lifecycle", "modernize"]);
        for size in vm_sizes().iter().filter(|size| size.retires_on.is_some()) {
            assert!(!size.sources.is_empty(), "{}", size.name);
        }
        let retiring = series_list().iter().filter(|series| series.retirement.retires_on.is_some());
        for series in retiring {
            assert!(!series.retirement.sources.is_empty(), "{}", series.name);
            assert!(!series.retirement.withdrawn);
        }
        assert_eq!(vm_size("Standard_D4s_v5").unwrap().replacement(), <[&str; 0]>::default());
    }

    #[test]
    fn series_without_a_date_are_marked_withdrawn() {
        let withdrawn = series_list().iter().filter(|series| series.retirement.withdrawn);
        assert_eq!(Vec::from_iter(withdrawn.map(|series| series.name)), ["A8-A11", "DCsv1", "NVv2"]);
        assert_eq!(vm_size("Standard_A8").unwrap().listing, Listing::Withdrawn);
        assert_eq!(vm_size("Standard_E248ds_v7").unwrap().listing, Listing::DocumentedOnly);
    }

    #[test]
    fn architecture_and_protection_are_those_of_the_hardware() {
        assert_eq!(
            crate::facts::Facts::embedded().architecture("standard_d4ps_v5"),
            Some(Architecture::Arm64)
        );
        assert_eq!(crate::facts::Facts::embedded().architecture("Standard_D4s_v5"), Some(Architecture::X64));
        assert_eq!(vm_size("Standard_DC4as_v5").unwrap().confidential, Some(Confidential::Snp));
        assert_eq!(vm_size("Standard_DC4es_v5").unwrap().confidential, Some(Confidential::Tdx));
        assert_eq!(vm_size("Standard_DC4s_v3").unwrap().confidential, Some(Confidential::Sgx));
        assert_eq!(vm_size("Standard_D4s_v5").unwrap().confidential, None);
    }

    #[test]
    fn constrained_sizes_keep_memory_and_lose_processors() {
        let size = vm_size("Standard_E16-4s_v5").unwrap();
        assert_eq!((size.vcpus, size.vcpus_available, size.memory_gib), (Some(16), Some(4), Some(128.0)));
    }

    #[test]
    fn the_sizes_that_aks_refuses_are_twelve() {
        let refused = vm_sizes().iter().filter(|size| size.aks_restricted).map(|size| &size.name);
        let expected = [
            "Basic_A0",
            "Basic_A1",
            "Basic_A2",
            "Basic_A3",
            "Basic_A4",
            "Standard_A0",
            "Standard_A1",
            "Standard_A1_v2",
            "Standard_B1ms",
            "Standard_B1s",
            "Standard_F1",
            "Standard_F1s",
        ];
        assert_eq!(Vec::from_iter(refused), expected);
        let size = vm_size("Standard_B2s").unwrap();
        assert!(size.system_pool_burstable && !size.below_system_pool_minimum);
        assert!(vm_size("Standard_B1s").unwrap().below_user_pool_minimum);
    }

    #[test]
    fn an_ephemeral_disk_that_is_unsupported_fits_nothing() {
        for size in vm_sizes() {
            let ephemeral = size.ephemeral;
            if ephemeral.supported == Some(false) {
                assert_eq!(ephemeral.placements, Some(&[][..]), "{}", size.name);
                assert_eq!((ephemeral.fits_up_to_gib, ephemeral.never_above_gib), (Some(0), Some(0)));
            }
            if let (Some(fits), Some(never)) = (ephemeral.fits_up_to_gib, ephemeral.never_above_gib) {
                assert!(fits <= never, "{}", size.name);
            }
        }
    }
}
