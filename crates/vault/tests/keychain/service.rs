//! The real parts: a bus, a keyring daemon, and a bus that never answers.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use tempfile::TempDir;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::DBusProxy;
use zbus::zvariant::ObjectPath;

const TOOLS: [&str; 3] = ["dbus-daemon", "gnome-keyring-daemon", "secret-tool"];

/// Only these may be missing; anything else that goes wrong fails the test.
#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
pub(crate) fn tools_are_here() -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let is_here = |tool: &&&str| std::env::split_paths(&paths).any(|dir| dir.join(tool).is_file());
    let missing: Vec<_> = TOOLS.iter().filter(|tool| !is_here(tool)).collect();
    if !missing.is_empty() {
        println!("SKIPPED: not installed: {missing:?}");
    }
    missing.is_empty()
}

pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        // Short, because socket paths are.
        Self(tempfile::Builder::new().prefix("v").tempdir_in("/tmp").unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A session bus that starts nothing by itself.
pub(crate) struct Bus {
    pub(crate) address: String,
    _daemon: Running,
}

impl Bus {
    pub(crate) fn start(home: &Home) -> Self {
        let config = home.path().join("bus.conf");
        let text = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig><type>session</type>\
             <listen>unix:path={}</listen><policy context=\"default\"><allow send_destination=\"*\"/>\
             <allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>",
            home.path().join("bus").display()
        );
        profile::write_atomically(&config, text.as_bytes()).unwrap();
        let mut command = Command::new("dbus-daemon");
        command.args(["--nofork", "--print-address=1", "--config-file"]).arg(&config);
        let mut daemon = Running(command.stdout(Stdio::piped()).spawn().unwrap());
        let mut address = String::new();
        BufReader::new(daemon.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { address: address.trim().to_owned(), _daemon: daemon }
    }

    pub(crate) fn secret_tool(&self, args: &[&str]) -> String {
        let mut command = Command::new("secret-tool");
        let output = command.args(args).env("DBUS_SESSION_BUS_ADDRESS", &self.address).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn lock_keyring(&self) {
        let service = SecretService::connect_with_existing(EncryptionType::Plain, self.connect()).unwrap();
        let collection = service.get_default_collection().unwrap();
        collection.lock().unwrap();
        assert!(collection.is_locked().unwrap());
    }

    fn connect(&self) -> Connection {
        Builder::address(self.address.as_str()).unwrap().build().unwrap()
    }

    fn has_secrets(&self) -> bool {
        let bus = self.connect();
        DBusProxy::new(&bus).unwrap().name_has_owner("org.freedesktop.secrets".try_into().unwrap()).unwrap()
    }
}

/// A keyring daemon with its own home.
pub(crate) struct Keyring(RefCell<Option<Running>>);

impl Keyring {
    pub(crate) fn unlocked(home: &Home, bus: &Bus) -> Self {
        Self(RefCell::new(Some(start_unlocked(home, bus))))
    }

    pub(crate) fn without_collection(home: &Home, bus: &Bus) -> Self {
        let running = daemon(home, bus, &["--foreground", "--components=secrets"]);
        within("the keyring is on the bus", || bus.has_secrets());
        Self(RefCell::new(Some(running)))
    }

    pub(crate) fn restart(&self, home: &Home, bus: &Bus) {
        self.0.replace(None);
        within("the old keyring leaves the bus", || !bus.has_secrets());
        self.0.replace(Some(start_unlocked(home, bus)));
    }
}

fn start_unlocked(home: &Home, bus: &Bus) -> Running {
    let mut running = daemon(home, bus, &["--unlock", "--foreground", "--components=secrets"]);
    running.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    within("the keyring is on the bus", || bus.has_secrets());
    let service = SecretService::connect_with_existing(EncryptionType::Plain, bus.connect()).unwrap();
    within("the keyring is open", || {
        service.get_default_collection().is_ok_and(|collection| !collection.is_locked().unwrap())
    });
    running
}

fn daemon(home: &Home, bus: &Bus, args: &[&str]) -> Running {
    let runtime = home.path().join("run");
    profile::create_private_folder(&runtime).unwrap();
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(args).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", runtime);
    command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    Running(command.spawn().unwrap())
}

/// The desktop's password dialogue, in front of which nobody sits: it takes every request and never gets ready.
pub(crate) struct Prompter {
    asked: Arc<AtomicUsize>,
    _bus: Connection,
}

struct Dialogue(Arc<AtomicUsize>);

#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl Dialogue {
    fn begin_prompting(&self, _callback: ObjectPath<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn stop_prompting(&self, _callback: ObjectPath<'_>) {}
}

impl Prompter {
    pub(crate) fn start(bus: &Bus) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let builder = Builder::address(bus.address.as_str()).unwrap();
        let builder = builder.serve_at("/org/gnome/keyring/Prompter", Dialogue(Arc::clone(&asked))).unwrap();
        let bus = builder.name("org.gnome.keyring.SystemPrompter").unwrap().build().unwrap();
        Self { asked, _bus: bus }
    }

    pub(crate) fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A bus that takes connections and says nothing, for ever.
pub(crate) struct SilentBus {
    pub(crate) address: String,
}

impl SilentBus {
    pub(crate) fn start(home: &Home) -> Self {
        let path = home.path().join("silent");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // Holds the stream open until its other side goes.
                std::thread::spawn(move || stream.unwrap().read_to_end(&mut Vec::new()));
            }
        });
        Self { address: format!("unix:path={}", path.display()) }
    }
}

fn within(fact: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {fact}");
        std::thread::yield_now();
    }
}
