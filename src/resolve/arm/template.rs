//! Templates: which managed clusters and agent pools they deploy, through loops, conditions and nested
//! deployments.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::eval::{Evaluator, label, some_index};
use super::expr::{Code, Expr, ExprKind};
use super::functions::{self, Chunk, Site};
use super::scope::{Binding, Env, Scope, Target, supplied_by_anybody, supplied_by_file};
use super::survey::{Extent, Notes, Outcome};
use super::tree::Node as Tree;
use super::{AGENT_POOLS, Input, MANAGED_CLUSTERS, Resolved};
use crate::model::{Presence, Writer};
use crate::resolve::{Defaults, Resource};
use crate::source::Span;
use crate::value::{
    Alternative, Atom, Certain, Kind, Map, Node, Number, Place, Provenance, Region, Scalar, Value,
    derived_atom, ops,
};

pub(super) const DEPLOYMENTS: &str = "microsoft.resources/deployments";
/// A thing exists in at most this many regions; of more it is only said that it exists in some worlds.
const MAX_REGIONS: usize = 64;
/// What an instance of a resource costs whatever is in it.
const INSTANCE_STEPS: usize = 100;
/// A name that is put together from more calls and pieces than this is not taken apart.
const MAX_PIECES: usize = 1_000;
/// And not within more of these.
pub(super) const MAX_PIECES_DEPTH: usize = 16;

/// What a template is deployed with.
#[derive(Clone, Copy)]
pub(super) enum Given<'t> {
    /// A parameter file, by its path and root.
    File(&'t str, &'t Tree),
    /// No parameter file.
    Nothing(Defaults),
}

/// Evaluates one template, as one of so many jobs.
pub(super) fn evaluate<'t>(
    input: &Input<'t>,
    given: Given<'t>,
    library: &'t BTreeMap<&'t str, &'t Tree>,
    jobs: usize,
    extent: Extent,
    out: &mut Resolved,
) -> Vec<Outcome> {
    let mut evaluator = Evaluator::new(input.path, jobs, library);
    evaluator.entry = Some(input.template.span.file);
    evaluator.notes = Notes::of(extent);
    let target = Rc::new(Target::default());
    let (supplied, scenario) = match given {
        Given::File(path, root) => (supplied_by_file(root), Some(Arc::from(path))),
        Given::Nothing(defaults) => (supplied_by_anybody(input.template, defaults), None),
    };
    let mut scope = Scope::new(String::new(), input.template, target.clone(), supplied);
    scope.path = input.path;
    let scope = Rc::new(scope);
    let placement =
        Placement { path: String::new(), target, presence: Presence::always(), parent: None, scenario };
    evaluator.template(&Env::of(scope), input.template, &placement, out);
    out.problems.extend(evaluator.take_problems());
    out.unchecked.extend(evaluator.take_unchecked());
    out.refused.extend(evaluator.take_refused());
    out.linked = evaluator.linked.take();
    out.missing = evaluator.missing.take();
    evaluator.notes.map(Notes::into_outcomes).unwrap_or_default()
}

/// Where resources are deployed, and when.
#[derive(Clone)]
pub(super) struct Placement {
    /// The nested deployments around, `a/b`.
    pub(super) path: String,
    pub(super) target: Rc<Target>,
    pub(super) presence: Presence,
    /// The resource that they are written within.
    pub(super) parent: Option<Parent>,
    pub(super) scenario: Option<Arc<str>>,
}

/// A resource with resources of its own.
#[derive(Clone)]
pub(super) struct Parent {
    kind: String,
    name: Value,
}

/// One iteration of a resource's loop; one is all there is without a loop.
pub(super) struct Instance<'t> {
    pub(super) env: Env<'t>,
    pub(super) presence: Presence,
    /// Where the iteration is made, whatever the condition says. The resources within are deployed there:
    /// "Conditional deployment doesn't cascade to child resources" ("Conditional deployment in ARM templates" of
    /// Azure's documents).
    made: Presence,
    pub(super) suffix: String,
    /// Of a deployment of one of several files, the path of the file.
    pub(super) of: String,
}

