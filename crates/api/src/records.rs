//! DNS records (`cloudflare-api.md` 4).

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::{Api, ApiError};

/// No record has this name, type and content twice: code for one that is there already.
const IDENTICAL: u64 = 81_058;

/// One DNS record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Such as `A` or `CNAME`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The whole hostname.
    pub name: String,
    /// Where it leads.
    pub content: String,
    /// What somebody has noted on it.
    #[serde(default)]
    pub comment: Option<String>,
}

/// The name to which a record has to lead so that a tunnel answers.
#[must_use]
pub fn tunnel_host(tunnel: &str) -> String {
    format!("{tunnel}.cfargotunnel.com")
}

impl Api {
    /// The records of a hostname, whatever their type.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission `DNS Read`.
    pub async fn records(&self, hostname: &str) -> Result<Vec<Record>, ApiError> {
        self.all(&self.records_path(""), &[("name.exact", hostname.to_owned())]).await
    }

    /// Lets a hostname lead to a tunnel, with a note by which the record is known again.
    ///
    /// # Errors
    /// [`ApiError::Refused`] where the hostname leads somewhere already.
    pub async fn create_record(
        &self,
        hostname: &str,
        tunnel: &str,
        comment: &str,
    ) -> Result<Record, ApiError> {
        let body = json!({
            "type": "CNAME", "name": hostname, "content": tunnel_host(tunnel), "proxied": true, "ttl": 1,
            "comment": comment,
        });
        self.call(Method::POST, &self.records_path(""), &[], Some(&body)).await
    }

    /// Lets the hostname of a record lead to a tunnel in place of where it led.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when the record is gone.
    pub async fn point_record(
        &self,
        record: &Record,
        tunnel: &str,
        comment: &str,
    ) -> Result<Record, ApiError> {
        let body = json!({
            "type": "CNAME", "name": record.name, "content": tunnel_host(tunnel), "proxied": true, "ttl": 1,
            "comment": comment,
        });
        self.call(Method::PUT, &self.records_path(&format!("/{}", record.id)), &[], Some(&body)).await
    }

    /// Takes a record away; one that is gone is away.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission `DNS Write`.
    pub async fn delete_record(&self, id: &str) -> Result<(), ApiError> {
        self.remove(&self.records_path(&format!("/{id}"))).await
    }

    fn records_path(&self, rest: &str) -> String {
        format!("/zones/{}/dns_records{rest}", self.zone)
    }
}

impl ApiError {
    /// Whether a record is there already exactly as it was to be made.
    #[must_use]
    pub fn is_identical_record(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == IDENTICAL)
    }
}
