//! The template that a file of Bicep stands for: what its compiler would write, with spans in the Bicep.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::imports::{Compiled, Declaration};
use super::ir::{self, Ir, IrKind, expression, member, object, text};
use super::loads::Loads;
use super::lower::{Bounds, Lower, Scope};
use super::model::{Model, Target};
use super::names::Names;
use super::places::{DEPLOYMENTS, DEPLOYMENTS_VERSION, Place};
use super::units::Link;
use crate::resolve::arm::expr::{Expr as Arm, ExprKind as ArmKind};
use crate::resolve::arm::tree::{self, Member, Node, NodeKind};
use crate::source::{FileId, Sources, Span, defines_clusters};
use crate::syntax::bicep::{Expr, ExprKind, Function, Statement, StatementKind};
use crate::syntax::json;

/// Modules are within each other at most so deep.
const MAX_MODULES: usize = 16;

/// Writes templates of some files.
pub(super) struct Writer<'w, 'u> {
    pub sources: &'w Sources,
    pub models: &'w [Model<'u>],
    /// Compiled templates that something is imported from; their places follow those of the models.
    pub compiled: &'w [Compiled],
    pub bounds: &'w Bounds,
    pub shared: &'w Shared,
}

/// Templates of modules that are made: each module is lowered once, whoever calls it.
#[derive(Debug)]
pub(super) struct Shared {
    /// By the places of their files.
    modules: Vec<Mutex<Option<Done>>>,
    compiled: Mutex<HashMap<FileId, Option<Arc<Node>>>>,
    /// What is read from files when a template is compiled.
    pub loads: Loads,
}

/// A module's template. It is the same wherever it is called as long as no bound is met.
#[derive(Debug, Clone)]
struct Done {
    template: Arc<Node>,
    /// How many steps it took.
    steps: u32,
    /// How many modules are within each other below it.
    height: usize,
}

impl Shared {
    pub fn new(models: &[Model<'_>]) -> Shared {
        Shared {
            modules: models.iter().map(|_| Mutex::default()).collect(),
            compiled: Mutex::default(),
            loads: Loads::default(),
        }
    }

    fn done(&self, place: usize) -> Option<Done> {
        self.modules.get(place)?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, place: usize, done: Done) {
        if let Some(module) = self.modules.get(place) {
            // Two threads may have made it; both are the same.
            module.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(done);
        }
    }

    /// A compiled template, parsed once.
    pub fn compiled(&self, sources: &Sources, file: FileId) -> Option<Arc<Node>> {
        let lock = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(&file).cloned();
        if let Some(known) = known {
            return known;
        }
        let text = sources.text(file);
        let root = text.and_then(|text| json::parse(file, &text).0).map(tree::template).map(Arc::new);
        lock().entry(file).or_insert(root).clone()
    }
}

impl<'u> Writer<'_, 'u> {
    /// The template of a file; `above` are the files whose module it is.
    pub fn template(&self, place: usize, above: &[usize]) -> Option<Node> {
        let model = self.models.get(place)?;
        let names = Names::new(self.models, self.compiled, place);
        let symbolic = super::is_symbolic(self.models, model);
        let lower = self.lower(model, &names, symbolic);
        let span = Span::new(model.unit.file, 0, model.unit.text.len());
        let mut members = vec![text("$schema", span, schema(model.target))];
        if symbolic {
            members.push(text("languageVersion", span, "2.0"));
        }
        members.push(text("contentVersion", span, "1.0.0.0"));
        let mut sections = Sections::default();
        // Before all that they use, so that a bound which that meets takes no cluster away.
        let resources = self.resources(&lower, above);
        self.all_imported(&names, symbolic, &mut sections);
        self.loaded(&lower, &mut sections);
        for statement in &model.unit.program.statements {
            self.statement(&lower, statement, None, &mut sections);
        }
        if !sections.copies.is_empty() {
            let copies = Node { span, kind: NodeKind::Array(std::mem::take(&mut sections.copies).into()) };
            sections.variables.push(member("copy", span, copies));
        }
        let functions = sections.functions();
        for (name, section) in [
            ("metadata", sections.metadata),
            ("definitions", sections.definitions),
            ("parameters", sections.parameters),
            ("variables", sections.variables),
            ("outputs", sections.outputs),
        ] {
            if !section.is_empty() {
                members.push(member(name, span, object(span, section)));
            }
        }
        if !functions.is_empty() {
            members.push(member("functions", span, Node { span, kind: NodeKind::Array(functions.into()) }));
        }
        let resources = if symbolic {
            object(span, resources)
        } else {
            let items = resources.into_iter().map(|resource| resource.value).collect();
            Node { span, kind: NodeKind::Array(items) }
        };
        members.push(member("resources", span, resources));
        Some(object(span, members))
    }

