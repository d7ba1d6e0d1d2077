//! A person's ssh config with everything it includes, as sections in the order in which ssh reads them.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::mark::unmarked;
use super::pattern;
use crate::block::Parts;
use crate::lines::{Directive, Line};
use crate::{SshConfig, SshConfigError};

/// As deep as ssh follows.
const DEEPEST: usize = 16;
/// More files than any person includes.
const MOST_FILES: usize = 500;

/// From one `Host` or `Match` line to the next, or from the beginning of a file to its first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Section {
    /// Which of the files.
    pub(super) file: usize,
    /// The place of its header in the file, if it has one.
    pub(super) header: Option<usize>,
    /// The places of its directives, header included.
    pub(super) lines: Vec<usize>,
    /// Whether the file was included by a section that does not apply to every host.
    pub(super) nested: bool,
    /// Whether other files are included here.
    pub(super) includes: bool,
}

/// All files, the person's own first. Sections of the managed block are not among the sections.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) files: Vec<SshConfig>,
    pub(super) sections: Vec<Section>,
    /// Files that are included and could not be read.
    pub(super) unread: Vec<SshConfigError>,
    by_name: HashMap<String, Vec<usize>>,
    /// Sections that apply to names which no list holds: patterns, and those without a condition.
    wide: Vec<usize>,
    /// Where lines were put back, when this was asked for.
    pub(super) restored: Option<BTreeSet<(usize, usize)>>,
    home: PathBuf,
}

impl Reading {
    pub(super) fn of(config: SshConfig, home: &Path, restores: bool) -> Result<Self, SshConfigError> {
        config.hosts()?; // a damaged block leaves it open what is a person's own
        let mut reading = Self {
            files: Vec::new(),
            sections: Vec::new(),
            unread: Vec::new(),
            by_name: HashMap::new(),
            wide: Vec::new(),
            restored: restores.then(BTreeSet::new),
            home: home.to_owned(),
        };
        reading.walk(config, false, 0);
        reading.index();
        Ok(reading)
    }

    /// The line of a file; every place comes from there.
    pub(super) fn line(&self, file: usize, at: usize) -> &Line {
        &self.files[file].text.lines[at]
    }

    pub(super) fn directives(&self, section: usize) -> impl Iterator<Item = (usize, Directive<'_>)> {
        let section = &self.sections[section];
        section.lines.iter().filter_map(|at| Some((*at, self.line(section.file, *at).directive()?)))
    }

    pub(super) fn header(&self, section: usize) -> Option<Directive<'_>> {
        let section = &self.sections[section];
        self.line(section.file, section.header?).directive()
    }

    /// The sections that ssh surely heeds for a name as it is typed, in order.
    pub(super) fn sections_of(&self, alias: &str) -> Vec<usize> {
        let named = self.by_name.get(alias).into_iter().flatten().copied();
        let applies = |at: &usize| match self.header(*at) {
            None => true,
            Some(header) if header.is("Host") => pattern::admits(&header.words(), alias.as_bytes()),
            Some(header) => header.is_match_all(),
        };
        let mut all: Vec<usize> = named.chain(self.wide.iter().copied()).filter(applies).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The first value of a keyword that ssh surely heeds for a name, and in which section; `also` counts, too.
    pub(super) fn effective(&self, alias: &str, also: usize, keyword: &str) -> Option<(usize, String)> {
        let mut sections = self.sections_of(alias);
        if let Err(place) = sections.binary_search(&also) {
            sections.insert(place, also);
        }
        sections.into_iter().find_map(|section| Some((section, self.first(section, keyword)?)))
    }

    /// The first word that a section says to a keyword.
    pub(super) fn first(&self, section: usize, keyword: &str) -> Option<String> {
        let mut found = self.directives(section).filter(|(_, it)| it.is(keyword));
        found.next().map(|(_, it)| it.words().first().map_or_else(String::new, |word| word.to_text()))
    }

    /// Every name without a pattern that a `Host` line lists.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    fn walk(&mut self, mut config: SshConfig, nested: bool, depth: usize) {
        let file = self.files.len();
        let block = Parts::range(&config.text.lines).ok().flatten().filter(|_| file == 0).unwrap_or(0..0);
        self.restore(file, &mut config, &block);
        let lines = config.text.lines.clone();
        self.files.push(config);
        let mut open = self.open(Section { file, nested, ..Section::default() });
        for (at, line) in lines.iter().enumerate().filter(|(at, _)| !block.contains(at)) {
            let Some(directive) = line.directive() else { continue };
            if directive.is_header() {
                open = self.open(Section { file, header: Some(at), nested, ..Section::default() });
            }
            self.sections[open].lines.push(at);
            if directive.is("Include") {
                self.sections[open].includes = true;
                let nested = nested || !self.is_for_all(open);
                self.include(&directive, nested, depth);
            }
        }
    }

    fn restore(&mut self, file: usize, config: &mut SshConfig, block: &Range<usize>) {
        let Some(restored) = &mut self.restored else { return };
        for (at, line) in config.text.lines.iter_mut().enumerate().filter(|(at, _)| !block.contains(at)) {
            if let Some(original) = unmarked(line) {
                *line = original;
                restored.insert((file, at));
            }
        }
    }

    fn open(&mut self, section: Section) -> usize {
        self.sections.push(section);
        self.sections.len() - 1
    }

    fn is_for_all(&self, section: usize) -> bool {
        let is_star = |header: &Directive<'_>| {
            header.is("Host") && header.words().iter().map(|word| &*word.text).eq([&b"*"[..]])
        };
        self.header(section).is_none_or(|header| header.is_match_all() || is_star(&header))
    }

    fn include(&mut self, directive: &Directive<'_>, nested: bool, depth: usize) {
        if depth == DEEPEST {
            return;
        }
        let words = directive.words();
        let paths: Vec<PathBuf> = words.iter().flat_map(|word| self.included(&word.to_text())).collect();
        for path in paths {
            if self.files.len() == MOST_FILES {
                return;
            }
            match SshConfig::read(&path) {
                Ok(config) if self.files.iter().any(|it| it.snapshot.target == config.snapshot.target) => {}
                Ok(config) => self.walk(config, nested, depth + 1),
                Err(error) => self.unread.push(error),
            }
        }
    }

    /// The files that a pattern names; one without a root lies in the folder of ssh.
    fn included(&self, pattern: &str) -> Vec<PathBuf> {
        let path = match pattern.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => self.home.join(".ssh").join(pattern),
        };
        let found = path.to_str().and_then(|it| glob::glob(it).ok());
        found
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter(|it| it.is_file())
            .take(MOST_FILES)
            .collect()
    }

    fn index(&mut self) {
        for at in (0..self.sections.len()).filter(|at| !self.sections[*at].nested) {
            let names = match self.header(at) {
                Some(header) if header.is("Host") => header.words(),
                Some(header) if !header.is_match_all() => continue,
                Some(_) | None => Vec::new(),
            };
            let names: Vec<String> = names.iter().map(|word| word.to_text()).collect();
            if names.is_empty() || names.iter().any(|name| pattern::is_pattern(name)) {
                self.wide.push(at);
            }
            for name in names.into_iter().filter(|name| !pattern::is_pattern(name)) {
                self.by_name.entry(name).or_default().push(at);
            }
        }
    }
}
