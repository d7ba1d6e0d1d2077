//! Bad days, scripted: what the edge does wrong from now on, or the next few times.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wire::tunnel::rpc::Refusal;

use crate::line::Slow;
use crate::spoil::{Spoil, Which};

/// A handle on what the edge does wrong; may be changed at any time.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Faulty>>);

/// Everything the edge can do wrong.
#[derive(Clone, Debug, Default)]
pub struct Faulty {
    /// Wrong descriptions of applications.
    pub metadata: Scripted<MetadataFault>,
    /// Wrong answers of the transfer service.
    pub transfer: Scripted<TransferFault>,
    /// Wrong tokens.
    pub tokens: Scripted<TokenFault>,
    /// Upgrades that are not granted.
    pub upgrade: Scripted<UpgradeFault>,
    /// What stands before Access, and answers in its place.
    pub front: Scripted<FrontFault>,
    /// What the network between a client and the edge does.
    pub network: Scripted<NetworkFault>,
    /// Streams that end badly.
    pub carry: Scripted<CarryFault>,
    /// Key sets that cannot be used.
    pub key_set: Scripted<KeySetFault>,
    /// Wrong answers to a program that exchanges the team's token.
    pub exchange: Scripted<ExchangeFault>,
    /// Connections of connectors that are not registered.
    pub registration: Scripted<RegistrationFault>,
    /// Registrations that are answered so much later.
    pub registration_late: Scripted<Duration>,
    /// Calls of the API that go wrong.
    pub api: Scripted<ApiFault>,
    /// Single calls that go wrong, each once: their method, a part of their path, and how.
    pub api_calls: Vec<(&'static str, &'static str, ApiFault)>,
    /// Connectors that dial are hung up on.
    pub connectors_turned_away: bool,
    /// Nothing that connectors send by UDP arrives, nothing is sent to them by it, and nobody is told.
    pub udp_blocked: bool,
    /// Of what connectors send by UDP and are sent, one piece in so many is lost; none where this is 0.
    pub udp_loss: u32,
    /// How slow the line from connectors is, which all of them share. Connections over HTTP/2 that stand on a line that is
    /// not slow stay as they are.
    pub from_connectors: Slow,
    /// The same the other way.
    pub to_connectors: Slow,
    /// Answers that are spoilt on their way to a program, by which they are.
    pub spoilt: Scripted<(Which, Spoil)>,
    /// How long each answer is held back.
    pub delay: Duration,
    /// How far the edge's clock is ahead of this machine's, in seconds; moves the `Date` header and every token.
    pub clock_offset: i64,
}

/// A fault that happens always, a number of times, or not.
#[derive(Clone, Debug)]
pub struct Scripted<T> {
    fault: Option<T>,
    left: u32,
}

/// What goes wrong with a call of the API (`cloudflare-api.md` 1.1, 1.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiFault {
    /// Too many calls; others are welcome after so many seconds.
    Throttled {
        /// The `Retry-After` header.
        seconds: u32,
    },
    /// A page of HTML with this status.
    Page(u16),
    /// Half of an answer.
    Garbage,
    /// The API says no.
    Refused {
        /// Its HTTP status.
        status: u16,
        /// Its own number for that.
        code: u32,
        /// Its words.
        message: &'static str,
    },
    /// It is done, and then a page of HTML with this status says that it is not.
    Lost(u16),
}

/// What is wrong with an application's description (`access.md` 1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataFault {
    /// Signed with a key that is not in the key set, under a known key id.
    WrongSignature,
    /// Describes another host.
    WrongHost,
    /// Signed 25 hours ago.
    TooOld,
    /// Signed ten minutes from now.
    InFuture,
    /// Has another type than `match`.
    WrongType,
    /// Does not name its key.
    NoKeyId,
    /// Names a team domain outside of Cloudflare.
    ForeignTeam,
    /// Has no audience.
    NoAudience,
    /// Is not a token at all.
    Garbage,
    /// The header is missing.
    Missing,
}

/// What is wrong with an answer of the transfer service (`access.md` 2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferFault {
    /// Sealed for another key.
    Undecryptable,
    /// The body is not base64.
    BadBase64,
    /// Decrypts to something other than JSON.
    NotJson,
    /// An answer with this status.
    Status(u16),
    /// Does not hold the poll.
    NotFoundAtOnce,
    /// 200 with nothing in it.
    Empty,
    /// The sender's key is missing.
    NoSenderKey,
}

/// What is wrong with issued tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// They are for another application.
    OtherAudience,
    /// They are signed with a key that is not in the key set.
    WrongSignature,
    /// They ended a minute ago.
    Expired,
}

