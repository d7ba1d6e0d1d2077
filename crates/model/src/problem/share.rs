//! Words for what keeps a machine from being published.

use super::{Said, fact};
use crate::times;

/// So many names are said of those that there are.
const MOST: usize = 8;

pub(super) fn rights(permissions: &[String], link: &str) -> Said {
    let these = permissions.join("; ");
    Said::new(
        "The API token may not do all that sharing takes.",
        format!("It lacks: {these}."),
        format!("Make one that may at {link} and try again."),
    )
    .on_stderr(format!("the API token lacks the permission {these}; make one that has it at {link}"))
}

pub(super) fn token(said: &str, link: &str) -> Said {
    Said::new(
        "Cloudflare does not accept the API token.",
        format!("It says: {}.", fact(said, "no reason")),
        format!("Make another at {link} and try again."),
    )
    .on_stderr(format!(
        "Cloudflare does not accept the API token ({}); make another at {link}",
        fact(said, "no reason given")
    ))
}

pub(super) fn no_token(link: &str) -> Said {
    Said::new(
        "There is no API token to share with.",
        "Neither a file, nor the variable CLOUDFLARE_API_TOKEN, nor the keyring has one.",
        format!("Make one at {link} and give it by --api-token-file, or in that variable."),
    )
    .on_stderr(format!(
        "there is no API token; make one at {link} and give it by --api-token-file FILE or in CLOUDFLARE_API_TOKEN"
    ))
}

pub(super) fn no_zone(host: &str, zones: &[String]) -> Said {
    let known = match zones {
        [] => "The API token knows no domain at all.".to_owned(),
        some => format!("The API token knows {}.", some.join(", ")),
    };
    Said::new(
        format!("No domain of yours holds {host}."),
        known.clone(),
        "Choose a hostname below one of your domains, or let the API token read more of them.",
    )
    .on_stderr(format!(
        "no domain of yours holds {host} ({}); choose a hostname below one of your domains",
        known.trim_end_matches('.').replacen('T', "t", 1)
    ))
}

pub(super) fn zone_inactive(zone: &str, status: &str) -> Said {
    Said::new(
        format!("{zone} is not active on Cloudflare yet."),
        format!("Cloudflare calls it {}.", fact(status, "inactive")),
        "Let the registrar of the domain name Cloudflare's name servers, then try again.",
    )
}

pub(super) fn no_team() -> Said {
    Said::new(
        "Zero Trust is not switched on for this account.",
        "Without it nobody could be asked to log in.",
        "Open https://one.dash.cloudflare.com/, choose a team name and a plan (the free one asks for payment details \
         too, and charges nothing), then try again.",
    )
}

pub(super) fn no_group(name: &str, nearest: Option<&str>, groups: &[String]) -> Said {
    let known = match groups {
        [] => "The account has no groups.".to_owned(),
        some if some.len() > MOST => {
            format!("The account has {} and {} more.", some[..MOST].join(", "), some.len() - MOST)
        }
        some => format!("The account has {}.", some.join(", ")),
    };
    let next = match nearest {
        Some(near) => format!("Write {near}, if that is the one that you mean."),
        None => "Choose one that is there, or make this one in Cloudflare's dashboard first.".to_owned(),
    };
    let hint = match nearest {
        Some(near) => format!("the nearest is {near}"),
        None => known.trim_end_matches('.').replacen('T', "t", 1),
    };
    Said::new(format!("There is no group {name}."), known, next)
        .on_stderr(format!("there is no group {name}; {hint}"))
}

pub(super) fn several_groups(name: &str, ids: &[String]) -> Said {
    let these = ids.join(", ");
    Said::new(
        format!("More than one group is called {name}."),
        format!("Their ids are {these}."),
        "Name the one that you mean by its id.",
    )
    .on_stderr(format!(
        "more than one group is called {name}; name one by its id, such as group:{}",
        ids.first().map_or("ID", String::as_str)
    ))
}

pub(super) fn in_the_way(host: &str, what: &[String]) -> Said {
    let these = what.join("; ");
    Said::new(
        format!("{host} is taken."),
        format!("There is already: {these}."),
        "Choose another hostname, or take away what is there.",
    )
    .on_stderr(format!(
        "{host} is taken: there is already {these}; choose another hostname, or take away what is there; \
         --replace-record takes the place of a DNS record"
    ))
}

pub(super) fn no_server(address: &str, detail: &str) -> Said {
    Said::new(
        format!("No SSH server answers at {address}."),
        format!("It was tried: {}.", fact(detail, "nothing answered")),
        "Start it, or name its port with --port.",
    )
}

pub(super) fn not_serving(seconds: u64, said: &str) -> Said {
    let wait = times::precisely(seconds);
    Said::new(
        "The connector does not reach Cloudflare.",
        format!("Nothing came about within {wait}: {}.", fact(said, "it says nothing")),
        "Let outgoing connections to port 7844 through, then try again.",
    )
    .on_stderr(format!(
        "the connector did not reach Cloudflare within {wait} ({}); let outgoing connections to port 7844 through, then \
         try again",
        fact(said, "it says nothing")
    ))
}

pub(super) fn no_right(host: &str) -> Said {
    Said::new(
        format!("The right to run the tunnel of {host} is not kept here."),
        "It was with a service that is gone, or somebody has removed it.",
        "Stop sharing it, then share it again.",
    )
    .on_stderr(format!(
        "the right to run the tunnel of {host} is not kept here; run sallyport unshare {host}, then share it again"
    ))
}

pub(super) fn not_guarded(host: &str) -> Said {
    Said::new(
        format!("Something else stands before {host}."),
        "The hostname answers, but not with the application that was made for it.",
        "Look at the dashboard for an application or a rule that covers this hostname, then try again.",
    )
}
