//! `akslint facts`: the tables, one row with where each part of it comes from, and `facts import`.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{Facts as Args, FactsCommand, FactsImport, FactsTable, Input, ListFormat};
use super::{find, flags_of, lists, print};
use crate::facts::{
    self, Confidential, Date, DiskControllers, Evidence, Facts, Listing, Minor, OsSku, Overlays, Topic,
    VmSize,
};
use crate::output::json::pretty;
use crate::output::text::{count, one_line, table};
use crate::overlay::{self, Imported};
use crate::suggest::nearest;

/// The most that is read of what the Azure CLI printed: all sizes in all regions are some tens of megabytes.
const MAX_ANSWER: u64 = 512 << 20;

/// Does what the arguments ask for.
pub(super) fn run(args: &Args) -> Result<(), String> {
    if let Some(FactsCommand::Import(args)) = &args.command {
        return import(args);
    }
    let layers = layers(args)?;
    let all = layers.last().map(|(_, overlays)| overlays.clone()).unwrap_or_default();
    match (args.table, &args.name) {
        (Some(table), Some(name)) => print(&one(table, name, &layers, args.format)?),
        (table, _) => {
            let from: Vec<String> = layers.iter().map(|(path, _)| path.clone()).collect();
            print(&lists::facts(&Facts::with(&all), &from, table, args.format))
        }
    }
}

/// The overlays that hold in the current directory: the path of each as it is shown, and it with all before it.
fn layers(args: &Args) -> Result<Vec<(String, Overlays)>, String> {
    let input = Input {
        facts: args.facts.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        ..Input::default()
    };
    let (sources, config, ..) = find(&input, flags_of(&input))?;
    let here = std::env::current_dir().unwrap_or_default();
    let mut settings = config.at(&here.join(crate::config::FILE_NAME));
    let mut layers = Vec::new();
    let every = settings.facts.clone();
    for end in 1..=every.len() {
        settings.facts = every.iter().take(end).cloned().collect();
        let path = settings.facts.last().map(|set| sources.display(&set.value)).unwrap_or_default();
        layers.push((one_line(&path), config.overlaid(&settings)));
    }
    Ok(layers)
}

/// What is known of something, a value for each field.
type Fields = Vec<(String, Value)>;

/// One row: every value, and from where.
fn one(
    which: FactsTable,
    name: &str,
    layers: &[(String, Overlays)],
    format: ListFormat,
) -> Result<String, String> {
    let fields = |overlays: &Overlays| fields(which, name, &Facts::with(overlays));
    let built_in = fields(&Overlays::default());
    let mut states: Vec<(&str, Option<Fields>)> = vec![("built in", built_in)];
    states.extend(layers.iter().map(|(path, overlays)| (path.as_str(), fields(overlays))));
    let Some((_, Some(last))) = states.last() else {
        let all = layers.last().map(|(_, overlays)| overlays.clone()).unwrap_or_default();
        return Err(unknown(which, name, &Facts::with(&all)));
    };
    let value_in = |state: &Option<Fields>, field: &str| {
        state.as_ref()?.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone())
    };
    let rows: Vec<(&str, &Value, &str)> = last
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(field, value)| {
            // Whoever said last what stands there, and did not only repeat it.
            let mut from = "built in";
            let mut before: Option<Value> = None;
            for (path, state) in &states {
                let now = value_in(state, field).filter(|value| !value.is_null());
                if now.is_some() && now != before {
                    from = *path;
                }
                before = now;
            }
            (field.as_str(), value, from)
        })
        .collect();
    let sources = sources(which, name);
    Ok(match format {
        ListFormat::Json => {
            let facts: Vec<Value> = rows
                .iter()
                .map(|(field, value, from)| json!({ "field": field, "value": value, "from": from }))
                .collect();
            pretty(&json!({ "name": name, "facts": facts, "sources": sources }))
        }
        ListFormat::Text => {
            let lines: Vec<Vec<String>> = rows
                .iter()
                .map(|(field, value, from)| vec![(*field).to_owned(), lists::cell(value), (*from).to_owned()])
                .collect();
            let mut out = table(&lines, "");
            if !sources.is_empty() {
                out.push_str("\nbuilt in from\n");
                sources.iter().for_each(|source| out.push_str(&format!("  {source}\n")));
            }
            out
        }
    })
}

fn unknown(which: FactsTable, name: &str, facts: &Facts<'_>) -> String {
    let (what, names): (_, Vec<String>) = match which {
        FactsTable::VmSizes => {
            ("VM size", facts.vm_sizes().iter().map(|size| size.name.to_string()).collect())
        }
        FactsTable::OsSkus => ("OS SKU", facts.os_skus().iter().map(|sku| sku.name.to_string()).collect()),
        FactsTable::KubernetesVersions => (
            "Kubernetes version",
            facts.kubernetes_versions().iter().map(|row| row.version.to_string()).collect(),
        ),
    };
    let hint = nearest(name, names.iter().map(String::as_str))
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    format!("nothing is known of the {what} {}{hint}", one_line(name))
}

