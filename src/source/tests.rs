use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

const CLUSTER: &str = "resource \"azurerm_kubernetes_cluster\" \"a\" {}\n";
const ARM: &str = "{\"type\": \"Microsoft.ContainerService/managedClusters\"}";

/// A scratch folder with these files. Its path has no symbolic link in it.
fn tree(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        write(dir.path(), path, text.as_bytes());
    }
    let root = dir.path().canonicalize().unwrap();
    (dir, root)
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Options for a project whose PATH is its root.
fn options(root: &Path) -> DiscoverOptions {
    DiscoverOptions { project: root.to_path_buf(), ..DiscoverOptions::new(vec![root.to_path_buf()]) }
}

/// The found files of all kinds relative to the root, in the order of their numbers.
fn found(sources: &Sources, root: &Path) -> Vec<String> {
    let kinds = [Kind::Terraform, Kind::TerraformVars, Kind::TerraformJson, Kind::Json, Kind::Yaml];
    let ids: BTreeSet<FileId> = kinds.into_iter().flat_map(|kind| sources.found(kind)).collect();
    ids.into_iter()
        .map(|id| sources.file(id).unwrap().path.strip_prefix(root).unwrap().to_string_lossy().into_owned())
        .collect()
}

fn discover(options: &DiscoverOptions) -> Vec<String> {
    let discovery = Sources::discover(options).unwrap();
    assert_eq!(discovery.problems, []);
    found(&discovery.sources, &options.project)
}

#[test]
fn files_are_found_by_kind_and_numbered_by_path() {
    let (_dir, root) = tree(&[
        ("z.tf", CLUSTER),
        ("b/main.tf", CLUSTER),
        ("b/prod.tfvars", "x = 1"),
        ("a/azuredeploy.json", ARM),
        ("a/main.tf.json", "{}"),
        ("k8s/pod.yml", "a: b"),
        ("README.md", "azurerm_kubernetes"),
    ]);
    let all = ["a/azuredeploy.json", "a/main.tf.json", "b/main.tf", "b/prod.tfvars", "k8s/pod.yml", "z.tf"];
    for _ in 0..5 {
        assert_eq!(discover(&options(&root)), all);
    }
    let discovery = Sources::discover(&options(&root)).unwrap();
    assert_eq!(discovery.files_seen, 6);
    assert_eq!(discovery.sources.found(Kind::Yaml), [FileId(4)]);
    assert_eq!(discovery.sources.text(FileId(3)).as_deref(), Some("x = 1"), "read when asked for");
}

#[test]
fn a_file_is_counted_once_however_it_is_named() {
    let (_dir, root) = tree(&[
        ("a/x.json", "{}"),
        ("a/y.json", "{}"),
        ("main.tf", CLUSTER),
        (".gitignore", "out"),
        ("out/z.json", "{}"),
    ]);
    let seen = |paths: &[&str]| {
        let paths = paths.iter().map(|path| root.join(path)).collect();
        let options = DiscoverOptions { project: root.clone(), paths, ..options(&root) };
        Sources::discover(&options).unwrap().files_seen
    };
    assert_eq!(seen(&["."]), 3);
    assert_eq!(seen(&["a"]), 3);
    assert_eq!(seen(&["a/x.json", "main.tf", "a"]), 3);
    assert_eq!(seen(&["out"]), 4);
    assert_eq!(seen(&["out/z.json", "a/y.json"]), 4);
}

#[test]
fn ignored_hidden_and_vendored_folders_are_not_walked() {
    let (_dir, root) = tree(&[
        (".gitignore", "out/\n"),
        ("main.tf", CLUSTER),
        ("out/main.tf", CLUSTER),
        (".hidden/main.tf", CLUSTER),
        (".git/main.tf", CLUSTER),
        (".terraform/modules/a/main.tf", CLUSTER),
        ("x/node_modules/a/main.tf", CLUSTER),
        ("x/vendor/a/main.tf", CLUSTER),
    ]);
    assert_eq!(discover(&options(&root)), ["main.tf"]);
    let no_gitignore = DiscoverOptions { gitignore: false, ..options(&root) };
    assert_eq!(discover(&no_gitignore), ["main.tf", "out/main.tf"]);
    let hidden = DiscoverOptions { hidden: true, ..options(&root) };
    assert_eq!(discover(&hidden), [".hidden/main.tf", "main.tf"]);
}

