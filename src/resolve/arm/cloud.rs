//! Functions that only the deployment can answer, and resource ids, which are known as far as their parts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::eval::Evaluator;
use super::functions::{self, Label, Site};
use super::scope::{Env, Target};
use crate::source::Span;
use crate::value::{Atom, Certain, Kind, Map, Node, Place, Provenance, Reason, Unknown, Value, derived_atom};

impl<'t> Evaluator<'t> {
    /// Calls such a function; `None` if it is another one.
    pub(super) fn of_cloud(&self, env: &Env<'t>, site: &Site<'_>, args: &[Value]) -> Option<Value> {
        if let Some((members, of)) = usual_members(env, site.name) {
            let name = if site.name == "resourcegroup" { env.scope.target.group.clone() } else { None };
            return Some(self.cloud_object(site, &of, members, name));
        }
        let value = match site.name {
            "deployment" => {
                let name = env.scope.name.as_ref().map(|(around, name)| match self.code(name) {
                    Some(code) => self.expr(around, &code.source, &code.expr),
                    None => self.json(around, name, &Place::Code),
                });
                self.cloud_object(site, &env.scope.key, &["name", "location"], name)
            }
            "resourceid"
            | "subscriptionresourceid"
            | "tenantresourceid"
            | "managementgroupresourceid"
            | "extensionresourceid" => self.resource_id(env, site, args),
            "newguid" => {
                let certain =
                    Certain { min_length: 36, max_length: Some(36), ..Certain::of_kind(Kind::String) };
                self.at_run_time(env, site, args, certain)
            }
            "externalinputs" => self.external_input(env, site, args),
            "utcnow" => self.at_run_time(env, site, args, Certain::of_kind(Kind::String)),
            "reference" | "references" | "resourceinfo" | "pickzones" | "providers" | "roledefinitions"
            | "externalinput" | "exists" | "existingresource" | "tologicalzone" | "tologicalzones"
            | "tophysicalzone" | "tophysicalzones" => {
                self.at_run_time(env, site, args, Certain { not_null: true, ..Certain::default() })
            }
            name if name.starts_with("list") => {
                self.at_run_time(env, site, args, Certain { not_null: true, ..Certain::default() })
            }
            _ => return None,
        };
        Some(value)
    }

    /// Something that is known only once deployed: the same call with the same arguments is the same thing.
    fn at_run_time(&self, env: &Env<'t>, site: &Site<'_>, args: &[Value], certain: Certain) -> Value {
        let inputs: Vec<&Value> = args.iter().collect();
        let function = format!("{}|{}|{}", self.root, env.scope.target.key(), site.name);
        let atom = derived_atom(&function, site.label, &inputs, None);
        let provenance = Provenance::computed(site.at, args.iter().map(Value::provenance));
        Value::unknown(atom, Reason::RunTime(Arc::from(site.label)), certain, provenance)
    }

    /// What the tool that deploys was asked for, in a parameter file: `externalInputs` has what it answered and
    /// `externalInputDefinitions` what it is to be asked. Source: Bicep's compiler, which writes such files
    /// (`ParametersJsonWriter`, `ParametersProcessor`).
    fn external_input(&self, env: &Env<'t>, site: &Site<'_>, args: &[Value]) -> Value {
        let file = env.scope.template;
        let Some(key) = args.first().and_then(Value::as_str) else {
            return self.at_run_time(env, site, args, Certain::default());
        };
        if let Some(answer) = file.at(&["externalInputs", key, "value"]) {
            return self.json(env, answer, &Place::Code);
        }
        let definition = file.at(&["externalInputDefinitions", key]);
        let named = |name| definition.and_then(|definition| definition.get(name)?.as_str());
        let label = match (named("kind"), named("config")) {
            (Some(kind), Some(config)) => format!("externalInput('{kind}', '{config}')"),
            (Some(kind), None) => format!("externalInput('{kind}')"),
            (None, _) => site.label.to_string(),
        };
        let atom = Atom::new(format!("{}|{}|{}|{key}", self.root, site.name, file.span.file.0), &*label);
        let reason = Reason::RunTime(Arc::from(label));
        Value::unknown(atom, reason, Certain::default(), Provenance::written(site.at))
    }

