//! `share service on` and `off`: who runs what is shared already, the system or a terminal.

use command_line::Parsed;
use serde_json::json;
use share::Made;

use crate::as_service;
use crate::commands::Failure;
use crate::here::Here;
use crate::opened::{Opened, hostname};
use crate::output::Output;
use crate::published::absolute;

/// Lets the system run it. Whoever runs it in a terminal ends that as soon as it is noted.
pub(crate) async fn on(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let made = shared(given, &opened)?;
    let tunnel = made.tunnel.clone().unwrap_or_default();
    if let Some(service) = &made.service {
        return Err(Failure::Unusable(format!("the service {} runs it already", service.name)));
    }
    let here = Here::new(&opened, *output, made.token_file.clone(), None)?;
    let token = here.token(&tunnel.id).await?;
    let service = as_service::wanted(&made.hostname);
    let failed = |error| Failure::Unusable(as_service::sentence(&error));
    as_service::install(&opened.profile, &service, &server(&made), &token).map_err(failed)?;
    if let Err(error) = as_service::until_running(&service).await {
        // Why it does not run is in its log, which goes with it.
        let said = as_service::last_line(&service);
        let _ = as_service::uninstall(&service);
        return Err(Failure::Unusable(said.unwrap_or_else(|| as_service::sentence(&error))));
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

/// Takes the service away; the right to run the tunnel is kept where `share run` finds it.
pub(crate) async fn off(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let opened = Opened::open(given)?;
    let made = shared(given, &opened)?;
    let Some(service) = made.service.clone() else {
        return Err(Failure::Unusable(format!("no service runs {}", made.hostname)));
    };
    let failed = |error| Failure::Unusable(as_service::sentence(&error));
    let token = as_service::token(&service).map_err(failed)?;
    let token_file = given.value("token-file").filter(|path| !path.is_empty()).map(absolute);
    let here = Here::new(&opened, *output, token_file.clone(), None)?;
    here.can_keep().await?;
    here.keep(&made.tunnel.clone().unwrap_or_default().id, &token).await?;
    as_service::uninstall(&service).map_err(failed)?;
    let made = Made { service: None, token_file, ..made };
    opened.shares.note(&made)?;
    say(&made, output);
    Ok(())
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
    output.state(&json!({ "state": "service", "hostname": hostname, "service": made.service }), &line);
}
