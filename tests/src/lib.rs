//! The stage on which journeys play: real parts, private to one test, stopped when they are dropped.
//!
//! ```text
//! Desk ── Home        a person's folders, all of them temporary
//!   ├──── Part        Xvfb, dbus-daemon, gnome-keyring-daemon: children with a log
//!   ├──── Screen      what a window manager would see of our windows
//!   ├──── Tray        a tray host of our own: what a panel would show, read back over D-Bus
//!   ├──── Notices     a notification server of our own
//!   └──── Driver      WebKitWebDriver: the real window, clicked
//! Sshd                OpenSSH's own server and clients
//! Reach ── EdgeSim    Cloudflare in the test's own process
//!   ├───── Home       a profile, the built helper, and a browser that follows a script
//!   └───── Background the desktop without a window
//! Network             two machines on one cable, which a test may cut
//! Booted              a machine that systemd has started
//! Tunnelled           a person before a host whose tunnel a real connector runs
//! Circle              the same with a stock SSH server at the end
//! ```
//!
//! Every part starts on a free port or in a private folder, is ready when it returns, and panics with its log when it is
//! not. Nothing outside [`wait`] sleeps.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a part that does not start ends the test, with its reason")]

pub mod background;
pub mod bench;
pub mod booted;
pub mod built;
pub mod circle;
pub mod demo;
pub mod desk;
pub mod gibibyte;
pub mod homes;
pub mod kept;
pub mod keychain;
pub mod need;
pub mod network;
pub mod notices;
pub mod origin;
pub mod process;
pub mod reach;
pub mod screen;
pub mod shared;
pub mod sshd;
pub mod tray;
pub mod tunnel;
pub mod wait;
pub mod window;

pub use background::Background;
pub use circle::Circle;
pub use desk::Desk;
pub use homes::Home;
pub use keychain::Keychain;
pub use network::Network;
pub use notices::{Notice, Notices};
pub use process::Part;
pub use reach::Reach;
pub use screen::Screen;
pub use sshd::Sshd;
pub use tray::{Entry, Item, Pixmap, Tray};
pub use tunnel::Tunnelled;
pub use window::Driver;
