//! Tests wait for facts, and can fail.

use std::collections::BTreeSet;

use crate::tree::{self, Text, none};

/// What a test, or a function that it calls, has when it can fail.
const CAN_FAIL: [&str; 7] = ["assert", ".expect", ".unwrap", "panic!(", "matches!(", "?;", "should_panic"];

/// Functions that are one pause of a loop elsewhere.
const PAUSES: [&str; 1] = ["pause"];

/// How far above its pause a loop may begin.
const LOOP: usize = 10;

#[test]
fn no_test_sleeps_to_wait() {
    let mut found = Vec::new();
    for file in tree::texts(&[".rs"]) {
        found.extend(
            idle_sleeps(file.proof()).into_iter().map(|function| format!("{}: {function}", file.path)),
        );
    }
    none("sleep between two looks at a fact, within a limit; not to wait for it", found);
}

#[test]
fn an_idle_sleep_is_seen() {
    let call = ["std::thread::", "sleep(x);"].concat();
    let (idle, polling) = (
        format!("fn idle() {{\n    {call}\n}}"),
        format!("fn look() {{\n    while !there {{\n        {call}\n"),
    );
    assert_eq!(idle_sleeps(&idle), ["idle"]);
    assert!(idle_sleeps(&polling).is_empty());
}

#[test]
fn every_fuzz_target_begins_with_examples() {
    let named = |path: &str| std::path::Path::new(path).file_stem()?.to_str().map(str::to_owned);
    let files = tree::texts(&[".rs"]);
    let targets = files.iter().filter(|file| file.path.starts_with("fuzz/fuzz_targets/"));
    let targets: Vec<String> = targets.filter_map(|file| named(&file.path)).collect();
    assert!(targets.len() > 10, "the rule looks in the right place: {targets:?}");
    let examples = |target: &String| tree::top().join("fuzz/seeds").join(target);
    let has_none = |target: &String| {
        std::fs::read_dir(examples(target)).map_or(true, |mut folder| folder.next().is_none())
    };
    none("no example in fuzz/seeds", targets.into_iter().filter(has_none).collect());
}

#[test]
fn every_test_can_fail() {
    let can = |body: &str| CAN_FAIL.iter().any(|sign| body.contains(sign));
    let files = tree::texts(&[".rs"]);
    let mut checks = BTreeSet::new();
    for file in &files {
        let able = functions(file.proof()).into_iter().filter(|one| can(&one.body));
        checks.extend(able.map(|one| (folder(file), one.name.to_owned())));
    }
    let mut idle = Vec::new();
    for file in &files {
        let calls = |body: &str| {
            let near = checks.iter().filter(|(place, _)| *place == folder(file));
            near.map(|(_, name)| format!("{name}(")).any(|call| body.contains(&call))
        };
        let idlers = functions(file.proof())
            .into_iter()
            .filter(|one| one.is_test && !can(&one.body) && !calls(&one.body));
        idle.extend(idlers.map(|test| format!("{}: {}", file.path, test.name)));
    }
    none("a test that asserts nothing cannot fail", idle);
}

#[test]
fn an_idle_test_is_seen() {
    let source = "#[test]\nfn idle() {\n    let one = 1;\n}\n\n#[test]\nfn good() {\n    checked();\n}\n\nfn checked() {\n    assert!(true);\n}\n";
    let seen: Vec<_> = functions(source).iter().map(|one| (one.name.to_owned(), one.is_test)).collect();
    assert_eq!(seen, [("idle".to_owned(), true), ("good".to_owned(), true), ("checked".to_owned(), false)]);
    assert!(!functions(source)[0].body.contains("assert"), "a body ends where the function does");
}

/// The functions that sleep outside a loop.
fn idle_sleeps(source: &str) -> Vec<&str> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let mut function = "";
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        function = name_of_function(line).unwrap_or(function);
        let sleeps = ["thread::sleep(", "time::sleep("].iter().any(|sleep| line.contains(sleep));
        let code = !line.starts_with("//") && !line.contains('"');
        let looks = || {
            lines[at.saturating_sub(LOOP)..at]
                .iter()
                .any(|line| line.starts_with("loop {") || line.starts_with("while "))
        };
        if sleeps && code && !PAUSES.contains(&function) && !looks() {
            found.push(function);
        }
    }
    found
}

/// Where a file stands: what checks for a test may stand in a file beside it.
fn folder(file: &Text) -> &str {
    file.path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

struct Function<'a> {
    name: &'a str,
    is_test: bool,
    body: String,
}

/// Takes formatted sources for granted: a function ends with a brace at the column where it began.
fn functions(source: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    let lines: Vec<&str> = source.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = name_of_function(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let end = format!("{}}}", " ".repeat(indent));
        let body: Vec<&str> = lines[at..].iter().take_while(|line| **line != end).copied().collect();
        let attributes: Vec<&str> = lines[..at].iter().rev().take_while(is_attribute).copied().collect();
        let is_test = attributes.iter().any(|line| line.contains("test]") || line.contains("test("));
        found.push(Function { name, is_test, body: body.join("\n") + &attributes.join("\n") });
    }
    found
}

fn is_attribute(line: &&&str) -> bool {
    let line = line.trim_start();
    line.starts_with("#[") || line.starts_with("//")
}

fn name_of_function(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (before, after) = line.split_once("fn ")?;
    let modifiers = ["pub", "pub(crate)", "pub(super)", "async", "const", "unsafe"];
    let declares = before.split_whitespace().all(|word| modifiers.contains(&word));
    declares.then(|| after.split(|letter: char| letter != '_' && !letter.is_alphanumeric()).next()).flatten()
}
