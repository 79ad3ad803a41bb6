//! Writing files as a whole or not at all.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Write};
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
    if !meta.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if meta.permissions().readonly() {
        return Err("it is read-only".to_owned());
    }
    // One of its names may lie outside of the project.
    if has_other_names(&meta) {
        return Err("it has other names (hard links), which an edit would change or part from it".to_owned());
    }
    let now = std::fs::read(&real).map_err(say)?;
    if old.is_none_or(|old| old.as_bytes() != now) {
        return Err("it has changed since it was read".to_owned());
    }
    replace(&real, text.as_bytes()).map_err(say)
}

/// How many names for the file beside are tried: what a run that was stopped left behind is in nobody's way.
const ATTEMPTS: usize = 1000;

/// Writes a file by way of another one beside it, which then takes its place, with the permissions and the owner that
/// it has. What cannot be replaced so without becoming something else is written where it is: what is no regular
/// file, what has several names, what belongs to somebody whose file we cannot make. Of a link, what it leads to is
/// written.
///
/// # Errors
///
/// What the operating system refuses; a file that was to be replaced is then as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), std::io::Error> {
    let Ok(path) = path.canonicalize() else {
        // Nothing is there, or a link to nothing: then that is made.
        return match path.is_symlink() {
            true => write_through(path, bytes),
            false => write_beside(path, bytes, None).map(|_| ()),
        };
    };
    let meta = path.metadata()?;
    if !meta.is_file() || has_other_names(&meta) || !write_beside(&path, bytes, Some(&meta))? {
        return write_through(&path, bytes);
    }
    Ok(())
}

/// Writes into what is there.
fn write_through(path: &Path, bytes: &[u8]) -> Result<(), std::io::Error> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    file.write_all(bytes)
}

/// Whether the file goes by other names too, which would no longer mean it once it is replaced.
fn has_other_names(meta: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(meta) > 1;
    #[cfg(not(unix))]
    false
}

/// Replaces a file, or makes it where `old` is none. False if the new one would belong to somebody else, and nothing
/// was done.
fn write_beside(path: &Path, bytes: &[u8], old: Option<&Metadata>) -> Result<bool, std::io::Error> {
    let (mut file, beside) = create_beside(path, old.is_some())?;
    let written = (|| {
        if let Some(old) = old {
            if !keep_owner(&file, old)? {
                return Ok(false);
            }
            file.set_permissions(old.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        Ok(true)
    })();
    if !matches!(written, Ok(true)) {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A new file in the folder of another, which nobody else can read if it is to hold what that holds.
fn create_beside(path: &Path, is_private: bool) -> Result<(File, PathBuf), std::io::Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut options = std::fs::OpenOptions::new();
    // Never through something that is there already, a link that somebody laid out for us among it.
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    let mut attempt = 0;
    loop {
        let beside = folder.join(format!(".akslint-{}-{attempt}", std::process::id()));
        match options.open(&beside) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < ATTEMPTS => attempt += 1,
            opened => return Ok((opened?, beside)),
        }
    }
}

/// Gives a file to the owner of another; false if that is not ours to do.
fn keep_owner(file: &File, old: &Metadata) -> Result<bool, std::io::Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let new = file.metadata()?;
        let is_same = (new.uid(), new.gid()) == (old.uid(), old.gid());
        Ok(is_same || fchown(file, Some(old.uid()), Some(old.gid())).is_ok())
    }
    #[cfg(not(unix))]
    {
        let _ = (file, old);
        Ok(true)
    }
}
