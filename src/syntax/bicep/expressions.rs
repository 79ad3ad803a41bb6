//! The part of the parser that reads expressions.

use super::lexer::Kind;
use super::parser::{NEW_LINE, Outcome, Parser, Skipped, Until, fail, missing};
use super::tree::{
    BinaryOp, Call, Expr, ExprKind, For, If, Item, Key, Lambda, Name, Object, Piece, Property, StatementKind,
    UnaryOp,
};
use crate::source::Span;

/// What may stand where an expression is expected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allow {
    /// Arrays, objects and loops.
    pub complex: bool,
    /// Resources declared within objects.
    pub resources: bool,
}

impl Allow {
    pub const SIMPLE: Allow = Allow { complex: false, resources: false };
    pub const VALUE: Allow = Allow { complex: true, resources: false };
    pub const BODY: Allow = Allow { complex: true, resources: true };
}

const OPERAND_END: Until =
    Until::new(&[Kind::StringRight, Kind::RightBrace, Kind::RightParen, Kind::RightSquare, Kind::NewLine]);
const LIST_END: Until = Until::new(&[
    Kind::StringRight,
    Kind::RightBrace,
    Kind::RightParen,
    Kind::RightSquare,
    Kind::NewLine,
    Kind::Comma,
]);
const THEN_END: Until = Until::new(&[
    Kind::Colon,
    Kind::StringRight,
    Kind::RightBrace,
    Kind::RightParen,
    Kind::RightSquare,
    Kind::NewLine,
]);
const PAREN_END: Until = Until::new(&[Kind::StringRight, Kind::RightBrace, Kind::RightSquare, Kind::NewLine]);
const HOLE_END: Until = Until::new(&[Kind::StringMiddle, Kind::StringRight, Kind::NewLine]);
const KEY_END: Until = Until::new(&[Kind::Colon, Kind::NewLine, Kind::RightBrace]);
const MEMBER_END: Until = Until::new(&[Kind::NewLine, Kind::RightBrace]);
const SPREAD_MEMBER_END: Until = Until::new(&[Kind::Comma, Kind::NewLine, Kind::RightBrace]);
const ITEM_END: Until = Until::new(&[Kind::NewLine, Kind::RightSquare]);
const SPREAD_ITEM_END: Until = Until::new(&[Kind::Comma, Kind::NewLine, Kind::RightSquare]);
const ARGUMENT_END: Until = Until::new(&[Kind::NewLine, Kind::Comma, Kind::RightParen]);
const LAMBDA_END: Until = Until::new(&[Kind::NewLine, Kind::RightParen]);
const LIST_HEAD_END: Until = Until::new(&[Kind::Colon, Kind::RightSquare, Kind::NewLine]);
const BODY_END: Until = Until::new(&[Kind::LeftBrace, Kind::NewLine]);
const BODY_IN_LOOP_END: Until = Until::new(&[Kind::RightSquare, Kind::LeftBrace, Kind::NewLine]);

/// Before these words a lambda's body does not begin on a new line: a declaration does.
const DECLARATIONS: &[&str] =
    &["assert", "import", "metadata", "param", "var", "resource", "output", "module", "type"];

/// What a pair of parentheses holds, before it is known what it is.
struct Parenthesised {
    exprs: Vec<Result<Expr, Skipped>>,
    /// Commas and line breaks.
    others: usize,
    inner: Span,
    /// The closing parenthesis is there.
    closed: bool,
}

