//! From what was chosen to what a connector is to do.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use api::QuickTunnel;
use command_line::tunnel::{DATAGRAMS, NOT_YET};
use connector::{Destinations, Edge, Protocol, QuicSettings, Roots, Setup, Versions, Wanted};
use profile::{Profile, ProfileError};
use wire::Realm;

use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::{credentials, origin};

/// How long running streams may go on, unless it is said otherwise.
const GRACE: Duration = Duration::from_secs(30);
const LONGEST_GRACE: Duration = Duration::from_secs(180);
const CONNECTIONS: u8 = 4;
/// A tunnel that belongs to nobody has one.
const QUICK_CONNECTIONS: u8 = 1;
/// With less than this nothing flows.
const LEAST_WINDOW: u32 = 1 << 16;

/// Everything that a connector needs to know.
pub(crate) fn setup(chosen: &Chosen, quick: Option<QuickTunnel>) -> Result<Setup, Failure> {
    refuse_what_is_not_here(chosen)?;
    let protocol = protocol(chosen)?;
    let most = if quick.is_some() { QUICK_CONNECTIONS } else { CONNECTIONS };
    let (credentials, hostname) = match quick {
        Some(quick) => (quick.credentials, Some(quick.hostname)),
        None => (credentials::find(chosen)?, None),
    };
    let realm = realm(chosen)?;
    let only = chosen.path("cacert").map(|path| {
        std::fs::read_to_string(&path)
            .map_err(|error| Failure::Unusable(format!("{} cannot be read: {error}", path.display())))
    });
    let grace = chosen.time("grace-period")?.unwrap_or(GRACE);
    if grace > LONGEST_GRACE {
        return Err(Failure::Misuse("`--grace-period`: it may be three minutes at most".to_owned()));
    }
    let count = |text: &str| text.parse::<u8>().ok().filter(|count| (1..=64).contains(count));
    let has_token = ["token", "token-file", "unit"].iter().any(|flag| chosen.has(flag));
    let from = chosen.understood("edge-bind-address", |text| text.parse().ok(), "an IP address")?;
    Ok(Setup {
        edge: edge(chosen, &realm, credentials.endpoint.as_deref())?,
        tunnel: None,
        credentials,
        versions: reached_from(versions(chosen)?, from),
        from,
        post_quantum: chosen.on("post-quantum"),
        roots: Roots { realm: realm.roots.clone(), only: only.transpose()? },
        realm,
        protocol,
        quic: quic(chosen)?,
        connections: chosen.understood("ha-connections", count, "a number from 1 to 64")?.unwrap_or(most),
        grace,
        rules: origin::rules(chosen, has_token)?,
        tags: tags(chosen)?,
        destinations: destinations(chosen)?,
        quick_hostname: hostname,
        most_flows: chosen.understood("max-active-flows", |text| text.parse().ok(), "a whole number")?,
    })
}

fn destinations(chosen: &Chosen) -> Result<Destinations, Failure> {
    match chosen.values("allow-destination").as_slice() {
        [] => Ok(Destinations::default()),
        named => Destinations::only(named).map_err(|wrong| {
            Failure::Misuse(format!(
                "`--allow-destination {wrong}`: it wants HOST:PORT, such as 127.0.0.1:22"
            ))
        }),
    }
}

/// Whoever asks for something that is not there is told, rather than given something else.
fn refuse_what_is_not_here(chosen: &Chosen) -> Result<(), Failure> {
    if let Some(flag) = NOT_YET.iter().find(|flag| chosen.has(flag)) {
        return Err(Failure::Misuse(format!("`--{flag}` is not served by this connector yet; leave it out")));
    }
    if let Some(flag) = DATAGRAMS.iter().find(|flag| chosen.has(flag)) {
        tracing::warn!(flag, "UDP and ICMP of private networks are not carried here; this has no effect");
    }
    Ok(())
}

