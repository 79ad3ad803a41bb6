//! How an included file and the file that includes it become one.

use std::sync::Arc;

use super::super::eval::{Scope, eval};
use super::Config;
use crate::syntax::hcl::Block;
use crate::value::{List, Map, Node, Value, ops};

/// Values nest at most this deep in a deep merge; what lies deeper is the child's.
const MAX_LEVELS: usize = 32;

/// An include block's `merge_strategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// What is included can only be looked at.
    NoMerge,
    /// The child's inputs win over the parent's of the same name.
    Shallow,
    /// Maps are merged at every level, lists are put one behind the other.
    Deep,
    /// Maps are merged at every level, lists are the child's.
    DeepMapOnly,
}

impl Strategy {
    /// The strategy of an include block. One that is not known is taken for the default.
    pub fn of(block: &Block, scope: &Scope) -> Strategy {
        let written = block.body.attribute("merge_strategy").map(|strategy| eval(&strategy.expr, scope));
        match written.as_ref().and_then(Value::as_str) {
            Some("no_merge") => Strategy::NoMerge,
            Some("deep") => Strategy::Deep,
            Some("deep_map_only") => Strategy::DeepMapOnly,
            _ => Strategy::Shallow,
        }
    }

    /// The child with what it takes over from a file that it includes.
    pub fn merge(self, parent: Config, child: Config) -> Config {
        if self == Strategy::NoMerge {
            return child;
        }
        let inputs = match (parent.inputs, child.inputs) {
            (Some(parent), Some(child)) => Some(self.merge_inputs(&parent, child)),
            (parent, child) => child.or(parent),
        };
        let mut var_files = parent.var_files;
        var_files.extend(child.var_files);
        Config {
            locals: child.locals,
            inputs,
            source: child.source.or(parent.source),
            var_files,
            skipped: child.skipped.or(parent.skipped),
            generates: child.generates.or(parent.generates),
            failure: child.failure.or(parent.failure),
        }
    }

    fn merge_inputs(self, parent: &Value, child: Value) -> Value {
        let levels = if self == Strategy::Shallow { 1 } else { MAX_LEVELS };
        self.merged(parent, &child, levels)
    }

    fn merged(self, parent: &Value, child: &Value, levels: usize) -> Value {
        Value::combine(&[parent, child], |row| {
            let [above, below] = row else { return child.clone() };
            let own = || Value::new(below.node.clone(), below.provenance.clone());
            match (&above.node, &below.node) {
                (Node::Map(above), Node::Map(map)) if levels > 0 => {
                    let mut out = Map::clone(above);
                    for (key, value) in &map.entries {
                        let value = match out.entries.get(key) {
                            Some(have) if levels > 1 => self.merged(have, value, levels - 1),
                            _ => value.clone(),
                        };
                        out.entries.insert(key.clone(), value);
                    }
                    if let Some(open) = &map.open {
                        // Every key of the parent's may be overridden.
                        for (key, value) in &mut out.entries {
                            if !map.entries.contains_key(key) {
                                let rest = Value::new(Node::Unknown(open.clone()), below.provenance.clone());
                                let at = below.provenance.use_span();
                                if let Some(at) = at {
                                    *value =
                                        ops::opaque("merge", key, &[value, &rest], Default::default(), at);
                                }
                            }
                        }
                        out.open = Some(open.clone());
                    }
                    out.key_spans.extend(map.key_spans.clone());
                    Value::new(Node::Map(Arc::new(out)), below.provenance.clone())
                }
                (Node::List(above), Node::List(list)) if self == Strategy::Deep && levels > 0 => {
                    let items = above.items.iter().chain(&list.items).cloned().collect();
                    let open = above.open.clone().or_else(|| list.open.clone());
                    Value::new(Node::List(Arc::new(List::new(items, open))), below.provenance.clone())
                }
                // What the parent has under names that the child's inputs may or may not have is not known.
                (Node::Map(_), Node::Unknown(unknown)) if levels > 0 => {
                    let open = Map { open: Some(unknown.clone()), ..Map::default() };
                    Value::new(Node::Map(Arc::new(open)), below.provenance.clone())
                }
                (Node::Unknown(unknown), Node::Map(map)) if levels > 0 => {
                    let mut out = Map::clone(map);
                    out.open.get_or_insert_with(|| unknown.clone());
                    Value::new(Node::Map(Arc::new(out)), below.provenance.clone())
                }
                _ => own(),
            }
        })
    }
}
