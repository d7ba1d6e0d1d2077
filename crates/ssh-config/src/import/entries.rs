//! From the sections of a person's files to hosts of ours: what each entry for cloudflared comes to.

use std::collections::BTreeSet;

use wire::{LeftAlone, Replaced};

use super::command::{Carry, Meant, expanded, meant};
use super::conditions::{Conditions, hostname};
use super::pattern::is_pattern;
use super::reading::Reading;
use super::{Found, Verdict};
use crate::host::{Host, is_option, is_option_value};
use crate::lines::Directive;

/// Keywords of which ssh heeds every line and not just the first.
const GATHERED: [&str; 6] =
    ["IdentityFile", "CertificateFile", "LocalForward", "RemoteForward", "DynamicForward", "SendEnv"];
/// How the files of a certificate that cloudflared fetches are called.
const KEY_FILE: &str = "-cf_key";

/// Where ssh asks for the certificate of a hostname.
pub(super) type Agent<'a> = &'a dyn Fn(&str) -> String;

/// Every entry that uses cloudflared, in the order in which ssh reads them.
pub(super) fn found(reading: &Reading, agent: Agent<'_>) -> Vec<Found> {
    let entries = Entries { reading, agent };
    let meanings: Vec<Meant> = (0..reading.sections.len()).map(|at| entries.meaning(at)).collect();
    let mut partners = BTreeSet::new();
    let mut all: Vec<(usize, Found)> = Vec::new();
    let is_pair = |at: &usize| matches!(meanings[*at], Meant::SignThenPipe(_));
    for at in (0..meanings.len()).filter(is_pair) {
        let (found, used) = entries.judged(at, &meanings);
        partners.extend(used.into_iter().filter(|it| *it != at));
        all.push((at, found));
    }
    for at in (0..meanings.len()).filter(|at| !is_pair(at) && !partners.contains(at)) {
        if meanings[at] != Meant::Foreign {
            all.push((at, entries.judged(at, &meanings).0));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, found)| found).collect()
}

struct Entries<'a> {
    reading: &'a Reading,
    agent: Agent<'a>,
}

/// A name that a person types, and what ssh makes of it before it runs a command.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Name {
    alias: String,
    hostname: String,
}

/// What a section becomes.
struct Taken {
    hosts: Vec<Host>,
    replaced: Replaced,
    used: Vec<usize>,
}