fn protocol(chosen: &Chosen) -> Result<Wanted, Failure> {
    match chosen.value("protocol").as_deref() {
        None | Some("auto") => Ok(Wanted::Auto),
        Some("http2") => Ok(Wanted::Only(Protocol::Http2)),
        Some("quic") => Ok(Wanted::Only(Protocol::Quic)),
        Some("h2mux") => {
            tracing::warn!("h2mux is gone for long; http2 takes its place");
            Ok(Wanted::Only(Protocol::Http2))
        }
        Some(other) => {
            let near = command_line::nearest(other, ["auto", "http2", "quic"]);
            let near = near.map_or(String::new(), |near| format!("; the nearest is {near}"));
            Err(Failure::Misuse(format!("`--protocol {other}`: it wants auto, quic or http2{near}")))
        }
    }
}

fn quic(chosen: &Chosen) -> Result<QuicSettings, Failure> {
    let usual = QuicSettings::default();
    let window = |name: &str, usual: u32| {
        let read = |text: &str| text.parse::<u32>().ok().filter(|bytes| *bytes >= LEAST_WINDOW);
        let bytes = chosen.understood(name, read, "a number of bytes, 65536 or more")?;
        Ok::<u32, Failure>(bytes.unwrap_or(usual))
    };
    Ok(QuicSettings {
        stream_window: window("quic-stream-level-flow-control-limit", usual.stream_window)?,
        window: window("quic-connection-level-flow-control-limit", usual.window)?,
        probes_mtu: !chosen.on("quic-disable-pmtu-discovery"),
    })
}

/// Where Cloudflare lives: a service has no home, and no profile unless one is named.
pub(crate) fn realm(chosen: &Chosen) -> Result<Realm, Failure> {
    let env = |name: &str| -> Option<OsString> { std::env::var_os(name) };
    match Profile::open(chosen.value("profile").map(PathBuf::from), &env) {
        Ok(profile) => Ok(profile.realm().clone()),
        Err(ProfileError::NoHome { .. }) => Ok(Realm::production()),
        Err(error) => Err(Failure::Cause(error.cause())),
    }
}

fn edge(chosen: &Chosen, realm: &Realm, endpoint: Option<&str>) -> Result<Edge, Failure> {
    let region = chosen.value("region").filter(|region| !region.is_empty());
    if region.is_some() && endpoint.is_some() {
        return Err(Failure::Misuse("region provided with a token that has an endpoint".to_owned()));
    }
    let named = chosen.values("edge");
    if !named.is_empty() {
        return Ok(Edge::Named(named));
    }
    if !realm.edge.is_empty() {
        return Ok(Edge::Named(realm.edge.iter().map(ToString::to_string).collect()));
    }
    Ok(Edge::Discovered(region.or_else(|| endpoint.map(str::to_owned))))
}

fn versions(chosen: &Chosen) -> Result<Versions, Failure> {
    let read = |text: &str| match text {
        "auto" => Some(Versions::Auto),
        "4" => Some(Versions::Four),
        "6" => Some(Versions::Six),
        _ => None,
    };
    Ok(chosen.understood("edge-ip-version", read, "4, 6 or auto")?.unwrap_or_default())
}

/// From an address of one version no other one can be reached.
fn reached_from(versions: Versions, from: Option<IpAddr>) -> Versions {
    let own = match from {
        None => return versions,
        Some(IpAddr::V4(_)) => Versions::Four,
        Some(IpAddr::V6(_)) => Versions::Six,
    };
    if versions != Versions::Auto && versions != own {
        tracing::warn!("--edge-bind-address is of another version of IP than --edge-ip-version; it counts");
    }
    own
}

fn tags(chosen: &Chosen) -> Result<Vec<(String, String)>, Failure> {
    let pair = |tag: String| match tag.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err(Failure::Misuse(format!("`--tag {tag}`: it wants NAME=VALUE"))),
    };
    chosen.values("tag").into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_address_decides_by_which_version_the_edge_is_reached() {
        let [four, six]: [Option<IpAddr>; 2] = [Some([127, 0, 0, 1].into()), Some([0_u16; 8].into())];
        assert_eq!(reached_from(Versions::Auto, None), Versions::Auto);
        assert_eq!(reached_from(Versions::Auto, six), Versions::Six);
        assert_eq!(reached_from(Versions::Six, four), Versions::Four);
    }
}
