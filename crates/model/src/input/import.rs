//! What cloudflared has left on this machine, and what was taken over.

use wire::{Cause, LeftAlone, Replaced};

/// What a person made for cloudflared on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportFact {
    /// Entries of the ssh config that use it, in the order in which ssh reads them.
    pub entries: Vec<ImportEntry>,
    /// Logins that lie in its plain files and have not ended.
    pub logins: Vec<PlainLogin>,
    /// The folder in which they lie, as a person writes it.
    pub logins_label: String,
    /// Why included files could not be looked at.
    pub unread: Vec<Cause>,
}

/// An entry of the ssh config that uses cloudflared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportEntry {
    /// The names or patterns of its header.
    pub names: Vec<String>,
    /// The app's hostname, if it has one.
    pub hostname: Option<String>,
    /// The file in which it stands, as a person writes it.
    pub file: String,
    /// The line of its header, from 1.
    pub line: usize,
    /// What would become of it, or why it stays.
    pub verdict: Result<Replaced, LeftAlone>,
}

/// A login in a plain file: for whom and until when, never the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainLogin {
    /// The team, or the hostname.
    pub name: String,
    /// Its end as it says, seconds since the Unix epoch.
    pub until: i64,
}

/// What an import has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many hosts came into the managed block.
    pub hosts: usize,
    /// How many logins came into the vault.
    pub logins: usize,
    /// How many plain files of logins were deleted.
    pub deleted: usize,
    /// What kept a login from being copied or its file from being deleted; the hosts are there all the same.
    pub trouble: Option<Cause>,
}