    fn lower<'l>(&'l self, model: &'l Model<'u>, names: &'l Names, symbolic: bool) -> Lower<'l, 'u> {
        let (sources, models, bounds, loads) = (self.sources, self.models, self.bounds, &self.shared.loads);
        Lower { sources, models, model, names, symbolic, bounds, loads, bases: &[] }
    }

    /// What is imported comes from other files, whose names it uses.
    fn all_imported(&self, names: &Names, symbolic: bool, sections: &mut Sections) {
        for ((other, name), own) in names.imported() {
            match self.models.get(*other) {
                Some(model) => self.imported(&self.lower(model, names, symbolic), name, own, sections),
                None => self.imported_compiled(*other, name, own, names, sections),
            }
        }
    }

    /// Something imported, under its name here.
    fn imported(&self, lower: &Lower<'_, 'u>, name: &str, own: &str, sections: &mut Sections) {
        let model = lower.model;
        if let Some(number) = name.strip_prefix("$fxv#") {
            if let Some((start, call)) = number.parse().ok().and_then(|number| model.load(number)) {
                let span = Span { file: model.unit.file, start, end: start };
                let function = call.name.map_or("", |name| name.text(lower.text()));
                sections.variables.push(member(own, span, lower.loaded(span, function, &call.args)));
            }
            return;
        }
        if let Some(statement) = model.declaration(name) {
            self.statement(lower, statement, Some(own), sections);
        }
    }

    /// The same from a compiled template.
    fn imported_compiled(&self, place: usize, name: &str, own: &str, names: &Names, sections: &mut Sections) {
        let from = place.checked_sub(self.models.len()).and_then(|place| self.compiled.get(place));
        let Some(from) = from else { return };
        for declaration in from.declarations(name, own, &mut |used| Some(names.name_of(place, used))) {
            match declaration {
                Declaration::Type(node) => sections.definitions.push(member(own, node.span, node)),
                Declaration::Variable(node) => sections.variables.push(member(own, node.span, node)),
                Declaration::Loop(node) => sections.copies.push(node),
                Declaration::Function(node) => {
                    let (namespace, own) = own.split_once('.').unwrap_or(("__bicep", own));
                    sections.add_function(namespace, member(own, node.span, node));
                }
            }
        }
    }

    /// The variables that hold what is read from files.
    fn loaded(&self, lower: &Lower<'_, 'u>, sections: &mut Sections) {
        for (start, (number, call)) in &lower.model.loads {
            let span = Span { file: lower.model.unit.file, start: *start, end: *start };
            let function = call.name.map_or("", |name| name.text(lower.text()));
            let name = lower.names.name_of(lower.model.place, &format!("$fxv#{number}"));
            sections.variables.push(member(&name, span, lower.loaded(span, function, &call.args)));
        }
    }

    fn statement(
        &self,
        lower: &Lower<'_, 'u>,
        statement: &'u Statement,
        own: Option<&str>,
        sections: &mut Sections,
    ) {
        let decorators = &statement.decorators;
        let scope = Scope::default();
        let source = lower.source();
        match &statement.kind {
            StatementKind::Metadata { name: Some(name), value } => {
                let value = lower.value(value, &scope).into_node(source);
                sections.metadata.push(member(name.text(lower.text()), name.span, value));
            }
            StatementKind::Param { name: Some(name), ty, default } => {
                let mut members = lower.described(ty, decorators);
                if let Some(default) = default {
                    let value = lower.value(default, &scope).into_node(source);
                    members.push(member("defaultValue", default.span, value));
                }
                let node = object(statement.span, members);
                sections.parameters.push(member(name.text(lower.text()), name.span, node));
            }
            StatementKind::Type { name: Some(name), ty } => {
                let node = object(statement.span, lower.described(ty, decorators));
                let own = own.unwrap_or(name.text(lower.text()));
                sections.definitions.push(member(own, name.span, node));
            }
            StatementKind::Function(function) => {
                let Some(name) = function.name else { return };
                let own = own.unwrap_or(name.text(lower.text()));
                let (namespace, own) = own.split_once('.').unwrap_or(("__bicep", own));
                let node = member(own, name.span, self.function(lower, statement, function));
                sections.add_function(namespace, node);
            }
            StatementKind::Var { name: Some(name), value, .. } => {
                let written = name.text(lower.text());
                if lower.model.is_inlined(written) {
                    return;
                }
                let own = own.unwrap_or(written);
                match lower.looped(value, Some(own.into()), &scope) {
                    Ir { span, kind: IrKind::Loop(of) } => {
                        sections.copies.push(ir::copy(span, Some((own.into(), name.span)), *of, source));
                    }
                    value => sections.variables.push(member(own, name.span, value.into_node(source))),
                }
            }
            StatementKind::Output { name: Some(name), ty, value } => {
                let mut members = lower.described(ty, decorators);
                match lower.looped(value, None, &scope) {
                    Ir { span, kind: IrKind::Loop(of) } => {
                        members.push(member("copy", span, ir::copy(span, None, *of, source)));
                    }
                    value => members.push(member("value", value.span, value.into_node(source))),
                }
                let node = object(statement.span, members);
                sections.outputs.push(member(name.text(lower.text()), name.span, node));
            }
            _ => {}
        }
    }

    fn function(&self, lower: &Lower<'_, 'u>, statement: &'u Statement, function: &'u Function) -> Node {
        let span = statement.span;
        let name_of = |parameter: &'u crate::syntax::bicep::LambdaParameter| {
            parameter.name.map_or("", |name| name.text(lower.text()))
        };
        let parameters = function.parameters.iter().map(|parameter| {
            let mut members = lower.described(&parameter.ty, &[]);
            members.push(text("name", parameter.ty.span, name_of(parameter)));
            object(parameter.ty.span, members)
        });
        let parameters = Node { span, kind: NodeKind::Array(parameters.collect()) };
        let scope = Scope::of_function(function.parameters.iter().map(name_of));
        let mut output = lower.described(&function.returns, &[]);
        let value = lower.value(&function.body, &scope).into_node(lower.source());
        output.push(member("value", function.body.span, value));
        let mut members = vec![
            member("parameters", span, parameters),
            member("output", function.returns.span, object(function.returns.span, output)),
        ];
        members.extend(lower.metadata(&statement.decorators));
        object(span, members)
    }

    /// Resources and modules by their symbolic names. Clusters and pools are written first, then modules, which may
    /// hold some: should a bound be met, the others go without.
    fn resources(&self, lower: &Lower<'_, 'u>, above: &[usize]) -> Vec<Member> {
        let resources = &lower.model.resources;
        let of_resource = |place: usize| {
            let resource = resources.get(place)?;
            if resource.syntax.existing && (!lower.symbolic || lower.model.is_resource_inlined(place)) {
                return None;
            }
            let span = resource.syntax.name.map_or(resource.statement.span, |name| name.span);
            Some((place, member(&resource.symbolic, span, self.resource(lower, place))))
        };
        let is_ours =
            |place: &usize| resources.get(*place).is_some_and(|own| defines_clusters(own.ty.as_bytes()));
        let (ours, others): (Vec<usize>, Vec<usize>) = (0..resources.len()).partition(is_ours);
        let mut members: Vec<(usize, Member)> = ours.into_iter().filter_map(of_resource).collect();
        for (place, module) in lower.model.modules.iter().enumerate() {
            let span = module.syntax.name.map_or(module.statement.span, |name| name.span);
            let node = self.module(lower, place, above);
            members.push((resources.len() + place, member(module.name, span, node)));
        }
        members.extend(others.into_iter().filter_map(of_resource));
        members.sort_by_key(|(place, _)| *place);
        members.into_iter().map(|(_, member)| member).collect()
    }

    /// The loop around a resource or module.
    fn copy(&self, lower: &Lower<'_, 'u>, name: &str, list: &'u Expr, statement: &'u Statement) -> Member {
        let span = list.span;
        let scope = Scope::default();
        let count = ir::call(span, "length", vec![lower.arm(list, &scope)]);
        let mut members =
            vec![text("name", span, name), member("count", span, expression(count, lower.source()))];
        if let Some((span, size)) = lower.decorated_number(&statement.decorators, "batchSize") {
            members.push(text("mode", span, "serial"));
            members.push(member(
                "batchSize",
                span,
                Ir::new(span, IrKind::Int(size)).into_node(lower.source()),
            ));
        }
        member("copy", span, object(span, members))
    }

    fn resource(&self, lower: &Lower<'_, 'u>, place: usize) -> Node {
        let model = lower.model;
        let Some(resource) = model.resources.get(place) else { return object(lower.nowhere(), vec![]) };
        let (span, source) = (resource.statement.span, lower.source());
        let inside = lower.inside_resource(place, None);
        let mut members = Vec::new();
        let mut around = Some(resource);
        while let Some(outer) = around {
            if let Some(looped) = outer.looped {
                let statement = resource.statement;
                members.push(self.copy(lower, &outer.symbolic, &looped.list, statement));
                break;
            }
            around = outer.within.and_then(|outer| model.resources.get(outer));
        }
        if let Some(condition) = lower.condition(place, &inside) {
            let node = literal(condition, source);
            members.push(member("condition", node.span, node));
        }
        if resource.syntax.existing {
            members.push(member("existing", span, Node { span, kind: NodeKind::Bool(true) }));
        }
        let ty = resource.syntax.ty.span;
        if resource.azure {
            members.push(text("type", ty, &resource.ty));
            members.extend(resource.version.iter().map(|version| text("apiVersion", ty, version)));
        } else {
            let version = resource.version.as_deref().unwrap_or_default();
            members.push(text("type", ty, &format!("{}@{version}", resource.ty)));
        }
        for (name, value) in lower.place_properties(span, lower.place_of_resource(place, &inside)) {
            members.push(member(name, value.span, expression(value, source)));
        }
        let Some(body) = body_of(&resource.syntax.body) else { return object(span, members) };
        if resource.azure {
            let name = lower.full_name(place, &inside);
            members.push(member("name", name.span, expression(name, source)));
            if let IrKind::Object(own) =
                lower.object(body, &inside, &["name", "scope", "parent", "dependsOn"]).kind
            {
                members.extend(ir::object_members(own, source));
            }
        } else if let IrKind::Object(own) = lower.object(body, &inside, &["dependsOn"]).kind {
            let properties = object(body.span, ir::object_members(own, source));
            members.push(member("properties", body.span, properties));
        }
        object(span, members)
    }

    fn module(&self, lower: &Lower<'_, 'u>, place: usize, above: &[usize]) -> Node {
        let model = lower.model;
        let Some(module) = model.modules.get(place) else { return object(lower.nowhere(), vec![]) };
        let (span, source) = (module.statement.span, lower.source());
        let inside = lower.inside_module(place, None);
        let mut members = Vec::new();
        if let Some(looped) = module.looped {
            members.push(self.copy(lower, module.name, &looped.list, module.statement));
        }
        if let Some(condition) = module.condition {
            let node = lower.value(condition, &inside).into_node(source);
            members.push(member("condition", node.span, node));
        }
        let path = module.syntax.ty.span;
        members.push(text("type", path, DEPLOYMENTS));
        members.push(text("apiVersion", path, DEPLOYMENTS_VERSION));
        let name = lower.module_name(place, None, &inside);
        members.push(member("name", name.span, expression(name, source)));
        let target = lower.place_of_module(place, &inside);
        if !matches!(target, Place::ResourceGroup(..)) {
            let owner = if model.target == Target::ResourceGroup { "resourceGroup" } else { "deployment" };
            let location = ir::append(path, ir::call(path, owner, vec![]), ir::string(path, "location"));
            members.push(member("location", path, expression(location, source)));
        }
        for (name, value) in lower.place_properties(path, target) {
            members.push(member(name, value.span, expression(value, source)));
        }
        let options = object(path, vec![text("scope", path, "inner")]);
        let mut properties =
            vec![member("expressionEvaluationOptions", path, options), text("mode", path, "Incremental")];
        if let Some(params) = module.property(model.unit, "params") {
            let node = object(params.span, self.parameters(lower, params, &inside));
            properties.push(member("parameters", params.span, node));
        }
        properties.push(self.nested(lower, &module.syntax.ty, above));
        members.push(member("properties", span, object(span, properties)));
        object(span, members)
    }

    /// The values that a module's parameters get.
    fn parameters(&self, lower: &Lower<'_, 'u>, params: &'u Expr, inside: &Scope<'u>) -> Vec<Member> {
        let source = lower.source();
        let Some(given) = params.bare().as_object() else { return Vec::new() };
        let mut members = Vec::new();
        for property in &given.properties {
            let (Some(name), Some(span)) = (property.key.literal(lower.text()), property.key.span()) else {
                // What is spread here could be any parameter.
                continue;
            };
            let value = lower.looped(&property.value, Some("value".into()), inside);
            let node = match value {
                Ir { span, kind: IrKind::Loop(of) } => {
                    let (list, body) = *of;
                    let of = (list, Ir::of(body.into_expr()));
                    let copy = ir::copy(span, Some(("value".into(), span)), of, source);
                    let copies = Node { span, kind: NodeKind::Array(vec![copy].into()) };
                    object(span, vec![member("copy", span, copies)])
                }
                value => parameter(value).into_node(source),
            };
            members.push(member(&name, span, node));
        }
        members
    }

    /// The template of a module; one that is not read is linked to.
    fn nested(&self, lower: &Lower<'_, 'u>, path: &'u Expr, above: &[usize]) -> Member {
        let span = path.span;
        let linked = |what: &str| member("templateLink", span, object(span, vec![text("uri", span, what)]));
        let written = path.as_string(lower.text()).unwrap_or_default();
        let template = match lower.model.unit.link(path) {
            Link::Unit(place) => {
                let mut above = above.to_vec();
                above.push(lower.model.place);
                let statements =
                    self.models.get(place).map_or(0, |model| model.unit.program.statements.len());
                let fits = self.bounds.spend(10 + 10 * statements);
                if above.contains(&place) || above.len() > MAX_MODULES || !fits {
                    self.bounds.meet();
                    return linked(&format!("{written}, which contains itself or too many others,"));
                }
                self.module_template(place, &above)
            }
            Link::Json(file, _) => self.shared.compiled(self.sources, file),
            Link::Elsewhere(what) => return linked(&what.what),
            Link::Missing(_) => None,
        };
        let shared = |template: Arc<Node>| Node { span: template.span, kind: NodeKind::Shared(template) };
        template.map_or_else(|| linked(&written), |template| member("template", span, shared(template)))
    }

    /// The template of a module, made anew only where nobody has, or where a bound would be met.
    fn module_template(&self, place: usize, above: &[usize]) -> Option<Arc<Node>> {
        let bounds = self.bounds;
        if let Some(done) = self.shared.done(place)
            && above.len() + done.height <= MAX_MODULES
            && bounds.affords(done.steps)
        {
            bounds.spend(done.steps as usize);
            bounds.reach(above.len() + done.height);
            return Some(done.template);
        }
        let (outer, before) = (bounds.enter(above.len()), bounds.steps());
        let template = self.template(place, above).map(Arc::new);
        let inner = bounds.leave(outer);
        if let Some(template) = template.clone().filter(|_| !inner.met) {
            let (steps, height) = (bounds.steps() - before, inner.deepest - above.len());
            self.shared.keep(place, Done { template, steps, height });
        }
        template
    }

    /// What a parameter file gives, in the form of a JSON parameter file.
    pub fn parameters_of(&self, place: usize) -> Option<Node> {
        let mut chain: Vec<(&Model<'u>, Names)> = Vec::new();
        let mut next = Some(place);
        while let Some(model) = next.take().and_then(|place| self.models.get(place)) {
            if chain.iter().any(|(own, _)| own.place == model.place) || chain.len() > MAX_MODULES {
                break;
            }
            chain.push((model, Names::of_extended(self.models, self.compiled, model.place, chain.len())));
            next = model.unit.program.statements.iter().find_map(|statement| match &statement.kind {
                StatementKind::Extends(path) => match model.unit.link(path) {
                    Link::Unit(base) => Some(base),
                    Link::Json(..) | Link::Missing(_) | Link::Elsewhere(_) => None,
                },
                _ => None,
            });
        }
        let mut given: Vec<Member> = Vec::new();
        let mut sections = Sections::default();
        let mut assigned = BTreeSet::new();
        for (index, (model, names)) in chain.iter().enumerate() {
            let bases = chain.get(index + 1..).unwrap_or_default();
            let lower = Lower { bases, ..self.lower(model, names, true) };
            for statement in &model.unit.program.statements {
                let StatementKind::Assignment { name: Some(name), value } = &statement.kind else { continue };
                let own = name.text(lower.text());
                if index > 0 {
                    let node = lower.value(value, &Scope::default()).into_node(lower.source());
                    sections.variables.push(member(&names.of_given(own), name.span, node));
                }
                // What extends a file has the last word.
                if assigned.insert(own) {
                    let node = given_value(lower.value(value, &Scope::default()), lower.source());
                    given.push(member(own, name.span, node));
                }
            }
            self.all_imported(names, true, &mut sections);
            self.loaded(&lower, &mut sections);
        }
        let span = Span::new(chain.first()?.0.unit.file, 0, 0);
        let mut members = vec![member("parameters", span, object(span, given))];
        // What the values use stands beside them: a parameter file is a scope of its own.
        if !sections.copies.is_empty() {
            let copies = Node { span, kind: NodeKind::Array(std::mem::take(&mut sections.copies).into()) };
            sections.variables.push(member("copy", span, copies));
        }
        let functions = sections.functions();
        if !sections.variables.is_empty() {
            members.push(member("variables", span, object(span, sections.variables)));
        }
        if !functions.is_empty() {
            members.push(member("functions", span, Node { span, kind: NodeKind::Array(functions.into()) }));
        }
        Some(object(span, members))
    }
}

