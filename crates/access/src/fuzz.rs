//! What must hold for any bytes that the edge may answer with. Each tells whether it held; the fuzz targets in `fuzz/` and
//! the tests below call the same functions.

use wire::Realm;

use crate::metadata::{Claimed, claimed_team};
use crate::{carrier, transfer};

/// A moment for descriptions that say when they were made.
const NOW: i64 = 1_800_000_000;

/// A description is refused, or is of a team of the realm and for the host that was asked.
#[must_use]
pub fn metadata(bytes: &[u8]) -> bool {
    let realm = Realm::production();
    let text = String::from_utf8_lossy(bytes);
    let is_of_realm = |team: wire::TeamDomain| realm.team_domain(team.as_str()).is_ok();
    let described = Claimed::parse(bytes).and_then(|claimed| claimed.check("app.sim.test", NOW));
    claimed_team(&text, &realm).map_or(true, is_of_realm)
        && described.map_or(true, |it| !it.audience.is_empty() && !it.hostname.is_empty())
}

/// What lies in a mailbox is opened by nobody but whom it is for, and holds a token or is refused.
#[must_use]
pub fn transfer(bytes: &[u8]) -> bool {
    transfer::holds(bytes)
}

/// An answer to the upgrade is incomplete, an error, or a head within its bytes; only a right one opens a stream.
#[must_use]
pub fn upgrade(bytes: &[u8]) -> bool {
    carrier::holds_head(bytes)
}

/// Frames are incomplete, a breach, or have their header within their bytes.
#[must_use]
pub fn frames(bytes: &[u8]) -> bool {
    carrier::holds_frame(bytes)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_description_or_none(
            bytes: Vec<u8>, host in "(app.sim.test|APP.SIM.TEST|other)", aud in "[a-z]{0,2}", iat in NOW - 90_000..NOW + 400
        ) {
            prop_assert!(metadata(&bytes));
            let claims = format!("{{\"hostname\":\"{host}\",\"type\":\"match\",\"aud\":\"{aud}\",\"iat\":{iat}}}");
            prop_assert!(metadata(claims.as_bytes()));
        }

        #[test]
        fn any_bytes_are_a_transfer_or_none(bytes: Vec<u8>, sender: [u8; 32], boxed in prop::collection::vec(any::<u8>(), 0..120)) {
            prop_assert!(transfer(&bytes));
            let sealed = format!("{}{}", URL_SAFE.encode(sender), STANDARD.encode(boxed));
            prop_assert!(transfer(sealed.as_bytes()));
            let opened: &[u8] = br#"{"app_token":" ","org_token":"x"}"#;
            prop_assert!(transfer(opened));
        }

        #[test]
        fn any_bytes_are_an_answer_or_none(
            bytes: Vec<u8>, status in 0_u16..1000, lines in "(Upgrade: websocket\r\n|Connection: Upgrade\r\n|[A-z-]{1,5}: .{0,9}\r\n){0,4}"
        ) {
            prop_assert!(upgrade(&bytes) && frames(&bytes));
            let answer = format!("HTTP/1.1 {status:03} x\r\n{lines}\r\n");
            prop_assert!(upgrade(answer.as_bytes()));
        }
    }
}
