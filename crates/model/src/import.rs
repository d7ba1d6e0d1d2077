//! The words of an import: what becomes of an entry, and why it stays.

use wire::{LeftAlone, Replaced};

/// What becomes of an entry, for a cell of a table.
#[must_use]
pub const fn replaced(what: Replaced) -> &'static str {
    match what {
        Replaced::Bastion => "Replaced, bastion kept",
        Replaced::Certificate => "Certificate step replaced",
        Replaced::Command => "ProxyCommand replaced",
    }
}

/// Why an entry stays as it is, for a cell of a table.
#[must_use]
pub fn left_alone(why: &LeftAlone) -> String {
    let why = match why {
        LeftAlone::AlreadyHere => return "Already here".to_owned(),
        LeftAlone::Condition => "counts only sometimes",
        LeftAlone::EarlierEntry { line } => {
            return format!("Left alone: ssh heeds line {line} instead");
        }
        LeftAlone::Government => "for Cloudflare for Government",
        LeftAlone::Headers => "sends headers of its own",
        LeftAlone::ManyHosts => "covers many hosts",
        LeftAlone::OtherCommand => "own ProxyCommand",
        LeftAlone::ReadOnly { path } => return format!("Left alone: {path} is read-only"),
        LeftAlone::ServiceToken => "has a service token in it",
        LeftAlone::Unwritable { what } => return format!("Left alone: {what}"),
    };
    format!("Left alone: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_what_happens_and_why() {
        assert_eq!(left_alone(&LeftAlone::ManyHosts), "Left alone: covers many hosts");
        assert_eq!(left_alone(&LeftAlone::AlreadyHere), "Already here");
        let what = "the hostname must not contain '/'".to_owned();
        assert_eq!(
            left_alone(&LeftAlone::Unwritable { what }),
            "Left alone: the hostname must not contain '/'"
        );
    }
}
