//! Walks a folder on all cores and leaves out what ignore files, hidden names and the habit of vendoring leave out.
//!
//! What a pattern means is for the crate `ignore` to say; its walk is not used. It compiles an ignore file the moment
//! it meets it, without a bound, and compiling calls itself for each pair of braces: a file of some thousands of them
//! ends the whole run. A look at each folder before it costs a tenth of the time in which files are let go. And where
//! it follows its own habits, we follow git: braces are letters, and a repository does not obey those around it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::discover::Problem;
use super::path;
use super::store::{LoadError, read_bytes};

/// What a walk looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct WalkOptions {
    /// Hidden files and folders too.
    pub hidden: bool,
    /// Not what `.ignore`, `.gitignore` and `.git/info/exclude` leave out, those of the folders above included, of
    /// git's files as far up as the repository goes. A user's own global rules never count: they would make the result
    /// depend on the machine.
    pub gitignore: bool,
}

/// What one thread does with what it meets.
pub(super) trait Visitor {
    /// Something that nothing leaves out, below the folder that is walked. A link is neither file nor folder, and is
    /// not followed.
    fn visit(&mut self, path: PathBuf, is_file: bool);
    /// A folder that could not be read, or patterns that are not followed.
    fn fails(&mut self, problem: Problem);
}

/// Walks a folder: each thread has a visitor, and files are visited while folders are still listed, so that the disk's
/// answers about both overlap and no list of all files is ever held. The order is that of chance.
pub(super) fn walk<V: Visitor + Send>(
    root: &Path,
    options: WalkOptions,
    visitor: impl Fn() -> V + Sync,
) -> Vec<V> {
    let real = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let (rules, refused) = match options.gitignore {
        true => Rules::down_to(root, &real),
        false => (None, None),
    };
    let walk = Walk {
        root,
        real: (real != root).then_some(&real),
        options: WalkOptions { gitignore: options.gitignore && refused.is_none(), ..options },
        queue: Queue::default(),
    };
    walk.queue.add(vec![Job::Folder { path: root.to_owned(), rules }]);
    let work = || {
        let mut visitor = visitor();
        while let Some(job) = walk.queue.take() {
            let _taken = Taken(&walk.queue);
            walk.run(job, &mut visitor);
        }
        visitor
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut visitors = std::thread::scope(|scope| {
        // Where the system gives fewer threads, they have more to do.
        let spawn = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(spawn).collect();
        let mut visitors = vec![work()];
        for other in others {
            visitors.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        visitors
    });
    if let (Some(path), Some(first)) = (refused, visitors.first_mut()) {
        first.fails(hostile(path, "no file of ignored paths is followed"));
    }
    visitors
}

/// A walk under way.
struct Walk<'w> {
    root: &'w Path,
    /// The root's own path where links lead to it: rules of folders above are about that.
    real: Option<&'w Path>,
    options: WalkOptions,
    queue: Queue,
}

impl Walk<'_> {
    fn run(&self, job: Job, visitor: &mut impl Visitor) {
        match job {
            Job::Folder { path, rules } => self.folder(&path, rules, visitor),
            Job::Files(paths) => paths.into_iter().for_each(|path| visitor.visit(path, true)),
        }
    }

    /// Lists a folder, leaves what is below it to whoever has time, and visits its files.
    fn folder(&self, folder: &Path, above: Option<Arc<Rules>>, visitor: &mut impl Visitor) {
        let unreadable = |error: io::Error| {
            let message = format!("cannot be read: {error}");
            Problem { path: folder.to_owned(), span: None, message }
        };
        let listing = match fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(error) => return visitor.fails(unreadable(error)),
        };
        let (mut entries, mut has) = (Vec::new(), RuleFiles::default());
        for entry in listing {
            match entry {
                Ok(entry) => {
                    let path = entry.path();
                    has.note(path.file_name());
                    entries.push((path, entry));
                }
                Err(error) => visitor.fails(unreadable(error)),
            }
        }
        // Those of the root are among the rules that the walk began with.
        let is_ruled = self.options.gitignore && folder != self.root;
        let rules = match is_ruled.then(|| Rules::of(folder, &has, above.as_ref())) {
            Some(Ok(Some(rules))) => Some(Arc::new(rules)),
            Some(Ok(None)) | None => above,
            Some(Err(path)) => {
                return visitor.fails(hostile(path, "nothing in its folder or below is looked at"));
            }
        };

        let (mut jobs, mut files) = (Vec::new(), Vec::new());
        for (path, entry) in entries {
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) => {
                    visitor.fails(Problem { path, ..unreadable(error) });
                    continue;
                }
            };
            if self.leaves_out(&entry, &path, kind.is_dir(), rules.as_deref()) {
                continue;
            }
            if kind.is_file() {
                files.push(path);
                continue;
            }
            if kind.is_dir() {
                jobs.push(Job::Folder { path: path.clone(), rules: rules.clone() });
            }
            visitor.visit(path, false);
        }
        while files.len() > FILES_AT_ONCE {
            jobs.push(Job::Files(files.split_off(files.len() - FILES_AT_ONCE)));
        }
        self.queue.add(jobs);
        files.into_iter().for_each(|path| visitor.visit(path, true));
    }

    fn leaves_out(&self, entry: &fs::DirEntry, path: &Path, is_folder: bool, rules: Option<&Rules>) -> bool {
        let name = path.file_name().unwrap_or_default();
        if is_folder && (name == ".git" || path::VENDORED.iter().any(|skip| name == *skip)) {
            return true;
        }
        let said = rules.and_then(|rules| {
            let real = self.real.and_then(|real| Some(real.join(path.strip_prefix(self.root).ok()?)));
            rules.say(path, real.as_deref().unwrap_or(path), is_folder)
        });
        // A pattern that brings a path back does so for hidden ones too.
        said.unwrap_or_else(|| !self.options.hidden && is_hidden(entry, name))
    }
}

