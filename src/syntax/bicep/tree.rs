//! The tree of a Bicep file. Names and strings are spans of the file's text: nothing is copied that can be
//! looked up.

use std::borrow::Cow;

use super::walk::Child;
use crate::source::Span;

/// A name: its text is what the file has at its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Where it is written.
    pub span: Span,
}

impl Name {
    /// The name itself; `text` is the text of its file.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        slice(text, self.span)
    }
}

/// What `text` has at a span; nothing if it is another file's.
fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or("")
}

/// A declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// From the first decorator to the end.
    pub span: Span,
    /// Its decorators, in order.
    pub decorators: Vec<Decorator>,
    /// What it declares.
    pub kind: StatementKind,
}

/// `@name(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Decorator {
    /// With the `@`.
    pub span: Span,
    /// The call; an error if it is damaged.
    pub expr: Expr,
}

/// The kinds of declaration. A name that is missing is `None`, a value that is missing is
/// [`ExprKind::Error`].
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `targetScope = 'subscription'`.
    TargetScope(Expr),
    /// `metadata name = value`.
    Metadata {
        /// Its name.
        name: Option<Name>,
        /// Its value.
        value: Expr,
    },
    /// `param name type = default` of a template.
    Param {
        /// Its name.
        name: Option<Name>,
        /// Its type.
        ty: TypeExpr,
        /// Its default.
        default: Option<Expr>,
    },
    /// `param name = value` of a parameter file.
    Assignment {
        /// The parameter's name.
        name: Option<Name>,
        /// Its value.
        value: Expr,
    },
    /// `var name type? = value`.
    Var {
        /// Its name.
        name: Option<Name>,
        /// Its type, where one is written.
        ty: Option<TypeExpr>,
        /// Its value.
        value: Expr,
    },
    /// `output name type = value`.
    Output {
        /// Its name.
        name: Option<Name>,
        /// Its type.
        ty: TypeExpr,
        /// Its value.
        value: Expr,
    },
    /// `resource name 'type@version' = body`.
    Resource(Resource),
    /// `module name 'path' = body`.
    Module(Resource),
    /// `test name 'path' = body`.
    Test(Resource),
    /// `func name(parameters) type => body`.
    Function(Function),
    /// `type name = type`.
    Type {
        /// Its name.
        name: Option<Name>,
        /// What it stands for.
        ty: TypeExpr,
    },
    /// `import … from 'path'`.
    Import(Import),
    /// `extension name with {…} as alias`, and its older spellings.
    Extension {
        /// What is extended: a name or a string.
        spec: Expr,
        /// The configuration.
        with: Option<Expr>,
        /// The alias.
        alias: Option<Name>,
    },
    /// `extensionConfig alias with {…}` of a parameter file.
    ExtensionConfig {
        /// The alias.
        name: Option<Name>,
        /// The configuration.
        with: Expr,
    },
    /// `assert name = condition`.
    Assert {
        /// Its name.
        name: Option<Name>,
        /// The condition.
        value: Expr,
    },
    /// `using 'path'` of a parameter file; `None` for `using none`.
    Using {
        /// The template.
        path: Option<Expr>,
        /// The configuration of the deployment.
        with: Option<Expr>,
    },
    /// `extends 'path'` of a parameter file.
    Extends(Expr),
    /// Decorators without a declaration.
    Missing,
}

/// A resource, a module or a test: they are written alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The symbolic name.
    pub name: Option<Name>,
    /// The type with its version, or the module's path: a string.
    pub ty: Expr,
    /// `existing`.
    pub existing: bool,
    /// An object, an [`If`] or a [`For`].
    pub body: Expr,
}

