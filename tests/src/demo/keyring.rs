//! A Secret Service for the demo: the person's own where one answers, else a private one.

use std::process::Command;

use zbus::{Connection, Proxy};

use crate::desk::open_collection;
use crate::{Home, Keychain, keychain, need};

/// Where the demo keeps its tokens.
pub(super) enum Keyring {
    /// The person's own; the demo's entries have a name of their own there.
    Own,
    /// None answers here, so one was started that ends with the demo.
    Private(Keychain),
    /// There is none, and none can be started: the product says so itself.
    None,
}

impl Keyring {
    pub(super) async fn find_or_start(home: &Home) -> Self {
        if own_is_open().await {
            return Self::Own;
        }
        if keychain::NEEDS.iter().any(|name| need::find(name).is_none()) {
            return Self::None;
        }
        Self::Private(Keychain::open(home).await)
    }

    /// Whether the demo's entries lie among the person's own.
    pub(super) fn is_own(&self) -> bool {
        matches!(self, Self::Own)
    }

    /// Its bus, where that is not the person's own.
    pub(super) fn address(&self) -> Option<&str> {
        match self {
            Self::Private(keychain) => Some(keychain.address()),
            Self::Own | Self::None => None,
        }
    }

    /// Points a program at it, unless the person's session has a bus that other things need.
    pub(super) fn lend_to(&self, command: &mut Command) {
        if let Self::Private(keychain) = self
            && std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none()
        {
            command.env("DBUS_SESSION_BUS_ADDRESS", keychain.address());
        }
    }

    /// Where the tokens are, in words.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Own => "your keyring, as entries of the demo's own",
            Self::Private(_) => "a private keyring, as none answers here",
            Self::None => "no keyring was found",
        }
    }
}

/// Whether the person's session has a Secret Service whose default collection is open.
async fn own_is_open() -> bool {
    let Ok(connection) = Connection::session().await else { return false };
    let Ok(bus) = Proxy::new(&connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus").await else {
        return false;
    };
    // Asking a name that nobody owns would start a service in the person's session; so that is asked first.
    let owned: bool = bus.call("NameHasOwner", &"org.freedesktop.secrets").await.unwrap_or(false);
    owned && open_collection(&connection).await.is_some()
}
