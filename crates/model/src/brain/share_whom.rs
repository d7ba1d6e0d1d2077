//! Who may connect, as a person writes it: addresses, domains, and groups of the account.

use super::share::is_hostname;
use crate::slips::distance;
use crate::{GROUP, GroupFact};

/// Those among them that are neither a person, nor a domain, nor a group that is there, as far as that is known.
pub(crate) fn faults(allow: &[String], groups: Option<&[GroupFact]>) -> Vec<String> {
    let is_there = |name: &str| groups.is_none_or(|groups| groups.iter().any(|group| group.name == name));
    let is_fault = |whom: &&String| match whom.strip_prefix(GROUP) {
        Some(name) => !is_there(name),
        None => !is_whom(whom),
    };
    allow.iter().filter(is_fault).cloned().collect()
}

/// What is wrong with those who may connect, in one sentence.
pub(crate) fn fault(allow: &[String], groups: Option<&[GroupFact]>) -> Option<String> {
    let faults = faults(allow, groups);
    let first = faults.first()?;
    if let Some(name) = first.strip_prefix(GROUP) {
        let meant = nearest(name, groups).map_or_else(String::new, |near| format!(" Did you mean {near}?"));
        return Some(format!("There is no group {name}.{meant}"));
    }
    if let Some(near) = nearest(first, groups) {
        return Some(format!("{first} is neither an address nor a group. Did you mean the group {near}?"));
    }
    let or_group =
        if groups.is_some_and(|groups| !groups.is_empty()) { ", and no group is called so" } else { "" };
    let these: Vec<&str> = faults.iter().map(String::as_str).collect();
    Some(match these.as_slice() {
        [one] => format!("{one} is neither an e-mail address nor a domain such as @acme.dev{or_group}."),
        several => format!(
            "{} are neither e-mail addresses nor domains such as @acme.dev.",
            crate::view::and(several)
        ),
    })
}

/// As a command line takes it: what stands there is parted by commas, and a group may have some in its name.
pub(super) fn as_written(whom: &str, groups: Option<&[GroupFact]>) -> String {
    let name = whom.strip_prefix(GROUP).filter(|name| name.contains(','));
    let known = name.and_then(|name| groups?.iter().find(|group| group.name == name));
    known.map_or_else(|| whom.to_owned(), |group| format!("{GROUP}{}", group.id))
}

/// A group whose name differs by a slip of the finger.
fn nearest<'a>(name: &str, groups: Option<&'a [GroupFact]>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let names = groups?.iter().map(|group| group.name.as_str());
    let far = |known: &str| distance(&known.to_lowercase(), &name);
    let (slips, near) = names.map(|known| (far(known), known)).min()?;
    // Of a word of two letters nothing is left when two of them differ.
    (slips <= 2 && slips < name.chars().count().max(2)).then_some(near)
}

/// A person's address, or a domain with an `@` before it.
fn is_whom(text: &str) -> bool {
    let Some((person, domain)) = text.split_once('@') else { return false };
    let is_plain =
        |part: &str| part.chars().all(|letter| !letter.is_whitespace() && !",@\"'<>".contains(letter));
    is_hostname(domain) && is_plain(person)
}
