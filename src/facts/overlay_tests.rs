use super::*;
use crate::facts::{Facts, Topic};
use crate::source::{FileId, Span};

fn place(line: usize) -> Span {
    Span::new(FileId(7), line * 10, line * 10 + 5)
}

fn stated<T>(name: &str, line: usize, says: T) -> Stated<T> {
    Stated { name: name.to_owned(), span: place(line), says }
}

fn of_size(name: &str, says: SizePatch) -> Overlays {
    Overlays::of([&Overlay { vm_sizes: vec![stated(name, 1, says)], ..Overlay::default() }])
}

fn minor(text: &str) -> Minor {
    Minor::parse(text).unwrap()
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// What a row of the tables says, as an overlay of the API's answers would say it.
fn as_api_says(size: &VmSize) -> SizePatch {
    SizePatch {
        generations_api: size.generations_api,
        architecture: size.architecture,
        vcpus: size.vcpus,
        vcpus_available: size.vcpus_available,
        memory_gib: size.memory_gib,
        gpus: size.gpus,
        premium_io: size.premium_io,
        disk_controllers: size.disk_controllers,
        ephemeral_os_disk: size.ephemeral.supported,
        ephemeral_os_disk_placements: size.ephemeral.placements,
        ..SizePatch::default()
    }
}

#[test]
fn what_the_tables_say_already_is_not_the_overlays() {
    for size in vm_size::vm_sizes() {
        let overlays = of_size(&size.name.to_ascii_uppercase(), as_api_says(size));
        let facts = Facts::with(&overlays);
        assert_eq!(facts.vm_size(&size.name), Some(size));
        assert_eq!(facts.consulted(), [], "{}", size.name);
    }
}

#[test]
fn a_look_up_names_the_places_that_make_the_difference() {
    let overlay =
        |line, says| Overlay { vm_sizes: vec![stated("standard_d4S_v5", line, says)], ..Overlay::default() };
    let retires = |date| SizePatch { retires_on: Some(Some(day(date))), ..SizePatch::default() };
    let first = overlay(1, SizePatch { gpus: Some(0), ..retires("2029-01-01") });
    let same_again = overlay(2, retires("2029-01-01"));
    let last = overlay(3, retires("2030-01-01"));
    let overlays = Overlays::of([&first, &same_again, &last]);
    let facts = Facts::with(&overlays);
    assert_eq!(facts.vm_size("Standard_D4s_v6").unwrap().gpus, Some(0));
    assert_eq!(facts.consulted(), []);
    let size = facts.vm_size("Standard_D4s_v5").unwrap();
    assert_eq!((&*size.name, size.retires_on), ("Standard_D4s_v5", Some(day("2030-01-01"))));
    let consulted = facts.consulted();
    assert_eq!(consulted.iter().map(|row| row.span).collect::<Vec<_>>(), [place(1), place(3)]);
    assert_eq!(consulted[0].what, "`Standard_D4s_v5`");
    // Another look at the same thing is noted at the same place; advice is not noted at all.
    let facts = Facts::with(&overlays);
    assert_ne!(
        facts.twin_of_both_generations("Standard_D4s_v6").map(|size| &*size.name),
        Some("Standard_D4s_v5")
    );
    assert_eq!(facts.consulted(), []);
    facts.again().vm_size("Standard_D4s_v5");
    assert_eq!(facts.consulted().len(), 2);
}

#[test]
fn documents_narrow_what_the_api_reports_and_nothing_else_does() {
    let api = |generations| SizePatch { generations_api: Some(generations), ..SizePatch::default() };
    let generations = |name: &str, patch: SizePatch| {
        let overlays = of_size(name, patch);
        let size = Facts::with(&overlays).vm_size(name).unwrap();
        (size.generations, size.generations_api)
    };
    let (gen1, gen2, both) = (Generations::Gen1Only, Generations::Gen2Only, Generations::Both);
    // Documented to boot only Gen2, whatever the API reports.
    assert_eq!(generations("Standard_DC4as_v5", api(both)), (Some(gen2), Some(both)));
    assert_eq!(generations("Standard_D4ads_v6", api(gen2)), (Some(gen2), Some(gen2)));
    // Known from the API, which now says something else.
    assert_eq!(generations("Standard_D4s_v5", api(gen2)), (Some(gen2), Some(gen2)));
    assert_eq!(generations("Standard_D4s_v9", api(both)), (Some(both), Some(both)));
    let plainly = SizePatch { generations: Some(gen1), ..SizePatch::default() };
    assert_eq!(generations("Standard_DC4as_v5", plainly), (Some(gen1), Some(gen1)));
}

#[test]
fn of_a_new_size_what_is_not_said_is_unknown_or_implied_by_its_name() {
    let overlays = of_size("Standard_D4zs_v6", SizePatch { vcpus: Some(1), ..SizePatch::default() });
    let facts = Facts::with(&overlays);
    let size = facts.vm_size("standard_d4zs_v6").unwrap();
    assert_eq!((size.vcpus, size.vcpus_available, size.memory_gib), (Some(1), Some(1), None));
    assert!(size.below_user_pool_minimum && size.replacement().is_empty());
    assert_eq!(facts.generations("Standard_D4zs_v6"), Some(Generations::Gen2Only));
    assert_eq!(facts.architecture("Standard_D4zs_v6"), None);
    assert_eq!(facts.vm_sizes().len(), vm_size::vm_sizes().len() + 1);
    assert!(facts.vm_sizes().is_sorted_by_key(|size| size.name.to_ascii_lowercase()));
}

#[test]
fn a_value_of_os_sku_is_corrected_by_its_name_or_an_alias() {
    let says = OsSkuPatch { kubernetes_max: Some(minor("1.35")), ..OsSkuPatch::default() };
    let new = OsSkuPatch { os_type: Some(OsType::Windows), ..OsSkuPatch::default() };
    let os_skus = vec![stated("ubuntu2404", 1, says), stated("Windows2028", 2, new)];
    let overlays = Overlays::of([&Overlay { os_skus, ..Overlay::default() }]);
    let facts = Facts::with(&overlays);
    let sku = facts.os_sku("Ubuntu2404").unwrap();
    // Documents that look as far ahead as they can say nothing of what comes then; an overlay means what it says.
    assert!(os_sku::os_sku("Ubuntu2404").unwrap().k8s_max_is_horizon && !sku.k8s_max_is_horizon);
    assert_eq!((sku.k8s_max, facts.consulted().len()), (Some(minor("1.35")), 1));
    assert_eq!(facts.os_sku("windows2028").unwrap().os_type, OsType::Windows);
    assert_eq!(facts.os_skus().len(), os_sku::os_skus().len() + 1);
}

fn offers(as_of: &str, versions: &[(&str, bool, &[&str])]) -> Overlays {
    let versions = versions.iter().map(|(version, officially, patches)| {
        let patches = patches.iter().map(|patch| Patch::parse(patch).unwrap()).collect();
        let offer = Offer { officially: *officially, long_term: !officially, preview: false, patches };
        (minor(version), offer)
    });
    let says = Offers { as_of: day(as_of), versions: versions.collect() };
    Overlays::of([&Overlay { offers: vec![stated("westeurope", 1, says)], ..Overlay::default() }])
}

/// By dates: 1.33 is under long-term support since 2026-08 and 1.34 from 2026-12-01 on, 1.35 and 1.36 are supported,
/// 1.37 is planned.
#[test]
fn what_a_region_offers_overrules_dates_on_its_day_and_ends_since_then_count() {
    let overlays = offers("2026-11-20", &[("1.33", true, &[]), ("1.34", true, &[]), ("1.36", false, &[])]);
    let support = |version, as_of, region| Facts::with(&overlays).support(minor(version), day(as_of), region);
    let here = |version, as_of| support(version, as_of, Some("West Europe"));
    let asked = day("2026-11-20");
    // Offered although its dates have passed.
    assert_eq!(here("1.33", "2026-11-20"), Support::Supported);
    // Offered then; its end has come since.
    assert_eq!(here("1.34", "2026-11-30"), Support::Supported);
    assert_eq!(here("1.34", "2026-12-01"), Support::LtsOnly { until: day("2027-11-30") });
    assert!(matches!(here("1.33", "2028-01-01"), Support::Unsupported { .. }));
    // Not offered although its dates say so; a version newer than all offered may only not have come yet.
    assert_eq!(here("1.35", "2026-11-21"), Support::NotOffered { asked });
    assert!(matches!(here("1.30", "2026-11-21"), Support::Unsupported { .. }));
    assert_eq!(here("1.38", "2026-11-21"), Support::Unknown);
    assert_eq!(here("1.36", "2026-11-21"), Support::OfferedForLtsOnly { asked });
    // Other regions, an unknown one, and earlier days.
    for (as_of, region) in
        [("2026-11-21", Some("eastus")), ("2026-11-21", None), ("2026-11-19", Some("westeurope"))]
    {
        assert_eq!(support("1.35", as_of, region), Support::Supported, "{region:?}");
    }
    let facts = Facts::with(&overlays);
    assert_eq!(facts.supported(day("2026-11-21"), Some("westeurope")), [minor("1.33"), minor("1.34")]);
    assert_eq!(facts.consulted(), [], "advice is not what a finding rests on");
    facts.support(minor("1.35"), day("2026-11-21"), Some("westeurope"));
    assert_eq!(facts.consulted()[0].what, "the Kubernetes versions of westeurope");
}

#[test]
fn a_patch_version_is_outdated_if_a_newer_one_is_offered_and_it_is_not() {
    let overlays = offers("2026-11-20", &[("1.36", true, &["1.36.2", "1.36.4"]), ("1.35", true, &[])]);
    let instead =
        |version| Facts::with(&overlays).patches_instead(version, day("2026-11-21"), Some("westeurope"));
    assert_eq!(instead("1.36.1"), Some(vec!["1.36.2".to_owned(), "1.36.4".to_owned()]));
    assert_eq!(instead("1.36.3").map(|all| all.len()), Some(2));
    for fine in ["1.36", "1.36.2", "1.36.4", "1.36.5", "1.35.1", "1.34.1", "1.36.1-beta", "x"] {
        assert_eq!(instead(fine), None, "{fine}");
    }
}

#[test]
fn new_dates_and_new_versions_are_taken() {
    let ends = VersionPatch { end_of_life: Some(day("2027-06-30")), ..VersionPatch::default() };
    let ga = DateRange { earliest: day("2027-02-01"), latest: day("2027-02-28") };
    let new = VersionPatch { ga: Some(ga), end_of_life: Some(day("2028-02-29")), ..VersionPatch::default() };
    let kubernetes_versions = vec![stated("1.34", 1, ends), stated("1.38", 2, new)];
    let overlays = Overlays::of([&Overlay { kubernetes_versions, ..Overlay::default() }]);
    let facts = Facts::with(&overlays);
    assert_eq!(facts.support(minor("1.34"), day("2027-06-30"), None), Support::Supported);
    assert_eq!(facts.support(minor("1.38"), day("2027-02-01"), None), Support::Supported);
    assert_eq!(facts.support(minor("1.38"), day("2027-01-31"), None), Support::NotYet { from: ga.earliest });
    assert_eq!(facts.kubernetes_versions().last().unwrap().version, minor("1.38"));
    assert_eq!(crate::facts::source(Topic::Kubernetes, "nothing"), None);
}

#[test]
fn without_overlays_nothing_is_kept() {
    assert!(Overlays::of([]).is_none() && Overlays::default().heads().is_empty());
    assert_eq!(size_of::<Overlays>(), size_of::<usize>());
}
