//! `share run`: lets a machine that is shared answer again.

use command_line::Parsed;
use serde_json::json;

use crate::commands::Failure;
use crate::here::Here;
use crate::opened::{Opened, hostname};
use crate::output::Output;
use crate::published::{sshd, stay, stop};
use crate::service_switch::server;

/// Runs the connector of what is shared already.
pub(crate) async fn run(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let named = hostname(given)?;
    let unknown =
        || Failure::Unusable("this hostname is not shared from here; see: sallyport share list".to_owned());
    let made = opened.noted(named.as_deref())?.ok_or_else(unknown)?;
    let tunnel = made.tunnel.as_ref().ok_or_else(unknown)?;
    if let Some(service) = &made.service {
        return Err(Failure::Unusable(format!(
            "the service {} answers for {hostname}; sallyport share service off {hostname} takes that back",
            service.name,
            hostname = made.hostname
        )));
    }
    let mut here = Here::new(&opened, *output, made.token_file.clone(), None)?;
    let token = here.token(&made.hostname, &tunnel.id).await?;
    here.destinations.clone_from(&made.destinations);
    here.protocol = given.value("protocol").map(str::to_owned);
    let mut stop = stop(given, &mut here)?;
    here.run(&made.hostname, &server(&made), &token)?;
    let sshd = made.authority.as_deref().map(sshd);
    output.shared(
        &json!({ "state": "shared", "made": made, "sshd": sshd }),
        &format!("{} answers again; Ctrl+C stops that", made.hostname),
    );
    stay(&opened.shares, &mut here, &made.hostname, &mut stop, output).await
}
