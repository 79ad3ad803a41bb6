//! Reporters: a [`Report`](crate::report::Report) as text for people or machines. They return strings; only
//! the command line writes.

pub mod concise;
pub mod human;
pub mod json;
pub mod pools;
pub mod summary;
#[cfg(test)]
mod tests;
pub mod text;
