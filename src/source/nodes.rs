//! Nodes that no agent pool describes: what in a text shows that a project has such, in other clouds, by other tools or by
//! commands. A workload that fits no agent pool may be meant for them.

use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::prefilter::names_container_service;

/// Resource types of Terraform providers that define Kubernetes clusters or nodes outside of our agent pools, or label
/// nodes. Source: the providers' documentation on the Terraform registry.
const RESOURCES: &str = "aws_eks_(?:cluster|node_group|fargate_profile)|google_container_(?:cluster|node_pool)|\
    rancher2_(?:cluster|cluster_v2|node_pool|machine_pool)|rke_cluster|rhcs_(?:cluster_rosa_\\w+|\\w+_machine_pool|machine_pool)|\
    azurerm_(?:arc_kubernetes_cluster|arc_kubernetes_provisioned_cluster|redhat_openshift_cluster)|\
    oci_containerengine_(?:cluster|node_pool|virtual_node_pool)|ibm_container_(?:cluster|vpc_cluster|worker_pool|vpc_worker_pool)|\
    alicloud_cs_(?:managed_kubernetes|kubernetes|kubernetes_node_pool)|digitalocean_kubernetes_(?:cluster|node_pool)|\
    linode_lke_(?:cluster|node_pool)|scaleway_k8s_(?:cluster|pool)|ovh_cloud_project_kube(?:_nodepool)?|civo_kubernetes_(?:cluster|node_pool)|\
    vultr_kubernetes(?:_node_pools)?|exoscale_sks_(?:cluster|nodepool)|kubernetes_labels";

/// A block of such a resource, in either notation, or the call of a well-known module that makes such.
static TERRAFORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let modules = "terraform-aws-modules/eks/|terraform-google-modules/kubernetes-engine/";
    let block = format!(r#"(?m-u:^)[ \t]*resource[ \t]+"?({RESOURCES})"?[ \t]"#);
    let member = format!(r#""({RESOURCES})"[ \t\r\n]*:[ \t\r\n]*[\[{{]"#);
    let call = format!(r#"source"?[ \t]*[=:][ \t]*"(?:[\w.-]+/)?({modules})"#);
    Regex::new(&format!("(?-u){block}|{member}|{call}")).ok()
});

/// Commands that add nodes to a cluster, make a cluster or label nodes.
static COMMANDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let space = r"(?:[ \t]|\\\r?\n)+";
    let commands = [
        r"\baks nodepool add\b",
        r"\baks create\b",
        r"\beksctl create (?:cluster|nodegroup)\b",
        r"\bgcloud (?:(?:alpha|beta) )?container (?:clusters|node-pools) create\b",
        r"\bkubectl label (?:--overwrite )?nodes?\b",
    ];
    Regex::new(&format!("(?-u){}", commands.join("|").replace(' ', space))).ok()
});

/// The first command in a text that adds nodes, makes a cluster or labels nodes, as it is written.
pub fn node_command(text: &[u8]) -> Option<String> {
    let found = COMMANDS.as_ref()?.find(text)?;
    let words = String::from_utf8_lossy(found.as_bytes());
    Some(
        words
            .split(|c: char| c.is_whitespace() || c == '\\')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// What in a Terraform file defines nodes that no agent pool of the project's describes: a type of resource, a module
/// or a command.
pub fn other_nodes(text: &[u8]) -> Option<String> {
    if let Some(groups) = TERRAFORM.as_ref()?.captures(text) {
        let name = groups.iter().skip(1).flatten().next()?;
        return Some(String::from_utf8_lossy(name.as_bytes()).trim_end_matches('/').to_owned());
    }
    let deployments = ["azurerm_resource_group_template_deployment", "azurerm_template_deployment"];
    let inline = deployments.iter().find(|kind| memmem::find(text, kind.as_bytes()).is_some());
    match inline.filter(|_| names_container_service(text)) {
        Some(kind) => Some((*kind).to_owned()),
        None => node_command(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        other_nodes(text.as_bytes())
    }

    #[test]
    fn resources_of_other_clouds_are_known_in_both_notations() {
        let is = |text: &str, name: &str| assert_eq!(found(text).as_deref(), Some(name), "{text}");
        is("resource \"aws_eks_node_group\" \"a\" {\n}\n", "aws_eks_node_group");
        is("\n  resource \"google_container_node_pool\" \"a\" {}\n", "google_container_node_pool");
        is("{\"resource\": {\"rancher2_cluster\": {\"a\": {}}}}", "rancher2_cluster");
        is("module \"a\" {\n  source = \"terraform-aws-modules/eks/aws\"\n}\n", "terraform-aws-modules/eks");
        for text in [
            "# resource \"aws_eks_node_group\" \"a\" {\n",
            "data \"aws_eks_cluster\" \"a\" {}\n",
            "resource \"aws_eks_addon\" \"a\" {}\n",
            "resource \"azurerm_kubernetes_cluster\" \"a\" {}\n",
            "id = aws_eks_cluster.a.id\n",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn commands_and_templates_inside_of_a_file_are_known() {
        let command = "command = \"az aks nodepool add --name gpu --labels a=b\"";
        assert_eq!(found(command).as_deref(), Some("aks nodepool add"));
        assert_eq!(found("az aks  nodepool \\\n  add -n a").as_deref(), Some("aks nodepool add"));
        assert_eq!(found("eksctl create nodegroup").as_deref(), Some("eksctl create nodegroup"));
        assert_eq!(found("az aks nodepool list"), None);
        assert_eq!(found("az aks nodepool address"), None);
        let inline = |kind: &str| {
            format!(
                "resource \"azurerm_resource_group_template_deployment\" \"a\" {{\n  template_content = jsonencode({{ type = \"{kind}\" }})\n}}\n"
            )
        };
        let kind = "azurerm_resource_group_template_deployment";
        assert_eq!(
            found(&inline("Microsoft.ContainerService/managedClusters/agentPools")).as_deref(),
            Some(kind)
        );
        assert_eq!(found(&inline("Microsoft.Web/sites")), None);
    }
}
