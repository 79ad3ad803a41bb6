//! Resources to the model: one field table for each writer.

pub mod azurerm;
