//! Days on which the file cannot be used: one typed error each, and everything still there afterwards.

use std::fs;

use ssh_config::{Damage, SshConfig, SshConfigError};

use crate::fixture::*;

fn refusal(home: &Home) -> SshConfigError {
    SshConfig::read(&home.config()).expect_err("this cannot be read")
}

#[test]
fn a_directory_in_its_place() {
    let home = Home::empty();
    fs::create_dir_all(home.config()).unwrap();
    let error = refusal(&home);
    assert!(matches!(&error, SshConfigError::IsDirectory { path } if *path == home.config()), "{error}");
    assert!(error.is_about_the_file());
}

#[test]
fn a_file_in_the_place_of_its_folder() {
    let home = Home::empty();
    write(&home.path(".ssh"), "");
    let result =
        SshConfig::read(&home.config()).and_then(|it| it.plan(&[gpu()], &command())?.apply().map(drop));
    let error = result.expect_err("there is no folder");
    assert_eq!(error.path().map(|it| it.starts_with(home.path(".ssh"))), Some(true));
    let is_named = matches!(error, SshConfigError::Unreadable { .. } | SshConfigError::Unwritable { .. });
    assert!(is_named, "{error}");
}

#[test]
fn more_than_a_configuration_can_be() {
    let home = Home::with(vec![b'\n'; (1 << 20) + 1]);
    let error = refusal(&home);
    assert!(matches!(error, SshConfigError::TooLarge { bytes: 1_048_577, .. }), "{error}");
    write(&home.config(), vec![b'\n'; 1 << 20]);
    assert_eq!(home.plan(&[gpu()]).diff().removed, 0);
}

