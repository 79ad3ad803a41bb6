//! Joint worlds against brute force: generated programs over up to five unknowns are evaluated once with
//! unknowns, and once for every concrete value of every variable. The two must agree everywhere.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use akslint::source::{FileId, Span};
use akslint::value::{Atom, Certain, Kind, Node, Provenance, Reason, Region, Scalar, Term, Value, ops};
use akslint::world::{Mentions, World, explore};
use proptest::prelude::*;

const STRINGS: [&str; 3] = ["Windows2019", "Windows2022", "Ubuntu"];
/// What no program mentions: stands for every other string.
const FRESH: &str = "something else";

/// Variables 0 and 1 are booleans, 2 and 3 strings, 4 a string that may be null. `Parameter` is the
/// argument of the module instance that the expression is evaluated in.
#[derive(Debug, Clone)]
enum Text {
    Literal(usize),
    Variable(usize),
    Parameter,
    If(Box<Test>, Box<Text>, Box<Text>),
    Coalesce(usize),
}

#[derive(Debug, Clone)]
enum Test {
    Flag(usize),
    Equals(Box<Text>, usize),
    IsNull,
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Same(Box<Test>, Box<Test>),
}

/// One module body with two outputs and a condition on its presence, instantiated twice.
#[derive(Debug, Clone)]
struct Program {
    arguments: [Text; 2],
    presence: Test,
    outputs: [Text; 2],
    list: Vec<Text>,
}

fn text(depth: u32) -> BoxedStrategy<Text> {
    let leaf = prop_oneof![
        (0..STRINGS.len()).prop_map(Text::Literal),
        (2..4usize).prop_map(Text::Variable),
        Just(Text::Parameter),
        (0..STRINGS.len()).prop_map(Text::Coalesce),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        2 => leaf,
        3 => (test(depth - 1), text(depth - 1), text(depth - 1))
            .prop_map(|(c, a, b)| Text::If(Box::new(c), Box::new(a), Box::new(b))),
    ]
    .boxed()
}

fn test(depth: u32) -> BoxedStrategy<Test> {
    let leaf = prop_oneof![
        (0..2usize).prop_map(Test::Flag),
        Just(Test::IsNull),
        ((2..4usize), 0..STRINGS.len()).prop_map(|(v, l)| Test::Equals(Box::new(Text::Variable(v)), l)),
        (0..STRINGS.len()).prop_map(|l| Test::Equals(Box::new(Text::Parameter), l)),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let two = || (test(depth - 1), test(depth - 1));
    prop_oneof![
        3 => leaf,
        1 => (text(depth - 1), 0..STRINGS.len()).prop_map(|(t, l)| Test::Equals(Box::new(t), l)),
        1 => test(depth - 1).prop_map(|t| Test::Not(Box::new(t))),
        1 => two().prop_map(|(a, b)| Test::And(Box::new(a), Box::new(b))),
        1 => two().prop_map(|(a, b)| Test::Or(Box::new(a), Box::new(b))),
        1 => two().prop_map(|(a, b)| Test::Same(Box::new(a), Box::new(b))),
    ]
    .boxed()
}

fn program() -> impl Strategy<Value = Program> {
    (text(1), text(1), any::<bool>(), test(1), text(2), text(2), prop::collection::vec(text(1), 0..2))
        .prop_map(|(one, two, alike, presence, a, b, list)| Program {
            arguments: if alike { [one.clone(), one] } else { [one, two] },
            presence,
            outputs: [a, b],
            list,
        })
}

fn here() -> Span {
    Span::new(FileId(0), 0, 1)
}

fn atoms() -> Vec<Atom> {
    let mut atoms: Vec<Atom> = (0..2).map(|n| Atom::boolean(format!("v{n}"), format!("var.v{n}"))).collect();
    atoms.extend((2..5).map(|n| Atom::new(format!("v{n}"), format!("var.v{n}"))));
    atoms
}

fn variable(n: usize) -> Value {
    let atom = atoms()[n].clone();
    let kind = if n < 2 { Kind::Bool } else { Kind::String };
    let certain = Certain { kind: Some(kind), not_null: n != 4, ..Certain::default() };
    Value::unknown(atom, Reason::NoValue("v".into()), certain, Provenance::written(here()))
}

fn literal(n: usize) -> Value {
    Value::string(STRINGS[n], Provenance::written(here()))
}

/// Evaluation with unknowns.
struct Abstract<'p> {
    parameter: Option<&'p Value>,
}

