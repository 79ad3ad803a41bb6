//! Resources to the model: one field table for each writer.

pub mod arm;
pub mod azapi;
pub mod azurerm;
pub mod terraform;
