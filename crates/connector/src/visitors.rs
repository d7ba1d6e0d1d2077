//! Who has been let in by Access: the check that a rule may ask for, made here as well as at the edge.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::rt::TokioIo;
use jws::{BadSignature, KeySet};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wire::{Claims, Realm, limit, path};

use crate::ingress::AccessCheck;

const HTTPS: u16 = 443;

/// Why a request is not let through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotLetIn {
    /// Whoever asks has not been let in for this, or cannot show it.
    #[error("{0}")]
    Refused(&'static str),
    /// The keys of the team cannot be had: nobody knows.
    #[error("the keys of {team} cannot be had: {error}")]
    Unknown { team: String, error: io::Error },
}

/// Knows the keys of teams.
#[derive(Debug)]
pub(crate) struct Visitors {
    realm: Realm,
    tls: Arc<ClientConfig>,
    kept: Mutex<BTreeMap<String, (Instant, Arc<KeySet>)>>,
}

impl Visitors {
    pub(crate) fn new(realm: Realm, tls: Arc<ClientConfig>) -> Self {
        Self { realm, tls, kept: Mutex::default() }
    }

    /// Lets a request through that shows a token of the team's for one of the rule's applications.
    pub(crate) async fn check(&self, check: &AccessCheck, assertion: Option<&str>) -> Result<(), NotLetIn> {
        let token = assertion.ok_or(NotLetIn::Refused("no access token in request"))?;
        let team = domain(check);
        let payload = self.verified(&team, token).await?;
        let claims: Claims = serde_json::from_slice(&payload)
            .map_err(|_| NotLetIn::Refused("the access token says nothing that is understood"))?;
        if claims.iss != format!("https://{team}") {
            return Err(NotLetIn::Refused("the access token is of another team"));
        }
        if !claims.aud.iter().any(|audience| check.audiences.contains(audience)) {
            return Err(NotLetIn::Refused("the access token is for another application"));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if i64::try_from(now).unwrap_or(i64::MAX) > claims.exp {
            return Err(NotLetIn::Refused("the access token has expired"));
        }
        Ok(())
    }

    /// What the token says, if one of the team's keys has signed it. Keys that do not know it are fetched again, but
    /// not more often than every minute.
    async fn verified(&self, team: &str, token: &str) -> Result<Vec<u8>, NotLetIn> {
        let refused = |_: BadSignature| NotLetIn::Refused("the access token is not signed by the team");
        let kept = self.kept(team).filter(|(since, _)| since.elapsed() < limit::KEY_SET_AGE);
        if let Some((since, keys)) = kept {
            let verified = keys.verify(token);
            let is_final = verified.is_ok() || verified == Err(BadSignature::Malformed);
            if is_final || since.elapsed() < limit::KEY_SET_REFETCH {
                return verified.map_err(refused);
            }
        }
        let unknown = |error| NotLetIn::Unknown { team: team.to_owned(), error };
        let fetched = tokio::time::timeout(limit::KEY_SET_FETCH, self.fetch(team)).await;
        let keys = fetched.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(unknown)?;
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(team.to_owned(), (Instant::now(), Arc::clone(&keys)));
        keys.verify(token).map_err(refused)
    }

    fn kept(&self, team: &str) -> Option<(Instant, Arc<KeySet>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(team).cloned()
    }

    async fn fetch(&self, team: &str) -> io::Result<Arc<KeySet>> {
        let tcp = match self.realm.route(team) {
            Some(to) => TcpStream::connect::<SocketAddr>(to).await?,
            None => TcpStream::connect((team, HTTPS)).await?,
        };
        let name = ServerName::try_from(team.to_owned()).map_err(io::Error::other)?;
        let tls = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(tls)).await.map_err(io::Error::other)?;
        let request = Request::get(path::CERTS).header("host", team).body(Empty::<Bytes>::new());
        let asking = async {
            let answer =
                sender.send_request(request.map_err(io::Error::other)?).await.map_err(io::Error::other)?;
            if answer.status() != http::StatusCode::OK {
                return Err(io::Error::other(format!("status {}", answer.status().as_u16())));
            }
            let body =
                Limited::new(answer.into_body(), limit::KEY_SET).collect().await.map_err(io::Error::other)?;
            KeySet::parse(&body.to_bytes()).map(Arc::new).map_err(io::Error::other)
        };
        tokio::select! {
            keys = asking => keys,
            // It ends only when the answer is over, or the server has left.
            Err(error) = connection => Err(io::Error::other(error)),
        }
    }
}

/// Where the team's keys are, and whose name its tokens carry.
fn domain(check: &AccessCheck) -> String {
    let suffix = if check.government { "fed.cloudflareaccess.com" } else { "cloudflareaccess.com" };
    format!("{}.{suffix}", check.team)
}
