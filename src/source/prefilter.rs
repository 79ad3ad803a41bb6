//! Decides from raw bytes whether a file can have anything to do with AKS. It may let through too much and never too
//! little, as far as a file says so itself: what it stops is read again only where another file leads to it.

use std::path::Path;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::Kind;
use super::nodes::other_nodes;

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
                // Nodes for which the workloads here may be meant.
                || other_nodes(bytes).is_some()
        }
        Kind::Json => Skim::default().matters(bytes) || may_be_parameter_file(path) && gives_values(bytes),
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

/// A word that JSON is searched for.
struct Word {
    word: &'static str,
    /// Where in it the three bytes start by which it is found: rare in other words, and such that no two of them can
    /// overlap where their words stand.
    part: usize,
    in_any_case: bool,
    means: Meaning,
}

/// What a word says about a text.
#[derive(Clone, Copy)]
enum Meaning {
    /// It matters.
    Matters,
    /// It matters if it also has [`Meaning::NamesClusters`].
    CutsTheType,
    /// It matters if it also has [`Meaning::CutsTheType`].
    NamesClusters,
}

/// What makes JSON interesting: it names something of ours or leads to it. It may be a template whose expressions put a
/// type together: of `Microsoft.ContainerService` cut between its words, `Service/managedClusters` is enough, or
/// `'Service'` in a text that also has `managedClusters`. Who cuts inside of a word hides it.
static WORDS: [Word; 13] = {
    use Meaning::{CutsTheType, Matters, NamesClusters};
    const fn word(word: &'static str, part: usize, means: Meaning) -> Word {
        Word { word, part, in_any_case: true, means }
    }
    const fn as_written(word: &'static str, part: usize) -> Word {
        Word { word, part, in_any_case: false, means: Matters }
    }
    [
        word("ContainerService", 8, Matters),
        word("Service/managedClusters", 14, Matters),
        word("managedClusters", 6, NamesClusters),
        word("'Service'", 0, CutsTheType),
        word("'Service/", 0, CutsTheType),
        // A template that links to others: the agent pools may be in those.
        word("templateLink\"", 10, Matters),
        // The schema of a parameter file, whatever the scope of its deployment.
        word("deploymentParameters.json", 19, Matters),
        // Terraform's plans and states.
        as_written("azurerm_kubernetes_cluster", 6),
        // A manifest of Kubernetes: what it describes may run on our pools, or bring nodes beside them.
        as_written("\"spec\"", 0),
        // See `escapes_letters`.
        as_written("\\u004", 0),
        as_written("\\u005", 0),
        as_written("\\u006", 0),
        as_written("\\u007", 0),
    ]
};

impl Word {
    /// The spellings of the bytes by which it is found.
    fn spellings(&self) -> Vec<String> {
        let part = self.word.get(self.part..self.part + 3).unwrap_or(self.word);
        if !self.in_any_case {
            return vec![part.to_owned()];
        }
        part.chars().fold(vec![String::new()], |spellings, letter| {
            let mut cases = vec![letter.to_ascii_lowercase(), letter.to_ascii_uppercase()];
            cases.dedup();
            spellings
                .iter()
                .flat_map(|so_far| cases.iter().map(move |case| format!("{so_far}{case}")))
                .collect()
        })
    }

    /// Whether it stands in `bytes` with its part at this place.
    fn stands_at(&self, bytes: &[u8], part: usize) -> bool {
        let word = self.word.as_bytes();
        let start = part.checked_sub(self.part);
        let found = start.and_then(|start| bytes.get(start..start + word.len()));
        found.is_some_and(
            |found| {
                if self.in_any_case { found.eq_ignore_ascii_case(word) } else { found == word }
            },
        )
    }
}

/// One search for all the parts.
///
/// All spellings are listed, no more than 32, each of three bytes, and one of each word before the second of any. Then
/// the engine compares 32 bytes at a time, keeps the spellings of each word in one of its eight buckets, and does not
/// take one word for another: nearly three times as fast as the same search in another order or for longer parts.
static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let mut of_words: Vec<Vec<String>> = WORDS.iter().map(Word::spellings).collect();
    of_words.dedup();
    let most = of_words.iter().map(Vec::len).max().unwrap_or_default();
    let in_turn = (0..most).flat_map(|turn| of_words.iter().filter_map(move |spellings| spellings.get(turn)));
    let alternatives: Vec<String> = in_turn.map(|spelling| regex::escape(spelling)).collect();
    Regex::new(&format!("(?-u){}", alternatives.join("|"))).ok()
});

/// What a text in pieces has shown so far of what makes JSON interesting.
#[derive(Debug, Default)]
pub(super) struct Skim {
    cuts_the_type: bool,
    names_clusters: bool,
}

impl Skim {
    /// By how many bytes two pieces must overlap for no word to fall between them.
    pub(super) const OVERLAP: usize = 64;

