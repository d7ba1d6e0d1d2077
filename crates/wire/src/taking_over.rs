//! What an import does with an entry of the ssh config, or why it leaves it: closed lists, for `model` to put into words.

use serde::{Deserialize, Serialize};

/// What keeps an entry from being taken over. Serialised as `{"kind": "many-hosts", …}`, a stable name for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields repeat the words of their variant's sentence")]
pub enum LeftAlone {
    /// A host of that name is in the managed block.
    AlreadyHere,
    /// It counts only sometimes: a `Match` of another kind, or an `Include` inside an entry.
    Condition,
    /// ssh does not heed it, because a line before it decides.
    EarlierEntry { line: usize },
    /// It is for Cloudflare for Government.
    Government,
    /// It sends headers of its own.
    Headers,
    /// It is a pattern, or for every host.
    ManyHosts,
    /// Its command does more than run `cloudflared access ssh`.
    OtherCommand,
    /// Its file must not be written.
    ReadOnly { path: String },
    /// The secret of a service token stands in it.
    ServiceToken,
    /// It names something that no entry of ours can hold.
    Unwritable { what: String },
}

/// What of an entry was cloudflared's. Serialised as `"bastion"` …, a stable name for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replaced {
    /// The command that reaches a bastion, with a destination behind it.
    Bastion,
    /// The step that fetches a short-lived certificate.
    Certificate,
    /// The command alone.
    Command,
}
