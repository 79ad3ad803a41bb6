//! The `cidr…` functions.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::plain::{Args, Outcome, Plain};

/// An address range: an address, of which the first `prefix` of `width` bits are the network's.
#[derive(Clone, Copy)]
struct Network {
    bits: u128,
    width: u32,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Network, String> {
        let invalid = || format!("invalid CIDR expression: {text:?}");
        let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
        if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid());
        }
        let prefix: u32 = prefix.parse().map_err(|_| invalid())?;
        let (bits, width) = if address.contains(':') {
            (u128::from(address.parse::<Ipv6Addr>().map_err(|_| invalid())?), 128)
        } else {
            // Terraform reads leading zeros as decimal, which Rust's own parser refuses.
            let mut bits = 0;
            let mut parts = 0;
            for part in address.split('.') {
                if part.is_empty() || part.len() > 9 || !part.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(invalid());
                }
                let octet: u8 =
                    part.parse::<u32>().ok().and_then(|n| n.try_into().ok()).ok_or_else(invalid)?;
                bits = (bits << 8) | u128::from(octet);
                parts += 1;
                if parts > 4 {
                    return Err(invalid());
                }
            }
            if parts != 4 {
                return Err(invalid());
            }
            (bits, 32)
        };
        if prefix > width {
            return Err(invalid());
        }
        Ok(Network { bits, width, prefix }.masked())
    }

    fn host_bits(self) -> u32 {
        self.width - self.prefix
    }

    /// The mask of the host's bits.
    fn hosts(self) -> u128 {
        mask(self.host_bits())
    }

    fn masked(self) -> Network {
        Network { bits: self.bits & !self.hosts(), ..self }
    }

    fn address(self, bits: u128) -> String {
        if self.width == 32 {
            Ipv4Addr::from(bits as u32).to_string()
        } else {
            Ipv6Addr::from(bits).to_string()
        }
    }

    fn to_text(self) -> String {
        format!("{}/{}", self.address(self.bits), self.prefix)
    }
}

/// The lowest `bits` bits set.
fn mask(bits: u32) -> u128 {
    1_u128.checked_shl(bits).map_or(u128::MAX, |bit| bit - 1)
}

pub(super) fn cidrhost(args: &Args) -> Outcome {
    let network = Network::parse(&args.text(0)?)?;
    let number = args.int(1)?;
    let too_big = || format!("prefix of {} does not accommodate a host numbered {number}", network.prefix);
    let offset = if number >= 0 {
        u128::try_from(number).map_err(|_| too_big())?
    } else {
        let back = u128::from(number.unsigned_abs()) - 1;
        network.hosts().checked_sub(back).ok_or_else(too_big)?
    };
    if offset > network.hosts() {
        return Err(too_big());
    }
    Ok(Plain::text(network.address(network.bits | offset)))
}

pub(super) fn cidrnetmask(args: &Args) -> Outcome {
    let network = Network::parse(&args.text(0)?)?;
    if network.width != 32 {
        return Err("IPv6 addresses cannot have a netmask".into());
    }
    Ok(Plain::text(network.address(!network.hosts() & mask(32))))
}

pub(super) fn cidrsubnet(args: &Args) -> Outcome {
    let network = Network::parse(&args.text(0)?)?;
    let (added, number) = (args.int(1)?, args.int(2)?);
    let added = u32::try_from(added)
        .ok()
        .filter(|added| *added <= network.host_bits())
        .ok_or_else(|| format!("not enough remaining address space for {added} more bits"))?;
    let number = u128::try_from(number).ok().filter(|number| *number <= mask(added)).ok_or_else(|| {
        format!("prefix extension of {added} does not accommodate a subnet numbered {number}")
    })?;
    let prefix = network.prefix + added;
    let shifted = number.checked_shl(network.width - prefix).unwrap_or(0);
    Ok(Plain::text(Network { bits: network.bits | shifted, prefix, ..network }.to_text()))
}

pub(super) fn cidrsubnets(args: &Args) -> Outcome {
    let network = Network::parse(&args.text(0)?)?;
    let last = network.bits | network.hosts();
    let mut next = Some(network.bits);
    let mut out = Vec::new();
    for index in 1..args.len() {
        let added = args.int(index)?;
        let prefix = u32::try_from(added)
            .ok()
            .filter(|added| (1..=32).contains(added) && *added <= network.host_bits())
            .map(|added| network.prefix + added)
            .ok_or_else(|| format!("cannot extend the prefix by {added} bits"))?;
        let hosts = mask(network.width - prefix);
        // A larger subnet starts at its own boundary, past what a smaller one before it took.
        let start = next
            .and_then(|next| next.checked_add(hosts))
            .map(|next| next & !hosts)
            .filter(|start| *start <= last && (*start | hosts) <= last)
            .ok_or_else(|| "not enough remaining address space for a subnet of that size".to_owned())?;
        out.push(Plain::text(Network { bits: start, prefix, ..network }.to_text()));
        next = (start | hosts).checked_add(1);
    }
    Ok(Plain::list(out))
}
