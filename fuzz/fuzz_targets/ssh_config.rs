//! Fuzzes the reader of ssh configs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(ssh_config::fuzz::config(bytes)));
