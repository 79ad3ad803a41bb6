//! Finds the files of a project.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{WalkBuilder, WalkState};

use super::store::{decode, read_bytes};
use super::{FileId, Kind, LoadError, SourceFile, Sources, Span, path, prefilter};

/// What to find.
#[derive(Debug, Clone)]
pub struct DiscoverOptions {
    /// The folder that is read as one project; see [`project_root`]. Relative to the working directory if not
    /// absolute, as all paths here.
    pub project: PathBuf,
    /// The folders and files to report on. A file named here is read whatever rules hide it.
    pub paths: Vec<PathBuf>,
    /// Walk hidden files and folders too.
    pub hidden: bool,
    /// Honour `.gitignore` and `.ignore`.
    pub gitignore: bool,
    /// Leave out files that, by a search in their bytes, have nothing to do with AKS. Off only to prove that it
    /// changes no finding.
    pub prefilter: bool,
    /// Larger files are a [`Problem`] and not read.
    pub max_file_bytes: u64,
}

impl DiscoverOptions {
    /// The defaults for these PATHS: their [`project_root`], hidden and ignored files left out, 16 MiB a file.
    pub fn new(paths: Vec<PathBuf>) -> DiscoverOptions {
        DiscoverOptions {
            project: project_root(&paths),
            paths,
            hidden: false,
            gitignore: true,
            prefilter: true,
            max_file_bytes: 16 << 20,
        }
    }
}

/// What was found.
#[derive(Debug)]
pub struct Discovery {
    /// The files.
    pub sources: Sources,
    /// What could not be read, by path.
    pub problems: Vec<Problem>,
    /// The configuration files, by path.
    pub configurations: Vec<PathBuf>,
    /// How many files of a known kind the walk saw, those that the prefilter left out included.
    pub files_seen: usize,
}

/// A file or folder that could not be read; the run goes on without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which.
    pub path: PathBuf,
    /// Where in it, if the place matters. The file has no text, so that only the offsets mean something.
    pub span: Option<Span>,
    /// What is wrong, as a sentence fragment without a full stop.
    pub message: String,
}

impl Problem {
    /// That a file has no text.
    fn of(file: FileId, path: PathBuf, error: &LoadError) -> Problem {
        let span = match error {
            LoadError::NotUtf8 { offset, .. } => Some(Span::new(file, *offset, *offset)),
            _ => None,
        };
        Problem { path, span, message: error.to_string() }
    }
}

/// A PATH that the user named and that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPath {
    /// As the user named it.
    pub path: PathBuf,
}

impl fmt::Display for MissingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no such file or folder: {}", self.path.display())
    }
}

impl std::error::Error for MissingPath {}

/// The folder to read as one project, so that a file is judged with the files around it: the nearest folder at or
/// above all `paths` that holds `.git` or an `akslint.toml` with `root = true`, else the deepest that holds all
/// of them. The working directory where there are no paths.
pub fn project_root(paths: &[PathBuf]) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let folders: Vec<PathBuf> = paths
        .iter()
        .map(|given| {
            let mut folder = path::absolute(&here, given);
            if !folder.is_dir() {
                folder.pop();
            }
            folder
        })
        .collect();
    let common = path::common_ancestor(folders.iter().map(PathBuf::as_path)).unwrap_or(here);
    let root = common.ancestors().find(|folder| is_root(folder));
    root.unwrap_or(&common).to_path_buf()
}

/// Whether nothing above a folder belongs to its project: it holds `.git`, or its configuration says so.
pub fn is_root(folder: &Path) -> bool {
    folder.join(".git").exists() || says_root(folder)
}

/// Whether the folder's configuration says `root = true` before its first table. Read here by hand because the
/// configuration as a whole is looked up only once the project is known.
fn says_root(folder: &Path) -> bool {
    let mut buffer = Vec::new();
    let Ok(bytes) = read_bytes(&folder.join(CONFIGURATION), 1 << 20, &mut buffer) else { return false };
    String::from_utf8_lossy(bytes)
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .take_while(|line| !line.trim_start().starts_with('['))
        .filter_map(|line| line.split_once('='))
        .any(|(key, value)| key.trim() == "root" && value.trim() == "true")
}

