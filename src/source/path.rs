//! Paths as text: nothing here touches the disk.

use std::path::{Component, Path, PathBuf};

/// Folders that hold other people's files: they are not walked, and what is loaded from them on demand is not
/// reported.
pub(super) const VENDORED: [&str; 4] = [".terraform", ".terragrunt-cache", "node_modules", "vendor"];

/// `path` from `base`, with `.` and `..` resolved by name. Symbolic links are not looked at, so that a file keeps
/// the name under which its reader knows it.
pub fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            // `..` at the root stays at the root, as the operating system has it.
            Component::ParentDir => _ = out.pop(),
            other => out.push(other),
        }
    }
    out
}

/// How deep braces are within each other in a pattern of paths, at most. One that is escaped counts too, so that it
/// is never more than this.
pub fn braces_within(pattern: &[u8]) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in pattern {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// The deepest folder that holds all `paths`, which are absolute folders.
pub(super) fn common_ancestor<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Option<PathBuf> {
    let mut paths = paths.into_iter();
    let mut common = paths.next()?.to_path_buf();
    for path in paths {
        while !path.starts_with(&common) && common.pop() {}
    }
    Some(common)
}

/// Whether a folder of `path` below `base` holds other people's files.
pub(super) fn is_vendored(base: &Path, path: &Path) -> bool {
    let folders = path.strip_prefix(base).unwrap_or(path).parent();
    folders.is_some_and(|folders| {
        folders.components().any(|folder| VENDORED.iter().any(|name| folder.as_os_str() == *name))
    })
}

/// How many folders up a shown path may go before the absolute path is the clearer one.
const MAX_UPWARD: usize = 2;

/// `path` as a reader in the folder `base` would type it, with `/` between folders.
pub(super) fn display(base: &Path, path: &Path) -> String {
    let mut ancestor = Some(base);
    for upward in 0..=MAX_UPWARD {
        let Some(folder) = ancestor else { break };
        if let Ok(rest) = path.strip_prefix(folder) {
            // Everything is below `/`; a path from there is no shorter for its dots.
            if upward > 0 && folder.parent().is_none() {
                break;
            }
            let parts: Vec<_> = rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            return "../".repeat(upward) + &parts.join("/");
        }
        ancestor = folder.parent();
    }
    let shown = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' { shown.replace('\\', "/") } else { shown.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths_are_resolved_by_name() {
        let resolve = |path| absolute(Path::new("/a/b"), Path::new(path));
        assert_eq!(resolve("c/./d/../e.tf"), Path::new("/a/b/c/e.tf"));
        assert_eq!(resolve("../../../x"), Path::new("/x"));
        assert_eq!(resolve("/y/../z"), Path::new("/z"));
        assert_eq!(resolve("."), Path::new("/a/b"));
    }

    #[test]
    fn a_shown_path_is_relative_while_that_is_short() {
        let show = |path| display(Path::new("/home/me/repo/envs"), Path::new(path));
        assert_eq!(show("/home/me/repo/envs/prod/main.tf"), "prod/main.tf");
        assert_eq!(show("/home/me/repo/modules/aks/main.tf"), "../modules/aks/main.tf");
        assert_eq!(show("/home/me/other/main.tf"), "../../other/main.tf");
        assert_eq!(show("/home/you/main.tf"), "/home/you/main.tf");
        assert_eq!(display(Path::new("/w"), Path::new("/x/main.tf")), "/x/main.tf");
    }

    #[test]
    fn vendored_is_a_folder_below_the_base_and_not_a_file_of_that_name() {
        let vendored = |path| is_vendored(Path::new("/vendor/repo"), Path::new(path));
        assert!(vendored("/vendor/repo/a/.terraform/modules/x/main.tf"));
        assert!(!vendored("/vendor/repo/a/main.tf"));
        assert!(!vendored("/vendor/repo/a/vendor"));
    }

    #[test]
    fn the_common_ancestor_holds_every_path() {
        let common = |paths: &[&str]| common_ancestor(paths.iter().map(Path::new));
        assert_eq!(common(&["/a/b/c", "/a/bc"]), Some(PathBuf::from("/a")));
        assert_eq!(common(&["/a/b", "/a/b/c"]), Some(PathBuf::from("/a/b")));
        assert_eq!(common(&[]), None);
    }
}
