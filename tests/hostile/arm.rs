//! Templates that nobody should write.

use akslint::model::PoolField;
use akslint::report::Report;

use super::common::field;
use super::{arm, one};

const POOL: &str = "aks/pool";

/// A template whose pool has this expression as its size.
fn sized(expression: &str) -> String {
    arm("", &format!("\"vmSize\": {}", serde_json::Value::from(format!("[{expression}]"))), "")
}

/// What the size of the pool is.
fn size(report: &Report) -> String {
    field(report, POOL, PoolField::VmSize)
}

#[test]
fn texts_are_padded_to_any_width_that_is_kept() {
    // Rust's own formatting gives up beyond 65,535.
    for width in [65_535, 65_536, 70_000, 1_000_000] {
        for (expression, kept) in [
            (format!("length(format('{{0,{width}}}', 'a'))"), width),
            (format!("length(format('{{0,-{width}}}', 'é'))"), width),
            (format!("length(format('{{0,{width}:D3}}', 7))"), width),
            (format!("length(padLeft('a', {width}))"), width),
            (
                format!("length(dateTimeAdd('2024-01-01T00:00:00Z', 'PT0S', padLeft('', {width}, 'y')))"),
                width,
            ),
            (format!("length(dateTimeAdd('2024-01-01T00:00:00Z', 'PT0S', padLeft('', {width}, 'H')))"), 2),
        ] {
            let (report, _) = one("main.json", &sized(&expression));
            assert_eq!(size(&report), kept.to_string(), "{expression}");
        }
    }
    for (expression, text) in [
        ("format('{0,5}|{1,-4}|{0,1}', 'abc', 7)", "\"  abc|7   |abc\""),
        ("dateTimeAdd('0987-01-01T00:00:00Z', 'PT0S', 'yyyyyy-yy')", "\"000987-87\""),
    ] {
        assert_eq!(size(&one("main.json", &sized(expression)).0), text);
    }
}