impl Resource {
    /// The type without its version, and the version where one is written; `text` is the text of its file. Some other
    /// tool may put the version in, so that a hole or a token stands for it: a hole is no version.
    pub fn type_and_version<'t>(&self, text: &'t str) -> (Cow<'t, str>, Option<String>) {
        let (written, whole) = match &self.ty.kind {
            ExprKind::Interpolation(pieces, _) => (pieces.first().map(|piece| piece.value(text)), false),
            _ => (self.ty.as_string(text), true),
        };
        let written = written.unwrap_or_default();
        match written.find('@') {
            Some(at) => {
                let version = written.get(at + 1..).filter(|version| whole && !version.is_empty());
                let (version, ty) =
                    (version.map(str::to_owned), written.get(..at).unwrap_or_default().to_owned());
                (Cow::Owned(ty), version)
            }
            None if whole => (written, None),
            // What the type goes on with is not known.
            None => (Cow::Borrowed(""), None),
        }
    }
}

/// A function that a file declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Option<Name>,
    /// Its parameters.
    pub parameters: Vec<LambdaParameter>,
    /// What it returns.
    pub returns: TypeExpr,
    /// What it computes.
    pub body: Expr,
}

/// A parameter of a declared function.
#[derive(Debug, Clone, PartialEq)]
pub struct LambdaParameter {
    /// Its name.
    pub name: Option<Name>,
    /// Its type.
    pub ty: TypeExpr,
}

/// `import … from 'path'`.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// What is imported.
    pub what: Imported,
    /// From where.
    pub from: Expr,
}

/// What an import brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Imported {
    /// `{ a, b as c }`.
    List(Vec<ImportedSymbol>),
    /// `* as name`.
    All(Name),
    /// Damaged.
    Error,
}

/// An item of an import's list.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedSymbol {
    /// Its name there: a name, or a string for names that Bicep cannot write.
    pub original: Key,
    /// Its name here, if another.
    pub alias: Option<Name>,
}

/// `#disable-next-line codes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directive {
    /// The whole, from `#`.
    pub span: Span,
    /// The word behind `#`: `disable-next-line`, `disable-diagnostics` or `restore-diagnostics`.
    pub name: Name,
    /// The codes with what separates them.
    pub codes: Span,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it is written.
    pub span: Span,
    /// How many expressions are within each other here, itself included.
    height: u16,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Damaged or missing; an error says why.
    Error,
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// `42`; the sign is an operator.
    Int(u64),
    /// `'text'` or `'''text'''`.
    String(Piece),
    /// `'a${b}c'`: one piece more than expressions.
    Interpolation(Box<[Piece]>, Box<[Expr]>),
    /// `[a, ...b]`.
    Array(Vec<Item>),
    /// `{ … }`.
    Object(Object),
    /// `[for …]`.
    For(Box<For>),
    /// `if (…) { … }`, the body of a resource.
    If(Box<If>),
    /// `(a)`.
    Paren(Box<Expr>),
    /// `a => b`, `(a, b) => c`.
    Lambda(Box<Lambda>),
    /// `f(a)`, `base.f(a)`.
    Call(Box<Call>),
    /// A symbol.
    Symbol(Name),
    /// `base.name`, with `safe` `base.?name`.
    Property {
        /// What it is a property of.
        base: Box<Expr>,
        /// Its name; missing in `base.`.
        name: Option<Name>,
        /// `.?`.
        safe: bool,
    },
    /// `base[index]`.
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// The index.
        index: Box<Expr>,
        /// `[?…]`.
        safe: bool,
        /// `[^…]`: counted from the end.
        from_end: bool,
    },
    /// `base::name`.
    Nested {
        /// The resource.
        base: Box<Expr>,
        /// The nested resource; missing in `base::`.
        name: Option<Name>,
    },
    /// `a!`.
    NonNull(Box<Expr>),
    /// `-a`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`.
    Binary(BinaryOp, Box<(Expr, Expr)>),
    /// `a ? b : c`.
    Ternary(Box<(Expr, Expr, Expr)>),
}

/// An operator before its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Not,
    Minus,
    Plus,
}

/// An operator between its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Multiply,
    Divide,
    Modulo,
    Add,
    Subtract,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equals,
    NotEquals,
    EqualsInsensitive,
    NotEqualsInsensitive,
    And,
    Or,
    Coalesce,
}

