//! `tunnel info`: who runs a tunnel now.

use api::{Connector, Filter};
use serde::Serialize;

use super::account::{Account, failed};
use super::asked::Asked;
use super::output::{Form, places, table};
use crate::failure::Failure;
use crate::say;

/// What is told of a tunnel in JSON.
#[derive(Serialize)]
struct InJson<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(rename = "createdAt")]
    created_at: &'a str,
    conns: &'a [Connector],
}

/// The same in YAML, where cloudflared has another name for the last of them.
#[derive(Serialize)]
struct InYaml<'a> {
    id: &'a str,
    name: &'a str,
    created_at: &'a str,
    connectors: &'a [Connector],
}

/// Shows the connectors of a tunnel.
pub(super) async fn info(asked: &Asked) -> Result<(), Failure> {
    let [named] = asked.arguments("name a tunnel, or give its id")?;
    let (form, field) = (Form::asked(asked)?, asked.own("sort-by").unwrap_or("createdAt"));
    if !["id", "createdAt", "numConnections", "version"].contains(&field) {
        let fields = "id, createdAt, numConnections, version";
        return Err(Failure::Misuse(format!("`--sort-by {field}`: it wants one of {fields}")));
    }
    let account = Account::open(asked)?;
    let id = account.id(named).await?;
    let filter = Filter { id: Some(id.clone()), with_deleted: true, ..Filter::default() };
    let tunnel = account.api.list_tunnels(&filter).await.map_err(failed)?.into_iter().next();
    let mut connectors = account.api.connections(&id).await.map_err(failed)?;
    sort(&mut connectors, field, asked.on("invert-sort"));
    let (name, created) = tunnel.map(|tunnel| (tunnel.name, tunnel.created_at)).unwrap_or_default();
    let shown = match form {
        Form::Yaml => {
            form.writes(&InYaml { id: &id, name: &name, created_at: &created, connectors: &connectors })?
        }
        Form::Json | Form::Text => {
            form.writes(&InJson { id: &id, name: &name, created_at: &created, conns: &connectors })?
        }
    };
    if shown {
        return Ok(());
    }
    if connectors.is_empty() {
        say::data(&format!("Your tunnel {id} does not have any active connection.\n"));
        return Ok(());
    }
    say::data(&format!("NAME:     {name}\nID:       {id}\nCREATED:  {created}\n\n"));
    let rows = rows(&connectors, asked.on("show-recently-disconnected"));
    if rows.len() == 1 {
        say::data("This tunnel has no active connectors.\n");
    } else {
        say::data(&table(&rows));
    }
    Ok(())
}

fn sort(connectors: &mut [Connector], field: &str, inverted: bool) {
    connectors.sort_by(|one, other| match field {
        "id" => one.id.cmp(&other.id),
        "numConnections" => one.conns.len().cmp(&other.conns.len()),
        "version" => one.version.cmp(&other.version),
        _ => one.run_at.cmp(&other.run_at),
    });
    if inverted {
        connectors.reverse();
    }
}

fn rows(connectors: &[Connector], with_lost: bool) -> Vec<Vec<String>> {
    let head = ["CONNECTOR ID", "CREATED", "ARCHITECTURE", "VERSION", "ORIGIN IP", "EDGE"];
    let row = |connector: &Connector| {
        let edge = places(connector.conns.iter(), with_lost);
        let origin =
            connector.conns.first().map(|connection| connection.origin_ip.clone()).unwrap_or_default();
        let Connector { id, run_at, arch, version, .. } = connector.clone();
        (!edge.is_empty()).then(|| vec![id, run_at, arch, version, origin, edge])
    };
    std::iter::once(head.map(str::to_owned).to_vec()).chain(connectors.iter().filter_map(row)).collect()
}
