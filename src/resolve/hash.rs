//! MD5, SHA-1, SHA-2 and name-based UUIDs, for the functions that put digests into names. Nothing secret depends
//! on them.
//!
//! Sources: RFC 1321 (MD5), FIPS 180-4 (SHA) and RFC 9562 (UUIDs).

use std::sync::OnceLock;

/// Message padding shared by all four: a one bit, zeros, and the length in bits in `length_bytes` bytes.
fn padded(message: &[u8], block: usize, length_bytes: usize, big_endian: bool) -> Vec<u8> {
    let mut out = message.to_vec();
    out.push(0x80);
    while out.len() % block != block - length_bytes {
        out.push(0);
    }
    let bits = (message.len() as u128) * 8;
    if big_endian {
        out.extend(bits.to_be_bytes().iter().skip(16 - length_bytes));
    } else {
        out.extend(bits.to_le_bytes().iter().take(length_bytes));
    }
    out
}

/// The words of a block.
fn words32(block: &[u8], read: fn([u8; 4]) -> u32) -> [u32; 16] {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = read(bytes.try_into().unwrap_or_default());
    }
    words
}

/// The first `bits` bits after the point of the square or cube root of each of the first N primes, which is
/// where SHA-2 has its constants from.
fn prime_roots<const N: usize>(cube: bool, bits: u32) -> [u64; N] {
    let mut out = [0; N];
    let mut prime = 1_u128;
    for slot in &mut out {
        prime += 1;
        while (2..prime).take_while(|d| d * d <= prime).any(|d| prime.is_multiple_of(d)) {
            prime += 1;
        }
        // The largest x with x^n <= prime * 2^(n*bits); its low bits are the fraction.
        let (mut low, mut high) = (0_u128, 1_u128 << (bits + 5));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if power_at_most(middle, prime, cube, bits) { low = middle } else { high = middle }
        }
        let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
        *slot = (low as u64) & mask;
    }
    out
}

/// Whether x² ≤ p·2^(2·bits), or x³ ≤ p·2^(3·bits).
fn power_at_most(x: u128, prime: u128, cube: bool, bits: u32) -> bool {
    // x has at most 69 bits, so its powers need up to 207: numbers of eight 32-bit limbs.
    let multiply = |a: [u64; 8], b: [u64; 8]| {
        let mut out = [0_u64; 8];
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0;
            for (j, y) in b.iter().enumerate() {
                if let Some(slot) = out.get_mut(i + j) {
                    let sum = *slot + x * y + carry;
                    *slot = sum & 0xffff_ffff;
                    carry = sum >> 32;
                }
            }
        }
        out
    };
    let limbs = |value: u128| {
        let mut out = [0_u64; 8];
        for (index, slot) in out.iter_mut().take(4).enumerate() {
            *slot = ((value >> (32 * index)) & 0xffff_ffff) as u64;
        }
        out
    };
    let x = limbs(x);
    let square = multiply(x, x);
    let one_shifted = limbs(1 << bits);
    let scale = multiply(one_shifted, one_shifted);
    let (power, bound) = if cube {
        (multiply(square, x), multiply(multiply(scale, one_shifted), limbs(prime)))
    } else {
        (square, multiply(scale, limbs(prime)))
    };
    power.iter().rev().le(bound.iter().rev())
}