impl Abstract<'_> {
    fn text(&self, text: &Text) -> Value {
        match text {
            Text::Literal(n) => literal(*n),
            Text::Variable(n) => variable(*n),
            Text::Parameter => self.parameter.cloned().unwrap_or_else(|| literal(0)),
            Text::Coalesce(n) => {
                ops::first_present(&[variable(4), literal(*n)], here(), |node| matches!(node, Node::Null(_)))
                    .expect("the literal is present")
            }
            Text::If(condition, then, otherwise) => ops::select(
                &self.test(condition),
                here(),
                || self.text(then),
                || self.text(otherwise),
                |_| unreachable!("conditions are boolean"),
            ),
        }
    }

    fn test(&self, test: &Test) -> Value {
        let same = |a: &Scalar, b: &Scalar| a == b;
        match test {
            Test::Flag(n) => variable(*n),
            Test::Equals(text, n) => ops::equals(&self.text(text), &literal(*n), "==", here(), same),
            Test::IsNull => {
                let null = Value::null(Provenance::written(here()));
                ops::equals(&variable(4), &null, "== null", here(), same)
            }
            Test::Not(test) => ops::not(&self.test(test), "!", here()),
            Test::And(a, b) => ops::logic(true, &self.test(a), &self.test(b), "&&", here()),
            Test::Or(a, b) => ops::logic(false, &self.test(a), &self.test(b), "||", here()),
            Test::Same(a, b) => ops::equals(&self.test(a), &self.test(b), "==", here(), same),
        }
    }
}

/// Evaluation with concrete values.
struct Concrete<'p> {
    variables: &'p [Scalar],
    parameter: Option<Scalar>,
}

impl Concrete<'_> {
    fn text(&self, text: &Text) -> Scalar {
        match text {
            Text::Literal(n) => Scalar::string(STRINGS[*n]),
            Text::Variable(n) => self.variables[*n].clone(),
            Text::Parameter => self.parameter.clone().unwrap_or_else(|| Scalar::string(STRINGS[0])),
            Text::Coalesce(n) => match &self.variables[4] {
                Scalar::Null => Scalar::string(STRINGS[*n]),
                other => other.clone(),
            },
            Text::If(condition, then, otherwise) => {
                if self.test(condition) {
                    self.text(then)
                } else {
                    self.text(otherwise)
                }
            }
        }
    }

    fn test(&self, test: &Test) -> bool {
        match test {
            Test::Flag(n) => self.variables[*n] == Scalar::Bool(true),
            Test::Equals(text, n) => self.text(text) == Scalar::string(STRINGS[*n]),
            Test::IsNull => self.variables[4] == Scalar::Null,
            Test::Not(test) => !self.test(test),
            Test::And(a, b) => self.test(a) && self.test(b),
            Test::Or(a, b) => self.test(a) || self.test(b),
            Test::Same(a, b) => self.test(a) == self.test(b),
        }
    }
}

/// Every concrete assignment of the five variables.
fn assignments() -> Vec<Vec<Scalar>> {
    let booleans = vec![Scalar::Bool(false), Scalar::Bool(true)];
    let mut strings: Vec<Scalar> = STRINGS.iter().map(|text| Scalar::string(text)).collect();
    strings.push(Scalar::string(FRESH));
    let mut nullable = strings.clone();
    nullable.push(Scalar::Null);
    let mut all = vec![Vec::new()];
    for domain in [&booleans, &booleans, &strings, &strings, &nullable] {
        all = all
            .into_iter()
            .flat_map(|row: Vec<Scalar>| {
                domain.iter().map(move |value| {
                    let mut row = row.clone();
                    row.push(value.clone());
                    row
                })
            })
            .collect();
    }
    all
}

/// What a world says of one output: a literal, or "whatever this variable is".
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Is(Scalar),
    Whatever(String),
}

fn see(world: &World<'_>, value: &Value) -> Seen {
    let alternative = world.resolve(value).expect("values exist in every world");
    match &alternative.node {
        Node::Unknown(unknown) => Seen::Whatever(unknown.atom.key().to_owned()),
        node => Seen::Is(node.scalar().expect("outputs are scalars")),
    }
}

fn value_of(atom: &Atom, row: &[Scalar]) -> Scalar {
    let index = atoms().iter().position(|have| have == atom).expect("only the five variables are atoms");
    row[index].clone()
}

