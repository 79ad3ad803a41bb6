//! Findings for people at a terminal: rustc's look, one finding over several files as one story.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::story::remarks;
use super::{narrow, summary, text};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::report::Report;
use crate::rules::Rule;
use crate::source::{FileId, LineColumn, Sources};

/// Labels of one file up to this many lines apart are drawn in one snippet.
const NEAR_LINES: u32 = 200;
/// A line of more bytes than this is cut to a window around what is marked in it.
const LONG_LINE: usize = 300;
/// How much of a long line is shown before and after what is marked, in bytes.
const AROUND: usize = 48;
/// On a long line, a mark longer than this is cut, and labels farther apart are drawn apart.
const LONG_MARK: usize = 120;
/// How many columns of a drawing's line are no source: the line's number, a bar, and marks of what was cut away.
const GUTTER: usize = 8;
/// A span over more lines than this is marked on its first line only.
const MULTILINE: u32 = 6;

/// How output looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether terminal colours are used.
    pub colour: bool,
    /// The width to wrap sentences at, in columns.
    pub width: usize,
    /// Whether it is for a terminal, where the closing line is wrapped too.
    pub terminal: bool,
    /// Whether a rule's name is a link to its page (OSC 8); only with colours.
    pub hyperlinks: bool,
}

/// Every finding, then the closing lines.
pub fn render(report: &Report, sources: &Sources, style: Style) -> String {
    let mut out = findings(report, sources, style);
    let closing = summary::closing(report, sources);
    // Elsewhere than on a terminal the closing line is one line, for those who search for it.
    match style.terminal {
        true => out.push_str(&(text::wrap(&closing, style.width).join("\n") + "\n")),
        false => out.push_str(&closing),
    }
    out
}

/// Every finding, with an empty line after each.
pub fn findings(report: &Report, sources: &Sources, style: Style) -> String {
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        out.push_str(&finding(diagnostic, sources, style));
        out.push_str("\n\n");
    }
    out
}

/// One finding, without a line break at its end.
pub fn finding(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut title = level.primary_title(text::one_line(&diagnostic.message)).id(diagnostic.rule);
    if let Some(rule) = Rule::find(diagnostic.rule).filter(|_| style.hyperlinks && style.colour) {
        title = title.id_url(rule.page_url());
    }
    let clusters = cluster(diagnostic, sources, style);
    let mut group = Group::with_title(title);
    for cluster in &clusters {
        let path = text::one_line(&sources.display_path(cluster.file));
        group = match snippet(cluster, sources) {
            Some(snippet) => group.element(snippet.path(path)),
            // A file whose text is gone still has a name.
            None => group.element(Origin::path(path)),
        };
    }
    // The longest line number decides how far sentences are indented.
    let gutter = clusters.iter().map(|cluster| cluster.last_line.to_string().len()).max().unwrap_or(1);
    for (name, sentence) in remarks(diagnostic) {
        let width = style.width.saturating_sub(gutter + name.len() + "  = : ".len()).max(30);
        group = group.element(Level::NOTE.with_name(name).message(text::wrap(&sentence, width).join("\n")));
    }
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    let rendered = renderer.term_width(style.width.max(60)).render(&[group]);
    let rendered = true_columns(rendered, &clusters, sources);
    match rendered.split_once('\n') {
        Some((headline, rest)) if style.terminal => {
            format!("{}\n{}", text::wrap_styled(headline, style.width), narrow::fit(rest, style.width))
        }
        _ => rendered,
    }
}

/// Where a long line was cut, the header counts columns in what is left of it: puts the true ones in.
fn true_columns(rendered: String, clusters: &[Cluster<'_>], sources: &Sources) -> String {
    if !clusters.iter().any(Cluster::is_cut) {
        return rendered;
    }
    let mut out = String::with_capacity(rendered.len());
    let mut rest = rendered.as_str();
    let skip = |rest: &mut &str, out: &mut String, bytes: usize| {
        let (done, left) = rest.split_at(bytes);
        out.push_str(done);
        *rest = left;
    };
    // The headline may quote anything, so the search begins below it.
    let below = rest.find('\n').unwrap_or(rest.len());
    skip(&mut rest, &mut out, below);
    for cluster in clusters {
        let path = text::one_line(&sources.display_path(cluster.file));
        let header = format!("{path}:{}:", cluster.lead.line);
        let Some(at) = rest.find(&header) else { continue };
        skip(&mut rest, &mut out, at + header.len());
        if cluster.is_cut() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            out.push_str(&cluster.lead.column.to_string());
        }
    }
    out.push_str(rest);
    out
}

