use super::*;
use crate::source::Span;

fn replacement(start: usize, end: usize, text: &str) -> Replacement {
    Replacement { span: Span::new(FileId(0), start, end), text: text.to_owned() }
}

fn edit(replacements: Vec<Replacement>) -> Edit {
    Edit { message: String::new(), replacements, implies: None }
}

#[test]
fn replacements_of_several_edits_are_put_in_order_and_made_once() {
    let edits = [
        edit(vec![replacement(4, 5, "E")]),
        edit(vec![replacement(0, 1, "A")]),
        edit(vec![replacement(4, 5, "E")]),
    ];
    let files = by_file(&edits).unwrap();
    let replacements = &files[&FileId(0)];
    assert_eq!(apply("a b c d", replacements).as_deref(), Some("A b E d"));
}

#[test]
fn edits_of_one_place_do_not_go_together() {
    let together = |one: (usize, usize), other: (usize, usize)| {
        by_file(&[edit(vec![replacement(one.0, one.1, "x")]), edit(vec![replacement(other.0, other.1, "y")])])
            .is_some()
    };
    assert!(!together((0, 3), (2, 4)));
    assert!(!together((0, 3), (0, 3)));
    assert!(!together((0, 9), (2, 4)));
    assert!(!together((3, 3), (3, 3)));
    assert!(!together((0, 3), (3, 3)));
    assert!(together((0, 3), (3, 4)));
    assert!(together((0, 3), (4, 5)));
}

#[test]
fn what_is_no_place_of_the_text_is_refused() {
    assert_eq!(apply("é", &[&replacement(1, 2, "e")]), None);
    assert_eq!(apply("a", &[&replacement(0, 9, "e")]), None);
}

#[test]
fn a_difference_is_one_that_patch_takes() {
    let text: String = (1..=20).map(|n| format!("line {n}\n")).collect();
    let at = |word: &str| text.find(word).unwrap();
    let (two, twenty) = (at("line 2\n"), at("line 20"));
    let one = replacement(two + 5, two + 6, "two");
    let other = replacement(twenty, twenty + 7, "the end");
    assert_eq!(
        unified("a.tf", &text, &[&one, &other]),
        "--- a/a.tf\n+++ b/a.tf\n@@ -1,5 +1,5 @@\n line 1\n-line 2\n+line two\n line 3\n line 4\n line 5\n\
         @@ -17,4 +17,4 @@\n line 17\n line 18\n line 19\n-line 20\n+the end\n"
    );
    // A line that goes, two changes in one line, and no line break at the end.
    assert_eq!(
        unified(
            "a",
            "x\n# c\na b\nz",
            &[&replacement(2, 6, ""), &replacement(6, 7, "A"), &replacement(8, 9, "B")]
        ),
        "--- a/a\n+++ b/a\n@@ -1,4 +1,3 @@\n x\n-# c\n-a b\n+A B\n z\n\\ No newline at end of file\n"
    );
}

#[test]
fn what_an_earlier_run_left_behind_is_in_nobodys_way() {
    let dir = tempfile::TempDir::new().unwrap();
    let (path, left) =
        (dir.path().join("a.tf"), dir.path().join(format!(".akslint-{}-0", std::process::id())));
    std::fs::write(&path, "old").unwrap();
    std::fs::write(&left, "left").unwrap();
    replace(&path, b"new").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(std::fs::read_to_string(&left).unwrap(), "left");
    replace(&dir.path().join("b.json"), b"new").unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
}
