//! A Terraform module as configuration: the blocks of one directory, override files merged, nothing
//! evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::registry;
use super::types::Type;
use crate::source::{self, FileId, Sources, Span};
use crate::syntax::SyntaxError;
use crate::syntax::hcl::{self, Attribute, BinaryOp, Block, Body, Expr, ExprKind};
use crate::value::Kind;

/// One directory of Terraform files.
#[derive(Debug, Default)]
pub struct Module {
    /// The directory.
    pub dir: PathBuf,
    /// `variable` blocks.
    pub variables: BTreeMap<Arc<str>, Variable>,
    /// The attributes of all `locals` blocks.
    pub locals: BTreeMap<Arc<str>, Expr>,
    /// `resource` blocks by type and name.
    pub resources: BTreeMap<(Arc<str>, Arc<str>), Block>,
    /// `data` blocks by type and name.
    pub data: BTreeMap<(Arc<str>, Arc<str>), Block>,
    /// `module` blocks.
    pub calls: BTreeMap<Arc<str>, Call>,
    /// The values of `output` blocks.
    pub outputs: BTreeMap<Arc<str>, Expr>,
    /// The major versions of azurerm that the configuration allows.
    pub azurerm: Majors,
    /// Whether it is made to be planned by itself: it configures a provider or says where its state is. Others may
    /// be libraries, of whose variables the callers that nobody sees know more than the defaults.
    pub is_deployed: bool,
    /// Declarations that Terraform refuses for their names: where, and why.
    pub misdeclared: Vec<(Span, String)>,
    /// What of its files cannot be parsed.
    pub errors: Vec<SyntaxError>,
    /// Whether all of its declarations are here: its files are readable and without errors.
    pub complete: bool,
}

/// A `variable` block.
#[derive(Debug)]
pub struct Variable {
    /// Its header.
    pub header: Span,
    /// The type constraint.
    pub ty: Option<Expr>,
    /// The default.
    pub default: Option<Expr>,
    /// Whether null may be passed; otherwise null stands for the default.
    pub nullable: bool,
    /// Whether it holds a secret.
    pub sensitive: bool,
    /// The values that its validations allow, where they list them.
    pub allowed: Option<Vec<Expr>>,
    /// Its `validation` blocks.
    pub validations: Vec<Validation>,
}

/// A `validation` block.
#[derive(Debug)]
pub struct Validation {
    /// What must be true of the value.
    pub condition: Expr,
    /// What Terraform says where it is not.
    pub message: Option<Expr>,
}

/// A `module` block.
#[derive(Debug)]
pub struct Call {
    /// The block.
    pub block: Block,
    /// The source, where it is a literal.
    pub source: Option<Arc<str>>,
}

impl Call {
    /// The directory of a local source.
    pub fn local_dir(&self, from: &Path) -> Option<PathBuf> {
        self.is_local().then(|| Some(normalize(&from.join(self.source.as_deref()?))))?
    }

    /// Whether the source is a path.
    pub fn is_local(&self) -> bool {
        self.source.as_deref().is_some_and(|source| {
            source.starts_with("./") || source.starts_with("../") || matches!(source, "." | "..")
        })
    }

    /// The directory of a local source, of what was installed, or of what a table knows of the registry.
    pub fn dir(&self, from: &Path, installed: impl FnOnce() -> Option<PathBuf>) -> Option<PathBuf> {
        self.local_dir(from).or_else(installed).or_else(|| match registry::lookup(self) {
            registry::Lookup::Known(dir) => Some(dir),
            _ => None,
        })
    }
}

