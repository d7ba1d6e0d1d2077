//! `--connect-to`, in the three forms that `cloudflared` knows (`access.md` 5.8).

use access::Detour;

use crate::args::Misuse;

/// Reads `host`, `host:port` or `name:port:host`.
pub(crate) fn parse(text: &str) -> Result<Detour, Misuse> {
    let parts: Vec<&str> = text.split(':').collect();
    let (name, port, host) = match *parts {
        [host] => (host, "443", host),
        [host, port] => (host, port, host),
        [name, port, host] => (name, port, host),
        _ => return Err(Misuse::NotDetour(text.to_owned())),
    };
    let port = port.parse().ok().filter(|port| *port > 0);
    match port {
        Some(port) if [name, host].into_iter().all(is_host) => {
            Ok(Detour { host: host.to_owned(), port, name: name.to_owned() })
        }
        Some(_) | None => Err(Misuse::NotDetour(text.to_owned())),
    }
}

fn is_host(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text.chars().all(|letter| letter.is_alphanumeric() || ".-_".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_three_forms() {
        for (text, name, port, host) in [
            ("edge.acme.dev", "edge.acme.dev", 443, "edge.acme.dev"),
            ("127.0.0.1:8443", "127.0.0.1", 8443, "127.0.0.1"),
            ("app.acme.dev:443:127.0.0.1", "app.acme.dev", 443, "127.0.0.1"),
        ] {
            let expected = Detour { host: host.to_owned(), port, name: name.to_owned() };
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_named() {
        for text in ["", ":", "a:", ":1", "a:0", "a:b", "a:1:", "a:1:b:c", "https://a", "a:70000", "a b:1"] {
            assert_eq!(parse(text), Err(Misuse::NotDetour(text.to_owned())), "{text}");
        }
    }
}
