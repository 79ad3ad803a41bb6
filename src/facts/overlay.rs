//! Facts that somebody adds to the tables, or corrects: what overlay files say, and how they are put over the
//! tables and over each other.
//!
//! An overlay speaks of single values. What it does not speak of stays as the tables have it, and what it says as
//! the tables say it is not counted as the overlay's. Reading the files is [`crate::overlay`]'s.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::date::{Date, DateRange};
use super::door::region_id;
use super::kubernetes::{self, KubernetesVersion, Minor, Patch, Support};
use super::os_sku::{self, DefaultGeneration, OsSku, OsSkuKind, OsSkuStatus, OsType};
use super::vm_size::{
    self, Architecture, Confidential, DiskControllers, Evidence, Generations, Listing, Placement, VmSize,
};
use crate::source::Span;

/// What one overlay file says.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// VM sizes, by name.
    pub vm_sizes: Vec<Stated<SizePatch>>,
    /// Values of `os_sku`, by name.
    pub os_skus: Vec<Stated<OsSkuPatch>>,
    /// Kubernetes versions with their dates.
    pub kubernetes_versions: Vec<Stated<VersionPatch>>,
    /// What regions offer, by region.
    pub offers: Vec<Stated<Offers>>,
    /// Where the file says that it is an overlay.
    pub head: Option<Span>,
}

/// A row of an overlay.
#[derive(Debug, Clone)]
pub struct Stated<T> {
    /// The name of what it is about, as it is written.
    pub name: String,
    /// Where that is written.
    pub span: Span,
    /// What is said.
    pub says: T,
}

/// Values of a VM size that an overlay states; see [`VmSize`].
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // The names are those of `VmSize`.
pub struct SizePatch {
    pub generations: Option<Generations>,
    /// What the Resource SKUs API reports. It becomes [`VmSize::generations`] too as far as documents do not narrow
    /// it.
    pub generations_api: Option<Generations>,
    pub architecture: Option<Architecture>,
    pub vcpus: Option<u16>,
    pub vcpus_available: Option<u16>,
    pub memory_gib: Option<f64>,
    /// `Some(None)` for an ordinary size.
    pub confidential: Option<Option<Confidential>>,
    pub gpus: Option<u8>,
    pub premium_io: Option<bool>,
    pub trusted_launch: Option<bool>,
    pub accelerated_networking: Option<bool>,
    pub disk_controllers: Option<DiskControllers>,
    pub ephemeral_os_disk: Option<bool>,
    pub ephemeral_os_disk_placements: Option<&'static [Placement]>,
    pub cache_gib: Option<u32>,
    pub temp_gib: Option<u32>,
    pub nvme_gib: Option<u32>,
    pub encryption_at_host: Option<bool>,
    pub max_data_disks: Option<u16>,
    pub max_nics: Option<u8>,
    pub aks_restricted: Option<bool>,
    pub announced_on: Option<Date>,
    /// `Some(None)` where a retirement was called off.
    pub retires_on: Option<Option<Date>>,
    pub replaced_by: Option<Vec<String>>,
    /// What holds in single regions.
    pub regions: Vec<Stated<SizeInRegion>>,
}

/// A VM size in one region, for the subscription that was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SizeInRegion {
    /// The availability zones that offer it; empty in a region without zones.
    pub zones: Option<Vec<String>>,
    /// Zones of these that the subscription may not use.
    pub restricted_zones: Vec<String>,
    /// Why the subscription may not use it in the region at all (`NotAvailableForSubscription`, `QuotaId`).
    pub restricted: Option<String>,
}

/// Values of an `os_sku` that an overlay states; see [`OsSku`].
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // The names are those of `OsSku`.
pub struct OsSkuPatch {
    pub os_type: Option<OsType>,
    pub status: Option<OsSkuStatus>,
    pub kubernetes_min: Option<Minor>,
    pub kubernetes_max: Option<Minor>,
    pub retired_on: Option<Date>,
    pub images_removed_on: Option<Date>,
    pub new_pools_blocked_on: Option<Date>,
    pub default_generation: Option<DefaultGeneration>,
    pub windows_build: Option<u32>,
    pub runs_windows_builds: Option<Vec<u32>>,
    pub requires_fips: Option<bool>,
    pub replacement: Option<String>,
}

