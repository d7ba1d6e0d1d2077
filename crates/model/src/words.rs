//! Words that differ by platform.

use serde::{Deserialize, Serialize};

/// Which desktop the words are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Platform {
    /// Linux and other free desktops.
    Linux,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
}

/// The platform's own words, filled into sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Words {
    /// Which platform.
    pub platform: Platform,
    /// `your keychain`, `Windows Credential Manager`, `your keyring`.
    pub keychain: String,
    /// `this Mac`, `this PC`, `this computer`.
    pub machine: String,
    /// `menu bar`, `notification area`, `system tray`.
    pub menubar: String,
    /// The browser's name, or `your browser` where it is unknown.
    pub browser: String,
}

impl Words {
    /// The words of a platform, with `browser` as the browser's name.
    #[must_use]
    pub fn of(platform: Platform, browser: Option<&str>) -> Self {
        let (keychain, machine, menubar) = match platform {
            Platform::Linux => ("your keyring", "this computer", "system tray"),
            Platform::Macos => ("your keychain", "this Mac", "menu bar"),
            Platform::Windows => ("Windows Credential Manager", "this PC", "notification area"),
        };
        Self {
            platform,
            keychain: keychain.to_owned(),
            machine: machine.to_owned(),
            menubar: menubar.to_owned(),
            browser: browser.unwrap_or("your browser").to_owned(),
        }
    }
}

impl Platform {
    /// The platform that this was built for.
    #[must_use]
    pub const fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Macos
        } else {
            Self::Linux
        }
    }
}
