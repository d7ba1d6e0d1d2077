//! Fuzzes the reader of what lies in a mailbox.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(access::fuzz::transfer(bytes)));
