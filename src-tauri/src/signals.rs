//! Being told to end by the session or the terminal.

use std::process;
use std::time::Duration;

use crate::host::{Order, Orders};

/// How long an orderly end may take. Sessions kill what is not gone after ten seconds or more.
const PATIENCE: Duration = Duration::from_secs(8);

/// Waits for the word to end and passes it on; ends the process itself if that comes to nothing.
pub(crate) async fn watch(orders: Orders) {
    if let Err(error) = told().await {
        tracing::warn!(%error, "signals cannot be heard");
        return;
    }
    orders.give(Order::Quit);
    tokio::time::sleep(PATIENCE).await;
    tracing::error!("the window system hangs; leaving without it");
    process::exit(1);
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
