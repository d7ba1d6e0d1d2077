//! Words for what fails on the way to the edge and behind it.

use super::{Said, fact};

pub(super) fn no_such_name(host: &str) -> Said {
    Said::new(
        format!("{host} has no DNS record."),
        "It may have been renamed or removed.",
        "Check the name, or edit the host.",
    )
}

pub(super) fn unreachable(host: &str, detail: &str) -> Said {
    Said::new(
        format!("{host} cannot be reached."),
        format!("The name is known, but no connection came about: {}.", fact(detail, "nothing answered")),
        "Check your network, then try again.",
    )
}

pub(super) fn strange_answer(host: &str, detail: &str) -> Said {
    let how = fact(detail, "it is not in its protocol");
    Said::new(
        format!("The answer of {host} cannot be understood."),
        format!("A connection came about, but what was said on it is not what Cloudflare says: {how}."),
        "Try again; if it stays so, try another network.",
    )
    .on_stderr(format!(
        "the answer of {host} cannot be understood ({how}); try again; if it stays so, try another network"
    ))
}

pub(super) fn proxy_unreachable(proxy: &str, detail: &str) -> Said {
    Said::new(
        format!("The proxy at {proxy} cannot be reached."),
        format!("Connections to the outside go through it: {}.", fact(detail, "nothing answered")),
        "Check its address and your network, then try again.",
    )
}

pub(super) fn proxy_needs_password(proxy: &str) -> Said {
    Said::new(
        format!("A proxy at {proxy} wants a password."),
        "It got none, or does not accept the one it got.",
        "Put user and password into its address, in the settings or in HTTPS_PROXY, then try again.",
    )
}

pub(super) fn proxy_refused(proxy: &str, host: &str, said: &str) -> Said {
    Said::new(
        format!("The proxy at {proxy} does not connect to {host}."),
        format!(
            "Connections to the outside go through it, and it said no: {}.",
            fact(said, "without a reason")
        ),
        format!(
            "Ask who runs it to let {host} pass, or name the host in NO_PROXY if it can be reached directly."
        ),
    )
}

pub(super) fn timed_out(host: &str, step: &str, seconds: u64) -> Said {
    Said::new(
        format!("{host} did not answer within {seconds} s."),
        format!("Sallyport waited for {}.", fact(step, "an answer")),
        "Check your network, then try again.",
    )
}

pub(super) fn untrusted_certificate(host: &str) -> Said {
    Said::new(
        "Something on this network opens encrypted traffic.",
        format!("The certificate of {host} comes from an authority that is not trusted here."),
        "Add its certificate authority if your company runs it, or change networks.",
    )
    .on_stderr(format!(
        "the certificate of {host} is not trusted, something on this network may open encrypted traffic; \
         add its certificate authority if your company runs it, or change networks"
    ))
}

pub(super) fn tls_inspected(host: &str, issuer: &str) -> Said {
    let issuer = fact(issuer, "an unknown authority");
    Said::new(
        "Something on this network opens encrypted traffic.",
        format!("The certificate shown for {host} was signed by {issuer}, which is not trusted here."),
        "Add that authority to this computer's if your company runs it, or change networks.",
    )
    .on_stderr(format!(
        "the certificate shown for {host} was signed by {issuer}, which is not trusted here: something on this \
         network opens encrypted traffic; add that authority to this computer's if your company runs it, or change \
         networks"
    ))
}

pub(super) fn captive_portal(host: &str, portal: Option<&str>) -> Said {
    let at = portal.map_or_else(String::new, |portal| format!(" at {portal}"));
    Said::new(
        "This network wants you to sign in first.",
        format!("It answers in the place of {host} until somebody has visited its own page{at}."),
        "Open any web page, sign in to the network, then try again.",
    )
    .on_stderr(format!(
        "this network wants you to sign in to it first{at}, until then {host} cannot be reached; \
         open any web page, then try again"
    ))
}

pub(super) fn upgrade_refused(host: &str, status: u16) -> Said {
    Said::new(
        format!("{host} does not speak ssh here."),
        format!("It answered with status {status}, as a web page would; ssh may not be offered there."),
        "Check the hostname, or ask who runs it.",
    )
}

pub(super) fn tunnel_down(host: &str, status: u16) -> Said {
    Said::new(
        "The server's tunnel is not running.",
        format!("Cloudflare answered for {host}, the machine behind it did not (status {status})."),
        "Try again later, or ask who runs the machine.",
    )
    .on_stderr(format!("the tunnel of {host} is not running; try again later, or ask who runs the machine"))
}

pub(super) fn origin_refused(host: &str, status: u16) -> Said {
    Said::new(
        "The machine is up, but its SSH server is not answering.",
        format!(
            "The tunnel of {host} runs, and reports that nothing takes the connection (status {status})."
        ),
        "Try again, or ask who runs the machine to start its SSH server.",
    )
    .on_stderr(format!(
        "the machine behind {host} is up, but its SSH server is not answering; \
         try again, or ask who runs the machine"
    ))
}

pub(super) fn edge_trouble(host: &str, status: u16) -> Said {
    Said::new(
        format!("Cloudflare is having trouble (error {status})."),
        format!("The request for {host} was understood; there is nothing to mend here."),
        "Try again in a minute.",
    )
}
