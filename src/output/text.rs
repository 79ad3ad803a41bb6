//! Text on its way to a terminal: nothing in the input may act on it.

/// Stands for what was cut.
const ELLIPSIS: char = '…';

/// Replaces everything that could move the cursor, change colours or reorder text by a visible character,
/// one for one. Tabs and newlines are among them: see [`source_line`] and [`one_line`] for where they stay.
fn visible(c: char) -> char {
    match c {
        // The block of control pictures mirrors the first 32 code points.
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        // C1 controls: some terminals take U+009B for "escape [".
        '\u{80}'..='\u{9f}'
        // Line and paragraph separators, and marks that reorder text, by which code can be made to look
        // like other code.
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        // Characters without width hide in names; the byte order mark is one.
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// A line of source with tabs as they are (the snippet renderer aligns them) and nothing else harmful.
/// Every character stays one character.
pub fn source_line(line: &str) -> String {
    without_commands(line.chars().map(|c| if c == '\t' { c } else { visible(c) }).collect())
}

/// Takes the meaning out of what CI systems take for commands in a log, one character for one: `##[` and
/// `##vso[` anywhere in a line (Azure Pipelines, and GitHub's first notation), and `::name` where a line may
/// begin, which after wrapping is any word (GitHub).
///
/// Sources: <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>,
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>.
fn without_commands(line: String) -> String {
    // Most lines have neither.
    if !line.contains("##") && !line.contains("::") {
        return line;
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let command = match c {
            '#' => after.strip_prefix('#').is_some_and(|name| {
                name.starts_with('[') || name.get(..4).is_some_and(|vso| vso.eq_ignore_ascii_case("vso["))
            }),
            ':' if before.is_whitespace() => after
                .strip_prefix(':')
                .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())),
            _ => false,
        };
        out.push(if command { char::REPLACEMENT_CHARACTER } else { c });
        before = c;
        rest = after;
    }
    out
}

/// Text on one line in which everything that acts on a terminal is visible, one character for one, line breaks
/// included; for places where commands to a CI system cannot begin.
pub fn visible_line(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Text on one line: line breaks and tabs become spaces, other controls visible.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\t' => out.push(' '),
            c => out.push(visible(c)),
        }
    }
    without_commands(out)
}

/// Breaks text at spaces into lines of at most `width` characters; a longer word stands alone. Line breaks
/// of the text stay.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace().map(one_line) {
            if !line.is_empty() && columns(&line) + 1 + columns(&word) > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines
}

/// Cuts a text to `width` columns, the last of them an ellipsis where something is lost.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += char_columns(c);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push(ELLIPSIS);
    out
}

/// How many columns a text takes in a terminal.
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

/// East Asian wide characters and emoji take two columns, combining marks none; the ranges are coarse, for
/// aligning tables and wrapping sentences. Snippets are aligned by their renderer.
fn char_columns(c: char) -> usize {
    match c as u32 {
        0x300..=0x36f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// Rows with aligned columns, two spaces apart, without trailing spaces. Every line starts with `indent`.
pub fn table(rows: &[Vec<String>], indent: &str) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            match widths.get_mut(at) {
                Some(width) => *width = (*width).max(columns(cell)),
                None => widths.push(columns(cell)),
            }
        }
    }
    let mut out = String::new();
    for row in rows {
        let mut line = String::from(indent);
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat((width + 2).saturating_sub(columns(cell))));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// `1 error`, `2 errors`.
pub fn count(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_becomes_visible_one_for_one() {
        let hostile = "a\x1b[31mb\u{9b}2J\x7f\u{202e}c\u{feff}\r\0";
        let shown = source_line(hostile);
        assert_eq!(shown, "a␛[31mb\u{fffd}2J␡\u{fffd}c\u{fffd}␍␀");
        assert_eq!(shown.chars().count(), hostile.chars().count());
        assert_eq!(source_line("\tx"), "\tx");
    }

    #[test]
    fn commands_to_ci_systems_lose_their_meaning_one_for_one() {
        assert_eq!(one_line("::error::x"), "\u{fffd}:error::x");
        assert_eq!(one_line("a\n::set-env name=a::b"), "a \u{fffd}:set-env name=a::b");
        assert_eq!(
            source_line("  # ##[error]x ##VSO[task.complete]"),
            "  # \u{fffd}#[error]x \u{fffd}#VSO[task.complete]"
        );
        for harmless in ["provider::aws::f", "::/0", "::1", "## heading", "a ## b[0]"] {
            assert_eq!(one_line(harmless), harmless);
        }
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(one_line("a\r\nb\nc\td\u{2028}e\r"), "a b c d\u{fffd}e␍");
    }

    #[test]
    fn sentences_break_at_spaces_and_long_words_stand_alone() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("a https://long.example b", 6), ["a", "https://long.example", "b"]);
        assert_eq!(wrap("a\nb", 80), ["a", "b"]);
        assert_eq!(wrap("界界 界界", 8), ["界界", "界界"]);
        assert_eq!(wrap("a\x1bb", 80), ["a␛b"]);
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("界界界界", 6), "界界…");
    }

    #[test]
    fn columns_align_without_trailing_spaces() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            table(&[row(["界", "x"]), row(["a", "y"]), row(["b", ""])], "  "),
            "  界  x\n  a   y\n  b\n"
        );
    }
}
