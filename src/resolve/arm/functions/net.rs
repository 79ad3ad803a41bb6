//! Network addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::{Row, Site, int_of, lift};
use crate::value::{Certain, Kind, Node, Number, Value};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "cidrsubnet" => lift(site, args, |row| network(row, subnet)),
        "cidrhost" => lift(site, args, |row| match row.node(0) {
            // The documentation has examples of IPv4 only, and IPv6 has no address that hosts may not use.
            Node::String(text) if text.contains(':') => row.by_service(Certain::of_kind(Kind::String)),
            _ => network(row, host),
        }),
        "parsecidr" => lift(site, args, parts),
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
    // The first usable address is host 0: the network's own address is not counted, nor is the last one.
    let usable = 1_u128.checked_shl(width - prefix).map_or(u128::MAX, |all| all.saturating_sub(2));
    let first = masked(bits, width, prefix).checked_add(1)?;
    (index < usable).then_some(())?;
    Some(as_ip(first.checked_add(index)?, width)?.to_string())
}

/// The network's addresses. IPv6 has no broadcast, and every address of a network can be used.
fn parts(row: &Row<'_>) -> Value {
    let Node::String(text) = row.node(0) else {
        return match row.node(0) {
            Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::Map)),
            _ => row.wrong_type(0, "a network"),
        };
    };
    let parsed = text
        .split_once('/')
        .and_then(|(ip, bits)| Some((as_bits(ip.parse().ok()?), bits.parse::<u32>().ok()?)))
        .filter(|((_, width), prefix)| prefix <= width);
    let Some(((bits, width), prefix)) = parsed else {
        return row.failed(format!("`{text}` is not a network"));
    };
    let all = if width == 32 { u128::from(u32::MAX) } else { u128::MAX };
    let mask = masked(all, width, prefix);
    let first = bits & mask;
    let last = first | (all & !mask);
    // A network of one or two addresses has none between its own and the last: the library that the service
    // uses, IPNetwork2, gives the network's own for both then.
    let inset = u128::from(width == 32 && prefix <= 30);
    let usable = if width == 32 && prefix > 30 { first } else { last - inset };
    let mut entries = BTreeMap::new();
    let mut add = |name: &str, bits: u128| {
        if let Some(ip) = as_ip(bits, width) {
            entries.insert(Arc::from(name), row.text(ip.to_string()));
        }
    };
    add("network", first);
    add("netmask", mask);
    if width == 32 {
        add("broadcast", last);
    }
    add("firstUsable", first + inset);
    add("lastUsable", usable);
    entries.insert(Arc::from("cidr"), row.value(Node::Number(Number::Int(i64::from(prefix)))));
    row.value(Node::map(entries))
}
