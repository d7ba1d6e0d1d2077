//! The transfer service: mailboxes through which a browser's log-in reaches a program (`access.md` 2.4, 2.5).
//!
//! A mailbox is known by the program's public key, exactly as it was written in the link. What lies in it is sealed to
//! that key, so the service itself cannot read it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use crypto_box::aead::{Aead as _, AeadCore as _, OsRng};
use crypto_box::{PublicKey, SalsaBox, SecretKey};
use http::{Method, StatusCode};
use tokio::sync::watch;

use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::faults::TransferFault;

/// A sealed message and the key of whoever sealed it.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// URL-safe base64 with padding.
    sender: String,
    /// Standard base64 of nonce and box.
    body: String,
}

/// Letters waiting to be fetched, by mailbox.
pub(crate) struct Mailboxes<T> {
    letters: Mutex<BTreeMap<String, T>>,
    arrivals: watch::Sender<u64>,
}

impl<T> Default for Mailboxes<T> {
    fn default() -> Self {
        Self { letters: Mutex::default(), arrivals: watch::Sender::new(0) }
    }
}

impl<T> Mailboxes<T> {
    pub(crate) fn post(&self, mailbox: &str, letter: T) {
        self.letters().insert(mailbox.to_owned(), letter);
        self.arrivals.send_modify(|count| *count += 1);
    }

    async fn fetch(&self, mailbox: &str) -> T {
        let mut arrivals = self.arrivals.subscribe();
        loop {
            if let Some(letter) = self.letters().remove(mailbox) {
                return letter;
            }
            // The sender lives as long as `self`.
            let _ = arrivals.changed().await;
        }
    }

    fn letters(&self) -> MutexGuard<'_, BTreeMap<String, T>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Letter {
    /// Seals `text` to the key that `mailbox` is the name of; nothing when it is not a key.
    pub(crate) fn seal(mailbox: &str, text: &[u8]) -> Option<Self> {
        let recipient: [u8; 32] = URL_SAFE.decode(mailbox).ok()?.try_into().ok()?;
        Some(Self::seal_to(&PublicKey::from(recipient), text))
    }

    fn seal_to(recipient: &PublicKey, text: &[u8]) -> Self {
        let sender = SecretKey::generate(&mut OsRng);
        let nonce = SalsaBox::generate_nonce(&mut OsRng);
        let sealed = SalsaBox::new(recipient, &sender).encrypt(&nonce, text).unwrap_or_default();
        let mut body = nonce.to_vec();
        body.extend(sealed);
        Self { sender: URL_SAFE.encode(sender.public_key().as_bytes()), body: STANDARD.encode(body) }
    }
}

/// Answers `GET /transfer/<key>`, and `GET /<key>`, where letters lie open.
pub(crate) async fn answer(edge: &Edge, question: &Question) -> Answer {
    let Some(mailbox) = question.path.strip_prefix(wire::path::TRANSFER) else {
        let mailbox = question.path.trim_start_matches('/');
        match edge.faults.look(|faulty| faulty.transfer.take()) {
            Some(TransferFault::NotFoundAtOnce) => return Answer::text(StatusCode::NOT_FOUND, "not found"),
            Some(TransferFault::Status(status)) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return Answer::text(status, "the transfer service is having a bad day");
            }
            // What lies open here is not sealed, and nothing else can be wrong with it.
            Some(_) | None => {}
        }
        return match tokio::time::timeout(edge.plan.poll_hold, edge.certs.fetch(mailbox)).await {
            Ok(letter) if question.method == Method::GET => Answer::text(StatusCode::OK, &letter),
            Ok(_) | Err(_) => Answer::text(StatusCode::NOT_FOUND, "not found"),
        };
    };
    if question.method != Method::GET {
        return Answer::text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    }
    if let Some(fault) = edge.faults.look(|faulty| faulty.transfer.take()) {
        return faulty(edge, mailbox, fault).await;
    }
    match tokio::time::timeout(edge.plan.poll_hold, edge.mailboxes.fetch(mailbox)).await {
        Ok(letter) => delivered(&letter),
        Err(_) => Answer::text(StatusCode::NOT_FOUND, "not found"),
    }
}

fn delivered(letter: &Letter) -> Answer {
    Answer::text(StatusCode::OK, &letter.body).header(wire::header::SERVICE_PUBLIC_KEY, &letter.sender)
}

async fn faulty(edge: &Edge, mailbox: &str, fault: TransferFault) -> Answer {
    match fault {
        TransferFault::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Answer::text(status, "the transfer service is having a bad day");
        }
        TransferFault::NotFoundAtOnce => return Answer::text(StatusCode::NOT_FOUND, "not found"),
        TransferFault::Empty => return Answer::new(StatusCode::OK),
        TransferFault::Undecryptable
        | TransferFault::BadBase64
        | TransferFault::NotJson
        | TransferFault::NoSenderKey => {}
    }
    let letter = edge.mailboxes.fetch(mailbox).await;
    match fault {
        TransferFault::Undecryptable => {
            let stranger = SecretKey::generate(&mut OsRng).public_key();
            delivered(&Letter::seal_to(&stranger, b"{}"))
        }
        TransferFault::NotJson => match Letter::seal(mailbox, b"these are not the tokens") {
            Some(letter) => delivered(&letter),
            None => Answer::text(StatusCode::BAD_REQUEST, "not a key"),
        },
        TransferFault::BadBase64 => delivered(&Letter { body: "%% not base64 %%".to_owned(), ..letter }),
        TransferFault::NoSenderKey => Answer::text(StatusCode::OK, &letter.body),
        TransferFault::Status(_) | TransferFault::NotFoundAtOnce | TransferFault::Empty => delivered(&letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_opens_with_the_mailbox_key_alone() {
        let secret = SecretKey::generate(&mut OsRng);
        let mailbox = URL_SAFE.encode(secret.public_key().as_bytes());
        assert!(mailbox.ends_with('=') && mailbox.len() == 44);
        let letter = Letter::seal(&mailbox, b"hello").unwrap();
        let sender: [u8; 32] = URL_SAFE.decode(&letter.sender).unwrap().try_into().unwrap();
        let body = STANDARD.decode(&letter.body).unwrap();
        let open = |secret: &SecretKey| {
            SalsaBox::new(&PublicKey::from(sender), secret).decrypt(body[..24].into(), &body[24..])
        };
        assert_eq!(open(&secret).unwrap(), b"hello");
        assert!(open(&SecretKey::generate(&mut OsRng)).is_err());
        assert!(Letter::seal("short", b"").is_none());
    }
}
