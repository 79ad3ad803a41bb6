//! Kubernetes manifests: YAML or JSON documents to [`Workload`]s.
//!
//! What is read is what `kubectl apply` would be given. Templates that something renders first, fragments
//! that kustomize merges and documents of other API groups define no workload here; where something may
//! still change a workload's selectors, the workload says so in [`Workload::open`] and rules about them are
//! silent.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::model::{Image, Requirement, RequirementOperator, Toleration, Workload};
use crate::source::{FileId, Span, node_command};
use crate::syntax::data::{Member, Node, NodeKind};
use crate::syntax::yaml::TemplateAction;
use crate::syntax::{SyntaxError, json, yaml};

mod nodes;

/// What one file says.
#[derive(Debug, Default)]
pub struct Manifest {
    /// Its workloads, in order.
    pub workloads: Vec<Workload>,
    /// What is wrong with its notation. Empty unless it is a manifest.
    pub errors: Vec<SyntaxError>,
    /// Whether it has a document with an `apiVersion` and a `kind`.
    pub is_manifest: bool,
    /// Whether it or some of its documents are templates (`{{ … }}`), of which nothing is read.
    pub templated: bool,
    /// Where a template begins that may make workloads.
    pub unrendered: Option<Span>,
    /// Kustomizations that a controller applies to folders of the repository.
    pub applied: Vec<Applied>,
    /// Who makes nodes that no agent pool describes, on which pods can land, if it says that somebody does:
    /// Karpenter (also known as node auto-provisioning), another tool that defines clusters or nodes, or a command.
    pub nodes: Option<Arc<str>>,
}

/// Reads the workloads of a file.
pub fn workloads(file: FileId, text: &str) -> Manifest {
    let command = node_command(text.as_bytes()).map(|command| Arc::from(format!("`{command}`")));
    let mut manifest = Manifest { nodes: command, ..Manifest::default() };
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    if !has("apiVersion") || !has("kind") {
        return manifest;
    }
    let actions: Vec<TemplateAction> = yaml::template_actions(text).collect();
    manifest.templated = actions.iter().any(|action| !action.in_comment);
    // What is written only in some cases, or made by the template, is not known to be there.
    if manifest.templated
        && let Some(who) = nodes::named_in(text)
    {
        manifest.nodes = Some(Arc::from(who));
    }
    let (documents, errors) = documents(file, text);
    let mut of_data: Vec<Span> = documents.iter().flat_map(|(document, _)| data_of(document)).collect();
    of_data.sort();
    // Both are in the order of the text.
    let is_data = |action: &TemplateAction| {
        let after = of_data.partition_point(|span| span.start as usize <= action.at);
        let before = after.checked_sub(1).and_then(|last| of_data.get(last));
        before.is_some_and(|span| action.at < span.end as usize)
    };
    let acting: Vec<&TemplateAction> = actions.iter().filter(|action| !is_data(action)).collect();
    if manifest.templated
        && (!errors.is_empty() || acting.iter().any(|action| is_block(text, action.at)) || has("{%"))
    {
        manifest.is_manifest = true;
        let may_make_workloads = text.lines().any(|line| {
            let kind = line.trim_start().trim_start_matches("- ").strip_prefix("kind:");
            kind.is_some_and(|kind| kind.contains("{{") || is_workload(kind.trim().trim_matches(['"', '\''])))
        });
        let first = actions.iter().find(|action| !action.in_comment).filter(|_| may_make_workloads);
        manifest.unrendered = first.map(|action| span_of(file, action));
        return manifest;
    }
    for (document, span) in &documents {
        let from = acting.partition_point(|action| action.at < span.start as usize);
        let inside = acting.iter().skip(from).take_while(|action| action.at < span.end as usize);
        match inside.into_iter().find(|action| !action.in_comment) {
            Some(action) => {
                manifest.is_manifest |= is_object(document);
                let may_be_one = match document.get("kind").and_then(Node::as_str) {
                    Some(kind) => is_workload(kind) || kind == "List" || kind.contains("{{"),
                    None => false,
                };
                let action = Some(span_of(file, action)).filter(|_| may_be_one);
                manifest.unrendered = manifest.unrendered.or(action);
            }
            None => read_document(document, text, &mut manifest),
        }
    }
    // Of a file in which no document can be read it is not known what it is; its first words decide.
    manifest.is_manifest |= documents.is_empty()
        && text.lines().any(|line| line.starts_with("apiVersion:"))
        && text.lines().any(|line| line.starts_with("kind:"));
    if manifest.is_manifest {
        manifest.errors = errors;
    }
    manifest
}

