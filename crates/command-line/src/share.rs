//! The commands that publish this machine, and their flags.

use crate::flag::{switch, value, values};
use crate::tunnel::{API_URL, PROFILE};
use crate::{Flag, SubCommand};

/// Every command.
pub static COMMANDS: &[SubCommand] =
    &[SSH, CONTINUE, UNDO, RUN, SERVICE_ON, SERVICE_OFF, LIST, GROUPS, PEOPLE, CHECK, POINT, RULES, UNSHARE];

/// Publishes the SSH server.
pub const SSH: SubCommand = SubCommand {
    words: &["share", "ssh"],
    takes: "",
    flags: &[
        HOSTNAME,
        values(
            "allow",
            &[],
            "Who may enter: e-mail addresses, @domains and group:NAMEs, with commas between",
        ),
        value("port", &[], "The port of the SSH server on this machine [22]"),
        switch("certificates", &[], "Let people come with short-lived SSH certificates"),
        value("session", &[], "How long a log-in is good, such as 30m or 8h [24h]"),
        value("tunnel-name", &[], "What the tunnel is to be called [the hostname]"),
        switch(
            "replace-record",
            &[],
            "Take the place of a DNS record that leads elsewhere; unshare brings it back",
        ),
        switch(
            "keep",
            &[],
            "Keep finished steps when one fails or it is called off, so that it can be gone on with",
        ),
        switch("no-proof", &[], "Do not log in to see whether the SSH server answers from outside"),
        switch("dry-run", &[], "Look, and print what would be done"),
        switch("service", &[], "Let the system run it: it outlives this terminal, and starts at boot"),
        TOKEN_FILE,
        API_TOKEN_FILE,
        REMEMBER,
        UNTIL_STDIN_ENDS,
        JSON,
        API_URL,
        PROFILE,
    ],
    help: "Publish this machine's SSH server behind a log-in",
};
/// Goes on with what was stopped on the way.
pub const CONTINUE: SubCommand = SubCommand {
    words: &["share", "continue"],
    takes: "[HOSTNAME]",
    flags: &[API_TOKEN_FILE, UNTIL_STDIN_ENDS, JSON, API_URL, PROFILE],
    help: "Go on with sharing that was stopped on the way",
};
/// Takes the last step of that back.
pub const UNDO: SubCommand = SubCommand {
    words: &["share", "undo"],
    takes: "[HOSTNAME]",
    flags: &[API_TOKEN_FILE, JSON, API_URL, PROFILE],
    help: "Take back the last step of sharing that was stopped on the way",
};
/// Runs what was published again.
pub const RUN: SubCommand = SubCommand {
    words: &["share", "run"],
    takes: "[HOSTNAME]",
    flags: &[
        value("protocol", &[], "How to reach the edge: auto, quic or http2 [auto]"),
        UNTIL_STDIN_ENDS,
        JSON,
        PROFILE,
    ],
    help: "Let a machine that is shared answer again",
};
/// Lets the system run what was published.
pub const SERVICE_ON: SubCommand = SubCommand {
    words: &["share", "service", "on"],
    takes: "[HOSTNAME]",
    flags: &[HOSTNAME, API_TOKEN_FILE, JSON, API_URL, PROFILE],
    help: "Let the system run what is shared, at boot and again when it fails",
};
/// Takes that back.
pub const SERVICE_OFF: SubCommand = SubCommand {
    words: &["share", "service", "off"],
    takes: "[HOSTNAME]",
    flags: &[HOSTNAME, TOKEN_FILE, API_TOKEN_FILE, JSON, API_URL, PROFILE],
    help: "Take the service away; what is shared stays, and nobody answers",
};
/// Lists what was published.
pub const LIST: SubCommand = SubCommand {
    words: &["share", "list"],
    takes: "",
    flags: &[JSON, PROFILE],
    help: "List what this machine shares",
};
/// Lists the groups that may be let in.
pub const GROUPS: SubCommand = SubCommand {
    words: &["share", "groups"],
    takes: "",
    flags: &[API_TOKEN_FILE, JSON, API_URL, PROFILE],
    help: "List the groups of the account, for --allow group:NAME",
};
/// Says who may connect, and changes it.
pub const PEOPLE: SubCommand = SubCommand {
    words: &["share", "people"],
    takes: "[HOSTNAME]",
    flags: &[
        values("allow", &[], "Who may connect from now on: e-mail addresses, @domains and group:NAMEs"),
        values("add", &[], "Who may connect as well"),
        values("remove", &[], "Who may no longer"),
        value("session", &[], "How long a log-in is good from now on, such as 30m or 8h"),
        switch("dry-run", &[], "Print what would be another"),
        API_TOKEN_FILE,
        JSON,
        API_URL,
        PROFILE,
    ],
    help: "Say who may connect to what is shared, and change it with effect at once",
};
/// Asks where the hostname leads.
pub const CHECK: SubCommand = SubCommand {
    words: &["share", "check"],
    takes: "[HOSTNAME]",
    flags: &[API_TOKEN_FILE, JSON, API_URL, PROFILE],
    help: "Say whether the hostname still leads here",
};
/// Lets it lead here again.
pub const POINT: SubCommand = SubCommand {
    words: &["share", "point"],
    takes: "[HOSTNAME]",
    flags: &[API_TOKEN_FILE, JSON, API_URL, PROFILE],
    help: "Let the hostname lead here again",
};
/// Sets what the tunnel leads to.
pub const RULES: SubCommand = SubCommand {
    words: &["share", "rules"],
    takes: "[HOSTNAME]",
    flags: &[API_TOKEN_FILE, JSON, API_URL, PROFILE],
    help: "Set the rules that stand on standard input, as JSON",
};
/// Takes all of it away.
pub const UNSHARE: SubCommand = SubCommand {
    words: &["unshare"],
    takes: "[HOSTNAME]",
    flags: &[
        HOSTNAME,
        switch("dry-run", &[], "Print what would be taken away"),
        API_TOKEN_FILE,
        JSON,
        API_URL,
        PROFILE,
    ],
    help: "Take away all that sharing has made",
};

const HOSTNAME: Flag = value("hostname", &[], "The hostname, such as build-01.acme.dev");
const TOKEN_FILE: Flag = value(
    "token-file",
    &[],
    "Keep the right to run the tunnel in this file of yours alone, where there is no keyring",
);
const API_TOKEN_FILE: Flag = value(
    "api-token-file",
    &[],
    "Read the API token from this file, not from CLOUDFLARE_API_TOKEN or the keyring",
);
const REMEMBER: Flag = switch("remember", &[], "Keep the API token in the keyring");
const UNTIL_STDIN_ENDS: Flag = switch("until-stdin-ends", &[], "Stop when standard input ends, as at Ctrl+C");
const JSON: Flag = switch("json", &[], "Say everything in JSON, one object a line");
