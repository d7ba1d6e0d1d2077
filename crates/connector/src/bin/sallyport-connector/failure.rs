//! How a command ends when it does not end well.

use command_line::Misuse;
use connector::ConnectorError;
use model::problem::Problem;
use model::{Platform, Words};
use wire::Cause;

use crate::say;

/// Anything that went wrong and has no code of its own.
pub(crate) const FAILED: u8 = 1;
/// The command line does not fit.
pub(crate) const MISUSE: u8 = 2;
/// The edge refused the tunnel, and will again: a service need not be started anew.
pub(crate) const REFUSED: u8 = 7;

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line does not fit; one sentence.
    Misuse(String),
    /// A file or an address that was given cannot be used: one sentence, with what to do.
    Unusable(String),
    /// Something on the closed list.
    Cause(Cause),
    /// It was said already, in the form that the command has for it.
    Said,
}

impl Failure {
    /// Says what is to be said of it and gives its exit code.
    pub(crate) fn tell(&self, command: &str) -> u8 {
        self.tell_of(&format!("tunnel {command}"))
    }

    /// What is to be said of it, but for a hint at the command's help; nothing where it was said already.
    pub(crate) fn line(&self) -> Option<String> {
        match self {
            Self::Misuse(sentence) | Self::Unusable(sentence) => Some(sentence.clone()),
            Self::Cause(cause) => Some(Problem::of(cause, &Words::of(Platform::current(), None)).line()),
            Self::Said => None,
        }
    }

    /// The same of a command by all of its words.
    pub(crate) fn tell_of(&self, command: &str) -> u8 {
        let is_misuse = matches!(self, Self::Misuse(_));
        let hint = if is_misuse { format!("; see: sallyport {command} --help") } else { String::new() };
        if let Some(line) = self.line() {
            say::note(&format!("{line}{hint}"));
        }
        match self {
            Self::Misuse(_) => MISUSE,
            Self::Cause(Cause::TunnelRefused { .. }) => REFUSED,
            Self::Cause(_) | Self::Unusable(_) | Self::Said => FAILED,
        }
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse.to_string())
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        match error {
            ConnectorError::Setup { what } => Self::Unusable(what),
            ConnectorError::NoEdge { .. } | ConnectorError::Refused { .. } => Self::Cause(error.cause()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_a_code_of_its_own_which_is_documented() {
        let refused = Failure::from(ConnectorError::Refused { said: "Unauthorized".to_owned() });
        assert_eq!(refused.tell("run"), REFUSED);
        let documented = include_str!("../../../../../docs/behaviour.md");
        assert!(documented.contains(&format!("| {REFUSED} | `tunnel run`: the edge refused the tunnel")));
    }
}