/// The kinds of objects that make pods.
const WORKLOADS: &[&str] = &[
    "Pod",
    "ReplicationController",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
];

fn is_workload(kind: &str) -> bool {
    WORKLOADS.contains(&kind)
}

fn is_object(document: &Node) -> bool {
    string(document, "apiVersion").is_some() && string(document, "kind").is_some()
}

fn span_of(file: FileId, action: &TemplateAction) -> Span {
    Span::new(file, action.at, action.at + 2)
}

/// The parts of a configuration map or secret that are texts for others: braces in them are theirs.
fn data_of(document: &Node) -> Vec<Span> {
    if string(document, "apiVersion") != Some("v1")
        || !matches!(string(document, "kind"), Some("ConfigMap" | "Secret"))
    {
        return Vec::new();
    }
    ["data", "stringData", "binaryData"].iter().filter_map(|key| Some(document.get(key)?.span)).collect()
}

/// Whether what stands here decides over more than its place: over what follows, up to its end.
fn is_block(text: &str, at: usize) -> bool {
    let inner = text.get(at + 2..).unwrap_or("").trim_start_matches('-').trim_start();
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    matches!(word, "if" | "else" | "end" | "range" | "with" | "define" | "block")
}

/// The documents of a file that could be read, each with the span of its text, and what is wrong in all.
fn documents(file: FileId, text: &str) -> (Vec<(Node, Span)>, Vec<SyntaxError>) {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
        && let (Some(node), errors) = json::parse(file, text)
        && errors.is_empty()
    {
        let span = Span::new(file, 0, text.len());
        return (vec![(node, span)], errors);
    }
    let mut nodes = Vec::new();
    let mut errors = Vec::new();
    for document in yaml::parse(file, text).documents {
        nodes.extend(document.node.map(|node| (node, document.span)));
        errors.extend(document.errors);
    }
    (nodes, errors)
}

fn read_document(document: &Node, text: &str, manifest: &mut Manifest) {
    let (Some(version), Some(kind)) = (string(document, "apiVersion"), string(document, "kind")) else {
        return;
    };
    manifest.is_manifest = true;
    let group = version.split_once('/').map_or("", |(group, _)| group);
    if let Some(who) = nodes::definer(group, kind, document, text) {
        manifest.nodes = Some(Arc::from(who));
        return;
    }
    match (group, kind) {
        ("kustomize.toolkit.fluxcd.io", _) if kind == "Kustomization" => {
            manifest.applied.extend(document.get("spec").and_then(|spec| Applied::of(spec, spec)));
        }
        ("argoproj.io", _) if matches!(kind, "Application" | "ApplicationSet") => {
            let spec = if kind == "Application" { &["spec"][..] } else { &["spec", "template", "spec"] };
            let spec = at(document, spec);
            let one = spec.and_then(|spec| spec.get("source")).into_iter();
            let several = spec.and_then(|spec| spec.get("sources")).map(Node::items).unwrap_or_default();
            let sources = one.chain(several);
            manifest
                .applied
                .extend(sources.filter_map(|source| Applied::of(source, source.get("kustomize")?)));
        }
        ("", _) if kind == "List" => {
            for item in document.get("items").map(Node::items).unwrap_or_default() {
                read_document(item, text, manifest);
            }
        }
        _ => manifest.workloads.extend(workload(document, group, kind, text)),
    }
}

