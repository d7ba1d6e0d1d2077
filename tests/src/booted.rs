//! A machine of one test's own that systemd has started: this one's files below a layer that is thrown away, its network,
//! and process 1, devices, units and log of its own.
//!
//! Nothing of it reaches this machine: it lives in namespaces and in a control group that end with the test.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;

use crate::{Part, built, homes, process, wait};

/// What it takes.
const NEEDS: [&str; 5] = ["unshare", "nsenter", "pivot_root", "systemctl", "journalctl"];
/// The program that starts it.
const SYSTEMD: &str = "/lib/systemd/systemd";
/// Where the profile is there: services may not look into homes.
pub const PROFILE: &str = "/srv/profile";
/// Programs of ours that it has, in a folder for all.
const PROGRAMS: [&str; 3] = ["sallyport", "sallyport-connector", "sallyport-share"];
/// Lays the layers, and becomes process 1. `D` is a folder for the layers, `B` that of our programs, `P` the profile.
const BOOT: &str = include_str!("booted.sh");

/// A machine that runs.
pub struct Booted {
    /// Ends all of it with itself.
    keeper: Part,
    group: PathBuf,
    first: u32,
    _folder: TempDir,
}

impl Booted {
    /// Boots it with the profile of this home; nothing where that cannot be done here, for a said reason.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    pub fn with(home: &homes::Home) -> Option<Self> {
        if crate::need::lacks(&NEEDS) {
            return None;
        }
        let group = match group() {
            Ok(group) => group,
            Err(why) => {
                eprintln!("SKIPPED: no machine of one's own is allowed here: {why}");
                return None;
            }
        };
        let folder = tempfile::Builder::new().prefix("sp-boot-").tempdir().expect("a temporary folder");
        let programs = built::program(PROGRAMS[0]);
        let mut boot = Command::new("sh");
        boot.args([
            "-c",
            "echo $$ >\"$G/cgroup.procs\" && exec unshare --mount --pid --fork --uts --ipc --cgroup \
                          --kill-child sh -ec \"$S\"",
        ]);
        boot.env("S", BOOT).env("G", &group).env("D", folder.path()).env("P", home.profile());
        boot.env("B", programs.parent().expect("a folder of programs")).stdin(Stdio::null());
        let mut keeper = Part::start("systemd", &mut boot, &home.logs());
        let pid = keeper.pid();
        let first = wait::until("process 1 of a machine", wait::SOON, || {
            assert!(keeper.is_running(), "{}", keeper.log());
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
            let first: u32 = children.split_whitespace().next()?.parse().ok()?;
            let is_systemd =
                std::fs::read_to_string(format!("/proc/{first}/comm")).is_ok_and(|it| it.trim() == "systemd");
            is_systemd.then_some(first)
        });
        let machine = Self { keeper, group, first, _folder: folder };
        wait::until("a machine that is up", wait::SOON, || {
            let state = machine.command("systemctl").args(["is-active", "up.target"]).output().ok()?;
            (state.stdout == b"active\n").then_some(())
        });
        Some(machine)
    }

    /// A program on it, as root and with nothing of the caller's.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args([
            "--target",
            &self.first.to_string(),
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--root",
            "--wd=/",
            "--",
        ]);
        command.arg(program).env_clear().stdin(Stdio::null());
        command
            .env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", "/root");
        command
    }

    /// The helper on it, with that profile.
    #[must_use]
    pub fn helper(&self, words: &[&str]) -> Command {
        let mut command = self.command("sallyport");
        command.args(["--profile", PROFILE]).args(words);
        command
    }

    /// A file of it.
    #[must_use]
    pub fn file(&self, path: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.first));
        root.join(path.strip_prefix('/').unwrap_or(path))
    }

    /// The process of a service by its number here; nothing while there is none.
    ///
    /// # Panics
    /// When the machine does not answer.
    #[must_use]
    pub fn process_of(&self, service: &str) -> Option<u32> {
        let mut shown = self.command("systemctl");
        shown.args(["show", "--property=ControlGroup", "--value", service]);
        let group = shown.output().expect("an answer").stdout;
        let group = String::from_utf8_lossy(&group).trim().trim_start_matches('/').to_owned();
        let found = std::fs::read_to_string(self.group.join(group).join("cgroup.procs")).unwrap_or_default();
        found.lines().next()?.parse().ok()
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        // Its own processes end with process 1.
        process::kill(self.first);
        self.keeper.stop();
        remove(&self.group);
    }
}

/// A control group of the test's own.
fn group() -> Result<PathBuf, String> {
    if !geteuid().is_root() {
        return Err("only root may".to_owned());
    }
    if !Path::new(SYSTEMD).is_file() {
        return Err(format!("{SYSTEMD} is not there"));
    }
    let mounts = std::fs::read_to_string("/proc/self/mounts").map_err(|why| why.to_string())?;
    let of_groups = |line: &&str| line.split(' ').nth(2) == Some("cgroup2");
    let mounted = mounts.lines().find(of_groups).and_then(|line| line.split(' ').nth(1));
    let mounted = mounted.ok_or("control groups of the second version are not mounted")?;
    let name = format!("sallyport-journey-{}-{}", std::process::id(), next());
    let group = Path::new(mounted).join(name);
    std::fs::create_dir(&group).map_err(|why| format!("{}: {why}", group.display()))?;
    let mut probe = Command::new("unshare");
    let allowed = probe.args(["--mount", "--pid", "--fork", "--cgroup", "true"]).output();
    match allowed.map_err(|why| why.to_string())? {
        allowed if allowed.status.success() => Ok(group),
        refused => {
            remove(&group);
            Err(String::from_utf8_lossy(&refused.stderr).trim().to_owned())
        }
    }
}

fn next() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// Removes a control group with those in it, once their processes have ended.
fn remove(group: &Path) {
    wait::until("the end of a control group", wait::SOON, || {
        empty(group);
        (!group.exists()).then_some(())
    });
}

fn empty(group: &Path) {
    let within = std::fs::read_dir(group).into_iter().flatten().flatten();
    within
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .for_each(|entry| empty(&entry.path()));
    // Its last process may still be on its way out.
    let _ = std::fs::remove_dir(group);
}