/// What answers for an application before Access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrontFault {
    /// A rule against bots wants a browser's proof.
    Challenge,
    /// A firewall rule blocks: 403, error 1020.
    Firewall,
    /// The name leads to nothing that has an address: 530, error 1016.
    NoTunnel,
    /// 530, error 1033: no connector is there.
    TunnelDown,
}

/// What the network on the way to the edge does to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkFault {
    /// It wants a log-in of its own: whatever is said is answered with a redirect to here, in the clear.
    Portal(String),
    /// It opens TLS, with certificates by an authority of its own.
    Inspected,
}

/// How an upgrade is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpgradeFault {
    /// This status with this body.
    Status(u16, String),
    /// A redirect to here.
    Redirect(String),
    /// 403 as policy says it.
    Denied,
    /// 530, error 1033: no connector is there.
    TunnelDown,
    /// 502: the connector cannot reach its origin.
    OriginDown,
    /// WebSockets are off for the zone: the connector sees an ordinary request, and answers with nothing.
    WebsocketsOff,
    /// The answer never comes.
    Silence,
    /// Granted with a wrong `Sec-WebSocket-Accept`.
    WrongAccept,
}

/// What the team domain answers to an exchange (`access.md` 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeFault {
    /// This status.
    Status(u16),
    /// A redirect to here.
    Redirect(String),
    /// A redirect to the same page.
    Circle,
}

/// What a connector is told in place of being registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationFault {
    /// No, in these words.
    Refused(Refusal),
    /// The call itself failed.
    Exception(String),
    /// Nothing, ever.
    Silence,
}

/// How an established stream ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarryFault {
    /// After how many payload bytes, both directions together.
    pub after: u64,
    /// In which way.
    pub how: Cut,
}

/// A way to end a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// TCP reset.
    Reset,
    /// A close frame with this code, then a proper end.
    Close(u16),
    /// TLS `close_notify` and FIN without a close frame, as real edges do.
    TlsClose,
    /// FIN without `close_notify`: a truncation.
    Truncate,
    /// A frame that the protocol forbids.
    ProtocolError,
    /// A ping that is longer than a control frame may be.
    LongPing,
    /// The beginning of a frame of nearly 2^63 bytes, then a proper end.
    EndlessFrame,
    /// Nothing is carried any more, the connection stays.
    Stall,
}

/// What is wrong with a team's key set (`access.md` 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySetFault {
    /// 503.
    Down,
    /// A key of an unknown type stands before the usable one.
    UnknownType,
    /// No keys in it.
    Empty,
    /// Not JSON.
    Garbage,
    /// Larger than 1 MiB.
    TooLarge,
}

impl Faults {
    /// Changes what goes wrong.
    pub fn set(&self, change: impl FnOnce(&mut Faulty)) {
        change(&mut self.lock());
    }

    /// Everything works again.
    pub fn clear(&self) {
        *self.lock() = Faulty::default();
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Faulty) -> T) -> T {
        look(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Faulty> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Faulty {
    /// What becomes of the next answer of this kind.
    pub(crate) fn spoilt(&mut self, which: Which) -> Option<Spoil> {
        let is_meant = self.spoilt.fault.is_some_and(|(meant, _)| meant == which);
        if is_meant { self.spoilt.take().map(|(_, how)| how) } else { None }
    }
}

impl Faulty {
    /// What goes wrong with this call of the API.
    pub(crate) fn api_fault(&mut self, method: &str, path: &str) -> Option<ApiFault> {
        let fits = |(of, part, _): &(&str, &str, ApiFault)| *of == method && path.contains(part);
        let at = self.api_calls.iter().position(fits);
        at.map(|at| self.api_calls.remove(at).2).or_else(|| self.api.take())
    }
}

impl<T: Clone> Scripted<T> {
    /// From now on.
    pub fn always(&mut self, fault: T) {
        self.next(u32::MAX, fault);
    }

    /// The next `times` times, then never again.
    pub fn next(&mut self, times: u32, fault: T) {
        *self = Self { fault: Some(fault), left: times };
    }

    /// Not any more.
    pub fn off(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        let left = self.left.checked_sub(1)?;
        if self.left != u32::MAX {
            self.left = left;
        }
        self.fault.clone()
    }
}

impl<T> Default for Scripted<T> {
    fn default() -> Self {
        Self { fault: None, left: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_scripted() {
        let mut tokens = Scripted::default();
        assert_eq!(tokens.take(), None);
        tokens.next(2, TokenFault::Expired);
        assert_eq!(tokens.take(), Some(TokenFault::Expired));
        assert_eq!(tokens.take(), Some(TokenFault::Expired));
        assert_eq!(tokens.take(), None);
        tokens.always(TokenFault::OtherAudience);
        for _ in 0..3 {
            assert_eq!(tokens.take(), Some(TokenFault::OtherAudience));
        }
        tokens.off();
        assert_eq!(tokens.take(), None);
    }
}
