//! Fuzzes the reader of rules that the edge sends.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(connector::fuzz::remote_rules(bytes)));
