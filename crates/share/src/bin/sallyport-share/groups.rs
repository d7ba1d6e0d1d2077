//! `share groups`: the groups of the account, by which several people are let in at once.

use command_line::Parsed;
use serde_json::json;

use crate::commands::Failure;
use crate::opened::Opened;
use crate::output::Output;
use crate::token;

/// Lists them.
pub(crate) async fn list(given: &Parsed, output: &Output) -> Result<(), Failure> {
    given.none()?;
    let opened = Opened::open(given)?;
    let api = token::api(&opened, given, true).await?;
    let groups = share::groups(&api).await?;
    let lines: String = groups.iter().map(|group| format!("{}\n", group.name)).collect();
    let shown: Vec<_> = groups.iter().map(|group| json!({ "id": group.id, "name": group.name })).collect();
    output.state(&json!({ "state": "groups", "groups": shown }), &lines);
    Ok(())
}
