//! A home folder of its own for each test, and hosts to put into it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ssh_config::{Change, Host, ProxyCommand, SshConfig};
use tempfile::TempDir;

pub(crate) const BEGIN: &str =
    "# >>> sallyport >>>  Written by Sallyport. Change hosts in its window or with `sallyport host`.\n";
pub(crate) const END: &str = "# <<< sallyport <<<\n";
pub(crate) const BUILD: &str = "Host build-01\n  HostName build-01.acme.dev\n  User ada.park\n  \
                         ProxyCommand \"/usr/bin/sallyport\" access ssh --hostname %h\n";
pub(crate) const GPU: &str = "Host gpu\n  HostName gpu.acme.dev\n  \
                       ProxyCommand \"/usr/bin/sallyport\" access ssh --hostname %h\n";

/// The block of these entries as a new file gets it.
pub(crate) fn block(entries: &[&str]) -> String {
    format!("{BEGIN}{}\n\nMatch all\n{END}", entries.join("\n").trim_end())
}

pub(crate) fn build() -> Host {
    Host::new("build-01", "build-01.acme.dev").unwrap().with_user("ada.park").unwrap()
}

pub(crate) fn gpu() -> Host {
    Host::new("gpu", "gpu.acme.dev").unwrap()
}

pub(crate) fn command() -> ProxyCommand {
    ProxyCommand { helper: "/usr/bin/sallyport".into(), profile: None }
}

/// A folder that stands for the person's home.
pub(crate) struct Home(TempDir);

impl Home {
    /// Without a `.ssh` folder.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with(config: impl AsRef<[u8]>) -> Self {
        let home = Self::empty();
        fs::create_dir(home.path(".ssh")).unwrap();
        write(&home.config(), config);
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path(".ssh").join("config")
    }

    pub(crate) fn backup(&self) -> PathBuf {
        self.path(".ssh").join("config.sallyport-backup")
    }

    pub(crate) fn read(&self) -> SshConfig {
        SshConfig::read(&self.config()).unwrap()
    }

    pub(crate) fn plan(&self, hosts: &[Host]) -> Change {
        self.read().plan(hosts, &command()).unwrap()
    }

    /// What a plan makes of the file, as text.
    pub(crate) fn planned(&self, hosts: &[Host]) -> String {
        String::from_utf8(self.plan(hosts).after().to_vec()).unwrap()
    }

    /// Everything below the home: files with content, folders, links with their target.
    pub(crate) fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        list(self.0.path(), &mut found);
        found
    }
}

fn list(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_symlink() {
            found.insert(path.clone(), fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
        } else if metadata.is_dir() {
            found.insert(path.clone(), Vec::new());
            list(&path, found);
        } else if metadata.is_file() {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a fixture that nobody reads meanwhile")]
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::write(path, bytes).unwrap();
}

pub(crate) fn read(path: &Path) -> String {
    String::from_utf8(fs::read(path).unwrap()).unwrap()
}
