//! Taking the elements out of a list or a map.

use std::sync::Arc;

use crate::value::{Alternative, Node, Number, Provenance, Unknown, Value};

/// What taking so many elements out of a composite costs in steps: each goes the composite's way again.
pub(super) fn effort(elements: usize, composite: &Provenance) -> usize {
    elements.saturating_mul(4 + composite.length() as usize) / 32
}

/// The elements of a list or map with their keys, and why there may be more. `None` for anything else.
#[allow(clippy::type_complexity)]
pub fn elements(alternative: &Alternative) -> Option<(Vec<(Value, Value)>, Option<Arc<Unknown>>)> {
    let from = &alternative.provenance;
    match &alternative.node {
        Node::List(list) => {
            let items = list
                .items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let value = item.clone().through(from);
                    let key = if list.set {
                        value.clone()
                    } else {
                        Value::new(Node::Number(Number::Int(index as i64)), from.clone())
                    };
                    (key, value)
                })
                .collect();
            Some((items, list.open.clone()))
        }
        Node::Map(map) => {
            let items = map
                .entries
                .iter()
                .map(|(key, value)| {
                    let written = map
                        .key_spans
                        .get(key)
                        .map_or_else(|| from.clone(), |span| Provenance::written(*span));
                    (Value::string(key, written), value.clone().through(from))
                })
                .collect();
            Some((items, map.open.clone()))
        }
        _ => None,
    }
}
