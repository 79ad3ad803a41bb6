//! What a run does besides telling: writing and using a baseline, and making edits.

use super::Run;
use super::args::Check;
use crate::config::Flags;

/// Does what the flags ask for, and says what was done.
pub(super) fn adopt(_args: &Check, _flags: &Flags, _run: &mut Run) -> Result<String, String> {
    Ok(String::new())
}
