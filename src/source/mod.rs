//! Files: what is read, how it is found, and where bytes are on a page.

mod discover;
mod nodes;
mod path;
mod prefilter;
mod span;
mod store;
#[cfg(test)]
mod tests;
mod walk;

pub use discover::{CONFIGURATION, DiscoverOptions, Discovery, MissingPath, Problem, is_root, project_root};
pub use nodes::{node_command, other_nodes};
pub use path::{absolute, braces_within};
pub use prefilter::defines_clusters;
pub use span::{FileId, LineColumn, LineIndex, Span};
pub use store::{Kind, LoadError, SourceFile, Sources};
