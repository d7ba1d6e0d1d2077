//! OpenSSH's own server on loopback, with keys and a configuration of its own, and its own clients to reach it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::homes::put;
use crate::{Part, need};

/// What a server and its clients need of the machine.
pub const NEEDS: [&str; 5] = ["sshd", "ssh", "ssh-keygen", "scp", "git"];

/// The server's file in its folder.
const CONFIG: &str = "sshd_config";

/// A running `sshd` that lets in whoever runs the test, by a key that only this test has.
#[derive(Debug)]
pub struct Sshd {
    part: Part,
    port: u16,
    folder: TempDir,
}

impl Sshd {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("sp-sshd-").tempdir().expect("a temporary folder");
        for key in ["host_key", "user_key"] {
            keygen(&folder.path().join(key));
        }
        let public = std::fs::read(folder.path().join("user_key.pub")).expect("a public key");
        put(folder.path().join("authorized_keys"), public);
        put(folder.path().join("authorities"), "");
        separate_privileges();
        let port = free_port();
        put(folder.path().join(CONFIG), configuration(folder.path(), port));
        Self { part: run(folder.path()), port, folder }
    }

    /// Ends it, and with it all that it serves.
    pub fn stop(&mut self) {
        self.part.stop();
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// When somebody else is there by now.
    pub fn start_again(&mut self) {
        self.part = run(self.folder.path());
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Whom it lets in.
    #[must_use]
    pub fn user(&self) -> String {
        let whoami = Command::new("id").arg("-un").output().expect("a name");
        String::from_utf8_lossy(&whoami.stdout).trim().to_owned()
    }

    /// Lets in whoever has a certificate of this authority for the account's name, from now on.
    ///
    /// # Panics
    /// When that cannot be written.
    pub fn trust_authority(&self, line: &str) {
        put(self.folder.path().join("authorities"), format!("{line}\n"));
    }

    /// Lines for a client's configuration, below any `Host` of one's own: the key, and a list of known hosts apart.
    #[must_use]
    pub fn client_lines(&self) -> String {
        let (key, known) = (self.folder.path().join("user_key"), self.folder.path().join("known_hosts"));
        format!(
            "Host *\n  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile none\n  \
             StrictHostKeyChecking accept-new\n  BatchMode yes\n",
            key.display(),
            known.display()
        )
    }

    /// A client's configuration that reaches it directly under `alias`.
    #[must_use]
    pub fn direct(&self, alias: &str) -> PathBuf {
        let file = self.folder.path().join(format!("{alias}.conf"));
        let (user, port) = (self.user(), self.port);
        let entry = format!("Host {alias}\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n");
        put(&file, entry + &self.client_lines());
        file
    }

    /// What it said so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.part.log()
    }
}

/// OpenSSH's client, with this configuration and no other.
#[must_use]
pub fn ssh(config: &Path) -> Command {
    client("ssh", config)
}

/// Its file copy.
#[must_use]
pub fn scp(config: &Path) -> Command {
    client("scp", config)
}

/// Git, over that client.
#[must_use]
pub fn git(config: &Path) -> Command {
    let mut command = Command::new("git");
    command.env("GIT_SSH_COMMAND", format!("ssh -F '{}'", config.display()));
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0");
    command
}

fn client(program: &str, config: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("-F").arg(config).env_remove("SSH_AUTH_SOCK").stdin(std::process::Stdio::null());
    command
}

fn run(folder: &Path) -> Part {
    let program = need::find("sshd").expect("sshd is installed");
    let mut command = Command::new(program);
    command.args(["-D", "-e", "-f"]).arg(folder.join(CONFIG));
    let mut part = Part::start("sshd", &mut command, folder);
    part.says("a listening port", |log| log.contains("Server listening on").then_some(()));
    part
}

fn keygen(file: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).output();
    let made = made.expect("ssh-keygen is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// As root, sshd wants this folder, which the system makes only when it starts an sshd of its own.
fn separate_privileges() {
    if rustix::process::geteuid().is_root() {
        std::fs::create_dir_all("/run/sshd").expect("a folder that root can make");
    }
}

/// Its shells live in its own folder: what a person's own files of start-up do and say is none of a test's business.
fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile none\n\
         AuthorizedKeysFile {folder}/authorized_keys\nTrustedUserCAKeys {folder}/authorities\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nSetEnv HOME={folder}\nMaxStartups 200\nMaxSessions 200\nLogLevel VERBOSE\n\
         PrintMotd no\nPrintLastLog no\nUseDNS no\nSubsystem sftp internal-sftp\n"
    )
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its number").port()
}
