//! What the Azure CLI prints, as an overlay: `az vm list-skus` and `az aks get-versions`.
//!
//! The CLI prints the answers of two of Azure's APIs: Resource SKUs
//! (<https://learn.microsoft.com/rest/api/compute/resource-skus/list>) and the Kubernetes versions of a location
//! (<https://learn.microsoft.com/rest/api/aks/managed-clusters/list-kubernetes-versions>).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{LONG_TERM, OFFERS, OFFICIAL, PLACEMENTS, VERSION};
use crate::facts::{Date, Facts, Minor, Overlays, Patch, region_id};
use crate::source::FileId;

/// An overlay in the making.
#[derive(Debug, Default)]
pub struct Imported {
    /// By name: what the API says and the tables do not.
    sizes: BTreeMap<String, Map<String, Value>>,
    /// By region and version.
    offers: BTreeMap<String, BTreeMap<Minor, Value>>,
}

/// Adds what one answer says. Where it is for one region only, or does not say for which, `location` names it.
///
/// # Errors
///
/// A sentence without a full stop: it is no such answer, or `location` is missing.
pub fn import(imported: &mut Imported, answer: &Value, location: Option<&str>) -> Result<(), String> {
    // The API's own answers wrap the list that the CLI prints.
    let list = answer.as_array().or_else(|| answer["value"].as_array());
    if let Some(skus) = list {
        let sizes: Vec<&Value> =
            skus.iter().filter(|sku| text(sku, "resourceType") == Some("virtualMachines")).collect();
        if sizes.is_empty() {
            return Err("a list without VM sizes: `az vm list-skus -o json` prints one with them".to_owned());
        }
        let found = sizes.into_iter().filter(|sku| imported.size(sku, location)).count();
        return match (found, location) {
            (0, Some(location)) => Err(format!("a list without VM sizes of {}", region_id(location))),
            _ => Ok(()),
        };
    }
    let (versions, read): (_, fn(&mut Offered, &Value)) =
        match (answer["values"].as_array(), answer["orchestrators"].as_array()) {
            (Some(versions), _) => (versions, Offered::minor),
            (None, Some(versions)) => (versions, Offered::patch),
            (None, None) => {
                return Err(
                    "neither what `az vm list-skus -o json` nor what `az aks get-versions -o json` prints"
                        .to_owned(),
                );
            }
        };
    let within = |id: &str| Some(id.split_once("/locations/")?.1.split('/').next()?.to_owned());
    let own = text(answer, "id").and_then(within);
    let Some(region) = location.map(str::to_owned).or(own) else {
        return Err("what `az aks get-versions` prints does not say for which region; say so with \
                    --location, such as --location westeurope"
            .to_owned());
    };
    let mut offered = Offered::default();
    versions.iter().for_each(|version| read(&mut offered, version));
    if offered.0.is_empty() {
        return Err("a list without Kubernetes versions".to_owned());
    }
    let versions = offered.0.into_iter().map(|(minor, offer)| (minor, offer.into_json()));
    imported.offers.insert(region_id(&region), versions.collect());
    Ok(())
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str()
}

fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    value[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Versions that a region offers.
#[derive(Default)]
struct Offered(BTreeMap<Minor, OfferedVersion>);

#[derive(Default)]
struct OfferedVersion {
    plans: Vec<String>,
    preview: bool,
    patches: Vec<Patch>,
}

impl Offered {
    /// An element of `values`, one for each minor version.
    fn minor(&mut self, version: &Value) {
        let Some(minor) = text(version, "version").and_then(Minor::parse) else { return };
        let offer = self.0.entry(minor).or_default();
        offer.plans = texts(&version["capabilities"], "supportPlan").into_iter().map(str::to_owned).collect();
        offer.preview = version["isPreview"].as_bool().unwrap_or(false);
        let patches = version["patchVersions"].as_object().into_iter().flat_map(Map::keys);
        offer.patches.extend(patches.filter_map(|patch| Patch::parse(patch)));
    }

    /// An element of `orchestrators`, one for each patch version, as older releases of the CLI print it.
    fn patch(&mut self, version: &Value) {
        let Some(patch) = text(version, "orchestratorVersion").and_then(Patch::parse) else { return };
        let offer = self
            .0
            .entry(patch.minor)
            .or_insert_with(|| OfferedVersion { preview: true, ..OfferedVersion::default() });
        // A minor version is a preview as long as every patch of it is.
        offer.preview &= version["isPreview"].as_bool().unwrap_or(false);
        offer.patches.push(patch);
    }
}

impl OfferedVersion {
    fn into_json(mut self) -> Value {
        self.patches.sort_unstable();
        self.patches.dedup();
        let patches: Vec<String> = self.patches.iter().map(Patch::to_string).collect();
        let mut offer = Map::new();
        if self.preview {
            offer.insert("preview".to_owned(), json!(true));
        }
        let plans: Vec<&str> = [OFFICIAL, LONG_TERM]
            .into_iter()
            .filter(|plan| self.plans.iter().any(|has| has == plan))
            .collect();
        if !plans.is_empty() {
            offer.insert("support_plans".to_owned(), json!(plans));
        }
        offer.insert("patches".to_owned(), json!(patches));
        Value::Object(offer)
    }
}

impl Imported {
    /// A VM size in its regions, if it is in one of interest; an answer for several regions has it several times.
    fn size(&mut self, sku: &Value, only: Option<&str>) -> bool {
        let Some(name) = text(sku, "name") else { return false };
        let only = only.map(region_id);
        let is_wanted = |region: &str| only.as_ref().is_none_or(|only| *only == region_id(region));
        let regions: Vec<&str> =
            texts(sku, "locations").into_iter().filter(|region| is_wanted(region)).collect();
        if regions.is_empty() {
            return false;
        }
        // What a size can do does not depend on the region.
        let entry = self.sizes.entry(name.to_owned()).or_insert_with(|| {
            let capabilities = sku["capabilities"].as_array().into_iter().flatten();
            let capabilities = capabilities
                .filter_map(|capability| Some((text(capability, "name")?, text(capability, "value")?)));
            let news = values(&capabilities.collect()).into_iter();
            news.filter(|(key, value)| is_news(name, key, value))
                .map(|(key, value)| (key.to_owned(), value))
                .collect()
        });
        let all = entry.entry("regions").or_insert_with(|| json!({}));
        for region in regions {
            let facts = region_facts(sku, region);
            if let Some(all) = all.as_object_mut() {
                all.insert(region_id(region), facts);
            }
        }
        true
    }

    /// How many sizes and regions with versions there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.sizes.len(), self.offers.len())
    }

    /// The overlay file, one line for each size and version, so that versions of it can be compared.
    pub fn to_text(&self, as_of: Date) -> String {
        let commands =
            [("az vm list-skus", self.sizes.is_empty()), ("az aks get-versions", self.offers.is_empty())];
        let commands = commands.into_iter().filter(|(_, without)| !without).map(|(command, _)| command);
        let mut out = format!(
            "{{\n  \"akslint_facts\": {VERSION},\n  \"as_of\": {},\n  \"source\": {}",
            json!(as_of.to_string()),
            json!(commands.collect::<Vec<_>>().join(", "))
        );
        let object = |rows: Vec<String>, indent: &str| match rows.is_empty() {
            true => "{}".to_owned(),
            false => format!("{{\n{}\n{indent}}}", rows.join(",\n")),
        };
        if !self.sizes.is_empty() {
            let rows =
                self.sizes.iter().map(|(name, entry)| format!("    {}: {}", json!(name), json!(entry)));
            out.push_str(&format!(",\n  \"vm_sizes\": {}", object(rows.collect(), "  ")));
        }
        if !self.offers.is_empty() {
            let rows = self.offers.iter().map(|(region, versions)| {
                let versions = versions
                    .iter()
                    .map(|(minor, offer)| format!("      {}: {offer}", json!(minor.to_string())));
                format!("    {}: {}", json!(region), object(versions.collect(), "    "))
            });
            out.push_str(&format!(",\n  \"{OFFERS}\": {}", object(rows.collect(), "  ")));
        }
        out.push_str("\n}\n");
        out
    }
}

/// What the API says of a size in a region: its zones, and what keeps the subscription from it.
fn region_facts(sku: &Value, region: &str) -> Value {
    let is_here = |other: &str| region_id(other) == region_id(region);
    let mut facts = Map::new();
    let infos = sku["locationInfo"].as_array().into_iter().flatten();
    let here = infos.filter(|info| text(info, "location").is_some_and(is_here));
    let mut zones: Vec<&str> = here.flat_map(|info| texts(info, "zones")).collect();
    zones.sort_unstable();
    zones.dedup();
    facts.insert("zones".to_owned(), json!(zones));
    for restriction in sku["restrictions"].as_array().into_iter().flatten() {
        let info = &restriction["restrictionInfo"];
        let mut places = texts(info, "locations");
        if places.is_empty() {
            places = texts(restriction, "values");
        }
        if !places.into_iter().any(is_here) {
            continue;
        }
        match text(restriction, "type") {
            Some("Location") => {
                let reason = text(restriction, "reasonCode").unwrap_or("NotAvailableForSubscription");
                facts.insert("restricted".to_owned(), json!(reason));
            }
            Some("Zone") => {
                let mut zones = texts(info, "zones");
                zones.sort_unstable();
                facts.insert("restricted_zones".to_owned(), json!(zones));
            }
            _ => {}
        }
    }
    Value::Object(facts)
}

