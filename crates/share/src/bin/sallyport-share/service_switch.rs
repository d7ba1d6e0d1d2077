//! `share service on` and `off`: who runs what is shared already, the system or a terminal.

use command_line::Parsed;
use serde_json::json;
use service::ServiceError;
use share::{Made, RunBy};
use wire::Cause;
use zeroize::Zeroizing;

use crate::as_service;
use crate::commands::Failure;
use crate::here::Here;
use crate::opened::{Opened, hostname};
use crate::output::Output;
use crate::published::absolute;
use crate::token;

/// Lets the system run it. Whoever runs it in a terminal ends that as soon as it is noted.
pub(crate) async fn on(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let made = shared(given, &opened)?;
    let tunnel = made.tunnel.clone().unwrap_or_default();
    let here = Here::new(&opened, *output, made.token_file.clone(), None)?;
    let token = match &made.service {
        None => here.token(&made.hostname, &tunnel.id).await?,
        Some(service) if is_gone(service)? => again(&opened, given, &made, service).await?,
        Some(service) => {
            return Err(Failure::Unusable(format!("the service {} runs it already", service.name)));
        }
    };
    let service = as_service::wanted(&made.hostname);
    as_service::install(&opened.profile, &service, &server(&made), &token).map_err(failed)?;
    if let Err(error) = as_service::until_running(&service).await {
        // Why it does not run is in its log, which goes with it.
        let said = as_service::last_line(&service);
        let _ = as_service::uninstall(&service);
        return Err(said.map_or_else(|| failed(error), Failure::Unusable));
    }
    let made = Made { service: Some(service), token_file: None, ..made };
    if let Err(error) = opened.shares.note(&made) {
        // What is not noted would not be found when it is to go.
        let _ = made.service.as_ref().map(as_service::uninstall);
        return Err(error.into());
    }
    here.forget(&tunnel.id).await?;
    say(&made, output);
    Ok(())
}

/// Takes the service away; the right to run the tunnel is kept where `share run` finds it. Where others have taken the
/// service away, and that right with it, Cloudflare is asked for it once more.
pub(crate) async fn off(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let made = shared(given, &opened)?;
    let Some(service) = made.service.clone() else {
        return Err(Failure::Unusable(format!("no service runs {}", made.hostname)));
    };
    let was_gone = is_gone(&service)?;
    let right = right(&opened, given, &made, &service).await?;
    let token_file = given.value("token-file").filter(|path| !path.is_empty()).map(absolute);
    if let Some(right) = &right {
        let here = Here::new(&opened, *output, token_file.clone(), None)?;
        here.can_keep().await?;
        here.keep(&made.tunnel.clone().unwrap_or_default().id, right).await?;
    }
    as_service::uninstall(&service).map_err(failed)?;
    let token_file = token_file.filter(|_| right.is_some());
    let made = Made { service: None, token_file, ..made };
    opened.shares.note(&made)?;
    if was_gone {
        output.says(&format!("the service {} was gone from this machine already", service.name));
    }
    if right.is_some() {
        say(&made, output);
    } else {
        say_without_right(&made, output);
    }
    Ok(())
}

/// The right to run the tunnel, for a service that takes the place of one that is gone. What that has left goes first.
async fn again(
    opened: &Opened,
    given: &Parsed,
    made: &Made,
    gone: &RunBy,
) -> Result<Zeroizing<String>, Failure> {
    let right = right(opened, given, made, gone).await?;
    let right = right.ok_or_else(|| Cause::ShareNoRight { host: made.hostname.clone() })?;
    as_service::uninstall(gone).map_err(failed)?;
    Ok(right)
}

/// The right to run the tunnel: from the service, or from Cloudflare where an API token is at hand.
async fn right(
    opened: &Opened,
    given: &Parsed,
    made: &Made,
    service: &RunBy,
) -> Result<Option<Zeroizing<String>>, Failure> {
    if let Some(token) = as_service::token(service).map_err(failed)? {
        return Ok(Some(token));
    }
    let tunnel = made.tunnel.clone().unwrap_or_default();
    let Ok(api) = token::api(opened, given, false).await else { return Ok(None) };
    let asked = api.within(&made.account, &made.zone).tunnel_token(&tunnel.id).await;
    Ok(asked.inspect_err(|error| tracing::debug!(%error, "Cloudflare does not tell it either")).ok())
}

fn is_gone(service: &RunBy) -> Result<bool, Failure> {
    as_service::state(service).map(|state| state.is_none()).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn failed(error: ServiceError) -> Failure {
    Failure::Unusable(as_service::sentence(&error))
}

fn shared(given: &Parsed, opened: &Opened) -> Result<Made, Failure> {
    let unknown =
        || Failure::Unusable("this hostname is not shared from here; see: sallyport share list".to_owned());
    let made = opened.noted(hostname(given)?.as_deref())?.ok_or_else(unknown)?;
    if made.tunnel.is_some() { Ok(made) } else { Err(unknown()) }
}

/// Where the SSH server answers.
pub(crate) fn server(made: &Made) -> String {
    format!("127.0.0.1:{}", made.port)
}

fn say(made: &Made, output: &Output) {
    let hostname = &made.hostname;
    let line = match &made.service {
        Some(service) => {
            format!("{hostname} is answered by {} from now on.\n", as_service::in_words(service))
        }
        None => format!("{hostname} is still shared, and no service answers; sallyport share run does.\n"),
    };
    let state = json!({ "state": "service", "hostname": hostname, "service": made.service, "right": true });
    output.state(&state, &line);
}

/// It is still shared, and cannot be run from here.
fn say_without_right(made: &Made, output: &Output) {
    let hostname = &made.hostname;
    let state = json!({ "state": "service", "hostname": hostname, "service": null, "right": false });
    output.state(
        &state,
        &format!(
            "{hostname} is still shared, and nobody answers: the right to run its tunnel went with the service. \
             sallyport unshare {hostname} takes it away; then it can be shared again.\n"
        ),
    );
}
