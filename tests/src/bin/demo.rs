//! `make demo`: the whole story on this machine, against the simulated edge, in a home of its own.
//!
//! With a display the real window opens and the person plays; without one the same story plays in the terminal. Real
//! parts throughout: the desktop or the helper, a keyring, ssh, sshd. What it writes lies in one temporary folder and, as
//! entries of their own name, in the person's keyring; both are gone when it ends.

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    journeys::demo::play()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::FAILURE
}
