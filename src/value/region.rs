//! Atoms and regions: what several unknown values have to do with each other.
//!
//! An *atom* is the identity of something unknown: this root's variable, this template's parameter, this
//! data attribute. Two places that hold the same atom hold the same value, whatever that value is. A
//! *region* is the part of the space of all concrete values in which an alternative holds: a conjunction
//! of terms, each saying that one atom is, or is not, one of a set of literals.
//!
//! Regions over the literals that the code itself mentions are closed under conjunction, and the rest of a
//! region after taking another away is a list of disjoint regions. Nothing else is needed to keep
//! correlated fields correlated.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::Hasher;
use std::sync::{Arc, LazyLock};

use super::Scalar;

/// So many pieces of a region are looked at while others are taken away from it.
const MAX_PIECES: usize = 1 << 16;

/// The identity of something unknown. Equality and order are by key.
#[derive(Clone)]
pub struct Atom(Arc<AtomInfo>);

struct AtomInfo {
    key: String,
    label: String,
    domain: Option<Domain>,
}

enum Domain {
    /// True and false, which most domains are.
    Boolean,
    Listed(BTreeSet<Scalar>),
}

static TRUE_AND_FALSE: LazyLock<BTreeSet<Scalar>> =
    LazyLock::new(|| BTreeSet::from([Scalar::Bool(false), Scalar::Bool(true)]));

impl Atom {
    /// An atom. `key` identifies it within one evaluation (a root's path and a variable's name, say);
    /// `label` is how people write it in their own notation, such as `var.win`.
    pub fn new(key: impl Into<String>, label: impl Into<String>) -> Atom {
        Atom(Arc::new(AtomInfo { key: key.into(), label: label.into(), domain: None }))
    }

    /// An atom that can only be one of the listed values. One key must always come with one domain.
    pub fn with_domain(
        key: impl Into<String>,
        label: impl Into<String>,
        domain: impl IntoIterator<Item = Scalar>,
    ) -> Atom {
        let domain = domain.into_iter().collect();
        let domain = Some(Domain::Listed(domain));
        Atom(Arc::new(AtomInfo { key: key.into(), label: label.into(), domain }))
    }

    /// An atom that is true or false.
    pub fn boolean(key: impl Into<String>, label: impl Into<String>) -> Atom {
        let domain = Some(Domain::Boolean);
        Atom(Arc::new(AtomInfo { key: key.into(), label: label.into(), domain }))
    }

    /// Identity within one evaluation.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// How people write it.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// All values it can have, where that is known.
    pub fn domain(&self) -> Option<&BTreeSet<Scalar>> {
        self.0.domain.as_ref().map(|domain| match domain {
            Domain::Boolean => &*TRUE_AND_FALSE,
            Domain::Listed(domain) => domain,
        })
    }
}

impl PartialEq for Atom {
    fn eq(&self, other: &Atom) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.key == other.0.key
    }
}
impl Eq for Atom {}
impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Atom) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Atom {
    fn cmp(&self, other: &Atom) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.key.cmp(&other.0.key) }
    }
}
impl fmt::Debug for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.key)
    }
}

/// What a region says of one atom. For an atom with a domain it is always `In`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// The atom is one of these. Never empty.
    In(BTreeSet<Scalar>),
    /// The atom is none of these. Never empty.
    NotIn(BTreeSet<Scalar>),
}

impl Term {
    /// The one value that is left, if it is one.
    pub fn single(&self) -> Option<&Scalar> {
        match self {
            Term::In(set) if set.len() == 1 => set.first(),
            _ => None,
        }
    }

    /// The literals that the term mentions.
    pub fn literals(&self) -> &BTreeSet<Scalar> {
        match self {
            Term::In(set) | Term::NotIn(set) => set,
        }
    }

