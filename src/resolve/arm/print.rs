//! Expressions as a template writes them.

use std::fmt::{self, Display, Formatter};

use super::expr::{Expr, ExprKind};

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
