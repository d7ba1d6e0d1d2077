//! Units of systemd: one of the machine's that may do as little as it can do with, and one of a person's.

use std::path::{Path, PathBuf};

use crate::layout::{Call, words};
use crate::{Init, Job, Layout, Logs, Place, Scope, ServiceError, State, Status, Written};

/// Codes that trying again does not mend: a command line that does not fit, and a tunnel that the edge refused.
const FOR_GOOD: &str = "2 7";

/// What the manager is asked about a service.
const ASKED: [&str; 6] =
    ["ActiveState", "MainPID", "ActiveEnterTimestamp", "UnitFileState", "StatusText", "NRestarts"];

/// What a service of the machine's need not be able to do. `systemd-analyze security` counts these.
const LOCKED: &str = "\
DynamicUser=yes
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictNamespaces=yes
CapabilityBoundingSet=
AmbientCapabilities=
KeyringMode=private
RemoveIPC=yes
";

/// What no connector has to be able to do, whosever it is; all of these hold in a person's own manager too.
const NARROW: &str = "\
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
";

pub(crate) fn layout(place: &Place, job: &Job) -> Result<Layout, ServiceError> {
    let name = &job.name;
    // `journalctl --user` shows only what lies in a file of the person's own, and not every journal keeps such files.
    let (units, own, ours, whose) = match place.scope {
        Scope::System => (PathBuf::from("/etc/systemd/system"), Path::new("/etc").join(name), "", "unit"),
        Scope::User => {
            let config = place.home()?.join(".config");
            (config.join("systemd/user"), config.join(name), " --user", "user-unit")
        }
    };
    // The machine's manager hands a copy to a user that exists only as long as the service runs.
    let seen = |path: &Path| match (place.scope, path.file_name()) {
        (Scope::System, Some(file)) => format!("%d/{}", file.display()),
        (Scope::System, None) | (Scope::User, _) => path.display().to_string(),
    };
    let call = Call::of(job, |file| own.join(file), seen);
    let unit = Written::open(units.join(format!("{name}.service")), &unit(place.scope, job, &call));
    let of = |line: &str| words(&format!("systemctl{ours} {line} {name}.service"));
    Ok(Layout {
        init: Init::Systemd,
        name: name.clone(),
        registered: None,
        narrow: Vec::new(),
        files: [vec![unit], call.files()].concat(),
        leaves: Vec::new(),
        folders: vec![own],
        offline: (place.scope == Scope::System).then(|| vec!["systemctl", "--root", "ROOT", "enable"]),
        wishes: Vec::new(),
        start: vec![words(&format!("systemctl{ours} daemon-reload")), of("enable"), of("start --no-block")],
        stop: vec![of("disable --now")],
        forget: vec![words(&format!("systemctl{ours} daemon-reload")), of("reset-failed")],
        status: of(&format!("show --property={}", ASKED.join(","))),
        logs: Logs::Journal(words(&format!("journalctl --{whose}={name}.service --no-pager"))),
        monitoring: None,
    })
}

fn unit(scope: Scope, job: &Job, call: &Call) -> String {
    let words = [job.program.display().to_string()].into_iter().chain(call.words.iter().cloned());
    let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    let command = format!("{} run", quoted.join(" "));
    let secret = &call.secret.path;
    let load = match (scope, secret.file_name()) {
        (Scope::System, Some(file)) => format!("LoadCredential={}:{}\n", file.display(), secret.display()),
        (Scope::System, None) | (Scope::User, _) => String::new(),
    };
    let (after, locked, wanted) = match scope {
        Scope::System => {
            ("After=network-online.target\nWants=network-online.target\n", LOCKED, "multi-user.target")
        }
        Scope::User => ("", "NoNewPrivileges=yes\n", "default.target"),
    };
    format!(
        "# Written by sallyport service install; sallyport service uninstall takes it away.\n\
         [Unit]\nDescription=Sallyport tunnel\nDocumentation=man:sallyport(1)\n{after}\
         # A machine whose network comes late is no reason to give up.\nStartLimitIntervalSec=0\n\n\
         [Service]\nType=notify\nNotifyAccess=main\nTimeoutStartSec=infinity\nTimeoutStopSec=40\n\
         ExecStart={command}\n{load}Restart=on-failure\nRestartSec=5\nRestartPreventExitStatus={FOR_GOOD}\n\
         {locked}{NARROW}\n[Install]\nWantedBy={wanted}\n"
    )
}

/// How it is, by what `systemctl show` says.
pub(crate) fn status(said: &str) -> Status {
    let value = |name: &str| {
        let value = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let state = match value("ActiveState").as_deref() {
        Some("active" | "reloading") => State::Running,
        // It failed, and is started again in a moment; or its first connection does not stand yet.
        Some("activating") => State::Starting,
        Some("deactivating") => State::Stopping,
        Some("failed") => State::Failed,
        Some(_) | None => State::Stopped,
    };
    Status {
        state,
        since: value("ActiveEnterTimestamp").filter(|_| state == State::Running),
        pid: value("MainPID").and_then(|pid| pid.parse().ok()).filter(|pid| *pid != 0),
        at_boot: value("UnitFileState").map(|state| state == "enabled"),
        restarts: value("NRestarts").and_then(|times| times.parse().ok()).unwrap_or_default(),
        says: value("StatusText").filter(|_| matches!(state, State::Running | State::Starting)),
    }
}
