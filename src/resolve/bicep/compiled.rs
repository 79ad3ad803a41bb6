//! What Bicep's compiler wrote, told from its first lines.

/// Whether a text begins as Bicep's compiler begins a template: before anything else that is an object stands
/// `"metadata": {"_generator": {"name": "bicep"`. So written by other hands it may not be recognised.
pub fn begins_as_compiled(text: &str) -> bool {
    const GENERATOR: &str = "\"_generator\"";
    // The compiler writes not even 300 bytes before it and 120 behind.
    let start = (1_000..1_004).find_map(|end| text.get(..end)).unwrap_or(text);
    let Some((before, behind)) = start.split_once(GENERATOR) else { return false };
    let Some((outer, "")) = before.rsplit_once('{').map(|(outer, inner)| (outer, inner.trim())) else {
        return false;
    };
    let is_first = outer.matches('{').count() == 1 && !outer.contains(['}', '[']);
    let in_metadata =
        outer.trim_end().strip_suffix(':').is_some_and(|key| key.trim_end().ends_with("\"metadata\""));
    let members = behind.trim_start().strip_prefix(':').and_then(|rest| rest.trim_start().strip_prefix('{'));
    let Some((members, _)) = members.and_then(|members| members.split_once('}')) else { return false };
    let says_bicep = members.split(',').any(|member| {
        let (name, value) = member.split_once(':').unwrap_or_default();
        (name.trim(), value.trim()) == ("\"name\"", "\"bicep\"")
    });
    is_first && in_metadata && says_bicep
}

#[cfg(test)]
mod tests {
    use super::begins_as_compiled;

    #[test]
    fn what_the_compiler_writes_is_recognised() {
        let text = |generator: &str| {
            format!(
                "{{\n  \"$schema\": \"https://x/deploymentTemplate.json#\",\n  \"languageVersion\": \"2.0\",\n  \
                 \"contentVersion\": \"1.0.0.0\",\n  \"metadata\": {{\n    \"_generator\": {{\n      {generator}\n    }},\n    \
                 \"name\": \"x\"\n  }},\n  \"resources\": []\n}}"
            )
        };
        let compiled = text("\"name\": \"bicep\",\n      \"version\": \"0.30.3.12046\"");
        assert!(begins_as_compiled(&compiled));
        assert!(begins_as_compiled(&compiled.replace([' ', '\n'], "")));
        assert!(!begins_as_compiled(&text("\"name\": \"tf\"")));
        assert!(!begins_as_compiled(&compiled.replace("metadata", "other")));
        // In a template within a template, or with something before it that only a parser can judge.
        assert!(!begins_as_compiled(&format!("{{\"resources\": [{{\"template\": {compiled}}}]}}")));
        assert!(!begins_as_compiled(&format!("{{\"template\": {compiled}}}")));
        assert!(!begins_as_compiled(&compiled.replace("\"languageVersion\"", "\"a\": {}, \"b\"")));
        assert!(!begins_as_compiled(&compiled.replace("\"_generator\"", "\"a\": 1, \"_generator\"")));
        for end in 0..compiled.len() {
            begins_as_compiled(&compiled[..end]);
        }
    }
}
