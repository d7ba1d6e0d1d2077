//! Answers. What one holds depends on its question, which the message does not repeat: it is read by whoever asked.

use super::super::words::{Malformed, Message, Struct, Writer};
use super::registration::{read_answer, write_answer};
use super::{Refusal, Registered};

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// The question.
    pub answer: u32,
    /// What the answer is.
    pub holds: Answer,
}

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The capability that was asked for, by its id at the other side.
    Capability(u32),
    /// Of a registration.
    Registration(Result<Registered, Refusal>),
    /// Of a new configuration.
    Configured(Configured),
    /// It was done, and there is nothing to tell.
    Done,
    /// It failed.
    Exception(String),
    /// It was cancelled.
    Canceled,
    /// Results that whoever asked can read, as they came.
    Results(Vec<u8>),
}

/// Which configuration is in force after a new one was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Its version; -1 for none.
    pub version: i32,
    /// What is wrong with the new one; empty when nothing is.
    pub error: String,
}

impl Answer {
    /// The answer to a bootstrap.
    pub fn capability(&self) -> Result<u32, Malformed> {
        match self {
            Self::Capability(id) => Ok(*id),
            Self::Results(framed) => {
                let message = Message::new(framed)?;
                let table = results(&message)?.structs(1)?;
                let first = table.first().ok_or(Malformed::Kind)?;
                if first.u16(0) == 1 { Ok(first.u32(4)) } else { Err(Malformed::Kind) }
            }
            Self::Registration(_)
            | Self::Configured(_)
            | Self::Done
            | Self::Exception(_)
            | Self::Canceled => Err(Malformed::Kind),
        }
    }

    /// The answer to a registration.
    pub fn registration(&self) -> Result<Result<Registered, Refusal>, Malformed> {
        match self {
            Self::Registration(answer) => Ok(answer.clone()),
            Self::Results(framed) => {
                let message = Message::new(framed)?;
                read_answer(results(&message)?.structure(0)?)
            }
            Self::Capability(_) | Self::Configured(_) | Self::Done | Self::Exception(_) | Self::Canceled => {
                Err(Malformed::Kind)
            }
        }
    }

    /// The answer to a new configuration.
    pub fn configured(&self) -> Result<Configured, Malformed> {
        match self {
            Self::Configured(answer) => Ok(answer.clone()),
            Self::Results(framed) => {
                let message = Message::new(framed)?;
                let response = results(&message)?.structure(0)?.structure(0)?;
                Ok(Configured { version: response.u32(0).cast_signed(), error: response.text(0)?.to_owned() })
            }
            Self::Capability(_)
            | Self::Registration(_)
            | Self::Done
            | Self::Exception(_)
            | Self::Canceled => Err(Malformed::Kind),
        }
    }
}

/// The payload of a return that holds results.
fn results<'m, 'a>(message: &'m Message<'a>) -> Result<Struct<'m, 'a>, Malformed> {
    message.root()?.structure(0)?.structure(0)
}

impl Return {
    pub(super) fn read(body: Struct<'_, '_>, framed: &[u8]) -> Result<Self, Malformed> {
        let holds = match body.u16(6) {
            0 => Answer::Results(framed.to_vec()),
            1 => Answer::Exception(body.structure(0)?.text(0)?.to_owned()),
            2 => Answer::Canceled,
            3.. => return Err(Malformed::Kind),
        };
        Ok(Self { answer: body.u32(0), holds })
    }

    /// Fills in a return that begins at `body`.
    pub(super) fn write(&self, writer: &mut Writer, body: usize) -> Result<(), Malformed> {
        let kind: u16 = match &self.holds {
            Answer::Exception(_) => 1,
            Answer::Canceled => 2,
            Answer::Results(_) => return Err(Malformed::Kind),
            Answer::Capability(_) | Answer::Registration(_) | Answer::Configured(_) | Answer::Done => 0,
        };
        // The bit says that the caller's capabilities are not released, which stock peers never do.
        writer.put(body, self.answer, 1 | u32::from(kind) << 16);
        match &self.holds {
            Answer::Exception(reason) => {
                let exception = writer.structure(body + 2, 1, 1)?;
                writer.text(exception + 1, reason)
            }
            Answer::Canceled | Answer::Results(_) => Ok(()),
            Answer::Capability(_) | Answer::Registration(_) | Answer::Configured(_) | Answer::Done => {
                let payload = writer.structure(body + 2, 0, 2)?;
                self.write_payload(writer, payload)
            }
        }
    }

    fn write_payload(&self, writer: &mut Writer, payload: usize) -> Result<(), Malformed> {
        match &self.holds {
            Answer::Capability(id) => {
                writer.capability(payload, 0);
                let first = writer.structs(payload + 1, 1, 1, 1)?;
                writer.put(first, 1, *id);
                return Ok(());
            }
            Answer::Registration(answer) => write_answer(answer, writer, payload)?,
            Answer::Configured(configured) => {
                let content = writer.structure(payload, 0, 1)?;
                let response = writer.structure(content, 1, 1)?;
                writer.set(response, 0, &configured.version.to_le_bytes());
                writer.text(response + 1, &configured.error)?;
            }
            Answer::Done | Answer::Exception(_) | Answer::Canceled | Answer::Results(_) => {
                writer.empty(payload);
            }
        }
        writer.structs(payload + 1, 0, 1, 1)?;
        Ok(())
    }
}
