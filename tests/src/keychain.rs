//! A Secret Service of one's own, with nothing else around it: a private bus and an unlocked keyring.

use std::collections::HashMap;

use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

use crate::desk::{open_collection, private_bus};
use crate::{Home, Part, wait};

/// What [`Keychain::open`] needs of the machine.
pub const NEEDS: [&str; 2] = ["dbus-daemon", "gnome-keyring-daemon"];

/// A running Secret Service.
#[derive(Debug)]
pub struct Keychain {
    #[expect(dead_code, reason = "held: the service ends with it")]
    daemon: Part,
    bus: Bus,
}

/// A private bus on which nobody answers.
#[derive(Debug)]
pub struct Bus {
    address: String,
    #[expect(dead_code, reason = "held: the bus ends with it")]
    part: Part,
}

impl Bus {
    /// Starts one in this home.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(home: &Home) -> Self {
        let (part, address) = private_bus(home);
        Self { address, part }
    }

    /// Its address, for `session_bus` or `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    async fn connect(&self) -> Connection {
        let builder = zbus::connection::Builder::address(self.address.as_str()).expect("the bus's address");
        builder.build().await.expect("a connection to the bus")
    }
}

/// The labels of all that lies in the open collection of the Secret Service on this bus.
///
/// # Panics
/// When there is none.
pub async fn labels(bus: &Connection) -> Vec<String> {
    let name = "org.freedesktop.secrets";
    let collection = "/org/freedesktop/secrets/aliases/default";
    let collection = Proxy::new(bus, name, collection, "org.freedesktop.Secret.Collection").await;
    let items: Vec<OwnedObjectPath> =
        collection.expect("a collection").get_property("Items").await.expect("its items");
    let mut labels = Vec::new();
    for item in items {
        let item = Proxy::new(bus, name, item, "org.freedesktop.Secret.Item").await.expect("an item");
        labels.push(item.get_property("Label").await.expect("its label"));
    }
    labels
}

/// Takes every entry of this service out of the Secret Service of the session.
///
/// # Errors
/// When there is none, or it refuses.
pub async fn forget(service: &str) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let name = "org.freedesktop.secrets";
    let secrets =
        Proxy::new(&bus, name, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service").await?;
    let attributes = HashMap::from([("service", service)]);
    let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
        secrets.call("SearchItems", &attributes).await?;
    for item in open.into_iter().chain(locked) {
        let item = Proxy::new(&bus, name, item, "org.freedesktop.Secret.Item").await?;
        let _prompt: OwnedObjectPath = item.call("Delete", &()).await?;
    }
    Ok(())
}

impl Keychain {
    /// Starts one whose login collection is open, and waits until it is.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn open(home: &Home) -> Self {
        let bus = Bus::start(home);
        let mut command = home.command("gnome-keyring-daemon");
        command.env("DBUS_SESSION_BUS_ADDRESS", bus.address());
        command.args(["--unlock", "--foreground", "--components=secrets"]);
        // An empty line is the password; with no line at all no collection is made.
        let daemon = Part::start_with_input("keyring", &mut command, "\n", &home.logs());
        let connection = bus.connect().await;
        wait::eventually("an open keyring", wait::SOON, async || open_collection(&connection).await).await;
        Self { daemon, bus }
    }

    /// Locks the login collection, as a screen lock does.
    ///
    /// # Panics
    /// When the service refuses.
    pub async fn lock(&self) {
        let connection = self.bus.connect().await;
        let (name, path) = ("org.freedesktop.secrets", "/org/freedesktop/secrets");
        let service = Proxy::new(&connection, name, path, "org.freedesktop.Secret.Service").await;
        let service = service.expect("a service");
        let login: OwnedObjectPath = service.call("ReadAlias", &"default").await.expect("a collection");
        let (locked, _prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            service.call("Lock", &vec![ObjectPath::from(login)]).await.expect("an answer");
        assert_eq!(locked.len(), 1);
    }

    /// Opens it again, with the line that was its password.
    ///
    /// # Panics
    /// When the service refuses.
    pub async fn unlock(&self) {
        let connection = self.bus.connect().await;
        let (name, path) = ("org.freedesktop.secrets", "/org/freedesktop/secrets");
        let service = Proxy::new(&connection, name, path, "org.freedesktop.Secret.Service").await;
        let service = service.expect("a service");
        let plain = ("plain", Value::from(""));
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &plain).await.expect("a session");
        let login: OwnedObjectPath = service.call("ReadAlias", &"default").await.expect("a collection");
        let password = (session, Vec::<u8>::new(), b"\n".to_vec(), "text/plain");
        let direct = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        let daemon = Proxy::new(&connection, name, path, direct).await.expect("a service");
        let () =
            daemon.call("UnlockWithMasterPassword", &(login, password)).await.expect("the right password");
    }

    /// Its bus.
    #[must_use]
    pub fn address(&self) -> &str {
        self.bus.address()
    }
}
