//! Words for short-lived certificates and the agent that holds them.

use super::{Said, fact};

pub(super) fn no_agent(name: &str) -> Said {
    Said::new(
        format!("Nobody has the certificate of {name}."),
        "It is held in memory by Sallyport's window program or by sallyport agent, and neither runs.",
        "Open Sallyport, or run sallyport agent, then connect again.",
    )
    .on_stderr(format!("no agent has the certificate of {name}; open Sallyport, or run: sallyport agent"))
}

pub(super) fn other_account(name: &str, user: &str, principals: &[String]) -> Said {
    let user = fact(user, "another account");
    let listed = fact(&principals.join(", "), "no account");
    Said::new(
        format!("The certificate of {name} is not for {user}."),
        format!("It lets its holder log in as {listed}, and {name} is set to log in as {user}."),
        "Change the user of the host, unless its server maps names of its own.",
    )
    .on_stderr(format!(
        "the certificate of {name} is for {listed}, not for {user}; change the host's user if it is refused"
    ))
}
