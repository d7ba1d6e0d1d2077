//! `share check`, `share point` and `share rules`: about a machine that is published already.

use std::io::Read as _;

use api::Api;
use command_line::Parsed;
use serde_json::{Value, json};
use share::{Leads, Made, RuleWish, destinations, leads, point, set_rules};

use crate::commands::Failure;
use crate::opened::{Opened, hostname};
use crate::output::Output;
use crate::token;

/// No rules are longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// Says where the hostname leads.
pub(crate) async fn check(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let (_, made, api) = published(given).await?;
    say(output, &made, &leads(&api, &made).await?);
    Ok(())
}

/// Lets it lead here again.
pub(crate) async fn point_here(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let (opened, mut made, api) = published(given).await?;
    point(&api, &mut made).await?;
    opened.shares.note(&made)?;
    say(output, &made, &Leads::Here);
    Ok(())
}

/// Sets the rules that stand on standard input, as a list in JSON.
pub(crate) async fn rules(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failure::Unusable(format!("standard input: {error}")))?;
    let wanted: Vec<RuleWish> = serde_json::from_str(&text)
        .map_err(|error| Failure::Misuse(format!("the rules are not understood: {error}")))?;
    if wanted.last().is_none_or(|last| !last.hostname.is_empty() || !last.path.is_empty()) {
        return Err(Failure::Misuse("the last rule has to be for everything else".to_owned()));
    }
    let (opened, mut made, api) = published(given).await?;
    set_rules(&api, &made, &wanted).await?;
    made.destinations = destinations(&wanted);
    opened.shares.note(&made)?;
    let state = json!({ "state": "rules", "hostname": made.hostname, "destinations": made.destinations });
    output.state(&state, &format!("the rules of {} count from now on\n", made.hostname));
    Ok(())
}

pub(crate) async fn published(given: &Parsed) -> Result<(Opened, Made, Api), Failure> {
    let opened = Opened::open(given)?;
    let named = hostname(given)?;
    let unknown =
        || Failure::Unusable("this hostname is not shared from here; see: sallyport share list".to_owned());
    let made = opened.noted(named.as_deref())?.ok_or_else(unknown)?;
    let api = token::api(&opened, given, true).await?.within(&made.account, &made.zone);
    Ok((opened, made, api))
}

fn say(output: &Output, made: &Made, leads: &Leads) {
    let hostname = &made.hostname;
    let (word, to, line) = match leads {
        Leads::Here => ("here", Value::Null, format!("{hostname} leads here\n")),
        Leads::Elsewhere { to } => ("elsewhere", json!(to), format!("{hostname} leads to {to}, not here\n")),
        Leads::Nowhere => ("nowhere", Value::Null, format!("{hostname} has no DNS record any more\n")),
    };
    output.state(&json!({ "state": "name", "hostname": hostname, "leads": word, "to": to }), &line);
}
