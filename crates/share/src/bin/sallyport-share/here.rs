//! This machine, as sharing asks for it: keeps the right to run the tunnel, runs the connector, looks from outside.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use access::{Access, AccessError, DialOptions, LogInEvent};
use service::State;
use share::{Machine, Made, Proof, RunBy, ShareError, Shares, Wish};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;
use vault::{Slot, Vault};
use wire::{AppUrl, Cause, Jwt};
use zeroize::Zeroizing;

use crate::as_service;
use crate::commands::Failure;
use crate::connector::{Connector, Wanted, log_of};
use crate::opened::{Opened, unusable};
use crate::output::Output;

/// How long the SSH server may take to greet through the edge.
const GREETING: Duration = Duration::from_secs(15);

/// This machine.
pub(crate) struct Here {
    profile: profile::Profile,
    vault: Vault,
    shares: Shares,
    access: Access,
    output: Output,
    token_file: Option<PathBuf>,
    /// The service that runs the tunnel, where it is to be one.
    pub(crate) service: Option<RunBy>,
    /// How to reach the edge, where that is not left to the connector.
    pub(crate) protocol: Option<String>,
    /// What the connector may reach besides the SSH server.
    pub(crate) destinations: Vec<String>,
    /// Whether the file for the right to run the tunnel may be there already, as it was made on the way.
    pub(crate) keeps_again: bool,
    /// What the connector is asked meanwhile, where somebody asks.
    pub(crate) words: Option<UnboundedReceiver<String>>,
    /// Whether what the connector reports is handed on.
    pub(crate) hands_on: bool,
    pub(crate) connector: Option<Connector>,
}

impl Here {
    /// `token_file` or else the keyring keeps the right to run the tunnel, unless a service has it.
    pub(crate) fn new(
        opened: &Opened,
        output: Output,
        token_file: Option<PathBuf>,
        service: Option<RunBy>,
    ) -> Result<Self, Failure> {
        let access = Access::new(&opened.profile, opened.vault.clone()).map_err(|error| error.cause())?;
        Ok(Self {
            profile: opened.profile.clone(),
            vault: opened.vault.clone(),
            shares: opened.shares.clone(),
            access: access.closing_the_tab(),
            output,
            token_file,
            service,
            protocol: None,
            destinations: Vec::new(),
            keeps_again: false,
            words: None,
            hands_on: false,
            connector: None,
        })
    }

    /// Whether the right to run the tunnel could be kept now.
    pub(crate) async fn can_keep(&self) -> Result<(), Failure> {
        match &self.token_file {
            Some(path) if path.exists() => Err(Failure::Unusable(format!(
                "{} is there already; name another file with --token-file",
                path.display()
            ))),
            Some(_) => Ok(()),
            None => self.vault.probe().await.map_err(|error| {
                self.output
                    .says("--token-file FILE keeps the right to run the tunnel in a file of yours alone");
                Failure::Cause(error.cause())
            }),
        }
    }

    /// The right to run a tunnel, from where it is kept.
    pub(crate) async fn token(&self, hostname: &str, tunnel: &str) -> Result<Zeroizing<String>, Failure> {
        if let Some(path) = &self.token_file {
            let text = std::fs::read_to_string(path).map(Zeroizing::new);
            let text = text.map_err(|error| unusable(path, &error.to_string()))?;
            return Ok(Zeroizing::new(text.trim().to_owned()));
        }
        let kept = self.vault.patient().read(&slot(tunnel)).await.map_err(|error| error.cause())?;
        let kept = kept.map(|token| Zeroizing::new(token.reveal().to_owned()));
        kept.ok_or_else(|| Cause::ShareNoRight { host: hostname.to_owned() }.into())
    }

    /// Runs the connector with a right that is at hand.
    pub(crate) fn run(
        &mut self,
        hostname: &str,
        server: &str,
        token: &Zeroizing<String>,
    ) -> Result<(), Cause> {
        let words = self.words.take();
        let protocol = self.protocol.as_deref();
        let mut destinations = self.destinations.clone();
        destinations.insert(0, server.to_owned());
        let wanted = Wanted { hostname, destinations: &destinations, token, protocol, words };
        let started = Connector::start(&self.profile, wanted);
        let started = started.map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Cause::NoProgram { program: "sallyport-connector".to_owned() }
            } else {
                Cause::Unexpected { what: format!("sallyport-connector: {error}") }
            }
        })?;
        self.connector = Some(started);
        Ok(())
    }

    pub(crate) async fn keep(&self, tunnel: &str, token: &Zeroizing<String>) -> Result<(), Cause> {
        match &self.token_file {
            Some(path) => keep_in_file(path, token, self.keeps_again)
                .map_err(|error| unusable(path, &error.to_string())),
            None => {
                let kept = self.vault.patient().write(&slot(tunnel), &Jwt::new(token)).await;
                kept.map_err(|error| error.cause())
            }
        }
    }

    pub(crate) async fn forget(&self, tunnel: &str) -> Result<(), Cause> {
        match &self.token_file {
            Some(path) => match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(unusable(path, &error.to_string()))
                }
                Ok(()) | Err(_) => Ok(()),
            },
            None => {
                let removed = self.vault.patient().remove(&slot(tunnel)).await;
                removed.map(drop).map_err(|error| error.cause())
            }
        }
    }

    /// Nothing of what was shared stays behind.
    pub(crate) fn forget_log(&self, hostname: &str) {
        if let Err(error) = std::fs::remove_file(log_of(&self.profile, hostname)) {
            tracing::debug!(%error, "there was no log");
        }
    }

    async fn heard(&self, url: &AppUrl, cancel: &CancellationToken) -> Result<String, Looked> {
        let (events, mut links) = mpsc::unbounded_channel();
        let tell = move |event: LogInEvent| {
            let _ = events.send(event);
        };
        let renew = async |renewal: access::Renewal| {
            let held = self.access.renew(&renewal.app, None, tell, cancel.clone()).await?;
            Ok(held.token)
        };
        let options = DialOptions::default();
        let mut opening = pin!(self.access.connect(url, &options, async { Ok(None) }, renew));
        let carrier = loop {
            tokio::select! {
                opened = &mut opening => break opened?,
                Some(LogInEvent::OpenBrowser { link }) = links.recv() => self.invite(url, link).await,
            }
        };
        let heard = tokio::time::timeout(GREETING, carrier.greeting()).await;
        heard.unwrap_or_else(|_| Err(late(url))).map_err(Looked::Cause)
    }

    async fn invite(&self, url: &AppUrl, link: String) {
        let host = url.host();
        self.output.invites(&format!("log in in your browser to see that it works ({host})"), &link);
        let chosen = self.profile.settings().browser_of(None).map(str::to_owned);
        access::open_browser(chosen, link).await;
    }
}