/// Resolves `.` and `..` by name alone.
pub fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// The configuration files of a directory. Where a file for OpenTofu lies beside one for Terraform of the same
/// name, OpenTofu reads the first only (<https://opentofu.org/docs/language/files/#tofu-files>). Whoever writes
/// both runs OpenTofu, so that is what counts.
pub fn files_in(sources: &Sources, dir: &Path) -> Vec<PathBuf> {
    let mut files = sources
        .read_dir_files(dir, &[source::Kind::Terraform, source::Kind::TerraformJson])
        .unwrap_or_default();
    files.retain(|path| !is_var_file(path));
    let for_tofu: BTreeSet<PathBuf> = files
        .iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy();
            let (stem, ending) = stem_of(&name);
            let replaced = if ending.ends_with(".json") { ".tf.json" } else { ".tf" };
            ending.starts_with(".tofu").then(|| path.with_file_name(format!("{stem}{replaced}")))
        })
        .collect();
    files.retain(|path| !for_tofu.contains(path));
    files
}

/// The name of a configuration file without its ending, and the ending.
fn stem_of(name: &str) -> (&str, &'static str) {
    let endings = [".tofu.json", ".tf.json", ".tofu", ".tf"];
    let found = endings.into_iter().find_map(|ending| Some((name.strip_suffix(ending)?, ending)));
    found.unwrap_or((name, ""))
}

/// Whether a file of one of Terraform's kinds holds values of variables.
pub fn is_var_file(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
}

/// Parses a file of one of Terraform's kinds in its notation.
pub fn parse(sources: &Sources, file: FileId) -> Option<(hcl::File, Vec<SyntaxError>)> {
    let text = sources.text(file)?;
    let source = sources.file(file)?;
    Some(match source.kind {
        source::Kind::TerraformJson if is_var_file(&source.path) => hcl::json::parse_var_file(file, &text),
        source::Kind::TerraformJson => hcl::json::parse_configuration(file, &text),
        _ => hcl::parse(file, &text),
    })
}

