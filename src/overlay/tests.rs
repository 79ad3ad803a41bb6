use serde_json::{Value, json};

use super::*;
use crate::source::Sources;

fn errors(document: &str) -> Vec<String> {
    let sources = Sources::in_memory(&[("facts.json", document)]);
    let place = |span| {
        let (start, _) = sources.location(span);
        format!("{}:{}", start.line, start.column)
    };
    match read(FileId(0), document) {
        Ok(_) => Vec::new(),
        Err(errors) => {
            errors.into_iter().map(|error| format!("{} {}", place(error.span), error.message)).collect()
        }
    }
}

fn facts(body: &str) -> String {
    format!("{{\"akslint_facts\": 1, \"as_of\": \"2027-01-15\",\n{body}}}")
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let one = |body: &str| {
        let mut all = errors(&facts(body));
        assert_eq!(all.len(), 1, "{body}: {all:?}");
        all.remove(0)
    };
    assert_eq!(one(r#""vm_size": {}"#), "2:1 unknown key `vm_size`; did you mean `vm_sizes`?");
    assert_eq!(one(r#""vm_sizes": []"#), "2:13 an object is expected here, not an array");
    assert_eq!(
        one(r#""vm_sizes": {"D4s_v9": {}}"#),
        "2:14 `D4s_v9` is no VM size: one is written as `Standard_D4s_v5`"
    );
    let size = |entry: &str| one(&format!(r#""vm_sizes": {{"Standard_D4s_v9": {entry}}}"#));
    assert_eq!(size(r#"{"vcpu": 4}"#), "2:34 unknown key `vcpu`; did you mean `vcpus`?");
    assert_eq!(size(r#"{"vcpus": "4"}"#), "2:43 `vcpus` is a whole number, not negative and not too large");
    assert_eq!(size(r#"{"vcpus": 70000}"#), "2:43 `vcpus` is a whole number, not negative and not too large");
    assert_eq!(
        size(r#"{"generations": ["V2"]}"#),
        "2:49 `generations` is a list of some of \"Gen1\", \"Gen2\""
    );
    assert_eq!(size(r#"{"retires_on": "2027-13-01"}"#), "2:48 `retires_on` is a day as \"YYYY-MM-DD\"");
    assert_eq!(size("7"), "2:33 an object is expected here, not a number");
    assert_eq!(
        one(r#""os_skus": {"Windows2028": {}}"#),
        "2:13 `Windows2028` is new: say its `os_type`, \"Linux\" or \"Windows\""
    );
    assert_eq!(
        one(r#""kubernetes_versions": {"1.38": {"ga": "2027-02"}}"#),
        "2:25 Kubernetes 1.38 is new: say when it is `ga` and its `end_of_life`"
    );
    assert_eq!(
        one(r#""kubernetes_versions": {"1.34": {"end_of_life": "2020-01"}}"#),
        "2:25 Kubernetes 1.34 ends before it begins"
    );
    assert_eq!(
        one(r#""kubernetes_offers": {"westeurope": {"1.34": {"patches": ["1.35.1"]}}}"#),
        "2:59 `1.35.1` is no patch version of 1.34"
    );
    assert_eq!(
        one(r#""kubernetes_offers": {"westeurope": {"1.34.1": {}}}"#),
        "2:38 `1.34.1` is no minor version: one is written as `1.34`"
    );
    assert_eq!(
        errors("{}"),
        [
            "1:1 `akslint_facts` is missing: an overlay says `\"akslint_facts\": 1`",
            "1:1 `as_of` is missing: the day on which the facts were gathered"
        ]
    );
    assert_eq!(
        errors(r#"{"akslint_facts": 2, "as_of": "2027-01-15"}"#),
        ["1:19 version 2 of the form is not known here, only 1 is"]
    );
    assert_eq!(errors("[]"), ["1:1 an object is expected here, not an array"]);
    assert!(!errors("").is_empty() && !errors("{\"a\": 1, \"a\": 2}").is_empty());
}

#[test]
fn many_errors_are_told_as_a_number() {
    let keys: Vec<String> = (0..1000).map(|n| format!("\"k{n}\": 1")).collect();
    let all = errors(&facts(&keys.join(",")));
    assert_eq!(all.len(), ERRORS);
    assert!(all[ERRORS - 1].ends_with("and 980 more errors in this file"), "{}", all[ERRORS - 1]);
}

/// A value that a schema allows.
fn sample(schema: &Value, of: &Value) -> Value {
    if let Some(reference) = of["$ref"].as_str() {
        return sample(schema, schema.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if let Some(first) = of["enum"].get(0).or_else(|| of.get("const")) {
        return first.clone();
    }
    if of["anyOf"].is_array() {
        return sample(schema, &of["anyOf"][0]);
    }
    match of["type"].as_str().unwrap() {
        "boolean" => json!(true),
        "integer" => json!(3),
        "number" => json!(1.5),
        "array" => json!([sample(schema, &of["items"])]),
        "string" if of["pattern"].as_str().is_some_and(|pattern| pattern.starts_with("^[0-9]{4}")) => {
            json!("2027-03-01")
        }
        "string" if of["pattern"].as_str().is_some_and(|pattern| pattern.matches("\\.").count() == 2) => {
            json!("1.34.1")
        }
        "string" if of["pattern"].is_string() => json!("1.34"),
        "string" => json!("text"),
        "object" => {
            let mut object = serde_json::Map::new();
            for (name, of) in of["properties"].as_object().into_iter().flatten() {
                object.insert(name.clone(), sample(schema, of));
            }
            if of["additionalProperties"].is_object() {
                object.insert("1.34".to_owned(), sample(schema, &of["additionalProperties"]));
            }
            Value::Object(object)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/facts.schema.json")).unwrap();
    let mut document = sample(&schema, &schema);
    let size = document["vm_sizes"]["1.34"].take();
    document["vm_sizes"] = json!({ "Standard_D4s_v9": size });
    document["kubernetes_versions"]["1.34"] = json!({
        "ga": "2025-11", "end_of_life": "2026-12", "lts_end_of_life": null, "planned": true
    });
    assert_eq!(errors(&document.to_string()), [""; 0], "{document:#}");
    let keys = |pointer: &str| {
        let mut keys: Vec<String> =
            schema.pointer(pointer).unwrap()["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(""), sorted(&KEYS));
    assert_eq!(keys("/$defs/vm-size"), sorted(&SIZE_KEYS));
    assert_eq!(keys("/$defs/os-sku"), sorted(&OS_SKU_KEYS));
}

fn imported(answers: &[Value], location: Option<&str>) -> Result<Value, String> {
    let mut imported = Imported::default();
    for answer in answers {
        import(&mut imported, answer, location)?;
    }
    let text = imported.to_text(Date::parse("2027-01-15").unwrap());
    assert_eq!(errors(&text), [""; 0], "{text}");
    Ok(serde_json::from_str(&text).unwrap())
}

fn sku(name: &str, location: &str, capabilities: &[(&str, &str)]) -> Value {
    let capabilities: Vec<Value> =
        capabilities.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "resourceType": "virtualMachines",
        "name": name,
        "locations": [location],
        "locationInfo": [{ "location": location, "zones": ["3", "1"] }],
        "capabilities": capabilities,
        "restrictions": [],
    })
}

#[test]
fn sizes_are_imported_with_what_is_new_and_their_regions() {
    let mut restricted = sku("Standard_D4s_v5", "NorthEurope", &[("HyperVGenerations", "V1,V2")]);
    restricted["restrictions"] = json!([
        {
            "type": "Location",
            "reasonCode": "QuotaId",
            "values": ["NorthEurope"],
            "restrictionInfo": { "locations": ["NorthEurope"], "zones": [] }
        },
        { "type": "Zone", "restrictionInfo": { "locations": ["northeurope"], "zones": ["3", "2"] } },
        { "type": "Location", "values": ["eastus"] }
    ]);
    let everything = [
        ("vCPUs", "8"),
        ("vCPUsAvailable", "4"),
        ("MemoryGB", "0.75"),
        ("HyperVGenerations", "V2"),
        ("CpuArchitectureType", "Arm64"),
        ("GPUs", "0.5"),
        ("PremiumIO", "False"),
        ("TrustedLaunchDisabled", "True"),
        ("AcceleratedNetworkingEnabled", "True"),
        ("DiskControllerTypes", "SCSI, NVMe"),
        ("EphemeralOSDiskSupported", "True"),
        ("SupportedEphemeralOSDiskPlacements", "NvmeDisk,ResourceDisk"),
        ("CachedDiskBytes", "107374182400"),
        ("MaxResourceVolumeMB", "76800"),
        ("NvmeDiskSizeInMiB", "225280"),
        ("EncryptionAtHostSupported", "Perhaps"),
        ("MaxDataDiskCount", "12"),
        ("MaxNetworkInterfaces", "2"),
        ("ConfidentialComputingType", "SNP"),
        ("RetirementDateUtc", "11/5/2028 12:00:00 AM"),
        ("ACUs", "100"),
    ];
    let answer = json!([
        sku("Standard_D8p_v9", "westeurope", &everything),
        sku("Standard_D4s_v5", "westeurope", &[("HyperVGenerations", "V1,V2"), ("RetirementDateUtc", "01/01/9999")]),
        restricted,
        { "resourceType": "disks", "name": "Premium_LRS", "locations": ["westeurope"] },
    ]);
    let zones = json!({ "zones": ["1", "3"] });
    let expected = json!({
        "Standard_D4s_v5": {
            "regions": {
                "northeurope": { "zones": ["1", "3"], "restricted": "QuotaId", "restricted_zones": ["2", "3"] },
                "westeurope": zones
            }
        },
        "Standard_D8p_v9": {
            "accelerated_networking": true,
            "architecture": "Arm64",
            "cache_gib": 100,
            "confidential": "SNP",
            "disk_controllers": ["SCSI", "NVMe"],
            "ephemeral_os_disk": true,
            "ephemeral_os_disk_placements": ["NvmeDisk", "ResourceDisk"],
            "generations_api": ["Gen2"],
            "max_data_disks": 12,
            "max_nics": 2,
            "memory_gib": 0.75,
            "nvme_gib": 220,
            "premium_io": false,
            "regions": { "westeurope": zones },
            "retires_on": "2028-11-05",
            "temp_gib": 75,
            "trusted_launch": false,
            "vcpus": 8,
            "vcpus_available": 4
        }
    });
    assert_eq!(imported(std::slice::from_ref(&answer), None).unwrap()["vm_sizes"], expected);
    // As the API itself answers.
    assert_eq!(imported(&[json!({ "value": answer.clone() })], None).unwrap()["vm_sizes"], expected);
    let one = imported(&[answer], Some("North Europe")).unwrap();
    assert_eq!(one["vm_sizes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["Standard_D4s_v5"]);
    assert_eq!(one["source"], "az vm list-skus");
}

#[test]
fn versions_are_imported_as_the_cli_prints_them_and_as_it_used_to() {
    let answer = json!({ "values": [
        {
            "version": "1.36",
            "isPreview": null,
            "capabilities": { "supportPlan": ["KubernetesOfficial", "AKSLongTermSupport"] },
            "patchVersions": { "1.36.10": { "upgrades": [] }, "1.36.9": { "upgrades": ["1.36.10"] } }
        },
        { "version": "1.37", "isPreview": true, "patchVersions": { "1.37.0": {} } }
    ] });
    let expected = json!({
        "1.36": { "patches": ["1.36.9", "1.36.10"], "support_plans": ["KubernetesOfficial", "AKSLongTermSupport"] },
        "1.37": { "patches": ["1.37.0"], "preview": true }
    });
    let offers = |answers: &[Value], location| imported(answers, location).map(|facts| facts[OFFERS].clone());
    assert_eq!(
        offers(std::slice::from_ref(&answer), Some("West Europe")),
        Ok(json!({ "westeurope": expected }))
    );
    assert!(offers(&[answer], None).unwrap_err().contains("--location"));
    let old = json!({
        "id": "/subscriptions/0/providers/Microsoft.ContainerService/locations/westus2/orchestrators",
        "orchestrators": [
            { "orchestratorVersion": "1.27.3", "isPreview": null },
            { "orchestratorVersion": "1.27.1", "isPreview": true },
            { "orchestratorVersion": "1.28.0", "isPreview": true }
        ]
    });
    let expected = json!({
        "1.27": { "patches": ["1.27.1", "1.27.3"] },
        "1.28": { "patches": ["1.28.0"], "preview": true }
    });
    assert_eq!(offers(&[old], None), Ok(json!({ "westus2": expected })));
}

#[test]
fn what_is_something_else_is_not_imported() {
    for other in [json!({}), json!(7), json!([]), json!({ "values": [] }), json!([{ "name": "x" }])] {
        assert!(imported(std::slice::from_ref(&other), Some("westeurope")).is_err(), "{other}");
    }
    // Wrong types and values out of all bounds are left out, not believed.
    let odd = json!([{
        "resourceType": "virtualMachines", "name": "Standard_D4s_v9", "locations": ["westeurope", 7],
        "locationInfo": { "zones": 1 }, "restrictions": "none",
        "capabilities": [{ "name": "vCPUs", "value": "70000" }, { "name": "MemoryGB", "value": "inf" }, 7]
    }]);
    let imported = imported(&[odd], None).unwrap();
    assert_eq!(
        imported["vm_sizes"],
        json!({ "Standard_D4s_v9": { "regions": { "westeurope": { "zones": [] } } } })
    );
}
