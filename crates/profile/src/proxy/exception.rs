//! What `NO_PROXY` names: hosts that are reached directly.

use std::net::IpAddr;

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Exception {
    /// `*`
    Everything,
    /// `acme.dev` means the host and what is below it, `.acme.dev` and `*.acme.dev` only what is below.
    Name { name: String, itself: bool, port: Option<u16> },
    /// `10.1.2.3`, `[2001:db8::1]:443`
    Address { ip: IpAddr, port: Option<u16> },
    /// `10.0.0.0/8`
    Network { ip: IpAddr, bits: u32 },
}

impl Exception {
    /// The entries of a list, between which stand commas or blanks.
    pub(super) fn list(text: &str) -> Vec<Self> {
        text.split(|c: char| c == ',' || c.is_whitespace()).filter_map(Self::read).collect()
    }

    fn read(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Everything);
        }
        if let Some((ip, bits)) = entry.split_once('/') {
            let (ip, bits) = (ip.parse::<IpAddr>().ok()?, bits.parse().ok()?);
            return (bits <= width(ip)).then_some(Self::Network { ip, bits });
        }
        let (host, port) = split_port(entry);
        if let Ok(ip) = bare(host).parse() {
            return Some(Self::Address { ip, port });
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let (name, itself) = host.strip_prefix('.').map_or((host, true), |below| (below, false));
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Name { name, itself, port })
    }

    pub(super) fn covers(&self, host: &str, to_port: u16) -> bool {
        let fits = |port: &Option<u16>| port.is_none_or(|port| port == to_port);
        let address = bare(host).parse::<IpAddr>().ok();
        match self {
            Self::Everything => true,
            Self::Name { name, itself, port } => fits(port) && is_named(host, name, *itself),
            Self::Address { ip, port } => {
                fits(port) && address.is_some_and(|address| address.to_canonical() == ip.to_canonical())
            }
            Self::Network { ip, bits } => address.is_some_and(|address| {
                // Written as IPv6, an IPv4 address still lies in its IPv4 network.
                share(address, *ip, *bits) || share(address.to_canonical(), *ip, *bits)
            }),
        }
    }
}

/// Whether a host is this machine by its very name.
pub(super) fn is_this_machine(host: &str) -> bool {
    bare(host)
        .parse::<IpAddr>()
        .map_or_else(|_| is_named(host, "localhost", true), |ip| ip.to_canonical().is_loopback())
}

fn is_named(host: &str, name: &str, itself: bool) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match host.strip_suffix(name) {
        Some("") => itself,
        Some(before) => before.ends_with('.'),
        None => false,
    }
}

/// Whether the first bits are the same.
fn share(one: IpAddr, other: IpAddr, bits: u32) -> bool {
    let number = |ip| match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    let rest = width(one).saturating_sub(bits);
    let leading = |ip| number(ip).checked_shr(rest).unwrap_or(0);
    width(one) == width(other) && leading(one) == leading(other)
}

const fn width(ip: IpAddr) -> u32 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Takes the port off, but not the last group of an IPv6 address without brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            port.parse().map_or((entry, None), |port| (host, Some(port)))
        }
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(list: &str, host: &str, port: u16) -> bool {
        Exception::list(list).iter().any(|one| one.covers(host, port))
    }

    #[test]
    fn entries_cover_what_they_name_and_no_more() {
        for (list, host, port, expected) in [
            ("acme.dev", "acme.dev", 443, true),
            ("acme.dev", "App.ACME.dev", 443, true),
            ("acme.dev", "notacme.dev", 443, false),
            (".acme.dev", "acme.dev", 443, false),
            (".acme.dev", "app.acme.dev", 443, true),
            ("*.acme.dev", "a.b.acme.dev", 443, true),
            ("*.acme.dev", "acme.dev", 443, false),
            ("acme.dev:8443", "acme.dev", 8443, true),
            ("acme.dev:8443", "acme.dev", 443, false),
            ("acme.dev", "acme.dev.", 443, true),
            ("x, acme.dev ,y", "acme.dev", 443, true),
            ("x acme.dev", "acme.dev", 443, true),
            ("*", "anything.at.all", 1, true),
            ("*acme.dev", "app.acme.dev", 443, false),
            ("10.1.2.3", "10.1.2.3", 443, true),
            ("10.1.2.3:22", "10.1.2.3", 443, false),
            ("10.0.0.0/8", "10.255.0.1", 443, true),
            ("10.0.0.0/8", "11.0.0.1", 443, false),
            ("10.0.0.0/8", "ten.acme.dev", 443, false),
            ("10.0.0.0/8", "[::ffff:10.1.1.1]", 443, true),
            ("0.0.0.0/0", "8.8.8.8", 443, true),
            ("0.0.0.0/0", "[2001:db8::1]", 443, false),
            ("2001:db8::/32", "[2001:db8:1::1]", 443, true),
            ("2001:db8::/32", "[2001:db9::1]", 443, false),
            ("::/0", "[2001:db9::1]", 443, true),
            ("2001:db8::1", "[2001:db8::1]", 443, true),
            ("[2001:db8::1]:443", "[2001:db8::1]", 443, true),
            ("[2001:db8::1]:444", "[2001:db8::1]", 443, false),
        ] {
            assert_eq!(covered(list, host, port), expected, "{list} {host}:{port}");
        }
    }

    #[test]
    fn what_means_nothing_is_passed_over() {
        for list in ["", ",, ,", "10.0.0.0/33", "::/129", "10.0.0.0/x", "/8", ".", "*."] {
            assert_eq!(Exception::list(list), [], "{list}");
        }
    }
}
