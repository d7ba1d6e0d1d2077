//! The control stream: the little of Cap'n Proto's RPC that a connector and the edge speak, one framed message at a time.
//!
//! ```text
//! connector ── Bootstrap 0, Call 1 registerConnection ──► edge      sent together
//!           ◄── Return 0 (a capability), Return 1 ────────
//!           ── Finish 0, Finish 1 ──────────────────────►           then, later, calls on that capability
//! ```

mod call;
mod registration;
mod returned;

pub use call::{Call, Registration};
pub use registration::{Refusal, Registered, Registering};
pub use returned::{Answer, Configured, Return};

use super::words::{Malformed, Message, Struct, Writer, framed_length};

/// Longest message of the control stream; a configuration is its largest part.
const LIMIT: usize = 4 << 20;

const ABORT: u16 = 1;
const CALL: u16 = 2;
const RETURN: u16 = 3;
const FINISH: u16 = 4;
const RELEASE: u16 = 6;
const BOOTSTRAP: u16 = 8;

/// What a call is made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A capability that the other side has handed over.
    Imported(u32),
    /// What a question that is still open will answer.
    Promised(u32),
}

/// One message of either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rpc {
    /// Asks for the other side's first capability.
    Bootstrap {
        /// Names the question, for its answer.
        question: u32,
    },
    /// Calls a method.
    Call {
        /// Names the question, for its answer.
        question: u32,
        /// On what.
        target: Target,
        /// What is called, and with what.
        call: Box<Call>,
    },
    /// Answers a question.
    Return(Return),
    /// The answer was taken.
    Finish {
        /// The question.
        question: u32,
        /// Whether the capabilities of the answer are not needed any more.
        release: bool,
    },
    /// A capability is not needed any more.
    Release {
        /// Which.
        id: u32,
        /// How many times it was handed over.
        count: u32,
    },
    /// The conversation is over.
    Abort {
        /// Why.
        reason: String,
    },
    /// Something else, by its number; nothing here depends on it.
    Other(u16),
}

/// How many bytes the message has that begins here, or `None` while that cannot be told yet.
pub fn rpc_length(start: &[u8]) -> Result<Option<usize>, Malformed> {
    framed_length(start, LIMIT)
}

impl Rpc {
    /// Reads one whole framed message.
    pub fn read(framed: &[u8]) -> Result<Self, Malformed> {
        let message = Message::new(framed)?;
        let root = message.root()?;
        let body = root.structure(0)?;
        Ok(match root.u16(0) {
            BOOTSTRAP => Self::Bootstrap { question: body.u32(0) },
            CALL => {
                let target = target(body.structure(0)?)?;
                Self::Call { question: body.u32(0), target, call: Box::new(Call::read(body)?) }
            }
            RETURN => Self::Return(Return::read(body, framed)?),
            FINISH => Self::Finish { question: body.u32(0), release: body.u8(4) & 1 == 0 },
            RELEASE => Self::Release { id: body.u32(0), count: body.u32(4) },
            ABORT => Self::Abort { reason: body.text(0)?.to_owned() },
            other => Self::Other(other),
        })
    }

    /// The framed message.
    pub fn write(&self) -> Result<Vec<u8>, Malformed> {
        let mut writer = Writer::new(1, 1);
        let mut begin = |kind: u16, numbers, pointers| {
            writer.set(1, 0, &kind.to_le_bytes());
            writer.structure(2, numbers, pointers)
        };
        match self {
            Self::Bootstrap { question } => {
                let body = begin(BOOTSTRAP, 1, 1)?;
                writer.put(body, *question, 0);
            }
            Self::Call { question, target, call } => {
                let body = begin(CALL, 3, 3)?;
                writer.put(body, *question, 0);
                write_target(&mut writer, body + 3, *target)?;
                call.write(&mut writer, body)?;
            }
            Self::Return(returned) => {
                let body = begin(RETURN, 2, 1)?;
                returned.write(&mut writer, body)?;
            }
            Self::Finish { question, release } => {
                let body = begin(FINISH, 1, 0)?;
                writer.put(body, *question, u32::from(!*release));
            }
            Self::Release { id, count } => {
                let body = begin(RELEASE, 1, 0)?;
                writer.put(body, *id, *count);
            }
            Self::Abort { reason } => {
                let body = begin(ABORT, 1, 1)?;
                writer.text(body + 1, reason)?;
            }
            Self::Other(_) => return Err(Malformed::Kind),
        }
        writer.finish()
    }
}

fn target(read: Struct<'_, '_>) -> Result<Target, Malformed> {
    match read.u16(4) {
        0 => Ok(Target::Imported(read.u32(0))),
        1 => Ok(Target::Promised(read.structure(0)?.u32(0))),
        2.. => Err(Malformed::Kind),
    }
}

fn write_target(writer: &mut Writer, at: usize, target: Target) -> Result<(), Malformed> {
    let start = writer.structure(at, 1, 1)?;
    match target {
        Target::Imported(id) => writer.put(start, id, 0),
        Target::Promised(question) => {
            writer.put(start, 0, 1);
            let promised = writer.structure(start + 1, 1, 1)?;
            writer.put(promised, question, 0);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
