//! `unshare`: takes away all that sharing has made, the DNS record first.

use command_line::Parsed;
use serde_json::json;
use share::{Made, find_made, take_away};

use crate::commands::Failure;
use crate::here::Here;
use crate::opened::{Opened, hostname};
use crate::output::Output;
use crate::token;

/// Takes it away.
pub(crate) async fn unshare(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let named = hostname(given)?;
    let noted = opened.noted(named.as_deref())?;
    let api = token::api(&opened, given, true).await?;
    let (api, mut made) = match (noted, named) {
        (Some(made), _) => (api.within(&made.account, &made.zone), made),
        (None, Some(hostname)) => find_made(api, &hostname).await?,
        (None, None) => return Err(Failure::Misuse("name a hostname".to_owned())),
    };
    if made.is_nothing() {
        return Err(Failure::Unusable(format!("nothing of {} was made by sallyport share", made.hostname)));
    }
    if given.on("dry-run") {
        let plan: Vec<String> = planned(&made);
        let lines: String = plan.iter().zip(1..).map(|(line, at)| format!("{at}. {line}\n")).collect();
        output.state(&json!({ "state": "plan", "hostname": made.hostname, "steps": plan }), &lines);
        return Ok(());
    }
    let mut here = Here::new(&opened, *output, made.token_file.clone(), made.service.clone())?;
    let way = made.way.is_some();
    let mut tell = |event: &share::Event| output.event(event);
    let left = take_away(&api, &mut made, &mut here, &mut tell).await;
    match left.into_iter().next() {
        None => {
            if way {
                output.says("the way to log in that was added stays, as others may use it by now");
            }
            here.forget_log(&made.hostname);
            let line = format!("{} is not shared any more.\n", made.hostname);
            output.state(&json!({ "state": "unshared", "hostname": made.hostname }), &line);
            Ok(())
        }
        Some((_, error)) => Err(error.into()),
    }
}

fn planned(made: &Made) -> Vec<String> {
    let hostname = &made.hostname;
    let lines = [
        made.record.as_ref().map(|_| match &made.replaced {
            Some(before) => format!("DNS record of {hostname}, which leads to {} again", before.content),
            None => format!("DNS record of {hostname}"),
        }),
        made.service.as_ref().map(|service| format!("service {}", service.name)),
        made.tunnel.as_ref().map(|tunnel| format!("tunnel {} ({})", tunnel.name, tunnel.id)),
        made.authority.as_ref().map(|_| format!("certificate authority of {hostname}")),
        made.app.as_ref().map(|_| format!("application {hostname}")),
        made.policy.as_ref().map(|_| format!("policy of {hostname}")),
    ];
    lines.into_iter().flatten().collect()
}
