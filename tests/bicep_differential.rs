//! The great differential test: what Bicep deploys against what its compiled form deploys, resource by resource
//! and leaf by leaf.
//!
//! ```text
//! AKSLINT_BICEP_MODULES=DIR cargo test --release --test bicep_differential -- --nocapture
//! ```
//!
//! `DIR` is a checkout of Azure/bicep-registry-modules, or any folder with `main.bicep` beside `main.json`. Without
//! it only the pairs in `tests/bicep_differential/` are compared, whose compiled forms are written by hand.
//! With `AKSLINT_VERBOSE=1` every difference is listed; `AKSLINT_ONLY=TEXT` looks at the folders whose paths have the
//! text.
//!
//! Every folder is resolved twice from each side: with defaults only, and with the parameters of each
//! `tests/e2e/*/main.test.bicep`, whose call of the module leads once to the Bicep and once to the compiled form.
//! Compared are resources of all types at any depth, nested deployments among them: `type` (without letter case),
//! `name`, `apiVersion`, `scope`, `condition`, the worlds in which they exist, and every property; of several
//! resources of one type and name those in the same place. A leaf is a scalar, something unknown, or an array or
//! object that is empty. One that is known on one side only is a difference. Leaves of the same values, or both not
//! known, are equal; those that hang on other assumptions, or are unknown for another thing's sake, are listed apart.
//! Not compared are `dependsOn`, `copy` itself (`tests/bicep_lowering.rs` compares it as it is written) and of nested
//! deployments the version of the API, which is that of the compiler.
//!
//! What is left over Azure/bicep-registry-modules (573 folders, 935 tests; 25 of 246,076 leaves differ with the
//! parameters of the tests, 10 of 23,565 with defaults) are compiled forms that are older than their Bicep:
//!
//! - `azure-stack-hci/network-interface`, `azure-stack-hci/virtual-hard-disk`: another version of the API, and
//!   properties that the compiled form has not yet;
//! - `compute/virtual-machine`: a default of `diskControllerType`, which is null in the compiled form.
//!
//! Leaves that are equally unknown and yet not about the same thing (227) come from registry modules with secret
//! outputs, which only the compiler has read: it asks for such an output by `listOutputsWithSecureValues`, and for
//! their sake gives the resources of the template symbolic names (`sa/content-processing`).
//!
//! A module of a registry is a boundary: its compiled form holds a template that the Bicep does not. There the
//! deployment is compared with all that it is given, and not what it deploys. Neither side looks into it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use akslint::resolve::arm::expr::{Code, Expr, ExprKind};
use akslint::resolve::arm::tree::{Expression, Member, Node as Tree, NodeKind};
use akslint::resolve::arm::{self, Input};
use akslint::resolve::{Resource, bicep};
use akslint::source::{DiscoverOptions, FileId, Sources};
use akslint::syntax::json;
use akslint::value::{Node, Region, Value};

const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// The folders below one that hold a `main.bicep` and its compiled form.
fn pairs(dir: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let only = std::env::var("AKSLINT_ONLY").unwrap_or_default();
    if dir.to_string_lossy().contains(&only)
        && dir.join("main.bicep").is_file()
        && dir.join("main.json").is_file()
    {
        into.push(dir.to_owned());
    }
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            pairs(&path, into);
        }
    }
}

#[derive(Default, Clone)]
struct Tally {
    folders: usize,
    /// Evaluations of one side.
    runs: usize,
    resources: usize,
    leaves: usize,
    equal: usize,
    /// Leaves that are known, all their values.
    known: usize,
    /// Equal leaves of which not all values are known, and that are not known for the same reason.
    same_unknown: usize,
    equal_unknown: usize,
    boundaries: usize,
    classes: BTreeMap<String, (usize, BTreeSet<String>)>,
    verbose: Vec<String>,
}

impl Tally {
    fn differs(&mut self, class: String, place: &str, what: impl FnOnce() -> String) {
        let (count, folders) = self.classes.entry(class.clone()).or_default();
        *count += 1;
        folders.insert(place.split(' ').next().unwrap_or_default().to_owned());
        self.verbose.push(format!("{class}: {place} {}", what()));
    }

