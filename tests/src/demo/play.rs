//! The two plays.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use tokio::signal::unix::{SignalKind, signal};

use super::{API_TOKEN, HOST, OTHER, PERSON, SHARED, Stage, say};
use crate::homes::put;
use crate::{built, process, sshd};

/// Opens the window and lets the person play, until the program ends or Ctrl+C.
pub(super) async fn in_window(stage: &Stage) -> Result<(), String> {
    let config = stage.ssh_config();
    say(&format!(
        "The simulated edge runs, and the window opens. The team is acme; any e-mail address logs in.\n\n\
         1. Add host: {HOST} (or {OTHER})\n\
         2. Log in: your browser opens the simulated team's page\n\
         3. From any terminal: ssh -F {} build-01\n\
         4. Share: publish this machine's SSH server, port {}, as {SHARED} for {PERSON}\n\n\
         Tokens rest in {}. Quit in the window's tray menu, or Ctrl+C here, ends it and takes everything away.",
        config.display(),
        stage.port(),
        stage.keyring.words()
    ));
    if let Err(why) = stage.lend_account().await {
        say(&format!(
            "The simulated account's API token is not in the keyring ({why}), so it has no page to share by."
        ));
    }
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
    let mut sharing = publish(stage, &browser)?;
    show(stage, &["host", "add", SHARED], None)?;
    say(&format!("$ ssh -F {} studio 'echo through a tunnel of ours'", config.display()));
    let mut ssh = sshd::ssh(&config);
    stage.keyring.lend_to(&mut ssh);
    run(ssh.args(["studio", "echo through a tunnel of ours"]))?;
    linger(&config);
    show_with_account(stage, &["unshare"])?;
    let ended = sharing.wait().map_err(|why| why.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("sharing ended with {ended}")) }
}

/// Publishes the SSH server as an administrator does, and leaves it published.
fn publish(stage: &Stage, browser: &Path) -> Result<Child, String> {
    let port = stage.port();
    let words = ["share", "ssh", "--hostname", SHARED, "--allow", PERSON, "--port", &port];
    say("The other side: this machine's SSH server is published, with a log-in before it.");
    say(&format!("$ sallyport {}", words.join(" ")));
    let mut command = stage.program("sallyport");
    command.args(words).env("CLOUDFLARE_API_TOKEN", API_TOKEN).env("BROWSER", browser);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut sharing = command.spawn().map_err(|why| why.to_string())?;
    let lines = sharing.stdout.take().map(BufReader::new).into_iter().flat_map(BufReader::lines);
    let (tell, told) = mpsc::channel();
    // It goes on saying what happens for as long as it runs.
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            say(&line);
            if line.contains("unshare takes all of it away") {
                let _ = tell.send(());
            }
        }
    });
    if told.recv().is_ok() {
        say("");
        return Ok(sharing);
    }
    let ended = sharing.wait().map_err(|why| why.to_string())?;
    Err(format!("sharing ended with {ended}"))
}

fn show(stage: &Stage, words: &[&str], browser: Option<&Path>) -> Result<(), String> {
    say(&format!("$ sallyport {}", words.join(" ")));
    let mut command = stage.program("sallyport");
    if let Some(browser) = browser {
        command.env("BROWSER", browser);
    }
    run(command.args(words))
}

/// The same with the right to call the account's API.
fn show_with_account(stage: &Stage, words: &[&str]) -> Result<(), String> {
    say(&format!("$ sallyport {}", words.join(" ")));
    run(stage.program("sallyport").args(words).env("CLOUDFLARE_API_TOKEN", API_TOKEN))
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
