//! The `akslint` command; all of it is in [`akslint::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    akslint::cli::main()
}