#[test]
fn a_path_that_the_user_names_is_read_whatever_hides_it() {
    let (_dir, root) = tree(&[
        (".gitignore", "out/\n"),
        ("main.tf", CLUSTER),
        ("out/a.tf", CLUSTER),
        ("out/b.tf", "locals {}"),
        ("vendor/aks/c.tf", CLUSTER),
        ("plain.tf", "locals {}"),
        ("other.tf", "locals {}"),
    ]);
    let named = |paths: &[&str]| {
        let paths = paths.iter().map(|path| root.join(path)).collect();
        discover(&DiscoverOptions { paths, ..options(&root) })
    };
    assert_eq!(named(&["out"]), ["main.tf", "out/a.tf"]);
    assert_eq!(named(&["vendor/aks"]), ["main.tf", "vendor/aks/c.tf"]);
    assert_eq!(named(&["plain.tf", "out/b.tf"]), ["main.tf", "out/b.tf", "plain.tf"]);
    assert_eq!(named(&["main.tf", "main.tf"]), ["main.tf"]);
}

#[test]
fn the_prefilter_leaves_out_what_has_nothing_to_do_with_aks() {
    let (_dir, root) = tree(&[
        ("aks.tf", CLUSTER),
        ("storage.tf", "resource \"azurerm_storage_account\" \"a\" {}"),
        ("arm.json", ARM),
        ("package.json", "{\"version\": \"v1\"}"),
        ("prod.parameters.json", "{\"parameters\": {}}"),
    ]);
    assert_eq!(discover(&options(&root)), ["aks.tf", "arm.json", "prod.parameters.json"]);
    let all = DiscoverOptions { prefilter: false, ..options(&root) };
    assert_eq!(discover(&all), ["aks.tf", "arm.json", "package.json", "prod.parameters.json", "storage.tf"]);
}

#[test]
fn a_path_that_does_not_exist_is_an_error_and_names_it() {
    let (_dir, root) = tree(&[("main.tf", CLUSTER)]);
    let missing = root.join("nope");
    let options = DiscoverOptions { paths: vec![missing.clone()], ..options(&root) };
    assert_eq!(Sources::discover(&options).unwrap_err(), MissingPath { path: missing });
}

#[test]
fn text_that_is_not_utf_8_is_a_problem_with_the_place_of_the_first_bad_byte() {
    let (_dir, root) = tree(&[("a.tf", CLUSTER)]);
    write(&root, "b.tf", b"# azurerm_kubernetes\n# caf\xe9\n");
    write(&root, "c.tf", b"# irrelevant \xe9\n");
    let utf16: Vec<u8> = format!("\u{feff}{ARM}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    write(&root, "d.json", &utf16);
    let Discovery { sources, problems, .. } = Sources::discover(&options(&root)).unwrap();
    assert_eq!(
        problems,
        [
            Problem {
                path: root.join("b.tf"),
                span: Some(Span::new(FileId(1), 26, 26)),
                message: "not UTF-8 text: first bad byte at offset 26, in line 2".into(),
            },
            Problem {
                path: root.join("d.json"),
                span: None,
                message: "UTF-16 text; save it as UTF-8".into()
            },
        ]
    );
    assert_eq!(found(&sources, &root), ["a.tf", "b.tf", "d.json"]);
    assert_eq!(sources.text(FileId(1)), None);
    assert_eq!(sources.load(&root.join("b.tf")), Err(LoadError::NotUtf8 { offset: 26, line: 2 }));
}

#[test]
fn a_file_over_the_size_limit_is_a_problem_and_is_not_read() {
    let (_dir, root) = tree(&[("a.json", ARM), ("b.json", &format!("{ARM}{}", " ".repeat(100)))]);
    let limit = ARM.len() as u64;
    let Discovery { sources, problems, .. } =
        Sources::discover(&DiscoverOptions { max_file_bytes: limit, ..options(&root) }).unwrap();
    assert_eq!(sources.text(FileId(0)).as_deref(), Some(ARM));
    assert_eq!(sources.text(FileId(1)), None);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, format!("larger than {limit} bytes and not read"));
}

#[test]
fn the_project_is_the_nearest_folder_with_git_or_a_root_configuration() {
    let (_dir, root) = tree(&[
        (".git/HEAD", ""),
        ("a/b/main.tf", ""),
        ("a/c/main.tf", ""),
        ("inner/akslint.toml", "# top\nroot = true # yes\n[rules]\n"),
        ("inner/x/main.tf", ""),
        ("not/akslint.toml", "[rules]\nroot = true\n"),
        ("not/x/main.tf", ""),
    ]);
    let project =
        |paths: &[&str]| project_root(&paths.iter().map(|path| root.join(path)).collect::<Vec<_>>());
    assert_eq!(project(&["a/b/main.tf"]), root);
    assert_eq!(project(&["a/b", "a/c"]), root);
    assert_eq!(project(&["inner/x/main.tf"]), root.join("inner"));
    assert_eq!(project(&["inner"]), root.join("inner"));
    assert_eq!(project(&["inner/x", "a"]), root);
    assert_eq!(project(&["not/x"]), root);
}