impl Entries<'_> {
    /// What the command of a section is about, its `Match exec` included.
    fn meaning(&self, at: usize) -> Meant {
        let command = self.reading.directives(at).find_map(|(_, it)| it.proxy_command().map(<[u8]>::to_vec));
        let carries = command.map_or(Meant::Foreign, |value| meant(&String::from_utf8_lossy(&value)));
        if carries != Meant::Foreign {
            return carries;
        }
        match Conditions::of(self.reading, at).and_then(|it| it.exec).map(|it| meant(&it)) {
            Some(Meant::Sign(_) | Meant::Left(_)) => Meant::Left(LeftAlone::Condition),
            Some(other) => other,
            None => Meant::Foreign,
        }
    }

    fn judged(&self, at: usize, meanings: &[Meant]) -> (Found, Vec<usize>) {
        let section = &self.reading.sections[at];
        let taken = self.taken(at, meanings);
        let used = taken.as_ref().map_or_else(|_| vec![at], |taken| taken.used.clone());
        let place = |section: usize| {
            let section = &self.reading.sections[section];
            section.lines.iter().map(|line| (section.file, *line)).collect::<Vec<_>>()
        };
        let header = self.reading.header(at);
        let words = header.map(|it| it.words()).unwrap_or_default();
        let is_match = self.reading.header(at).is_some_and(|it| it.is("Match"));
        let names = match Conditions::of(self.reading, at).filter(|_| is_match).and_then(|it| it.names) {
            Some(names) => names,
            None => words.iter().map(|word| word.to_text()).collect(),
        };
        let found = Found {
            names,
            file: self.reading.files[section.file].path().to_owned(),
            line: section.header.or_else(|| section.lines.first().copied()).unwrap_or_default() + 1,
            places: used.iter().flat_map(|it| place(*it)).collect(),
            verdict: match taken {
                Ok(Taken { hosts, replaced, .. }) => Verdict::Taken { hosts, replaced },
                Err(why) => Verdict::Left(why),
            },
        };
        (found, used)
    }

    fn taken(&self, at: usize, meanings: &[Meant]) -> Result<Taken, LeftAlone> {
        self.admit(at)?;
        match &meanings[at] {
            Meant::Carry(carry) => {
                let exec = Conditions::of(self.reading, at).and_then(|it| it.exec).map(|it| meant(&it));
                let sign = match exec {
                    None => None,
                    Some(Meant::Sign(hostname)) => Some(hostname),
                    Some(_) => return Err(LeftAlone::Condition),
                };
                self.carried(at, carry, sign.as_deref())
            }
            Meant::SignThenPipe(pipe) => self.piped(at, pipe, meanings),
            Meant::Left(why) => Err(self.names(at).err().unwrap_or_else(|| why.clone())),
            Meant::Sign(_) | Meant::Foreign => Err(LeftAlone::OtherCommand),
        }
    }

    /// Whether the section's lines may change at all.
    fn admit(&self, at: usize) -> Result<(), LeftAlone> {
        let section = &self.reading.sections[at];
        let file = &self.reading.files[section.file];
        if section.nested || section.includes {
            return Err(LeftAlone::Condition);
        }
        if section.file > 0 && file.snapshot.test_writable().is_err() {
            return Err(LeftAlone::ReadOnly { path: file.path().display().to_string() });
        }
        Ok(())
    }

    fn carried(&self, at: usize, carry: &Carry, sign: Option<&str>) -> Result<Taken, LeftAlone> {
        let mut hosts = Vec::new();
        for name in self.names(at)? {
            hosts.push(self.host(at, &name, carry, &[at], sign)?);
        }
        let replaced = match (sign, carry.destination.is_some()) {
            (Some(_), _) => Replaced::Certificate,
            (None, true) => Replaced::Bastion,
            (None, false) => Replaced::Command,
        };
        Ok(Taken { hosts, replaced, used: vec![at] })
    }

    /// The old way of two entries: the first fetches the certificate, the second carries.
    fn piped(&self, at: usize, pipe: &str, meanings: &[Meant]) -> Result<Taken, LeftAlone> {
        let mut taken = Taken { hosts: Vec::new(), replaced: Replaced::Certificate, used: vec![at] };
        for name in self.names(at)? {
            let alias = expanded(pipe, &name.hostname, &name.alias, 22).ok_or(LeftAlone::OtherCommand)?;
            let partner = self
                .reading
                .sections_of(&alias)
                .into_iter()
                .find(|it| matches!(meanings[*it], Meant::Carry(Carry { destination: None, .. })));
            let (Some(partner), false) = (partner, is_pattern(&alias)) else {
                return Err(LeftAlone::OtherCommand);
            };
            self.admit(partner)?;
            let Meant::Carry(carry) = &meanings[partner] else { return Err(LeftAlone::OtherCommand) };
            let partners = self.names(partner)?;
            let [second] = partners.as_slice() else { return Err(LeftAlone::OtherCommand) };
            let hostname = expanded(&carry.hostname, &second.hostname, &second.alias, 22);
            let carry = Carry { hostname: hostname.ok_or(LeftAlone::OtherCommand)?, destination: None };
            taken.hosts.push(self.host(at, &name, &carry, &[at, partner], Some(&carry.hostname))?);
            taken.used.push(partner);
            taken.used.extend(self.behind(partner, &alias, meanings)?);
        }
        Ok(taken)
    }

    /// Further entries for the name of a second entry: ssh would heed one of them as soon as that one is a comment.
    fn behind(&self, partner: usize, alias: &str, meanings: &[Meant]) -> Result<Vec<usize>, LeftAlone> {
        let mut behind = Vec::new();
        for at in (0..meanings.len()).filter(|at| *at != partner && self.admit(*at).is_ok()) {
            let Ok(names) = self.names(at) else { continue };
            match &meanings[at] {
                Meant::Carry(_) | Meant::SignThenPipe(_) if names.iter().any(|it| it.alias == alias) => {
                    let is_alone = names.len() == 1 && matches!(meanings[at], Meant::Carry(_));
                    if !is_alone {
                        return Err(LeftAlone::OtherCommand);
                    }
                    behind.push(at);
                }
                Meant::Carry(_)
                | Meant::SignThenPipe(_)
                | Meant::Sign(_)
                | Meant::Left(_)
                | Meant::Foreign => {}
            }
        }
        Ok(behind)
    }

    /// The host that one name becomes, with the facts of these sections as far as ssh heeds them.
    fn host(
        &self,
        at: usize,
        name: &Name,
        carry: &Carry,
        sections: &[usize],
        sign: Option<&str>,
    ) -> Result<Host, LeftAlone> {
        self.refuse_shadowed(at, &name.alias)?;
        let effective = |keyword| self.reading.effective(&name.alias, at, keyword);
        let own = |keyword| effective(keyword).filter(|(section, _)| *section == at).map(|(_, value)| value);
        let port: Option<u16> = match effective("Port") {
            Some((_, port)) => Some(port.parse().map_err(|_| unwritable("its port is no number"))?),
            None => None,
        };
        let filled = |text: &str| expanded(text, &name.hostname, &name.alias, port.unwrap_or(22));
        let hostname = bare(&filled(&carry.hostname).ok_or(LeftAlone::OtherCommand)?)?;
        let destination = match &carry.destination {
            Some(text) => Some(filled(text).ok_or(LeftAlone::OtherCommand)?),
            None => None,
        };
        let agent = match sign {
            Some(sign) if bare(&filled(sign).ok_or(LeftAlone::OtherCommand)?)? == hostname => {
                Some((self.agent)(&hostname))
            }
            Some(_) => return Err(LeftAlone::OtherCommand),
            None => None,
        };
        let mut options = self.options(at, name, sections, agent.is_some())?;
        // What ssh knows the machine's key by stays, although it now hears another hostname.
        if !hostname.eq_ignore_ascii_case(&name.hostname) && effective("HostKeyAlias").is_none() {
            options.push(("HostKeyAlias".to_owned(), known_as(&name.hostname, port)));
        }
        let is_own_port = own("Port").is_some();
        let host = Host {
            alias: name.alias.clone(),
            hostname,
            user: own("User"),
            port: port.filter(|_| is_own_port),
            destination,
            agent,
            options,
        };
        host.validate().map_err(|error| unwritable(&error.to_string()))?;
        Ok(host)
    }

    /// Of two commands ssh heeds the first, and a jump host is a command.
    fn refuse_shadowed(&self, at: usize, alias: &str) -> Result<(), LeftAlone> {
        for keyword in ["ProxyCommand", "ProxyJump"] {
            match self.reading.effective(alias, at, keyword) {
                Some((section, _)) if section < at => {
                    let line = self.reading.sections[section].header.unwrap_or_default() + 1;
                    return Err(LeftAlone::EarlierEntry { line });
                }
                Some((section, _)) if section == at && keyword == "ProxyJump" => {
                    return Err(LeftAlone::OtherCommand);
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// The further lines of the sections, without those that only the old way needs and those that ssh does not heed.
    fn options(
        &self,
        at: usize,
        name: &Name,
        sections: &[usize],
        certificate: bool,
    ) -> Result<Vec<(String, String)>, LeftAlone> {
        let mut options = Vec::new();
        for (section, (_, line)) in
            sections.iter().flat_map(|it| self.reading.directives(*it).map(move |line| (*it, line)))
        {
            let Some((keyword, value)) = text_of(&line) else {
                return Err(unwritable("a line has bytes that are no text"));
            };
            if !is_option(&keyword) || (certificate && is_of_old_certificate(&line)) {
                continue;
            }
            let is_gathered = GATHERED.iter().any(|it| it.eq_ignore_ascii_case(&keyword));
            let is_heeded = || self.reading.effective(&name.alias, at, &keyword).is_some_and(|it| it.0 == at);
            if !is_gathered && section == at && !is_heeded() {
                continue;
            }
            if !is_option_value(&value) || value.contains("%%h") {
                return Err(unwritable(&format!("the value of {keyword}")));
            }
            options.push((keyword, value.replace("%h", &name.hostname)));
        }
        Ok(options)
    }

    /// The names that a person types to get to a section.
    fn names(&self, at: usize) -> Result<Vec<Name>, LeftAlone> {
        let header = self.reading.header(at).ok_or(LeftAlone::ManyHosts)?;
        let aliases = if header.is("Host") {
            header.words().iter().map(|word| word.to_text()).collect()
        } else {
            Conditions::of(self.reading, at).ok_or(LeftAlone::Condition)?.aliases(self.reading)?
        };
        if aliases.iter().any(|alias| is_pattern(alias)) {
            return Err(LeftAlone::ManyHosts);
        }
        let mut names: Vec<Name> = Vec::new();
        for alias in aliases {
            let hostname = hostname(self.reading, &alias, at).ok_or_else(|| unwritable("its HostName"))?;
            if !names.iter().any(|name| name.alias == alias) {
                names.push(Name { alias, hostname });
            }
        }
        if names.is_empty() { Err(LeftAlone::Condition) } else { Ok(names) }
    }
}

/// A hostname without what a URL may have around it.
fn bare(hostname: &str) -> Result<String, LeftAlone> {
    let rest = ["https://", "http://"].iter().find_map(|it| hostname.strip_prefix(it)).unwrap_or(hostname);
    Ok(rest.strip_suffix('/').unwrap_or(rest).to_owned())
}

/// The name under which ssh keeps the key of a machine.
fn known_as(hostname: &str, port: Option<u16>) -> String {
    match port {
        None | Some(22) => hostname.to_owned(),
        Some(port) => format!("[{hostname}]:{port}"),
    }
}

fn is_of_old_certificate(line: &Directive<'_>) -> bool {
    let is_file = line.is("IdentityFile") || line.is("CertificateFile");
    let is_key = || String::from_utf8_lossy(line.value()).contains(KEY_FILE);
    line.is("IdentitiesOnly") || (is_file && is_key())
}

fn text_of(line: &Directive<'_>) -> Option<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    Some((text(line.keyword())?, text(line.value())?))
}

fn unwritable(what: &str) -> LeftAlone {
    LeftAlone::Unwritable { what: what.to_owned() }
}
