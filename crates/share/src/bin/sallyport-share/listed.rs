//! `share list`: what this machine shares, as it is noted here.

use command_line::Parsed;
use serde_json::json;

use crate::commands::Failure;
use crate::opened::Opened;
use crate::output::Output;

/// Lists what was made.
pub(crate) fn list(given: &Parsed, output: &Output) -> Result<(), Failure> {
    given.none()?;
    let all = Opened::open(given)?.shares.all()?;
    let lines: String = all
        .values()
        .map(|made| {
            let state = if made.record.is_some() { "shared" } else { "left over; unshare it" };
            format!("{}\tport {}\t{state}\n", made.hostname, made.port)
        })
        .collect();
    output.state(&json!({ "state": "list", "shares": all }), &lines);
    Ok(())
}
