//! Fuzzes the reader of `config.yml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(wire::fuzz::config_yml(bytes)));
