//! A machine of one test's own that systemd or OpenRC has started: this one's files below a layer that is thrown away, its
//! network, and process 1, devices, services and log of its own.
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
/// One of the programs of ours that it has, in a folder for all; `booted.sh` names them.
const PROGRAM: &str = "sallyport";
/// Lays the layers, and becomes process 1. `D` is a folder for the layers, `B` that of our programs, `P` the profile.
const BOOT: &str = include_str!("booted.sh");

/// Where `scripts/install-deps test` puts OpenRC, which nobody installs beside systemd.
const OPENRC: &str = "aside/openrc";

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
    pub fn with(home: &homes::Home) -> Option<Self> {
        if crate::need::lacks(&NEEDS) {
            return None;
        }
        let machine = Self::by("systemd", Path::new(""), home)?;
        wait::until("a machine that is up", wait::SOON, || {
            let state = machine.command("systemctl").args(["is-active", "up.target"]).output().ok()?;
            (state.stdout == b"active\n").then_some(())
        });
        Some(machine)
    }

    /// The same by OpenRC.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    pub fn by_openrc(home: &homes::Home) -> Option<Self> {
        let programs = built::program(PROGRAM);
        let aside = programs.ancestors().nth(2).expect("a folder of builds").join(OPENRC);
        if !aside.is_dir() {
            eprintln!("SKIPPED: no OpenRC in {}; scripts/install-deps test brings it", aside.display());
            return None;
        }
        Self::by("openrc", &aside, home)
    }

    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    fn by(init: &str, files: &Path, home: &homes::Home) -> Option<Self> {
        let group = match group() {
            Ok(group) => group,
            Err(why) => {
                eprintln!("SKIPPED: no machine of one's own is allowed here: {why}");
                return None;
            }
        };
        let folder = tempfile::Builder::new().prefix("sp-boot-").tempdir().expect("a temporary folder");
        let programs = built::program(PROGRAM);
        let mut boot = Command::new("sh");
        boot.args([
            "-c",
            "echo $$ >\"$G/cgroup.procs\" && exec unshare --mount --pid --fork --uts --ipc --cgroup \
                          --kill-child sh -ec \"$S\"",
        ]);
        boot.env("I", init)
            .env("O", files)
            .env("S", BOOT)
            .env("G", &group)
            .env("D", folder.path())
            .env("P", home.profile());
        boot.env("B", programs.parent().expect("a folder of programs")).stdin(Stdio::null());
        let mut keeper = Part::start("systemd", &mut boot, &home.logs());
        let pid = keeper.pid();
        let first = wait::until("process 1 of a machine", wait::SOON, || {
            assert!(keeper.is_running(), "{}", keeper.log());
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
            let first: u32 = children.split_whitespace().next()?.parse().ok()?;
            let is_up = Path::new(&format!("/proc/{first}/root/run/up")).exists();
            is_up.then_some(first)
        });
        Some(Self { keeper, group, first, _folder: folder })
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
            .env("HOME", "/home/ada");
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

    /// The connector that runs there, by its number here; nothing while there is none.
    #[must_use]
    pub fn connector(&self) -> Option<u32> {
        self.process("sallyport-connector")
    }

    /// A process of this name that runs there, by its number here; nothing while there is none.
    ///
    /// # Panics
    /// When the system does not list its processes.
    #[must_use]
    pub fn process(&self, name: &str) -> Option<u32> {
        let numbers = |pid: u32| std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
        let own = numbers(self.first)?;
        // The system keeps fifteen letters of a name.
        let cut = name.get(..15).unwrap_or(name);
        let is_it = |pid: &u32| {
            std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|its| its.trim() == cut)
                && numbers(*pid).is_some_and(|its| its == own)
        };
        let all = std::fs::read_dir("/proc").expect("the list of processes").flatten();
        all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(is_it)
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
