//! A network of one test's own, in which it may break what it likes: two machines on one cable.
//!
//! The edge and the test live on the far machine, the person on the near one. Nothing of it can be reached from outside,
//! and all of it is gone when the test's process is.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::wait;

/// Programs that it takes.
pub const NEEDS: [&str; 3] = ["unshare", "nsenter", "ip"];
/// The address of the far machine.
pub const FAR: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 1));
/// The address of the near machine.
pub const NEAR: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 2));
/// The far machine's address of the other version.
pub const FAR_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x77, 0, 0, 0, 0, 1));
/// Says to a test that it is alone already.
const ALONE: &str = "SALLYPORT_TEST_ALONE";
/// The address of a network card that nobody has.
const NOBODY: &str = "02:00:00:00:00:fe";

/// Two machines on one cable.
#[derive(Debug)]
pub struct Network {
    /// Keeps the near machine's network.
    keeper: Child,
}

/// Whether the caller is to go on: it is then in a network of its own, with a loopback interface and nothing else.
/// Otherwise the test of this name has been run again in one, and has passed, or has been left out for a said reason.
///
/// # Panics
/// When the test fails in its network.
#[must_use]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub fn is_own(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        run(&mut ip(&["link", "set", "lo", "up"]));
        return true;
    }
    if crate::need::lacks(&NEEDS) {
        return false;
    }
    let mut apart = Command::new("unshare");
    // Whoever is not root is it in a user namespace, where the system allows that.
    if !rustix::process::geteuid().is_root() {
        apart.args(["--user", "--map-root-user"]);
    }
    apart.args(["--net", "--mount", "--"]);
    let mut probe = Command::new(apart.get_program());
    let allowed = probe.args(apart.get_args()).arg("true").output().expect("unshare runs");
    if !allowed.status.success() {
        let why = String::from_utf8_lossy(&allowed.stderr).into_owned();
        eprintln!("SKIPPED: no network of one's own is allowed here: {}", why.trim());
        return false;
    }
    let program = std::env::current_exe().expect("this program");
    let again = apart.arg(program).args(["--exact", test, "--nocapture"]).env(ALONE, "1");
    let status = again.stdin(Stdio::null()).status().expect("this program runs again");
    assert!(status.success(), "it failed in a network of its own: {status}");
    false
}

impl Network {
    /// Lays the cable. Both ends have an address when this returns, in IPv4 and IPv6.
    ///
    /// # Panics
    /// When the system does not do its part; the message has its words.
    #[must_use]
    pub fn lay() -> Self {
        let keeper = Command::new("unshare").args(["--net", "--", "cat"]).stdin(Stdio::piped()).spawn();
        let network = Self { keeper: keeper.expect("unshare runs") };
        let (own, near) = (of_process("self"), of_process(&network.keeper.id().to_string()));
        wait::until("the near machine", wait::SOON, || {
            std::fs::read_link(&near)
                .ok()
                .filter(|near| std::fs::read_link(&own).is_ok_and(|own| own != *near))
        });
        let keeper = network.keeper.id().to_string();
        run(&mut ip(&["link", "add", "far", "type", "veth", "peer", "name", "near", "netns", &keeper]));
        run(&mut ip(&["addr", "add", "10.77.0.1/24", "dev", "far"]));
        // Usable at once: nobody else can have it.
        run(&mut ip(&["addr", "add", "2001:db8:77::1/64", "dev", "far", "nodad"]));
        run(&mut ip(&["link", "set", "far", "up"]));
        network.on_near(&["link", "set", "lo", "up"]);
        network.on_near(&["addr", "add", "10.77.0.2/24", "dev", "near"]);
        network.on_near(&["addr", "add", "2001:db8:77::2/64", "dev", "near", "nodad"]);
        network.on_near(&["link", "set", "near", "up"]);
        network
    }

    /// The far machine has these addresses as well.
    ///
    /// # Panics
    /// When the system does not do its part.
    pub fn far_has(&self, addresses: &[IpAddr]) {
        addresses.iter().for_each(|address| has(*address, "far"));
    }

    /// The same command on the near machine.
    #[must_use]
    pub fn near(&self, command: &Command) -> Command {
        let mut moved = Command::new("nsenter");
        let near = of_process(&self.keeper.id().to_string());
        moved.arg(format!("--net={}", near.display())).arg("--").arg(command.get_program());
        moved.args(command.get_args()).env_clear();
        moved.envs(command.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
        if let Some(folder) = command.get_current_dir() {
            moved.current_dir(folder);
        }
        moved
    }

    /// From now on the near machine sends to this address, and nothing arrives: no error, no answer.
    pub fn swallow_to(&self, address: IpAddr) {
        let address = address.to_string();
        self.on_near(&["neigh", "replace", &address, "lladdr", NOBODY, "nud", "permanent", "dev", "near"]);
    }

    /// What is sent to this address arrives again.
    pub fn deliver_to(&self, address: IpAddr) {
        self.on_near(&["neigh", "del", &address.to_string(), "dev", "near"]);
    }

    /// From now on nothing arrives that is sent either way.
    pub fn swallow(&self) {
        self.swallow_to(FAR);
        run(&mut ip(&["neigh", "replace", "10.77.0.2", "lladdr", NOBODY, "nud", "permanent", "dev", "far"]));
    }

    /// Pulls the plug on the near machine.
    pub fn unplug(&self) {
        self.on_near(&["link", "set", "near", "down"]);
    }

    /// The near machine joins another network: its address is another one.
    pub fn move_away(&self) {
        self.on_near(&["addr", "flush", "dev", "near"]);
        self.on_near(&["addr", "add", "10.78.0.2/24", "dev", "near"]);
    }

    fn on_near(&self, words: &[&str]) {
        run(&mut self.near(&ip(words)));
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Its network is gone when the last process in it is.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// This machine has this address as well. Only for a test that [`is_own`] said is alone.
///
/// # Panics
/// When the system does not do its part.
pub fn own(address: IpAddr) {
    has(address, "lo");
}

fn has(address: IpAddr, device: &str) {
    let address = address.to_string();
    let own = ["addr", "add", &address, "dev", device];
    // Usable at once: nobody else can have it.
    let at_once: &[&str] = if address.contains(':') { &["nodad"] } else { &[] };
    run(&mut ip(&[&own[..], at_once].concat()));
}

/// Lets names mean these addresses for everything that this process starts, in a file of its own in the place of
/// the system's. Only for a test that [`is_own`] said is alone.
///
/// # Panics
/// When the system does not let it.
pub fn name(folder: &Path, names: &[(&str, IpAddr)]) {
    let mut text = String::from("127.0.0.1 localhost\n");
    for (name, address) in names {
        let _ = writeln!(text, "{address} {name}");
    }
    let file = folder.join("hosts");
    crate::homes::put(&file, text);
    run(Command::new("mount").arg("--bind").arg(file).arg("/etc/hosts"));
}

/// Lets everything that this process starts ask this server for names. Only for a test that [`is_own`] said is alone.
///
/// # Panics
/// When the system does not let it.
pub fn ask_for_names(folder: &Path, server: IpAddr) {
    let file = folder.join("resolv.conf");
    crate::homes::put(&file, format!("nameserver {server}\noptions timeout:2 attempts:1\n"));
    run(Command::new("mount").arg("--bind").arg(file).arg("/etc/resolv.conf"));
}

fn of_process(pid: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/ns/net"))
}

fn ip(words: &[&str]) -> Command {
    let mut command = Command::new("ip");
    command.args(words);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|why| panic!("{command:?} does not start: {why}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
