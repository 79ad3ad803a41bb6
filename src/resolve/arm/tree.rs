//! Templates as the evaluator reads them, whatever they are written in: JSON whose strings may hold
//! expressions, or a language that brings its expressions parsed. The evaluator knows no other form.

use std::sync::{Arc, OnceLock};

use super::expr::{self, Code, Expr, ExprKind, Written};
use crate::source::Span;
use crate::syntax::SyntaxError;
use crate::syntax::data::{self, Part, Parts, Text};
use crate::syntax::json;
use crate::value::Reason;

/// A part of a template or of its inputs, and where it is written.
#[derive(Debug)]
pub struct Node {
    /// All of it, as one would mark it in an editor.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// The kinds of parts.
#[derive(Debug)]
pub enum NodeKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written, in JSON's notation.
    Number(Box<str>),
    /// A string that stands for itself.
    String(Arc<str>),
    /// An expression.
    Expr(Box<Expression>),
    /// A list, in order.
    Array(Parts<Node>),
    /// An object, in order, with every member of a repeated name.
    Object(Parts<Member>),
    /// A part that stands in other places too, such as the template of a module that many call.
    Shared(Arc<Node>),
}

/// An array or object of JSON that nobody has looked at: most never are.
#[derive(Debug)]
pub struct Unread {
    json: json::Unread,
    brackets: Brackets,
}

impl Part for Node {
    type Unread = Unread;

    fn read(unread: &Unread) -> Vec<Node> {
        unread.json.items(|item| convert(item, unread.brackets))
    }
}

impl Part for Member {
    type Unread = Unread;

    fn read(unread: &Unread) -> Vec<Member> {
        unread.json.members(|member| convert_member(member, unread.brackets))
    }
}

/// A part that somebody looks at in passing: of an object that was never read it is read alone, and forgotten.
#[derive(Debug)]
pub(super) enum Glance<'n> {
    /// It was read before.
    Read(&'n Node),
    /// It is read for this look.
    Passing(Node),
}

impl std::ops::Deref for Glance<'_> {
    type Target = Node;

    fn deref(&self) -> &Node {
        match self {
            Glance::Read(node) => node,
            Glance::Passing(node) => node,
        }
    }
}

/// One `name: value` of an object.
#[derive(Debug)]
pub struct Member {
    /// The name; where it is computed, the text of its expression.
    pub name: Arc<str>,
    /// Where the name is written.
    pub name_span: Span,
    /// What computes the name, where that is an expression.
    pub computed: Option<Box<Expression>>,
    /// The value.
    pub value: Node,
}

/// An expression, which in JSON is parsed when it is first looked at: most never are.
#[derive(Debug)]
pub struct Expression {
    text: Option<Text>,
    parsed: OnceLock<Result<Code, SyntaxError>>,
}

impl Expression {
    /// An expression that is parsed already.
    pub fn new(code: Code) -> Expression {
        Expression { text: None, parsed: OnceLock::from(Ok(code)) }
    }

    /// The text of a JSON string in brackets.
    fn of_text(text: Text) -> Expression {
        Expression { text: Some(text), parsed: OnceLock::new() }
    }

    /// The parsed form, or what is wrong with the text.
    pub fn code(&self) -> Result<&Code, &SyntaxError> {
        self.parsed.get_or_init(|| self.parse()).as_ref()
    }

    fn parse(&self) -> Result<Code, SyntaxError> {
        let text = self.text.as_ref();
        match text.map(expr::parse).transpose()? {
            Some(Written::Expression(code)) => Ok(code),
            // Only texts in brackets come here.
            _ => Err(SyntaxError {
                span: text.map_or(Span::new(crate::source::FileId(0), 0, 0), |text| text.span_of(0..0)),
                message: "this is no expression".to_owned(),
            }),
        }
    }

    /// The text that the expression stands in; a JSON string with its brackets.
    pub fn source(&self) -> &str {
        match (&self.text, self.parsed.get()) {
            (Some(text), _) => text.as_str(),
            (None, Some(Ok(code))) => &code.source,
            (None, _) => "",
        }
    }
}

/// What a string in brackets is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Brackets {
    /// An expression.
    Expression,
    /// Text.
    Text,
    /// An expression that somebody else gave up on.
    Unknown,
    /// Text, as in all of a parameter file, but for the `expression` of a parameter.
    ParameterFile,
    /// The same within its `parameters`.
    Parameters,
    /// The same within one of them.
    Parameter,
}

impl Brackets {
    /// What they are in the member of this name.
    fn within(self, name: &str) -> Brackets {
        match self {
            Brackets::ParameterFile if name.eq_ignore_ascii_case("parameters") => Brackets::Parameters,
            Brackets::Parameters => Brackets::Parameter,
            Brackets::Parameter if name.eq_ignore_ascii_case("expression") => Brackets::Expression,
            Brackets::ParameterFile | Brackets::Parameter => Brackets::Text,
            Brackets::Expression | Brackets::Text | Brackets::Unknown => self,
        }
    }

    fn are_text(self) -> bool {
        !matches!(self, Brackets::Expression | Brackets::Unknown)
    }
}

/// A template that is written as JSON: its strings in brackets are expressions.
pub fn template(json: data::Node) -> Node {
    convert(json, Brackets::Expression)
}

