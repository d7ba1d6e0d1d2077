//! What is simulated, as a plain value: teams, applications, lifetimes and the habits of the connectors behind.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::digest;
use wire::tunnel::TunnelId;

use crate::error::SimError;
use crate::names::NamesPlan;
use crate::rest::AccountPlan;
use crate::tunnel::TunnelPlan;

/// One simulated Cloudflare.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The teams whose login pages exist.
    pub teams: Vec<Team>,
    /// The applications that are published.
    pub apps: Vec<AppPlan>,
    /// The tunnels whose connectors may register.
    pub tunnels: Vec<TunnelPlan>,
    /// The account that owns them.
    pub account: AccountPlan,
    /// Where the edge listens for TLS.
    pub listen: SocketAddr,
    /// Where the browser gateway listens for plain HTTP.
    pub gateway: SocketAddr,
    /// Where connectors dial it, by TCP and by UDP.
    pub connectors: SocketAddr,
    /// Who tells connectors where that is; nobody, unless it is planned.
    pub names: NamesPlan,
    /// How long an app token is valid.
    pub app_token_life: Duration,
    /// How long an org token is valid.
    pub org_token_life: Duration,
    /// How long the transfer service holds a poll before it answers 404; under 60 s (`access.md` 2.4).
    pub poll_hold: Duration,
    /// How the connectors behind the edge behave.
    pub connector: ConnectorHabits,
    /// Who has an account with the identity provider.
    pub people: People,
    /// The folder in which a list is kept of everything secret that is handed out; `SALLYPORT_SIM_SECRETS` names it, and
    /// nothing is listed without.
    pub secrets: Option<PathBuf>,
}

/// One Zero Trust organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its name, the first label of its domain.
    pub name: String,
}

/// Who has an account with the simulated identity provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum People {
    /// Any e-mail address is somebody.
    #[default]
    Anyone,
    /// Only these addresses.
    Known(Vec<String>),
}

/// What a stock connector does to the stream that it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectorHabits {
    /// Keeps only the first 16,384 bytes of each message, as stock connectors do (`access.md` 5.7).
    pub cut_messages: bool,
    /// How often it pings.
    pub ping_every: Duration,
}

/// One published application.
#[derive(Clone, Debug)]
pub struct AppPlan {
    /// Its host; may start with `*.`.
    pub hostname: String,
    /// Path below which it lives; empty for the whole host.
    pub path: String,
    /// The team that it belongs to.
    pub team: String,
    /// What people call it.
    pub name: String,
    /// The TCP server that streams reach.
    pub origin: SocketAddr,
    /// E-mail addresses and `@domain`s that policy lets in; empty for everyone who logs in.
    pub allow: Vec<String>,
    /// Client ids and secrets that are accepted in place of a person.
    pub service_tokens: Vec<(String, String)>,
    /// No Access stands before it: everything is let through.
    pub not_behind_access: bool,
    /// Whether its people get SSH certificates.
    pub certificates: bool,
    /// Whether a token is good for the browser alone that it was given to.
    pub binding_cookie: bool,
    /// Where a bastion may jump to: what clients name, and the address behind the name. Empty for an ordinary app.
    pub jumps: Vec<(String, SocketAddr)>,
    /// A tunnel in place of `origin`: a real connector decides where streams end.
    pub tunnel: Option<TunnelId>,
    /// An audience tag that was drawn when a call made it, in place of one that follows from its names.
    pub audience: Option<String>,
}

impl Plan {
    /// Adds a team.
    #[must_use]
    pub fn team(mut self, name: &str) -> Self {
        self.teams.push(Team { name: name.to_owned() });
        self
    }

    /// Adds an application.
    #[must_use]
    pub fn app(mut self, app: AppPlan) -> Self {
        self.apps.push(app);
        self
    }

