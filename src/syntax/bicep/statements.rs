//! The part of the parser that reads declarations.

use super::Dialect;
use super::expressions::Allow;
use super::lexer::Kind;
use super::parser::{NEW_LINE, Outcome, Parser, Skipped, Until, fail, missing};
use super::tree::{
    Decorator, Expr, ExprKind, Function, Import, Imported, ImportedSymbol, Key, LambdaParameter, Name,
    Resource, Statement, StatementKind, TypeExpr, TypeKind,
};

const NAME_END: Until = Until::new(&[Kind::Identifier, Kind::NewLine]);
const NAME_BEFORE_VALUE_END: Until = Until::new(&[Kind::Assignment, Kind::NewLine]);
const NAME_BEFORE_STRING_END: Until = Until::new(&[Kind::StringComplete, Kind::StringLeft, Kind::NewLine]);
const TYPE_BEFORE_DEFAULT_END: Until = Until::new(&[Kind::Assignment, Kind::LeftBrace, Kind::NewLine]);
const TYPE_END: Until = Until::new(&[Kind::Assignment, Kind::NewLine]);
const ASSIGNMENT_BEFORE_BODY_END: Until = Until::new(&[Kind::LeftBrace, Kind::NewLine]);
const SIGNATURE_END: Until = Until::new(&[Kind::NewLine, Kind::RightParen]);
const PARAMETER_END: Until = Until::new(&[Kind::NewLine, Kind::Comma, Kind::RightParen]);
const LIST_END: Until = Until::new(&[
    Kind::StringRight,
    Kind::RightBrace,
    Kind::RightParen,
    Kind::RightSquare,
    Kind::NewLine,
    Kind::Comma,
]);
const ALIAS_END: Until = Until::new(&[Kind::Comma, Kind::NewLine]);

/// What a declaration of the resource kind may have as its body.
#[derive(Clone, Copy, PartialEq)]
enum Declares {
    Resource,
    Module,
    Test,
}

