//! The difference of two texts, as `diff -u` writes it.

use crate::diagnostic::Replacement;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The unified difference that some replacements make; they are in order and apart.
pub fn unified(path: &str, text: &str, replacements: &[&Replacement]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let mut at = 0;
    for line in &lines {
        starts.push(at);
        at += line.len();
    }
    let line_of = |offset: usize| starts.partition_point(|start| *start <= offset).saturating_sub(1);
    // Whole lines that change, and what becomes of them.
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    for replacement in replacements {
        let (start, end) = (replacement.span.start as usize, replacement.span.end as usize);
        let first = line_of(start);
        // Text up to the end of a line leaves the next one alone.
        let last = line_of(end.saturating_sub(usize::from(end > start))).max(first) + 1;
        let begin = starts.get(first).copied().unwrap_or(text.len());
        let finish = starts.get(last).copied().unwrap_or(text.len());
        match changes.last_mut() {
            Some((_, until, new)) if *until > first => {
                // Another replacement in a line that has one already: the rest of the line is its tail.
                let old_finish = starts.get(*until).copied().unwrap_or(text.len());
                let tail = text.get(start..old_finish).unwrap_or_default().len();
                new.truncate(new.len().saturating_sub(tail));
                new.push_str(&replacement.text);
                new.push_str(text.get(end..finish).unwrap_or_default());
                *until = last.max(*until);
            }
            _ => {
                let mut new = text.get(begin..start).unwrap_or_default().to_owned();
                new.push_str(&replacement.text);
                new.push_str(text.get(end..finish).unwrap_or_default());
                changes.push((first, last, new));
            }
        }
    }
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    let mut added = 0_isize;
    let mut rest = changes.as_slice();
    while let Some((first, _, _)) = rest.first() {
        let mut end = 0;
        let together = rest
            .iter()
            .take_while(|(start, until, _)| {
                let near = end == 0 || *start <= end + 2 * CONTEXT;
                end = if near { *until } else { end };
                near
            })
            .count();
        let (hunk, others) = rest.split_at(together);
        rest = others;
        let from = first.saturating_sub(CONTEXT);
        let to = (end + CONTEXT).min(lines.len());
        let mut body = String::new();
        let (mut old_count, mut new_count) = (0, 0);
        let mut line = from;
        let keep = |range: std::ops::Range<usize>, body: &mut String| {
            for kept in lines.get(range).unwrap_or_default() {
                push(body, ' ', kept);
            }
        };
        for (start, until, new) in hunk {
            keep(line..*start, &mut body);
            old_count += start - line + (until - start);
            new_count += start - line;
            for gone in lines.get(*start..*until).unwrap_or_default() {
                push(&mut body, '-', gone);
            }
            for came in new.split_inclusive('\n') {
                push(&mut body, '+', came);
                new_count += 1;
            }
            line = *until;
        }
        keep(line..to, &mut body);
        old_count += to - line;
        new_count += to - line;
        let new_from = isize::try_from(from).unwrap_or(0) + 1 + added;
        out.push_str(&format!("@@ -{},{old_count} +{new_from},{new_count} @@\n{body}", from + 1));
        added += isize::try_from(new_count).unwrap_or(0) - isize::try_from(old_count).unwrap_or(0);
    }
    out
}

fn push(body: &mut String, mark: char, line: &str) {
    body.push(mark);
    body.push_str(line);
    if !line.ends_with('\n') {
        body.push_str("\n\\ No newline at end of file\n");
    }
}
