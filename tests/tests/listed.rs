//! The manual page and what the shells are told know every command and every flag that the help shows.
#![cfg(target_os = "linux")]

use journeys::{Reach, origin};

/// A command and the spellings of its flags.
struct Shown {
    command: String,
    flags: Vec<String>,
}

#[test]
fn the_manual_page_lists_every_command_and_flag() {
    let reach = Reach::to(origin::answering());
    let page = reach.run(&["man"]).well().text().replace("\\-", "-");
    let mut missing = Vec::new();
    for Shown { command, flags } in shown(&reach) {
        let heading = format!("\\fB{command}\\fR");
        let Some((_, entry)) = page.split_once(&heading) else {
            missing.push(command);
            continue;
        };
        // An entry ends where the next one, that is not a flag of it, begins.
        let entry = entry.split("\n.RE\n").next().unwrap_or_default();
        missing.extend(
            flags.into_iter().filter(|flag| !entry.contains(flag)).map(|flag| format!("{command} {flag}")),
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_shell_is_told_of_every_command_and_flag() {
    let reach = Reach::to(origin::answering());
    let all = shown(&reach);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = reach.run(&["completions", shell]).well().text();
        let mut missing = Vec::new();
        for Shown { command, flags } in &all {
            // fish has no line of its own for a command behind which nothing is offered.
            let offer = format!(" -a {} ", command.split(' ').next_back().unwrap_or_default());
            let tells = |line: &&str| line.contains(&format!("'{command}")) || line.contains(&offer);
            let lines: Vec<&str> = script.lines().filter(tells).collect();
            if lines.is_empty() {
                missing.push(command.clone());
            }
            let known = |flag: &String| {
                let name = flag.trim_start_matches('-');
                let told = if shell == "fish" { format!(" {name} ") } else { flag.clone() };
                lines.iter().any(|line| line.contains(&told))
            };
            missing.extend(flags.iter().filter(|flag| !known(flag)).map(|flag| format!("{command} {flag}")));
        }
        assert!(missing.is_empty(), "{shell}: {missing:#?}");
    }
}

/// What the help shows of every command, and before all commands.
fn shown(reach: &Reach) -> Vec<Shown> {
    let names = reach.commands();
    let all: Vec<Shown> = names
        .iter()
        .map(|command| {
            let words: Vec<&str> = ["help"].into_iter().chain(command.split(' ')).collect();
            Shown { command: command.clone(), flags: flags(&reach.run(&words).well().text()) }
        })
        .collect();
    assert!(all.len() > 20 && all.iter().any(|one| one.flags.len() > 8), "{names:?}");
    all
}

fn flags(page: &str) -> Vec<String> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("   -")?.split("  ").next());
    let spellings =
        lines.flat_map(|line| format!("-{line}").split(", ").map(str::to_owned).collect::<Vec<_>>());
    spellings.map(|one| one.trim_end_matches(" value").to_owned()).collect()
}