impl<'t> Instance<'t> {
    fn new(env: Env<'t>, made: Presence, suffix: String) -> Instance<'t> {
        Instance { env, presence: made.clone(), made, suffix, of: String::new() }
    }

    /// The same of a deployment where it deploys this file.
    pub(super) fn linking(&self, presence: Presence, path: &str) -> Instance<'t> {
        let (env, suffix) = (self.env.clone(), self.suffix.clone());
        Instance { env, presence, made: self.made.clone(), suffix, of: format!("<{path}>") }
    }
}

/// Whether a resource is only referred to: it is there already, and nothing is deployed.
pub(super) fn is_existing(resource: &Tree) -> bool {
    let [existing] = resource.glance(["existing"]);
    existing.and_then(|existing| existing.as_bool()) == Some(true)
}

/// Whether an expression decides if a resource is deployed.
fn is_conditional(resource: &Tree) -> bool {
    let conditions = [resource.get("condition"), resource.at(&["copy", "count"])];
    conditions.into_iter().flatten().any(|condition| condition.as_expression().is_some())
}

/// Which templates and resources deploy something of ours, at any depth. Looks at text only, and once at each: the
/// same template may stand in many places. Most of a file is passed over, so objects are glanced at and not read.
#[derive(Default)]
pub(super) struct Concern {
    /// By identity of the part, which lasts as long as the evaluation.
    known: RefCell<BTreeMap<(usize, u32), bool>>,
}

impl Concern {
    /// Whether something of ours is deployed by a template, or by a resource within itself.
    pub(super) fn is_in(&self, node: &Tree) -> bool {
        let [resources] = node.glance(["resources"]);
        self.is_among(node, resources.as_deref(), 0)
    }

    /// Whether something of ours is among the resources of a template or of a resource.
    fn is_among(&self, owner: &Tree, resources: Option<&Tree>, depth: usize) -> bool {
        let (Some(resources), Some(identity)) = (resources, owner.identity()) else { return false };
        if depth > 64 {
            return true;
        }
        if let Some(known) = self.known.borrow().get(&identity) {
            return *known;
        }
        let found = resources.items().iter().any(|resource| self.is(resource, depth))
            || resources.members().iter().any(|member| self.is(&member.value, depth));
        self.known.borrow_mut().insert(identity, found);
        found
    }

    fn is(&self, resource: &Tree, depth: usize) -> bool {
        let [kind, resources] = resource.glance(["type", "resources"]);
        let kind = kind.as_deref();
        let is_computed = kind.is_some_and(|kind| kind.as_expression().is_some());
        let kind = kind.and_then(Tree::as_str).unwrap_or_default();
        let is_deployment = kind.eq_ignore_ascii_case(DEPLOYMENTS);
        if is_deployment && is_existing(resource) {
            return false;
        }
        let is_ours = kind
            .get(..MANAGED_CLUSTERS.len())
            .is_some_and(|kind| kind.eq_ignore_ascii_case(MANAGED_CLUSTERS));
        if is_ours || is_computed {
            return true;
        }
        // What other resources have among their properties is not looked at, which would mean to read most of a file.
        (is_deployment && self.is_in_deployment(resource, depth + 1))
            || self.is_among(resource, resources.as_deref(), depth + 1)
    }

    /// Whether a nested deployment deploys something of ours. A template that lies elsewhere or is computed may hold
    /// anything; that is told, not skipped.
    fn is_in_deployment(&self, deployment: &Tree, depth: usize) -> bool {
        let [Some(properties)] = deployment.glance(["properties"]) else { return true };
        let [Some(template)] = properties.glance(["template"]) else { return true };
        let [resources] = template.glance(["resources"]);
        !template.is_object() || self.is_among(&template, resources.as_deref(), depth)
    }
}

impl<'t> Evaluator<'t> {
    fn template(&self, env: &Env<'t>, template: &'t Tree, placement: &Placement, out: &mut Resolved) {
        if self.notes.is_some() || self.concern.is_in(template) {
            self.walked.borrow_mut().enter(Some(template));
            self.resources(env, template, placement, 0, out);
        }
        self.rest_of(env, template);
    }

    /// What no resource needs, if everything is asked for.
    pub(super) fn rest_of(&self, env: &Env<'t>, template: &'t Tree) {
        if self.notes.is_none() {
            return;
        }
        for output in template.get("outputs").map(Tree::members).unwrap_or_default() {
            let worlds = output
                .value
                .get("condition")
                .map(|condition| self.regions_where(&self.json(env, condition, &Place::Code)));
            match worlds {
                None => _ = self.output(env, &output.value),
                Some(worlds) => {
                    let worlds = self.notes.as_ref().map(|notes| notes.of_these(&worlds)).unwrap_or_default();
                    self.in_worlds(&worlds, || _ = self.output(env, &output.value));
                }
            }
        }
    }

