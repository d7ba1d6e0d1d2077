//! Services below a folder of their own: written, looked at by the system's own programs, and gone without a trace.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what the tests here build on has to be there")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::Command;

use service::{
    Init, Job, Layout, Logs, Place, RunsBy, Scope, ServiceError, find, install, is_installed, uninstall,
};
use zeroize::Zeroizing;

const TOKEN: &str = "eyJhIjoiYSJ9";

fn place(init: Init, scope: Scope, root: &Path) -> Place {
    Place { init, scope, root: Some(root.to_owned()), home: Some(PathBuf::from("/home/ada")) }
}

fn by_token() -> Job {
    Job {
        name: "sallyport".to_owned(),
        program: PathBuf::from("/bin/true"),
        runs_by: RunsBy::Token(Zeroizing::new(TOKEN.to_owned())),
        flags: vec!["--allow-destination".to_owned(), "127.0.0.1:22".to_owned()],
    }
}

fn by_config() -> Job {
    let (config, credentials) = ("tunnel: a\n".to_owned(), Zeroizing::new(b"{}".to_vec()));
    Job { runs_by: RunsBy::Config { config, credentials }, ..by_token() }
}

/// Every file below a folder, with its mode.
fn files(root: &Path) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(root).unwrap().display().to_string();
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                found.insert(name, mode);
            }
        }
    }
    found
}

#[test]
fn what_is_written_is_gone_again_without_a_trace() {
    for init in [Init::Launchd, Init::OpenRc, Init::Systemd, Init::Windows] {
        for scope in [Scope::System, Scope::User] {
            for service in [by_token(), by_config()] {
                let root = tempfile::tempdir().unwrap();
                let place = place(init, scope, root.path());
                let layout = match init.layout(&place, &service) {
                    Err(ServiceError::NoUserServices) => continue,
                    layout => layout.unwrap(),
                };
                // The system's own program is tried in a test of its own.
                let layout = Layout { offline: None, ..layout };
                install(&place, &layout).unwrap();
                assert!(is_installed(&place, &layout).unwrap());
                assert_eq!(find(&place, "sallyport").unwrap().name, layout.name);
                let modes = files(root.path());
                assert_eq!(modes.len(), layout.files.len(), "{modes:?}");
                let secret = modes
                    .iter()
                    .filter(|(name, _)| name.ends_with("token") || name.ends_with("credentials.json"));
                assert!(
                    secret.clone().count() == 1 && secret.clone().all(|(_, mode)| *mode == 0o600),
                    "{modes:?}"
                );
                for file in &layout.files {
                    let shown = file.mode != 0o600;
                    assert!(!(shown && String::from_utf8_lossy(&file.text).contains(TOKEN)), "{file:?}");
                }
                let again = install(&place, &layout).unwrap_err();
                assert!(matches!(again, ServiceError::AlreadyThere(_)), "{again}");
                // What it has noted as it ran goes with it.
                for left in &layout.leaves {
                    std::fs::create_dir_all(place.real(left).parent().unwrap()).unwrap();
                    std::fs::File::create(place.real(left)).unwrap();
                }
                uninstall(&place, &layout).unwrap();
                assert_eq!(files(root.path()), BTreeMap::new());
                assert!(matches!(find(&place, "sallyport"), Err(ServiceError::NotThere(_))));
            }
        }
    }
}

#[test]
fn what_others_put_beside_it_stays() {
    let root = tempfile::tempdir().unwrap();
    let place = place(Init::OpenRc, Scope::System, root.path());
    let layout = place.init.layout(&place, &by_token()).unwrap();
    install(&place, &layout).unwrap();
    let note = root.path().join("etc/sallyport/note");
    std::os::unix::fs::symlink("nowhere", &note).unwrap();
    uninstall(&place, &layout).unwrap();
    assert_eq!(files(root.path()).into_keys().collect::<Vec<_>>(), ["etc/sallyport/note"]);
}

#[test]
fn a_program_that_a_service_cannot_reach_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let system = place(Init::Systemd, Scope::System, root.path());
    let at = |path: &str| Job { program: PathBuf::from(path), ..by_token() };
    let refused = system.init.layout(&system, &at("/home/ada/bin/sallyport-connector")).unwrap_err();
    assert!(refused.to_string().contains("add --user"), "{refused}");
    assert!(matches!(system.init.layout(&system, &at("/opt/a\"b")), Err(ServiceError::Program(_))));
    let user = place(Init::Systemd, Scope::User, root.path());
    assert!(user.init.layout(&user, &at("/home/ada/bin/sallyport-connector")).is_ok());
    let named = Job { name: "../x".to_owned(), ..by_token() };
    assert!(matches!(user.init.layout(&user, &named), Err(ServiceError::Name(_))));
}

