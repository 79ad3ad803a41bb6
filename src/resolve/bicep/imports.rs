//! Compiled templates that files of Bicep import from: which symbols they export, and their declarations under
//! other names.
//!
//! Source: `ArmTemplateSemanticModel` of Bicep's public repository (src/Bicep.Core/Semantics), which reads exports.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::resolve::arm::expr::{Code, Expr, ExprKind};
use crate::resolve::arm::tree::{Expression, Member, Node, NodeKind};
use crate::value::Reason;

/// The namespace of a template's own functions.
const OWN_FUNCTIONS: &str = "__bicep";

/// A compiled template.
#[derive(Debug)]
pub(super) struct Compiled {
    pub path: PathBuf,
    pub root: Arc<Node>,
}

/// A declaration, its parts under the names that they have where they are imported.
pub(super) enum Declaration {
    Type(Node),
    Variable(Node),
    /// A variable that is a loop.
    Loop(Node),
    Function(Node),
}

/// The name that something used has where it is imported; None to leave it.
type Renaming<'r> = &'r mut dyn FnMut(&str) -> Option<Arc<str>>;

impl Compiled {
    /// What can be imported by anyone.
    pub fn exports(&self) -> Vec<String> {
        let is_exported = |declaration: &Node| {
            declaration.at(&["metadata", "__bicep_export!"]).and_then(Node::as_bool) == Some(true)
        };
        let variables =
            self.root.at(&["metadata", "__bicep_exported_variables!"]).map(Node::items).unwrap_or_default();
        let variables = variables.iter().filter_map(|variable| variable.get("name")?.as_str());
        let types = self.root.get("definitions").map(Node::members).unwrap_or_default().iter();
        let types = types.filter(|ty| is_exported(&ty.value)).map(|ty| &*ty.name);
        let functions = self.functions(OWN_FUNCTIONS).iter();
        let functions =
            functions.filter(|function| is_exported(&function.value)).map(|function| &*function.name);
        variables.chain(types).chain(functions).map(str::to_owned).collect()
    }

    /// The names that the declarations of a name use.
    pub fn needs(&self, name: &str) -> BTreeSet<String> {
        let mut needs = BTreeSet::new();
        self.declarations(name, name, &mut |used| {
            needs.insert(used.to_owned());
            None
        });
        needs
    }

    /// The declarations of a name; `own` is its new one. A function of another namespace is named with that.
    pub fn declarations(&self, name: &str, own: &str, rename: Renaming<'_>) -> Vec<Declaration> {
        let mut found = Vec::new();
        if let Some(ty) = member(self.root.get("definitions"), name) {
            found.push(Declaration::Type(renamed(ty, None, rename)));
        }
        let variables = self.root.get("variables");
        if let Some(variable) = member(variables, name).filter(|_| !name.eq_ignore_ascii_case("copy")) {
            found.push(Declaration::Variable(renamed(variable, None, rename)));
        }
        let loops =
            variables.and_then(|variables| variables.get("copy")).map(Node::items).unwrap_or_default();
        let is_it = |copy: &&Node| {
            copy.get("name").and_then(Node::as_str).is_some_and(|n| n.eq_ignore_ascii_case(name))
        };
        if let Some(copy) = loops.iter().find(is_it) {
            let mut copy = renamed(copy, Some((name, own)), rename);
            if let NodeKind::Object(members) = &mut copy.kind {
                for member in members.iter_mut().filter(|member| member.name.eq_ignore_ascii_case("name")) {
                    member.value.kind = NodeKind::String(Arc::from(own));
                }
            }
            found.push(Declaration::Loop(copy));
        }
        let (namespace, function) = name.split_once('.').unwrap_or((OWN_FUNCTIONS, name));
        let functions = self.functions(namespace).iter();
        if let Some(function) = functions.rev().find(|member| member.name.eq_ignore_ascii_case(function)) {
            found.push(Declaration::Function(renamed(&function.value, None, rename)));
        }
        found
    }

    fn functions(&self, namespace: &str) -> &[Member] {
        let namespaces = self.root.get("functions").map(Node::items).unwrap_or_default();
        let is_it = |of: &&Node| {
            of.get("namespace").and_then(Node::as_str).is_some_and(|own| own.eq_ignore_ascii_case(namespace))
        };
        namespaces.iter().find(is_it).and_then(|of| of.get("members")).map(Node::members).unwrap_or_default()
    }
}

