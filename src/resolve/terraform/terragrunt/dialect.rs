//! The names and functions that Terragrunt adds to Terraform's expressions.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::super::config::normalize;
use super::super::instance::Dialect;
use super::{Reader, exposed};
use crate::source::Span;
use crate::value::{Atom, Certain, Kind, Map, Node, Provenance, Reason, Unknown, Value, ops};

/// What one file of a unit can refer to.
pub struct Terragrunt<'p> {
    reader: Rc<Reader<'p>>,
    /// The directory of this file.
    dir: PathBuf,
    /// The file that Terragrunt is working on: functions that search start from it, in included files too.
    original: PathBuf,
    /// The directory of the file that includes this one.
    included_by: Option<PathBuf>,
    depth: usize,
    /// What is included, by label: the file's directory and what it shows. The label may be missing.
    includes: RefCell<BTreeMap<Arc<str>, (PathBuf, Value)>>,
    features: RefCell<BTreeMap<Arc<str>, Value>>,
}

impl<'p> Terragrunt<'p> {
    /// A file of the unit whose own file is `original`.
    pub fn new(
        reader: Rc<Reader<'p>>,
        path: &Path,
        original: &Path,
        included_by: Option<&Path>,
        depth: usize,
    ) -> Terragrunt<'p> {
        Terragrunt {
            reader,
            dir: path.parent().unwrap_or(path).to_owned(),
            original: original.to_owned(),
            included_by: included_by.map(Path::to_owned),
            depth,
            includes: RefCell::default(),
            features: RefCell::default(),
        }
    }

    /// Notes what a label includes.
    pub fn add_include(&self, label: Arc<str>, path: &Path, shown: Value) {
        let dir = path.parent().unwrap_or(path).to_owned();
        self.includes.borrow_mut().insert(label, (dir, shown));
    }

    /// Notes a feature's default.
    pub fn add_feature(&self, name: Arc<str>, default: Value) {
        let value =
            Value::new(Node::map(BTreeMap::from([(Arc::from("value"), default)])), Provenance::nowhere());
        self.features.borrow_mut().insert(name, value);
    }

    /// The directory of the file that Terragrunt is working on.
    fn unit_dir(&self) -> &Path {
        self.original.parent().unwrap_or(&self.original)
    }

    /// The directory of an included file: in that file its own, in the file that includes it by label.
    fn parent_dir(&self, label: Option<&str>) -> Option<PathBuf> {
        if self.included_by.is_some() {
            return Some(self.dir.clone());
        }
        let includes = self.includes.borrow();
        match label {
            Some(label) => includes.get(label).map(|(dir, _)| dir.clone()),
            None => includes.values().next().map(|(dir, _)| dir.clone()),
        }
    }

    /// `find_in_parent_folders`: the nearest file of a name above the unit.
    fn find_above(&self, name: &str) -> Option<PathBuf> {
        let project = self.reader.project;
        let above = self.unit_dir().ancestors().skip(1);
        above
            .take_while(|dir| dir.starts_with(project.sources().project()))
            .map(|dir| dir.join(name))
            .find(|path| project.id(path).is_some())
    }

    fn repository(&self) -> PathBuf {
        // The project is the nearest folder with `.git`, or stands for it.
        self.reader.project.sources().project().to_owned()
    }
}

/// A path as Terragrunt gives it to expressions.
fn text(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '\\' { text.replace('\\', "/") } else { text.into_owned() }
}

/// The way from one directory to another.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().count() - common;
    let down = to.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = std::iter::repeat_n("..".to_owned(), up).chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn unknown(key: &str, label: &str, reason: Reason, kind: Option<Kind>, at: Span) -> Value {
    let certain = kind.map_or_else(Certain::default, Certain::of_kind);
    Value::unknown(Atom::new(key, label), reason, certain, Provenance::written(at))
}

