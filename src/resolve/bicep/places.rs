//! Names, ids and scopes of resources and modules, and what is asked of them elsewhere.

use super::ir::{self, append, call, string, to_call};
use super::lower::{Lower, Scope};
use super::model::{Declared, Symbol, Target};
use crate::resolve::arm::expr::{Expr as Arm, ExprKind as ArmKind};
use crate::source::Span;
use crate::syntax::bicep::{Expr, ExprKind};

/// The type of nested deployments.
pub(super) const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";
/// The version of the API by which nested deployments are written.
pub(super) const DEPLOYMENTS_VERSION: &str = "2025-04-01";

/// Resources are parts of each other at most so deep.
const MAX_ANCESTORS: usize = 16;
/// A type of resources has at most so many segments; those of Azure have a handful.
const MAX_SEGMENTS: usize = 16;

/// Where a resource or module is deployed.
pub(super) enum Place<'u> {
    Tenant,
    ManagementGroup(Option<Arm>),
    Subscription(Option<Arm>),
    ResourceGroup(Option<Arm>, Option<Arm>),
    /// As an extension of a resource: which, and the names in force in it.
    Resource(usize, Scope<'u>),
}

impl<'u> Lower<'_, 'u> {
    /// The names in force inside a resource that is spoken of from `scope`; `index` picks one of several.
    pub fn names_in_resource(&self, place: usize, index: Option<&'u Expr>, scope: &Scope<'u>) -> Scope<'u> {
        let index = index.map(|index| self.arm(index, scope));
        self.inside_resource(place, index)
    }

    /// The names in force inside a resource; its loop stands at `index`, or at the index of the template's loop.
    pub fn inside_resource(&self, place: usize, index: Option<Arm>) -> Scope<'u> {
        let mut chain = vec![place];
        let mut outer = self.model.resources.get(place).and_then(|resource| resource.within);
        while let Some(place) = outer.filter(|_| chain.len() < MAX_ANCESTORS) {
            chain.push(place);
            outer = self.model.resources.get(place).and_then(|resource| resource.within);
        }
        let mut inside = Scope::default();
        for place in chain.into_iter().rev() {
            let Some(resource) = self.model.resources.get(place) else { continue };
            inside.within = Some(place);
            inside = self.inside_declared(resource, index.clone(), &inside);
        }
        inside
    }

    fn inside_declared(&self, of: &Declared<'u>, index: Option<Arm>, scope: &Scope<'u>) -> Scope<'u> {
        let body = &of.syntax.body;
        let index = index.unwrap_or_else(|| call(body.span, "copyIndex", vec![]));
        self.inside_loop(body, index, scope)
    }

    /// The names in force inside a module.
    pub fn inside_module(&self, place: usize, index: Option<Arm>) -> Scope<'u> {
        match self.model.modules.get(place) {
            Some(module) => self.inside_declared(module, index, &Scope::default()),
            None => Scope::default(),
        }
    }

    /// The resources that a resource is a part of, outermost first, with the names in force in each.
    fn ancestors(&self, place: usize, inside: &Scope<'u>) -> Vec<(usize, Scope<'u>)> {
        let mut ancestors: Vec<(usize, Scope<'u>)> = Vec::new();
        let (mut place, mut scope) = (place, inside.clone());
        while let Some((parent, index)) = self.model.parent(place) {
            if ancestors.len() >= MAX_ANCESTORS || ancestors.iter().any(|(known, _)| *known == parent) {
                break;
            }
            let outer = match index {
                Some(_) => self.names_in_resource(parent, index, &scope),
                // A resource within a looped one is in the same loop.
                None => self.inside_resource(parent, None),
            };
            ancestors.push((parent, outer.clone()));
            (place, scope) = (parent, outer);
        }
        ancestors.reverse();
        ancestors
    }

    fn own_name(&self, place: usize, inside: &Scope<'u>) -> Arm {
        let resource = self.model.resources.get(place);
        match resource.and_then(|resource| resource.property(self.model.unit, "name")) {
            Some(name) => self.expand(name.span, name, inside).into_expr(),
            None => {
                let span = resource.map_or(self.nowhere(), |resource| resource.syntax.body.span);
                ir::unknown(span, "the resource has no name")
            }
        }
    }

    pub fn nowhere(&self) -> Span {
        Span::new(self.model.unit.file, 0, 0)
    }

    /// The segments of a resource's name, one for each of its type.
    fn name_segments(&self, place: usize, inside: &Scope<'u>) -> Vec<Arm> {
        let Some(resource) = self.model.resources.get(place) else { return Vec::new() };
        let own = self.own_name(place, inside);
        let types = resource.ty.split('/').count().saturating_sub(1);
        if types > MAX_SEGMENTS {
            let why = "its type has more segments than types have";
            return vec![ir::unknown(own.span, why)];
        }
        let split = |name: Arm, count: usize| {
            let span = name.span;
            if !self.bounds.afford(count * ir::size(&name)) {
                return vec![ir::unknown(span, "written out, this is too large")];
            }
            let parts = call(span, "split", vec![name, string(span, "/")]);
            let part = move |at: usize| append(span, parts.clone(), ir::expr(span, ArmKind::Int(at as i64)));
            (0..count).map(part).collect::<Vec<_>>()
        };
        let ancestors = self.ancestors(place, inside);
        if ancestors.is_empty() {
            return if types <= 1 { vec![own] } else { split(own, types) };
        }
        let first = types.saturating_sub(ancestors.len());
        let mut segments = Vec::new();
        for (at, (ancestor, scope)) in ancestors.iter().enumerate() {
            let name = self.own_name(*ancestor, scope);
            match at {
                0 if first > 1 => segments.extend(split(name, first)),
                _ => segments.push(name),
            }
        }
        segments.push(own);
        segments
    }

    /// The name by which a template deploys a resource: with those of the resources it is a part of.
    pub fn full_name(&self, place: usize, inside: &Scope<'u>) -> Arm {
        if self.model.parent(place).is_none() {
            return self.own_name(place, inside);
        }
        let segments = self.name_segments(place, inside);
        let format: Vec<String> = (0..segments.len()).map(|at| format!("{{{at}}}")).collect();
        let span = segments.last().map_or(self.nowhere(), |last| last.span);
        let mut args = vec![string(span, format.join("/"))];
        args.extend(segments);
        call(span, "format", args)
    }

    /// Where a resource is deployed.
    pub fn place_of_resource(&self, place: usize, inside: &Scope<'u>) -> Place<'u> {
        let ancestors = self.ancestors(place, inside);
        let (root, scope) = ancestors.first().map_or((place, inside), |(root, scope)| (*root, scope));
        let resource = self.model.resources.get(root);
        let written = resource.and_then(|resource| resource.property(self.model.unit, "scope"));
        written.and_then(|written| self.place(written, scope, 0)).unwrap_or_else(|| self.target())
    }

    /// Where a module is deployed.
    pub fn place_of_module(&self, place: usize, inside: &Scope<'u>) -> Place<'u> {
        let module = self.model.modules.get(place);
        let written = module.and_then(|module| module.property(self.model.unit, "scope"));
        written.and_then(|written| self.place(written, inside, 0)).unwrap_or_else(|| self.target())
    }

    fn target(&self) -> Place<'u> {
        match self.model.target {
            Target::Tenant => Place::Tenant,
            Target::ManagementGroup => Place::ManagementGroup(None),
            Target::Subscription => Place::Subscription(None),
            Target::ResourceGroup => Place::ResourceGroup(None, None),
        }
    }

    /// The place that the value of a `scope` means.
    fn place(&self, written: &'u Expr, scope: &Scope<'u>, depth: usize) -> Option<Place<'u>> {
        if depth > MAX_ANCESTORS {
            return None;
        }
        let written = written.bare();
        if let Some((place, index)) = self.model.resource_of(written, scope.within) {
            let resource = self.model.resources.get(place)?;
            let inside = self.names_in_resource(place, index, scope);
            if resource.ty.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
                let outer = resource.property(self.model.unit, "scope");
                let subscription = match outer.and_then(|outer| self.place(outer, &inside, depth + 1)) {
                    Some(Place::Subscription(subscription)) => subscription,
                    _ => None,
                };
                return Some(Place::ResourceGroup(subscription, Some(self.own_name(place, &inside))));
            }
            if resource.ty.eq_ignore_ascii_case("Microsoft.Management/managementGroups") {
                return Some(Place::ManagementGroup(Some(self.own_name(place, &inside))));
            }
            return Some(Place::Resource(place, inside));
        }
        match &written.kind {
            ExprKind::Call(of) => {
                let mut args = of.args.iter().map(|arg| self.arm(arg, scope));
                let (first, second) = (args.next(), args.next());
                Some(match of.name?.text(self.text()) {
                    "tenant" => Place::Tenant,
                    "managementGroup" => Place::ManagementGroup(first),
                    "subscription" => Place::Subscription(first),
                    "resourceGroup" => match second {
                        Some(group) => Place::ResourceGroup(first, Some(group)),
                        None => Place::ResourceGroup(None, first),
                    },
                    _ => return None,
                })
            }
            ExprKind::Symbol(name) => match self.model.symbol(name.text(self.text()), scope.within)? {
                Symbol::Variable(value) => self.place(value, &Scope::default(), depth + 1),
                _ => None,
            },
            _ => None,
        }
    }

    /// The full id of a resource.
    pub fn resource_id(&self, span: Span, place: usize, inside: &Scope<'u>) -> Arm {
        let Some(resource) = self.model.resources.get(place) else { return call(span, "null", vec![]) };
        let segments = self.name_segments(place, inside);
        self.qualified(span, self.place_of_resource(place, inside), &resource.ty, segments, 0)
    }

    fn qualified(&self, span: Span, place: Place<'u>, ty: &str, segments: Vec<Arm>, depth: usize) -> Arm {
        let with = |mut args: Vec<Arm>, name: &str| {
            args.push(string(span, ty));
            args.extend(segments.clone());
            call(span, name, args)
        };
        match place {
            Place::Tenant => with(vec![], "tenantResourceId"),
            Place::Subscription(subscription) => {
                with(subscription.into_iter().collect(), "subscriptionResourceId")
            }
            Place::ResourceGroup(None, None) => with(vec![], "resourceId"),
            Place::ResourceGroup(subscription, group) => {
                let subscription = subscription.unwrap_or_else(|| {
                    append(span, call(span, "subscription", vec![]), string(span, "subscriptionId"))
                });
                let mut args = vec![string(span, "/subscriptions/{0}/resourceGroups/{1}"), subscription];
                args.extend(group);
                with(vec![call(span, "format", args)], "extensionResourceId")
            }
            Place::ManagementGroup(name) => {
                let scope = match name {
                    Some(name) => self.management_group(span, name, true),
                    None => append(span, call(span, "managementGroup", vec![]), string(span, "id")),
                };
                with(vec![scope], "extensionResourceId")
            }
            Place::Resource(of, inside) => {
                if depth > MAX_ANCESTORS {
                    let why = "resources extend each other in a circle";
                    return ir::unknown(span, why);
                }
                let ty = self.model.resources.get(of).map_or("", |resource| resource.ty.as_str());
                let segments = self.name_segments(of, &inside);
                let scope =
                    self.qualified(span, self.place_of_resource(of, &inside), ty, segments, depth + 1);
                with(vec![scope], "extensionResourceId")
            }
        }
    }

    fn management_group(&self, span: Span, name: Arm, full: bool) -> Arm {
        const TYPE: &str = "Microsoft.Management/managementGroups";
        if full {
            return call(span, "tenantResourceId", vec![string(span, TYPE), name]);
        }
        call(span, "format", vec![string(span, format!("{TYPE}/{{0}}")), name])
    }

    /// The properties that say where something is deployed.
    pub fn place_properties(&self, span: Span, place: Place<'u>) -> Vec<(&'static str, Arm)> {
        let target = self.model.target;
        match place {
            Place::Resource(of, inside) => vec![("scope", self.resource_id(span, of, &inside))],
            Place::Tenant if target != Target::Tenant => vec![("scope", string(span, "/"))],
            Place::ManagementGroup(Some(name)) => {
                let full = !matches!(target, Target::Tenant | Target::ManagementGroup);
                vec![("scope", self.management_group(span, name, full))]
            }
            Place::Subscription(Some(subscription)) => vec![("subscriptionId", subscription)],
            Place::Subscription(None) if target == Target::ResourceGroup => {
                let own = append(span, call(span, "subscription", vec![]), string(span, "subscriptionId"));
                vec![("subscriptionId", own)]
            }
            Place::ResourceGroup(subscription, group) => {
                let subscription = subscription.map(|subscription| ("subscriptionId", subscription));
                subscription.into_iter().chain(group.map(|group| ("resourceGroup", group))).collect()
            }
            Place::Tenant | Place::ManagementGroup(None) | Place::Subscription(None) => vec![],
        }
    }

    /// The condition of a resource, together with those of the resources that it is written within.
    pub fn condition(&self, place: usize, inside: &Scope<'u>) -> Option<Arm> {
        let mut conditions = Vec::new();
        let mut next = Some(place);
        while let Some(resource) = next.and_then(|place| self.model.resources.get(place)) {
            // A loop around a condition belongs to the resource itself only.
            if next == Some(place) || resource.looped.is_none() {
                conditions.extend(resource.condition);
            }
            next = resource.within;
        }
        let mut conditions = conditions.into_iter().rev().map(|condition| self.arm(condition, inside));
        let first = conditions.next()?;
        Some(conditions.fold(first, |left, right| call(right.span, "and", vec![left, right])))
    }

    pub fn resource_property(
        &self,
        span: Span,
        place: usize,
        index: Option<&'u Expr>,
        name: &str,
        safe: bool,
        scope: &Scope<'u>,
    ) -> Arm {
        let Some(resource) = self.model.resources.get(place) else { return call(span, "null", vec![]) };
        if !resource.azure {
            let reference = self.reference(span, place, index, scope, false);
            return match safe {
                true => call(span, "tryGet", vec![reference, string(span, name)]),
                false => append(span, reference, string(span, name)),
            };
        }
        let inside = self.names_in_resource(place, index, scope);
        let guard = |value: Arm| match self.condition(place, &inside).filter(|_| safe) {
            Some(condition) => call(span, "if", vec![condition, value, call(span, "null", vec![])]),
            None => value,
        };
        let access = |value: Arm| match safe {
            true => call(span, "tryGet", vec![guard(value), string(span, name)]),
            false => append(span, value, string(span, name)),
        };
        match name {
            "id" => guard(self.resource_id(span, place, &inside)),
            "name" => guard(self.own_name(place, &inside)),
            "type" => string(span, resource.ty.clone()),
            "apiVersion" => string(span, resource.version.clone().unwrap_or_default()),
            "properties" if !safe => self.reference(span, place, index, scope, false),
            _ => access(self.reference(span, place, index, scope, true)),
        }
    }

    pub fn module_reference(
        &self,
        span: Span,
        place: usize,
        index: Option<&'u Expr>,
        scope: &Scope<'u>,
    ) -> Arm {
        let Some(module) = self.model.modules.get(place) else { return call(span, "null", vec![]) };
        let collection = module.is_collection() && index.is_none();
        let name = if collection { "references" } else { "reference" };
        if self.symbolic || collection {
            return call(span, name, vec![self.symbol_reference(span, module.name, index, scope)]);
        }
        let id = self.module_id(span, place, index, scope);
        call(span, name, vec![id, string(span, DEPLOYMENTS_VERSION)])
    }

    fn module_id(&self, span: Span, place: usize, index: Option<&'u Expr>, scope: &Scope<'u>) -> Arm {
        let index = index.map(|index| self.arm(index, scope));
        let inside = self.inside_module(place, index.clone());
        let name = self.module_name(place, index, &inside);
        self.qualified(span, self.place_of_module(place, &inside), DEPLOYMENTS, vec![name], 0)
    }

    /// The name of a module's deployment: its own, or the one that Bicep makes up.
    pub fn module_name(&self, place: usize, index: Option<Arm>, inside: &Scope<'u>) -> Arm {
        let Some(module) = self.model.modules.get(place) else {
            return call(self.nowhere(), "null", vec![]);
        };
        if let Some(name) = module.property(self.model.unit, "name") {
            return self.expand(name.span, name, inside).into_expr();
        }
        let span = module.syntax.ty.span;
        let deployment = append(span, call(span, "deployment", vec![]), string(span, "name"));
        let unique = call(span, "uniqueString", vec![string(span, module.name), deployment]);
        // A deployment's name has 64 characters, of which 13 are the hash, 3 the index, and dashes.
        let room = if module.is_collection() { 64 - 13 - 3 - 2 } else { 64 - 13 - 1 };
        let prefix: String = module.name.chars().take(room).collect();
        if module.is_collection() {
            let index = index.unwrap_or_else(|| call(span, "copyIndex", vec![]));
            return call(span, "format", vec![string(span, format!("{prefix}-{{0}}-{{1}}")), index, unique]);
        }
        call(span, "format", vec![string(span, format!("{prefix}-{{0}}")), unique])
    }

    pub fn module_property(
        &self,
        span: Span,
        place: usize,
        index: Option<&'u Expr>,
        name: &str,
        safe: bool,
        scope: &Scope<'u>,
    ) -> Arm {
        match name {
            "name" => {
                let index = index.map(|index| self.arm(index, scope));
                let inside = self.inside_module(place, index.clone());
                self.module_guard(span, place, safe, &inside, self.module_name(place, index, &inside))
            }
            "outputs" => {
                let secret = self.secret_outputs(place).is_some_and(|secrets| !secrets.is_empty());
                self.module_outputs(span, place, index, safe, secret, scope)
            }
            _ => ir::unknown(span, format!("modules have no `{name}`")),
        }
    }

    fn module_guard(&self, span: Span, place: usize, safe: bool, inside: &Scope<'u>, value: Arm) -> Arm {
        let condition = self.model.modules.get(place).and_then(|module| module.condition);
        match condition.filter(|_| safe) {
            Some(condition) => {
                call(span, "if", vec![self.arm(condition, inside), value, call(span, "null", vec![])])
            }
            None => value,
        }
    }

    /// `module.outputs`; secret outputs are listed instead.
    pub fn module_outputs(
        &self,
        span: Span,
        place: usize,
        index: Option<&'u Expr>,
        safe: bool,
        secret: bool,
        scope: &Scope<'u>,
    ) -> Arm {
        let inside = self.inside_module(place, index.map(|index| self.arm(index, scope)));
        if secret {
            let name = self.model.modules.get(place).map_or("", |module| module.name);
            let target = match self.symbolic {
                true => self.symbol_reference(span, name, index, scope),
                false => self.module_id(span, place, index, scope),
            };
            let args = vec![target, string(span, DEPLOYMENTS_VERSION)];
            let list = call(span, "listOutputsWithSecureValues", args);
            return self.module_guard(span, place, safe, &inside, list);
        }
        let reference = self.module_reference(span, place, index, scope);
        if !safe {
            return append(span, to_call(reference), string(span, "outputs"));
        }
        let guarded = self.module_guard(span, place, safe, &inside, reference);
        call(span, "tryGet", vec![guarded, string(span, "outputs")])
    }
}
