//! Lists that nearly always have exactly one element, which is then not worth an allocation.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// Elements in order: one as such, any other number in a list.
#[derive(Clone)]
pub(super) enum OneOrSeveral<T> {
    One(T),
    Several(Vec<T>),
}

impl<T> From<Vec<T>> for OneOrSeveral<T> {
    fn from(mut elements: Vec<T>) -> OneOrSeveral<T> {
        match (elements.len(), elements.pop()) {
            (1, Some(only)) => OneOrSeveral::One(only),
            (_, last) => {
                elements.extend(last);
                OneOrSeveral::Several(elements)
            }
        }
    }
}

impl<T> FromIterator<T> for OneOrSeveral<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> OneOrSeveral<T> {
        let mut elements = elements.into_iter();
        match (elements.next(), elements.next()) {
            (Some(only), None) => OneOrSeveral::One(only),
            (first, second) => {
                OneOrSeveral::Several(first.into_iter().chain(second).chain(elements).collect())
            }
        }
    }
}

impl<T> Deref for OneOrSeveral<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            OneOrSeveral::One(only) => std::slice::from_ref(only),
            OneOrSeveral::Several(several) => several,
        }
    }
}

impl<T> DerefMut for OneOrSeveral<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            OneOrSeveral::One(only) => std::slice::from_mut(only),
            OneOrSeveral::Several(several) => several,
        }
    }
}

impl<T> IntoIterator for OneOrSeveral<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (only, several) = match self {
            OneOrSeveral::One(only) => (Some(only), Vec::new()),
            OneOrSeveral::Several(several) => (None, several),
        };
        only.into_iter().chain(several)
    }
}

impl<T: fmt::Debug> fmt::Debug for OneOrSeveral<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