#[test]
fn without_such_a_folder_the_project_is_the_common_ancestor() {
    let (_dir, root) = tree(&[("a/b/main.tf", ""), ("a/c/d/main.tf", "")]);
    assert_eq!(project_root(&[root.join("a/b/main.tf"), root.join("a/c/d")]), root.join("a"));
    assert_eq!(project_root(&[root.join("a/b/../c/d/main.tf")]), root.join("a/c/d"));
}

#[test]
fn files_are_reported_when_they_lie_under_a_path_and_are_the_authors_own() {
    let (_dir, root) =
        tree(&[("a/main.tf", CLUSTER), ("b/main.tf", CLUSTER), ("a/.terraform/modules/m/main.tf", CLUSTER)]);
    let judge = |path: &str| {
        let options = DiscoverOptions { paths: vec![root.join(path)], ..options(&root) };
        let sources = Sources::discover(&options).unwrap().sources;
        let load = |file: &str| sources.load(&root.join(file)).unwrap();
        let (a, b, m) = (load("a/main.tf"), load("b/main.tf"), load("a/.terraform/modules/m/main.tf"));
        assert!(sources.file(a).unwrap().found);
        ([a, b, m].map(|id| sources.is_reported(id)), [a, b, m].map(|id| sources.is_vendored(id)))
    };
    assert_eq!(judge("a"), ([true, false, false], [false, false, true]));
    assert_eq!(judge("b/main.tf"), ([false, true, false], [false, false, true]));
    assert_eq!(judge("a/.terraform/modules/m"), ([false, false, true], [false, false, false]));
}