    /// Adds a tunnel.
    #[must_use]
    pub fn tunnel(mut self, tunnel: TunnelPlan) -> Self {
        self.tunnels.push(tunnel);
        self
    }

    /// Sets what the account owns besides, and who may call the API.
    #[must_use]
    pub fn account(mut self, account: AccountPlan) -> Self {
        self.account = account;
        self
    }

    /// Sets how long app and org tokens live.
    #[must_use]
    pub fn lifetimes(mut self, app: Duration, org: Duration) -> Self {
        self.app_token_life = app;
        self.org_token_life = org;
        self
    }

    /// Sets how long a poll is held.
    #[must_use]
    pub fn poll_hold(mut self, hold: Duration) -> Self {
        self.poll_hold = hold;
        self
    }

    /// Sets how connectors behave.
    #[must_use]
    pub fn connector(mut self, habits: ConnectorHabits) -> Self {
        self.connector = habits;
        self
    }

    /// Sets who has an account.
    #[must_use]
    pub fn people(mut self, people: People) -> Self {
        self.people = people;
        self
    }

    /// Sets where the edge listens.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    pub(crate) fn check(&self) -> Result<(), SimError> {
        for app in &self.apps {
            if !self.teams.iter().any(|team| team.name == app.team) {
                let what = format!("`{}` belongs to the unknown team `{}`", app.hostname, app.team);
                return Err(SimError::Plan { what });
            }
            if let Some(id) = app.tunnel
                && !self.tunnels.iter().any(|tunnel| tunnel.id == id)
            {
                let what = format!("`{}` is served by the unknown tunnel `{id}`", app.hostname);
                return Err(SimError::Plan { what });
            }
        }
        Ok(())
    }
}

impl Default for Plan {
    fn default() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            teams: Vec::new(),
            apps: Vec::new(),
            tunnels: Vec::new(),
            account: AccountPlan::default(),
            listen: loopback,
            gateway: loopback,
            connectors: loopback,
            names: NamesPlan::default(),
            app_token_life: Duration::from_secs(24 * 3600),
            org_token_life: Duration::from_secs(7 * 24 * 3600),
            poll_hold: Duration::from_secs(25),
            connector: ConnectorHabits::default(),
            people: People::Anyone,
            secrets: std::env::var_os("SALLYPORT_SIM_SECRETS").map(PathBuf::from),
        }
    }
}

impl Team {
    /// Where its login pages and keys are.
    #[must_use]
    pub fn domain(&self) -> String {
        team_domain(&self.name)
    }
}

impl Default for ConnectorHabits {
    fn default() -> Self {
        Self { cut_messages: true, ping_every: wire::limit::CONNECTOR_PING }
    }
}

impl AppPlan {
    /// An application of `team` at `hostname` whose streams reach `origin`.
    #[must_use]
    pub fn new(team: &str, hostname: &str, origin: SocketAddr) -> Self {
        Self {
            hostname: hostname.to_ascii_lowercase(),
            path: String::new(),
            team: team.to_owned(),
            name: hostname.split('.').next().unwrap_or(hostname).to_owned(),
            origin,
            allow: Vec::new(),
            service_tokens: Vec::new(),
            not_behind_access: false,
            certificates: true,
            binding_cookie: false,
            jumps: Vec::new(),
            tunnel: None,
            audience: None,
        }
    }

    /// An application of `team` at `hostname` that a connector of `tunnel` serves.
    #[must_use]
    pub fn through(team: &str, hostname: &str, tunnel: TunnelId) -> Self {
        let nowhere = (Ipv4Addr::LOCALHOST, 9).into();
        Self { tunnel: Some(tunnel), ..Self::new(team, hostname, nowhere) }
    }

