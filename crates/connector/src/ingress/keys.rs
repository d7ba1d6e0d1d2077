//! The keys of a configuration file. Whoever misspells one hears of it, and of the right one.

use serde_json::Value;

use super::{InvalidRules, UnknownKey};

const TOP: [&str; 44] = [
    "autoupdate-freq",
    "cacert",
    "compression-quality",
    "config",
    "credentials-contents",
    "credentials-file",
    "edge",
    "edge-bind-address",
    "edge-ip-version",
    "features",
    "grace-period",
    "ha-connections",
    "hello-world",
    "heartbeat-count",
    "heartbeat-interval",
    "hostname",
    "ingress",
    "label",
    "log-directory",
    "logDirectory",
    "logLevel",
    "logfile",
    "loglevel",
    "max-edge-addr-retries",
    "metrics",
    "metrics-update-freq",
    "name",
    "no-autoupdate",
    "no-prechecks",
    "origincert",
    "originRequest",
    "output",
    "pidfile",
    "post-quantum",
    "protocol",
    "region",
    "retries",
    "rpc-timeout",
    "tag",
    "token",
    "token-file",
    "transport-loglevel",
    "tunnel",
    "warp-routing",
];
/// Flags of single services, and some that only cloudflared has.
const ALSO: [&str; 22] = [
    "api-url",
    "bastion",
    "forwarders",
    "http-host-header",
    "http2-origin",
    "management-diagnostics",
    "management-hostname",
    "no-chunked-encoding",
    "no-tls-verify",
    "origin-ca-pool",
    "origin-server-name",
    "proxy-connect-timeout",
    "proxy-keepalive-connections",
    "proxy-keepalive-timeout",
    "proxy-no-happy-eyeballs",
    "proxy-tcp-keepalive",
    "proxy-tls-timeout",
    "quic-disable-pmtu-discovery",
    "socks5",
    "unix-socket",
    "url",
    "write-stream-timeout",
];
const RULE: [&str; 4] = ["hostname", "originRequest", "path", "service"];
const ORIGIN: [&str; 19] = [
    "access",
    "bastionMode",
    "caPool",
    "connectTimeout",
    "disableChunkedEncoding",
    "http2Origin",
    "httpHostHeader",
    "ipRules",
    "keepAliveConnections",
    "keepAliveTimeout",
    "matchSNItoHost",
    "noHappyEyeballs",
    "noTLSVerify",
    "originServerName",
    "proxyAddress",
    "proxyPort",
    "proxyType",
    "tcpKeepAlive",
    "tlsTimeout",
];
const ACCESS: [&str; 4] = ["audTag", "environment", "required", "teamName"];
const IP_RULE: [&str; 3] = ["allow", "ports", "prefix"];
const WARP: [&str; 4] = ["connectTimeout", "enabled", "maxActiveFlows", "tcpKeepAlive"];

/// The keys that nobody knows; an error when one of them is clearly meant to be another.
pub(super) fn check(config: &Value) -> Result<Vec<UnknownKey>, InvalidRules> {
    let mut unknown = Vec::new();
    let top: Vec<&str> = TOP.iter().chain(&ALSO).copied().collect();
    look("", config, &top, &mut unknown);
    look("warp-routing.", &config["warp-routing"], &WARP, &mut unknown);
    origin("", &config["originRequest"], &mut unknown);
    for (at, rule) in config["ingress"].as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate() {
        let place = format!("ingress[{at}].");
        look(&place, rule, &RULE, &mut unknown);
        origin(&place, &rule["originRequest"], &mut unknown);
    }
    match unknown.iter().find(|key| !key.meant.is_empty()) {
        Some(misspelt) => Err(InvalidRules::Misspelt(misspelt.clone())),
        None => Ok(unknown),
    }
}

fn origin(place: &str, settings: &Value, unknown: &mut Vec<UnknownKey>) {
    let place = format!("{place}originRequest.");
    look(&place, settings, &ORIGIN, unknown);
    look(&format!("{place}access."), &settings["access"], &ACCESS, unknown);
    for rule in settings["ipRules"].as_array().map(Vec::as_slice).unwrap_or_default() {
        look(&format!("{place}ipRules."), rule, &IP_RULE, unknown);
    }
}

fn look(place: &str, value: &Value, known: &[&str], unknown: &mut Vec<UnknownKey>) {
    let keys = value.as_object().into_iter().flat_map(|keys| keys.keys());
    for key in keys.filter(|key| !known.contains(&key.as_str())) {
        let meant = command_line::nearest(key, known.iter().copied()).map(|right| format!("{place}{right}"));
        unknown.push(UnknownKey { key: format!("{place}{key}"), meant: meant.unwrap_or_default() });
    }
}
