//! SOCKS 5. Names are looked up by the proxy; each message waits for its answer, as not every proxy reads ahead.

use std::net::IpAddr;

use profile::ProxyLogin;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroizing;

use super::{Refusal, invalid};
use crate::error::ProxyAnswer;
use crate::reach::bare;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const NOTHING_FITS: u8 = 0xFF;
const PASSWORD_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

pub(super) async fn ask<L>(
    link: &mut L,
    host: &str,
    port: u16,
    login: Option<&ProxyLogin>,
) -> Result<(), Refusal>
where
    L: AsyncRead + AsyncWrite + Unpin,
{
    let methods: &[u8] =
        if login.is_some() { &[VERSION, 2, NO_LOGIN, PASSWORD] } else { &[VERSION, 1, NO_LOGIN] };
    match (answer(link, methods, VERSION).await?, login) {
        (NO_LOGIN, _) => {}
        (PASSWORD, Some(login)) => introduce(link, login).await?,
        (NOTHING_FITS, _) => return Err(Refusal::Password),
        _ => return Err(invalid("it asks for a login that was not offered")),
    }
    match answer(link, &request(host, port)?, VERSION).await? {
        0 => {}
        code => return Err(Refusal::Answer(ProxyAnswer::Socks(code))),
    }
    skip_address(link).await
}

async fn introduce<L>(link: &mut L, login: &ProxyLogin) -> Result<(), Refusal>
where
    L: AsyncRead + AsyncWrite + Unpin,
{
    let too_long = |_| invalid("its user or password is longer than SOCKS allows");
    let mut message = Zeroizing::new(Vec::with_capacity(3 + 2 * 255));
    message.push(PASSWORD_VERSION);
    for text in [&login.user, &login.password] {
        message.push(u8::try_from(text.len()).map_err(too_long)?);
        message.extend_from_slice(text.as_bytes());
    }
    match answer(link, &message, PASSWORD_VERSION).await? {
        0 => Ok(()),
        _ => Err(Refusal::Password),
    }
}

/// Says something; returns what follows the version in the answer.
async fn answer<L>(link: &mut L, message: &[u8], version: u8) -> Result<u8, Refusal>
where
    L: AsyncRead + AsyncWrite + Unpin,
{
    link.write_all(message).await?;
    link.flush().await?;
    let mut said = [0; 2];
    link.read_exact(&mut said).await?;
    if said[0] == version { Ok(said[1]) } else { Err(invalid("its answer is not SOCKS 5")) }
}

fn request(host: &str, port: u16) -> Result<Vec<u8>, Refusal> {
    let host = bare(host);
    let mut message = vec![VERSION, CONNECT, 0];
    match host.parse() {
        Ok(IpAddr::V4(ip)) => {
            message.push(IPV4);
            message.extend_from_slice(&ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            message.push(IPV6);
            message.extend_from_slice(&ip.octets());
        }
        Err(_) => {
            let length = u8::try_from(host.len()).map_err(|_| invalid("the name is too long for SOCKS"))?;
            message.extend_from_slice(&[NAME, length]);
            message.extend_from_slice(host.as_bytes());
        }
    }
    message.extend_from_slice(&port.to_be_bytes());
    Ok(message)
}

/// Reads the rest of the answer: from where the proxy has connected, which is its own business.
async fn skip_address(link: &mut (impl AsyncRead + Unpin)) -> Result<(), Refusal> {
    let _reserved = link.read_u8().await?;
    let length = match link.read_u8().await? {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(link.read_u8().await?),
        _ => return Err(invalid("its answer is not SOCKS 5")),
    };
    let mut address_and_port = [0; 255 + 2];
    link.read_exact(&mut address_and_port[..length + 2]).await?;
    Ok(())
}
