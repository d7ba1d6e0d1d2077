//! Waiting at the mailbox (`access.md` 2.4): one long poll after the other on one connection.
//!
//! The service holds a poll for up to a minute. One that answers at once is asked again after a growing pause, and one
//! that fails is asked again a few times, so that neither a hurried service nor a moment without network ends a log-in.

use std::time::Duration;

use http::Method;
use tokio::time::{Instant, sleep};
use url::Url;
use wire::header;

use super::{Recipient, Sealed, Transferred};
use crate::AccessError;
use crate::error::Step;
use crate::http::{Answer, Line};
use crate::limit::{POLL, POLL_FAILURES, TRANSFERRED};
use crate::reach::{Dialler, limited};

/// A poll that took less than this was not held.
const HELD: Duration = Duration::from_secs(1);
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// The mailbox of one log-in to `host`.
pub(crate) struct Mailbox<'a> {
    pub(crate) dialler: &'a Dialler,
    pub(crate) host: &'a str,
    pub(crate) url: Url,
    pub(crate) recipient: &'a Recipient,
}

impl Mailbox<'_> {
    /// Waits until the edge has put tokens in. The caller limits how long.
    pub(crate) async fn wait(&self) -> Result<Transferred, AccessError> {
        let mut line = None;
        let mut pause = SHORTEST_PAUSE;
        let mut failures = 0;
        loop {
            let began = Instant::now();
            match self.poll(&mut line).await {
                Ok(Some(transferred)) => return Ok(transferred),
                Ok(None) => failures = 0,
                Err(error) => {
                    failures += 1;
                    line = None;
                    if failures >= POLL_FAILURES || !error.is_transient() {
                        return Err(error);
                    }
                    tracing::debug!(%error, failures, "the transfer service failed; trying again");
                }
            }
            if failures > 0 || began.elapsed() < HELD {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            } else {
                pause = SHORTEST_PAUSE;
            }
        }
    }

    /// One poll; `None` when there is nothing yet.
    async fn poll(&self, line: &mut Option<Line>) -> Result<Option<Transferred>, AccessError> {
        let asking = async {
            let mut open = match line.take().filter(Line::is_open) {
                Some(open) => open,
                None => Line::open(self.dialler, &self.url).await?,
            };
            let answer = open.ask(Method::GET, &self.url, &[], TRANSFERRED).await?;
            *line = Some(open);
            Ok(answer)
        };
        let answer = limited(self.url.host_str().unwrap_or_default(), Step::Polling, POLL, asking).await?;
        read(self.host, self.recipient, &answer)
    }
}

/// What an answer of the transfer service holds; `None` when there is nothing yet.
pub(crate) fn read(
    host: &str,
    recipient: &Recipient,
    answer: &Answer,
) -> Result<Option<Transferred>, AccessError> {
    let host = host.to_owned();
    match answer.status {
        200 if !answer.body.is_empty() => {
            let sender = answer.header(header::SERVICE_PUBLIC_KEY).unwrap_or_default();
            let opened = recipient.open(&Sealed { sender, body: &answer.body });
            opened.map(Some).map_err(|what| AccessError::TransferUnreadable { host, what })
        }
        status @ (300..=399 | 500..) => Err(AccessError::TransferRefused { host, status }),
        _ => Ok(None),
    }
}
