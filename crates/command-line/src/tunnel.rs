//! The commands of a tunnel and their flags, as `cloudflared tunnel` has them (`tunnel.md` 8.1).
//!
//! The connector reads its command line by these tables. The helper only finds out whether a command line is about a
//! tunnel: it knows no flag of one, as each would add to what ssh has to load.

use crate::flag::{switch, value, values};
use crate::{Flag, SubCommand};

/// Every command.
pub static COMMANDS: &[SubCommand] =
    &[LOGIN, CREATE, ROUTE_DNS, RUN, LIST, INFO, TOKEN, CLEANUP, DELETE, FOUND, VALIDATE, RULE, READY];

/// Runs a tunnel's end.
pub const RUN: SubCommand =
    SubCommand { words: &["run"], takes: "[TUNNEL]", flags: FLAGS, help: "Publish services of this machine" };
/// Checks a file of rules.
pub const VALIDATE: SubCommand = SubCommand {
    words: &["ingress", "validate"],
    takes: "",
    flags: &[CONFIG, JSON],
    help: "Check the rules of a config.yml",
};
/// Finds a rule.
pub const RULE: SubCommand = SubCommand {
    words: &["ingress", "rule"],
    takes: "URL",
    flags: &[CONFIG],
    help: "Say which rule answers for a URL",
};
/// Looks for tunnels of cloudflared's.
pub const FOUND: SubCommand = SubCommand {
    words: &["found"],
    takes: "",
    flags: &[OUTPUT, PROFILE],
    help: "List the tunnels that cloudflared has on this machine",
};
/// Asks a running connector.
pub const READY: SubCommand = SubCommand {
    words: &["ready"],
    takes: "",
    flags: &[METRICS],
    help: "Say whether a running tunnel takes requests",
};

/// Gets the file that says whose tunnels are managed.
pub const LOGIN: SubCommand = SubCommand {
    words: &["login"],
    takes: "",
    flags: &[LOGIN_URL, CALLBACK_URL, FEDRAMP, ORIGIN_CERT, PROFILE],
    help: "Log in to Cloudflare, to make and manage tunnels",
};
/// Makes a tunnel.
pub const CREATE: SubCommand = SubCommand {
    words: &["create"],
    takes: "NAME",
    flags: &[OUTPUT, CREDENTIALS_FILE, SECRET, CONFIG, ORIGIN_CERT, API_URL, PROFILE],
    help: "Make a tunnel, and the file that runs it",
};
/// Lists tunnels.
pub const LIST: SubCommand = SubCommand {
    words: &["list"],
    takes: "",
    flags: &[
        OUTPUT,
        switch("show-deleted", &[], "Deleted ones as well").also(&["d"]),
        value("name", &[], "Only the one of this name").also(&["n"]),
        value("name-prefix", &[], "Only those whose names begin so").also(&["np"]),
        value("exclude-name-prefix", &[], "Only those whose names do not begin so").also(&["enp"]),
        value("when", &[], "Only those that existed then, such as 2026-03-01T12:00:00Z").also(&["w"]),
        value("id", &[], "Only the one of this id").also(&["i"]),
        WITH_LOST,
        value("sort-by", &["TUNNEL_LIST_SORT_BY"], "name, id, createdAt, deletedAt or numConnections [name]"),
        switch("invert-sort", &["TUNNEL_LIST_INVERT_SORT"], "In the opposite order"),
        CONFIG,
        ORIGIN_CERT,
        API_URL,
        PROFILE,
    ],
    help: "List tunnels",
};
/// Looks at a tunnel.
pub const INFO: SubCommand = SubCommand {
    words: &["info"],
    takes: "TUNNEL",
    flags: &[
        OUTPUT,
        WITH_LOST,
        value("sort-by", &["TUNNEL_INFO_SORT_BY"], "id, createdAt, numConnections or version [createdAt]"),
        switch("invert-sort", &["TUNNEL_INFO_INVERT_SORT"], "In the opposite order"),
        CONFIG,
        ORIGIN_CERT,
        API_URL,
        PROFILE,
    ],
    help: "Show who runs a tunnel now",
};
/// Ends tunnels.
pub const DELETE: SubCommand = SubCommand {
    words: &["delete"],
    takes: "TUNNEL...",
    flags: &[
        switch("force", &["TUNNEL_RUN_FORCE_OVERWRITE"], "Even while connections stand").also(&["f"]),
        CREDENTIALS_FILE,
        CONFIG,
        ORIGIN_CERT,
        API_URL,
        PROFILE,
    ],
    help: "End tunnels",
};
/// Lets go of connections.
pub const CLEANUP: SubCommand = SubCommand {
    words: &["cleanup"],
    takes: "TUNNEL...",
    flags: &[
        value("connector-id", &["TUNNEL_CLEANUP_CONNECTOR"], "Only those of this connector").also(&["c"]),
        CONFIG,
        ORIGIN_CERT,
        API_URL,
        PROFILE,
    ],
    help: "Let go of the connections of tunnels",
};
/// Shows the right to run a tunnel.
pub const TOKEN: SubCommand = SubCommand {
    words: &["token"],
    takes: "TUNNEL",
    flags: &[CREDENTIALS_FILE, CONFIG, ORIGIN_CERT, API_URL, PROFILE],
    help: "Print the token that runs a tunnel",
};
/// Gives a tunnel a hostname.
pub const ROUTE_DNS: SubCommand = SubCommand {
    words: &["route", "dns"],
    takes: "TUNNEL HOSTNAME",
    flags: &[
        switch(
            "overwrite-dns",
            &["TUNNEL_FORCE_PROVISIONING_DNS"],
            "Even where the hostname leads elsewhere",
        )
        .also(&["f"]),
        CONFIG,
        ORIGIN_CERT,
        API_URL,
        PROFILE,
    ],
    help: "Let a hostname lead to a tunnel",
};

