//! Leaves the index of unwinding tables out of the helper where it is built for size: it then ends at a panic, and ssh
//! loads it for every connection.

fn main() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(no_unwinding)");
    // Cargo tells a build script how much its package is optimised, but not what the profile does at a panic: `main.rs`
    // checks that.
    if is("OPT_LEVEL", "s") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-cfg=no_unwinding");
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
    }
}
