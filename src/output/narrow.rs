//! Fits the lines that the renderer draws under the source into a narrow terminal. The renderer cuts the source's
//! lines, but what it says at a mark runs on to the right as far as it likes.

use super::text::columns;

/// A label is not wrapped into fewer columns than this; it moves to the left instead.
const LEAST: usize = 28;

/// Wraps the labels of a drawing at `width` columns. Other lines stay as they are.
pub fn fit(drawing: &str, width: usize) -> String {
    drawing
        .split('\n')
        .map(|line| label(line, width).unwrap_or_else(|| line.to_owned()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// One character of a line, with the escape sequences that stand before it.
struct Cell {
    escapes: String,
    c: char,
}

/// The line with its last label wrapped, if it is a line of marks that is too wide.
fn label(line: &str, width: usize) -> Option<String> {
    let (cells, tail) = cells(line);
    let plain: String = cells.iter().map(|cell| cell.c).collect();
    if columns(&plain) <= width {
        return None;
    }
    // The gutter of marks has no number: spaces and a bar.
    let bar =
        plain.chars().position(|c| c != ' ').filter(|at| cells.get(*at).is_some_and(|cell| cell.c == '|'))?;
    let start = start_of_label(&plain, bar);
    let from = columns(&plain.chars().take(start).collect::<String>());
    let indent = if width.saturating_sub(from) >= LEAST {
        from
    } else {
        width.saturating_sub(LEAST).max(bar + 2).min(from)
    };
    let mut out = String::with_capacity(line.len() + 80);
    let mut style = String::new();
    let mut gutter = String::new();
    let mut used = 0;
    let mut at = 0;
    while let Some(cell) = cells.get(at) {
        let is_break = at + 1 >= start && cell.c == ' ' && {
            let word: String =
                cells.iter().skip(at + 1).map(|cell| cell.c).take_while(|c| *c != ' ').collect();
            used + 1 + columns(&word) > width && used > indent
        };
        follow(&mut style, &cell.escapes);
        out.push_str(&cell.escapes);
        if is_break {
            // The gutter as it is drawn in this line, and then the style that the label was in.
            let reset = if style.is_empty() { "" } else { RESET };
            out.push_str(&format!("{reset}\n{gutter}{}{style}", " ".repeat(indent.saturating_sub(bar + 1))));
            used = indent;
        } else {
            out.push(cell.c);
            used += columns(cell.c.encode_utf8(&mut [0; 4]));
        }
        if at == bar {
            gutter = format!("{out}{}", if style.is_empty() { "" } else { RESET });
        }
        at += 1;
    }
    out.push_str(&tail);
    Some(out)
}

const RESET: &str = "\x1b[0m";

/// The style after more escape sequences.
fn follow(style: &mut String, escapes: &str) {
    for escape in escapes.split_inclusive('m') {
        if escape == RESET {
            style.clear();
        } else {
            style.push_str(escape);
        }
    }
}

/// The characters of a line, and the escape sequences at its end. Only colours occur in lines of marks.
fn cells(line: &str) -> (Vec<Cell>, String) {
    let mut cells = Vec::new();
    let mut escapes = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            escapes.push(c);
            for c in chars.by_ref() {
                escapes.push(c);
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            cells.push(Cell { escapes: std::mem::take(&mut escapes), c });
        }
    }
    (cells, escapes)
}

/// Behind the last word that is a mark, or the line to one: the place, in characters, of the first word of the label.
fn start_of_label(plain: &str, bar: usize) -> usize {
    let mut at = 0;
    let mut start = None;
    for word in plain.split(' ') {
        let length = word.chars().count();
        let is_mark = at > bar
            && ['^', '-', '|'].iter().any(|mark| !word.is_empty() && word.chars().all(|c| c == *mark));
        if is_mark {
            start = Some(at + length + 1);
        }
        at += length + 1;
    }
    // A label below its mark stands apart from the lines to the other marks, or alone.
    let start = start.unwrap_or(bar + 1);
    let spaces = plain.chars().skip(start).take_while(|c| *c == ' ').count();
    start + spaces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_does_not_fit_goes_on_below_itself() {
        let drawing = "3 |   vm_size = \"Standard_D4s_v6\" # a very long remark\n  |             ^^^^^^^^^^^^^^^^^ boots only Gen2 (the default of `size`)\n  |";
        let shown = "3 |   vm_size = \"Standard_D4s_v6\" # a very long remark\n  |             ^^^^^^^^^^^^^^^^^ boots only Gen2 (the\n  |                             default of `size`)\n  |";
        assert_eq!(fit(drawing, 60), shown);
        assert_eq!(fit(drawing, 80), drawing);
    }

    #[test]
    fn a_label_far_to_the_right_goes_on_further_left() {
        let drawing =
            "  |   ---- used here                    ^^^^^^^^^^ gets a Gen1 image unless the request asks";
        let shown = "  |   ---- used here                    ^^^^^^^^^^ gets\n  |                         a Gen1 image unless the\n  |                         request asks";
        assert_eq!(fit(drawing, 56), shown);
    }

    #[test]
    fn a_label_below_its_mark_is_wrapped_too() {
        let drawing =
            "  |       longer than 6 characters, which are all that Windows has for the name of a computer";
        let shown = "  |       longer than 6 characters, which are all that\n  |       Windows has for the name of a computer";
        assert_eq!(fit(drawing, 56), shown);
    }

    #[test]
    fn colours_end_with_the_line_and_begin_again() {
        let drawing = "  \x1b[1m|\x1b[0m   \x1b[31m^^^^\x1b[0m \x1b[31mone two three four five six seven eight nine\x1b[0m";
        let shown = fit(drawing, 40);
        let lines: Vec<&str> = shown.split('\n').collect();
        assert_eq!(lines.len(), 2, "{shown:?}");
        assert!(lines[0].ends_with(RESET) && lines[1].starts_with("  \x1b[1m|\x1b[0m "), "{shown:?}");
        assert!(lines[1].contains("\x1b[31m") && lines[1].ends_with(RESET), "{shown:?}");
    }

    #[test]
    fn what_is_no_label_stays() {
        for line in [
            "12 | source code of ^^^ a line that is longer than that",
            "   = why: ^^^ a sentence that was wrapped already, or so",
            " ::: a/very/long/path/of/a/file/that/cannot/be/wrapped.tf:1:1",
            "",
        ] {
            assert_eq!(fit(line, 30), line);
        }
    }
}
