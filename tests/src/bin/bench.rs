//! `make bench`: what ships beside `cloudflared`, in one run, as ratios; `bench helper` or `bench connector` for a part.

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    journeys::bench::run()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::FAILURE
}
