//! Network addresses.

use std::net::IpAddr;

use super::{Row, Site, int_of, lift};
use crate::value::{Certain, Kind, Node, Value};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "cidrsubnet" => lift(site, args, |row| network(row, subnet)),
        "cidrhost" => lift(site, args, |row| network(row, host)),
        // Its parts are never part of a pool; what matters is that it has them.
        "parsecidr" => lift(site, args, |row| row.opaque(Certain::of_kind(Kind::Map))),
        _ => return None,
    };
    Some(value)
}

fn network(row: &Row<'_>, f: impl Fn(&Row<'_>, IpAddr, u32) -> Option<String>) -> Value {
    if row.unknown().is_some() {
        return row.opaque(Certain::of_kind(Kind::String));
    }
    let Node::String(text) = row.node(0) else { return row.wrong_type(0, "a network") };
    let parsed = text.split_once('/').and_then(|(ip, bits)| Some((ip.parse().ok()?, bits.parse().ok()?)));
    match parsed.and_then(|(ip, bits)| f(row, ip, bits)) {
        Some(text) => row.text(text),
        None => row.failed(format!("`{text}` has no such part")),
    }
}

fn as_bits(ip: IpAddr) -> (u128, u32) {
    match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    }
}

fn as_ip(bits: u128, width: u32) -> Option<IpAddr> {
    match width {
        32 => Some(IpAddr::V4(u32::try_from(bits).ok()?.into())),
        _ => Some(IpAddr::V6(bits.into())),
    }
}

fn masked(bits: u128, width: u32, prefix: u32) -> u128 {
    // A prefix of no bits shifts everything out, which the operators do not do.
    let host = width.saturating_sub(prefix);
    bits.checked_shr(host).and_then(|network| network.checked_shl(host)).unwrap_or(0)
}

fn subnet(row: &Row<'_>, ip: IpAddr, prefix: u32) -> Option<String> {
    let (bits, width) = as_bits(ip);
    let new = u32::try_from(int_of(row.node(1))?).ok()?;
    let index = u128::try_from(int_of(row.node(2))?).ok()?;
    if prefix > width || new < prefix || new > width || (new - prefix < 127 && index >= 1 << (new - prefix)) {
        return None;
    }
    let base = masked(bits, width, prefix);
    let offset = index.checked_shl(width - new).unwrap_or(0);
    Some(format!("{}/{new}", as_ip(base.checked_add(offset)?, width)?))
}

fn host(row: &Row<'_>, ip: IpAddr, prefix: u32) -> Option<String> {
    let (bits, width) = as_bits(ip);
    let index = u128::try_from(int_of(row.node(1))?).ok()?;
    if prefix > width {
        return None;
    }
    // The first usable address is host 0: the network's own address is not counted.
    Some(as_ip(masked(bits, width, prefix).checked_add(index)?.checked_add(1)?, width)?.to_string())
}
