//! Nested and linked deployments: what they are given, where they put things, and what they give back.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::eval::{Deployments, Evaluator, label};
use super::expr::{Expr, ExprKind};
use super::links::{Linked, Unread, takes_arguments};
use super::scope::{Binding, Env, Scope, Supplied, Target, is_bare, is_secure, supplied_by_file};
use super::template::{
    DEPLOYMENTS, Instance, Placement, both, is_existing, iterated, readable, resources_of, template_of,
};
use super::tree::Node as Tree;
use super::{Resolved, Unresolved};
use crate::resolve::is_about_pools;
use crate::source::Span;
use crate::value::{
    Atom, Certain, Kind, Map, Node, Place, Provenance, Reason, Region, Unknown, Value, derived_atom, ops,
};

/// A reference looks at this many iterations of a loop of deployments for the one that it names.
const MAX_CANDIDATES: usize = 256;
/// Linked templates are followed this many links deep, which ends circles.
const MAX_LINKS: usize = 16;

/// A template that a deployment deploys.
#[derive(Clone, Copy)]
struct Body<'t> {
    root: &'t Tree,
    /// The path of its file, if it is one of its own.
    linked: Option<&'t str>,
}

/// A template in the worlds in which it is deployed, if not in all, or where it is named and why it is not read.
struct Deployed<'t> {
    regions: Option<Vec<Region>>,
    body: Result<Body<'t>, (Span, Unread)>,
}

/// A deployment of this template that something refers to.
struct Found<'t> {
    symbol: Option<&'t str>,
    resource: &'t Tree,
    body: Body<'t>,
    /// Where its arguments are evaluated: in its loop.
    env: Env<'t>,
    suffix: String,
}

/// Whether an argument of a deployment is about agent pools.
fn is_given_pools(resource: &Tree) -> bool {
    let given = resource.get("properties").and_then(|properties| properties.get("parameters"));
    given.map(Tree::members).unwrap_or_default().iter().any(|member| is_about_pools(&member.name))
}

impl<'t> Evaluator<'t> {
    pub(super) fn deployment(
        &self,
        instance: &Instance<'t>,
        symbol: Option<&str>,
        resource: &'t Tree,
        placement: &Placement,
        depth: usize,
        out: &mut Resolved,
    ) {
        let key = place_of(&instance.env, symbol, resource, &instance.suffix);
        self.deployed.borrow_mut().entry(key).or_default().extend(instance.presence.regions.iter().cloned());
        for Deployed { regions, body } in self.bodies_of(&instance.env, resource) {
            let Some(regions) = regions else {
                self.deployment_of(instance, body, symbol, resource, placement, depth, out);
                continue;
            };
            // Each file in its own worlds, with a scope of its own.
            let presence = both(&instance.presence, &regions).unwrap_or_else(|| {
                let label = "the template that is linked to".to_owned();
                self.somewhere(&instance.presence, &regions, (label, &[]), resource.span)
            });
            if !presence.regions.is_empty() {
                let path = body.as_ref().ok().and_then(|body| body.linked).unwrap_or_default();
                let instance = instance.linking(presence, path);
                self.in_worlds(&instance.presence.regions, || {
                    self.deployment_of(&instance, body, symbol, resource, placement, depth, out);
                });
            }
        }
    }

    /// The same of one of the templates that it may deploy.
    #[allow(clippy::too_many_arguments)]
    fn deployment_of(
        &self,
        instance: &Instance<'t>,
        body: Result<Body<'t>, (Span, Unread)>,
        symbol: Option<&str>,
        resource: &'t Tree,
        placement: &Placement,
        depth: usize,
        out: &mut Resolved,
    ) {
        let body = match body {
            Ok(body) => body,
            Err((span, Unread { reason, may_be_ours })) => {
                let properties = resource.get("properties");
                let kept = properties
                    .and_then(|p| p.get("template"))
                    .and_then(|template| self.template_in_variable(&instance.env, template));
                // A template that Bicep loads from a file and that deploys nothing of ours.
                if kept.is_none_or(|kept| self.concern.is_in(kept)) {
                    let unresolved = self.unresolved(placement, span, reason);
                    let may_be_ours = may_be_ours || is_given_pools(resource);
                    out.unresolved.push(Unresolved { may_be_ours, ..unresolved });
                }
                return;
            }
        };
        if self.notes.is_none() && !self.concern.is_in(body.root) {
            return;
        }
        let name = match symbol {
            Some(symbol) => symbol.to_owned(),
            None => resource
                .get("name")
                .map_or_else(String::new, |name| readable(&self.json(&instance.env, name, &Place::Code))),
        };
        let place = format!("{}{}", instance.suffix, instance.of);
        let env = self.nested_env(&instance.env, symbol, resource, body, &place);
        let step = format!("{name}{}", if symbol.is_some() { instance.suffix.as_str() } else { "" });
        let inside = Placement {
            path: if placement.path.is_empty() { step } else { format!("{}/{step}", placement.path) },
            target: self.target(&instance.env, resource, &placement.target),
            presence: instance.presence.clone(),
            parent: None,
            scenario: placement.scenario.clone(),
        };
        let around = self.walked.borrow_mut().enter(Some(body.root));
        self.resources(&env, body.root, &inside, depth + 1, out);
        self.walked.borrow_mut().enter(around);
        self.rest_of(&env, body.root);
    }

