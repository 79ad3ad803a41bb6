//! Decides from raw bytes whether a file can have anything to do with AKS. It may let through too much and never
//! too little: what it stops is not read again.

use std::path::Path;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::Kind;

/// Whether a file of this kind and name may matter.
pub(super) fn may_matter(kind: Kind, path: &Path, bytes: &[u8]) -> bool {
    match kind {
        Kind::Terraform => {
            memmem::find(bytes, b"azurerm_kubernetes").is_some()
                // A call, or a reference to what a call made: the agent pools may be in the module. Where the
                // source is read from is for the caller to find out.
                || memmem::find(bytes, b"module").is_some()
                || names_container_service(bytes)
                || escapes_letters(bytes)
        }
        Kind::Json => concerns_json(bytes) || is_parameter_file(path, bytes),
        // As with Terraform, a module that is called may have what this file does not.
        Kind::Bicep => defines_clusters(bytes) || memmem::find(bytes, b"module").is_some(),
        _ => true,
    }
}

/// Whether a text may define clusters or pools, whatever its notation. Bicep's registry modules say it
/// with a hyphen.
pub fn defines_clusters(bytes: &[u8]) -> bool {
    names_container_service(bytes)
        || memmem::find(bytes, b"container-service/managed-cluster").is_some()
        || memmem::find(bytes, b"azurerm_kubernetes_cluster").is_some()
}

/// Parts of the words that make JSON interesting, each rare in other words, so that one search for all of them seldom
/// stops. No two of them overlap in a way that would hide one.
static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let in_any_case = "rservic|e/managedclusters|'service['/]";
    let as_written = r#"eLink"|tParameters\.json|m_kubernetes_cl|\\[uU]0"#;
    Regex::new(&format!("(?-u)(?i:{in_any_case})|{as_written}")).ok()
});

/// Whether JSON names something of ours or leads to it. It may be a template whose expressions put a type together:
/// of `Microsoft.ContainerService` cut between its words, `Service/managedClusters` is enough, or `'Service'` in a
/// text that also has `managedClusters`. Who cuts inside of a word hides it.
fn concerns_json(bytes: &[u8]) -> bool {
    let Some(parts) = &*PARTS else { return true };
    let mut has_clusters = None;
    parts.find_iter(bytes).any(|found| {
        let before = |word: &[u8]| before(bytes, found.start(), word);
        match found.as_bytes() {
            [b'r' | b'R', ..] => is_container_service(bytes, found.start()),
            [b'e' | b'E', b'/', ..] => before(b"servic").is_some(),
            [b'\'', ..] => *has_clusters.get_or_insert_with(|| names_managed_clusters(bytes)),
            // A template that links to others: the agent pools may be in those.
            [b'e', ..] => before(b"emplat") == Some(b"emplat"),
            // The schema of a parameter file: `deploymentParameters.json`, `subscriptionDeploymentParameters.json`.
            [b't', ..] => before(b"eploymen") == Some(b"eploymen"),
            // Terraform's plans and states.
            [b'm', ..] => {
                before(b"azurer") == Some(b"azurer")
                    && bytes.get(found.end()..).is_some_and(|rest| rest.starts_with(b"uster"))
            }
            _ => bytes.get(found.start() + 1..).is_some_and(is_letter_escaped),
        }
    })
}

/// What stands before `end`, if it is this word in any case.
fn before<'t>(bytes: &'t [u8], end: usize, word: &[u8]) -> Option<&'t [u8]> {
    let found = bytes.get(end.checked_sub(word.len())?..end)?;
    found.eq_ignore_ascii_case(word).then_some(found)
}

/// Whether the `rservic` at this place is that of `ContainerService`.
fn is_container_service(bytes: &[u8], at: usize) -> bool {
    before(bytes, at, b"containe").is_some()
        && bytes.get(at + b"rservic".len()).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'e'))
}

/// ARM's resource types start with `Microsoft.ContainerService`, in any case.
fn names_container_service(bytes: &[u8]) -> bool {
    static PART: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?i-u)rservic").ok());
    let Some(part) = &*PART else { return true };
    part.find_iter(bytes).any(|found| is_container_service(bytes, found.start()))
}

fn names_managed_clusters(bytes: &[u8]) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?i-u)managedclusters").ok());
    NAME.as_ref().is_none_or(|name| name.is_match(bytes))
}

/// Whether a letter is written as `\u0041`, which nobody does who does not want to hide what it spells. Other
/// characters, such as `<`, are escaped by many a tool.
fn escapes_letters(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', bytes).any(|at| bytes.get(at + 1..).is_some_and(is_letter_escaped))
}

/// Whether what follows a backslash makes it a letter.
fn is_letter_escaped(escape: &[u8]) -> bool {
    let long = |digits: &[u8]| digits.starts_with(b"000000") && matches!(digits.get(6), Some(b'4'..=b'7'));
    match escape {
        [b'u', b'0', b'0', b'4'..=b'7', ..] => true,
        [b'U', digits @ ..] => long(digits),
        _ => false,
    }
}

