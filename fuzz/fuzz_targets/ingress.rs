//! Fuzzes the reader of rules in `config.yml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(connector::fuzz::ingress(bytes)));
