//! What an SSH server says first: the proof that a stream reaches one.

use tokio::io::{AsyncRead, AsyncReadExt as _, DuplexStream};
use wire::Cause;

use super::Carrier;

/// What a server may say before its greeting (RFC 4253, 4.2), in bytes; more is something else than an SSH server.
const PREFACE: usize = 8 * 1024;

impl Carrier {
    /// The first line of the SSH server at the other end, shown without anything that a terminal would act on.
    ///
    /// # Errors
    /// When the stream ends, or something else answers, before there is one.
    pub async fn greeting(self) -> Result<String, Cause> {
        let host = &*self.host.clone();
        let (near, far): (DuplexStream, DuplexStream) = tokio::io::duplex(1024);
        let (reader, writer) = tokio::io::split(far);
        tokio::select! {
            biased;
            found = first_line_of_ssh(near, host) => found,
            carried = self.carry(reader, writer) => {
                let detail = match carried {
                    Ok(carried) => match carried.cause(host) {
                        Some(cause) => return Err(cause),
                        None => "it ended before the SSH server said anything".to_owned(),
                    },
                    Err(error) => error.to_string(),
                };
                Err(Cause::Cut { host: host.to_owned(), detail })
            }
        }
    }
}

async fn first_line_of_ssh(mut from: impl AsyncRead + Unpin, host: &str) -> Result<String, Cause> {
    let mut heard = Vec::new();
    let mut piece = [0; 512];
    while heard.len() < PREFACE {
        match from.read(&mut piece).await {
            Ok(count) if count > 0 => heard.extend_from_slice(&piece[..count]),
            Ok(_) | Err(_) => break,
        }
        if let Some(line) = ssh_line(&heard) {
            return Ok(line);
        }
    }
    let detail = "what answers is not an SSH server".to_owned();
    Err(Cause::Cut { host: host.to_owned(), detail })
}

/// The whole line that begins with `SSH-`, shown without anything that a terminal would act on.
fn ssh_line(heard: &[u8]) -> Option<String> {
    let whole = heard.iter().rposition(|byte| *byte == b'\n')?;
    let line = heard[..whole].split(|byte| *byte == b'\n').find(|line| line.starts_with(b"SSH-"))?;
    let text = String::from_utf8_lossy(line);
    Some(text.chars().filter(|it| !it.is_control()).take(255).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_may_follow_other_lines_and_must_be_whole() {
        for (heard, line) in [
            ("SSH-2.0-x\r\n", Some("SSH-2.0-x")),
            ("welcome\r\nSSH-2.0-x\n", Some("SSH-2.0-x")),
            ("SSH-2.0-\u{1b}[31mx\r\n", Some("SSH-2.0-[31mx")),
            ("SSH-2.0-x", None),
            ("welcome SSH-2.0-x\n", None),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", None),
        ] {
            assert_eq!(ssh_line(heard.as_bytes()).as_deref(), line, "{heard:?}");
        }
    }
}