    /// The resources of a template or within a resource.
    pub(super) fn resources(
        &self,
        env: &Env<'t>,
        owner: &'t Tree,
        placement: &Placement,
        depth: usize,
        out: &mut Resolved,
    ) {
        if depth > 16 {
            self.beyond(owner.span, "deployments are nested more deeply than is followed");
            return;
        }
        for (symbol, resource) in resources_of(owner) {
            if !self.goes_on(1, resource.span) {
                return;
            }
            self.resource(env, symbol, resource, placement, depth, out);
        }
    }

    fn resource(
        &self,
        env: &Env<'t>,
        symbol: Option<&str>,
        resource: &'t Tree,
        placement: &Placement,
        depth: usize,
        out: &mut Resolved,
    ) {
        let Some(type_node) = resource.get("type") else { return };
        let own = self.json(env, type_node, &Place::Code);
        let Some(own) = own.as_str() else {
            // It may be one of ours.
            let reason = ops::reason_of(&[&own]);
            out.unresolved.push(self.unresolved(placement, type_node.span, reason));
            return;
        };
        let kind = match &placement.parent {
            Some(parent) => format!("{}/{own}", parent.kind),
            None => own.to_owned(),
        };
        let is_cluster = kind.eq_ignore_ascii_case(MANAGED_CLUSTERS);
        let is_pool = kind.eq_ignore_ascii_case(AGENT_POOLS);
        let is_deployment = kind.eq_ignore_ascii_case(DEPLOYMENTS);
        let is_existing = is_existing(resource);
        let is_other = !(is_cluster || is_pool || is_deployment);
        let deploys_others = || template_of(resource).is_some_and(|template| !self.concern.is_in(template));
        let is_strange = is_other || (is_deployment && deploys_others());
        if (is_strange && self.notes.is_none()) || (is_deployment && is_existing) {
            return;
        }
        let instances = self.instances(env, resource, placement);
        if instances.is_empty() && !is_existing && !is_strange && is_conditional(resource) {
            out.switched_off.push(resource.span);
        }
        if !is_existing && self.notes.is_none() {
            let worlds: Vec<Region> = instances.iter().flat_map(|i| i.presence.regions.clone()).collect();
            self.check_dependencies(resource, &worlds);
        }
        for instance in instances {
            if !self.goes_on(INSTANCE_STEPS + resource.members().len() / 8, resource.span) {
                return;
            }
            let is_there = !instance.presence.regions.is_empty();
            let mut names = (None, Value::null(Provenance::nowhere()));
            if !is_deployment {
                let find = || names = self.names(&instance.env, resource, placement, is_pool);
                self.in_worlds(&instance.presence.regions, find);
            }
            let (parent, name) = names;
            self.in_worlds(&instance.presence.regions, || {
                if !is_there {
                } else if is_deployment {
                    if self.gives_all() {
                        let span = type_node.span;
                        out.resources.push(self.deployment_itself(&instance, resource, span, placement));
                    }
                    self.deployment(&instance, symbol, resource, placement, depth, out);
                } else if !is_existing {
                    let kind = match (is_cluster, is_pool) {
                        (true, _) => MANAGED_CLUSTERS,
                        (_, true) => AGENT_POOLS,
                        _ => &kind,
                    };
                    let span = type_node.span;
                    let found = self.body(&instance, resource, kind, span, placement, parent.as_ref(), &name);
                    out.resources.push(found);
                }
            });
            if (is_cluster || is_other) && resource.get("resources").is_some() {
                // "Conditional deployment doesn't cascade to child resources", say Azure's documents of templates.
                let inside = Placement {
                    presence: instance.made.clone(),
                    parent: Some(Parent { kind: kind.clone(), name: name.clone() }),
                    ..placement.clone()
                };
                self.in_worlds(&instance.made.regions, || {
                    self.resources(&instance.env, resource, &inside, depth + 1, out);
                });
            }
        }
    }

