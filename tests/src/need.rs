//! What a journey needs of the machine: missing programs fail it in CI, and skip it loudly anywhere else.

use std::path::PathBuf;

use rustix::process::{Resource, getrlimit, setrlimit};

/// Where a program stands. `sshd` and its like are not on an ordinary person's `PATH`.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether the journey has to be left out, for want of one of these programs.
///
/// # Panics
/// Under CI, where nothing may be missing.
#[must_use]
#[expect(clippy::print_stderr, reason = "a skipped journey says so")]
pub fn lacks(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|program| find(program).is_none()).collect();
    if missing.is_empty() {
        return false;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "missing here: {missing:?}; scripts/install-deps test brings them"
    );
    eprintln!("SKIPPED: missing here: {missing:?}; scripts/install-deps test brings them");
    true
}

/// Whether this program is missing, which no package brings: then the journey is left out, in CI as well.
#[must_use]
#[expect(clippy::print_stderr, reason = "a skipped journey says so")]
pub fn is_without(program: &str) -> bool {
    let missing = find(program).is_none();
    if missing {
        eprintln!("SKIPPED: no `{program}` on the PATH");
    }
    missing
}

/// Whether the journey has to be left out, for the system does not allow this process and those that it starts so many
/// open files each.
#[must_use]
#[expect(clippy::print_stderr, reason = "a skipped journey says so")]
pub fn lacks_files(count: u64) -> bool {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= count) {
        return false;
    }
    limit.current = Some(count);
    let refused = setrlimit(Resource::Nofile, limit).is_err();
    if refused {
        eprintln!("SKIPPED: the system does not allow {count} open files here (ulimit -Hn)");
    }
    refused
}
