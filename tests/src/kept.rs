//! What is kept of a journey when it is over, where `SALLYPORT_TEST_KEPT` names a folder: logs and reports, and the keys
//! that were in its home. `scripts/lib/find-secrets` looks afterwards whether one stands in the other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::homes::put;

/// The folder's variable.
const FOLDER: &str = "SALLYPORT_TEST_KEPT";
/// The variable by which simulated edges know where to list what they hand out.
pub const SECRETS: &str = "SALLYPORT_SIM_SECRETS";
/// Commands whose stdout is a report; that of others may be the secret that was asked for.
const REPORTS: [&str; 6] = ["doctor", "status", "host", "import", "wait-ready", "ssh-config"];
/// What begins a private key, whoever wrote it.
const KEY: &str = "PRIVATE KEY-----";
/// Shorter lines of a key say nothing.
const LINE: usize = 32;
/// No key and no log of ours is longer; caches are.
const LARGEST: u64 = 16 << 20;

/// Keeps what a program said.
pub fn said(command: &Command, out: &[u8], err: &[u8]) {
    let reports = command.get_args().any(|word| REPORTS.iter().any(|report| word == *report));
    log("said", err);
    if reports {
        log("report", out);
    }
}

/// Keeps what was written to stderr.
pub fn log(name: &str, text: &[u8]) {
    if let Some(folder) = folder().filter(|_| !text.is_empty()) {
        put(unique(&folder.join("logs"), name), text);
    }
}

/// Keeps the logs and reports in a home that is about to go, and lists its private keys.
pub fn home(home: &Path) {
    let Some(folder) = folder() else { return };
    for file in files(home) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_log = name.ends_with(".log") || name.contains("report");
        let small = std::fs::metadata(&file).is_ok_and(|known| known.len() <= LARGEST);
        let Some(bytes) = small.then(|| std::fs::read(&file).ok()).flatten() else { continue };
        if is_log {
            put(unique(&folder.join("logs"), &name), bytes);
        } else if let Some(key) = key_in(&bytes) {
            put(unique(&folder.join("secrets"), "key"), key);
        }
    }
}

/// The lines that make a private key one, where there is one.
fn key_in(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains(KEY))?;
    let lines = text.lines().filter(|line| line.len() >= LINE && !line.contains("-----"));
    Some(lines.map(|line| format!("{line}\n")).collect())
}

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// A file that no other process has, nor this one before.
fn unique(folder: &Path, name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    folder.join(format!("{}-{}-{name}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
}

/// Every regular file below a folder; links are not followed.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            Ok(_) | Err(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_private_key_the_lines_count() {
        let secret = "c2VjcmV0".repeat(8);
        let pem = format!("-----BEGIN EC {KEY}\n{secret}\nshort\n-----END EC {KEY}\n");
        assert_eq!(key_in(pem.as_bytes()), Some(format!("{secret}\n")));
        assert_eq!(key_in(b"-----BEGIN CERTIFICATE-----"), None);
    }
}
