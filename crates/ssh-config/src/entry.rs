//! The entries of the block: which lines make up a host, and which are a person's own.
//!
//! An entry runs from its `Host` line to its last directive or indented line. Blank lines and unindented comments after
//! that stand between entries and belong to none, so removing a host leaves them.

use std::ops::Range;

use crate::agent;
use crate::host::{Host, is_option, is_option_value};
use crate::lines::{Directive, Line};
use crate::proxy_command::{ProxyCommand, destination};

/// The part of the block from one `Host` or `Match` line to the next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Section {
    /// Header and body, without the gap that follows.
    pub(crate) lines: Range<usize>,
    /// Where the next section begins.
    pub(crate) end: usize,
}

/// Every section, in order. Lines before the first header are in none.
pub(crate) fn sections(lines: &[Line]) -> Vec<Section> {
    let is_header = |line: &Line| line.directive().is_some_and(|it| it.is_header());
    let headers: Vec<usize> = (0..lines.len()).filter(|at| is_header(&lines[*at])).collect();
    let ends = headers.iter().copied().skip(1).chain([lines.len()]);
    headers.iter().zip(ends).map(|(start, end)| section(lines, *start, end)).collect()
}

fn section(lines: &[Line], start: usize, end: usize) -> Section {
    let belongs = |line: &Line| !line.is_blank() && (line.directive().is_some() || line.is_indented());
    let last = (start..end).rev().find(|at| belongs(&lines[*at])).unwrap_or(start);
    Section { lines: start..last + 1, end }
}

/// The hosts that these lines hold; of two entries with one name ssh heeds the first, and so does this.
pub(crate) fn hosts(lines: &[Line]) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for host in sections(lines).iter().filter_map(|section| host(&lines[section.lines.clone()])) {
        if !hosts.iter().any(|known| known.alias == host.alias) {
            hosts.push(host);
        }
    }
    hosts
}

/// The host of one entry, or nothing when a [`Host`] cannot say what stands there.
pub(crate) fn host(lines: &[Line]) -> Option<Host> {
    let header = lines.first()?.directive().filter(|it| it.is("Host"))?;
    let alias = text(&header.words().first()?.text)?;
    let port = match first(lines, "Port") {
        Some((_, value)) => Some(text(&value)?.parse().ok()?),
        None => None,
    };
    let word = |keyword| first(lines, keyword).map(|(_, value)| text(&value));
    let hostname = word("HostName").unwrap_or_else(|| Some(alias.clone()))?;
    let user = word("User").map_or(Some(None), |user| user.map(Some))?;
    let agent = agent::read(lines).address;
    let destination = directives(lines).find_map(|(_, it)| it.proxy_command()).and_then(destination);
    let options = options(lines).into_iter().map(|(_, keyword, value)| (keyword, value)).collect();
    let host = Host { alias, hostname, user, port, destination, agent, options };
    host.validate().ok().map(|()| host)
}

/// The first line with `keyword`, the one that ssh heeds, and its first word.
pub(crate) fn first(lines: &[Line], keyword: &str) -> Option<(usize, Vec<u8>)> {
    directives(lines).find(|(_, directive)| directive.is(keyword)).map(|(at, directive)| {
        let word = directive.words().into_iter().next();
        (at, word.map(|it| it.text).unwrap_or_default())
    })
}

/// The lines that are [`Host::options`], each with its place.
pub(crate) fn options(lines: &[Line]) -> Vec<(usize, String, String)> {
    let agent = agent::read(lines);
    directives(lines)
        .filter(|(at, _)| !agent.places.contains(at))
        .filter_map(|(at, directive)| Some((at, text(directive.keyword())?, text(directive.value())?)))
        .filter(|(_, keyword, value)| is_option(keyword) && is_option_value(value))
        .collect()
}

/// Who decides how ssh reaches a host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// Nobody.
    None,
    /// A command of ours, in this line.
    Ours(usize),
    /// A command that a person wrote.
    Theirs,
}

pub(crate) fn way(lines: &[Line]) -> Way {
    let command = directives(lines).find_map(|(at, it)| it.proxy_command().map(|value| (at, value)));
    match command {
        None => Way::None,
        Some((at, value)) if ProxyCommand::read(value).is_some() => Way::Ours(at),
        Some(_) => Way::Theirs,
    }
}

pub(crate) fn directives(lines: &[Line]) -> impl Iterator<Item = (usize, Directive<'_>)> {
    lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.directive()?)))
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Text;

    fn read(text: &str) -> Vec<Host> {
        hosts(&Text::parse(text.as_bytes()).lines)
    }

    #[test]
    fn reads_a_host_as_ssh_would() {
        let text = "host \"build-01\" b1 # mine\n\tHOSTNAME=build-01.acme.dev\n  user = ada.park\n  Port 2222\n  \
                    HostName late.acme.dev\n  # a note\n  ServerAliveInterval 30\n  IdentityFile \"~/my id\"\n";
        let expected = Host {
            options: vec![
                ("ServerAliveInterval".into(), "30".into()),
                ("IdentityFile".into(), "\"~/my id\"".into()),
            ],
            ..Host::new("build-01", "build-01.acme.dev")
                .unwrap()
                .with_user("ada.park")
                .unwrap()
                .with_port(2222)
        };
        assert_eq!(read(text), [expected]);
    }

    #[test]
    fn the_name_stands_in_for_a_missing_hostname() {
        assert_eq!(read("Host a.b.dev\n  User x\n")[0].hostname, "a.b.dev");
    }

    #[test]
    fn of_one_name_the_first_entry_counts() {
        assert_eq!(
            read("Host a\n HostName x.dev\nHost a\n HostName y.dev\n"),
            [Host::new("a", "x.dev").unwrap()]
        );
    }

    #[test]
    fn what_no_host_can_say_is_not_one() {
        for text in [
            "Host *\n HostName a.dev\n",
            "Host !a b\n",
            "Host\n",
            "Match host a\n HostName a.dev\n",
            "Host a\n HostName %h.dev\n",
            "Host a\n Port many\n",
            "Host a\n User\n",
        ] {
            assert_eq!(read(text), [], "{text:?}");
        }
        assert_eq!(hosts(&Text::parse(b"Host \xff\n").lines), []);
    }

    #[test]
    fn gaps_belong_to_no_entry() {
        let text = Text::parse(b"# top\nHost a\n  User x\n  # note\n\n# about b\nHost b\n\nMatch all\n");
        let lines: Vec<_> = sections(&text.lines).into_iter().map(|it| (it.lines, it.end)).collect();
        assert_eq!(lines, [(1..4, 6), (6..7, 8), (8..9, 9)]);
    }
}