/// A parameter file: brackets mean nothing in it, but that a parameter whose value depends on the tool that deploys
/// has an `expression` for a `value`, as Bicep's compiler writes it.
pub fn parameter_file(json: data::Node) -> Node {
    convert(json, Brackets::ParameterFile)
}

/// What the service says that it would deploy. It prints the expressions that it could not evaluate.
pub(super) fn preview(json: data::Node) -> Node {
    convert(json, Brackets::Unknown)
}

fn convert(json: data::Node, brackets: Brackets) -> Node {
    let kind = match json.kind {
        data::NodeKind::Null => NodeKind::Null,
        data::NodeKind::Bool(value) => NodeKind::Bool(value),
        data::NodeKind::Number(written) => NodeKind::Number(written),
        data::NodeKind::String(text) if brackets.are_text() => NodeKind::String(text.into()),
        data::NodeKind::String(text) => match expr::unescaped(text.as_str()) {
            _ if expr::is_expression(text.as_str()) => NodeKind::Expr(Box::new(match brackets {
                Brackets::Unknown => {
                    let why = Arc::from("what the preview could not work out");
                    let kind = ExprKind::Unknown(Reason::Unsupported(why));
                    let range = (0, text.as_str().len());
                    Expression::new(Code {
                        source: text.shared(),
                        expr: Expr { span: json.span, range, kind },
                    })
                }
                _ => Expression::of_text(text),
            })),
            Some(unescaped) => NodeKind::String(Arc::from(unescaped)),
            None => NodeKind::String(text.into()),
        },
        data::NodeKind::Array(items) => NodeKind::Array(convert_parts(items, brackets, convert)),
        data::NodeKind::Object(members) => NodeKind::Object(convert_parts(members, brackets, convert_member)),
    };
    Node { span: json.span, kind }
}

/// Parts that somebody has looked at; of others, where they are to be read.
fn convert_parts<T, P>(parts: Parts<T>, brackets: Brackets, convert: fn(T, Brackets) -> P) -> Parts<P>
where
    T: Part<Unread = json::Unread>,
    P: Part<Unread = Unread>,
{
    match parts.into_read() {
        Ok(read) => read.into_iter().map(|part| convert(part, brackets)).collect(),
        Err(json) => Parts::unread(Unread { json, brackets }),
    }
}

fn convert_member(member: data::Member, brackets: Brackets) -> Member {
    let key = member.key;
    let computed = (brackets == Brackets::Expression && expr::is_expression(&key.text))
        .then(|| Box::new(Expression::of_text(Text::of_key(&key))));
    let value = convert(member.value, brackets.within(&key.text));
    Member { name: key.text, name_span: key.span, computed, value }
}

impl Node {
    /// The part that stands here, wherever else it stands too.
    pub(super) fn itself(&self) -> &Node {
        match &self.kind {
            NodeKind::Shared(node) => node.itself(),
            _ => self,
        }
    }

    /// The string, if this is one that stands for itself.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            NodeKind::Shared(node) => node.as_str(),
            _ => None,
        }
    }

    /// The expression, if this is one.
    pub fn as_expression(&self) -> Option<&Expression> {
        match &self.kind {
            NodeKind::Expr(expression) => Some(expression),
            NodeKind::Shared(node) => node.as_expression(),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            NodeKind::Bool(value) => Some(*value),
            NodeKind::Shared(node) => node.as_bool(),
            _ => None,
        }
    }

    /// The number, if it is written as an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.kind {
            NodeKind::Number(written) => written.parse().ok(),
            NodeKind::Shared(node) => node.as_i64(),
            _ => None,
        }
    }

    /// The items of an array; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Array(items) => items,
            NodeKind::Shared(node) => node.items(),
            _ => &[],
        }
    }

    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            NodeKind::Object(members) => members,
            NodeKind::Shared(node) => node.members(),
            _ => &[],
        }
    }

    /// Whether this is an object.
    pub fn is_object(&self) -> bool {
        match &self.kind {
            NodeKind::Object(_) => true,
            NodeKind::Shared(node) => node.is_object(),
            _ => false,
        }
    }

    /// The value of a member by name in any ASCII case, as Azure Resource Manager compares names; of several
    /// the last.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members().iter().rev().find(|member| member.name.eq_ignore_ascii_case(name)).map(|m| &m.value)
    }

    /// The same for several names, without reading what else the object has.
    pub(super) fn glance<const N: usize>(&self, names: [&str; N]) -> [Option<Glance<'_>>; N] {
        let NodeKind::Object(members) = &self.itself().kind else { return [const { None }; N] };
        match members.peek() {
            Ok(_) => names.map(|name| self.get(name).map(Glance::Read)),
            Err(unread) => {
                let mut picked = unread.json.pick(names).into_iter();
                names.map(|name| {
                    let json = picked.next().flatten()?;
                    Some(Glance::Passing(convert(json, unread.brackets.within(name))))
                })
            }
        }
    }

    /// What tells an object from all others, and stays the same each time that it is read; `None` for other parts.
    pub(super) fn identity(&self) -> Option<(usize, u32)> {
        let node = self.itself();
        let NodeKind::Object(members) = &node.kind else { return None };
        let address = (std::ptr::from_ref(node).addr(), u32::MAX);
        Some(members.origin().map_or(address, |unread| unread.json.identity()))
    }

    /// The value at the end of a path of such names.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }
}
