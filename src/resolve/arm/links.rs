//! What deployments link to: files of the project, found by how their URLs are put together.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::deployment::member_of;
use super::eval::Evaluator;
use super::expr::{Expr, ExprKind};
use super::functions::{self, Chunk};
use super::scope::Env;
use super::template::{MAX_PIECES_DEPTH, has_default};
use super::tree::Node as Tree;
use crate::value::{Node, Provenance, Reason, Region, Scalar, Value};

/// Stands in a URL for a part that is not known. No URL has this character.
const HOLE: char = '\0';
/// A URL that may be one of more than these is not known where they differ.
const MAX_URLS: usize = 16;
/// A file is looked for by at most this many of the last parts of a URL.
const MAX_PARTS: usize = 6;

/// A URL, or a path, in some worlds.
#[derive(Clone)]
struct Url {
    region: Region,
    /// Where it starts.
    start: Start,
    text: String,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Start {
    /// At the folder that all paths are relative to: the text is a path. A folder ends in a slash.
    Here,
    /// Nobody knows where. A template and those that it links to are kept and published together, so it may be this
    /// folder, or that of the root template.
    Elsewhere(String),
}

/// What a link leads to in some worlds, or why it is not read.
pub(super) struct Linked<'t> {
    /// The worlds, if not all.
    pub(super) regions: Option<Vec<Region>>,
    pub(super) file: Result<(&'t str, &'t Tree), Unread>,
}

/// A link that is not followed.
pub(super) struct Unread {
    pub(super) reason: Reason,
    /// Whether a file that it may lead to has clusters or pools.
    pub(super) may_be_ours: bool,
}

