//! Where the edge is: named addresses, or the two names under which Cloudflare publishes its own.

use std::net::SocketAddr;
use std::time::Duration;

use crate::ConnectorError;
use crate::pool::Pool;

/// Where connectors reach the edge, by TCP and UDP alike.
const PORT: u16 = 7844;
/// How long a look-up may take.
const LOOK_UP: Duration = Duration::from_secs(10);

/// Which edge to dial.
#[derive(Clone, Debug)]
pub enum Edge {
    /// These, as `host:port`; DNS is asked for names only.
    Named(Vec<String>),
    /// Cloudflare's own, in this region (`us`, `fed`) or the nearest.
    Discovered(Option<String>),
}

/// Which versions of IP may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// Whatever the first address of a name has.
    #[default]
    Auto,
    /// Version four only.
    Four,
    /// Version six only.
    Six,
}

impl Edge {
    /// Looks up what has to be looked up.
    pub(crate) async fn pool(&self, versions: Versions) -> Result<Pool, ConnectorError> {
        match self {
            Self::Named(names) => {
                let mut addresses = Vec::new();
                for name in names {
                    // One that is named twice counts twice, which look-ups of a set would hide.
                    addresses.extend(look_up(name, versions).await?.into_iter().take(1));
                }
                Ok(Pool::named(&addresses))
            }
            Self::Discovered(region) => {
                let [one, two] = names(region.as_deref());
                let (one, two) = tokio::join!(look_up(&one, versions), look_up(&two, versions));
                match (one, two) {
                    (Ok(one), Ok(two)) => Ok(Pool::new(&[one, two])),
                    (Ok(only), Err(_)) | (Err(_), Ok(only)) => Ok(Pool::new(&[only])),
                    (Err(error), Err(_)) => Err(error),
                }
            }
        }
    }
}

/// The names of the two regions (`tunnel.md` 1.1).
fn names(region: Option<&str>) -> [String; 2] {
    let prefix = region.map(|region| format!("{region}-")).unwrap_or_default();
    [1, 2].map(|number| format!("{prefix}region{number}.v2.argotunnel.com:{PORT}"))
}

async fn look_up(name: &str, versions: Versions) -> Result<Vec<SocketAddr>, ConnectorError> {
    let failed = |detail: String| ConnectorError::NoEdge { detail: format!("{name}: {detail}") };
    if let Ok(address) = name.parse::<SocketAddr>() {
        return Ok(vec![address]);
    }
    let found = tokio::time::timeout(LOOK_UP, tokio::net::lookup_host(name)).await;
    let found = found.map_err(|_| failed(format!("no answer within {}s", LOOK_UP.as_secs())))?;
    let found: Vec<SocketAddr> = found.map_err(|error| failed(error.to_string()))?.collect();
    let wants_four = match versions {
        Versions::Auto => found.first().is_some_and(SocketAddr::is_ipv4),
        Versions::Four => true,
        Versions::Six => false,
    };
    let fitting: Vec<_> = found.into_iter().filter(|address| address.is_ipv4() == wants_four).collect();
    if fitting.is_empty() { Err(failed("no address of the wanted version".to_owned())) } else { Ok(fitting) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_names_of_their_own() {
        assert_eq!(names(None)[0], "region1.v2.argotunnel.com:7844");
        assert_eq!(names(Some("fed"))[1], "fed-region2.v2.argotunnel.com:7844");
    }

    #[tokio::test]
    async fn named_addresses_ask_nobody_and_count_as_often_as_they_are_named() {
        let named = Edge::Named(vec!["127.0.0.1:7844".to_owned(); 4]);
        assert_eq!(named.pool(Versions::Auto).await.unwrap().len(), 4);
        let broken = Edge::Named(vec!["127.0.0.1".to_owned()]);
        assert!(matches!(broken.pool(Versions::Auto).await, Err(ConnectorError::NoEdge { .. })));
    }
}
