//! Bicep that some other tool completes before Bicep's compiler sees it: tokens such as `#{count}#` or `{{ count }}`
//! that stand where an expression does, and `${{ values.size }}` within a string.

use std::sync::{Arc, LazyLock};

use regex::bytes::Regex;

use crate::source::FileId;
use crate::syntax::SyntaxError;
use crate::syntax::bicep::{self, Dialect, Program, Token, TokenKind};

/// Names in Bicep are at most this long.
const MAX_NAME: usize = 255;

/// Behind a token that is replaced there may be others that could not be told before.
const MAX_ROUNDS: usize = 4;

static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let tokens = [
        r##"[#$]?\{\{[^{}"'\n]+\}\}#?"##,
        r##"#\{[^{}"'\n]+\}#?"##,
        r##"\$\{[^{}"'\n]+\}"##,
        r##"\$\([^()"'\n]+\)"##,
        r##"\$\[[A-Za-z0-9_.-]+\]"##,
        r##"\$[A-Z][A-Z0-9_]+"##,
        r##"#_[A-Za-z0-9_.-]+?_#"##,
        r##"%[A-Za-z_][A-Za-z0-9_.]+%"##,
        r##"@@[A-Za-z][A-Za-z0-9_.-]*@@"##,
        r##"<[A-Za-z][^<>"'\n]*>"##,
    ];
    Regex::new(&format!("(?-u){}", tokens.join("|"))).ok()
});

/// A text that can be parsed, and what of it.
#[derive(Debug)]
pub(super) struct Filled {
    /// With a name that nothing declares for each token, of the same length, so that every span holds.
    pub text: Arc<str>,
    pub program: Program,
}

/// The text with its tokens filled in, where Bicep has no meaning for them and something is wrong for that reason;
/// `None` for every other text, so that what is Bicep is read as it stands.
pub(super) fn filled(file: FileId, text: &str, dialect: Dialect, program: &Program) -> Option<Filled> {
    if program.errors.is_empty() {
        return None;
    }
    let mut best: Option<Filled> = None;
    for _ in 0..MAX_ROUNDS {
        let (text, errors) = match &best {
            Some(best) => (&*best.text, &best.program.errors),
            None => (text, &program.errors),
        };
        let Some(text) = fill(text, errors) else { break };
        let program = bicep::parse(file, &text, dialect);
        if program.errors.len() >= errors.len() {
            break;
        }
        best = Some(Filled { text: Arc::from(text), program });
    }
    best
}

/// The text without those tokens at which there are errors.
fn fill(text: &str, errors: &[SyntaxError]) -> Option<String> {
    let lexed: Vec<Token> = bicep::tokens(text).into_iter().filter(|token| token.start < token.end).collect();
    let mut bytes = text.as_bytes().to_vec();
    let mut found = false;
    for token in TOKENS.as_ref()?.find_iter(text.as_bytes()) {
        let range = token.range();
        let near = |error: &SyntaxError| {
            error.span.start as usize <= range.end && range.start <= error.span.end as usize
        };
        if !errors.iter().any(near) {
            continue;
        }
        let hole = token.as_bytes().starts_with(b"${{") && is_hole(&lexed, &range);
        let inner = if hole { range.start + 2..range.end - 1 } else { range };
        if inner.len() > MAX_NAME || !(hole || is_expression(text, &lexed, &inner)) {
            continue;
        }
        for byte in bytes.get_mut(inner).unwrap_or_default() {
            if !byte.is_ascii_alphanumeric() {
                *byte = b'_';
            }
            found = true;
        }
    }
    found.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// Whether a hole of a string, and nothing else, is all of a range.
fn is_hole(lexed: &[Token], range: &std::ops::Range<usize>) -> bool {
    let behind = lexed.partition_point(|token| (token.end as usize) < range.start + 2);
    let begins = lexed.get(behind).is_some_and(|token| {
        matches!(token.kind, TokenKind::StringLeft | TokenKind::StringMiddle)
            && token.end as usize == range.start + 2
    });
    let last = lexed.partition_point(|token| (token.start as usize) < range.end - 1);
    let ends = lexed.get(last).is_some_and(|token| {
        matches!(token.kind, TokenKind::StringMiddle | TokenKind::StringRight)
            && token.start as usize == range.end - 1
    });
    begins && ends
}

/// Whether a range begins outside of strings and comments, and where an expression can: not as a name that is
/// declared, not as a property's name, and not as a type.
fn is_expression(text: &str, lexed: &[Token], range: &std::ops::Range<usize>) -> bool {
    let at = lexed.partition_point(|token| (token.start as usize) < range.start);
    let begins = lexed.get(at).is_some_and(|token| token.start as usize == range.start);
    let inside = lexed.get(at..).unwrap_or_default().iter();
    let mut inside = inside.take_while(|token| (token.start as usize) < range.end);
    let whole = inside.all(|token| {
        use TokenKind::{NewLine, StringComplete, StringLeft, StringMiddle, StringRight};
        !matches!(token.kind, StringComplete | StringLeft | StringMiddle | StringRight | NewLine)
    });
    let is_trivia = |token: &&Token| token.kind == TokenKind::Trivia;
    let before = lexed.get(..at).unwrap_or_default().iter().rev().find(|token| !is_trivia(token));
    let is_in = |token: &Token| text.get(token.start as usize..token.end as usize) == Some("in");
    let behind = lexed.iter().skip(at).filter(|token| token.start as usize >= range.end);
    let behind = { behind }.find(|token| !is_trivia(token)).map(|token| token.kind);
    let is_name = match before.filter(|token| !is_in(token)).map(|token| token.kind) {
        None => before.is_none(),
        Some(TokenKind::Identifier | TokenKind::Dot | TokenKind::DoubleColon) => true,
        Some(TokenKind::NewLine | TokenKind::LeftBrace | TokenKind::Comma) => {
            behind == Some(TokenKind::Colon)
        }
        _ => false,
    };
    begins && whole && !is_name
}

/// Whether a name has the form of a token, `__COUNT__`, which Bicep takes for a name.
pub(super) fn is_token(name: &str) -> bool {
    let inner = name.strip_prefix("__").and_then(|name| name.strip_suffix("__"));
    inner.is_some_and(|inner| !inner.is_empty() && !inner.bytes().any(|byte| byte.is_ascii_lowercase()))
}
