//! The tables of `src/facts/generated` are what `src/facts/data` says. This test writes each table anew
//! from the data and compares; with `AKSLINT_BLESS=1` it rewrites the files instead.
//!
//! The data is parsed here and nowhere else: the program itself only reads the tables.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::fs;
use std::path::Path;

use akslint::facts::{Date, DateRange, Feature, Minor};
use serde_json::Value;

#[test]
fn vm_sizes_equal_their_data() {
    check("vm_sizes", &vm_sizes(&read("vm-sizes.csv")));
}

#[test]
fn series_equal_their_data() {
    check("series", &series(&json("vm-size-series.json")));
}

#[test]
fn os_skus_equal_their_data() {
    check("os_skus", &os_skus(&json("aks-os-skus.json")));
}

#[test]
fn windows_images_equal_their_data() {
    check("windows_images", &windows_images(&json("aks-os-skus.json")));
}

#[test]
fn kubernetes_versions_equal_their_data() {
    check("kubernetes", &kubernetes(&json("aks-kubernetes-versions.json")));
}

#[test]
fn sources_and_their_date_equal_their_data() {
    check("meta", &meta());
}

/// A series and its sizes are written in two files; where both give a date, it is the same.
#[test]
fn the_dates_of_sizes_are_those_of_their_series_and_its_exceptions() {
    let series = json("vm-size-series.json");
    let dates = |row: &Value| (text(&row["announced_on"]).to_owned(), text(&row["retires_on"]).to_owned());
    let of_series: BTreeMap<_, _> =
        array(&series["series"]).iter().map(|row| (text(&row["series"]), dates(row))).collect();
    let exceptions: BTreeMap<_, _> = array(&series["series"])
        .iter()
        .flat_map(|row| array(&row["size_exceptions"]))
        .map(|row| (text(&row["name"]), dates(row)))
        .collect();
    assert_eq!(exceptions.len(), 5);
    let csv = read("vm-sizes.csv");
    for row in Csv::parse(&csv) {
        let expected = exceptions.get(row.get("name")).unwrap_or(&of_series[row.get("series")]);
        let found = (row.get("announced_on").to_owned(), row.get("retires_on").to_owned());
        assert_eq!(found, *expected, "{}", row.get("name"));
    }
}

// ---- reading ----

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/facts/data").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).replace('\r', "")
}

fn json(file: &str) -> Value {
    serde_json::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// One line of a CSV file without quoting, and the header that names its cells.
struct Csv<'a> {
    header: &'a str,
    cells: Vec<&'a str>,
}

impl<'a> Csv<'a> {
    fn parse(text: &'a str) -> Vec<Csv<'a>> {
        let mut lines = text.lines();
        let header = lines.next().expect("a header");
        let width = header.split(',').count();
        let rows = lines.map(|line| Csv { header, cells: line.split(',').collect() });
        rows.inspect(|row| assert_eq!(row.cells.len(), width, "cells of {:?}", row.cells)).collect()
    }

    fn get(&self, column: &str) -> &'a str {
        let at = self.header.split(',').position(|name| name == column);
        self.cells[at.unwrap_or_else(|| panic!("no column {column}"))]
    }
}

/// The string; an absent or null one is empty.
fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        Value::Null => "",
        other => panic!("not a string: {other}"),
    }
}

/// The elements; none if absent.
fn array(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        Value::Null => &[],
        other => panic!("not an array: {other}"),
    }
}

// ---- writing Rust ----

/// A file of one or more tables.
fn file(data: &str, uses: &str) -> String {
    format!(
        "// @generated from src/facts/data/{data} by `AKSLINT_BLESS=1 cargo test --test facts`; do not edit.\n\n{uses}\n"
    )
}

