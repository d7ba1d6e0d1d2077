//! Fuzzes the reader of what clients of SOCKS say.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(connector::fuzz::socks(bytes)));
