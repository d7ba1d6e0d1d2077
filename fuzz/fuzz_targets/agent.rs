//! Fuzzes the reader of what other programs send over an agent's socket.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(ssh_agent::fuzz::messages(bytes)));