/// The workload that a complete object defines. An object without a name, an image or (where it must have
/// one) a selector is a fragment that something completes, and defines none.
fn workload(document: &Node, group: &str, kind: &str, text: &str) -> Option<Workload> {
    let spec = document.get("spec")?;
    let mut needs_selector = false;
    let pod = match (group, kind) {
        ("", "Pod") => spec,
        ("", "ReplicationController") | ("batch", "Job") => at(spec, &["template", "spec"])?,
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            needs_selector = true;
            at(spec, &["template", "spec"])?
        }
        ("batch", "CronJob") => at(spec, &["jobTemplate", "spec", "template", "spec"])?,
        _ => return None,
    };
    let metadata = document.get("metadata")?;
    let name = metadata.get("name").or_else(|| metadata.get("generateName"))?;
    let containers = pod.get("containers").map(Node::items).unwrap_or_default();
    if containers.is_empty()
        || containers.iter().any(|container| container.get("image").is_none())
        || needs_selector && spec.get("selector").is_none()
    {
        return None;
    }
    let mut reader = Reader { text, open: None };
    let node_selector = reader.node_selector(pod);
    let affinity = reader.affinity(pod);
    let tolerations = pod.get("tolerations").map(Node::items).unwrap_or_default();
    reader.other_placement(pod);
    Some(Workload {
        kind: Arc::from(kind),
        name: Arc::from(name.as_str().unwrap_or_default()),
        namespace: string(metadata, "namespace").map(Arc::from),
        span: name.span,
        node_selector,
        affinity,
        tolerations: tolerations.iter().map(toleration).collect(),
        images: images(pod),
        host_process: is_host_process(pod),
        dormant: spec.get("replicas").and_then(Node::as_i64) == Some(0)
            || spec.get("suspend").and_then(Node::as_bool) == Some(true),
        open: reader.open,
    })
}

/// Reads selectors, and notes the first reason for which they are not known in full.
struct Reader<'t> {
    text: &'t str,
    open: Option<Arc<str>>,
}

