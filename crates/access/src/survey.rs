//! The way to an app in single steps, for whoever wants to know which of them fails.

use std::net::SocketAddr;

use profile::Way;
use wire::AppUrl;

use crate::{Access, AccessError, issuer};

impl Access {
    /// Whether a proxy leads to the app.
    #[must_use]
    pub fn way(&self, url: &AppUrl) -> Way<'_> {
        self.dialler().way(url.host(), url.port())
    }

    /// The addresses of the app's name: by the realm's routes, else by the system's resolver.
    ///
    /// # Errors
    /// When there is none.
    pub async fn addresses(&self, url: &AppUrl) -> Result<Vec<SocketAddr>, AccessError> {
        self.dialler().addresses(url.host(), url.port()).await
    }

    /// Connects and finishes the TLS handshake, says nothing, and names who issued the server's certificate: its
    /// organisation and name, where they can be read.
    ///
    /// # Errors
    /// Why there is no secured connection.
    pub async fn secures(&self, url: &AppUrl) -> Result<Option<String>, AccessError> {
        let link = self.dialler().link(url.host(), url.port()).await?;
        let (_, session) = link.get_ref();
        let leaf = session.peer_certificates().and_then(|chain| chain.first());
        Ok(leaf.and_then(|leaf| issuer::of(leaf)))
    }

    /// How many seconds this machine's clock is ahead of the edge's, by one small request; `None` when the edge does not
    /// tell the time.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn clock_ahead(&self, url: &AppUrl) -> Result<Option<i64>, AccessError> {
        let answer = self.ask_for_metadata(url).await?;
        Ok(answer.clock_ahead(self.clock().now()))
    }
}
