//! What `cloudflared access` does, recorded as a table, and held against `sallyport`; and against a real `cloudflared`
//! too where one is on the PATH, so that the record stays true.
//!
//! A row either ends the same way with both, or names the row of `docs/behaviour.md` that says why ours is better.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]
#![expect(clippy::print_stderr, reason = "what is skipped is said loudly")]

mod alone;
mod bad_days;
mod chance;
mod edge;
mod row;
mod stage;

use std::collections::BTreeSet;
use std::process::Command;

use edge_sim::EdgeSim;
use journeys::homes::put;
use journeys::reach::{HOST, Said};
use journeys::{Home, need};

use row::{Ours, Row};
use stage::{Program, Stage};

/// Who is held against the record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

#[test]
fn sallyport_ends_as_recorded() {
    none(&different(&Program::ours()));
}

#[test]
fn sallyport_in_the_place_of_cloudflared_ends_as_recorded() {
    let folder = Home::new();
    let ours = Program::in_its_place(&folder);
    none(&different(&ours));

    let stage = Stage::set(&ours, None);
    let said = |words: &[&str]| Said::of(&mut stage.command(words));
    let version = said(&["version"]).well().text();
    let own = env!("CARGO_PKG_VERSION");
    assert_eq!(version, format!("cloudflared version {} (built as sallyport {own})\n", ours.version));
    let page = said(&["access", "ssh", "--help"]).well().text();
    assert!(page.starts_with("NAME:\n   cloudflared access ssh - "), "{page}");
    assert!(page.contains("\nOPTIONS:\n   --hostname value, "), "{page}");
    for words in [&["update"][..], &["login", HOST], &["host", "list"], &["tail"], &[]] {
        let said = said(words);
        assert_eq!((said.code, said.text().as_str()), (Some(2), ""), "{words:?}");
        assert!(
            said.err.starts_with("cloudflared: ") && said.err.ends_with("; see: cloudflared --help\n"),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_real_cloudflared_ends_as_recorded() {
    let Some(theirs) = theirs() else { return };
    none(&played_alone(&theirs, Side::Theirs));
    let unshared = || {
        let mut unshared = Command::new("unshare");
        unshared.args(["--map-root-user", "--net", "--mount"]);
        unshared
    };
    let script = "ip link set lo up && mount --bind /etc/hostname /etc/hosts";
    if !unshared().args(["sh", "-c", script]).output().is_ok_and(|done| done.status.success()) {
        eprintln!("SKIPPED: no right to make network and mount namespaces (or no `unshare`, no `ip`)");
        return;
    }
    let own = std::env::current_exe().expect("a test knows where it stands");
    let mut inside = unshared();
    let done =
        inside.arg(own).args(["--exact", "inside", "--ignored", "--nocapture"]).output().expect("unshare");
    let said = [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn lines_of_chance_are_read_as_by_a_real_cloudflared() {
    let Some(theirs) = theirs() else { return };
    let folder = Home::new();
    none(&chance::differences(&Program::in_its_place(&folder), &theirs));
}

#[test]
#[ignore = "needs the namespaces that the test above makes"]
fn inside() {
    let Some(theirs) = theirs() else { return };
    let home = Home::new();
    name_the_edge(&home);
    let edge = stage::edge(([127, 0, 0, 1], 443).into());
    none(&played_before(&edge, &theirs, Side::Theirs));
}

#[test]
fn every_difference_is_a_row_of_the_documentation() {
    let documented: BTreeSet<&str> = include_str!("../../../docs/behaviour.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .collect();
    let named = |row: &Row| match row.ours {
        Ours::Same => None,
        Ours::Better(named, _) => Some(named),
    };
    let all = [alone::ROWS, edge::NEW, edge::LOGGED_IN, edge::EXPIRED, bad_days::NEW, bad_days::CARRYING];
    let missing: BTreeSet<&str> =
        all.into_iter().flatten().filter_map(named).filter(|named| !documented.contains(named)).collect();
    assert!(missing.is_empty(), "docs/behaviour.md has no row of this name: {missing:#?}");
}

/// Where the helper ends otherwise than it should.
fn different(ours: &Program) -> Vec<String> {
    let edge = stage::edge(([127, 0, 0, 1], 0).into());
    let mut different = played_alone(ours, Side::Ours);
    different.extend(played_before(&edge, ours, Side::Ours));
    different
}

fn theirs() -> Option<Program> {
    let found = need::find("cloudflared");
    if found.is_none() {
        eprintln!("SKIPPED: no `cloudflared` on the PATH");
    }
    found.map(Program::theirs)
}

fn played_alone(program: &Program, side: Side) -> Vec<String> {
    let stage = Stage::set(program, None);
    played(alone::ROWS, side, &stage, "")
}

fn played_before(edge: &EdgeSim, program: &Program, side: Side) -> Vec<String> {
    let mut different = listened(&Stage::set(program, Some(edge)));
    for row in edge::NEW.iter().chain(bad_days::NEW) {
        let stage = Stage::set(program, Some(edge));
        different.extend(played(std::slice::from_ref(row), side, &stage, ""));
    }
    let stage = Stage::set(program, Some(edge));
    let token = stage.log_in();
    different.extend(played(edge::LOGGED_IN, side, &stage, &token));
    different.extend(played(bad_days::CARRYING, side, &stage, &token));
    let stage = Stage::set(program, Some(edge));
    stage.log_in_for_a_moment();
    different.extend(played(edge::EXPIRED, side, &stage, ""));
    different
}

/// Every spelling of the flag that makes it listen.
fn listened(stage: &Stage<'_>) -> Vec<String> {
    let spellings = [
        (&["--url"][..], "tcp://127.0.0.1"),
        (&["--listener"], "rdp://127.0.0.1"),
        (&["-L"], "127.0.0.1"),
        (&["-url"], "localhost"),
        (&[], "localhost"),
    ];
    let answers = spellings.into_iter().map(|(flag, host)| {
        let port = stage::free_port();
        (flag, stage.listens(&[flag, &[&format!("{host}:{port}")]].concat(), port))
    });
    answers.filter(|(_, heard)| heard != "HI\n").map(|(flag, heard)| format!("{flag:?}: {heard:?}")).collect()
}

fn played(rows: &[Row], side: Side, stage: &Stage<'_>, token: &str) -> Vec<String> {
    let expected = |row: &Row| if side == Side::Ours { row.ours() } else { row.theirs };
    rows.iter().filter_map(|row| stage.plays(row, &expected(row), token)).collect()
}

#[track_caller]
fn none(different: &[String]) {
    assert!(different.is_empty(), "{} rows:\n\n{}", different.len(), different.join("\n\n"));
}

/// The network of this test alone knows the edge by Cloudflare's names.
fn name_the_edge(home: &Home) {
    let hosts = home.join("hosts");
    put(&hosts, format!("127.0.0.1 {}\n", stage::names().join(" ")));
    let hosts = hosts.display().to_string();
    for words in [["ip", "link", "set", "lo", "up"].as_slice(), &["mount", "--bind", &hosts, "/etc/hosts"]] {
        let done = Command::new(words[0]).args(&words[1..]).status().expect("iproute2 and mount");
        assert!(done.success(), "{words:?} failed");
    }
}
