//! The connector's part of the control stream: registers the connection, tells its rules, and says when it leaves.

use std::io;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use wire::tunnel::rpc::{Answer, Call, Registered, Registration, Rpc, Target, rpc_length};

use crate::error::{LinkError, broken};
use crate::exchange::{Reader, Sender};

/// How long the edge may take for one answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long it may take to hear the last word.
const LAST_WORD: Duration = Duration::from_secs(2);
const BOOTSTRAP: u32 = 0;
/// The edge has taken the answer before the next question comes, so that one number is enough.
const QUESTION: u32 = 1;
/// What is said at the end.
const FAREWELL: &str = "rpc: shutdown";

/// One conversation with the edge.
#[derive(Debug)]
pub(crate) struct Control {
    from: Reader,
    to: Sender,
    input: BytesMut,
    /// The edge's capability, once it has handed it over.
    server: u32,
}

impl Control {
    pub(crate) fn new(from: Reader, to: Sender) -> Self {
        Self { from, to, input: BytesMut::new(), server: 0 }
    }

    /// Asks the edge to send requests.
    pub(crate) async fn register(&mut self, registration: Registration) -> Result<Registered, LinkError> {
        self.say(&Rpc::Bootstrap { question: BOOTSTRAP })?;
        self.call(Target::Promised(BOOTSTRAP), Call::Register(registration))?;
        let (mut capability, mut outcome) = (None, None);
        while capability.is_none() || outcome.is_none() {
            match self.returned("registration").await? {
                (BOOTSTRAP, answer) => capability = Some(answer.capability().map_err(broken)?),
                (_, Answer::Exception(why)) => return Err(LinkError::Broken(why)),
                (_, answer) => outcome = Some(answer.registration().map_err(broken)?),
            }
        }
        self.server = capability.unwrap_or_default();
        self.say(&Rpc::Finish { question: BOOTSTRAP, release: false })?;
        self.say(&Rpc::Finish { question: QUESTION, release: false })?;
        outcome.ok_or(LinkError::Closed)?.map_err(LinkError::Refused)
    }

    /// Tells rules that came from a file.
    pub(crate) async fn tell(&mut self, rules: Vec<u8>) -> Result<(), LinkError> {
        self.ask(Call::LocalConfiguration(rules), "rules").await
    }

    /// Says that no more requests are wanted, and ends the conversation.
    pub(crate) async fn leave(&mut self) -> Result<(), LinkError> {
        self.ask(Call::Unregister, "farewell").await?;
        self.say(&Rpc::Release { id: self.server, count: 1 })?;
        self.say(&Rpc::Abort { reason: FAREWELL.to_owned() })?;
        self.to.end().map_err(broken)?;
        // The edge ends its own side once it has heard all of this; a connection that closes earlier would hide it.
        let heard = async { while let Ok(Some(_)) = self.next().await {} };
        drop(tokio::time::timeout(LAST_WORD, heard).await);
        Ok(())
    }

    /// Waits until the edge ends the conversation.
    pub(crate) async fn over(&mut self) -> LinkError {
        loop {
            match self.next().await {
                Ok(Some(Rpc::Abort { reason })) => return LinkError::Broken(reason),
                Ok(Some(_)) => {}
                Ok(None) => return LinkError::Closed,
                Err(error) => return broken(error),
            }
        }
    }

    async fn ask(&mut self, call: Call, step: &'static str) -> Result<(), LinkError> {
        self.call(Target::Imported(self.server), call)?;
        let answer = loop {
            if let (QUESTION, answer) = self.returned(step).await? {
                break answer;
            }
        };
        self.say(&Rpc::Finish { question: QUESTION, release: false })?;
        match answer {
            Answer::Exception(why) => Err(LinkError::Broken(why)),
            Answer::Canceled => Err(LinkError::Broken("the edge dropped the question".to_owned())),
            Answer::Results(_)
            | Answer::Done
            | Answer::Capability(_)
            | Answer::Registration(_)
            | Answer::Configured(_) => Ok(()),
        }
    }

    fn call(&mut self, target: Target, call: Call) -> Result<(), LinkError> {
        self.say(&Rpc::Call { question: QUESTION, target, call: Box::new(call) })
    }

    fn say(&mut self, message: &Rpc) -> Result<(), LinkError> {
        self.to.say(message.write().map_err(broken)?.into()).map_err(broken)
    }

    /// The next answer, to whatever question.
    async fn returned(&mut self, step: &'static str) -> Result<(u32, Answer), LinkError> {
        let next = async {
            loop {
                match self.next().await.map_err(broken)? {
                    Some(Rpc::Return(returned)) => return Ok((returned.answer, returned.holds)),
                    Some(Rpc::Abort { reason }) => return Err(LinkError::Broken(reason)),
                    Some(_) => {}
                    None => return Err(LinkError::Closed),
                }
            }
        };
        let silent = LinkError::Silent { step, after: PATIENCE };
        tokio::time::timeout(PATIENCE, next).await.unwrap_or(Err(silent))
    }

    async fn next(&mut self) -> io::Result<Option<Rpc>> {
        loop {
            if let Some(length) = rpc_length(&self.input).map_err(io::Error::other)?
                && let Some(framed) = self.input.get(..length)
            {
                let message = Rpc::read(framed).map_err(io::Error::other)?;
                self.input.advance(length);
                return Ok(Some(message));
            }
            match self.from.next().await? {
                Some(bytes) => self.input.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }
}
