//! The form around every answer (`cloudflare-api.md` 1.1), read leniently: only what is needed has to be there.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ApiError;

/// No sentence of the API is passed on at greater length, in letters.
const LONGEST: usize = 300;

/// An answer that says yes.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) result: Value,
    /// How many items there are on all pages, where the answer says so.
    pub(crate) total: Option<u64>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    success: bool,
    #[serde(default)]
    errors: Vec<Said>,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    result_info: Option<Info>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    code: Value,
    #[serde(default)]
    message: String,
    /// What is behind it: the first sentence alone may only say that something is not valid.
    #[serde(default)]
    error_chain: Vec<Self>,
}

/// Zero Trust was never switched on for this account.
const NOT_ENABLED: u64 = 9999;

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    total_count: Option<u64>,
}

/// What was answered with `status`; `after` is the `Retry-After` header in seconds.
pub(crate) fn read(host: &str, status: u16, after: Option<u64>, body: &[u8]) -> Result<Answer, ApiError> {
    if status == 429 {
        return Err(ApiError::Throttled { seconds: after.unwrap_or(60) });
    }
    let envelope = match serde_json::from_slice::<Envelope>(body) {
        Ok(envelope) => envelope,
        // The edge itself answers in HTML, or with nothing.
        Err(_) if status >= 400 => return Err(without_words(host, status)),
        Err(error) => return Err(ApiError::Unreadable { what: error.to_string() }),
    };
    if envelope.success && status < 400 {
        let total = envelope.result_info.and_then(|info| info.total_count);
        return Ok(Answer { result: envelope.result, total });
    }
    Err(refusal(host, status, &envelope.errors))
}

/// The result as what it should be.
pub(crate) fn result<T: DeserializeOwned>(answer: Answer) -> Result<T, ApiError> {
    serde_json::from_value(answer.result).map_err(|error| ApiError::Unreadable { what: error.to_string() })
}

fn refusal(host: &str, status: u16, errors: &[Said]) -> ApiError {
    let Some(first) = errors.first() else { return without_words(host, status) };
    let sentences = errors.iter().flat_map(|error| std::iter::once(error).chain(&error.error_chain));
    let sentences = sentences.map(|error| error.message.as_str());
    let said: String = sentences.collect::<Vec<_>>().join("; ").chars().take(LONGEST).collect();
    let code = first.code.as_u64().or_else(|| first.code.as_str()?.parse().ok()).unwrap_or_default();
    match status {
        400..500 if code == NOT_ENABLED => ApiError::NoTeam,
        401 | 403 => ApiError::TokenRefused { said },
        404 => ApiError::NotFound { said },
        409 => ApiError::NameTaken { said },
        500.. => ApiError::Trouble { host: host.to_owned(), status },
        _ => ApiError::Refused { code, said },
    }
}

fn without_words(host: &str, status: u16) -> ApiError {
    match status {
        401 | 403 => ApiError::TokenRefused { said: format!("status {status}") },
        404 => ApiError::NotFound { said: "status 404".to_owned() },
        500.. => ApiError::Trouble { host: host.to_owned(), status },
        _ => ApiError::Refused { code: 0, said: format!("status {status}") },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(status: u16, body: &str) -> ApiError {
        read("api.test", status, Some(7), body.as_bytes()).unwrap_err()
    }

    #[test]
    fn refusals_are_told_apart_by_status_and_carry_the_words() {
        let body = r#"{"success":false,"errors":[{"code":"1022","message":"It is in use"}],"result":null}"#;
        let said = || "It is in use".to_owned();
        assert_eq!(told(400, body), ApiError::Refused { code: 1022, said: said() });
        assert_eq!(told(403, body), ApiError::TokenRefused { said: said() });
        let chain = r#"{"success":false,"errors":[{"code":1004,"message":"Invalid","error_chain":[{"message":"TTL"}]}]}"#;
        assert_eq!(told(400, chain), ApiError::Refused { code: 1004, said: "Invalid; TTL".to_owned() });
        let off = r#"{"success":false,"errors":[{"code":9999,"message":"access.api.error.not_enabled"}]}"#;
        assert_eq!(told(403, off), ApiError::NoTeam);
        assert_eq!(told(404, body), ApiError::NotFound { said: said() });
        assert_eq!(told(409, body), ApiError::NameTaken { said: said() });
        assert_eq!(told(429, body), ApiError::Throttled { seconds: 7 });
        assert_eq!(told(502, "<html>"), ApiError::Trouble { host: "api.test".to_owned(), status: 502 });
        assert_eq!(told(200, body), ApiError::Refused { code: 1022, said: said() });
        assert!(matches!(told(200, "{\"success\": true, \"result\""), ApiError::Unreadable { .. }));
        assert!(told(503, "").is_transient() && !told(400, "").is_transient());
    }

    #[test]
    fn messages_of_either_form_are_no_hindrance() {
        for messages in [r#"["a"]"#, r#"[{"code":1,"message":"a"}]"#, "null"] {
            let body = format!(r#"{{"success":true,"errors":[],"messages":{messages},"result":"x"}}"#);
            let answer = read("api.test", 200, None, body.as_bytes()).unwrap();
            assert_eq!(result::<String>(answer).unwrap(), "x");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_an_error(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let answer = read("api.test", status, None, &body);
            prop_assert!(answer.is_err() || status < 400);
        }
    }
}
