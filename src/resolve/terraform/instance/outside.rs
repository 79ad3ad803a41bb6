//! What is not Terraform's own: modules that are known from tables only, and languages built on Terraform's.

use std::sync::Arc;

use super::{Inputs, Instance};
use crate::resolve::terraform::config::Call;
use crate::resolve::terraform::registry;
use crate::source::Span;
use crate::value::Value;

/// What a language that is built on Terraform's expressions adds to them.
pub trait Dialect {
    /// The value of a name that Terraform does not have.
    fn name(&self, name: &str, at: Span) -> Option<Value>;
    /// The result of a function that Terraform does not have, or that means something else here.
    fn call(&self, name: &str, args: &[Value], at: Span) -> Option<Value>;
}

impl Instance<'_> {
    /// Where people see a module that is not theirs, because it is known from a table only or was installed: its
    /// call, the place in it that says which release it is, and the module's title. `None` for a module of the
    /// project's own.
    pub fn call_site(&self) -> Option<(Span, Span, Arc<str>)> {
        let title = registry::title(&self.module.dir);
        if title.is_none() && !self.shared.is_vendored(&self.module.dir) {
            return None;
        }
        let (by, call) = match &self.inputs {
            Inputs::Called { by, call, .. } => (by, call),
            Inputs::Given { called_at, .. } => {
                return called_at.zip(title).map(|((block, at), title)| (block, at, title));
            }
        };
        let caller = by.upgrade()?;
        if let Some((header, version, outer)) = caller.call_site() {
            return Some((header, version, title.unwrap_or(outer)));
        }
        let Call { block, source } = caller.module.calls.get(call)?;
        let release = block.body.attribute("version").or_else(|| block.body.attribute("source"));
        let title = title.or_else(|| source.clone())?;
        Some((block.header, release.map_or(block.header, |release| release.expr.span), title))
    }

    /// Whether a place lies in a file that people do not see, or that is not theirs to edit.
    pub fn is_hidden(&self, at: Span) -> bool {
        self.shared.is_hidden(at)
    }

    /// A function that is not Terraform's, if the file is in a language that has it.
    pub fn dialect_call(&self, name: &str, args: &[Value], at: Span) -> Option<Value> {
        self.shared.dialect()?.call(name, args, at)
    }
}
