//! Free desktops: an inhibitor of logind's, which holds as long as the file that it hands out is open.

use zbus::zvariant::OwnedFd;
use zbus::{Connection, Proxy};

use super::WHY;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const INTERFACE: &str = "org.freedesktop.login1.Manager";
/// Neither by itself nor because a desktop finds it idle.
const WHAT: &str = "sleep:idle";

/// As long as this lives, the machine stays awake.
pub(super) struct Held {
    _file: OwnedFd,
}

pub(super) async fn hold() -> Result<Held, String> {
    inhibitor().await.map(|file| Held { _file: file }).map_err(|error| error.to_string())
}

async fn inhibitor() -> zbus::Result<OwnedFd> {
    let bus = Connection::system().await?;
    let proxy = Proxy::new(&bus, NAME, PATH, INTERFACE).await?;
    proxy.call("Inhibit", &(WHAT, "Sallyport", WHY, "block")).await
}