impl<'t> Evaluator<'t> {
    /// The files that a link names: by a path relative to the template, or by a URL. `fits` says whether the
    /// deployment may deploy a file that is found by less than where its URL starts.
    pub(super) fn linked_files(
        &self,
        env: &Env<'t>,
        link: &'t Tree,
        fits: &dyn Fn(&Tree) -> bool,
    ) -> Vec<Linked<'t>> {
        let relative = link.get("relativePath");
        let Some(target) = relative.or_else(|| link.get("uri")) else {
            let reason = Reason::Unsupported("a template that is computed".into());
            return vec![Linked { regions: None, file: Err(Unread { reason, may_be_ours: false }) }];
        };
        let mut urls = match (self.code(target), target.as_str()) {
            (Some(code), _) if relative.is_some() => self.texts(env, &code.source, [&code.expr]),
            (Some(code), _) => self.urls(env, &code.source, &code.expr),
            (None, Some(text)) => vec![elsewhere(env, Region::everywhere(), text.to_owned())],
            (None, None) => Vec::new(),
        };
        if relative.is_some() {
            for url in &mut urls {
                url.start = Start::Here;
                url.text.insert_str(0, folder_of(env.scope.path));
            }
        }
        // Several URLs, such as those with and without a token for access, may lead to one file.
        let mut places: BTreeMap<(Start, String), Vec<Region>> = BTreeMap::new();
        for Url { region, start, text } in urls {
            let path = without_token(&text).to_owned();
            places.entry((start, path)).or_default().push(region);
        }
        let mut found: BTreeMap<Result<&'t str, bool>, Vec<Region>> = BTreeMap::new();
        for ((start, text), regions) in places {
            let path = self.file_at(env, &start, &text, fits).map(|(path, _)| path);
            found.entry(path).or_default().extend(regions);
        }
        let named = target.as_str().or_else(|| Some(target.as_expression()?.source())).unwrap_or_default();
        let absent = |may_be_ours| Unread { reason: Reason::Absent(Arc::from(named)), may_be_ours };
        if found.is_empty() {
            return vec![Linked { regions: None, file: Err(absent(false)) }];
        }
        let is_one = found.len() == 1;
        let follow = |(path, regions): (Result<&'t str, bool>, Vec<Region>)| {
            let file = path.and_then(|path| self.file(path).ok_or(false)).map_err(absent);
            Linked { regions: (!is_one).then_some(regions), file }
        };
        found.into_iter().map(follow).collect()
    }

    /// The file that a URL leads to; whether what may lie there has clusters where it is not certain which it is.
    fn file_at(
        &self,
        env: &Env<'t>,
        start: &Start,
        text: &str,
        fits: &dyn Fn(&Tree) -> bool,
    ) -> Result<(&'t str, &'t Tree), bool> {
        let parts = parts_of(text);
        let is_unknown = |part: &&str| part.chars().all(|c| c == HOLE);
        let is_absolute = text.contains("://");
        // What stands before a part of which nothing is known says nothing of where the file lies.
        let (after, folders, most) = match start {
            Start::Here if !text.contains(HOLE) => {
                return self.file(&joined("", text).ok_or(false)?).ok_or(false);
            }
            Start::Here => (0, vec![""], parts.len()),
            Start::Elsewhere(folder) => {
                let after = match is_absolute {
                    true => parts.iter().rposition(&is_unknown).map_or(0, |at| at + 1),
                    false => parts.iter().take_while(|part| is_unknown(part)).count(),
                };
                let mut folders = vec![folder.as_str(), folder_of(&self.root)];
                folders.dedup();
                (after, folders, MAX_PARTS)
            }
        };
        let parts = parts.get(after..).unwrap_or_default();
        if !parts.last().is_some_and(|part| is_file(part)) {
            return Err(false);
        }
        for folder in folders {
            for at in parts.len().saturating_sub(most)..parts.len() {
                let rest = parts.get(at..).unwrap_or_default();
                let is_whole = at == 0 && !is_absolute;
                let is_certain = is_whole || rest.len() > 1;
                let path = joined("", &format!("{folder}{}", rest.join("/")));
                if let Some(path) = path.filter(|path| path != env.scope.path)
                    && let Some(found) = self.file_like(&path, is_certain, fits)
                {
                    return found;
                }
                if *start == Start::Here {
                    break;
                }
            }
        }
        Err(false)
    }

    /// The file at a path that a URL leads to as far as is known; `None` if there is none. Whether it is certain that a
    /// file there is meant, of which nobody can say which it is or that the deployment deploys it, is told by `is_certain`:
    /// then it is no root of its own, and whether it has clusters is what is given back.
    fn file_like(
        &self,
        path: &str,
        is_certain: bool,
        fits: &dyn Fn(&Tree) -> bool,
    ) -> Option<Result<(&'t str, &'t Tree), bool>> {
        let files = if path.contains(HOLE) {
            self.files_like(path)
        } else {
            let file = self.file(path)?;
            if fits(file.1) {
                return Some(Ok(file));
            }
            vec![file]
        };
        if !is_certain || files.is_empty() {
            return None;
        }
        self.linked.borrow_mut().extend(files.iter().map(|(path, _)| Arc::from(*path)));
        Some(Err(files.iter().any(|(_, root)| self.concern.is_in(root))))
    }

    /// A file by its path, which is asked for if it is not there.
    fn file(&self, path: &str) -> Option<(&'t str, &'t Tree)> {
        let found = self.library.get_key_value(path).map(|(path, root)| (*path, *root));
        if found.is_none() {
            self.missing.borrow_mut().insert(path.into());
        }
        found
    }

    /// The files whose paths have something in the place of each hole, which is part of one folder's or file's name.
    fn files_like(&self, pattern: &str) -> Vec<(&'t str, &'t Tree)> {
        let known = pattern.split(HOLE).next().unwrap_or_default();
        // A name of which nothing is known is that of everything.
        let name = pattern.rsplit('/').next().unwrap_or_default();
        let stem = name.strip_suffix(".json").unwrap_or(name);
        if !known.contains('/') && !stem.contains(|c: char| c.is_ascii_alphanumeric()) {
            return Vec::new();
        }
        let is_there = |path: &str| {
            let (mut parts, mut patterns) = (path.split('/'), pattern.split('/'));
            patterns.all(|pattern| parts.next().is_some_and(|part| is_like(part, pattern)))
                && parts.next().is_none()
        };
        let files = self.library.range::<str, _>((Bound::Included(known), Bound::Unbounded));
        let files = files.take_while(|(path, _)| path.starts_with(known));
        files.filter(|(path, _)| is_there(path)).map(|(path, root)| (*path, *root)).collect()
    }

    /// The URLs that an expression may come to: from where a template of this deployment lies, as
    /// `uri(deployment().properties.templateLink.uri, 'x.json')`, or by the convention of Azure's quick-starts
    /// `concat(parameters('_artifactsLocation'), '/x.json', parameters('_artifactsLocationSasToken'))`; or from
    /// wherever what else it is put together from says.
    fn urls(&self, env: &Env<'t>, source: &str, expr: &Expr) -> Vec<Url> {
        let nothing = Vec::new;
        self.deeper_or(expr.span, nothing(), || {
            let here = |text: &str| {
                vec![Url { region: Region::everywhere(), start: Start::Here, text: text.to_owned() }]
            };
            if is_own_url(expr) {
                return here(env.scope.path);
            }
            if let Some(nodes) = self.parts_of_variable(env, source, expr) {
                let own = Env::of(env.scope.clone());
                let urls = nodes.into_iter().flat_map(|(region, node)| {
                    let urls = match (self.code(node), node.as_str()) {
                        (Some(code), _) => self.urls(&own, &code.source, &code.expr),
                        (None, Some(text)) => vec![elsewhere(env, Region::everywhere(), text.to_owned())],
                        (None, None) => Vec::new(),
                    };
                    urls.into_iter()
                        .filter_map(move |url| Some(Url { region: url.region.and(&region)?, ..url }))
                });
                return urls.take(MAX_URLS).collect();
            }
            let ExprKind::Call { namespace: None, name, args, .. } = &expr.kind else {
                return self.texts(env, source, [expr]);
            };
            match (name.to_ascii_lowercase().as_str(), args.as_slice()) {
                ("parameters", [Expr { kind: ExprKind::String(name), .. }]) => {
                    let (given, around, is_argument) = match env.scope.argument(name) {
                        Some((node, env)) => (Some(node), env, true),
                        None if name.eq_ignore_ascii_case("_artifactsLocation") => {
                            return here(folder_of(env.scope.path));
                        }
                        None => (env.scope.default_of(name), Env::of(env.scope.clone()), false),
                    };
                    let urls = given
                        .and_then(|given| self.code(given))
                        .map(|code| self.urls(&around, &code.source, &code.expr));
                    // A parameter file may give another one than the default.
                    match urls {
                        None if is_argument && given.is_some_and(|given| given.as_str().is_some()) => {
                            let text = given.and_then(Tree::as_str).unwrap_or_default();
                            vec![elsewhere(&around, Region::everywhere(), text.to_owned())]
                        }
                        Some(urls) if is_argument || urls.iter().all(|url| url.start == Start::Here) => urls,
                        _ => self.texts(env, source, [expr]),
                    }
                }
                // It keeps what precedes the last slash of the first text.
                ("uri", [base, rest]) => {
                    let mut bases = self.urls(env, source, base);
                    for base in &mut bases {
                        let folder = folder_of(&base.text);
                        // What is not known is a folder.
                        let is_open = base.text.ends_with(HOLE);
                        base.text = if is_open { format!("{}/", base.text) } else { folder.to_owned() };
                    }
                    let mut rest = self.texts(env, source, [rest]);
                    rest.iter_mut().filter(|rest| rest.text == ".").for_each(|rest| rest.text.clear());
                    followed_by(bases, &rest)
                }
                ("concat", [base, rest @ ..]) => {
                    followed_by(self.urls(env, source, base), &self.texts(env, source, rest))
                }
                ("format", [Expr { kind: ExprKind::String(pattern), .. }, base, rest @ ..])
                    if pattern.starts_with("{0}") && pattern.matches("{0}").count() == 1 =>
                {
                    let mut urls = self.urls(env, source, base);
                    for chunk in functions::chunks(pattern).unwrap_or_default().into_iter().skip(1) {
                        let hole = match chunk {
                            Chunk::Text(text) => {
                                urls.iter_mut().for_each(|url| url.text.push_str(&text));
                                continue;
                            }
                            Chunk::Hole { index, width: 0, spec } if spec.is_empty() => {
                                index.checked_sub(1).and_then(|index| rest.get(index))
                            }
                            Chunk::Hole { .. } => None,
                        };
                        urls = match hole {
                            Some(hole) => followed_by(urls, &self.texts(env, source, [hole])),
                            None => return Vec::new(),
                        };
                    }
                    urls
                }
                ("replace", [base, old, new]) => {
                    let bases = self.urls(env, source, base);
                    let (old, new) = (self.expr(env, source, old), self.expr(env, source, new));
                    let (Some(old), Some(new)) = (old.as_str().filter(|old| !old.is_empty()), new.as_str())
                    else {
                        return Vec::new();
                    };
                    bases.into_iter().map(|url| Url { text: url.text.replace(old, new), ..url }).collect()
                }
                ("if", [condition, then, otherwise]) => {
                    let condition = self.expr(env, source, condition).split_domains();
                    let mut urls = Vec::new();
                    for alternative in condition.split_on(&Scalar::Bool(true)).alternatives() {
                        let chosen = match &alternative.node {
                            Node::Bool(true) => then,
                            _ => otherwise,
                        };
                        let chosen = self.urls(env, source, chosen).into_iter();
                        urls.extend(chosen.filter_map(|url| {
                            Some(Url { region: url.region.and(&alternative.region)?, ..url })
                        }));
                    }
                    urls.truncate(MAX_URLS);
                    urls
                }
                _ => self.texts(env, source, [expr]),
            }
        })
    }

    /// The texts that expressions one after the other come to, with a hole for each part that is not known.
    fn texts<'e>(&self, env: &Env<'t>, source: &str, parts: impl IntoIterator<Item = &'e Expr>) -> Vec<Url> {
        let Some(pieces) = self.pieces(env, source, parts, MAX_PIECES_DEPTH) else { return Vec::new() };
        let mut urls = vec![elsewhere(env, Region::everywhere(), String::new())];
        for piece in &pieces {
            let text = |value: &Node| match value {
                Node::Unknown(_) => Some(HOLE.to_string()),
                node => functions::text_of(node),
            };
            let piece = piece.split_domains();
            let own: Option<Vec<Url>> = piece
                .alternatives()
                .iter()
                .map(|of| Some(elsewhere(env, of.region.clone(), text(&of.node)?)))
                .collect();
            let own = own.filter(|own| own.len() * urls.len() <= MAX_URLS);
            let own = own.unwrap_or_else(|| vec![elsewhere(env, Region::everywhere(), HOLE.to_string())]);
            urls = followed_by(urls, &own);
        }
        urls
    }

    /// The JSON that `variables('a').b['c']` names, in the worlds of what stands in the brackets.
    fn parts_of_variable(&self, env: &Env<'t>, source: &str, expr: &Expr) -> Option<Vec<(Region, &'t Tree)>> {
        let (base, names) = match &expr.kind {
            ExprKind::Call { namespace: None, name, args, .. } if name.eq_ignore_ascii_case("variables") => {
                let [Expr { kind: ExprKind::String(name), .. }] = args.as_slice() else { return None };
                return Some(vec![(Region::everywhere(), self.variable_json(&env.scope, name)?)]);
            }
            ExprKind::Property { base, name, .. } => (base, Value::string(name, Provenance::nowhere())),
            ExprKind::Index { base, index, .. } => (base, self.expr(env, source, index).split_domains()),
            _ => return None,
        };
        let mut nodes = Vec::new();
        for (region, base) in self.parts_of_variable(env, source, base)? {
            for name in names.alternatives() {
                let Some(region) = region.and(&name.region) else { continue };
                let Node::String(text) = &name.node else { return None };
                nodes.push((region, base.get(text)?));
            }
        }
        (nodes.len() <= MAX_URLS).then_some(nodes)
    }

    /// The JSON of a template that is kept in a variable. Bicep does so with templates that it loads.
    pub(super) fn template_in_variable(&self, env: &Env<'t>, template: &'t Tree) -> Option<&'t Tree> {
        let code = self.code(template)?;
        match self.parts_of_variable(env, &code.source, &code.expr)?.as_slice() {
            [(_, kept)] => Some(kept),
            _ => None,
        }
    }
}

