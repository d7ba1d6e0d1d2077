//! Keeps the page's TypeScript types equal to the types here: `make bindings` writes them, every other run compares.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use crate::{Request, Snapshot};

#[test]
fn bindings_are_current() {
    let committed = Config::from_env().out_dir().to_owned();
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        let _ = fs::remove_dir_all(&committed);
        write(&committed);
    }
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path());
    let (committed, fresh) = (read(&committed), read(fresh.path()));
    assert!(fresh.len() > 30, "the types of the page were not found");
    let names: Vec<_> = fresh.keys().chain(committed.keys()).collect();
    let stale: Vec<_> = names.into_iter().filter(|name| fresh.get(*name) != committed.get(*name)).collect();
    assert!(stale.is_empty(), "run `make bindings` and commit: {stale:?}");
}

fn write(folder: &Path) {
    let config = Config::from_env().with_out_dir(folder);
    Snapshot::export_all(&config).unwrap();
    Request::export_all(&config).unwrap();
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files
        .map(|file| (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap()))
        .collect()
}
