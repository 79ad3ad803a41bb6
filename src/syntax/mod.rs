//! Notations: bytes to trees with spans. Parsing never fails; it returns what it found and what went
//! wrong. Nothing here knows Terraform, ARM, Kubernetes or Azure.

pub mod bicep;
pub mod data;
pub mod json;
pub mod outline;
pub mod yaml;

use crate::source::Span;

pub mod hcl;

/// Something in a file that its notation does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// What is wrong, as a sentence fragment without a full stop.
    pub message: String,
}
