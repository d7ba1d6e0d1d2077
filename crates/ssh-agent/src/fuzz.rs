//! What must hold for any bytes that another program sends over an agent's socket. The fuzz targets in `fuzz/` and the
//! tests below call the same function, which tells whether it held.

use crate::frame;
use crate::message::{Answer, Request};

/// What is read as a message is written the same way again, and a stream of any bytes comes to an end.
#[must_use]
pub fn messages(bytes: &[u8]) -> bool {
    // What is not known is refused, and never written.
    let known = Request::parse(bytes).filter(|it| *it != Request::Unknown);
    let request = known.is_none_or(|it| Request::parse(&it.bytes()).as_ref() == Some(&it));
    let answer = Answer::parse(bytes).is_none_or(|it| Answer::parse(&it.bytes()).as_ref() == Some(&it));
    request && answer && ends(bytes)
}

fn ends(mut bytes: &[u8]) -> bool {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return false };
    runtime.block_on(async {
        let mut left = bytes.len();
        while let Ok(Some(message)) = frame::read(&mut bytes).await {
            if bytes.len() + message.len() >= left {
                return false;
            }
            left = bytes.len();
        }
        true
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_messages_or_none(kind in 0_u8..32, bytes: Vec<u8>, length in 0_u8..60) {
            prop_assert!(messages(&bytes));
            let body = [&[kind][..], &bytes].concat();
            prop_assert!(messages(&body));
            prop_assert!(messages(&[&[0, 0, 0, length][..], &body].concat()));
            // A body that is one string after the kind, as most messages begin.
            prop_assert!(messages(&[&[kind, 0, 0, 0, length][..], &bytes].concat()));
        }
    }
}
