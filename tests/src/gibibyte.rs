//! A file of one gibibyte that nothing can compress or guess, and what is to be known of it afterwards.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use crate::reach::Said;

/// Bytes in a gibibyte.
const GIB: u64 = 1 << 30;

/// Writes one from the system's own generator; its checksum.
///
/// # Panics
/// When there is no room for it.
#[must_use]
pub fn write(path: &Path) -> String {
    let random = File::open("/dev/urandom").expect("random bytes");
    let mut file = File::create(path).expect("a file");
    let copied = std::io::copy(&mut random.take(GIB), &mut file).expect("room for it");
    assert_eq!(copied, GIB);
    sum_of(path)
}

/// The checksum of a file.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn sum_of(path: &Path) -> String {
    let said = Said::of(Command::new("sha256sum").arg(path)).well();
    said.text().split_whitespace().next().expect("a checksum").to_owned()
}

/// Sends one to a host with a folder on this machine behind it, and gets it back: the checksums of the original, of what
/// arrived there, and of what came back.
///
/// # Panics
/// When there is no room for it, or `scp` fails.
#[must_use]
pub fn there_and_back(scp: impl Fn() -> Command, host: &str) -> [String; 3] {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let sum = write(&file("original"));
    let remote = format!("{host}:{}", file("there").display());
    Said::of(scp().arg("-q").arg(file("original")).arg(&remote)).well();
    std::fs::remove_file(file("original")).expect("room for the copy back");
    Said::of(scp().arg("-q").arg(&remote).arg(file("back"))).well();
    [sum, sum_of(&file("there")), sum_of(&file("back"))]
}
