//! Words for an edge that answers, and refuses.

use super::{Known, Said, fact};

pub(super) fn bot_rule(host: &str, ray: Option<&str>, known: Known<'_>) -> Said {
    let ray = ray.map_or_else(String::new, |ray| format!(" (Ray ID {ray})"));
    Said::new(
        format!("A firewall rule stands before {}.", known.name(host)),
        "Cloudflare wanted a browser's proof or blocked the request before anybody was asked to log in; \
         most likely it is a rule against bots.",
        format!("Ask {} to let this hostname pass that rule.", known.admin()),
    )
    .on_stderr(format!(
        "a firewall rule, most likely against bots, stands before {}{ray}; ask {} to let it pass",
        known.name(host),
        known.admin()
    ))
}

pub(super) fn binding_cookie(name: &str, known: Known<'_>) -> Said {
    Said::new(
        format!("{name} does not take a login that was given a moment ago."),
        "Most likely the application ties logins to one browser by a binding cookie, and no other program can use them.",
        format!("Ask {} to turn the binding cookie off for this application.", known.admin()),
    )
    .on_stderr(format!(
        "{name} does not take a login that was given a moment ago, most likely because its binding cookie is on; \
         ask {} to turn it off",
        known.admin()
    ))
}

pub(super) fn websockets_off(host: &str, status: u16, known: Known<'_>) -> Said {
    Said::new(
        format!("{host} does not take WebSockets."),
        format!(
            "It answered with status {status}; most likely WebSockets are off for the domain at Cloudflare."
        ),
        format!("Ask {} to turn them on, under Network.", known.admin()),
    )
}

pub(super) fn no_tunnel(host: &str, status: u16) -> Said {
    Said::new(
        format!("{host} leads nowhere."),
        format!("Cloudflare knows the name, but not what it points at (status {status}, error 1016)."),
        "Ask who runs the machine whether its tunnel was removed or renamed.",
    )
}

pub(super) fn destination_missing(host: &str, destination: &str) -> Said {
    let destination = fact(destination, "the destination");
    Said::new(
        format!("{destination} cannot be reached behind {host}."),
        "The tunnel runs, but from there nothing takes the connection under that name and port.",
        "Check the destination, or ask who runs the machine.",
    )
}

pub(super) fn tunnel(said: &str) -> Said {
    let said = fact(said, "nothing more");
    Said::new(
        "Cloudflare refused to let this machine run the tunnel.",
        format!("It says: {said}."),
        "Take the tunnel's current credentials from Cloudflare's dashboard, or ask who made it.",
    )
    .on_stderr(format!(
        "Cloudflare refused the tunnel ({said}); take its current credentials from the dashboard, or ask who made it"
    ))
}
