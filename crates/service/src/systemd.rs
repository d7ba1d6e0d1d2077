//! Units of systemd: one of the machine's that may do as little as it can do with, and one of a person's.

use std::path::{Path, PathBuf};

use crate::layout::words;
use crate::{Job, Layout, Place, RunsBy, Scope, ServiceError, Written};

/// Codes that trying again does not mend: a command line that does not fit, and a tunnel that the edge refused.
const FOR_GOOD: &str = "2 7";

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
    let (units, own, manager) = match place.scope {
        Scope::System => {
            (PathBuf::from("/etc/systemd/system"), Path::new("/etc").join(name), "systemctl".to_owned())
        }
        Scope::User => {
            let config = place.home()?.join(".config");
            (config.join("systemd/user"), config.join(name), "systemctl --user".to_owned())
        }
    };
    let (secrets, rest, command) = runs_by(place.scope, job, &own);
    let unit = Written::open(units.join(format!("{name}.service")), &unit(place.scope, &secrets, &command));
    let of = |line: &str| words(&format!("{manager} {line} {name}.service"));
    Ok(Layout {
        files: [vec![unit], secrets.into_iter().map(|(_, file)| file).collect(), rest].concat(),
        folders: vec![own],
        offline: (place.scope == Scope::System).then(|| vec!["systemctl", "--root", "ROOT", "enable"]),
        start: vec![words(&format!("{manager} daemon-reload")), of("enable"), of("start --no-block")],
        stop: vec![of("disable --now")],
        forget: vec![words(&format!("{manager} daemon-reload"))],
        status: of("status --no-pager"),
    })
}

/// Files that are secret, each with its name as a credential; files that are not; and the command.
fn runs_by(scope: Scope, job: &Job, own: &Path) -> (Vec<(&'static str, Written)>, Vec<Written>, String) {
    let program = job.program.display();
    // The machine's manager hands a copy to a user that exists only as long as the service runs.
    let at = |name: &str| match scope {
        Scope::System => format!("%d/{name}"),
        Scope::User => format!("\"{}\"", own.join(name).display()),
    };
    match &job.runs_by {
        RunsBy::Token(token) => {
            let file = Written::secret(own.join("token"), token.as_bytes());
            (vec![("token", file)], Vec::new(), format!("\"{program}\" --token-file {} run", at("token")))
        }
        RunsBy::Config { config, credentials } => {
            let file = Written::secret(own.join("credentials.json"), credentials);
            // Not secret, and read again whenever it changes.
            let rules = Written::open(own.join("config.yml"), config);
            let command = format!(
                "\"{program}\" --config \"{}\" --credentials-file {} run",
                rules.path.display(),
                at("credentials.json")
            );
            (vec![("credentials.json", file)], vec![rules], command)
        }
    }
}

fn unit(scope: Scope, secrets: &[(&'static str, Written)], command: &str) -> String {
    let load: String = match scope {
        Scope::System => secrets
            .iter()
            .map(|(name, file)| format!("LoadCredential={name}:{}\n", file.path.display()))
            .collect(),
        Scope::User => String::new(),
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
