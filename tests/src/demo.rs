//! The demo's stage and its two plays: in the window, or in the terminal.

mod keyring;
mod play;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use profile::Profile;
use serde_json::json;
use vault::{Slot, Vault, VaultError};
use wire::Jwt;

use crate::homes::put;
use crate::{Home, Part, Sshd, built, keychain, need};
use keyring::Keyring;

/// The hosts that the simulated team `acme` publishes.
const HOST: &str = "build-01.acme.test";
const OTHER: &str = "gpu-lab.acme.test";
const PERSON: &str = "ada@acme.test";
/// The domain that the team has at the simulated Cloudflare, and the name by which this machine can be published there.
const ZONE: &str = "acme.test";
const SHARED: &str = "studio.acme.test";
/// What may publish it.
const API_TOKEN: &str = "publishes-the-demo-0123456789";

/// Plays the demo and says how it went.
#[must_use]
pub fn play() -> ExitCode {
    let missing: Vec<&str> =
        ["sshd", "ssh", "ssh-keygen"].into_iter().filter(|name| need::find(name).is_none()).collect();
    if !missing.is_empty() {
        say(&format!("missing on this machine: {}; scripts/install-deps demo brings it", missing.join(", ")));
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let ended = runtime.block_on(async {
        let stage = Stage::set().await;
        let ended = if has_display() { play::in_window(&stage).await } else { play::in_terminal(&stage) };
        stage.clear().await;
        ended
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&why);
            ExitCode::FAILURE
        }
    }
}

/// Everything that the story needs, running.
struct Stage {
    home: Home,
    keyring: Keyring,
    /// What the story reaches, and publishes.
    sshd: Sshd,
    /// Held: it is Cloudflare here.
    _edge: Part,
}

impl Stage {
    async fn set() -> Self {
        let home = Home::new();
        let keyring = Keyring::find_or_start(&home).await;
        let sshd = Sshd::start();
        let origin = sshd.address();
        let mut command = Command::new(built::program("sallyport-sim"));
        command.args(["--team", "acme", "--app-life", "8h", "--org-life", "24h"]);
        command.arg("--app").arg(format!("{HOST}={origin},name=Build box"));
        command.arg("--app").arg(format!("{OTHER}={origin},name=GPU lab"));
        command.args(["--zone", ZONE, "--api-token", API_TOKEN]);
        command.args(["--group", &format!("Platform={PERSON}"), "--group", "Contractors=@contractor.test"]);
        command.arg("--realm-out").arg(home.profile().join("realm.json"));
        std::fs::create_dir_all(home.profile()).expect("a folder for the profile");
        let mut edge = Part::start("edge", &mut command, &home.logs());
        edge.says("that it is ready", |log| log.contains("\"ready\":true").then_some(()));
        let stage = Self { home, keyring, sshd, _edge: edge };
        put(stage.ssh_config(), stage.sshd.client_lines());
        let settings = json!({
            "ssh_config": stage.ssh_config(),
            "helper": built::program("sallyport"),
            "session_bus": stage.keyring.address(),
        });
        put(stage.home.profile().join("settings.json"), settings.to_string());
        stage
    }

    /// The file that the window and the terminal hand to `ssh -F`.
    fn ssh_config(&self) -> PathBuf {
        self.home.join("ssh").join("config")
    }

    /// One of our own programs, in the person's session but on the demo's profile.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(built::program(name));
        command.arg("--profile").arg(self.home.profile());
        // Drivers of graphics keep what they have compiled for a window, wherever they like.
        for folder in ["MESA_SHADER_CACHE_DIR", "__GL_SHADER_DISK_CACHE_PATH"] {
            command.env(folder, self.shaders());
        }
        self.keyring.lend_to(&mut command);
        command
    }

    /// Where drivers of graphics keep it; every program on the stage carries this path.
    fn shaders(&self) -> PathBuf {
        self.home.join("shaders")
    }

    /// The port of the SSH server, which people have at 22.
    fn port(&self) -> String {
        self.sshd.address().port().to_string()
    }

    /// The demo's profile, as its programs open it.
    fn profile(&self) -> Profile {
        Profile::open(Some(self.home.profile()), &|_| None).expect("a profile")
    }

    /// Puts into the keyring what an administrator's keyring has.
    async fn lend_account(&self) -> Result<(), VaultError> {
        Vault::open(&self.profile()).write(&Slot::ApiToken, &Jwt::new(API_TOKEN)).await
    }

    /// Takes away what lies outside the temporary folder: the entries in the keyring.
    async fn clear(&self) {
        if !self.keyring.is_own() {
            // A private one ends with the demo, and may have ended already by the Ctrl+C that ended the demo.
            return;
        }
        let service = self.profile().keychain_service();
        if let Err(why) = keychain::forget(&service).await {
            say(&format!(
                "the demo's entries, of the service \"{service}\", are still in the keyring: {why}"
            ));
        }
    }
}

fn has_display() -> bool {
    ["WAYLAND_DISPLAY", "DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that went away needs no story.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
