//! One host of the managed block, and what may stand in its fields.
//!
//! A host's facts may come from another person (a team's list), so each field admits only characters that can neither end
//! the line, nor open another entry, nor mean something to ssh, to a shell or to an argument list.

use std::fmt;

use crate::agent;
use crate::proxy_command::is_destination;

/// A host as ssh will know it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    /// The name that the person types after `ssh`.
    pub alias: String,
    /// The hostname of the application that stands before the machine.
    pub hostname: String,
    /// The account on the machine; ssh's own default when absent.
    pub user: Option<String>,
    /// The port, which the application decides in most cases.
    pub port: Option<u16>,
    /// Host and port of the machine behind a bastion app; the app decides when absent.
    pub destination: Option<String>,
    /// Where ssh asks for the short-lived certificate of this host, when it logs in by one; see [`Host::with_agent`].
    pub agent: Option<String>,
    /// Further keywords and values as they are written in the file, in order. A keyword can make ssh run programs:
    /// whoever fills this from another person's list must choose the keywords.
    pub options: Vec<(String, String)>,
}

impl Host {
    /// A host with nothing but its two names.
    ///
    /// # Errors
    /// [`InvalidHost`] when a name has characters that it must not have.
    pub fn new(alias: &str, hostname: &str) -> Result<Self, InvalidHost> {
        let host = Self {
            alias: alias.into(),
            hostname: hostname.into(),
            user: None,
            port: None,
            destination: None,
            agent: None,
            options: Vec::new(),
        };
        host.validate().map(|()| host)
    }

    /// The same host with an account on the machine.
    ///
    /// # Errors
    /// [`InvalidHost`] when the account has characters that it must not have.
    pub fn with_user(self, user: &str) -> Result<Self, InvalidHost> {
        let host = Self { user: Some(user.into()), ..self };
        host.validate().map(|()| host)
    }

    /// The same host with a port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// The same host, with ssh asking at this address for a short-lived certificate. It is an agent's of Sallyport: a
    /// socket in a folder of that name, or a pipe in the spelling `//./pipe/name`.
    ///
    /// # Errors
    /// [`InvalidHost`] when it is another address.
    pub fn with_agent(self, address: &str) -> Result<Self, InvalidHost> {
        let host = Self { agent: Some(address.into()), ..self };
        host.validate().map(|()| host)
    }

    /// Whether every field may stand in the file; fields are public, so this is asked again before anything is written.
    ///
    /// # Errors
    /// [`InvalidHost`] names the first field that may not.
    pub fn validate(&self) -> Result<(), InvalidHost> {
        field(HostPart::Alias, &self.alias, 255, |it| it.is_alphanumeric() || "._-+".contains(it))?;
        field(HostPart::Hostname, &self.hostname, 253, |it| {
            it.is_ascii_alphanumeric() || "._-".contains(it)
        })?;
        if let Some(user) = &self.user {
            field(HostPart::User, user, 255, |it| it.is_alphanumeric() || "._-+@\\".contains(it))?;
            // ssh reads a backslash before another one, or at the end of the word, as the start of an escape.
            if user.contains("\\\\") || user.ends_with('\\') {
                return Err(InvalidHost::Character { part: HostPart::User, character: '\\' });
            }
        }
        if self.port == Some(0) {
            return Err(InvalidHost::PortZero);
        }
        if self.destination.as_deref().is_some_and(|it| !is_destination(it)) {
            return Err(InvalidHost::Destination);
        }
        if self.agent.as_deref().is_some_and(|address| !agent::is_ours(address)) {
            return Err(InvalidHost::Agent);
        }
        self.options.iter().try_for_each(|(keyword, value)| option(keyword, value))
    }
}

fn field(
    part: HostPart,
    value: &str,
    longest: usize,
    admits: impl Fn(char) -> bool,
) -> Result<(), InvalidHost> {
    if value.is_empty() {
        return Err(InvalidHost::Empty { part });
    }
    if value.starts_with('-') {
        return Err(InvalidHost::LeadingDash { part });
    }
    if value.len() > longest {
        return Err(InvalidHost::TooLong { part, longest });
    }
    match value.chars().find(|it| !admits(*it)) {
        Some(character) => Err(InvalidHost::Character { part, character }),
        None => Ok(()),
    }
}

/// Keywords that a [`Host`] has a field for, or that would begin another entry.
const OWN_KEYWORDS: [&str; 6] = ["Host", "HostName", "Match", "Port", "ProxyCommand", "User"];

/// Whether a line with this keyword is one of [`Host::options`].
pub(crate) fn is_option(keyword: &str) -> bool {
    let is_word = !keyword.is_empty() && keyword.chars().all(|it| it.is_ascii_alphanumeric());
    is_word && !OWN_KEYWORDS.iter().any(|own| own.eq_ignore_ascii_case(keyword))
}

/// Whether a value can stand in a line as it is, and be read back the same.
pub(crate) fn is_option_value(value: &str) -> bool {
    let is_trimmed = value.trim() == value && !value.starts_with('=');
    !value.is_empty() && is_trimmed && !value.chars().any(|it| it.is_control() && it != '\t')
}

fn option(keyword: &str, value: &str) -> Result<(), InvalidHost> {
    if !is_option(keyword) {
        return Err(InvalidHost::OptionKeyword { keyword: keyword.into() });
    }
    if agent::is_agents(keyword, value.as_bytes()) {
        return Err(InvalidHost::OptionKeyword { keyword: keyword.into() });
    }
    if !is_option_value(value) {
        return Err(InvalidHost::OptionValue { keyword: keyword.into() });
    }
    Ok(())
}