    /// An object of the cloud, its usual members certain to be strings.
    fn cloud_object(&self, site: &Site<'_>, of: &str, members: &[&str], name: Option<Value>) -> Value {
        let object = self.cloud_atom(site, of);
        let reason = Reason::RunTime(Arc::from(site.label));
        let provenance = Provenance::written(site.at);
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for member in members {
            let value = cloud_member(&object, member, &reason, &provenance);
            entries.insert(Arc::from(*member), value);
        }
        if let Some(name) = name {
            entries.insert(Arc::from("name"), name);
        }
        let open = Unknown { atom: object, reason, certain: Certain::of_kind(Kind::Map) };
        let map = Map { entries, open: Some(Arc::new(open)), ..Map::default() };
        Value::new(Node::Map(Arc::new(map)), provenance)
    }

    /// A usual member of an object of the cloud, as `resourceGroup().location`: the same as that member of the
    /// [object](Evaluator::cloud_object), without the others. `None` if it is anything else.
    pub(super) fn cloud_property(
        &self,
        env: &Env<'t>,
        site: &Site<'_>,
        name: &str,
        at: Span,
    ) -> Option<Value> {
        let (members, of) = usual_members(env, site.name)?;
        let member = members.iter().find(|member| member.eq_ignore_ascii_case(name))?;
        // The name of the resource group may be known.
        if *member == "name" && site.name == "resourcegroup" && env.scope.target.group.is_some() {
            return None;
        }
        let reason = Reason::RunTime(Arc::from(site.label));
        let provenance = Provenance::written(site.at);
        Some(cloud_member(&self.cloud_atom(site, &of), member, &reason, &provenance).passed(at))
    }

    /// The identity of an object of the cloud.
    fn cloud_atom(&self, site: &Site<'_>, of: &str) -> Atom {
        Atom::new(self.cloud_key(site.name, of), site.label.to_string())
    }

    fn cloud_key(&self, function: &str, of: &str) -> String {
        format!("{}|{of}|{function}", self.root)
    }

    /// Whether this is the member of the object of the cloud that a function gives, both in lower case, as
    /// `subscription().subscriptionId`; `of` tells one such object from another.
    fn is_cloud_member(&self, value: &Value, function: &str, of: &str, member: &str) -> bool {
        let Some(Node::Unknown(unknown)) = value.single() else { return false };
        let object = unknown.atom.key().strip_suffix(member).and_then(|key| key.strip_suffix('.'));
        object.is_some_and(|object| object == self.cloud_key(function, of))
    }

    /// Where a deployment goes that is written in this environment, to `around` but for what it says. One that names
    /// its own subscription or resource group, as `resourceGroup().name`, goes nowhere else.
    pub(super) fn target_of(
        &self,
        env: &Env<'t>,
        subscription: Option<Value>,
        group: Option<Value>,
        around: &Target,
    ) -> Target {
        let own = &env.scope.target;
        let subscription = match subscription {
            Some(given)
                if self.is_cloud_member(
                    &given,
                    "subscription",
                    &own.subscription_key(),
                    "subscriptionid",
                ) =>
            {
                own.subscription.clone()
            }
            given => given.or_else(|| around.subscription.clone()),
        };
        let target = Target { subscription, group: None };
        let is_own = |group: &Value| {
            target.subscription_key() == own.subscription_key()
                && self.is_cloud_member(group, "resourcegroup", &own.key(), "name")
        };
        let group = match group {
            Some(group) if is_own(&group) => own.group.clone(),
            group => group.or_else(|| around.group.clone()),
        };
        Target { group, ..target }
    }

