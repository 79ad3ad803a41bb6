//! Which JSON files are templates, which are parameter files, and which of them belong together.

use std::collections::BTreeMap;

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

/// How closely a parameter file belongs to a template; smaller is closer. `None` if it does not. Of a file that is named
/// after the template one key is enough: the service rejects the others, which is told.
fn belonging(input: &Input<'_>, file: &File<'_>) -> Option<u8> {
    kinship(input.path, file.path).filter(|kinship| match kinship {
        0 => known(input.template, file.root).0 > 0,
        _ => fits(input.template, file.root),
    })
}

/// What a file gives that its template does not declare, which the service rejects ("not present in the original
/// template and can therefore not be provided at deployment time"). Told only of a file that is named after the template,
/// and not of one with placeholders such as `${AZURE_LOCATION}`: the tool that replaces them may leave out the rest.
pub(super) fn undeclared(input: &Input<'_>, file: &File<'_>) -> Vec<Refused> {
    if kinship(input.path, file.path) != Some(0) || has_placeholder(file.root) {
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
        let mut named = templates.iter().filter(|input| kinship(input.path, file.path) == Some(0)).peekable();
        let gives_any = file.root.get("parameters").is_some_and(|given| !given.members().is_empty());
        gives_any && named.peek().is_some() && !named.any(|input| belonging(input, file).is_some())
    };
    parameter_files.iter().filter(is_strange).copied().collect()
}

fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// How closely a parameter file's name belongs to a template; smaller is closer. `None` if it does not.
fn kinship(template: &str, file: &str) -> Option<u8> {
    const SAYS: [&str; 4] = ["parameters", "parameter", "params", "param"];
    let says_parameters = |word: &str| SAYS.contains(&word);
    let words = |text: &str| text.split(['.', '-', '_']).any(says_parameters);
    let stem_of = |name: &str, endings: &[&str]| {
        let name = name.to_ascii_lowercase();
        endings.iter().find_map(|ending| name.strip_suffix(ending).map(str::to_owned))
    };
    let ((template_folder, template), (folder, name)) = (split_path(template), split_path(file));
    let stem = stem_of(template, &[".json", ".jsonc", ".bicep"])?;
    let name = stem_of(name, &[".json", ".jsonc"])?;
    let (parent, last) = split_path(folder);
    let in_parameters = says_parameters(&last.to_ascii_lowercase());
    if folder != template_folder && !(in_parameters && parent == template_folder) {
        return None;
    }
    // NAME.parameters.json and NAME.parameters.ENV.json; NAME.ENV.parameters.json and NAME-parameters.json say the same.
    let is_named_after = match name.strip_prefix(&*stem).and_then(|rest| rest.split_at_checked(1)) {
        Some((".", rest)) => words(rest),
        Some(("-" | "_", rest)) => rest.split(['.', '-', '_']).next().is_some_and(says_parameters),
        _ => false,
    };
    if is_named_after {
        return Some(0);
    }
    // ENV.parameters.json, and azuredeploy's parameters.json.
    (in_parameters || words(&name)).then_some(1)
}

/// Puts templates and parameter files together. A parameter file belongs to the templates that lie beside
/// it or, if it lies in a directory `parameters`, beside that directory; that its name fits
/// (`NAME.parameters[.ENV].json`, `ENV.parameters.json`, `parameters/*.json`, `params` and `-` being as good); and that
/// declare more than half of its keys, or one of a file that is named after them. A file that is named after one template belongs to no other.
pub fn pair<'t>(templates: &[File<'t>], parameter_files: &[File<'t>], which: Scenarios) -> Vec<Input<'t>> {
    let mut inputs: BTreeMap<&str, Input<'t>> = templates
        .iter()
        .map(|t| (t.path, Input { path: t.path, template: t.root, parameter_files: Vec::new() }))
        .collect();
    if which == Scenarios::None {
        return inputs.into_values().collect();
    }
    for file in parameter_files {
        let Some(closest) = inputs.values().filter_map(|input| belonging(input, file)).min() else {
            continue;
        };
        for input in inputs.values_mut() {
            if belonging(input, file) == Some(closest) {
                input.parameter_files.push((file.path, file.root));
            }
        }
    }
    for input in inputs.values_mut() {
        input.parameter_files.sort_by_key(|(path, _)| *path);
    }
    inputs.into_values().collect()
}