    /// Does something of which only these worlds count. The service does not look at the properties
    /// of what it does not deploy (Azure/bicep, issue 2371).
    pub(super) fn in_worlds(&self, worlds: &[Region], f: impl FnOnce()) {
        let around = self.worlds.replace(worlds.to_vec());
        let before = self.notes.as_ref().map(|notes| notes.swap_worlds(worlds.to_vec()));
        f();
        self.worlds.replace(around);
        if let (Some(notes), Some(before)) = (&self.notes, before) {
            notes.swap_worlds(before);
        }
    }

    /// The iterations of a resource's loop, without those whose condition never holds and that have no resources
    /// within.
    fn instances(&self, env: &Env<'t>, resource: &'t Tree, placement: &Placement) -> Vec<Instance<'t>> {
        let mut instances = Vec::new();
        let copy = resource.get("copy").filter(|copy| copy.get("count").is_some());
        match copy {
            None => {
                let made = placement.presence.clone();
                instances.push(Instance::new(env.clone(), made, String::new()));
            }
            Some(copy) => {
                let name: Option<Arc<str>> = copy.get("name").and_then(Tree::as_str).map(Arc::from);
                let bind = |index| env.with(Binding::Loop { name: name.clone(), resource: true, index });
                let count = copy.get("count").map_or_else(
                    || Value::null(Provenance::nowhere()),
                    |count| self.json(env, count, &Place::Code).split_domains(),
                );
                // Iteration n is there wherever the count is greater than n.
                let mut regions: Vec<Vec<Region>> = Vec::new();
                for alternative in count.alternatives() {
                    match &alternative.node {
                        // The service deploys nothing then.
                        node if ops::is_failure(node) => {}
                        Node::Unknown(unknown) => {
                            let (index, positive) = some_index(unknown, &alternative.provenance, copy.span);
                            let region = positive.and_then(|positive| positive.and(&alternative.region));
                            let regions: Vec<Region> = region.into_iter().collect();
                            // One region makes no more of those around.
                            let made = both(&placement.presence, &regions);
                            let mut presence = made.unwrap_or_else(|| placement.presence.clone());
                            presence.many = true;
                            instances.push(Instance::new(bind(index), presence, "[*]".to_owned()));
                        }
                        _ => {
                            let worlds = &placement.presence.regions;
                            // Nor does it of a loop that it rejects, of which the first iteration is judged all the same.
                            let times = self.iterations(alternative, worlds, copy.span).unwrap_or(1);
                            while regions.len() < times {
                                regions.push(Vec::new());
                            }
                            regions.iter_mut().take(times).for_each(|r| r.push(alternative.region.clone()));
                        }
                    }
                }
                for (index, regions) in regions.into_iter().enumerate() {
                    if !self.goes_on(regions.len() * placement.presence.regions.len() / 4, copy.span) {
                        break;
                    }
                    let value = iterated(index, &regions);
                    let presence = both(&placement.presence, &regions).unwrap_or_else(|| {
                        let written = copy.get("count").map(|count| self.written(count)).unwrap_or_default();
                        let which = Value::string(index.to_string(), Provenance::nowhere());
                        let label = format!("greater({written}, {index})");
                        self.somewhere(&placement.presence, &regions, (label, &[&count, &which]), copy.span)
                    });
                    instances.push(Instance::new(bind(value), presence, format!("[{index}]")));
                }
            }
        }
        if let Some(condition) = resource.get("condition") {
            for instance in &mut instances {
                let value = self.json(&instance.env, condition, &Place::Code);
                let regions = self.regions_where(&value);
                instance.presence = both(&instance.presence, &regions).unwrap_or_else(|| {
                    let holds = (self.written(condition), &[&value][..]);
                    self.somewhere(&instance.presence, &regions, holds, condition.span)
                });
            }
        }
        let is_owner = resource.get("resources").is_some();
        instances.retain(|instance| {
            !instance.presence.regions.is_empty() || (is_owner && !instance.made.regions.is_empty())
        });
        instances
    }

    /// In those worlds of `presence` that lie in one of the regions, where these are too many to keep apart: within
    /// the least region around them, where it is true what was worked out from these values. It is told that no more is
    /// known.
    pub(super) fn somewhere(
        &self,
        presence: &Presence,
        regions: &[Region],
        (label, of): (String, &[&Value]),
        at: Span,
    ) -> Presence {
        self.beyond(at, "this holds in more combinations of inputs than are kept apart");
        let all = Region::joint(&presence.regions, regions);
        let around = all.into_iter().reduce(|a, b| a.around(&b));
        let atom = Atom::boolean(derived_atom("somewhere", &label, of, None).key(), label);
        let there = Region::is(&atom, Scalar::Bool(true));
        let region = around.zip(there).and_then(|(around, there)| around.and(&there));
        Presence { regions: region.into_iter().collect(), many: presence.many }
    }

    /// A part of a template as people write it; nothing of what is no expression.
    fn written(&self, node: &'t Tree) -> String {
        self.code(node).map(|code| label(&code.source, &code.expr).to_string()).unwrap_or_default()
    }

    #[allow(clippy::too_many_arguments)]
    fn body(
        &self,
        instance: &Instance<'t>,
        resource: &'t Tree,
        kind: &str,
        span: Span,
        placement: &Placement,
        parent: Option<&Value>,
        name: &Value,
    ) -> Resource {
        const NOT_ITS_OWN: [&str; 6] = ["resources", "dependsOn", "copy", "metadata", "comments", "name"];
        const OF_NO_POOL: [&str; 2] = ["condition", "tags"];
        let without =
            if self.gives_all() { NOT_ITS_OWN.to_vec() } else { [&NOT_ITS_OWN[..], &OF_NO_POOL].concat() };
        let mut map: Map = self.members(&instance.env, resource, &Place::Code, &without);
        map.entries.insert(Arc::from("name"), name.clone());
        if let Some(parent) = parent {
            map.entries.insert(Arc::from("parent"), parent.clone());
        }
        let mut address = placement.path.clone();
        for part in parent.into_iter().chain([name]) {
            if !address.is_empty() {
                address.push('/');
            }
            address.push_str(&readable(part));
        }
        let body = Value::new(Node::Map(Arc::new(map)), Provenance::written(span));
        Resource {
            kind: Arc::from(kind),
            address,
            span,
            scope: Arc::from(format!("{}|{}", self.root, placement.target.key())),
            entry: self.entry,
            scenario: placement.scenario.clone(),
            presence: instance.presence.clone(),
            writer: Writer::Arm,
            body: self.measured(body, span),
            ignore_changes: Vec::new(),
        }
    }

    /// Whether resources are wanted as they are deployed.
    fn gives_all(&self) -> bool {
        self.notes.as_ref().is_some_and(|notes| notes.resources)
    }

    /// A nested deployment as a resource, without the template.
    fn deployment_itself(
        &self,
        instance: &Instance<'t>,
        resource: &'t Tree,
        span: Span,
        placement: &Placement,
    ) -> Resource {
        const NOT_ITS_OWN: [&str; 5] = ["dependsOn", "copy", "metadata", "comments", "properties"];
        let mut map = self.members(&instance.env, resource, &Place::Code, &NOT_ITS_OWN);
        if let Some(properties) = resource.get("properties") {
            let inner = self.members(&instance.env, properties, &Place::Code, &["template"]);
            let provenance = Provenance::written(properties.span);
            map.entries.insert(Arc::from("properties"), Value::new(Node::Map(Arc::new(inner)), provenance));
        }
        let name = map.entries.get("name").map_or_else(String::new, readable);
        let separator = if placement.path.is_empty() { "" } else { "/" };
        Resource {
            kind: Arc::from(DEPLOYMENTS),
            address: format!("{}{separator}{name}", placement.path),
            span,
            scope: Arc::from(format!("{}|{}", self.root, placement.target.key())),
            entry: self.entry,
            scenario: placement.scenario.clone(),
            presence: instance.presence.clone(),
            writer: Writer::Arm,
            body: self.measured(Value::new(Node::Map(Arc::new(map)), Provenance::written(span)), span),
            ignore_changes: Vec::new(),
        }
    }

    /// The name of a resource without that of its parent, and the parent's.
    fn names(
        &self,
        env: &Env<'t>,
        resource: &'t Tree,
        placement: &Placement,
        is_pool: bool,
    ) -> (Option<Value>, Value) {
        let Some(node) = resource.get("name") else {
            return (None, Value::null(Provenance::placed(resource.span, Place::Missing)));
        };
        let whole = self.json(env, node, &Place::Code);
        if let Some(parent) = &placement.parent {
            return (Some(parent.name.clone()), whole);
        }
        if !is_pool {
            return (None, whole);
        }
        let pieces =
            |code: &Code, depth| self.pieces(env, &code.source, std::slice::from_ref(&code.expr), depth);
        if whole.alternatives().iter().all(|a| matches!(&a.node, Node::String(text) if text.contains('/'))) {
            let part = |last: bool| {
                whole.and_then(|alternative| {
                    let text = match &alternative.node {
                        Node::String(text) => text.rsplit_once('/').map(|(a, b)| if last { b } else { a }),
                        _ => None,
                    };
                    Value::string(text.unwrap_or_default(), alternative.provenance.clone())
                })
            };
            let code = self.code(node);
            let pieces = code.and_then(|code| pieces(code, MAX_PIECES_DEPTH)).unwrap_or_default();
            // A part that one piece gives whole is written where that piece is.
            let given = |part: Value, piece: Option<&Value>| match piece {
                Some(piece) if piece.as_str().is_some() && piece.as_str() == part.as_str() => piece.clone(),
                _ => part,
            };
            return (Some(given(part(false), pieces.first())), given(part(true), pieces.last()));
        }
        // Names that are put together from unknown parts still say where the slash is.
        if let Some(code) = self.code(node) {
            // The less deep, the more of the names is as the template has them.
            let depths = [1, MAX_PIECES_DEPTH];
            let found = depths.into_iter().find_map(|depth| {
                let pieces = pieces(code, depth)?;
                let is_slash = |piece: &Value| piece.as_str().is_some_and(|text| text.contains('/'));
                Some((pieces.iter().rposition(is_slash)?, pieces))
            });
            if let Some((slash, pieces)) = found
                && let Some((before, after)) = pieces.split_at_checked(slash)
                && let Some((middle, after)) = after.split_first()
                && let Some((left, right)) = middle.as_str().and_then(|text| text.rsplit_once('/'))
            {
                let label = label(&code.source, &code.expr);
                let site = Site { name: "concat", label, at: code.expr.span };
                let text = |text: &str| (!text.is_empty()).then(|| Value::string(text, middle.provenance()));
                // A part that is all of a name is that name.
                let joined = |parts: Vec<Value>| match parts.as_slice() {
                    [only] => only.clone(),
                    parts => functions::concat(&site, parts),
                };
                let parent = joined(before.iter().cloned().chain(text(left)).collect());
                let own = joined(text(right).into_iter().chain(after.iter().cloned()).collect());
                return (Some(parent), own);
            }
        }
        let certain = Certain::of_kind(Kind::String);
        (None, ops::opaque("last-segment", readable(&whole), &[&whole], certain, node.span))
    }

    /// What strings are put together from by `concat`, `format` and variables within so many of these, one after the
    /// other; `None` if that is too much to look at.
    pub(super) fn pieces<'e>(
        &self,
        env: &Env<'t>,
        source: &str,
        exprs: impl IntoIterator<Item = &'e Expr>,
        depth: usize,
    ) -> Option<Vec<Value>> {
        let mut pieces = Vec::new();
        let mut left = MAX_PIECES;
        let mut exprs = exprs.into_iter();
        exprs.try_for_each(|expr| self.pieces_of(env, source, expr, depth, &mut left, &mut pieces))?;
        Some(pieces)
    }

    /// The pieces of one expression. `left` is how many calls and pieces may still be looked at.
    fn pieces_of(
        &self,
        env: &Env<'t>,
        source: &str,
        expr: &Expr,
        depth: usize,
        left: &mut usize,
        out: &mut Vec<Value>,
    ) -> Option<()> {
        // A few lines can stand for more pieces than there are bytes.
        *left = left.checked_sub(1)?;
        if let Some(depth) = depth.checked_sub(1)
            && let ExprKind::Call { namespace: None, name, args, .. } = &expr.kind
        {
            match (name.to_ascii_lowercase().as_str(), args.as_slice()) {
                ("concat", args) => {
                    return args
                        .iter()
                        .try_for_each(|arg| self.pieces_of(env, source, arg, depth, left, out));
                }
                ("format", [Expr { kind: ExprKind::String(pattern), span, .. }, args @ ..]) => {
                    if !self.affords(pattern.len() / 64) {
                        return None;
                    }
                    let chunks = functions::chunks(pattern).unwrap_or_default();
                    *left = left.checked_sub(chunks.len())?;
                    let plain = |chunk: &Chunk| match chunk {
                        Chunk::Text(_) => true,
                        Chunk::Hole { index, width: 0, spec } => spec.is_empty() && *index < args.len(),
                        Chunk::Hole { .. } => false,
                    };
                    if !chunks.is_empty() && chunks.iter().all(plain) {
                        for chunk in &chunks {
                            match chunk {
                                Chunk::Text(text) => {
                                    out.push(Value::string(text, Provenance::written(*span)))
                                }
                                Chunk::Hole { index, .. } => {
                                    if let Some(arg) = args.get(*index) {
                                        self.pieces_of(env, source, arg, depth, left, out)?;
                                    }
                                }
                            }
                        }
                        return Some(());
                    }
                }
                ("variables", [Expr { kind: ExprKind::String(name), .. }]) => {
                    if let Some(node) = self.variable_json(&env.scope, name)
                        && let Some(code) = self.code(node)
                    {
                        let env = Env::of(env.scope.clone());
                        return self.pieces_of(&env, &code.source, &code.expr, depth, left, out);
                    }
                }
                _ => {}
            }
        }
        out.push(self.expr(env, source, expr));
        Some(())
    }
}

