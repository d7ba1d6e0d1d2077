//! DNS records (`cloudflare-api.md` 4).

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Api, ApiError};

/// No record has this name, type and content twice: code for one that is there already.
const IDENTICAL: u64 = 81_058;

/// One DNS record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
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
    /// Whether Cloudflare answers in its place.
    #[serde(default)]
    pub proxied: bool,
    /// Time to live in seconds; 1 lets Cloudflare choose.
    #[serde(default = "automatic")]
    pub ttl: u64,
}

fn automatic() -> u64 {
    1
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

    /// Lets the hostname of a record lead to a tunnel in place of where it led; what else is noted on it stays.
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
        self.call(Method::PATCH, &self.records_path(&format!("/{}", record.id)), &[], Some(&body)).await
    }

    /// Lets the hostname of a record lead again where it once led.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when the record is gone.
    pub async fn restore_record(&self, before: &Record) -> Result<Record, ApiError> {
        let body = json!({
            "type": before.kind, "name": before.name, "content": before.content, "proxied": before.proxied,
            "ttl": before.ttl, "comment": before.comment.as_deref().unwrap_or_default(),
        });
        self.call(Method::PATCH, &self.records_path(&format!("/{}", before.id)), &[], Some(&body)).await
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