    fn add(&mut self, other: Tally) {
        self.folders += other.folders;
        self.runs += other.runs;
        self.resources += other.resources;
        self.leaves += other.leaves;
        self.equal += other.equal;
        self.known += other.known;
        self.same_unknown += other.same_unknown;
        self.equal_unknown += other.equal_unknown;
        self.boundaries += other.boundaries;
        for (class, (count, folders)) in other.classes {
            let own = self.classes.entry(class).or_default();
            own.0 += count;
            own.1.extend(folders);
        }
        self.verbose.extend(other.verbose);
    }

    fn share(part: usize, whole: usize) -> f64 {
        100.0 * part as f64 / whole.max(1) as f64
    }

    fn report(&self, name: &str) {
        eprintln!(
            "{name}: {} folders, {} evaluations, {} resources; of {} leaves {} equal ({:.3} %); {} known ({:.2} %); \
             of {} equal leaves that are not wholly known {} are the same unknown; {} boundaries",
            self.folders,
            self.runs,
            self.resources,
            self.leaves,
            self.equal,
            Tally::share(self.equal, self.leaves),
            self.known,
            Tally::share(self.known, self.leaves),
            self.equal_unknown,
            self.same_unknown,
            self.boundaries,
        );
        let mut classes: Vec<_> = self.classes.iter().collect();
        classes.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        for (class, (count, folders)) in classes {
            let some: Vec<&str> = folders.iter().take(3).map(String::as_str).collect();
            eprintln!("  {count:>7}  {class}  ({} folders: {})", folders.len(), some.join(", "));
        }
        if std::env::var("AKSLINT_VERBOSE").is_ok_and(|value| value == "1") {
            eprintln!("{}", self.verbose.join("\n"));
        }
    }
}

/// What one leaf may be: the value and, behind it, what the value hangs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Leaf {
    value: String,
    /// What is unknown, as people write it, and the assumptions under which it is so.
    about: String,
}

fn clauses(region: &Region) -> String {
    let mut clauses = region.clauses();
    clauses.sort();
    clauses.join(" and ")
}

/// Every leaf of a value by its path.
fn leaves(value: &Value, path: &str, region: &Region, out: &mut BTreeMap<String, Vec<Leaf>>) {
    for alternative in value.alternatives() {
        let Some(region) = region.and(&alternative.region) else { continue };
        let leaf = match &alternative.node {
            Node::Unknown(unknown) => {
                ("*".to_owned(), format!("{} ({:?})", unknown.atom.label(), unknown.reason))
            }
            Node::List(list) => {
                for (index, item) in list.items.iter().enumerate() {
                    leaves(item, &format!("{path}/{index}"), &region, out);
                }
                match &list.open {
                    Some(open) => ("* and more".to_owned(), open.atom.label().to_owned()),
                    None if list.items.is_empty() => ("[]".to_owned(), String::new()),
                    None => continue,
                }
            }
            Node::Map(map) => {
                for (name, value) in &map.entries {
                    leaves(value, &format!("{path}/{name}"), &region, out);
                }
                match &map.open {
                    Some(open) => ("* and more".to_owned(), open.atom.label().to_owned()),
                    None if map.entries.is_empty() => ("{}".to_owned(), String::new()),
                    None => continue,
                }
            }
            // The compiler writes a type in the letter case of Azure's definitions; no case matters.
            Node::String(kind) if path == "/type" => (kind.to_lowercase(), String::new()),
            node => (format!("{:?}", node.scalar().unwrap()), String::new()),
        };
        let about = format!("{} when {}", leaf.1, clauses(&region));
        out.entry(path.to_owned()).or_default().push(Leaf { value: leaf.0, about });
    }
}

/// Resources by what they are called; several of one name in their order.
fn keyed<'r>(resources: &[&'r Resource]) -> BTreeMap<String, &'r Resource> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut keyed = BTreeMap::new();
    for resource in resources {
        let key = format!("{} {}", resource.kind.to_ascii_lowercase(), resource.address);
        let number = seen.entry(key.clone()).or_insert(0);
        keyed.insert(format!("{key} #{number}"), *resource);
        *number += 1;
    }
    keyed
}

fn leaves_of(resource: &Resource) -> BTreeMap<String, Vec<Leaf>> {
    let mut out = BTreeMap::new();
    leaves(&resource.body, "", &Region::everywhere(), &mut out);
    if resource.kind.eq_ignore_ascii_case(DEPLOYMENTS) {
        out.retain(|path, _| path != "/apiVersion" && !path.starts_with("/properties/templateLink"));
    }
    let regions = resource.presence.regions.iter().map(clauses).collect::<Vec<_>>();
    let presence = Leaf { value: format!("many: {}", resource.presence.many), about: regions.join(" or ") };
    out.insert("/(presence)".to_owned(), vec![presence]);
    out.values_mut().for_each(|leaves| leaves.sort());
    out
}

