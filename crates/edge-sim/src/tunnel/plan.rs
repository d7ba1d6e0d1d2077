//! A tunnel as it is planned: its id, its owner, its secret, and what its connector needs to know.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use wire::tunnel::{Secret, TunnelId};

use crate::random;
use crate::rest::AccountPlan;

/// One tunnel.
#[derive(Clone, Debug)]
pub struct TunnelPlan {
    /// Its id.
    pub id: TunnelId,
    /// Tag of the account that it belongs to.
    pub account: String,
    /// What people call it.
    pub name: String,
    /// What a connector proves itself with.
    pub secret: Secret,
    /// Whether its rules come from the edge.
    pub remotely_managed: bool,
}

impl TunnelPlan {
    /// A tunnel whose id and secret follow from its name, so that they stay the same from start to start.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let hash = |what: &str| digest::digest(&digest::SHA256, format!("{what} of {name}").as_bytes());
        let mut id = [0; 16];
        for (byte, new) in id.iter_mut().zip(hash("id").as_ref()) {
            *byte = *new;
        }
        Self {
            id: TunnelId(random::as_uuid(id)),
            account: AccountPlan::default().id,
            name: name.to_owned(),
            secret: Secret::new(hash("secret").as_ref().to_vec()),
            remotely_managed: false,
        }
    }

    /// Its rules come from the edge.
    #[must_use]
    pub fn remotely_managed(mut self) -> Self {
        self.remotely_managed = true;
        self
    }

    /// The token with which a connector runs it.
    #[must_use]
    pub fn token(&self) -> String {
        let secret = STANDARD.encode(self.secret.expose());
        STANDARD.encode(json!({"a": self.account, "t": self.id.to_string(), "s": secret}).to_string())
    }

    /// The credentials file with which a connector runs it.
    #[must_use]
    pub fn credentials(&self) -> String {
        let secret = STANDARD.encode(self.secret.expose());
        let id = self.id.to_string();
        json!({"AccountTag": self.account, "TunnelSecret": secret, "TunnelID": id, "Endpoint": ""})
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use wire::tunnel::Credentials;

    use super::*;

    #[test]
    fn a_connector_reads_its_token_and_its_file_alike() {
        let plan = TunnelPlan::new("office");
        let from_token = Credentials::from_token(&plan.token()).unwrap();
        let from_file = Credentials::from_file(plan.credentials().as_bytes()).unwrap();
        assert_eq!(from_token, from_file);
        assert_eq!((from_file.tunnel, from_file.secret), (Some(plan.id), plan.secret));
        assert_ne!(plan.id, TunnelPlan::new("home").id);
    }
}