/// Labels of one file that are drawn in one snippet.
struct Cluster<'a> {
    file: FileId,
    /// The first label's place.
    lead: LineColumn,
    /// The greatest line number shown.
    last_line: u32,
    marks: Vec<Mark<'a>>,
    room: Room,
}

/// How much of a line is drawn, in bytes.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// A longer line is cut to a window around what is marked in it.
    line: usize,
    /// How much is shown before and after what is marked.
    around: usize,
    /// Labels of one line that are farther apart are drawn apart.
    apart: usize,
}

impl Room {
    fn of(style: Style) -> Room {
        if !style.terminal {
            return Room { line: LONG_LINE, around: AROUND, apart: usize::MAX };
        }
        let columns = style.width.saturating_sub(GUTTER);
        Room {
            line: columns.min(LONG_LINE),
            around: (columns / 6).min(AROUND),
            apart: (columns * 2 / 3).min(LONG_MARK),
        }
    }
}

impl Cluster<'_> {
    /// Whether the line of the first mark is too long to be shown in full.
    fn is_cut(&self) -> bool {
        self.marks.first().is_some_and(|mark| mark.cut)
    }
}

/// A label with its place on the page.
struct Mark<'a> {
    label: &'a Label,
    primary: bool,
    first_line: u32,
    last_line: u32,
    /// Bytes in the file, cut down to what is drawn.
    bytes: Range<usize>,
    /// Byte in the file at which its first line starts.
    line_start: usize,
    /// Whether a line it touches is so long that it is drawn alone.
    long: bool,
    /// Whether its first line is too long to be shown in full.
    cut: bool,
}

/// Puts the labels that lie near each other together: the primary's first, the others in order.
fn cluster<'a>(diagnostic: &'a Diagnostic, sources: &Sources, style: Style) -> Vec<Cluster<'a>> {
    let room = Room::of(style);
    let mut clusters: Vec<Cluster<'a>> = Vec::new();
    let labels = std::iter::once((&diagnostic.primary, true));
    for (label, primary) in labels.chain(diagnostic.labels.iter().map(|label| (label, false))) {
        let (start, end) = sources.location(label.span);
        let mark = mark(label, primary, start, end, sources, room);
        let home = clusters.iter_mut().find(|cluster| {
            cluster.file == label.span.file && cluster.marks.iter().all(|have| have.near(&mark, room))
        });
        match home {
            Some(cluster) => {
                cluster.last_line = cluster.last_line.max(mark.last_line);
                cluster.marks.push(mark);
            }
            None => clusters.push(Cluster {
                file: label.span.file,
                lead: start,
                last_line: mark.last_line,
                marks: vec![mark],
                room,
            }),
        }
    }
    clusters
}

fn mark<'a>(
    label: &'a Label,
    primary: bool,
    start: LineColumn,
    end: LineColumn,
    sources: &Sources,
    room: Room,
) -> Mark<'a> {
    let source = sources.text(label.span.file).unwrap_or_default();
    let from = boundary(&source, label.span.start as usize);
    let mut to = boundary(&source, label.span.end as usize).max(from);
    let line_start = source.get(..from).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end_of_line =
        |at: usize| source.get(at..).and_then(|rest| rest.find('\n')).map_or(source.len(), |n| at + n);
    let mut last_line = end.line.max(start.line);
    // A span that ends right after a line break belongs to the line before.
    if last_line > start.line && end.column == 1 {
        to = to.saturating_sub(1).max(from);
        last_line -= 1;
    }
    if last_line - start.line >= MULTILINE || end_of_line(to) - line_start > 10 * LONG_LINE {
        to = to.min(end_of_line(from));
        last_line = start.line;
    }
    let long = end_of_line(to) - line_start > LONG_LINE * (1 + (last_line - start.line) as usize);
    if long {
        to = boundary(&source, to.min(end_of_line(from)).min(from + LONG_MARK)).max(from);
        last_line = start.line;
    }
    let cut = end_of_line(from) - line_start > room.line;
    Mark { label, primary, first_line: start.line, last_line, bytes: from..to, line_start, long, cut }
}

