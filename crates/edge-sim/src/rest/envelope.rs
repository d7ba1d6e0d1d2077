//! The form of every answer (`cloudflare-api.md` 1.1).

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::{Answer, Question};

/// Most items to a page.
const LONGEST_PAGE: usize = 1000;

/// A call that is not answered as it was meant.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: u32,
    message: String,
    /// What is behind it, where the API says so.
    chain: Option<(u32, String)>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: u32, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), chain: None }
    }

    /// The token is good, but not for this.
    pub(super) fn no_right() -> Self {
        Self::new(StatusCode::FORBIDDEN, 10_000, "Authentication error")
    }

    pub(super) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, 7003, "Could not route to the requested path; check its identifiers")
    }

    pub(super) fn bad(code: u32, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// The same, with what is behind it.
    pub(super) fn because(self, code: u32, message: &str) -> Self {
        Self { chain: Some((code, message.to_owned())), ..self }
    }

    pub(super) fn answer(self) -> Answer {
        let mut errors = json!([{ "code": self.code, "message": self.message }]);
        if let Some((code, message)) = self.chain {
            errors[0]["error_chain"] = json!([{ "code": code, "message": message }]);
        }
        let envelope = json!({ "success": false, "errors": errors, "messages": [], "result": null });
        Answer::json(self.status, &envelope)
    }
}

/// It worked.
pub(super) fn done(result: &Value) -> Answer {
    let envelope = json!({ "success": true, "errors": [], "messages": [], "result": result });
    Answer::json(StatusCode::OK, &envelope)
}

/// It was made.
pub(super) fn created(result: &Value) -> Answer {
    let mut answer = done(result);
    answer.status = StatusCode::CREATED;
    answer
}

/// The body of a call.
pub(super) fn json_body(question: &Question) -> Result<Value, Refused> {
    serde_json::from_slice(&question.body).map_err(|_| Refused::bad(1001, "The body is not JSON"))
}

/// The page that was asked for; `usual` is its length where none is named.
pub(super) fn listed(all: &[Value], question: &Question, usual: usize) -> Answer {
    let number = |name: &str, otherwise: usize| {
        question.query(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (page, length) = (number("page", 1).max(1), number("per_page", usual).clamp(1, LONGEST_PAGE));
    let shown: Vec<&Value> = all.iter().skip((page - 1).saturating_mul(length)).take(length).collect();
    let info = json!({
        "page": page, "per_page": length, "count": shown.len(), "total_count": all.len(),
        "total_pages": all.len().div_ceil(length),
    });
    let envelope = json!({
        "success": true, "errors": [], "messages": [], "result": shown, "result_info": info,
    });
    Answer::json(StatusCode::OK, &envelope)
}
