//! The ends of streams, with what else is known of the moment.

use std::time::Duration;

use wire::Cause;

use crate::carrier::{Break, End};

/// A stream in which nothing moved for so long was, most likely, ended for that. The edge waits about 100 s, and
/// addresses that are shared are given up after a minute by some routers.
const IDLE: Duration = Duration::from_secs(60);
/// The edge's own limit; nothing that ends properly sooner did so for being idle.
const IDLE_AT_EDGE: Duration = Duration::from_secs(95);
/// A shorter absence of the whole machine is no sleep.
const SLEEP: Duration = Duration::from_secs(3);

/// What was so when a stream ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// How long no payload had moved.
    pub quiet: Duration,
    /// How long the machine has slept since anything last came from the far side.
    pub slept: Duration,
    /// Whether this machine has lost the address that the stream began at.
    pub moved_away: bool,
    /// Whether the local program still had its side open.
    pub wanted: bool,
}

/// Why a stream to `host` ended before its time; `None` when it ended as it should.
pub(crate) fn of_end(host: &str, end: &End, then: &Circumstances) -> Option<Cause> {
    let host = host.to_owned();
    let why = match end {
        End::Ended | End::Closed(_) if then.wanted && then.quiet >= IDLE_AT_EDGE => {
            return Some(Cause::IdleTooLong { host, seconds: then.quiet.as_secs() });
        }
        End::Closed(_) | End::Ended | End::Finished | End::Unread => return None,
        End::Cut(why) => why,
    };
    Some(match why {
        Break::Closed { code: 1001 | 1012, .. } => Cause::EdgeRestarted { host },
        Break::Closed { .. } | Break::Protocol(_) => Cause::Cut { host, detail: why.to_string() },
        _ if then.slept >= SLEEP => Cause::MachineSlept { host },
        _ if then.moved_away => Cause::NetworkChanged { host },
        Break::Silent => Cause::PathDead { host },
        Break::Reset | Break::Truncated if then.quiet >= IDLE => {
            Cause::IdleTooLong { host, seconds: then.quiet.as_secs() }
        }
        Break::Reset | Break::Truncated | Break::Failed(_) => Cause::Cut { host, detail: why.to_string() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proper_end_is_no_problem_unless_nothing_had_moved_for_long() {
        let then =
            |seconds| Circumstances { quiet: Duration::from_secs(seconds), ..Circumstances::default() };
        let open = |seconds| Circumstances { wanted: true, ..then(seconds) };
        assert_eq!(of_end("h", &End::Ended, &open(90)), None);
        assert_eq!(of_end("h", &End::Ended, &then(600)), None, "nobody was there to miss it");
        assert_eq!(of_end("h", &End::Finished, &open(600)), None);
        let idle = Some(Cause::IdleTooLong { host: "h".into(), seconds: 100 });
        assert_eq!(of_end("h", &End::Ended, &open(100)), idle);
        assert_eq!(of_end("h", &End::Closed(Some(1000)), &open(100)), idle);
    }
}
