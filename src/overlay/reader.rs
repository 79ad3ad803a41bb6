//! Values of an overlay's JSON, and what is wrong with them.

use super::{Date, DateRange, Minor, Span, Stated, SyntaxError};
use crate::suggest::nearest;
use crate::syntax::data::Node;

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) errors: Vec<SyntaxError>,
}

/// An object of the file.
#[derive(Debug)]
pub(super) struct Entry<'t>(&'t Node);

impl<'t> Entry<'t> {
    pub(super) fn get(&self, key: &str) -> Option<&'t Node> {
        self.0.get(key)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&'t str, Span, &'t Node)> {
        self.0.members().iter().map(|member| (&*member.key.text, member.key.span, &member.value))
    }

    /// The brace that opens it: a place for what is missing in it.
    pub(super) fn start(&self) -> Span {
        let at = self.0.span.start as usize;
        Span::new(self.0.span.file, at, at + 1)
    }
}

impl Reader {
    pub(super) fn complain(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(SyntaxError { span, message: message.into() });
    }

    pub(super) fn object<'t>(&mut self, node: &'t Node) -> Option<Entry<'t>> {
        if node.as_object().is_none() {
            self.complain(node.span, format!("an object is expected here, not {}", a(node.type_name())));
            return None;
        }
        Some(Entry(node))
    }

    /// Complains about every other key.
    pub(super) fn known(&mut self, entry: &Entry<'_>, keys: &[&str]) {
        for (key, span, _) in entry.members().filter(|(key, ..)| !keys.contains(key)) {
            let hint = match nearest(key, keys.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", keys.join(", ")),
            };
            self.complain(span, format!("unknown key `{key}`; {hint}"));
        }
    }

    /// The members of an object of objects, each read by `read` with its name and the name's place.
    pub(super) fn named<T>(
        &mut self,
        entry: &Entry<'_>,
        key: &str,
        read: impl Fn(&mut Reader, &str, Span, &Entry<'_>) -> Option<T>,
    ) -> Vec<Stated<T>> {
        let Some(all) = entry.get(key).and_then(|node| self.object(node)) else { return Vec::new() };
        let mut rows = Vec::new();
        for (name, span, node) in all.members() {
            let Some(entry) = self.object(node) else { continue };
            let says = read(self, name, span, &entry);
            rows.extend(says.map(|says| Stated { name: name.to_owned(), span, says }));
        }
        rows
    }

    fn value<T>(
        &mut self,
        entry: &Entry<'_>,
        key: &str,
        expected: &str,
        read: impl Fn(&Node) -> Option<T>,
    ) -> Option<T> {
        let node = entry.get(key)?;
        let value = read(node);
        if value.is_none() {
            self.complain(node.span, format!("`{key}` is {expected}"));
        }
        value
    }

    /// `Some(None)` for null, which says that there is none.
    pub(super) fn nullable<T>(
        &mut self,
        entry: &Entry<'_>,
        key: &str,
        read: impl Fn(&mut Reader) -> Option<T>,
    ) -> Option<Option<T>> {
        if entry.get(key)?.is_null() { Some(None) } else { read(self).map(Some) }
    }

    pub(super) fn string(&mut self, entry: &Entry<'_>, key: &str) -> Option<String> {
        self.value(entry, key, "a string", |node| node.as_str().map(str::to_owned))
    }

    pub(super) fn boolean(&mut self, entry: &Entry<'_>, key: &str) -> Option<bool> {
        self.value(entry, key, "true or false", Node::as_bool)
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self, entry: &Entry<'_>, key: &str) -> Option<T> {
        self.value(entry, key, "a whole number, not negative and not too large", whole)
    }

    pub(super) fn numbers<T: TryFrom<i64>>(&mut self, entry: &Entry<'_>, key: &str) -> Option<Vec<T>> {
        self.value(entry, key, "a list of whole numbers", |node| node.as_array()?.iter().map(whole).collect())
    }

    pub(super) fn float(&mut self, entry: &Entry<'_>, key: &str) -> Option<f64> {
        let read = |node: &Node| node.as_f64().filter(|value| (0.0..1e6).contains(value));
        self.value(entry, key, "a number, not negative and not too large", read)
    }

    pub(super) fn date(&mut self, entry: &Entry<'_>, key: &str) -> Option<Date> {
        self.value(entry, key, "a day as \"YYYY-MM-DD\"", |node| Date::parse(node.as_str()?))
    }

    /// A day, or a month: some day of it, if it begins something, and its last day, if it ends something.
    pub(super) fn range(&mut self, entry: &Entry<'_>, key: &str) -> Option<DateRange> {
        self.value(entry, key, "a day as \"YYYY-MM-DD\", or a month as \"YYYY-MM\"", |node| {
            let text = node.as_str()?;
            if let Some(day) = Date::parse(text) {
                return Some(DateRange { earliest: day, latest: day });
            }
            let earliest = Date::parse(&format!("{text}-01"))?;
            let next = earliest.add_days(31);
            Some(DateRange { earliest, latest: next.add_days(-i64::from(next.day)) })
        })
    }

    pub(super) fn minor(&mut self, entry: &Entry<'_>, key: &str) -> Option<Minor> {
        self.value(entry, key, "a minor version as \"1.34\"", |node| super::minor_version(node.as_str()?))
    }

    pub(super) fn word<T: Copy>(&mut self, entry: &Entry<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
        self.value(entry, key, &format!("one of {}", quoted(words)), |node| meaning(node, words))
    }

    pub(super) fn words<T: Copy>(
        &mut self,
        entry: &Entry<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<Vec<T>> {
        self.value(entry, key, &format!("a list of some of {}", quoted(words)), |node| {
            node.as_array()?.iter().map(|item| meaning(item, words)).collect()
        })
    }

    pub(super) fn strings(&mut self, entry: &Entry<'_>, key: &str) -> Option<Vec<String>> {
        entry.get(key)?;
        Some(self.spanned_strings(entry, key).into_iter().map(|(text, _)| text).collect())
    }

    pub(super) fn spanned_strings(&mut self, entry: &Entry<'_>, key: &str) -> Vec<(String, Span)> {
        let read = |node: &Node| {
            let string = |item: &Node| Some((item.as_str()?.to_owned(), item.span));
            node.as_array()?.iter().map(string).collect()
        };
        self.value(entry, key, "a list of strings", read).unwrap_or_default()
    }
}

fn whole<T: TryFrom<i64>>(node: &Node) -> Option<T> {
    node.as_i64().filter(|value| *value >= 0).and_then(|value| T::try_from(value).ok())
}

fn meaning<T: Copy>(node: &Node, words: &[(&str, T)]) -> Option<T> {
    let text = node.as_str()?;
    words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
}

fn quoted<T>(words: &[(&str, T)]) -> String {
    words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn a(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'o']) { "an" } else { "a" };
    if noun == "null" { noun.to_owned() } else { format!("{article} {noun}") }
}
