//! The one way to the facts: the tables, and over them what overlays say.

use std::cell::RefCell;
use std::rc::Rc;

use super::date::Date;
use super::kubernetes::{self, KubernetesVersion, Minor, Patch, Support};
use super::os_sku::{self, OsSku, OsType};
use super::overlay::{Merged, Offers, Overlaid, Overlays, SizeInRegion};
use super::vm_size::{self, Architecture, Generations, Listing, VmSize};
use crate::source::Span;

/// The facts as they hold for one cluster or agent pool. Every look-up notes which rows of overlays it found
/// ([`Facts::consulted`]), so that a finding can name the file that it rests on. Without overlays a look-up is
/// a binary search in a static table.
#[derive(Debug)]
pub struct Facts<'o> {
    merged: Option<&'o Merged>,
    /// Shared with what [`Facts::again`] gives; none without overlays.
    consulted: Option<Rc<RefCell<Vec<Consulted>>>>,
}

/// A row of an overlay that says something else than the tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consulted {
    /// Where the overlay names it.
    pub span: Span,
    /// What it is about, as a noun phrase.
    pub what: String,
}

impl<'o> Facts<'o> {
    /// The tables alone.
    pub fn embedded() -> Facts<'static> {
        Facts { merged: None, consulted: None }
    }

    /// The tables with overlays over them.
    pub fn with(overlays: &'o Overlays) -> Facts<'o> {
        let merged = overlays.merged();
        Facts { merged, consulted: merged.map(|_| Rc::default()) }
    }

    /// The same facts, for another look at the same thing: what it finds is noted here too.
    pub fn again(&self) -> Facts<'o> {
        Facts { merged: self.merged, consulted: self.consulted.clone() }
    }

    /// Whether anything is known of single regions.
    pub fn tells_regions_apart(&self) -> bool {
        self.merged.is_some_and(Merged::tells_regions_apart)
    }

    /// The rows of overlays that were found since this value was made, each once.
    pub fn consulted(&self) -> Vec<Consulted> {
        self.consulted.as_ref().map(|consulted| consulted.borrow().clone()).unwrap_or_default()
    }

    fn note<T>(&self, found: &'o Overlaid<T>, what: impl Fn() -> String) -> &'o T {
        let Some(consulted) = &self.consulted else { return &found.row };
        let mut consulted = consulted.borrow_mut();
        for span in &found.from {
            if !consulted.iter().any(|have| have.span == *span) {
                consulted.push(Consulted { span: *span, what: what() });
            }
        }
        &found.row
    }

    /// The size of this name, without regard to ASCII case.
    pub fn vm_size(&self, name: &str) -> Option<&'o VmSize> {
        match self.merged.and_then(|merged| merged.vm_size(name)) {
            Some(found) => Some(self.note(found, || format!("`{}`", found.row.name))),
            None => vm_size::vm_size(name),
        }
    }

    /// [`Facts::vm_size`] for advice: what a finding recommends is not what it rests on.
    fn other_vm_size(&self, name: &str) -> Option<&'o VmSize> {
        let overlaid = self.merged.and_then(|merged| merged.vm_size(name)).map(|found| &found.row);
        overlaid.or_else(|| vm_size::vm_size(name))
    }

    /// Every size, by lower-case name.
    pub fn vm_sizes(&self) -> Vec<&'o VmSize> {
        let tables = vm_size::vm_sizes().iter();
        match self.merged {
            None => tables.collect(),
            Some(merged) => {
                let mut all: Vec<&VmSize> =
                    tables.filter(|size| merged.vm_size(&size.name).is_none()).collect();
                all.extend(merged.vm_sizes());
                all.sort_by_cached_key(|size| size.name.to_ascii_lowercase());
                all
            }
        }
    }

    /// Generations of a size: from its row, else from what its name implies; `None` if neither says.
    pub fn generations(&self, name: &str) -> Option<Generations> {
        let known = self.vm_size(name).and_then(|size| size.generations);
        known.or_else(|| vm_size::implied_generations(name))
    }

    /// Architecture of a size: from its row, else [`Architecture::Arm64`] where its name says so.
    pub fn architecture(&self, name: &str) -> Option<Architecture> {
        let known = self.vm_size(name).and_then(|size| size.architecture);
        known.or_else(|| vm_size::implied_architecture(name))
    }

    /// What an overlay says of a size in a region, by the name that ARM or people use for it.
    pub fn size_in_region(&self, name: &str, region: &str) -> Option<&'o SizeInRegion> {
        let found = self.merged?.size_in_region(name, region)?;
        Some(self.note(found, || format!("`{name}` in {}", region_id(region))))
    }

    /// What overlays say of a size in each region that they speak of, by region.
    pub fn regions_of(&self, name: &str) -> Vec<(&'o str, &'o SizeInRegion)> {
        let Some(merged) = self.merged else { return Vec::new() };
        merged
            .regions_of(name)
            .map(|(region, found)| (region, self.note(found, || region.to_owned())))
            .collect()
    }

    /// The regions of which overlays say which Kubernetes versions they offer, by name.
    pub fn every_offer(&self) -> Vec<(&'o str, &'o Offers)> {
        let Some(merged) = self.merged else { return Vec::new() };
        merged.every_offer().map(|(region, found)| (region, self.note(found, || region.to_owned()))).collect()
    }

    /// The newest version of the same size (tier, family, vCPUs and feature letters) that boots both
    /// generations, and so fits whatever image AKS picks: `Standard_D4ads_v5` for `Standard_D4ads_v6`.
    /// Only sizes that people can still move to count: listed, not retiring, x64, accepted by AKS. `None` if
    /// there is no such version, or the name has none.
    pub fn twin_of_both_generations(&self, name: &str) -> Option<&'o VmSize> {
        let (body, version) = name.rsplit_once(['v', 'V'])?;
        let version: u8 = version.parse().ok()?;
        let body = body.strip_suffix('_')?;
        (1..=9).rev().filter(|other| *other != version).find_map(|other| {
            let size = self.other_vm_size(&format!("{body}_v{other}"))?;
            let usable = size.generations == Some(Generations::Both)
                && size.architecture == Some(Architecture::X64)
                && size.confidential.is_none()
                && size.listing == Listing::Listed
                && size.retires_on.is_none()
                && !size.aks_restricted;
            usable.then_some(size)
        })
    }

    /// The x64 size that boots both generations and otherwise equals an Arm64 size: `Standard_D4ds_v5` for
    /// `Standard_D4pds_v6`. Arm64 sizes carry the letter `p` first among their features.
    pub fn x64_twin(&self, name: &str) -> Option<&'o VmSize> {
        let tier_end = name.find('_')? + 1;
        let (tier, rest) = name.split_at_checked(tier_end)?;
        let family_end = rest.find(|c: char| c.is_ascii_digit())?;
        let letter = family_end + rest.get(family_end..)?.find(['p', 'P'])?;
        let x64 = format!("{tier}{}{}", rest.get(..letter)?, rest.get(letter + 1..)?);
        let itself = self.other_vm_size(&x64).filter(|size| {
            size.generations == Some(Generations::Both)
                && size.retires_on.is_none()
                && size.listing == Listing::Listed
        });
        itself.or_else(|| self.twin_of_both_generations(&x64))
    }

    /// The row of an `os_sku`, by its name or an alias, without regard to ASCII case. Old spellings that the
    /// API lists as values of their own (`CBLMariner`) have their own row with [`OsSku::alias_of`].
    pub fn os_sku(&self, name: &str) -> Option<&'o OsSku> {
        let in_tables = os_sku::os_sku(name);
        let canonical = in_tables.map_or(name, |row| &*row.name);
        match self.merged.and_then(|merged| merged.os_sku(canonical)) {
            Some(found) => Some(self.note(found, || format!("`{}`", found.row.name))),
            None => in_tables,
        }
    }

    /// Every known value, by lower-case name.
    pub fn os_skus(&self) -> Vec<&'o OsSku> {
        let tables = os_sku::os_skus().iter();
        match self.merged {
            None => tables.collect(),
            Some(merged) => {
                let mut all: Vec<&OsSku> = tables.filter(|sku| merged.os_sku(&sku.name).is_none()).collect();
                all.extend(merged.os_skus());
                all.sort_by_cached_key(|sku| sku.name.to_ascii_lowercase());
                all
            }
        }
    }

    /// What AKS takes when a pool names no `os_sku`. `None` where sources disagree (Windows on 1.36), or
    /// where the default depends on a Kubernetes version that is not known.
    pub fn default_os_sku(&self, os_type: OsType, version: Option<Minor>) -> Option<&'static str> {
        os_sku::default_os_sku(os_type, version)
    }

    /// Builds of Windows container images that a pool of this `os_sku` runs; empty for Linux and the
    /// unknown. `Windows2025` and `WindowsAnnual` run images of Windows Server 2022 too.
    pub fn os_sku_runs(&self, name: &str) -> &'o [u32] {
        self.os_sku(name).map_or(&[], |sku| &*sku.runs_windows_builds)
    }

    /// Build of the Windows that a pool of this `os_sku` runs.
    pub fn windows_build(&self, name: &str) -> Option<u32> {
        self.os_sku(name)?.windows_build
    }

    /// The version, if the facts have it.
    pub fn kubernetes_version(&self, minor: Minor) -> Option<&'o KubernetesVersion> {
        match self.merged.and_then(|merged| merged.kubernetes_version(minor)) {
            Some(found) => Some(self.note(found, || format!("Kubernetes {minor}"))),
            None => kubernetes::kubernetes_version(minor),
        }
    }

    /// Every known version, oldest first.
    pub fn kubernetes_versions(&self) -> Vec<&'o KubernetesVersion> {
        let tables = kubernetes::kubernetes_versions().iter();
        match self.merged {
            None => tables.collect(),
            Some(merged) => {
                let mut all: Vec<&KubernetesVersion> =
                    tables.filter(|row| merged.kubernetes_version(row.version).is_none()).collect();
                all.extend(merged.kubernetes_versions());
                all.sort_by_key(|row| row.version);
                all
            }
        }
    }

    /// Support for a version on the day `as_of`, in a region if that is known. During the month of its general
    /// availability a version counts as supported, since the day within the month is not known.
    ///
    /// What a region offers (`az aks get-versions`) overrules the dates, but it speaks of the day on which it was
    /// asked: an end that has come since then counts, and a version newer than all that were offered may have
    /// come since.
    pub fn support(&self, minor: Minor, as_of: Date, region: Option<&str>) -> Support {
        let dated = |day| kubernetes::support(self.kubernetes_version(minor), minor, day);
        match self.offers(region, as_of) {
            None => dated(as_of),
            Some(offers) => offers.support(minor, dated(offers.as_of), dated(as_of)),
        }
    }

    /// The patch versions that a region offers of the minor version of `version`, if it is certain that this patch
    /// version is not one of them. A patch newer than all of them may have come since the region was asked.
    pub fn patches_instead(&self, version: &str, as_of: Date, region: Option<&str>) -> Option<Vec<String>> {
        let patches = &self.offers(region, as_of)?.of(Minor::parse(version)?)?.patches;
        let wanted = Patch::parse(version)?;
        let outdated = patches.last().is_some_and(|newest| wanted < *newest) && !patches.contains(&wanted);
        outdated.then(|| patches.iter().map(Patch::to_string).collect())
    }

    /// Versions in standard support on a day, in a region if that is known, oldest first. Versions whose release is
    /// only planned are left out unless the region offers them, and so are previews. This is for advice, and not
    /// noted.
    pub fn supported(&self, as_of: Date, region: Option<&str>) -> Vec<Minor> {
        let quiet = Facts { merged: self.merged, consulted: None };
        let offers = quiet.offers(region, as_of);
        let rows = quiet.kubernetes_versions();
        let mut all: Vec<Minor> = rows.iter().map(|row| row.version).collect();
        all.extend(offers.into_iter().flat_map(|offers| offers.versions.keys().copied()));
        all.sort_unstable();
        all.dedup();
        all.retain(|minor| {
            let planned = rows.iter().any(|row| row.version == *minor && row.planned);
            let offer = offers.and_then(|offers| offers.of(*minor));
            let is_there = offer.map_or(!planned, |offer| !offer.preview);
            is_there && quiet.support(*minor, as_of, region) == Support::Supported
        });
        all
    }

    /// What a region offers, if it was asked on the day or before it.
    fn offers(&self, region: Option<&str>, as_of: Date) -> Option<&'o Offers> {
        let region = region?;
        let found = self.merged?.offers(region)?;
        let what = || format!("the Kubernetes versions of {}", region_id(region));
        (found.row.as_of <= as_of).then(|| self.note(found, what))
    }
}