/// Appends `pub(in crate::facts) static NAME: &[TYPE] = &[…];`, one row a line.
fn table(out: &mut String, doc: &str, name: &str, of: &str, rows: impl IntoIterator<Item = String>) {
    let visibility = "pub(in crate::facts)";
    write!(out, "\n/// {doc}\n#[rustfmt::skip]\n{visibility} static {name}: &[{of}] = &[\n").unwrap();
    for row in rows {
        writeln!(out, "    {row},").unwrap();
    }
    out.push_str("];\n");
}

fn option(text: &str, render: impl FnOnce(&str) -> String) -> String {
    if text.is_empty() { "None".to_owned() } else { format!("Some({})", render(text)) }
}

fn quote(text: &str) -> String {
    format!("{text:?}")
}

fn option_text(value: &Value) -> String {
    option(text(value), quote)
}

fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    format!("&[{}]", Vec::from_iter(items.into_iter().map(|item| item.to_string())).join(", "))
}

fn texts(value: &Value) -> String {
    list(array(value).iter().map(|item| quote(text(item))))
}

fn parse<T>(text: &str, parsed: Option<T>) -> T {
    parsed.unwrap_or_else(|| panic!("not understood: {text:?}"))
}

fn date(text: &str) -> String {
    rust_date(parse(text, Date::parse(text)))
}

fn rust_date(date: Date) -> String {
    format!("date({}, {}, {})", date.year, date.month, date.day)
}

/// `date_rule` of the data: a month is any day of it for a beginning, its last day for an end.
fn range(text: &str) -> DateRange {
    if text.len() == 10 {
        let day = parse(text, Date::parse(text));
        return DateRange { earliest: day, latest: day };
    }
    let earliest = parse(text, Date::parse(&format!("{text}-01")));
    let inside_next_month = earliest.add_days(31);
    let latest = inside_next_month.add_days(-i64::from(inside_next_month.day));
    DateRange { earliest, latest }
}

fn rust_range(value: &Value) -> String {
    let DateRange { earliest, latest } = range(text(value));
    format!("DateRange {{ earliest: {}, latest: {} }}", rust_date(earliest), rust_date(latest))
}

fn end(text: &str) -> String {
    rust_date(range(text).latest)
}

fn minor(text: &str) -> String {
    let Minor { major, minor } = parse(text, Minor::parse(text));
    format!("Minor {{ major: {major}, minor: {minor} }}")
}

/// `gen2_if_size_supports` as `Gen2IfSizeSupports`.
fn camel(snake: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    snake.split('_').map(capital).collect()
}

fn sort_by_name(rows: &mut [(String, String)]) {
    rows.sort_by_key(|(name, _)| name.to_ascii_lowercase());
}

// ---- the tables ----

fn vm_sizes(csv: &str) -> String {
    let mut rows: Vec<(String, String)> =
        Csv::parse(csv).iter().map(|row| (row.get("name").to_owned(), vm_size(row))).collect();
    sort_by_name(&mut rows);
    let mut out = file(
        "vm-sizes.csv",
        "use crate::facts::date::date;\nuse crate::facts::vm_size::{VmSize, row};\nuse crate::facts::{\n    Architecture::*, Confidential::*, DiskControllers, Evidence::*, Generations::*, Listing::*, Placement::*,\n};",
    );
    let doc = "Every VM size by lower-case name. The columns are the arguments of `row`.";
    table(&mut out, doc, "VM_SIZES", "VmSize", rows.into_iter().map(|(_, row)| row));
    out
}