/// Whether a deployment with these properties gives a template what it takes: no argument that it does not declare,
/// and each that it needs.
pub(super) fn takes_arguments(template: &Tree, properties: Option<&Tree>) -> bool {
    let arguments = properties.and_then(|properties| properties.get("parameters"));
    let is_known = arguments.is_none_or(Tree::is_object)
        && properties.is_none_or(|properties| properties.get("parametersLink").is_none());
    let given = arguments.map(Tree::members).unwrap_or_default();
    let declared = template.get("parameters").map(Tree::members).unwrap_or_default();
    let has = |name: &str| given.iter().any(|given| given.name.eq_ignore_ascii_case(name));
    let is_declared = |name: &str| declared.iter().any(|declared| declared.name.eq_ignore_ascii_case(name));
    template.get("resources").is_some()
        && (!is_known
            || (given.iter().all(|given| is_declared(&given.name))
                && declared.iter().all(|one| has(&one.name) || has_default(template, &one.value))))
}

/// A text of which nothing says where it starts.
fn elsewhere(env: &Env<'_>, region: Region, text: String) -> Url {
    Url { region, start: Start::Elsewhere(folder_of(env.scope.path).to_owned()), text }
}

/// Each URL with each of the texts behind it, in the worlds that they have in common.
fn followed_by(urls: Vec<Url>, texts: &[Url]) -> Vec<Url> {
    let joined = urls.iter().flat_map(|url| {
        texts.iter().filter_map(|text| {
            let region = url.region.and(&text.region)?;
            Some(Url { region, start: url.start.clone(), text: format!("{}{}", url.text, text.text) })
        })
    });
    joined.take(MAX_URLS * MAX_URLS).collect()
}

