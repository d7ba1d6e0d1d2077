//! What stands before hostnames: the team, its ways to log in, applications, and authorities for SSH certificates
//! (`cloudflare-api.md` 5, 6.1).

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Api, ApiError, Policy};

/// A way to log in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Way {
    /// Its id.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Such as `onetimepin`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccessApp {
    /// Its id.
    pub id: String,
    /// Its audience tag: 64 hex digits.
    pub aud: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Its hostname, and a path where it has one.
    #[serde(default)]
    pub domain: String,
    /// Its policies.
    #[serde(default)]
    pub policies: Vec<Policy>,
}

/// An application that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApp {
    /// What people call it.
    pub name: String,
    /// Its hostname.
    pub hostname: String,
    /// How long a log-in is good, such as `24h`.
    pub session: String,
    /// Id of the policy that says who may enter.
    pub policy: String,
}

#[derive(Deserialize)]
struct Organization {
    auth_domain: String,
}

#[derive(Deserialize)]
struct Authority {
    public_key: String,
}

/// What the API adds to an application, and does not take back.
const ADDED: [&str; 5] = ["id", "uid", "aud", "created_at", "updated_at"];

/// A policy of an application as it is sent: one that applications share goes by its id.
fn named(policy: &mut Value) {
    if policy["reusable"] == true {
        *policy = json!({ "id": policy["id"], "precedence": policy["precedence"] });
    }
}

impl Api {
    /// The account's team: the first label of its domain.
    ///
    /// # Errors
    /// [`ApiError::NoTeam`] where Zero Trust was never switched on.
    pub async fn team(&self) -> Result<String, ApiError> {
        let path = self.of_account("/access/organizations");
        let found: Organization = self.call(Method::GET, &path, &[], None).await?;
        Ok(found.auth_domain.split('.').next().unwrap_or_default().to_owned())
    }

    /// The team's ways to log in.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission to read them.
    pub async fn ways(&self) -> Result<Vec<Way>, ApiError> {
        self.all(&self.of_account("/access/identity_providers"), &[]).await
    }

    /// Adds the way to log in by a code that is sent by e-mail.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission to write them.
    pub async fn create_one_time_pin(&self) -> Result<Way, ApiError> {
        let body = json!({ "name": "One-time PIN login", "type": "onetimepin", "config": {} });
        self.call(Method::POST, &self.of_account("/access/identity_providers"), &[], Some(&body)).await
    }

    /// Takes a way to log in away.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission to write them.
    pub async fn delete_way(&self, id: &str) -> Result<(), ApiError> {
        self.remove(&self.of_account(&format!("/access/identity_providers/{id}"))).await
    }

    /// The applications of exactly this hostname, with or without a path.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission to read them.
    pub async fn apps(&self, hostname: &str) -> Result<Vec<AccessApp>, ApiError> {
        let path = self.of_account("/access/apps");
        let found: Vec<AccessApp> = self.all(&path, &[("domain", hostname.to_owned())]).await?;
        // The filter matches parts of names as well.
        let is_meant = |app: &AccessApp| app.domain.split('/').next() == Some(hostname);
        Ok(found.into_iter().filter(is_meant).collect())
    }

    /// Makes an application that takes SSH from a client such as ours.
    ///
    /// # Errors
    /// [`ApiError::Refused`] where the hostname does not belong to a zone in use.
    pub async fn create_app(&self, app: &NewApp) -> Result<AccessApp, ApiError> {
        // Neither cookie can be kept by an ssh client: `cloudflare-api.md` 5.3.
        let body = json!({
            "name": app.name, "type": "self_hosted", "domain": app.hostname,
            "destinations": [{ "type": "public", "uri": app.hostname }],
            "session_duration": app.session, "app_launcher_visible": false, "skip_interstitial": false,
            "enable_binding_cookie": false, "http_only_cookie_attribute": false,
            "service_auth_401_redirect": true,
            "policies": [{ "id": app.policy, "precedence": 1 }],
        });
        self.call(Method::POST, &self.of_account("/access/apps"), &[], Some(&body)).await
    }

    /// Lets log-ins to an application be good for so long, such as `8h`; all else of it stays.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such application.
    pub async fn set_session(&self, app: &str, session: &str) -> Result<(), ApiError> {
        let path = self.of_account(&format!("/access/apps/{app}"));
        let mut body: Value = self.call(Method::GET, &path, &[], None).await?;
        body["session_duration"] = session.into();
        // What is not sent would be gone; what the API adds, it does not take back.
        if let Some(policies) = body["policies"].as_array_mut() {
            policies.iter_mut().for_each(named);
        }
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|name, _| !ADDED.contains(&name.as_str()));
        }
        self.call::<Value>(Method::PUT, &path, &[], Some(&body)).await.map(drop)
    }

    /// Makes every log-in to an application void: whoever is still let in logs in again.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission to revoke, which is one of its own.
    pub async fn revoke_log_ins(&self, app: &str) -> Result<(), ApiError> {
        let path = self.of_account(&format!("/access/apps/{app}/revoke_tokens"));
        self.call::<Value>(Method::POST, &path, &[], None).await.map(drop)
    }

    /// Takes an application away.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn delete_app(&self, id: &str) -> Result<(), ApiError> {
        self.remove(&self.of_account(&format!("/access/apps/{id}"))).await
    }

    /// Gives an application an authority for SSH certificates: the line that servers are to trust.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn create_authority(&self, app: &str) -> Result<String, ApiError> {
        let path = self.of_account(&format!("/access/apps/{app}/ca"));
        let made: Authority = self.call(Method::POST, &path, &[], None).await?;
        Ok(made.public_key)
    }

    /// The authority of an application, where it has one.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn authority(&self, app: &str) -> Result<Option<String>, ApiError> {
        let path = self.of_account(&format!("/access/apps/{app}/ca"));
        match self.call::<Authority>(Method::GET, &path, &[], None).await {
            Ok(found) => Ok(Some(found.public_key)),
            Err(ApiError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes the authority of an application away.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn delete_authority(&self, app: &str) -> Result<(), ApiError> {
        self.remove(&self.of_account(&format!("/access/apps/{app}/ca"))).await
    }
}
