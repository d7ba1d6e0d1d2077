//! What files look like, and what types are called.

use crate::tree::{self, none};

const LINES_OF_RUST: usize = 400;
const LINES_OF_SVELTE: usize = 200;

const VAGUE: [&str; 9] =
    ["Manager", "Service", "Helper", "Util", "Utils", "Handler", "Data", "Processor", "Wrapper"];

#[test]
fn rust_files_are_short() {
    let mut long = Vec::new();
    for file in tree::texts(&[".rs"]) {
        let lines = file.production().lines().count();
        if lines > LINES_OF_RUST {
            long.push(format!("{}: {lines} lines", file.path));
        }
    }
    none("a file that outgrows 400 lines lacks a noun", long);
}

#[test]
fn components_are_short() {
    let files = tree::texts(&[".svelte"]);
    let long = files
        .iter()
        .map(|file| (&file.path, file.text.lines().count()))
        .filter(|(_, n)| *n > LINES_OF_SVELTE);
    none("a component over 200 lines is two", long.map(|(path, n)| format!("{path}: {n} lines")).collect());
}

#[test]
fn rust_files_say_what_they_are_for() {
    let mute = tree::texts(&[".rs"]).into_iter().filter(|file| !file.text.starts_with("//! "));
    none("the first line is `//!` and the file's purpose", mute.map(|file| file.path).collect());
}

#[test]
fn modules_have_names() {
    let files = tree::texts(&[".rs"]).into_iter().filter(|file| file.path.ends_with("/mod.rs"));
    none("foo.rs beside foo/, not foo/mod.rs", files.map(|file| file.path).collect());
}

#[test]
fn types_have_names_that_say_something() {
    let mut vague = Vec::new();
    for file in tree::texts(&[".rs", ".ts", ".svelte"]) {
        let named = file.text.lines().filter_map(declared);
        let bad = named.filter(|name| VAGUE.iter().any(|ending| name.ends_with(ending)));
        vague.extend(bad.map(|name| format!("{}: {name}", file.path)));
    }
    none("see docs/words.md", vague);
}

#[test]
fn the_page_has_one_door_to_tauri() {
    let files = tree::texts(&[".ts", ".svelte"]).into_iter().filter(|file| file.path.starts_with("ui/src/"));
    let imports = files.filter(|file| file.text.contains("\"@tauri-apps/") || file.text.contains("__TAURI"));
    let paths: Vec<_> = imports.map(|file| file.path).collect();
    assert_eq!(paths, ["ui/src/backend/tauri.ts"]);
}

#[test]
fn a_declared_type_is_seen() {
    assert_eq!(declared("pub(crate) struct Row<'a> {"), Some("Row"));
    assert_eq!(declared("    enum Kind {"), Some("Kind"));
    assert_eq!(declared("export interface SomeData {"), Some("SomeData"));
    assert_eq!(declared("// a struct that"), None);
}

/// The name of the type that a line declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "export");
    let declares = ["struct", "enum", "trait", "union", "type", "interface", "class"];
    words.next().filter(|word| declares.contains(word))?;
    let name = words.next()?;
    name.split(|letter: char| !letter.is_alphanumeric()).next().filter(|name| !name.is_empty())
}
