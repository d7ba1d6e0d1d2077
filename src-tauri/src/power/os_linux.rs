//! Free desktops: the profile that power-profiles-daemon, or whoever stands in for it, says is active.

use std::time::Duration;

use futures_util::StreamExt as _;
use zbus::{Connection, Proxy};

/// The name, path and interface of today, and those of before 2023.
const NAMES: [(&str, &str, &str); 2] = [
    (
        "org.freedesktop.UPower.PowerProfiles",
        "/org/freedesktop/UPower/PowerProfiles",
        "org.freedesktop.UPower.PowerProfiles",
    ),
    ("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles", "net.hadess.PowerProfiles"),
];
const PROPERTY: &str = "ActiveProfile";
/// The profile of a person who wants the battery to last.
const SAVER: &str = "power-saver";
/// How long to leave a bus alone that does not answer, or has nobody who knows.
const AGAIN: Duration = Duration::from_secs(60);

pub(super) async fn watch(tell: impl Fn(bool)) {
    loop {
        for name in NAMES {
            if let Err(error) = listen(name, &tell).await {
                tracing::debug!(%error, "nobody tells of a battery saver");
            }
        }
        tell(false);
        tokio::time::sleep(AGAIN).await;
    }
}

/// Listens until the bus goes away, or at once where nobody has this name.
async fn listen((name, path, interface): (&str, &str, &str), tell: &impl Fn(bool)) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let proxy = Proxy::new(&bus, name, path, interface).await?;
    let mut changes = proxy.receive_property_changed::<String>(PROPERTY).await;
    tell(proxy.get_property::<String>(PROPERTY).await? == SAVER);
    while let Some(change) = changes.next().await {
        tell(change.get().await? == SAVER);
    }
    Ok(())
}