impl Module {
    /// Reads all `.tf` files of a directory. Override files come last, as Terraform merges them.
    pub fn load(sources: &Sources, dir: &Path) -> Module {
        let mut module = Module { dir: dir.to_owned(), ..Module::default() };
        let files = files_in(sources, dir);
        let (overrides, ordinary): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            let (stem, _) = stem_of(&name);
            stem == "override" || stem.ends_with("_override")
        });
        let mut readable = true;
        for (paths, is_override) in [(ordinary, false), (overrides, true)] {
            // A file that cannot be read is a problem of discovery's.
            for path in paths {
                match sources.load(&path) {
                    Ok(file) => module.add(sources, file, is_override),
                    Err(_) => readable = false,
                }
            }
        }
        module.complete = readable && module.errors.is_empty();
        if let Some(major) = lock_file_major(sources, dir) {
            module.azurerm = Majors { least: major, greatest: major };
        }
        module
    }

    /// A module of one file.
    pub fn of_file(sources: &Sources, dir: &Path, file: FileId) -> Module {
        let mut module = Module { dir: dir.to_owned(), ..Module::default() };
        module.add(sources, file, false);
        module
    }

    fn add(&mut self, sources: &Sources, file: FileId, is_override: bool) {
        let Some((parsed, errors)) = parse(sources, file) else { return };
        self.errors.extend(errors);
        for block in parsed.body.blocks {
            self.add_block(block, is_override);
        }
    }

    fn add_block(&mut self, block: Block, is_override: bool) {
        let label = |index: usize| block.labels.get(index).map(|(text, _)| text.clone());
        let declared = match (&*block.kind, label(0), label(1)) {
            ("variable", Some(name), _) => Some(self.variables.contains_key(&name)),
            ("output", Some(name), _) => Some(self.outputs.contains_key(&name)),
            ("module", Some(name), _) => Some(self.calls.contains_key(&name)),
            ("resource", Some(kind), Some(name)) => Some(self.resources.contains_key(&(kind, name))),
            ("data", Some(kind), Some(name)) => Some(self.data.contains_key(&(kind, name))),
            _ => None,
        };
        if declared == Some(!is_override) {
            let labels: Vec<&str> = block.labels.iter().map(|(label, _)| &**label).collect();
            let what = format!("{} `{}`", block.kind, labels.join("."));
            self.misdeclared.push((block.header, misdeclared(&what, is_override)));
        }
        match (&*block.kind, label(0), label(1)) {
            ("variable", Some(name), _) => {
                let mut block = block;
                if is_override {
                    // Terraform merges the arguments alone.
                    block.body.blocks.clear();
                }
                let variable = self.variables.entry(name.clone()).or_insert_with(|| Variable {
                    header: block.header,
                    ty: None,
                    default: None,
                    nullable: true,
                    sensitive: false,
                    allowed: None,
                    validations: Vec::new(),
                });
                variable.fill(&name, block);
            }
            ("locals", ..) => {
                for attribute in block.body.attributes {
                    if self.locals.contains_key(&attribute.name) != is_override {
                        let what = format!("local value `{}`", attribute.name);
                        self.misdeclared.push((attribute.name_span, misdeclared(&what, is_override)));
                    }
                    self.locals.insert(attribute.name, attribute.expr);
                }
            }
            ("output", Some(name), _) => {
                if let Some(value) = take_attribute(block.body, "value") {
                    self.outputs.insert(name, value.expr);
                }
            }
            ("resource", Some(kind), Some(name)) => {
                merge_into(&mut self.resources, (kind, name), block, is_override);
            }
            ("data", Some(kind), Some(name)) => {
                merge_into(&mut self.data, (kind, name), block, is_override);
            }
            ("module", Some(name), _) => {
                let block = match self.calls.remove(&name) {
                    Some(have) if is_override => merged(have.block, block),
                    Some(have) => have.block,
                    None => block,
                };
                let source = block.body.attribute("source").and_then(|source| literal(&source.expr));
                self.calls.insert(name, Call { block, source });
            }
            ("terraform", ..) => {
                // In JSON a block of the language that is not read is an attribute.
                let names = block.body.blocks.iter().map(|block| &*block.kind);
                let names = names.chain(block.body.attributes.iter().map(|attribute| &*attribute.name));
                self.is_deployed |= names.into_iter().any(|name| matches!(name, "backend" | "cloud"));
                for providers in block.body.blocks_of("required_providers") {
                    let constraint =
                        providers.body.attribute("azurerm").and_then(|azurerm| match &azurerm.expr.kind {
                            ExprKind::String(text) => Some(text.clone()),
                            ExprKind::Object(items) => items.iter().find_map(|item| match &item.key {
                                hcl::ObjectKey::Name(name, _) if &**name == "version" => literal(&item.value),
                                _ => None,
                            }),
                            _ => None,
                        });
                    if let Some(constraint) = constraint {
                        self.azurerm = self.azurerm.and(Majors::of(&constraint));
                    }
                }
            }
            ("provider", Some(name), _) => {
                self.is_deployed = true;
                if &*name == "azurerm"
                    && let Some(version) =
                        block.body.attribute("version").and_then(|version| literal(&version.expr))
                {
                    self.azurerm = self.azurerm.and(Majors::of(&version));
                }
            }
            _ => {}
        }
    }
}

impl Variable {
    /// Whether Terraform takes a value for it on the command line as it is written, and not as an expression.
    pub fn takes_text(&self) -> bool {
        self.ty.as_ref().is_none_or(|ty| {
            let kind = Type::parse(ty).ok().and_then(|ty| ty.kind());
            matches!(kind, Some(Kind::String | Kind::Number | Kind::Bool))
        })
    }

    fn fill(&mut self, name: &str, block: Block) {
        for validation in block.body.blocks_of("validation") {
            let condition = validation.body.attribute("condition").map(|attribute| &attribute.expr);
            if let Some(allowed) = condition.and_then(|condition| allowed_values(condition, name)) {
                self.allowed = Some(allowed);
            }
            if let Some(condition) = condition {
                let message = validation.body.attribute("error_message").map(|message| message.expr.clone());
                self.validations.push(Validation { condition: condition.clone(), message });
            }
        }
        for attribute in block.body.attributes {
            match &*attribute.name {
                "type" => self.ty = Some(attribute.expr),
                "default" => self.default = Some(attribute.expr),
                "nullable" => self.nullable = !matches!(attribute.expr.kind, ExprKind::Bool(false)),
                "sensitive" => self.sensitive = matches!(attribute.expr.kind, ExprKind::Bool(true)),
                _ => {}
            }
        }
    }
}

