//! The block with other hosts in it: lines that are right stay, lines that are wrong are replaced, the rest is added.
//!
//! *Invariant:* the lines before and after the block come out as they went in. Two things keep their meaning: `Match all`
//! ends the block, and also stands in where a block is taken out from between an entry and options that are not its own.

use crate::agent;
use crate::block::{BEGIN, CLOSING, END, Parts};
use crate::entry::{self, Section, Way, sections};
use crate::host::{Host, InvalidHost};
use crate::lines::Line;
use crate::proxy_command::towards;

/// All lines of the file, with exactly these hosts in the block.
pub(crate) fn with_hosts(
    parts: &Parts<'_>,
    hosts: &[Host],
    command: &str,
    ending: &'static str,
) -> Result<Vec<Line>, InvalidHost> {
    refuse_duplicates(hosts)?;
    let mut inside = Inside { lines: parts.inside.clone(), ending };
    inside.keep_only(hosts);
    if hosts.is_empty() {
        return Ok(without_block(parts, inside));
    }
    hosts.iter().try_for_each(|host| inside.put(host, command))?;
    inside.close();
    Ok(with_block(parts, inside))
}

/// `inside` between fences, at the top: nothing that ssh reads may come before it, for the first value wins.
fn with_block(parts: &Parts<'_>, inside: Inside) -> Vec<Line> {
    let ending = inside.ending;
    let new = (Line::new(BEGIN, ending), Line::new(END, ending));
    let (begin, end) = parts.fences.map_or(new, |(begin, end)| (begin.clone(), end.clone()));
    let is_at_top = entry::directives(parts.before).next().is_none();
    if is_at_top {
        let before = parts.before.iter().cloned();
        return before
            .chain([begin])
            .chain(inside.lines)
            .chain([end])
            .chain(parts.behind.iter().cloned())
            .collect();
    }
    let outside = joined(parts.before.to_vec(), parts.behind, ending);
    [begin].into_iter().chain(inside.lines).chain([end.closed(ending)]).chain(outside).collect()
}

/// The file without fences; what a person wrote between them stays.
fn without_block(parts: &Parts<'_>, mut inside: Inside) -> Vec<Line> {
    inside.open();
    let before = parts.before.iter().cloned().chain(inside.lines).collect();
    joined(before, parts.behind, inside.ending)
}

/// Both runs of lines, so that leading options of the second do not fall to the last entry of the first.
fn joined(before: Vec<Line>, behind: &[Line], ending: &str) -> Vec<Line> {
    let applies_to_all = sections(&before).last().is_none_or(|last| is_match_all(&before, last));
    let starts_with_option = entry::directives(behind).next().is_some_and(|(_, it)| !it.is_header());
    let bridge = (!applies_to_all && starts_with_option).then(|| Line::new(CLOSING, ending));
    before.into_iter().chain(bridge).chain(behind.iter().cloned()).collect()
}

fn is_match_all(lines: &[Line], section: &Section) -> bool {
    lines[section.lines.start].directive().is_some_and(|it| it.is_match_all())
}

fn refuse_duplicates(hosts: &[Host]) -> Result<(), InvalidHost> {
    let twice =
        hosts.iter().enumerate().find(|(at, host)| hosts[..*at].iter().any(|it| it.alias == host.alias));
    match twice {
        Some((_, host)) => Err(InvalidHost::Duplicate { alias: host.alias.clone() }),
        None => Ok(()),
    }
}

/// The lines between the fences.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    pub(crate) lines: Vec<Line>,
    pub(crate) ending: &'static str,
}

impl Inside {
    /// Ends the block with a section that applies to every host, if it does not yet.
    pub(crate) fn close(&mut self) {
        if sections(&self.lines).last().is_some_and(|last| is_match_all(&self.lines, last)) {
            return;
        }
        if self.lines.last().is_some_and(|line| !line.is_blank()) {
            self.lines.push(self.blank());
        }
        self.lines.push(Line::new(CLOSING, self.ending));
    }

