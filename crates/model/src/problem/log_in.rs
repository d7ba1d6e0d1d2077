//! Words for what fails around a log-in.

use super::{Known, Said, fact};
use crate::Words;

pub(super) fn not_behind_access(name: &str) -> Said {
    Said::new(
        format!("{name} is not behind Access."),
        "Anyone who can reach it gets straight to ssh, nothing asks for a login.",
        "If that is a surprise, tell its owner before connecting.",
    )
}

pub(super) fn bad_metadata(host: &str, what: &str) -> Said {
    Said::new(
        format!("The login page of {host} cannot be trusted."),
        format!(
            "What it says about itself does not hold: {}.",
            fact(what, "it is not signed as it should be")
        ),
        "Try again on another network; if it stays so, tell an admin of the team.",
    )
}

pub(super) fn blocked(host: &str, email: Option<&str>, ray: Option<&str>, known: Known<'_>) -> Said {
    let (team, name) = (known.team_or_access(), known.name(host));
    let why = email.map_or_else(
        || {
            "No rule of this application lets you in from here; it may want another account or a check of this device."
                .to_owned()
        },
        |email| format!("You are logged in as {email}, but no rule of this application allows that address."),
    );
    let whom = email.unwrap_or("you");
    let ray = ray.map_or_else(String::new, |ray| format!(" (Ray ID {ray})"));
    Said::new(
        format!("{team} does not let you into {name}."),
        why,
        format!("{} can add a rule that does.", capital(&known.admin())),
    )
    .on_stderr(format!("blocked: {team} does not let {whom} into {name}{ray}; ask {}", known.admin()))
}

pub(super) fn certificate_refused(name: &str, said: &str) -> Said {
    Said::new(
        format!("There is no SSH certificate for {name}."),
        format!("The team's authority did not give a usable one: {}.", fact(said, "it gave no reason")),
        "Ask an admin of the team whether this application issues certificates.",
    )
    .on_stderr(format!(
        "no SSH certificate for {name} ({}); ask an admin of the team whether this application issues them",
        fact(said, "no reason given")
    ))
}

pub(super) fn needed(host: &str, known: Known<'_>) -> Said {
    let name = known.team.unwrap_or(host);
    Said::new(
        format!("You are not logged in to {name}."),
        "Whoever asked has no person before it, or was told not to open a browser.",
        "Log in, then try again.",
    )
    .on_stderr(format!(
        "not logged in to {name}, and this program may not open a browser; run: sallyport login {host}"
    ))
}

pub(super) fn cancelled(name: &str) -> Said {
    Said::new(
        format!("The login to {name} was cancelled."),
        "Nothing was saved and nothing was changed.",
        "Log in when you are ready.",
    )
    .on_stderr(format!("the login to {name} was cancelled; run ssh again when you want to log in"))
}

pub(super) fn timed_out(seconds: u64) -> Said {
    let wait = crate::times::precisely(seconds);
    Said::new("The link ran out.", format!("Links work for {wait}."), "Get a new link.")
        .on_stderr(format!("gave up after {wait}; run ssh again when you are logged in"))
}

pub(super) fn transfer_unreadable(host: &str, what: &str) -> Said {
    Said::new(
        "What the browser sent back cannot be used.",
        format!("It is not for {host}, or was changed on its way: {}.", fact(what, "it could not be opened")),
        "Log in once more.",
    )
}

pub(super) fn transfer_refused(status: u16) -> Said {
    Said::new(
        "The login did not come through.",
        format!("The service that hands over logins answered with status {status}."),
        "Log in once more.",
    )
}

pub(super) fn token_rejected(host: &str, known: Known<'_>) -> Said {
    Said::new(
        format!("{} ended your login early.", known.team_or_access()),
        format!(
            "{host} did not take a login that should still hold; an admin can end it, or your account changed."
        ),
        "Log in again.",
    )
}

pub(super) fn renewal_refused(host: &str, known: Known<'_>) -> Said {
    let (team, name) = (known.team_or_access(), known.name(host));
    Said::new(
        format!("{team} wants you to log in again."),
        format!(
            "Your login to the team was ended early, or {name} asks for another way to log in, so that it cannot be renewed by itself."
        ),
        "Log in again before it ends.",
    )
}

pub(super) fn service_token_refused(host: &str) -> Said {
    Said::new(
        format!("{host} does not accept this machine's client id and secret."),
        "They have ended or were withdrawn, do not belong together, or no rule of this application names them.",
        "Give the current ones, or ask who runs the application.",
    )
}

pub(super) fn service_token_missing(host: &str, words: &Words) -> Said {
    Said::new(
        format!("No client id and secret are saved for {host}."),
        format!("This machine logs in to it by them, and {} has none.", words.keychain),
        format!("Give them again: sallyport host add {host} --machine."),
    )
    .on_stderr(format!(
        "no client id and secret are saved for {host}; give them again with: sallyport host add {host} --machine"
    ))
}

pub(super) fn no_browser(host: &str, link: &str) -> Said {
    let link = fact(link, "the link that Sallyport shows");
    Said::new(
        "No browser opened.",
        "No browser was found here, or it did not start.",
        "Copy the link and open it on any device, or scan the code.",
    )
    .on_stderr(format!("no browser opened; log in to continue ({host}): {link}"))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
