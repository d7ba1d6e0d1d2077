//! Command lines that nobody wrote: both programs are asked, and have to read them alike.

use std::process::Stdio;

use journeys::reach::Said;

use crate::stage::{Program, Stage};

/// What a line is made of: flags, well and badly spelled, with and without values. No arguments, which ours refuses.
const WORDS: [&str; 22] = [
    "--hostname",
    "-hostname",
    "--hostname=a",
    "-hostname=b.c",
    "--hostname=",
    "--hostname==d",
    "--short-lived-cert",
    "-short-lived-cert",
    "--short-lived-cert=0",
    "--short-lived-cert=T",
    "-short-lived-cert=False",
    "--short-lived-cert=maybe",
    "--short-lived-cert=",
    "-h",
    "--help=false",
    "-help=T",
    "---hostname",
    "--=x",
    "-=",
    "--nope",
    "-n",
    "--hostname=%h",
];
const FRONT: [&[&str]; 8] = [
    &[],
    &["--loglevel", "debug"],
    &["--output=json"],
    &["--no-autoupdate"],
    &["-version=0"],
    &["--metrics", "access"],
    &["--"],
    &["--protocol=http2", "-V=f"],
];
const MIDDLE: [&[&str]; 4] = [&[], &["--fedramp"], &["-fedramp=0"], &["--"]];

/// How many lines are made.
const LINES: usize = 150;

/// How a program takes a line.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    Mistake,
    Help,
    /// With what it prints, in which its own path is left out.
    Done(String),
}

/// The lines that the two read otherwise.
pub(crate) fn differences(ours: &Program, theirs: &Program) -> Vec<String> {
    let (ours, theirs) = (Stage::set(ours, None), Stage::set(theirs, None));
    let mut chance = Chance(1);
    let (mut differences, mut done) = (Vec::new(), 0);
    for _ in 0..LINES {
        let (front, middle) = (*chance.of(&FRONT), *chance.of(&MIDDLE));
        let mut line = [front, &["access"][..], middle, &["ssh-config"]].concat();
        line.extend((0..chance.below(4)).map(|_| *chance.of(&WORDS)));
        let (one, other) = (taken(&ours, &line), taken(&theirs, &line));
        done += usize::from(matches!(other, Taken::Done(_)));
        if one != other {
            differences.push(format!("{line:?}\nours   {one:?}\ntheirs {other:?}"));
        }
    }
    assert!(done > LINES / 5, "{done} of {LINES} are no mistakes");
    differences
}

fn taken(stage: &Stage<'_>, line: &[&str]) -> Taken {
    let said = Said::of(stage.command(line).stdin(Stdio::null()));
    let text = said.text();
    if said.code == Some(2) || text.starts_with("Incorrect Usage") {
        return Taken::Mistake;
    }
    if text.contains("--short-lived-cert") {
        return Taken::Help;
    }
    Taken::Done(stage.anonymous(&text))
}

/// The same numbers in every run (the constants are Knuth's).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }

    fn of<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }
}
