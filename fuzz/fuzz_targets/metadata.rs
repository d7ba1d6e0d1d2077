//! Fuzzes the reader of descriptions of apps.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(access::fuzz::metadata(bytes)));
