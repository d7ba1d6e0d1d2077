//! The vaults that a person can choose in the keychain's place.

#![expect(clippy::unwrap_used, reason = "fixtures fail as loudly as the tests they serve")]

use std::fs;
use std::path::Path;

use profile::{Profile, Settings, VaultChoice};
use vault::{Slot, Vault, VaultError};
use wire::Jwt;

fn open(dir: &Path, vault: VaultChoice) -> Profile {
    let profile = Profile::open(Some(dir.to_owned()), &|_| None).unwrap();
    profile.save_settings(&Settings { vault, ..Settings::default() }).unwrap()
}

fn app(audience: &str) -> Slot {
    Slot::App { audience: audience.into() }
}

#[tokio::test]
async fn file_and_memory_keep_what_they_are_given() {
    for choice in [VaultChoice::File, VaultChoice::Memory] {
        let dir = tempfile::tempdir().unwrap();
        let profile = open(dir.path(), choice);
        let (one, two) = (Vault::open(&profile), Vault::open(&profile));
        one.probe().await.unwrap();
        assert_eq!(one.read(&app("a")).await.unwrap(), None);
        for size in [0, 1, 8192, 65536] {
            let token = Jwt::new(&"x".repeat(size));
            one.write(&app("a"), &token).await.unwrap();
            assert_eq!(two.read(&app("a")).await.unwrap(), Some(token));
        }
        assert_eq!(two.read_blocking(&app("b")).unwrap(), None);
        assert!(two.remove(&app("a")).await.unwrap());
        assert!(!one.remove(&app("a")).await.unwrap());
        assert_eq!(profile.vault_file().exists(), choice == VaultChoice::File);
    }
}

#[tokio::test]
async fn what_is_in_memory_stays_with_its_profile() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [one, two] = [one, two].map(|dir| Vault::open(&open(dir.path(), VaultChoice::Memory)));
    one.write(&app("a"), &Jwt::new("x")).await.unwrap();
    assert_eq!(two.read(&app("a")).await.unwrap(), None);
    assert_eq!(one.read(&app("a")).await.unwrap(), Some(Jwt::new("x")));
}

#[tokio::test]
async fn writers_of_one_file_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&open(dir.path(), VaultChoice::File)).patient();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..16 {
        let vault = vault.clone();
        writers.spawn(async move { vault.write(&app(&number.to_string()), &Jwt::new("token")).await });
    }
    writers.join_all().await.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    for number in 0..16 {
        assert_eq!(vault.read(&app(&number.to_string())).await.unwrap(), Some(Jwt::new("token")));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private_from_the_start_and_becomes_so_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path(), VaultChoice::File);
    let mode = || fs::metadata(profile.vault_file()).unwrap().permissions().mode() & 0o777;
    let vault = Vault::open(&profile);
    vault.write(&app("a"), &Jwt::new("x")).await.unwrap();
    assert_eq!(mode(), 0o600);
    fs::set_permissions(profile.vault_file(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(vault.read(&app("a")).await.unwrap(), Some(Jwt::new("x")));
    assert_eq!(mode(), 0o600);
}

#[tokio::test]
async fn a_damaged_file_is_told_kept_and_not_quoted() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path(), VaultChoice::File);
    let vault = Vault::open(&profile);
    for text in ["", "{\"app/a\":\"hidden\"", "{\"app/a\":{\"hidden\":1}}", "[\"hidden\"]"] {
        profile::write_atomically(&profile.vault_file(), text.as_bytes()).unwrap();
        for error in [
            vault.read(&app("a")).await.unwrap_err(),
            vault.write(&app("a"), &Jwt::new("x")).await.unwrap_err(),
            vault.remove(&app("a")).await.unwrap_err(),
        ] {
            assert!(matches!(error, VaultError::Damaged { .. }), "{error:?}");
            assert!(!error.is_transient() && !format!("{error:?}").contains("hidden"), "{error:?}");
        }
        assert_eq!(fs::read_to_string(profile.vault_file()).unwrap(), text);
    }
}

/// Tokens that end at 100 and at 200.
const EARLY: &str = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjEwMH0.";
const LATE: &str = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjIwMH0.";

#[tokio::test]
async fn what_the_vault_does_not_take_is_read_from_memory_and_can_be_saved_later() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path(), VaultChoice::File);
    let vault = Vault::open(&profile);
    fs::create_dir(profile.vault_file()).unwrap();
    let (early, late) = (Jwt::new(EARLY), Jwt::new(LATE));
    vault.write(&app("a"), &early).await.unwrap_err();
    vault.read(&app("a")).await.unwrap_err();
    vault.keep_in_memory(&app("a"), &early);
    let again = vault.reopen(&profile);
    assert_eq!(vault.patient().read(&app("a")).await.unwrap(), Some(early.clone()));
    assert_eq!(again.read_blocking(&app("a")).unwrap(), Some(early.clone()));
    again.save_kept().await.unwrap_err();

    fs::remove_dir(profile.vault_file()).unwrap();
    let other = Vault::open(&profile);
    assert_eq!(other.read(&app("a")).await.unwrap(), None, "no other program sees it");
    again.save_kept().await.unwrap();
    assert_eq!(other.read(&app("a")).await.unwrap(), Some(early.clone()));

    vault.keep_in_memory(&app("a"), &late);
    assert_eq!(vault.read(&app("a")).await.unwrap(), Some(late.clone()), "what lasts longer counts");
    other.write(&app("a"), &late).await.unwrap();
    vault.keep_in_memory(&app("a"), &early);
    assert_eq!(vault.read(&app("a")).await.unwrap(), Some(late));
    assert!(vault.remove(&app("a")).await.unwrap());
    assert_eq!(vault.read(&app("a")).await.unwrap(), None, "both are gone");
}

#[tokio::test]
async fn no_vault_takes_a_mebibyte_and_more() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&open(dir.path(), VaultChoice::Memory));
    let token = Jwt::new(&"x".repeat((1 << 20) + 1));
    assert!(matches!(vault.write(&app("a"), &token).await, Err(VaultError::TooLarge)));
}

#[cfg(windows)]
#[tokio::test]
async fn the_credential_manager_keeps_tokens_larger_than_its_entries() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&open(dir.path(), VaultChoice::Keychain));
    vault.probe().await.unwrap();
    assert_eq!(vault.read(&app("a")).await.unwrap(), None);
    for size in [0, 1, 2560, 2561, 8192, 65536, 100] {
        let token = Jwt::new(&"x".repeat(size));
        vault.write(&app("a"), &token).await.unwrap();
        assert_eq!(vault.read(&app("a")).await.unwrap(), Some(token.clone()));
        assert_eq!(vault.read_blocking(&app("a")).unwrap(), Some(token));
    }
    assert!(vault.remove(&app("a")).await.unwrap());
    assert!(!vault.remove(&app("a")).await.unwrap());
    assert_eq!(vault.read(&app("a")).await.unwrap(), None);
}