impl Mark<'_> {
    /// Whether two labels go into one snippet.
    fn near(&self, other: &Mark<'_>, room: Room) -> bool {
        let (start, end) = (self.bytes.start.min(other.bytes.start), self.bytes.end.max(other.bytes.end));
        if self.first_line == other.first_line && end - start > room.apart {
            return false;
        }
        if self.long || other.long {
            self.first_line == other.first_line && self.bytes.start.abs_diff(other.bytes.start) <= LONG_MARK
        } else {
            self.first_line.abs_diff(other.first_line) <= NEAR_LINES
        }
    }
}

/// The lines that a cluster needs, as a text of their own in which line numbers stay true: lines that are
/// not shown are empty. The renderer's time grows with the square of the text it is given, so it never
/// sees the file.
fn snippet<'a>(
    cluster: &Cluster<'a>,
    sources: &Sources,
) -> Option<Snippet<'static, annotate_snippets::Annotation<'a>>> {
    let source = sources.text(cluster.file)?;
    let first = cluster.marks.iter().min_by_key(|mark| mark.first_line)?;
    let mut window = String::new();
    let mut ranges: Vec<(Option<usize>, Option<usize>)> = vec![(None, None); cluster.marks.len()];
    let mut start = first.line_start;
    for number in first.first_line..=cluster.last_line {
        let rest = source.get(start..)?;
        let line = rest.split('\n').next().unwrap_or_default();
        let next = start + line.len() + 1;
        let body = line.strip_suffix('\r').unwrap_or(line);
        let shown =
            cluster.marks.iter().any(|mark| mark.first_line <= number + 1 && number <= mark.last_line + 1);
        if shown {
            let kept = kept(body, start, cluster, number);
            let line = text::source_line(body.get(kept.clone()).unwrap_or_default());
            // What is shown has a character for each of the source's, of another length perhaps.
            let offset = |at: usize| {
                let at = boundary(body, at.saturating_sub(start)).clamp(kept.start, kept.end);
                let before = body.get(kept.start..at).unwrap_or_default().chars().count();
                line.char_indices().nth(before).map_or(line.len(), |(offset, _)| offset)
            };
            let lead = if kept.start > bom(body, number) { "…" } else { "" };
            window.push_str(lead);
            for (mark, range) in cluster.marks.iter().zip(&mut ranges) {
                if mark.first_line == number {
                    range.0 = Some(window.len() + offset(mark.bytes.start));
                }
                if mark.last_line == number {
                    range.1 = Some(window.len() + offset(mark.bytes.end));
                }
            }
            window.push_str(&line);
            if kept.end < body.len() {
                window.push('…');
            }
        }
        window.push('\n');
        if next > source.len() {
            break;
        }
        start = next;
    }
    let annotations = cluster.marks.iter().zip(ranges).filter_map(|(mark, (from, to))| {
        let from = from?;
        let to = to.unwrap_or(from).max(from);
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let message = text::one_line(&mark.label.message);
        let annotation = kind.span(from..to);
        Some(if message.is_empty() { annotation } else { annotation.label(message) })
    });
    let snippet = Snippet::source(window.clone()).line_start(first.first_line as usize);
    Some(snippet.annotations(annotations.collect::<Vec<_>>()))
}

/// The part of a line that is shown: all of it, or a window around the marks on a long one.
fn kept(body: &str, start: usize, cluster: &Cluster<'_>, number: u32) -> Range<usize> {
    let begin = bom(body, number);
    let Room { line, around, .. } = cluster.room;
    if body.len() <= line {
        return begin..body.len();
    }
    let here = |mark: &&Mark<'_>| mark.first_line == number || mark.last_line == number;
    let marks = || cluster.marks.iter().filter(here);
    let from = marks().map(|mark| mark.bytes.start).min().unwrap_or(start).saturating_sub(start);
    let to = marks().map(|mark| mark.bytes.end).max().unwrap_or(start).saturating_sub(start);
    let mut from = boundary(body, from.saturating_sub(around)).max(begin);
    let end = if line < LONG_LINE {
        // In a terminal the window is as wide as that is, wherever in the line the marks are.
        from = from.min(boundary(body, body.len().saturating_sub(line))).max(begin);
        from + line
    } else {
        (to.max(from) + around).min(from + LONG_MARK * 2 + AROUND * 2)
    };
    from..boundary(body, end).max(from)
}

/// Bytes of the byte order mark, which takes no column and is not shown.
fn bom(body: &str, number: u32) -> usize {
    if number == 1 && body.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// The nearest character boundary at or before a byte offset.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