    /// Resource ids: the scope, then types and names in turn.
    fn resource_id(&self, env: &Env<'t>, site: &Site<'_>, args: &[Value]) -> Value {
        let is_type =
            |value: &Value| value.as_str().is_some_and(|text| text.contains('/') && !text.starts_with('/'));
        let certain = Certain { prefix: Some(Arc::from("/")), ..Certain::of_kind(Kind::String) };
        let text = |text: &str| Value::string(text, Provenance::written(site.at));
        let member = |what: &str, function: &str, of: &str| {
            let label = match function {
                "subscription" => "subscription()",
                "managementgroup" => "managementGroup()",
                _ => "resourceGroup()",
            };
            let site = Site { name: function, label: Label::from(label), at: site.at };
            let reason = Reason::RunTime(Arc::from(site.label));
            cloud_member(&self.cloud_atom(&site, of), what, &reason, &Provenance::written(site.at))
        };
        let target = &env.scope.target;
        let (most, start) = match site.name {
            "resourceid" => (2, 0),
            "subscriptionresourceid" | "managementgroupresourceid" => (1, 0),
            "extensionresourceid" => (0, 1),
            _ => (0, 0),
        };
        // What stands before the type names the scope.
        let Some(at) = args.iter().skip(start).take(most + 1).position(is_type).map(|at| at + start) else {
            return self.at_run_time(env, site, args, certain);
        };
        let (scope, rest) = args.split_at(at);
        let Some((kind, names)) = rest.split_first() else {
            return self.at_run_time(env, site, args, certain);
        };
        let own_subscription = || {
            let own = || member("subscriptionId", "subscription", &target.subscription_key());
            target.subscription.clone().unwrap_or_else(own)
        };
        let mut pieces = match (site.name, scope) {
            ("extensionresourceid", [base, ..]) => vec![base.clone()],
            ("tenantresourceid", _) => Vec::new(),
            ("managementgroupresourceid", [group]) => {
                vec![text("/providers/Microsoft.Management/managementGroups/"), group.clone()]
            }
            ("managementgroupresourceid", _) => vec![
                text("/providers/Microsoft.Management/managementGroups/"),
                member("name", "managementgroup", ""),
            ],
            ("subscriptionresourceid", [subscription]) => vec![text("/subscriptions/"), subscription.clone()],
            ("subscriptionresourceid", _) => vec![text("/subscriptions/"), own_subscription()],
            (_, scope) => {
                let (subscription, group) = match scope {
                    [subscription, group] => (subscription.clone(), group.clone()),
                    [group] => (own_subscription(), group.clone()),
                    _ => {
                        let group = target.group.clone();
                        (
                            own_subscription(),
                            group.unwrap_or_else(|| member("name", "resourcegroup", &target.key())),
                        )
                    }
                };
                vec![text("/subscriptions/"), subscription, text("/resourceGroups/"), group]
            }
        };
        let kind = kind.as_str().unwrap_or_default();
        let mut types = kind.split('/');
        let provider = types.next().unwrap_or_default();
        pieces.push(text(&format!("/providers/{provider}")));
        for (one, name) in types.zip(names) {
            pieces.push(text(&format!("/{one}/")));
            pieces.push(name.clone());
        }
        functions::concat(&Site { name: "concat", ..*site }, &pieces)
    }
}

/// The members that an object of the cloud is certain to have, all of them strings, and what tells one such object
/// from another; `None` if the function, which takes no arguments, gives none.
fn usual_members(env: &Env<'_>, function: &str) -> Option<(&'static [&'static str], String)> {
    let target = &env.scope.target;
    Some(match function {
        "resourcegroup" => (&["id", "name", "location", "type"], target.key()),
        "subscription" => (&["id", "subscriptionId", "tenantId", "displayName"], target.subscription_key()),
        "tenant" => (&["tenantId", "displayName", "country"], String::new()),
        "deployer" => (&["objectId", "tenantId", "userPrincipalName"], String::new()),
        "managementgroup" => (&["id", "name"], String::new()),
        "environment" => (&["name", "resourceManager", "portal"], String::new()),
        _ => return None,
    })
}

/// A usual member of an object of the cloud, which is certain to be a string.
fn cloud_member(object: &Atom, name: &str, reason: &Reason, provenance: &Provenance) -> Value {
    let key = [object.key(), ".", &name.to_ascii_lowercase()].concat();
    let certain = Certain { min_length: 1, ..Certain::of_kind(Kind::String) };
    let atom = Atom::new(key, [object.label(), ".", name].concat());
    Value::unknown(atom, reason.clone(), certain, provenance.clone())
}
