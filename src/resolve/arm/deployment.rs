//! Nested and linked deployments: what they are given, where they put things, and what they give back.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::eval::{Deployments, Evaluator, label};
use super::expr::{Expr, ExprKind};
use super::functions::{self, Chunk};
use super::scope::{Binding, Env, Scope, Supplied, Target, is_bare, is_secure, supplied_by_file};
use super::template::{
    DEPLOYMENTS, Instance, MAX_PIECES_DEPTH, Placement, is_existing, iterated, readable, resources_of,
    template_of,
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
        let body = match self.body_of(&instance.env, resource) {
            Ok(body) => body,
            Err((span, reason)) => {
                let properties = resource.get("properties");
                let kept = properties
                    .and_then(|p| p.get("template"))
                    .and_then(|template| self.template_in_variable(&instance.env, template));
                // A template that Bicep loads from a file and that deploys nothing of ours.
                if kept.is_none_or(|kept| self.concern.is_in(kept)) {
                    let unresolved = self.unresolved(placement, span, reason);
                    out.unresolved.push(Unresolved { given_pools: is_given_pools(resource), ..unresolved });
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
        let env = self.nested_env(&instance.env, symbol, resource, body, &instance.suffix);
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
        Unresolved { root, scenario: placement.scenario.clone(), span, reason, given_pools: false }
    }

    /// The template that a deployment deploys, or where it is named and why it is not read.
    fn body_of(&self, env: &Env<'t>, resource: &'t Tree) -> Result<Body<'t>, (Span, Reason)> {
        if let Some(root) = template_of(resource) {
            return Ok(Body { root, linked: None });
        }
        let Some(link) = resource.get("properties").and_then(|p| p.get("templateLink")) else {
            return Err((resource.span, Reason::Unsupported("a template that is computed".into())));
        };
        if let Some(id) = link.get("id") {
            let name = id.as_str().or_else(|| Some(id.as_expression()?.source())).unwrap_or_default();
            return Err((link.span, Reason::Absent(format!("the template spec {name}").into())));
        }
        let (path, root) = self.linked_file(env, link).map_err(|reason| (link.span, reason))?;
        if root.get("resources").is_none() {
            return Err((link.span, Reason::Failed(format!("{path} is no template").into())));
        }
        if env.scope.links >= MAX_LINKS {
            return Err((link.span, Reason::Bound("templates that link each other in a circle".into())));
        }
        self.linked.borrow_mut().insert(Arc::from(path));
        Ok(Body { root, linked: Some(path) })
    }

    /// The file that a link names by a path relative to the template.
    fn linked_file(&self, env: &Env<'t>, link: &'t Tree) -> Result<(&'t str, &'t Tree), Reason> {
        let Some(target) = link.get("relativePath").or_else(|| link.get("uri")) else {
            return Err(Reason::Unsupported("a template that is computed".into()));
        };
        let named = target.as_str().or_else(|| Some(target.as_expression()?.source())).unwrap_or_default();
        let absent = || Reason::Absent(Arc::from(named));
        let path = match link.get("relativePath") {
            Some(path) => {
                self.json(env, path, &Place::Code).as_str().and_then(|path| joined(env.scope.path, path))
            }
            None => self.code(target).and_then(|code| {
                let path = self.located(env, &code.source, &code.expr)?;
                // Behind the path there may be an access token.
                joined("", path.split('?').next().unwrap_or_default())
            }),
        };
        let path = path.ok_or_else(absent)?;
        let Some((path, root)) = self.library.get_key_value(path.as_str()) else {
            self.missing.borrow_mut().insert(path.into());
            return Err(absent());
        };
        Ok((path, root))
    }

    /// The path of the file that a URL names if it starts from where a template of this deployment lies:
    /// `uri(deployment().properties.templateLink.uri, 'x.json')`, or by the convention of Azure's quick-starts
    /// `concat(parameters('_artifactsLocation'), '/x.json', parameters('_artifactsLocationSasToken'))`. A folder
    /// ends in a slash. None for any other URL.
    fn located(&self, env: &Env<'t>, source: &str, expr: &Expr) -> Option<String> {
        self.deeper_or(expr.span, None, || {
            if is_own_url(expr) {
                return Some(env.scope.path.to_owned());
            }
            if let Some(node) = self.part_of_variable(env, expr) {
                let code = self.code(node)?;
                return self.located(&Env::of(env.scope.clone()), &code.source, &code.expr);
            }
            let ExprKind::Call { namespace: None, name, args, .. } = &expr.kind else { return None };
            match (name.to_ascii_lowercase().as_str(), args.as_slice()) {
                ("parameters", [Expr { kind: ExprKind::String(name), .. }]) => {
                    let (given, around) = match env.scope.argument(name) {
                        Some((node, env)) => (Some(node), env),
                        None if name.eq_ignore_ascii_case("_artifactsLocation") => {
                            return Some(folder_of(env.scope.path).to_owned());
                        }
                        None => (env.scope.default_of(name), Env::of(env.scope.clone())),
                    };
                    let code = self.code(given?)?;
                    self.located(&around, &code.source, &code.expr)
                }
                // It keeps what precedes the last slash of the first text.
                ("uri", [base, rest]) => {
                    let base = self.located(env, source, base)?;
                    let rest = self.rest_of_url(env, source, [rest])?;
                    Some(format!("{}{}", folder_of(&base), if rest == "." { "" } else { &rest }))
                }
                ("concat", [base, rest @ ..]) => {
                    let base = self.located(env, source, base)?;
                    Some(base + &self.rest_of_url(env, source, rest)?)
                }
                ("format", [Expr { kind: ExprKind::String(pattern), .. }, base, rest @ ..])
                    if pattern.starts_with("{0}") && pattern.matches("{0}").count() == 1 =>
                {
                    let base = self.located(env, source, base)?;
                    let mut end = String::new();
                    for chunk in functions::chunks(pattern)?.into_iter().skip(1) {
                        match chunk {
                            Chunk::Text(text) => end.push_str(&text),
                            Chunk::Hole { index, width: 0, spec } if spec.is_empty() => {
                                let hole = rest.get(index.checked_sub(1)?)?;
                                match self.expr(env, source, hole).as_str() {
                                    Some(text) => end.push_str(text),
                                    None if is_file(&end) => break,
                                    None => return None,
                                }
                            }
                            Chunk::Hole { .. } => return None,
                        }
                    }
                    Some(base + &end)
                }
                ("replace", [base, old, new]) => {
                    let base = self.located(env, source, base)?;
                    let (old, new) = (self.expr(env, source, old), self.expr(env, source, new));
                    Some(base.replace(old.as_str().filter(|old| !old.is_empty())?, new.as_str()?))
                }
                _ => None,
            }
        })
    }

    /// What follows where a URL starts. What is not known behind the whole name of a file is an access token.
    fn rest_of_url<'e>(
        &self,
        env: &Env<'t>,
        source: &str,
        parts: impl IntoIterator<Item = &'e Expr>,
    ) -> Option<String> {
        let pieces = self.pieces(env, source, parts, MAX_PIECES_DEPTH)?;
        let mut rest = String::new();
        for piece in &pieces {
            match piece.as_str() {
                Some(text) => rest.push_str(text),
                None if is_file(&rest) => break,
                None => return None,
            }
        }
        Some(rest)
    }

    /// The JSON that `variables('a').b['c']` names.
    fn part_of_variable(&self, env: &Env<'t>, expr: &Expr) -> Option<&'t Tree> {
        match &expr.kind {
            ExprKind::Call { namespace: None, name, args, .. } if name.eq_ignore_ascii_case("variables") => {
                match args.as_slice() {
                    [Expr { kind: ExprKind::String(name), .. }] => self.variable_json(&env.scope, name),
                    _ => None,
                }
            }
            _ => {
                let (base, name) = member_of(expr)?;
                self.part_of_variable(env, base)?.get(name)
            }
        }
    }

    /// The JSON of a template that is kept in a variable. Bicep does so with templates that it loads.
    fn template_in_variable(&self, env: &Env<'t>, template: &'t Tree) -> Option<&'t Tree> {
        self.part_of_variable(env, &self.code(template)?.expr)
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
        Rc::new(Target {
            subscription: subscription.or_else(|| around.subscription.clone()),
            group: group.or_else(|| around.group.clone()),
        })
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
        let apart = apart.map(|link| (link.span, self.linked_file(env, link)));
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
                let body = self.body_of(&env, resource).ok()?;
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
        let count = copy.get("count").map(|count| self.json(around, count, &Place::Code));
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

/// The path of a file by its path relative to another file, `/` between the parts; `None` if it leads out of
/// what is above both.
fn joined(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The part of a path before its last slash, and the slash.
fn folder_of(path: &str) -> &str {
    path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or_default()
}

fn is_file(url: &str) -> bool {
    url.ends_with(".json")
}

/// Whether this is `deployment().properties.templateLink.uri`.
fn is_own_url(expr: &Expr) -> bool {
    let base = ["uri", "templateLink", "properties"].iter().try_fold(expr, |expr, wanted| {
        member_of(expr).filter(|(_, name)| name.eq_ignore_ascii_case(wanted)).map(|(base, _)| base)
    });
    matches!(
        base.map(|base| &base.kind),
        Some(ExprKind::Call { namespace: None, name, args, .. })
            if name.eq_ignore_ascii_case("deployment") && args.is_empty()
    )
}

/// `base.name` or `base['name']`.
fn member_of(expr: &Expr) -> Option<(&Expr, &str)> {
    match &expr.kind {
        ExprKind::Property { base, name, .. } => Some((base, name)),
        ExprKind::Index { base, index, .. } => match &index.kind {
            ExprKind::String(name) => Some((base, name)),
            _ => None,
        },
        _ => None,
    }
}
