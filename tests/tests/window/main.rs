//! The real window, and what stands around it: the whole story, clicked as a person would.
//!
//! A desk of its own for each journey (screen, bus, keyring, tray, notifications), the simulated edge, a stock `sshd`, and
//! the program as it was built. The browser only notes the link it is given; the test decides when the person logs in.
//! Pictures of what was seen are left in `target/tmp/window`.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the journeys here build on has to be there")]

mod bad_days;
mod certificate;
mod company;
mod ending;
mod first_light;
mod from_ssh;
mod hosts;
mod import;
mod keychain;
mod log_in_ends;
mod logind;
mod look_up;
mod machine;
mod page;
mod picture;
mod power;
mod share;
mod share_network;
mod share_service;
mod share_troubles;
mod shares;
mod stage;
mod surroundings;
mod unsaved;
mod zoom;
