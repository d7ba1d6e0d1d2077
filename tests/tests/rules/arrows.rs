//! Who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::Workspace;
use crate::tree::{self, none};

const GRAPHICAL: [&str; 8] = ["tauri", "wry", "tao", "gtk", "gdk", "tray-icon", "muda", "notify-rust"];
const PURE: [&str; 3] = ["wire", "model", "ssh-config"];

/// One row of the table in `docs/architecture.md`.
struct Row {
    layer: u8,
    may_use: String,
}

#[test]
fn the_arrow_table_is_what_cargo_knows() {
    let (workspace, rows) = (Workspace::read(), table());
    let known: BTreeSet<&str> = rows.keys().map(String::as_str).collect();
    assert_eq!(known, workspace.members(), "the table names every package, and no other");
    let wrong = |(name, row): (&String, &Row)| {
        let drawn: BTreeSet<String> = match row.may_use.as_str() {
            "anything" => return None,
            "–" => BTreeSet::new(),
            list => list.split(", ").map(str::to_owned).collect(),
        };
        let real = workspace.arrows(name);
        (drawn != real).then(|| format!("{name}: the table says {drawn:?}, Cargo {real:?}"))
    };
    none(
        "the table in docs/architecture.md and the manifests differ",
        rows.iter().filter_map(wrong).collect(),
    );
}

#[test]
fn arrows_point_down() {
    let rows = table();
    let mut upward = Vec::new();
    for (name, row) in &rows {
        let arrows = Workspace::read().arrows(name);
        upward.extend(
            arrows.iter().filter(|to| rows[*to].layer >= row.layer).map(|to| format!("{name} -> {to}")),
        );
    }
    none("an arrow must go to a lower layer", upward);
}

#[test]
fn only_the_desktop_depends_on_tauri() {
    let workspace = Workspace::read();
    assert!(workspace.asked("desktop").contains("tauri"), "the rule looks in the right place");
    let others = workspace.members().into_iter().filter(|name| *name != "desktop");
    let asks = |name: &&str| workspace.asked(name).iter().any(|crate_name| crate_name.starts_with("tauri"));
    none("only src-tauri may ask for Tauri", others.filter(asks).map(str::to_owned).collect());
}

#[test]
fn nothing_graphical_is_in_the_helper() {
    let workspace = Workspace::read();
    let graphical =
        |name: &&&str| GRAPHICAL.iter().any(|bad| *name == bad || name.starts_with(&format!("{bad}-")));
    let found: Vec<_> = workspace.closure("cli").iter().filter(graphical).map(ToString::to_string).collect();
    none("ssh starts the helper for every connection", found);
    assert!(
        workspace.closure("desktop").iter().any(|name| graphical(&name)),
        "the rule looks in the right place"
    );
}

#[test]
fn no_connector_is_in_the_helper() {
    let workspace = Workspace::read();
    assert!(!workspace.closure("cli").contains("connector"), "ssh starts the helper for every connection");
    for protocol in ["h2", "quinn"] {
        assert!(workspace.closure("connector").contains(protocol), "the rule looks in the right place");
    }
    assert!(!workspace.closure("cli").contains("quinn"), "each megabyte of it is read for every ssh");
}

#[test]
fn pure_crates_link_no_runtime() {
    let workspace = Workspace::read();
    let impure = PURE.iter().filter(|name| workspace.closure(name).contains("tokio"));
    none("these crates are pure", impure.map(ToString::to_string).collect());
    assert!(workspace.closure("engine").contains("tokio"), "the rule looks in the right place");
}

#[test]
fn pure_crates_read_no_clock() {
    let mut found = Vec::new();
    for file in tree::texts(&[".rs"]) {
        let pure = PURE.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/")));
        let reads = ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"];
        if pure && reads.iter().any(|read| file.production().contains(read)) {
            found.push(file.path);
        }
    }
    none("the time comes in as an argument", found);
}

#[test]
fn no_product_links_the_simulated_edge() {
    let workspace = Workspace::read();
    let own = ["edge-sim", "journeys"];
    let linked = |name: &&str| !own.contains(name) && workspace.closure(name).contains("edge-sim");
    none(
        "the demo starts its binary",
        workspace.members().into_iter().filter(linked).map(str::to_owned).collect(),
    );
}

#[test]
fn every_version_in_the_table_is_used() {
    let workspace = Workspace::read();
    let asked: BTreeSet<String> = workspace.members().iter().flat_map(|name| workspace.asked(name)).collect();
    let manifest = tree::text("Cargo.toml");
    let (_, after) = manifest.split_once("[workspace.dependencies]\n").expect("a table of versions");
    let table = after.split("\n[").next().unwrap_or_default();
    let entries = table.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    none("nobody asks for", entries.filter(|name| !asked.contains(*name)).map(str::to_owned).collect());
}

#[test]
fn every_package_has_the_lints_of_the_house() {
    let manifests = tree::texts(&["Cargo.toml"]);
    assert!(manifests.len() > Workspace::read().members().len(), "one a member, and the workspace's own");
    let lacks = |text: &str| !text.contains("[lints]\nworkspace = true");
    let members = manifests.into_iter().filter(|file| file.path != "Cargo.toml");
    none(
        "needs [lints] workspace = true",
        members.filter(|file| lacks(&file.text)).map(|file| file.path).collect(),
    );
}

fn table() -> BTreeMap<String, Row> {
    let page = tree::text("docs/architecture.md");
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, layer, _, may_use] = cells.as_slice() else { return None };
        let row = Row { layer: layer.parse().ok()?, may_use: (*may_use).to_owned() };
        Some((name.trim_matches('`').to_owned(), row))
    };
    let rows: BTreeMap<_, _> = page.lines().filter_map(row).collect();
    assert!(!rows.is_empty(), "docs/architecture.md has the table of arrows");
    rows
}
