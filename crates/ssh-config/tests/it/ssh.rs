//! What a real OpenSSH makes of our files; the client must be on the `PATH`, as it is wherever Sallyport is of use.

use std::ffi::OsStr;
use std::process::Command;

use ssh_config::{Check, Host, SshConfigError};

use crate::fixture::*;

/// The value of one option as `ssh -G` prints it.
fn option(home: &Home, alias: &str, keyword: &str) -> Option<String> {
    let output = Command::new("ssh").arg("-F").arg(home.config()).args(["-G", alias]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut options = text.lines().filter_map(|line| line.split_once(' '));
    options.find(|(known, _)| *known == keyword).map(|(_, value)| value.to_owned())
}

fn fine() -> Check {
    Check::Fine {
        proxy_command: "\"/usr/bin/sallyport\" access ssh --hostname %h".into(),
        hostname: "build-01.acme.dev".into(),
    }
}

#[test]
fn the_plan_is_what_ssh_does() {
    for own in [
        "",
        "Host *\n  ProxyCommand none\n  HostName other.dev\n  User root\n",
        "Compression yes\r\nHost a\r\n",
    ] {
        assert_eq!(Home::with(own).plan(&[build(), gpu()]).check("build-01").unwrap(), fine(), "{own}");
    }
    let host = Host { options: vec![("ServerAliveInterval".into(), "17".into())], ..build().with_port(2222) };
    let home = Home::with("ServerAliveInterval 30\n");
    let change = home.plan(std::slice::from_ref(&host));
    assert_eq!(change.check("build-01").unwrap(), fine());
    let _applied = change.apply().unwrap();
    assert_eq!(option(&home, "build-01", "port").as_deref(), Some("2222"));
    assert_eq!(option(&home, "build-01", "user").as_deref(), Some("ada.park"));
    assert_eq!(option(&home, "build-01", "serveraliveinterval").as_deref(), Some("17"));
}

#[test]
fn leading_options_still_apply_to_every_host() {
    let home = Home::with("Port 2200\nHost other\n  User me\n");
    let _applied = home.plan(&[build()]).apply().unwrap();
    for alias in ["build-01", "other", "unknown"] {
        assert_eq!(option(&home, alias, "port").as_deref(), Some("2200"), "{alias}");
    }
    assert_eq!(option(&home, "other", "user").as_deref(), Some("me"));
    assert_eq!(option(&home, "other", "proxycommand"), None);
    // The same once the block is gone again, even from behind an entry.
    write(&home.config(), format!("Host other\n  User me\n{}Port 2200\n", block(&[BUILD])));
    let _applied = home.plan(&[]).apply().unwrap();
    assert_eq!(option(&home, "unknown", "port").as_deref(), Some("2200"));
}

#[test]
fn account_names_of_windows_domains_arrive_whole() {
    let home = Home::empty();
    let _applied = home.plan(&[gpu().with_user("ACME\\ada").unwrap()]).apply().unwrap();
    assert_eq!(option(&home, "gpu", "user").as_deref(), Some("ACME\\ada"));
}

#[test]
fn a_command_in_the_way_is_noticed() {
    let own = block(&[&BUILD.replace("\"/usr/bin/sallyport\" access ssh --hostname %h", "nc %h 22")]);
    let found = Home::with(own).plan(&[build()]).check("build-01").unwrap();
    let expected =
        Check::OtherEntryWins { proxy_command: "nc %h 22".into(), hostname: "build-01.acme.dev".into() };
    assert_eq!(found, expected);
    let jump = Host { options: vec![("ProxyJump".into(), "bastion".into())], ..build() };
    assert_eq!(Home::empty().plan(&[jump]).check("build-01").unwrap(), fine());
}

#[test]
fn the_file_as_it_is_may_differ_from_the_plan() {
    let home = Home::with(format!("Host build-01\n  ProxyCommand none\n{}", block(&[BUILD])));
    let config = home.read();
    let now = config.as_it_is(&command()).unwrap();
    assert!(now.is_empty());
    let expected =
        Check::OtherEntryWins { proxy_command: String::new(), hostname: "build-01.acme.dev".into() };
    assert_eq!(now.check("build-01").unwrap(), expected);
    assert_eq!(home.plan(&[build()]).check("build-01").unwrap(), fine());
}

#[test]
fn the_complaint_is_in_the_words_of_ssh() {
    let home = Home::with("NoSuchOption yes\n");
    let Check::Refused { said } = home.plan(&[gpu()]).check("gpu").unwrap() else {
        panic!("ssh takes anything")
    };
    let line = block(&[GPU]).lines().count() + 1;
    let expected =
        format!("{}: line {line}: Bad configuration option: nosuchoption", home.config().display());
    assert!(said.starts_with(&expected), "{said}");
}

#[test]
fn a_removed_host_is_only_looked_at() {
    let found = Home::with(block(&[GPU])).plan(&[]).check("gpu").unwrap();
    assert_eq!(found, Check::Fine { proxy_command: String::new(), hostname: "gpu".into() });
}

#[test]
fn without_ssh_there_is_no_answer() {
    let change = Home::empty().plan(&[gpu()]);
    assert_eq!(change.check_with(OsStr::new("no-such-ssh-anywhere"), "gpu").unwrap(), Check::NoSsh);
}

#[test]
fn only_names_are_asked_about() {
    let change = Home::empty().plan(&[gpu()]);
    assert!(matches!(change.check("-oProxyCommand=x"), Err(SshConfigError::InvalidHost(_))));
}

/// ssh really runs the helper: from a path with every awkward character, with the hostname as its last word.
#[cfg(unix)]
#[test]
fn the_command_survives_ssh_and_the_shell() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use ssh_config::ProxyCommand;

    let home = Home::empty();
    let folder = home.path("50% \"off\" $HOME `id` a\\b 'c'; #");
    fs::create_dir(&folder).unwrap();
    let helper = folder.join("sallyport");
    write(&helper, "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$0.args\"\n");
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let profile = home.path("my $PROFILE 100%");
    let command = ProxyCommand { helper: helper.clone(), profile: Some(profile.clone()) };
    let change = home.read().plan(&[build()], &command).unwrap();
    assert!(matches!(change.check("build-01").unwrap(), Check::Fine { .. }));
    let _applied = change.apply().unwrap();
    assert_eq!(home.read().helper().as_deref(), Some(helper.as_path()));
    let mut ssh = Command::new("ssh");
    let output =
        ssh.arg("-F").arg(home.config()).args(["-o", "BatchMode=yes", "build-01", "true"]).output().unwrap();
    assert!(!output.status.success());
    let expected = format!("--profile\n{}\naccess\nssh\n--hostname\nbuild-01.acme.dev\n", profile.display());
    assert_eq!(read(&folder.join("sallyport.args")), expected, "{}", String::from_utf8_lossy(&output.stderr));
}
