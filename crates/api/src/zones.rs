//! Who calls, and the domains that they have (`cloudflare-api.md` 1.2, 2).

use reqwest::Method;
use serde::Deserialize;

use crate::{Api, ApiError};

/// Most zones to a page.
const PAGE: usize = 50;

/// What the API says of a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TokenStatus {
    /// Its id, which is no secret.
    pub id: String,
    /// `active`, `disabled` or `expired`.
    pub status: String,
}

/// A domain at Cloudflare.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Zone {
    /// Its id.
    pub id: String,
    /// The domain.
    pub name: String,
    /// `active`, or why it is not in use yet, such as `pending`.
    pub status: String,
    /// Whose it is.
    pub account: Owner,
}

/// The account that a zone belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// Its tag.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
}

impl Api {
    /// Whether the token is good. What it may do is not told.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] when it is not.
    pub async fn verify_token(&self) -> Result<TokenStatus, ApiError> {
        self.call(Method::GET, "/user/tokens/verify", &[], None).await
    }

    /// The domains that the token may read, in use or not.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission `Zone Read`.
    pub async fn zones(&self) -> Result<Vec<Zone>, ApiError> {
        self.paged("/zones", &[], PAGE).await
    }
}
