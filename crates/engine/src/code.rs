//! A link as a QR code, for a phone's camera.

use qrcode::QrCode;
use qrcode::render::svg;
use qrcode::types::EcLevel;

/// Modules on a side of a code beside which there is still room for the words.
const ROOM: usize = 81;

/// Draws `link` as an SVG document, black on white whatever the theme, with its quiet zone; empty when it is too long
/// for a code. Shown in its own size, every module is a whole number of pixels, which cameras need.
pub(crate) fn svg_of(link: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::L) else {
        return String::new();
    };
    let side = if code.width() > ROOM { 2 } else { 3 };
    code.render::<svg::Color<'_>>().module_dimensions(side, side).quiet_zone(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_drawing_and_a_novel_does_not() {
        assert!(svg_of("https://app.example/cdn-cgi/access/cli?aud=1").contains("<svg"));
        assert_eq!(svg_of(&"x".repeat(4000)), "");
    }
}
