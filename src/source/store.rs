//! The files of a run. Nothing else in the program reads the disk.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use super::{FileId, LineColumn, LineIndex, Span, path};

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `.tf`, and OpenTofu's `.tofu`
    Terraform,
    /// `.tfvars`
    TerraformVars,
    /// `.tf.json`, `.tofu.json` and `.tfvars.json`.
    TerraformJson,
    /// `terragrunt.hcl` and `terragrunt.stack.hcl`. What it includes or reads is loaded when it is asked for.
    Terragrunt,
    /// Other `.json`, `.jsonc` and `.tfstate`: ARM templates and their parameters, plans and states, if anything.
    Json,
    /// `.yaml`, `.yml`
    Yaml,
    /// `.bicep`
    Bicep,
    /// `.bicepparam`
    BicepParameters,
    /// Anything else; read only when something refers to it.
    Other,
}

impl Kind {
    /// The kind of a file of this name. Terraform's endings count in lower case only, as in Terraform.
    pub fn of(path: &Path) -> Kind {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if name.ends_with(".tf") || name.ends_with(".tofu") {
            return Kind::Terraform;
        }
        if name.ends_with(".tfvars") {
            return Kind::TerraformVars;
        }
        if [".tf.json", ".tofu.json", ".tfvars.json"].iter().any(|ending| name.ends_with(ending)) {
            return Kind::TerraformJson;
        }
        if name == "terragrunt.hcl" || name == "terragrunt.stack.hcl" {
            return Kind::Terragrunt;
        }
        // Terraform's state is JSON.
        if name.ends_with(".tfstate") {
            return Kind::Json;
        }
        let Some(extension) = path.extension() else { return Kind::Other };
        if extension.eq_ignore_ascii_case("json") || extension.eq_ignore_ascii_case("jsonc") {
            Kind::Json
        } else if extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml") {
            Kind::Yaml
        } else if extension.eq_ignore_ascii_case("bicep") {
            Kind::Bicep
        } else if extension.eq_ignore_ascii_case("bicepparam") {
            Kind::BicepParameters
        } else {
            Kind::Other
        }
    }
}

/// Why a file's text is not available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// There is no such file or folder.
    NotFound,
    /// It is there but is not a regular file (or, where a folder is wanted, not a folder).
    WrongType,
    /// The operating system refused, in its words.
    Unreadable(String),
    /// Longer than the limit, in bytes.
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The bytes are no UTF-8 text.
    NotUtf8 {
        /// Offset of the first byte that does not fit.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// UTF-16 text; only UTF-8 is read.
    Utf16,
    /// The path leaves the folder it must stay in, perhaps through a symbolic link.
    Outside,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NotFound => f.write_str("no such file or folder"),
            LoadError::WrongType => f.write_str("not a regular file"),
            LoadError::Unreadable(why) => write!(f, "cannot be read: {why}"),
            LoadError::TooLarge { limit } => write!(f, "larger than {limit} bytes and not read"),
            LoadError::NotUtf8 { offset, line } => {
                write!(f, "not UTF-8 text: first bad byte at offset {offset}, in line {line}")
            }
            LoadError::Utf16 => f.write_str("UTF-16 text; save it as UTF-8"),
            LoadError::Outside => f.write_str("leaves the project"),
        }
    }
}

impl std::error::Error for LoadError {}

impl LoadError {
    fn from_io(error: &std::io::Error) -> LoadError {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => LoadError::NotFound,
            _ => LoadError::Unreadable(error.to_string()),
        }
    }
}

/// A file that the run knows of.
#[derive(Debug)]
pub struct SourceFile {
    /// Absolute, with `.` and `..` resolved by name and symbolic links left alone.
    pub path: PathBuf,
    /// What it is, by its name.
    pub kind: Kind,
    /// It was found by walking the project or named by the user, not loaded because something refers to it.
    pub found: bool,
    /// The walk saw it, and the prefilter that its bytes have nothing to do with AKS. It can be loaded as any other.
    pub passed_by: bool,
    text: OnceLock<Result<Arc<str>, LoadError>>,
    lines: OnceLock<Arc<LineIndex>>,
}

impl SourceFile {
    pub(super) fn new(path: PathBuf, found: bool, text: Option<Result<Arc<str>, LoadError>>) -> SourceFile {
        let cell = OnceLock::new();
        if let Some(text) = text {
            _ = cell.set(text);
        }
        SourceFile {
            kind: Kind::of(&path),
            path,
            found,
            passed_by: false,
            text: cell,
            lines: OnceLock::new(),
        }
    }

