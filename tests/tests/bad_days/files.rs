//! Every file that the helper reads, damaged in every way: an end in bounded time and memory, and a line that says why.

use std::time::Duration;

use journeys::homes::put;
use journeys::reach::{HOST, Said};
use journeys::{Background, Reach, origin};

use crate::stage;

/// More than any person waits, also where everything else is busy.
const LIMIT: Duration = Duration::from_secs(60);
/// What the shell lets a program have, in KiB.
const MEMORY: u32 = 1_000_000;

/// A file below the home, and a command that reads it.
type Read = (&'static str, &'static [&'static str]);

const CARRY: &[&str] = &["access", "ssh", "--no-login", "--hostname", HOST];
const IMPORT: &[&str] = &["import", "--dry-run"];
const FORWARDS: &[&str] = &["forwards"];

const FILES: [Read; 14] = [
    ("profile/settings.json", CARRY),
    ("profile/realm.json", CARRY),
    ("profile/apps.json", CARRY),
    ("profile/vault.json", CARRY),
    ("profile/vault.json", &["status"]),
    ("profile/company.pem", CARRY),
    (".ssh/config", &["host", "add", "more.acme.test", "--no-check"]),
    (".ssh/config", IMPORT),
    (".ssh/included", IMPORT),
    (".cloudflared/acme-org-token", IMPORT),
    (".cloudflared/build-01.acme.test-0123-token", IMPORT),
    (".cloudflared/config.yml", FORWARDS),
    ("token.json", &["host", "add", "robots.acme.test", "--machine", "--credentials", "token.json"]),
    (".cloudflared/build-01.acme.test-cf_key", &["access", "ssh-gen", "--hostname", HOST]),
];

/// What stands there instead.
fn damages() -> Vec<(&'static str, Vec<u8>)> {
    let noise: Vec<u8> = (0..4096_u32).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    vec![
        ("nothing", Vec::new()),
        ("noise", noise),
        ("zeros", vec![0; 4096]),
        ("the beginning of an object", b"{\"machines\": [\"a".to_vec()),
        ("another type", b"[7, [], {}]".to_vec()),
        ("a very deep one", b"[".repeat(200_000)),
        ("a very long line", b"forwarders: x".repeat(200_000)),
        ("very many lines", b"Host a\n".repeat(50_000)),
    ]
}

#[test]
fn whatever_stands_in_a_file_the_end_is_a_clear_one() {
    for (file, words) in FILES {
        let reach = logged_in();
        let path = reach.home.join(file);
        let whole = std::fs::read(&path).ok();
        for (what, damaged) in damages() {
            put(&path, &damaged);
            ends_clearly(&reach, words, &format!("{file}: {what}"));
            if let Some(whole) = &whole {
                put(&path, whole);
            }
        }
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_ends_clearly_too() {
    for (file, words) in FILES {
        let reach = logged_in();
        let path = reach.home.join(file);
        if path.exists() {
            std::fs::remove_file(&path).expect("a file less");
        }
        std::fs::create_dir_all(&path).expect("a folder");
        ends_clearly(&reach, words, &format!("{file}: a folder"));
    }
}

#[test]
fn what_may_be_lost_is_made_anew() {
    for file in ["apps.json", "keys"] {
        let reach = with_files(stage());
        let path = reach.home.profile().join(file);
        if path.is_dir() {
            for entry in std::fs::read_dir(&path).expect("a folder").flatten() {
                put(entry.path(), "{");
            }
        } else {
            put(&path, "{");
        }
        crate::goes_through(&reach, HOST);
    }
}

#[test]
fn a_desktop_starts_before_damaged_files_too() {
    let reach = logged_in();
    put(reach.home.profile().join("vault.json"), "{");
    put(reach.home.profile().join("apps.json"), [0_u8; 64]);
    let desktop = Background::start(&reach);
    assert!(desktop.snapshot().loaded);
    desktop.end();
}

/// A person who is logged in to a machine that hangs up at once, and has one of each file.
fn logged_in() -> Reach {
    with_files(Reach::to(origin::serve(drop)))
}

fn with_files(reach: Reach) -> Reach {
    reach.log_in(HOST);
    put(reach.home.join(".ssh/included"), "Host c\n  ProxyCommand cloudflared access ssh --hostname %h\n");
    put(reach.ssh_config(), "Include included\n");
    put(reach.home.profile().join("company.pem"), reach.edge.ca_pem());
    reach.settings(&serde_json::json!({ "trust": ["company.pem"] }));
    reach
}

/// Runs a command with little memory, and looks how it ends.
#[track_caller]
fn ends_clearly(reach: &Reach, words: &[&str], what: &str) {
    let words: Vec<String> = words.iter().map(|word| placed(reach, word)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let helper = reach.helper(&words);
    let mut limited = reach.home.command("sh");
    limited.args(["-c", &format!("ulimit -v {MEMORY}; exec timeout -s KILL 60 \"$@\""), "sh"]);
    limited.arg(helper.get_program()).args(helper.get_args()).stdin(std::process::Stdio::null());
    let said = Said::of(&mut limited);
    assert!(said.took < LIMIT, "{what}: {:?}", said.took);
    assert!(
        said.code.is_some_and(|code| [0, 1, 2, 3, 255].contains(&code)),
        "{what}: {:?} {}",
        said.code,
        said.err
    );
    let is_clear = |line: &str| line.starts_with("sallyport: ") && line.len() < 2000;
    assert!(said.code == Some(0) || said.err.lines().count() > 0, "{what}: it fails without a word");
    assert!(said.err.lines().all(is_clear), "{what}: {}", said.err);
}

/// A file of this test's home, where a word names one.
fn placed(reach: &Reach, word: &str) -> String {
    if word == "token.json" { reach.home.join(word).display().to_string() } else { word.to_owned() }
}
