//! Files: what is read, how it is found, and where bytes are on a page.

mod span;

pub use span::{FileId, LineColumn, LineIndex, Span};
