//! Where the edge is: named addresses, or those that Cloudflare publishes for its own.

use std::net::SocketAddr;
use std::time::Duration;

use crate::ConnectorError;
use crate::names::Names;
use crate::pool::Pool;

/// Where connectors reach the edge, by TCP and UDP alike, unless its record says otherwise.
const PORT: u16 = 7844;
/// How long a look-up may take.
const LOOK_UP: Duration = Duration::from_secs(10);
/// Connections spread over so many regions.
const REGIONS: usize = 2;

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
    /// Whatever the first address of a name has; where that is version six, and leads nowhere, version four as well.
    #[default]
    Auto,
    /// Version four only.
    Four,
    /// Version six only.
    Six,
}

impl Edge {
    /// Looks up what has to be looked up.
    pub(crate) async fn pool(&self, versions: Versions, names: &Names) -> Result<Pool, ConnectorError> {
        match self {
            Self::Named(named) => {
                let mut addresses = Vec::new();
                for name in named {
                    // One that is named twice counts twice, which look-ups of a set would hide.
                    addresses
                        .extend(fitting(look_up(name, names).await?, versions, name)?.into_iter().take(1));
                }
                Ok(Pool::named(&addresses))
            }
            Self::Discovered(region) => {
                discover(region.as_deref(), versions, names).await.map(|regions| Pool::new(&regions))
            }
        }
    }
}

/// The addresses of the regions, as far as they are known to anybody.
pub(crate) async fn discover(
    region: Option<&str>,
    versions: Versions,
    names: &Names,
) -> Result<Vec<Vec<SocketAddr>>, ConnectorError> {
    let targets = match names.services(&service(region)).await {
        Ok(targets) if targets.len() >= REGIONS => targets,
        Ok(_) => known(region),
        Err(error) => {
            tracing::debug!(%error, "nobody tells where the edge is; its known names have to do");
            known(region)
        }
    };
    let (mut found, mut failed) = (Vec::new(), None);
    for (host, port) in targets.into_iter().take(REGIONS) {
        match addresses(&host, port, versions, names).await {
            Ok(addresses) => found.push(addresses),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if found.is_empty() => Err(error),
        Some(_) | None => Ok(found),
    }
}

/// Under which name the edge is published (`tunnel.md` 1.1).
fn service(region: Option<&str>) -> String {
    let prefix = region.map(|region| format!("{region}-")).unwrap_or_default();
    format!("_{prefix}v2-origintunneld._tcp.argotunnel.com")
}

/// What stands there in any case (`tunnel.md` 1.1).
fn known(region: Option<&str>) -> Vec<(String, u16)> {
    let prefix = region.map(|region| format!("{region}-")).unwrap_or_default();
    [1, 2].map(|number| (format!("{prefix}region{number}.v2.argotunnel.com"), PORT)).to_vec()
}

/// By the system's resolver, else over TLS.
async fn addresses(
    host: &str,
    port: u16,
    versions: Versions,
    names: &Names,
) -> Result<Vec<SocketAddr>, ConnectorError> {
    let name = format!("{host}:{port}");
    let error = match look_up(&name, names).await {
        Ok(found) => return fitting(found, versions, &name),
        Err(error) => error,
    };
    match names.addresses(host).await {
        Ok(found) if !found.is_empty() => {
            fitting(found.into_iter().map(|address| (address, port).into()).collect(), versions, &name)
        }
        Ok(_) | Err(_) => Err(error),
    }
}

async fn look_up(name: &str, names: &Names) -> Result<Vec<SocketAddr>, ConnectorError> {
    let failed = |detail: String| ConnectorError::NoEdge { detail: format!("{name}: {detail}") };
    if let Ok(address) = name.parse::<SocketAddr>() {
        return Ok(vec![address]);
    }
    if name.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()).is_none() {
        return Err(ConnectorError::Setup {
            what: format!("`{name}` is not a name or an address with its port"),
        });
    }
    if !names.asks_system {
        return Err(failed("the system is not asked".to_owned()));
    }
    let found = tokio::time::timeout(LOOK_UP, tokio::net::lookup_host(name)).await;
    let found = found.map_err(|_| failed(format!("no answer within {}s", LOOK_UP.as_secs())))?;
    Ok(found.map_err(|error| failed(error.to_string()))?.collect())
}

/// Those of the wanted version of IP, and those behind them that may take their place.
fn fitting(
    found: Vec<SocketAddr>,
    versions: Versions,
    name: &str,
) -> Result<Vec<SocketAddr>, ConnectorError> {
    let wants_four = match versions {
        Versions::Auto => found.first().is_some_and(SocketAddr::is_ipv4),
        Versions::Four => true,
        Versions::Six => false,
    };
    let (mut fitting, other): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| address.is_ipv4() == wants_four);
    if versions == Versions::Auto && !wants_four {
        fitting.extend(other);
    }
    if fitting.is_empty() {
        return Err(ConnectorError::NoEdge { detail: format!("{name}: no address of the wanted version") });
    }
    Ok(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::{Roots, client_config};

    #[test]
    fn regions_have_names_of_their_own() {
        assert_eq!(known(None)[0], ("region1.v2.argotunnel.com".to_owned(), 7844));
        assert_eq!(known(Some("fed"))[1].0, "fed-region2.v2.argotunnel.com");
        assert_eq!(service(None), "_v2-origintunneld._tcp.argotunnel.com");
        assert_eq!(service(Some("us")), "_us-v2-origintunneld._tcp.argotunnel.com");
    }

    #[test]
    fn version_four_stands_behind_version_six_and_not_the_other_way_round() {
        let [four, six]: [SocketAddr; 2] = [([127, 0, 0, 1], 1).into(), ([0_u16; 8], 1).into()];
        let fits = |found: &[SocketAddr], versions| fitting(found.to_vec(), versions, "a:1").unwrap();
        assert_eq!(fits(&[six, four, six], Versions::Auto), [six, six, four]);
        assert_eq!(fits(&[four, six], Versions::Auto), [four]);
        assert_eq!(fits(&[four, six], Versions::Six), [six]);
        assert_eq!(fits(&[six, four], Versions::Four), [four]);
        assert!(fitting(vec![four], Versions::Six, "a:1").is_err());
    }

    #[tokio::test]
    async fn named_addresses_ask_nobody_and_count_as_often_as_they_are_named() {
        let nobody = Names::of_system(client_config(&Roots::default(), false).unwrap());
        let named = Edge::Named(vec!["127.0.0.1:7844".to_owned(); 4]);
        assert_eq!(named.pool(Versions::Auto, &nobody).await.unwrap().len(), 4);
        assert!(matches!(named.pool(Versions::Six, &nobody).await, Err(ConnectorError::NoEdge { .. })));
        let broken = Edge::Named(vec!["127.0.0.1".to_owned()]);
        assert!(matches!(broken.pool(Versions::Auto, &nobody).await, Err(ConnectorError::Setup { .. })));
    }
}