/// A piece of a string between holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The text without its delimiters, as written.
    pub span: Span,
    /// Whether backslashes in it are escapes that have to be undone.
    pub escaped: bool,
}

impl Piece {
    /// The piece's value; `text` is the text of its file.
    pub fn value<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let raw = slice(text, self.span);
        if self.escaped { Cow::Owned(super::lexer::unescape(raw)) } else { Cow::Borrowed(raw) }
    }
}

/// An item of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// `...`.
    pub spread: bool,
    /// The value.
    pub value: Expr,
}

/// An object: what stands in its braces, by kind, each in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object {
    /// Properties and spreads.
    pub properties: Vec<Property>,
    /// Resources declared within a resource.
    pub resources: Vec<Statement>,
}

/// `key: value`, or `...value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Expr,
}

/// What names a property.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// A bare name.
    Name(Name),
    /// A string, which may have holes.
    String(Expr),
    /// There is none: the value is spread.
    Spread,
    /// Damaged.
    Error,
}

impl Key {
    /// The key, if it is known as written; `text` is the text of its file.
    pub fn literal<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        match self {
            Key::Name(name) => Some(Cow::Borrowed(name.text(text))),
            Key::String(Expr { kind: ExprKind::String(piece), .. }) => Some(piece.value(text)),
            _ => None,
        }
    }

    /// Where it is written.
    pub fn span(&self) -> Option<Span> {
        match self {
            Key::Name(name) => Some(name.span),
            Key::String(expr) => Some(expr.span),
            Key::Spread | Key::Error => None,
        }
    }
}

impl Object {
    /// The value of the last property of exactly this name.
    pub fn get(&self, text: &str, name: &str) -> Option<&Expr> {
        let is = |property: &&Property| property.key.literal(text).is_some_and(|key| key == name);
        self.properties.iter().rev().find(is).map(|property| &property.value)
    }
}

/// `[for item in list: body]`.
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    /// The name of the item.
    pub item: Option<Name>,
    /// The name of the index.
    pub index: Option<Name>,
    /// What is walked over.
    pub list: Expr,
    /// What is made of each.
    pub body: Expr,
}

/// `if (condition) body`.
#[derive(Debug, Clone, PartialEq)]
pub struct If {
    /// With its parentheses.
    pub condition: Expr,
    /// The object.
    pub body: Expr,
}

/// `(a, b) => body`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lambda {
    /// The names of its parameters.
    pub parameters: Vec<Name>,
    /// What it computes.
    pub body: Expr,
}

/// `f(a)`, `base.f(a)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// A namespace, a wildcard import or a resource.
    pub base: Option<Expr>,
    /// The function's name; missing in `base.(`.
    pub name: Option<Name>,
    /// The arguments.
    pub args: Vec<Expr>,
}

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeExpr {
    /// Where it is written.
    pub span: Span,
    height: u16,
    /// What it is.
    pub kind: TypeKind,
}

/// The kinds of type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// Damaged or missing; an error says why.
    Error,
    /// `string`, or a declared type.
    Symbol(Name),
    /// `base.name`.
    Member {
        /// What it is a member of.
        base: Box<TypeExpr>,
        /// Its name.
        name: Option<Name>,
    },
    /// `base[index]`.
    Index(Box<TypeExpr>, Box<Expr>),
    /// `base[*]`.
    Items(Box<TypeExpr>),
    /// `base.*`.
    AdditionalProperties(Box<TypeExpr>),
    /// `name<a>`, `base.name<a>`.
    Generic {
        /// The namespace.
        base: Option<Box<TypeExpr>>,
        /// Its name.
        name: Option<Name>,
        /// The arguments.
        args: Vec<TypeExpr>,
    },
    /// `resource 'type@version'`.
    Resource(Option<Box<Expr>>),
    /// A string, number, truth value or null, which is its own type.
    Literal(Box<Expr>),
    /// `-1`, `!true`.
    Unary(UnaryOp, Box<TypeExpr>),
    /// `{ … }`.
    Object(Vec<TypeProperty>),
    /// `[ … ]`; the items have no key.
    Tuple(Vec<TypeProperty>),
    /// `a[]`.
    Array(Box<TypeExpr>),
    /// `a?`.
    Nullable(Box<TypeExpr>),
    /// `a!`.
    NonNull(Box<TypeExpr>),
    /// `a | b`.
    Union(Vec<TypeExpr>),
    /// `(a)`.
    Paren(Box<TypeExpr>),
}