    /// Whether the text matters after this piece of it. Once it does, later pieces change nothing.
    pub(super) fn matters(&mut self, piece: &[u8]) -> bool {
        let Some(parts) = &*PARTS else { return true };
        parts.find_iter(piece).any(|found| {
            for word in WORDS.iter().filter(|word| word.stands_at(piece, found.start())) {
                match word.means {
                    Meaning::Matters => return true,
                    Meaning::CutsTheType => self.cuts_the_type = true,
                    Meaning::NamesClusters => self.names_clusters = true,
                }
            }
            self.cuts_the_type && self.names_clusters
        })
    }
}

/// Whether [`Skim`] is enough to let JSON of this name and beginning go.
pub(super) fn is_skimmed(path: &Path, start: &[u8]) -> bool {
    !may_be_parameter_file(path) && utf16_as_ascii(start).is_none()
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
pub(super) fn names_container_service(bytes: &[u8]) -> bool {
    static PART: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?i-u)rservic").ok());
    let Some(part) = &*PART else { return true };
    part.find_iter(bytes).any(|found| is_container_service(bytes, found.start()))
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
fn may_be_parameter_file(path: &Path) -> bool {
    let says_param = |name: Option<&std::ffi::OsStr>| {
        name.is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().contains("param"))
    };
    says_param(path.file_name()) || says_param(path.parent().and_then(Path::file_name))
}

/// Whether a text has the names under which parameter files give values.
fn gives_values(bytes: &[u8]) -> bool {
    static NAMES: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("(?i-u)[\"'](parameters|value|reference)[\"']").ok());
    NAMES.as_ref().is_none_or(|names| names.is_match(bytes))
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
        assert!(matters(Kind::Json, "a.json", "{\"kind\": \"Pod\", \"spec\": {}}"));
        assert!(!matters(Kind::Json, "a.json", "{\"spectrum\": \"special\", \"x\": \"aspec\"}"));
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
    fn a_text_in_pieces_matters_as_the_whole_does() {
        let mut texts: Vec<String> =
            WORDS.iter().map(|word| format!("12345678{}12345678", word.word)).collect();
        texts.push(format!("'Service', '{}managedClusters'", "-".repeat(200)));
        texts.push(format!("'managedclusters{}', 'SERVICE/'", "-".repeat(200)));
        texts.push("nothing of ours, 'Service' here or there".to_owned());
        for text in texts.iter().map(String::as_bytes) {
            let whole = Skim::default().matters(text);
            for size in Skim::OVERLAP + 1..Skim::OVERLAP + 40 {
                let mut skim = Skim::default();
                let mut starts = (0..text.len()).step_by(size - Skim::OVERLAP);
                let in_pieces = starts.any(|start| skim.matters(&text[start..text.len().min(start + size)]));
                assert_eq!(in_pieces, whole, "{size}: {}", String::from_utf8_lossy(text));
            }
        }
    }

    #[test]
    fn the_parts_of_words_are_what_the_fast_search_takes() {
        let mut parts: Vec<Vec<String>> = WORDS.iter().map(Word::spellings).collect();
        parts.sort();
        parts.dedup();
        assert!(parts.len() <= 8);
        assert!(parts.iter().map(Vec::len).sum::<usize>() <= 32);
        assert!(parts.iter().flatten().all(|spelling| spelling.len() == 3));
        assert!(WORDS.iter().all(|word| word.word.len() <= Skim::OVERLAP));
        // A part that another's end could hide would make the search miss its word.
        for word in &WORDS {
            for part in parts.iter().flatten() {
                let text = word.word.as_bytes();
                for at in (0..text.len().saturating_sub(2)).filter(|at| at.abs_diff(word.part) < 3) {
                    let hides = text[at..at + 3].eq_ignore_ascii_case(part.as_bytes()) && at < word.part;
                    assert!(!hides, "{part} hides {}", word.word);
                }
            }
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
        assert!(matters(Kind::Json, "aks.params.json", "{\"Size\": {\"Value\": \"Standard_D4s_v5\"}}"));
        assert!(!matters(Kind::Json, "azuredeploy.parameters.json", "{}"));
        assert!(!matters(Kind::Json, "parameters.json", "{\"name\": \"valued\"}"));
    }

    #[test]
    fn terraform_matters_when_it_names_a_cluster_resource_or_a_module() {
        assert!(matters(Kind::Terraform, "a.tf", "resource \"azurerm_kubernetes_cluster\" \"a\" {}"));
        assert!(matters(Kind::Terraform, "a.tf", "type = \"Microsoft.ContainerService/managedClusters@x\""));
        assert!(matters(Kind::Terraform, "a.tf", "module \"a\" {\n  source = \"../aks\"\n}"));
        assert!(!matters(Kind::Terraform, "a.tf", "resource \"azurerm_storage_account\" \"a\" {}"));
        assert!(matters(Kind::Terraform, "a.tf", "resource \"aws_eks_node_group\" \"a\" {}"));
        assert!(matters(Kind::Terraform, "a.tf", "command = \"az aks nodepool add -n a\""));
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