fn vm_size(row: &Csv<'_>) -> String {
    let flag = |column: &str| match row.get(column) {
        "yes" => "true".to_owned(),
        "no" => "false".to_owned(),
        other => panic!("{}: {column} is {other:?}", row.get("name")),
    };
    let maybe_flag = |column: &str| option(row.get(column), |_| flag(column));
    let number = |column: &str| {
        let number = row.get(column);
        parse(number, number.parse::<u32>().ok()).to_string()
    };
    let maybe_number = |column: &str| option(row.get(column), |_| number(column));
    let maybe_date = |column: &str| option(row.get(column), date);
    let generations = |text: &str| {
        match text {
            "gen1" => "Gen1Only",
            "gen2" => "Gen2Only",
            "both" => "Both",
            other => panic!("generations {other:?}"),
        }
        .to_owned()
    };
    let choice = |column: &str, choices: &[(&str, &'static str)]| {
        let found = choices.iter().find(|(text, _)| *text == row.get(column));
        found.unwrap_or_else(|| panic!("{}: {column} is {:?}", row.get("name"), row.get(column))).1
    };
    let placements = option(row.get("ephemeral_placements"), |text| match text {
        "none" => "&[]".to_owned(),
        some => list(some.split('+')),
    });
    let sources = match row.get("sources") {
        "none" => "&[]".to_owned(),
        some => list(some.split('+').map(quote)),
    };
    let memory = row.get("memory_gib");
    let memory: f64 = parse(memory, memory.parse().ok());
    format!(
        "row({:?}, {:?}, {:?}, ({}, {}, {}), {}, ({}, {}, {memory:?}), {}, {}, ({}, {}, {}), {}, ({}, {placements}, {}, {}), ({}, {}, {}), {}, ({}, {}), {}, ({}, {}, {sources}), [{}, {}, {}, {}])",
        row.get("name"),
        row.get("series"),
        row.get("category"),
        generations(row.get("generations")),
        choice("generations_from", &[("api", "Api"), ("docs", "Docs"), ("series_rule", "SeriesRule")]),
        option(row.get("generations_api"), generations),
        choice("arch", &[("x64", "X64"), ("Arm64", "Arm64")]),
        number("vcpus"),
        number("vcpus_available"),
        choice(
            "confidential",
            &[("", "None"), ("SNP", "Some(Snp)"), ("TDX", "Some(Tdx)"), ("SGX", "Some(Sgx)")]
        ),
        maybe_number("gpus"),
        flag("premium_io"),
        maybe_flag("trusted_launch"),
        maybe_flag("accelerated_networking"),
        choice(
            "disk_controllers",
            &[
                ("", "None"),
                ("SCSI", "Some(DiskControllers::Scsi)"),
                ("NVMe", "Some(DiskControllers::Nvme)"),
                ("SCSI+NVMe", "Some(DiskControllers::Both)"),
            ],
        ),
        maybe_flag("ephemeral"),
        maybe_number("ephemeral_fits_gib"),
        maybe_number("ephemeral_never_above_gib"),
        maybe_number("cache_gib"),
        maybe_number("temp_gib"),
        maybe_number("nvme_gib"),
        maybe_flag("encryption_at_host"),
        maybe_number("max_data_disks"),
        maybe_number("max_nics"),
        choice(
            "listing",
            &[
                ("listed", "Listed"),
                ("documented_only", "DocumentedOnly"),
                ("not_listed", "NotListed"),
                ("withdrawn", "Withdrawn"),
            ],
        ),
        maybe_date("announced_on"),
        maybe_date("retires_on"),
        flag("aks_restricted"),
        flag("below_user_pool_minimum"),
        flag("below_system_pool_minimum"),
        flag("system_pool_burstable"),
    )
}

fn series(data: &Value) -> String {
    let mut rows: Vec<(String, String)> =
        array(&data["series"]).iter().map(|row| (text(&row["series"]).to_owned(), one_series(row))).collect();
    sort_by_name(&mut rows);
    let mut out = file(
        "vm-size-series.json",
        "use crate::facts::date::date;\nuse crate::facts::{Architecture::*, Confidential::*, Retirement, Series};",
    );
    let doc = "Every series by lower-case name.";
    table(&mut out, doc, "SERIES", "Series", rows.into_iter().map(|(_, row)| row));
    out
}

fn one_series(row: &Value) -> String {
    let withdrawn = match text(&row["status"]) {
        "date_unknown" => true,
        "none_found" | "announced" | "retired" => false,
        other => panic!("status {other:?}"),
    };
    let protection = option(text(&row["confidential_type"]), |text| camel(&text.to_lowercase()));
    format!(
        "Series {{ name: {:?}, category: {:?}, architecture: {}, confidential: {protection}, size_count: {}, retirement: Retirement {{ withdrawn: {withdrawn}, announced_on: {}, retires_on: {}, replacement: {}, sources: {}, note: {} }} }}",
        text(&row["series"]),
        text(&row["category"]),
        camel(text(&row["cpu_architecture"])),
        row["size_count"],
        option(text(&row["announced_on"]), date),
        option(text(&row["retires_on"]), date),
        texts(&row["replacement"]),
        texts(&row["sources"]),
        option_text(&row["note"]),
    )
}

fn os_skus(data: &Value) -> String {
    let hosts = &data["windows_containers"];
    let mut rows: Vec<(String, String)> = array(&data["os_skus"])
        .iter()
        .map(|row| (text(&row["os_sku"]).to_owned(), os_sku(row, hosts)))
        .collect();
    sort_by_name(&mut rows);
    let mut out = file(
        "aks-os-skus.json",
        "use std::borrow::Cow;\n\nuse crate::facts::date::date;\nuse crate::facts::os_sku::DefaultOsSku;\nuse crate::facts::{\n    DefaultGeneration, FeatureFact, FeatureSupport::*, FirstVersions, ImageRange, Minor, OsSku, OsSkuKind,\n    OsSkuStatus, OsType,\n};",
    );
    let doc = "Every `os_sku` by lower-case name.";
    table(&mut out, doc, "OS_SKUS", "OsSku", rows.into_iter().map(|(_, row)| row));
    let defaults = array(&data["default_os_sku"]).iter().map(|row| {
        format!(
            "(OsType::{}, {}, {}, {})",
            text(&row["os_type"]),
            option(text(&row["k8s_from"]), minor),
            option(text(&row["k8s_to"]), minor),
            option_text(&row["os_sku"]),
        )
    });
    let doc = "First and last Kubernetes version and the default `os_sku`; `None` where sources disagree.";
    table(&mut out, doc, "DEFAULTS", "DefaultOsSku", defaults);
    out
}

fn os_sku(row: &Value, containers: &Value) -> String {
    let name = text(&row["os_sku"]);
    // An alias may carry a remark in parentheses, and may differ from the name in case alone.
    let aliases = array(&row["aliases"])
        .iter()
        .map(|alias| text(alias).split(' ').next().unwrap_or(""))
        .filter(|alias| !alias.eq_ignore_ascii_case(name))
        .map(quote);
    let host = array(&containers["hosts"]).iter().find(|host| text(&host["os_sku"]) == name);
    let mut runs: Vec<u64> = Vec::new();
    for tag in host.map_or(&[][..], |host| array(&host["runs"])) {
        let known = array(&containers["tags"]).iter().find(|row| row["pattern"] == *tag);
        let build = known.and_then(|row| row["build"].as_u64()).expect("a tag that a host runs has a build");
        if !runs.contains(&build) {
            runs.push(build);
        }
    }
    let build = text(&row["windows_build"]).strip_prefix("10.0.").unwrap_or("");
    if let Some(host) = host {
        assert_eq!(host["build"].to_string(), build, "{name}: its host has another build");
    }
    let requires_fips = array(&row["requires"]).iter().any(|need| text(need).contains("enableFIPS=true"));
    let releases = |key: &str| {
        list(array(&row[key]).iter().map(|range| {
            format!(
                "ImageRange {{ from: {}, to: {}, os: {:?} }}",
                option(text(&range["k8s_from"]), minor),
                option(text(&range["k8s_to"]), minor),
                text(&range["os"])
            )
        }))
    };
    let first = &row["first"];
    // Documents that name the newest version there is say nothing of the next.
    let newest = Minor::parse(text(&json("aks-kubernetes-versions.json")["newest_known"]));
    let horizon = Minor::parse(text(&row["k8s_max"])).is_some_and(|max| Some(max) >= newest);
    format!(
        "OsSku {{ name: Cow::Borrowed({name:?}), os_type: OsType::{}, kind: OsSkuKind::{}, status: OsSkuStatus::{}, aliases: {}, alias_of: {}, k8s_min: {}, k8s_max: {}, k8s_max_is_horizon: {horizon}, retired_on: {}, images_removed_on: {}, new_pools_blocked_on: {}, default_generation: {}, windows_build: {}, runs_windows_builds: Cow::Borrowed({}), requires_fips: {requires_fips}, replacement: {}, feature_flag: {}, first: FirstVersions {{ ga_api: {}, preview_api: {}, azure_cli: {}, azurerm: {} }}, resolves_to: {}, resolves_to_fips: {}, resolves_to_cvm: {}, features: {}, note: {}, sources: {} }}",
        text(&row["os_type"]),
        camel(text(&row["kind"])),
        camel(text(&row["status"])),
        list(aliases),
        option_text(&row["alias_of"]),
        option(text(&row["k8s_min"]), minor),
        option(text(&row["k8s_max"]), minor),
        option(text(&row["retired_on"]), date),
        option(text(&row["images_removed_on"]), date),
        option(text(&row["new_pools_blocked_on"]), date),
        option(text(&row["default_generation"]), |text| format!("DefaultGeneration::{}", camel(text))),
        option(build, str::to_owned),
        list(runs),
        option(text(&row["replacement"]), |text| format!("Cow::Borrowed({})", quote(text))),
        option_text(&row["feature_flag"]),
        option_text(&first["ga_api_version"]),
        option_text(&first["preview_api_version"]),
        option_text(&first["azure_cli"]),
        option_text(&first["azurerm"]),
        releases("resolves_to"),
        releases("resolves_to_fips"),
        releases("resolves_to_cvm"),
        features(name, &row["features"]),
        option_text(&row["note"]),
        texts(&row["src"]),
    )
}

fn features(os_sku: &str, features: &Value) -> String {
    let Some(features) = features.as_object() else {
        return "&[]".to_owned();
    };
    assert_eq!(features.len(), Feature::ALL.len(), "{os_sku}: features");
    list(Feature::ALL.iter().map(|(_, name)| {
        let fact = &features[*name];
        format!(
            "FeatureFact {{ support: {}, note: {} }}",
            camel(text(&fact["v"])),
            option_text(&fact["note"])
        )
    }))
}

fn windows_images(data: &Value) -> String {
    let containers = &data["windows_containers"];
    let mut tags: Vec<(String, String)> = array(&containers["tags"])
        .iter()
        .filter(|row| row["build"].is_u64())
        .map(|row| (text(&row["pattern"]).to_owned(), format!("({}, {})", row["pattern"], row["build"])))
        .collect();
    sort_by_name(&mut tags);
    let mut repositories: Vec<(String, String)> = array(&containers["base_repositories_on_mcr"])
        .iter()
        .map(|name| (text(name).to_owned(), quote(text(name))))
        .collect();
    sort_by_name(&mut repositories);
    let mut out = file("aks-os-skus.json", "");
    out.truncate(out.trim_end().len() + 1);
    let doc = "Tags of Windows base images and the build of each, by lower-case tag.";
    table(&mut out, doc, "TAGS", "(&str, u32)", tags.into_iter().map(|(_, row)| row));
    let doc = "Repositories of Windows base images, without their registry.";
    let rows = repositories.into_iter().map(|(_, row)| row);
    table(&mut out, doc, "BASE_REPOSITORIES", "&str", rows);
    out
}

fn kubernetes(data: &Value) -> String {
    let mut versions: Vec<(Minor, String)> = array(&data["versions"])
        .iter()
        .map(|row| {
            let version = text(&row["version"]);
            (parse(version, Minor::parse(version)), kubernetes_version(row))
        })
        .collect();
    versions.sort();
    let mut out = file(
        "aks-kubernetes-versions.json",
        "use crate::facts::date::date;\nuse crate::facts::{DateRange, KubernetesVersion, Minor};",
    );
    let doc = "Every version, oldest first.";
    table(&mut out, doc, "VERSIONS", "KubernetesVersion", versions.into_iter().map(|(_, row)| row));
    out
}

fn kubernetes_version(row: &Value) -> String {
    // The other words follow from the dates and are computed for the day that is asked about.
    let planned = text(&row["status_2026_11_20"]) == "planned_or_ga_unverified";
    format!(
        "KubernetesVersion {{ version: {}, upstream: Some({}), aks_preview: Some({}), aks_ga: {}, eol: {}, lts_eol: {}, platform_support_until_ga_of: {}, planned: {planned}, note: {}, os_consequences: {}, sources: {} }}",
        minor(text(&row["version"])),
        rust_range(&row["upstream"]),
        rust_range(&row["aks_preview"]),
        rust_range(&row["aks_ga"]),
        end(text(&row["eol"])),
        option(text(&row["lts_eol"]), end),
        option(text(&row["platform_support_until_ga_of"]), minor),
        option_text(&row["note"]),
        texts(&row["os_consequences"]),
        texts(&row["src"]),
    )
}

fn meta() -> String {
    let vm = json("vm-sizes.meta.json");
    let os = json("aks-os-skus.json");
    let kubernetes = json("aks-kubernetes-versions.json");
    let as_of = text(&vm["as_of"]);
    for other in [&os, &kubernetes, &json("vm-size-series.json")] {
        assert_eq!(text(&other["as_of"]), as_of, "all facts are checked together");
    }
    let mut out = file("*", "use crate::facts::date::{Date, date};");
    let as_of = date(as_of);
    write!(out, "\n/// `as_of` of every data file.\n#[rustfmt::skip]\npub(in crate::facts) const AS_OF: Date = {as_of};\n").unwrap();
    sources(&mut out, "VM_SIZE_SOURCES", &vm["sources"]);
    sources(&mut out, "OS_SKU_SOURCES", &os["sources"]);
    sources(&mut out, "KUBERNETES_SOURCES", &kubernetes["sources"]);
    out
}

/// Source keys with their texts; a text may be a string or `{ref, date?}`.
fn sources(out: &mut String, name: &str, sources: &Value) {
    let sources = sources.as_object().expect("sources are an object");
    let mut rows: Vec<(String, String)> = sources
        .iter()
        .map(|(key, value)| {
            let full = match (value, value["date"].as_str()) {
                (Value::String(full), _) => full.clone(),
                (_, None) => text(&value["ref"]).to_owned(),
                (_, Some(date)) => format!("{} ({date})", text(&value["ref"])),
            };
            (key.clone(), format!("({key:?}, {full:?})"))
        })
        .collect();
    sort_by_name(&mut rows);
    let doc = "Source keys and their full texts, by lower-case key.";
    table(out, doc, name, "(&str, &str)", rows.into_iter().map(|(_, row)| row));
}

// ---- comparing ----

/// Compares a rendered file with the committed one, or rewrites it when blessing.
fn check(name: &str, rendered: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/facts/generated").join(format!("{name}.rs"));
    let blessing = std::env::var_os("AKSLINT_BLESS").is_some_and(|value| value == "1");
    let committed = fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    if committed == rendered {
        return;
    }
    if blessing {
        fs::write(&path, rendered).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    let mut lines = committed.lines().zip(rendered.lines()).enumerate();
    let first = lines.find(|(_, (committed, rendered))| committed != rendered);
    let (line, difference): (usize, &dyn Debug) = match &first {
        Some((line, pair)) => (line + 1, pair),
        None => (committed.lines().count().min(rendered.lines().count()) + 1, &"one file goes on"),
    };
    panic!(
        "{} does not equal its data (line {line}: {difference:?}); run AKSLINT_BLESS=1 cargo test --test facts",
        path.display()
    );
}
