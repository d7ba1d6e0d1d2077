//! The files of the workspace, as git sees them: tracked, or new and not ignored.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One text file, with its path below the top of the workspace.
pub(crate) struct Text {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Text {
    /// Whether it is read by the compiler only when tests are built.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.starts_with("tests/src/")
    }

    /// Its lines before the tests at its end.
    pub(crate) fn production(&self) -> &str {
        self.text.split_once("\n#[cfg(test)]\nmod ").map_or(&*self.text, |(before, _)| before)
    }

    /// The lines that are tests or help them.
    pub(crate) fn proof(&self) -> &str {
        if self.is_test() { &self.text } else { &self.text[self.production().len()..] }
    }
}

/// The top of the workspace.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace around this package").to_owned()
}

/// Every text file with one of these endings; all of them when none is given.
pub(crate) fn texts(endings: &[&str]) -> Vec<Text> {
    let listing = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(top())
        .output()
        .expect("git lists the files");
    assert!(listing.status.success(), "{}", String::from_utf8_lossy(&listing.stderr));
    let listing = String::from_utf8(listing.stdout).expect("paths are text");
    let wanted = |path: &&str| endings.is_empty() || endings.iter().any(|ending| path.ends_with(ending));
    let found: Vec<_> = listing.split_terminator('\0').filter(wanted).filter_map(read).collect();
    assert!(!found.is_empty(), "no file with one of {endings:?}");
    found
}

/// The text of one file at this path below the top.
pub(crate) fn text(path: &str) -> String {
    read(path).unwrap_or_else(|| panic!("{path} is missing")).text
}

/// Fails with every offence, one a line.
#[track_caller]
pub(crate) fn none(rule: &str, offences: Vec<String>) {
    assert!(offences.is_empty(), "{rule}\n  {}\n", offences.join("\n  "));
}

/// Nothing for pictures, and for what was deleted but is still tracked.
fn read(path: &str) -> Option<Text> {
    let text = std::fs::read_to_string(top().join(path)).ok()?;
    Some(Text { path: path.to_owned(), text })
}
