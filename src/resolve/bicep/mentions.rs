//! The files that a file of Bicep may name, from its bytes: parsing all that call a module takes longer than all
//! the rest of a run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use memchr::{memchr2_iter, memmem};

/// What a text may name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mentions {
    /// Paths of Bicep and of templates, from the folder of the file.
    pub paths: BTreeSet<PathBuf>,
    /// Whether a path may be written with escapes, so that only a parser can tell.
    pub unclear: bool,
}

/// Endings of what a module can be.
const ENDINGS: [&[u8]; 4] = [b".bicep", b".json", b".jsonc", b".arm"];

/// Everything between two quotes of a line that ends as the name of a module does. What is in comments counts, and
/// so does what stands between two strings; paths have no holes in Bicep, so no path is missed.
pub(super) fn mentions(path: &Path, bytes: &[u8]) -> Mentions {
    let mut found = Mentions { paths: BTreeSet::new(), unclear: memmem::find(bytes, b"\\u{").is_some() };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut start = None;
    for at in memchr2_iter(b'\'', b'\n', bytes) {
        let is_quote = bytes.get(at) == Some(&b'\'');
        let piece = start.filter(|_| is_quote).and_then(|start| bytes.get(start..at));
        if let Some(piece) = piece.filter(|piece| ends_as_a_module(piece)) {
            let escaped = start.and_then(|start| start.checked_sub(2)).and_then(|before| bytes.get(before));
            match std::str::from_utf8(piece) {
                Ok(name) if !name.contains('\\') && escaped != Some(&b'\\') => {
                    found.paths.insert(folder.join(name));
                }
                _ => found.unclear = true,
            }
        }
        start = is_quote.then_some(at + 1);
    }
    found
}

fn ends_as_a_module(piece: &[u8]) -> bool {
    ENDINGS.iter().any(|ending| {
        let start = piece.len().checked_sub(ending.len());
        start.and_then(|start| piece.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Vec<String>, bool) {
        let Mentions { paths, unclear } = mentions(Path::new("/a/main.bicep"), text.as_bytes());
        (paths.iter().map(|path| path.display().to_string()).collect(), unclear)
    }

    #[test]
    fn every_path_of_a_module_is_found() {
        let paths = |text: &str| of(text).0;
        assert_eq!(paths("module a 'b/c.bicep' = {}"), ["/a/b/c.bicep"]);
        assert_eq!(
            paths("module a /* it's */ '../C.BICEP' = {}\nmodule b 'c.json'"),
            ["/a/../C.BICEP", "/a/c.json"]
        );
        assert_eq!(paths("module a '''b.bicep''' = {}"), ["/a/b.bicep"]);
        assert_eq!(paths("// don't\nusing 'main.bicep'"), ["/a/main.bicep"]);
        assert!(paths("module a 'br/public:avm/res/x:1' = {}\nvar b = 'c'").is_empty());
    }

    #[test]
    fn escapes_are_left_to_the_parser() {
        for text in ["module a 'b.bice\\u{70}'", "module a 'it\\'s.bicep'", "module a 'b\\$.bicep'"] {
            assert!(of(text).1, "{text}");
        }
        assert!(!of("var a = 'it\\'s'\nmodule b 'c.bicep'").1);
    }
}
