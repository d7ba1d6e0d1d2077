//! Where open files cannot be handed to another process, no connection is ready.

use std::future::{Ready as Done, ready};

use access::{Access, DialOptions};
use wire::{AppToken, AppUrl, Cause};

use crate::context::Context;

/// There is none.
pub(crate) enum Ready {}

/// There is none.
pub(crate) enum Carried {}

/// Finds nothing.
pub(crate) fn find(_context: &Context, _app: &AppUrl, _options: &DialOptions) -> Done<Option<Ready>> {
    ready(None)
}

impl Ready {
    /// Never called.
    pub(crate) fn carry(
        self,
        _access: &Access,
        _app: &AppUrl,
        _token: Option<&AppToken>,
        _options: &DialOptions,
    ) -> Done<Option<Carried>> {
        match self {}
    }
}

impl Carried {
    /// Never called.
    pub(crate) fn ended(self) -> Done<Result<(), Cause>> {
        match self {}
    }
}