fn is_unknown(leaves: &[Leaf]) -> bool {
    leaves.iter().any(|leaf| leaf.value.starts_with('*'))
}

fn compare(place: &str, ours: &[&Resource], theirs: &[&Resource], tally: &mut Tally) {
    tally.resources += theirs.len();
    let (mut own, their) = (keyed(ours), keyed(theirs));
    let empty = BTreeMap::new();
    // Whether resources have symbolic names, by which they are addressed, hangs on the secret outputs of modules:
    // of those in a registry nobody here knows.
    let bare = |key: &str| key.rsplit_once('/').map(|(_, name)| name.to_owned());
    for (key, theirs) in &their {
        let moved = || {
            let (kind, _) = key.split_once(' ')?;
            let same = |other: &&String| {
                other.split_once(' ').is_some_and(|(other, _)| other == kind)
                    && bare(other) == bare(key)
                    && !their.contains_key(*other)
            };
            own.keys().find(same).cloned()
        };
        let found = if own.contains_key(key) { Some(key.clone()) } else { moved() };
        let mine = found.and_then(|key| own.remove(&key));
        let (mine, theirs) = (mine.map(leaves_of), leaves_of(theirs));
        if mine.is_none() {
            tally.differs("a resource that is missing".to_owned(), place, || key.clone());
        }
        let known = mine.is_some();
        let mine = mine.as_ref().unwrap_or(&empty);
        let paths: BTreeSet<&String> = theirs.keys().chain(mine.keys()).collect();
        for path in paths {
            tally.leaves += 1;
            let (own, their) = (mine.get(path), theirs.get(path));
            tally.known += usize::from(own.is_some_and(|own| !is_unknown(own)));
            let values = |of: &[Leaf]| of.iter().map(|leaf| leaf.value.clone()).collect::<Vec<_>>();
            let class = match (own, their) {
                (Some(own), Some(their)) if values(own) == values(their) => {
                    tally.equal += 1;
                    if is_unknown(own) {
                        tally.equal_unknown += 1;
                    }
                    if own == their {
                        tally.same_unknown += usize::from(is_unknown(own));
                    } else {
                        let of = if is_unknown(own) { "unknown" } else { "known" };
                        tally.differs(format!("(equal) {of}, about another thing"), place, || {
                            format!("{key}{path}: {own:?}, not {their:?}")
                        });
                    }
                    continue;
                }
                (Some(own), Some(their)) => match (is_unknown(own), is_unknown(their)) {
                    (true, false) => "known in the compiled form only",
                    (false, true) => "known in the Bicep only",
                    _ => "other values",
                },
                (None, _) if !known => "of a missing resource",
                (None, _) => "a leaf that is missing",
                (_, None) => "a leaf that only the Bicep has",
            };
            tally.differs(class.to_owned(), place, || format!("{key}{path}: {own:?}, not {their:?}"));
        }
    }
    for (key, resource) in own {
        tally.differs("a resource that only the Bicep has".to_owned(), place, || key.clone());
        for (path, own) in leaves_of(resource) {
            tally.leaves += 1;
            tally.known += usize::from(!is_unknown(&own));
            tally.differs("of a resource that only the Bicep has".to_owned(), place, || {
                format!("{key}{path}")
            });
        }
    }
}

/// A side of the comparison: what is taken out of a lowered template, and what is put in.
struct Side<'t> {
    /// Templates of registry modules.
    cuts: BTreeSet<*const Tree>,
    /// The file that is taken from its compiled form, and that form.
    swap: Option<(FileId, &'t Tree)>,
}

