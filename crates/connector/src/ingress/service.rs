//! What answers a request: the `service` of a rule.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use super::InvalidRules;

/// What answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A web server.
    Http {
        /// As it is written.
        url: String,
        /// Whether it speaks TLS.
        tls: bool,
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
    },
    /// A web server on a socket of this machine.
    Unix {
        /// Where the socket is.
        path: PathBuf,
        /// Whether it speaks TLS.
        tls: bool,
    },
    /// A stream to a host and a port.
    Tcp {
        /// As it is written.
        url: String,
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
    },
    /// A stream to whatever the client names.
    Bastion,
    /// Streams to whatever the client asks for by SOCKS 5, within the rule's `ipRules`.
    Socks,
    /// The same status for everybody.
    Status(u16),
    /// A page that shows that the tunnel works.
    HelloWorld,
}

impl Origin {
    /// Reads a `service`; with `bastion` it is one, whatever stands there.
    ///
    /// # Errors
    /// When it names no service that there is.
    pub fn read(text: &str, bastion: bool) -> Result<Self, InvalidRules> {
        if bastion || text == "bastion" {
            return Ok(Self::Bastion);
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Self::Unix { path: path.into(), tls: false });
        }
        if let Some(path) = text.strip_prefix("unix+tls:") {
            return Ok(Self::Unix { path: path.into(), tls: true });
        }
        if let Some(code) = text.strip_prefix("http_status:") {
            let status = code.parse().ok().filter(|code| (100..1000).contains(code));
            return status.map(Self::Status).ok_or_else(|| InvalidRules::Status(code.to_owned()));
        }
        match text {
            "hello_world" | "hello-world" => Ok(Self::HelloWorld),
            "socks-proxy" => Ok(Self::Socks),
            _ => Self::address(text),
        }
    }

    /// Whether it is the first to speak, as every SSH server is (RFC 4253 4.2 lets either side begin).
    pub(crate) fn greets(&self) -> bool {
        matches!(self, Self::Tcp { url, .. } if url.starts_with("ssh:"))
    }

    fn address(text: &str) -> Result<Self, InvalidRules> {
        let invalid = || InvalidRules::Address(text.to_owned());
        let url = Url::parse(text).map_err(|_| invalid())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(invalid)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(InvalidRules::Path(text.to_owned()));
        }
        let written = text.to_owned();
        let port = url.port_or_known_default();
        let web = |tls, port| Self::Http { url: written.clone(), tls, host: host.clone(), port };
        Ok(match (url.scheme(), port) {
            ("http" | "ws", port) => web(false, port.unwrap_or(80)),
            ("https" | "wss", port) => web(true, port.unwrap_or(443)),
            (scheme, port) => {
                let port = port.or_else(|| usual_port(scheme)).ok_or_else(invalid)?;
                Self::Tcp { url: written, host, port }
            }
        })
    }
}

/// Ports that go without saying.
fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "ssh" => Some(22),
        "rdp" => Some(3389),
        "smb" => Some(445),
        "tcp" => Some(7864),
        _ => None,
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { url, .. } | Self::Tcp { url, .. } => out.write_str(url),
            Self::Unix { path, tls: false } => write!(out, "unix:{}", path.display()),
            Self::Unix { path, tls: true } => write!(out, "unix+tls:{}", path.display()),
            Self::Bastion => out.write_str("bastion"),
            Self::Socks => out.write_str("socks-proxy"),
            Self::Status(code) => write!(out, "http_status:{code}"),
            Self::HelloWorld => out.write_str("hello_world"),
        }
    }
}
