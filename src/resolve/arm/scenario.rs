//! Which JSON files are templates, which are parameter files, and which of them belong together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::template::has_default;
use super::tree::{Node as Tree, NodeKind};
use super::{Input, Refusal, Refused};
use crate::suggest::nearest;
use crate::syntax::data;

/// A JSON file by its path, `/` between the parts.
#[derive(Debug, Clone, Copy)]
pub struct File<'t> {
    /// Its path.
    pub path: &'t str,
    /// Its root.
    pub root: &'t Tree,
}

/// Which parameter files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenarios {
    /// Every one whose name and content fit a template.
    All,
    /// None: no tool picks one up by itself.
    None,
}

fn schema(root: &data::Node) -> Option<String> {
    Some(root.get_ignore_case("$schema")?.as_str()?.to_ascii_lowercase())
}

/// Whether a JSON file is an ARM template of any scope: by its `$schema`, which ends in
/// `deploymentTemplate.json` with the scope before it, or where it names none by its shape.
pub(super) fn is_template(root: &data::Node) -> bool {
    match schema(root) {
        Some(schema) => schema.contains("deploymenttemplate.json"),
        None => {
            let has = |name| root.get_ignore_case(name).is_some_and(|node| node.as_str().is_none());
            has("resources") && (root.get_ignore_case("contentVersion").is_some() || has("parameters"))
        }
    }
}

/// The template within what the service answers to an export (`DeploymentExportResult` and
/// `ResourceGroupExportResult` of its REST reference); any other JSON as it is.
pub(super) fn exported(root: data::Node) -> data::Node {
    const BESIDE: [&str; 3] = ["template", "error", "output"];
    let is_envelope = root.get_ignore_case("template").is_some_and(is_template)
        && root.members().iter().all(|m| BESIDE.iter().any(|name| m.key.text.eq_ignore_ascii_case(name)));
    match root.kind {
        data::NodeKind::Object(members) if is_envelope => {
            let within = members.into_iter().find(|m| m.key.text.eq_ignore_ascii_case("template"));
            within.map_or(data::Node { span: root.span, kind: data::NodeKind::Null }, |member| member.value)
        }
        kind => data::Node { kind, ..root },
    }
}

/// Whether a JSON file gives values for the parameters of a template: by its `$schema`, or where it names
/// none by its shape.
pub(super) fn is_parameter_file(root: &data::Node) -> bool {
    match schema(root) {
        Some(schema) => schema.contains("deploymentparameters.json"),
        None => {
            let parameters = root.get_ignore_case("parameters").map(data::Node::members).unwrap_or_default();
            root.get_ignore_case("resources").is_none()
                && !parameters.is_empty()
                && parameters.iter().all(|p| {
                    p.value.get_ignore_case("value").is_some()
                        || p.value.get_ignore_case("reference").is_some()
                })
        }
    }
}

/// A parameter file without its envelope, the parameters alone, which the Azure CLI takes too (`_process_parameters` of
/// its module `resource`); any other JSON as it is.
pub(super) fn enveloped(root: data::Node) -> data::Node {
    const GIVEN: [&str; 3] = ["value", "reference", "metadata"];
    let is_given = |node: &data::Node| {
        (node.get_ignore_case("value").is_some() || node.get_ignore_case("reference").is_some())
            && node.members().iter().all(|m| GIVEN.iter().any(|name| m.key.text.eq_ignore_ascii_case(name)))
    };
    let Some(first) = root.members().first() else { return root };
    if !root.members().iter().all(|member| is_given(&member.value)) {
        return root;
    }
    let key = data::Key { text: "parameters".into(), span: first.key.span };
    let span = root.span;
    let members = [data::Member { key, value: root }].into_iter().collect();
    data::Node { span, kind: data::NodeKind::Object(members) }
}

/// Whether the file's keys fit: more than half of them are declared by the template, and it has one.
pub fn fits(template: &Tree, file: &Tree) -> bool {
    let (known, given) = known(template, file);
    known * 2 > given
}

