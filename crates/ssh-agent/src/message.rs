//! What is asked and answered, without the length before it.

use crate::bytes::{Reader, put_number, put_string};

const FAILURE: u8 = 5;
const SUCCESS: u8 = 6;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const EXTENSION: u8 = 27;
const EXTENSION_RESPONSE: u8 = 29;

/// Tells which session a connection belongs to, and whether it comes from another machine (OpenSSH's `PROTOCOL.agent`).
const SESSION_BIND: &[u8] = b"session-bind@openssh.com";
/// Our own question.
const CERTIFICATE: &[u8] = b"certificate@sallyport";

/// Most identities in one answer that are read; OpenSSH reads no more either.
const MOST: usize = 2048;

/// What a client of the agent wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Which keys and certificates are there?
    Identities,
    /// Sign this with the key of that public half or certificate.
    Sign {
        /// The public half or the certificate, in SSH's form.
        key: Vec<u8>,
        /// What is to be signed.
        data: Vec<u8>,
    },
    /// This connection belongs to one session.
    Bind {
        /// Whether who asks sits on the machine that was logged in to.
        forwarded: bool,
    },
    /// Which certificate is there? An extension of our own.
    Certificate {
        /// Whether one is to be obtained where none is at hand.
        obtain: bool,
    },
    /// Something else, which only needs a refusal.
    Unknown,
}

/// What the agent says to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cannot, does not want to, or does not know the question.
    Failure,
    /// It was done.
    Success,
    /// What there is.
    Identities(Vec<Identity>),
    /// The signature, in SSH's form.
    Signature(Vec<u8>),
    /// The certificate in SSH's form, or why there is none: empty when nobody has asked for one yet.
    Certificate(Result<Vec<u8>, String>),
}

/// A key or certificate that can sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The public half or the certificate, in SSH's form.
    pub key: Vec<u8>,
    /// A word about it for a person.
    pub comment: String,
}

impl Request {
    /// Reads a message; `None` when it is garbled.
    #[must_use]
    pub fn parse(message: &[u8]) -> Option<Self> {
        let mut reader = Reader(message);
        Some(match reader.byte()? {
            REQUEST_IDENTITIES => Self::Identities,
            SIGN_REQUEST => {
                let (key, data) = (reader.string()?.to_vec(), reader.string()?.to_vec());
                // The flags choose among hashes for RSA, and say nothing about other keys.
                reader.number()?;
                reader.end()?;
                Self::Sign { key, data }
            }
            EXTENSION => match reader.string()? {
                SESSION_BIND => {
                    let [_host_key, _session, _signature] =
                        [reader.string()?, reader.string()?, reader.string()?];
                    Self::Bind { forwarded: reader.byte()? != 0 }
                }
                CERTIFICATE => Self::Certificate { obtain: reader.byte()? != 0 },
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        })
    }

    /// The message, for those questions that we ask.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Identities => out.push(REQUEST_IDENTITIES),
            Self::Sign { key, data } => {
                out.push(SIGN_REQUEST);
                put_string(&mut out, key);
                put_string(&mut out, data);
                put_number(&mut out, 0);
            }
            Self::Bind { forwarded } => {
                out.push(EXTENSION);
                put_string(&mut out, SESSION_BIND);
                [[]; 3].iter().for_each(|nothing| put_string(&mut out, nothing));
                out.push(u8::from(*forwarded));
            }
            Self::Certificate { obtain } => {
                out.push(EXTENSION);
                put_string(&mut out, CERTIFICATE);
                out.push(u8::from(*obtain));
            }
            Self::Unknown => out.push(EXTENSION),
        }
        out
    }
}

impl Answer {
    /// Reads a message; `None` when it is garbled.
    #[must_use]
    pub fn parse(message: &[u8]) -> Option<Self> {
        let mut reader = Reader(message);
        Some(match reader.byte()? {
            SUCCESS => Self::Success,
            IDENTITIES_ANSWER => {
                let count = usize::try_from(reader.number()?).ok().filter(|count| *count <= MOST)?;
                Self::Identities((0..count).map(|_| identity(&mut reader)).collect::<Option<_>>()?)
            }
            SIGN_RESPONSE => Self::Signature(reader.string()?.to_vec()),
            EXTENSION_RESPONSE if reader.string()? == CERTIFICATE => {
                let (certificate, why) = (reader.string()?, text(reader.string()?)?);
                Self::Certificate(if certificate.is_empty() { Err(why) } else { Ok(certificate.to_vec()) })
            }
            _ => Self::Failure,
        })
    }

