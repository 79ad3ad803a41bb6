#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeSet;

use ignore::{WalkBuilder, WalkState};
use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Seen {
    paths: Vec<PathBuf>,
    problems: Vec<Problem>,
}

impl Visitor for Seen {
    fn visit(&mut self, path: PathBuf, _: bool) {
        self.paths.push(path);
    }

    fn fails(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

fn seen(root: &Path, hidden: bool, gitignore: bool) -> Vec<PathBuf> {
    let options = WalkOptions { hidden, gitignore };
    let all = walk(root, options, Seen::default);
    assert!(all.iter().all(|seen| seen.problems.is_empty()));
    let mut paths: Vec<PathBuf> = all.into_iter().flat_map(|seen| seen.paths).collect();
    paths.sort();
    paths
}

/// What the walk of `ignore` sees.
fn judged(root: &Path, hidden: bool, gitignore: bool) -> Vec<PathBuf> {
    let paths = Mutex::new(Vec::new());
    let mut walk = WalkBuilder::new(root);
    walk.hidden(!hidden).git_ignore(gitignore).git_exclude(gitignore).ignore(gitignore).parents(gitignore);
    walk.git_global(false).require_git(false);
    walk.filter_entry(|entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !is_folder || entry.file_name() != ".git" && entry.file_name() != "vendor"
    });
    walk.build_parallel().run(|| {
        Box::new(|entry| {
            if let Ok(entry) = entry
                && entry.depth() > 0
            {
                paths.lock().unwrap().push(entry.into_path());
            }
            WalkState::Continue
        })
    });
    let mut paths = paths.into_inner().unwrap();
    paths.sort();
    paths
}

const NAMES: [&str; 9] = ["a", "b", "a.tf", ".h", "!b", "ab", "vendor", "#c", "{a,b}"];
const PATTERNS: [&str; 24] = [
    "a", "b", "/a", "a/", "*.tf", "!a", "!a.tf", "!.h", ".h", "a/b", "/a/b/", "**/b", "a/**", "!a/b", "*",
    "!*/", "\\!b", "\\#c", "#c", "a*  ", "[", "[ab]", "?", "b/*.tf",
];

fn a_path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&NAMES[..]), 1..5).prop_map(|names| names.join("/"))
}

/// What braces are to git.
const OF_BRACES: [&str; 6] = ["{a,b}", "\\{a,b}", "[{]a,b[}]", "{a", "*}", "[]{]*"];

