//! Overlay files: facts about Azure that people put over the tables. [`read`] understands one, `import` makes one
//! of what the Azure CLI prints. The form of the files is `schemas/facts.schema.json`.

mod import;
mod reader;

use crate::facts::{
    Architecture, Confidential, Date, DateRange, DefaultGeneration, DiskControllers, Facts, Generations,
    Minor, Offer, Offers, OsSkuPatch, OsSkuStatus, OsType, Overlay, Patch, Placement, SizeInRegion,
    SizePatch, Stated, VersionPatch,
};
use crate::source::{FileId, Span};
use crate::syntax::{SyntaxError, json};
pub use import::{Imported, import};
use reader::{Entry, Reader};

/// The version of the form, the value of `akslint_facts`.
pub const VERSION: i64 = 1;

/// How many errors of one file are told.
const ERRORS: usize = 20;

/// Reads an overlay file.
///
/// # Errors
///
/// What is wrong with it, in the order of the text, as far as it is told.
pub fn read(file: FileId, text: &str) -> Result<Overlay, Vec<SyntaxError>> {
    let (tree, mut errors) = json::parse(file, text);
    let mut overlay = Overlay::default();
    if let Some(tree) = tree.filter(|_| errors.is_empty()) {
        let mut reader = Reader::default();
        if let Some(entry) = reader.object(&tree) {
            overlay = document(&mut reader, &entry);
        }
        errors = reader.errors;
    }
    if errors.is_empty() {
        return Ok(overlay);
    }
    errors.sort_by_key(|error| error.span);
    let more = errors.len().saturating_sub(ERRORS);
    errors.truncate(ERRORS);
    if let (Some(last), 1..) = (errors.last_mut(), more) {
        last.message.push_str(&format!("; and {more} more errors in this file"));
    }
    Err(errors)
}

const KEYS: [&str; 8] =
    ["$schema", "akslint_facts", "as_of", "source", "vm_sizes", "os_skus", "kubernetes_versions", OFFERS];
const OFFERS: &str = "kubernetes_offers";

fn document(reader: &mut Reader, entry: &Entry<'_>) -> Overlay {
    reader.known(entry, &KEYS);
    reader.string(entry, "$schema");
    reader.string(entry, "source");
    match entry.get("akslint_facts").map(|node| (node.as_i64(), node.span)) {
        Some((Some(VERSION), _)) => {}
        Some((Some(other), span)) => {
            reader
                .complain(span, format!("version {other} of the form is not known here, only {VERSION} is"));
        }
        Some((None, span)) => reader.complain(span, format!("`akslint_facts` is {VERSION}")),
        None => reader.complain(
            entry.start(),
            format!("`akslint_facts` is missing: an overlay says `\"akslint_facts\": {VERSION}`"),
        ),
    }
    let as_of = reader.date(entry, "as_of");
    if entry.get("as_of").is_none() {
        reader.complain(entry.start(), "`as_of` is missing: the day on which the facts were gathered");
    }
    let as_of = as_of.unwrap_or(crate::facts::AS_OF);
    Overlay {
        head: entry.members().find(|(key, ..)| *key == "akslint_facts").map(|(_, span, _)| span),
        vm_sizes: reader.named(entry, "vm_sizes", vm_size),
        os_skus: reader.named(entry, "os_skus", os_sku),
        kubernetes_versions: reader.named(entry, "kubernetes_versions", kubernetes_version),
        offers: reader.named(entry, OFFERS, |reader, _, _, entry| Some(offers(reader, entry, as_of))),
    }
}

const SIZE_KEYS: [&str; 25] = [
    "generations",
    "generations_api",
    "architecture",
    "vcpus",
    "vcpus_available",
    "memory_gib",
    "confidential",
    "gpus",
    "premium_io",
    "trusted_launch",
    "accelerated_networking",
    "disk_controllers",
    "ephemeral_os_disk",
    "ephemeral_os_disk_placements",
    "cache_gib",
    "temp_gib",
    "nvme_gib",
    "encryption_at_host",
    "max_data_disks",
    "max_nics",
    "aks_restricted",
    "announced_on",
    "retires_on",
    "replaced_by",
    "regions",
];

const ARCHITECTURES: [(&str, Architecture); 2] = [("x64", Architecture::X64), ("Arm64", Architecture::Arm64)];
const CONFIDENTIAL: [(&str, Confidential); 3] =
    [("SNP", Confidential::Snp), ("TDX", Confidential::Tdx), ("SGX", Confidential::Sgx)];