/// How many of the file's keys the template declares, and how many there are.
fn known(template: &Tree, file: &Tree) -> (usize, usize) {
    let declared = template.get("parameters");
    let given = file.get("parameters").map(Tree::members).unwrap_or_default();
    let known = given.iter().filter(|member| declared.is_some_and(|d| d.get(&member.name).is_some()));
    (known.count(), given.len())
}

/// What a file gives that its template does not declare, which the service rejects ("not present in the original
/// template and can therefore not be provided at deployment time"). Told only of a file that is named after the template,
/// and not of one with placeholders such as `${AZURE_LOCATION}`: the tool that replaces them may leave out the rest.
pub(super) fn undeclared(input: &Input<'_>, file: &File<'_>) -> Vec<Refused> {
    if !is_named_after(input, file) || has_placeholder(file.root) {
        return Vec::new();
    }
    let declared = input.template.get("parameters").map(Tree::members).unwrap_or_default();
    let is_declared = |name: &str| declared.iter().any(|member| member.name.eq_ignore_ascii_case(name));
    let given = file.root.get("parameters").map(Tree::members).unwrap_or_default().iter();
    let strange = given.filter(|member| !is_declared(&member.name));
    let told = strange.map(|member| {
        let near = nearest(&member.name, declared.iter().map(|declared| &*declared.name));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let message = format!("the template `{}` has no parameter `{}`{near}", input.path, member.name);
        Refused { span: member.name_span, message, kind: Refusal::Undeclared, assumptions: Vec::new() }
    });
    told.collect()
}

fn has_placeholder(node: &Tree) -> bool {
    match &node.kind {
        NodeKind::String(text) => text.contains("${"),
        NodeKind::Array(items) => items.iter().any(has_placeholder),
        NodeKind::Object(members) => members.iter().any(|member| has_placeholder(&member.value)),
        _ => false,
    }
}

/// The files that are named after templates of which none declares anything that they give. They may be for something
/// else, and are no scenarios.
pub fn strangers<'t>(templates: &[Input<'_>], parameter_files: &[File<'t>]) -> Vec<File<'t>> {
    let is_strange = |file: &&File<'_>| {
        let mut named = templates.iter().filter(|input| is_named_after(input, file)).peekable();
        let (_, given) = known(file.root, file.root);
        given > 0 && named.peek().is_some() && !named.any(|input| known(input.template, file.root).0 > 0)
    };
    parameter_files.iter().filter(is_strange).copied().collect()
}