impl<'t> Side<'t> {
    /// The template of a module.
    fn template(&self, properties: &'t Tree) -> Option<&'t Tree> {
        let template = properties.get("template")?;
        match self.swap {
            Some((file, compiled)) if template.span.file == file => Some(compiled),
            _ => Some(template),
        }
    }

    /// The side's template, every expression written as the compiler would, so that what is unknown is told in the
    /// same words.
    fn rewrite(&self, node: &'t Tree) -> Tree {
        let kind = if let Some(expression) = node.as_expression() {
            match rewritten(expression) {
                Some(expression) => NodeKind::Expr(Box::new(expression)),
                None => NodeKind::String(expression.source().into()),
            }
        } else if node.is_object() {
            let members = node.members().iter().filter_map(|member| {
                let is_template = &*member.name == "template";
                let value = if is_template { self.template(node)? } else { &member.value };
                if is_template && self.cuts.contains(&std::ptr::from_ref(&member.value)) {
                    return None;
                }
                let computed = member.computed.as_ref();
                Some(Member {
                    name: member.name.clone(),
                    name_span: member.name_span,
                    computed: computed.map(|name| Box::new(rewritten(name).unwrap())),
                    value: self.rewrite(value),
                })
            });
            NodeKind::Object(members.collect())
        } else {
            match &node.kind {
                NodeKind::Null => NodeKind::Null,
                NodeKind::Bool(value) => NodeKind::Bool(*value),
                NodeKind::Number(written) => NodeKind::Number(written.clone()),
                NodeKind::String(text) => NodeKind::String(text.clone()),
                _ => NodeKind::Array(node.items().iter().map(|item| self.rewrite(item)).collect()),
            }
        };
        Tree { span: node.span, kind }
    }
}

fn rewritten(expression: &Expression) -> Option<Expression> {
    let mut source = String::new();
    let expr = print(&expression.code().ok()?.expr, &mut source);
    Some(Expression::new(Code { source: source.into(), expr }))
}

/// Prints an expression; the result knows where in the text each part is.
fn print(expr: &Expr, out: &mut String) -> Expr {
    let start = out.len();
    let kind = match &expr.kind {
        // The version by which nested deployments are read is the compiler's.
        ExprKind::String(text) if &**text == "2022-09-01" => ExprKind::String("2025-04-01".into()),
        ExprKind::Call { namespace, name, name_span, args } => {
            out.extend(namespace.iter().flat_map(|namespace| [&**namespace, "."]));
            out.push_str(&format!("{name}("));
            let mut printed = Vec::new();
            for arg in args {
                out.push_str(if printed.is_empty() { "" } else { ", " });
                printed.push(print(arg, out));
            }
            out.push(')');
            ExprKind::Call {
                namespace: namespace.clone(),
                name: name.clone(),
                name_span: *name_span,
                args: printed,
            }
        }
        ExprKind::Property { base, name, safe } => {
            let (whole, before) = (expr.to_string(), base.to_string());
            let base = Box::new(print(base, out));
            out.push_str(whole.get(before.len()..).unwrap());
            ExprKind::Property { base, name: name.clone(), safe: *safe }
        }
        ExprKind::Index { base, index, safe } => {
            let base = Box::new(print(base, out));
            out.push_str(if *safe { "[?" } else { "[" });
            let index = Box::new(print(index, out));
            out.push(']');
            ExprKind::Index { base, index, safe: *safe }
        }
        kind => kind.clone(),
    };
    if out.len() == start {
        out.push_str(&Expr { kind: kind.clone(), ..expr.clone() }.to_string());
    }
    Expr { span: expr.span, range: (start, out.len()), kind }
}

/// Marks the templates of registry modules on both sides as cut; gives their number.
fn cut<'t>(
    ours: (&'t Tree, &mut Side<'t>),
    theirs: (&'t Tree, &mut Side<'t>),
    is_in_registry: &dyn Fn(&Tree) -> bool,
) -> usize {
    let mut found = 0;
    let ((own, own_side), (their, their_side)) = (ours, theirs);
    let own = resources_of(own);
    for (symbol, their) in resources_of(their) {
        if !their
            .get("type")
            .and_then(Tree::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case(DEPLOYMENTS))
        {
            continue;
        }
        let same = own.iter().find(|(own_symbol, own)| match (symbol, own_symbol) {
            (Some(symbol), Some(own)) => symbol == *own,
            _ => identity(own) == identity(their),
        });
        let Some(own) = same.and_then(|(_, own)| own.get("properties")) else { continue };
        let Some(their) = their.get("properties") else { continue };
        let (mine, other) = (own_side.template(own), their_side.template(their));
        if mine.is_none_or(is_in_registry) {
            found += usize::from(other.is_some());
            own_side.cuts.extend(own.get("template").map(std::ptr::from_ref));
            their_side.cuts.extend(their.get("template").map(std::ptr::from_ref));
        } else if let (Some(mine), Some(other)) = (mine, other) {
            found += cut((mine, &mut *own_side), (other, &mut *their_side), is_in_registry);
        }
    }
    found
}

