//! What the names of a file mean: its symbols, its resources with their parents, and which of its variables
//! cannot be variables of a template.

use std::collections::BTreeMap;

use super::inline::{self, Inlined};
use super::names::declared_name;
use super::units::Unit;
use crate::source::defines_clusters;
use crate::syntax::bicep::{
    Call, Decorator, Dialect, Expr, ExprKind, For, Imported, Key, Name, Object, Resource, Statement,
    StatementKind, TypeExpr, TypeKind,
};

/// What a name of a file stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Symbol<'u> {
    Parameter,
    /// A parameter of a parameter file, with its value.
    Assigned(&'u Expr),
    Variable(&'u Expr),
    Resource(usize),
    Module(usize),
    Function,
    Type(&'u TypeExpr),
    /// Imported by name: the path, and the name there.
    Import(&'u Expr, &'u Key),
    /// Everything that a file exports.
    Wildcard(&'u Expr),
    Extension,
}

/// A resource or module, its body laid open.
#[derive(Debug)]
pub(super) struct Declared<'u> {
    pub name: &'u str,
    pub statement: &'u Statement,
    pub syntax: &'u Resource,
    pub object: Option<&'u Object>,
    pub condition: Option<&'u Expr>,
    pub looped: Option<&'u For>,
    /// The resource that it is written within.
    pub within: Option<usize>,
    /// `A.B/c/d`, of a nested resource with that of its parent; nothing for modules.
    pub ty: String,
    /// The version of the API.
    pub version: Option<String>,
    /// A resource of Azure's, not of an extension.
    pub azure: bool,
    /// Its name in a template: `outer::inner`.
    pub symbolic: String,
}

impl<'u> Declared<'u> {
    pub fn is_collection(&self) -> bool {
        self.looped.is_some()
    }

    pub fn property(&self, unit: &'u Unit, name: &str) -> Option<&'u Expr> {
        self.object?.get(&unit.text, name)
    }
}

/// To what a template is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Tenant,
    ManagementGroup,
    Subscription,
    ResourceGroup,
}

/// A file with its symbols.
#[derive(Debug)]
pub(super) struct Model<'u> {
    pub unit: &'u Unit,
    pub place: usize,
    symbols: BTreeMap<&'u str, Symbol<'u>>,
    /// The statements that declare variables, functions and types, by name; of one name the first.
    declared: BTreeMap<&'u str, &'u Statement>,
    /// The resources that are written within others, by those and their names; of one name the first.
    nested: BTreeMap<(usize, &'u str), usize>,
    pub resources: Vec<Declared<'u>>,
    pub modules: Vec<Declared<'u>>,
    pub target: Target,
    /// Calls that read files, by where they begin: the number of the variable that holds what was read.
    pub loads: BTreeMap<u32, (usize, &'u Call)>,
    /// Where they begin, by number.
    load_starts: Vec<u32>,
    /// What is written out where it is used.
    inlined: Inlined,
}

impl<'u> Model<'u> {
    pub fn new(unit: &'u Unit, place: usize) -> Model<'u> {
        let mut model = Model {
            unit,
            place,
            symbols: BTreeMap::new(),
            declared: BTreeMap::new(),
            nested: BTreeMap::new(),
            resources: Vec::new(),
            modules: Vec::new(),
            target: Target::ResourceGroup,
            loads: BTreeMap::new(),
            load_starts: Vec::new(),
            inlined: Inlined::default(),
        };
        for statement in &unit.program.statements {
            model.declare(statement);
        }
        let mut loads = Vec::new();
        for statement in &unit.program.statements {
            if !matches!(statement.kind, StatementKind::Function(_)) {
                loads_of_statement(statement, &unit.text, &mut loads);
            }
        }
        model.loads =
            loads.iter().enumerate().map(|(number, (start, call))| (*start, (number, *call))).collect();
        model.load_starts = loads.iter().map(|(start, _)| *start).collect();
        // Parameter files are no templates: they have no variables of their own.
        if unit.dialect == Dialect::Template {
            model.inlined = inline::decide(&model);
        }
        model
    }

    fn declare(&mut self, statement: &'u Statement) {
        let text = &*self.unit.text;
        if let Some(name) = declared_name(statement, text) {
            self.declared.entry(name).or_insert(statement);
        }
        match &statement.kind {
            StatementKind::TargetScope(value) => {
                self.target = match value.as_string(text).as_deref() {
                    Some("tenant") => Target::Tenant,
                    Some("managementGroup") => Target::ManagementGroup,
                    Some("subscription") => Target::Subscription,
                    _ => Target::ResourceGroup,
                };
            }
            StatementKind::Param { name, .. } => self.add(name, Symbol::Parameter),
            StatementKind::Assignment { name, value } => self.add(name, Symbol::Assigned(value)),
            StatementKind::Var { name, value, .. } => self.add(name, Symbol::Variable(value)),
            StatementKind::Function(function) => self.add(&function.name, Symbol::Function),
            StatementKind::Type { name, ty } => self.add(name, Symbol::Type(ty)),
            StatementKind::Resource(resource) => {
                let place = self.add_resource(statement, resource, None);
                self.add(&resource.name, Symbol::Resource(place));
            }
            StatementKind::Module(module) => {
                let declared = self.open(statement, module, None);
                self.modules.push(declared);
                self.add(&module.name, Symbol::Module(self.modules.len() - 1));
            }
            StatementKind::Import(import) => match &import.what {
                Imported::List(symbols) => {
                    for symbol in symbols {
                        let own = symbol.alias.or(match &symbol.original {
                            Key::Name(name) => Some(*name),
                            _ => None,
                        });
                        self.add(&own, Symbol::Import(&import.from, &symbol.original));
                    }
                }
                Imported::All(name) => self.add(&Some(*name), Symbol::Wildcard(&import.from)),
                Imported::Error => {}
            },
            StatementKind::Extension { spec, alias, .. } => {
                let own = match &spec.kind {
                    ExprKind::Symbol(name) => Some(*name),
                    _ => None,
                };
                self.add(&alias.or(own), Symbol::Extension);
            }
            _ => {}
        }
    }

    fn add(&mut self, name: &Option<Name>, symbol: Symbol<'u>) {
        if let Some(name) = name {
            self.symbols.insert(name.text(&self.unit.text), symbol);
        }
    }

    fn open(&self, statement: &'u Statement, syntax: &'u Resource, within: Option<usize>) -> Declared<'u> {
        let unit = self.unit;
        let name = syntax.name.map_or("", |name| name.text(&unit.text));
        let mut body = &syntax.body;
        let (mut looped, mut condition) = (None, None);
        if let ExprKind::For(of) = &body.kind {
            looped = Some(&**of);
            body = &of.body;
        }
        if let ExprKind::If(of) = &body.kind {
            condition = Some(&of.condition);
            body = &of.body;
        }
        let (ty, version) = syntax.type_and_version(&unit.text);
        let dated = |version: &String| {
            let bytes = version.as_bytes();
            bytes.len() >= 10 && bytes.iter().take(4).all(u8::is_ascii_digit) && bytes.get(4) == Some(&b'-')
        };
        let azure = version.as_ref().is_none_or(dated) || defines_clusters(ty.as_bytes());
        let mut declared = Declared {
            name,
            statement,
            syntax,
            object: body.as_object(),
            condition,
            looped,
            within,
            ty: ty.into_owned(),
            version,
            azure,
            symbolic: name.to_owned(),
        };
        if let Some(outer) = within.and_then(|within| self.resources.get(within)) {
            declared.ty = format!("{}/{}", outer.ty, declared.ty);
            declared.symbolic = format!("{}::{name}", outer.symbolic);
            declared.version = declared.version.or_else(|| outer.version.clone());
            declared.azure = outer.azure;
        }
        declared
    }

    fn add_resource(
        &mut self,
        statement: &'u Statement,
        resource: &'u Resource,
        within: Option<usize>,
    ) -> usize {
        let declared = self.open(statement, resource, within);
        let object = declared.object;
        let place = self.resources.len();
        if let Some(within) = within {
            self.nested.entry((within, declared.name)).or_insert(place);
        }
        self.resources.push(declared);
        for nested in object.map(|object| object.resources.as_slice()).unwrap_or_default() {
            if let StatementKind::Resource(resource) = &nested.kind {
                self.add_resource(nested, resource, Some(place));
            }
        }
        place
    }

    /// What a name means inside a resource, or at the top.
    pub fn symbol(&self, name: &str, within: Option<usize>) -> Option<Symbol<'u>> {
        let mut outer = within;
        while let Some(place) = outer {
            if let Some(nested) = self.nested(place, name) {
                return Some(Symbol::Resource(nested));
            }
            outer = self.resources.get(place)?.within;
        }
        self.symbols.get(name).copied()
    }

    pub fn nested(&self, place: usize, name: &str) -> Option<usize> {
        self.nested.get(&(place, name)).copied()
    }

    /// The statement that declares a variable, function or type.
    pub fn declaration(&self, name: &str) -> Option<&'u Statement> {
        self.declared.get(name).copied()
    }

    /// The call that reads a file into the variable with this number, and where it begins.
    pub fn load(&self, number: usize) -> Option<(u32, &'u Call)> {
        let start = self.load_starts.get(number)?;
        Some((*start, self.loads.get(start)?.1))
    }

    pub fn text(&self) -> &'u str {
        &self.unit.text
    }

    /// The resource that an expression names without computing, and the index that picks one of several.
    pub fn resource_of(&self, expr: &'u Expr, within: Option<usize>) -> Option<(usize, Option<&'u Expr>)> {
        match &expr.kind {
            ExprKind::Symbol(name) => match self.symbol(name.text(self.text()), within)? {
                Symbol::Resource(place) => Some((place, None)),
                _ => None,
            },
            ExprKind::Nested { base, name } => {
                let (outer, _) = self.resource_of(base, within)?;
                let name = (*name)?;
                Some((self.nested(outer, name.text(self.text()))?, None))
            }
            ExprKind::Index { base, index, safe: false, from_end: false } => {
                let (place, None) = self.resource_of(base, within)? else { return None };
                self.resources.get(place)?.looped?;
                Some((place, Some(index)))
            }
            ExprKind::NonNull(inner) | ExprKind::Paren(inner) => self.resource_of(inner, within),
            _ => None,
        }
    }

    /// The same for modules.
    pub fn module_of(&self, expr: &'u Expr, within: Option<usize>) -> Option<(usize, Option<&'u Expr>)> {
        match &expr.kind {
            ExprKind::Symbol(name) => match self.symbol(name.text(self.text()), within)? {
                Symbol::Module(place) => Some((place, None)),
                _ => None,
            },
            ExprKind::Index { base, index, safe: false, from_end: false } => {
                let (place, None) = self.module_of(base, within)? else { return None };
                self.modules.get(place)?.looped?;
                Some((place, Some(index)))
            }
            ExprKind::NonNull(inner) | ExprKind::Paren(inner) => self.module_of(inner, within),
            _ => None,
        }
    }

    /// The resource that a resource is a part of, and the index that picks one of several.
    pub fn parent(&self, place: usize) -> Option<(usize, Option<&'u Expr>)> {
        let resource = self.resources.get(place)?;
        if let Some(outer) = resource.within {
            return Some((outer, None));
        }
        self.resource_of(resource.property(self.unit, "parent")?, resource.within)
    }

    /// Whether a variable is written out where it is used: it hangs on what is known only at run time.
    pub fn is_inlined(&self, variable: &str) -> bool {
        // Parameter files are no templates: they have no variables of their own.
        if self.unit.dialect == Dialect::Parameters {
            return true;
        }
        self.inlined.variables.contains(variable)
    }

    /// The same for an existing resource: the template then refers to it by its id only.
    pub fn is_resource_inlined(&self, place: usize) -> bool {
        self.inlined.resources.contains(&place)
    }

    /// The variables of the file with their values.
    pub fn variables(&self) -> impl Iterator<Item = (&'u str, &'u Expr)> {
        self.symbols.iter().filter_map(|(name, symbol)| match symbol {
            Symbol::Variable(value) => Some((*name, *value)),
            _ => None,
        })
    }

    /// Whether this is `az`, `sys` or another name for them, of which calls say nothing.
    pub fn is_namespace(&self, base: Option<&Expr>) -> bool {
        let Some(ExprKind::Symbol(name)) = base.map(|base| &base.kind) else { return false };
        let name = name.text(self.text());
        match self.symbols.get(name) {
            Some(Symbol::Extension) => true,
            symbol => symbol.is_none() && matches!(name, "az" | "sys"),
        }
    }

    /// Whether the template's language is the one with symbolic names.
    pub fn needs_symbolic_names(&self, module_has_secrets: impl Fn(&Declared<'u>) -> bool) -> bool {
        let text = self.text();
        let has = |statement: &Statement, name: &str| decorator(&statement.decorators, name, text).is_some();
        let statements = &self.unit.program.statements;
        let structured = |ty: &TypeExpr| {
            !matches!(
                ty.kind,
                TypeKind::Symbol(_)
                    | TypeKind::Member { .. }
                    | TypeKind::Literal(_)
                    | TypeKind::Generic { .. }
                    | TypeKind::Resource(_)
                    | TypeKind::Unary(..)
                    | TypeKind::Error
            )
        };
        statements.iter().any(|statement| match &statement.kind {
            StatementKind::Extension { .. }
            | StatementKind::Type { .. }
            | StatementKind::Function(_)
            | StatementKind::Import(_) => true,
            StatementKind::Var { ty, .. } => ty.is_some(),
            StatementKind::Param { ty, .. } => structured(ty),
            StatementKind::Output { ty, .. } => structured(ty) || has(statement, "secure"),
            _ => false,
        }) || self.resources.iter().any(|resource| {
            let dependent = resource.syntax.existing && resource.property(self.unit, "dependsOn").is_some();
            let decorated = ["onlyIfNotExists", "retryOn", "waitUntil", "nullIfNotFound"];
            dependent || !resource.azure || decorated.iter().any(|name| has(resource.statement, name))
        }) || self
            .modules
            .iter()
            .any(|module| module.property(self.unit, "name").is_none() || module_has_secrets(module))
            || self.uses_collections()
    }

    /// Whether a looped resource or module is used as a whole.
    fn uses_collections(&self) -> bool {
        fn looks<'u>(model: &Model<'u>, expr: &'u Expr, within: Option<usize>, found: &mut bool) {
            match &expr.kind {
                ExprKind::Symbol(name) => {
                    let looped = match model.symbol(name.text(model.text()), within) {
                        Some(Symbol::Resource(place)) => model.resources.get(place),
                        Some(Symbol::Module(place)) => model.modules.get(place),
                        _ => None,
                    };
                    *found |= looped.is_some_and(Declared::is_collection);
                }
                ExprKind::Property { base, .. } | ExprKind::Nested { base, .. }
                    if matches!(base.kind, ExprKind::Symbol(_)) => {}
                ExprKind::Index { base, index, .. } if matches!(base.kind, ExprKind::Symbol(_)) => {
                    looks(model, index, within, found);
                }
                ExprKind::Object(object) => {
                    for property in &object.properties {
                        if property.key.literal(model.text()).as_deref() != Some("dependsOn") {
                            looks(model, &property.value, within, found);
                        }
                    }
                }
                _ => expr.child_exprs(|child| looks(model, child, within, found)),
            }
        }
        let mut found = false;
        for resource in &self.resources {
            looks(self, &resource.syntax.body, resource.within, &mut found);
        }
        for statement in &self.unit.program.statements {
            if let StatementKind::Var { value, .. } | StatementKind::Output { value, .. } = &statement.kind {
                looks(self, value, None, &mut found);
            }
        }
        for module in &self.modules {
            looks(self, &module.syntax.body, None, &mut found);
        }
        found
    }
}

