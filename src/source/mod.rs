//! Files: what is read, how it is found, and where bytes are on a page.

mod discover;
mod path;
mod prefilter;
mod span;
mod store;
#[cfg(test)]
mod tests;

pub use discover::{DiscoverOptions, Discovery, MissingPath, Problem, project_root};
pub use prefilter::defines_clusters;
pub use span::{FileId, LineColumn, LineIndex, Span};
pub use store::{Kind, LoadError, SourceFile, Sources};
