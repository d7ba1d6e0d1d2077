//! What is wrong with a configuration.

/// Why rules cannot be used. The words are cloudflared's where it has any: people search for them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields repeat the words of their variant's sentence")]
pub enum InvalidRules {
    /// The file is not YAML, or the push not JSON.
    #[error("{0}")]
    Syntax(String),
    /// Nothing is to be served.
    #[error("The config file doesn't contain any ingress rules")]
    None,
    /// Some requests would have no rule.
    #[error("The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)")]
    NoCatchAll,
    /// A rule leaves nothing for those behind it.
    #[error(
        "Rule #{rule} is matching the hostname '{host}', but this will match every hostname, meaning the rules which \
         follow it will never be triggered."
    )]
    Shadows { rule: usize, host: String },
    /// A star stands elsewhere than in front.
    #[error(
        "Hostname patterns can have at most one wildcard character (\"*\") and it can only be used for subdomains, \
         e.g. \"*.example.com\""
    )]
    Wildcard,
    /// Ports are no part of a rule.
    #[error("Hostname cannot contain a port")]
    Port,
    /// A path is no regular expression.
    #[error("Rule #{rule} has an invalid regex: {what}")]
    Regex { rule: usize, what: String },
    /// A service is not an address.
    #[error("{0} is an invalid address, please make sure it has a scheme and a hostname")]
    Address(String),
    /// A service has a path.
    #[error(
        "{0} is an invalid address, ingress rules don't support proxying to a different path on the origin service. \
         The path will be the same as the eyeball request's path"
    )]
    Path(String),
    /// A fixed status is none.
    #[error("invalid HTTP status code: {0}")]
    Status(String),
    /// An audience without a team.
    #[error("access.TeamName cannot be blank when access.audTags are present")]
    Team,
    /// A value is of another type.
    #[error("Rule #{rule}: `{key}` is not a text")]
    Type { rule: usize, key: String },
    /// A value of `originRequest` is of another type.
    #[error("originRequest: `{key}` cannot be {value}; it wants {wants}")]
    Value { key: String, value: String, wants: &'static str },
    /// A key is spelled wrong.
    #[error("`{}` is not a key; `{}` is", .0.key, .0.meant)]
    Misspelt(UnknownKey),
}

/// A key that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// As it stands there.
    pub key: String,
    /// The nearest right one; empty when none is near.
    pub meant: String,
}