/// The parts of a URL between slashes, without its scheme and host. What is not known at its start is a part of its
/// own.
fn parts_of(text: &str) -> Vec<&str> {
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => text,
    };
    let (unknown, path) = path.split_at(path.len() - path.trim_start_matches(HOLE).len());
    let mut parts = vec![unknown];
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts
                .last()
                .is_some_and(|last| !last.is_empty() && *last != ".." && !last.contains(HOLE)) =>
            {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A URL up to the name of its file, behind which there may be an access token.
fn without_token(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or_default();
    let token = path.match_indices(HOLE).find(|(at, _)| path.get(..*at).is_some_and(is_file));
    token.and_then(|(at, _)| path.get(..at)).unwrap_or(path)
}

/// Whether a name is what a pattern says, with anything in the place of each hole.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split(HOLE);
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece).and_then(|at| rest.get(at + piece.len()..)) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The path of a file by its path relative to another file, `/` between the parts; `None` if it leads out of
/// what is above both.
fn joined(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The part of a path before its last slash, and the slash.
fn folder_of(path: &str) -> &str {
    path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or_default()
}

fn is_file(url: &str) -> bool {
    url.ends_with(".json")
}

/// Whether this is `deployment().properties.templateLink.uri`.
fn is_own_url(expr: &Expr) -> bool {
    let base = ["uri", "templateLink", "properties"].iter().try_fold(expr, |expr, wanted| {
        member_of(expr).filter(|(_, name)| name.eq_ignore_ascii_case(wanted)).map(|(base, _)| base)
    });
    matches!(
        base.map(|base| &base.kind),
        Some(ExprKind::Call { namespace: None, name, args, .. })
            if name.eq_ignore_ascii_case("deployment") && args.is_empty()
    )
}