    /// One that the walk saw and let go.
    pub(super) fn passed_by(path: PathBuf) -> SourceFile {
        SourceFile { passed_by: true, ..SourceFile::new(path, false, None) }
    }
}

/// Where files come from.
#[derive(Debug)]
enum Origin {
    Disk,
    Memory(BTreeMap<PathBuf, Arc<str>>),
}

#[derive(Debug, Default)]
struct Table {
    files: Vec<Arc<SourceFile>>,
    by_path: HashMap<PathBuf, FileId>,
}

/// A listing of a folder looks at no more entries than these.
const MAX_LISTED: usize = 10_000;

/// The files of a run: those found by [`discover`](Sources::discover) and those that something refers to, loaded
/// when asked for. Shared between threads; loading a path twice gives the same file.
///
/// Found files are numbered in the order of their paths. Files loaded later are numbered as they come, which on
/// several threads is in no particular order: sort by path, not by [`FileId`], what a reader will see.
#[derive(Debug)]
pub struct Sources {
    origin: Origin,
    project: PathBuf,
    /// The folder that holds `.git`, at or above the project; the project where there is none.
    repository: PathBuf,
    /// What is reported: folders and files, absolute.
    paths: Vec<PathBuf>,
    working_directory: PathBuf,
    /// The folder of the user who runs this.
    home: Option<PathBuf>,
    /// What has nothing to do with AKS as far as bytes tell need not be looked at.
    takes_shortcuts: bool,
    max_file_bytes: u64,
    table: RwLock<Table>,
}

impl Sources {
    pub(super) fn on_disk(
        project: PathBuf,
        paths: Vec<PathBuf>,
        working_directory: PathBuf,
        max_file_bytes: u64,
        takes_shortcuts: bool,
        found: Vec<SourceFile>,
    ) -> Sources {
        let sources = Sources::new(Origin::Disk, project, paths, working_directory, max_file_bytes, found);
        Sources { home: std::env::home_dir(), takes_shortcuts, ..sources }
    }

    fn new(
        origin: Origin,
        project: PathBuf,
        paths: Vec<PathBuf>,
        working_directory: PathBuf,
        max_file_bytes: u64,
        found: Vec<SourceFile>,
    ) -> Sources {
        let mut table = Table::default();
        for file in found {
            table.insert(file);
        }
        let repository = match origin {
            Origin::Disk => project.ancestors().find(|folder| folder.join(".git").exists()),
            Origin::Memory(_) => None,
        };
        let repository = repository.unwrap_or(&project).to_path_buf();
        Sources {
            origin,
            repository,
            project,
            paths,
            working_directory,
            home: None,
            takes_shortcuts: true,
            max_file_bytes,
            table: RwLock::new(table),
        }
    }

    /// Files that exist in memory only, for tests and for examples that are executed. Paths are relative to a
    /// project at `/`, which is also the working directory and the only PATH. All are found, as by a discovery
    /// with the prefilter off.
    pub fn in_memory(files: &[(&str, &str)]) -> Sources {
        let root = PathBuf::from("/");
        let texts: BTreeMap<PathBuf, Arc<str>> = files
            .iter()
            .map(|&(path, text)| (path::absolute(&root, Path::new(path)), Arc::from(text)))
            .collect();
        let found = texts
            .iter()
            .filter(|(path, _)| Kind::of(path) != Kind::Other && !path::is_vendored(&root, path))
            .map(|(path, text)| SourceFile::new(path.clone(), true, Some(Ok(text.clone()))))
            .collect();
        Sources::new(Origin::Memory(texts), root.clone(), vec![root.clone()], root, u64::MAX, found)
    }

    /// The folder that is read as one project.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The folder that holds `.git`, at or above the project; the project where there is none.
    pub fn repository(&self) -> &Path {
        &self.repository
    }

    /// The folder of the user who runs this, where the system knows it.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Whether what has nothing to do with AKS as far as bytes tell may be left out; false only to prove that this
    /// changes no finding.
    pub fn takes_shortcuts(&self) -> bool {
        self.takes_shortcuts
    }

    /// Whether there is a folder at an absolute path.
    pub fn has_folder(&self, path: &Path) -> bool {
        match &self.origin {
            Origin::Disk => path.is_dir(),
            Origin::Memory(texts) => texts.keys().any(|file| file.starts_with(path)),
        }
    }

