//! What this machine is willing to reach, whatever the edge asks for.
//!
//! Rules come from the edge, and whoever may set them there could point them anywhere in this machine's network. A list
//! that is kept here cannot be changed from there.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ingress::Origin;

/// The hosts and ports that may be reached; all of them where none are named.
#[derive(Clone, Debug, Default)]
pub struct Destinations(Option<Arc<Mutex<Named>>>);

/// Hosts with their ports.
type Named = Vec<(String, u16)>;

impl Destinations {
    /// Only these, each `HOST:PORT`.
    ///
    /// # Errors
    /// The one that is not written so.
    pub fn only(named: &[String]) -> Result<Self, String> {
        let read = |text: &String| split(text).ok_or_else(|| text.clone());
        Ok(Self(Some(Arc::new(Mutex::new(named.iter().map(read).collect::<Result<_, _>>()?)))))
    }

    /// This one as well from now on; nothing changes where all may be reached. False where it is not `HOST:PORT`.
    pub(crate) fn allow(&self, named: &str) -> bool {
        let Some(address) = split(named) else { return false };
        if let Some(all) = &self.0 {
            all.lock().unwrap_or_else(PoisonError::into_inner).push(address);
        }
        true
    }

    /// Whether a service may be asked.
    pub(crate) fn admit(&self, service: &Origin) -> io::Result<()> {
        match service {
            Origin::Tcp { host, port, .. } | Origin::Http { host, port, .. } => self.admit_at(host, *port),
            Origin::Unix { path, .. } if self.0.is_some() => Err(refused(&path.display().to_string())),
            // Where they lead is known only once a client has said it; the others lead nowhere.
            Origin::Unix { .. }
            | Origin::Bastion
            | Origin::Socks
            | Origin::Status(_)
            | Origin::HelloWorld => Ok(()),
        }
    }

    /// Whether an address such as `db-01:5432` may be reached.
    pub(crate) fn admit_address(&self, address: &str) -> io::Result<()> {
        match (&self.0, split(address)) {
            (None, _) => Ok(()),
            (Some(_), Some((host, port))) => self.admit_at(&host, port),
            (Some(_), None) => Err(refused(address)),
        }
    }

    fn admit_at(&self, host: &str, port: u16) -> io::Result<()> {
        let is_named = |named: &Arc<Mutex<Named>>| {
            let named = named.lock().unwrap_or_else(PoisonError::into_inner);
            named.iter().any(|(known, at)| known.eq_ignore_ascii_case(host) && *at == port)
        };
        if self.0.as_ref().is_none_or(is_named) { Ok(()) } else { Err(refused(&format!("{host}:{port}"))) }
    }
}

fn split(address: &str) -> Option<(String, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']);
    (!host.is_empty()).then_some((host.to_owned(), port.parse().ok()?))
}

fn refused(what: &str) -> io::Error {
    let sentence =
        format!("{what} is none of the destinations that this machine allows (--allow-destination)");
    io::Error::new(io::ErrorKind::PermissionDenied, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(only: &[&str], service: &str) -> bool {
        let named: Vec<String> = only.iter().map(|one| (*one).to_owned()).collect();
        let destinations = Destinations::only(&named).unwrap();
        destinations.admit(&Origin::read(service, false).unwrap()).is_ok()
    }

    #[test]
    fn nothing_but_what_is_named_is_reached() {
        let only = ["127.0.0.1:22", "[::1]:8080"];
        assert!(admits(&only, "ssh://127.0.0.1:22") && admits(&only, "ssh://127.0.0.1"));
        assert!(admits(&only, "http://[::1]:8080") && admits(&only, "http_status:404"));
        for service in
            ["ssh://127.0.0.1:2222", "ssh://localhost:22", "http://127.0.0.1", "unix:/run/docker.sock"]
        {
            assert!(!admits(&only, service), "{service}");
        }
        let destinations = Destinations::only(&["db-01:5432".to_owned()]).unwrap();
        assert!(destinations.admit_address("DB-01:5432").is_ok());
        assert!(
            destinations.admit_address("db-01:22").is_err() && destinations.admit_address("db-01").is_err()
        );
        assert!(Destinations::default().admit_address("anything").is_ok());
        assert_eq!(Destinations::only(&["db-01".to_owned()]).unwrap_err(), "db-01");
        assert!(destinations.allow("db-01:22") && destinations.admit_address("db-01:22").is_ok());
        assert!(!destinations.allow("db-01"));
    }
}
