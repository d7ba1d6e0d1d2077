//! Tokens that `cloudflared` left in plain files (`access.md` 4.2), on their way into the vault.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use vault::Slot;
use wire::{AppUrl, Claims, Jwt, Realm, TeamDomain};

use crate::{Access, AccessError};

/// More than any token has, in bytes.
const LARGEST: u64 = 64 * 1024;
/// More files than cloudflared makes.
const MOST_FILES: usize = 2000;

/// A plain file that holds a token; what it says of itself is not verified yet.
#[derive(Clone, Debug)]
pub struct PlainToken {
    path: PathBuf,
    kind: PlainKind,
    ends: Option<i64>,
    slot: Option<Slot>,
    team: Option<TeamDomain>,
}

/// What a plain token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlainKind {
    /// One app, by the hostname in the file's name.
    App {
        /// The hostname, in which `-` may stand for `*` or `/`.
        hostname: String,
    },
    /// All apps of a team.
    Org,
}

/// What became of a plain token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// It is in the vault, and good until then, seconds since the Unix epoch.
    Kept {
        /// Its end.
        until: i64,
    },
    /// The vault has one that lasts at least as long.
    KnownBetter,
    /// It has ended.
    Expired,
    /// It is no token, or of another realm.
    Foreign,
    /// The team's keys did not sign it, or it is not for what its file says.
    Untrusted,
}

impl Adoption {
    /// Whether the file is of no more use.
    #[must_use]
    pub const fn is_spent(self) -> bool {
        match self {
            Self::Kept { .. } | Self::KnownBetter | Self::Expired => true,
            Self::Foreign | Self::Untrusted => false,
        }
    }
}

impl Access {
    /// The tokens that lie in a folder of cloudflared's; the files are read, nobody is asked.
    #[must_use]
    pub fn plain_tokens(&self, folder: &Path) -> Vec<PlainToken> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut found: Vec<PlainToken> = entries
            .flatten()
            .take(MOST_FILES)
            .filter_map(|it| PlainToken::at(it.path(), self.realm()))
            .collect();
        found.sort_by(|one, other| one.path.cmp(&other.path));
        found
    }

    /// Verifies a plain token — signature, audience, end — and keeps it. The file stays.
    ///
    /// # Errors
    /// When the file, the team's keys or the vault cannot be read, or the vault does not take it.
    pub async fn adopt(&self, plain: &PlainToken) -> Result<Adoption, AccessError> {
        let (Some(slot), Some(team)) = (&plain.slot, &plain.team) else { return Ok(Adoption::Foreign) };
        if plain.has_ended(self.clock().now()) {
            return Ok(Adoption::Expired);
        }
        let jwt =
            read(&plain.path).map_err(|source| AccessError::File { path: plain.path.clone(), source })?;
        let Some(payload) = self.keys().verify(team, jwt.reveal()).await? else {
            return Ok(Adoption::Untrusted);
        };
        let signed = serde_json::from_slice::<Claims>(&payload).ok();
        let Some(claims) = signed.filter(|claims| fits(claims, slot)) else {
            return Ok(Adoption::Untrusted);
        };
        if claims.exp < self.clock().now() {
            return Ok(Adoption::Expired);
        }
        let known = self.vault().read(slot).await?.and_then(|jwt| jwt.claims().ok());
        if known.is_some_and(|known| known.exp >= claims.exp) {
            return Ok(Adoption::KnownBetter);
        }
        self.vault().write(slot, &jwt).await?;
        if let Some(url) = plain.app() {
            // Without this the login would be found no sooner than at the first connection.
            let _ = self.discover(&url).await;
        }
        Ok(Adoption::Kept { until: claims.exp })
    }
}

impl PlainToken {
    fn at(path: PathBuf, realm: &Realm) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let stem = name.strip_suffix("-token")?.to_owned();
        if !fs::symlink_metadata(&path).is_ok_and(|it| it.is_file()) {
            return None;
        }
        let claims = read(&path).ok().and_then(|jwt| jwt.claims().ok());
        let ends = claims.as_ref().map(|claims| claims.exp);
        if let Some(domain) = stem.strip_suffix("-org") {
            let team = claims.and(realm.team_domain(domain).ok());
            let slot = team.clone().map(|team| Slot::Org { team });
            return Some(Self { path, kind: PlainKind::Org, ends, slot, team });
        }
        let team = claims.as_ref().and_then(|claims| team_of(claims, realm));
        let named = claims.and_then(|claims| {
            claims.aud.into_iter().find_map(|aud| {
                let hostname = stem.strip_suffix(aud.as_str())?.strip_suffix('-')?.to_owned();
                Some((hostname, Slot::App { audience: aud }))
            })
        });
        let (hostname, slot) = match named {
            Some((hostname, slot)) => (hostname, team.is_some().then_some(slot)),
            None => (stem.rsplit_once('-').map_or(stem.as_str(), |(host, _)| host).to_owned(), None),
        };
        Some(Self { path, kind: PlainKind::App { hostname }, ends, slot, team })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is for, by the name of its file.
    #[must_use]
    pub const fn kind(&self) -> &PlainKind {
        &self.kind
    }

    /// The team whose token it says to be.
    #[must_use]
    pub const fn team(&self) -> Option<&TeamDomain> {
        self.team.as_ref()
    }

    /// Its end as it says, seconds since the Unix epoch; nothing for what is no token.
    #[must_use]
    pub const fn ends(&self) -> Option<i64> {
        self.ends
    }

    /// Whether it says that it ended before `now`.
    #[must_use]
    pub fn has_ended(&self, now: i64) -> bool {
        self.ends.is_some_and(|end| end < now)
    }

    /// Whether it may be of use: a token of this realm that has not ended, by what it says of itself.
    #[must_use]
    pub fn is_usable(&self, now: i64) -> bool {
        self.team.is_some() && self.ends.is_some() && !self.has_ended(now)
    }

    /// The app's URL, where the file's name leaves no doubt.
    #[must_use]
    pub fn app(&self) -> Option<AppUrl> {
        match &self.kind {
            PlainKind::App { hostname } if !hostname.starts_with('-') => hostname.parse().ok(),
            PlainKind::App { .. } | PlainKind::Org => None,
        }
    }

    /// Deletes the file. This cannot be undone.
    ///
    /// # Errors
    /// When it cannot be deleted; one that is gone already is no error.
    pub fn delete(&self) -> Result<(), AccessError> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(AccessError::File { path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

/// Whether signed claims are what the file's name and the unsigned look said.
fn fits(claims: &Claims, slot: &Slot) -> bool {
    match slot {
        Slot::App { audience } => claims.aud.contains(audience),
        Slot::Org { team } => claims.iss == format!("https://{team}"),
        // Those are no signed claims.
        Slot::Service { .. } | Slot::ApiToken | Slot::Tunnel { .. } => false,
    }
}

fn team_of(claims: &Claims, realm: &Realm) -> Option<TeamDomain> {
    realm.team_domain(claims.iss.strip_prefix("https://")?).ok()
}

fn read(path: &Path) -> io::Result<Jwt> {
    let mut text = String::new();
    fs::File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    let jwt = Jwt::new(&text);
    zeroize::Zeroize::zeroize(&mut text);
    Ok(jwt)
}
