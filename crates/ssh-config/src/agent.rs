//! The lines that make ssh ask Sallyport for a host's short-lived certificate.
//!
//! `IdentityAgent` names the agent's address for this host. `IdentitiesOnly no` goes with it: set to `yes`, as many
//! people have it for all hosts, it would keep ssh from using what only an agent has.

use std::collections::BTreeSet;

use crate::entry;
use crate::lines::{Directive, Line};
use crate::words::split;

const AGENT: &str = "IdentityAgent";
const ONLY: &str = "IdentitiesOnly";
/// What the folder of sockets, or a pipe, is called at its beginning.
const MARK: &str = "sallyport-agent";
/// Where pipes lie, in the spelling that no reader takes for escapes.
const PIPES: &str = "//./pipe/";

/// Where the lines of an agent stand in an entry.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct AgentLines {
    /// The agent of ours that ssh asks; nothing when it heeds another one first.
    pub(crate) address: Option<String>,
    /// Lines that are no options of a person's, in order.
    pub(crate) places: BTreeSet<usize>,
}

pub(crate) fn read(lines: &[Line]) -> AgentLines {
    let Some((_, first)) = entry::first(lines, AGENT) else { return AgentLines::default() };
    let address = String::from_utf8(first).ok().filter(|address| is_ours(address));
    let only = entry::first(lines, ONLY).filter(|(_, word)| word.eq_ignore_ascii_case(b"no"));
    let only = only.filter(|_| address.is_some()).map(|(at, _)| at);
    let is_agents = |it: &Directive<'_>| is_agents(&String::from_utf8_lossy(it.keyword()), it.value());
    let agents = entry::directives(lines).filter(|(_, it)| is_agents(it)).map(|(at, _)| at);
    AgentLines { address, places: agents.chain(only).collect() }
}

/// The two lines' keywords and values.
pub(crate) fn lines(address: &str) -> [(&'static str, String); 2] {
    [(AGENT, format!("\"{address}\"")), (ONLY, "no".to_owned())]
}

/// Whether a line with this keyword and value names an agent of ours, whatever stands behind the address.
pub(crate) fn is_agents(keyword: &str, value: &[u8]) -> bool {
    let address = split(value, 0..value.len()).into_iter().next();
    keyword.eq_ignore_ascii_case(AGENT) && address.is_some_and(|word| is_ours(&word.to_text()))
}

/// Whether an address is one at which Sallyport answers, spelled so that it stands for itself in the file.
pub(crate) fn is_ours(address: &str) -> bool {
    let is_plain = !address.chars().any(|it| it.is_control() || "\"\\$%~".contains(it));
    let is_marked = match address.strip_prefix(PIPES) {
        Some(pipe) => pipe.starts_with(MARK) && !pipe.contains('/'),
        None => {
            let mut parts = address.rsplit('/');
            let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            address.starts_with('/') && name.ends_with(".sock") && folder.starts_with(MARK)
        }
    };
    is_plain && is_marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_ours_are_ours() {
        for ours in [
            "/run/user/1000/sallyport/sallyport-agent/a.dev.sock",
            "/tmp/a b/sallyport-agent-12ab/77.sock",
            "//./pipe/sallyport-agent-ann-1f-a.dev",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for theirs in [
            "",
            "none",
            "SSH_AUTH_SOCK",
            "~/.1password/agent.sock",
            "~/sallyport-agent/a.sock",
            "sallyport-agent/a.sock",
            "/run/sallyport-agent/$HOME.sock",
            "/run/sallyport-agent/a\n.sock",
            "/run/sallyport-agent/a",
            "//./pipe/openssh-ssh-agent",
            "//./pipe/sallyport-agent/../x",
        ] {
            assert!(!is_ours(theirs), "{theirs}");
        }
    }
}
