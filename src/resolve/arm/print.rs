//! Expressions as a template writes them, and what is called by what is written.

use std::fmt::{self, Display, Formatter};

use super::expr::{Code, Expr, ExprKind};
use super::functions::Label;
use crate::source::Span;
use crate::value::ops::FAILING;
use crate::value::{Atom, Certain, Node, Reason, Unknown, Value};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::String(text) => write!(f, "'{}'", text.replace('\'', "''")),
            ExprKind::Int(value) => write!(f, "{value}"),
            ExprKind::Unknown(why) => write!(f, "unknown({why})"),
            ExprKind::Call { namespace, name, args, .. } => {
                if let Some(namespace) = namespace {
                    write!(f, "{namespace}.")?;
                }
                write!(f, "{name}(")?;
                for (index, arg) in args.iter().enumerate() {
                    write!(f, "{}{arg}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
            ExprKind::Property { base, name, safe } => {
                let safe_mark = if *safe { "?" } else { "" };
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                if !name.is_empty()
                    && !name.starts_with(|c: char| c.is_ascii_digit())
                    && name.bytes().all(is_plain)
                {
                    write!(f, "{base}.{safe_mark}{name}")
                } else {
                    write!(f, "{base}[{safe_mark}'{}']", name.replace('\'', "''"))
                }
            }
            ExprKind::Index { base, index, safe } => match (&index.kind, safe) {
                (ExprKind::String(name), safe) => {
                    // A name in brackets is a property all the same.
                    let kind = ExprKind::Property { base: base.clone(), name: name.clone(), safe: *safe };
                    write!(f, "{}", Expr { kind, ..(**base).clone() })
                }
                (_, true) => write!(f, "{base}[?{index}]"),
                (_, false) => write!(f, "{base}[{index}]"),
            },
        }
    }
}

/// What fails is called by its text: that it fails says nothing to people who look for it.
pub(super) fn told_as_written(value: Value, code: &Code) -> Value {
    match value.single() {
        Some(Node::Unknown(unknown))
            if matches!(unknown.reason, Reason::Failed(_)) && unknown.atom.label().starts_with(FAILING) =>
        {
            let label = Label::of(&code.source, code.expr.range).to_string();
            let atom = Atom::new(unknown.atom.key(), label);
            Value::unknown(atom, unknown.reason.clone(), unknown.certain.clone(), value.provenance())
        }
        _ => value,
    }
}

/// What is not evaluated, called by what is written unless the reason names it.
pub(super) fn not_evaluated(at: Span, reason: Reason, written: Label<'_>) -> Unknown {
    let label = match &reason {
        Reason::Placeholder(what) | Reason::Unsupported(what) => what.to_string(),
        _ => written.to_string(),
    };
    let key = match &reason {
        // The same placeholder is the same value wherever it stands.
        Reason::Placeholder(token) => format!("placeholder:{token}"),
        _ => format!("unsupported@{}:{}", at.file.0, at.start),
    };
    Unknown { atom: Atom::new(key, label), reason, certain: Certain::default() }
}
