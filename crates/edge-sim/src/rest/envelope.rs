//! The form of every answer (`cloudflare-api.md` 1.1).

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::{Answer, Question};

/// Most and usual length of a page, in items.
const LONGEST_PAGE: usize = 1000;
const PAGE: usize = 20;

/// A call that is not answered as it was meant.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: u32,
    message: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: u32, message: &str) -> Self {
        Self { status, code, message: message.to_owned() }
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

    pub(super) fn answer(self) -> Answer {
        let errors = json!([{ "code": self.code, "message": self.message }]);
        let envelope = json!({ "success": false, "errors": errors, "messages": [], "result": null });
        Answer::json(self.status, &envelope)
    }
}

/// It worked.
pub(super) fn done(result: &Value) -> Answer {
    let envelope = json!({ "success": true, "errors": [], "messages": [], "result": result });
    Answer::json(StatusCode::OK, &envelope)
}

/// The page that was asked for.
pub(super) fn listed(all: &[Value], question: &Question) -> Answer {
    let number = |name: &str, otherwise: usize| {
        question.query(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (page, length) = (number("page", 1).max(1), number("per_page", PAGE).clamp(1, LONGEST_PAGE));
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
