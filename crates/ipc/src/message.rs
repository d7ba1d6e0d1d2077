//! What helpers ask and what the desktop answers.

use serde::{Deserialize, Serialize};
use wire::{AppUrl, Cause, Jwt};

/// A helper's question. Serialised as `{"ask": "token", …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Ask {
    /// A token for this app that is at hand, without asking the person.
    Token {
        /// The app.
        app: AppUrl,
    },
    /// A token for this app, by a log-in if there is no other way. Answered with `Waiting` any number of times, then with
    /// `Token` or `Failed`. Closing the connection gives it up.
    LogIn {
        /// The app.
        app: AppUrl,
        /// Who asks.
        program: Program,
    },
    /// A session begins; it lasts as long as the connection.
    SessionOpened {
        /// The host as the person wrote it.
        host: String,
        /// The helper's process.
        pid: u32,
    },
    /// What the helper was asked to do for this app came to nothing.
    Failed {
        /// The host as the person wrote it.
        host: String,
        /// A [`Cause`] in JSON, readable also by a desktop that does not know that cause.
        cause: serde_json::Value,
    },
    /// The vault holds other tokens than before.
    TokensChanged,
    /// The managed block of the ssh config holds other hosts than before.
    HostsChanged,
    /// Show the window.
    Show,
    /// What the desktop knows.
    Status,
    /// End the desktop.
    Quit,
    /// What a newer helper asks, and this desktop does not know: it is answered with `Done`, and nothing comes of it.
    #[serde(other)]
    Unknown,
}

/// The desktop's answer. Serialised as `{"answer": "token", …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// Here it is.
    Token {
        /// The app token.
        #[serde(with = "compact")]
        token: Jwt,
        /// When it ends, in seconds since 1970.
        until: i64,
    },
    /// No token is at hand.
    NoToken,
    /// The person has been asked; another answer follows.
    Waiting {
        /// The link at which the person logs in.
        link: String,
        /// Whether the desktop has opened it.
        browser_opened: bool,
        /// Whether it opens only when the person says so, who is being asked. Older desktops never ask first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        asks_first: bool,
    },
    /// It did not work.
    Failed {
        /// A [`Cause`] in JSON, readable also by a helper that does not know that cause.
        cause: serde_json::Value,
    },
    /// What the desktop knows.
    Status {
        /// As `sallyport status --json` prints it.
        json: serde_json::Value,
    },
    /// It is done.
    Done,
}

/// The program that wants a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its process.
    pub pid: u32,
    /// Whether a person sees what it writes.
    pub terminal: bool,
}

impl Ask {
    /// What tells the desktop why `host` could not be reached.
    #[must_use]
    pub fn failed(host: &str, cause: &Cause) -> Self {
        Self::Failed { host: host.to_owned(), cause: serde_json::to_value(cause).unwrap_or_default() }
    }
}

/// The cause that stands in JSON; one that is not known is still told.
#[must_use]
pub fn cause_in(json: &serde_json::Value) -> Cause {
    Cause::deserialize(json).unwrap_or_else(|_| Cause::Unexpected { what: json.to_string() })
}

impl Answer {
    /// The answer that tells what failed.
    #[must_use]
    pub fn failed(cause: &Cause) -> Self {
        Self::Failed { cause: serde_json::to_value(cause).unwrap_or_default() }
    }

    /// What failed, if that is the answer.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        let Self::Failed { cause } = self else { return None };
        Some(cause_in(cause))
    }
}

/// The same where there may be none.
#[cfg(unix)]
pub(crate) mod compact_or_none {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use wire::Jwt;
    use zeroize::Zeroizing;

    pub(crate) fn serialize<S: Serializer>(token: &Option<Jwt>, serializer: S) -> Result<S::Ok, S::Error> {
        match token {
            Some(token) => serializer.serialize_some(token.reveal()),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Jwt>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.map(Zeroizing::new);
        Ok(text.map(|text| Jwt::new(&text)))
    }
}

/// A token does not serialise by itself, so that none travels by accident.
pub(crate) mod compact {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use wire::Jwt;
    use zeroize::Zeroizing;