    /// The same files with some texts changed, as if they lay on disk so.
    pub fn with_texts(self, texts: &BTreeMap<PathBuf, Arc<str>>) -> Sources {
        {
            let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
            for (path, text) in texts {
                let changed = |found| Arc::new(SourceFile::new(path.clone(), found, Some(Ok(text.clone()))));
                match table.by_path.get(path).copied() {
                    Some(id) => {
                        if let Some(file) = table.files.get_mut(id.0 as usize) {
                            *file = changed(file.found);
                        }
                    }
                    None => _ = table.insert(SourceFile::new(path.clone(), false, Some(Ok(text.clone())))),
                }
            }
        }
        self
    }

    /// A file of this run; None for a number that is not one of its files.
    pub fn file(&self, id: FileId) -> Option<Arc<SourceFile>> {
        self.read_table().files.get(id.0 as usize).cloned()
    }

    /// The files of one kind that the walk found (and the prefilter let through) or the user named, by path.
    pub fn found(&self, kind: Kind) -> Vec<FileId> {
        let table = self.read_table();
        let found = table.files.iter().enumerate().filter(|(_, file)| file.found && file.kind == kind);
        found.map(|(i, _)| FileId(i as u32)).collect()
    }

    /// The files whose text was read so far and contains these bytes, by path.
    pub fn containing(&self, needle: &[u8]) -> Vec<FileId> {
        let finder = memchr::memmem::Finder::new(needle);
        let table = self.read_table();
        let read = table.files.iter().enumerate().filter_map(|(i, file)| {
            let text = file.text.get()?.as_ref().ok()?;
            finder.find(text.as_bytes())?;
            Some((&file.path, FileId(i as u32)))
        });
        let mut found: Vec<_> = read.collect();
        found.sort();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// The files that the walk found or the user named, whose text somebody asked for in vain so far, with the
    /// reason, by path.
    pub fn unreadable(&self) -> Vec<(FileId, LoadError)> {
        let table = self.read_table();
        let found = table.files.iter().enumerate().filter(|(_, file)| file.found);
        found
            .filter_map(|(i, file)| match file.text.get()? {
                Ok(_) => None,
                Err(error) => Some((FileId(i as u32), error.clone())),
            })
            .collect()
    }

    /// The text of a file as it lies on disk, byte order mark included. Reads it if that has not been done; None
    /// where it cannot be read, see [`load`](Sources::load) for the reason.
    pub fn text(&self, id: FileId) -> Option<Arc<str>> {
        self.text_of(&*self.file(id)?).ok()
    }

    /// Line starts of a file, computed once.
    pub fn line_index(&self, id: FileId) -> Option<Arc<LineIndex>> {
        let file = self.file(id)?;
        let text = self.text_of(&file).ok()?;
        Some(file.lines.get_or_init(|| Arc::new(LineIndex::new(&text))).clone())
    }

    /// Where a span starts and ends, as people count; line 1, column 1 in a file that cannot be read.
    pub fn location(&self, span: Span) -> (LineColumn, LineColumn) {
        let first = LineColumn { line: 1, column: 1 };
        let (Some(text), Some(index)) = (self.text(span.file), self.line_index(span.file)) else {
            return (first, first);
        };
        (index.line_column(&text, span.start), index.line_column(&text, span.end))
    }

    /// The path as a reader in the working directory would type it, with `/` between folders; absolute where
    /// that would go up more than two folders.
    pub fn display_path(&self, id: FileId) -> String {
        self.file(id).map(|file| self.display(&file.path)).unwrap_or_default()
    }

    /// The path from the root of the repository, with `/` between folders, as hosts of repositories name a file;
    /// from the project's where there is no repository. None for a file outside.
    pub fn repository_path(&self, id: FileId) -> Option<String> {
        let file = self.file(id)?;
        let rest = file.path.strip_prefix(&self.repository).ok()?;
        let parts: Vec<_> = rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        Some(parts.join("/"))
    }

    /// Like [`display_path`](Sources::display_path), for a path that is no file of the run.
    pub fn display(&self, path: &Path) -> String {
        path::display(&self.working_directory, path)
    }

    /// Whether findings in this file are reported: it lies under a PATH and belongs to the project's authors.
    pub fn is_reported(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|file| self.is_reported_path(&file.path))
    }

    /// The same for a path that need not be a file.
    pub fn is_reported_path(&self, inner: &Path) -> bool {
        self.paths.iter().any(|path| inner.starts_with(path) && !path::is_vendored(path, inner))
    }

