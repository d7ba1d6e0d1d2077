//! A stock `cloudflared` takes the simulated edge for Cloudflare.
//!
//! The names that it insists on (`login.cloudflareaccess.org`, port 443) exist only in a network and mount namespace of
//! the test's own: the first test makes it and runs the second one inside.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![expect(clippy::print_stderr, reason = "what is skipped is said loudly")]
#![expect(clippy::disallowed_methods, reason = "files of a private folder that nobody else reads")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command as Blocking, Output, Stdio};
use std::time::Duration;

use edge_sim::{AppPlan, EdgeSim, Plan, Seen};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinSet;

const ECHO: &str = "echo.acme.test";
const BOX: &str = "box.acme.test";
const PATIENCE: Duration = Duration::from_secs(30);

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let sbin = [PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")];
    std::env::split_paths(&path).chain(sbin).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs `program` in a network and mount namespace; a user namespace lends the rights where root does not.
fn unshared(program: &Path) -> Option<Blocking> {
    [&["--net", "--mount"][..], &["--map-root-user", "--net", "--mount"]].into_iter().find_map(|flags| {
        let script = "ip link set lo up && mount --bind /etc/hostname /etc/hosts";
        let probe = Blocking::new("unshare").args(flags).args(["sh", "-c", script]).output();
        probe.is_ok_and(|probe| probe.status.success()).then(|| {
            let mut command = Blocking::new("unshare");
            command.args(flags).arg(program);
            command
        })
    })
}

#[test]
fn a_stock_cloudflared_completes_every_access_command() {
    if on_path("cloudflared").is_none() {
        eprintln!("SKIPPED: no `cloudflared` on the PATH");
        return;
    }
    let Some(mut inside) = unshared(&std::env::current_exe().unwrap()) else {
        eprintln!("SKIPPED: no right to make network and mount namespaces (or no `unshare`, no `ip`)");
        return;
    };
    let done = inside.args(["--exact", "inside", "--ignored", "--nocapture"]).output().unwrap();
    assert!(done.status.success(), "{}\n{}", text(&done.stdout), text(&done.stderr));
    assert!(text(&done.stdout).contains("1 passed"));
    for skipped in text(&done.stderr).lines().filter(|line| line.starts_with("SKIPPED")) {
        eprintln!("{skipped}");
    }
}

#[tokio::test]
#[ignore = "needs the namespace that the test above makes"]
async fn inside() {
    let stage = Stage::set_up().await;
    stage.login().await;
    stage.token().await;
    stage.curl().await;
    stage.echo().await;
    stage.exchange().await;
    stage.certificate_and_shell().await;
}

/// Everything around the stock program.
struct Stage {
    sim: EdgeSim,
    folder: TempDir,
    sshd: Option<u16>,
    tasks: JoinSet<()>,
}

impl Stage {
    async fn set_up() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hosts = format!(
            "127.0.0.1 localhost {ECHO} {BOX} acme.cloudflareaccess.com login.cloudflareaccess.org\n"
        );
        std::fs::write(folder.path().join("hosts"), hosts).unwrap();
        must("ip", &["link", "set", "lo", "up"]);
        must("mount", &["--bind", folder.path().join("hosts").to_str().unwrap(), "/etc/hosts"]);
        let mut tasks = JoinSet::new();
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let echo_address = echo.local_addr().unwrap();
        tasks.spawn(serve_echo(echo));
        let sshd_port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let plan = Plan::default()
            .listen("127.0.0.1:443".parse().unwrap())
            .team("acme")
            .app(AppPlan::new("acme", ECHO, echo_address).named("Echo"))
            .app(AppPlan::new("acme", BOX, ([127, 0, 0, 1], sshd_port).into()).named("Box"));
        let sim = EdgeSim::start(plan).await.unwrap();
        std::fs::write(folder.path().join("ca.pem"), sim.ca_pem()).unwrap();
        std::fs::create_dir_all(folder.path().join("home/.ssh")).unwrap();
        let mut stage = Self { sim, folder, sshd: None, tasks };
        stage.write_opener();
        if stage.start_sshd(sshd_port).await {
            stage.sshd = Some(sshd_port);
        }
        stage
    }

    /// `xdg-open`, played by the scripted person.
    fn write_opener(&self) {
        let bin = self.folder.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let sim = env!("CARGO_BIN_EXE_sallyport-sim");
        let gateway = self.sim.gateway();
        let script =
            format!("#!/bin/sh\nexec '{sim}' browse --gateway '{gateway}' --email root@acme.test \"$1\"\n");
        std::fs::write(bin.join("xdg-open"), script).unwrap();
        std::fs::set_permissions(bin.join("xdg-open"), PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// A real sshd that trusts the edge's certificates; false where there is none or it may not run.
    async fn start_sshd(&mut self, port: u16) -> bool {
        let (Some(sshd), Some(_), Some(keygen)) = (on_path("sshd"), on_path("ssh"), on_path("ssh-keygen"))
        else {
            eprintln!("SKIPPED: no OpenSSH for the log-in with a certificate");
            return false;
        };
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        must("mount", &["-t", "tmpfs", "tmpfs", "/run"]);
        std::fs::create_dir_all("/run/sshd").unwrap();
        must(keygen.to_str().unwrap(), &["-q", "-t", "ed25519", "-N", "", "-f", &path("host_key")]);
        std::fs::write(path("user_ca"), format!("{}\n", self.sim.ssh_ca())).unwrap();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nTrustedUserCAKeys {}\nPermitRootLogin yes\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\n",
            path("host_key"),
            path("user_ca"),
        );
        std::fs::write(path("sshd_config"), config).unwrap();
        let mut command = Command::new(sshd);
        command.args(["-D", "-e", "-f", &path("sshd_config")]).kill_on_drop(true).stdin(Stdio::null());
        let mut daemon = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(daemon.stderr.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = said.next_line().await.unwrap() {
                if line.contains("Server listening") {
                    return true;
                }
            }
            false
        };
        let is_listening = tokio::time::timeout(PATIENCE, listening).await.unwrap_or(false);
        self.tasks.spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                eprintln!("sshd: {line}");
            }
            let _ = daemon.wait().await;
        });
        is_listening
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:{}", self.folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path().join("home"))
            .env("SSL_CERT_FILE", self.folder.path().join("ca.pem"))
            .env("CURL_CA_BUNDLE", self.folder.path().join("ca.pem"))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, arguments: &[&str]) -> (Output, Vec<Seen>) {
        let before = self.sim.log().len();
        let mut command = self.command("cloudflared");
        let done = tokio::time::timeout(PATIENCE, command.arg("access").args(arguments).output());
        let done = done.await.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
        (done, self.sim.log().split_off(before))
    }

    /// Nothing cached: discovery, keys, transfer, browser, check (`access.md` 9.3).
    async fn login(&self) {
        let (done, seen) = self.run(&["login", &format!("https://{ECHO}")]).await;
        assert!(text(&done.stdout).starts_with("Successfully fetched your token:\n\neyJ"), "{done:?}");
        assert!(text(&done.stderr).starts_with("A browser window should have opened"), "{done:?}");
        let by_program = by_program(&seen);
        let expected = [
            format!("HEAD {ECHO}/ 200"),
            "GET acme.cloudflareaccess.com/cdn-cgi/access/certs 200".to_owned(),
            "GET login.cloudflareaccess.org/transfer/PK= 200".to_owned(),
            format!("GET {ECHO}/ 200"),
        ];
        assert_eq!(by_program, expected);
        assert!(seen.last().unwrap().path_and_query.contains("cloudflared_token_check=true"));
    }

    async fn token(&self) {
        let (done, seen) = self.run(&["token", &format!("--app=https://{ECHO}")]).await;
        assert!(text(&done.stdout).starts_with("eyJ") && text(&done.stdout).matches('.').count() == 2);
        assert_eq!(by_program(&seen), [format!("HEAD {ECHO}/ 200")]);
    }

    async fn curl(&self) {
        if on_path("curl").is_none() {
            eprintln!("SKIPPED: no `curl` for `access curl`");
            return;
        }
        // Into a file: the stock program may lose what curl writes to its stdout (`access.md` 6.4).
        let file = self.folder.path().join("page.html");
        let url = format!("https://{ECHO}/page");
        let (_, seen) = self.run(&["curl", &url, "-s", "-o", file.to_str().unwrap()]).await;
        let body = std::fs::read_to_string(file).unwrap();
        assert!(body.contains("You have reached this application"), "{body}");
        let page = format!("{ECHO}/page 200");
        assert_eq!(by_program(&seen), [format!("HEAD {page}"), format!("GET {page}"), format!("GET {page}")]);
    }

    /// `access ssh` to an echo: the stream arrives in both directions.
    async fn echo(&self) {
        let before = self.sim.log().len();
        let mut command = self.command("cloudflared");
        command.args(["access", "ssh", "--hostname", ECHO]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut carrier = command.spawn().unwrap();
        let payload: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let (mut stdin, mut stdout) = (carrier.stdin.take().unwrap(), carrier.stdout.take().unwrap());
        let mut echoed = vec![0; payload.len()];
        let there_and_back = async {
            let (written, read) = tokio::join!(stdin.write_all(&payload), stdout.read_exact(&mut echoed));
            written.unwrap();
            read.unwrap();
        };
        tokio::time::timeout(PATIENCE, there_and_back).await.unwrap();
        assert_eq!(echoed, payload);
        drop(stdin);
        assert!(carrier.wait().await.unwrap().success());
        let seen = self.sim.log().split_off(before);
        let root = format!("{ECHO}/");
        let expected = [format!("GET {root} 302"), format!("HEAD {root} 200"), format!("GET {root} 101")];
        assert_eq!(by_program(&seen), expected);
    }

    /// The app token is gone, the org token is there: no browser (`access.md` 3).
    async fn exchange(&self) {
        let home = self.folder.path().join("home/.cloudflared");
        let audience = self.sim.app(ECHO).unwrap().audience();
        std::fs::remove_file(home.join(format!("{ECHO}-{audience}-token"))).unwrap();
        let (_, seen) = self.run(&["login", "--quiet", &format!("https://{ECHO}")]).await;
        let expected = [
            format!("HEAD {ECHO}/ 200"),
            format!("HEAD {ECHO}/ 302"),
            format!("HEAD acme.cloudflareaccess.com/cdn-cgi/access/login/{ECHO} 302"),
            format!("HEAD {ECHO}/cdn-cgi/access/authorized 302"),
            format!("GET {ECHO}/ 200"),
        ];
        assert_eq!(by_program(&seen), expected);
    }

    /// `access ssh-gen`, and with it a log-in through `ProxyCommand` to a real sshd.
    async fn certificate_and_shell(&self) {
        let (_, seen) = self.run(&["ssh-gen", "--hostname", BOX]).await;
        let last = by_program(&seen).pop().unwrap();
        assert_eq!(last, "POST acme.cloudflareaccess.com/cdn-cgi/access/cert_sign 200");
        let Some(_) = self.sshd else { return };
        let key = self.folder.path().join(format!("home/.cloudflared/{BOX}-cf_key"));
        let certificate = format!("CertificateFile={}-cert.pub", key.display());
        let mut ssh = self.command("ssh");
        ssh.args(["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"])
            .args(["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", &certificate])
            .args(["-o", "ProxyCommand=cloudflared access ssh --hostname %h"])
            .arg("-i")
            .arg(&key)
            .args([&format!("root@{BOX}"), "echo through; exit 7"]);
        let done = tokio::time::timeout(PATIENCE, ssh.output()).await.unwrap().unwrap();
        assert_eq!((text(&done.stdout), done.status.code()), ("through\n".to_owned(), Some(7)), "{done:?}");
    }
}

async fn serve_echo(listener: TcpListener) {
    let mut streams = JoinSet::new();
    while let Ok((mut tcp, _)) = listener.accept().await {
        streams.spawn(async move {
            let (mut reader, mut writer) = tcp.split();
            let _ = tokio::io::copy(&mut reader, &mut writer).await;
        });
    }
}

/// The requests of the program alone, without queries and keys.
fn by_program(seen: &[Seen]) -> Vec<String> {
    let direct = seen.iter().filter(|seen| seen.tls.is_some());
    direct
        .map(|seen| {
            let path = match seen.path().strip_prefix("/transfer/") {
                Some(key) if key.len() == 44 && key.ends_with('=') => "/transfer/PK=",
                _ => seen.path(),
            };
            format!("{} {}{path} {}", seen.method, seen.host, seen.status)
        })
        .collect()
}

fn must(program: &str, arguments: &[&str]) {
    let done = Blocking::new(program).args(arguments).output().unwrap();
    assert!(done.status.success(), "{program} {arguments:?}: {done:?}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
