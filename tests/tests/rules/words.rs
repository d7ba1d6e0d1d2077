//! What the files say, and to whom.

use std::collections::BTreeSet;

use crate::tree::{self, none};

/// Lock files name where packages come from, and are written by tools.
const WRITTEN_BY_TOOLS: [&str; 2] = ["Cargo.lock", "ui/package-lock.json"];

#[test]
fn nothing_names_one_machine() {
    let folders = ["work", "root", "Users"].map(|name| format!("/{name}/"));
    let hosts = ["crates", "npmjs", "pypi", "debian", "nodesource"]
        .map(|name| ["io", "org", "com"].map(|end| format!("{name}.{end}")));
    let marks: Vec<String> = folders.into_iter().chain(hosts.into_iter().flatten()).collect();
    // The only person whose home may be spoken of is the one in the examples.
    let home = |line: &str| line.replace("/home/ada", "").contains(&["/", "home", "/"].concat());
    let mut found = Vec::new();
    for file in tree::texts(&[]).into_iter().filter(|file| !WRITTEN_BY_TOOLS.contains(&file.path.as_str())) {
        for (number, line) in file.text.lines().enumerate() {
            if home(line) || marks.iter().any(|mark| names(line, mark)) {
                found.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none("a path of one machine, or the host of a registry", found);
}

#[test]
fn documents_name_targets_that_exist() {
    let targets = targets();
    let readme = tree::text("README.md");
    for command in ["make demo", "make test"] {
        assert!(readme.contains(command), "README.md has the command: {command}");
    }
    let mut unknown = Vec::new();
    for file in tree::texts(&[".md"]) {
        for after in file.text.split("make ").skip(1) {
            let word: String = after.chars().take_while(|letter| letter.is_ascii_lowercase()).collect();
            let quoted = file.text.contains(&format!("`make {word}`"))
                || file.text.contains(&format!("\nmake {word}\n"));
            if quoted && !targets.contains(&word) {
                unknown.push(format!("{}: make {word}", file.path));
            }
        }
    }
    none("no such target", unknown);
}

#[test]
fn targets_run_scripts_that_exist() {
    let makefile = tree::text("Makefile");
    let words = makefile.split_whitespace().map(|word| word.trim_start_matches('@'));
    let scripts: BTreeSet<&str> =
        words.filter(|word| word.starts_with("scripts/") && !word.ends_with(['/', '.'])).collect();
    assert!(scripts.contains("scripts/test"));
    none(
        "missing",
        scripts.into_iter().filter(|path| !tree::top().join(path).is_file()).map(str::to_owned).collect(),
    );
}

#[test]
fn targets_explain_themselves_in_one_line() {
    let makefile = tree::text("Makefile");
    let rules = makefile.lines().filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase()));
    none("lacks its ## words", rules.filter(|line| !line.contains(": ## ")).map(str::to_owned).collect());
    let long = targets().into_iter().filter(|name| {
        makefile.split_once(&format!("\n{name}: ")).is_some_and(|(_, rest)| {
            rest.lines().skip(1).take_while(|line| line.starts_with('\t')).count() != 1
        })
    });
    none("is more than a line", long.collect());
}

fn targets() -> BTreeSet<String> {
    let makefile = tree::text("Makefile");
    let rules = makefile.lines().filter_map(|line| line.split_once(": ## "));
    rules.map(|(name, _)| name.to_owned()).collect()
}

/// Whether the mark stands there on its own, not inside a longer path or name.
fn names(line: &str, mark: &str) -> bool {
    let before = |at: usize| line[..at].chars().next_back();
    let inside = |letter: char| letter.is_alphanumeric() || "._-~$}*>".contains(letter);
    line.match_indices(mark).any(|(at, _)| {
        let alone =
            !before(at).is_some_and(|letter| inside(letter) && !(mark.contains('.') && letter == '.'));
        alone
            && !line[at + mark.len()..]
                .starts_with(|letter: char| mark.contains('.') && letter.is_alphanumeric())
    })
}