/// `key: type` of an object type, or an item of a tuple.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeProperty {
    /// Its decorators.
    pub decorators: Vec<Decorator>,
    /// Its key.
    pub key: TypeKey,
    /// Its type.
    pub ty: TypeExpr,
}

/// What names a property of an object type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKey {
    /// A name or string.
    Key(Key),
    /// `*`.
    Any,
    /// An item of a tuple has none.
    None,
}

impl Expr {
    pub(super) fn new(span: Span, kind: ExprKind) -> Expr {
        let mut highest = 0;
        kind.children(|child| {
            let nested = match child {
                Child::Resource(Statement { kind: StatementKind::Resource(resource), .. }) => {
                    resource.body.height
                }
                _ => 0,
            };
            highest = child.exprs().map(|expr| expr.height).fold(highest.max(nested), u16::max);
        });
        let height = highest + 1;
        Expr { span, height, kind }
    }

    /// How many expressions are within each other here, itself included.
    pub fn height(&self) -> usize {
        usize::from(self.height)
    }

    /// The expression inside parentheses and `!`, which change no value.
    pub fn bare(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) | ExprKind::NonNull(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The object, if this is one.
    pub fn as_object(&self) -> Option<&Object> {
        match &self.kind {
            ExprKind::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The text, if this is a string without holes; `text` is the text of its file.
    pub fn as_string<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        match &self.kind {
            ExprKind::String(piece) => Some(piece.value(text)),
            _ => None,
        }
    }
}

fn highest<'e>(exprs: impl Iterator<Item = &'e Expr>) -> u16 {
    exprs.map(|expr| expr.height).max().unwrap_or(0)
}

impl TypeExpr {
    pub(super) fn new(span: Span, kind: TypeKind) -> TypeExpr {
        let height = 1 + match &kind {
            TypeKind::Error | TypeKind::Symbol(_) => 0,
            TypeKind::Member { base, .. }
            | TypeKind::Items(base)
            | TypeKind::AdditionalProperties(base)
            | TypeKind::Unary(_, base)
            | TypeKind::Array(base)
            | TypeKind::Nullable(base)
            | TypeKind::NonNull(base)
            | TypeKind::Paren(base) => base.height,
            TypeKind::Index(base, index) => base.height.max(index.height),
            TypeKind::Generic { base, args, .. } => {
                let args = args.iter().map(|arg| arg.height).max().unwrap_or(0);
                args.max(base.as_ref().map_or(0, |base| base.height))
            }
            TypeKind::Resource(ty) => ty.as_ref().map_or(0, |ty| ty.height),
            TypeKind::Literal(value) => value.height,
            TypeKind::Object(properties) | TypeKind::Tuple(properties) => {
                properties.iter().map(TypeProperty::height).max().unwrap_or(0)
            }
            TypeKind::Union(members) => members.iter().map(|member| member.height).max().unwrap_or(0),
        };
        TypeExpr { span, height, kind }
    }

    /// How many types are within each other here, itself included.
    pub fn height(&self) -> usize {
        usize::from(self.height)
    }
}

impl TypeProperty {
    fn height(&self) -> u16 {
        let decorators = highest(self.decorators.iter().map(|decorator| &decorator.expr));
        let key = match &self.key {
            TypeKey::Key(Key::String(key)) => key.height,
            _ => 0,
        };
        self.ty.height.max(decorators).max(key)
    }
}
