//! The three files of a short-lived certificate, named as ssh configurations for `cloudflared` name them.
//!
//! `<host><path>-cf_key`, the same with `.pub`, and with `-cert.pub`. Each is replaced whole, so that an ssh that reads
//! at that moment finds the old one or the new one.

use std::io;
use std::path::{Path, PathBuf};

use access::{Certificate, CertificateKey};
use profile::Profile;
use wire::{AppUrl, Cause};

/// Most bytes of a file that is read: none of ours has a tenth of it.
const LIMIT: u64 = 64 * 1024;

/// Where the files of one app are.
pub(crate) struct CertificateFiles {
    private: PathBuf,
    name: String,
}

impl CertificateFiles {
    /// The files for `app` in the folder of this profile.
    pub(crate) fn of(profile: &Profile, app: &AppUrl) -> Result<Self, Cause> {
        let folder = profile.ssh_keys_dir();
        let homeless = || Cause::Unexpected { what: "no home folder is known".to_owned() };
        let name = name_of(app);
        Ok(Self { private: folder.ok_or_else(homeless)?.join(&name), name })
    }

    /// The name of the private key's file.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The key, if its pair is whole.
    pub(crate) fn key(&self) -> Result<Option<CertificateKey>, Cause> {
        let Some(key) = self.private_key()? else { return Ok(None) };
        restrict(&self.private).map_err(|error| failed(&self.private, &error))?;
        let public = read(&self.beside(".pub"))?.unwrap_or_default();
        Ok((words(&public) == words(&key.public_line())).then_some(key))
    }

    /// The key with its pair made whole; a new one where there is none that can be used.
    pub(crate) fn key_or_new(&self) -> Result<CertificateKey, Cause> {
        if let Some(key) = self.key()? {
            return Ok(key);
        }
        let key = match self.private_key()? {
            Some(key) => key,
            None => self.new_key()?,
        };
        write(&self.beside(".pub"), &format!("{}\n", key.public_line()))?;
        Ok(key)
    }

    /// The certificate at rest, if it can be read as one.
    pub(crate) fn certificate(&self) -> Result<Option<Certificate>, Cause> {
        let line = read(&self.beside("-cert.pub"))?;
        Ok(line.and_then(|line| Certificate::parse(&line).ok()))
    }

    /// Keeps a certificate in place of the last one.
    pub(crate) fn keep(&self, certificate: &Certificate) -> Result<(), Cause> {
        write(&self.beside("-cert.pub"), &format!("{}\n", certificate.line()))
    }

    fn private_key(&self) -> Result<Option<CertificateKey>, Cause> {
        Ok(read(&self.private)?.and_then(|text| CertificateKey::from_pem(&text)))
    }

    fn new_key(&self) -> Result<CertificateKey, Cause> {
        let key = CertificateKey::generate().map_err(|error| error.cause())?;
        write(&self.private, &key.pem())?;
        Ok(key)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.private.with_file_name(format!("{}{ending}", self.name))
    }
}

fn name_of(app: &AppUrl) -> String {
    let path = app.as_url().path();
    let path = if path == "/" { "" } else { path };
    format!("{}{path}-cf_key", app.host()).replace('/', "-")
}

/// Algorithm and key of a public line; a comment after them says nothing.
fn words(line: &str) -> Vec<&str> {
    line.split_ascii_whitespace().take(2).collect()
}

fn read(path: &Path) -> Result<Option<String>, Cause> {
    use io::Read as _;
    let read = || -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        std::fs::File::open(path)?.take(LIMIT).read_to_end(&mut text)?;
        Ok(text)
    };
    match read() {
        Ok(text) => Ok(Some(String::from_utf8_lossy(&text).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, &error)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Cause> {
    profile::write_atomically(path, text.as_bytes()).map_err(|error| failed(path, &error))
}

/// OpenSSH uses no private key that others may read.
fn restrict(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = std::fs::metadata(path)?.permissions();
        if permissions.mode() & 0o077 != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> Cause {
    Cause::ConfigFailed { path: path.display().to_string(), detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> CertificateFiles {
        let profile = Profile::open(Some(folder.to_owned()), &|_| None).unwrap();
        CertificateFiles::of(&profile, &"build-01.acme.dev".parse().unwrap()).unwrap()
    }

    #[test]
    fn names_are_those_that_configurations_know() {
        let name = |text: &str| name_of(&text.parse().unwrap());
        assert_eq!(name("app.sim.test"), "app.sim.test-cf_key");
        assert_eq!(name("app.sim.test:8443"), "app.sim.test-cf_key");
        assert_eq!(name("app.sim.test/some"), "app.sim.test-some-cf_key");
        assert_eq!(name("app.sim.test/a/b"), "app.sim.test-a-b-cf_key");
    }

    #[test]
    fn a_pair_is_made_once_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        assert!(files.key().unwrap().is_none());
        let first = files.key_or_new().unwrap().public_line();
        assert_eq!(files.key_or_new().unwrap().public_line(), first);

        let public = files.beside(".pub");
        std::fs::remove_file(&public).unwrap();
        assert!(files.key().unwrap().is_none(), "half a pair");
        assert_eq!(files.key_or_new().unwrap().public_line(), first, "the private half says it all");

        write(&public, "ecdsa-sha2-nistp256 AAAA of another key\n").unwrap();
        assert_eq!(files.key_or_new().unwrap().public_line(), first);

        for damage in ["", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n"] {
            write(&files.private, damage).unwrap();
            let fresh = files.key_or_new().unwrap().public_line();
            assert_ne!(fresh, first);
            assert_eq!(files.key().unwrap().unwrap().public_line(), fresh);
        }
        std::fs::remove_file(&files.private).unwrap();
        files.key_or_new().unwrap();
        assert!(files.key().unwrap().is_some(), "the private half is back");
    }

    #[cfg(unix)]
    #[test]
    fn files_are_the_owners_alone_even_if_they_were_not() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        files.key_or_new().unwrap();
        assert_eq!((mode(&files.private), mode(&files.beside(".pub"))), (0o600, 0o600));
        assert_eq!(mode(files.private.parent().unwrap()), 0o700);
        std::fs::set_permissions(&files.private, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(files.key().unwrap().is_some());
        assert_eq!(mode(&files.private), 0o600);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        std::fs::create_dir_all(&files.private).unwrap();
        assert!(matches!(files.key(), Err(Cause::ConfigFailed { path, .. }) if path.ends_with("-cf_key")));
    }
}