impl Parser<'_> {
    pub fn expression(&mut self, allow: Allow) -> Outcome<Expr> {
        self.deeper(|parser| {
            let start = parser.position();
            let condition = parser.binary(allow, 0)?;
            if parser.behind_lines(0).kind == Kind::Question {
                parser.new_lines();
            }
            if !parser.eat(Kind::Question) {
                return Ok(condition);
            }
            let then = parser.recover(false, THEN_END, |parser| parser.expression(allow));
            if then.is_ok() && parser.behind_lines(0).kind == Kind::Colon {
                parser.new_lines();
            }
            let colon = parser
                .recover(missing(&then), OPERAND_END, |parser| parser.demand(Kind::Colon, "expected `:`"));
            let otherwise =
                parser.recover_expr(missing(&colon), OPERAND_END, |parser| parser.expression(allow));
            let then = then.unwrap_or_else(skipped);
            parser.expr(start, ExprKind::Ternary(Box::new((condition, then, otherwise))))
        })
    }

    fn binary(&mut self, allow: Allow, above: u8) -> Outcome<Expr> {
        let start = self.position();
        let mut left = self.unary(allow)?;
        while let Some((op, precedence)) = binary_op(self.kind()).filter(|(_, level)| *level > above) {
            self.read();
            let right = self.recover_expr(false, OPERAND_END, |parser| parser.binary(allow, precedence));
            left = self.expr(start, ExprKind::Binary(op, Box::new((left, right))))?;
        }
        Ok(left)
    }

    fn unary(&mut self, allow: Allow) -> Outcome<Expr> {
        let start = self.position();
        let Some(op) = unary_op(self.kind()) else { return self.member(allow) };
        self.read();
        let operand = self.recover_expr(false, OPERAND_END, |parser| parser.member(allow));
        self.expr(start, ExprKind::Unary(op, Box::new(operand)))
    }

    fn member(&mut self, allow: Allow) -> Outcome<Expr> {
        let start = self.position();
        let mut base = self.primary(allow)?;
        loop {
            let kind = match self.kind() {
                Kind::LeftSquare => {
                    self.read();
                    let safe = self.eat(Kind::Question);
                    let from_end = self.eat(Kind::Hat);
                    let index = if self.is(Kind::RightSquare) {
                        self.error_here("expected an index");
                        Expr::new(self.span_from(self.position()), ExprKind::Error)
                    } else {
                        self.expression(allow)?
                    };
                    self.demand(Kind::RightSquare, "expected `]`")?;
                    ExprKind::Index { base: Box::new(base), index: Box::new(index), safe, from_end }
                }
                Kind::Dot => {
                    self.read();
                    let mark = self.peek();
                    let safe = self.eat(Kind::Question);
                    let name = self.name_or_error("expected the name of a property or function");
                    if self.is(Kind::LeftParen) {
                        if safe {
                            let span = self.span_of(mark);
                            let span = name.map_or(span, |name| span.join(name.span));
                            self.error(span, "functions cannot be called by `.?`");
                        }
                        let args = self.arguments(allow)?;
                        ExprKind::Call(Box::new(Call { base: Some(base), name, args }))
                    } else {
                        ExprKind::Property { base: Box::new(base), name, safe }
                    }
                }
                Kind::DoubleColon => {
                    self.read();
                    let name = self.name_or_error("expected the name of a nested resource");
                    ExprKind::Nested { base: Box::new(base), name }
                }
                Kind::Exclamation => {
                    self.read();
                    ExprKind::NonNull(Box::new(base))
                }
                _ => return Ok(base),
            };
            base = self.expr(start, kind)?;
        }
    }

    fn primary(&mut self, allow: Allow) -> Outcome<Expr> {
        let start = self.position();
        match self.kind() {
            Kind::Integer | Kind::Null | Kind::True | Kind::False => self.literal(),
            Kind::StringComplete | Kind::StringLeft => Ok(self.string()),
            Kind::LeftBrace if allow.complex => self.object(allow),
            Kind::LeftSquare if allow.complex => {
                if self.is_word(self.behind_lines(1), "for") {
                    self.loop_over(allow, false)
                } else {
                    self.array()
                }
            }
            Kind::LeftBrace | Kind::LeftSquare => fail("arrays and objects cannot stand here"),
            Kind::LeftParen => self.parentheses_or_lambda(allow),
            Kind::Identifier => {
                let token = self.read();
                let name = Name { span: self.span_of(token) };
                match self.kind() {
                    Kind::LeftParen => {
                        let args = self.arguments(allow)?;
                        let call = Call { base: None, name: Some(name), args };
                        self.expr(start, ExprKind::Call(Box::new(call)))
                    }
                    Kind::Arrow => self.lambda(start, vec![name]),
                    _ => self.expr(start, ExprKind::Symbol(name)),
                }
            }
            _ => fail("expected an expression"),
        }
    }

    /// A number, truth value or null.
    pub fn literal(&mut self) -> Outcome<Expr> {
        let start = self.position();
        let kind = match self.kind() {
            Kind::Null => ExprKind::Null,
            Kind::True => ExprKind::Bool(true),
            Kind::False => ExprKind::Bool(false),
            Kind::Integer => match self.text_of(self.peek()).parse() {
                Ok(value) => ExprKind::Int(value),
                Err(_) => {
                    // The error is about the number, so it must not stand before it.
                    self.read();
                    return fail("the number is too large");
                }
            },
            _ => return fail("expected a literal"),
        };
        self.read();
        self.expr(start, kind)
    }

    /// A string with its holes; nothing but a string may be here. Damaged strings are errors of the tokens
    /// already.
    pub fn string(&mut self) -> Expr {
        let start = self.position();
        let mut pieces = Vec::new();
        let mut holes = Vec::new();
        let mut whole = true;
        loop {
            let token = self.read();
            whole &= !token.flag;
            pieces.push(self.piece(token));
            if matches!(token.kind, Kind::StringComplete | Kind::StringRight) {
                break;
            }
            let mut hole = self.recover_expr(false, HOLE_END, |parser| parser.expression(Allow::SIMPLE));
            if !matches!(self.kind(), Kind::StringMiddle | Kind::StringRight | Kind::NewLine) {
                let rest = self.recover(false, HOLE_END, |_| -> Outcome<()> {
                    fail("unexpected tokens in the hole of a string")
                });
                let span = rest.map_or_else(|rest| hole.span.join(rest.span), |()| hole.span);
                hole = Expr::new(span, ExprKind::Error);
            }
            holes.push(hole);
            if matches!(self.kind(), Kind::NewLine | Kind::End) {
                return Expr::new(self.span_from(start), ExprKind::Error);
            }
        }
        let span = self.span_from(start);
        if !whole {
            return Expr::new(span, ExprKind::Error);
        }
        let kind = match pieces.as_slice() {
            [piece] => ExprKind::String(*piece),
            _ => ExprKind::Interpolation(pieces.into(), holes.into()),
        };
        // A hole counts as a level when it is read, so the string is hardly higher than what is allowed.
        Expr::new(span, kind)
    }

    fn piece(&self, token: super::lexer::Token) -> Piece {
        let (before, behind) = token.trim;
        let start = token.start + u32::from(before);
        let end = token.end.saturating_sub(u32::from(behind)).max(start);
        Piece { span: Span { file: self.file, start, end }, escaped: token.escaped }
    }

    /// A string that must be there and whole.
    pub fn whole_string(&mut self, what: &'static str) -> Outcome<Expr> {
        if !matches!(self.kind(), Kind::StringComplete | Kind::StringLeft) {
            // Whatever is here instead, the line is lost.
            while !matches!(self.kind(), Kind::NewLine | Kind::StringMiddle | Kind::StringRight | Kind::End) {
                self.read();
            }
            return fail(what);
        }
        match self.string() {
            Expr { kind: ExprKind::Error, .. } => fail(what),
            string => Ok(string),
        }
    }

    /// Elements of an object, array or type, up to its closing token, which stays. Elements are separated by
    /// one comma or by line breaks.
    pub fn elements(
        &mut self,
        closing: Kind,
        mut element: impl FnMut(&mut Self) -> Outcome<()>,
    ) -> Outcome<()> {
        if self.is(closing) {
            return Ok(());
        }
        self.new_lines();
        let mut separated = true;
        while !matches!(self.kind(), Kind::End) && !self.is(closing) {
            if separated {
                element(self)?;
                separated = false;
                continue;
            }
            match self.kind() {
                Kind::NewLine => self.new_lines(),
                Kind::Comma => {
                    self.read();
                    if self.is(Kind::NewLine) {
                        self.error_here("no line break can follow a comma: one of them separates elements");
                        self.read();
                    }
                }
                _ => self.error_here("expected a line break or a comma"),
            }
            separated = true;
        }
        Ok(())
    }

    fn array(&mut self) -> Outcome<Expr> {
        let start = self.position();
        self.demand(Kind::LeftSquare, "expected `[`")?;
        let mut items = Vec::new();
        self.elements(Kind::RightSquare, |parser| {
            let item = parser.recover(false, ITEM_END, |parser| {
                if parser.eat(Kind::Ellipsis) {
                    let value =
                        parser.recover_expr(false, SPREAD_ITEM_END, |parser| parser.expression(Allow::VALUE));
                    return Ok(Item { spread: true, value });
                }
                Ok(Item { spread: false, value: parser.expression(Allow::VALUE)? })
            });
            items.push(item.unwrap_or_else(|error| Item { spread: false, value: skipped(error) }));
            Ok(())
        })?;
        self.demand(Kind::RightSquare, "expected `]`")?;
        self.expr(start, ExprKind::Array(items))
    }

    pub fn object(&mut self, allow: Allow) -> Outcome<Expr> {
        let start = self.position();
        self.demand(Kind::LeftBrace, "expected `{`")?;
        let mut object = Object::default();
        self.elements(Kind::RightBrace, |parser| {
            let member = parser.recover(false, MEMBER_END, |parser| parser.object_member(allow, &mut object));
            if let Err(error) = member {
                object.properties.push(Property { key: Key::Error, value: skipped(error) });
            }
            Ok(())
        })?;
        self.demand(Kind::RightBrace, "expected `}`")?;
        self.expr(start, ExprKind::Object(object))
    }

    fn object_member(&mut self, allow: Allow, object: &mut Object) -> Outcome<()> {
        let is_resource = self.is(Kind::At)
            || self.is_word(self.peek(), "resource") && self.ahead(1).kind == Kind::Identifier;
        if allow.resources && is_resource {
            if let Some(statement) = self.declaration(true)
                && matches!(statement.kind, StatementKind::Resource(_))
            {
                object.resources.push(statement);
            }
            return Ok(());
        }
        if self.eat(Kind::Ellipsis) {
            let value = self.recover_expr(false, SPREAD_MEMBER_END, |parser| parser.expression(Allow::VALUE));
            object.properties.push(Property { key: Key::Spread, value });
            return Ok(());
        }
        let key =
            self.recover(false, KEY_END, |parser| parser.property_key("expected the name of a property"));
        let colon =
            self.recover(missing(&key), MEMBER_END, |parser| parser.demand(Kind::Colon, "expected `:`"));
        let value = self.recover_expr(missing(&colon), MEMBER_END, |parser| parser.expression(Allow::VALUE));
        object.properties.push(Property { key: key.unwrap_or(Key::Error), value });
        Ok(())
    }

    /// A name or string before a colon.
    pub fn property_key(&mut self, what: &'static str) -> Outcome<Key> {
        match self.kind() {
            Kind::Identifier => Ok(Key::Name(self.name(what)?)),
            Kind::StringComplete | Kind::StringLeft => Ok(Key::String(self.whole_string(what)?)),
            _ => fail(what),
        }
    }

    /// `[for item in list: body]`.
    pub fn loop_over(&mut self, allow: Allow, resources_only: bool) -> Outcome<Expr> {
        let start = self.position();
        self.demand(Kind::LeftSquare, "expected `[`")?;
        self.new_lines();
        self.demand_word("for", "expected `for`")?;
        let errors = self.errors_so_far();
        let variables = self.position();
        let (mut item, mut index) = (None, None);
        match self.kind() {
            Kind::Identifier => item = Some(self.name("expected a name for the item")?),
            Kind::LeftParen => (item, index) = self.loop_variables()?,
            _ => self.error_here("expected a name for the item, or `(item, index)`"),
        }
        let damaged = self.errors_so_far() > errors || self.has_lexical_error(self.span_from(variables));
        let word = self.recover(damaged, ITEM_END, |parser| parser.demand_word("in", "expected `in`"));
        let list = self.recover(missing(&word), LIST_HEAD_END, |parser| parser.expression(Allow::VALUE));
        let colon =
            self.recover(missing(&list), ITEM_END, |parser| parser.demand(Kind::Colon, "expected `:`"));
        let body = self.recover(missing(&colon), ITEM_END, |parser| match parser.kind() {
            _ if !resources_only => parser.expression(Allow { complex: true, ..allow }),
            Kind::LeftBrace => parser.deeper(|parser| parser.object(allow)),
            Kind::Identifier if parser.is_word(parser.peek(), "if") => {
                parser.deeper(|parser| parser.condition(allow, true))
            }
            _ => fail("expected `{` or `if`"),
        });
        if body.is_ok() {
            self.new_lines();
        }
        let _ =
            self.recover(missing(&body), ITEM_END, |parser| parser.demand(Kind::RightSquare, "expected `]`"));
        let of = For { item, index, list: list.unwrap_or_else(skipped), body: body.unwrap_or_else(skipped) };
        self.expr(start, ExprKind::For(Box::new(of)))
    }

    fn loop_variables(&mut self) -> Outcome<(Option<Name>, Option<Name>)> {
        let errors = self.errors_so_far();
        let start = self.position();
        let block = self.parenthesised(Allow::SIMPLE, false)?;
        let names: Vec<Option<Name>> = block.exprs.iter().map(as_name).collect();
        let span = self.span_from(start);
        if names.len() != 2 && self.errors_so_far() == errors && !self.has_lexical_error(span) {
            self.error(span, "a loop has two names in parentheses: the item's and the index's");
        }
        let mut names = names.into_iter();
        Ok((names.next().flatten(), names.next().flatten()))
    }

    /// `if (condition) { … }`.
    pub fn condition(&mut self, allow: Allow, in_loop: bool) -> Outcome<Expr> {
        let start = self.position();
        self.demand_word("if", "expected `if`")?;
        let head_end = if in_loop { BODY_IN_LOOP_END } else { BODY_END };
        let mut closed = false;
        let condition = self.recover(false, head_end, |parser| {
            let start = parser.position();
            let block = parser.parenthesised(Allow { resources: false, ..allow }, true)?;
            closed = block.closed;
            parser.parenthesised_expr(start, block)
        });
        let quiet = missing(&condition) || condition.is_err() || !closed;
        let body_end = if in_loop { ITEM_END } else { NEW_LINE };
        let body = self.recover_expr(quiet, body_end, |parser| parser.object(allow));
        let of = If { condition: condition.unwrap_or_else(skipped), body };
        self.expr(start, ExprKind::If(Box::new(of)))
    }

    fn parentheses_or_lambda(&mut self, allow: Allow) -> Outcome<Expr> {
        let start = self.position();
        let block = self.parenthesised(allow, true)?;
        if self.is(Kind::Arrow) {
            let names = block.exprs.iter().filter_map(as_name).collect();
            return self.lambda(start, names);
        }
        self.parenthesised_expr(start, block)
    }

    fn lambda(&mut self, start: usize, parameters: Vec<Name>) -> Outcome<Expr> {
        self.demand(Kind::Arrow, "expected `=>`")?;
        let body = self.lambda_body(true);
        self.expr(start, ExprKind::Lambda(Box::new(Lambda { parameters, body })))
    }

    /// What follows `=>`.
    pub fn lambda_body(&mut self, lines: bool) -> Expr {
        let next = self.behind_lines(0);
        if lines && !DECLARATIONS.iter().any(|word| self.is_word(next, word)) {
            self.new_lines();
        }
        self.recover_expr(false, LAMBDA_END, |parser| parser.expression(Allow::VALUE))
    }

    fn parenthesised(&mut self, allow: Allow, lines: bool) -> Outcome<Parenthesised> {
        let mut exprs = Vec::new();
        let block = self.parenthesised_list(lines, |parser| {
            let expr = parser.recover(false, LIST_END, |parser| parser.expression(allow));
            let empty = missing(&expr);
            exprs.push(expr);
            empty
        })?;
        Ok(Parenthesised { exprs, others: block.0, inner: block.1, closed: block.2 })
    }

    /// `(a, b)`: the number of commas and line breaks, the span of what is inside, and whether it is closed. `element` reads
    /// one and says whether it is missing.
    pub fn parenthesised_list(
        &mut self,
        lines: bool,
        mut element: impl FnMut(&mut Self) -> bool,
    ) -> Outcome<(usize, Span, bool)> {
        self.demand(Kind::LeftParen, "expected `(`")?;
        let start = self.position();
        let (mut others, mut commas) = (0, 0);
        // Whether the last thing inside is one that is missing.
        let mut quiet = false;
        let mut skip_lines = |parser: &mut Self| {
            let before = parser.position();
            if lines {
                parser.new_lines();
            }
            others += parser.position() - before;
            parser.position() > before
        };
        skip_lines(self);
        while !self.is(Kind::RightParen) {
            quiet = element(self);
            quiet &= !skip_lines(self);
            if !self.eat(Kind::Comma) {
                break;
            }
            commas += 1;
            quiet = false;
            skip_lines(self);
        }
        let inner = self.span_from(start);
        let close = self.recover(quiet, PAREN_END, |parser| parser.demand(Kind::RightParen, "expected `)`"));
        Ok((commas + others, inner, close.is_ok()))
    }

    fn parenthesised_expr(&mut self, start: usize, block: Parenthesised) -> Outcome<Expr> {
        let Parenthesised { mut exprs, others, inner, .. } = block;
        let inside = match exprs.pop() {
            Some(expr) if exprs.is_empty() && others == 0 => expr.unwrap_or_else(skipped),
            last => {
                // Nothing but one line break: what is missing is an error of its own where it matters.
                if last.is_some() || others != 1 {
                    self.error(inner, "parentheses hold exactly one expression");
                }
                Expr::new(inner, ExprKind::Error)
            }
        };
        self.expr(start, ExprKind::Paren(Box::new(inside)))
    }

    /// The arguments of a call, with their parentheses.
    pub fn arguments(&mut self, allow: Allow) -> Outcome<Vec<Expr>> {
        let mut args = Vec::new();
        self.demand(Kind::LeftParen, "expected `(`")?;
        self.separated(Kind::RightParen, |parser| {
            args.push(parser.recover_expr(false, ARGUMENT_END, |parser| parser.expression(allow)));
        });
        if !self.eat(Kind::RightParen) {
            self.error_here("expected `)`");
        }
        Ok(args)
    }

    /// Arguments, separated by commas behind which lines may break, up to the closing token, which stays.
    pub fn separated(&mut self, closing: Kind, mut element: impl FnMut(&mut Self)) {
        if self.is(closing) {
            return;
        }
        self.new_lines();
        let mut separated = true;
        while !self.is(Kind::End) && !self.is(closing) {
            if separated {
                element(self);
                separated = false;
                continue;
            }
            match self.kind() {
                Kind::NewLine => {
                    let mut ahead = 1;
                    while self.ahead(ahead).kind == Kind::NewLine && self.ahead(ahead).flag {
                        ahead += 1;
                    }
                    match self.ahead(ahead).kind {
                        // The line breaks stay, so that the error is where the closing token is missing.
                        Kind::End => return,
                        kind if kind == closing => {}
                        _ => self.error_here("expected a comma"),
                    }
                    self.new_lines();
                }
                Kind::Comma => {
                    self.read();
                    self.new_lines();
                    if self.is(closing) {
                        // An argument is missing, and that is to be said.
                        element(self);
                    }
                }
                _ => self.error_here("expected a comma"),
            }
            separated = true;
        }
    }
}

