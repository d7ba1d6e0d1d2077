//! The commands that let the operating system run a tunnel, as `cloudflared service` has them (`tunnel.md` 8.6).

use crate::flag::{switch, value};
use crate::tunnel::{CONFIG, PROFILE};
use crate::{Flag, SubCommand};

/// Every command.
pub static COMMANDS: &[SubCommand] = &[INSTALL, UNINSTALL, STATUS, LOGS];

/// Lets the system run a tunnel.
pub const INSTALL: SubCommand = SubCommand {
    words: &["service", "install"],
    takes: "[TOKEN]",
    flags: &[
        value("token-file", &["TUNNEL_TOKEN_FILE"], "Read the tunnel's token from this file"),
        value("token", &["TUNNEL_TOKEN"], "The tunnel's token; a file or the variable keeps it to yourself"),
        CONFIG,
        USER,
        NAME,
        switch("no-update-service", &[], ""),
        ROOT,
        INIT,
        PROFILE,
    ],
    help: "Let the system run a tunnel, at boot and again when it fails",
};
/// Takes that back.
pub const UNINSTALL: SubCommand = SubCommand {
    words: &["service", "uninstall"],
    takes: "",
    flags: &[USER, NAME, ROOT, INIT, PROFILE],
    help: "Take the service away, and all of its files",
};
/// Says how it is.
pub const STATUS: SubCommand = SubCommand {
    words: &["service", "status"],
    takes: "",
    flags: &[USER, NAME, ROOT, INIT, PROFILE],
    help: "Say how the service is",
};

/// Shows what it has noted.
pub const LOGS: SubCommand = SubCommand {
    words: &["service", "logs"],
    takes: "",
    flags: &[
        switch("follow", &[], "Go on with what is added").also(&["f"]),
        value("lines", &[], "How many of the last lines to show [50]").also(&["n"]),
        USER,
        NAME,
        ROOT,
        INIT,
        PROFILE,
    ],
    help: "Show the log of the service",
};

const USER: Flag =
    switch("user", &[], "A service of your own, not of the machine: it starts when you log in");
const NAME: Flag = value("name", &[], "What the service is called [sallyport]");
/// A system that does not run, below this folder.
const ROOT: Flag = value("root", &[], "");
/// Of another system than this machine has.
const INIT: Flag = value("init", &[], "");