impl Dialect for Terragrunt<'_> {
    fn name(&self, name: &str, at: Span) -> Option<Value> {
        match name {
            "include" => {
                let includes = self.includes.borrow();
                // Without a label there is one include only, whose parts are `include.locals` and so on.
                if let Some((_, shown)) = includes.get("") {
                    return Some(shown.clone());
                }
                let entries = includes.iter().map(|(label, (_, shown))| (label.clone(), shown.clone()));
                Some(Value::new(Node::map(entries.collect()), Provenance::nowhere()))
            }
            "feature" => {
                let features = self.features.borrow().clone();
                Some(Value::new(Node::map(features), Provenance::nowhere()))
            }
            "values" if self.reader.values.is_some() => self.reader.values.clone(),
            // What other units put out is known once they are applied; mock outputs stand in for planning only,
            // and are no values that Azure ever sees.
            "dependency" | "values" | "unit" | "stack" => {
                let what = if name == "dependency" { "a dependency's output" } else { "a stack's value" };
                let rest = Unknown {
                    atom: Atom::new(format!("terragrunt:{name}"), name),
                    reason: Reason::RunTime(what.into()),
                    certain: Certain::default(),
                };
                let map = Map { open: Some(Arc::new(rest)), ..Map::default() };
                Some(Value::new(Node::Map(Arc::new(map)), Provenance::written(at)))
            }
            _ => None,
        }
    }

    fn call(&self, name: &str, args: &[Value], at: Span) -> Option<Value> {
        let here = || Provenance::written(at);
        let string = |text: String| Some(Value::string(text, here()));
        let path = |path: &Path| string(text(path));
        // All arguments, where they are known strings.
        let words: Option<Vec<&str>> = args.iter().map(Value::as_str).collect();
        let first = args.first().and_then(Value::as_str);
        let opaque = || {
            let inputs: Vec<&Value> = args.iter().collect();
            Some(ops::opaque(name, name, &inputs, Certain::of_kind(Kind::String), at))
        };
        let at_run = |what: &str, kind: Option<Kind>| {
            let key = format!("terragrunt:{name}:{}", words.clone().unwrap_or_default().join(","));
            Some(unknown(&key, name, Reason::RunTime(Arc::from(what)), kind, at))
        };
        match name {
            "find_in_parent_folders" => {
                if first.is_none() && !args.is_empty() {
                    return opaque();
                }
                match self.find_above(first.unwrap_or("terragrunt.hcl")) {
                    Some(found) => path(&found),
                    None => match args.get(1) {
                        Some(fallback) => Some(fallback.clone()),
                        None => Some(ops::failed("no folder above has this file", at)),
                    },
                }
            }
            "path_relative_to_include" | "path_relative_from_include" => {
                if first.is_none() && !args.is_empty() {
                    return opaque();
                }
                let Some(parent) = self.parent_dir(first) else { return string(".".to_owned()) };
                if name == "path_relative_to_include" {
                    string(relative(&parent, self.unit_dir()))
                } else {
                    string(relative(self.unit_dir(), &parent))
                }
            }
            "get_terragrunt_dir" | "get_original_terragrunt_dir" => path(self.unit_dir()),
            "get_parent_terragrunt_dir" => {
                path(&self.parent_dir(first).unwrap_or_else(|| self.unit_dir().to_owned()))
            }
            "get_repo_root" => path(&self.repository()),
            "get_path_from_repo_root" => string(relative(&self.repository(), self.unit_dir())),
            "get_path_to_repo_root" => string(relative(self.unit_dir(), &self.repository())),
            "get_env" => match (first, args.get(1)) {
                // A default in the code is what the code says, as a variable's default is, although the
                // environment may say otherwise.
                (_, Some(default)) => Some(default.clone()),
                (Some(variable), None) => {
                    let key = format!("env.{variable}");
                    let reason = Reason::NoValue(Arc::from(format!("environment variable {variable}")));
                    Some(unknown(&key, &key, reason, Some(Kind::String), at))
                }
                (None, None) => opaque(),
            },
            "read_terragrunt_config" => {
                let Some(target) = first else {
                    return match args.first().and_then(Value::single) {
                        Some(node) if ops::is_failure(node) => args.get(1).or(args.first()).cloned(),
                        _ => opaque(),
                    };
                };
                let target = normalize(&self.dir.join(target));
                match self.reader.config(&target, &target, None, self.depth + 1) {
                    Some(config) => Some(exposed(&config)),
                    None => match args.get(1) {
                        Some(fallback) => Some(fallback.clone()),
                        None => Some(ops::failed("there is no such Terragrunt file in the project", at)),
                    },
                }
            }
            "read_tfvars_file" => {
                let target = first.map(|target| normalize(&self.dir.join(target)));
                let values = target.and_then(|target| self.reader.var_file(&target));
                values.or_else(|| at_run("what Terragrunt runs", None))
            }
            // A var file is read as JSON text; its values, which are its parts already, keep their places.
            "jsondecode" => match args {
                [values] if matches!(values.single(), Some(Node::Map(_))) => Some(values.clone()),
                _ => None,
            },
            "mark_as_read" => args.first().cloned(),
            "sops_decrypt_file" => Some(unknown(
                &format!("terragrunt:sops:{}", first.unwrap_or("")),
                "sops_decrypt_file",
                Reason::Secret,
                Some(Kind::String),
                at,
            )),
            "run_cmd" => at_run("a command's output", Some(Kind::String)),
            "get_working_dir"
            | "get_platform"
            | "get_terraform_command"
            | "get_tofu_command"
            | "get_terragrunt_source_cli_flag"
            | "get_default_retryable_errors"
            | "get_terraform_cli_args"
            | "get_tofu_cli_args" => at_run("what Terragrunt runs", None),
            "get_terraform_commands_that_need_vars"
            | "get_terraform_commands_that_need_input"
            | "get_terraform_commands_that_need_locking"
            | "get_terraform_commands_that_need_parallelism" => {
                at_run("a list of commands", Some(Kind::List))
            }
            _ if name.starts_with("get_aws_") => at_run("the cloud account", Some(Kind::String)),
            _ => None,
        }
    }
}