/// The index of an iteration that is made in these worlds: where it is not, nothing is asked of it.
pub(super) fn iterated(index: usize, worlds: &[Region]) -> Value {
    let number = Number::Int(i64::try_from(index).unwrap_or(i64::MAX));
    let here = |region: &Region| Alternative {
        region: region.clone(),
        node: Node::Number(number),
        provenance: Provenance::nowhere(),
    };
    Value::from_alternatives(worlds.iter().map(here).collect())
}

/// The resources of a template, with their symbolic names where they have them.
pub(super) fn resources_of(owner: &Tree) -> impl Iterator<Item = (Option<&str>, &Tree)> {
    let resources = owner.get("resources");
    let items = resources.map(Tree::items).unwrap_or_default().iter().map(|item| (None, item));
    let members = resources.map(Tree::members).unwrap_or_default().iter();
    items.chain(members.map(|member| (Some(&*member.name), &member.value)))
}

/// The template within a nested deployment, if it is written there.
pub(super) fn template_of(deployment: &Tree) -> Option<&Tree> {
    let template = deployment.get("properties")?.get("template")?;
    Some(template).filter(|template| template.is_object())
}

/// In the worlds of `presence` that lie in one of the regions; `None` if these are too many to keep apart.
pub(super) fn both(presence: &Presence, regions: &[Region]) -> Option<Presence> {
    let mut joint = presence.regions.iter().flat_map(|a| regions.iter().filter_map(|b| a.and(b)));
    let regions: Vec<Region> = joint.by_ref().take(MAX_REGIONS).collect();
    joint.next().is_none().then_some(Presence { regions, many: presence.many })
}

