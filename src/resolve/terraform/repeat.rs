//! Repeated blocks: the keys of their instances, and what `for_each` makes of a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::eval::{Repetition, key_text};
use crate::source::Span;
use crate::value::{Atom, Certain, Kind, Node, Number, Provenance, Region, Unknown, Value};

/// A repeated block has at most this many instances.
pub const MAX_INSTANCES: i64 = 1_000;

/// The key of an instance of a repeated block.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `count`.
    Index(i64),
    /// `for_each`.
    Name(Arc<str>),
    /// Not known.
    Unknown,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Index(index) => write!(f, "[{index}]"),
            Key::Name(name) => {
                // As Terraform writes it in addresses.
                let escapes = [("\\", "\\\\"), ("\"", "\\\""), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")];
                let escapes = escapes.into_iter().chain([("${", "$${"), ("%{", "%%{")]);
                let name = escapes.fold(name.to_string(), |name, (from, to)| name.replace(from, to));
                write!(f, "[\"{name}\"]")
            }
            Key::Unknown => f.write_str("[…]"),
        }
    }
}

/// One instance of a repeated block, before its body is looked at.
pub struct Repeated {
    /// Its key; `None` for a block that is not repeated.
    pub key: Option<Key>,
    /// The worlds in which it exists, within its module instance.
    pub presence: Vec<Region>,
    /// True if it stands for an unknown number.
    pub many: bool,
    /// What `each` and `count` are in it.
    pub repetition: Repetition,
}

/// The instances of `for_each`, and whether that is all of them.
pub fn each_instance(value: &Value, at: Span) -> (Vec<Repeated>, bool) {
    let mut by_key: BTreeMap<Arc<str>, Vec<(Region, Value, Value)>> = BTreeMap::new();
    let mut unknown: Vec<(Region, Arc<Unknown>, Provenance)> = Vec::new();
    for alternative in value.split_domains().alternatives() {
        if let Node::Unknown(reason) = &alternative.node {
            unknown.push((alternative.region.clone(), reason.clone(), alternative.provenance.clone()));
            continue;
        }
        let Some((items, open)) = super::eval::elements(alternative) else { continue };
        if let Some(open) = open {
            unknown.push((alternative.region.clone(), open, alternative.provenance.clone()));
        }
        let is_map = matches!(alternative.node, Node::Map(_));
        for (key, element) in items {
            // A set's elements are their own keys; so are those of the lists that people pass by mistake.
            let key = if is_map { key } else { element.clone() };
            for choice in key.alternatives() {
                let Some(region) = alternative.region.and(&choice.region) else { continue };
                match key_text(&choice.node) {
                    Some(text) => {
                        let key = Value::new(choice.node.clone(), choice.provenance.clone());
                        by_key.entry(text).or_default().push((region, key, element.clone()));
                    }
                    None => {
                        if let Node::Unknown(reason) = &choice.node {
                            unknown.push((region, reason.clone(), choice.provenance.clone()));
                        }
                    }
                }
            }
        }
    }
    let all = by_key.len() <= MAX_INSTANCES as usize;
    let mut instances = Vec::new();
    for (name, entries) in by_key.into_iter().take(MAX_INSTANCES as usize) {
        let choose = |pick: &dyn Fn(&(Region, Value, Value)) -> Value| {
            let alternatives = entries
                .iter()
                .flat_map(|entry| {
                    pick(entry).within(&entry.0).into_iter().flat_map(|v| v.alternatives().to_vec())
                })
                .collect();
            Value::from_alternatives(alternatives)
        };
        let (key, element) = (choose(&|entry| entry.1.clone()), choose(&|entry| entry.2.clone()));
        instances.push(Repeated {
            key: Some(Key::Name(name)),
            presence: entries.iter().map(|(region, ..)| region.clone()).collect(),
            many: false,
            repetition: Repetition { each: Some((key, element.passed(at))), index: None },
        });
    }
    for (region, reason, provenance) in unknown {
        let unknown = |part: &str, certain: Certain| {
            let atom = Atom::new(format!("{}:{part}", reason.atom.key()), format!("each.{part}"));
            Value::unknown(atom, reason.reason.clone(), certain, provenance.clone())
        };
        instances.push(Repeated {
            key: Some(Key::Unknown),
            presence: vec![region],
            many: true,
            repetition: Repetition {
                each: Some((
                    unknown("key", Certain::of_kind(Kind::String)),
                    unknown("value", Certain::default()),
                )),
                index: None,
            },
        });
    }
    (instances, all)
}

/// The instances of `count`, and whether that is all of them.
pub fn counted(count: &Value) -> (Vec<Repeated>, bool) {
    let provenance = count.provenance();
    let mut all = true;
    let mut presence: BTreeMap<i64, Vec<Region>> = BTreeMap::new();
    let mut unknown = Vec::new();
    for alternative in count.split_domains().alternatives() {
        let number = match &alternative.node {
            Node::Number(number) => number.as_i64(),
            Node::String(text) => text.parse().ok(),
            // A null count is as if there were none.
            Node::Null(_) => Some(1),
            _ => None,
        };
        match number {
            Some(number) => {
                all &= number <= MAX_INSTANCES;
                for index in 0..number.clamp(0, MAX_INSTANCES) {
                    presence.entry(index).or_default().push(alternative.region.clone());
                }
            }
            None => unknown.push(alternative.clone()),
        }
    }
    let instance = |key: Key, index: Value, presence: Vec<Region>, many: bool| Repeated {
        key: Some(key),
        presence,
        many,
        repetition: Repetition { each: None, index: Some(index) },
    };
    let mut instances: Vec<Repeated> = presence
        .into_iter()
        .map(|(index, regions)| {
            let value = Value::new(Node::Number(Number::Int(index)), provenance.clone());
            instance(Key::Index(index), value, regions, false)
        })
        .collect();
    for alternative in unknown {
        let Node::Unknown(unknown) = &alternative.node else { continue };
        let atom = Atom::new(format!("{}:index", unknown.atom.key()), "count.index");
        let index = Value::unknown(
            atom,
            unknown.reason.clone(),
            Certain::of_kind(Kind::Number),
            alternative.provenance.clone(),
        );
        instances.push(instance(Key::Unknown, index, vec![alternative.region.clone()], true));
    }
    (instances, all)
}