/// A field of a host that a person types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HostPart {
    /// The name after `ssh`.
    Alias,
    /// The application's hostname.
    Hostname,
    /// The account on the machine.
    User,
}

impl fmt::Display for HostPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Alias => "name",
            Self::Hostname => "hostname",
            Self::User => "user",
        })
    }
}

/// Why a host may not stand in the file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidHost {
    /// The address is not one at which Sallyport answers.
    #[error("the address of the agent cannot be used")]
    Agent,
    /// A character that this field must not have.
    #[error("the {part} must not contain {character:?}")]
    Character {
        /// The field.
        part: HostPart,
        /// The first such character.
        character: char,
    },
    /// A destination with characters that mean something to a shell.
    #[error("the destination must be a host and a port")]
    Destination,
    /// Two hosts of one list have the same name.
    #[error("the name {alias} is used twice")]
    Duplicate {
        /// The name.
        alias: String,
    },
    /// Nothing was given.
    #[error("the {part} is empty")]
    Empty {
        /// The field.
        part: HostPart,
    },
    /// Programs would take it for an option.
    #[error("the {part} must not begin with a dash")]
    LeadingDash {
        /// The field.
        part: HostPart,
    },
    /// An option's keyword is no word, or one that has a field of its own.
    #[error("{keyword:?} cannot be a further option")]
    OptionKeyword {
        /// The keyword.
        keyword: String,
    },
    /// An option's value is empty, has control characters, or spaces around it.
    #[error("the value of {keyword} cannot stand in one line")]
    OptionValue {
        /// The option's keyword.
        keyword: String,
    },
    /// Port 0 is no port.
    #[error("the port must not be 0")]
    PortZero,
    /// Longer than such a name can be.
    #[error("the {part} has more than {longest} bytes")]
    TooLong {
        /// The field.
        part: HostPart,
        /// The limit, in bytes.
        longest: usize,
    },
}

impl InvalidHost {
    /// The field that a form should point at.
    #[must_use]
    pub fn part(&self) -> Option<HostPart> {
        match self {
            Self::Character { part, .. }
            | Self::Empty { part }
            | Self::LeadingDash { part }
            | Self::TooLong { part, .. } => Some(*part),
            Self::Duplicate { .. } => Some(HostPart::Alias),
            Self::Agent
            | Self::Destination
            | Self::OptionKeyword { .. }
            | Self::OptionValue { .. }
            | Self::PortZero => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Host {
        Host::new("build-01", "build-01.acme.dev").unwrap()
    }

    #[test]
    fn admits_ordinary_names() {
        host().with_user("ada.park").unwrap().with_port(2222).validate().unwrap();
        for user in ["ACME\\ada", "ada@acme.dev", "_svc", "jürgen"] {
            host().with_user(user).unwrap();
        }
        Host::new("büro_2+x", "a-1.b").unwrap();
    }

    #[test]
    fn refuses_every_character_that_means_something_elsewhere() {
        for character in " \t\r\n\0\u{1b}\u{85}\u{a0}\u{2028}*?!\"'`$\\%#=,;:&|<>(){}[]/@~^".chars() {
            let error = InvalidHost::Character { part: HostPart::Alias, character };
            assert_eq!(Host::new(&format!("a{character}b"), "a.b"), Err(error));
            let error = InvalidHost::Character { part: HostPart::Hostname, character };
            assert_eq!(Host::new("a", &format!("a{character}b")), Err(error));
            if !"@\\".contains(character) {
                let error = InvalidHost::Character { part: HostPart::User, character };
                assert_eq!(host().with_user(&format!("a{character}b")), Err(error));
            }
        }
    }

    #[test]
    fn refuses_what_other_programs_would_read_otherwise() {
        assert_eq!(Host::new("-oProxyCommand", "a"), Err(InvalidHost::LeadingDash { part: HostPart::Alias }));
        assert_eq!(Host::new("a", "-h"), Err(InvalidHost::LeadingDash { part: HostPart::Hostname }));
        assert_eq!(Host::new("", "a"), Err(InvalidHost::Empty { part: HostPart::Alias }));
        assert_eq!(Host::new("a", ""), Err(InvalidHost::Empty { part: HostPart::Hostname }));
        let long = "a".repeat(254);
        assert_eq!(
            Host::new("a", &long),
            Err(InvalidHost::TooLong { part: HostPart::Hostname, longest: 253 })
        );
        assert_eq!(host().with_user(""), Err(InvalidHost::Empty { part: HostPart::User }));
        assert_eq!(host().with_port(0).validate(), Err(InvalidHost::PortZero));
        for user in ["a\\\\b", "a\\"] {
            let error = InvalidHost::Character { part: HostPart::User, character: '\\' };
            assert_eq!(host().with_user(user), Err(error));
        }
    }

    #[test]
    fn options_cannot_smuggle_lines_or_entries() {
        let with =
            |keyword: &str, value: &str| Host { options: vec![(keyword.into(), value.into())], ..host() };
        with("ServerAliveInterval", "30").validate().unwrap();
        with("IdentityFile", "\"~/my keys/id\"").validate().unwrap();
        for keyword in
            ["Host", "match", "HOSTNAME", "User", "port", "proxycommand", "", "A B", "#x", "A\nHost"]
        {
            let error = InvalidHost::OptionKeyword { keyword: keyword.into() };
            assert_eq!(with(keyword, "x").validate(), Err(error));
        }
        for value in ["", "yes\nProxyCommand x", "yes\r", "a\0b", " yes", "yes ", "=yes"] {
            let error = InvalidHost::OptionValue { keyword: "ForwardAgent".into() };
            assert_eq!(with("ForwardAgent", value).validate(), Err(error), "{value:?}");
        }
    }
}