    /// Gives it a name for people.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Restricts it to a path.
    #[must_use]
    pub fn below(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Lets in an e-mail address or a `@domain`.
    #[must_use]
    pub fn allow(mut self, whom: &str) -> Self {
        self.allow.push(whom.to_owned());
        self
    }

    /// Accepts a service token.
    #[must_use]
    pub fn service_token(mut self, id: &str, secret: &str) -> Self {
        self.service_tokens.push((id.to_owned(), secret.to_owned()));
        self
    }

    /// Takes Access away.
    #[must_use]
    pub fn not_behind_access(mut self) -> Self {
        self.not_behind_access = true;
        self
    }

    /// Ties tokens to browsers.
    #[must_use]
    pub fn with_binding_cookie(mut self) -> Self {
        self.binding_cookie = true;
        self
    }

    /// Refuses SSH certificates.
    #[must_use]
    pub fn without_certificates(mut self) -> Self {
        self.certificates = false;
        self
    }

    /// Makes it a bastion that can jump to `name`.
    #[must_use]
    pub fn jump(mut self, name: &str, to: SocketAddr) -> Self {
        self.jumps.push((name.to_owned(), to));
        self
    }

    /// Its audience tag: 64 hex digits that stay the same from start to start, unless they were drawn.
    #[must_use]
    pub fn audience(&self) -> String {
        if let Some(drawn) = &self.audience {
            return drawn.clone();
        }
        let name = format!("audience of {} at {}{}", self.team, self.hostname, self.path);
        hex(digest::digest(&digest::SHA256, name.as_bytes()).as_ref())
    }

    /// Host and path as they are configured, the metadata's `app_hostname`.
    #[must_use]
    pub fn app_hostname(&self) -> String {
        format!("{}{}", self.hostname, self.path)
    }

    /// Its team's login host.
    #[must_use]
    pub fn team_domain(&self) -> String {
        team_domain(&self.team)
    }

    pub(crate) fn serves(&self, host: &str, path: &str) -> bool {
        let host_fits = match self.hostname.strip_prefix('*') {
            Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
            None => self.hostname == host,
        };
        host_fits && (self.holds(path) || path.starts_with("/cdn-cgi/access/"))
    }

    /// Whether `path` is this app's path or below it.
    fn holds(&self, path: &str) -> bool {
        let own = self.path.trim_end_matches('/');
        path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }
}

/// Whether `allow` lets `email` in.
pub(crate) fn is_allowed(allow: &[String], email: &str) -> bool {
    let email = email.to_ascii_lowercase();
    allow.is_empty()
        || allow
            .iter()
            .map(|whom| whom.to_ascii_lowercase())
            .any(|whom| if whom.starts_with('@') { email.ends_with(&whom) } else { email == whom })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn team_domain(team: &str) -> String {
    format!("{team}.cloudflareaccess.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> AppPlan {
        AppPlan::new("acme", "*.acme.test", "127.0.0.1:1".parse().unwrap()).below("/foo")
    }

    #[test]
    fn wildcards_and_paths_select_the_app() {
        assert!(app().serves("build.acme.test", "/foo/x"));
        assert!(app().serves("build.acme.test", "/cdn-cgi/access/cli"));
        assert!(app().serves("build.acme.test", "/foo"));
        assert!(!app().serves("build.acme.test", "/foobar"));
        assert!(!app().serves("build.acme.test", "/"));
        let whole = AppPlan { path: String::new(), ..app() };
        assert!(whole.serves("build.acme.test", "/anything"));
        assert!(!app().serves("acme.test", "/foo"));
        assert_eq!(app().app_hostname(), "*.acme.test/foo");
    }

    #[test]
    fn policy_knows_addresses_and_domains() {
        let allow = ["ada@acme.test".to_owned(), "@corp.test".to_owned()];
        assert!(is_allowed(&[], "anyone@x.y"));
        assert!(is_allowed(&allow, "Ada@Acme.test"));
        assert!(is_allowed(&allow, "bob@corp.test"));
        assert!(!is_allowed(&allow, "bob@acme.test"));
        assert!(!is_allowed(&allow, "bob@evilcorp.test"));
    }
}