#[test]
fn windows_has_an_account_for_each_service_and_its_files_are_for_that_alone() {
    let root = tempfile::tempdir().unwrap();
    let place = place(Init::Windows, Scope::System, root.path());
    let program = PathBuf::from(r"C:\Program Files\Sallyport\sallyport-connector.exe");
    let layout = place.init.layout(&place, &Job { program, ..by_token() }).unwrap();
    let own = r"C:\ProgramData\Sallyport service sallyport";
    let registered = layout.registered.unwrap();
    assert_eq!(registered.account, r"NT SERVICE\sallyport");
    assert_eq!(
        registered.command.join("|"),
        format!(
            "C:\\Program Files\\Sallyport\\sallyport-connector.exe|service|entry|sallyport|--token-file|{own}\\token|\
             --allow-destination|127.0.0.1:22|--log-directory|{own}\\logs|--metrics-file|{own}\\logs\\monitoring|run"
        )
    );
    let narrow: Vec<String> = layout.narrow.iter().map(|narrow| narrow.command.join(" ")).collect();
    let narrowed = [
        format!(
            "icacls {own} /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F NT \
             SERVICE\\sallyport:(OI)(CI)RX /q"
        ),
        format!("icacls {own}\\logs /grant NT SERVICE\\sallyport:(OI)(CI)M /q"),
    ];
    assert_eq!(narrow, narrowed, "narrow before anything lies in it, wide for its own log only");
    assert_eq!(layout.logs, Logs::File(PathBuf::from(format!("{own}\\logs\\cloudflared.log"))));
    assert!(layout.wishes.concat().contains(&"SeChangeNotifyPrivilege".to_owned()));
    let home = Job { program: PathBuf::from(r"C:\Users\ada\sallyport-connector.exe"), ..by_token() };
    assert!(matches!(place.init.layout(&place, &home), Err(ServiceError::InHome(_))));
}

#[test]
fn launchd_can_read_the_list_and_knows_every_word_of_it() {
    // Those of launchd.plist(5) that are used.
    let known =
        ["Label", "ProgramArguments", "RunAtLoad", "KeepAlive", "ThrottleInterval", "ExitTimeOut", "Umask"];
    for (scope, folder) in
        [(Scope::System, "/Library/LaunchDaemons"), (Scope::User, "/home/ada/Library/LaunchAgents")]
    {
        let root = tempfile::tempdir().unwrap();
        let place = place(Init::Launchd, scope, root.path());
        let program = PathBuf::from("/usr/local/bin/sallyport-connector");
        let layout = place.init.layout(&place, &Job { program, ..by_token() }).unwrap();
        let file = &layout.files[0];
        assert_eq!(file.path, Path::new(folder).join("dev.sallyport.sallyport.plist"));
        let list = plist::Value::from_reader_xml(&**file.text).unwrap().into_dictionary().unwrap();
        assert!(list.keys().all(|key| known.contains(&key.as_str())), "{list:?}");
        assert_eq!(list["Label"].as_string(), Some("dev.sallyport.sallyport"));
        let words = list["ProgramArguments"].as_array().unwrap();
        let words: Vec<&str> = words.iter().map(|word| word.as_string().unwrap()).collect();
        assert_eq!((words[0], words.last()), ("/usr/local/bin/sallyport-connector", Some(&"run")));
        assert!(words.contains(&"--token-file") && !words.contains(&TOKEN), "{words:?}");
        let again = list["KeepAlive"].as_dictionary().unwrap();
        assert_eq!(again["SuccessfulExit"].as_boolean(), Some(false), "a failure starts it again");
        assert_eq!(list["RunAtLoad"].as_boolean(), Some(true));
        assert_eq!(list["Umask"].as_signed_integer(), Some(0o77));
    }
}

/// Whether a program is there.
#[cfg(target_os = "linux")]
fn is_here(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

#[test]
#[cfg(target_os = "linux")]
fn systemd_itself_takes_the_unit_and_finds_it_well_locked() {
    if !is_here("systemd-analyze") || !is_here("systemctl") {
        return;
    }
    for service in [by_token(), by_config()] {
        let root = tempfile::tempdir().unwrap();
        let place = place(Init::Systemd, Scope::System, root.path());
        let layout = place.init.layout(&place, &service).unwrap();
        install(&place, &layout).unwrap();
        let wants = "etc/systemd/system/multi-user.target.wants/sallyport.service";
        assert!(root.path().join(wants).symlink_metadata().is_ok(), "it starts with the machine");
        let unit = root.path().join("etc/systemd/system/sallyport.service");
        let said = |words: &[&str]| {
            let output = Command::new("systemd-analyze").args(words).arg(&unit).output().unwrap();
            let text = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8_lossy(&text).into_owned())
        };
        let (is_well, text) = said(&["verify", "--man=no"]);
        let about_us: Vec<&str> = text.lines().filter(|line| line.contains("sallyport")).collect();
        assert!(is_well && about_us.is_empty(), "{text}");
        // In tenths; 10 is open to all.
        let (is_well, text) = said(&["security", "--no-pager", "--offline=true", "--threshold=20"]);
        assert!(is_well, "{text}");
        uninstall(&place, &layout).unwrap();
        assert_eq!(files(root.path()), BTreeMap::new());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn systemd_itself_takes_the_unit_of_a_person() {
    if !is_here("systemd-analyze") {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let place = place(Init::Systemd, Scope::User, root.path());
    let layout = place.init.layout(&place, &by_token()).unwrap();
    install(&place, &layout).unwrap();
    let unit = root.path().join("home/ada/.config/systemd/user/sallyport.service");
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.lines().any(|line| line.contains("sallyport")), "{text}");
}
