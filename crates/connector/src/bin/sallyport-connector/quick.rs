//! Quick tunnels: a hostname for a moment, without an account, and without anybody at the door.

use api::{QuickTunnel, quick_tunnel};
use wire::Cause;

use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::setup::realm;

/// Whether one was asked for.
pub(crate) fn wanted(chosen: &Chosen) -> bool {
    chosen.on("quick")
}

/// Has one made, and says where it is, in the form that readers of cloudflared's log look for.
pub(crate) fn make(chosen: &Chosen) -> Result<QuickTunnel, Failure> {
    if !["url", "hello-world", "unix-socket"].into_iter().any(|flag| chosen.has(flag)) {
        return Err(Failure::Misuse(
            "a quick tunnel publishes one service: name it by --url, such as --url http://127.0.0.1:8080"
                .to_owned(),
        ));
    }
    tracing::info!("Requesting new quick Tunnel on trycloudflare.com...");
    let realm = realm(chosen)?;
    let base = chosen.value("quick-service");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let made = runtime.block_on(quick_tunnel(&realm, base.as_deref()));
    runtime.shutdown_background();
    let made = made.map_err(|error| Failure::Cause(error.cause()))?;
    for line in boxed(&made.hostname) {
        tracing::info!("{line}");
    }
    tracing::warn!(
        "whoever learns this address reaches the service: nobody is asked to log in; sallyport share ssh has them asked"
    );
    Ok(made)
}

fn boxed(hostname: &str) -> Vec<String> {
    let lines = [
        "Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):".to_owned(),
        format!("https://{hostname}"),
    ];
    let width = lines.iter().map(String::len).max().unwrap_or_default();
    let edge = format!("+{}+", "-".repeat(width + 4));
    let inside = lines.iter().map(|line| format!("|  {line:<width$}  |"));
    std::iter::once(edge.clone()).chain(inside).chain([edge]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_stands_alone_on_its_line() {
        let lines = boxed("a-b.trycloudflare.com");
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.len() == lines[0].len()));
        assert!(lines[2].starts_with("|  https://a-b.trycloudflare.com "));
    }
}
