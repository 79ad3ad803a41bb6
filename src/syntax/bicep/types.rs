//! The part of the parser that reads types.

use super::expressions::{Allow, unary_op};
use super::lexer::Kind;
use super::parser::{Outcome, Parser, Until, fail, missing};
use super::tree::{Expr, ExprKind, Name, TypeExpr, TypeKey, TypeKind, TypeProperty};

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
const ARGUMENT_END: Until = Until::new(&[Kind::NewLine, Kind::Comma, Kind::Greater]);
const KEY_END: Until = Until::new(&[Kind::Colon, Kind::NewLine, Kind::RightBrace]);
const MEMBER_END: Until = Until::new(&[Kind::NewLine, Kind::RightBrace]);
const ITEM_END: Until = Until::new(&[Kind::NewLine, Kind::RightSquare]);
const RESOURCE_END: Until = Until::new(&[Kind::Assignment, Kind::NewLine]);
const NEVER: Until = Until::new(&[]);

impl Parser<'_> {
    /// A type where a whole one is expected; an output may be a `resource` without its type.
    pub fn declared_type(&mut self, optional_resource: bool) -> Outcome<TypeExpr> {
        let start = self.position();
        if !self.is_word(self.peek(), "resource") || self.ahead(1).kind == Kind::Less {
            return self.type_expression();
        }
        self.read();
        if optional_resource && !matches!(self.kind(), Kind::StringComplete | Kind::StringLeft) {
            return self.ty(start, TypeKind::Resource(None));
        }
        let ty = self
            .recover_expr(false, RESOURCE_END, |parser| parser.whole_string("expected a type of resource"));
        self.ty(start, TypeKind::Resource(Some(Box::new(ty))))
    }

    pub fn type_expression(&mut self) -> Outcome<TypeExpr> {
        self.deeper(|parser| {
            let start = parser.position();
            let mut union = false;
            if parser.at_pipe() {
                parser.new_lines();
                parser.read();
                union = true;
            }
            let first = parser.unary_type()?;
            if !union && !parser.at_pipe() {
                return Ok(first);
            }
            let mut members = vec![first];
            while parser.at_pipe() {
                parser.new_lines();
                parser.read();
                if parser.is(Kind::NewLine) {
                    parser.error_here("expected a type");
                } else {
                    members.push(parser.recover_type(false, NEVER, Parser::unary_type));
                }
            }
            parser.ty(start, TypeKind::Union(members))
        })
    }

    /// Whether a `|` is next, be it on the next line.
    fn at_pipe(&self) -> bool {
        self.is(Kind::Pipe) || self.is(Kind::NewLine) && self.ahead(1).kind == Kind::Pipe
    }

    fn unary_type(&mut self) -> Outcome<TypeExpr> {
        let start = self.position();
        let mut ty = match unary_op(self.kind()) {
            Some(op) => {
                self.read();
                let operand = self.recover_type(false, OPERAND_END, Parser::member_type);
                self.ty(start, TypeKind::Unary(op, Box::new(operand)))?
            }
            None => self.member_type()?,
        };
        loop {
            let kind = if self.eat(Kind::Question) {
                TypeKind::Nullable(Box::new(ty))
            } else if self.eat(Kind::Exclamation) {
                TypeKind::NonNull(Box::new(ty))
            } else {
                return Ok(ty);
            };
            ty = self.ty(start, kind)?;
        }
    }

    fn member_type(&mut self) -> Outcome<TypeExpr> {
        let start = self.position();
        let mut base = self.primary_type()?;
        loop {
            let kind = match self.kind() {
                Kind::LeftSquare => {
                    self.read();
                    if self.eat(Kind::RightSquare) {
                        TypeKind::Array(Box::new(base))
                    } else if self.eat(Kind::Asterisk) {
                        self.demand(Kind::RightSquare, "expected `]`")?;
                        TypeKind::Items(Box::new(base))
                    } else {
                        let index = self.expression(Allow::SIMPLE)?;
                        self.demand(Kind::RightSquare, "expected `]`")?;
                        TypeKind::Index(Box::new(base), Box::new(index))
                    }
                }
                Kind::Dot => {
                    self.read();
                    if self.eat(Kind::Asterisk) {
                        TypeKind::AdditionalProperties(Box::new(base))
                    } else {
                        let name = self.name_or_error("expected the name of a property");
                        if self.is(Kind::Less) {
                            let args = self.type_arguments()?;
                            TypeKind::Generic { base: Some(Box::new(base)), name, args }
                        } else {
                            TypeKind::Member { base: Box::new(base), name }
                        }
                    }
                }
                _ => return Ok(base),
            };
            base = self.ty(start, kind)?;
        }
    }

    fn primary_type(&mut self) -> Outcome<TypeExpr> {
        let start = self.position();
        match self.kind() {
            Kind::Integer | Kind::Null | Kind::True | Kind::False => {
                let value = self.literal()?;
                self.ty(start, TypeKind::Literal(Box::new(value)))
            }
            Kind::StringComplete | Kind::StringLeft => {
                let kind = match self.string() {
                    Expr { kind: ExprKind::Error, .. } => TypeKind::Error,
                    string => TypeKind::Literal(Box::new(string)),
                };
                self.ty(start, kind)
            }
            Kind::LeftBrace => self.object_type(),
            Kind::LeftSquare => self.tuple_type(),
            Kind::LeftParen => self.parenthesised_type(),
            Kind::Identifier => {
                let token = self.read();
                let name = Name { span: self.span_of(token) };
                if self.is(Kind::Less) {
                    let args = self.type_arguments()?;
                    return self.ty(start, TypeKind::Generic { base: None, name: Some(name), args });
                }
                self.ty(start, TypeKind::Symbol(name))
            }
            _ => fail("expected a type"),
        }
    }

    fn type_arguments(&mut self) -> Outcome<Vec<TypeExpr>> {
        let mut args = Vec::new();
        self.demand(Kind::Less, "expected `<`")?;
        self.separated(Kind::Greater, |parser| {
            args.push(parser.recover_type(false, ARGUMENT_END, Parser::type_expression));
        });
        if !self.eat(Kind::Greater) {
            self.error_here("expected `>`");
        }
        Ok(args)
    }

    fn parenthesised_type(&mut self) -> Outcome<TypeExpr> {
        let start = self.position();
        let mut types = Vec::new();
        let (others, inner, _) = self.parenthesised_list(false, |parser| {
            let ty = parser.recover(false, LIST_END, Parser::type_expression);
            let empty = missing(&ty);
            types.push(ty.unwrap_or_else(|skipped| TypeExpr::new(skipped.span, TypeKind::Error)));
            empty
        })?;
        let inside = match types.pop() {
            Some(ty) if types.is_empty() && others == 0 => ty,
            _ => {
                self.error(inner, "parentheses hold exactly one type");
                TypeExpr::new(inner, TypeKind::Error)
            }
        };
        self.ty(start, TypeKind::Paren(Box::new(inside)))
    }

    fn object_type(&mut self) -> Outcome<TypeExpr> {
        let start = self.position();
        self.demand(Kind::LeftBrace, "expected `{`")?;
        let mut properties = Vec::new();
        self.elements(Kind::RightBrace, |parser| {
            let decorators = parser.decorators()?;
            const WHAT: &str = "expected the name of a property, or `*`";
            let key = parser.recover(false, KEY_END, |parser| {
                if parser.eat(Kind::Asterisk) {
                    return Ok(TypeKey::Any);
                }
                Ok(TypeKey::Key(parser.property_key(WHAT)?))
            });
            let colon = parser
                .recover(missing(&key), MEMBER_END, |parser| parser.demand(Kind::Colon, "expected `:`"));
            let ty = parser.recover_type(missing(&colon), MEMBER_END, Parser::type_expression);
            properties.push(TypeProperty { decorators, key: key.unwrap_or(TypeKey::None), ty });
            Ok(())
        })?;
        self.demand(Kind::RightBrace, "expected `}`")?;
        self.ty(start, TypeKind::Object(properties))
    }

    fn tuple_type(&mut self) -> Outcome<TypeExpr> {
        let start = self.position();
        self.demand(Kind::LeftSquare, "expected `[`")?;
        let mut items = Vec::new();
        self.elements(Kind::RightSquare, |parser| {
            let item = parser.recover(false, ITEM_END, |parser| {
                let decorators = parser.decorators()?;
                Ok(TypeProperty { decorators, key: TypeKey::None, ty: parser.type_expression()? })
            });
            if let Ok(item) = item {
                items.push(item);
            }
            Ok(())
        })?;
        self.demand(Kind::RightSquare, "expected `]`")?;
        self.ty(start, TypeKind::Tuple(items))
    }
}
