//! The tray's pictures, built into the program.
//!
//! macOS tints a picture of one colour itself; the others show ours. Panels scale the picture they get: 44 pixels are
//! twice what most of them show, 32 is the largest that Windows asks for.

use model::TrayIcon;
use tauri::image::Image;
use tauri::include_image;

/// Whether the pictures are templates, which the system tints.
pub(super) const IS_TEMPLATE: bool = cfg!(target_os = "macos");

/// The picture of a state.
pub(super) fn of(icon: TrayIcon) -> Image<'static> {
    match icon {
        TrayIcon::None => NONE,
        TrayIcon::Valid => VALID,
        TrayIcon::Expiring => EXPIRING,
        TrayIcon::Expired => EXPIRED,
        TrayIcon::LoggingIn => LOGGING_IN,
        TrayIcon::Sharing => SHARING,
        TrayIcon::SharingAttention => SHARING_ATTENTION,
    }
}

#[cfg(target_os = "macos")]
mod files {
    use super::{Image, include_image};
    pub(super) const NONE: Image<'_> = include_image!("../icons/tray/template-none-44.png");
    pub(super) const VALID: Image<'_> = include_image!("../icons/tray/template-valid-44.png");
    pub(super) const EXPIRING: Image<'_> = include_image!("../icons/tray/template-expiring-44.png");
    pub(super) const EXPIRED: Image<'_> = include_image!("../icons/tray/template-expired-44.png");
    pub(super) const LOGGING_IN: Image<'_> = include_image!("../icons/tray/template-logging-in-44.png");
    pub(super) const SHARING: Image<'_> = include_image!("../icons/tray/template-sharing-44.png");
    pub(super) const SHARING_ATTENTION: Image<'_> =
        include_image!("../icons/tray/template-sharing-attention-44.png");
}

#[cfg(windows)]
mod files {
    use super::{Image, include_image};
    pub(super) const NONE: Image<'_> = include_image!("../icons/tray/color-none-32.png");
    pub(super) const VALID: Image<'_> = include_image!("../icons/tray/color-valid-32.png");
    pub(super) const EXPIRING: Image<'_> = include_image!("../icons/tray/color-expiring-32.png");
    pub(super) const EXPIRED: Image<'_> = include_image!("../icons/tray/color-expired-32.png");
    pub(super) const LOGGING_IN: Image<'_> = include_image!("../icons/tray/color-logging-in-32.png");
    pub(super) const SHARING: Image<'_> = include_image!("../icons/tray/color-sharing-32.png");
    pub(super) const SHARING_ATTENTION: Image<'_> =
        include_image!("../icons/tray/color-sharing-attention-32.png");
}

#[cfg(not(any(target_os = "macos", windows)))]
mod files {
    use super::{Image, include_image};
    pub(super) const NONE: Image<'_> = include_image!("../icons/tray/color-none-44.png");
    pub(super) const VALID: Image<'_> = include_image!("../icons/tray/color-valid-44.png");
    pub(super) const EXPIRING: Image<'_> = include_image!("../icons/tray/color-expiring-44.png");
    pub(super) const EXPIRED: Image<'_> = include_image!("../icons/tray/color-expired-44.png");
    pub(super) const LOGGING_IN: Image<'_> = include_image!("../icons/tray/color-logging-in-44.png");
    pub(super) const SHARING: Image<'_> = include_image!("../icons/tray/color-sharing-44.png");
    pub(super) const SHARING_ATTENTION: Image<'_> =
        include_image!("../icons/tray/color-sharing-attention-44.png");
}

use files::{EXPIRED, EXPIRING, LOGGING_IN, NONE, SHARING, SHARING_ATTENTION, VALID};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_picture_of_its_own() {
        let states = [
            TrayIcon::None,
            TrayIcon::Valid,
            TrayIcon::Expiring,
            TrayIcon::Expired,
            TrayIcon::LoggingIn,
            TrayIcon::Sharing,
            TrayIcon::SharingAttention,
        ];
        let pictures = states.map(|state| of(state).rgba().to_vec());
        for (index, picture) in pictures.iter().enumerate() {
            assert!(picture.chunks(4).any(|pixel| pixel[3] != 0), "{:?} is empty", states[index]);
            assert!(!pictures[..index].contains(picture), "{:?} looks like another", states[index]);
        }
    }
}
