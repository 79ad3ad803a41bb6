//! Names that Azure makes of other names: the same everywhere for the same arguments.
//!
//! Sources: `guid` is documented with "String functions for Bicep" as a name-based UUID. How `uniqueString` is
//! worked out is not; the azapi provider for Terraform publishes it as its function `unique_string`: MurmurHash3
//! of 32-bit words in two lanes, which differs from the published variants in how lanes are mixed and in what is
//! left of the last block. What the service made of texts is known and asserted in the tests.

use super::{Row, Site, lift};
use crate::resolve::hash;
use crate::value::{Certain, Kind, Node, Value};

/// The namespace of the UUIDs that `guid` makes.
const NAMESPACE: u128 = 0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830;

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "guid" => lift(site, args, |row| of_joined(row, 36, |text| hash::uuid_v5(NAMESPACE, text))),
        "uniquestring" => lift(site, args, |row| of_joined(row, 13, unique_string)),
        _ => return None,
    };
    Some(value)
}

/// A text of known length, worked out from all arguments.
fn of_joined(row: &Row<'_>, length: usize, make: impl Fn(&str) -> String) -> Value {
    let mut texts: Vec<&str> = Vec::new();
    for (index, alternative) in row.alternatives.iter().enumerate() {
        match &alternative.node {
            Node::String(text) => texts.push(text),
            Node::Unknown(_) => {
                let exactly = Certain { min_length: length, max_length: Some(length), ..Certain::default() };
                return row.opaque(Certain { kind: Some(Kind::String), not_null: true, ..exactly });
            }
            _ => return row.wrong_type(index, "strings"),
        }
    }
    row.text(make(&texts.join("-")))
}

fn unique_string(text: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = murmur(text.as_bytes());
    // Five bits a letter from the top; the last letter has the four bits that are left, and a zero.
    (0..13_u32)
        .filter_map(|at| LETTERS.get(usize::try_from((hash << (5 * at)) >> 59).ok()?))
        .map(|letter| char::from(*letter))
        .collect()
}

/// Mixes one word into the state of one lane.
fn mixed(word: u32, first: u32, turn: u32, second: u32) -> u32 {
    word.wrapping_mul(first).rotate_left(turn).wrapping_mul(second)
}

/// The last mixing of a lane, which is MurmurHash3's.
fn finished(mut lane: u32) -> u32 {
    lane = (lane ^ (lane >> 16)).wrapping_mul(0x85eb_ca6b);
    lane = (lane ^ (lane >> 13)).wrapping_mul(0xc2b2_ae35);
    lane ^ (lane >> 16)
}

fn murmur(bytes: &[u8]) -> u64 {
    const ONE: u32 = 0x239b_961b;
    const TWO: u32 = 0xab0e_9789;
    const THREE: u32 = 0x561c_cd1b;
    const FOUR: u32 = 0x0bca_a747;
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    let (mut low, mut high) = (0_u32, 0_u32);
    let blocks = bytes.chunks_exact(8);
    let rest = blocks.remainder();
    for block in blocks {
        let (first, second) = block.split_at(4);
        low = (low ^ mixed(word(first), ONE, 15, TWO)).rotate_left(19).wrapping_add(high);
        low = low.wrapping_mul(5).wrapping_add(THREE);
        high = (high ^ mixed(word(second), TWO, 17, ONE)).rotate_left(13).wrapping_add(low);
        high = high.wrapping_mul(5).wrapping_add(FOUR);
    }
    if !rest.is_empty() {
        let (first, second) = rest.split_at(rest.len().min(4));
        low ^= mixed(word(first), ONE, 15, TWO);
        if !second.is_empty() {
            high ^= mixed(word(second), TWO, 17, ONE);
        }
    }
    let length = bytes.len() as u32;
    low ^= length;
    high ^= length;
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    (low, high) = (finished(low), finished(high));
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    u64::from(high) << 32 | u64::from(low)
}
