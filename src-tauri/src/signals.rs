//! Being told to end by the session or the terminal.

use crate::host::{Order, Orders};

/// Waits for the word to end and passes it on.
pub(crate) async fn watch(orders: Orders) {
    match told().await {
        Ok(()) => orders.give(Order::Quit),
        Err(error) => tracing::warn!(%error, "signals cannot be heard"),
    }
}

#[cfg(unix)]
async fn told() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn told() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