    /// Takes the closing line away, and the blank lines at both ends.
    fn open(&mut self) {
        let closing = sections(&self.lines).pop().filter(|last| is_match_all(&self.lines, last));
        if let Some(bare) = closing.filter(|last| last.lines.len() == 1) {
            self.lines.remove(bare.lines.start);
        }
        let end = self.lines.iter().rposition(|line| !line.is_blank()).map_or(0, |last| last + 1);
        let start = self.lines.iter().position(|line| !line.is_blank()).unwrap_or(end);
        self.lines = self.lines[start..end].to_vec();
    }

    fn keep_only(&mut self, hosts: &[Host]) {
        let is_gone = |host: &Host| !hosts.iter().any(|kept| kept.alias == host.alias);
        while let Some(section) = self.find(is_gone) {
            let has_gap = self.lines.get(section.lines.end).is_some_and(Line::is_blank);
            self.lines.drain(section.lines.start..section.lines.end + usize::from(has_gap));
        }
    }

    fn put(&mut self, host: &Host, command: &str) -> Result<(), InvalidHost> {
        let command = &towards(command, host.destination.as_deref());
        let Some(section) = self.find(|it| it.alias == host.alias) else {
            host.validate()?;
            self.insert(host, command);
            return Ok(());
        };
        let mut entry = Entry { lines: self.lines[section.lines.clone()].to_vec(), ending: self.ending };
        entry.become_host(host, command)?;
        self.lines.splice(section.lines, entry.lines);
        Ok(())
    }

    fn find(&self, is_wanted: impl Fn(&Host) -> bool) -> Option<Section> {
        let host = |section: &Section| entry::host(&self.lines[section.lines.clone()]);
        sections(&self.lines).into_iter().find(|section| host(section).is_some_and(|it| is_wanted(&it)))
    }

    /// Adds an entry after the last of ours, so that it stands before what a person wrote into the block.
    fn insert(&mut self, host: &Host, command: &str) {
        let sections = sections(&self.lines);
        let is_ours = |section: &&Section| entry::host(&self.lines[section.lines.clone()]).is_some();
        let lines = Entry::new(host, command, self.ending).lines;
        match sections.iter().rev().find(is_ours).map(|last| last.lines.end) {
            Some(at) => self.splice(at, [self.blank()].into_iter().chain(lines)),
            None => self.splice(sections.first().map_or(self.lines.len(), |it| it.lines.start), lines),
        }
    }

    fn splice(&mut self, at: usize, lines: impl IntoIterator<Item = Line>) {
        let gap = self.lines.get(at).is_none_or(|next| !next.is_blank()).then(|| self.blank());
        self.lines.splice(at..at, lines.into_iter().chain(gap));
    }

    fn blank(&self) -> Line {
        Line::new("", self.ending)
    }
}

/// The order in which a new entry's lines stand.
const ORDER: [&str; 6] = ["HostName", "User", "Port", "IdentityAgent", "IdentitiesOnly", "ProxyCommand"];

/// The lines of one host.
#[derive(Clone, Debug)]
struct Entry {
    lines: Vec<Line>,
    ending: &'static str,
}

impl Entry {
    fn new(host: &Host, command: &str, ending: &'static str) -> Self {
        let mut entry = Self { lines: vec![Line::new(&format!("Host {}", host.alias), ending)], ending };
        entry.set("HostName", Some(&host.hostname));
        entry.set("User", host.user.as_deref());
        entry.set("Port", host.port.map(|port| port.to_string()).as_deref());
        entry.set_agent(host.agent.as_deref());
        entry.set("ProxyCommand", Some(command));
        entry.append(&host.options);
        entry
    }

    /// Changes the lines that say otherwise than `wanted`. A command that a person wrote stays: ssh's check tells of it.
    fn become_host(&mut self, wanted: &Host, command: &str) -> Result<(), InvalidHost> {
        let current = entry::host(&self.lines);
        if current.as_ref() != Some(wanted) {
            wanted.validate()?;
        }
        if current.as_ref().map(|it| &it.hostname) != Some(&wanted.hostname) {
            self.set("HostName", Some(&wanted.hostname));
        }
        if current.as_ref().map(|it| &it.user) != Some(&wanted.user) {
            self.set("User", wanted.user.as_deref());
        }
        if current.as_ref().map(|it| it.port) != Some(wanted.port) {
            self.set("Port", wanted.port.map(|port| port.to_string()).as_deref());
        }
        let said = current.as_ref().map(|it| (&it.agent, &it.options));
        if said != Some((&wanted.agent, &wanted.options)) {
            // First of all: one that stands behind a person's would come to the front when that person's goes.
            self.remove(agent::read(&self.lines).places);
            self.set_options(&wanted.options);
            self.set_agent(wanted.agent.as_deref());
        }
        self.set_command(command);
        Ok(())
    }

