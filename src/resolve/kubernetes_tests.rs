use proptest::prelude::*;

use super::*;

const FILE: FileId = FileId(7);

/// The only workload of a file, which must be free of errors.
fn only(text: &str) -> Workload {
    let mut manifest = workloads(FILE, text);
    assert_eq!(manifest.errors, []);
    assert_eq!(manifest.workloads.len(), 1);
    manifest.workloads.remove(0)
}

/// A Deployment with these lines, indented by six blanks, in its pod.
fn deployment(pod: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  \
         selector: {{}}\n  template:\n    spec:\n      containers:\n        - image: web:1\n{pod}"
    )
}

fn pod(pod: &str) -> Workload {
    only(&deployment(pod))
}

/// What a span covers, which must occur once.
fn written(text: &str, span: Span) -> &str {
    let written = &text[span.start as usize..span.end as usize];
    assert_eq!((span.file, text.matches(written).count()), (FILE, 1), "{written}");
    written
}

fn describe(requirement: &Requirement) -> String {
    let values: Vec<&str> = requirement.values.iter().map(|value| &**value).collect();
    format!("{} {:?} {}", requirement.key, requirement.operator, values.join(","))
}

#[test]
fn a_deployment_has_its_name_namespace_and_images() {
    let text = deployment("      initContainers:\n        - image: 'init:2'\n");
    let web = only(&text);
    assert_eq!((&*web.kind, &*web.name, web.namespace.as_deref()), ("Deployment", "web", Some("shop")));
    assert_eq!(web.span, Span::new(FILE, 55, 58));
    let images: Vec<(&str, &str)> =
        web.images.iter().map(|image| (&*image.reference, written(&text, image.span))).collect();
    assert_eq!(images, [("init:2", "'init:2'"), ("web:1", "web:1")]);
    assert!(!web.host_process && !web.dormant);
    assert_eq!(web.open, None);
}

#[test]
fn a_node_selector_is_one_requirement_for_each_key_at_its_value() {
    let text =
        deployment("      nodeSelector:\n        agentpool: gpu\n        kubernetes.io/os: \"linux\"\n");
    let web = only(&text);
    let all: Vec<(String, &str)> = web
        .node_selector
        .iter()
        .map(|requirement| (describe(requirement), written(&text, requirement.span)))
        .collect();
    assert_eq!(
        all,
        [("agentpool In gpu".to_owned(), "gpu"), ("kubernetes.io/os In linux".to_owned(), "\"linux\"")]
    );
}

#[test]
fn required_affinity_is_terms_of_expressions_and_preferred_affinity_is_nothing() {
    let text = deployment(
        "      affinity:
        nodeAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 1
              preference: {matchExpressions: [{key: other, operator: Exists}]}
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: pool, operator: In, values: [red, blue]}
                  - {key: size, operator: Gt, values: ['4']}
              - matchExpressions:
                  - key: zone
                    operator: NotIn
                    values:
                      - one
                      - two
                  - {key: there, operator: Exists}
                  - {key: gone, operator: DoesNotExist}
",
    );
    let web = only(&text);
    let terms: Vec<Vec<(String, &str)>> = web
        .affinity
        .iter()
        .map(|term| {
            let describe = |requirement| (describe(requirement), written(&text, requirement.span));
            term.iter().map(describe).collect()
        })
        .collect();
    let expected = |list: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        list.iter().map(|(text, span)| ((*text).to_owned(), *span)).collect()
    };
    assert_eq!(
        terms,
        [
            expected(&[("pool In red,blue", "red, blue"), ("size Gt 4", "'4'")]),
            expected(&[
                ("zone NotIn one,two", "zone"),
                ("there Exists ", "there"),
                ("gone DoesNotExist ", "gone")
            ]),
        ]
    );
    assert_eq!(web.open, None);
}

#[test]
fn the_pods_os_is_a_requirement() {
    let web = pod("      os: {name: windows}\n");
    assert_eq!(web.node_selector.iter().map(describe).collect::<Vec<_>>(), ["kubernetes.io/os In windows"]);
}