fn member<'n>(object: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    object?.get(name)
}

/// A copy in which everything that is used has its new name; `looped` are the names of the loop around, old and new.
fn renamed(node: &Node, looped: Option<(&str, &str)>, rename: Renaming<'_>) -> Node {
    let kind = match &node.kind {
        NodeKind::Null => NodeKind::Null,
        NodeKind::Bool(value) => NodeKind::Bool(*value),
        NodeKind::Number(written) => NodeKind::Number(written.clone()),
        NodeKind::String(text) => NodeKind::String(text.clone()),
        NodeKind::Expr(expression) => {
            NodeKind::Expr(Box::new(renamed_code(expression, node, looped, rename)))
        }
        NodeKind::Array(items) => {
            NodeKind::Array(items.iter().map(|item| renamed(item, looped, rename)).collect())
        }
        NodeKind::Object(members) => {
            let of_member = |member: &Member| {
                let mut value = renamed(&member.value, looped, rename);
                if let (true, NodeKind::String(path)) =
                    (member.name.eq_ignore_ascii_case("$ref"), &value.kind)
                {
                    value.kind = NodeKind::String(renamed_reference(path, rename));
                }
                let name = &member.computed;
                let name = name.as_ref().map(|name| Box::new(renamed_code(name, node, looped, rename)));
                Member { name: member.name.clone(), name_span: member.name_span, computed: name, value }
            };
            NodeKind::Object(members.iter().map(of_member).collect())
        }
        NodeKind::Shared(node) => return renamed(node, looped, rename),
    };
    Node { span: node.span, kind }
}

fn renamed_reference(path: &Arc<str>, rename: Renaming<'_>) -> Arc<str> {
    const DEFINITIONS: &str = "#/definitions/";
    let Some(rest) = path.strip_prefix(DEFINITIONS) else { return path.clone() };
    let (name, part) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    rename(name).map_or_else(|| path.clone(), |own| format!("{DEFINITIONS}{own}{part}").into())
}

fn renamed_code(
    expression: &Expression,
    node: &Node,
    looped: Option<(&str, &str)>,
    rename: Renaming<'_>,
) -> Expression {
    Expression::new(match expression.code() {
        Ok(code) => {
            let mut code = code.clone();
            rename_in(&mut code.expr, looped, rename);
            code
        }
        Err(error) => {
            let source: Arc<str> = Arc::from(expression.source());
            let kind = ExprKind::Unknown(Reason::Unclear(Arc::from(&*error.message)));
            Code { expr: Expr { span: node.span, range: (0, source.len()), kind }, source }
        }
    })
}

fn rename_in(expr: &mut Expr, looped: Option<(&str, &str)>, rename: Renaming<'_>) {
    match &mut expr.kind {
        ExprKind::String(_) | ExprKind::Int(_) | ExprKind::Unknown(_) => {}
        ExprKind::Call { namespace: Some(namespace), name, args, .. } => {
            let full = match namespace.eq_ignore_ascii_case(OWN_FUNCTIONS) {
                true => name.to_string(),
                false => format!("{namespace}.{name}"),
            };
            if let Some(own) = rename(&full) {
                let (space, function) = own.split_once('.').unwrap_or((OWN_FUNCTIONS, &own));
                (*namespace, *name) = (Arc::from(space), Arc::from(function));
            }
            args.iter_mut().for_each(|arg| rename_in(arg, looped, rename));
        }
        ExprKind::Call { namespace: None, name, args, .. } => {
            if let [Expr { kind: ExprKind::String(what), .. }] = args.as_mut_slice() {
                if name.eq_ignore_ascii_case("variables")
                    && let Some(own) = rename(what)
                {
                    *what = own;
                } else if let Some((old, own)) = looped
                    && name.eq_ignore_ascii_case("copyIndex")
                    && what.eq_ignore_ascii_case(old)
                {
                    *what = Arc::from(own);
                }
            }
            args.iter_mut().for_each(|arg| rename_in(arg, looped, rename));
        }
        ExprKind::Property { base, .. } => rename_in(base, looped, rename),
        ExprKind::Index { base, index, .. } => {
            rename_in(base, looped, rename);
            rename_in(index, looped, rename);
        }
    }
}
