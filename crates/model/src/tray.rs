//! The tray as a value: state to picture, tooltip and menu.

use serde::{Deserialize, Serialize};

use crate::Request;

/// Which picture the tray shows. Names are those of the picture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TrayIcon {
    /// No hosts yet.
    None,
    /// Every login that counts is valid.
    Valid,
    /// A login ends soon and cannot renew by itself.
    Expiring,
    /// No login is valid.
    Expired,
    /// A browser is waited for.
    LoggingIn,
    /// This machine is shared.
    Sharing,
    /// The same, and a login needs the person.
    SharingAttention,
}

/// All that the tray shows. Equal values need no redrawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tray {
    /// The picture.
    pub icon: TrayIcon,
    /// The tooltip.
    pub tooltip: String,
    /// The menu, top to bottom.
    pub menu: Vec<MenuItem>,
}

/// One entry of the tray's menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuItem {
    /// Words that cannot be pressed.
    Text(String),
    /// Something to do.
    Act {
        /// Its text.
        label: String,
        /// What it does.
        request: Request,
    },
    /// A hairline.
    Separator,
    /// A menu of its own.
    Submenu {
        /// Its text.
        label: String,
        /// Its entries.
        items: Vec<Self>,
    },
}