    pub(super) fn unresolved(&self, placement: &Placement, span: Span, reason: Reason) -> Unresolved {
        let root = Arc::from(self.root.as_str());
        Unresolved { root, scenario: placement.scenario.clone(), span, reason, may_be_ours: false }
    }

    /// The templates that a deployment may deploy, each in some worlds, or where they are named and why they are not
    /// read.
    fn bodies_of(&self, env: &Env<'t>, resource: &'t Tree) -> Vec<Deployed<'t>> {
        let only = |body| vec![Deployed { regions: None, body }];
        let unread = |span, reason| Err((span, Unread { reason, may_be_ours: false }));
        if let Some(root) = template_of(resource) {
            return only(Ok(Body { root, linked: None }));
        }
        let properties = resource.get("properties");
        let Some(link) = properties.and_then(|p| p.get("templateLink")) else {
            return only(unread(resource.span, Reason::Unsupported("a template that is computed".into())));
        };
        if let Some(id) = link.get("id") {
            let name = id.as_str().or_else(|| Some(id.as_expression()?.source())).unwrap_or_default();
            return only(unread(link.span, Reason::Absent(format!("the template spec {name}").into())));
        }
        let body = |file: Result<(&'t str, &'t Tree), Unread>| {
            let (path, root) = file.map_err(|unread| (link.span, unread))?;
            if root.get("resources").is_none() {
                return unread(link.span, Reason::Failed(format!("{path} is no template").into()));
            }
            if env.scope.links >= MAX_LINKS {
                let circle = "templates that link each other in a circle";
                return unread(link.span, Reason::Bound(circle.into()));
            }
            self.linked.borrow_mut().insert(Arc::from(path));
            Ok(Body { root, linked: Some(path) })
        };
        let files = self.linked_files(env, link, &|root| takes_arguments(root, properties));
        files.into_iter().map(|of| Deployed { regions: of.regions, body: body(of.file) }).collect()
    }

    /// The template that a deployment deploys, if that is one in all worlds.
    fn body_of(&self, env: &Env<'t>, resource: &'t Tree) -> Option<Body<'t>> {
        match <[Deployed<'t>; 1]>::try_from(self.bodies_of(env, resource)) {
            Ok([Deployed { body, .. }]) => body.ok(),
            Err(_) => None,
        }
    }

    /// Where a nested deployment puts its resources.
    fn target(&self, env: &Env<'t>, resource: &'t Tree, around: &Rc<Target>) -> Rc<Target> {
        let given = |name: &str| {
            resource.get(name).map(|node| self.json(env, node, &Place::Code)).filter(|value| {
                // An empty or null scope is that of the deployment around.
                !matches!(value.single(), Some(Node::Null(_))) && value.as_str() != Some("")
            })
        };
        let (subscription, group) = (given("subscriptionId"), given("resourceGroup"));
        if subscription.is_none() && group.is_none() {
            return around.clone();
        }
        Rc::new(self.target_of(env, subscription, group, around))
    }

    /// What names mean inside a nested deployment: what they mean around it, unless its scope is inner, which
    /// that of a linked template always is.
    fn nested_env(
        &self,
        env: &Env<'t>,
        symbol: Option<&str>,
        resource: &'t Tree,
        body: Body<'t>,
        suffix: &str,
    ) -> Env<'t> {
        let properties = resource.get("properties");
        let inner = properties
            .and_then(|p| p.at(&["expressionEvaluationOptions", "scope"])?.as_str())
            .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
        let key = place_of(env, symbol, resource, suffix);
        let target = || self.target(env, resource, env.target());
        if !inner && body.linked.is_none() {
            return env.in_outer_scope(key, target());
        }
        if let Some(scope) = self.nested.borrow().get(&key) {
            return Env::of(scope.clone());
        }
        // Each scope has slots of its own for all that the template declares.
        let declared = ["parameters", "variables"].map(|section| body.root.get(section).map(Tree::members));
        self.affords(declared.iter().flatten().map(|members| members.len()).sum());
        let mut supplied = Vec::new();
        let arguments = properties.and_then(|p| p.get("parameters"));
        let computed = arguments.filter(|arguments| !arguments.is_object());
        let apart = properties.and_then(|p| p.get("parametersLink"));
        let apart = apart.map(|link| {
            let files = self.linked_files(env, link, &|root| root.get("resources").is_none());
            let file = match <[Linked<'t>; 1]>::try_from(files) {
                Ok([Linked { file, .. }]) => file.map_err(|unread| unread.reason),
                Err(_) => Err(Reason::Unsupported("a link to one of several files".into())),
            };
            (link.span, file)
        });
        if let Some((_, Ok((_, file)))) = &apart {
            supplied = supplied_by_file(file);
        }
        for member in body.root.get("parameters").map(Tree::members).unwrap_or_default() {
            let given = match (computed, &apart) {
                (Some(all), _) => Supplied::Member(all, env.clone()),
                (None, Some((span, Err(reason)))) => {
                    let atom =
                        Atom::new(format!("{key}?{}", member.name), format!("parameters('{}')", member.name));
                    let at = Provenance::written(*span);
                    Supplied::Unknown(Value::unknown(atom, reason.clone(), Certain::default(), at))
                }
                _ => continue,
            };
            supplied.push((member.name.clone(), given));
        }
        for member in arguments.map(Tree::members).unwrap_or_default() {
            let given = if let Some(value) = member.value.get("value") {
                Supplied::Argument(value, env.clone())
            } else if member.value.get("reference").is_some() {
                Supplied::Secret(member.value.span)
            } else if is_bare(&member.value) {
                Supplied::Bare(member.value.span)
            } else {
                // A loop that makes `value`, or an expression that makes all of it.
                Supplied::Wrapped(&member.value, env.clone())
            };
            supplied.push((member.name.clone(), given));
        }
        let mut scope = Scope::new(key.clone(), body.root, target(), supplied);
        scope.path = body.linked.unwrap_or(env.scope.path);
        scope.links = env.scope.links + usize::from(body.linked.is_some());
        scope.name = resource.get("name").map(|name| (env.clone(), name));
        let scope = Rc::new(scope);
        self.nested.borrow_mut().insert(key, scope.clone());
        Env::of(scope)
    }

    /// `reference(deployment).outputs.name.value` of a deployment in the same template, of which nothing but
    /// this output is evaluated. `base` is what stands before `.value`; `None` if it is something else.
    pub(super) fn deployment_output(
        &self,
        env: &Env<'t>,
        source: &str,
        base: &Expr,
        at: Span,
    ) -> Option<Value> {
        let (outputs, name) = member_of(base)?;
        let (reference, outputs) = member_of(outputs)?;
        let ExprKind::Call { namespace: None, name: function, args, .. } = &reference.kind else {
            return None;
        };
        if !outputs.eq_ignore_ascii_case("outputs") || !function.eq_ignore_ascii_case("reference") {
            return None;
        }
        let found = self.found(env, source, args.first()?)?;
        let output = found.body.root.at(&["outputs", name])?;
        let inside = self.nested_env(&found.env, found.symbol, found.resource, found.body, &found.suffix);
        // The deployment may not be deployed.
        let root = found.body.root;
        Some(self.perhaps(|| self.deeper(at, || self.given_back(&inside, root, name, output).passed(at))))
    }

    /// What a deployment gives back as an output of this name. The service never gives back a secret; it is asked
    /// for by `listOutputsWithSecureValues`, and is not looked at here either.
    fn given_back(&self, env: &Env<'t>, template: &Tree, name: &str, output: &'t Tree) -> Value {
        if !is_secure(template, output) {
            return self.output(env, output);
        }
        let key = format!("{}{}!{}", self.root, env.place(), output.span.start);
        let atom = Atom::new(key, format!("outputs('{name}')"));
        Value::unknown(atom, Reason::Secret, Certain::default(), Provenance::written(output.span))
    }

    /// An output's value.
    pub(super) fn output(&self, env: &Env<'t>, output: &'t Tree) -> Value {
        if let Some(value) = output.get("value") {
            return self.json(env, value, &Place::Code);
        }
        match output.get("copy").and_then(|copy| Some((copy, copy.get("count")?, copy.get("input")?))) {
            Some((copy, count, input)) => {
                let count = self.json(env, count, &Place::Code);
                self.looped(&count, copy.span, |index| {
                    let env = env.with(Binding::Loop { name: None, resource: true, index });
                    self.json(&env, input, &Place::Code)
                })
            }
            None => Value::null(Provenance::placed(output.span, Place::Missing)),
        }
    }

    /// `reference(deployment)` as a whole: its outputs are known as far as they are, the rest is not. `None`
    /// if the first argument names nothing of this template.
    pub(super) fn deployment_reference(
        &self,
        env: &Env<'t>,
        source: &str,
        args: &[Expr],
        at: Span,
    ) -> Option<Value> {
        let (of, rest) = args.split_first()?;
        let found = self.found(env, source, of)?;
        let key = place_of(&found.env, found.symbol, found.resource, &found.suffix);
        // What refers to itself on the way is left unknown.
        if !self.referring.borrow_mut().insert(key.clone()) {
            return None;
        }
        let inside = self.nested_env(&found.env, found.symbol, found.resource, found.body, &found.suffix);
        let mut outputs = BTreeMap::new();
        for output in found.body.root.get("outputs").map(Tree::members).unwrap_or_default() {
            let given = || self.given_back(&inside, found.body.root, &output.name, &output.value);
            let value = self.perhaps(|| self.deeper(at, given));
            let wrapped = BTreeMap::from([(Arc::from("value"), value)]);
            outputs.insert(output.name.clone(), Value::new(Node::map(wrapped), Provenance::written(at)));
        }
        self.referring.borrow_mut().remove(&key);
        let outputs = Value::new(Node::map(outputs), Provenance::written(at));
        let open = || {
            Some(Arc::new(Unknown {
                atom: Atom::new(format!("{}reference({key})", self.root), "reference()"),
                reason: Reason::RunTime(Arc::from("reference()")),
                certain: Certain::of_kind(Kind::Map),
            }))
        };
        let around = |name: &str, value: Value| {
            let entries = BTreeMap::from([(Arc::from(name), value)]);
            let map = Map { entries, open: open(), ..Map::default() };
            Value::new(Node::Map(Arc::new(map)), Provenance::written(at))
        };
        let properties = around("outputs", outputs);
        let full = rest.get(1).is_some_and(
            |what| matches!(&what.kind, ExprKind::String(text) if text.eq_ignore_ascii_case("Full")),
        );
        Some(if full { around("properties", properties) } else { properties })
    }

    /// The deployments among the resources of a template, with their symbolic names.
    fn deployments_in(&self, template: &'t Tree) -> Deployments<'t> {
        let address = std::ptr::from_ref(template.itself()).addr();
        if let Some(known) = self.deployments.borrow().get(&address) {
            return known.clone();
        }
        let is_deployment = |resource: &Tree| {
            let kind = resource.get("type").and_then(Tree::as_str);
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case(DEPLOYMENTS)) && !is_existing(resource)
        };
        let found: Deployments<'t> =
            resources_of(template).filter(|(_, resource)| is_deployment(resource)).collect();
        self.deployments.borrow_mut().insert(address, found.clone());
        found
    }

    /// The deployment of this template that the first argument of `reference()` names: by its resource id, by
    /// its name, or by its symbolic name.
    fn found(&self, env: &Env<'t>, source: &str, of: &Expr) -> Option<Found<'t>> {
        let wanted = match &of.kind {
            ExprKind::Call { namespace: None, name, args, .. }
                if name.to_ascii_lowercase().ends_with("resourceid") =>
            {
                let ours = |arg: &Expr| matches!(&arg.kind, ExprKind::String(t) if t.eq_ignore_ascii_case(DEPLOYMENTS));
                args.iter().any(ours).then(|| args.last())?.map(|last| self.expr(env, source, last))?
            }
            _ => self.expr(env, source, of),
        };
        let identity = |value: &Value| derived_atom("", "", &[value], None);
        let wanted_identity = OnceCell::new();
        // Names of resources are the same in any letter case.
        let is_wanted = |name: &Value| match (name.as_str(), wanted.as_str()) {
            (Some(name), Some(wanted)) => name.eq_ignore_ascii_case(wanted),
            _ => identity(name) == *wanted_identity.get_or_init(|| identity(&wanted)),
        };
        let around = Env::of(env.scope.clone());
        for &(symbol, resource) in &*self.deployments_in(env.scope.template) {
            self.affords(1);
            let copy = resource.get("copy").filter(|copy| copy.get("count").is_some());
            let in_loop = |index: Value| {
                let name = copy.and_then(|copy| copy.get("name")).and_then(Tree::as_str).map(Arc::from);
                around.with(Binding::Loop { name, resource: true, index })
            };
            let found = |env: Env<'t>, suffix: String| {
                let body = self.body_of(&env, resource)?;
                Some(Found { symbol, resource, body, env, suffix })
            };
            if let Some(symbol) = symbol {
                let rest = wanted.as_str().and_then(|text| text.strip_prefix(symbol));
                match (rest, copy) {
                    (Some(""), None) => return found(around, String::new()),
                    (Some(rest), Some(copy)) if rest.starts_with('[') => {
                        // One iteration of a loop: its index is written out.
                        let index: usize = rest.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
                        return found(in_loop(self.iteration(&around, copy, index)), rest.to_owned());
                    }
                    _ => {}
                }
                // An iteration of which the index is not known.
                if let (Some(Node::Unknown(unknown)), Some(_)) = (wanted.single(), copy)
                    && unknown.certain.prefix.as_deref() == Some(&*format!("{symbol}["))
                {
                    let index = ops::opaque(
                        "index-of",
                        label(source, of),
                        &[&wanted],
                        Certain::of_kind(Kind::Number),
                        of.span,
                    );
                    let suffix = format!("[{}]", unknown.atom.key());
                    return found(in_loop(index), suffix);
                }
                if wanted.as_str().is_some() {
                    continue;
                }
            }
            let Some(name) = resource.get("name") else { continue };
            let Some(copy) = copy else {
                if is_wanted(&self.json(&around, name, &Place::Code)) {
                    return found(around, String::new());
                }
                continue;
            };
            let count = copy.get("count").map(|count| self.json(&around, count, &Place::Code));
            let count = match count.as_ref().and_then(Value::single) {
                Some(Node::Number(number)) => number.as_i64().and_then(|n| usize::try_from(n).ok()),
                _ => None,
            };
            for index in 0..count.unwrap_or(0).min(MAX_CANDIDATES) {
                let env = in_loop(iterated(index, &[Region::everywhere()]));
                if is_wanted(&self.json(&env, name, &Place::Code)) {
                    return found(env, format!("[{index}]"));
                }
            }
        }
        None
    }

    /// The index of an iteration, in the worlds in which the loop gets so far.
    fn iteration(&self, around: &Env<'t>, copy: &'t Tree, index: usize) -> Value {
        let count = copy.get("count").map(|count| self.json(around, count, &Place::Code).split_domains());
        let longer = |node: &Node| match node {
            Node::Number(count) => {
                count.as_i64().is_some_and(|count| usize::try_from(count).is_ok_and(|n| n > index))
            }
            _ => true,
        };
        let regions: Vec<Region> = count
            .iter()
            .flat_map(|count| count.alternatives())
            .filter(|alternative| longer(&alternative.node))
            .map(|alternative| alternative.region.clone())
            .collect();
        if regions.is_empty() { iterated(index, &[Region::everywhere()]) } else { iterated(index, &regions) }
    }
}

/// What tells a deployment's instances apart within one evaluation.
fn place_of(env: &Env<'_>, symbol: Option<&str>, resource: &Tree, suffix: &str) -> String {
    let place = match symbol {
        Some(symbol) => symbol.to_owned(),
        None => resource.span.start.to_string(),
    };
    format!("{}/{place}{suffix}", env.place())
}

/// `base.name` or `base['name']`.
pub(super) fn member_of(expr: &Expr) -> Option<(&Expr, &str)> {
    match &expr.kind {
        ExprKind::Property { base, name, .. } => Some((base, name)),
        ExprKind::Index { base, index, .. } => match &index.kind {
            ExprKind::String(name) => Some((base, name)),
            _ => None,
        },
        _ => None,
    }
}
