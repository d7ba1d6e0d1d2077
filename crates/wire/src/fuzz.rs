//! What must hold for any bytes that a token, a `config.yml`, or what a name server or the edge says consists of. Each tells whether it held; the fuzz targets in
//! `fuzz/` and the tests below call the same functions.

use crate::config_yml::ConfigYml;
use crate::dns;
use crate::tunnel::rpc::{Answer, Return, Rpc, rpc_length};
use crate::tunnel::{
    ConnectRequest, ConnectResponse, StreamKind, fold, preamble_length, stream_kind, unfold,
};
use crate::{AppToken, Jwt};

/// A token is refused, or usable for an audience that it names and until its end.
#[must_use]
pub fn token(bytes: &[u8]) -> bool {
    let token = AppToken(Jwt::new(&String::from_utf8_lossy(bytes)));
    let _ = token.0.key_id();
    let Ok(claims) = token.0.claims() else { return token.usable("a", 0).is_err() };
    let audience = claims.aud.first().map_or("a", String::as_str);
    token.usable(audience, claims.exp).is_ok() != claims.aud.is_empty()
}

/// A `config.yml` is read or refused, and no error shows what stands in it.
#[must_use]
pub fn config_yml(bytes: &[u8]) -> bool {
    ConfigYml::parse(&String::from_utf8_lossy(bytes)).map_or_else(|error| error.what.len() < 40, |_| true)
}

/// An answer of a name server is refused, or holds no more than its bytes can.
#[must_use]
pub fn dns(bytes: &[u8]) -> bool {
    let kinds = [dns::Kind::Four, dns::Kind::Six, dns::Kind::Service];
    kinds.into_iter().all(|kind| {
        dns::answer(bytes, 7, "a.b", kind).map_or(true, |records| records.len() <= bytes.len() / 10)
    })
}

/// A message of the edge is refused, not there yet, or one that is no longer than what is there.
#[must_use]
pub fn rpc(bytes: &[u8]) -> bool {
    let Ok(Some(length)) = rpc_length(bytes) else { return true };
    let Some(message) = bytes.get(..length) else { return true };
    let Ok(message) = Rpc::read(message) else { return true };
    // Whatever was understood can be said. Of results only whoever asked knows what they are.
    let is_raw = matches!(&message, Rpc::Other(_) | Rpc::Return(Return { holds: Answer::Results(_), .. }));
    is_raw || message.write().is_ok()
}

/// The beginning of a stream is refused, not there yet, or holds no more than its bytes can, and can be said again.
#[must_use]
pub fn preamble(bytes: &[u8]) -> bool {
    let is_data = matches!(stream_kind(bytes), Ok(Some(StreamKind::Data)));
    let Ok(Some(length)) = preamble_length(bytes) else { return true };
    let Some(start) = bytes.get(..length) else { return true };
    let response = ConnectResponse::read(start).is_ok_and(|response| response.write().is_err());
    let Ok(request) = ConnectRequest::read(start) else { return is_data && !response };
    // Many pointers may lead to one place, but not to much more than the message holds.
    let text: usize = request.metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
    let again = request.write();
    let same = again.is_ok_and(|again| ConnectRequest::read(&again).as_ref() == Ok(&request));
    is_data && !response && same && text + request.dest.len() <= 6 * length + 512
}

/// Folded headers are refused, or can be folded again.
#[must_use]
pub fn folded(bytes: &[u8]) -> bool {
    let Ok(headers) = unfold(&String::from_utf8_lossy(bytes)) else { return true };
    let again = fold(headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())));
    unfold(&again).is_ok_and(|again| again.len() <= headers.len())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;
    use crate::tunnel::ConnectKind;

    #[test]
    fn results_that_nobody_asked_for_are_passed_on_as_they_came() {
        let root = [0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0];
        let framed = [[0, 0, 0, 0, 2, 0, 0, 0].as_slice(), &root].concat();
        let read = Rpc::read(&framed);
        let raw = matches!(&read, Ok(Rpc::Return(Return { holds: Answer::Results(_), .. })));
        assert!(raw, "{read:?}");
        assert!(rpc(&framed));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_token_or_none(bytes: Vec<u8>, aud in "(\"a\"|\\[\\]|\\[\"a\",\"b\"\\]|7|null)", exp: i64) {
            prop_assert!(token(&bytes));
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let claims = part(&format!("{{\"aud\":{aud},\"exp\":{exp}}}"));
            let signed = format!("{}.{claims}.x", part("{\"alg\":\"RS256\"}"));
            prop_assert!(token(signed.as_bytes()));
        }

        #[test]
        fn any_bytes_of_a_server_are_understood_or_refused(bytes: Vec<u8>, text in "([A-Za-z0-9+/]{0,8}[:;]?){0,6}") {
            prop_assert!(dns(&bytes) && rpc(&bytes) && folded(&bytes) && folded(text.as_bytes()));
        }

        #[test]
        fn any_beginning_of_a_stream_is_understood_or_refused(
            bytes: Vec<u8>, key: String, at in 8_usize..120, with: u8,
        ) {
            prop_assert!(preamble(&bytes));
            let metadata = vec![(key.clone(), "x".to_owned()), ("HttpMethod".to_owned(), key)];
            let request = ConnectRequest { dest: "https://a/".to_owned(), kind: ConnectKind::Http, metadata };
            let mut start = request.write().expect("small");
            prop_assert!(preamble(&start));
            if let Some(byte) = start.get_mut(at) {
                *byte = with;
            }
            prop_assert!(preamble(&start));
        }

        #[test]
        fn any_bytes_are_a_config_or_none(
            bytes: Vec<u8>, text in "(tunnel|ingress|forwarders|- |: |\\[|\\{|&a|\\*a|\n|  |.){0,60}"
        ) {
            prop_assert!(config_yml(&bytes) && config_yml(text.as_bytes()));
        }
    }
}
