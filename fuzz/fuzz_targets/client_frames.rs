//! Fuzzes the reader of WebSocket frames that clients send to a service.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert!(connector::fuzz::client_frames(bytes)));