    /// Brings a term into its normal form for the atom; `None` if nothing satisfies it.
    fn normal(atom: &Atom, term: Term) -> Option<Term> {
        match (term, atom.domain()) {
            (Term::In(set), None) => (!set.is_empty()).then_some(Term::In(set)),
            (Term::NotIn(set), None) => Some(Term::NotIn(set)),
            (Term::In(set), Some(domain)) if set.is_subset(domain) => {
                (!set.is_empty()).then_some(Term::In(set))
            }
            (Term::In(set), Some(domain)) => {
                let set: BTreeSet<_> = set.intersection(domain).cloned().collect();
                (!set.is_empty()).then_some(Term::In(set))
            }
            (Term::NotIn(set), Some(domain)) => {
                let set: BTreeSet<_> = domain.difference(&set).cloned().collect();
                (!set.is_empty()).then_some(Term::In(set))
            }
        }
    }

    fn negated(&self) -> Term {
        match self {
            Term::In(set) => Term::NotIn(set.clone()),
            Term::NotIn(set) => Term::In(set.clone()),
        }
    }

    /// Whether nothing satisfies both terms.
    fn excludes(&self, other: &Term) -> bool {
        match (self, other) {
            (Term::In(a), Term::In(b)) => a.is_disjoint(b),
            (Term::In(a), Term::NotIn(b)) | (Term::NotIn(b), Term::In(a)) => a.is_subset(b),
            // There are always other values: of an atom that has few, terms are `In`.
            (Term::NotIn(_), Term::NotIn(_)) => false,
        }
    }

    /// What both are among.
    pub(super) fn or(&self, other: &Term) -> Term {
        match (self, other) {
            (Term::In(a), Term::In(b)) => Term::In(a.union(b).cloned().collect()),
            (Term::NotIn(a), Term::NotIn(b)) => Term::NotIn(a.intersection(b).cloned().collect()),
            (Term::In(a), Term::NotIn(b)) | (Term::NotIn(b), Term::In(a)) => {
                Term::NotIn(b.difference(a).cloned().collect())
            }
        }
    }

    fn and(&self, other: &Term) -> Term {
        match (self, other) {
            (Term::In(a), Term::In(b)) => Term::In(a.intersection(b).cloned().collect()),
            (Term::In(a), Term::NotIn(b)) | (Term::NotIn(b), Term::In(a)) => {
                Term::In(a.difference(b).cloned().collect())
            }
            (Term::NotIn(a), Term::NotIn(b)) => Term::NotIn(a.union(b).cloned().collect()),
        }
    }
}

/// What a region says of an atom.
type Said = (Atom, Arc<Term>);

/// What two regions say of each atom of either, in the order of the atoms.
fn side_by_side<'r>(
    ours: &'r [Said],
    theirs: &'r [Said],
) -> impl Iterator<Item = (Option<&'r Said>, Option<&'r Said>)> {
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (ours.peek(), theirs.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        let have = if order.is_le() { ours.next() } else { None };
        let term = if order.is_ge() { theirs.next() } else { None };
        Some((have, term))
    })
}

/// A conjunction of terms over atoms. Never empty as a set of worlds: operations that could leave nothing
/// return `None`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    // In the order of the atoms, one of each; never empty, and most regions are everywhere. Every part of a value
    // holds the region again, and every region that is made from this one most of its terms; so they share both.
    terms: Option<Arc<[Said]>>,
}

impl Region {
    /// All worlds.
    pub fn everywhere() -> Region {
        Region::default()
    }

    /// Where the atom is this literal; `None` if its domain excludes it.
    pub fn is(atom: &Atom, literal: Scalar) -> Option<Region> {
        Region::of(atom, Term::In(BTreeSet::from([literal])))
    }

    /// Where the atom is not this literal; `None` if its domain has no other.
    pub fn is_not(atom: &Atom, literal: Scalar) -> Option<Region> {
        Region::of(atom, Term::NotIn(BTreeSet::from([literal])))
    }

    /// Where the term holds.
    pub fn of(atom: &Atom, term: Term) -> Option<Region> {
        let term = Term::normal(atom, term)?;
        let trivial = match &term {
            Term::NotIn(set) => set.is_empty(),
            Term::In(set) => atom.domain() == Some(set),
        };
        let terms = (!trivial).then(|| Arc::from([(atom.clone(), Arc::new(term))]));
        Some(Region { terms })
    }

