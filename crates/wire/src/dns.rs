//! Questions to a name server and its answers (RFC 1035, RFC 2782, RFC 3596), as far as the search for the edge needs
//! them: pure, bounded, and never a panic whatever a server sends.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest name, with the dots between its labels.
const NAME: usize = 253;
const LABEL: usize = 63;
const HEADER: usize = 12;
/// How often one name may point elsewhere in its message.
const JUMPS: usize = 16;
const INTERNET: u16 = 1;
const WANTS_RECURSION: u16 = 0x0100;
const IS_ANSWER: u16 = 0x8000;
const IS_CUT: u16 = 0x0200;
const CODE: u16 = 0x000f;
const NO_SUCH_NAME: u16 = 3;

/// What is asked about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its addresses of IP version 4.
    Four,
    /// Its addresses of IP version 6.
    Six,
    /// Hosts that do a service.
    Service,
}

/// One thing that a server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An address.
    Address(IpAddr),
    /// A host that does a service.
    Service {
        /// Lower ones are asked first.
        priority: u16,
        /// Higher ones are asked more often.
        weight: u16,
        /// Its port.
        port: u16,
        /// Its name, without the last dot.
        host: String,
    },
}

/// Why a question or an answer is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A label is empty or too long, or the name is.
    #[error("this cannot be a name")]
    Name,
    /// The message ends too early, or its names lead in circles.
    #[error("the answer of the name server is damaged")]
    Damaged,
    /// The message answers another question.
    #[error("the answer of the name server is to another question")]
    Other,
    /// The answer did not fit: it is to be asked for over a stream.
    #[error("the answer of the name server is cut short")]
    Cut,
    /// The server says no, with this code.
    #[error("the name server refused (code {0})")]
    Refused(u16),
    /// There is no such name.
    #[error("there is no such name")]
    NoSuchName,
}

impl Kind {
    const fn number(self) -> u16 {
        match self {
            Self::Four => 1,
            Self::Six => 28,
            Self::Service => 33,
        }
    }
}

/// A question in the form that goes to a server.
///
/// # Errors
/// When the name cannot be one.
pub fn question(id: u16, name: &str, kind: Kind) -> Result<Vec<u8>, Unusable> {
    let mut message = Vec::with_capacity(HEADER + name.len() + 6);
    for field in [id, WANTS_RECURSION, 1, 0, 0, 0] {
        message.extend(field.to_be_bytes());
    }
    put_name(&mut message, name)?;
    message.extend(kind.number().to_be_bytes());
    message.extend(INTERNET.to_be_bytes());
    Ok(message)
}

/// What a server answers to the question with this id.
///
/// # Errors
/// When it is no answer to it, or one that says no.
pub fn answer(message: &[u8], id: u16, name: &str, kind: Kind) -> Result<Vec<Record>, Unusable> {
    let flags = short(message, 2)?;
    if short(message, 0)? != id || flags & IS_ANSWER == 0 || short(message, 4)? != 1 {
        return Err(Unusable::Other);
    }
    let (asked, mut at) = read_name(message, HEADER)?;
    if !asked.eq_ignore_ascii_case(name.trim_end_matches('.')) || short(message, at)? != kind.number() {
        return Err(Unusable::Other);
    }
    at += 4;
    match flags & CODE {
        0 => {}
        NO_SUCH_NAME => return Err(Unusable::NoSuchName),
        code => return Err(Unusable::Refused(code)),
    }
    if flags & IS_CUT != 0 {
        return Err(Unusable::Cut);
    }
    let mut records = Vec::new();
    for _ in 0..short(message, 6)? {
        // Another name in front is an alias, which the server has followed.
        (_, at) = read_name(message, at)?;
        let (found, length) = (short(message, at)?, usize::from(short(message, at + 8)?));
        at += 10;
        let data = message.get(at..at + length).ok_or(Unusable::Damaged)?;
        if found == kind.number() {
            records.push(record(message, at, data, kind)?);
        }
        at += length;
    }
    Ok(records)
}

fn record(message: &[u8], at: usize, data: &[u8], kind: Kind) -> Result<Record, Unusable> {
    let damaged = |_| Unusable::Damaged;
    Ok(match kind {
        Kind::Four => Record::Address(Ipv4Addr::from(<[u8; 4]>::try_from(data).map_err(damaged)?).into()),
        Kind::Six => Record::Address(Ipv6Addr::from(<[u8; 16]>::try_from(data).map_err(damaged)?).into()),
        Kind::Service => Record::Service {
            priority: short(data, 0)?,
            weight: short(data, 2)?,
            port: short(data, 4)?,
            host: read_name(message, at + 6)?.0,
        },
    })
}

fn put_name(message: &mut Vec<u8>, name: &str) -> Result<(), Unusable> {
    let name = name.trim_end_matches('.');
    if name.is_empty() || name.len() > NAME {
        return Err(Unusable::Name);
    }
    for label in name.split('.') {
        let length = u8::try_from(label.len()).map_err(|_| Unusable::Name)?;
        if label.is_empty() || label.len() > LABEL {
            return Err(Unusable::Name);
        }
        message.push(length);
        message.extend(label.as_bytes());
    }
    message.push(0);
    Ok(())
}