fn check(program: &Program) -> Result<(), TestCaseError> {
    let outer = Abstract { parameter: None };
    let arguments = [outer.text(&program.arguments[0]), outer.text(&program.arguments[1])];
    let mut outputs = Vec::new();
    let mut presence = Vec::new();
    for argument in &arguments {
        let module = Abstract { parameter: Some(argument) };
        outputs.extend(program.outputs.iter().chain(&program.list).map(|output| module.text(output)));
        presence.push(module.test(&program.presence));
    }
    let mut mentions = Mentions::default();
    outputs.iter().chain(&presence).for_each(|value| mentions.add(value));
    // The first instance's presence is a constraint on the world; the second's is an output like others.
    let present: Vec<Region> = presence[0]
        .split_domains()
        .alternatives()
        .iter()
        .filter(|alternative| matches!(alternative.node, Node::Bool(true)))
        .map(|alternative| alternative.region.clone())
        .collect();
    let outcomes = explore(&mentions, 100_000, |world| {
        if !world.enter(&present) {
            return Vec::new();
        }
        outputs.iter().chain([&presence[1]]).map(|output| see(world, output)).collect()
    })
    .expect("within the limit");

    let mut hit = vec![false; outcomes.len()];
    for row in assignments() {
        let outer = Concrete { variables: &row, parameter: None };
        let arguments = program.arguments.each_ref().map(|argument| outer.text(argument));
        let modules = arguments.map(|argument| Concrete { variables: &row, parameter: Some(argument) });
        let mut expected = Vec::new();
        for module in &modules {
            expected.extend(program.outputs.iter().chain(&program.list).map(|output| module.text(output)));
        }
        expected.push(Scalar::Bool(modules[1].test(&program.presence)));

        let here: Vec<usize> = (0..outcomes.len())
            .filter(|index| outcomes[*index].0.holds(|atom| value_of(atom, &row)))
            .collect();
        if !modules[0].test(&program.presence) {
            prop_assert!(here.is_empty(), "a world without the pool was counted: {row:?}");
            continue;
        }
        prop_assert_eq!(here.len(), 1, "{:?} lies in {} worlds", &row, here.len());
        let (_, seen) = &outcomes[here[0]];
        hit[here[0]] = true;
        for (seen, expected) in seen.iter().zip(&expected) {
            match seen {
                Seen::Is(scalar) => prop_assert_eq!(scalar, expected, "{:?}", &row),
                Seen::Whatever(key) => {
                    let atom = atoms().into_iter().find(|atom| atom.key() == key);
                    let atom = atom.expect("only the five variables are atoms");
                    prop_assert_eq!(&value_of(&atom, &row), expected, "{:?}", &row);
                    // What another output pins must have been known when this one was read.
                    let pinned = outcomes[here[0]].0.term(&atom).and_then(Term::single);
                    prop_assert!(pinned.is_none(), "{} was read as unknown where it is {:?}", key, pinned);
                }
            }
        }
    }
    prop_assert!(hit.iter().all(|hit| *hit), "an outcome that no concrete value has");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each concrete assignment lies in exactly one world, the outputs agree there, a world in which the
    /// pool is absent is not counted, and no world is invented.
    #[test]
    fn joint_outcomes_equal_brute_force(program in program()) {
        check(&program)?;
    }
}

/// The same variable in two module instances is one unknown where both are fed by it.
#[test]
fn instances_fed_alike_agree_and_instances_fed_differently_do_not() {
    let sku = Text::If(
        Box::new(Test::Equals(Box::new(Text::Parameter), 1)),
        Box::new(Text::Literal(1)),
        Box::new(Text::Literal(2)),
    );
    for (arguments, worlds) in [
        ([Text::Variable(2), Text::Variable(2)], 2),
        ([Text::Variable(2), Text::Variable(3)], 4),
        ([Text::Literal(1), Text::Literal(1)], 1),
    ] {
        let outer = Abstract { parameter: None };
        let outputs: Vec<Value> = arguments
            .iter()
            .map(|argument| Abstract { parameter: Some(&outer.text(argument)) }.text(&sku))
            .collect();
        let outcomes = explore(&Mentions::default(), 256, |world| {
            outputs.iter().map(|output| see(world, output)).collect::<Vec<_>>()
        });
        assert_eq!(outcomes.unwrap().len(), worlds);
    }
}
