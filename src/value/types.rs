//! The types of languages that tell a list from a set and a map from an object.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Kind;

/// A type, or a type constraint. `D` is what the constraint says of an optional attribute's default; the types
/// of values have none.
#[derive(Debug, Clone, PartialEq)]
pub enum Type<D = ()> {
    /// `any`: whatever is given. As the element of a collection: one type for all elements. As the type of a value,
    /// that of a null to which nothing has given a type, and of what fails.
    Any,
    /// A type that is not known here: that of an unknown. Nothing is concluded from it.
    Open,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Arc<Type<D>>),
    /// `set(T)`
    Set(Arc<Type<D>>),
    /// `map(T)`
    Map(Arc<Type<D>>),
    /// `tuple([T, …])`
    Tuple(Vec<Type<D>>),
    /// `object({ name = T, … })`
    Object(BTreeMap<Arc<str>, Attribute<D>>),
}

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute<D = ()> {
    /// Its type.
    pub ty: Type<D>,
    /// Declared with `optional`: it may be missing.
    pub optional: bool,
    /// The second argument of `optional`: what a missing or null attribute becomes.
    pub default: Option<D>,
}

impl<D> Attribute<D> {
    /// An attribute that must be given.
    pub fn required(ty: Type<D>) -> Attribute<D> {
        Attribute { ty, optional: false, default: None }
    }
}

impl<D> Type<D> {
    /// What values of this type have in common.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Type::Any | Type::Open => None,
            Type::Bool => Some(Kind::Bool),
            Type::Number => Some(Kind::Number),
            Type::String => Some(Kind::String),
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Some(Kind::List),
            Type::Map(_) | Type::Object(_) => Some(Kind::Map),
        }
    }

    /// A boolean, a number or a string.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// The type of the elements of a collection.
    pub fn element(&self) -> Option<&Arc<Type<D>>> {
        match self {
            Type::List(element) | Type::Set(element) | Type::Map(element) => Some(element),
            _ => None,
        }
    }

    /// Whether it says all about the type of a value: neither `any` nor what is not known is anywhere in it.
    pub fn is_definite(&self) -> bool {
        !self.mentions(&|ty| matches!(ty, Type::Any | Type::Open))
    }

    /// Whether a type like this is anywhere in it.
    pub fn mentions(&self, like: &dyn Fn(&Type<D>) -> bool) -> bool {
        if like(self) {
            return true;
        }
        match self {
            Type::Any | Type::Open | Type::Bool | Type::Number | Type::String => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.mentions(like),
            Type::Tuple(items) => items.iter().any(|item| item.mentions(like)),
            Type::Object(attributes) => attributes.values().any(|attribute| attribute.ty.mentions(like)),
        }
    }

    /// The constraint without the defaults of its optional attributes.
    pub fn without_defaults(&self) -> Type {
        self.rewritten(true)
    }

    /// The type of the values that satisfy the constraint.
    pub fn of_values(&self) -> Type {
        self.rewritten(false)
    }

    fn rewritten(&self, keep_optional: bool) -> Type {
        let inner = |ty: &Type<D>| ty.rewritten(keep_optional);
        match self {
            Type::Any => Type::Any,
            Type::Open => Type::Open,
            Type::Bool => Type::Bool,
            Type::Number => Type::Number,
            Type::String => Type::String,
            Type::List(element) => Type::List(Arc::new(inner(element))),
            Type::Set(element) => Type::Set(Arc::new(inner(element))),
            Type::Map(element) => Type::Map(Arc::new(inner(element))),
            Type::Tuple(items) => Type::Tuple(items.iter().map(inner).collect()),
            Type::Object(attributes) => Type::Object(
                attributes
                    .iter()
                    .map(|(name, attribute)| {
                        let optional = keep_optional && attribute.optional;
                        let ty = inner(&attribute.ty);
                        (name.clone(), Attribute { ty, optional, default: None })
                    })
                    .collect(),
            ),
        }
    }
}

impl Type {
    /// Whether no value can be of both types; `any` stands for any type.
    pub fn excludes(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Any | Type::Open, _) | (_, Type::Any | Type::Open) => false,
            (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
                a.excludes(b)
            }
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.len() != b.len() || a.iter().zip(b).any(|(a, b)| a.excludes(b))
            }
            (Type::Object(a), Type::Object(b)) => {
                !a.keys().eq(b.keys()) || a.values().zip(b.values()).any(|(a, b)| a.ty.excludes(&b.ty))
            }
            (a, b) => a != b,
        }
    }
}
