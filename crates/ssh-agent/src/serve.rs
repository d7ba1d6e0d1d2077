//! One connection, from either side.

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::frame::{self, AgentError};
use crate::{Answer, Identity, Request};

/// What stands behind the protocol.
pub trait Agent {
    /// What can sign. A client waits for this, so it may take its time.
    fn identities(&self) -> impl Future<Output = Vec<Identity>> + Send;

    /// Signs with the key of this public half or certificate; `None` when it is not ours.
    fn sign(&self, key: &[u8], data: &[u8]) -> Option<Vec<u8>>;

    /// The certificate at hand, or with `obtain` one that is got for it; else why there is none.
    fn certificate(&self, obtain: bool) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
}

/// Answers one client until it goes. A connection that comes from a machine that was logged in to sees nothing and gets
/// nothing signed: a certificate is for the way there.
///
/// # Errors
/// When the client sends what is no message. The connection is of no use then.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    agent: &impl Agent,
) -> Result<(), AgentError> {
    let mut forwarded = false;
    while let Some(message) = frame::read(&mut stream).await? {
        let request = Request::parse(&message).ok_or(AgentError::Garbled)?;
        let answer = match request {
            Request::Bind { forwarded: here } => {
                forwarded |= here;
                Answer::Success
            }
            Request::Identities if forwarded => Answer::Identities(Vec::new()),
            Request::Sign { .. } | Request::Certificate { .. } if forwarded => Answer::Failure,
            Request::Identities => Answer::Identities(agent.identities().await),
            Request::Sign { key, data } => agent.sign(&key, &data).map_or(Answer::Failure, Answer::Signature),
            Request::Certificate { obtain } => Answer::Certificate(agent.certificate(obtain).await),
            Request::Unknown => Answer::Failure,
        };
        frame::write(&mut stream, &answer.bytes()).await?;
    }
    Ok(())
}

/// Asks an agent.
///
/// # Errors
/// When it goes away, or answers with what is no message.
pub async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &Request,
) -> Result<Answer, AgentError> {
    frame::write(stream, &request.bytes()).await?;
    let message = frame::read(stream).await?.ok_or(AgentError::Closed)?;
    Answer::parse(&message).ok_or(AgentError::Garbled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;
    use crate::LARGEST_FRAME;

    struct One;

    impl Agent for One {
        async fn identities(&self) -> Vec<Identity> {
            vec![Identity { key: b"key".to_vec(), comment: "one".to_owned() }]
        }

        fn sign(&self, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
            (key == b"key").then(|| data.to_vec())
        }

        async fn certificate(&self, obtain: bool) -> Result<Vec<u8>, String> {
            if obtain { Ok(b"certificate".to_vec()) } else { Err(String::new()) }
        }
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    /// What the agent answers to these bytes until it hangs up, and why it did.
    fn answers(bytes: &[u8]) -> (Vec<u8>, Result<(), AgentError>) {
        run(async {
            let (mut client, served) = duplex(2 * LARGEST_FRAME);
            client.write_all(bytes).await.unwrap();
            client.shutdown().await.unwrap();
            let ended = serve(served, &One).await;
            let mut said = Vec::new();
            client.read_to_end(&mut said).await.unwrap();
            (said, ended)
        })
    }

    #[test]
    fn questions_are_answered_in_turn() {
        run(async {
            let (mut client, served) = duplex(4096);
            let asking = async {
                let Answer::Identities(identities) = ask(&mut client, &Request::Identities).await.unwrap()
                else {
                    panic!("no identities")
                };
                let sign = |key: &[u8]| Request::Sign { key: key.to_vec(), data: b"data".to_vec() };
                let signed = ask(&mut client, &sign(&identities[0].key)).await.unwrap();
                assert_eq!(signed, Answer::Signature(b"data".to_vec()));
                assert_eq!(ask(&mut client, &sign(b"other")).await.unwrap(), Answer::Failure);
                let certificate = ask(&mut client, &Request::Certificate { obtain: true }).await.unwrap();
                assert_eq!(certificate, Answer::Certificate(Ok(b"certificate".to_vec())));
                drop(client);
            };
            let (served, ()) = tokio::join!(serve(served, &One), asking);
            served.unwrap();
        });
    }

    #[test]
    fn a_forwarded_connection_gets_nothing() {
        run(async {
            let (mut client, served) = duplex(4096);
            let asking = async {
                for forwarded in [false, true, false] {
                    let bound = ask(&mut client, &Request::Bind { forwarded }).await.unwrap();
                    assert_eq!(bound, Answer::Success);
                }
                let listed = ask(&mut client, &Request::Identities).await.unwrap();
                assert_eq!(listed, Answer::Identities(Vec::new()));
                let sign = Request::Sign { key: b"key".to_vec(), data: Vec::new() };
                assert_eq!(ask(&mut client, &sign).await.unwrap(), Answer::Failure);
                let wish = Request::Certificate { obtain: true };
                assert_eq!(ask(&mut client, &wish).await.unwrap(), Answer::Failure);
                drop(client);
            };
            let (served, ()) = tokio::join!(serve(served, &One), asking);
            served.unwrap();
        });
    }

    #[test]
    fn frames_that_are_none_end_the_connection() {
        for (bytes, named) in [
            (&b"\0\0\0\0"[..], "0 bytes"),
            (b"\0\x04\0\x01", "262145 bytes"),
            (b"\xff\xff\xff\xff", "4294967295 bytes"),
            (b"\0\0\0\x09\x0b", "closed"),
            (b"\0\0", "closed"),
            (b"\0\0\0\x01\x0d", "not a message"),
        ] {
            let (said, ended) = answers(bytes);
            let why = ended.unwrap_err().to_string();
            assert!(said.is_empty() && why.contains(named), "{bytes:?}: {why}");
        }
    }

    #[test]
    fn unknown_questions_fail_and_the_next_one_counts() {
        let (said, ended) = answers(b"\0\0\0\x01\x13\0\0\0\x05\x1b\0\0\0\0\0\0\0\x01\x0b");
        ended.unwrap();
        assert_eq!(&said[..10], b"\0\0\0\x01\x05\0\0\0\x01\x05");
        assert_eq!(said[14], 12);
    }

    proptest! {
        #[test]
        fn garbage_gets_no_signature(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let (said, _) = answers(&bytes);
            // One answer a question of five bytes at least, and none of them long.
            prop_assert!(said.len() <= bytes.len().div_ceil(5) * 40);
        }
    }
}
