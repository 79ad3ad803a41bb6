//! Writing files as a whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Texts;

/// Writes the new texts over the files, each atomically, and gives the paths that could not be written, with the
/// reason. `old` is what each file is expected to hold.
pub fn write_all(
    project: &Path,
    texts: &Texts,
    old: &dyn Fn(&Path) -> Option<String>,
) -> Vec<(PathBuf, String)> {
    let mut failed = Vec::new();
    for (path, text) in texts {
        if let Err(why) = overwrite(project, path, text, old(path)) {
            failed.push((path.clone(), why));
        }
    }
    failed
}

fn overwrite(project: &Path, path: &Path, text: &str, old: Option<String>) -> Result<(), String> {
    let say = |error: std::io::Error| error.to_string();
    let real = path.canonicalize().map_err(say)?;
    // A link may lead anywhere; what it leads to is not the project's.
    if !real.starts_with(project.canonicalize().map_err(say)?) {
        return Err("it lies outside of the project".to_owned());
    }
    let meta = real.metadata().map_err(say)?;
    if meta.permissions().readonly() {
        return Err("it is read-only".to_owned());
    }
    let now = std::fs::read(&real).map_err(say)?;
    if old.is_none_or(|old| old.as_bytes() != now) {
        return Err("it has changed since it was read".to_owned());
    }
    replace(&real, text.as_bytes(), Some(meta.permissions())).map_err(say)
}

/// Writes a file by way of another one beside it, which then takes its place.
///
/// # Errors
///
/// What the operating system refuses; the file is then as it was.
pub fn replace(
    path: &Path,
    bytes: &[u8],
    permissions: Option<std::fs::Permissions>,
) -> Result<(), std::io::Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = folder.join(format!(".{name}.akslint-{}", std::process::id()));
    let written = (|| {
        // Never through something that is there already, a link that somebody laid out for us among it.
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Some(permissions) = permissions {
            std::fs::set_permissions(&beside, permissions)?;
        }
        std::fs::rename(&beside, path)
    })();
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            let _ = std::fs::remove_file(&beside);
            Err(error)
        }
        other => other,
    }
}
