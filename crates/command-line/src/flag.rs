//! Short ways to write a flag in a table.

use crate::{Flag, Takes};

pub(crate) const fn switch(name: &'static str, env: &'static [&'static str], help: &'static str) -> Flag {
    Flag { name, aliases: &[], env, takes: Takes::Nothing, help }
}

pub(crate) const fn value(name: &'static str, env: &'static [&'static str], help: &'static str) -> Flag {
    Flag { name, aliases: &[], env, takes: Takes::Value, help }
}

pub(crate) const fn values(name: &'static str, env: &'static [&'static str], help: &'static str) -> Flag {
    Flag { name, aliases: &[], env, takes: Takes::Values, help }
}

impl Flag {
    pub(crate) const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}