fn sources(which: FactsTable, name: &str) -> Vec<&'static str> {
    let facts = Facts::embedded();
    let of = |topic, keys: &[&str]| keys.iter().filter_map(|key| facts::source(topic, key)).collect();
    match which {
        FactsTable::VmSizes => {
            facts.vm_size(name).map(|size| of(Topic::VmSizes, size.sources)).unwrap_or_default()
        }
        FactsTable::OsSkus => {
            facts.os_sku(name).map(|sku| of(Topic::OsSkus, sku.sources)).unwrap_or_default()
        }
        FactsTable::KubernetesVersions => Minor::parse(name)
            .and_then(|minor| facts.kubernetes_version(minor))
            .map(|row| of(Topic::Kubernetes, row.sources))
            .unwrap_or_default(),
    }
}

fn fields(which: FactsTable, name: &str, facts: &Facts<'_>) -> Option<Fields> {
    match which {
        FactsTable::VmSizes => size_fields(name, facts),
        FactsTable::OsSkus => facts.os_sku(name).map(os_sku_fields),
        FactsTable::KubernetesVersions => version_fields(name, facts),
    }
}

fn named(rows: Vec<(&str, Value)>) -> Fields {
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn size_fields(name: &str, facts: &Facts<'_>) -> Option<Fields> {
    let Some(size) = facts.vm_size(name) else {
        // The name itself may say something.
        let generations = facts.generations(name)?;
        let mut fields = vec![("generations", lists::generations(Some(generations)))];
        fields.push(("generations_from", json!("series_rule")));
        fields.push(("architecture", lists::architecture(facts.architecture(name))));
        return Some(named(fields));
    };
    let VmSize { ephemeral, .. } = size;
    let in_tables = facts.generations(name) == Facts::embedded().generations(name);
    let evidence = in_tables.then_some(match size.generations_from {
        Evidence::Api => "api",
        Evidence::Docs => "docs",
        Evidence::SeriesRule => "series_rule",
    });
    let mut fields = named(vec![
        ("name", json!(size.name)),
        ("series", json!(size.series)),
        ("category", json!(size.category)),
        ("generations", lists::generations(facts.generations(name))),
        ("generations_from", json!(evidence)),
        ("generations_api", lists::generations(size.generations_api)),
        ("architecture", lists::architecture(facts.architecture(name))),
        ("vcpus", json!(size.vcpus)),
        ("vcpus_available", json!(size.vcpus_available)),
        ("memory_gib", json!(size.memory_gib)),
        (
            "confidential",
            json!(size.confidential.map(|confidential| match confidential {
                Confidential::Snp => "SNP",
                Confidential::Tdx => "TDX",
                Confidential::Sgx => "SGX",
            })),
        ),
        ("gpus", json!(size.gpus)),
        ("premium_io", json!(size.premium_io)),
        ("trusted_launch", json!(size.trusted_launch)),
        ("accelerated_networking", json!(size.accelerated_networking)),
        (
            "disk_controllers",
            json!(size.disk_controllers.map(|controllers| match controllers {
                DiskControllers::Scsi => vec!["SCSI"],
                DiskControllers::Nvme => vec!["NVMe"],
                DiskControllers::Both => vec!["SCSI", "NVMe"],
            })),
        ),
        ("ephemeral_os_disk", json!(ephemeral.supported)),
        (
            "ephemeral_os_disk_placements",
            json!(
                ephemeral
                    .placements
                    .map(|all| { all.iter().map(|placement| format!("{placement:?}")).collect::<Vec<_>>() })
            ),
        ),
        ("cache_gib", json!(size.cache_gib)),
        ("temp_gib", json!(size.temp_gib)),
        ("nvme_gib", json!(size.nvme_gib)),
        ("encryption_at_host", json!(size.encryption_at_host)),
        ("max_data_disks", json!(size.max_data_disks)),
        ("max_nics", json!(size.max_nics)),
        ("aks_restricted", json!(size.aks_restricted)),
        (
            "listing",
            json!(match size.listing {
                Listing::Listed => "listed",
                Listing::DocumentedOnly => "documented_only",
                Listing::NotListed => "not_listed",
                Listing::Withdrawn => "withdrawn",
            }),
        ),
        ("announced_on", lists::date(size.announced_on)),
        ("retires_on", lists::date(size.retires_on)),
        (
            "replaced_by",
            Some(size.replacement()).filter(|all| !all.is_empty()).map_or(Value::Null, |all| json!(all)),
        ),
    ]);
    for (region, here) in facts.regions_of(name) {
        let mut field = |name: &str, value: Value| fields.push((format!("{name} in {region}"), value));
        field("zones", json!(here.zones));
        if !here.restricted_zones.is_empty() {
            field("restricted_zones", json!(here.restricted_zones));
        }
        field("restricted", json!(here.restricted));
    }
    Some(fields)
}

fn os_sku_fields(sku: &OsSku) -> Fields {
    named(vec![
        ("name", json!(sku.name)),
        ("os_type", lists::os_type(sku.os_type)),
        ("status", lists::status(sku.status)),
        ("alias_of", json!(sku.alias_of)),
        ("kubernetes_min", lists::minor(sku.k8s_min)),
        ("kubernetes_max", lists::minor(sku.k8s_max)),
        ("retired_on", lists::date(sku.retired_on)),
        ("images_removed_on", lists::date(sku.images_removed_on)),
        ("new_pools_blocked_on", lists::date(sku.new_pools_blocked_on)),
        (
            "default_generation",
            json!(sku.default_generation.map(|generation| {
                use facts::DefaultGeneration::{
                    Conflict, Gen1Only, Gen1UnlessHeader, Gen2IfSizeSupports, Gen2Only,
                };
                match generation {
                    Gen2IfSizeSupports => "gen2_if_size_supports",
                    Gen2Only => "gen2_only",
                    Gen1Only => "gen1_only",
                    Gen1UnlessHeader => "gen1_unless_header",
                    Conflict => "conflict",
                }
            })),
        ),
        ("windows_build", json!(sku.windows_build)),
        (
            "runs_windows_builds",
            Some(&sku.runs_windows_builds)
                .filter(|all| !all.is_empty())
                .map_or(Value::Null, |all| json!(all)),
        ),
        ("requires_fips", json!(sku.requires_fips)),
        ("replacement", json!(sku.replacement)),
    ])
}

fn version_fields(name: &str, facts: &Facts<'_>) -> Option<Fields> {
    let minor = Minor::parse(name)?;
    let mut fields = Fields::new();
    let row = facts.kubernetes_version(minor);
    if let Some(row) = row {
        fields.extend(named(vec![
            ("version", json!(row.version.to_string())),
            ("ga", json!(row.aks_ga.earliest.to_string())),
            ("end_of_life", json!(row.eol.to_string())),
            ("lts_end_of_life", lists::date(row.lts_eol)),
            ("planned", json!(row.planned)),
        ]));
    }
    let offers = facts.every_offer();
    for (region, offers) in &offers {
        let Some(offer) = offers.of(minor) else {
            fields.push((format!("offered in {region}"), json!(false)));
            continue;
        };
        let mut how = Vec::new();
        how.extend(offer.officially.then_some("KubernetesOfficial"));
        how.extend(offer.long_term.then_some("AKSLongTermSupport"));
        how.extend(offer.preview.then_some("preview"));
        let patches: Vec<String> = offer.patches.iter().map(ToString::to_string).collect();
        fields.push((format!("offered in {region}"), json!(how)));
        fields.push((format!("patches in {region}"), json!(patches)));
    }
    let is_offered = offers.iter().any(|(_, offers)| offers.of(minor).is_some());
    (row.is_some() || is_offered).then_some(fields)
}

/// `akslint facts import`.
fn import(args: &FactsImport) -> Result<(), String> {
    let mut imported = Imported::default();
    for file in &args.files {
        let shown =
            if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
        let cannot = |why: String| format!("cannot import {}: {why}", one_line(&shown));
        let answer = read(file).map_err(cannot)?;
        let answer: Value = serde_json::from_str(&answer)
            .map_err(|error| cannot(format!("it is no JSON ({error}); print it with `-o json`")))?;
        overlay::import(&mut imported, &answer, args.location.as_deref()).map_err(cannot)?;
    }
    let as_of = args.as_of.unwrap_or_else(Date::today);
    let text = imported.to_text(as_of);
    let Some(output) = &args.output else { return print(&text) };
    std::fs::write(output, text)
        .map_err(|error| format!("cannot write {}: {error}", one_line(&output.to_string_lossy())))?;
    let (sizes, regions) = imported.counts();
    let mut parts = Vec::new();
    if sizes > 0 {
        parts.push(count(sizes, "VM size"));
    }
    if regions > 0 {
        parts.push(format!("the Kubernetes versions of {}", count(regions, "region")));
    }
    print(&format!("wrote {} to {}\n", parts.join(" and "), one_line(&output.to_string_lossy())))
}

/// The text of a file, or of standard input. PowerShell's `>` writes UTF-16.
fn read(file: &PathBuf) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = match file == Path::new("-") {
        true => std::io::stdin().lock().take(MAX_ANSWER + 1).read_to_end(&mut bytes),
        false => std::fs::File::open(file).and_then(|open| open.take(MAX_ANSWER + 1).read_to_end(&mut bytes)),
    };
    let read = read.map_err(|error| error.to_string())?;
    if read as u64 > MAX_ANSWER {
        return Err(format!("it is larger than {} MiB", MAX_ANSWER >> 20));
    }
    let wide = |order: fn([u8; 2]) -> u16| {
        let units = bytes.get(2..).unwrap_or_default().chunks_exact(2);
        let units = units.filter_map(|pair| pair.try_into().ok()).map(order);
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|error| error.to_string())
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8(text.to_vec()).map_err(|error| error.to_string()),
        _ => String::from_utf8(bytes).map_err(|error| error.to_string()),
    }
}