#[test]
fn loading_reaches_any_file_once() {
    let (_dir, root) = tree(&[("project/main.tf", CLUSTER), ("modules/aks/x.tf", "locals {}")]);
    let sources = Sources::discover(&options(&root.join("project"))).unwrap().sources;
    let ids: BTreeSet<FileId> = std::thread::scope(|scope| {
        let load = || sources.load(&root.join("project/../modules/aks/x.tf")).unwrap();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ids, BTreeSet::from([FileId(1)]));
    assert_eq!(sources.text(FileId(1)).as_deref(), Some("locals {}"));
    let file = sources.file(FileId(1)).unwrap();
    assert_eq!(
        (file.path.clone(), file.kind, file.found),
        (root.join("modules/aks/x.tf"), Kind::Terraform, false)
    );
    assert_eq!(sources.load(&root.join("nope.tf")), Err(LoadError::NotFound));
    assert_eq!(sources.load(&root), Err(LoadError::WrongType));
}

#[test]
#[cfg(unix)]
fn a_file_function_does_not_leave_its_root_not_even_through_a_link() {
    use std::os::unix::fs::symlink;
    let (_dir, root) = tree(&[("p/in.txt", "in"), ("secret.txt", "out"), ("p-other/x.txt", "out")]);
    symlink(root.join("secret.txt"), root.join("p/link.txt")).unwrap();
    symlink(&root, root.join("p/up")).unwrap();
    symlink(root.join("p/in.txt"), root.join("p/inner-link.txt")).unwrap();
    let project = root.join("p");
    let sources = Sources::discover(&options(&project)).unwrap().sources;
    let inside = |path: &str| sources.load_inside(&project, &project.join(path)).err();
    assert_eq!(inside("in.txt"), None);
    assert_eq!(inside("inner-link.txt"), None);
    assert_eq!(inside("../secret.txt"), Some(LoadError::Outside));
    assert_eq!(inside("../p-other/x.txt"), Some(LoadError::Outside));
    assert_eq!(inside("link.txt"), Some(LoadError::Outside));
    assert_eq!(inside("up/secret.txt"), Some(LoadError::Outside));
    assert_eq!(inside("none.txt"), Some(LoadError::NotFound));
    assert_eq!(inside("../none.txt"), Some(LoadError::Outside), "says nothing about what exists outside");
}

#[test]
#[cfg(unix)]
fn the_walk_does_not_follow_links() {
    let (_dir, root) = tree(&[("a/main.tf", CLUSTER), ("real/b.tf", CLUSTER)]);
    std::os::unix::fs::symlink(root.join("real"), root.join("a/link")).unwrap();
    assert_eq!(discover(&options(&root.join("a"))), ["main.tf"]);
}

#[test]
fn a_folder_lists_its_own_files_as_terraform_sees_them() {
    let files = [
        ("m/b.tf", ""),
        ("m/a.tf", ""),
        ("m/.hidden.tf", ""),
        ("m/#x.tf#", ""),
        ("m/x.tfvars", ""),
        ("m/sub/c.tf", ""),
    ];
    let (_dir, root) = tree(&files);
    let disk = Sources::discover(&options(&root)).unwrap().sources;
    let memory = Sources::in_memory(&files);
    for (sources, root) in [(&disk, root.as_path()), (&memory, Path::new("/"))] {
        let list = |dir: &str, kinds: &[Kind]| sources.read_dir_files(&root.join(dir), kinds);
        assert_eq!(list("m", &[Kind::Terraform]), Ok(vec![root.join("m/a.tf"), root.join("m/b.tf")]));
        assert_eq!(list("m/sub/..", &[Kind::TerraformVars]), Ok(vec![root.join("m/x.tfvars")]));
        assert_eq!(list("none", &[Kind::Terraform]), Err(LoadError::NotFound));
    }
}

#[test]
fn files_in_memory_behave_as_a_discovery_without_prefilter() {
    let files = [
        ("main.tf", "locals {}\n"),
        ("k/a.yaml", "a: 1"),
        ("t.tpl", "hello"),
        (".terraform/modules/m/main.tf", CLUSTER),
    ];
    let (_dir, root) = tree(&files);
    let disk = Sources::discover(&DiscoverOptions { prefilter: false, ..options(&root) }).unwrap().sources;
    let memory = Sources::in_memory(&files);
    for (sources, root) in [(&disk, root.as_path()), (&memory, Path::new("/"))] {
        assert_eq!(sources.project(), root);
        assert_eq!(found(sources, root), ["k/a.yaml", "main.tf"]);
        let main = sources.load(&root.join("main.tf")).unwrap();
        assert_eq!(main, FileId(1));
        assert!(sources.is_reported(main));
        let template = sources.load_inside(root, &root.join("k/../t.tpl")).unwrap();
        assert_eq!(sources.text(template).as_deref(), Some("hello"));
        assert_eq!(sources.file(template).unwrap().kind, Kind::Other);
        let module = sources.load(&root.join(".terraform/modules/m/main.tf")).unwrap();
        assert!(sources.is_vendored(module) && !sources.is_reported(module));
        assert_eq!(sources.load(&root.join("none.tf")), Err(LoadError::NotFound));
    }
    assert_eq!(memory.display_path(FileId(0)), "k/a.yaml");
}

#[test]
fn a_span_is_located_in_its_file() {
    let sources = Sources::in_memory(&[("a.tf", "x = 1\nβ = 2\n")]);
    let span = Span::new(FileId(0), 9, 12);
    let at = |line, column| LineColumn { line, column };
    assert_eq!(sources.location(span), (at(2, 3), at(2, 6)));
    assert_eq!(sources.location(Span::new(FileId(9), 0, 1)), (at(1, 1), at(1, 1)));
}

#[test]
fn kinds_go_by_the_name() {
    let kind = |path: &str| Kind::of(Path::new(path));
    assert_eq!(kind("a.tf"), Kind::Terraform);
    assert_eq!(kind("x.auto.tfvars"), Kind::TerraformVars);
    assert_eq!(kind("a.tf.json"), Kind::TerraformJson);
    assert_eq!(kind("a.tfvars.json"), Kind::TerraformJson);
    assert_eq!(kind("Deploy.JSON"), Kind::Json);
    assert_eq!(kind("deploy.jsonc"), Kind::Json);
    assert_eq!(kind("a.yml"), Kind::Yaml);
    assert_eq!(kind("a.TF"), Kind::Other);
    assert_eq!(kind("tf"), Kind::Other);
}

#[test]
fn json_is_searched_whole_in_whatever_pieces_it_is_read() {
    let (_dir, root) = tree(&[]);
    // Around the places at which one piece ends and the next begins, and far from them.
    let places = [0, 1000]
        .into_iter()
        .chain((128 << 10) - 60..(128 << 10) + 8)
        .chain((256 << 10) - 30..(256 << 10) + 2);
    let mut expected = Vec::new();
    for place in places {
        let name = format!("at{place:06}.json");
        write(&root, &name, format!("{}{ARM}{}", " ".repeat(place), " ".repeat(200_000)).as_bytes());
        expected.push(name);
    }
    for size in [0, 1, 63, 64, 65, (128 << 10) - 1, 128 << 10, (128 << 10) + 1, 300_000] {
        write(&root, &format!("nothing{size}.json"), " ".repeat(size).as_bytes());
    }
    assert_eq!(discover(&options(&root)), expected);
}
