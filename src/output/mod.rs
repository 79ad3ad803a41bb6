//! Reporters: a [`Report`](crate::report::Report) as text for people or machines. They return strings; only
//! the command line writes.

pub mod azure_pipelines;
pub mod concise;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
#[cfg(test)]
mod machine_tests;
pub mod markdown;
mod narrow;
pub mod pools;
pub mod sarif;
pub mod story;
pub mod summary;
#[cfg(test)]
mod tests;
pub mod text;
