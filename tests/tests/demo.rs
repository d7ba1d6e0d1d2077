//! What `make demo` runs once all is built, played to its end: the story is told, and nothing is left of it.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use journeys::homes::put;
use journeys::reach::{HOST, PERSON, Said};
use journeys::{Desk, Home, Part, Screen, built, desk, keychain, need, process, sshd, wait};

/// A person's own config, with what a careless writer would lose: line ends, a tab, no newline at the end.
const OWN_CONFIG: &str =
    "ServerAliveInterval 30\r\n\r\nHost old-box\n\tHostName 192.0.2.7\n  User ada # not ours";
/// The whole story, on a machine that does something else as well.
const STORY: Duration = Duration::from_secs(60);

/// Permissions and contents by path.
type Files = BTreeMap<PathBuf, (u32, Vec<u8>)>;

#[test]
fn without_a_display_the_story_plays_to_its_end_and_nothing_is_left() {
    if need::lacks(&sshd::NEEDS) || need::lacks(&keychain::NEEDS) {
        return;
    }
    let home = Home::new();
    live_in(&home);
    let logs = tempfile::tempdir().expect("a folder for logs");
    let before = files(&home);
    let mut demo = demo(home.command(built::program("demo")), logs.path());
    let ended = demo.ended(STORY);
    let told = demo.log();
    assert!(ended.success(), "{told}");
    let me = Said::of(Command::new("id").arg("-un")).well().text();
    for words in [
        "There is no display here, so the story plays in the terminal.",
        "tokens rest in a private keyring",
        "$ sallyport host add build-01.acme.test",
        "build-01.acme.test is behind Cloudflare Access, team acme",
        "$ sallyport login build-01",
        &format!("logged in as {PERSON} until "),
        "$ sallyport status",
        "build-01 'echo you are in, as $(id -un)'",
        &format!("\nyou are in, as {me}"),
        "$ sallyport share ssh --hostname studio.acme.test",
        "✓ SSH from outside: SSH-2.0-OpenSSH",
        "\nthrough a tunnel of ours\n",
        "studio.acme.test is not shared any more.",
    ] {
        assert!(told.contains(words), "{words:?} is missing in:\n{told}");
    }
    until_only(&home, &[]);
    unchanged(&before, &files(&home));
}

#[tokio::test]
async fn with_a_display_it_opens_the_window_and_a_signal_takes_everything_away() {
    if need::lacks(&desk::NEEDS) || need::lacks(&sshd::NEEDS) {
        return;
    }
    let desk = Desk::open().await;
    live_in(desk.home());
    keep_a_secret(&desk);
    let logs = tempfile::tempdir().expect("a folder for logs");
    let (before, residents) = (files(desk.home()), process::around(desk.home().path()));
    let mut command = desk.command(built::program("demo"));
    // With a desktop running it is the desktop that opens the browser.
    command.env("BROWSER", browser(logs.path()));
    let mut demo = demo(command, logs.path());
    let config = demo.says("the command for a terminal", |log| {
        let (_, after) = log.split_once("ssh -F ")?;
        after.split_once(" build-01\n").map(|(path, _)| PathBuf::from(path))
    });
    let screen = Screen::of(&desk);
    screen.has(1);
    assert!(demo.log().contains("your keyring, as entries of the demo's own"), "{}", demo.log());
    reach(&desk, &config);
    let bus = desk.connect().await;
    let kept = keychain::labels(&bus).await;
    assert!(kept.len() > 1 && kept.iter().any(|label| label.contains("@Sallyport ")), "{kept:?}");

    demo.terminate();
    assert!(demo.ended(STORY).success(), "{}", demo.log());
    screen.has(0);
    until_only(desk.home(), &residents);
    assert_eq!(keychain::labels(&bus).await, ["Mail"], "the person's own secret, and no other");
    unchanged(&before, &files(desk.home()));
}

/// The demo as `make demo` starts it, with nobody at its standard input.
fn demo(mut command: Command, logs: &Path) -> Part {
    Part::start("demo", command.stdin(Stdio::null()), logs)
}

/// Adds the demo's host, logs in and runs a command there, from a terminal beside the window.
fn reach(desk: &Desk, config: &Path) {
    let profile = config.ancestors().nth(2).expect("the demo's folder").join("profile");
    for words in [["host", "add", HOST].as_slice(), &["login", HOST]] {
        let mut helper = desk.command(built::program("sallyport"));
        helper.arg("--profile").arg(&profile).args(words).stdin(Stdio::null());
        Said::of(&mut helper).well();
    }
    let mut ssh = desk.command("ssh");
    ssh.arg("-F").arg(config).args(["build-01", "echo reached"]).stdin(Stdio::null());
    assert_eq!(Said::of(&mut ssh).well().text(), "reached\n");
}

/// A browser that logs in by itself, wherever it is led.
fn browser(folder: &Path) -> PathBuf {
    let (browser, sim) = (folder.join("browser"), built::program("sallyport-sim"));
    put(&browser, format!("#!/bin/sh\nexec '{}' browse --email {PERSON} \"$1\" >&2\n", sim.display()));
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).expect("a program");
    browser
}

/// Puts into the home what people have there.
fn live_in(home: &Home) {
    put(home.join(".ssh/config"), OWN_CONFIG);
    put(home.join(".ssh/known_hosts"), "");
    put(home.join(".config/sallyport/settings.json"), "{}\n");
}

/// Puts something of the person's own into their keyring.
fn keep_a_secret(desk: &Desk) {
    let mut command = desk.command("secret-tool");
    command.args(["store", "--label", "Mail", "kept-by", "ada"]);
    let mut tool = Part::start_with_input("secret-tool", &mut command, "secret", &desk.home().logs());
    assert!(tool.ended(wait::SOON).success(), "{}", tool.log());
}

/// Waits until no process has to do with the home but these.
fn until_only(home: &Home, residents: &[u32]) {
    wait::until("the end of all that the demo started", wait::SOON, || {
        process::around(home.path()).iter().all(|pid| residents.contains(pid)).then_some(())
    });
}

/// Fails with the path of whatever came, went or became another.
#[track_caller]
fn unchanged(before: &Files, after: &Files) {
    let paths = before.keys().chain(after.keys());
    let changed: BTreeSet<&PathBuf> = paths.filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "not as before: {changed:#?}");
}

/// Every file and folder of the home, with its permissions and what is in it; but for what the desk itself writes.
fn files(home: &Home) -> Files {
    let of_the_desk = [home.logs(), home.join(".local/share/keyrings")];
    let mut found = BTreeMap::new();
    let mut open = vec![home.path().to_owned()];
    while let Some(path) = open.pop() {
        if of_the_desk.contains(&path) {
            continue;
        }
        let about = std::fs::symlink_metadata(&path).expect("what is there");
        let bytes = if about.is_file() { std::fs::read(&path).expect("a file") } else { Vec::new() };
        if about.is_dir() {
            open.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
        }
        found.insert(path, (about.permissions().mode(), bytes));
    }
    found
}