/// Resources with their symbolic names, where they have them.
fn resources_of(template: &Tree) -> Vec<(Option<&str>, &Tree)> {
    let Some(resources) = template.get("resources") else { return Vec::new() };
    let items = resources.items().iter().map(|item| (None, item));
    let members = resources.members().iter().map(|member| (Some(&*member.name), &member.value));
    items.chain(members).collect()
}

/// What tells resources apart that have no symbolic names.
fn identity(resource: &Tree) -> String {
    let text = |path: &[&str]| {
        let node = resource.at(path);
        let expression = node.and_then(Tree::as_expression).and_then(|expression| expression.code().ok());
        let text = node.and_then(Tree::as_str).map(str::to_owned);
        text.or_else(|| Some(expression?.expr.to_string())).unwrap_or_default()
    };
    [text(&["type"]), text(&["name"]), text(&["scope"]), text(&["copy", "name"])].join(" ")
}

/// Compares two templates, as far as resources are written in certain files. `ours` is a lowered file; `theirs` is
/// the compiled form of it, or the same with the compiled form of one of its modules.
fn judge(
    place: &str,
    ours: &bicep::Lowered,
    theirs: (&Tree, Option<(FileId, &Tree)>),
    is_part: &dyn Fn(FileId) -> bool,
    tally: &mut Tally,
) {
    let (theirs, swap) = theirs;
    let is_in_registry = |template: &Tree| ours.sites.contains_key(&template.span.file);
    let mut own_side = Side { cuts: BTreeSet::new(), swap: None };
    let mut their_side = Side { cuts: BTreeSet::new(), swap };
    let found = cut((&ours.template, &mut own_side), (theirs, &mut their_side), &is_in_registry);
    let deployed = |template: Tree| {
        arm::deployed(&Input { path: "main", template: &template, parameter_files: Vec::new() }, None)
            .resources
    };
    let ours = deployed(own_side.rewrite(&ours.template));
    let theirs = deployed(their_side.rewrite(theirs));
    let part = |of: &mut Vec<Resource>| of.retain(|resource| is_part(resource.span.file));
    let (mut ours, mut theirs) = (ours, theirs);
    part(&mut ours);
    part(&mut theirs);
    tally.runs += 1;
    tally.boundaries += found;
    compare(place, &ours.iter().collect::<Vec<_>>(), &theirs.iter().collect::<Vec<_>>(), tally);
}

/// One folder with defaults only, then with the parameters of its tests.
fn folder(sources: &Sources, root: &Path, dir: &Path) -> Option<(Tally, Tally)> {
    let name = dir.strip_prefix(root).unwrap().display().to_string();
    let bicep = sources.load(&dir.join("main.bicep")).unwrap();
    let compiled = sources.load(&dir.join("main.json")).unwrap();
    let json = json::parse(compiled, &sources.text(compiled).unwrap()).0?;
    let Some(arm::Document::Template(theirs)) = arm::Document::of_json(json, false) else { return None };
    let ours = bicep::lower(sources, bicep)?;
    let mut files: BTreeSet<FileId> = ours.files.iter().copied().collect();
    files.extend(ours.sites.keys());
    files.insert(compiled);
    // Templates of JSON that are modules.
    let is_part = |file: FileId| {
        let lies_here = |path: &Path| path.starts_with(dir) && !path.starts_with(dir.join("tests"));
        files.contains(&file) || sources.file(file).is_some_and(|file| lies_here(&file.path))
    };
    let (mut alone, mut supplied) = (Tally::default(), Tally::default());
    alone.folders += 1;
    judge(&name, &ours, (&theirs, None), &is_part, &mut alone);
    let mut tests: Vec<PathBuf> = fs::read_dir(dir.join("tests/e2e"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path().join("main.test.bicep"))
        .filter(|path| path.is_file())
        .collect();
    tests.sort();
    supplied.folders += usize::from(!tests.is_empty());
    for test in tests {
        let of = test.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        let place = format!("{name} ({of})");
        let ours = bicep::lower(sources, sources.load(&test).unwrap())?;
        judge(&place, &ours, (&ours.template, Some((bicep, &theirs))), &is_part, &mut supplied);
    }
    Some((alone, supplied))
}

fn run(root: &Path) -> (Tally, Tally, Tally) {
    let sources = Sources::discover(&DiscoverOptions::new(vec![root.to_owned()])).unwrap().sources;
    let mut dirs = Vec::new();
    pairs(root, &mut dirs);
    let (mut alone, mut supplied, mut clusters) = (Tally::default(), Tally::default(), Tally::default());
    for dir in dirs {
        let Some((one, other)) = folder(&sources, root, &dir) else {
            eprintln!("not read: {}", dir.display());
            continue;
        };
        let path = dir.to_string_lossy();
        if path.contains("/container-service/") || path.contains("/aks") {
            clusters.add(other.clone());
        }
        alone.add(one);
        supplied.add(other);
    }
    (alone, supplied, clusters)
}

/// The stack that the program itself gives its threads.
fn with_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn own_modules_deploy_what_their_compiled_forms_deploy() {
    with_stack(|| {
        let (alone, supplied, _) =
            run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bicep_differential"));
        alone.report("own modules with defaults only");
        supplied.report("own modules with the parameters of the tests");
        for tally in [alone, supplied] {
            assert_eq!(tally.verbose, Vec::<String>::new());
        }
    });
}

/// The differences that the judge finds after an edit of the compiled form of an own module, without what they are
/// about.
fn differences_after(wrong: &str, right: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bicep_differential/shapes");
    let path = root.join("main.json");
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(wrong).count(), 1, "{wrong}");
    let texts = BTreeMap::from([(path, text.replace(wrong, right).into())]);
    let sources = Sources::discover(&DiscoverOptions::new(vec![root.clone()])).unwrap().sources;
    let (alone, _) = folder(&sources.with_texts(&texts), &root, &root).unwrap();
    alone.classes.into_keys().collect()
}

