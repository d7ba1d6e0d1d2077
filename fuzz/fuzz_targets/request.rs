//! Fuzzes what a connector makes of the beginning of a stream over QUIC.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(connector::fuzz::request(bytes)));
