//! Words for what is wrong on this machine, or with Sallyport itself.

use super::{Said, fact};
use crate::{Words, times};

pub(super) fn clock_off(seconds: i64, words: &Words) -> Said {
    let off = times::precisely(seconds.unsigned_abs());
    let side = if seconds < 0 { "behind" } else { "ahead" };
    let machine = words.machine.strip_prefix("this ").unwrap_or(&words.machine);
    Said::new(
        format!("This {machine}'s clock is {off} {side}."),
        "Cloudflare may refuse logins.",
        "Open the time settings and set the clock by the network.",
    )
    .on_stderr(format!("clock is {off} {side}, logins may be refused; set the clock by the network"))
}

pub(super) fn invalid_host(what: &str) -> Said {
    Said::new(
        "This is not a host.",
        format!("It cannot be used as typed: {}.", fact(what, "no hostname was found in it")),
        "Type a hostname such as build-01.acme.dev.",
    )
    .on_stderr(format!(
        "this is not a host ({}); give a hostname such as build-01.acme.dev",
        fact(what, "no hostname was found in it")
    ))
}

pub(super) fn name_taken(alias: &str) -> Said {
    Said::new(
        "Name already used by another host.",
        format!("ssh would not know which {alias} is meant."),
        "Choose another name.",
    )
    .on_stderr(format!("{alias} is already used by another host; choose another name"))
}

pub(super) fn cannot_listen(address: &str, detail: &str) -> Said {
    Said::new(
        format!("Nothing can listen on {address}."),
        format!("The system says: {}.", fact(detail, "no reason")),
        "Choose another port, or end the program that has it.",
    )
    .on_stderr(format!(
        "cannot listen on {address} ({}); choose another port, or end the program that has it",
        fact(detail, "no reason given")
    ))
}

pub(super) fn no_program(program: &str) -> Said {
    Said::new(
        format!("{program} is not installed."),
        format!("This command starts {program}, which is nowhere among the installed programs."),
        format!("Install {program}, then try again."),
    )
    .on_stderr(format!("{program} is not installed; install it, then try again"))
}

pub(super) fn unknown_host(alias: &str) -> Said {
    Said::new(
        format!("There is no host named {alias}."),
        "It may have been renamed or removed.",
        "Add it, or choose another.",
    )
}

pub(super) fn no_terminal(command: &str) -> Said {
    Said::new(
        "No terminal program was found.",
        "Sallyport opens your terminal for ssh, and none of those it knows is installed.",
        format!("Copy the command and run it where you like: {command}."),
    )
    .on_stderr(format!("no terminal program was found; run this where you like: {command}"))
}

pub(super) fn settings_damaged(path: &str, detail: &str) -> Said {
    Said::new(
        format!("{path} cannot be understood."),
        format!(
            "It is one of Sallyport's own files, and was left as it is: {}.",
            fact(detail, "it does not parse")
        ),
        "Mend it, or move it away to begin with the defaults.",
    )
}

pub(super) fn other_version(theirs: u32, ours: u32) -> Said {
    Said::new(
        "Sallyport was updated while it was running.",
        format!("The running program speaks version {theirs}, this one version {ours}."),
        "Quit Sallyport and open it again.",
    )
}

pub(super) fn desktop_gone(detail: &str) -> Said {
    Said::new(
        "Sallyport stopped answering.",
        format!("The program in the background went away: {}.", fact(detail, "it closed the connection")),
        "Open Sallyport, then try again.",
    )
}

pub(super) fn unexpected(what: &str) -> Said {
    Said::new(
        "Sallyport met something it does not know.",
        format!("It stopped rather than guess: {}.", fact(what, "no more is known")),
        "Try again; if it stays so, report it with the details.",
    )
    .on_stderr(format!(
        "stopped at something unknown ({}); try again, or report it",
        fact(what, "no more is known")
    ))
}
