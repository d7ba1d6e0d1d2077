//! When a login is renewed before its end, by whoever holds the team's.

const MINUTE: i64 = 60;
/// The longest time ahead.
const AHEAD: i64 = 15 * MINUTE;

/// How long before its end a login of this length is renewed, in seconds: a tenth of it, and a quarter of an hour at
/// most. `since` is 0 when it is not known.
#[must_use]
pub fn lead(since: i64, until: i64) -> i64 {
    let tenth = if since > 0 { until.saturating_sub(since) / 10 } else { AHEAD };
    tenth.clamp(1, AHEAD)
}

/// When a login is due. Logins that end together are not all due together: `seed` spreads them over a quarter of the
/// lead before it, always the same for the same login.
pub(crate) fn due(since: i64, until: i64, seed: &str) -> i64 {
    let lead = lead(since, until);
    until.saturating_sub(lead).saturating_sub(share(seed, until) * lead / 4 / 1000)
}

/// How long to leave the edge alone after so many failures in a row.
pub(crate) fn pause(failures: u32, seed: &str) -> i64 {
    let doubled = (MINUTE / 2).saturating_mul(1 << failures.saturating_sub(1).min(10));
    let pause = doubled.min(AHEAD);
    pause + share(seed, i64::from(failures)) * pause / 4 / 1000
}

/// A number from 0 to 999 that says nothing (FNV-1a).
fn share(seed: &str, salt: i64) -> i64 {
    let bytes = seed.bytes().chain(salt.to_le_bytes());
    let sum = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    i64::try_from((sum >> 32) % 1000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_login_is_renewed_in_its_last_tenth_or_quarter_of_an_hour() {
        assert_eq!(lead(1, 1 + 24 * 60 * MINUTE), 15 * MINUTE);
        assert_eq!(lead(1, 1 + 20 * MINUTE), 2 * MINUTE);
        assert_eq!(lead(0, 500), 15 * MINUTE);
        assert_eq!(lead(100, 105), 1);
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let pauses: Vec<i64> = (1..40).map(|failures| pause(failures, "a")).collect();
        assert!((30..38).contains(&pauses[0]) && (60..75).contains(&pauses[1]), "{pauses:?}");
        assert!(pauses.iter().skip(6).all(|pause| (900..1125).contains(pause)), "{pauses:?}");
    }

    proptest! {
        #[test]
        fn what_is_due_is_due_while_the_login_works(since in 1_i64..2_000_000_000, length in 4_i64..2_000_000, seed: String) {
            let until = since + length;
            let due = due(since, until, &seed);
            prop_assert!(due < until && due > until - lead(since, until) * 5 / 4 - 1);
            prop_assert!(due >= since + length / 2);
        }
    }

    #[test]
    fn logins_that_end_together_are_spread() {
        let day = 24 * 60 * MINUTE;
        let mut dues: Vec<i64> = (0..50).map(|app| due(1, day, &format!("app-{app}"))).collect();
        dues.sort_unstable();
        dues.dedup();
        assert!(dues.len() > 30, "{dues:?}");
    }
}
