//! VM sizes that are the same but for their version.

use super::vm_size::{Architecture, Generations, Listing, VmSize, vm_size};

/// The newest version of the same size (tier, family, vCPUs and feature letters) that boots both
/// generations, and so fits whatever image AKS picks: `Standard_D4ads_v5` for `Standard_D4ads_v6`.
/// Only sizes that people can still move to count: listed, not retiring, x64, accepted by AKS. `None` if
/// the catalogue has no such version, or the name has none.
pub fn twin_of_both_generations(name: &str) -> Option<&'static VmSize> {
    let (body, version) = name.rsplit_once(['v', 'V'])?;
    let version: u8 = version.parse().ok()?;
    let body = body.strip_suffix('_')?;
    (1..=9).rev().filter(|other| *other != version).find_map(|other| {
        let size = vm_size(&format!("{body}_v{other}"))?;
        let usable = size.generations == Generations::Both
            && size.architecture == Architecture::X64
            && size.confidential.is_none()
            && size.listing == Listing::Listed
            && size.retires_on.is_none()
            && !size.aks_restricted;
        usable.then_some(size)
    })
}

/// The x64 size that boots both generations and otherwise equals an Arm64 size: `Standard_D4ds_v5` for
/// `Standard_D4pds_v6`. Arm64 sizes carry the letter `p` first among their features.
pub fn x64_twin(name: &str) -> Option<&'static VmSize> {
    let tier_end = name.find('_')? + 1;
    let (tier, rest) = name.split_at_checked(tier_end)?;
    let family_end = rest.find(|c: char| c.is_ascii_digit())?;
    let letter = family_end + rest.get(family_end..)?.find(['p', 'P'])?;
    let x64 = format!("{tier}{}{}", rest.get(..letter)?, rest.get(letter + 1..)?);
    let itself = vm_size(&x64).filter(|size| {
        size.generations == Generations::Both && size.retires_on.is_none() && size.listing == Listing::Listed
    });
    itself.or_else(|| twin_of_both_generations(&x64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::vm_sizes;

    fn twin(name: &str) -> Option<&'static str> {
        twin_of_both_generations(name).map(|size| size.name)
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
        for size in vm_sizes() {
            let Some(twin) = twin_of_both_generations(size.name) else { continue };
            assert_eq!(twin.generations, Generations::Both, "{}", size.name);
            assert_ne!(twin.name, size.name);
        }
    }

    #[test]
    fn an_arm64_size_has_an_x64_twin() {
        let x64 = |name| x64_twin(name).map(|size| size.name);
        assert_eq!(x64("Standard_D4ps_v5"), Some("Standard_D4s_v5"));
        assert_eq!(x64("Standard_D4pds_v6"), Some("Standard_D4ds_v5"));
        assert_eq!(x64("Standard_D4s_v5"), None);
        assert_eq!(x64("p"), None);
    }
}