/// Whether a file or folder is hidden, as the operating system has it.
#[cfg(not(windows))]
fn is_hidden(_: &fs::DirEntry, name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether a file or folder is hidden: there is an attribute for it, besides the habit of other systems.
#[cfg(windows)]
fn is_hidden(entry: &fs::DirEntry, name: &OsStr) -> bool {
    use std::os::windows::fs::MetadataExt;
    const HIDDEN: u32 = 2;
    name.as_encoded_bytes().starts_with(b".")
        || entry.metadata().is_ok_and(|metadata| metadata.file_attributes() & HIDDEN != 0)
}

/// What there is to do.
enum Job {
    /// List a folder in which these rules hold.
    Folder { path: PathBuf, rules: Option<Arc<Rules>> },
    /// Visit files of a folder with many.
    Files(Vec<PathBuf>),
}

/// So many files of a folder are one [`Job`].
const FILES_AT_ONCE: usize = 8;

/// What is to be done, by whichever thread comes first.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: Vec<Job>,
    /// How many jobs are being done; each may bring more.
    taken: usize,
    /// How many threads wait for a job: waking nobody costs a call of the system too.
    asleep: usize,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, mut jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let mut state = self.state();
        state.jobs.append(&mut jobs);
        if state.asleep > 0 {
            self.changed.notify_all();
        }
    }

    /// The job that came last, so that few folders are open at a time; None when all is done. It counts as done when
    /// a [`Taken`] is dropped.
    fn take(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop() {
                state.taken += 1;
                return Some(job);
            }
            if state.taken == 0 {
                return None;
            }
            state.asleep += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.asleep -= 1;
        }
    }
}

/// A job that is being done, or was given up in a panic.
struct Taken<'q>(&'q Queue);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.taken -= 1;
        if state.taken == 0 && state.asleep > 0 {
            self.0.changed.notify_all();
        }
    }
}

/// Which files of rules a folder lists.
#[derive(Default)]
struct RuleFiles {
    ignore: bool,
    gitignore: bool,
    git: bool,
}

impl RuleFiles {
    fn note(&mut self, name: Option<&OsStr>) {
        match name.map(OsStr::as_encoded_bytes) {
            Some(b".ignore") => self.ignore = true,
            Some(b".gitignore") => self.gitignore = true,
            Some(b".git") => self.git = true,
            _ => {}
        }
    }
}

/// What the ignore files of a folder say, and those of the folders above it. Only folders that say something have any.
struct Rules {
    /// By rank: `.ignore`, then `.gitignore`, then `.git/info/exclude`. A file of higher rank far above outweighs one
    /// of lower rank nearby.
    ranks: [Gitignore; 3],
    above: Option<Arc<Rules>>,
    /// They are those of a repository's own folder: what git's files above say is about another one.
    is_repository: bool,
    /// They are those of a folder above the root, and about the path that the root really has.
    is_above_root: bool,
}

impl Rules {
    /// Those that hold in the root of a walk, or the ignore file that is not to be compiled.
    fn down_to(root: &Path, real: &Path) -> (Option<Arc<Rules>>, Option<PathBuf>) {
        let all = RuleFiles { ignore: true, gitignore: true, git: true };
        let mut rules: Option<Arc<Rules>> = None;
        let mut above: Vec<&Path> = real.ancestors().skip(1).collect();
        above.reverse();
        for (folder, is_above_root) in above.into_iter().map(|folder| (folder, true)).chain([(root, false)]) {
            match Rules::of(folder, &all, rules.as_ref()) {
                Ok(Some(own)) => rules = Some(Arc::new(Rules { is_above_root, ..own })),
                Ok(None) => {}
                Err(path) => return (None, Some(path)),
            }
        }
        (rules, None)
    }