/// A region as ARM names it: `westeurope` for `West Europe`.
pub fn region_id(region: &str) -> String {
    region.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twin(name: &str) -> Option<&'static str> {
        Facts::embedded().twin_of_both_generations(name).map(|size| &*size.name)
    }

    #[test]
    fn a_gen2_only_size_has_its_v5_twin() {
        assert_eq!(twin("Standard_D4ads_v6"), Some("Standard_D4ads_v5"));
        assert_eq!(twin("standard_d4s_V6"), Some("Standard_D4s_v5"));
        assert_eq!(twin("Standard_E16-4ads_v6"), Some("Standard_E16-4ads_v5"));
        assert_eq!(twin("Standard_D8s_v7"), Some("Standard_D8s_v5"));
    }

    #[test]
    fn a_retiring_or_gen1_only_size_has_one_too() {
        assert_eq!(twin("Standard_D4s_v3"), Some("Standard_D4s_v5"));
        assert_eq!(twin("Standard_D4_v3"), Some("Standard_D4_v5"));
    }

    #[test]
    fn no_twin_is_invented() {
        for name in ["Standard_DS2_v2", "Standard_A4_v2", "Standard_D4nds_v6", "Standard_F4", "", "_v", "v6"]
        {
            assert_eq!(twin(name), None, "{name}");
        }
        for size in vm_size::vm_sizes() {
            let Some(twin) = Facts::embedded().twin_of_both_generations(&size.name) else { continue };
            assert_eq!(twin.generations, Some(Generations::Both), "{}", size.name);
            assert_ne!(twin.name, size.name);
        }
    }

    #[test]
    fn an_arm64_size_has_an_x64_twin() {
        let x64 = |name| Facts::embedded().x64_twin(name).map(|size| &*size.name);
        assert_eq!(x64("Standard_D4ps_v5"), Some("Standard_D4s_v5"));
        assert_eq!(x64("Standard_D4pds_v6"), Some("Standard_D4ds_v5"));
        assert_eq!(x64("Standard_D4s_v5"), None);
        assert_eq!(x64("p"), None);
    }
}