/// Dates of a Kubernetes version that an overlay states; see [`KubernetesVersion`].
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // The names are those of `KubernetesVersion`.
pub struct VersionPatch {
    pub ga: Option<DateRange>,
    pub end_of_life: Option<Date>,
    /// `Some(None)` for a version without long-term support.
    pub lts_end_of_life: Option<Option<Date>>,
    pub planned: Option<bool>,
}

/// The Kubernetes versions that a region offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offers {
    /// When the region was asked.
    pub as_of: Date,
    /// What it offers; what is not here it does not.
    pub versions: BTreeMap<Minor, Offer>,
}

/// How a region offers a Kubernetes version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// With standard support.
    pub officially: bool,
    /// With long-term support.
    pub long_term: bool,
    /// As a preview.
    pub preview: bool,
    /// Its patch versions.
    pub patches: BTreeSet<Patch>,
}

impl Offers {
    /// How this version is offered.
    pub fn of(&self, minor: Minor) -> Option<&Offer> {
        self.versions.get(&minor)
    }

    /// Support in the region, given what the dates say of the day on which it was asked, and of today.
    pub(super) fn support(&self, minor: Minor, then: Support, now: Support) -> Support {
        let stage = |support: &Support| match support {
            Support::Unsupported { .. } => 2,
            Support::LtsOnly { .. } => 1,
            _ => 0,
        };
        let ended_since = stage(&now) > stage(&then);
        match self.of(minor) {
            Some(offer) if offer.officially => {
                if ended_since {
                    now
                } else {
                    Support::Supported
                }
            }
            Some(_) => match now {
                Support::Unsupported { .. } if ended_since => now,
                Support::LtsOnly { .. } => now,
                _ => Support::OfferedForLtsOnly { asked: self.as_of },
            },
            // It may have come since, or not yet have come to this region on the day.
            None if self.versions.keys().next_back().is_none_or(|newest| minor > *newest) => now,
            None if stage(&now) == 2 => now,
            None => Support::NotOffered { asked: self.as_of },
        }
    }
}

/// The overlays that hold somewhere; the default is none. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Overlays(Option<Arc<Merged>>);

/// A row with an overlay's values in it, and the places of the overlays that make it differ from the tables.
#[derive(Debug, Clone)]
pub(super) struct Overlaid<T> {
    pub(super) row: T,
    pub(super) from: Vec<Span>,
}

/// Overlays put over each other and over the tables. Keys are lower-case.
#[derive(Debug, Default)]
pub(super) struct Merged {
    vm_sizes: BTreeMap<String, Overlaid<VmSize>>,
    regions: BTreeMap<(String, String), Overlaid<SizeInRegion>>,
    os_skus: BTreeMap<String, Overlaid<OsSku>>,
    kubernetes_versions: BTreeMap<Minor, Overlaid<KubernetesVersion>>,
    offers: BTreeMap<String, Overlaid<Offers>>,
    heads: Vec<Span>,
}

impl Overlays {
    /// Puts overlays over the tables, the first one first: what a later one says wins.
    pub fn of<'a>(overlays: impl IntoIterator<Item = &'a Overlay>) -> Overlays {
        let mut merged = None;
        for overlay in overlays {
            merged.get_or_insert_with(Merged::default).add(overlay);
        }
        Overlays(merged.map(Arc::new))
    }

    /// True if there are only the tables.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Where each file says that it is an overlay.
    pub fn heads(&self) -> &[Span] {
        self.0.as_ref().map_or(&[], |merged| &merged.heads)
    }

    pub(super) fn merged(&self) -> Option<&Merged> {
        self.0.as_deref()
    }
}

impl Merged {
    pub(super) fn vm_size(&self, name: &str) -> Option<&Overlaid<VmSize>> {
        self.vm_sizes.get(&name.to_ascii_lowercase())
    }

    pub(super) fn vm_sizes(&self) -> impl Iterator<Item = &VmSize> {
        self.vm_sizes.values().map(|found| &found.row)
    }

    pub(super) fn size_in_region(&self, name: &str, region: &str) -> Option<&Overlaid<SizeInRegion>> {
        self.regions.get(&(name.to_ascii_lowercase(), region_id(region)))
    }

