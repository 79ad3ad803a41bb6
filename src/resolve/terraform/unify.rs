//! The one type that several types have in common, and which types can be converted to which.
//!
//! These are the rules of the library go-cty, which Terraform computes with: `convert.UnifyUnsafe` and
//! `convert.GetConversionUnsafe` of version 1.16.0. Its dynamic type, which is that of a null that nothing has given a
//! type, is our [`Type::Any`]. [`Type::Open`] is ours alone: Terraform may know the type and we do not, so whatever
//! can be is taken to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::{Attribute, Type};

/// The type to which values of all these types can be converted, as the branches of a conditional and the
/// elements of a list need it; `None` if there is none, as there is none for no types at all.
pub fn unify(types: &[Type]) -> Option<Type> {
    unify_as(&types.iter().collect::<Vec<_>>(), true)
}

/// As [`unify`], where `lossy` admits conversions that fail for some values.
pub(super) fn unify_as(types: &[&Type], lossy: bool) -> Option<Type> {
    let (first, rest) = types.split_first()?;
    if rest.iter().all(|ty| ty == first) {
        return Some(Type::clone(first));
    }
    if types.contains(&&Type::Open) {
        let others: Vec<&Type> = types.iter().copied().filter(|ty| **ty != Type::Open).collect();
        return Some(unify_as(&others, lossy).unwrap_or(Type::Open));
    }
    let count = |of: fn(&Type) -> bool| types.iter().filter(|ty| of(ty)).count();
    let (maps, objects) = (count(|ty| matches!(ty, Type::Map(_))), count(|ty| matches!(ty, Type::Object(_))));
    let (lists, tuples) = (count(|ty| matches!(ty, Type::List(_))), count(|ty| matches!(ty, Type::Tuple(_))));
    let (sets, any) = (count(|ty| matches!(ty, Type::Set(_))), count(|ty| *ty == Type::Any));
    let all = types.len();
    if maps > 0 && maps + any == all {
        return unify_collections(types, any > 0, lossy, Type::Map);
    }
    if lists > 0 && lists + any == all {
        return unify_collections(types, any > 0, lossy, Type::List);
    }
    if sets > 0 && sets + any == all {
        return unify_collections(types, any > 0, lossy, Type::Set);
    }
    if maps > 0 && maps + objects + any == all {
        // Objects are often maps that are written as such.
        if let Some(ty @ Type::Map(_)) = structures_as(types, lossy, |ty| matches!(ty, Type::Object(_))) {
            return Some(ty);
        }
    } else if lists > 0 && lists + tuples + any == all {
        if let Some(ty @ Type::List(_)) = structures_as(types, lossy, |ty| matches!(ty, Type::Tuple(_))) {
            return Some(ty);
        }
    } else if objects > 0 && objects + any == all {
        return if any > 0 { Some(Type::Any) } else { unify_objects(types, lossy) };
    } else if tuples > 0 && tuples + any == all {
        return if any > 0 { Some(Type::Any) } else { unify_tuples(types, lossy) };
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    // One of the types themselves, the most general first.
    let wanted = by_preference(types).into_iter().filter_map(|index| types.get(index).copied());
    wanted.into_iter().find(|want| types.iter().all(|ty| is_convertible_as(ty, want, lossy))).cloned()
}

/// Collections of one kind, and with `any` among them nothing that can be told.
fn unify_collections(types: &[&Type], any: bool, lossy: bool, of: fn(Arc<Type>) -> Type) -> Option<Type> {
    if any {
        return Some(Type::Any);
    }
    let elements: Vec<&Type> = types.iter().filter_map(|ty| ty.element()).map(|element| &**element).collect();
    Some(of(Arc::new(unify_as(&elements, lossy)?)))
}

/// All types, after the tuples among them have become one list type or the objects one map type.
fn structures_as(types: &[&Type], lossy: bool, is_structure: fn(&Type) -> bool) -> Option<Type> {
    let structures: Vec<&Type> = types.iter().copied().filter(|ty| is_structure(ty)).collect();
    let collection = as_collection(&structures, lossy)?;
    let types: Vec<&Type> = types.iter().map(|ty| if is_structure(ty) { &collection } else { *ty }).collect();
    unify_as(&types, lossy)
}

/// The list that all of these tuples can become, or the map that all of these objects can.
pub(super) fn as_collection(types: &[&Type], lossy: bool) -> Option<Type> {
    let mut parts: Vec<&Type> = Vec::new();
    for ty in types {
        match ty {
            Type::Tuple(items) => parts.extend(items),
            Type::Object(attributes) => parts.extend(attributes.values().map(|attribute| &attribute.ty)),
            _ => return None,
        }
    }
    let element = Arc::new(unify_as(&parts, lossy)?);
    let collection = match types.first() {
        Some(Type::Tuple(_)) => Type::List(element),
        _ => Type::Map(element),
    };
    types.iter().all(|ty| is_convertible_as(ty, &collection, lossy)).then_some(collection)
}

fn unify_objects(types: &[&Type], lossy: bool) -> Option<Type> {
    let objects: Vec<&BTreeMap<Arc<str>, Attribute>> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(attributes) => Some(attributes),
            _ => None,
        })
        .collect();
    let (first, rest) = objects.split_first()?;
    if !rest.iter().all(|attributes| attributes.keys().eq(first.keys())) {
        return as_collection(types, lossy);
    }
    let column = |name: &Arc<str>| {
        let types: Vec<&Type> = objects.iter().filter_map(|object| Some(&object.get(name)?.ty)).collect();
        Some((name.clone(), Attribute::required(unify_as(&types, lossy)?)))
    };
    first.keys().map(column).collect::<Option<_>>().map(Type::Object)
}

