//! Every bound that this crate puts on what others may cost it: bytes that they send, seconds that they take.
//!
//! `docs/limits.md` is the same for people; a test keeps the two together. What the protocol fixes stands in
//! [`wire::limit`].

use std::time::Duration;

pub(crate) use wire::limit::CONNECTOR_PING;

// Ways.

/// Looking a name up, and a TCP connection to one of its addresses.
pub(crate) const CONNECT: Duration = Duration::from_secs(15);
/// How long one address has the field for itself before the next is tried as well (RFC 8305).
pub(crate) const HEAD_START: Duration = Duration::from_millis(250);
/// A TLS handshake.
pub(crate) const SECURE: Duration = Duration::from_secs(10);
/// The answer of a proxy, which has to connect to the host before it.
pub(crate) const PROXY: Duration = Duration::from_secs(15);
/// How long the page of a network that wants a log-in is looked for, after a host could not be reached.
pub(crate) const PORTAL: Duration = Duration::from_secs(3);

// Questions.

/// The head of any answer, interim ones included.
pub(crate) const HEAD: usize = 64 * 1024;
/// The headers of any answer.
pub(crate) const HEADERS: usize = 128;
/// What is read of a page that is asked only what it says first.
pub(crate) const PAGE: usize = 8 * 1024;
/// How long the page of a refused upgrade is waited for. Most tell their length, or end.
pub(crate) const PAGE_WAIT: Duration = Duration::from_secs(1);
/// Redirects of one exchange; the real chain has three, a few more with rules of the zone.
pub(crate) const HOPS: usize = 8;
/// One poll of the transfer service; leaves it time to say that it has nothing.
pub(crate) const POLL: Duration = wire::limit::POLL.saturating_add(Duration::from_secs(5));
/// Polls in a row that fail before a log-in does.
pub(crate) const POLL_FAILURES: u32 = 6;
/// Two sealed tokens of any plausible size.
pub(crate) const TRANSFERRED: usize = 256 * 1024;
/// The answer to whether a token is still accepted (`access.md`, appendix A).
pub(crate) const CHECK: Duration = Duration::from_secs(5);
/// The answer of the authority for certificates.
pub(crate) const SIGNING: Duration = Duration::from_secs(10);
/// Its bytes; a certificate has about one thousand.
pub(crate) const CERTIFICATE: usize = 64 * 1024;
/// The answer to an upgrade. It comes when the tunnel has reached the machine.
pub(crate) const UPGRADE: Duration = Duration::from_secs(20);
/// The same on a connection that was made before: what takes longer is asked anew, on one that is fresh.
pub(crate) const WARM_UPGRADE: Duration = Duration::from_secs(3);

// Streams.

/// What of a stream is held in memory on its way to the local program, however long a message is.
pub(crate) const INCOMING: usize = 64 * 1024;
/// How long nothing may come before the far end is asked whether it is there.
pub(crate) const IDLE: Duration = Duration::from_secs(5);
/// How long each of those questions may go without an answer.
pub(crate) const BETWEEN_PROBES: Duration = Duration::from_secs(3);
/// How many may, before the path counts as dead: 14 s after it fell silent.
pub(crate) const PROBES: u32 = 3;
/// What was sent and is not acknowledged, with nothing else coming back for so long, will not be.
pub(crate) const UNANSWERED: Duration = Duration::from_secs(12);
/// How late the next ping may be of a far side that has pinged regularly.
pub(crate) const LATE: Duration = Duration::from_secs(15);
/// How long the far side may take to accept our farewell.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);
/// How long reading goes on after the local program has closed its side and the far side has fallen silent.
pub(crate) const LINGER: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use wire::limit::{DISCOVERY, KEY_SET, KEY_SET_FETCH};

    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/limits.md");

    enum Limit {
        Bytes(usize),
        Count(u64),
        Time(Duration),
    }

    /// As the document writes it.
    fn written(limit: &Limit) -> String {
        match limit {
            Limit::Bytes(bytes) if bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
            Limit::Bytes(bytes) => format!("{} KiB", bytes >> 10),
            Limit::Count(count) => count.to_string(),
            Limit::Time(time) if time.subsec_millis() > 0 => format!("{} ms", time.as_millis()),
            Limit::Time(time) => format!("{} s", time.as_secs()),
        }
    }

    macro_rules! every {
        ($($kind:ident $($name:ident)+;)+) => {
            &[$($((stringify!($name), Limit::$kind($name.into())),)+)+]
        };
    }

    #[test]
    fn the_document_has_every_limit_with_its_value() {
        let limits: &[(&str, Limit)] = every! {
            Bytes HEAD PAGE TRANSFERRED CERTIFICATE INCOMING KEY_SET;
            Count PROBES POLL_FAILURES;
            Time CONNECT HEAD_START SECURE PROXY PORTAL PAGE_WAIT POLL CHECK SIGNING UPGRADE WARM_UPGRADE IDLE BETWEEN_PROBES
                UNANSWERED LATE FAREWELL LINGER DISCOVERY KEY_SET_FETCH;
        };
        let counts = [("HEADERS", HEADERS), ("HOPS", HOPS)].map(|(name, count)| (name, count.to_string()));
        let known = limits.iter().map(|(name, limit)| (*name, written(limit))).chain(counts);
        let rows: Vec<&str> = DOCUMENT.lines().filter(|line| line.starts_with("| `")).collect();
        let mut expected = 0;
        for (name, value) in known {
            let row = format!("| `{name}` | {value} | ");
            assert!(rows.iter().any(|line| line.starts_with(&row)), "docs/limits.md lacks: {row}");
            expected += 1;
        }
        assert_eq!(rows.len(), expected, "a row for what is no limit here");
    }

    #[test]
    fn a_dead_path_is_found_out_within_fifteen_seconds() {
        let fifteen = Duration::from_secs(15);
        assert!(IDLE + BETWEEN_PROBES * PROBES < fifteen);
        assert!(UNANSWERED < fifteen);
        assert!(IDLE < UNANSWERED, "a path that lives has answered a probe by then");
    }
}