/// The values that a condition leaves to a variable: `contains([...], var.NAME)` and `var.NAME == literal`, put
/// together with `||` and `&&`. Every other condition allows anything.
fn allowed_values(condition: &Expr, variable: &str) -> Option<Vec<Expr>> {
    let is_variable = |expr: &Expr| match &expr.kind {
        ExprKind::Traversal(root, steps) => {
            matches!(&root.kind, ExprKind::Variable(root) if &**root == "var")
                && matches!(steps.as_slice(), [hcl::Step { kind: hcl::StepKind::GetAttr(name), .. }] if &**name == variable)
        }
        _ => false,
    };
    match &condition.kind {
        ExprKind::Paren(inner) => allowed_values(inner, variable),
        // In JSON every expression is in a string.
        ExprKind::Template(parts) => match parts.as_slice() {
            [hcl::TemplatePart::Interpolation(inner)] => allowed_values(inner, variable),
            _ => None,
        },
        ExprKind::Call { name, args, .. } => match (&**name, args.as_slice()) {
            ("contains", [Expr { kind: ExprKind::Array(items), .. }, subject])
                if is_variable(subject) && items.iter().all(is_constant) =>
            {
                Some(items.clone())
            }
            _ => None,
        },
        ExprKind::Binary(BinaryOp::Or, one, other) => {
            let mut values = allowed_values(one, variable)?;
            values.extend(allowed_values(other, variable)?);
            Some(values)
        }
        ExprKind::Binary(BinaryOp::And, one, other) => {
            allowed_values(one, variable).or_else(|| allowed_values(other, variable))
        }
        ExprKind::Binary(BinaryOp::Equal, one, other) => match (is_variable(one), is_variable(other)) {
            (true, false) if is_constant(other) => Some(vec![Expr::clone(other)]),
            (false, true) if is_constant(one) => Some(vec![Expr::clone(one)]),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is a literal. Anything else may hang on the variable itself, as `floor(var.x) == var.x` does.
pub(super) fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => is_constant(inner),
        ExprKind::Template(parts) => parts.iter().all(|part| match part {
            hcl::TemplatePart::Literal(..) => true,
            hcl::TemplatePart::Interpolation(inner) => is_constant(inner),
            _ => false,
        }),
        _ => false,
    }
}

fn take_attribute(body: Body, name: &str) -> Option<Attribute> {
    body.attributes.into_iter().find(|attribute| &*attribute.name == name)
}

fn merge_into<K: Ord>(blocks: &mut BTreeMap<K, Block>, key: K, block: Block, is_override: bool) {
    let block = match blocks.remove(&key) {
        Some(have) if is_override => merged(have, block),
        // Terraform refuses a second declaration; the first stays.
        Some(have) => have,
        None => block,
    };
    blocks.insert(key, block);
}

/// What Terraform says of a name that is declared twice, or that an override file finds nowhere.
fn misdeclared(what: &str, is_override: bool) -> String {
    match is_override {
        true => format!("{what} overrides nothing: no other file declares it"),
        false => format!("{what} is declared twice"),
    }
}

/// A block with the attributes of its override put over its own, and its nested blocks of a kind replaced
/// by the override's of that kind, `dynamic` or not. In JSON a nested block is an attribute. Only of `lifecycle`
/// what the override leaves out stays.
fn merged(mut base: Block, over: Block) -> Block {
    let (lifecycles, blocks): (Vec<Block>, Vec<Block>) =
        over.body.blocks.into_iter().partition(|block| &*block.kind == "lifecycle");
    let is_there = |name: &str| {
        over.body.attributes.iter().any(|attribute| &*attribute.name == name)
            || blocks.iter().any(|block| nested_kind(block) == name)
    };
    base.body.attributes.retain(|have| !is_there(&have.name));
    base.body.blocks.retain(|have| !is_there(nested_kind(have)));
    base.body.attributes.extend(over.body.attributes);
    base.body.blocks.extend(blocks);
    for lifecycle in lifecycles {
        let own = base.body.blocks.iter().position(|block| block.kind == lifecycle.kind);
        let lifecycle = match own {
            Some(index) => merged(base.body.blocks.remove(index), lifecycle),
            None => lifecycle,
        };
        base.body.blocks.push(lifecycle);
    }
    base
}

/// The type of a nested block, of a `dynamic` one that which it makes.
fn nested_kind(block: &Block) -> &str {
    match block.labels.first() {
        Some((label, _)) if &*block.kind == "dynamic" => label,
        _ => &block.kind,
    }
}

/// The text of a literal string expression.
pub fn literal(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.clone()),
        ExprKind::Paren(inner) => literal(inner),
        _ => None,
    }
}

