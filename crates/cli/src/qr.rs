//! A link as a QR code in a terminal, for a phone's camera.

use std::io;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use qrcode::types::EcLevel;

/// Bright white on black, whatever the theme.
const COLOURS: &str = "\u{1b}[0;40;97m";
const NONE: &str = "\u{1b}[0m";

/// What shows `link` on stderr; nothing where that is no terminal which can draw it, or it does not fit.
pub(crate) fn for_stderr(link: &str) -> Option<String> {
    let (width, height) = terminal_size::terminal_size_of(io::stderr())?;
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if !draws(&env, cfg!(windows)) {
        return None;
    }
    fitting(link, usize::from(width.0), usize::from(height.0))
}

/// Whether the terminal is said to know half blocks and colours.
fn draws(env: &dyn Fn(&str) -> Option<String>, windows: bool) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env(name)).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    let is_unicode = windows || locale.contains("utf-8") || locale.contains("utf8");
    is_unicode && env("TERM").as_deref() != Some("dumb")
}

/// The code with its quiet zone. One line is left for what is said beside it.
fn fitting(link: &str, width: usize, height: usize) -> Option<String> {
    let lines = drawn(link)?;
    let columns = lines.first()?.chars().count();
    (columns <= width && lines.len() < height)
        .then(|| lines.iter().map(|line| format!("{COLOURS}{line}{NONE}\n")).collect())
}

/// Two rows of the code a line. What is dark is left out, as the ground is black.
fn drawn(link: &str) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let mut drawing = code.render::<Dense1x2>();
    let drawing = drawing.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true);
    Some(drawing.module_dimensions(1, 1).build().lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use qrcode::types::Color;

    use super::*;

    const QUIET: usize = 4;

    /// Which of the two rows of a line are light.
    fn halves(glyph: char) -> [bool; 2] {
        match glyph {
            '█' => [true, true],
            '▀' => [true, false],
            '▄' => [false, true],
            ' ' => [false, false],
            other => panic!("{other:?} is no half block"),
        }
    }

    #[test]
    fn a_camera_sees_the_modules_of_the_code_and_light_around_them() {
        let link = format!("https://build-01.acme.dev/cdn-cgi/access/cli?aud={}&token=x", "a1".repeat(32));
        let code = QrCode::with_error_correction_level(&link, EcLevel::L).unwrap();
        let (size, colours) = (code.width(), code.to_colors());
        let lines = drawn(&link).unwrap();
        let rows: Vec<Vec<bool>> = lines
            .iter()
            .flat_map(|line| [0, 1].map(|half| line.chars().map(|glyph| halves(glyph)[half]).collect()))
            .collect();
        for (y, row) in rows.iter().enumerate().take(size + 2 * QUIET) {
            assert_eq!(row.len(), size + 2 * QUIET);
            for (x, light) in row.iter().enumerate() {
                let inside = (QUIET..QUIET + size).contains(&x) && (QUIET..QUIET + size).contains(&y);
                let dark = inside && colours[(y - QUIET) * size + x - QUIET] == Color::Dark;
                assert_eq!(*light, !dark, "column {x}, row {y}");
            }
        }
    }

    #[test]
    fn it_is_drawn_where_it_fits() {
        let (link, whole) = ("https://acme.test/", drawn("https://acme.test/").unwrap());
        let (columns, lines) = (whole[0].chars().count(), whole.len());
        let shown = fitting(link, columns, lines + 1).unwrap();
        assert_eq!(shown.lines().count(), lines);
        assert!(shown.lines().all(|line| line.starts_with(COLOURS) && line.ends_with(NONE)));
        assert_eq!(fitting(link, columns - 1, 100), None);
        assert_eq!(fitting(link, 100, lines), None);
        assert_eq!(fitting(&"x".repeat(5000), 1000, 1000), None);
    }

    #[test]
    fn only_a_terminal_that_knows_the_letters_gets_them() {
        let with = |variables: &'static [(&str, &str)]| {
            move |wanted: &str| {
                variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
            }
        };
        assert!(draws(&with(&[("LANG", "de_DE.UTF-8"), ("TERM", "xterm")]), false));
        assert!(draws(&with(&[("LC_ALL", "C.utf8"), ("LANG", "C")]), false));
        assert!(!draws(&with(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]), false));
        assert!(!draws(&with(&[("LANG", "de_DE.UTF-8"), ("TERM", "dumb")]), false));
        assert!(!draws(&with(&[]), false) && draws(&with(&[]), true));
    }
}
