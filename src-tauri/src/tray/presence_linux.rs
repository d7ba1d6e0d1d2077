//! Whether there is something that shows trays: on free desktops a program of the session, or none.
//!
//! A panel may start after us, be restarted, or not exist at all. Whoever shows trays owns a name on the session bus, so
//! its coming and going is heard there rather than asked for.

use futures_util::StreamExt as _;
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;

use super::backoff::Backoff;
use crate::host::{Order, Orders};

/// The name of whoever takes trays in (StatusNotifierItem specification, "StatusNotifierWatcher").
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// What holds until something else is heard.
pub(in crate::tray) const ASSUMED: bool = false;

/// Tells of every coming and going, for as long as the program runs.
pub(crate) async fn watch(orders: Orders) {
    let mut backoff = Backoff::default();
    loop {
        if let Err(error) = listen(&orders).await {
            tracing::debug!(%error, "the session bus cannot be heard");
        }
        orders.give(Order::TrayHost(false));
        tokio::time::sleep(backoff.next()).await;
    }
}

/// Listens until the bus goes away.
async fn listen(orders: &Orders) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let proxy = DBusProxy::new(&bus).await?;
    // Listening before asking leaves no gap for a panel to start in.
    let mut changes = proxy.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    let name = BusName::try_from(WATCHER)?;
    orders.give(Order::TrayHost(proxy.name_has_owner(name).await?));
    while let Some(change) = changes.next().await {
        orders.give(Order::TrayHost(change.args()?.new_owner().is_some()));
    }
    Ok(())
}
