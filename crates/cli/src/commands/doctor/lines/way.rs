//! Lines about the way to a host, up to what its SSH server says first.

use std::net::SocketAddr;
use std::time::Duration;

use profile::Way;
use wire::Cause;

use super::{Line, State, one_line};

pub(crate) fn name(host: &str, addresses: &Result<Vec<SocketAddr>, Cause>) -> Line {
    match addresses {
        Ok(found) if found.len() == 1 => Line::fine("name", format!("{host} has 1 address")),
        Ok(found) => Line::fine("name", format!("{host} has {} addresses", found.len())),
        Err(cause) => Line::broken("name", cause),
    }
}

/// How connecting by each family went; `None` where the name has no address of it.
pub(crate) struct Families {
    pub(crate) v4: Option<Result<Duration, String>>,
    pub(crate) v6: Option<Result<Duration, String>>,
}

pub(crate) fn families(host: &str, port: u16, found: &Families) -> Vec<Line> {
    let is_open = |family: &Option<Result<Duration, String>>| matches!(family, Some(Ok(_)));
    let any = is_open(&found.v4) || is_open(&found.v6);
    let line = |name, family: &Option<Result<Duration, String>>| match family {
        None => Line::skipped(name, "the name has no such address"),
        Some(Ok(took)) => Line::fine(name, format!("connects in {} ms", took.as_millis())),
        Some(Err(why)) if any => {
            Line::new(name, State::Check, one_line(why), "the other family is used, a little later")
        }
        Some(Err(why)) => Line::new(name, State::Broken, one_line(why), "check the network"),
    };
    let reached = if any {
        Line::fine("port", format!("{port} can be reached"))
    } else {
        let detail = format!("nothing answers on port {port}");
        Line::broken("port", &Cause::Unreachable { host: host.to_owned(), detail })
    };
    vec![line("IPv4", &found.v4), line("IPv6", &found.v6), reached]
}

/// The way out of this machine, and whether the direct way is worth a look.
pub(crate) fn proxy(host: &str, way: Way<'_>) -> (Line, bool) {
    const NAME: &str = "proxy";
    match way {
        Way::Direct => (Line::fine(NAME, "none needed"), true),
        Way::Through(proxy) => (Line::fine(NAME, format!("{proxy} leads to {host}")), false),
        Way::Unclear(variable) => {
            let what = format!("the address in {variable} cannot be understood");
            (Line::new(NAME, State::Broken, what, "correct it, or choose a proxy in the settings"), false)
        }
    }
}

/// A handshake that went well took so long, and the server's certificate is by this issuer, where it says so.
pub(crate) fn tls(secured: Result<(Duration, Option<String>), Cause>) -> Line {
    match secured {
        Ok((took, issuer)) => {
            let by = issuer.map(|name| format!(" (issued by {})", one_line(&name))).unwrap_or_default();
            Line::fine("TLS", format!("the certificate is trusted{by}, after {} ms", took.as_millis()))
        }
        Err(cause) => Line::broken("TLS", &cause),
    }
}

/// `ahead` is how far this machine's clock is ahead of the edge's, in seconds.
pub(crate) fn clock(ahead: Result<Option<i64>, Cause>) -> Line {
    const NAME: &str = "clock";
    match ahead {
        Ok(Some(seconds)) if seconds.abs() <= 5 => Line::fine(NAME, "within 5 s"),
        Ok(Some(seconds)) => {
            let line = Line::broken(NAME, &Cause::ClockOff { seconds });
            let state = if seconds.abs() <= 60 { State::Check } else { State::Broken };
            Line { state, ..line }
        }
        Ok(None) => Line::skipped(NAME, "the edge does not tell the time"),
        Err(cause @ Cause::ClockOff { .. }) => Line::broken(NAME, &cause),
        Err(_) => Line::skipped(NAME, "the edge was not reached"),
    }
}

/// `team` is the name of the team whose app was found.
pub(crate) fn app(team: Result<String, Cause>) -> Line {
    match team {
        Ok(team) => Line::fine("app", format!("behind Cloudflare Access, team {team}")),
        Err(cause) => Line::broken("app", &cause),
    }
}

/// `until` is the end of the login at hand, as a person reads it.
pub(crate) fn login(host: &str, until: Result<Option<String>, Cause>) -> Line {
    match until {
        Ok(Some(until)) => Line::fine("login", format!("valid until {until}")),
        Ok(None) => Line::new("login", State::Check, "none at hand", &format!("sallyport login {host}")),
        Err(cause) => Line::broken("login", &cause),
    }
}

/// `greeting` is the SSH server's first line.
pub(crate) fn banner(greeting: Result<String, Cause>) -> Line {
    const NAME: &str = "SSH banner";
    match greeting {
        Ok(greeting) => Line::fine(NAME, greeting),
        Err(cause) => {
            let needs_log_in = matches!(cause, Cause::LogInNeeded { .. } | Cause::TokenRejected { .. });
            if needs_log_in {
                Line::skipped(NAME, "a login is needed first")
            } else {
                Line::broken(NAME, &cause)
            }
        }
    }
}