    /// The message.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Failure => out.push(FAILURE),
            Self::Success => out.push(SUCCESS),
            Self::Identities(identities) => {
                out.push(IDENTITIES_ANSWER);
                put_number(&mut out, identities.len());
                for Identity { key, comment } in identities {
                    put_string(&mut out, key);
                    put_string(&mut out, comment.as_bytes());
                }
            }
            Self::Signature(signature) => {
                out.push(SIGN_RESPONSE);
                put_string(&mut out, signature);
            }
            Self::Certificate(certificate) => {
                out.push(EXTENSION_RESPONSE);
                put_string(&mut out, CERTIFICATE);
                put_string(&mut out, certificate.as_deref().unwrap_or_default());
                put_string(&mut out, certificate.as_ref().err().map_or(&[], |why| why.as_bytes()));
            }
        }
        out
    }
}

fn identity(reader: &mut Reader<'_>) -> Option<Identity> {
    Some(Identity { key: reader.string()?.to_vec(), comment: text(reader.string()?)? })
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // As OpenSSH 9.2 sends them: `ssh-add -L`, and a session's bind with its strings cut to one byte each.
    const LIST: &[u8] = &[11];
    const BIND: &[u8] = b"\x1b\0\0\0\x18session-bind@openssh.com\0\0\0\x01h\0\0\0\x01i\0\0\0\x01s\x01";

    #[test]
    fn what_openssh_asks_is_understood() {
        assert_eq!(Request::parse(LIST), Some(Request::Identities));
        assert_eq!(Request::parse(BIND), Some(Request::Bind { forwarded: true }));
        let sign = b"\x0d\0\0\0\x01k\0\0\0\x02da\0\0\0\0";
        assert_eq!(Request::parse(sign), Some(Request::Sign { key: b"k".to_vec(), data: b"da".to_vec() }));
    }

    #[test]
    fn what_is_not_for_us_is_unknown_and_what_breaks_off_is_garbled() {
        // Add a key, lock, and an extension of others.
        for message in [&[17, 0][..], &[22, 0, 0, 0, 0], b"\x1b\0\0\0\x05query"] {
            assert_eq!(Request::parse(message), Some(Request::Unknown), "{message:?}");
        }
        for message in [&[][..], &[13], &[13, 0, 0, 0, 9, 1], &[27, 0], &BIND[..BIND.len() - 1]] {
            assert_eq!(Request::parse(message), None, "{message:?}");
        }
    }

    #[test]
    fn answers_are_written_as_the_draft_says() {
        let identity = Identity { key: b"k".to_vec(), comment: "c".to_owned() };
        assert_eq!(Answer::Identities(vec![identity]).bytes(), b"\x0c\0\0\0\x01\0\0\0\x01k\0\0\0\x01c");
        assert_eq!(Answer::Signature(b"s".to_vec()).bytes(), b"\x0e\0\0\0\x01s");
        assert_eq!(Answer::Failure.bytes(), [5]);
        assert_eq!(Answer::Success.bytes(), [6]);
    }

    #[test]
    fn a_count_without_identities_is_garbled() {
        assert_eq!(Answer::parse(&[12, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(Answer::parse(&[12, 0, 0, 8, 0]), None);
    }

    fn blob() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(any::<u8>(), 0..200)
    }

    proptest! {
        #[test]
        fn nothing_makes_a_parser_stumble(message in proptest::collection::vec(any::<u8>(), 0..600)) {
            // Never more than was sent: no length field makes us reserve memory.
            if let Some(Request::Sign { key, data }) = Request::parse(&message) {
                prop_assert!(key.len() + data.len() <= message.len());
            }
            if let Some(Answer::Identities(identities)) = Answer::parse(&message) {
                prop_assert!(identities.len() * 8 <= message.len());
            }
        }

        #[test]
        fn damaged_messages_are_refused_or_read(message in blob(), kind in 0_usize..4, cut in 0_usize..300) {
            let head = [&[13_u8][..], &[12], &[29], BIND][kind];
            let whole = [head, &message].concat();
            let part = &whole[..cut.min(whole.len())];
            prop_assert!(Request::parse(part).is_none_or(|request| request.bytes().len() <= 64 + part.len()));
            prop_assert!(Answer::parse(part).is_none_or(|answer| answer.bytes().len() <= 64 + part.len()));
        }

        #[test]
        fn what_was_written_is_read(key in blob(), data in blob(), obtain: bool, why in "\\PC{0,40}") {
            for request in [
                Request::Identities,
                Request::Sign { key: key.clone(), data: data.clone() },
                Request::Bind { forwarded: obtain },
                Request::Certificate { obtain },
            ] {
                prop_assert_eq!(Request::parse(&request.bytes()), Some(request));
            }
            let certificate = [&[1_u8][..], &key].concat();
            for answer in [
                Answer::Failure,
                Answer::Success,
                Answer::Identities(vec![Identity { key, comment: why.clone() }]),
                Answer::Signature(data),
                Answer::Certificate(Ok(certificate)),
                Answer::Certificate(Err(why)),
            ] {
                prop_assert_eq!(Answer::parse(&answer.bytes()), Some(answer));
            }
        }
    }
}
