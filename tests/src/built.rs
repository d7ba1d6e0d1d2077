//! The programs of this workspace, as they were just built.

use std::path::PathBuf;

/// Where a program of ours was built, beside the test that asks.
///
/// # Panics
/// When it was not built: a test's own build does not build other packages' programs.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it stands");
    let file = test.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|file| file.is_file());
    file.unwrap_or_else(|| panic!("{name} is not built: cargo build --workspace --bins --tests"))
}
