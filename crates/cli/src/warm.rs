//! The helper's side of warm connections: somebody keeps one ready, and carries what ssh hands to us.

use std::io;
use std::os::fd::AsFd as _;

use access::{Access, DialOptions};
use ipc::{Elsewhere, Keeper, Machine, Take};
use wire::{AppToken, AppUrl, Cause};

use crate::context::Context;
use crate::stdio::Restored;

/// A connection that is ready, and that may yet be refused.
pub(crate) struct Ready(Keeper);

/// A stream that another process carries. Both ends are left as they were found when it has ended.
pub(crate) struct Carried {
    stream: Elsewhere,
    _restored: Restored,
}

/// Looks for a connection that is ready for this app; without one this costs one system call.
pub(crate) async fn find(context: &Context, app: &AppUrl, options: &DialOptions) -> Option<Ready> {
    // Another place or another Cloudflare is nobody's business but this program's.
    if options.detour.is_some() || context.government {
        return None;
    }
    let address = context.profile.warm_address(app.host(), app.port())?;
    match Keeper::find(&address).await {
        Ok(found) => found.map(Ready),
        Err(error) => {
            tracing::debug!(%error, "no use of the warm connection");
            None
        }
    }
}

impl Ready {
    /// Hands stdin and stdout over; `None` when nothing came of it and nothing was read.
    pub(crate) async fn carry(
        self,
        access: &Access,
        app: &AppUrl,
        token: Option<&AppToken>,
        options: &DialOptions,
    ) -> Option<Carried> {
        let take = Take {
            app: app.clone(),
            token: token.map(|token| token.0.clone()),
            way: access.way_to(app),
            destination: options.destination.clone(),
            machine: options
                .service_token
                .as_ref()
                .map(|it| Machine { id: it.id.clone(), secret: it.secret.clone() }),
            headers: options.headers.clone(),
        };
        let restored = Restored::remember();
        let (stdin, stdout) = (io::stdin(), io::stdout());
        match self.0.give(&take, stdin.as_fd(), stdout.as_fd()).await {
            Ok(Some(stream)) => Some(Carried { stream, _restored: restored }),
            Ok(None) => {
                tracing::debug!("the warm connection was refused");
                None
            }
            Err(error) => {
                tracing::debug!(%error, "no use of the warm connection");
                None
            }
        }
    }
}

impl Carried {
    /// Waits until the stream has ended.
    pub(crate) async fn ended(self) -> Result<(), Cause> {
        match self.stream.ended().await {
            Ok(cause) => cause.map_or(Ok(()), Err),
            Err(error) => {
                tracing::debug!(%error, "who carried the stream is gone");
                Err(Cause::Unexpected { what: "the process that carried this stream has ended".to_owned() })
            }
        }
    }
}
