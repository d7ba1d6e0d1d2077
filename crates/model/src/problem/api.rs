//! Words for what Cloudflare's API says no to.

use super::{Said, fact};
use crate::times;

pub(super) fn right(said: &str) -> Said {
    Said::new(
        "Cloudflare's API does not let these credentials do this.",
        format!("It says: {}.", fact(said, "no reason")),
        "Get new ones with sallyport tunnel login, or ask an admin of the account for the permission.",
    )
    .on_stderr(format!(
        "Cloudflare's API does not let these credentials do this ({}); get new ones with sallyport tunnel login, or ask \
         an admin of the account for the permission",
        fact(said, "no reason given")
    ))
}

pub(super) fn refused(said: &str) -> Said {
    Said::new(
        "Cloudflare's API does not do this.",
        format!("It says: {}.", fact(said, "no reason")),
        "Change what it names, then try again.",
    )
    .on_stderr(format!(
        "Cloudflare's API does not do this ({}); change what it names, then try again",
        fact(said, "no reason given")
    ))
}

pub(super) fn busy(seconds: u64) -> Said {
    let wait = times::precisely(seconds);
    Said::new(
        "Cloudflare's API was called too often.",
        "It takes so many calls in five minutes, and no more.",
        format!("Try again in {wait}."),
    )
}