#[test]
fn tolerations_keep_what_they_leave_out() {
    let web = pod(
        "      tolerations:\n        - operator: Exists\n        - {key: a, value: b, effect: NoSchedule}\n        - {key: c}\n",
    );
    let all: Vec<(Option<&str>, Option<&str>, Option<&str>)> =
        web.tolerations.iter().map(|t| (t.key.as_deref(), t.value.as_deref(), t.effect.as_deref())).collect();
    assert_eq!(
        all,
        [(None, None, None), (Some("a"), Some("b"), Some("NoSchedule")), (Some("c"), Some(""), None)]
    );
}

#[test]
fn host_process_is_found_on_the_pod_and_on_a_container() {
    assert!(pod("      securityContext: {windowsOptions: {hostProcess: true}}\n").host_process);
    assert!(
        pod("      initContainers: [{image: a, securityContext: {windowsOptions: {hostProcess: true}}}]\n")
            .host_process
    );
    assert!(!pod("      securityContext: {windowsOptions: {hostProcess: false}}\n").host_process);
}

#[test]
fn every_kind_with_pods_is_read_and_others_are_not() {
    let containers = "containers: [{image: a}]";
    for (version, kind, spec, count) in [
        ("v1", "Pod", format!("{{{containers}}}"), 1),
        ("v1", "ReplicationController", format!("{{template: {{spec: {{{containers}}}}}}}"), 1),
        ("apps/v1", "StatefulSet", format!("{{selector: {{}}, template: {{spec: {{{containers}}}}}}}"), 1),
        ("apps/v1", "DaemonSet", format!("{{selector: {{}}, template: {{spec: {{{containers}}}}}}}"), 1),
        (
            "apps/v1beta2",
            "ReplicaSet",
            format!("{{selector: {{}}, template: {{spec: {{{containers}}}}}}}"),
            1,
        ),
        ("batch/v1", "Job", format!("{{template: {{spec: {{{containers}}}}}}}"), 1),
        (
            "batch/v1",
            "CronJob",
            format!("{{jobTemplate: {{spec: {{template: {{spec: {{{containers}}}}}}}}}}}"),
            1,
        ),
        (
            "example.com/v1",
            "Deployment",
            format!("{{selector: {{}}, template: {{spec: {{{containers}}}}}}}"),
            0,
        ),
        ("v1", "Deployment", format!("{{selector: {{}}, template: {{spec: {{{containers}}}}}}}"), 0),
        ("v1", "PodTemplate", format!("{{{containers}}}"), 0),
    ] {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {spec}\n");
        let manifest = workloads(FILE, &text);
        assert!(manifest.is_manifest);
        assert_eq!(manifest.workloads.len(), count, "{text}");
    }
}

#[test]
fn lists_json_and_streams_of_documents_are_read() {
    let item = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"image": "i"}], "nodeSelector": {"k": "v"}}}"#;
    let list = format!(r#"{{"apiVersion": "v1", "kind": "List", "items": [{item}, {item}]}}"#);
    assert_eq!(workloads(FILE, &list).workloads.len(), 2);
    let span = only(item).node_selector[0].span;
    assert_eq!(written(item, span), "\"v\"");
    let stream = format!("---\n{item}\n---\napiVersion: v1\nkind: ConfigMap\n---\n{list}\n");
    assert_eq!(workloads(FILE, &stream).workloads.len(), 3);
}

#[test]
fn a_fragment_defines_no_workload() {
    let web = deployment("");
    for without in ["  name: web\n", "  selector: {}\n", "        - image: web:1\n", "image: web:1"] {
        assert!(web.contains(without));
        let manifest = workloads(FILE, &web.replace(without, ""));
        assert!(manifest.is_manifest && manifest.workloads.is_empty(), "{without}");
    }
}

