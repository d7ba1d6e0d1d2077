//! A private desktop session: screen, bus, keyring, tray host and notification server, none of them the person's own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, Proxy};

use crate::homes::put;
use crate::{Driver, Home, Notices, Part, Tray, process, wait};

/// What [`Desk::open`] needs of the machine.
pub const NEEDS: [&str; 4] = ["Xvfb", "dbus-daemon", "gnome-keyring-daemon", "secret-tool"];

/// A bus that starts nothing by itself: what answers on it was started by the test.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>unix:dir=RUNTIME</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    REFUSED
  </policy>
</busconfig>
"#;

/// What keeps everybody on a bus from putting anything new into a keyring, where reading goes on working.
const NO_NEW_SECRETS: &str =
    r#"<deny send_interface="org.freedesktop.Secret.Collection" send_member="CreateItem"/>"#;

/// A session of one person.
///
/// Its D-Bus services answer on a thread that zbus has for them, so also while a test blocks.
#[derive(Debug)]
pub struct Desk {
    keyring: Option<Part>,
    tray: Option<Tray>,
    notices: Option<Notices>,
    address: String,
    display: String,
    #[expect(dead_code, reason = "held: the bus ends with it")]
    bus: Part,
    #[expect(dead_code, reason = "held: the screen ends with it")]
    screen: Part,
    home: Home,
}

impl Desk {
    /// A whole session: [`Self::bare`] with an unlocked keyring, a tray and a notification server.
    ///
    /// # Panics
    /// When a part does not start.
    pub async fn open() -> Self {
        let mut desk = Self::bare();
        desk.unlock_keyring().await;
        desk.show_tray().await;
        desk.show_notices().await;
        desk
    }

    /// A screen and a bus in a new home, and nobody on the bus.
    ///
    /// # Panics
    /// When a part does not start.
    #[must_use]
    pub fn bare() -> Self {
        let home = Home::new();
        let (screen, display) = screen(&home);
        let (bus, address) = private_bus(&home);
        Self { keyring: None, tray: None, notices: None, address, display, bus, screen, home }
    }

    /// Starts a Secret Service whose login collection is open, and waits until it is.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn unlock_keyring(&mut self) {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--unlock", "--foreground", "--components=secrets"]);
        // An empty line is the password; with no line at all no collection is made.
        self.keyring = Some(Part::start_with_input("keyring", &mut command, "\n", &self.home.logs()));
        let connection = self.connect().await;
        wait::eventually("an open keyring", wait::SOON, async || open_collection(&connection).await).await;
    }

    /// Ends the Secret Service, as when it crashes.
    pub fn stop_keyring(&mut self) {
        self.keyring = None;
    }

    /// Makes the keyring take nothing new, as one that a company's policy guards, or take it again.
    ///
    /// # Panics
    /// When the bus does not listen.
    pub async fn refuse_secrets(&self, refuse: bool) {
        write_bus(&self.home, if refuse { NO_NEW_SECRETS } else { "" });
        let connection = self.connect().await;
        let name = "org.freedesktop.DBus";
        let bus = Proxy::new(&connection, name, "/org/freedesktop/DBus", name).await.expect("the bus itself");
        bus.call::<_, _, ()>("ReloadConfig", &()).await.expect("another policy");
    }

    /// Brings a tray host to the session.
    ///
    /// # Panics
    /// When there is one already.
    pub async fn show_tray(&mut self) {
        self.tray = Some(Tray::host(self.connect().await).await);
    }

    /// Takes the tray host away, as when a panel restarts.
    pub async fn hide_tray(&mut self) {
        if let Some(tray) = self.tray.take() {
            tray.leave().await;
        }
    }

    /// Brings a notification server to the session.
    ///
    /// # Panics
    /// When there is one already.
    pub async fn show_notices(&mut self) {
        self.notices = Some(Notices::serve(self.connect().await).await);
    }

    /// Starts WebKitWebDriver here; the window that it opens gets `environment` besides the session's.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn driver(&self, environment: &[(&str, OsString)]) -> Driver {
        let mut command = self.command("WebKitWebDriver");
        command.envs(environment.iter().cloned());
        Driver::start(&mut command, &self.home.logs())
    }

    /// A command in this session.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.home.command(program);
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        // What belongs to the machine is played on the same bus.
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.address);
        // GTK would look for an accessibility bus that is not there.
        command.env("NO_AT_BRIDGE", "1").env("GTK_A11Y", "none");
        command
    }

    /// Starts a program in this session that ends with the caller's test.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(&self, name: &str, command: &mut Command) -> Part {
        Part::start(name, command, &self.home.logs())
    }

    /// The person's home.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn bus_address(&self) -> &str {
        &self.address
    }

    /// `DISPLAY`.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// What a panel would show.
    ///
    /// # Panics
    /// When no tray host was brought.
    #[must_use]
    pub fn tray(&self) -> &Tray {
        self.tray.as_ref().expect("a tray host")
    }

    /// What a notification server got.
    ///
    /// # Panics
    /// When none was brought.
    #[must_use]
    pub fn notices(&self) -> &Notices {
        self.notices.as_ref().expect("a notification server")
    }

    /// A new connection to the session's bus.
    ///
    /// # Panics
    /// When the bus does not take it.
    pub async fn connect(&self) -> Connection {
        let builder = zbus::connection::Builder::address(self.address.as_str()).expect("the bus's address");
        builder.build().await.expect("a connection to the bus")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        process::clear(self.home.path());
    }
}

fn screen(home: &Home) -> (Part, String) {
    let mut command = home.command("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]);
    let mut part = Part::start("screen", &mut command, &home.logs());
    let number = part.says("its number", |log| log.lines().find_map(|line| line.parse::<u32>().ok()));
    (part, format!(":{number}"))
}

/// A bus of our own in this home, and its address.
pub(crate) fn private_bus(home: &Home) -> (Part, String) {
    let config = write_bus(home, "");
    let mut command = home.command("dbus-daemon");
    command.arg("--config-file").arg(&config).args(["--nofork", "--print-address=1"]);
    let mut part = Part::start("bus", &mut command, &home.logs());
    let whole = |log: &str| log.split_inclusive('\n').find_map(address).map(str::to_owned);
    let address = part.says("its address", whole);
    (part, address)
}

fn write_bus(home: &Home, refused: &str) -> PathBuf {
    let config = home.join("bus.conf");
    let text = BUS.replace("RUNTIME", &home.runtime().display().to_string()).replace("REFUSED", refused);
    put(&config, text);
    config
}

fn address(line: &str) -> Option<&str> {
    line.strip_suffix('\n').filter(|line| line.starts_with("unix:"))
}

/// Present once the default collection is there and unlocked; the service's name is owned before that.
pub(crate) async fn open_collection(bus: &Connection) -> Option<()> {
    let name = "org.freedesktop.secrets";
    let service =
        Proxy::new(bus, name, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service").await.ok()?;
    let path: OwnedObjectPath = service.call("ReadAlias", &"default").await.ok()?;
    if path.as_str() == "/" {
        return None;
    }
    let collection = Proxy::new(bus, name, path, "org.freedesktop.Secret.Collection").await.ok()?;
    let locked: bool = collection.get_property("Locked").await.ok()?;
    (!locked).then_some(())
}
