//! All commands, as a table: what is understood, helped with and completed is read from here.

use crate::args::{self, Flag, Takes};
use crate::commands::{
    beside, browser, carry, curl, doctor, host, import, log_in, ready, ssh_gen, ssh_lines, status,
};
use crate::context::NO_LOGIN;
use crate::log;

/// What may stand before every command.
pub(super) static GLOBAL: &[Flag] = &[
    Flag {
        name: "profile",
        aliases: &[],
        env: &["SALLYPORT_PROFILE"],
        takes: Takes::Value,
        help: "Keep everything below this folder",
    },
    log::LEVEL,
    log::FILE,
    log::FOLDER,
    log::OUTPUT,
    Flag {
        name: "fedramp",
        aliases: &[],
        env: &[],
        takes: Takes::Nothing,
        help: "Use Cloudflare for Government",
    },
    NO_LOGIN,
    Flag {
        name: "version",
        aliases: &["v", "V"],
        env: &[],
        takes: Takes::Nothing,
        help: "Print the version",
    },
    Flag { name: "help", aliases: &["h"], env: &[], takes: Takes::Nothing, help: "Print this" },
];

static VERSION: &[Flag] = &[Flag {
    name: "short",
    aliases: &["s"],
    env: &[],
    takes: Takes::Nothing,
    help: "Print the number alone",
}];

/// One command: its words, what follows them, its flags, and one line about it.
pub(super) struct Command {
    pub(super) words: &'static [&'static str],
    pub(super) takes: &'static str,
    pub(super) flags: &'static [Flag],
    pub(super) does: Does,
    pub(super) help: &'static str,
}

/// What a command does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    Agent,
    Beside,
    Browser,
    Carry,
    AccessLogIn,
    AccessToken,
    Curl,
    SshGen,
    SshLines,
    HostAdd,
    HostList,
    HostRemove,
    Import,
    LogIn,
    LogOut,
    Completions,
    Doctor,
    Forwards,
    Man,
    Status,
    Version,
    WaitReady,
    #[cfg(unix)]
    Warm,
}

/// Commands that people look for in one place.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) commands: &'static [Command],
}

pub(super) static PARTS: &[Part] = &[
    Part { title: "Reach hosts", commands: REACH },
    Part { title: "Publish this machine", commands: PUBLISH },
    Part { title: "Tunnels, in the words of cloudflared", commands: TUNNELS },
    Part { title: "Apps behind Access, in the words of cloudflared", commands: ACCESS },
    Part { title: "Besides", commands: OTHER },
];

/// Every command.
pub(super) fn commands() -> impl Iterator<Item = &'static Command> {
    PARTS.iter().flat_map(|part| part.commands)
}

#[rustfmt::skip] // one command a line, so that the list can be read as a table
static REACH: &[Command] = &[
    Command { words: &["login"], takes: "HOST", flags: &[], does: Does::LogIn, help: "Log in to a host's team" },
    Command { words: &["logout"], takes: "HOST", flags: log_in::LOG_OUT, does: Does::LogOut, help: "Forget the login of a host" },
    Command { words: &["status"], takes: "", flags: status::FLAGS, does: Does::Status, help: "Say which logins are valid" },
    Command { words: &["agent"], takes: "[HOST...]", flags: &[], does: Does::Agent, help: "Hold short-lived certificates for ssh, in memory" },
    Command { words: &["browser"], takes: "[TEAM [PROGRAM]]", flags: browser::FLAGS, does: Does::Browser, help: "Choose the browser for a team's log-ins" },
    Command { words: &["doctor"], takes: "[HOST]", flags: doctor::FLAGS, does: Does::Doctor, help: "Check what is needed to reach a host" },
    Command { words: &["wait-ready"], takes: "HOST", flags: ready::FLAGS, does: Does::WaitReady, help: "Wait until a host's SSH server answers" },
    #[cfg(unix)]
    Command { words: &["warm"], takes: "HOST", flags: &[], does: Does::Warm, help: "Keep a connection ready for the next ssh, until stdin ends; the desktop runs this" },
    Command { words: &["host", "add"], takes: "HOSTNAME", flags: host::ADD, does: Does::HostAdd, help: "Add a host to ~/.ssh/config" },
    Command { words: &["host", "list"], takes: "", flags: host::LIST, does: Does::HostList, help: "List the hosts" },
    Command { words: &["host", "remove"], takes: "NAME", flags: host::REMOVE, does: Does::HostRemove, help: "Take a host away" },
    Command { words: &["forwards"], takes: "", flags: &[], does: Does::Forwards, help: "Listen wherever config.yml of cloudflared lists forwarders" },
    Command { words: &["import"], takes: "[NAME...]", flags: import::FLAGS, does: Does::Import, help: "Take over what was made for cloudflared" },
];