/// What nobody else on the machine may read: it travels in the environment, where only its owner looks. Each flag with
/// the variable that stands in for it.
pub(crate) const SECRETS: [(&str, &str); 3] = [
    ("token", "TUNNEL_TOKEN"),
    ("credentials-contents", "TUNNEL_CRED_CONTENTS"),
    ("secret", "TUNNEL_CREATE_SECRET"),
];

/// Flags that cloudflared has, and that cannot be left aside without doing something else than was asked for.
pub const NOT_YET: [&str; 3] = ["hostname", "lb-pool", "name"];

/// Flags of private networks' datagrams, which this connector does not carry.
pub const DATAGRAMS: [&str; 3] = ["dns-resolver-addrs", "icmpv4-src", "icmpv6-src"];

pub(crate) const CONFIG: Flag = value("config", &[], "Read this configuration file, not the first one found");
const OUTPUT: Flag = value("output", &[], "Write json or yaml, for scripts").also(&["o"]);
const CREDENTIALS_FILE: Flag =
    value("credentials-file", &["TUNNEL_CRED_FILE"], "The tunnel's credentials file").also(&["cred-file"]);
const SECRET: Flag =
    value("secret", &["TUNNEL_CREATE_SECRET"], "A secret of one's own: 32 bytes or more in base64")
        .also(&["s"]);
const WITH_LOST: Flag =
    switch("show-recently-disconnected", &[], "Connections as well that are gone and expected back")
        .also(&["rd"]);
const LOGIN_URL: Flag = value("loginURL", &[], "");
const CALLBACK_URL: Flag = value("callbackURL", &[], "");
const FEDRAMP: Flag = switch("fedramp", &[], "Log in to Cloudflare for Government").also(&["f"]);
const ORIGIN_CERT: Flag =
    value("origincert", &["TUNNEL_ORIGIN_CERT"], "The cert.pem to use, not the first one found");
pub(crate) const API_URL: Flag = value("api-url", &["TUNNEL_API_URL"], "");
pub(crate) const PROFILE: Flag = value("profile", &[], "");
const METRICS: Flag =
    value("metrics", &["TUNNEL_METRICS"], "Answer monitoring at this address [127.0.0.1:20241 to 20245]");
const JSON: Flag =
    value("json", &["TUNNEL_INGRESS_VALIDATE_JSON"], "Check these rules in JSON in place of a file")
        .also(&["j"]);

