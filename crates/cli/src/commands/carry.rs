//! `access ssh`: carries stdin and stdout to the machine behind an app. This is what ssh runs as its `ProxyCommand`.

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use access::{Access, AccessError, Carrier, DialOptions, Renewal, ServiceToken};
use ipc::Ask;
use wire::{AppToken, AppUrl, Cause, Jwt};

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::certificate;
use crate::commands::{Failure, forward};
use crate::context::{Context, NO_LOGIN, app_url};
use crate::detour;
use crate::log;
use crate::machine;
use crate::stdio::Stdio;
use crate::tokens::{self, Announce};
use crate::warm;

/// How long telling the desktop of a failure may take.
const TELLING: Duration = Duration::from_millis(500);

pub(crate) static FLAGS: &[Flag] = &[
    Flag {
        name: "hostname",
        aliases: &["tunnel-host", "T"],
        env: &["TUNNEL_SERVICE_HOSTNAME"],
        takes: Takes::Value,
        help: "The app's hostname; %h in an ssh config",
    },
    Flag {
        name: "destination",
        aliases: &[],
        env: &["TUNNEL_SERVICE_DESTINATION"],
        takes: Takes::Value,
        help: "host:port behind a bastion app",
    },
    Flag {
        name: "url",
        aliases: &["listener", "L"],
        env: &["TUNNEL_SERVICE_URL"],
        takes: Takes::Value,
        help: "Listen on this host:port instead of carrying stdin and stdout",
    },
    Flag {
        name: "header",
        aliases: &["H"],
        env: &[],
        takes: Takes::Values,
        help: "A header, as `Name: value`",
    },
    Flag {
        name: "service-token-id",
        aliases: &["id"],
        env: &["TUNNEL_SERVICE_TOKEN_ID"],
        takes: Takes::Value,
        help: "Client id of a service token",
    },
    Flag {
        name: "service-token-secret",
        aliases: &["secret"],
        env: &["TUNNEL_SERVICE_TOKEN_SECRET"],
        takes: Takes::Value,
        help: "Its client secret; better given by the environment",
    },
    NO_LOGIN,
    Flag { env: &[], ..log::LEVEL },
    log::FILE,
    log::FOLDER,
    Flag { name: "connect-to", aliases: &[], env: &[], takes: Takes::Value, help: "" },
    // Payload is nobody's business: known, so that old command lines work, and without effect.
    Flag { name: "debug-stream", aliases: &[], env: &[], takes: Takes::Value, help: "" },
];

/// Carries until either side ends.
pub(crate) async fn carry(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let address = forward::wanted(given)?;
    let app = app_url(given.value("hostname").ok_or(Misuse::Missing("flag `--hostname` is needed"))?)?;
    let options = options(given)?;
    if let Some(count) = given.value("debug-stream").filter(|count| !is_count(count)) {
        return Err(Misuse::NotNumber(count.to_owned()).into());
    }
    if let Some(address) = address {
        return forward::forward(context, app, options, &address).await;
    }
    let carried = carry_stdio(context, &app, options).await;
    if let Err(cause) = &carried {
        tell_of_failure(context, &app, cause).await;
    }
    Ok(carried?)
}

/// What the command line says, and the service token that was saved for the app if it names none.
pub(crate) async fn with_saved(
    context: &Context,
    access: &Access,
    app: &AppUrl,
    options: DialOptions,
) -> Result<DialOptions, Cause> {
    if options.service_token.is_some() {
        return Ok(options);
    }
    Ok(DialOptions { service_token: machine::token_of(context, access, app).await?, ..options })
}

async fn carry_stdio(context: &Context, app: &AppUrl, options: DialOptions) -> Result<(), Cause> {
    let access = context.access()?;
    let options = with_saved(context, &access, app, options).await?;
    let lookup = async || {
        if options.service_token.is_some() {
            return Ok(None);
        }
        tokens::at_hand(context, &access, app).await
    };
    let mut looked = None;
    if let Some(ready) = warm::find(context, app, &options).await {
        let token = lookup().await.map_err(|error: AccessError| error.cause())?;
        if let Some(carried) = ready.carry(&access, app, token.as_ref(), &options).await {
            return attended(context, &access, app, &options, carried.ended()).await;
        }
        looked = Some(token);
    }
    let lookup = async {
        match looked {
            Some(token) => Ok(token),
            None => lookup().await,
        }
    };
    let renew =
        async |renewal: Renewal| tokens::obtain(context, &access, &renewal, Announce::AfterBrowser).await;
    let carrier = open(&access, app, &options, lookup, renew).await?;
    let carrying = async {
        let stdio = Stdio::take();
        let carried = carrier.carry(stdio.input, stdio.output).await.map_err(|error| error.cause())?;
        tracing::debug!(sent = carried.sent, received = carried.received, end = ?carried.end, "carried");
        carried.cause_in_session(app.host()).map_or(Ok(()), Err)
    };
    attended(context, &access, app, &options, carrying).await
}