#[rustfmt::skip] // one command a line, so that the list can be read as a table
static PUBLISH: &[Command] = &[
    beside::command(&["share", "ssh"], args::share::SSH),
    beside::command(&["share", "continue"], args::share::CONTINUE),
    beside::command(&["share", "undo"], args::share::UNDO),
    beside::command(&["share", "run"], args::share::RUN),
    beside::command(&["share", "list"], args::share::LIST),
    beside::command(&["share", "groups"], args::share::GROUPS),
    beside::command(&["share", "service", "on"], args::share::SERVICE_ON),
    beside::command(&["share", "service", "off"], args::share::SERVICE_OFF),
    beside::command(&["share", "people"], args::share::PEOPLE),
    beside::command(&["share", "check"], args::share::CHECK),
    beside::command(&["share", "point"], args::share::POINT),
    beside::command(&["share", "rules"], args::share::RULES),
    beside::command(&["unshare"], args::share::UNSHARE),
    beside::command(&["service", "install"], args::service::INSTALL),
    beside::command(&["service", "uninstall"], args::service::UNINSTALL),
    beside::command(&["service", "status"], args::service::STATUS),
    beside::command(&["service", "logs"], args::service::LOGS),
];

#[rustfmt::skip] // one command a line, so that the list can be read as a table
static TUNNELS: &[Command] = &[
    beside::command(&["tunnel", "login"], args::tunnel::LOGIN),
    beside::command(&["tunnel", "create"], args::tunnel::CREATE),
    beside::command(&["tunnel", "route", "dns"], args::tunnel::ROUTE_DNS),
    beside::command(&["tunnel", "run"], args::tunnel::RUN),
    beside::command(&["tunnel", "list"], args::tunnel::LIST),
    beside::command(&["tunnel", "info"], args::tunnel::INFO),
    beside::command(&["tunnel", "token"], args::tunnel::TOKEN),
    beside::command(&["tunnel", "cleanup"], args::tunnel::CLEANUP),
    beside::command(&["tunnel", "delete"], args::tunnel::DELETE),
    beside::command(&["tunnel", "found"], args::tunnel::FOUND),
    beside::command(&["tunnel", "ingress", "validate"], args::tunnel::VALIDATE),
    beside::command(&["tunnel", "ingress", "rule"], args::tunnel::RULE),
    beside::command(&["tunnel", "ready"], args::tunnel::READY),
];

#[rustfmt::skip] // one command a line, so that the list can be read as a table
static ACCESS: &[Command] = &[
    Command { words: &["access", "ssh"], takes: "", flags: carry::FLAGS, does: Does::Carry, help: "Carry ssh; the ProxyCommand" },
    Command { words: &["access", "tcp"], takes: "", flags: carry::FLAGS, does: Does::Carry, help: "Carry any stream of TCP, or listen for such" },
    Command { words: &["access", "rdp"], takes: "", flags: carry::FLAGS, does: Does::Carry, help: "The same, for remote desktops" },
    Command { words: &["access", "smb"], takes: "", flags: carry::FLAGS, does: Does::Carry, help: "The same, for shared files" },
    Command { words: &["access", "login"], takes: "URL", flags: log_in::ACCESS_LOG_IN, does: Does::AccessLogIn, help: "Log in and print the token" },
    Command { words: &["access", "token"], takes: "URL", flags: log_in::ACCESS_TOKEN, does: Does::AccessToken, help: "Print the token at hand" },
    Command { words: &["access", "curl"], takes: "[--allow-request] URL [CURL ARGUMENTS]", flags: curl::FLAGS, does: Does::Curl, help: "Run curl with the login of an app" },
    Command { words: &["access", "ssh-config"], takes: "", flags: ssh_lines::FLAGS, does: Does::SshLines, help: "Print lines for an ssh config" },
    Command { words: &["access", "ssh-gen"], takes: "", flags: ssh_gen::FLAGS, does: Does::SshGen, help: "Fetch a short-lived certificate into files" },
];

#[rustfmt::skip] // one command a line, so that the list can be read as a table
static OTHER: &[Command] = &[
    Command { words: &["completions"], takes: "bash|zsh|fish|powershell", flags: &[], does: Does::Completions, help: "Print what makes a shell complete commands and hosts" },
    Command { words: &["man"], takes: "", flags: &[], does: Does::Man, help: "Print the manual page" },
    Command { words: &["version"], takes: "", flags: VERSION, does: Does::Version, help: "Print the version" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_the_programs_beside_this_one_are_all_here() {
        let own = [args::share::COMMANDS, args::service::COMMANDS].concat();
        let of_tunnels = args::tunnel::COMMANDS.iter().map(|command| [&["tunnel"], command.words].concat());
        for words in own.iter().map(|command| command.words.to_vec()).chain(of_tunnels) {
            assert!(commands().any(|command| command.words == words), "{words:?}");
        }
    }
}
