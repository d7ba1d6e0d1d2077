//! A profile on a real file system.

#![expect(clippy::unwrap_used, reason = "fixtures fail as loudly as the tests they serve")]

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use profile::{Profile, ProfileError, Settings, VaultChoice};
use wire::{Cause, Realm};

fn nothing(_: &str) -> Option<OsString> {
    None
}

fn open(dir: &Path) -> Result<Profile, ProfileError> {
    Profile::open(Some(dir.to_owned()), &nothing)
}

#[test]
fn an_empty_folder_is_a_profile_with_defaults_and_stays_empty() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path()).unwrap();
    assert_eq!(profile.settings(), &Settings::default());
    assert_eq!(profile.realm(), &Realm::production());
    assert_eq!(profile.helper_flags(), ["--profile".into(), dir.path().as_os_str().to_owned()]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn the_standard_profile_has_plain_names() {
    let home = tempfile::tempdir().unwrap();
    let env = |name: &str| (name == "HOME").then(|| home.path().as_os_str().to_owned());
    let profile = Profile::open(None, &env).unwrap();
    assert!(profile.is_standard());
    assert_eq!(profile.keychain_service(), "Sallyport");
    assert!(profile.helper_flags().is_empty());
    assert_eq!(profile.ssh_config(), home.path().join(".ssh/config"));
}

#[test]
fn another_profile_has_its_own_keychain_entries_and_ssh_config() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let profiles = [&one, &two].map(|dir| open(dir.path()).unwrap());
    let services = profiles.each_ref().map(Profile::keychain_service);
    assert!(services[0].starts_with("Sallyport ") && services[0].len() == 18, "{services:?}");
    assert_ne!(services[0], services[1]);
    let settings = Settings { ssh_config: Some("ssh/config".into()), ..Settings::default() };
    let profile = profiles[0].save_settings(&settings).unwrap();
    assert_eq!(profile.ssh_config(), one.path().join("ssh/config"));
}

#[test]
fn what_another_program_has_saved_since_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let profiles = [(); 2].map(|()| open(dir.path()).unwrap());
    profiles[0].change_settings(|settings| settings.machines.extend(["ci.acme.dev".to_owned()])).unwrap();
    let second = profiles[1].change_settings(|settings| settings.vault = VaultChoice::File).unwrap();
    assert!(second.settings().machines.contains("ci.acme.dev"));
    assert!(!profiles[1].settings().machines.contains("ci.acme.dev"), "as it was opened");
    assert_eq!(profiles[1].reread().unwrap().settings(), second.settings());
    assert_eq!(open(dir.path()).unwrap().settings(), second.settings());
}

#[test]
fn a_team_may_have_a_browser_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    replace(&dir.path().join("settings.json"), r#"{"browser":"firefox","browsers":{"acme":"chrome -p"}}"#);
    let profile = open(dir.path()).unwrap();
    let browser = |team| profile.settings().browser_of(team);
    assert_eq!(
        (browser(Some("acme")), browser(Some("corp")), browser(None)),
        (Some("chrome -p"), Some("firefox"), Some("firefox"))
    );
    assert_eq!(Settings::default().browser_of(Some("acme")), None);
}

#[test]
fn settings_survive_a_save_and_so_do_those_of_a_newer_version() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("settings.json");
    replace(&file, r#"{"vault":"file","browser":"/b","from_the_future":{"a":[1]}}"#);
    let profile = open(dir.path()).unwrap();
    assert_eq!(profile.settings().vault, VaultChoice::File);
    let changed = Settings { browser: None, notify: false, ..profile.settings().clone() };
    assert_eq!(profile.save_settings(&changed).unwrap().settings(), &changed);
    assert_eq!(open(dir.path()).unwrap().settings(), &changed);
    let saved: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(saved["from_the_future"]["a"][0], 1);
    assert_eq!(saved.get("browser"), None);
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    replace(&dir.path().join("settings.json"), "\u{feff}{\"notify\":false}");
    assert!(!open(dir.path()).unwrap().settings().notify);
}