/// The name of configuration files.
pub const CONFIGURATION: &str = "akslint.toml";

/// What one file came to.
struct Outcome {
    path: PathBuf,
    text: Option<Result<Arc<str>, LoadError>>,
    /// Its bytes have nothing to do with AKS. Told of Bicep only, whose modules are looked up one by one.
    passed_by: bool,
}

#[derive(Default)]
struct Harvest {
    outcomes: Vec<Outcome>,
    problems: Vec<Problem>,
    configurations: Vec<PathBuf>,
    files_seen: usize,
    /// What the user named and the walk met.
    met: BTreeSet<PathBuf>,
}

impl Sources {
    /// Walks the project and reads what may matter.
    ///
    /// Skipped are hidden and ignored files (unless asked for), folders of other people's files such as
    /// `.terraform`, and symbolic links. What cannot be read is a [`Problem`].
    ///
    /// # Errors
    ///
    /// A PATH does not exist.
    pub fn discover(options: &DiscoverOptions) -> Result<Discovery, MissingPath> {
        let here = std::env::current_dir().unwrap_or_default();
        let project = path::absolute(&here, &options.project);
        let mut paths = Vec::with_capacity(options.paths.len());
        for given in &options.paths {
            let path = path::absolute(&here, given);
            if std::fs::metadata(&path).is_err() {
                return Err(MissingPath { path: given.clone() });
            }
            paths.push(path);
        }

        let named = paths.iter().map(PathBuf::as_path).filter(|path| *path != project).collect();
        let mut harvest = walk(&project, &named, options);
        harvest.outcomes.sort_by(|a, b| a.path.cmp(&b.path));
        for path in &paths {
            if *path != project {
                harvest.add_named(path, options);
            }
        }
        harvest.outcomes.sort_by(|a, b| a.path.cmp(&b.path));
        harvest.outcomes.dedup_by(|a, b| a.path == b.path);

        let Harvest { outcomes, mut problems, mut configurations, files_seen, .. } = harvest;
        configurations.sort();
        let mut found = Vec::new();
        for Outcome { path, text, passed_by } in outcomes {
            if passed_by {
                found.push(SourceFile::passed_by(path));
                continue;
            }
            if let Some(Err(error)) = &text {
                problems.push(Problem::of(FileId(found.len() as u32), path.clone(), error));
            }
            found.push(SourceFile::new(path, true, text));
        }
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        let sources =
            Sources::on_disk(project, paths, here, options.max_file_bytes, options.prefilter, found);
        Ok(Discovery { sources, problems, configurations, files_seen })
    }
}

impl Sources {
    /// What was found and turned out to have no text only when somebody asked for it, besides what the walk has read:
    /// most kinds of files are read when it is known that they matter.
    pub fn problems(&self) -> Vec<Problem> {
        let unreadable = self.unreadable().into_iter();
        unreadable
            .filter_map(|(id, error)| Some(Problem::of(id, self.file(id)?.path.clone(), &error)))
            .collect()
    }
}