    pub(super) fn regions_of(&self, name: &str) -> impl Iterator<Item = (&str, &Overlaid<SizeInRegion>)> {
        let name = name.to_ascii_lowercase();
        let entries = self.regions.iter().filter(move |((size, _), _)| *size == name);
        entries.map(|((_, region), found)| (region.as_str(), found))
    }

    pub(super) fn os_sku(&self, name: &str) -> Option<&Overlaid<OsSku>> {
        self.os_skus.get(&name.to_ascii_lowercase())
    }

    pub(super) fn os_skus(&self) -> impl Iterator<Item = &OsSku> {
        self.os_skus.values().map(|found| &found.row)
    }

    pub(super) fn kubernetes_version(&self, minor: Minor) -> Option<&Overlaid<KubernetesVersion>> {
        self.kubernetes_versions.get(&minor)
    }

    pub(super) fn kubernetes_versions(&self) -> impl Iterator<Item = &KubernetesVersion> {
        self.kubernetes_versions.values().map(|found| &found.row)
    }

    pub(super) fn offers(&self, region: &str) -> Option<&Overlaid<Offers>> {
        self.offers.get(&region_id(region))
    }

    pub(super) fn tells_regions_apart(&self) -> bool {
        !self.offers.is_empty() || !self.regions.is_empty()
    }

    pub(super) fn every_offer(&self) -> impl Iterator<Item = (&str, &Overlaid<Offers>)> {
        self.offers.iter().map(|(region, found)| (region.as_str(), found))
    }

    fn add(&mut self, overlay: &Overlay) {
        self.heads.extend(overlay.head);
        for stated in &overlay.vm_sizes {
            let in_tables = vm_size::vm_size(&stated.name);
            let start = || in_tables.cloned().unwrap_or_else(|| VmSize::unknown(&stated.name));
            lay(&mut self.vm_sizes, stated.name.to_ascii_lowercase(), stated.span, start, |row| {
                stated.says.lay_over(row);
            });
            for region in &stated.says.regions {
                let key = (stated.name.to_ascii_lowercase(), region_id(&region.name));
                self.regions.insert(key, Overlaid { row: region.says.clone(), from: vec![region.span] });
            }
        }
        for stated in &overlay.os_skus {
            let in_tables = os_sku::os_sku(&stated.name);
            let key = in_tables.map_or(&*stated.name, |row| &*row.name).to_ascii_lowercase();
            let os_type = stated.says.os_type.unwrap_or(OsType::Linux);
            let start = || in_tables.cloned().unwrap_or_else(|| OsSku::unknown(&stated.name, os_type));
            lay(&mut self.os_skus, key, stated.span, start, |row| stated.says.lay_over(row));
        }
        for stated in &overlay.kubernetes_versions {
            let Some(minor) = Minor::parse(&stated.name) else { continue };
            let VersionPatch { ga, end_of_life, .. } = stated.says;
            let in_tables = kubernetes::kubernetes_version(minor).copied();
            let known = self.kubernetes_versions.get(&minor).map(|found| found.row).or(in_tables);
            // Of a version that is new both dates are stated; its reader sees to that.
            let new = || Some(KubernetesVersion::unknown(minor, ga?, end_of_life?));
            let Some(start) = known.or_else(new) else { continue };
            lay(&mut self.kubernetes_versions, minor, stated.span, || start, |row| stated.says.lay_over(row));
        }
        for stated in &overlay.offers {
            let offers = Overlaid { row: stated.says.clone(), from: vec![stated.span] };
            self.offers.insert(region_id(&stated.name), offers);
        }
    }
}

/// Changes the row of a key, which begins as `start`, and notes the place if that makes a difference.
fn lay<K: Ord, T: Clone + PartialEq>(
    rows: &mut BTreeMap<K, Overlaid<T>>,
    key: K,
    span: Span,
    start: impl FnOnce() -> T,
    change: impl FnOnce(&mut T),
) {
    let found = rows.entry(key).or_insert_with(|| Overlaid { row: start(), from: Vec::new() });
    let before = found.row.clone();
    change(&mut found.row);
    if found.row != before {
        found.from.push(span);
    }
}

fn set<T: Clone>(to: &mut T, said: &Option<T>) {
    if let Some(value) = said {
        *to = value.clone();
    }
}

fn know<T: Clone>(to: &mut Option<T>, said: &Option<T>) {
    if said.is_some() {
        to.clone_from(said);
    }
}