#[test]
fn damage_is_told_with_its_place_and_never_overwritten() {
    for (name, text, line, column) in [
        ("settings.json", "{\n  \"notify\": maybe\n}", 2, 13),
        ("settings.json", "{\"vault\":\"cloud\"}", 1, 16),
        ("settings.json", "", 1, 0),
        ("realm.json", "{\"name\":\"x\",\n\"typo\":1}", 2, 6),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let blank = open(dir.path()).unwrap();
        let file = dir.path().join(name);
        replace(&file, text);
        let error = open(dir.path()).unwrap_err();
        let ProfileError::Damaged { path, line: l, column: c, detail } = &error else { panic!("{error:?}") };
        assert_eq!((path, *l, *c), (&file, line, column), "{text}: {detail}");
        assert!(!detail.contains(" line "), "the place is told once: {detail}");
        assert!(matches!(error.cause(), Cause::SettingsDamaged { .. }));
        if name == "settings.json" && text != "{\"vault\":\"cloud\"}" {
            assert!(blank.save_settings(&Settings::default()).is_err());
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_is_private_and_a_link_stays_a_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let (real, link) = (dir.path().join("dotfiles/settings.json"), dir.path().join("p/settings.json"));
    for file in [&real, &link] {
        profile::create_private_folder(file.parent().unwrap()).unwrap();
    }
    replace(&real, "{}");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    open(&dir.path().join("p")).unwrap().save_settings(&Settings::default()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(mode(&real), 0o600);
    assert_eq!(mode(real.parent().unwrap()), 0o700);
    assert_eq!(fs::read_dir(real.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn turn_files_are_safe_and_apart() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path()).unwrap();
    let names = ["app/x", "app_x", "APP/x", "../../etc/passwd", "", &"x".repeat(4000)];
    let files: std::collections::BTreeSet<_> = names.iter().map(|name| profile.turn_file(name)).collect();
    assert_eq!(files.len(), names.len());
    for file in files {
        assert_eq!(file.parent().unwrap(), dir.path().join("turns"));
        assert!(file.file_name().unwrap().len() < 100);
    }
}

#[test]
fn keys_for_ssh_lie_where_configurations_expect_them_and_elsewhere_in_a_folder_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(dir.path()).unwrap().ssh_keys_dir(), Some(dir.path().join("ssh-keys")));
    let home = dir.path().join("home");
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let env =
        |name: &str| (name == variable || name.ends_with("APPDATA")).then(|| home.clone().into_os_string());
    let standard = Profile::open(None, &env).unwrap();
    assert_eq!(standard.ssh_keys_dir(), Some(home.join(".cloudflared")));
}

#[test]
fn the_government_has_its_own_transfer_service() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path()).unwrap();
    assert_eq!(*profile.in_government().realm(), Realm::fedramp());
    assert_eq!(*profile.realm(), Realm::production());
}

#[test]
fn a_proxy_is_chosen_in_the_settings_and_its_password_is_told_to_their_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("settings.json");
    let env = |name: &str| (name == "HTTPS_PROXY").then(|| "http://a:1".into());
    let open = || Profile::open(Some(dir.path().to_owned()), &env);
    let way = |profile: &Profile| format!("{:?}", profile.proxies().way("app.acme.dev", 443));
    assert_eq!(way(&open().unwrap()), "Through(Proxy(Http, a:1))");
    replace(&file, r#"{"proxy":"none"}"#);
    assert_eq!(way(&open().unwrap()), "Direct");
    replace(&file, r#"{"proxy":"socks5h://ada:hush@b"}"#);
    let profile = open().unwrap();
    assert_eq!(way(&profile), "Through(Proxy(Socks5, b:1080))");
    assert!(!format!("{profile:?}").contains("hush"));
    profile.save_settings(profile.settings()).unwrap();
    assert_eq!(open().unwrap().settings(), profile.settings());
    replace(&file, r#"{"proxy":"gopher://ada:hush@b"}"#);
    let error = open().unwrap_err();
    assert!(matches!(error.cause(), Cause::SettingsDamaged { .. }));
    assert!(!format!("{error:?} {error} {:?}", error.cause()).contains("hush"));
}

fn replace(path: &Path, text: &str) {
    profile::write_atomically(path, text.as_bytes()).unwrap();
}