fn vm_size(reader: &mut Reader, name: &str, span: Span, entry: &Entry<'_>) -> Option<SizePatch> {
    let lower = name.to_ascii_lowercase();
    let is_name = ["standard_", "basic_"].iter().any(|tier| lower.starts_with(tier))
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !is_name {
        reader.complain(span, format!("`{name}` is no VM size: one is written as `Standard_D4s_v5`"));
    }
    reader.known(entry, &SIZE_KEYS);
    Some(SizePatch {
        generations: generations(reader, entry, "generations"),
        generations_api: generations(reader, entry, "generations_api"),
        architecture: reader.word(entry, "architecture", &ARCHITECTURES),
        vcpus: reader.number(entry, "vcpus"),
        vcpus_available: reader.number(entry, "vcpus_available"),
        memory_gib: reader.float(entry, "memory_gib"),
        confidential: reader
            .nullable(entry, "confidential", |reader| reader.word(entry, "confidential", &CONFIDENTIAL)),
        gpus: reader.number(entry, "gpus"),
        premium_io: reader.boolean(entry, "premium_io"),
        trusted_launch: reader.boolean(entry, "trusted_launch"),
        accelerated_networking: reader.boolean(entry, "accelerated_networking"),
        disk_controllers: disk_controllers(reader, entry),
        ephemeral_os_disk: reader.boolean(entry, "ephemeral_os_disk"),
        ephemeral_os_disk_placements: placements(reader, entry),
        cache_gib: reader.number(entry, "cache_gib"),
        temp_gib: reader.number(entry, "temp_gib"),
        nvme_gib: reader.number(entry, "nvme_gib"),
        encryption_at_host: reader.boolean(entry, "encryption_at_host"),
        max_data_disks: reader.number(entry, "max_data_disks"),
        max_nics: reader.number(entry, "max_nics"),
        aks_restricted: reader.boolean(entry, "aks_restricted"),
        announced_on: reader.date(entry, "announced_on"),
        retires_on: reader.nullable(entry, "retires_on", |reader| reader.date(entry, "retires_on")),
        replaced_by: reader.strings(entry, "replaced_by"),
        regions: reader.named(entry, "regions", |reader, _, _, entry| {
            reader.known(entry, &["zones", "restricted_zones", "restricted"]);
            Some(SizeInRegion {
                zones: reader.strings(entry, "zones"),
                restricted_zones: reader.strings(entry, "restricted_zones").unwrap_or_default(),
                restricted: reader.string(entry, "restricted"),
            })
        }),
    })
}

fn generations(reader: &mut Reader, entry: &Entry<'_>, key: &str) -> Option<Generations> {
    let words = reader.words(entry, key, &[("Gen1", 1), ("Gen2", 2)])?;
    match (words.contains(&1), words.contains(&2)) {
        (true, true) => Some(Generations::Both),
        (true, false) => Some(Generations::Gen1Only),
        (false, true) => Some(Generations::Gen2Only),
        (false, false) => None,
    }
}

fn disk_controllers(reader: &mut Reader, entry: &Entry<'_>) -> Option<DiskControllers> {
    let words = reader.words(entry, "disk_controllers", &[("SCSI", 1), ("NVMe", 2)])?;
    match (words.contains(&1), words.contains(&2)) {
        (true, true) => Some(DiskControllers::Both),
        (true, false) => Some(DiskControllers::Scsi),
        (false, true) => Some(DiskControllers::Nvme),
        (false, false) => None,
    }
}

const PLACEMENTS: [(&str, Placement); 3] = [
    ("ResourceDisk", Placement::ResourceDisk),
    ("CacheDisk", Placement::CacheDisk),
    ("NvmeDisk", Placement::NvmeDisk),
];

