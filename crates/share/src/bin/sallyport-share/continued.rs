//! `share continue` and `share undo`: goes on with what was stopped on the way, or takes its last step back.

use command_line::Parsed;
use serde_json::json;
use share::{Made, OnFailure, Unfinished, resume, undo_last};

use crate::commands::Failure;
use crate::here::Here;
use crate::opened::{Opened, hostname};
use crate::output::Output;
use crate::published::{carry_out, in_place};
use crate::token;

/// Goes on; what fails leaves the steps before it in place.
pub(crate) async fn go_on(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let (made, unfinished) = unfinished(given, &opened)?;
    let api = token::api(&opened, given, true).await?;
    let plan = resume(api, &made, &unfinished).await?;
    let mut here = Here::new(&opened, *output, made.token_file.clone(), made.service.clone())?;
    here.keeps_again = true;
    carry_out(&plan, &opened, &mut here, given, output, OnFailure::Keep).await
}

/// Takes the last step back.
pub(crate) async fn undo(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let (mut made, _) = unfinished(given, &opened)?;
    let api = token::api(&opened, given, true).await?.within(&made.account, &made.zone);
    let mut here = Here::new(&opened, *output, made.token_file.clone(), made.service.clone())?;
    let mut tell = |event: &share::Event| output.event(event);
    undo_last(&api, &mut made, &mut here, &mut tell).await?;
    let left = in_place(Some(&made)).unwrap_or_default();
    output.state(&json!({ "state": "stepped-back", "made": made }), &format!("{left}\n"));
    Ok(())
}

fn unfinished(given: &Parsed, opened: &Opened) -> Result<(Made, Unfinished), Failure> {
    let made = opened.noted(hostname(given)?.as_deref())?;
    let found = made.and_then(|made| made.unfinished.clone().map(|unfinished| (made, unfinished)));
    found.ok_or_else(|| {
        Failure::Unusable(
            "nothing of this hostname was stopped on the way; see: sallyport share list".to_owned(),
        )
    })
}