/// `{ value: … }`, or a reference where the value is a secret.
fn given_value(value: Ir, source: &Arc<str>) -> Node {
    let span = value.span;
    let is_secret = match &value.kind {
        IrKind::Secret(..) => true,
        IrKind::Expr(ArmKind::Call { namespace: None, name, .. }) => &**name == "getSecret",
        _ => false,
    };
    if is_secret {
        return object(span, vec![member("reference", span, object(span, vec![]))]);
    }
    object(span, vec![member("value", span, value.into_node(source))])
}

/// The object inside a loop and condition.
fn body_of(body: &Expr) -> Option<&Expr> {
    match &body.kind {
        ExprKind::For(of) => body_of(&of.body),
        ExprKind::If(of) => body_of(&of.body),
        ExprKind::Object(_) => Some(body),
        _ => None,
    }
}

/// A condition that is only `true` or `false` is written as such.
fn literal(condition: Arm, source: &Arc<str>) -> Node {
    match &condition.kind {
        ArmKind::Call { namespace: None, name, args, .. } if args.is_empty() && &**name == "true" => {
            Node { span: condition.span, kind: NodeKind::Bool(true) }
        }
        ArmKind::Call { namespace: None, name, args, .. } if args.is_empty() && &**name == "false" => {
            Node { span: condition.span, kind: NodeKind::Bool(false) }
        }
        _ => expression(condition, source),
    }
}