/// The decorator of this name, with or without `sys.`.
pub(super) fn decorator<'u>(decorators: &'u [Decorator], name: &str, text: &str) -> Option<&'u [Expr]> {
    decorators.iter().find_map(|decorator| match &decorator.expr.kind {
        ExprKind::Call(call) if call.name.is_some_and(|own| own.text(text) == name) => {
            Some(call.args.as_slice())
        }
        _ => None,
    })
}

pub(super) fn is_list(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("list"))
}

/// The calls in a statement that read files into variables of their own, in order.
fn loads_of_statement<'u>(statement: &'u Statement, text: &str, into: &mut Vec<(u32, &'u Call)>) {
    match &statement.kind {
        StatementKind::Var { value, .. } => {
            // A text that is a variable already needs no other.
            if let ExprKind::Call(call) = &value.kind
                && let Some("loadTextContent" | "loadFileAsBase64") = call.name.map(|name| name.text(text))
            {
                return;
            }
            loads(value, text, into);
        }
        StatementKind::Param { default: Some(value), .. }
        | StatementKind::Output { value, .. }
        | StatementKind::Assignment { value, .. }
        | StatementKind::Metadata { value, .. } => loads(value, text, into),
        StatementKind::Resource(resource) | StatementKind::Module(resource) => {
            loads(&resource.body, text, into);
        }
        _ => {}
    }
}

fn loads<'u>(expr: &'u Expr, text: &str, into: &mut Vec<(u32, &'u Call)>) {
    if let ExprKind::Call(call) = &expr.kind
        && call.name.is_some_and(|name| super::loads::is_load(name.text(text)))
    {
        into.push((expr.span.start, call));
    }
    if let ExprKind::Object(object) = &expr.kind {
        for nested in &object.resources {
            loads_of_statement(nested, text, into);
        }
    }
    expr.child_exprs(|child| loads(child, text, into));
}
