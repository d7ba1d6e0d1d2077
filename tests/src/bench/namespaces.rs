//! A network and mounts of the bench's own, in which it is root.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::say;

/// Set in the run that is already inside the namespaces.
const INSIDE: &str = "SALLYPORT_BENCH_INSIDE";

/// Whether this run is inside.
pub(super) fn are_own() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs this program again, with the same words, where it is root over a loopback device and a hosts file of its own.
pub(super) fn enter() -> ExitCode {
    let own = std::env::current_exe().expect("a program knows where it stands");
    let mut again = Command::new("unshare");
    again.args(["-r", "-n", "-m", "--", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
    let status = again.arg(own).args(std::env::args_os().skip(1)).env(INSIDE, "1").status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) | Err(_) => {
            say("cloudflared is there, but no namespaces can be made to run it against the simulated edge");
            ExitCode::FAILURE
        }
    }
}

/// Lets this file stand in the place of the hosts file.
pub(super) fn name_hosts(hosts: &Path) {
    let words = [OsStr::new("--bind"), hosts.as_os_str(), OsStr::new("/etc/hosts")];
    let done = Command::new("mount").args(words).status().expect("mount is installed");
    assert!(done.success(), "the hosts file cannot be put in its place");
}
