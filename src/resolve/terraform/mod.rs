//! Terraform: modules, variables and expressions to resources.

pub mod functions;
pub mod types;
