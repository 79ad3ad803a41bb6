//! The Windows build that a container image is made for, as far as its tag tells.
//!
//! Under process isolation, the only one AKS offers, the build of the image must fit that of the node;
//! see [`os_sku_runs`](super::os_sku_runs).

use super::find;
use super::generated::windows_images::{BASE_REPOSITORIES, TAGS};

/// What a tag says about the Windows build of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageBuild<'a> {
    /// The build, 20348 for `ltsc2022`.
    pub build: u32,
    /// The part of the tag that says so, as it is written there (`ltsc2022`, `10.0.20348.1234`).
    pub tag: &'a str,
}

/// The Windows build of an image reference (`[registry/]repository[:tag][@digest]`), or `None` if its tag
/// does not tell: no tag, `latest`, a digest (which outranks the tag), or a manifest for several builds.
///
/// `ltsc2019` and its kin as a segment of the tag are explicit in any repository. `1809`, `20H2` and full
/// builds could be anything elsewhere, a date or a version, so they count only in the repositories of
/// Windows base images, or behind a segment that names a Windows base image (`3.12-nanoserver-1809`).
pub fn windows_image_build(image: &str) -> Option<ImageBuild<'_>> {
    if image.contains('@') {
        return None;
    }
    let (repository, tag) = split_tag(image)?;
    let base = find(BASE_REPOSITORIES, without_registry(repository), |name| name).is_some();
    let mut found: Option<ImageBuild<'_>> = None;
    let mut behind_base_image = false;
    for segment in tag.split(['-', '_']) {
        if let Some(build) = segment_build(segment, base || behind_base_image) {
            if found.is_some_and(|other| other.build != build) {
                return None;
            }
            found = found.or(Some(ImageBuild { build, tag: segment }));
        }
        behind_base_image = ["windowsservercore", "servercore", "nanoserver"]
            .iter()
            .any(|name| segment.eq_ignore_ascii_case(name));
    }
    found
}

/// Splits `repository:tag`; a colon before the last slash belongs to the port of the registry.
fn split_tag(image: &str) -> Option<(&str, &str)> {
    let (repository, tag) = image.rsplit_once(':')?;
    if repository.is_empty() || tag.is_empty() || tag.contains('/') { None } else { Some((repository, tag)) }
}

/// Removes the registry host: a first component with a dot or a port, or `localhost`.
fn without_registry(repository: &str) -> &str {
    match repository.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => repository,
    }
}

/// The build that a segment names. Segments other than `ltsc…` need a context that makes them Windows'.
fn segment_build(segment: &str, windows_context: bool) -> Option<u32> {
    let explicit = segment.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("ltsc"));
    if !explicit && !windows_context {
        return None;
    }
    find(TAGS, segment, |(tag, _)| tag).map(|(_, build)| *build).or_else(|| full_build(segment))
}

/// The third number of `10.0.<build>.<revision>`. Builds have five digits; 10.0.1.2 is something else.
fn full_build(segment: &str) -> Option<u32> {
    let (build, revision) = segment.strip_prefix("10.0.")?.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if build.len() == 5 && !build.starts_with('0') && digits(build) && digits(revision) {
        build.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(image: &str) -> Option<u32> {
        windows_image_build(image).map(|found| found.build)
    }

    #[test]
    fn the_long_term_releases_are_explicit_in_any_repository() {
        assert_eq!(build("example/app:ltsc2019"), Some(17763));
        assert_eq!(build("registry.example/team/app:1.4.2-ltsc2022"), Some(20348));
        assert_eq!(build("registry.example:5000/app:1.4.2-LTSC2025-amd64"), Some(26100));
        assert_eq!(build("app:ltsc2016"), Some(14393));
        assert_eq!(build("app:4.8_ltsc2022"), Some(20348));
    }

    #[test]
    fn the_finding_points_at_the_part_of_the_tag_that_tells() {
        let image = "registry.example/dotnet/aspnet:8.0-nanoserver-ltsc2022";
        assert_eq!(windows_image_build(image), Some(ImageBuild { build: 20348, tag: "ltsc2022" }));
        let image = "registry.example/windows/servercore:10.0.20348.1234-KB5011111";
        assert_eq!(windows_image_build(image), Some(ImageBuild { build: 20348, tag: "10.0.20348.1234" }));
    }

    #[test]
    fn base_images_are_known_by_release_by_build_and_by_update() {
        assert_eq!(build("registry.example/windows/nanoserver:1809"), Some(17763));
        assert_eq!(build("registry.example/windows/servercore:20H2"), Some(19042));
        assert_eq!(build("windows/servercore:20h2-KB5000802"), Some(19042));
        assert_eq!(build("windows/server:10.0.20348.1234"), Some(20348));
        assert_eq!(build("windows:2004"), Some(19041));
        assert_eq!(build("windows/servercore/iis:windowsservercore-1909"), Some(18363));
        assert_eq!(build("localhost/windows/nanoserver:1903"), Some(18362));
        assert_eq!(build("oss/kubernetes/pause:3.6-windows-1809-amd64"), Some(17763));
        assert_eq!(build("registry.example/windows/servercore:ltsc2019-KB4524244"), Some(17763));
    }

    #[test]
    fn releases_without_a_name_need_a_windows_context() {
        for image in [
            "example/app:1809",
            "example/app:2004",
            "registry.example/app:build-1903",
            "registry.example/app:10.0.20348.1",
            "registry.example/my/windows/servercore:1809",
            "ubuntu:20H2",
        ] {
            assert_eq!(build(image), None, "{image}");
        }
        assert_eq!(build("example/app:3.12-windowsservercore-1809"), Some(17763));
        assert_eq!(build("example/app:nanoserver-10.0.17763.1040"), Some(17763));
        assert_eq!(build("example/app:nanoserver-3.12-1809"), None);
    }

    #[test]
    fn a_tag_that_does_not_tell_gives_nothing() {
        for image in [
            "",
            ":",
            "ltsc2022",
            "app:",
            ":ltsc2022",
            "windows/servercore",
            "windows/servercore:latest",
            "dotnet/aspnet:8.0",
            "dotnet/aspnet:10.0.100.1",
            "windows/servercore:10.0.20348",
            "windows/servercore:10.0.20348.",
            "registry.example:5000/windows/servercore",
            "app:ltsc2099",
            "app:myltsc2022",
            "app:ltscé022",
            "windows/servercore:ltsc2019@sha256:0123",
            "windows/servercore@sha256:ltsc2019",
            "app:ltsc2019-to-ltsc2022",
        ] {
            assert_eq!(windows_image_build(image), None, "{image:?}");
        }
    }
}
