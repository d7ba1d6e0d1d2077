//! What exit codes mean. Scripts rely on them: a code never changes its meaning, and new meanings get new codes.

use wire::Cause;

/// It went well.
pub(crate) const WELL: u8 = 0;
/// Anything that went wrong and has no code of its own.
pub(crate) const FAILED: u8 = 1;
/// The command line does not fit.
pub(crate) const MISUSE: u8 = 2;
/// A log-in is needed, and nobody was asked.
pub(crate) const LOG_IN_NEEDED: u8 = 3;
/// Policy does not let this person in.
pub(crate) const REFUSED: u8 = 4;
/// The time that was given has passed.
pub(crate) const TIMED_OUT: u8 = 5;
/// The app does not take this machine's service token, or none is saved for it.
pub(crate) const MACHINE_REFUSED: u8 = 6;
/// The edge does not let this machine run a tunnel.
pub(crate) const TUNNEL_REFUSED: u8 = 7;
/// A failed `ProxyCommand`; ssh reports 255 for itself.
pub(crate) const NOT_CARRIED: u8 = 255;

/// Every code with what it means, for the manual and the documentation.
pub(crate) static MEANINGS: &[(u8, &str)] = &[
    (WELL, "it went well"),
    (FAILED, "something went wrong, or `doctor` found something broken"),
    (MISUSE, "the command line does not fit"),
    (
        LOG_IN_NEEDED,
        "a log-in is needed and nobody was asked: `wait-ready`, `--no-login`, `SALLYPORT_LOGIN=never`",
    ),
    (REFUSED, "`wait-ready`: policy does not let this person in"),
    (TIMED_OUT, "`wait-ready`: not ready within the time"),
    (MACHINE_REFUSED, "the app does not take this machine's service token, or none is saved for it"),
    (TUNNEL_REFUSED, "`tunnel run`: the edge refused the tunnel, and will again"),
    (NOT_CARRIED, "`access ssh` and its like: nothing was carried, or the stream broke"),
];

/// The code of a command that ended with this cause and has said nothing else. ssh makes 255 of every code of its
/// `ProxyCommand`, so that one of our own reaches those who start the helper by themselves.
pub(crate) fn of(cause: &Cause, carries: bool) -> u8 {
    if let Cause::LogInNeeded { .. } = cause {
        return LOG_IN_NEEDED;
    }
    if carries {
        return NOT_CARRIED;
    }
    if let Cause::ServiceTokenRefused { .. } | Cause::ServiceTokenMissing { .. } = cause {
        return MACHINE_REFUSED;
    }
    FAILED
}

#[cfg(test)]
mod tests {
    use super::MEANINGS;

    #[test]
    fn the_documentation_lists_every_code() {
        let documented = include_str!("../../../../docs/behaviour.md");
        for (code, meaning) in MEANINGS {
            let row = format!("| {code} | {meaning} |");
            assert!(documented.contains(&row), "docs/behaviour.md has no line `{row}`");
        }
    }
}
