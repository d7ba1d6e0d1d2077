//! The name that the program was called by: its own, or `cloudflared`, in whose place a link may put it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Whose command line is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// Its own, with everything there is.
    Sallyport,
    /// That of `cloudflared`, with what both know.
    Cloudflared,
}

/// The release of `cloudflared` whose command line is answered.
const RELEASE: &str = "2026.8.2";
const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

impl Called {
    /// By which name this process was called.
    pub(crate) fn now() -> Self {
        std::env::args_os().next().map_or(Self::Sallyport, |word| Self::by(&word))
    }

    fn by(word: &OsStr) -> Self {
        let name = Path::new(word).file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        // Downloads have the system in their names, as in `cloudflared-linux-amd64`.
        match name.strip_prefix("cloudflared") {
            Some(rest) if rest.is_empty() || rest.starts_with('-') => Self::Cloudflared,
            Some(_) | None => Self::Sallyport,
        }
    }

    /// That name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sallyport => "sallyport",
            Self::Cloudflared => "cloudflared",
        }
    }

    /// The number of the version that is answered for.
    pub(crate) const fn number(self) -> &'static str {
        match self {
            Self::Sallyport => OWN_VERSION,
            Self::Cloudflared => RELEASE,
        }
    }

    /// The version in the form that scripts take apart, and who it is really.
    pub(crate) fn version(self) -> String {
        match self {
            Self::Sallyport => OWN_VERSION.to_owned(),
            Self::Cloudflared => format!("{RELEASE} (built as sallyport {OWN_VERSION})"),
        }
    }
}

/// Where this program lies, by the name that it was called by: a link stays when what it leads to is replaced.
pub(crate) fn path() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from(Called::now().name()));
    let Some(word) = std::env::args_os().next().map(PathBuf::from) else { return own };
    let folders = std::env::var_os("PATH").unwrap_or_default();
    link(&word, &own, std::env::split_paths(&folders)).unwrap_or(own)
}

/// What `word` names, if that is `own` under another name.
fn link(word: &Path, own: &Path, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let real = own.canonicalize().ok()?;
    let is_own = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == real);
    if word.components().nth(1).is_some() {
        return std::path::absolute(word).ok().filter(is_own);
    }
    folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(word)).find(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_either_name_are_told_apart() {
        for name in
            ["cloudflared", "/usr/local/bin/cloudflared", "cloudflared.exe", "./cloudflared-linux-amd64"]
        {
            assert_eq!(Called::by(OsStr::new(name)), Called::Cloudflared, "{name}");
        }
        for name in ["sallyport", "cloudflaredish", "", "/opt/cloudflared/sallyport"] {
            assert_eq!(Called::by(OsStr::new(name)), Called::Sallyport, "{name}");
        }
    }

    #[test]
    fn the_number_stands_where_scripts_look_for_it() {
        let line = format!("cloudflared version {}", Called::Cloudflared.version());
        assert_eq!(line.split(' ').nth(2), Some(Called::Cloudflared.number()));
        assert!(line.contains(" (built as sallyport "), "{line}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_named_rather_than_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["own", "other"] {
            std::fs::File::create(at(name)).unwrap();
        }
        std::os::unix::fs::symlink(at("own"), at("cloudflared")).unwrap();
        let found = |word: &Path| link(word, &at("own"), [folder.path().to_path_buf()].into_iter());
        assert_eq!(found(&at("cloudflared")), Some(at("cloudflared")));
        assert_eq!(found(Path::new("cloudflared")), Some(at("cloudflared")));
        assert_eq!(found(Path::new("other")), None);
        assert_eq!(found(Path::new("nothing")), None);
    }
}