    /// Whether the user named this very file.
    pub fn is_named(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|file| self.paths.contains(&file.path))
    }

    /// Whether this file lies in a folder of other people's files, such as `.terraform`. A PATH inside such a
    /// folder makes what is below it the user's own concern.
    pub fn is_vendored(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|file| self.is_vendored_path(&file.path))
    }

    /// The same for a path that need not be a file.
    pub fn is_vendored_path(&self, inner: &Path) -> bool {
        let named = self.paths.iter().filter(|path| inner.starts_with(path));
        let base = named.max_by_key(|path| path.as_os_str().len()).unwrap_or(&self.project);
        path::is_vendored(base, inner)
    }

    /// The file at `path` (relative to the working directory if not absolute), wherever it is: modules may lie
    /// outside the project or in folders that are not walked.
    ///
    /// # Errors
    ///
    /// Why there is no text; such a file gets no number.
    pub fn load(&self, path: &Path) -> Result<FileId, LoadError> {
        let path = path::absolute(&self.working_directory, path);
        let known = self.read_table().by_path.get(&path).copied();
        if let Some((id, file)) = known.and_then(|id| Some((id, self.file(id)?))) {
            return self.text_of(&file).map(|_| id);
        }
        let text = self.read(&path)?;
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        Ok(table.insert(SourceFile::new(path, false, Some(Ok(text)))))
    }

    /// The file at `path` without its text, if the run knows of it.
    pub fn known(&self, path: &Path) -> Option<Arc<SourceFile>> {
        let path = path::absolute(&self.working_directory, path);
        let table = self.read_table();
        let id = table.by_path.get(&path)?;
        table.files.get(id.0 as usize).cloned()
    }

    /// A file that lies nowhere: text of the program's own, under a relative path, which no real file has. It
    /// is never reported on.
    pub fn embed(&self, path: &Path, text: Arc<str>) -> FileId {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.insert(SourceFile::new(path.to_owned(), false, Some(Ok(text))))
    }

    /// The text of an option of the command line, as if it were a file: `option` is how people know it, such as
    /// `--var size`. Values that come from it have a place to show.
    pub fn embed_option(&self, option: &str, text: &str) -> FileId {
        self.embed(Path::new(option), text.into())
    }

    /// Whether a file is one of [`embed_option`](Sources::embed_option)'s.
    pub fn is_option(&self, id: FileId) -> bool {
        self.is_embedded(id)
            && self.file(id).is_some_and(|file| file.path.to_string_lossy().starts_with("--"))
    }

    /// Whether a file is one of [`embed`](Sources::embed)'s.
    pub fn is_embedded(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|file| file.path.is_relative())
    }

    /// Like [`load`](Sources::load), for paths that the text of a program gives to functions that read files.
    ///
    /// # Errors
    ///
    /// [`LoadError::Outside`] where the file does not really lie below `root`, symbolic links resolved.
    pub fn load_inside(&self, root: &Path, path: &Path) -> Result<FileId, LoadError> {
        let root = path::absolute(&self.working_directory, root);
        let path = path::absolute(&self.working_directory, path);
        // First by name, so that nothing outside is even looked at.
        if !path.starts_with(&root) {
            return Err(LoadError::Outside);
        }
        if let Origin::Disk = self.origin {
            let real = |path: &Path| path.canonicalize().map_err(|error| LoadError::from_io(&error));
            if !real(&path)?.starts_with(real(&root)?) {
                return Err(LoadError::Outside);
            }
        }
        self.load(&path)
    }

    /// The files of the given kinds directly in a folder, sorted by path, hidden ones and editors' leftovers
    /// aside as Terraform has it. They are not loaded.
    ///
    /// # Errors
    ///
    /// The folder is missing, not a folder, or cannot be listed.
    pub fn read_dir_files(&self, dir: &Path, kinds: &[Kind]) -> Result<Vec<PathBuf>, LoadError> {
        let dir = path::absolute(&self.working_directory, dir);
        let mut files = match &self.origin {
            Origin::Memory(texts) => {
                if !texts.keys().any(|path| path.starts_with(&dir)) {
                    return Err(LoadError::NotFound);
                }
                texts.keys().filter(|path| path.parent() == Some(&dir)).cloned().collect()
            }
            Origin::Disk => {
                let meta = std::fs::metadata(&dir).map_err(|error| LoadError::from_io(&error))?;
                if !meta.is_dir() {
                    return Err(LoadError::WrongType);
                }
                let entries = std::fs::read_dir(&dir).map_err(|error| LoadError::from_io(&error))?;
                let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
                files.retain(|path| kinds.contains(&Kind::of(path)) && path.is_file());
                files
            }
        };
        files.retain(|path| kinds.contains(&Kind::of(path)) && !is_ignored_name(path));
        files.sort();
        Ok(files)
    }

    /// The files below a folder that text of a program names, sorted by path, as [`load_inside`] would load them:
    /// none that do not really lie below `root`, and none of what tools keep for themselves in `.git` and
    /// `.terraform`. A folder that is not there has none.
    ///
    /// # Errors
    ///
    /// [`LoadError::Outside`] where the folder does not really lie below `root`; [`LoadError::Unreadable`] where it
    /// cannot be listed or has more entries than are looked at.
    ///
    /// [`load_inside`]: Sources::load_inside
    pub fn files_below(&self, root: &Path, dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
        let root = path::absolute(&self.working_directory, root);
        let dir = path::absolute(&self.working_directory, dir);
        if !dir.starts_with(&root) {
            return Err(LoadError::Outside);
        }
        let is_private =
            |path: &Path| path.file_name().is_some_and(|name| name == ".git" || name == ".terraform");
        let mut files = Vec::new();
        match &self.origin {
            Origin::Memory(texts) => {
                files.extend(texts.keys().filter(|path| path.starts_with(&dir)).cloned());
                files.retain(|path| !path.ancestors().any(is_private));
            }
            Origin::Disk => {
                let real = |path: &Path| path.canonicalize().map_err(|error| LoadError::from_io(&error));
                let inside = real(&root)?;
                match real(&dir) {
                    Ok(dir) if !dir.starts_with(&inside) => return Err(LoadError::Outside),
                    Ok(_) => {}
                    Err(LoadError::NotFound) => return Ok(files),
                    Err(error) => return Err(error),
                }
                let (mut stack, mut seen) = (vec![dir], 0_usize);
                while let Some(dir) = stack.pop() {
                    let entries = std::fs::read_dir(&dir).map_err(|error| LoadError::from_io(&error))?;
                    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
                        seen += 1;
                        if seen > MAX_LISTED {
                            return Err(LoadError::Unreadable(format!("more than {MAX_LISTED} entries")));
                        }
                        // A link to a folder could lead in circles, so only files are followed.
                        if path.is_dir() {
                            if !path.is_symlink() && !is_private(&path) {
                                stack.push(path);
                            }
                        } else if real(&path).is_ok_and(|real| real.starts_with(&inside)) {
                            files.push(path);
                        }
                    }
                }
            }
        }
        files.sort();
        Ok(files)
    }

    fn read_table(&self) -> RwLockReadGuard<'_, Table> {
        // A panic elsewhere cannot leave the table half changed: its only change is `insert`.
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn text_of(&self, file: &SourceFile) -> Result<Arc<str>, LoadError> {
        file.text.get_or_init(|| self.read(&file.path)).clone()
    }

    fn read(&self, path: &Path) -> Result<Arc<str>, LoadError> {
        match &self.origin {
            Origin::Memory(texts) => texts.get(path).cloned().ok_or(LoadError::NotFound),
            Origin::Disk => {
                let mut buffer = Vec::new();
                decode(read_bytes(path, self.max_file_bytes, &mut buffer)?)
            }
        }
    }
}