impl Reader<'_> {
    fn not_known(&mut self, reason: impl AsRef<str>) {
        self.open.get_or_insert_with(|| Arc::from(reason.as_ref()));
    }

    /// `nodeSelector`, and `os.name`, for which the kubelet of another system refuses the pod.
    fn node_selector(&mut self, pod: &Node) -> Vec<Requirement> {
        let mut requirements = Vec::new();
        if let Some(selector) = present(pod, "nodeSelector") {
            if selector.as_object().is_none() {
                self.not_known("`nodeSelector` is not a mapping");
            }
            let members = || selector.members().iter().enumerate();
            // Of a repeated key the last counts.
            let last: HashMap<&str, usize> =
                members().map(|(index, member)| (&*member.key.text, index)).collect();
            for (index, Member { key, value }) in members() {
                if last.get(&*key.text) != Some(&index) {
                    continue;
                }
                requirements.extend(self.equals(&key.text, key.span, value));
            }
        }
        if let Some(os) = at(pod, &["os", "name"]) {
            requirements.extend(self.equals("kubernetes.io/os", os.span, os));
        }
        requirements
    }

    fn equals(&mut self, key: &str, key_span: Span, value: &Node) -> Option<Requirement> {
        let key = self.key(key)?;
        let values = vec![self.value(value)?];
        Some(Requirement { key, operator: RequirementOperator::In, values, span: value.span, key_span })
    }

    fn key(&mut self, key: &str) -> Option<Arc<str>> {
        if is_label_key(key) {
            return Some(Arc::from(key));
        }
        self.not_known(format!("`{key}` is not the name of a label"));
        None
    }

    /// A label's value: a string that the API takes. Anything else is a mistake of another sort or, more
    /// often, a placeholder that something fills in.
    fn value(&mut self, value: &Node) -> Option<Arc<str>> {
        let written = value.written(self.text).unwrap_or_default();
        match value.as_text() {
            // Kubernetes' reader takes YAML 1.1's words for booleans.
            Some(_)
                if ["yes", "no", "on", "off", "y", "n"].iter().any(|b| written.eq_ignore_ascii_case(b)) =>
            {
                self.not_known(format!("`{written}` is not a string"));
                None
            }
            Some(text) if is_label_value(text.as_str()) && !looks_like_placeholder(text.as_str()) => {
                Some(text.shared())
            }
            Some(text) => {
                self.not_known(format!("`{text}` is a placeholder"));
                None
            }
            None => {
                self.not_known(format!("a label's value is not a string but of type {}", value.type_name()));
                None
            }
        }
    }

    /// Required node affinity: terms are alternatives, the expressions of a term all must hold.
    fn affinity(&mut self, pod: &Node) -> Vec<Vec<Requirement>> {
        let path = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
        let Some(required) = at(pod, &path) else { return Vec::new() };
        let terms = required.get("nodeSelectorTerms").map(Node::items).unwrap_or_default();
        if terms.is_empty() {
            self.not_known("the required node affinity has no terms");
        }
        let mut alternatives = Vec::new();
        for term in terms {
            if !term.get("matchFields").map(Node::items).unwrap_or_default().is_empty() {
                self.not_known("`matchFields` selects nodes by name");
            }
            let expressions = term.get("matchExpressions").map(Node::items).unwrap_or_default();
            if expressions.is_empty() {
                // Such a term matches no node at all.
                self.not_known("a term of the node affinity has no `matchExpressions`");
                continue;
            }
            alternatives
                .push(expressions.iter().filter_map(|expression| self.expression(expression)).collect());
        }
        alternatives
    }

    fn expression(&mut self, expression: &Node) -> Option<Requirement> {
        use RequirementOperator::{DoesNotExist, Exists, Gt, In, Lt, NotIn};
        let (Some(key), Some(operator)) = (expression.get("key"), string(expression, "operator")) else {
            self.not_known("a node affinity expression lacks its key or operator");
            return None;
        };
        let operator = match operator {
            "In" => In,
            "NotIn" => NotIn,
            "Exists" => Exists,
            "DoesNotExist" => DoesNotExist,
            "Gt" => Gt,
            "Lt" => Lt,
            other => {
                self.not_known(format!("`{other}` is no operator of node affinity"));
                return None;
            }
        };
        let name = self.key(key.as_str().unwrap_or_default())?;
        let written = expression.get("values").map(Node::items).unwrap_or_default();
        let values: Vec<Arc<str>> = written.iter().map_while(|value| self.value(value)).collect();
        let count_fits = match operator {
            In | NotIn => !values.is_empty(),
            Exists | DoesNotExist => values.is_empty(),
            Gt | Lt => values.len() == 1,
        };
        if values.len() < written.len() || !count_fits {
            self.not_known(format!("the values of `{name}` are not those its operator takes"));
            return None;
        }
        let span = match (written.first(), written.last()) {
            (Some(first), Some(last)) if self.on_one_line(first.span, last.span) => {
                first.span.join(last.span)
            }
            _ => key.span,
        };
        Some(Requirement { key: name, operator, values, span, key_span: key.span })
    }

    fn on_one_line(&self, first: Span, last: Span) -> bool {
        let between = self.text.get(first.start as usize..last.end as usize);
        between.is_some_and(|between| !between.contains(['\n', '\r']))
    }

    /// Everything else that decides where pods land.
    fn other_placement(&mut self, pod: &Node) {
        if present(pod, "nodeName").is_some() {
            self.not_known("`nodeName` places its pods, past the scheduler");
        }
        if let Some(class) = present(pod, "runtimeClassName") {
            let class = class.as_str().unwrap_or_default();
            self.not_known(format!("the runtime class `{class}` may add a node selector"));
        }
        if present(pod, "schedulerName").is_some_and(|name| name.as_str() != Some("default-scheduler")) {
            self.not_known("it has a scheduler of its own");
        }
    }
}

fn toleration(node: &Node) -> Toleration {
    let text = |key| string(node, key).filter(|text| !text.is_empty()).map(Arc::from);
    let value = match string(node, "operator") {
        Some("Exists") => None,
        _ => Some(Arc::from(string(node, "value").unwrap_or_default())),
    };
    Toleration { key: text("key"), value, effect: text("effect") }
}

fn all_containers(pod: &Node) -> impl Iterator<Item = &Node> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| pod.get(list).map(Node::items).unwrap_or_default())
}

