//! Terraform that is small to write and large to work out: what is cut off is an unknown or a message, never a wait.

use super::{one, says, terraform, tf};

#[test]
fn lengths_at_the_end_of_the_numbers() {
    // Each text alone has the greatest length that a number can say.
    let more = "resource \"random_string\" \"a\" {\n  length = 9223372036854775807\n}\n\
                resource \"random_id\" \"b\" {\n  byte_length = 9223372036854775807\n}\n";
    let (report, _) = tf(
        "  name = \"${random_string.a.result}${random_string.a.result}${random_string.a.result}\"\n  \
         vm_size = \"${random_id.b.hex}-${random_id.b.hex}\"",
        more,
    );
    assert_eq!(report.fleet.pools.len(), 2);
}

#[test]
fn numbers_that_one_float_stands_for_are_sorted() {
    let numbers: Vec<String> = (0..60)
        .map(|i: u64| match i % 3 {
            0 => (9_100_000_000_000_001_000 + i * 37).to_string(),
            1 => format!("{}.0", 9_100_000_000_000_000_000 + i * 1_024),
            _ => (9_100_000_000_000_003_000 - i * 41).to_string(),
        })
        .collect();
    let (report, _) = tf(
        "  name = \"p\"\n  vm_size = \"Standard_D4s_v5\"\n  node_labels = { a = length(local.all) }",
        &format!("locals {{\n  all = toset([{}])\n}}", numbers.join(", ")),
    );
    assert_eq!(report.fleet.pools.len(), 2);
}

#[test]
fn blocks_that_nested_loops_make_are_paid_for() {
    let dynamic = "  dynamic \"a\" {\n    for_each = local.r\n    content {\n      dynamic \"b\" {\n        \
                   for_each = local.r\n        content {}\n      }\n    }\n  }\n";
    let (report, shown) = tf(
        &format!("  name = \"p\"\n  vm_size = \"Standard_D4s_v5\"\n{dynamic}"),
        "locals {\n  r = range(1024)\n}",
    );
    assert_eq!(report.fleet.pools.len(), 2);
    says(&shown, "evaluation takes more steps");
}

#[test]
fn lists_that_functions_make_are_paid_for() {
    let (report, shown) = tf(
        "  name = \"p\"\n  vm_size = [for i in range(1024) : [for j in range(100) : range(1024)]][0][0][0]",
        "",
    );
    assert_eq!(report.fleet.pools.len(), 2);
    says(&shown, "evaluation takes more steps");
}

#[test]
fn items_that_do_not_parse_are_each_read_once() {
    // After each item that is left out the search goes on inside it, a block that stands in column 1.
    let broken = "a = (\nb {\n}\n)\n".repeat(20_000);
    let (report, _) = one("main.tf", &format!("{broken}{}", terraform("  name = \"p\"", "")));
    assert_eq!(report.fleet.pools.len(), 2);
}
