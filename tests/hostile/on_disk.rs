//! What a tree can hold besides files.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::{says, terraform};

fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Both commands over a project, with what they write to either stream. The project is a folder in a folder,
/// so that there is something outside of it.
fn run(project: &Path, paths: &[&str]) -> (i32, String) {
    std::fs::create_dir_all(project.join(".git")).unwrap();
    let mut shown = String::new();
    let mut code = 0;
    for command in ["pools", "check"] {
        let mut run = assert_cmd::Command::cargo_bin("akslint").unwrap();
        run.current_dir(project).env_clear().timeout(Duration::from_secs(20)).arg(command);
        let output = run.args(paths).args(["--as-of", "2026-11-20"]).output().unwrap();
        code = output.status.code().unwrap();
        shown.push_str(&String::from_utf8(output.stdout).unwrap());
        shown.push_str(&String::from_utf8(output.stderr).unwrap());
    }
    (code, shown)
}

fn project() -> (TempDir, std::path::PathBuf) {
    let dir = TempDir::new().unwrap();
    let project = dir.path().join("project");
    write(&project, "main.tf", terraform("  name = \"good\"\n  vm_size = \"Standard_D4s_v5\"", ""));
    (dir, project)
}

#[test]
fn links_in_circles_are_not_followed() {
    let (_dir, project) = project();
    symlink(".", project.join("loop")).unwrap();
    symlink("b", project.join("a")).unwrap();
    symlink("a", project.join("b")).unwrap();
    symlink("self.tf", project.join("self.tf")).unwrap();
    symlink("missing", project.join("dangling.tf")).unwrap();
    let (code, shown) = run(&project, &[]);
    says(&shown, "2 agent pools in 1 cluster");
    assert_eq!(code, 0);
}

#[test]
fn functions_that_read_files_do_not_leave_the_project_through_links() {
    let (dir, project) = project();
    write(dir.path(), "secret.txt", "Standard_SECRET_v5");
    symlink("../secret.txt", project.join("link.txt")).unwrap();
    symlink("..", project.join("up")).unwrap();
    for call in [
        "file(\"link.txt\")",
        "file(\"${path.module}/up/secret.txt\")",
        "file(\"../secret.txt\")",
        "templatefile(\"link.txt\", {})",
        "templatefile(\"up/secret.txt\", {})",
        "filebase64(\"link.txt\")",
        "base64decode(filebase64(\"link.txt\"))",
    ] {
        write(&project, "main.tf", terraform(&format!("  name = \"p\"\n  vm_size = {call}"), ""));
        let (_, shown) = run(&project, &[]);
        says(&shown, "2 agent pools in 1 cluster");
        assert!(!shown.contains("SECRET"), "{call}: {shown}");
    }
    write(&project, "inside.txt", "Standard_INSIDE_v5");
    write(&project, "main.tf", terraform("  name = \"p\"\n  vm_size = file(\"inside.txt\")", ""));
    says(&run(&project, &[]).1, "Standard_INSIDE_v5");
}

#[test]
fn folders_and_pipes_named_like_files_are_passed_by() {
    let (_dir, project) = project();
    std::fs::create_dir_all(project.join("x.tf/y.json")).unwrap();
    write(&project, "x.tf/z.tf", terraform("  name = \"z\"", ""));
    for name in [
        "pipe.tf",
        "pipe.json",
        "pipe.tfvars",
        "terraform.tfvars",
        "pipe.yaml",
        ".terraform/modules/modules.json",
    ] {
        std::fs::create_dir_all(project.join(name).parent().unwrap()).unwrap();
        let made = std::process::Command::new("mkfifo").arg(project.join(name)).status();
        if !made.is_ok_and(|status| status.success()) {
            return; // A system without pipes in its folders.
        }
    }
    let (code, shown) = run(&project, &[]);
    says(&shown, "4 agent pools in 2 clusters");
    assert_eq!(code, 0, "{shown}");
    // Named, it is something that cannot be looked at.
    let (code, shown) = run(&project, &["pipe.tf"]);
    assert_eq!(code, 2, "{shown}");
    says(&shown, "akslint: cannot read pipe.tf: not a regular file");
}

#[test]
fn too_many_ignored_paths_are_not_compiled_and_braces_are_letters() {
    let deep = format!("{}a{}\n", "{".repeat(60_000), "}".repeat(60_000));
    let many = deep.clone() + &"a*b\n".repeat(10_000);
    let pool = terraform("  name = \"Bad\"\n  vm_size = \"Standard_D4s_v5\"", "");
    for name in [".gitignore", ".ignore"] {
        let (_dir, project) = project();
        write(&project, &format!("below/{name}"), &many);
        write(&project, "below/main.tf", &pool);
        let (code, shown) = run(&project, &[]);
        says(&shown, "2 agent pools in 1 cluster");
        says(&shown, &format!("not read: below/{name} (it has too many patterns, so that nothing"));
        assert_eq!(code, 0);

        let (_dir, project) = self::project();
        write(&project, name, &many);
        write(&project, "below/main.tf", &pool);
        let (code, shown) = run(&project, &[]);
        says(&shown, &format!("not read: {name} (it has too many patterns, so that no file"));
        says(&shown, "below/main.tf");
        assert_eq!(code, 1);
        // Whoever asks for all files has no patterns read.
        let (_, shown) = run(&project, &["--no-ignore"]);
        assert!(!shown.contains("patterns"), "{shown}");
        write(&project, name, &(deep.clone() + "\nbelow/\n"));
        let (code, shown) = run(&project, &[]);
        says(&shown, "2 agent pools in 1 cluster");
        assert_eq!(code, 0);
    }
}

#[test]
fn a_file_without_permission_is_named() {
    let (_dir, project) = project();
    write(&project, "bad.tf", "# azurerm_kubernetes_cluster\n");
    let bad = project.join("bad.tf");
    std::fs::set_permissions(&bad, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&bad).is_ok() {
        return; // Permissions do not bind the superuser.
    }
    says(&run(&project, &[]).1, "not read: bad.tf (cannot be read: ");
}

#[test]
fn names_of_files_reach_no_terminal_and_no_ci() {
    let (_dir, project) = project();
    let bad = "resource \"azurerm_kubernetes_cluster\" \"x\" {\n  a = \"\n}\n";
    for name in
        ["a\n::error::owned.tf", "\u{1b}[31mred.tf", "##[error]x.tf", "::warning::y.tf", "\u{9b}31m.tf"]
    {
        write(&project, name, bad);
    }
    let not_utf8: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\xfe.tf");
    std::fs::write(project.join(not_utf8), bad).unwrap();
    let (code, shown) = run(&project, &[]);
    assert_eq!(code, 1);
    super::check_characters(&shown);
}