/// Carries to the end, while the desktop knows of the session.
async fn attended(
    context: &Context,
    access: &Access,
    app: &AppUrl,
    options: &DialOptions,
    carrying: impl Future<Output = Result<(), Cause>>,
) -> Result<(), Cause> {
    let session = session(context, app).await;
    // ssh asks for a certificate when it has talked to the server: whoever gets none should know by then.
    let meanwhile = async {
        certificate::warn(context, app).await;
        if session.is_none() && options.service_token.is_none() {
            tokens::renew_ahead(access, app).await;
        }
    };
    let mut carrying = pin!(carrying);
    tokio::select! {
        biased;
        carried = &mut carrying => carried,
        () = meanwhile => carrying.await,
    }
}

/// Opens a stream with what `lookup` finds, else with what `renew` gets.
pub(crate) async fn open(
    access: &Access,
    app: &AppUrl,
    options: &DialOptions,
    lookup: impl Future<Output = Result<Option<AppToken>, AccessError>>,
    renew: impl AsyncFnOnce(Renewal) -> Result<AppToken, Cause>,
) -> Result<Carrier, Cause> {
    // A log-in that failed has a cause of its own; the dial only knows that there is no token.
    let told: RefCell<Option<Cause>> = RefCell::new(None);
    let renew = async |renewal: Renewal| {
        renew(renewal).await.map_err(|cause| {
            told.replace(Some(cause));
            AccessError::LogInNeeded { host: app.host().to_owned() }
        })
    };
    let opened = access.connect(app, options, lookup, renew).await;
    opened.map_err(|error| told.take().unwrap_or_else(|| error.cause()))
}

/// Lets a running desktop show why an app was not reached; a window can be seen where stderr cannot. It may not hold up
/// who waits for our end.
pub(crate) async fn tell_of_failure(context: &Context, app: &AppUrl, cause: &Cause) {
    let told = async {
        let Some(mut desktop) = tokens::connect(context).await else { return };
        if let Err(error) = desktop.ask(&Ask::failed(app.host(), cause)).await {
            tracing::debug!(%error, "the desktop does not know what failed");
        }
    };
    if tokio::time::timeout(TELLING, told).await.is_err() {
        tracing::debug!("the desktop is too slow to be told what failed");
    }
}

/// Tells a running desktop of the session; it lasts as long as what is returned.
pub(crate) async fn session(context: &Context, app: &AppUrl) -> Option<ipc::Desktop> {
    let mut desktop = tokens::connect(context).await?;
    let ask = Ask::SessionOpened { host: app.host().to_owned(), pid: std::process::id() };
    desktop.ask(&ask).await.ok().map(|_| desktop)
}

/// As Go reads numbers, as far as anybody writes them.
fn is_count(text: &str) -> bool {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).is_ok(),
        None => text.parse::<u64>().is_ok(),
    }
}

fn options(given: &Parsed) -> Result<DialOptions, Failure> {
    let half = |name| given.value(name).filter(|half| !half.is_empty());
    let service_token = match (half("service-token-id"), half("service-token-secret")) {
        (Some(id), Some(secret)) => Some(ServiceToken { id: id.to_owned(), secret: Jwt::new(secret) }),
        (None, None) => None,
        _ => return Err(Misuse::Missing("a service token needs both its id and its secret").into()),
    };
    let headers = given.values("header").iter().map(|header| {
        let (name, value) =
            header.split_once(':').ok_or(Misuse::Missing("a header has the form `Name: value`"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    });
    let options = DialOptions {
        destination: given.value("destination").filter(|to| !to.is_empty()).map(str::to_owned),
        service_token,
        headers: headers.collect::<Result<_, Misuse>>()?,
        detour: given.value("connect-to").filter(|to| !to.is_empty()).map(detour::parse).transpose()?,
        ..DialOptions::default()
    };
    // Here rather than once connected.
    match options.invalid_header() {
        Some(name) => Err(Misuse::InvalidHeader(name).into()),
        None => Ok(options),
    }
}