    /// Names an agent of ours in an entry that names none. One that a person named is an option of theirs, and stays
    /// behind ours.
    fn set_agent(&mut self, address: Option<&str>) {
        for (keyword, value) in address.map(agent::lines).into_iter().flatten() {
            match entry::first(&self.lines, keyword) {
                Some((theirs, _)) => self.lines.insert(theirs, self.line(keyword, &value)),
                None => self.insert(keyword, &value),
            }
        }
    }

    fn set_command(&mut self, command: &str) {
        match entry::way(&self.lines) {
            Way::None => self.insert("ProxyCommand", command),
            Way::Ours(at) => self.replace_value(at, command),
            Way::Theirs => {}
        }
    }

    fn set(&mut self, keyword: &str, value: Option<&str>) {
        match (entry::first(&self.lines, keyword), value) {
            (Some((at, _)), Some(value)) => self.replace_word(at, value),
            (Some(_), None) => self.lines.retain(|line| !line.directive().is_some_and(|it| it.is(keyword))),
            (None, Some(value)) => self.insert(keyword, value),
            (None, None) => {}
        }
    }

    /// Changes values in place where the keywords are the same, keeps the lines that are right where they are not, and
    /// writes all options anew only when their order would come out wrong.
    fn set_options(&mut self, wanted: &[(String, String)]) {
        let current = entry::options(&self.lines);
        if current.iter().map(|it| &it.1).eq(wanted.iter().map(|it| &it.0)) {
            current.iter().zip(wanted).for_each(|((at, ..), (_, value))| self.replace_value(*at, value));
            return;
        }
        let mut missing = wanted.to_vec();
        let surplus = current.into_iter().filter(|(_, keyword, value)| {
            let found = missing.iter().position(|it| it.0 == *keyword && it.1 == *value);
            found.map(|at| missing.remove(at)).is_none()
        });
        let surplus: Vec<usize> = surplus.map(|(at, ..)| at).collect();
        self.remove(surplus);
        self.append(&missing);
        if !entry::options(&self.lines)
            .into_iter()
            .map(|(_, keyword, value)| (keyword, value))
            .eq(wanted.iter().cloned())
        {
            self.remove(entry::options(&self.lines).into_iter().map(|(at, ..)| at).collect::<Vec<_>>());
            self.append(wanted);
        }
    }

    /// Takes away the lines at these places, which are in order.
    fn remove(&mut self, places: impl IntoIterator<Item = usize, IntoIter: DoubleEndedIterator>) {
        places.into_iter().rev().for_each(|at| drop(self.lines.remove(at)));
    }

    fn append(&mut self, options: &[(String, String)]) {
        for (keyword, value) in options {
            self.lines.push(self.line(keyword, value));
        }
    }

    fn insert(&mut self, keyword: &str, value: &str) {
        let earlier = ORDER.iter().take_while(|it| **it != keyword);
        let after =
            earlier.filter_map(|it| entry::first(&self.lines, it)).map(|(at, _)| at).max().unwrap_or(0);
        self.lines.insert(after + 1, self.line(keyword, value));
    }

    fn replace_word(&mut self, at: usize, value: &str) {
        let word = self.lines[at].directive().and_then(|it| it.words().into_iter().next());
        if let Some(word) = word {
            self.lines[at] = self.lines[at].replaced(word.range, value);
        }
    }

    fn replace_value(&mut self, at: usize, value: &str) {
        let range = self.lines[at].directive().map(|it| it.value_range());
        if let Some(range) = range {
            self.lines[at] = self.lines[at].replaced(range, value);
        }
    }

    /// A new line, indented as the entry's lines are.
    fn line(&self, keyword: &str, value: &str) -> Line {
        let known = entry::directives(&self.lines).nth(1).map(|(_, it)| String::from_utf8_lossy(it.indent()));
        Line::new(&format!("{}{keyword} {value}", known.as_deref().unwrap_or("  ")), self.ending)
    }
}
