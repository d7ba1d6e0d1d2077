//! The rules that a tunnel gets from the edge (`cloudflare-api.md` 3.6).

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Api, ApiError};

/// A tunnel's rules as the edge has them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Configuration {
    /// Counts the changes.
    #[serde(default)]
    pub version: u64,
    /// `{"ingress": […], …}`, or null where nobody has set any.
    #[serde(default)]
    pub config: Value,
}

impl Api {
    /// The rules of a tunnel.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such tunnel.
    pub async fn configuration(&self, tunnel: &str) -> Result<Configuration, ApiError> {
        self.call(Method::GET, &self.configuration_path(tunnel), &[], None).await
    }

    /// Replaces all the rules of a tunnel.
    ///
    /// # Errors
    /// [`ApiError::Refused`] where the rules are not valid.
    pub async fn configure(&self, tunnel: &str, config: &Value) -> Result<Configuration, ApiError> {
        let body = json!({ "config": config });
        self.call(Method::PUT, &self.configuration_path(tunnel), &[], Some(&body)).await
    }

    fn configuration_path(&self, tunnel: &str) -> String {
        self.of_account(&format!("/cfd_tunnel/{tunnel}/configurations"))
    }
}