impl Parser<'_> {
    pub fn program(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while !self.is(Kind::End) {
            if self.eat(Kind::NewLine) {
                continue;
            }
            let Some(statement) = self.declaration(false) else { continue };
            statements.push(statement);
            // What follows on the line is an error, and the line is over.
            let end = self.recover(false, NEW_LINE, |parser| match parser.kind() {
                Kind::End => Ok(()),
                _ => parser.demand(Kind::NewLine, "expected the end of the line").map(drop),
            });
            if end.is_err() {
                self.eat(Kind::NewLine);
            }
        }
        statements
    }

    /// A declaration with its decorators; `None` if the line is none, which an error says.
    pub fn declaration(&mut self, nested: bool) -> Option<Statement> {
        let declared = self.recover(false, NEW_LINE, |parser| {
            let start = parser.position();
            let decorators = parser.decorators()?;
            let kind = match parser.kind() {
                Kind::NewLine => None,
                _ => parser.declared(nested)?,
            };
            let kind = match kind {
                Some(kind) => kind,
                None if decorators.is_empty() || parser.dialect == Dialect::Parameters => {
                    return fail("this is no declaration that Bicep knows");
                }
                None => StatementKind::Missing,
            };
            Ok(Statement { span: parser.span_from(start), decorators, kind })
        });
        declared.ok()
    }

    /// The declaration that begins here; `None` if nothing that is known begins here.
    fn declared(&mut self, nested: bool) -> Outcome<Option<StatementKind>> {
        let token = self.peek();
        if token.kind != Kind::Identifier {
            return Ok(None);
        }
        let word = self.text_of(token);
        let parameters = self.dialect == Dialect::Parameters;
        let kind = match word {
            _ if nested && word != "resource" => return Ok(None),
            "var" => self.variable(),
            "type" => self.type_declaration(),
            "import" => self.import(),
            "extension" => {
                self.read();
                self.extension()
            }
            "param" if parameters => self.assignment(),
            "using" if parameters => self.using()?,
            "extends" if parameters => {
                self.read();
                let what = "expected the path of a parameter file";
                let path = self.recover_expr(false, NEW_LINE, |parser| parser.whole_string(what));
                StatementKind::Extends(path)
            }
            "extensionConfig" if parameters => self.extension_config(),
            _ if parameters => return Ok(None),
            "targetScope" => {
                self.read();
                StatementKind::TargetScope(self.assigned(false))
            }
            "metadata" => {
                let (name, value) = self.named_value("expected a name for the metadata");
                StatementKind::Metadata { name, value }
            }
            "assert" => {
                let (name, value) = self.named_value("expected a name for the assertion");
                StatementKind::Assert { name, value }
            }
            "param" => self.parameter(),
            "func" => self.function(),
            "output" => self.output(),
            "resource" => StatementKind::Resource(self.resource(Declares::Resource)),
            "module" => StatementKind::Module(self.resource(Declares::Module)),
            "test" => StatementKind::Test(self.resource(Declares::Test)),
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    pub fn decorators(&mut self) -> Outcome<Vec<Decorator>> {
        let mut decorators = Vec::new();
        while self.is(Kind::At) {
            let start = self.position();
            self.read();
            let expr = self.recover_expr(false, NEW_LINE, Parser::decorator);
            decorators.push(Decorator { span: self.span_from(start), expr });
            let line = self.recover(false, NEW_LINE, |parser| {
                parser.demand(Kind::NewLine, "expected the end of the line after a decorator")
            });
            if line.is_err() {
                self.eat(Kind::NewLine);
            }
            self.new_lines();
        }
        Ok(decorators)
    }

    fn decorator(&mut self) -> Outcome<Expr> {
        let start = self.position();
        let name = self.name("expected the name of a decorator")?;
        let mut expr = match self.kind() {
            Kind::LeftParen => {
                let args = self.arguments(Allow::VALUE)?;
                let call = super::tree::Call { base: None, name: Some(name), args };
                self.expr(start, ExprKind::Call(Box::new(call)))?
            }
            _ => self.expr(start, ExprKind::Symbol(name))?,
        };
        while self.eat(Kind::Dot) {
            let name = self.name_or_error("expected the name of a decorator");
            let kind = if self.is(Kind::LeftParen) {
                let args = self.arguments(Allow::VALUE)?;
                ExprKind::Call(Box::new(super::tree::Call { base: Some(expr), name, args }))
            } else {
                ExprKind::Property { base: Box::new(expr), name, safe: false }
            };
            expr = self.expr(start, kind)?;
        }
        Ok(expr)
    }

    /// The name behind the keyword, which is taken as well.
    fn keyword_and_name(&mut self, what: &'static str, until: Until) -> Result<Name, Skipped> {
        self.read();
        self.recover(false, until, |parser| parser.name(what))
    }

    /// `= value`; no error if that would only repeat one.
    fn assigned(&mut self, quiet: bool) -> Expr {
        let assignment =
            self.recover(quiet, NEW_LINE, |parser| parser.demand(Kind::Assignment, "expected `=`"));
        self.recover_expr(missing(&assignment), NEW_LINE, |parser| parser.expression(Allow::VALUE))
    }

    /// `keyword name = value`.
    fn named_value(&mut self, what: &'static str) -> (Option<Name>, Expr) {
        let name = self.keyword_and_name(what, NAME_BEFORE_VALUE_END);
        let value = self.assigned(missing(&name));
        (name.ok(), value)
    }

    fn variable(&mut self) -> StatementKind {
        let name = self.keyword_and_name("expected a name for the variable", NAME_END);
        let mut quiet = missing(&name);
        let mut ty = None;
        if !matches!(self.kind(), Kind::End | Kind::NewLine | Kind::Assignment) {
            let read = self.recover(quiet, TYPE_END, |parser| parser.declared_type(false));
            quiet = missing(&read);
            ty = Some(read.unwrap_or_else(no_type));
        }
        StatementKind::Var { name: name.ok(), ty, value: self.assigned(quiet) }
    }

    fn type_declaration(&mut self) -> StatementKind {
        let name = self.keyword_and_name("expected a name for the type", NAME_BEFORE_VALUE_END);
        let quiet = missing(&name);
        let _ = self.recover(quiet, NEW_LINE, |parser| parser.demand(Kind::Assignment, "expected `=`"));
        let ty = self.recover_type(quiet, TYPE_BEFORE_DEFAULT_END, |parser| parser.declared_type(false));
        StatementKind::Type { name: name.ok(), ty }
    }

    fn parameter(&mut self) -> StatementKind {
        let name = self.keyword_and_name("expected a name for the parameter", NAME_END);
        let ty = self.recover(missing(&name), TYPE_BEFORE_DEFAULT_END, |parser| parser.declared_type(false));
        let default = self.recover(missing(&ty), NEW_LINE, |parser| match parser.kind() {
            Kind::NewLine | Kind::End => Ok(None),
            Kind::Assignment => Ok(Some(parser.assigned(false))),
            _ => fail("expected `=` and a default, or the end of the line"),
        });
        let default = default.unwrap_or_else(|skipped| Some(Expr::new(skipped.span, ExprKind::Error)));
        StatementKind::Param { name: name.ok(), ty: ty.unwrap_or_else(no_type), default }
    }

    fn assignment(&mut self) -> StatementKind {
        let name = self.keyword_and_name("expected the name of a parameter", NAME_END);
        let value = self.assigned(missing(&name));
        StatementKind::Assignment { name: name.ok(), value }
    }

    fn output(&mut self) -> StatementKind {
        let name = self.keyword_and_name("expected a name for the output", NAME_END);
        let ty = self.recover(missing(&name), TYPE_END, |parser| parser.declared_type(true));
        let value = self.assigned(missing(&ty));
        StatementKind::Output { name: name.ok(), ty: ty.unwrap_or_else(no_type), value }
    }

    fn function(&mut self) -> StatementKind {
        let name = self.keyword_and_name("expected a name for the function", NAME_BEFORE_VALUE_END);
        let mut parameters = Vec::new();
        let lambda = self.recover(missing(&name), NEW_LINE, |parser| {
            parser.parenthesised_list(true, |parser| {
                let parameter = parser.recover(false, LIST_END, |parser| {
                    let name = parser.name_or_error("expected a name for the parameter");
                    let ty = parser.recover_type(false, PARAMETER_END, |parser| parser.declared_type(false));
                    Ok(LambdaParameter { name, ty })
                });
                let empty = missing(&parameter);
                parameters.extend(parameter);
                empty
            })?;
            let returns = parser.recover_type(false, SIGNATURE_END, |parser| parser.declared_type(false));
            let arrow =
                parser.recover(false, SIGNATURE_END, |parser| parser.demand(Kind::Arrow, "expected `=>`"));
            Ok((returns, parser.lambda_body(arrow.is_ok())))
        });
        let (returns, body) =
            lambda.unwrap_or_else(|skipped| (no_type(skipped), Expr::new(skipped.span, ExprKind::Error)));
        StatementKind::Function(Function { name: name.ok(), parameters, returns, body })
    }

    fn resource(&mut self, declares: Declares) -> Resource {
        let (name_what, string_what) = match declares {
            Declares::Resource => ("expected a name for the resource", "expected the type of the resource"),
            Declares::Module => ("expected a name for the module", "expected the path of the module"),
            Declares::Test => ("expected a name for the test", "expected the path of the tested file"),
        };
        let name = self.keyword_and_name(name_what, NAME_BEFORE_STRING_END);
        let ty = self.recover(missing(&name), TYPE_END, |parser| parser.whole_string(string_what));
        let existing = declares == Declares::Resource && self.eat_word("existing");
        let assignment = self.recover(missing(&ty), ASSIGNMENT_BEFORE_BODY_END, |parser| {
            parser.demand(Kind::Assignment, "expected `=`")
        });
        let may_break = declares == Declares::Module || declares == Declares::Resource && assignment.is_ok();
        if may_break && self.is_word(self.behind_lines(0), "if") {
            self.new_lines();
        }
        let allow = if declares == Declares::Resource { Allow::BODY } else { Allow::VALUE };
        let body = self.recover_expr(missing(&assignment), NEW_LINE, |parser| {
            parser.deeper(|parser| match parser.kind() {
                Kind::LeftBrace => parser.object(allow),
                _ if declares == Declares::Test => fail("expected `{`"),
                Kind::Identifier if parser.is_word(parser.peek(), "if") => parser.condition(allow, false),
                Kind::LeftSquare => parser.loop_over(allow, true),
                _ => fail("expected `{`, `[` or `if`"),
            })
        });
        let ty = ty.unwrap_or_else(|skipped| Expr::new(skipped.span, ExprKind::Error));
        Resource { name: name.ok(), ty, existing, body }
    }

    /// `import 'extension'` is the older spelling of `extension`.
    fn import(&mut self) -> StatementKind {
        self.read();
        if self.dialect == Dialect::Template && matches!(self.kind(), Kind::StringComplete | Kind::StringLeft)
        {
            return self.extension();
        }
        const WHAT: &str = "expected `{` with a list of symbols, or `* as` and a name";
        let start = self.position();
        let what = match self.kind() {
            Kind::End | Kind::NewLine | Kind::Identifier => {
                self.error_here(WHAT);
                Imported::Error
            }
            Kind::LeftBrace => {
                let list = self.recover(false, NEW_LINE, Parser::imported_symbols);
                list.map_or(Imported::Error, Imported::List)
            }
            Kind::Asterisk => {
                let all = self.recover(false, NEW_LINE, |parser| {
                    parser.read();
                    parser.demand_word("as", "expected `as` and a name")?;
                    parser.name("expected a name for what is imported")
                });
                all.map_or(Imported::Error, Imported::All)
            }
            _ => {
                self.read();
                self.error(self.span_from(start), WHAT);
                Imported::Error
            }
        };
        let from = self.recover_expr(false, NEW_LINE, |parser| {
            parser.demand_word("from", "expected `from` and a path")?;
            let what = "expected the path of a file";
            Ok(parser.recover_expr(false, NEW_LINE, |parser| parser.whole_string(what)))
        });
        StatementKind::Import(Import { what, from })
    }

    fn imported_symbols(&mut self) -> Outcome<Vec<ImportedSymbol>> {
        self.demand(Kind::LeftBrace, "expected `{`")?;
        let mut symbols = Vec::new();
        self.elements(Kind::RightBrace, |parser| {
            let start = parser.position();
            let original = match parser.kind() {
                Kind::Identifier => Key::Name(parser.name("expected a name")?),
                Kind::StringComplete | Kind::StringLeft => match parser.string() {
                    string @ Expr { kind: ExprKind::String(_), .. } => Key::String(string),
                    string => {
                        if !matches!(string.kind, ExprKind::Error) {
                            parser.error(string.span, "a name must be known when the file is compiled");
                        }
                        Key::Error
                    }
                },
                _ => {
                    parser.read();
                    parser.error(parser.span_from(start), "expected the name of an exported symbol");
                    Key::Error
                }
            };
            let mut alias = None;
            if parser.eat_word("as") {
                alias = parser.recover(false, ALIAS_END, |parser| parser.name("expected a name")).ok();
            } else if let Key::String(_) = original {
                parser.error(parser.span_from(start), "a symbol imported by a string needs `as` and a name");
            }
            symbols.push(ImportedSymbol { original, alias });
            Ok(())
        })?;
        self.demand(Kind::RightBrace, "expected `}`")?;
        Ok(symbols)
    }

    /// What follows `extension`.
    fn extension(&mut self) -> StatementKind {
        let start = self.position();
        let spec = if self.is(Kind::Identifier) {
            let token = self.read();
            let name = Name { span: self.span_of(token) };
            Ok(Expr::new(self.span_from(start), ExprKind::Symbol(name)))
        } else {
            self.recover(false, NEW_LINE, |parser| parser.whole_string("expected the extension"))
        };
        let ends = |parser: &Self| matches!(parser.kind(), Kind::End | Kind::NewLine);
        const WHAT: &str = "expected `with`, `as` or the end of the line";
        let mut quiet = false;
        let mut with = None;
        if !ends(self) && !self.is_word(self.peek(), "as") {
            let clause = self.recover(missing(&spec), NEW_LINE, |parser| {
                parser.demand_word("with", WHAT)?;
                Ok(parser.configuration())
            });
            quiet = missing(&clause);
            with = clause.ok();
        }
        let mut alias = None;
        if !ends(self) {
            alias = self
                .recover(quiet, NEW_LINE, |parser| {
                    parser.demand_word("as", WHAT)?;
                    Ok(parser.recover(false, NEW_LINE, |parser| parser.name("expected an alias")).ok())
                })
                .ok()
                .flatten();
        }
        let spec = spec.unwrap_or_else(|skipped| Expr::new(skipped.span, ExprKind::Error));
        StatementKind::Extension { spec, with, alias }
    }

    /// The object behind `with`.
    fn configuration(&mut self) -> Expr {
        self.recover_expr(false, NEW_LINE, |parser| parser.deeper(|parser| parser.object(Allow::VALUE)))
    }

    fn extension_config(&mut self) -> StatementKind {
        let name = self.keyword_and_name("expected the alias of an extension", NAME_END);
        let with = self.recover_expr(missing(&name), NEW_LINE, |parser| {
            parser.demand_word("with", "expected `with`")?;
            Ok(parser.configuration())
        });
        StatementKind::ExtensionConfig { name: name.ok(), with }
    }

    fn using(&mut self) -> Outcome<StatementKind> {
        self.read();
        let path = match self.kind() {
            Kind::Identifier => {
                self.demand_word("none", "expected the path of a template, or `none`")?;
                None
            }
            Kind::StringComplete => Some(self.whole_string("expected the path of a template")?),
            _ => {
                self.error_here("expected the path of a template, or `none`");
                Some(Expr::new(self.span_from(self.position()), ExprKind::Error))
            }
        };
        let mut with = None;
        if !matches!(self.kind(), Kind::End | Kind::NewLine) {
            with = self
                .recover(false, NEW_LINE, |parser| {
                    parser.demand_word("with", "expected `with` or the end of the line")?;
                    Ok(parser.configuration())
                })
                .ok();
        }
        Ok(StatementKind::Using { path, with })
    }
}

fn no_type(skipped: Skipped) -> TypeExpr {
    TypeExpr::new(skipped.span, TypeKind::Error)
}