/// Why nothing was heard.
enum Looked {
    Access(AccessError),
    Cause(Cause),
}

impl From<AccessError> for Looked {
    fn from(error: AccessError) -> Self {
        Self::Access(error)
    }
}

impl Machine for Here {
    fn note(&mut self, made: &Made) -> Result<(), ShareError> {
        let (token_file, service) = (self.token_file.clone(), self.service.clone());
        self.shares.note(&Made { token_file, service, ..made.clone() })
    }

    async fn start(&mut self, wish: &Wish, tunnel: &str, token: Zeroizing<String>) -> Result<(), ShareError> {
        if let Some(service) = &self.service {
            let installed = as_service::install(&self.profile, service, &wish.server(), &token);
            return installed.map_err(|error| ShareError::Here(as_service::cause(error)));
        }
        self.keep(tunnel, &token).await.map_err(ShareError::Here)?;
        self.run(&wish.hostname, &wish.server(), &token).map_err(ShareError::Here)
    }

    fn ended(&mut self) -> Option<String> {
        if let Some(service) = &self.service {
            let has_ended = matches!(as_service::state(service), Ok(Some(State::Failed) | None));
            return has_ended.then(|| as_service::last_line(service).unwrap_or_default());
        }
        self.connector.as_mut().and_then(Connector::ended)
    }

    async fn pause(&mut self) {
        if let Some(mut connector) = self.connector.take() {
            connector.stop().await;
        }
        if let Some(Err(error)) = self.service.as_ref().map(as_service::uninstall) {
            tracing::warn!(%error, "the service is still there");
        }
    }

    async fn stop(&mut self, tunnel: &str) -> Result<(), ShareError> {
        if let Some(mut connector) = self.connector.take() {
            connector.stop().await;
        }
        match &self.service {
            Some(service) => {
                as_service::uninstall(service).map_err(|error| ShareError::Here(as_service::cause(error)))
            }
            None => self.forget(tunnel).await.map_err(ShareError::Here),
        }
    }

    async fn gate(&self, hostname: &str) -> Result<String, ShareError> {
        let url = app_url(hostname)?;
        let cause = match self.access.discover(&url).await {
            Ok(app) => return Ok(app.audience),
            Err(error) => error.cause(),
        };
        // It answers, and asks nobody for a log-in; a connector that does lets nobody through.
        let is_open = matches!(cause, Cause::NotBehindAccess { .. } | Cause::Blocked { .. });
        Err(if is_open {
            ShareError::NotGuarded { host: hostname.to_owned() }
        } else {
            ShareError::Here(cause)
        })
    }

    async fn prove(&self, wish: &Wish, cancel: &CancellationToken) -> Result<Proof, ShareError> {
        let url = app_url(&wish.hostname)?;
        let heard = tokio::select! {
            () = cancel.cancelled() => return Err(ShareError::CalledOff),
            heard = self.heard(&url, cancel) => heard,
        };
        let cause = match heard {
            Ok(line) => return Ok(Proof::Greeting(line)),
            Err(Looked::Access(error)) => error.cause(),
            Err(Looked::Cause(cause)) => cause,
        };
        let refused = if let Cause::Blocked { email, .. } = &cause { email.clone() } else { None };
        match refused.filter(|email| !wish.allow.iter().any(|whom| whom.includes(email))) {
            Some(email) => Ok(Proof::NotYou { email }),
            None => Err(ShareError::Here(cause)),
        }
    }
}

fn late(url: &AppUrl) -> Cause {
    Cause::TimedOut {
        host: url.host().to_owned(),
        step: "the greeting of the SSH server".to_owned(),
        seconds: GREETING.as_secs(),
    }
}

fn slot(tunnel: &str) -> Slot {
    Slot::Tunnel { id: tunnel.to_owned() }
}

fn app_url(hostname: &str) -> Result<AppUrl, ShareError> {
    hostname.parse().map_err(|error: wire::InvalidAppUrl| {
        ShareError::Here(Cause::InvalidHost { what: error.to_string() })
    })
}

/// Never over a file of somebody else's, and never for anybody else to read.
fn keep_in_file(path: &Path, token: &Zeroizing<String>, again: bool) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(!again).create(again).truncate(again);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(token.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}
