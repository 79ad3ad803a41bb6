//! Functions with a lambda: what identifies one whose results are not worked out, and `mapValues`.

use std::sync::Arc;

use super::super::functions::{self, Site};
use super::{Evaluator, Lambda};
use crate::source::Span;
use crate::value::{
    Atom, Certain, Kind, List, Map, Node, Provenance, Reason, Unknown, Value, derived_atom, ops,
};

impl<'t> Evaluator<'t> {
    /// What tells a lambda from others: what it comes to for arguments of which nothing is known.
    pub(super) fn form(&self, lambda: &Lambda<'t, '_>, at: Span) -> Value {
        let argument = |name: &Arc<str>| {
            let reason = Reason::Unsupported("an element that is not looked at yet".into());
            let atom = Atom::new(format!("lambda:{name}"), &**name);
            Value::unknown(atom, reason, Certain::default(), Provenance::written(at))
        };
        let arguments: Vec<Value> = lambda.names.iter().map(argument).collect();
        self.apply(lambda, &arguments.iter().collect::<Vec<_>>())
    }

    /// Why what a function with a lambda makes of a list may have more parts than are listed. They are others than
    /// those of the list.
    pub(super) fn opened(
        &self,
        list: &List,
        lambdas: &[&Lambda<'t, '_>],
        site: &Site<'_>,
    ) -> Option<Arc<Unknown>> {
        let open = list.open.as_ref()?;
        let from = Value::new(Node::List(Arc::new(list.clone())), Provenance::nowhere());
        let forms: Vec<Value> = lambdas.iter().map(|lambda| self.form(lambda, site.at)).collect();
        let inputs: Vec<&Value> = [&from].into_iter().chain(&forms).collect();
        let atom = derived_atom(site.name, site.label, &inputs, None);
        Some(Arc::new(Unknown { atom, reason: open.reason.clone(), certain: Certain::default() }))
    }

    pub(super) fn map_values(&self, input: &Value, lambda: &Lambda<'t, '_>, site: &Site<'_>) -> Value {
        input.and_then(|alternative| {
            let computed = Provenance::computed(site.at, [alternative.provenance.clone()]);
            match &alternative.node {
                Node::Map(map) => {
                    let entries = map
                        .entries
                        .iter()
                        .map(|(key, value)| {
                            let value = functions::take_item(&alternative.provenance, value, site.at);
                            (key.clone(), self.apply(lambda, &[&value]))
                        })
                        .collect();
                    let map = Map { entries, ..Map::clone(map) };
                    Value::new(Node::Map(Arc::new(map)), computed)
                }
                Node::Unknown(_) => {
                    let here = Value::new(alternative.node.clone(), alternative.provenance.clone());
                    let inputs = [&here, &self.form(lambda, site.at)];
                    ops::opaque("mapvalues", site.label, &inputs, Certain::of_kind(Kind::Map), site.at)
                }
                _ => ops::failed("mapValues() wants an object", site.at),
            }
        })
    }
}