/// The judge is no judge if it lets these pass.
#[test]
fn differences_of_every_kind_are_found() {
    with_stack(|| {
        let found = |wrong, right| Vec::from_iter(differences_after(wrong, right));
        assert_eq!(found("TLS1_2", "TLS1_3"), ["other values"]);
        assert_eq!(found("toUpper(", "toLower("), ["other values"]);
        assert_eq!(
            found(
                r#""2024-01-01",
      "name": "[format('{0}/def"#,
                r#""2023-01-01",
      "name": "[format('{0}/def"#
            ),
            ["other values"]
        );
        assert_eq!(found(r#""level": "CanNotDelete", "#, ""), ["a leaf that only the Bicep has"]);
        assert_eq!(
            found(r#""level": "CanNotDelete", "#, r#""level": "CanNotDelete", "owners": [], "#),
            ["a leaf that is missing"]
        );
        assert_eq!(found("[variables('elsewhere').name]", "rg"), ["known in the compiled form only"]);
        assert_eq!(found("[variables('script')]", "[newGuid()]"), ["known in the Bicep only"]);
        assert_eq!(
            found("[not(parameters('deploy'))]", "[not(not(parameters('deploy')))]"),
            ["(equal) known, about another thing"]
        );
        assert_eq!(
            found(").primaryEndpoints.blob]", ").primaryEndpoints.file]"),
            ["(equal) unknown, about another thing"]
        );
        assert_eq!(
            found("equals(copyIndex(), 0)", "equals(copyIndex(), 9)"),
            ["a resource that only the Bicep has", "of a resource that only the Bicep has"]
        );
        assert_eq!(
            found(r#""name": "keep""#, r#""name": "kept""#),
            [
                "a resource that is missing",
                "a resource that only the Bicep has",
                "of a missing resource",
                "of a resource that only the Bicep has"
            ]
        );
    });
}

#[test]
fn modules_deploy_what_their_compiled_forms_deploy() {
    let Some(root) = std::env::var_os("AKSLINT_BICEP_MODULES").map(PathBuf::from).filter(|dir| dir.is_dir())
    else {
        eprintln!("not run: AKSLINT_BICEP_MODULES names no folder");
        return;
    };
    with_stack(move || {
        let (alone, supplied, clusters) = run(&root);
        alone.report("with defaults only");
        supplied.report("with the parameters of the tests");
        clusters.report("modules of clusters, with the parameters of the tests");
        assert!(alone.folders > 500 || std::env::var_os("AKSLINT_ONLY").is_some(), "this is not the corpus");
        for tally in [&alone, &supplied, &clusters] {
            assert!(tally.equal * 1000 >= tally.leaves * 999, "more than one leaf in a thousand differs");
        }
        assert!(clusters.known * 10 >= clusters.leaves * 9, "one leaf of a cluster in ten is not known");
    });
}
