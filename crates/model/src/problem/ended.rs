//! Words for a connection that ended before its time.

use super::{Said, fact};
use crate::{Words, times};

pub(super) fn cut(name: &str, detail: &str) -> Said {
    let detail = fact(detail, "the network went away");
    Said::new(
        format!("The connection to {name} was cut."),
        format!("It ended before either side closed it: {detail}."),
        "Connect again.",
    )
    .on_stderr(format!("the connection to {name} was cut ({detail}); connect again"))
}

pub(super) fn edge_restarted(name: &str) -> Said {
    Said::new(
        format!("Cloudflare restarted under the connection to {name}."),
        "It does so now and then, and nothing is wrong on this side or on the machine's.",
        "Connect again.",
    )
}

pub(super) fn idle_too_long(name: &str, seconds: u64) -> Said {
    let quiet = times::precisely(seconds);
    Said::new(
        format!("The connection to {name} was ended while it was idle."),
        format!("Nothing had moved for {quiet}; most likely something on the way ends idle connections."),
        "Connect again; ServerAliveInterval 30 in the ssh config keeps connections moving.",
    )
    .on_stderr(format!(
        "the connection to {name} was ended after {quiet} in which nothing moved; \
         connect again, or set ServerAliveInterval 30 in the ssh config"
    ))
}

pub(super) fn path_dead(name: &str) -> Said {
    Said::new(
        format!("Nothing comes back from {name} any more."),
        "The connection stands here, but what is sent is not answered: the network on the way went away.",
        "Check your network, then connect again.",
    )
}

pub(super) fn network_changed(name: &str) -> Said {
    Said::new(
        format!("The network changed, and the connection to {name} did not survive it."),
        "This computer got another address or another way out; a connection belongs to the old one.",
        "Connect again.",
    )
}

pub(super) fn machine_slept(name: &str, words: &Words) -> Said {
    let machine = words.machine.strip_prefix("this ").unwrap_or(&words.machine);
    Said::new(
        format!("This {machine} slept, and the connection to {name} did not survive it."),
        "The other side gives up a connection that does not answer for a while.",
        "Connect again.",
    )
}
