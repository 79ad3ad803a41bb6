//! The names that a template gives to what it imports: those that it imports by name keep the name they have
//! here, everything else that these need gets one that no file can write.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Component, Path};
use std::sync::Arc;

use super::imports::Compiled;
use super::model::{Model, Symbol, decorator};
use crate::syntax::bicep::{Expr, ExprKind, Statement, StatementKind, TypeExpr, TypeKind};

/// A name of a file, by the file's place.
type Global = (usize, String);

/// The names of one template.
#[derive(Debug, Default)]
pub(super) struct Names {
    root: usize,
    /// Of a parameter file, by how many hops it is extended. Such files have one tree for what they import.
    hops: usize,
    names: BTreeMap<Global, Arc<str>>,
}

impl Names {
    /// Collects what a template imports, directly or because something imported needs it.
    pub fn new(models: &[Model<'_>], compiled: &[Compiled], root: usize) -> Names {
        let mut names = BTreeMap::new();
        let Some(model) = models.get(root) else { return Names { root, hops: 0, names } };
        let mut queue: VecDeque<Global> = VecDeque::new();
        for statement in &model.unit.program.statements {
            let StatementKind::Import(import) = &statement.kind else { continue };
            let Some(place) = model.unit.link(&import.from).exporting() else { continue };
            match &import.what {
                crate::syntax::bicep::Imported::List(symbols) => {
                    for symbol in symbols {
                        let Some(original) = symbol.original.literal(model.text()) else { continue };
                        let own = symbol.alias.map_or(&*original, |alias| alias.text(model.text()));
                        let global = resolve(models, (place, original.to_string()));
                        names.insert(global.clone(), Arc::from(own));
                        queue.push_back(global);
                    }
                }
                crate::syntax::bicep::Imported::All(_) => {
                    queue.extend(exports(models, compiled, place).into_iter().map(|name| (place, name)));
                }
                crate::syntax::bicep::Imported::Error => {}
            }
        }
        let mut closure: BTreeSet<Global> = BTreeSet::new();
        let mut opened = BTreeSet::new();
        while let Some(global) = queue.pop_front() {
            if closure.insert(global.clone()) {
                queue.extend(needs(models, compiled, &global, &mut opened));
            }
        }
        let mut rest: Vec<(String, Global)> = closure
            .into_iter()
            .filter(|global| !names.contains_key(global))
            .map(|global| (identifier(models, compiled, root, global.0), global))
            .collect();
        rest.sort_by_key(|(file, global)| format!("{file}_{}", global.1).to_lowercase());
        let mut next = 1;
        let mut files = BTreeMap::new();
        for (file, global) in rest {
            let number = *files.entry(file).or_insert_with(|| {
                next += 1;
                next - 1
            });
            let name = if global.1.starts_with('$') {
                next += 1;
                format!("_{number}._{}", next - 1)
            } else {
                format!("_{number}.{}", global.1)
            };
            names.insert(global, Arc::from(name));
        }
        Names { root, hops: 0, names }
    }

    /// The same for a parameter file that is extended, over so many hops.
    pub fn of_extended(models: &[Model<'_>], compiled: &[Compiled], root: usize, hops: usize) -> Names {
        let mut names = Names::new(models, compiled, root);
        names.hops = hops;
        if hops > 0 {
            for name in names.names.values_mut() {
                *name = Arc::from(format!("={hops}.{name}"));
            }
        }
        names
    }

    /// The name in the template of what has a name in some file.
    pub fn name_of(&self, place: usize, name: &str) -> Arc<str> {
        if place == self.root {
            return if self.hops == 0 { Arc::from(name) } else { format!("={}.{name}", self.hops).into() };
        }
        self.names.get(&(place, name.to_owned())).cloned().unwrap_or_else(|| Arc::from(name))
    }

    /// The name of the variable that holds what an extended parameter file gives to a parameter.
    pub fn of_given(&self, parameter: &str) -> Arc<str> {
        format!("={}:{parameter}", self.hops).into()
    }

    /// All that is imported, with its name here.
    pub fn imported(&self) -> impl Iterator<Item = (&Global, &Arc<str>)> {
        self.names.iter()
    }
}

/// Where a name is declared that a file may only pass on.
fn resolve(models: &[Model<'_>], global: Global) -> Global {
    let mut global = global;
    for _ in 0..32 {
        let Some(model) = models.get(global.0) else { break };
        let Some(Symbol::Import(from, original)) = model.symbol(&global.1, None) else { break };
        let place = model.unit.link(from).exporting();
        let (Some(place), Some(name)) = (place, original.literal(model.text())) else { break };
        global = (place, name.into_owned());
    }
    global
}

fn exports(models: &[Model<'_>], compiled: &[Compiled], place: usize) -> Vec<String> {
    let Some(model) = models.get(place) else {
        let compiled = place.checked_sub(models.len()).and_then(|place| compiled.get(place));
        return compiled.map(Compiled::exports).unwrap_or_default();
    };
    let text = model.text();
    let exported = model.unit.program.statements.iter().filter_map(|statement| {
        decorator(&statement.decorators, "export", text)?;
        declared_name(statement, text).map(str::to_owned)
    });
    exported.collect()
}

/// The name that a variable, function or type is declared by.
pub(super) fn declared_name<'t>(statement: &Statement, text: &'t str) -> Option<&'t str> {
    let name = match &statement.kind {
        StatementKind::Var { name, .. } | StatementKind::Type { name, .. } => name,
        StatementKind::Function(function) => &function.name,
        _ => return None,
    };
    name.map(|name| name.text(text))
}

/// The path of a file as the compiler names it: relative to that of the template.
fn identifier(models: &[Model<'_>], compiled: &[Compiled], root: usize, place: usize) -> String {
    let of_compiled = |place: usize| Some(compiled.get(place.checked_sub(models.len())?)?.path.as_path());
    let path = |place: usize| match models.get(place) {
        Some(model) => &model.unit.path,
        None => of_compiled(place).unwrap_or(Path::new("")),
    };
    let base: Vec<Component<'_>> = path(root).parent().unwrap_or(Path::new("")).components().collect();
    let target: Vec<Component<'_>> = path(place).components().collect();
    let shared = base.iter().zip(&target).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), base.len() - shared);
    let down = target.iter().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// What the declaration of a name uses. Of a file all of which is imported, everything is told once: `opened` are
/// those that were.
fn needs(
    models: &[Model<'_>],
    compiled: &[Compiled],
    global: &Global,
    opened: &mut BTreeSet<usize>,
) -> Vec<Global> {
    let Some(model) = models.get(global.0) else {
        let compiled = global.0.checked_sub(models.len()).and_then(|place| compiled.get(place));
        let needs = compiled.map(|compiled| compiled.needs(&global.1)).unwrap_or_default();
        return needs.into_iter().map(|name| (global.0, name)).collect();
    };
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    match model.declaration(&global.1).map(|statement| &statement.kind) {
        Some(StatementKind::Var { value, ty, .. }) => {
            used(model, value, &mut names, &mut found);
            if let Some(ty) = ty {
                used_by_type(model, ty, &mut names);
            }
        }
        Some(StatementKind::Function(function)) => {
            used(model, &function.body, &mut names, &mut found);
            for parameter in &function.parameters {
                used_by_type(model, &parameter.ty, &mut names);
            }
            used_by_type(model, &function.returns, &mut names);
        }
        Some(StatementKind::Type { ty, .. }) => used_by_type(model, ty, &mut names),
        _ => {}
    }
    for name in names {
        match model.symbol(&name, None) {
            Some(Symbol::Variable(_) | Symbol::Function | Symbol::Type(_)) => found.push((global.0, name)),
            Some(Symbol::Import(from, original)) => {
                if let (Some(place), Some(original)) =
                    (model.unit.link(from).exporting(), original.literal(model.text()))
                {
                    found.push(resolve(models, (place, original.into_owned())));
                }
            }
            Some(Symbol::Wildcard(from)) => {
                if let Some(place) = model.unit.link(from).exporting()
                    && opened.insert(place)
                {
                    found.extend(exports(models, compiled, place).into_iter().map(|name| (place, name)));
                }
            }
            _ => {}
        }
    }
    found
}

fn used(model: &Model<'_>, expr: &Expr, names: &mut BTreeSet<String>, found: &mut Vec<Global>) {
    if let Some((number, _)) = model.loads.get(&expr.span.start)
        && matches!(expr.kind, ExprKind::Call(_))
    {
        found.push((model.place, format!("$fxv#{number}")));
    }
    match &expr.kind {
        ExprKind::Symbol(name) => {
            names.insert(name.text(model.text()).to_owned());
        }
        ExprKind::Call(call) => {
            if let (None, Some(name)) = (&call.base, call.name) {
                names.insert(name.text(model.text()).to_owned());
            }
        }
        _ => {}
    }
    expr.child_exprs(|child| used(model, child, names, found));
}

fn used_by_type(model: &Model<'_>, ty: &TypeExpr, names: &mut BTreeSet<String>) {
    match &ty.kind {
        TypeKind::Symbol(name) => {
            names.insert(name.text(model.text()).to_owned());
        }
        TypeKind::Member { base, .. }
        | TypeKind::Index(base, _)
        | TypeKind::Items(base)
        | TypeKind::AdditionalProperties(base)
        | TypeKind::Unary(_, base)
        | TypeKind::Array(base)
        | TypeKind::Nullable(base)
        | TypeKind::NonNull(base)
        | TypeKind::Paren(base) => used_by_type(model, base, names),
        TypeKind::Generic { base, args, .. } => {
            base.iter().for_each(|base| used_by_type(model, base, names));
            args.iter().for_each(|arg| used_by_type(model, arg, names));
        }
        TypeKind::Object(properties) | TypeKind::Tuple(properties) => {
            properties.iter().for_each(|property| used_by_type(model, &property.ty, names));
        }
        TypeKind::Union(members) => members.iter().for_each(|member| used_by_type(model, member, names)),
        TypeKind::Error | TypeKind::Resource(_) | TypeKind::Literal(_) => {}
    }
}