/// The name at this place, and the place behind it.
fn read_name(message: &[u8], mut at: usize) -> Result<(String, usize), Unusable> {
    let (mut name, mut behind) = (String::new(), None);
    for _ in 0..JUMPS {
        loop {
            let length = usize::from(*message.get(at).ok_or(Unusable::Damaged)?);
            match length {
                0 => return Ok((name, behind.unwrap_or(at + 1))),
                1..=LABEL => {
                    let label = message.get(at + 1..at + 1 + length).ok_or(Unusable::Damaged)?;
                    if !name.is_empty() {
                        name.push('.');
                    }
                    // Names of hosts are ASCII; whatever else stands there names none.
                    name.extend(label.iter().map(|byte| char::from(*byte)));
                    if name.len() > 2 * NAME {
                        return Err(Unusable::Damaged);
                    }
                    at += 1 + length;
                }
                0xc0.. => break,
                _ => return Err(Unusable::Damaged),
            }
        }
        behind.get_or_insert(at + 2);
        at = usize::from(short(message, at)? & 0x3fff);
    }
    Err(Unusable::Damaged)
}

fn short(message: &[u8], at: usize) -> Result<u16, Unusable> {
    let bytes = message.get(at..at + 2).ok_or(Unusable::Damaged)?;
    Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 1035 4.1.1 and 4.1.2: id 7, recursion wanted, one question: A of `a.b`, in the Internet.
    const QUESTION: &[u8] = &[0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 1, b'b', 0, 0, 1, 0, 1];

    /// The answer to `_s._tcp.a.b`, whose host is written by reference to the name in the question (RFC 1035 4.1.4).
    fn service_answer() -> Vec<u8> {
        let mut message = vec![0, 9, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        message.extend(b"\x02_s\x04_tcp\x01a\x01b\x00");
        message.extend([0, 33, 0, 1]);
        message.extend([0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 11, 0, 1, 0, 5, 0x1e, 0xa4, 2]);
        message.extend(b"r1");
        message.extend([0xc0, 20]);
        message
    }

    #[test]
    fn a_question_is_what_the_standard_says() {
        assert_eq!(question(7, "a.b.", Kind::Four).as_deref(), Ok(QUESTION));
        for name in ["", ".", "a..b", &"x".repeat(64), &"x.".repeat(127).repeat(2)] {
            assert_eq!(question(7, name, Kind::Four), Err(Unusable::Name), "{name}");
        }
    }

    #[test]
    fn services_and_references_are_read() {
        let read = answer(&service_answer(), 9, "_s._tcp.A.b", Kind::Service);
        let host = Record::Service { priority: 1, weight: 5, port: 7844, host: "r1.a.b".to_owned() };
        assert_eq!(read, Ok(vec![host]));
    }

    #[test]
    fn addresses_are_read_behind_an_alias() {
        let mut message = QUESTION.to_vec();
        message[2..8].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 2]);
        message.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, b'c', 0xc0, 14]);
        message.extend([0xc0, 33, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 41, 200, 13]);
        let address = Record::Address([198, 41, 200, 13].into());
        assert_eq!(answer(&message, 7, "a.b", Kind::Four), Ok(vec![address]));
    }

    #[test]
    fn answers_to_other_questions_and_refusals_are_told_apart() {
        let message = service_answer();
        assert_eq!(answer(&message, 8, "_s._tcp.a.b", Kind::Service), Err(Unusable::Other));
        assert_eq!(answer(&message, 9, "_s._tcp.a.c", Kind::Service), Err(Unusable::Other));
        assert_eq!(answer(&message, 9, "_s._tcp.a.b", Kind::Four), Err(Unusable::Other));
        for (at, byte, expected) in
            [(3, 0x83, Unusable::NoSuchName), (3, 0x82, Unusable::Refused(2)), (2, 0x83, Unusable::Cut)]
        {
            let mut other = message.clone();
            other[at] = byte;
            assert_eq!(answer(&other, 9, "_s._tcp.a.b", Kind::Service), Err(expected));
        }
    }

    #[test]
    fn a_name_that_leads_in_circles_ends() {
        let mut message = service_answer();
        let end = message.len();
        message[end - 1] = u8::try_from(end - 5).unwrap();
        assert_eq!(answer(&message, 9, "_s._tcp.a.b", Kind::Service), Err(Unusable::Damaged));
    }

    proptest! {
        #[test]
        fn damage_is_read_or_refused(at in 0_usize..60, byte: u8, length in 0_usize..70) {
            let mut message = service_answer();
            if let Some(damaged) = message.get_mut(at) {
                *damaged = byte;
            }
            message.truncate(length);
            if let Ok(records) = answer(&message, 9, "_s._tcp.a.b", Kind::Service) {
                prop_assert!(records.len() <= message.len());
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(message: Vec<u8>) {
            if let Ok(records) = answer(&message, 9, "a.b", Kind::Six) {
                prop_assert!(records.len() <= message.len());
            }
        }
    }
}
