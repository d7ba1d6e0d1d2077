//! Where a forward listens, as `cloudflared` reads it (`access.md` 5.3): a scheme may stand before it, the port is a must.

use std::net::Ipv6Addr;

use crate::args::Misuse;

/// The most bytes that a name may have (RFC 1035 2.3.4, as text).
const LONGEST: usize = 253;

const SCHEMES: [&str; 6] = ["http", "https", "rdp", "ssh", "smb", "tcp"];

/// A host and a port of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalAddress {
    /// A name or an address, without brackets.
    pub(crate) host: String,
    /// The port; 0 lets the system choose.
    pub(crate) port: u16,
}

impl LocalAddress {
    /// Reads `host:port`, with or without a scheme; whatever follows the port is left aside.
    pub(crate) fn parse(text: &str) -> Result<Self, Misuse> {
        let misuse = || Misuse::NotAddress(text.to_owned());
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => rest,
            Some(_) => return Err(misuse()),
            None => text,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = authority.rsplit_once(':').ok_or_else(misuse)?;
        let port = port.parse().map_err(|_| misuse())?;
        Ok(Self { host: host_of(host).ok_or_else(misuse)?, port })
    }
}

fn host_of(text: &str) -> Option<String> {
    if let Some(literal) = text.strip_prefix('[') {
        let literal = literal.strip_suffix(']')?;
        return literal.parse::<Ipv6Addr>().is_ok().then(|| literal.to_owned());
    }
    let fits = |letter: char| letter.is_alphanumeric() || ".-_".contains(letter);
    ((1..=LONGEST).contains(&text.len()) && text.chars().all(fits)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_host_and_port_count() {
        for (text, host, port) in [
            ("127.0.0.1:3389", "127.0.0.1", 3389),
            ("localhost:0", "localhost", 0),
            ("rdp://localhost:3389", "localhost", 3389),
            ("TCP://127.0.0.1:80/path?query", "127.0.0.1", 80),
            ("[::1]:445", "::1", 445),
        ] {
            assert_eq!(LocalAddress::parse(text), Ok(LocalAddress { host: host.to_owned(), port }), "{text}");
        }
    }

    #[test]
    fn anything_else_is_named() {
        for text in
            ["", "3389", ":3389", "localhost", "localhost:", "ftp://h:1", "h:70000", "::1:80", "a b:1"]
        {
            assert_eq!(LocalAddress::parse(text), Err(Misuse::NotAddress(text.to_owned())), "{text}");
        }
    }
}