/// A name for an address: its text, or the expression that makes it. Of many names the first few.
pub fn readable(value: &Value) -> String {
    const FEW: usize = 3;
    let mut texts: Vec<String> = Vec::new();
    for alternative in value.alternatives() {
        let text = match &alternative.node {
            Node::Unknown(unknown) => format!("{{{}}}", unknown.atom.label()),
            node => functions::text_of(node).unwrap_or_default(),
        };
        // Nothing at all is no name to call a thing by.
        let text = if text.is_empty() { "''".to_owned() } else { text };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if texts.len() > FEW {
        texts.truncate(FEW);
        texts.push("…".to_owned());
    }
    texts.join("|")
}

/// Whether every parameter of a template has a value without a parameter file.
pub(super) fn has_all_defaults(template: &Tree) -> bool {
    let parameters = template.get("parameters").map(Tree::members).unwrap_or_default();
    parameters.iter().all(|parameter| has_default(template, &parameter.value))
}

/// Whether a parameter of a template has a value if nobody gives one.
pub(super) fn has_default(template: &Tree, declaration: &Tree) -> bool {
    let nullable = |node: &Tree| node.get("nullable").and_then(Tree::as_bool) == Some(true);
    declaration.get("defaultValue").is_some()
        || nullable(declaration)
        || declaration
            .get("$ref")
            .and_then(Tree::as_str)
            .and_then(|path| template.get("definitions")?.get(path.strip_prefix("#/definitions/")?))
            .is_some_and(nullable)
}
