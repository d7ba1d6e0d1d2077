//! Fuzzes the reader of the edge's messages.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(wire::fuzz::rpc(bytes)));