/// The value of a parameter as deployments have it: `{ value: … }`, or a reference to a secret.
fn parameter(value: Ir) -> Ir {
    let span = value.span;
    let key = |name: &str| Ir::string(span, name);
    let kind = match value.kind {
        IrKind::Secret(vault, args) => {
            let vault = Ir::new(span, IrKind::Object(vec![(key("id"), *vault)]));
            let mut members = vec![(key("keyVault"), vault)];
            let names = ["secretName", "secretVersion"];
            members.extend(names.iter().zip(args).map(|(name, arg)| (key(name), arg)));
            IrKind::Object(vec![(key("reference"), Ir::new(span, IrKind::Object(members)))])
        }
        IrKind::Ternary(of) => {
            let (condition, then, otherwise) = *of;
            IrKind::Ternary(Box::new((condition, parameter(then), parameter(otherwise))))
        }
        kind => IrKind::Object(vec![(key("value"), Ir { span, kind })]),
    };
    Ir { span, kind }
}

fn schema(target: Target) -> &'static str {
    match target {
        Target::Tenant => {
            "https://schema.management.azure.com/schemas/2019-08-01/tenantDeploymentTemplate.json#"
        }
        Target::ManagementGroup => {
            "https://schema.management.azure.com/schemas/2019-08-01/managementGroupDeploymentTemplate.json#"
        }
        Target::Subscription => {
            "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
        }
        Target::ResourceGroup => {
            "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
        }
    }
}

/// The parts of a template as they are collected.
#[derive(Default)]
struct Sections {
    metadata: Vec<Member>,
    definitions: Vec<Member>,
    parameters: Vec<Member>,
    variables: Vec<Member>,
    /// Variables that are loops.
    copies: Vec<Node>,
    outputs: Vec<Member>,
    /// Functions by namespace.
    functions: Vec<(String, Vec<Member>)>,
}

impl Sections {
    fn add_function(&mut self, namespace: &str, function: Member) {
        match self.functions.iter_mut().find(|(own, _)| own == namespace) {
            Some((_, members)) => members.push(function),
            None => self.functions.push((namespace.to_owned(), vec![function])),
        }
    }

    fn functions(&mut self) -> Vec<Node> {
        let of_namespace = |(namespace, members): (String, Vec<Member>)| {
            let span = members.first().map(|member| member.name_span)?;
            let members = member("members", span, object(span, members));
            Some(object(span, vec![text("namespace", span, &namespace), members]))
        };
        std::mem::take(&mut self.functions).into_iter().filter_map(of_namespace).collect()
    }
}