fn placements(reader: &mut Reader, entry: &Entry<'_>) -> Option<&'static [Placement]> {
    use Placement::{CacheDisk, NvmeDisk, ResourceDisk};
    let key = "ephemeral_os_disk_placements";
    let has = reader.words(entry, key, &PLACEMENTS)?;
    // In the order of the tables, whatever the order in the file.
    Some(match (has.contains(&ResourceDisk), has.contains(&CacheDisk), has.contains(&NvmeDisk)) {
        (false, false, false) => &[],
        (true, false, false) => &[ResourceDisk],
        (false, true, false) => &[CacheDisk],
        (false, false, true) => &[NvmeDisk],
        (true, true, false) => &[ResourceDisk, CacheDisk],
        (true, false, true) => &[ResourceDisk, NvmeDisk],
        (false, true, true) => &[CacheDisk, NvmeDisk],
        (true, true, true) => &[ResourceDisk, CacheDisk, NvmeDisk],
    })
}

const OS_SKU_KEYS: [&str; 12] = [
    "os_type",
    "status",
    "kubernetes_min",
    "kubernetes_max",
    "retired_on",
    "images_removed_on",
    "new_pools_blocked_on",
    "default_generation",
    "windows_build",
    "runs_windows_builds",
    "requires_fips",
    "replacement",
];

fn os_sku(reader: &mut Reader, name: &str, span: Span, entry: &Entry<'_>) -> Option<OsSkuPatch> {
    reader.known(entry, &OS_SKU_KEYS);
    let patch = OsSkuPatch {
        os_type: reader.word(entry, "os_type", &[("Linux", OsType::Linux), ("Windows", OsType::Windows)]),
        status: reader.word(
            entry,
            "status",
            &[
                ("ga", OsSkuStatus::Ga),
                ("preview", OsSkuStatus::Preview),
                ("deprecated", OsSkuStatus::Deprecated),
                ("retired", OsSkuStatus::Retired),
                ("invalid", OsSkuStatus::Invalid),
            ],
        ),
        kubernetes_min: reader.minor(entry, "kubernetes_min"),
        kubernetes_max: reader.minor(entry, "kubernetes_max"),
        retired_on: reader.date(entry, "retired_on"),
        images_removed_on: reader.date(entry, "images_removed_on"),
        new_pools_blocked_on: reader.date(entry, "new_pools_blocked_on"),
        default_generation: reader.word(
            entry,
            "default_generation",
            &[
                ("gen2_if_size_supports", DefaultGeneration::Gen2IfSizeSupports),
                ("gen2_only", DefaultGeneration::Gen2Only),
                ("gen1_only", DefaultGeneration::Gen1Only),
                ("gen1_unless_header", DefaultGeneration::Gen1UnlessHeader),
            ],
        ),
        windows_build: reader.number(entry, "windows_build"),
        runs_windows_builds: reader.numbers(entry, "runs_windows_builds"),
        requires_fips: reader.boolean(entry, "requires_fips"),
        replacement: reader.string(entry, "replacement"),
    };
    if patch.os_type.is_none() && Facts::embedded().os_sku(name).is_none() {
        reader.complain(span, format!("`{name}` is new: say its `os_type`, \"Linux\" or \"Windows\""));
    }
    Some(patch)
}

fn kubernetes_version(
    reader: &mut Reader,
    name: &str,
    span: Span,
    entry: &Entry<'_>,
) -> Option<VersionPatch> {
    reader.known(entry, &["ga", "end_of_life", "lts_end_of_life", "planned"]);
    let patch = VersionPatch {
        ga: reader.range(entry, "ga"),
        end_of_life: reader.range(entry, "end_of_life").map(|range| range.latest),
        lts_end_of_life: reader.nullable(entry, "lts_end_of_life", |reader| {
            reader.range(entry, "lts_end_of_life").map(|range| range.latest)
        }),
        planned: reader.boolean(entry, "planned"),
    };
    let Some(minor) = minor_version(name) else {
        reader.complain(span, format!("`{name}` is no minor version: one is written as `1.34`"));
        return None;
    };
    let known = Facts::embedded().kubernetes_version(minor);
    if known.is_none() && (patch.ga.is_none() || patch.end_of_life.is_none()) {
        reader
            .complain(span, format!("Kubernetes {minor} is new: say when it is `ga` and its `end_of_life`"));
        return None;
    }
    let ga = patch.ga.or(known.map(|row| row.aks_ga));
    let eol = patch.end_of_life.or(known.map(|row| row.eol));
    let lts = patch.lts_end_of_life.unwrap_or(known.and_then(|row| row.lts_eol));
    if ga.zip(eol).is_some_and(|(ga, eol)| eol <= ga.earliest) {
        reader.complain(span, format!("Kubernetes {minor} ends before it begins"));
    } else if lts.zip(eol).is_some_and(|(lts, eol)| lts < eol) {
        reader.complain(span, format!("long-term support of Kubernetes {minor} ends before its end of life"));
    }
    Some(patch)
}

fn minor_version(text: &str) -> Option<Minor> {
    Minor::parse(text).filter(|minor| minor.to_string() == text)
}

fn offers(reader: &mut Reader, entry: &Entry<'_>, as_of: Date) -> Offers {
    let mut offers = Offers { as_of, versions: Default::default() };
    for (name, span, node) in entry.members() {
        let Some(minor) = minor_version(name) else {
            reader.complain(span, format!("`{name}` is no minor version: one is written as `1.34`"));
            continue;
        };
        let Some(entry) = reader.object(node) else { continue };
        reader.known(&entry, &["support_plans", "preview", "patches"]);
        let plans = [(OFFICIAL, true), (LONG_TERM, false)];
        let plans = reader.words(&entry, "support_plans", &plans).unwrap_or_else(|| vec![true]);
        let mut patches = std::collections::BTreeSet::new();
        for (text, span) in reader.spanned_strings(&entry, "patches") {
            match Patch::parse(&text).filter(|patch| patch.minor == minor && patch.to_string() == text) {
                Some(patch) => _ = patches.insert(patch),
                None => reader.complain(span, format!("`{text}` is no patch version of {minor}")),
            }
        }
        offers.versions.insert(
            minor,
            Offer {
                officially: plans.contains(&true),
                long_term: plans.contains(&false),
                preview: reader.boolean(&entry, "preview").unwrap_or(false),
                patches,
            },
        );
    }
    offers
}

/// The support plans of AKS, as its API names them.
const OFFICIAL: &str = "KubernetesOfficial";
const LONG_TERM: &str = "AKSLongTermSupport";

#[cfg(test)]
mod tests;
