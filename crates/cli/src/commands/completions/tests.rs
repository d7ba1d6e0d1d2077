//! What the shells make of their scripts, as far as they are installed.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;

const ALL: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

/// What a program says to `text` on its stdin; nothing where it is not installed.
fn said(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(both).unwrap()))
}

/// What bash offers at the end of `line`, with hosts that are `box` and `bay`.
fn offered_by_bash(line: &str) -> Option<Vec<String>> {
    let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
    let asked = format!(
        "sallyport() {{ printf 'box  box.acme.dev\\nbay  bay.acme.dev\\n'; }}\n{}\nCOMP_WORDS=({})\n\
         COMP_CWORD={}\n_sallyport\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        script("bash").unwrap(),
        words.join(" "),
        words.len() - 1
    );
    let (is_well, text) = said("bash", &["--norc", "-s"], &asked)?;
    assert!(is_well, "{text}");
    Some(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

#[test]
fn every_shell_parses_its_script() {
    for (shell, arguments) in [("bash", vec!["-n"]), ("zsh", vec!["-n"]), ("fish", vec!["--no-execute"])] {
        if let Some((is_well, text)) = said(shell, &arguments, &script(shell).unwrap()) {
            assert!(is_well && text.is_empty(), "{shell}: {text}");
        }
    }
}

#[test]
fn every_script_knows_every_command_and_asks_for_hosts() {
    for shell in ALL {
        let script = script(shell).unwrap();
        assert!(!script.contains('@') || shell == "powershell" || !script.contains("@ARMS@"), "{shell}");
        assert!(script.contains("sallyport host list"), "{shell}");
        for command in visible() {
            let words = command.words.iter().all(|word| script.contains(word));
            assert!(words, "{shell}: {:?}", command.words);
            for flag in shown(command.flags) {
                assert!(script.contains(flag.name), "{shell}: {}", flag.name);
            }
        }
    }
    assert!(script("tcsh").is_none());
}

#[test]
fn bash_offers_what_fits() {
    let Some(first) = offered_by_bash("sallyport lo") else { return };
    assert_eq!(first, ["login", "logout"]);
    for (line, expected) in [
        ("sallyport host ", vec!["add", "list", "remove"]),
        ("sallyport login ", vec!["box", "bay"]),
        ("sallyport login bo", vec!["box"]),
        ("sallyport host remove b", vec!["box", "bay"]),
        ("sallyport host add b", vec![]),
        ("sallyport --profile d host r", vec!["remove"]),
        ("sallyport host add --na", vec!["--name"]),
        ("sallyport completions p", vec!["powershell"]),
        (
            "sallyport tunnel ",
            vec![
                "login", "create", "run", "list", "info", "token", "cleanup", "delete", "found", "ready",
                "route", "ingress",
            ],
        ),
        ("sallyport tunnel ingress ", vec!["validate", "rule"]),
        ("sallyport tunnel run --token-", vec!["--token-file"]),
        ("sallyport wait-ready --timeout 5s ba", vec!["bay"]),
    ] {
        assert_eq!(offered_by_bash(line).unwrap(), expected, "{line}");
    }
}