    /// True if the region says nothing.
    pub fn is_everywhere(&self) -> bool {
        self.terms.is_none()
    }

    /// What is said of an atom, if anything.
    pub fn term(&self, atom: &Atom) -> Option<&Term> {
        let terms = self.terms.as_ref()?;
        let at = terms.binary_search_by(|(have, _)| have.cmp(atom)).ok()?;
        terms.get(at).map(|(_, term)| &**term)
    }

    /// The terms in the order of their atoms.
    pub fn terms(&self) -> impl Iterator<Item = (&Atom, &Term)> {
        self.terms.iter().flat_map(|terms| terms.iter()).map(|(atom, term)| (atom, &**term))
    }

    /// The worlds in both; `None` if there are none.
    pub fn and(&self, other: &Region) -> Option<Region> {
        let (Some(ours), Some(theirs)) = (&self.terms, &other.terms) else {
            return Some(if self.is_everywhere() { other.clone() } else { self.clone() });
        };
        // Most pairs of regions have nothing in common, and parts of a value repeat the region of the whole: nothing
        // is built for either.
        let mut says_more = false;
        for (have, term) in side_by_side(ours, theirs) {
            match (have, term) {
                (Some((_, have)), Some((_, term))) if have != term => {
                    if have.excludes(term) {
                        return None;
                    }
                    says_more = true;
                }
                (None, Some(_)) => says_more = true,
                _ => {}
            }
        }
        if !says_more {
            return Some(self.clone());
        }
        let mut joint = Vec::with_capacity(ours.len() + theirs.len());
        for pair in side_by_side(ours, theirs) {
            joint.push(match pair {
                (Some((atom, have)), Some((same, term))) if have != term => {
                    (atom.clone(), Arc::new(Term::normal(same, have.and(term))?))
                }
                (Some(have), _) => have.clone(),
                (None, Some(term)) => term.clone(),
                (None, None) => continue,
            });
        }
        Some(Region { terms: Some(Arc::from(joint)) })
    }

    /// The worlds that are in one of `a` and in one of `b`, each a list of disjoint regions.
    pub fn joint(a: &[Region], b: &[Region]) -> Vec<Region> {
        a.iter().flat_map(|a| b.iter().filter_map(|b| a.and(b))).collect()
    }

    /// The least region around both.
    pub fn around(&self, other: &Region) -> Region {
        let shared = self.terms().filter_map(|(atom, term)| {
            let either = term.or(other.term(atom)?);
            Region::of(atom, either)
        });
        shared.fold(Region::everywhere(), |so_far, one| so_far.and(&one).unwrap_or(so_far))
    }

    /// The worlds of `self` that are not in `other`, as disjoint regions.
    pub fn minus(&self, other: &Region) -> Vec<Region> {
        let mut rest = Vec::new();
        let mut so_far = self.clone();
        for (atom, term) in other.terms() {
            if let Some(piece) = Region::of(atom, term.negated()).and_then(|outside| so_far.and(&outside)) {
                rest.push(piece);
            }
            let Some(inside) = Region::of(atom, term.clone()).and_then(|inside| so_far.and(&inside)) else {
                return rest;
            };
            so_far = inside;
        }
        rest
    }

    /// The worlds of `self` that are in none of `others`, as disjoint regions. Each region that is taken away can cut
    /// every piece in two, so that a few dozen leave more pieces than memory holds: `None` where it takes too many.
    pub fn without(&self, others: &[Region]) -> Option<Vec<Region>> {
        self.without_at(others, &mut { MAX_PIECES })
    }

    /// As [`without`](Region::without), with the number of pieces that may still be looked at.
    pub fn without_at(&self, others: &[Region], pieces: &mut usize) -> Option<Vec<Region>> {
        let mut rest = vec![self.clone()];
        for region in others {
            if rest.is_empty() {
                break;
            }
            *pieces = pieces.checked_sub(rest.len())?;
            rest = rest.iter().flat_map(|piece| piece.minus(region)).collect();
        }
        Some(rest)
    }

