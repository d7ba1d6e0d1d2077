//! Fuzzes the reader of tokens.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(wire::fuzz::token(bytes)));
