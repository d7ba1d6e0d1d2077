//! What must hold for any bytes that the edge, a client or a file of rules consists of. Each tells whether it held; the
//! fuzz targets in `fuzz/` and the tests below call the same functions.

use crate::frame::{Frames, Part};
use crate::ingress::{ConfigFile, InvalidRules, Rules};
use crate::quic;
use crate::socks;

/// The beginning of a stream over QUIC is refused, not there yet, or a request that can be passed on.
#[must_use]
pub fn request(bytes: &[u8]) -> bool {
    quic::beginning_holds(bytes)
}

/// What a client of SOCKS says is refused, or names an address.
#[must_use]
pub fn socks(bytes: &[u8]) -> bool {
    socks::greeting_holds(bytes)
}

/// A `config.yml` is refused in one line, or its rules answer every request.
#[must_use]
pub fn ingress(bytes: &[u8]) -> bool {
    let read = ConfigFile::read(&String::from_utf8_lossy(bytes));
    hold(read.and_then(|file| file.rules()))
}

/// Rules that the edge sends are refused, or answer every request.
#[must_use]
pub fn remote_rules(bytes: &[u8]) -> bool {
    hold(Rules::from_remote(bytes))
}

/// What is told of rules, in JSON, are rules again, and the same ones.
fn hold(rules: Result<Rules, InvalidRules>) -> bool {
    let Ok(rules) = rules else { return true };
    let told = rules.to_json();
    let again = Rules::from_remote(told.to_string().as_bytes());
    let answers = ["a.b", "*", ""].iter().all(|host| rules.find(host, "/").is_some());
    answers && again.is_ok_and(|again| again.to_json() == told)
}

/// Frames of a client are refused, or hold no more than their bytes do, in pieces of any size.
#[must_use]
pub fn client_frames(bytes: &[u8]) -> bool {
    let Some((size, frames)) = bytes.split_first() else { return true };
    let mut reader = Frames::default();
    let mut length = 0;
    for piece in frames.chunks(usize::from(*size) + 1) {
        let mut owned = piece.to_vec();
        let mut input = &mut owned[..];
        loop {
            match reader.next(&mut input) {
                Ok(Some(Part::Bytes(bytes))) => length += bytes.len(),
                Ok(Some(Part::Ping(payload) | Part::Close(payload))) => length += payload.len(),
                Ok(None) => break,
                Err(_) => return true,
            }
        }
    }
    length <= frames.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A function that the targets call.
    type Holds = fn(&[u8]) -> bool;

    #[test]
    fn what_is_worth_a_try_holds() {
        let targets: [(&str, Holds); 5] = [
            ("client_frames", client_frames),
            ("ingress", ingress),
            ("remote_rules", remote_rules),
            ("request", request),
            ("socks", socks),
        ];
        for (target, holds) in targets {
            let folder = format!("{}/../../fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
            let seeds: Vec<_> =
                std::fs::read_dir(&folder).unwrap().map(|seed| seed.unwrap().path()).collect();
            assert!(!seeds.is_empty(), "{folder}");
            for seed in seeds {
                assert!(holds(&std::fs::read(&seed).unwrap()), "{}", seed.display());
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_rules_or_none(
            bytes: Vec<u8>,
            text in "(ingress:|- |service: |hostname: |path: |http_status:404|ssh://h|originRequest: |connectTimeout: |30s|\\*|\"|\\[|\\{|\\}|, |\n|  |.){0,40}",
        ) {
            prop_assert!(ingress(&bytes) && ingress(text.as_bytes()));
        }

        #[test]
        fn rules_of_the_edge_are_read_or_refused(
            bytes: Vec<u8>,
            service in "(https?|ssh|tcp|unix|http_status|ws|bastion)(:(//)?)[a-z0-9.:/\\[\\]-]{0,12}",
            host in "(\\*\\.)?[a-zA-Z0-9.é:-]{0,8}",
            key in "(connectTimeout|bastionMode|noTLSVerify|httpHostHeader|keepAliveConnections|ipRules|access)",
            value in "(true|1|-1|30|1e9|\"30s\"|\\[\\]|\\{\\}|null)",
        ) {
            prop_assert!(remote_rules(&bytes));
            let rule = format!(r#"{{"hostname":"{host}","service":"{service}","originRequest":{{"{key}":{value}}}}}"#);
            let json = format!(r#"{{"ingress":[{rule},{{"service":"http_status:404"}}]}}"#);
            prop_assert!(remote_rules(json.as_bytes()), "{}", json);
            prop_assert!(ingress(json.as_bytes()), "{}", json);
        }

        #[test]
        fn any_client_of_socks_is_understood_or_refused(bytes: Vec<u8>, ways: Vec<u8>, kind in 0..6_u8) {
            prop_assert!(socks(&bytes));
            let ways = &ways[..ways.len().min(255)];
            let greeting = [&[5, u8::try_from(ways.len()).unwrap()][..], ways, &[5, 1, 0, kind], &bytes].concat();
            prop_assert!(socks(&greeting));
        }

        #[test]
        fn any_beginning_and_any_frames_are_understood_or_refused(bytes: Vec<u8>, tail: Vec<u8>) {
            prop_assert!(request(&bytes) && client_frames(&bytes));
            let signed = [&wire::tunnel::DATA_STREAM[..], b"01\0\0\0\0\x04\0\0\0", &tail].concat();
            prop_assert!(request(&signed));
        }
    }
}