#[test]
fn read_only_by_intention() {
    let home = Home::with("Host a\n");
    let change = home.plan(&[gpu()]);
    let mut permissions = fs::metadata(home.config()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(home.config(), permissions).unwrap();
    let before = home.everything();
    let expected =
        |it: &SshConfigError| matches!(it, SshConfigError::ReadOnly { path } if *path == home.config());
    assert!(change.test_writable().is_err_and(|it| expected(&it)));
    assert!(change.apply().is_err_and(|it| expected(&it)));
    assert_eq!(home.everything(), before);
    assert_eq!(home.read().hosts().unwrap(), []);
}

#[test]
fn changed_between_plan_and_apply() {
    let home = Home::with("Host a\n");
    let change = home.plan(&[gpu()]);
    write(&home.config(), "Host b\n");
    let before = home.everything();
    let error = change.apply().expect_err("someone else was here");
    assert!(matches!(&error, SshConfigError::ChangedMeanwhile { path } if *path == home.config()));
    assert!(error.needs_new_plan());
    assert_eq!(home.everything(), before);
}

#[test]
fn created_or_removed_between_plan_and_apply() {
    let home = Home::empty();
    let change = home.plan(&[gpu()]);
    fs::create_dir(home.path(".ssh")).unwrap();
    write(&home.config(), "");
    assert!(matches!(change.apply(), Err(SshConfigError::ChangedMeanwhile { .. })));
    let change = home.plan(&[gpu()]);
    fs::remove_file(home.config()).unwrap();
    assert!(matches!(change.apply(), Err(SshConfigError::ChangedMeanwhile { .. })));
    assert!(!home.config().exists());
}

#[test]
fn something_in_the_backups_place() {
    let home = Home::with("Host a\n");
    fs::create_dir(home.backup()).unwrap();
    let before = home.everything();
    let error = home.plan(&[gpu()]).apply().expect_err("no backup, no change");
    assert!(matches!(&error, SshConfigError::IsDirectory { path } if *path == home.backup()), "{error}");
    assert_eq!(home.everything(), before);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_read_only_folder() {
        let home = Home::with("Host a\n");
        let change = home.plan(&[gpu()]);
        let before = home.everything();
        fs::set_permissions(home.path(".ssh"), fs::Permissions::from_mode(0o500)).unwrap();
        let result = change.apply();
        fs::set_permissions(home.path(".ssh"), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(matches!(result, Err(SshConfigError::ReadOnly { path }) if path == home.path(".ssh")));
        assert_eq!(home.everything(), before);
    }

    #[test]
    fn links_in_a_loop() {
        let home = Home::empty();
        fs::create_dir(home.path(".ssh")).unwrap();
        symlink("other", home.config()).unwrap();
        symlink("config", home.path(".ssh/other")).unwrap();
        let error = refusal(&home);
        assert!(matches!(&error, SshConfigError::LinkLoop { path } if *path == home.config()), "{error}");
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let home = Home::empty();
        fs::create_dir(home.path(".ssh")).unwrap();
        assert!(Command::new("mkfifo").arg(home.config()).status().unwrap().success());
        let error = refusal(&home);
        assert!(matches!(&error, SshConfigError::NotRegular { path } if *path == home.config()), "{error}");
    }

    #[test]
    fn a_link_that_points_elsewhere_by_now() {
        let home = Home::with("");
        write(&home.path("one"), "Host a\n");
        write(&home.path("two"), "Host a\n");
        fs::remove_file(home.config()).unwrap();
        symlink("../one", home.config()).unwrap();
        let change = home.plan(&[gpu()]);
        fs::remove_file(home.config()).unwrap();
        symlink("../two", home.config()).unwrap();
        assert!(matches!(change.apply(), Err(SshConfigError::ChangedMeanwhile { .. })));
        assert_eq!(read(&home.path("two")), "Host a\n");
    }

    #[test]
    fn a_folder_that_cannot_take_a_new_file() {
        // A device filesystem takes no new files, whoever asks.
        let result = SshConfig::read("/proc/self/config-of-nobody".as_ref())
            .and_then(|it| it.plan(&[gpu()], &command())?.apply().map(drop));
        let error = result.expect_err("nobody can write there");
        let is_named = matches!(error, SshConfigError::ReadOnly { .. } | SshConfigError::Unwritable { .. });
        assert!(is_named, "{error}");
    }
}

/// A damaged file, where the damage is, and what repair makes of it.
fn damaged() -> Vec<(String, usize, Damage, String)> {
    let own = "Port 2200\nHost a\n  User x";
    let (build, gpu) = (BUILD, GPU);
    vec![
        (format!("{BEGIN}{build}\nMatch all\n{own}"), 1, Damage::EndMissing, block(&[build]) + own),
        (format!("{build}\nMatch all\n{END}{own}"), 7, Damage::BeginMissing, block(&[build]) + own),
        (
            format!("{}{BEGIN}{gpu}\nMatch all\n{END}{own}", block(&[build])),
            9,
            Damage::Duplicated,
            format!("{BEGIN}{build}\n{gpu}\nMatch all\n{END}Match all\n{own}"),
        ),
        (
            format!("{BEGIN}{build}\n{BEGIN}{gpu}\nMatch all\n{END}{own}"),
            7,
            Damage::Nested,
            block(&[build, gpu]) + own,
        ),
        (format!("{own}\n{END}"), 4, Damage::BeginMissing, format!("{own}\n")),
        (
            format!("{own}\n{BEGIN}{}", gpu.trim_end()),
            4,
            Damage::EndMissing,
            format!("{}{own}\n", block(&[gpu])),
        ),
        (
            format!("{END}# note\nHost a\n  User x\n{gpu}# end\n"),
            1,
            Damage::BeginMissing,
            format!("{}# note\nHost a\n  User x\n# end\n", block(&[gpu])),
        ),
    ]
}

#[test]
fn damaged_fences_are_named_and_nothing_is_planned() {
    for (text, at, wrong, _) in damaged() {
        let config = Home::with(&text).read();
        for result in [config.hosts().map(drop), config.plan(&[gpu()], &command()).map(drop)] {
            let error = result.expect_err(&text);
            let named =
                matches!(&error, SshConfigError::Damaged { line, what, .. } if (*line, *what) == (at, wrong));
            assert!(named && error.is_repairable(), "{error} in {text}");
        }
        assert_eq!(config.helper(), None);
    }
}

#[test]
fn repair_makes_one_whole_block_and_keeps_every_other_line() {
    for (text, _, _, expected) in damaged() {
        let home = Home::with(&text);
        let change = home.read().repair(&command()).unwrap();
        assert_eq!(String::from_utf8_lossy(change.after()), expected);
        let applied = change.apply().unwrap();
        home.read().hosts().unwrap();
        assert!(home.read().repair(&command()).unwrap().is_empty());
        applied.undo().unwrap();
        assert_eq!(read(&home.config()), text);
    }
}

#[test]
fn repair_leaves_a_whole_block_alone() {
    let home = Home::with(block(&[BUILD]) + "Host a\n");
    assert!(home.read().repair(&command()).unwrap().is_empty());
}
