//! Tokens: issued, checked and revoked.

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::faults::{Faults, MetadataFault, TokenFault};
use crate::keys::SigningKey;
use crate::plan::{AppPlan, Plan, hex};
use crate::random;
use crate::secrets::Secrets;

/// Issues tokens and knows which of them still count.
pub(crate) struct Mint {
    key: SigningKey,
    /// Signs what must not verify; made when first needed, because making it takes long.
    foreign: OnceLock<Option<SigningKey>>,
    faults: Faults,
    ledger: Mutex<Ledger>,
    secrets: Secrets,
}

/// A person, as a token names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) email: String,
}

/// The two kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    App,
    Org,
}

#[derive(Default)]
struct Ledger {
    app_life: Duration,
    org_life: Duration,
    issued: Vec<Issued>,
    revoked: BTreeSet<String>,
}

/// One token that was handed out.
struct Issued {
    kind: Kind,
    email: String,
    audience: Value,
    nonce: String,
}

impl Mint {
    /// Puts something on the list of secrets that was made elsewhere.
    pub(crate) fn list_secret(&self, secret: &str) {
        self.secrets.note(secret);
    }

    pub(crate) fn new(plan: &Plan, faults: Faults) -> Result<Self, crate::SimError> {
        let ledger =
            Ledger { app_life: plan.app_token_life, org_life: plan.org_token_life, ..Ledger::default() };
        let key = SigningKey::generate()?;
        let secrets = Secrets::of(plan).map_err(crate::SimError::Secrets)?;
        Ok(Self { key, foreign: OnceLock::new(), faults, ledger: Mutex::new(ledger), secrets })
    }

    pub(crate) fn set_lifetimes(&self, app: Duration, org: Duration) {
        let mut ledger = self.ledger();
        (ledger.app_life, ledger.org_life) = (app, org);
    }

    /// Makes every token of this kind void, of `email` or of everyone.
    pub(crate) fn revoke(&self, kind: Kind, email: Option<&str>) {
        self.void(|issued| issued.kind == kind && email.is_none_or(|email| email == issued.email));
    }

    /// Makes every token void that is for the application of this audience.
    pub(crate) fn revoke_of(&self, audience: &str) {
        self.void(|issued| {
            issued.audience.as_array().is_some_and(|all| all.iter().any(|one| one == audience))
        });
    }

    fn void(&self, is_meant: impl Fn(&Issued) -> bool) {
        let mut ledger = self.ledger();
        let gone: Vec<String> = ledger
            .issued
            .iter()
            .filter(|issued| is_meant(issued))
            .map(|issued| issued.nonce.clone())
            .collect();
        ledger.revoked.extend(gone);
    }

    /// A token for one application, and when it ends.
    pub(crate) fn app_token(
        &self,
        app: &AppPlan,
        who: &Identity,
        fault: Option<TokenFault>,
    ) -> (String, i64) {
        self.issue(Kind::App, json!([app.audience()]), &app.team_domain(), who, fault)
    }