impl Table {
    fn insert(&mut self, file: SourceFile) -> FileId {
        let next = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let id = *self.by_path.entry(file.path.clone()).or_insert(next);
        if id == next {
            self.files.push(Arc::new(file));
        }
        id
    }
}

/// Terraform's rule for files of a module that are not part of it.
fn is_ignored_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// Reads a file into `buffer`, which grows and is meant to be used again, and returns the part that was filled.
pub(super) fn read_bytes<'a>(
    path: &Path,
    limit: u64,
    buffer: &'a mut Vec<u8>,
) -> Result<&'a [u8], LoadError> {
    let io = |error: std::io::Error| LoadError::from_io(&error);
    // Opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(io)?.is_file() {
        return Err(LoadError::WrongType);
    }
    let mut file = std::fs::File::open(path).map_err(io)?;
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize((filled * 2).max(1 << 16), 0);
        }
        let free = buffer.get_mut(filled..).unwrap_or_default();
        match file.read(free) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io(error)),
        }
        if filled as u64 > limit {
            return Err(LoadError::TooLarge { limit });
        }
    }
    Ok(buffer.get(..filled).unwrap_or_default())
}

/// The bytes as text.
pub(super) fn decode(bytes: &[u8]) -> Result<Arc<str>, LoadError> {
    std::str::from_utf8(bytes).map(Arc::from).map_err(|error| {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return LoadError::Utf16;
        }
        let offset = error.valid_up_to();
        let before = bytes.get(..offset).unwrap_or_default();
        LoadError::NotUtf8 { offset, line: memchr::memchr_iter(b'\n', before).count() + 1 }
    })
}
