//! The programs that are compared, logged in and ready.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::stage::{GREETER, SILENT, SINK, SOURCE, Stage};
use crate::bench::shipped;
use crate::need;

/// A program that carries a stream between its stdin and stdout and an app.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    before: Vec<std::ffi::OsString>,
    environment: Vec<(&'static str, std::ffi::OsString)>,
}

impl Peer {
    pub(super) fn sallyport(stage: &Stage) -> Self {
        let before = vec!["--profile".into(), stage.home.profile().into_os_string()];
        let browser = ("BROWSER", stage.browsers().join("xdg-open").into_os_string());
        let environment = stage.home.environment().into_iter().chain([browser]).collect();
        let peer = Self { name: "sallyport", program: shipped("sallyport"), before, environment };
        peer.log_in(&[GREETER, SINK, SOURCE, SILENT]);
        stage.fall_silent();
        peer
    }

    pub(super) fn cloudflared(stage: &Stage) -> Self {
        let mut path = stage.browsers().into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut environment = stage.home.environment();
        environment.retain(|(name, _)| *name != "PATH");
        environment.extend([("PATH", path), ("SSL_CERT_FILE", stage.home.join("ca.pem").into_os_string())]);
        let program = need::find("cloudflared").expect("it was found before");
        let peer = Self { name: "cloudflared", program, before: Vec::new(), environment };
        // Its first connection goes without a login in any case.
        peer.log_in(&[GREETER, SINK, SOURCE]);
        peer
    }

    /// A command that carries to `app`.
    pub(super) fn carry(&self, app: &str) -> Command {
        let mut command = self.command();
        command.args(["access", "ssh", "--hostname", app]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(self.environment.iter().cloned()).args(&self.before).stderr(Stdio::null());
        command
    }

    fn log_in(&self, apps: &[&str]) {
        for app in apps {
            let url = format!("https://{app}");
            let done =
                self.command().args(["access", "login", "--quiet", &url]).stdin(Stdio::null()).output();
            let done = done.expect("a program that starts");
            assert!(done.status.success(), "{} does not log in: {}", self.name, done.status);
        }
    }
}
