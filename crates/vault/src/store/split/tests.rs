//! Splitting, on a store that takes no more than it says and can fail at any step.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A store of small blobs that fails for good after `steps` changes.
#[derive(Default)]
struct Limited {
    largest: usize,
    steps: Cell<Option<usize>>,
    kept: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Limited {
    fn step(&self) -> Result<(), Fault> {
        match self.steps.get() {
            Some(0) => Err(VaultError::Locked.into()),
            Some(left) => {
                self.steps.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Blobs for Limited {
    fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        Ok(self.kept.borrow().get(name).cloned().map(Secret::new))
    }

    fn write(&self, name: &str, blob: &[u8]) -> Result<(), Fault> {
        self.step()?;
        if blob.len() > self.largest {
            return Err(VaultError::TooLarge.into());
        }
        self.kept.borrow_mut().insert(name.into(), blob.into());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        self.step()?;
        Ok(self.kept.borrow_mut().remove(name).is_some())
    }
}

fn split(largest: usize) -> Split<Limited> {
    Split { blobs: Limited { largest, ..Limited::default() }, largest, lock: None }
}

fn read(split: &Split<Limited>) -> Option<Vec<u8>> {
    split.read("n").map_err(|fault| fault.error).unwrap().map(|blob| blob.to_vec())
}

fn write(split: &Split<Limited>, blob: &[u8]) {
    split.write("n", blob).map_err(|fault| fault.error).unwrap();
}

fn blob() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|tail| [MARK.as_bytes(), &tail].concat()),
        Just(Header { count: 2, length: 9, checksum: 1 }.text().into_bytes()),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_nothing_else_stays(
        largest in 48_usize..200, blobs in prop::collection::vec(blob(), 1..6)
    ) {
        let split = split(largest);
        for blob in &blobs {
            write(&split, blob);
            let found = read(&split);
            prop_assert_eq!(found.as_ref(), Some(blob));
            let most = blob.len().div_ceil(largest) + 1;
            prop_assert!(split.blobs.kept.borrow().len() <= most);
        }
        prop_assert!(split.remove("n").map_err(|fault| fault.error).unwrap());
        prop_assert!(split.blobs.kept.borrow().is_empty());
        prop_assert_eq!(read(&split), None);
    }

    #[test]
    fn a_write_that_breaks_off_leaves_the_old_blob_or_the_new(
        old in blob(), new in blob(), steps in 0_usize..20
    ) {
        let split = split(48);
        write(&split, &old);
        split.blobs.steps.set(Some(steps));
        let done = split.write("n", &new).is_ok();
        let found = read(&split);
        prop_assert!(found.as_ref() == Some(&new) || !done && found.as_ref() == Some(&old));
    }

    #[test]
    fn a_changed_or_missing_part_is_damage(
        blob in prop::collection::vec(any::<u8>(), 60..300), at in any::<prop::sample::Index>(), missing: bool
    ) {
        let split = split(48);
        write(&split, &blob);
        let names: Vec<_> = split.blobs.kept.borrow().keys().filter(|name| *name != "n").cloned().collect();
        let name = &names[at.index(names.len())];
        if missing {
            split.blobs.kept.borrow_mut().remove(name);
        } else {
            split.blobs.kept.borrow_mut().get_mut(name).unwrap()[0] ^= 1;
        }
        let fault = split.read("n").err().map(|fault| fault.error);
        prop_assert!(matches!(fault, Some(VaultError::Damaged { .. })), "{:?}", fault);
    }

    #[test]
    fn no_header_is_trusted(tail in "[0-9a-f ]{0,60}") {
        let split = split(200);
        split.blobs.kept.borrow_mut().insert("n".into(), format!("{MARK}{tail}").into_bytes());
        let fault = split.read("n").err().map(|fault| fault.error);
        let empty = Header { count: 0, length: 0, checksum: checksum(b"") };
        let sound = Header::parse(format!("{MARK}{tail}").as_bytes()).flatten() == Some(empty);
        prop_assert_eq!(matches!(fault, Some(VaultError::Damaged { .. })), !sound);
    }
}

#[test]
fn a_token_of_usual_size_takes_four_entries_of_the_credential_manager() {
    let split = split(2560);
    write(&split, &vec![b'e'; 2560]);
    assert_eq!(split.blobs.kept.borrow().len(), 1);
    write(&split, &vec![b'e'; 7000]);
    assert_eq!(split.blobs.kept.borrow().len(), 4);
    let sizes: Vec<_> = split.blobs.kept.borrow().values().map(Vec::len).collect();
    assert_eq!(sizes[1..], [2560, 2560, 1880]);
}
