//! `make bench`: the helper beside `cloudflared`, in one run, as ratios.

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    journeys::bench::run()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::FAILURE
}
