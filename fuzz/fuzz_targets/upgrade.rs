//! Fuzzes the reader of answers to the upgrade.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(access::fuzz::upgrade(bytes)));
