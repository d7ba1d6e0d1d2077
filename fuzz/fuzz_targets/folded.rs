//! Fuzzes the reader of folded headers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(wire::fuzz::folded(bytes)));
