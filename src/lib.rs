//! `akslint`: a static linter for the Infrastructure-as-Code that defines AKS agent pools.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod source;
pub mod syntax;
#[path = "resolve/terraform/mod.rs"]
pub mod terraform;
pub mod value;
pub mod world;
