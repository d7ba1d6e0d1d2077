//! The connector's part of the control stream: registers the connection, tells its rules, and says when it leaves.

use std::time::Duration;

use wire::tunnel::rpc::{Answer, Call, Registered, Registration, Rpc, Target};

use crate::error::{LinkError, broken};
use crate::rpc_stream::RpcStream;

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
    stream: RpcStream,
    /// The edge's capability, once it has handed it over.
    server: u32,
}

impl Control {
    pub(crate) fn new(stream: RpcStream) -> Self {
        Self { stream, server: 0 }
    }

    /// Asks the edge to send requests.
    pub(crate) async fn register(&mut self, registration: Registration) -> Result<Registered, LinkError> {
        self.say(&Rpc::Bootstrap { question: BOOTSTRAP }).await?;
        self.call(Target::Promised(BOOTSTRAP), Call::Register(registration)).await?;
        let (mut capability, mut outcome) = (None, None);
        while capability.is_none() || outcome.is_none() {
            match self.returned("registration").await? {
                (BOOTSTRAP, answer) => capability = Some(answer.capability().map_err(broken)?),
                (_, Answer::Exception(why)) => return Err(LinkError::Broken(why)),
                (_, answer) => outcome = Some(answer.registration().map_err(broken)?),
            }
        }
        self.server = capability.unwrap_or_default();
        self.say(&Rpc::Finish { question: BOOTSTRAP, release: false }).await?;
        self.say(&Rpc::Finish { question: QUESTION, release: false }).await?;
        outcome.ok_or(LinkError::Closed)?.map_err(LinkError::Refused)
    }

    /// Tells rules that came from a file.
    pub(crate) async fn tell(&mut self, rules: Vec<u8>) -> Result<(), LinkError> {
        self.ask(Call::LocalConfiguration(rules), "rules").await
    }

    /// Says that no more requests are wanted, and ends the conversation.
    pub(crate) async fn leave(&mut self) -> Result<(), LinkError> {
        self.ask(Call::Unregister, "farewell").await?;
        self.say(&Rpc::Release { id: self.server, count: 1 }).await?;
        self.say(&Rpc::Abort { reason: FAREWELL.to_owned() }).await?;
        self.stream.end().map_err(broken)?;
        // The edge ends its own side once it has heard all of this; a connection that closes earlier would hide it.
        let heard = async { while let Ok(Some(_)) = self.stream.next().await {} };
        drop(tokio::time::timeout(LAST_WORD, heard).await);
        Ok(())
    }

    /// Waits until the edge ends the conversation.
    pub(crate) async fn over(&mut self) -> LinkError {
        loop {
            match self.stream.next().await {
                Ok(Some(Rpc::Abort { reason })) => return LinkError::Broken(reason),
                Ok(Some(_)) => {}
                Ok(None) => return LinkError::Closed,
                Err(error) => return broken(error),
            }
        }
    }

    async fn ask(&mut self, call: Call, step: &'static str) -> Result<(), LinkError> {
        self.call(Target::Imported(self.server), call).await?;
        let answer = loop {
            if let (QUESTION, answer) = self.returned(step).await? {
                break answer;
            }
        };
        self.say(&Rpc::Finish { question: QUESTION, release: false }).await?;
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

    async fn call(&mut self, target: Target, call: Call) -> Result<(), LinkError> {
        self.say(&Rpc::Call { question: QUESTION, target, call: Box::new(call) }).await
    }

    async fn say(&mut self, message: &Rpc) -> Result<(), LinkError> {
        self.stream.say(message).await.map_err(broken)
    }

    /// The next answer, to whatever question.
    async fn returned(&mut self, step: &'static str) -> Result<(u32, Answer), LinkError> {
        let next = async {
            loop {
                match self.stream.next().await.map_err(broken)? {
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
}
