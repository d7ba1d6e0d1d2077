//! A network that wants a log-in of its own answers in the place of every host, and mostly not in TLS.

use profile::Way;
use wire::AppUrl;

use crate::classify::{Asked, Presented, Question, in_the_clear};
use crate::error::Step;
use crate::http::{self as net};
use crate::reach::{Link, limited};
use crate::{Access, AccessError, Detour, DialOptions, limit};

impl Access {
    /// Opens a secured connection to the app, or says why there is none.
    pub(crate) async fn link(&self, url: &AppUrl) -> Result<Link, AccessError> {
        match self.dialler().link(url.host(), url.port()).await {
            Err(error) if error.may_be_of_portal() => Err(self.seen_by_portal(url, error).await),
            settled => settled,
        }
    }

    /// The same, or one to where the options lead instead.
    pub(crate) async fn link_with(&self, url: &AppUrl, options: &DialOptions) -> Result<Link, AccessError> {
        match &options.detour {
            Some(Detour { host, port, name }) => self.dialler().link_as(name, host, *port).await,
            None => self.link(url).await,
        }
    }

    /// Asks in the clear what stands there. Nothing goes along but the name, which every connection shows.
    async fn seen_by_portal(&self, url: &AppUrl, error: AccessError) -> AccessError {
        if !matches!(self.way(url), Way::Direct) {
            return error;
        }
        let asked = Asked {
            url: url.as_url(),
            what: Question::App,
            known: self.known_app(url).is_some(),
            presented: Presented::Nobody,
        };
        let asking = async {
            let socket = self.dialler().unsecured(url.host()).await?;
            net::ask_in_the_clear(socket, url.as_url()).await
        };
        match limited(url.host(), Step::Describing, limit::PORTAL, asking).await {
            Ok(answer) => in_the_clear(&asked, &answer).map_or(error, AccessError::Told),
            Err(silent) => {
                tracing::debug!(%silent, "nothing answers in the clear");
                error
            }
        }
    }
}
