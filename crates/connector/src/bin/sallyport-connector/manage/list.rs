//! `tunnel list`.

use std::cmp::Ordering;

use api::{Filter, Tunnel};

use super::account::{Account, failed};
use super::asked::Asked;
use super::output::{Form, places, table};
use crate::failure::Failure;
use crate::say;

/// What a list may be sorted by.
const FIELDS: [&str; 5] = ["name", "id", "createdAt", "deletedAt", "numConnections"];

/// Lists tunnels.
pub(super) async fn list(asked: &Asked) -> Result<(), Failure> {
    let [] = asked.arguments("")?;
    let (form, field) = (Form::asked(asked)?, asked.own("sort-by").unwrap_or("name"));
    if !FIELDS.contains(&field) {
        return Err(Failure::Misuse(format!("`--sort-by {field}`: it wants one of {}", FIELDS.join(", "))));
    }
    let owned = |name: &str| asked.own(name).map(str::to_owned);
    let filter = Filter {
        name: owned("name"),
        prefix: owned("name-prefix"),
        not_prefix: owned("exclude-name-prefix"),
        id: owned("id"),
        existed_at: owned("when"),
        with_deleted: asked.on("show-deleted"),
    };
    let account = Account::open(asked)?;
    let mut tunnels = account.api.list_tunnels(&filter).await.map_err(failed)?;
    for tunnel in &mut tunnels {
        // The list leaves them out; only tunnels that run are asked about.
        if matches!(tunnel.status.as_deref(), Some("healthy" | "degraded")) && tunnel.connections.is_empty() {
            let connectors = account.api.connections(&tunnel.id).await.map_err(failed)?;
            tunnel.connections = connectors.into_iter().flat_map(|connector| connector.conns).collect();
        }
    }
    tunnels.sort_by(|one, other| by(field, one, other));
    if asked.on("invert-sort") {
        tunnels.reverse();
    }
    if form.writes(&tunnels)? {
        return Ok(());
    }
    if tunnels.is_empty() {
        say::data(
            "No tunnels were found for the given filter flags. You can use 'sallyport tunnel create' to create a tunnel.\n",
        );
        return Ok(());
    }
    say::data(
        "You can obtain more detailed information for each tunnel with `sallyport tunnel info <name/uuid>`\n",
    );
    say::data(&table(&rows(&tunnels, asked.on("show-recently-disconnected"))));
    Ok(())
}

fn rows(tunnels: &[Tunnel], with_lost: bool) -> Vec<Vec<String>> {
    let head = ["ID", "NAME", "CREATED", "CONNECTIONS"].map(str::to_owned).to_vec();
    let row = |tunnel: &Tunnel| {
        let connections = places(tunnel.connections.iter(), with_lost);
        vec![tunnel.id.clone(), tunnel.name.clone(), tunnel.created_at.clone(), connections]
    };
    std::iter::once(head).chain(tunnels.iter().map(row)).collect()
}

fn by(field: &str, one: &Tunnel, other: &Tunnel) -> Ordering {
    match field {
        "id" => one.id.cmp(&other.id),
        "createdAt" => one.created_at.cmp(&other.created_at),
        "deletedAt" => one.deleted_at.cmp(&other.deleted_at),
        "numConnections" => one.connections.len().cmp(&other.connections.len()),
        _ => one.name.cmp(&other.name),
    }
}
