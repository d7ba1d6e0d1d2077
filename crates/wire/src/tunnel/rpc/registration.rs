//! What a connector tells about itself, and what the edge makes of it.

use std::net::IpAddr;
use std::time::Duration;

use super::super::words::{Malformed, Struct, Writer};

/// The cause by which the edge says that it has this connection already.
const DUPLICATE: &str = "EDUPCONN";

/// What a connector tells about itself when it registers a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registering {
    /// Names the running connector; the same for all of its connections.
    pub client: [u8; 16],
    /// What it can do.
    pub features: Vec<String>,
    /// Its version.
    pub version: String,
    /// System and processor, such as `linux_amd64`.
    pub arch: String,
    /// Its own address on this connection.
    pub local: Option<IpAddr>,
    /// How many attempts came before this one.
    pub attempts: u8,
}

/// A connection that the edge took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id at the edge.
    pub connection: [u8; 16],
    /// The data centre, such as `ams01`.
    pub location: String,
    /// Whether the rules come from the edge.
    pub remotely_managed: bool,
}

/// Why the edge did not take a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In the edge's own words.
    pub cause: String,
    /// Whether another attempt makes sense.
    pub retry: bool,
    /// After how long.
    pub after: Duration,
}

impl Refusal {
    /// Whether the edge has this very connection already; another address may not.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.cause == DUPLICATE
    }
}

impl Registering {
    pub(super) fn read(options: Struct<'_, '_>) -> Result<Self, Malformed> {
        let client = options.structure(0)?;
        let local = options.data(1)?;
        Ok(Self {
            client: client.data(0)?.try_into().map_err(|_| Malformed::Kind)?,
            features: client.texts(1)?.into_iter().map(str::to_owned).collect(),
            version: client.text(2)?.to_owned(),
            arch: client.text(3)?.to_owned(),
            local: address(local),
            attempts: options.u8(2),
        })
    }

    pub(super) fn write(&self, writer: &mut Writer, at: usize) -> Result<(), Malformed> {
        let options = writer.structure(at, 1, 2)?;
        writer.set(options, 2, &[self.attempts]);
        let client = writer.structure(options + 1, 0, 4)?;
        writer.data(client, &self.client)?;
        writer.texts(client + 1, &self.features)?;
        writer.text(client + 2, &self.version)?;
        writer.text(client + 3, &self.arch)?;
        match self.local {
            Some(IpAddr::V4(four)) => writer.data(options + 2, &four.to_ipv6_mapped().octets()),
            Some(IpAddr::V6(six)) => writer.data(options + 2, &six.octets()),
            None => Ok(()),
        }
    }
}

/// Four bytes, or sixteen, which may hold the four.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let sixteen = <[u8; 16]>::try_from(bytes).map(|bytes| IpAddr::from(bytes).to_canonical());
    four.or(sixteen).ok()
}

/// Reads the answer to a registration.
pub(super) fn read_answer(content: Struct<'_, '_>) -> Result<Result<Registered, Refusal>, Malformed> {
    let response = content.structure(0)?;
    let body = response.structure(0)?;
    Ok(match response.u16(0) {
        0 => Err(Refusal {
            cause: body.text(0)?.to_owned(),
            retry: body.u8(8) & 1 == 1,
            after: Duration::from_nanos(body.u64(0)),
        }),
        1 => Ok(Registered {
            connection: body.data(0)?.try_into().map_err(|_| Malformed::Kind)?,
            location: body.text(1)?.to_owned(),
            remotely_managed: body.u8(0) & 1 == 1,
        }),
        2.. => return Err(Malformed::Kind),
    })
}

/// Writes the answer to a registration.
pub(super) fn write_answer(
    answer: &Result<Registered, Refusal>,
    writer: &mut Writer,
    at: usize,
) -> Result<(), Malformed> {
    let content = writer.structure(at, 0, 1)?;
    let response = writer.structure(content, 1, 1)?;
    match answer {
        Ok(registered) => {
            writer.put(response, 1, 0);
            let details = writer.structure(response + 1, 1, 2)?;
            writer.set(details, 0, &[u8::from(registered.remotely_managed)]);
            writer.data(details + 1, &registered.connection)?;
            writer.text(details + 2, &registered.location)
        }
        Err(refusal) => {
            let error = writer.structure(response + 1, 2, 1)?;
            let after = u64::try_from(refusal.after.as_nanos()).map_err(|_| Malformed::TooLarge)?;
            writer.set(error, 0, &after.to_le_bytes());
            writer.set(error + 1, 0, &[u8::from(refusal.retry)]);
            writer.text(error + 2, &refusal.cause)
        }
    }
}
