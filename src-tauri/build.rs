//! Lets Tauri write down what the page may call, and says plainly what is missing when the page was not built.

use std::path::Path;

/// All that the page can call; each needs a permission in `capabilities/`.
const COMMANDS: &[&str] = &["request", "snapshot"];

fn main() {
    println!("cargo::rerun-if-changed=../ui/dist");
    if !Path::new("../ui/dist/index.html").is_file() {
        println!(
            "cargo::error=the page is not built: run `npm --prefix ui ci && npm --prefix ui run build` first"
        );
        return;
    }
    let attributes =
        tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