impl SizePatch {
    fn lay_over(&self, row: &mut VmSize) {
        if let Some(api) = self.generations_api {
            row.generations = Some(match (row.generations, row.generations_from) {
                // Documents say which of the generations that the API reports a size really boots.
                (Some(known), Evidence::Docs) => known.and(api).unwrap_or(api),
                _ => api,
            });
            row.generations_api = Some(api);
        }
        if let Some(generations) = self.generations {
            row.generations = Some(generations);
            row.generations_api = Some(self.generations_api.unwrap_or(generations));
        }
        know(&mut row.architecture, &self.architecture);
        know(&mut row.vcpus, &self.vcpus);
        // All of a size's processors are usable unless somebody says otherwise.
        row.vcpus_available = self.vcpus_available.or(row.vcpus_available).or(row.vcpus);
        know(&mut row.memory_gib, &self.memory_gib);
        set(&mut row.confidential, &self.confidential);
        know(&mut row.gpus, &self.gpus);
        know(&mut row.premium_io, &self.premium_io);
        know(&mut row.trusted_launch, &self.trusted_launch);
        know(&mut row.accelerated_networking, &self.accelerated_networking);
        know(&mut row.disk_controllers, &self.disk_controllers);
        know(&mut row.ephemeral.supported, &self.ephemeral_os_disk);
        know(&mut row.ephemeral.placements, &self.ephemeral_os_disk_placements);
        know(&mut row.cache_gib, &self.cache_gib);
        know(&mut row.temp_gib, &self.temp_gib);
        know(&mut row.nvme_gib, &self.nvme_gib);
        know(&mut row.encryption_at_host, &self.encryption_at_host);
        know(&mut row.max_data_disks, &self.max_data_disks);
        know(&mut row.max_nics, &self.max_nics);
        set(&mut row.aks_restricted, &self.aks_restricted);
        know(&mut row.announced_on, &self.announced_on);
        set(&mut row.retires_on, &self.retires_on);
        if self.retires_on.is_some() {
            // Whoever states the date speaks of a size that is there until then.
            row.listing = Listing::Listed;
        }
        know(&mut row.replaced_by, &self.replaced_by);
        let below = |vcpus: u16, gib: f64| {
            row.vcpus_available.is_some_and(|has| has < vcpus) || row.memory_gib.is_some_and(|has| has < gib)
        };
        if self.vcpus.or(self.vcpus_available).is_some() || self.memory_gib.is_some() {
            // AKS's minimums: 2 vCPUs and 2 GiB, 4 GiB in system pools.
            (row.below_user_pool_minimum, row.below_system_pool_minimum) = (below(2, 2.0), below(2, 4.0));
        }
    }
}

impl OsSkuPatch {
    fn lay_over(&self, row: &mut OsSku) {
        set(&mut row.os_type, &self.os_type);
        set(&mut row.status, &self.status);
        if self.status.is_some_and(|status| status != OsSkuStatus::Invalid)
            && row.kind == OsSkuKind::NotAnApiValue
        {
            row.kind = OsSkuKind::Versioned;
        }
        know(&mut row.k8s_min, &self.kubernetes_min);
        if self.kubernetes_max.is_some() {
            (row.k8s_max, row.k8s_max_is_horizon) = (self.kubernetes_max, false);
        }
        know(&mut row.retired_on, &self.retired_on);
        know(&mut row.images_removed_on, &self.images_removed_on);
        know(&mut row.new_pools_blocked_on, &self.new_pools_blocked_on);
        know(&mut row.default_generation, &self.default_generation);
        know(&mut row.windows_build, &self.windows_build);
        if let Some(builds) = &self.runs_windows_builds {
            row.runs_windows_builds = Cow::Owned(builds.clone());
        }
        set(&mut row.requires_fips, &self.requires_fips);
        if let Some(replacement) = &self.replacement {
            row.replacement = Some(Cow::Owned(replacement.clone()));
        }
    }
}

impl VersionPatch {
    fn lay_over(&self, row: &mut KubernetesVersion) {
        set(&mut row.aks_ga, &self.ga);
        set(&mut row.eol, &self.end_of_life);
        set(&mut row.lts_eol, &self.lts_end_of_life);
        set(&mut row.planned, &self.planned);
    }
}

#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;
