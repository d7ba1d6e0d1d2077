//! Fuzzes the reader of name servers' answers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(wire::fuzz::dns(bytes)));
