//! Which protocol the edge is spoken to by, and what becomes of that where the network does not let one of them pass.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A protocol that connectors and the edge have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/2 over TLS over TCP.
    Http2,
    /// QUIC over UDP.
    Quic,
}

/// Which of them to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// QUIC where it passes, else HTTP/2.
    #[default]
    Auto,
    /// This one or none.
    Only(Protocol),
}

impl Protocol {
    fn other(self) -> Self {
        match self {
            Self::Http2 => Self::Quic,
            Self::Quic => Self::Http2,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Http2 => "http2",
            Self::Quic => "quic",
        })
    }
}

impl Wanted {
    /// What is tried first.
    #[must_use]
    pub fn first(self) -> Protocol {
        match self {
            Self::Auto => Protocol::Quic,
            Self::Only(one) => one,
        }
    }
}

/// What all connections of a connector have learned. As long as QUIC has never served, one failure of it is enough for
/// all of them to begin with HTTP/2; once it has, each attempt begins with it (`tunnel.md` 2.3).
#[derive(Debug)]
pub(crate) struct Choice {
    wanted: Wanted,
    learned: Mutex<Learned>,
}

#[derive(Debug)]
struct Learned {
    first: Protocol,
    /// Whether a connection has ever been registered by the one that is wanted first.
    has_served: bool,
}

impl Choice {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self { wanted, learned: Mutex::new(Learned { first: wanted.first(), has_served: false }) }
    }

    /// What to try first, and what beside it when that takes long.
    pub(crate) fn order(&self) -> (Protocol, Option<Protocol>) {
        match self.wanted {
            Wanted::Auto => {
                let first = self.learned().first;
                (first, Some(first.other()))
            }
            Wanted::Only(one) => (one, None),
        }
    }

    /// The edge has registered a connection that uses this one.
    pub(crate) fn served(&self, protocol: Protocol) {
        let mut learned = self.learned();
        learned.has_served |= protocol == self.wanted.first();
        self.begin_with(&mut learned, protocol);
    }

    /// A connection by this one was not registered, though nobody refused it.
    pub(crate) fn failed(&self, protocol: Protocol) {
        self.begin_with(&mut self.learned(), protocol.other());
    }

    fn begin_with(&self, learned: &mut Learned, protocol: Protocol) {
        if self.wanted == Wanted::Auto && !(learned.has_served && protocol != self.wanted.first()) {
            learned.first = protocol;
        }
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Protocol::{Http2, Quic};
    use super::*;

    #[test]
    fn what_was_named_is_used_and_nothing_else() {
        let choice = Choice::new(Wanted::Only(Quic));
        choice.failed(Quic);
        assert_eq!(choice.order(), (Quic, None));
    }

    #[test]
    fn a_network_without_quic_is_learned_once() {
        let choice = Choice::new(Wanted::Auto);
        assert_eq!(choice.order(), (Quic, Some(Http2)));
        choice.served(Http2);
        assert_eq!(choice.order(), (Http2, Some(Quic)));
        choice.failed(Http2);
        assert_eq!(choice.order(), (Quic, Some(Http2)), "another network, perhaps");
    }

    #[test]
    fn what_has_served_once_stays_the_first() {
        let choice = Choice::new(Wanted::Auto);
        choice.served(Quic);
        choice.failed(Quic);
        choice.served(Http2);
        assert_eq!(choice.order(), (Quic, Some(Http2)));
    }
}