impl Harvest {
    /// Adds what the user named and the walk passed by: a file always, a folder if nothing in it was found (it
    /// may be ignored, hidden, a link, or outside the project). `outcomes` is sorted up to here.
    fn add_named(&mut self, named: &Path, options: &DiscoverOptions) {
        let from = self.outcomes.partition_point(|outcome| outcome.path.as_path() < named);
        // What was let go counts after all when it is named itself.
        if self.outcomes.get(from).is_some_and(|outcome| outcome.passed_by && outcome.path == named) {
            self.outcomes.remove(from);
        }
        if self.outcomes.get(from).is_some_and(|outcome| outcome.path.starts_with(named)) {
            return;
        }
        let is_met = self.met.contains(named);
        if named.is_dir() {
            // Whatever is in it was let go, or there is nothing.
            if is_met {
                return;
            }
            let more = walk(named, &HashSet::new(), options);
            self.outcomes.extend(more.outcomes);
            self.problems.extend(more.problems);
            self.configurations.extend(more.configurations);
            self.files_seen += more.files_seen;
        } else {
            let options = DiscoverOptions { prefilter: false, ..options.clone() };
            self.files_seen += usize::from(!is_met);
            self.outcomes.extend(examine(named.to_path_buf(), &options, &mut Vec::new()));
        }
        self.outcomes.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// How many bytes of a file [`is_let_go`] reads at once: few calls, and little enough to stay in a core's own cache.
const WINDOW: usize = 128 << 10;

/// Whether the prefilter lets a file go, asked piece by piece: that is most JSON of a large project. [`examine`] is
/// asked about the rest and about whatever goes wrong here. The walk has said that it is a regular file.
///
/// `window` is [`WINDOW`] bytes behind room for the end of the piece before.
fn is_let_go(path: &Path, options: &DiscoverOptions, window: &mut [u8]) -> bool {
    if Kind::of(path) != Kind::Json {
        return false;
    }
    let Ok(mut file) = std::fs::File::open(path) else { return false };
    let (mut skim, mut seen, mut kept) = (prefilter::Skim::default(), 0, 0);
    loop {
        // What is kept of the last piece stands before the place that is read to, so that pages are read whole.
        let read = match file.read(window.get_mut(prefilter::Skim::OVERLAP..).unwrap_or_default()) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return false,
        };
        if read == 0 {
            return true;
        }
        let end = prefilter::Skim::OVERLAP + read;
        let piece = window.get(prefilter::Skim::OVERLAP - kept..end).unwrap_or_default();
        let is_skimmed = seen > 0 || prefilter::is_skimmed(path, piece);
        seen += read as u64;
        if !is_skimmed || seen > options.max_file_bytes || skim.matters(piece) {
            return false;
        }
        kept = piece.len().min(prefilter::Skim::OVERLAP);
        window.copy_within(end - kept..end, prefilter::Skim::OVERLAP - kept);
    }
}

/// Reads a file and decides whether it may matter.
fn examine(path: PathBuf, options: &DiscoverOptions, buffer: &mut Vec<u8>) -> Option<Outcome> {
    let kind = Kind::of(&path);
    if !matches!(kind, Kind::Terraform | Kind::Json | Kind::Bicep) {
        return Some(Outcome { path, text: None, passed_by: false });
    }
    let bytes = match read_bytes(&path, options.max_file_bytes, buffer) {
        Ok(bytes) => bytes,
        Err(error) => return Some(Outcome { path, text: Some(Err(error)), passed_by: false }),
    };
    let matters = !options.prefilter
        || prefilter::may_matter(kind, &path, bytes)
        || prefilter::utf16_as_ascii(bytes).is_some_and(|text| prefilter::may_matter(kind, &path, &text));
    if !matters {
        return (kind == Kind::Bicep).then_some(Outcome { path, text: None, passed_by: true });
    }
    Some(Outcome { text: Some(decode(bytes)), path, passed_by: false })
}

/// Files of patterns that say what a walk leaves out.
const IGNORE_FILES: [&str; 2] = [".gitignore", ".ignore"];
/// In no pattern of theirs are braces within each other deeper: what compiles patterns calls itself for each pair.
const MAX_BRACES: usize = 16;

/// The file of a folder whose patterns are not to be compiled, if it has one.
fn hostile_patterns(folder: &Path, limit: u64) -> Option<PathBuf> {
    let mut buffer = Vec::new();
    IGNORE_FILES.iter().map(|name| folder.join(name)).find(|path| {
        match read_bytes(path, limit, &mut buffer) {
            Ok(bytes) => {
                memchr::memchr(b'{', bytes).is_some()
                    && bytes.split(|byte| *byte == b'\n').any(|line| path::braces_within(line) > MAX_BRACES)
            }
            Err(error) => matches!(error, LoadError::TooLarge { .. }),
        }
    })
}

/// Tells of such a file.
fn hostile(path: PathBuf, consequence: &str) -> Problem {
    let message = format!("its patterns are too large or nest too deep, so that {consequence}");
    Problem { path, span: None, message }
}

/// Walks a folder on all cores, reading each file where it is found: the disk's answers about folders and about
/// files overlap, and no list of all files is ever held. `named` is what the user named.
fn walk(root: &Path, named: &HashSet<&Path>, options: &DiscoverOptions) -> Harvest {
    let limit = options.max_file_bytes;
    let above =
        root.ancestors().filter(|_| options.gitignore).find_map(|folder| hostile_patterns(folder, limit));
    let gitignore = options.gitignore && above.is_none();
    let left_out: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    let refused = Arc::clone(&left_out);
    let walker = WalkBuilder::new(root)
        .hidden(!options.hidden)
        .git_ignore(gitignore)
        .git_exclude(gitignore)
        .ignore(gitignore)
        .parents(gitignore)
        // A user's own global rules would make the result depend on the machine.
        .git_global(false)
        // An exported tree has a .gitignore and no .git.
        .require_git(false)
        .follow_links(false)
        .threads(std::thread::available_parallelism().map_or(1, usize::from))
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let skipped = |name: &OsStr| name == ".git" || path::VENDORED.iter().any(|skip| name == *skip);
            if entry.depth() == 0 || !is_folder {
                return true;
            }
            if skipped(entry.file_name()) {
                return false;
            }
            let hostile =
                Some(entry.path()).filter(|_| gitignore).and_then(|path| hostile_patterns(path, limit));
            let is_walked = hostile.is_none();
            refused.lock().unwrap_or_else(PoisonError::into_inner).extend(hostile);
            is_walked
        })
        .build_parallel();
    let harvest = Mutex::new(Harvest::default());
    walker.run(|| {
        let mut local = Local { shared: &harvest, own: Harvest::default() };
        let (mut window, mut buffer) = (vec![0; prefilter::Skim::OVERLAP + WINDOW], Vec::new());
        Box::new(move |entry| {
            match entry {
                Ok(entry) => {
                    if !named.is_empty() && named.contains(entry.path()) {
                        local.own.met.insert(entry.path().to_owned());
                    }
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                    if is_file && Kind::of(entry.path()) != Kind::Other {
                        local.own.files_seen += 1;
                        if !(options.prefilter && is_let_go(entry.path(), options, &mut window)) {
                            local.own.outcomes.extend(examine(entry.into_path(), options, &mut buffer));
                        }
                    } else if is_file && entry.file_name() == CONFIGURATION {
                        local.own.configurations.push(entry.into_path());
                    }
                }
                Err(error) => local.own.problems.push(problem(root, &error)),
            }
            WalkState::Continue
        })
    });
    let mut harvest = harvest.into_inner().unwrap_or_else(PoisonError::into_inner);
    let left_out = std::mem::take(&mut *left_out.lock().unwrap_or_else(PoisonError::into_inner));
    let nothing = "nothing in its folder or below is looked at";
    harvest.problems.extend(left_out.into_iter().map(|path| hostile(path, nothing)));
    harvest.problems.extend(above.map(|path| hostile(path, "no file of ignored paths is followed")));
    harvest
}

/// What one thread gathers; it joins the rest when the thread ends.
struct Local<'a> {
    shared: &'a Mutex<Harvest>,
    own: Harvest,
}

impl Drop for Local<'_> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.outcomes.append(&mut self.own.outcomes);
        shared.problems.append(&mut self.own.problems);
        shared.configurations.append(&mut self.own.configurations);
        shared.met.append(&mut self.own.met);
        shared.files_seen += self.own.files_seen;
    }
}

fn problem(root: &Path, error: &ignore::Error) -> Problem {
    let message = match error.io_error() {
        Some(io) => format!("cannot be read: {io}"),
        None => error.to_string(),
    };
    Problem { path: path_of(error).unwrap_or(root).to_path_buf(), span: None, message }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