#[test]
fn a_template_is_counted_and_not_read() {
    let manifest = workloads(FILE, &deployment("      nodeSelector: {{ .Values.nodeSelector }}\n"));
    assert!(manifest.templated && manifest.is_manifest && manifest.nodes.is_none());
    assert!(manifest.workloads.is_empty() && manifest.errors.is_empty());
}

#[test]
fn what_is_no_manifest_has_neither_workloads_nor_errors() {
    for text in ["", "a: [", "# apiVersion kind\na: [", "apiVersion: 1\nkind: 2\n", "[apiVersion, kind]"] {
        let manifest = workloads(FILE, text);
        assert!(
            !manifest.is_manifest && manifest.workloads.is_empty() && manifest.errors.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn a_broken_document_leaves_the_others() {
    let manifest = workloads(FILE, &format!("{}---\na: [\n---\n{}", deployment(""), deployment("")));
    assert_eq!((manifest.workloads.len(), manifest.errors.len()), (2, 1));
    assert!(workloads(FILE, "apiVersion: v1\nkind: Pod\na: [\n").is_manifest);
}

#[test]
fn who_else_makes_nodes_is_noticed() {
    for (version, kind, who) in [
        ("karpenter.sh/v1", "NodePool", Some("Karpenter")),
        ("karpenter.azure.com/v1beta1", "AKSNodeClass", Some("Karpenter")),
        ("eksctl.io/v1alpha5", "ClusterConfig", Some("eksctl")),
        ("infrastructure.cluster.x-k8s.io/v1beta1", "AzureManagedMachinePool", Some("Cluster API")),
        ("cluster.x-k8s.io/v1beta1", "MachinePool", Some("Cluster API")),
        (
            "containerservice.azure.com/v1api20240901",
            "ManagedClustersAgentPool",
            Some("Azure Service Operator"),
        ),
        ("containerservice.azure.upbound.io/v1beta1", "KubernetesClusterNodePool", Some("Crossplane")),
        ("eks.aws.m.upbound.io/v1beta1", "NodeGroup", Some("Crossplane")),
        ("provisioning.cattle.io/v1", "Cluster", Some("Rancher")),
        ("containerservice.azure.com/v1api20240901", "MaintenanceConfiguration", None),
        ("notcluster.x-k8s.io/v1", "Cluster", None),
        ("kind.x-k8s.io/v1alpha4", "Cluster", None),
        ("v1", "NodePool", None),
    ] {
        let manifest = workloads(FILE, &format!("apiVersion: {version}\nkind: {kind}\n"));
        assert_eq!(manifest.nodes.as_deref(), who, "{version} {kind}");
    }
    let nodes = |text: &str| workloads(FILE, text).nodes;
    assert!(nodes("apiVersion: karpenter.sh/v1\nkind: NodePool\na: {{ .b }}\n").is_some());
    let composition = |group: &str| {
        format!(
            "apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nspec:\n  resources:\n    - base:\n        apiVersion: {group}/v1beta1\n"
        )
    };
    assert!(nodes(&composition("containerservice.azure.upbound.io")).is_some());
    assert!(nodes(&composition("network.azure.upbound.io")).is_none());
    // A cluster on somebody's own machine has the labels that it is given.
    let kind = "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes:\n  - role: worker\n";
    assert!(nodes(kind).is_none());
    assert!(nodes(&format!("{kind}    labels: {{tier: batch}}\n")).is_some());
    let pipeline = "steps:\n  - script: |\n      az aks nodepool add --name gpu --labels tier=batch\n";
    assert_eq!(nodes(pipeline).as_deref(), Some("`aks nodepool add`"));
    // A list of rights names a group without its objects.
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nrules:\n  - apiGroups: [cluster.x-k8s.io]\n";
    assert!(nodes(role).is_none());
}

#[test]
fn workloads_that_ask_for_no_pods_are_dormant() {
    assert!(only(&deployment("").replace("spec:\n  selector", "spec:\n  replicas: 0\n  selector")).dormant);
    assert!(!only(&deployment("").replace("spec:\n  selector", "spec:\n  replicas: 1\n  selector")).dormant);
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {suspend: true, template: {spec: {containers: [{image: a}]}}}";
    assert!(only(job).dormant);
}

#[test]
fn a_selector_that_is_not_known_in_full_is_open() {
    for (lines, reason) in [
        ("nodeName: node-1", "`nodeName` places its pods, past the scheduler"),
        ("runtimeClassName: win", "the runtime class `win` may add a node selector"),
        ("schedulerName: mine", "it has a scheduler of its own"),
        ("nodeSelector: {agentpool: '${POOL}'}", "`${POOL}` is a placeholder"),
        ("nodeSelector: {agentpool: <pool>}", "`<pool>` is a placeholder"),
        ("nodeSelector: {agentpool: __POOL__}", "`__POOL__` is a placeholder"),
        ("nodeSelector: {agentpool: YOUR_POOL}", "`YOUR_POOL` is a placeholder"),
        ("nodeSelector: {'${KEY}': a}", "`${KEY}` is not the name of a label"),
        ("nodeSelector: {gpu: true}", "a label's value is not a string but of type boolean"),
        ("nodeSelector: {gpu: yes}", "`yes` is not a string"),
        ("nodeSelector: {gpu: }", "a label's value is not a string but of type null"),
        ("nodeSelector: $SELECTOR", "`nodeSelector` is not a mapping"),
    ] {
        let web = pod(&format!("      {lines}\n"));
        assert_eq!(web.open.as_deref(), Some(reason));
        assert!(web.node_selector.is_empty());
    }
    for (terms, reason) in [
        ("[]", "the required node affinity has no terms"),
        ("[{}]", "a term of the node affinity has no `matchExpressions`"),
        (
            "[{matchFields: [{key: metadata.name, operator: In, values: [a]}]}]",
            "`matchFields` selects nodes by name",
        ),
        (
            "[{matchExpressions: [{key: a, operator: Near, values: [b]}]}]",
            "`Near` is no operator of node affinity",
        ),
        (
            "[{matchExpressions: [{key: a, operator: In}]}]",
            "the values of `a` are not those its operator takes",
        ),
        ("[{matchExpressions: [{key: a}]}]", "a node affinity expression lacks its key or operator"),
    ] {
        let web = pod(&format!(
            "      affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: {terms}}}}}}}\n"
        ));
        assert_eq!(web.open.as_deref(), Some(reason));
    }
    assert_eq!(pod("      schedulerName: default-scheduler\n      nodeSelector: {gpu: 'yes'}\n").open, None);
}

#[test]
fn an_image_whose_tag_is_a_placeholder_is_not_known() {
    let images = |image: &str| -> Vec<String> {
        let web = pod(&format!("      initContainers: [{{image: '{image}'}}]\n"));
        web.images.iter().map(|image| image.reference.to_string()).collect()
    };
    assert_eq!(images("${REGISTRY}/app:ltsc2019"), ["${REGISTRY}/app:ltsc2019", "web:1"]);
    assert_eq!(images("registry.example/app:${TAG}-ltsc2019"), ["web:1"]);
}

#[test]
fn a_kustomization_opens_what_lies_below_it_and_what_it_includes() {
    let read = |text| kustomization(FILE, text);
    let base = read("resources: [web.yaml, ../shared]\n");
    assert_eq!(base, Kustomization { changes: None, includes: vec!["web.yaml".into(), "../shared".into()] });
    assert_eq!(read("patches: []\n").changes, None);
    assert_eq!(read("a: [").changes, Some("what could not be read of it"));
    let overlay = read(
        "resources:\n  - ../base\n  - https://example.com/x\n  - github.com/example/x?ref=v1\npatches:\n  - path: p.yaml\n",
    );
    assert_eq!(overlay, Kustomization { changes: Some("patches"), includes: vec!["../base".into()] });
    let kustomizations = [
        (PathBuf::from("k8s/base/kustomization.yaml"), base),
        (PathBuf::from("k8s/prod/kustomization.yaml"), overlay),
    ];
    let paths = [
        ("k8s/base/web.yaml", true),
        ("./k8s/prod/extra.yaml", true),
        ("k8s/prod/sub/extra.yaml", true),
        ("k8s/shared/db.yaml", true),
        ("k8s/other/web.yaml", false),
        ("k8s/basement/web.yaml", false),
    ];
    let mut all: Vec<Workload> = (0..paths.len() as u32)
        .map(|file| workloads(FileId(file), &deployment("")).workloads.remove(0))
        .collect();
    mark_patched(&mut all, |file| paths.get(file.0 as usize).map(|(path, _)| path.into()), &kustomizations);
    for (workload, (path, open)) in all.iter().zip(paths) {
        let reason = open.then_some("`patches` of a kustomization may change it");
        assert_eq!(workload.open.as_deref(), reason, "{path}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        workloads(FILE, &format!("apiVersion: v1\nkind: Pod\n{text}"));
        kustomization(FILE, &text);
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0..700usize, with in "[-{}\\[\\]:,&*!|>'\"#%@`~a \n\t]{0,4}") {
        let mut text = deployment(
            "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}}}\n      nodeSelector: {a: b}\n      tolerations: [{key: a}]\n      os: {name: linux}\n",
        );
        let at = at.min(text.len());
        text.insert_str(at, &with);
        for workload in workloads(FILE, &text).workloads {
            let spans = workload.requirements().map(|requirement| requirement.span);
            for span in spans.chain([workload.span]) {
                prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
            }
        }
    }
}

const PLAIN: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\nspec: {nodeSelector: {a: b}, containers: [{image: web}]}\n";

#[test]
fn of_a_file_with_templates_the_documents_that_are_none_are_read() {
    let read = |text: &str| {
        let manifest = workloads(FILE, text);
        let at = manifest.unrendered.map(|span| span.start as usize);
        (manifest.workloads.len(), manifest.templated, at.map(|at| text.get(at..at + 9).unwrap().to_owned()))
    };
    let join = |documents: &[&str]| documents.join("---\n");
    let templated = PLAIN.replace("{name: plain}", "{name: '{{ .Values.name }}'}");
    let action = Some("{{ .Value".to_owned());
    // What a configuration map or secret holds is for others, blocks too.
    for data in [
        "data: {a: '{{ if $labels.x }}'}",
        "stringData:\n  a: |\n    {{ range .Alerts }}\n",
        "data: {'{{ .x }}': b}",
    ] {
        for kind in ["ConfigMap", "Secret"] {
            let map = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: m}}\n{data}\n");
            assert_eq!(read(&join(&[&map, PLAIN])), (1, true, None), "{data}");
            assert_eq!(read(&join(&[PLAIN, &map, PLAIN])), (2, true, None), "{data}");
        }
    }
    // A template of something else that makes no pods is no news.
    let rule = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r}\nspec: {a: '{{ $labels.x }}'}\n";
    assert_eq!(read(&join(&[rule, PLAIN])), (1, true, None));
    assert_eq!(read(rule), (0, true, None));
    assert_eq!(read(&join(&[PLAIN, &templated])), (1, true, action.clone()));
    assert_eq!(read(&templated), (0, true, action.clone()));
    // In a name of a configuration map it is a template's.
    let named = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Values.x }}'}\ndata: {a: b}\n";
    assert_eq!(read(&join(&[named, PLAIN])), (1, true, None));
    // What decides over whole documents, in a comment too, and what is no YAML.
    let block = format!("# {{{{- if .Values.gpu }}}}\n{PLAIN}---\n{templated}# {{{{- end }}}}\n");
    assert_eq!(read(&block), (0, true, action.clone()));
    assert_eq!(read(&join(&["{{- if .Values.gpu }}\n", PLAIN])), (0, true, Some("{{- if .V".to_owned())));
    assert_eq!(read(&join(&[&templated, "a: {% if x %}\n", PLAIN])), (0, true, action));
    let service = "{{ .Values.x }}\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n";
    assert_eq!(read(service), (0, true, None));
    assert!(workloads(FILE, "apiVersion: v1\nkind: '{{ .x }}'\n").is_manifest);
    assert!(
        workloads(FILE, "apiVersion: karpenter.sh/v1\nkind: NodePool\nspec: '{{ .x }}'\n").nodes.is_some()
    );
}

