//! `sallyport doctor`: what works here and on the way to a host, what does not, and what to do about it.
//!
//! The checks run beside one another, each for a few seconds at most ([`gather`]); what they find becomes lines
//! ([`lines`]); what can be mended without a question is mended before ([`mend`]).

mod gather;
mod lines;
mod mend;

use std::path::Path;

use serde_json::json;
use wire::Cause;

use crate::args::{Flag, Parsed, Takes};
use crate::commands::Failure;
use crate::context::Context;
use crate::say;
use lines::{Line, State};

pub(crate) static FLAGS: &[Flag] = &[
    Flag { name: "json", aliases: &[], env: &[], takes: Takes::Nothing, help: "For scripts" },
    Flag {
        name: "report",
        aliases: &[],
        env: &[],
        takes: Takes::Value,
        help: "Write the lines to this file too, without anything secret",
    },
    Flag {
        name: "fix",
        aliases: &[],
        env: &[],
        takes: Takes::Nothing,
        help: "Mend permissions, the path of the helper, and the block of hosts",
    },
];

/// Looks, mends if asked to, and says what was found. Fails when something is broken.
pub(crate) async fn doctor(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let named = if given.rest.is_empty() { None } else { Some(given.one("name one host")?) };
    let app = named.map(|named| context.app(named)).transpose()?;
    let mended = if given.on("fix") { mend::mend(context).await? } else { Vec::new() };
    let mut lines = gather::all(context, app).await?;
    lines.sort_by_key(|line| line.state);
    if let Some(file) = given.value("report") {
        write_report(Path::new(file), &lines, &mended)?;
    }
    if given.on("json") {
        say::data(&format!("{:#}\n", json!({ "checks": lines, "mended": mended })));
    } else {
        say::data(&lines.iter().map(Line::as_text).collect::<String>());
        mended.iter().for_each(|what| say::note(&format!("mended: {what}")));
    }
    match lines.iter().any(|line| line.state == State::Broken) {
        true => Err(Failure::Quiet),
        false => Ok(()),
    }
}

fn write_report(file: &Path, lines: &[Line], mended: &[String]) -> Result<(), Cause> {
    let (version, system, machine) =
        (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let mut text = format!("sallyport {version} on {system} {machine}\n");
    text.extend(mended.iter().map(|what| format!("mended: {what}\n")));
    text.extend(lines.iter().map(Line::as_text));
    let home = std::env::var("HOME").or_else(|_| std::env::var("USERPROFILE")).ok();
    let failed = |error: std::io::Error| Cause::Unexpected {
        what: format!("the report {} cannot be written: {error}", file.display()),
    };
    let place = std::path::absolute(file).map_err(failed)?;
    profile::write_atomically(&place, lines::redacted(&text, home.as_deref()).as_bytes()).map_err(failed)
}
