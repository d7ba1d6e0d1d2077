//! `tunnel ready`: asks a connector that runs whether it takes requests.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use crate::failure::Failure;
use crate::say;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer is longer.
const LONGEST: u64 = 64 * 1024;

/// Ends well when it takes requests.
pub(crate) fn ready(address: Option<&str>) -> Result<(), Failure> {
    let Some(address) = address else {
        return Err(Failure::Misuse("say where the tunnel answers monitoring, with `--metrics`".to_owned()));
    };
    let answer = ask(address).map_err(|error| {
        Failure::Unusable(format!(
            "no tunnel answers monitoring at {address} ({error}); is it running there?"
        ))
    })?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    say::data(&format!("{}\n", body.trim_end()));
    let is_ready = answer.split(' ').nth(1) == Some("200");
    if is_ready { Ok(()) } else { Err(Failure::Said) }
}

/// How many connections stand of a connector that answers monitoring there; nothing where nobody answers.
pub(crate) fn connections(address: &str) -> Option<u64> {
    let answer = ask(address).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str::<serde_json::Value>(body).ok()?.get("readyConnections")?.as_u64()
}

fn ask(address: &str) -> io::Result<String> {
    let to = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let mut tcp = TcpStream::connect_timeout(&to, PATIENCE)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    tcp.set_write_timeout(Some(PATIENCE))?;
    write!(tcp, "GET /ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    tcp.take(LONGEST).read_to_string(&mut answer)?;
    Ok(answer)
}
