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
    let Some(wanted) = by_preference(types) else { return Some(Type::Open) };
    let all = wanted.clone();
    wanted.into_iter().find(|want| all.iter().all(|ty| is_convertible_as(ty, want, lossy))).cloned()
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

/// So many different types are compared with each other. Values of more are of no type that anything is concluded
/// from.
const MAX_DISTINCT: usize = 1_000;

/// The different types among these, in the order in which they come to be tried, those that are more general than
/// others first; `None` if there are too many. The order among those that cannot be compared is that of a topological
/// sort of all the types, repeated ones too, so that it is the same as the library's.
fn by_preference<'t>(types: &[&'t Type]) -> Option<Vec<&'t Type>> {
    // Equal types have the same place among the others, so each is compared once.
    let mut distinct: Vec<&Type> = Vec::new();
    let mut which = Vec::with_capacity(types.len());
    for ty in types {
        let known = distinct.iter().position(|have| have == ty);
        which.push(known.unwrap_or(distinct.len()));
        if known.is_none() {
            distinct.push(ty);
            if distinct.len() > MAX_DISTINCT {
                return None;
            }
        }
    }
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); distinct.len()];
    let mut before = vec![0usize; distinct.len()];
    for (i, one) in distinct.iter().enumerate() {
        for (j, other) in distinct.iter().enumerate().skip(i + 1) {
            let (from, to) = match preference(one, other) {
                0 => continue,
                less if less < 0 => (i, j),
                _ => (j, i),
            };
            if let Some(after) = after.get_mut(from) {
                after.push(to);
            }
            if let Some(count) = before.get_mut(to) {
                *count += 1;
            }
        }
    }
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); distinct.len()];
    for (place, ty) in which.iter().enumerate() {
        if let Some(places) = places.get_mut(*ty) {
            places.push(place);
        }
    }
    // A type is out of the way for those after it once its last repetition has been taken from the queue.
    let mut left: Vec<usize> = places.iter().map(Vec::len).collect();
    let mut queue: Vec<usize> = which.iter().copied().filter(|ty| before.get(*ty) == Some(&0)).collect();
    let mut order = Vec::new();
    let mut next = 0;
    while let Some(from) = queue.get(next).copied() {
        next += 1;
        let Some(repetitions) = left.get_mut(from) else { continue };
        if places.get(from).is_some_and(|places| places.len() == *repetitions) {
            order.extend(distinct.get(from));
        }
        *repetitions -= 1;
        if *repetitions > 0 {
            continue;
        }
        let mut ready: Vec<(usize, usize)> = Vec::new();
        for to in after.get(from).into_iter().flatten() {
            if let Some(count) = before.get_mut(*to) {
                *count -= 1;
                if *count == 0 {
                    ready.extend(places.get(*to).into_iter().flatten().map(|place| (*place, *to)));
                }
            }
        }
        ready.sort_unstable();
        queue.extend(ready.into_iter().map(|(_, ty)| ty));
    }
    Some(order)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of all types by a topological sort as the library does it, repeated types one by one.
    fn one_by_one<'t>(types: &[&'t Type]) -> Vec<&'t Type> {
        let is_before = |i: usize, j: usize| match preference(types[i.min(j)], types[i.max(j)]) {
            0 => false,
            less => (less < 0) == (i < j),
        };
        let all = 0..types.len();
        let mut before: Vec<usize> =
            all.clone().map(|j| all.clone().filter(|i| *i != j && is_before(*i, j)).count()).collect();
        let mut queue: Vec<usize> = all.clone().filter(|i| before[*i] == 0).collect();
        let mut next = 0;
        while let Some(from) = queue.get(next).copied() {
            next += 1;
            for to in all.clone().filter(|to| *to != from && is_before(from, *to)) {
                before[to] -= 1;
                if before[to] == 0 {
                    queue.push(to);
                }
            }
        }
        queue.into_iter().map(|index| types[index]).collect()
    }

    #[test]
    fn repeated_types_are_compared_once_and_keep_the_order() {
        let list = |element: Type| Type::List(Arc::new(element));
        let types = [
            Type::Any,
            Type::String,
            Type::Number,
            list(Type::Number),
            list(Type::String),
            Type::Set(Arc::new(Type::Bool)),
        ];
        // All lists of six of these types.
        for number in 0..types.len().pow(6) {
            let chosen: Vec<&Type> =
                (0..6).map(|place| &types[number / types.len().pow(place) % 6]).collect();
            let mut expected: Vec<&Type> = Vec::new();
            for ty in one_by_one(&chosen) {
                if !expected.contains(&ty) {
                    expected.push(ty);
                }
            }
            assert_eq!(by_preference(&chosen), Some(expected), "{chosen:?}");
        }
    }

    #[test]
    fn of_thousands_of_different_types_nothing_is_concluded() {
        let object =
            |i: usize| Type::Object([(Arc::from(format!("a{i}")), Attribute::required(Type::Number))].into());
        let mut types: Vec<Type> = (0..5_000).map(object).collect();
        types.push(Type::String);
        assert_eq!(unify(&types), Some(Type::Open));
        assert_eq!(unify(&types[4_990..]), None);
    }
}
