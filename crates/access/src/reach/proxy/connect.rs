//! HTTP `CONNECT`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use profile::ProxyLogin;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

use super::{Refusal, invalid};
use crate::USER_AGENT;
use crate::error::ProxyAnswer;
use crate::limit::{HEAD, HEADERS};

pub(super) async fn ask<L>(
    link: &mut L,
    host: &str,
    port: u16,
    login: Option<&ProxyLogin>,
) -> Result<(), Refusal>
where
    L: AsyncBufRead + AsyncWrite + Unpin,
{
    link.write_all(request(host, port, login).as_bytes()).await?;
    link.flush().await?;
    match status(link).await? {
        200..300 => Ok(()),
        407 => Err(Refusal::Password),
        status => Err(Refusal::Answer(ProxyAnswer::Http(status))),
    }
}

fn request(host: &str, port: u16, login: Option<&ProxyLogin>) -> Zeroizing<String> {
    // All that is written has its place at once, so that no copy of the password stays behind.
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let _ =
        write!(text, "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {USER_AGENT}\r\n");
    if let Some(ProxyLogin { user, password }) = login {
        let pair = Zeroizing::new(format!("{user}:{password}"));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        let _ = write!(text, "Proxy-Authorization: Basic {}\r\n", encoded.as_str());
    }
    text.push_str("\r\n");
    text
}

/// The status of the final answer, whose head is taken off the link to its last byte.
async fn status(link: &mut (impl AsyncBufRead + Unpin)) -> Result<u16, Refusal> {
    let mut link = link.take(HEAD as u64);
    loop {
        let mut head = Vec::with_capacity(512);
        loop {
            let begin = head.len();
            link.read_until(b'\n', &mut head).await?;
            match &head[begin..] {
                b"\r\n" | b"\n" if begin > 0 => break,
                line if line.ends_with(b"\n") => {}
                _ if link.limit() == 0 => return Err(invalid("the head of its answer is too long")),
                _ => return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
            }
        }
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let whole = response.parse(&head).is_ok_and(|parsed| parsed.is_complete());
        match response.code {
            Some(100..200) if whole => {}
            Some(code) if whole => return Ok(code),
            _ => return Err(invalid("its answer is not HTTP")),
        }
    }
}