/// ARM parameter files without a schema are known by their name or folder.
fn is_parameter_file(path: &Path, bytes: &[u8]) -> bool {
    let says_param = |name: Option<&std::ffi::OsStr>| {
        name.is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().contains("param"))
    };
    (says_param(path.file_name()) || says_param(path.parent().and_then(Path::file_name)))
        && memmem::find(bytes, b"\"parameters\"").is_some()
}

/// UTF-16 text, as some Windows tools write it, seen as the bytes of its ASCII characters; None for other text.
/// Enough to ask [`may_matter`] whether its encoding is worth a complaint.
pub(super) fn utf16_as_ascii(bytes: &[u8]) -> Option<Vec<u8>> {
    let (text, low) = match bytes {
        [0xff, 0xfe, text @ ..] => (text, 0),
        [0xfe, 0xff, text @ ..] => (text, 1),
        _ => return None,
    };
    Some(text.chunks_exact(2).filter_map(|pair| pair.get(low).copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matters(kind: Kind, path: &str, text: &str) -> bool {
        may_matter(kind, Path::new(path), text.as_bytes())
    }

    #[test]
    fn json_matters_when_it_names_container_service_in_any_case() {
        assert!(matters(Kind::Json, "a.json", "{\"type\": \"microsoft.CONTAINERSERVICE/managedClusters\"}"));
        assert!(matters(Kind::Json, "a.json", "containerservice"));
        assert!(matters(Kind::Json, "a.json", "{\"templateLink\": {\"relativePath\": \"b.json\"}}"));
        assert!(matters(Kind::Json, "a.json", "\"azurerm_kubernetes_cluster_node_pool\""));
        assert!(!matters(Kind::Json, "a.json", "\"google_kubernetes_cluster\", \"privateLink\""));
        assert!(matters(Kind::Json, "a.json", r#"{"type": "Microsoft.\u0043ontainer"}"#));
        assert!(!matters(Kind::Json, "a.json", r#"{"text": "\u003cb\u003e"}"#));
        assert!(matters(Kind::Json, "a.json", "'rService/managedclusters"));
        assert!(matters(Kind::Json, "a.json", "userservice containerservice"));
        assert!(matters(Kind::Json, "a.json", "'Service', 'MANAGEDclusters'"));
        assert!(!matters(Kind::Json, "a.json", "'Service', 'managedcluster'"));
        assert!(!matters(Kind::Json, "a.json", "vvv containerservic"));
        assert!(!matters(Kind::Json, "a.json", "v"));
        assert!(!matters(Kind::Json, "a.json", "{\"name\": \"a service\", \"SERVICE\": 'services'}"));
        assert!(!matters(Kind::Json, "a.json", "{\"type\": \"Microsoft.Web/serverfarms\"}"));
    }

    #[test]
    fn json_matters_when_it_puts_the_type_together() {
        for expression in [
            "concat('Microsoft.Container', 'Service/managedClusters')",
            "concat('microsoft.cont', 'ainerservice/ManagedClusters/agentPools')",
            "format('{0}/managedClusters', 'Microsoft.ContainerService')",
            "join(createArray('Microsoft.Container', 'Service', '/managedClusters'), '')",
            "concat('Microsoft.Container', 'SERVICE/', 'managedClusters')",
        ] {
            assert!(
                matters(Kind::Json, "a.json", &format!("{{\"type\": \"[{expression}]\"}}")),
                "{expression}"
            );
        }
    }

    #[test]
    fn json_matters_when_it_is_a_parameter_file_by_schema_name_or_folder() {
        let schema = "{\"$schema\": \"https://x/2015-01-01/deploymentParameters.json#\"}";
        assert!(matters(Kind::Json, "prod.json", schema));
        assert!(matters(Kind::Json, "prod.json", "subscriptionDeploymentParameters.json#"));
        let body = "{\"parameters\": {}}";
        assert!(matters(Kind::Json, "azuredeploy.Parameters.json", body));
        assert!(matters(Kind::Json, "parameters/prod.json", body));
        assert!(!matters(Kind::Json, "prod.json", body));
        assert!(!matters(Kind::Json, "azuredeploy.parameters.json", "{}"));
    }

    #[test]
    fn terraform_matters_when_it_names_a_cluster_resource_or_a_module() {
        assert!(matters(Kind::Terraform, "a.tf", "resource \"azurerm_kubernetes_cluster\" \"a\" {}"));
        assert!(matters(Kind::Terraform, "a.tf", "type = \"Microsoft.ContainerService/managedClusters@x\""));
        assert!(matters(Kind::Terraform, "a.tf", "module \"a\" {\n  source = \"../aks\"\n}"));
        assert!(!matters(Kind::Terraform, "a.tf", "resource \"azurerm_storage_account\" \"a\" {}"));
    }

    #[test]
    fn utf_16_shows_its_ascii_characters() {
        let little: Vec<u8> = "\u{feff}aé".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}aé".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(utf16_as_ascii(&little).unwrap(), b"a\xe9");
        assert_eq!(utf16_as_ascii(&big).unwrap(), b"a\xe9");
        assert_eq!(utf16_as_ascii(b"ab"), None);
    }
}
