//! Fuzzes the reader of what programs say to the desktop.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(ipc::fuzz::frames(bytes)));