/// The capabilities that overlays have keys for. What the API does not say, or says in a way that is not known
/// here, is left out.
fn values(capabilities: &BTreeMap<&str, &str>) -> Vec<(&'static str, Value)> {
    let get = |name: &str| capabilities.get(name).copied();
    let whole = |name: &str| get(name)?.parse::<u32>().ok().map(Value::from);
    let boolean = |name: &str| match get(name)? {
        "True" => Some(json!(true)),
        "False" => Some(json!(false)),
        _ => None,
    };
    let several = |name: &str, words: &[(&str, &'static str)]| {
        let parts = get(name)?.split(',').map(str::trim);
        let known = parts.map(|part| words.iter().find(|(word, _)| *word == part).map(|(_, ours)| *ours));
        known.collect::<Option<Vec<&str>>>().filter(|all| !all.is_empty()).map(|all| json!(all))
    };
    let gib = |name: &str, of: u64| Some(json!(get(name)?.parse::<u64>().ok()? / of));
    let placements = PLACEMENTS.map(|(word, _)| (word, word));
    let rows = [
        ("generations_api", several("HyperVGenerations", &[("V1", "Gen1"), ("V2", "Gen2")])),
        (
            "architecture",
            several("CpuArchitectureType", &[("x64", "x64"), ("Arm64", "Arm64")])
                .map(|mut all| all[0].take()),
        ),
        ("vcpus", whole("vCPUs")),
        ("vcpus_available", whole("vCPUsAvailable")),
        ("memory_gib", get("MemoryGB").and_then(|text| text.parse::<f64>().ok()).map(Value::from)),
        ("gpus", whole("GPUs")),
        ("premium_io", boolean("PremiumIO")),
        ("trusted_launch", boolean("TrustedLaunchDisabled").map(|off| json!(off != true))),
        ("accelerated_networking", boolean("AcceleratedNetworkingEnabled")),
        ("disk_controllers", several("DiskControllerTypes", &[("SCSI", "SCSI"), ("NVMe", "NVMe")])),
        ("ephemeral_os_disk", boolean("EphemeralOSDiskSupported")),
        ("ephemeral_os_disk_placements", several("SupportedEphemeralOSDiskPlacements", &placements)),
        ("cache_gib", gib("CachedDiskBytes", 1 << 30)),
        ("temp_gib", gib("MaxResourceVolumeMB", 1 << 10)),
        ("nvme_gib", gib("NvmeDiskSizeInMiB", 1 << 10)),
        ("encryption_at_host", boolean("EncryptionAtHostSupported")),
        ("max_data_disks", whole("MaxDataDiskCount")),
        ("max_nics", whole("MaxNetworkInterfaces")),
        (
            "confidential",
            get("ConfidentialComputingType")
                .filter(|kind| ["SNP", "TDX", "SGX"].contains(kind))
                .map(Value::from),
        ),
        ("retires_on", get("RetirementDateUtc").and_then(retirement).map(|date| json!(date.to_string()))),
    ];
    rows.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// `11/15/2028`, with or without a time. The year 9999 stands for no retirement.
fn retirement(text: &str) -> Option<Date> {
    let day = text.split([' ', 'T']).next()?;
    let date = Date::parse(day).or_else(|| {
        let mut parts = day.split('/');
        let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
        Date::parse(&format!("{year:0>4}-{month:0>2}-{day:0>2}"))
    })?;
    (date.year < 9999).then_some(date)
}

/// Whether the tables do not say this of the size already.
fn is_news(name: &str, key: &str, value: &Value) -> bool {
    let overlay = json!({
        "akslint_facts": VERSION,
        "as_of": crate::facts::AS_OF.to_string(),
        "vm_sizes": { name: { key: value } },
    });
    // What cannot be read back, such as a number out of all bounds, is left out.
    let Ok(overlay) = super::read(FileId(0), &overlay.to_string()) else { return false };
    let overlays = Overlays::of([&overlay]);
    let with = Facts::with(&overlays);
    with.vm_size(name).is_some() && !with.consulted().is_empty()
}