#[test]
fn of_a_repeated_key_the_last_counts() {
    let text = PLAIN.replace("{a: b}", "{a: b, c: d, a: e}");
    let workload = workloads(FILE, &text).workloads.remove(0);
    let required: Vec<(&str, &str)> =
        workload.node_selector.iter().map(|one| (&*one.key, &*one.values[0])).collect();
    assert_eq!(required, [("c", "d"), ("a", "e")]);
}

#[test]
fn what_a_controller_applies_to_a_folder_opens_what_lies_there() {
    let flux = |path: &str, more: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: a}}\nspec:\n{path}{more}"
        )
    };
    let patches = "  patches: [{patch: x}]\n";
    let applied = |text: &str| workloads(FILE, text).applied;
    let one = applied(&flux("  path: ./apps\n", patches)).remove(0);
    assert_eq!((one.folder.as_deref(), one.kustomization.changes), (Some("./apps"), Some("patches")));
    assert_eq!(normalize(&one.path(Path::new("/r"))), Path::new("/r/apps/kustomization.yaml"));
    assert_eq!(applied(&flux("  path: ./apps\n", "  prune: true\n  patches: []\n")), []);
    // The root of the repository, where no path is written or none that is known.
    assert_eq!(applied(&flux("", "  components: [../c]\n"))[0].folder.as_deref(), Some(""));
    assert_eq!(applied(&flux("  path: './${cluster}'\n", patches))[0].folder, None);
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source: {path: apps, kustomize: {images: [a]}}\n  sources: [{path: b}, {path: c, kustomize: {patches: [{patch: x}]}}]\n";
    let folders =
        |text: &str| applied(text).into_iter().map(|one| one.folder.unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(folders(argo), ["apps", "c"]);
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec: {template: {spec: {source: {path: apps, kustomize: {images: [a]}}}}}\n";
    assert_eq!(folders(set), ["apps"]);

    // Together with what the folder's own kustomization includes.
    let own = kustomization(FILE, "resources: [../base]\n");
    let all = [
        (PathBuf::from("apps/kustomization.yaml"), own),
        (one.path(Path::new("")), one.kustomization.clone()),
    ];
    for (path, open) in
        [("apps/a.yaml", true), ("apps/x/a.yaml", true), ("base/a.yaml", true), ("other/a.yaml", false)]
    {
        let mut read = workloads(FILE, PLAIN).workloads;
        mark_patched(&mut read, |_| Some(path.into()), &all);
        assert_eq!(read[0].open.is_some(), open, "{path}");
    }
}

#[test]
fn the_first_kustomization_that_changes_something_is_named() {
    let read = |text| kustomization(FILE, text);
    // In a circle, and with one that is included by two.
    let all = [
        (PathBuf::from("a/kustomization.yaml"), read("resources: [../base, ../b]\nimages: [x]\n")),
        (PathBuf::from("b/kustomization.yaml"), read("resources: [../base, ../a]\npatches: [x]\n")),
        (PathBuf::from("base/kustomization.yaml"), read("resources: [../deep]\n")),
        (PathBuf::from("c/kustomization.yaml"), read("resources: [../deep]\nhelmCharts: [x]\n")),
    ];
    let why = |path: &str| {
        let mut read = workloads(FILE, PLAIN).workloads;
        mark_patched(&mut read, |_| Some(path.into()), &all);
        read[0].open.as_deref().map(|why| why.split('`').nth(1).unwrap().to_owned())
    };
    for (path, field) in [
        ("a/x.yaml", "images"),
        ("b/x.yaml", "images"),
        ("deep/x.yaml", "images"),
        ("c/x.yaml", "helmCharts"),
    ] {
        assert_eq!(why(path).as_deref(), Some(field), "{path}");
    }
}