/// Whether the template takes the file as it is: it has a value for each parameter that needs one, and none for
/// others.
fn fits_whole(template: &Tree, file: &Tree) -> bool {
    let members = Tree::members;
    let (declared, given) = (template.get("parameters"), file.get("parameters"));
    let (needed, values) =
        (declared.map(members).unwrap_or_default(), given.map(members).unwrap_or_default());
    let has = |node: Option<&Tree>, name: &str| node.is_some_and(|node| node.get(name).is_some());
    !values.is_empty()
        && values.iter().all(|value| has(declared, &value.name))
        && needed
            .iter()
            .all(|parameter| has_default(template, &parameter.value) || has(given, &parameter.name))
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// Whether a folder is another or lies in it.
fn is_within(folder: &str, other: &str) -> bool {
    folder
        .strip_prefix(other)
        .is_some_and(|rest| other.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// What people call a parameter file.
const WORDS: [&str; 4] = ["parameters", "parameter", "params", "param"];
/// Folders in which others keep what differs from environment to environment.
const FOLDERS: [&str; 12] = [
    "config",
    "configs",
    "configuration",
    "configurations",
    "env",
    "environment",
    "environments",
    "envs",
    "settings",
    "values",
    "vars",
    "variables",
];
/// What stands between the words of a file's name.
const BETWEEN: [char; 3] = ['.', '-', '_'];

fn is_word(part: &str) -> bool {
    WORDS.contains(&part)
}

/// A file's name in lower case without its ending; `None` for one that is neither JSON nor Bicep.
fn stem(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    [".json", ".jsonc", ".bicep"].iter().find_map(|ending| Some(name.strip_suffix(ending)?.to_owned()))
}

/// What a file's name says of the template that it is for. The lesser, the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// It is that of the template, of which so many bytes, and a word for parameters, with what else there is behind a
    /// dot: `NAME.parameters`, `NAME.ENV.parameters`.
    After(Reverse<usize>),
    /// It is that of the template and more, which may be the name of another: `NAME-ENV.parameters`, or `NAME.ENV` and
    /// `NAME` alone in a folder for such files.
    Near(Reverse<usize>),
    /// It is a parameter file.
    Of,
    Nothing,
}

/// Whether a folder's name says that it holds parameter files, or what differs from environment to environment.
fn is_for_environments(folder: &str) -> bool {
    let folder = folder.to_ascii_lowercase();
    is_word(&folder) || FOLDERS.contains(&&*folder)
}

fn name_of(template: &str, file: &str, is_in_folder: bool) -> Name {
    let (Some(template), Some(file)) = (stem(template), stem(file)) else { return Name::Nothing };
    let plain = template.strip_suffix("template").and_then(|stem| stem.strip_suffix(BETWEEN));
    for stem in [Some(&*template), plain].into_iter().flatten() {
        let Some(rest) = file.strip_prefix(stem) else { continue };
        let length = Reverse(stem.len());
        let mut words = rest.split(BETWEEN).filter(|word| !word.is_empty());
        if words.clone().next().is_some_and(is_word) || (rest.starts_with('.') && words.any(is_word)) {
            return Name::After(length);
        }
        let is_longer = rest.is_empty() || rest.starts_with(BETWEEN);
        if is_longer && (is_in_folder || rest.split(BETWEEN).any(is_word)) {
            return Name::Near(length);
        }
    }
    let mut parts = file.split(BETWEEN);
    if parts.any(is_word) { Name::Of } else { Name::Nothing }
}

/// Whether a file is that of a template's parameters, as far as names and places tell.
pub fn is_named_for(template: &str, file: &str) -> bool {
    let ((template_dir, template_name), (file_dir, file_name)) = (split_path(template), split_path(file));
    let beside = file_dir == template_dir || split_path(file_dir).0 == template_dir;
    beside && matches!(name_of(template_name, file_name, false), Name::After(_) | Name::Near(_))
}

/// The paths that a template would have after which a parameter file is named.
fn namesakes(file: &str) -> Vec<String> {
    let (dir, name) = split_path(file);
    let Some(stem) = stem(name) else { return Vec::new() };
    let (parent, last) = split_path(dir);
    let dirs = [Some(dir), is_word(&last.to_ascii_lowercase()).then_some(parent)];
    let mut paths = Vec::new();
    for (at, _) in stem.match_indices(BETWEEN) {
        let (Some(own), Some(rest)) = (name.get(..at), stem.get(at..)) else { continue };
        if own.is_empty() || own.split(BETWEEN).any(is_word) || !rest.split(BETWEEN).any(is_word) {
            continue;
        }
        for dir in dirs.into_iter().flatten() {
            paths.extend(["json", "jsonc", "bicep"].map(|ending| join(dir, &format!("{own}.{ending}"))));
        }
    }
    paths
}

/// What a file's name may begin with that is the name of something else: `vm.prod` with `vm`.
fn beginnings(file_name: &str) -> Vec<String> {
    let Some(stem) = stem(file_name) else { return Vec::new() };
    let ends = stem.match_indices(BETWEEN).map(|(at, _)| at).chain([stem.len()]);
    let beginnings = ends.filter_map(|end| stem.get(..end)).filter(|name| !name.is_empty() && !is_word(name));
    beginnings.map(str::to_owned).collect()
}

/// JSON that lies about in projects and is no template.
const NO_TEMPLATES: [&str; 14] = [
    "appsettings.json",
    "bicepconfig.json",
    "composer.json",
    "createuidefinition.json",
    "cspell.json",
    "devcontainer.json",
    "global.json",
    "host.json",
    "local.settings.json",
    "metadata.json",
    "package-lock.json",
    "package.json",
    "renovate.json",
    "tsconfig.json",
];

fn may_be_template(name: &str) -> bool {
    !name.starts_with('.') && !NO_TEMPLATES.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Whether people call the template of a whole project so.
fn is_called_template(name: &str) -> bool {
    let stem = stem(name).unwrap_or_default();
    name.ends_with(".bicep") || ["deploy", "main", "template"].iter().any(|word| stem.contains(word))
}

/// Whether a file lies beside a template, or in a folder for parameters there, and has its name.
fn is_named_after(template: &Input<'_>, file: &File<'_>) -> bool {
    matches!(beside(template, file), Some(Name::After(_)))
}

/// The name of a file that lies beside a template or in a folder for parameters there.
fn beside(template: &Input<'_>, file: &File<'_>) -> Option<Name> {
    let ((template_dir, template_name), (file_dir, file_name)) =
        (split_path(template.path), split_path(file.path));
    let (parent, last) = split_path(file_dir);
    let in_parameters = parent == template_dir && is_word(&last.to_ascii_lowercase());
    if file_dir != template_dir && !in_parameters {
        return None;
    }
    match name_of(template_name, file_name, in_parameters) {
        Name::Nothing => in_parameters.then_some(Name::Of),
        name => Some(name),
    }
}

/// How closely a parameter file belongs to a template by its name, beside it or in a folder for parameters there; smaller
/// is closer. `None` if it does not. Of a file that has the template's name one key is enough: the service rejects the
/// others, which is told.
fn kinship(template: &Input<'_>, file: &File<'_>) -> Option<Name> {
    beside(template, file).filter(|name| match name {
        Name::After(_) => known(template.template, file.root).0 > 0,
        _ => fits(template.template, file.root),
    })
}

/// The same of a file that lies elsewhere or has another name. That it is for this template its content has to say.
fn distance(template: &Input<'_>, file: &File<'_>) -> Option<(Name, usize)> {
    const MAX_WAY: usize = 4;
    let ((template_dir, template_name), (file_dir, file_name)) =
        (split_path(template.path), split_path(file.path));
    let (mut above, mut below) = (folders(template_dir).peekable(), folders(file_dir).peekable());
    while let (Some(a), Some(b)) = (above.peek(), below.peek())
        && a == b
    {
        above.next();
        below.next();
    }
    let (up, way) = (above.count(), below.clone().count());
    if up > 2 || way > MAX_WAY {
        return None;
    }
    let name = name_of(template_name, file_name, below.clone().any(is_for_environments));
    let is_near = match (up, way) {
        (0, 0) => true,
        (0, _) => name != Name::Nothing || below.any(is_for_environments),
        (_, 0) => matches!(name, Name::After(_) | Name::Near(_)),
        // Another folder beside the template's is about something else.
        _ => below.next().is_some_and(is_for_environments),
    };
    (is_near && fits_whole(template.template, file.root)).then_some((name, up + way))
}

fn folders(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.split('/').filter(|part| !part.is_empty())
}

/// Puts templates and parameter files together. A parameter file belongs to the templates that lie beside it or, if
/// it lies in a directory `parameters`, beside that directory; that its name fits (`NAME.parameters[.ENV].json`,
/// `ENV.parameters.json`, `parameters/*.json`, and the same with `params` or hyphens); and that declare more than half
/// of its keys, or any of a file that has their name. A file that is named after one template belongs to no other, also
/// where that is none of these: `listed` gives the names of all JSON and Bicep files of a directory.
///
/// One that belongs to none in this way belongs to the closest template above it, or above a directory for
/// environments that it lies in, which takes it as it is; of several that are equally close to none. What else lies
/// beside it may be the template that it is for.
pub fn pair<'t>(
    templates: &[File<'t>],
    parameter_files: &[File<'t>],
    which: Scenarios,
    listed: &dyn Fn(&str) -> Rc<BTreeSet<String>>,
) -> Vec<Input<'t>> {
    let mut inputs: BTreeMap<&str, Input<'t>> = templates
        .iter()
        .map(|t| (t.path, Input { path: t.path, template: t.root, parameter_files: Vec::new() }))
        .collect();
    if which == Scenarios::None {
        return inputs.into_values().collect();
    }
    let given: BTreeSet<(&str, &str)> = parameter_files.iter().map(|file| split_path(file.path)).collect();
    let mut alone: BTreeMap<&str, bool> = BTreeMap::new();
    // A template that nobody has read, since it names nothing of ours.
    let is_other = |dir: &str, name: &str| {
        let path = join(dir, name);
        may_be_template(name) && !given.contains(&(dir, name)) && !templates.iter().any(|t| t.path == path)
    };
    for file in parameter_files {
        let (dir, file_name) = split_path(file.path);
        let beginnings = beginnings(file_name);
        // Beside the template lies what the file is named after, or a folder for it.
        let is_of_neighbour = |input: &Input<'_>| {
            let (template_dir, template_name) = split_path(input.path);
            let (parent, folder) = split_path(template_dir);
            beginnings.iter().any(|name| {
                let is_named = |other: &String| {
                    stem(other).as_ref() == Some(name)
                        && other != template_name
                        && is_other(template_dir, other)
                };
                let is_folder = !folder.is_empty()
                    && !name.eq_ignore_ascii_case(folder)
                    && !listed(&join(parent, name)).is_empty();
                listed(template_dir).iter().any(is_named) || is_folder
            })
        };
        // Between the file and the template lies something that is closer to the file.
        let is_of_closer = |input: &Input<'_>| {
            let template_dir = split_path(input.path).0;
            let mut folder = dir;
            loop {
                if folder == template_dir {
                    return false;
                }
                // Where the ways part, all kinds of files lie about.
                let is_shared = is_within(template_dir, folder);
                let is_closer =
                    |name: &&String| is_other(folder, name) && (!is_shared || is_called_template(name));
                if folder != dir && listed(folder).iter().any(|name| is_closer(&name)) {
                    return true;
                }
                if folder.is_empty() || is_shared {
                    return false;
                }
                folder = split_path(folder).0;
            }
        };
        let there = namesakes(file.path).into_iter().filter(|path| {
            let (dir, name) = split_path(path);
            !given.contains(&(dir, name)) && listed(dir).contains(name)
        });
        let there: Vec<String> = there.collect();
        let has_namesake = !there.is_empty();
        // A longer name than the template's may be that of one that is not among these.
        let is_of_longer = |length: usize| {
            there.iter().filter_map(|path| stem(split_path(path).1)).any(|stem| stem.len() > length)
        };
        let mut close = closest(inputs.values(), |input| {
            kinship(input, file).filter(|name| match name {
                Name::After(Reverse(length)) | Name::Near(Reverse(length)) => !is_of_longer(*length),
                _ => !has_namesake && !is_of_neighbour(input),
            })
        });
        if close.is_empty() && !has_namesake {
            let is_alone = *alone
                .entry(dir)
                .or_insert_with(|| listed(dir).iter().all(|name| given.contains(&(dir, name.as_str()))));
            close = closest(inputs.values(), |input| {
                let is_beside = || split_path(input.path).0 == dir;
                distance(input, file)
                    .filter(|(name, _)| is_alone || matches!(name, Name::After(_)) || is_beside())
                    .filter(|(name, _)| {
                        matches!(name, Name::After(_) | Name::Near(_)) || !is_of_neighbour(input)
                    })
                    .filter(|_| !is_of_closer(input))
            });
            close.truncate(if close.len() == 1 { 1 } else { 0 });
        }
        for path in close {
            if let Some(input) = inputs.get_mut(path) {
                input.parameter_files.push((file.path, file.root));
            }
        }
    }
    for input in inputs.values_mut() {
        input.parameter_files.sort_by_key(|(path, _)| *path);
    }
    inputs.into_values().collect()
}

/// The paths of the templates for which this is smallest.
fn closest<'i, 't: 'i, T: Ord>(
    inputs: impl Iterator<Item = &'i Input<'t>>,
    how: impl Fn(&Input<'t>) -> Option<T>,
) -> Vec<&'t str> {
    let mut close: Vec<(T, &str)> = inputs.filter_map(|input| Some((how(input)?, input.path))).collect();
    close.sort();
    let alike = match close.first() {
        Some((least, _)) => close.iter().take_while(|(how, _)| how == least).count(),
        None => 0,
    };
    close.into_iter().take(alike).map(|(_, path)| path).collect()
}
