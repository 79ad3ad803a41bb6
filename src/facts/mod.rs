//! What Azure says about VM sizes, OS SKUs and Kubernetes versions.
//!
//! Facts are committed data: `data/` holds the rows with their sources and dates, `generated/` holds the
//! same rows as sorted static tables, and `tests/facts.rs` keeps the two equal. Nothing is parsed at run
//! time; a look-up is a binary search. Names compare without ASCII case, as Azure compares them.
//!
//! [`Facts`] is the one way to them. People can put [`Overlays`] over the tables: facts that are newer, or that
//! hold for their regions. Where there are none, nothing is paid for them.
//!
//! `None` always means that no source says it, never "no". Whether something is retired or supported is
//! not stored: it follows from a stored date and the date the caller passes.

mod date;
mod door;
mod generated;
mod kubernetes;
mod os_sku;
mod overlay;
mod series_rules;
mod vm_size;
mod windows_image;

use std::cmp::Ordering;

pub use date::{Date, DateRange};
pub use door::{Consulted, Facts, region_id};
pub use kubernetes::{KubernetesVersion, Minor, Patch, Support, platform_support};
pub use os_sku::{
    DefaultGeneration, Feature, FeatureFact, FeatureSupport, FirstVersions, ImageRange, OsSku, OsSkuKind,
    OsSkuStatus, OsType,
};
pub use overlay::{
    Offer, Offers, OsSkuPatch, Overlay, Overlays, SizeInRegion, SizePatch, Stated, VersionPatch,
};
pub use vm_size::{
    Architecture, Confidential, DiskControllers, EphemeralOsDisk, Evidence, Generations, Listing, Placement,
    Retirement, Series, VmSize, series, series_list,
};
pub use windows_image::{ImageBuild, windows_image_build};

/// The date on which all facts were last checked. Older than a year, they deserve a note.
pub const AS_OF: Date = generated::meta::AS_OF;

/// The facts that a source key belongs to; the same key may stand for different texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// [`VmSize::sources`].
    VmSizes,
    /// [`OsSku::sources`].
    OsSkus,
    /// [`KubernetesVersion::sources`].
    Kubernetes,
}

/// The full text of a source key: repository, path, commit and date where known.
pub fn source(topic: Topic, key: &str) -> Option<&'static str> {
    let table = match topic {
        Topic::VmSizes => generated::meta::VM_SIZE_SOURCES,
        Topic::OsSkus => generated::meta::OS_SKU_SOURCES,
        Topic::Kubernetes => generated::meta::KUBERNETES_SOURCES,
    };
    find(table, key, |(key, _)| key).map(|(_, text)| *text)
}

/// Looks up a row by name in a table that is sorted by lower-case name.
fn find<T>(table: &'static [T], name: &str, key: impl Fn(&'static T) -> &'static str) -> Option<&'static T> {
    let at = table.binary_search_by(|row| compare_ignoring_case(key(row), name)).ok()?;
    table.get(at)
}

/// The order of the tables: bytes, after lowering ASCII letters.
fn compare_ignoring_case(a: &str, b: &str) -> Ordering {
    a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::kubernetes::kubernetes_versions;
    use super::os_sku::os_skus;
    use super::vm_size::vm_sizes;
    use super::*;

    /// Binary search is only right on a table in strictly rising order.
    fn assert_sorted<T>(table: &'static [T], key: impl Fn(&'static T) -> &'static str) {
        for pair in table.windows(2) {
            let (a, b) = (key(&pair[0]), key(&pair[1]));
            assert_eq!(compare_ignoring_case(a, b), Ordering::Less, "{a} before {b}");
        }
    }

    #[test]
    fn every_table_is_sorted_by_lower_case_name_without_duplicates() {
        assert_sorted(generated::vm_sizes::VM_SIZES, |size| &size.name);
        assert_sorted(generated::series::SERIES, |series| series.name);
        assert_sorted(generated::os_skus::OS_SKUS, |sku| &sku.name);
        assert_sorted(generated::windows_images::TAGS, |(tag, _)| tag);
        assert_sorted(generated::windows_images::BASE_REPOSITORIES, |repository| repository);
        assert_sorted(generated::meta::VM_SIZE_SOURCES, |(key, _)| key);
        assert_sorted(generated::meta::OS_SKU_SOURCES, |(key, _)| key);
        assert_sorted(generated::meta::KUBERNETES_SOURCES, |(key, _)| key);
        assert!(kubernetes_versions().is_sorted_by(|a, b| a.version < b.version));
    }

    #[test]
    fn the_tables_hold_every_row_of_the_research() {
        assert_eq!(vm_sizes().len(), 1675);
        assert_eq!(series_list().len(), 189);
        assert_eq!(os_skus().len(), 18);
        assert_eq!(kubernetes_versions().len(), 19);
    }

    #[test]
    fn every_source_key_has_a_text() {
        for size in vm_sizes() {
            assert!(size.sources.iter().all(|key| source(Topic::VmSizes, key).is_some()), "{}", size.name);
        }
        for sku in os_skus() {
            assert!(sku.sources.iter().all(|key| source(Topic::OsSkus, key).is_some()), "{}", sku.name);
        }
        for version in kubernetes_versions() {
            let sources = version.sources;
            assert!(
                !sources.is_empty() && sources.iter().all(|key| source(Topic::Kubernetes, key).is_some())
            );
        }
        assert_eq!(source(Topic::VmSizes, "no-such-key"), None);
    }

    #[test]
    fn the_facts_were_checked_on_the_twentieth_of_november_2026() {
        assert_eq!(AS_OF.to_string(), "2026-11-20");
    }
}
