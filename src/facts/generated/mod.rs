//! Tables written by `AKSLINT_BLESS=1 cargo test --test facts` from the files in `src/facts/data`.
//! Edit the data, never these files; this one alone is written by hand.

pub(super) mod kubernetes;
pub(super) mod meta;
pub(super) mod os_skus;
pub(super) mod series;
pub(super) mod vm_sizes;
pub(super) mod windows_images;