/// The images that are known. A placeholder in the part that names the image and its tag makes it unknown;
/// one before that, usually for the registry, does not.
fn images(pod: &Node) -> Vec<Image> {
    all_containers(pod)
        .filter_map(|container| {
            let image = container.get("image")?;
            let reference = image.as_text()?;
            let tag = reference.as_str().rsplit('/').next().unwrap_or_default();
            let known = !tag.contains(['$', '{', '}', '<', '>', '#', '%', ' ']);
            known.then(|| Image { reference: reference.shared(), span: image.span })
        })
        .collect()
}

/// HostProcess is set for the pod or for a container; the API wants all containers of a pod to agree.
fn is_host_process(pod: &Node) -> bool {
    let path = ["securityContext", "windowsOptions", "hostProcess"];
    std::iter::once(pod)
        .chain(all_containers(pod))
        .any(|holder| at(holder, &path).and_then(Node::as_bool) == Some(true))
}

fn string<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key)?.as_str()
}

/// A member that is there and not null, which to Kubernetes are the same.
fn present<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get(key).filter(|value| !value.is_null())
}

fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| present(node, key))
}

/// What Kubernetes takes for a label's value: at most 63 letters, digits, `-`, `_` and `.`, beginning and
/// ending with a letter or digit; or nothing.
fn is_label_value(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// What Kubernetes takes for a label's key: a name like a value, with a DNS domain and `/` before it.
fn is_label_key(text: &str) -> bool {
    let (domain, name) = match text.split_once('/') {
        Some((domain, name)) => (Some(domain), name),
        None => (None, text),
    };
    let is_domain = |domain: &str| {
        !domain.is_empty()
            && domain.len() <= 253
            && domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
    };
    !name.is_empty() && is_label_value(name) && domain.is_none_or(is_domain)
}

/// Words that stand for a value in samples: `YOUR_POOL`, `CHANGEME`, `your-node-pool`. Other forms of
/// placeholders (`${POOL}`, `<pool>`, `__POOL__`) are no values of labels at all.
fn looks_like_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_shouted = text.contains('_') && !text.bytes().any(|b| b.is_ascii_lowercase());
    is_shouted
        || ["your", "changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me", "todo"]
            .iter()
            .any(|word| lower.starts_with(word))
}

/// What a `kustomization.yaml` does to workloads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kustomization {
    /// The first of its fields, if any, that may change selectors or images of what it includes.
    pub changes: Option<&'static str>,
    /// Paths of what it includes, as written: files and directories. Addresses are left out.
    pub includes: Vec<Arc<str>>,
}

/// Fields of a kustomization that may change selectors or images.
const CHANGING_FIELDS: &[&str] = &[
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "vars",
    "images",
    "components",
    "transformers",
    "generators",
    "helmCharts",
    "configurations",
];

/// A kustomization that a controller in the cluster applies to a folder of the repository: a `Kustomization` of
/// Flux, or the part of an application of Argo CD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The folder, from the root of the repository; `None` if it is not known.
    pub folder: Option<Arc<str>>,
    /// What it does there.
    pub kustomization: Kustomization,
}

impl Applied {
    /// `source` has the path, `changes` the fields of a kustomization. Nothing if none of these changes anything.
    fn of(source: &Node, changes: &Node) -> Option<Applied> {
        let mut kustomization = Kustomization { changes: changing(changes), includes: Vec::new() };
        kustomization.changes?;
        // Together with what the folder's own file says.
        kustomization.includes.push(Arc::from("."));
        kustomization.includes.extend(included(changes));
        let folder = match source.get("path") {
            None => Some(Arc::from("")),
            Some(path) => {
                path.as_text().map(|path| path.shared()).filter(|path| !path.contains(['$', '{', '<']))
            }
        };
        Some(Applied { folder, kustomization })
    }

    /// Where a file with the same content would have to lie, in a repository with this root.
    pub fn path(&self, root: &Path) -> PathBuf {
        let folder = self.folder.as_deref().unwrap_or("").trim_start_matches('/');
        root.join(folder).join("kustomization.yaml")
    }
}

