//! What must hold for any bytes that another process sends. The fuzz targets in `fuzz/` and the tests below call the same
//! function, which tells whether it held.

use tokio::io::{join, sink};

use crate::IpcError;
use crate::frame::Frames;
use crate::message::{Answer, Ask};

/// A stream of any bytes comes to an end: as messages, or with an error that quotes none of them.
#[must_use]
pub fn frames(bytes: &[u8]) -> bool {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else {
        return false;
    };
    runtime.block_on(async {
        #[cfg(unix)]
        if !ends::<crate::Take>(bytes).await {
            return false;
        }
        ends::<Ask>(bytes).await && ends::<Answer>(bytes).await
    })
}

async fn ends<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> bool {
    let mut frames = Frames::new(join(bytes, sink()));
    for _ in 0..=bytes.len() {
        match frames.read::<T>().await {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(IpcError::Garbled { what }) => return what.len() < 60,
            Err(_) => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_messages_or_an_error(bytes: Vec<u8>, text in "(\\{|\\}|\"|:|,|token|app|kind|[a-z]|[0-9]){0,40}") {
            prop_assert!(frames(&bytes));
            let length = u32::try_from(text.len()).unwrap().to_le_bytes();
            prop_assert!(frames(&[&length, text.as_bytes(), &bytes].concat()));
        }
    }
}
