//! The two plays.

use std::path::Path;
use std::process::{Command, Stdio};

use tokio::signal::unix::{SignalKind, signal};

use super::{HOST, OTHER, PERSON, Stage, say};
use crate::homes::put;
use crate::{built, process, sshd};

/// Opens the window and lets the person play, until the program ends or Ctrl+C.
pub(super) async fn in_window(stage: &Stage) -> Result<(), String> {
    let config = stage.ssh_config();
    say(&format!(
        "The simulated edge runs, and the window opens. The team is acme; any e-mail address logs in.\n\n\
         1. Add host: {HOST} (or {OTHER})\n\
         2. Log in: your browser opens the simulated team's page\n\
         3. From any terminal: ssh -F {} build-01\n\n\
         Tokens rest in {}. Quit in the window's tray menu, or Ctrl+C here, ends it and takes everything away.",
        config.display(),
        stage.keyring.words()
    ));
    let mut command = tokio::process::Command::from(stage.program("sallyport-desktop"));
    let mut desktop =
        command.kill_on_drop(true).spawn().map_err(|why| format!("the desktop does not start: {why}"))?;
    let ended = tokio::select! {
        ended = desktop.wait() => match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("the desktop ended with {status}")),
            Err(why) => Err(why.to_string()),
        },
        () = told_to_end() => Ok(()),
    };
    // The processes that draw end after it, and would write into a folder that is being taken away.
    process::clear_around(&stage.shaders());
    ended
}

/// Ctrl+C, the end of the terminal, or `kill`: whichever comes first, everything is taken away.
async fn told_to_end() {
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .map(|kind| signal(kind).expect("a signal that can be heard"));
    let [interrupt, terminate, hangup] = &mut signals;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// Plays the story in the terminal: the same parts, with the helper in place of the window.
pub(super) fn in_terminal(stage: &Stage) -> Result<(), String> {
    say(&format!(
        "There is no display here, so the story plays in the terminal. The team is acme; tokens rest in {}.\n",
        stage.keyring.words()
    ));
    show(stage, &["host", "add", HOST], None)?;
    say("A script plays the person: it opens the link and logs in on the team's page.");
    let browser = scripted_browser(stage);
    show(stage, &["login", "build-01"], Some(&browser))?;
    show(stage, &["status"], None)?;
    let config = stage.ssh_config();
    say(&format!("$ ssh -F {} build-01 'echo you are in, as $(id -un)'", config.display()));
    let mut ssh = sshd::ssh(&config);
    stage.keyring.lend_to(&mut ssh);
    run(ssh.args(["build-01", "echo you are in, as $(id -un)"]))?;
    linger(&config);
    Ok(())
}

fn show(stage: &Stage, words: &[&str], browser: Option<&Path>) -> Result<(), String> {
    say(&format!("$ sallyport {}", words.join(" ")));
    let mut command = stage.program("sallyport");
    if let Some(browser) = browser {
        command.env("BROWSER", browser);
    }
    run(command.args(words))
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.stdin(Stdio::null()).status().map_err(|why| why.to_string())?;
    say("");
    if status.success() { Ok(()) } else { Err(format!("that ended with {status}")) }
}

/// A program that opens one link as a person would.
fn scripted_browser(stage: &Stage) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let script = stage.home.join("browser");
    let sim = built::program("sallyport-sim");
    put(
        &script,
        format!("#!/bin/sh\nexec '{}' browse --email {PERSON} \"$1\" >/dev/null 2>&1\n", sim.display()),
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).expect("a program");
    script
}

/// Where somebody watches, leaves everything up until they have seen enough.
fn linger(config: &Path) {
    use std::io::IsTerminal as _;
    if !std::io::stdin().is_terminal() {
        return;
    }
    say(&format!(
        "From any other terminal: ssh -F {} build-01\nPress Enter to end it all.",
        config.display()
    ));
    let mut line = String::new();
    // Whatever ends the wait, the demo ends.
    let _ = std::io::stdin().read_line(&mut line);
}
