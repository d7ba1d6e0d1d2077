//! Short-lived certificates that an agent holds: what there is, and whether it is for the account that ssh logs in to.

use access::{Access, App, Certificate, Renewal, TokenSource};
use profile::DesktopAddress;
use ssh_config::Host;
use wire::{AppToken, AppUrl, Cause};

use crate::commands::carry::tell_of_failure;
use crate::commands::status::local_time;
use crate::context::Context;
use crate::say;
use crate::tokens::{self, Announce};

/// How one host's certificate stands, for those hosts that log in by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An agent has it.
    AtHand(Certificate),
    /// An agent gets it when ssh asks.
    OnDemand,
    /// There is none, and why.
    Nothing(Cause),
}

impl Standing {
    /// In words, as part of a line.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::AtHand(certificate) => in_words(certificate),
            Self::OnDemand => "certificate when ssh asks".to_owned(),
            Self::Nothing(Cause::NoAgent { .. }) => "no agent runs for its certificate".to_owned(),
            Self::Nothing(_) => "no certificate".to_owned(),
        }
    }

    /// For scripts; the names are stable.
    pub(crate) fn as_json(&self) -> serde_json::Value {
        let state = match self {
            Self::AtHand(_) => "valid",
            Self::OnDemand => "on-demand",
            Self::Nothing(Cause::NoAgent { .. }) => "no-agent",
            Self::Nothing(_) => "none",
        };
        let (certificate, cause) = match self {
            Self::AtHand(certificate) => (Some(certificate), None),
            Self::OnDemand => (None, None),
            Self::Nothing(cause) => (None, Some(cause.kind())),
        };
        let until = certificate.and_then(|it| jiff::Timestamp::from_second(it.until).ok());
        serde_json::json!({
            "state": state,
            "principals": certificate.map(|it| &it.principals),
            "until": until.map(|at| at.to_string()),
            "cause": cause,
        })
    }
}

/// For whom a certificate is, and until when.
pub(crate) fn in_words(certificate: &Certificate) -> String {
    let until = local_time(certificate.until, jiff::Timestamp::now().as_second());
    format!("certificate for {} until {until}", certificate.principals.join(", "))
}

/// How the certificate of `host` stands; `None` when it does not log in by one.
pub(crate) async fn standing(host: &Host) -> Option<Standing> {
    let address = DesktopAddress::of_ssh_config(host.agent.as_deref()?);
    Some(match access::ask_agent(&address, &host.hostname, false).await {
        Ok(Some(certificate)) => Standing::AtHand(certificate),
        Ok(None) => Standing::OnDemand,
        Err(cause) => Standing::Nothing(cause),
    })
}

/// Tells on stderr why a host that logs in by a certificate will not let this person in, before ssh finds out.
pub(crate) async fn warn(context: &Context, app: &AppUrl) {
    let hosts = hosts_of(context, app);
    let Some(address) = hosts.iter().find_map(|host| host.agent.as_deref()) else { return };
    let address = DesktopAddress::of_ssh_config(address);
    match access::ask_agent(&address, app.host(), true).await {
        Ok(Some(certificate)) => {
            if let Some(cause) = other_account(&hosts, &certificate) {
                say::problem(&cause);
            }
        }
        Ok(None) => {}
        Err(cause) => {
            say::problem(&cause);
            tell_of_failure(context, app, &cause).await;
        }
    }
}

/// What is wrong when none of the names under which an app is known logs in to an account of the certificate. ssh does
/// not tell which of them was typed.
pub(crate) fn other_account(hosts: &[Host], certificate: &Certificate) -> Option<Cause> {
    let principals = &certificate.principals;
    let fits = |host: &Host| host.user.as_ref().is_none_or(|user| principals.contains(user));
    let first = hosts.first()?;
    let told = !principals.is_empty() && !hosts.iter().any(fits);
    told.then(|| Cause::OtherAccount {
        host: first.alias.clone(),
        user: first.user.clone().unwrap_or_default(),
        principals: principals.clone(),
    })
}

fn hosts_of(context: &Context, app: &AppUrl) -> Vec<Host> {
    let is_meant = |host: &Host| host.agent.is_some() && host.hostname.eq_ignore_ascii_case(app.host());
    context.hosts().unwrap_or_default().into_iter().filter(is_meant).collect()
}

/// The ways of this program to a token.
pub(crate) struct Tokens {
    pub(crate) context: Context,
    pub(crate) access: Access,
}

impl TokenSource for Tokens {
    async fn token(&self, url: &AppUrl, rejected: Option<Renewal>) -> Result<(App, AppToken), Cause> {
        let (context, access) = (&self.context, &self.access);
        let wanted = match rejected {
            Some(renewal) => renewal,
            None => {
                let present = tokens::at_hand(context, access, url).await.map_err(|error| error.cause())?;
                let app = match access.known_app(url) {
                    Some(app) => app,
                    None => access.discover(url).await.map_err(|error| error.cause())?,
                };
                if let Some(token) = present {
                    return Ok((app, token));
                }
                Renewal { app, rejected: None }
            }
        };
        let token = tokens::obtain(context, access, &wanted, Announce::AfterBrowser).await?;
        Ok((wanted.app, token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by ssh-keygen for `ada` and `build`.
    const CERTIFICATE: &str = include_str!("../../access/src/certificate/fixtures/user-cert.pub");

    fn host(alias: &str, user: Option<&str>) -> Host {
        let host = Host::new(alias, "build-01.acme.dev").unwrap();
        user.map_or(host.clone(), |user| host.with_user(user).unwrap())
    }

    #[test]
    fn an_account_that_is_no_principal_is_told() {
        let certificate = Certificate::parse(CERTIFICATE).unwrap();
        let other = |hosts: &[Host]| other_account(hosts, &certificate);
        assert_eq!(other(&[host("a", Some("build"))]), None);
        assert_eq!(other(&[host("a", None)]), None, "ssh decides");
        assert_eq!(other(&[host("a", Some("root")), host("b", Some("ada"))]), None, "perhaps b was typed");
        let told = Cause::OtherAccount {
            host: "a".to_owned(),
            user: "root".to_owned(),
            principals: vec!["ada".to_owned(), "build".to_owned()],
        };
        assert_eq!(other(&[host("a", Some("root")), host("b", Some("git"))]), Some(told));
    }
}