    /// True if every world of `self` is in one of `cover`, and false also where telling would take too many pieces.
    pub fn within(&self, cover: &[Region]) -> bool {
        self.without(cover).is_some_and(|rest| rest.is_empty())
    }

    /// Whether the world in which each atom has the given value lies in the region.
    pub fn holds(&self, value_of: impl Fn(&Atom) -> Scalar) -> bool {
        self.terms().all(|(atom, term)| match term {
            Term::In(set) => set.contains(&value_of(atom)),
            Term::NotIn(set) => !set.contains(&value_of(atom)),
        })
    }

    /// Writes what identifies this region: its text for debugging, as the hash of a string.
    pub(super) fn identify(&self, out: &mut impl Hasher) {
        struct Text<'h, H>(&'h mut H);
        impl<H: Hasher> fmt::Write for Text<'_, H> {
            fn write_str(&mut self, piece: &str) -> fmt::Result {
                self.0.write(piece.as_bytes());
                Ok(())
            }
        }
        // Writing to a hasher cannot fail. No text has the byte that ends it.
        let _ = fmt::Write::write_fmt(&mut Text(out), format_args!("{self:?}"));
        out.write_u8(0xff);
    }

    /// The region in words, one clause a term: `` `var.win` is true ``.
    pub fn clauses(&self) -> Vec<String> {
        self.terms()
            .map(|(atom, term)| {
                let list = |set: &BTreeSet<Scalar>| {
                    set.iter().map(Scalar::to_string).collect::<Vec<_>>().join(" or ")
                };
                let is_null = |set: &BTreeSet<Scalar>| set.len() == 1 && set.contains(&Scalar::Null);
                match term {
                    // A variable of an environment is there or not; it is never null.
                    Term::In(set) if is_null(set) && atom.label().starts_with("${") => {
                        format!("`{}` is not set", atom.label())
                    }
                    Term::In(set) => format!("`{}` is {}", atom.label(), list(set)),
                    Term::NotIn(set) if is_null(set) => {
                        format!("`{}` is set", atom.label())
                    }
                    Term::NotIn(set) => format!("`{}` is not {}", atom.label(), list(set)),
                }
            })
            .collect()
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Terms<'r>(&'r Region);
        impl fmt::Debug for Terms<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self.0.terms()).finish()
            }
        }
        f.debug_struct("Region").field("terms", &Terms(self)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boolean_that_is_not_true_is_false() {
        let win = Atom::boolean("win", "var.win");
        let not_true = Region::is_not(&win, Scalar::Bool(true)).unwrap();
        assert_eq!(not_true, Region::is(&win, Scalar::Bool(false)).unwrap());
        assert_eq!(not_true.and(&Region::is(&win, Scalar::Bool(true)).unwrap()), None);
    }

    #[test]
    fn a_region_and_its_rest_are_disjoint_and_cover() {
        let a = Atom::new("a", "var.a");
        let b = Atom::boolean("b", "var.b");
        let both = Region::is(&a, Scalar::string("x"))
            .unwrap()
            .and(&Region::is(&b, Scalar::Bool(true)).unwrap())
            .unwrap();
        let rest = Region::everywhere().minus(&both);
        assert_eq!(rest.len(), 2);
        assert!(rest.iter().all(|piece| piece.and(&both).is_none()));
        assert!(rest[0].and(&rest[1]).is_none());
        let mut cover = rest.clone();
        cover.push(both);
        assert!(Region::everywhere().within(&cover));
        assert!(!Region::everywhere().within(&rest));
    }

    #[test]
    fn a_variable_of_an_environment_is_set_or_not() {
        let clauses = |label: &str| {
            let atom = Atom::new(label, label);
            let null = |region: Option<Region>| region.unwrap().clauses().join(" and ");
            [null(Region::is(&atom, Scalar::Null)), null(Region::is_not(&atom, Scalar::Null))]
        };
        assert_eq!(clauses("${NODE_SIZE}"), ["`${NODE_SIZE}` is not set", "`${NODE_SIZE}` is set"]);
        assert_eq!(clauses("var.size"), ["`var.size` is null", "`var.size` is set"]);
    }

    /// The conjunction as it is defined, atom by atom, without any of the shortcuts.
    fn both(a: &Region, b: &Region) -> Option<Vec<(Atom, Term)>> {
        let mut joint: std::collections::BTreeMap<Atom, Term> =
            a.terms().map(|(atom, term)| (atom.clone(), term.clone())).collect();
        for (atom, term) in b.terms() {
            let term = match joint.get(atom) {
                Some(have) => Term::normal(atom, have.and(term))?,
                None => term.clone(),
            };
            joint.insert(atom.clone(), term);
        }
        Some(joint.into_iter().collect())
    }

    #[test]
    fn regions_are_joined_term_by_term() {
        let open = |key: &str| Atom::new(key, key);
        let (a, b, c) = (open("a"), open("b"), Atom::boolean("c", "c"));
        let sizes = Atom::with_domain("d", "d", ["s", "m", "l"].map(Scalar::string));
        let mut single: Vec<Region> = vec![Region::everywhere()];
        for atom in [&a, &b, &c, &sizes] {
            for literal in [Scalar::string("s"), Scalar::string("m"), Scalar::Bool(true), Scalar::Null] {
                single.extend(Region::is(atom, literal.clone()));
                single.extend(Region::is_not(atom, literal));
            }
        }
        let pairs: Vec<Region> = single.iter().flat_map(|x| single.iter().filter_map(|y| x.and(y))).collect();
        assert!(pairs.len() > 300, "{}", pairs.len());
        let (mut joined, mut apart) = (0, 0);
        for x in pairs.iter().step_by(3) {
            for y in &pairs {
                let have = x.and(y);
                let terms = |region: &Region| -> Vec<(Atom, Term)> {
                    region.terms().map(|(atom, term)| (atom.clone(), term.clone())).collect()
                };
                assert_eq!(have.as_ref().map(terms), both(x, y), "{x:?} and {y:?}");
                *if have.is_some() { &mut joined } else { &mut apart } += 1;
                for (atom, term) in have.iter().flat_map(Region::terms) {
                    assert_eq!(have.as_ref().and_then(|region| region.term(atom)), Some(term));
                }
            }
        }
        assert!(joined > 1_000 && apart > 1_000, "{joined} {apart}");
    }

    #[test]
    fn a_region_is_identified_by_its_text() {
        use std::hash::{DefaultHasher, Hash};
        let region = Region::is(&Atom::new("a", "var.a"), Scalar::string("xé")).unwrap();
        let region =
            region.and(&Region::is_not(&Atom::boolean("b", "b"), Scalar::Bool(true)).unwrap()).unwrap();
        let (mut streamed, mut whole) = (DefaultHasher::new(), DefaultHasher::new());
        region.identify(&mut streamed);
        format!("{region:?}").hash(&mut whole);
        assert_eq!(streamed.finish(), whole.finish());
    }

    #[test]
    fn a_rest_of_too_many_pieces_is_given_up() {
        let both = |i: usize| {
            let is =
                |name: String| Region::is(&Atom::boolean(name.clone(), name), Scalar::Bool(true)).unwrap();
            is(format!("a{i:02}")).and(&is(format!("b{i:02}"))).unwrap()
        };
        // Each pair leaves two pieces of every piece.
        let few: Vec<Region> = (0..5).map(both).collect();
        assert_eq!(Region::everywhere().without(&few).unwrap().len(), 1 << 5);
        let many: Vec<Region> = (0..60).map(both).collect();
        assert_eq!(Region::everywhere().without(&many), None);
        assert!(!Region::everywhere().within(&many));
    }

    #[test]
    fn a_region_reads_as_people_write_it() {
        let os = Atom::new("os", "var.os");
        let region = Region::is_not(&os, Scalar::string("linux")).unwrap();
        assert_eq!(region.clauses(), ["`var.os` is not \"linux\""]);
        let set = Region::is_not(&os, Scalar::Null).unwrap();
        assert_eq!(set.clauses(), ["`var.os` is set"]);
    }
}
