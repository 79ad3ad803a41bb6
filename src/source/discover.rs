//! Finds the files of a project.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::store::{decode, read_bytes};
use super::walk::{Visitor, WalkOptions};
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

/// Walks a folder on all cores, reading each file where it is found. `named` is what the user named.
fn walk(root: &Path, named: &HashSet<&Path>, options: &DiscoverOptions) -> Harvest {
    let DiscoverOptions { hidden, gitignore, .. } = *options;
    let reapers = super::walk::walk(root, WalkOptions { hidden, gitignore }, || Reaper {
        named,
        options,
        window: vec![0; prefilter::Skim::OVERLAP + WINDOW],
        buffer: Vec::new(),
        harvest: Harvest::default(),
    });
    let mut all = Harvest::default();
    for Reaper { harvest, .. } in reapers {
        all.outcomes.extend(harvest.outcomes);
        all.problems.extend(harvest.problems);
        all.configurations.extend(harvest.configurations);
        all.met.extend(harvest.met);
        all.files_seen += harvest.files_seen;
    }
    all
}

/// What one thread of a walk gathers, and what it reads with.
struct Reaper<'w> {
    named: &'w HashSet<&'w Path>,
    options: &'w DiscoverOptions,
    window: Vec<u8>,
    buffer: Vec<u8>,
    harvest: Harvest,
}

impl Visitor for Reaper<'_> {
    fn visit(&mut self, path: PathBuf, is_file: bool) {
        if !self.named.is_empty() && self.named.contains(path.as_path()) {
            self.harvest.met.insert(path.clone());
        }
        if !is_file {
            return;
        }
        if Kind::of(&path) != Kind::Other {
            self.harvest.files_seen += 1;
            if !(self.options.prefilter && is_let_go(&path, self.options, &mut self.window)) {
                self.harvest.outcomes.extend(examine(path, self.options, &mut self.buffer));
            }
        } else if path.file_name() == Some(OsStr::new(CONFIGURATION)) {
            self.harvest.configurations.push(path);
        }
    }

    fn fails(&mut self, problem: Problem) {
        self.harvest.problems.push(problem);
    }
}