fn unify_tuples(types: &[&Type], lossy: bool) -> Option<Type> {
    let tuples: Vec<&Vec<Type>> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Tuple(items) => Some(items),
            _ => None,
        })
        .collect();
    let length = tuples.first()?.len();
    if !tuples.iter().all(|items| items.len() == length) {
        return as_collection(types, lossy);
    }
    let column = |index: usize| {
        let types: Vec<&Type> = tuples.iter().filter_map(|items| items.get(index)).collect();
        unify_as(&types, lossy)
    };
    (0..length).map(column).collect::<Option<_>>().map(Type::Tuple)
}

/// The types in the order in which they are tried, those that are more general than others first. The order among
/// those that cannot be compared is that of a topological sort, so that it is the same as the library's.
fn by_preference(types: &[&Type]) -> Vec<usize> {
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    let mut before = vec![0usize; types.len()];
    for (i, one) in types.iter().enumerate() {
        for (j, other) in types.iter().enumerate().skip(i + 1) {
            let (from, to) = match preference(one, other) {
                0 => continue,
                less if less < 0 => (i, j),
                _ => (j, i),
            };
            if let Some(edges) = edges.get_mut(from) {
                edges.push(to);
            }
            if let Some(count) = before.get_mut(to) {
                *count += 1;
            }
        }
    }
    let mut order: Vec<usize> = (0..types.len()).filter(|index| before.get(*index) == Some(&0)).collect();
    let mut next = 0;
    while let Some(from) = order.get(next).copied() {
        next += 1;
        for to in edges.get(from).into_iter().flatten() {
            if let Some(count) = before.get_mut(*to) {
                *count -= 1;
                if *count == 0 {
                    order.push(*to);
                }
            }
        }
    }
    order
}

/// Less than nothing where the first type is preferred to the second, more where the second is.
fn preference(a: &Type, b: &Type) -> i8 {
    match (a, b) {
        (Type::Any, Type::Any) => 0,
        (Type::Any, _) => 1,
        (_, Type::Any) => -1,
        (Type::String, other) if other.is_primitive() && *other != Type::String => -1,
        (other, Type::String) if other.is_primitive() && *other != Type::String => 1,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            preference(a, b)
        }
        (Type::Tuple(_) | Type::List(_), Type::Set(_))
        | (Type::List(_), Type::Tuple(_))
        | (Type::Map(_), Type::Object(_)) => -1,
        (Type::Set(_), Type::Tuple(_) | Type::List(_))
        | (Type::Tuple(_), Type::List(_))
        | (Type::Object(_), Type::Map(_)) => 1,
        (Type::Object(a), Type::Object(b)) if a.keys().eq(b.keys()) => {
            joint(a.values().zip(b.values()).map(|(a, b)| preference(&a.ty, &b.ty)))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            joint(a.iter().zip(b).map(|(a, b)| preference(a, b)))
        }
        _ => 0,
    }
}

/// The preference of all parts together: none where they disagree.
fn joint(parts: impl Iterator<Item = i8>) -> i8 {
    let (mut less, mut more) = (false, false);
    for part in parts {
        less |= part < 0;
        more |= part > 0;
    }
    match (less, more) {
        (true, false) => -1,
        (false, true) => 1,
        _ => 0,
    }
}