/// The name, if the expression is only a name.
fn as_name(expr: &Result<Expr, Skipped>) -> Option<Name> {
    match expr {
        Ok(Expr { kind: ExprKind::Symbol(name), .. }) => Some(*name),
        _ => None,
    }
}

/// The expression that stands for what was skipped.
pub(super) fn skipped(skipped: Skipped) -> Expr {
    Expr::new(skipped.span, ExprKind::Error)
}

pub(super) fn unary_op(kind: Kind) -> Option<UnaryOp> {
    match kind {
        Kind::Exclamation => Some(UnaryOp::Not),
        Kind::Minus => Some(UnaryOp::Minus),
        Kind::Plus => Some(UnaryOp::Plus),
        _ => None,
    }
}

/// The operator, and how tightly it binds.
fn binary_op(kind: Kind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        Kind::Asterisk => (BinaryOp::Multiply, 7),
        Kind::Slash => (BinaryOp::Divide, 7),
        Kind::Modulo => (BinaryOp::Modulo, 7),
        Kind::Plus => (BinaryOp::Add, 6),
        Kind::Minus => (BinaryOp::Subtract, 6),
        Kind::Greater => (BinaryOp::Greater, 5),
        Kind::GreaterOrEqual => (BinaryOp::GreaterOrEqual, 5),
        Kind::Less => (BinaryOp::Less, 5),
        Kind::LessOrEqual => (BinaryOp::LessOrEqual, 5),
        Kind::Equals => (BinaryOp::Equals, 4),
        Kind::NotEquals => (BinaryOp::NotEquals, 4),
        Kind::EqualsInsensitive => (BinaryOp::EqualsInsensitive, 4),
        Kind::NotEqualsInsensitive => (BinaryOp::NotEqualsInsensitive, 4),
        Kind::And => (BinaryOp::And, 3),
        Kind::Or => (BinaryOp::Or, 2),
        Kind::DoubleQuestion => (BinaryOp::Coalesce, 1),
        _ => return None,
    })
}