/// Every flag of a tunnel that runs; those without help are there because command lines have them.
#[rustfmt::skip] // one flag a line, so that the list can be read as a table
pub const FLAGS: &[Flag] = &[
    value("token-file", &["TUNNEL_TOKEN_FILE"], "Read the tunnel's token from this file"),
    value("token", &["TUNNEL_TOKEN"], "The tunnel's token; a file or the variable keeps it to yourself"),
    CREDENTIALS_FILE,
    value("credentials-contents", &["TUNNEL_CRED_CONTENTS"], "What stands in the credentials file"),
    CONFIG,
    value("url", &["TUNNEL_URL"], "Publish this service, such as ssh://127.0.0.1:22, where no rules are given"),
    switch("quick", &[], "With --url: publish it under a hostname for a moment, without an account or a log-in"),
    switch("hello-world", &["TUNNEL_HELLO_WORLD"], "Publish a page that shows that the tunnel works"),
    value("unix-socket", &["TUNNEL_UNIX_SOCKET"], "Publish the web server on this socket"),
    switch("bastion", &["TUNNEL_BASTION"], "Publish whatever address a client names"),
    value("protocol", &["TUNNEL_TRANSPORT_PROTOCOL"], "How to reach the edge: auto, quic or http2").also(&["p"]),
    switch("post-quantum", &["TUNNEL_POST_QUANTUM"], "Agree on keys by the post-quantum exchange only").also(&["pq"]),
    value("grace-period", &["TUNNEL_GRACE_PERIOD"], "How long running streams may go on after a signal [30s]"),
    METRICS,
    value("loglevel", &["TUNNEL_LOGLEVEL", "SALLYPORT_LOG"], "How much to log: debug, info, warn or error [info]").also(&["log-level"]),
    value("logfile", &["TUNNEL_LOGFILE"], "Log to this file as well"),
    value("log-directory", &["TUNNEL_LOGDIRECTORY"], "Log to a file in this folder as well"),
    value("output", &["TUNNEL_MANAGEMENT_OUTPUT", "TUNNEL_LOG_OUTPUT"], "Form of the log: default or json"),
    value("pidfile", &["TUNNEL_PIDFILE"], "Write the process id here once the tunnel serves"),
    value("metrics-file", &[], "Write where monitoring is answered here"),
    value("region", &["TUNNEL_REGION"], "Use the edge of this region: us or fed"),
    value("edge-ip-version", &["TUNNEL_EDGE_IP_VERSION"], "Reach the edge by IP version 4, 6 or auto"),
    value("edge-bind-address", &["TUNNEL_EDGE_BIND_ADDRESS"], "Reach the edge from this address"),
    values("edge", &["TUNNEL_EDGE"], "Use the edge at this address and port; may be repeated"),
    value("cacert", &["TUNNEL_CACERT"], "Believe the edge by the certificates in this file only"),
    value("ha-connections", &[], "How many connections to keep [4]"),
    switch("socks5", &["TUNNEL_SOCKS"], "With --url: let clients speak SOCKS 5 with it"),
    value("max-active-flows", &["TUNNEL_MAX_ACTIVE_FLOWS"], "How many streams to private addresses may run at once; 0 sets no limit"),
    values("allow-destination", &[], "Reach nothing but these, such as 127.0.0.1:22, whatever the rules say"),
    switch("report", &[], "Tell on standard output in JSON how the tunnel stands, read `disconnect ID` and `allow HOST:PORT` on standard input, leave at its end"),
    value("unit", &[], "Run what this unit of systemd's has a token for"),
    values("tag", &["TUNNEL_TAG"], "Tell services NAME=VALUE as a header; may be repeated"),
    ORIGIN_CERT,
    value("http-host-header", &["TUNNEL_HTTP_HOST_HEADER"], "With --url: the Host that the web server hears"),
    value("origin-server-name", &["TUNNEL_ORIGIN_SERVER_NAME"], "With --url: the name in the web server's certificate"),
    value("origin-ca-pool", &["TUNNEL_ORIGIN_CA_POOL"], "With --url: believe these certificates as well"),
    switch("no-tls-verify", &["NO_TLS_VERIFY"], "With --url: believe any certificate"),
    value("proxy-connect-timeout", &[], "With --url: how long the service may take to accept [30s]"),
    value("proxy-tls-timeout", &[], "With --url: how long TLS with it may take [10s]"),
    value("proxy-tcp-keepalive", &[], "With --url: how often a silent connection is tried [30s]"),
    value("proxy-keepalive-connections", &[], "With --url: how many idle connections to keep [100]"),
    value("proxy-keepalive-timeout", &[], "With --url: for how long to keep them [90s]"),
    switch("proxy-no-happy-eyeballs", &[], ""),
    switch("no-chunked-encoding", &["TUNNEL_NO_CHUNKED_ENCODING"], ""),
    switch("http2-origin", &["TUNNEL_ORIGIN_ENABLE_HTTP2"], ""),
    // Of QUIC, for whoever measures.
    switch("quic-disable-pmtu-discovery", &["TUNNEL_DISABLE_QUIC_PMTU"], ""),
    value("quic-connection-level-flow-control-limit", &["TUNNEL_QUIC_CONN_LEVEL_FLOW_CONTROL_LIMIT"], ""),
    value("quic-stream-level-flow-control-limit", &["TUNNEL_QUIC_STREAM_LEVEL_FLOW_CONTROL_LIMIT"], ""),
    // For whoever tries how a tunnel takes it.
    switch("stdin-control", &["STDIN_CONTROL"], "Follow orders on standard input: reconnect [delay]"),
    // A person's profile, which names the edge of a simulated realm.
    PROFILE,
    // Not here yet, or not for us.
    value("name", &["TUNNEL_NAME"], "").also(&["n"]),
    value("hostname", &["TUNNEL_HOSTNAME"], ""),
    value("lb-pool", &["TUNNEL_LB_POOL"], ""),
    values("dns-resolver-addrs", &["TUNNEL_DNS_RESOLVER_ADDRS"], ""),
    value("icmpv4-src", &["TUNNEL_ICMPV4_SRC"], ""),
    value("icmpv6-src", &["TUNNEL_ICMPV6_SRC"], ""),
    // Without effect: about updates, pauses and diagnosis of another program.
    switch("no-autoupdate", &[], ""),
    value("autoupdate-freq", &[], ""),
    switch("is-autoupdated", &[], ""),
    switch("no-prechecks", &[], ""),
    switch("management-diagnostics", &[], ""),
    switch("use-reconnect-token", &[], ""),
    switch("ui", &[], ""),
    value("management-hostname", &[], ""),
    value("service-op-ip", &[], ""),
    value("transport-loglevel", &[], "").also(&["proto-loglevel"]),
    value("trace-output", &[], ""),
    value("retries", &[], ""),
    value("max-edge-addr-retries", &[], ""),
    value("rpc-timeout", &[], ""),
    value("write-stream-timeout", &[], ""),
    value("dial-edge-timeout", &[], ""),
    value("heartbeat-interval", &[], ""),
    value("heartbeat-count", &[], ""),
    value("compression-quality", &[], ""),
    value("metrics-update-freq", &[], ""),
    value("max-fetch-size", &[], ""),
    value("label", &[], ""),
    value("id", &[], ""),
    API_URL,
    value("api-key", &[], ""),
    value("api-email", &[], ""),
    value("api-ca-key", &[], ""),
    value("quick-service", &[], ""),
    value("proxy-address", &[], ""),
    value("proxy-port", &[], ""),
    values("features", &[], "").also(&["F"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_spelling_is_one_flag() {
        let spellings: Vec<&str> =
            FLAGS.iter().flat_map(|flag| flag.aliases.iter().chain([&flag.name]).copied()).collect();
        assert_eq!(spellings.iter().collect::<BTreeSet<_>>().len(), spellings.len());
        assert!(NOT_YET.iter().chain(&DATAGRAMS).all(|name| spellings.contains(name)));
        for (name, variable) in SECRETS {
            let mut all = FLAGS.iter().chain(CREATE.flags);
            assert!(all.any(|flag| flag.name == name && flag.env == [variable]), "{name}");
        }
    }
}
