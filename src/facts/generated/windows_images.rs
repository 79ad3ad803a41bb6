// @generated from src/facts/data/aks-os-skus.json by `AKSLINT_BLESS=1 cargo test --test facts`; do not edit.

/// Tags of Windows base images and the build of each, by lower-case tag.
#[rustfmt::skip]
pub(in crate::facts) static TAGS: &[(&str, u32)] = &[
    ("1809", 17763),
    ("1903", 18362),
    ("1909", 18363),
    ("2004", 19041),
    ("20H2", 19042),
    ("ltsc2016", 14393),
    ("ltsc2019", 17763),
    ("ltsc2022", 20348),
    ("ltsc2025", 26100),
];

/// Repositories of Windows base images, without their registry.
#[rustfmt::skip]
pub(in crate::facts) static BASE_REPOSITORIES: &[&str] = &[
    "dotnet/aspnet",
    "dotnet/framework/aspnet",
    "dotnet/framework/runtime",
    "dotnet/framework/sdk",
    "dotnet/framework/wcf",
    "dotnet/runtime",
    "dotnet/sdk",
    "oss/kubernetes/pause",
    "powershell",
    "windows",
    "windows/nanoserver",
    "windows/server",
    "windows/servercore",
    "windows/servercore/iis",
];
