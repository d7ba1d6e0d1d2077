//! Small JSON files that several processes read and replace.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::AccessError;

/// Replaces `path` at once: a reader sees the old file or the new one, never half of either.
pub(crate) fn replace(path: &Path, value: &impl Serialize) -> Result<(), AccessError> {
    serde_json::to_vec(value)
        .map_err(io::Error::from)
        .and_then(|json| profile::write_atomically(path, &json))
        .map_err(|source| AccessError::File { path: path.to_owned(), source })
}
