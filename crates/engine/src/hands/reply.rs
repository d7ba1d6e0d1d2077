//! Answers to helpers; the only place where a token passes through the engine, and it goes straight on.

use ipc::Answer;
use model::HelperReply;
use wire::AppUrl;

use crate::hands::{Hands, Reach};

impl Hands {
    pub(super) fn reply(&self, ticket: u64, reply: HelperReply) {
        self.quietly("reply", move |hands| async move {
            let answer = answer(&hands.reach(), reply).await;
            hands.helpers.answer(ticket, answer);
        });
    }
}

/// Turns the brain's answer into the wire's.
async fn answer(reach: &Reach, reply: HelperReply) -> Answer {
    match reply {
        HelperReply::Token { hostname } => token(reach, &hostname).await,
        HelperReply::NoToken => Answer::NoToken,
        HelperReply::Waiting { link, browser_opened, asks_first } => {
            Answer::Waiting { link, browser_opened, asks_first }
        }
        HelperReply::Failed(cause) => Answer::failed(&cause),
        HelperReply::Status(json) => {
            Answer::Status { json: serde_json::from_str(&json).unwrap_or(serde_json::Value::Null) }
        }
        HelperReply::Done => Answer::Done,
    }
}

async fn token(reach: &Reach, hostname: &str) -> Answer {
    let Ok(url) = hostname.parse::<AppUrl>() else { return Answer::NoToken };
    match reach.access.token_at_hand(&url).await {
        Ok(Some(held)) => Answer::Token { token: held.token.0, until: held.claims.exp },
        Ok(None) => Answer::NoToken,
        Err(error) => Answer::failed(&error.cause()),
    }
}