    /// Those of a folder that has these files, if they say anything, or end what those above say.
    ///
    /// # Errors
    ///
    /// The file whose patterns are not to be compiled.
    fn of(folder: &Path, has: &RuleFiles, above: Option<&Arc<Rules>>) -> Result<Option<Rules>, PathBuf> {
        let git = folder.join(".git");
        let is_repository = has.git && fs::symlink_metadata(&git).is_ok();
        let exclude = is_repository.then(|| common_git_dir(&git)).flatten();
        let files = [
            has.ignore.then(|| folder.join(".ignore")),
            has.gitignore.then(|| folder.join(".gitignore")),
            exclude.map(|git| git.join("info/exclude")),
        ];
        let mut ranks = [Gitignore::empty(), Gitignore::empty(), Gitignore::empty()];
        for (rank, file) in ranks.iter_mut().zip(files) {
            if let Some(file) = file {
                *rank = patterns(folder, file)?;
            }
        }
        let says_something = ranks.iter().any(|rank| !rank.is_empty()) || (is_repository && above.is_some());
        Ok(says_something.then(|| Rules {
            ranks,
            above: above.cloned(),
            is_repository,
            is_above_root: false,
        }))
    }

    /// Whether they leave a path out (true) or bring it back (false), if they speak of it. `real` is what the path is
    /// without the links that lead to the root.
    fn say<'r>(&'r self, path: &Path, real: &Path, is_folder: bool) -> Option<bool> {
        (0..self.ranks.len()).find_map(|rank| {
            // The first rank is not git's.
            let further = |rules: &&'r Rules| match rank > 0 && rules.is_repository {
                true => None,
                false => rules.above.as_deref(),
            };
            std::iter::successors(Some(self), further).find_map(|rules| {
                let path = if rules.is_above_root { real } else { path };
                let said = rules.ranks.get(rank)?.matched(path, is_folder);
                (!said.is_none()).then(|| said.is_ignore())
            })
        })
    }
}

/// The folder that has `info/exclude`, of what is called `.git`: that folder, or for a further working tree, whose
/// `.git` is a file, the one that all working trees share.
fn common_git_dir(git: &Path) -> Option<PathBuf> {
    let first_line = |path: &Path| {
        let mut buffer = Vec::new();
        let bytes = read_bytes(path, 1 << 16, &mut buffer).ok()?;
        Some(String::from_utf8_lossy(bytes).lines().next()?.to_owned())
    };
    if fs::metadata(git).ok()?.is_dir() {
        return Some(git.to_owned());
    }
    let own = git.parent()?.join(first_line(git)?.strip_prefix("gitdir: ")?);
    // A submodule has a folder of its own.
    Some(first_line(&own.join("commondir")).map_or(own.clone(), |common| own.join(common)))
}

/// An ignore file beyond this takes seconds to compile.
const MAX_PATTERN_BYTES: u64 = 1 << 20;
const MAX_PATTERNS: usize = 10_000;

/// The patterns of a file, about paths below `folder`. One that is no pattern, and a file that cannot be read, say
/// nothing, as for git.
///
/// # Errors
///
/// The file, if its patterns are not to be compiled.
fn patterns(folder: &Path, file: PathBuf) -> Result<Gitignore, PathBuf> {
    let mut buffer = Vec::new();
    let bytes = match read_bytes(&file, MAX_PATTERN_BYTES, &mut buffer) {
        Ok(bytes) => bytes,
        Err(LoadError::TooLarge { .. }) => return Err(file),
        Err(_) => return Ok(Gitignore::empty()),
    };
    let text = String::from_utf8_lossy(bytes);
    let mut builder = GitignoreBuilder::new(folder);
    let is_pattern = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines = text.trim_start_matches('\u{feff}').lines();
    for (count, line) in lines.filter(is_pattern).enumerate() {
        if count == MAX_PATTERNS {
            return Err(file);
        }
        // Where a pattern comes from is only for messages of the crate.
        _ = builder.add_line(None, &with_literal_braces(line));
    }
    builder.build().map_err(|_| file)
}

/// A pattern of git's, to which braces are letters, as one of the crate's, to which they list alternatives.
fn with_literal_braces(pattern: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'{', b'}', pattern.as_bytes()).is_none() {
        return Cow::Borrowed(pattern);
    }
    let mut literal = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        // What stands in brackets, or behind a backslash, is a letter already. A bracket is one where it comes first.
        let in_brackets = rest.strip_prefix('[').and_then(|inside| {
            let first = inside.trim_start_matches(['!', '^']).chars().next()?.len_utf8();
            let before = rest.len() - inside.trim_start_matches(['!', '^']).len() + first;
            Some(before + rest.get(before..)?.find(']')? + 1)
        });
        let taken = match letter {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            _ => in_brackets.unwrap_or(letter.len_utf8()),
        };
        if matches!(letter, '{' | '}') {
            literal.push('\\');
        }
        literal.push_str(rest.get(..taken).unwrap_or_default());
        rest = rest.get(taken..).unwrap_or_default();
    }
    Cow::Owned(literal)
}

/// Tells of such a file.
fn hostile(path: PathBuf, consequence: &str) -> Problem {
    let message = format!("it has too many patterns, so that {consequence}");
    Problem { path, span: None, message }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
