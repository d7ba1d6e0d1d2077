//! A secret that a person types.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// Goes from the page to the program, and never back; nothing prints it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// One that was typed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself, without what surrounds a pasted one.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.trim()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_in_and_does_not_get_out() {
        let secret: Secret = serde_json::from_str("\" hush\\n\"").unwrap();
        assert_eq!(secret.reveal(), "hush");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"\"");
        assert!(!format!("{secret:?}").contains("hush"));
    }
}