/// The MD5 digest.
pub(in crate::resolve) fn md5(message: &[u8]) -> Vec<u8> {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(message, 64, 8, false).chunks_exact(64) {
        let words = words32(block, u32::from_le_bytes);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mix, word) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let word = words.get(word).copied().unwrap_or(0);
            let shift = SHIFTS.get(step / 16).and_then(|row| row.get(step % 4)).copied().unwrap_or(0);
            let sum = a.wrapping_add(mix).wrapping_add(constant).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The SHA-1 digest.
pub(in crate::resolve) fn sha1(message: &[u8]) -> Vec<u8> {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(message, 64, 8, true).chunks_exact(64) {
        let mut words = words32(block, u32::from_be_bytes).to_vec();
        for step in 16..80 {
            let at = |back: usize| words.get(step - back).copied().unwrap_or(0);
            words.push((at(3) ^ at(8) ^ at(14) ^ at(16)).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.iter().enumerate() {
            let (mix, constant) = match step / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next =
                a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The SHA-256 digest.
pub(in crate::resolve) fn sha256(message: &[u8]) -> Vec<u8> {
    static CONSTANTS: OnceLock<([u32; 8], [u32; 64])> = OnceLock::new();
    let (mut state, constants) = *CONSTANTS.get_or_init(|| {
        (prime_roots(false, 32).map(|word| word as u32), prime_roots(true, 32).map(|word| word as u32))
    });
    for block in padded(message, 64, 8, true).chunks_exact(64) {
        let mut words = words32(block, u32::from_be_bytes).to_vec();
        for step in 16..64 {
            let at = |back: usize| words.get(step - back).copied().unwrap_or(0);
            let (x, y) = (at(15), at(2));
            let s0 = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
            let s1 = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
            words.push(at(16).wrapping_add(s0).wrapping_add(at(7)).wrapping_add(s1));
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (word, constant) in words.iter().zip(constants) {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let first = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(constant).wrapping_add(*word);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The SHA-512 digest.
pub(in crate::resolve) fn sha512(message: &[u8]) -> Vec<u8> {
    static CONSTANTS: OnceLock<([u64; 8], [u64; 80])> = OnceLock::new();
    let (mut state, constants) = *CONSTANTS.get_or_init(|| (prime_roots(false, 64), prime_roots(true, 64)));
    for block in padded(message, 128, 16, true).chunks_exact(128) {
        let mut words: Vec<u64> = block
            .chunks_exact(8)
            .map(|bytes| u64::from_be_bytes(bytes.try_into().unwrap_or_default()))
            .collect();
        for step in 16..80 {
            let at = |back: usize| words.get(step - back).copied().unwrap_or(0);
            let (x, y) = (at(15), at(2));
            let s0 = x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7);
            let s1 = y.rotate_right(19) ^ y.rotate_right(61) ^ (y >> 6);
            words.push(at(16).wrapping_add(s0).wrapping_add(at(7)).wrapping_add(s1));
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (word, constant) in words.iter().zip(constants) {
            let s1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
            let choice = (e & f) ^ (!e & g);
            let first = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(constant).wrapping_add(*word);
            let s0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
            let second = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The UUID of a name within a namespace (RFC 9562, version 5).
pub(in crate::resolve) fn uuid_v5(namespace: u128, name: &str) -> String {
    let mut message = namespace.to_be_bytes().to_vec();
    message.extend(name.bytes());
    let digest = sha1(&message);
    let id = digest.iter().take(16).fold(0_u128, |id, byte| (id << 8) | u128::from(*byte));
    let id = (id & !(0xf << 76) & !(0x3 << 62)) | (0x5 << 76) | (0x2 << 62);
    let hex = format!("{id:032x}");
    let cuts = [0..8, 8..12, 12..16, 16..20, 20..32];
    cuts.map(|cut| hex.get(cut).unwrap_or("")).join("-")
}

/// Bytes in hexadecimal.
pub(in crate::resolve) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The test vectors of RFC 1321, section A.5, and of FIPS 180-4's examples ("abc").
    #[test]
    fn digests_of_abc_are_those_of_the_standards() {
        assert_eq!(hex(&md5(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(hex(&sha512(b"abc")).starts_with("ddaf35a193617abacc417349ae204131"));
    }

    #[test]
    fn padding_that_needs_a_block_of_its_own_is_right() {
        assert_eq!(hex(&md5(&[b'a'; 64])), "014842d480b571495a4a0363793f7367");
        assert_eq!(hex(&sha1(&[b'a'; 56])), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    }
}