    pub(crate) fn serialize<S: Serializer>(token: &Jwt, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(token.reveal())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Jwt, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Ok(Jwt::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn app() -> AppUrl {
        "app.example.com".parse().unwrap()
    }

    #[test]
    fn asks_look_as_written_down() {
        let program = Program { pid: 7, terminal: true };
        for (ask, text) in [
            (Ask::Token { app: app() }, json!({"ask": "token", "app": "https://app.example.com/"})),
            (
                Ask::LogIn { app: app(), program },
                json!({"ask": "log-in", "app": "https://app.example.com/", "program": {"pid": 7, "terminal": true}}),
            ),
            (
                Ask::SessionOpened { host: "h".into(), pid: 8 },
                json!({"ask": "session-opened", "host": "h", "pid": 8}),
            ),
            (
                Ask::failed("h", &Cause::KeychainLocked),
                json!({"ask": "failed", "host": "h", "cause": {"kind": "keychain-locked"}}),
            ),
            (Ask::TokensChanged, json!({"ask": "tokens-changed"})),
            (Ask::HostsChanged, json!({"ask": "hosts-changed"})),
            (Ask::Show, json!({"ask": "show"})),
            (Ask::Status, json!({"ask": "status"})),
            (Ask::Quit, json!({"ask": "quit"})),
        ] {
            assert_eq!(serde_json::to_value(&ask).unwrap(), text);
            assert_eq!(serde_json::from_value::<Ask>(text).unwrap(), ask);
        }
    }

    #[test]
    fn answers_look_as_written_down() {
        let cause = json!({"kind": "keychain-locked"});
        for (answer, text) in [
            (
                Answer::Token { token: Jwt::new("a.b.c"), until: 9 },
                json!({"answer": "token", "token": "a.b.c", "until": 9}),
            ),
            (Answer::NoToken, json!({"answer": "no-token"})),
            (
                Answer::Waiting { link: "l".into(), browser_opened: true, asks_first: false },
                json!({"answer": "waiting", "link": "l", "browser_opened": true}),
            ),
            (
                Answer::Waiting { link: "l".into(), browser_opened: false, asks_first: true },
                json!({"answer": "waiting", "link": "l", "browser_opened": false, "asks_first": true}),
            ),
            (Answer::failed(&Cause::KeychainLocked), json!({"answer": "failed", "cause": cause})),
            (Answer::Status { json: json!([1]) }, json!({"answer": "status", "json": [1]})),
            (Answer::Done, json!({"answer": "done"})),
        ] {
            assert_eq!(serde_json::to_value(&answer).unwrap(), text);
            assert_eq!(serde_json::from_value::<Answer>(text).unwrap(), answer);
        }
    }

    #[test]
    fn a_cause_that_is_not_known_is_still_told() {
        assert_eq!(Answer::failed(&Cause::KeychainLocked).cause(), Some(Cause::KeychainLocked));
        assert_eq!(Answer::Done.cause(), None);
        let newer = Answer::Failed { cause: json!({"kind": "from-the-future"}) };
        assert!(matches!(newer.cause(), Some(Cause::Unexpected { what }) if what.contains("future")));
    }

    #[test]
    fn what_a_newer_helper_asks_is_no_mistake() {
        let newer = json!({"ask": "from-the-future", "app": 7, "more": {"of": "it"}});
        assert_eq!(serde_json::from_value::<Ask>(newer).unwrap(), Ask::Unknown);
    }

    #[test]
    fn a_token_is_not_printed() {
        let answer = Answer::Token { token: Jwt::new("hidden"), until: 9 };
        assert_eq!(format!("{answer:?}"), "Token { token: Jwt(redacted), until: 9 }");
    }
}
