//! OpenTofu's `lifecycle { enabled = … }`, with which a block has one instance or none, and the instance no index.
//! Source: <https://opentofu.org/docs/language/meta-arguments/enabled>, since OpenTofu 1.11. Terraform refuses it.

use std::rc::Rc;

use super::Instance;
use crate::resolve::terraform::eval::{Repetition, Scope, eval};
use crate::resolve::terraform::repeat::Repeated;
use crate::source::Span;
use crate::syntax::hcl::{Attribute, Block};
use crate::value::{Node, Provenance, Region, Scalar, Value, ops};

/// What says whether a block is enabled, if anything does.
pub fn enabled(block: &Block) -> Option<&Attribute> {
    block.body.blocks_of("lifecycle").find_map(|lifecycle| lifecycle.body.attribute("enabled"))
}

impl<'p> Instance<'p> {
    /// The worlds in which a block that is not repeated exists, within its module instance.
    fn worlds_of(self: &Rc<Instance<'p>>, block: &Block) -> Vec<Region> {
        let Some(attribute) = enabled(block) else { return vec![Region::everywhere()] };
        let work = || eval(&attribute.expr, &Scope::new(self));
        let value = self.memo(&format!("enabled@{:?}", attribute.span), attribute.expr.span, work);
        let exists = |node: &Node, region: &Region| match node {
            Node::Bool(is) => is.then(|| region.clone()),
            Node::String(text) => (&**text == "true").then(|| region.clone()),
            Node::Unknown(unknown) => Region::is(&unknown.atom, Scalar::Bool(true))?.and(region),
            // OpenTofu refuses null and everything else; that is no reason to leave the block out.
            _ => Some(region.clone()),
        };
        let value = value.split_domains();
        let alternatives = value.alternatives().iter();
        alternatives.filter_map(|alternative| exists(&alternative.node, &alternative.region)).collect()
    }

    /// The one instance of a block that is not repeated, if there is a world in which it exists.
    pub(super) fn once(self: &Rc<Instance<'p>>, block: &Block) -> Vec<Repeated> {
        let presence = self.worlds_of(block);
        let repetition = Repetition::default();
        let one = Repeated { key: None, presence, many: false, repetition };
        if one.presence.is_empty() { Vec::new() } else { vec![one] }
    }

    /// A reference to a block that is not repeated, or to something of it, as far as the block exists: elsewhere the
    /// block itself is null, and has no attributes.
    pub(super) fn where_enabled(
        self: &Rc<Instance<'p>>,
        block: &Block,
        at: Span,
        (value, taken): (Value, usize),
    ) -> (Value, usize) {
        if enabled(block).is_none() {
            return (value, taken);
        }
        let presence = self.worlds_of(block);
        let Some(absence) = Region::everywhere().without(&presence).filter(|regions| !regions.is_empty())
        else {
            return (value, taken);
        };
        let otherwise = match taken {
            1 => Value::null(Provenance::written(at)),
            _ => ops::failed("it is null, since it is not enabled", at),
        };
        let there = presence.iter().filter_map(|region| value.within(region));
        let elsewhere = absence.iter().filter_map(|region| otherwise.within(region));
        let parts = there.chain(elsewhere).flat_map(|part| part.alternatives().to_vec());
        (Value::from_alternatives(parts.collect()), taken)
    }
}
