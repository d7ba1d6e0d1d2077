//! The host of a rule: a name, a name with all names below it, or any.

use std::fmt;

use super::InvalidRules;

/// Which hosts a rule is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    written: String,
    /// The same in ASCII and lower case, without the star.
    name: String,
}

impl Host {
    /// Every host.
    pub(crate) fn any() -> Self {
        Self { written: String::new(), name: String::new() }
    }

    pub(super) fn read(written: &str) -> Result<Self, InvalidRules> {
        let rest = written.strip_prefix('*').unwrap_or(written);
        if rest.contains('*') {
            return Err(InvalidRules::Wildcard);
        }
        if rest.contains(':') {
            return Err(InvalidRules::Port);
        }
        // `*a.com` would be neither a name nor all names below one.
        if rest.len() < written.len() && !rest.is_empty() && !rest.starts_with('.') {
            return Err(InvalidRules::Wildcard);
        }
        let name = match rest.strip_prefix('.') {
            Some(below) => format!(".{}", in_ascii(below)),
            None => in_ascii(rest),
        };
        Ok(Self { written: written.to_owned(), name })
    }

    pub(super) fn is_any(&self) -> bool {
        self.name.is_empty()
    }

    pub(super) fn matches(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        match self.name.strip_prefix('.') {
            Some(_) if self.written.starts_with('*') => {
                host.len() > self.name.len() && host.ends_with(&self.name)
            }
            Some(_) | None => self.is_any() || host == self.name,
        }
    }
}

/// International names in the form that requests have.
fn in_ascii(name: &str) -> String {
    match url::Host::parse(name) {
        Ok(url::Host::Domain(ascii)) if !name.is_ascii() => ascii,
        Ok(_) | Err(_) => name.to_ascii_lowercase(),
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}