/// Whether a path is that of a file that kustomize reads as a kustomization.
pub fn is_kustomization(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    matches!(name, Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
}

/// Reads a kustomization. One that cannot be read counts as changing things.
pub fn kustomization(file: FileId, text: &str) -> Kustomization {
    let (documents, errors) = documents(file, text);
    let mut result = Kustomization::default();
    if !errors.is_empty() || yaml::looks_templated(text) {
        result.changes = Some("what could not be read of it");
    }
    for (document, _) in &documents {
        result.changes = result.changes.or_else(|| changing(document));
        result.includes.extend(included(document));
    }
    result
}

/// The first field that may change selectors or images.
fn changing(kustomization: &Node) -> Option<&'static str> {
    let is_empty = |node: &Node| match &node.kind {
        NodeKind::Null => true,
        NodeKind::Array(items) => items.is_empty(),
        NodeKind::Object(members) => members.is_empty(),
        _ => false,
    };
    let is_there = |field: &&str| kustomization.get(field).is_some_and(|node| !is_empty(node));
    CHANGING_FIELDS.iter().copied().find(is_there)
}

/// The paths of what it includes, in the repository.
fn included(kustomization: &Node) -> Vec<Arc<str>> {
    let fields = ["resources", "bases", "components"].iter();
    let paths = fields.flat_map(|field| kustomization.get(field).map(Node::items).unwrap_or_default());
    paths
        .filter_map(Node::as_text)
        .filter(|path| !path.as_str().contains("://") && !path.as_str().contains("?ref="))
        .map(|path| path.shared())
        .collect()
}

/// Marks workloads open that a kustomization may change: those in its directory or below, and those that it
/// includes, directly or by way of other kustomizations. `kustomizations` are given with their paths;
/// `path_of` gives the path of a workload's file in the same form. Nothing is read from disk.
pub fn mark_patched(
    workloads: &mut [Workload],
    path_of: impl Fn(FileId) -> Option<PathBuf>,
    kustomizations: &[(PathBuf, Kustomization)],
) {
    let directories: Vec<PathBuf> =
        kustomizations.iter().map(|(path, _)| normalize(path.parent().unwrap_or(Path::new("")))).collect();
    let mut within: HashMap<&Path, Vec<usize>> = HashMap::new();
    for (index, directory) in directories.iter().enumerate() {
        within.entry(directory).or_default().push(index);
    }
    // What each reaches is gone through once: what it has in common with one before it is that one's.
    let mut reached: HashMap<PathBuf, usize> = HashMap::new();
    let mut is_read = vec![false; kustomizations.len()];
    for (first, (_, patching)) in kustomizations.iter().enumerate() {
        if patching.changes.is_none() {
            continue;
        }
        let mut waiting = vec![first];
        reached.entry(directories.get(first).cloned().unwrap_or_default()).or_insert(first);
        while let Some(next) = waiting.pop() {
            let (Some(is_read), Some(directory), Some((_, kustomization))) =
                (is_read.get_mut(next), directories.get(next), kustomizations.get(next))
            else {
                continue;
            };
            if std::mem::replace(is_read, true) {
                continue;
            }
            for include in &kustomization.includes {
                let target = normalize(&directory.join(&**include));
                waiting.extend(within.get(&*target).into_iter().flatten());
                reached.entry(target).or_insert(first);
            }
        }
    }
    let mut of_files: HashMap<FileId, Option<Arc<str>>> = HashMap::new();
    for workload in workloads.iter_mut().filter(|workload| workload.open.is_none()) {
        let file = workload.span.file;
        let why = of_files.entry(file).or_insert_with(|| {
            let path = normalize(&path_of(file)?);
            let first = path.ancestors().filter_map(|ancestor| reached.get(ancestor)).min()?;
            let field = kustomizations.get(*first)?.1.changes?;
            Some(Arc::from(format!("`{field}` of a kustomization may change it")))
        });
        workload.open.clone_from(why);
    }
}

/// Takes `.` and `..` out of a path, by its letters alone.
fn normalize(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(result.components().next_back(), Some(Component::Normal(_))) => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
#[path = "kubernetes_tests.rs"]
mod tests;
