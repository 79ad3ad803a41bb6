//! Edits of the text: how a value is written in a notation, applying edits to files, and proving that they
//! mend what they are meant to mend and nothing else.

mod literal;

pub use literal::literal;
