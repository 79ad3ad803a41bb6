//! Types of Bicep to what templates say of parameters, outputs and definitions.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ir::{Ir, IrKind, member, object, text};
use super::lower::{Lower, Scope};
use super::model::{Symbol, decorator};
use crate::resolve::arm::tree::{Member, Node, NodeKind};
use crate::source::Span;
use crate::syntax::bicep::{Decorator, Expr, TypeExpr, TypeKey, TypeKind, TypeProperty, UnaryOp};

/// Types refer to each other at most so deep.
const MAX_DEPTH: usize = 32;

/// A literal of a type, by which it is told from others.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    String(Arc<str>),
}

impl Literal {
    fn of(value: &Ir) -> Option<Literal> {
        match &value.kind {
            IrKind::Null => Some(Literal::Null),
            IrKind::Bool(value) => Some(Literal::Bool(*value)),
            IrKind::Int(value) => Some(Literal::Int(*value)),
            IrKind::String(text) => Some(Literal::String(text.clone())),
            _ => None,
        }
    }
}

const AMBIENT: &[&str] = &["string", "int", "bool", "object", "array", "any"];

impl<'u> Lower<'_, 'u> {
    /// What a type says, with its decorators.
    pub fn described(&self, ty: &'u TypeExpr, decorators: &'u [Decorator]) -> Vec<Member> {
        let mut members = self.type_members(ty, 0);
        if decorator(decorators, "discriminator", self.text()).is_some() {
            members = vec![text("type", ty.span, "object")];
        }
        if decorator(decorators, "secure", self.text()).is_some() {
            match members.iter_mut().find(|member| &*member.name == "type") {
                Some(kind) => {
                    let secure = match kind.value.as_str() {
                        Some("string") => "securestring",
                        _ => "secureObject",
                    };
                    kind.value.kind = NodeKind::String(secure.into());
                }
                // A secret all the same, where only Azure's definitions or a module that is not read would tell
                // whether it is a string or an object.
                None => members.push(text("type", ty.span, "secure")),
            }
        }
        for (name, property) in [
            ("allowed", "allowedValues"),
            ("minLength", "minLength"),
            ("maxLength", "maxLength"),
            ("minValue", "minValue"),
            ("maxValue", "maxValue"),
        ] {
            if let Some([value]) = decorator(decorators, name, self.text()) {
                let node = self.value(value, &Scope::default()).into_node(self.source());
                members.retain(|member| &*member.name != property);
                members.push(member(property, value.span, node));
            }
        }
        if decorator(decorators, "sealed", self.text()).is_some() {
            let node = Node { span: ty.span, kind: NodeKind::Bool(false) };
            members.push(member("additionalProperties", ty.span, node));
        }
        members.extend(self.metadata(decorators));
        members
    }

    /// What decorators say for readers.
    pub fn metadata(&self, decorators: &'u [Decorator]) -> Option<Member> {
        let metadata = decorator(decorators, "metadata", self.text()).and_then(|args| args.first());
        let description = decorator(decorators, "description", self.text()).and_then(|args| args.first());
        let span = metadata.or(description)?.span;
        let mut members = match metadata.map(|value| self.value(value, &Scope::default()).kind) {
            Some(IrKind::Object(members)) => super::ir::object_members(members, self.source()),
            _ => Vec::new(),
        };
        if let Some(description) = description {
            let value = self.value(description, &Scope::default()).into_node(self.source());
            members.push(member("description", description.span, value));
        }
        Some(member("metadata", span, object(span, members)))
    }

    /// What a type says. Nothing where only Azure's own definitions would tell.
    fn type_members(&self, ty: &'u TypeExpr, depth: usize) -> Vec<Member> {
        let span = ty.span;
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let of_kind = |kind: &str| vec![text("type", span, kind)];
        match &ty.kind {
            TypeKind::Error | TypeKind::Generic { .. } => Vec::new(),
            TypeKind::Symbol(name) => {
                let name = name.text(self.text());
                match self.type_name(name) {
                    Some(reference) => vec![text("$ref", span, &format!("#/definitions/{reference}"))],
                    None if name == "any" || !AMBIENT.contains(&name) => Vec::new(),
                    None => of_kind(name),
                }
            }
            TypeKind::Member { .. }
            | TypeKind::Index(..)
            | TypeKind::Items(_)
            | TypeKind::AdditionalProperties(_) => self.member_type(ty).unwrap_or_default(),
            TypeKind::Resource(_) => of_kind("string"),
            TypeKind::Literal(_) | TypeKind::Unary(..) => match self.literals(ty, depth) {
                Some(values) => self.allowed(span, values),
                None => Vec::new(),
            },
            TypeKind::Object(properties) => {
                let mut members = of_kind("object");
                let mut own = Vec::new();
                for property in properties {
                    let (name, span) = match &property.key {
                        TypeKey::Key(key) => match (key.literal(self.text()), key.span()) {
                            (Some(name), Some(span)) => (name, span),
                            _ => continue,
                        },
                        TypeKey::Any => {
                            let value = object(property.ty.span, self.typed(property));
                            members.push(member("additionalProperties", property.ty.span, value));
                            continue;
                        }
                        TypeKey::None => continue,
                    };
                    own.push(member(&name, span, object(property.ty.span, self.typed(property))));
                }
                members.push(member("properties", span, object(span, own)));
                members
            }
            TypeKind::Tuple(items) => {
                let mut members = of_kind("array");
                let items = items.iter().map(|item| object(item.ty.span, self.typed(item))).collect();
                members.push(member("prefixItems", span, Node { span, kind: NodeKind::Array(items) }));
                members.push(member("items", span, Node { span, kind: NodeKind::Bool(false) }));
                members
            }
            TypeKind::Array(inner) => {
                let mut members = of_kind("array");
                match self.literals(inner, depth) {
                    Some(values) if !self.is_reference(inner) => {
                        members.push(member("allowedValues", inner.span, self.list(inner.span, values)));
                    }
                    _ => {
                        let items = object(inner.span, self.type_members(inner, depth + 1));
                        members.push(member("items", inner.span, items));
                    }
                }
                members
            }
            TypeKind::Nullable(inner) | TypeKind::NonNull(inner) => {
                let nullable = matches!(ty.kind, TypeKind::Nullable(_));
                let mut members = self.type_members(inner, depth + 1);
                members.retain(|member| &*member.name != "nullable");
                members.push(member("nullable", span, Node { span, kind: NodeKind::Bool(nullable) }));
                members
            }
            TypeKind::Union(_) => match self.literals(ty, depth) {
                Some(values) => self.allowed(span, values),
                None => Vec::new(),
            },
            TypeKind::Paren(inner) => self.type_members(inner, depth + 1),
        }
    }

    fn typed(&self, property: &'u TypeProperty) -> Vec<Member> {
        self.described(&property.ty, &property.decorators)
    }

    fn is_reference(&self, ty: &TypeExpr) -> bool {
        match &ty.kind {
            TypeKind::Paren(inner) => self.is_reference(inner),
            TypeKind::Symbol(_) | TypeKind::Member { .. } | TypeKind::Index(..) => true,
            _ => false,
        }
    }

    /// The name of a definition that a name of this file stands for.
    fn type_name(&self, name: &str) -> Option<String> {
        match self.model.symbol(name, None)? {
            Symbol::Type(_) => Some(self.names.name_of(self.model.place, name).to_string()),
            Symbol::Import(from, original) => {
                let place = self.model.unit.link(from).exporting()?;
                Some(self.names.name_of(place, &original.literal(self.text())?).to_string())
            }
            _ => None,
        }
    }

    /// `sys.string`, `imported.name`, and parts of declared types.
    fn member_type(&self, ty: &'u TypeExpr) -> Option<Vec<Member>> {
        if let TypeKind::Member { base, name } = &ty.kind
            && let TypeKind::Symbol(symbol) = &base.kind
        {
            let name = (*name)?.text(self.text());
            match self.model.symbol(symbol.text(self.text()), None) {
                None => return AMBIENT.contains(&name).then(|| vec![text("type", ty.span, name)]),
                Some(Symbol::Wildcard(from)) => {
                    let place = self.model.unit.link(from).exporting()?;
                    let reference = format!("#/definitions/{}", self.names.name_of(place, name));
                    return Some(vec![text("$ref", ty.span, &reference)]);
                }
                _ => {}
            }
        }
        let pointer = self.pointer(ty)?;
        Some(vec![text("$ref", ty.span, &format!("#/definitions/{pointer}"))])
    }

    fn pointer(&self, ty: &'u TypeExpr) -> Option<String> {
        match &ty.kind {
            TypeKind::Symbol(name) => self.type_name(name.text(self.text())),
            TypeKind::Paren(inner) => self.pointer(inner),
            TypeKind::Member { base, name } => {
                Some(format!("{}/properties/{}", self.pointer(base)?, (*name)?.text(self.text())))
            }
            TypeKind::Items(base) => Some(format!("{}/items", self.pointer(base)?)),
            TypeKind::AdditionalProperties(base) => {
                Some(format!("{}/additionalProperties", self.pointer(base)?))
            }
            TypeKind::Index(base, index) => {
                let base = self.pointer(base)?;
                match self.value(index, &Scope::default()).kind {
                    IrKind::Int(index) => Some(format!("{base}/prefixItems/{index}")),
                    IrKind::String(name) => Some(format!("{base}/properties/{name}")),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The values that a type consists of, if it is made of literals.
    fn literals(&self, ty: &'u TypeExpr, depth: usize) -> Option<Vec<Ir>> {
        if depth > MAX_DEPTH || !self.bounds.affords(1) {
            return None;
        }
        match &ty.kind {
            TypeKind::Literal(value) => Some(vec![self.value(value, &Scope::default())]),
            TypeKind::Paren(inner) => self.literals(inner, depth + 1),
            TypeKind::Unary(op, inner) => {
                let mut values = self.literals(inner, depth + 1)?;
                let [value] = values.as_mut_slice() else { return None };
                value.kind = match (op, &value.kind) {
                    (UnaryOp::Minus, IrKind::Int(number)) => IrKind::Int(number.checked_neg()?),
                    (UnaryOp::Plus, IrKind::Int(number)) => IrKind::Int(*number),
                    (UnaryOp::Not, IrKind::Bool(value)) => IrKind::Bool(!value),
                    _ => return None,
                };
                Some(values)
            }
            TypeKind::Union(members) => {
                let mut all: Vec<Ir> = Vec::new();
                // Types are made of each other over and over: what is there already is not taken again.
                let mut seen = BTreeSet::new();
                for member in members {
                    // The mark binds closer than the bar: in `'a' | 'b'?` it is behind the last member.
                    let (member, nullable) = match &member.kind {
                        TypeKind::Nullable(inner) => (&**inner, true),
                        _ => (member, false),
                    };
                    let values = self.literals(member, depth + 1)?;
                    let null = nullable.then(|| Ir::new(member.span, IrKind::Null));
                    let is_new = |value: &Ir| Literal::of(value).is_none_or(|literal| seen.insert(literal));
                    all.extend(values.into_iter().chain(null).filter(is_new));
                }
                all.sort_by_key(|value| match &value.kind {
                    IrKind::String(text) => (text.to_string(), 0),
                    IrKind::Int(number) => (String::new(), *number),
                    _ => (String::new(), 0),
                });
                Some(all)
            }
            TypeKind::Symbol(name) => match self.model.symbol(name.text(self.text()), None)? {
                Symbol::Type(ty) => match self.bounds.literals(ty.span) {
                    Some(known) => Some(known),
                    None => {
                        let values = self.literals(ty, depth + 1)?;
                        self.bounds.keep_literals(ty.span, &values);
                        Some(values)
                    }
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn allowed(&self, span: Span, values: Vec<Ir>) -> Vec<Member> {
        let (nulls, values): (Vec<Ir>, Vec<Ir>) =
            values.into_iter().partition(|value| matches!(value.kind, IrKind::Null));
        let kind = values.first().and_then(|value| match value.kind {
            IrKind::String(_) => Some("string"),
            IrKind::Int(_) => Some("int"),
            IrKind::Bool(_) => Some("bool"),
            IrKind::Object(_) => Some("object"),
            IrKind::Array(_) => Some("array"),
            _ => None,
        });
        let mut members: Vec<Member> = kind.into_iter().map(|kind| text("type", span, kind)).collect();
        members.push(member("allowedValues", span, self.list(span, values)));
        if !nulls.is_empty() {
            members.push(member("nullable", span, Node { span, kind: NodeKind::Bool(true) }));
        }
        members
    }

    fn list(&self, span: Span, values: Vec<Ir>) -> Node {
        Ir::new(span, IrKind::Array(values)).into_node(self.source())
    }

    /// The literal of a decorator's only argument, as a number.
    pub fn decorated_number(&self, decorators: &'u [Decorator], name: &str) -> Option<(Span, i64)> {
        let [value]: &[Expr] = decorator(decorators, name, self.text())? else { return None };
        match self.value(value, &Scope::default()).kind {
            IrKind::Int(number) => Some((value.span, number)),
            _ => None,
        }
    }
}
