//! What a first host needs.

use wire::Cause;

/// What a first host needs, and whether it is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// How ssh names itself, such as `OpenSSH_9.2p1`; nothing when there is none.
    pub ssh: Option<String>,
    /// Where logins are kept, or why they cannot be.
    pub vault: Result<KeptIn, Cause>,
    /// Whether there is a program that opens links.
    pub browser: bool,
}

/// Where logins are kept, as it was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptIn {
    /// In the system's keychain.
    #[default]
    Keychain,
    /// In a file that only its owner can read.
    File,
    /// In memory, for as long as the program runs.
    Memory,
}
