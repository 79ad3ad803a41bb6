//! `akslint`: a static linter for the Infrastructure-as-Code that defines AKS agent pools.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod adapt;
pub mod baseline;
mod calendar;
pub mod check;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod facts;
pub mod fingerprint;
pub mod fix;
pub mod lint;
pub mod model;
pub mod output;
pub mod overlay;
pub mod report;
pub mod resolve;
#[path = "../rules/mod.rs"]
pub mod rules;
pub mod source;
pub mod suggest;
pub mod suppress;
pub mod syntax;
pub mod value;
pub mod world;

pub use lint::lint;

/// Where the project is at home. It is told to people and put into reports, and nothing depends on its resolving.
pub const PROJECT_URL: &str = "https://github.com/akslint/akslint";