fn an_ignore_file(
    names: &[&'static str],
    all: &[&'static str],
) -> impl Strategy<Value = (String, String)> + use<> {
    let below = (a_path(), prop::sample::select(names.to_vec()));
    let path = prop_oneof![
        prop::sample::select(names.to_vec()).prop_map(str::to_owned),
        Just(".git/info/exclude".to_owned()),
        below.prop_map(|(folder, name)| format!("{folder}/{name}")),
    ];
    let patterns = prop::collection::vec(prop::sample::select(all.to_vec()), 0..5);
    (path, patterns, any::<bool>()).prop_map(|(path, patterns, has_mark)| {
        let mark = if has_mark { "\u{feff}" } else { "" };
        (path, format!("{mark}{}\n", patterns.join("\n")))
    })
}

fn plant(tree: &Path, files: &[String], ignores: &[(String, String)]) {
    let empty = files.iter().map(|path| (path, ""));
    for (path, text) in empty.chain(ignores.iter().map(|(path, text)| (path, text.as_str()))) {
        let path = tree.join(path);
        // Where a file is in the way of a folder, or the other way round, the first stays.
        if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.exists() {
            fs::write(path, text).unwrap();
        }
    }
}

/// What git would add; `None` where there is no git.
fn judged_by_git(tree: &Path) -> Option<BTreeSet<PathBuf>> {
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(arguments).current_dir(tree).env_clear().env("PATH", std::env::var_os("PATH")?);
        let home = tree.parent().unwrap();
        git.env("HOME", home).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TEMPLATE_DIR", home.join("none"));
        git.output().ok().filter(|output| output.status.success())
    };
    git(&["init", "--quiet"])?;
    let listed = git(&["ls-files", "--others", "--exclude-standard", "-z"])?.stdout;
    let paths = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Some(paths.map(|path| tree.join(String::from_utf8_lossy(path).as_ref())).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn what_is_left_out_is_what_git_ignores(
        files in prop::collection::vec(a_path(), 1..30),
        ignores in prop::collection::vec(
            an_ignore_file(&[".gitignore"], &[&PATTERNS[..], &OF_BRACES[..]].concat()), 0..6),
    ) {
        let scratch = tempfile::tempdir().unwrap();
        let tree = scratch.path().join("tree");
        plant(&tree, &files, &ignores);
        let Some(judged) = judged_by_git(&tree) else {
            assert!(std::env::var_os("AKSLINT_REQUIRE_ORACLES").is_none(), "git is not here");
            println!("git is not here: nothing is compared");
            return Ok(());
        };
        let is_vendored = |path: &Path| {
            path.parent().unwrap().strip_prefix(&tree).unwrap().iter().any(|folder| folder == "vendor")
        };
        let judged: BTreeSet<PathBuf> = judged.into_iter().filter(|path| !is_vendored(path)).collect();
        let seen = seen(&tree, true, true).into_iter().filter(|path| path.is_file());
        prop_assert_eq!(seen.collect::<BTreeSet<_>>(), judged);
    }

    #[test]
    fn what_is_left_out_is_what_the_library_s_own_walk_leaves_out(
        files in prop::collection::vec(a_path(), 1..30),
        ignores in prop::collection::vec(an_ignore_file(&[".gitignore", ".ignore"], &PATTERNS), 0..6),
        from in prop_oneof![3 => Just(String::new()), 1 => a_path()],
    ) {
        let scratch = tempfile::tempdir().unwrap();
        let tree = scratch.path().join("tree");
        plant(&tree, &files, &ignores);
        let from = Path::new(&from);
        let root = [from, Path::new("")].iter().map(|from| tree.join(from)).find(|path| path.is_dir()).unwrap();
        let link = scratch.path().join("link");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&root, &link).unwrap();
        for root in [root, link].iter().filter(|root| root.exists()) {
            for (hidden, gitignore) in [(false, true), (true, true), (false, false)] {
                prop_assert_eq!(seen(root, hidden, gitignore), judged(root, hidden, gitignore));
            }
        }
    }
}

#[test]
#[cfg(unix)]
fn rules_above_a_root_that_is_a_link_are_about_where_it_leads() {
    let scratch = tempfile::tempdir().unwrap();
    let link = scratch.path().join("link");
    fs::create_dir_all(scratch.path().join("tree/a/b")).unwrap();
    fs::create_dir_all(scratch.path().join("tree/a/c")).unwrap();
    fs::write(scratch.path().join("tree/.gitignore"), "/a/b\n").unwrap();
    std::os::unix::fs::symlink(scratch.path().join("tree/a"), &link).unwrap();
    assert_eq!(seen(&link, false, true), [link.join("c")]);
}

#[test]
fn a_folder_of_many_files_and_a_deep_one_are_walked_whole() {
    let scratch = tempfile::tempdir().unwrap();
    let mut expected = BTreeSet::new();
    let mut folder = scratch.path().to_owned();
    for depth in 0..60 {
        for file in 0..if depth == 30 { 1_000 } else { 3 } {
            let path = folder.join(format!("{file}.json"));
            fs::write(&path, "").unwrap();
            expected.insert(path);
        }
        folder.push("d");
        fs::create_dir(&folder).unwrap();
        expected.insert(folder.clone());
    }
    let found = seen(scratch.path(), false, true);
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn a_further_working_tree_follows_what_all_of_them_exclude() {
    let scratch = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = scratch.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("main/.git/info/exclude", "out\n");
    write("main/.git/worktrees/second/commondir", "../..\n");
    for git_dir in
        ["../main/.git/worktrees/second", scratch.path().join("main/.git/worktrees/second").to_str().unwrap()]
    {
        write("second/.git", &format!("gitdir: {git_dir}\n"));
        write("second/out/a.tf", "");
        write("second/in/a.tf", "");
        let root = scratch.path().join("second");
        assert_eq!(seen(&root, false, true), [root.join("in"), root.join("in/a.tf")]);
    }
}

#[test]
fn git_s_rules_end_where_a_repository_does() {
    let scratch = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = scratch.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(".gitignore", "*.tf\n");
    write(".ignore", "*.json\n");
    for path in ["own/a.tf", "own/a.json", "own/a.bicep", "own/inner/b.tf", "own/inner/c.tf", "plain/a.tf"] {
        write(path, "");
    }
    let files = |root: &str| -> Vec<PathBuf> {
        let seen = seen(&scratch.path().join(root), false, true).into_iter().filter(|path| path.is_file());
        seen.map(|path| path.strip_prefix(scratch.path()).unwrap().to_owned()).collect()
    };
    assert_eq!(files(""), [PathBuf::from("own/a.bicep")]);
    assert_eq!(files("plain"), Vec::<PathBuf>::new());
    write("own/.git/HEAD", "");
    let own = ["own/a.bicep", "own/a.tf", "own/inner/b.tf", "own/inner/c.tf"].map(PathBuf::from);
    assert_eq!(files("own"), own);
    // A repository in another, as a submodule is.
    assert_eq!(files(""), own);
    write("own/.gitignore", "b.tf\n");
    write("own/inner/.git", "gitdir: ../../.modules/inner\n");
    write(".modules/inner/info/exclude", "c.tf\n");
    assert_eq!(files("own/inner"), [PathBuf::from("own/inner/b.tf")]);
    assert_eq!(files(""), ["own/a.bicep", "own/a.tf", "own/inner/b.tf"].map(PathBuf::from));
}

#[test]
fn patterns_without_a_bound_are_told_wherever_they_are() {
    let many = "a\n".repeat(MAX_PATTERNS + 1);
    for (file, is_below) in
        [(".git/info/exclude", false), ("below/.git/info/exclude", true), ("below/.ignore", true)]
    {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::create_dir_all(scratch.path().join("below/further")).unwrap();
        fs::write(&path, &many).unwrap();
        let options = WalkOptions { hidden: false, gitignore: true };
        let (mut paths, mut problems) = (Vec::new(), Vec::new());
        for seen in walk(scratch.path(), options, Seen::default) {
            paths.extend(seen.paths);
            problems.extend(seen.problems);
        }
        assert_eq!(problems.len(), 1, "{file}");
        assert_eq!(problems.first().unwrap().path, path);
        assert_eq!(paths.contains(&scratch.path().join("below/further")), !is_below, "{file}");
    }
}