/// Whether there is a conversion from one type to another, be it one that fails for some values.
pub(super) fn is_convertible(from: &Type, to: &Type) -> bool {
    is_convertible_as(from, to, true)
}

fn is_convertible_as(from: &Type, to: &Type, lossy: bool) -> bool {
    if from == to {
        return true;
    }
    let each = |from: &Type, to: &Type| is_convertible_as(from, to, lossy);
    match (from, to) {
        (_, Type::Any) | (Type::Open, _) | (_, Type::Open) => true,
        (Type::Any, _) => lossy,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => lossy,
        (Type::Object(have), Type::Object(want)) => want.iter().all(|(name, want)| match have.get(name) {
            Some(have) => each(&have.ty, &want.ty),
            None => want.optional,
        }),
        (Type::Tuple(have), Type::Tuple(want)) => {
            have.len() == want.len() && have.iter().zip(want).all(|(have, want)| each(have, want))
        }
        (Type::List(_), Type::Set(_)) if !lossy => false,
        (Type::List(have) | Type::Set(have), Type::List(want) | Type::Set(want))
        | (Type::Map(have), Type::Map(want)) => each(have, want),
        (Type::Tuple(items), Type::List(want) | Type::Set(want)) => {
            let items: Vec<&Type> = items.iter().collect();
            element_for(&items, want, lossy, true)
        }
        (Type::Object(attributes), Type::Map(want)) => {
            let items: Vec<&Type> = attributes.values().map(|attribute| &attribute.ty).collect();
            element_for(&items, want, lossy, false)
        }
        (Type::Map(have), Type::Object(want)) => {
            lossy && want.values().all(|want| each(have, &want.ty) || want.optional)
        }
        _ => false,
    }
}

/// Whether parts of these types can become the elements of a collection. Where it may be of any type, that is the one
/// that they have in common, which for the parts of a tuple must be one (`strict`).
fn element_for(parts: &[&Type], want: &Type, lossy: bool, strict: bool) -> bool {
    if parts.is_empty() {
        return true;
    }
    let found;
    let mut want = want;
    if *want == Type::Any {
        found = unify_as(parts, lossy);
        let Some(found) = &found else { return false };
        if strict && *found == Type::Any && parts.iter().any(|part| **part != Type::Any) {
            return false;
        }
        want = found;
    }
    parts.iter().all(|part| is_convertible_as(part, want, lossy))
}

/// The type of a null or an unknown of one type that has been converted to another: where that says `any`, what
/// the first says. As `dynamicReplace` of the library.
pub(super) fn replaced(from: &Type, to: &Type) -> Type {
    let parts = |types: &mut dyn Iterator<Item = &Type>| {
        unify_as(&types.collect::<Vec<_>>(), true).unwrap_or(Type::Any)
    };
    match (from, to) {
        (Type::Any, to) => to.clone(),
        (from, Type::Any) => from.clone(),
        (Type::Map(have), Type::Map(want)) => Type::Map(Arc::new(replaced(have, want))),
        (Type::Object(have), Type::Map(want)) => {
            let have = parts(&mut have.values().map(|attribute| &attribute.ty));
            Type::Map(Arc::new(replaced(&have, want)))
        }
        (_, Type::Object(want)) => {
            let column = |(name, want): (&Arc<str>, &Attribute)| {
                let have = match from {
                    Type::Map(have) => Some(&**have),
                    Type::Object(have) => have.get(name).map(|have| &have.ty),
                    _ => None,
                };
                let ty = have.map_or_else(|| want.ty.clone(), |have| replaced(have, &want.ty));
                (name.clone(), Attribute::required(ty))
            };
            Type::Object(want.iter().map(column).collect())
        }
        (Type::List(have) | Type::Set(have), Type::List(want)) => Type::List(Arc::new(replaced(have, want))),
        (Type::List(have) | Type::Set(have), Type::Set(want)) => Type::Set(Arc::new(replaced(have, want))),
        (Type::Tuple(have), Type::List(want)) => {
            Type::List(Arc::new(replaced(&parts(&mut have.iter()), want)))
        }
        (Type::Tuple(have), Type::Set(want)) => Type::Set(Arc::new(replaced(&parts(&mut have.iter()), want))),
        (Type::Tuple(have), Type::Tuple(want)) => {
            Type::Tuple(have.iter().zip(want).map(|(have, want)| replaced(have, want)).collect())
        }
        (_, to) => to.clone(),
    }
}