    /// A token for the team, and when it ends.
    pub(crate) fn org_token(
        &self,
        team_domain: &str,
        who: &Identity,
        fault: Option<TokenFault>,
    ) -> (String, i64) {
        let audience = hex(aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            format!("audience of {team_domain}").as_bytes(),
        )
        .as_ref());
        self.issue(Kind::Org, json!(audience), team_domain, who, fault)
    }

    /// Who presents this app token to `app`, if it counts.
    pub(crate) fn app_identity(&self, token: &str, app: &AppPlan) -> Option<Identity> {
        let claims = self.valid(token, Kind::App, &app.team_domain())?;
        let audience = app.audience();
        let meant = claims["aud"].as_array()?.iter().any(|aud| aud == audience.as_str());
        meant.then(|| identity(&claims))?
    }

    /// Who presents this org token to the team, if it counts.
    pub(crate) fn org_identity(&self, token: &str, team_domain: &str) -> Option<Identity> {
        identity(&self.valid(token, Kind::Org, team_domain)?)
    }

    /// The signed description of an application (`access.md` 1.2).
    pub(crate) fn metadata(&self, app: &AppPlan, host: &str) -> Option<String> {
        let fault = self.faults.look(|faulty| faulty.metadata.take());
        let mut claims = json!({
            "auth_domain": app.team_domain(),
            "hostname": host,
            "type": "match",
            "aud": app.audience(),
            "iat": clock::now(&self.faults),
            "app_hostname": app.app_hostname(),
        });
        let Some(fault) = fault else { return Some(self.key.sign(&claims, true)) };
        match fault {
            MetadataFault::Missing => return None,
            MetadataFault::Garbage => return Some("not.a.token".to_owned()),
            MetadataFault::WrongSignature => return Some(self.forged(&claims)),
            MetadataFault::NoKeyId => return Some(self.key.sign(&claims, false)),
            MetadataFault::WrongHost => claims["hostname"] = json!("elsewhere.example"),
            MetadataFault::TooOld => claims["iat"] = json!(clock::now(&self.faults) - 25 * 3600),
            MetadataFault::InFuture => claims["iat"] = json!(clock::now(&self.faults) + 600),
            MetadataFault::WrongType => claims["type"] = json!("none"),
            MetadataFault::ForeignTeam => {
                claims["auth_domain"] = json!("acme.cloudflareaccess.com.evil.test")
            }
            MetadataFault::NoAudience => claims["aud"] = json!(""),
        }
        Some(self.key.sign(&claims, true))
    }

    pub(crate) fn jwk(&self) -> Value {
        self.key.jwk()
    }

    /// What is wrong with the next tokens that a program gets.
    pub(crate) fn fault(&self) -> Option<TokenFault> {
        self.faults.look(|faulty| faulty.tokens.take())
    }

    fn issue(
        &self,
        kind: Kind,
        audience: Value,
        team_domain: &str,
        who: &Identity,
        fault: Option<TokenFault>,
    ) -> (String, i64) {
        let now = clock::now(&self.faults);
        let nonce = random::name();
        let ends = match fault {
            Some(TokenFault::Expired) => now - 60,
            Some(TokenFault::OtherAudience | TokenFault::WrongSignature) | None => now + self.life(kind),
        };
        let audience = match (fault, kind) {
            (Some(TokenFault::OtherAudience), Kind::App) => json!(["0".repeat(64)]),
            _ => audience,
        };
        let claims = json!({
            "aud": audience,
            "email": who.email,
            "exp": ends,
            "iat": now,
            "nbf": now,
            "iss": format!("https://{team_domain}"),
            "type": kind.name(),
            "identity_nonce": nonce,
            "sub": subject(&who.email),
        });
        let audience = claims["aud"].clone();
        self.ledger().issued.push(Issued { kind, email: who.email.clone(), audience, nonce });
        let token = match fault {
            Some(TokenFault::WrongSignature) => self.forged(&claims),
            Some(TokenFault::OtherAudience | TokenFault::Expired) | None => self.key.sign(&claims, true),
        };
        self.secrets.note(&token);
        (token, ends)
    }

    fn forged(&self, claims: &Value) -> String {
        match self.foreign.get_or_init(|| SigningKey::generate().ok()) {
            Some(foreign) => foreign.sign_as(&self.key, claims),
            None => "not.a.token".to_owned(),
        }
    }

    fn valid(&self, token: &str, kind: Kind, team_domain: &str) -> Option<Value> {
        let claims = self.key.verify(token)?;
        let fresh = clock::now(&self.faults) <= claims["exp"].as_i64()?;
        let ours = claims["iss"] == format!("https://{team_domain}") && claims["type"] == kind.name();
        let standing = !self.ledger().revoked.contains(claims["identity_nonce"].as_str()?);
        (fresh && ours && standing).then_some(claims)
    }

    fn life(&self, kind: Kind) -> i64 {
        let ledger = self.ledger();
        let life = match kind {
            Kind::App => ledger.app_life,
            Kind::Org => ledger.org_life,
        };
        i64::try_from(life.as_secs()).unwrap_or(i64::MAX / 2)
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Org => "org",
        }
    }
}

fn identity(claims: &Value) -> Option<Identity> {
    Some(Identity { email: claims["email"].as_str()?.to_owned() })
}

/// A stable identifier in the shape of a UUID.
fn subject(email: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, email.as_bytes());
    let digits = hex(digest.as_ref());
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32])
}
