//! Secrets that are forgotten when the process ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Blobs, Secret};
use crate::error::Fault;

type Names = BTreeMap<(String, String), Secret>;

// Every vault of one profile in this process sees the same secrets, as with any other place.
static KEPT: Mutex<Names> = Mutex::new(BTreeMap::new());

pub(super) struct Memory {
    pub(super) service: String,
}

impl Memory {
    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Names, (String, String)) -> T) -> T {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut kept, (self.service.clone(), name.to_owned()))
    }
}

impl Blobs for Memory {
    fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        Ok(self.with(name, |kept, key| kept.get(&key).cloned()))
    }

    fn write(&self, name: &str, blob: &[u8]) -> Result<(), Fault> {
        self.with(name, |kept, key| kept.insert(key, Secret::new(blob.to_owned())));
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.with(name, |kept, key| kept.remove(&key).is_some()))
    }
}