/// Major versions of a provider, from the least to the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Majors {
    least: u8,
    greatest: u8,
}

impl Default for Majors {
    /// All that there are. There is no azurerm 6 yet; a constraint that is open upwards allows what exists.
    fn default() -> Majors {
        Majors { least: 0, greatest: 5 }
    }
}

impl Majors {
    /// The versions that both allow. Constraints that contradict each other are Terraform's to refuse.
    pub fn and(self, other: Majors) -> Majors {
        Majors { least: self.least.max(other.least), greatest: self.greatest.min(other.greatest) }
    }

    /// The one version, if it is one.
    pub fn only(self) -> Option<u8> {
        (self.least == self.greatest).then_some(self.least)
    }

    /// What a constraint such as `~> 4.0` or `>= 3.50, < 4.0` allows.
    pub(super) fn of(constraint: &str) -> Majors {
        let mut majors = Majors::default();
        for part in constraint.split(',') {
            let part = part.trim();
            let digits = part.trim_start_matches(|c: char| !c.is_ascii_digit());
            let operator = part.strip_suffix(digits).unwrap_or("").trim().trim_end_matches('v').trim();
            let numbers: Vec<u8> =
                digits.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok()).collect();
            let Some((&major, rest)) = numbers.split_first() else { continue };
            let all = Majors::default();
            majors = majors.and(match operator {
                "" | "=" => Majors { least: major, greatest: major },
                // `~> 4` allows 5 as well: only the last number given may grow.
                "~>" if rest.is_empty() => Majors { least: major, ..all },
                "~>" => Majors { least: major, greatest: major },
                ">=" | ">" => Majors { least: major, ..all },
                "<=" => Majors { greatest: major, ..all },
                "<" if rest.iter().all(|number| *number == 0) => {
                    Majors { greatest: major.saturating_sub(1), ..all }
                }
                "<" => Majors { greatest: major, ..all },
                _ => all,
            });
        }
        majors
    }
}

/// The major version in the dependency lock file, which is what `init` installs.
fn lock_file_major(sources: &Sources, dir: &Path) -> Option<u8> {
    let file = sources.load(&dir.join(".terraform.lock.hcl")).ok()?;
    let (parsed, _) = hcl::parse(file, &sources.text(file)?);
    let azurerm = parsed.body.blocks.iter().find(|block| {
        &*block.kind == "provider"
            && block.labels.first().is_some_and(|(label, _)| label.ends_with("/hashicorp/azurerm"))
    })?;
    let version = azurerm.body.attribute("version").and_then(|version| literal(&version.expr))?;
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_names_a_major_only_if_it_allows_one() {
        for (constraint, major) in [
            ("~> 4.0", Some(4)),
            ("~> 3.100.0", Some(3)),
            ("=2.99.0", Some(2)),
            ("4.1.0", Some(4)),
            (">= 3.50, < 4.0", Some(3)),
            (">= 4.48.0, < 5.0.0", Some(4)),
            (">= 3.0", None),
            (">= 3.0, < 5.0", None),
            (">= 5.0", Some(5)),
            ("~> 4", None),
            ("", None),
            ("nonsense", None),
        ] {
            assert_eq!(Majors::of(constraint).only(), major, "{constraint}");
        }
    }
}
