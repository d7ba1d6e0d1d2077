//! Whose tunnels these are: the file that the log-in left, and the API for its holder.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use api::{Api, ApiError, Filter, OriginCert, Tunnel};
use profile::{Profile, ProfileError};
use wire::Realm;
use wire::tunnel::TunnelId;
use zeroize::Zeroizing;

use super::asked::Asked;
use crate::chosen::{folders, in_home};
use crate::failure::Failure;

/// The name under which the log-in leaves its file.
pub(super) const CERT: &str = "cert.pem";
/// No such file is longer, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What was chosen for a flag.
pub(super) type Choice<'a> = &'a dyn Fn(&str) -> Option<String>;

/// An account at Cloudflare, as its file names it.
pub(super) struct Account {
    pub(super) api: Api,
    pub(super) cert: OriginCert,
    /// Where its file lies, and those of its tunnels.
    pub(super) folder: PathBuf,
}

impl Account {
    /// The account of the file that was named, or of the first one found.
    pub(super) fn open(asked: &Asked) -> Result<Self, Failure> {
        Self::of(&|name| asked.anywhere(name))
    }

    /// The same by whatever says what was chosen.
    pub(super) fn of(chosen: Choice<'_>) -> Result<Self, Failure> {
        let path = place_of_cert(chosen)?;
        let unusable = |what: String| {
            Failure::Unusable(format!(
                "{} cannot be used: {what}; make another with: sallyport tunnel login",
                path.display()
            ))
        };
        let text = text_of(&path).map_err(|error| unusable(error.to_string()))?;
        let cert = OriginCert::from_pem(&text).map_err(|error| unusable(error.to_string()))?;
        let base = chosen("api-url");
        let api = Api::new(&realm(chosen)?, &cert, base.as_deref()).map_err(failed)?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { api, cert, folder })
    }

    /// The id of a tunnel that is named by it, or by its name.
    pub(super) async fn id(&self, named: &str) -> Result<String, Failure> {
        if let Ok(id) = named.parse::<TunnelId>() {
            return Ok(id.to_string());
        }
        let filter = Filter { name: Some(named.to_owned()), ..Filter::default() };
        let found = self.api.list_tunnels(&filter).await.map_err(failed)?;
        // Some filters of the API match parts of names as well.
        let found = found.into_iter().find(|tunnel: &Tunnel| tunnel.name == named);
        found.map(|tunnel| tunnel.id).ok_or_else(|| {
            Failure::Unusable(format!(
                "{named} is neither the ID nor the name of any of your tunnels; see: sallyport tunnel list"
            ))
        })
    }

    /// The file with which a tunnel is run, unless another one was named.
    pub(super) fn credentials_file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

/// What the API said, in the words for causes.
#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
pub(super) fn failed(error: ApiError) -> Failure {
    Failure::Cause(error.cause())
}

/// Where Cloudflare lives.
pub(super) fn realm(chosen: Choice<'_>) -> Result<Realm, Failure> {
    let env = |name: &str| -> Option<OsString> { std::env::var_os(name) };
    match Profile::open(chosen("profile").map(PathBuf::from), &env) {
        Ok(profile) => Ok(profile.realm().clone()),
        Err(ProfileError::NoHome { .. }) => Ok(Realm::production()),
        Err(error) => Err(Failure::Cause(error.cause())),
    }
}

fn place_of_cert(chosen: Choice<'_>) -> Result<PathBuf, Failure> {
    if let Some(named) = chosen("origincert").filter(|named| !named.is_empty()) {
        return Ok(in_home(&named));
    }
    let places = folders();
    let found = places.iter().map(|folder| folder.join(CERT)).find(|path| path.is_file());
    found.ok_or_else(|| {
        let places: Vec<String> = places.iter().map(|folder| folder.display().to_string()).collect();
        Failure::Unusable(format!(
            "no {CERT} in {}: make one with sallyport tunnel login, or name one with --origincert",
            places.join(", ")
        ))
    })
}

fn text_of(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}
