//! How a value holds its alternatives.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Alternative;

/// The alternatives of a value. Nearly every value has exactly one, and that one is not worth an allocation.
#[derive(Clone)]
pub(super) enum Alternatives {
    One(Alternative),
    Several(Vec<Alternative>),
}

impl From<Vec<Alternative>> for Alternatives {
    fn from(mut alternatives: Vec<Alternative>) -> Alternatives {
        match (alternatives.len(), alternatives.pop()) {
            (1, Some(only)) => Alternatives::One(only),
            (_, last) => {
                alternatives.extend(last);
                Alternatives::Several(alternatives)
            }
        }
    }
}

impl Deref for Alternatives {
    type Target = [Alternative];

    fn deref(&self) -> &[Alternative] {
        match self {
            Alternatives::One(only) => std::slice::from_ref(only),
            Alternatives::Several(several) => several,
        }
    }
}

impl DerefMut for Alternatives {
    fn deref_mut(&mut self) -> &mut [Alternative] {
        match self {
            Alternatives::One(only) => std::slice::from_mut(only),
            Alternatives::Several(several) => several,
        }
    }
}

impl IntoIterator for Alternatives {
    type Item = Alternative;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Alternative>, std::vec::IntoIter<Alternative>>;

    fn into_iter(self) -> Self::IntoIter {
        let (only, several) = match self {
            Alternatives::One(only) => (Some(only), Vec::new()),
            Alternatives::Several(several) => (None, several),
        };
        only.into_iter().chain(several)
    }
}

impl fmt::Debug for Alternatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
