//! Files, folders, links and permissions, before and after.

use ssh_config::{SshConfig, SshConfigError};

use crate::fixture::*;

#[test]
fn a_missing_folder_is_made_and_goes_again() {
    let home = Home::empty();
    let applied = home.plan(&[build()]).apply().unwrap();
    assert_eq!(read(&home.config()), block(&[BUILD]));
    assert_eq!(applied.backup(), None);
    applied.undo().unwrap();
    assert!(home.everything().is_empty());
}

#[test]
fn undo_leaves_a_folder_that_others_use_by_now() {
    let home = Home::empty();
    let applied = home.plan(&[build()]).apply().unwrap();
    write(&home.path(".ssh/known_hosts"), "x");
    applied.undo().unwrap();
    assert_eq!(home.everything().len(), 2);
    assert!(!home.config().exists());
}

#[test]
fn one_backup_holds_the_state_before_the_last_change() {
    let home = Home::with("Host a\n");
    let first = home.plan(&[build()]).apply().unwrap();
    assert_eq!(first.backup(), Some(home.backup().as_path()));
    assert_eq!(read(&home.backup()), "Host a\n");
    let second = home.plan(&[build(), gpu()]).apply().unwrap();
    assert_eq!(read(&home.backup()), block(&[BUILD]) + "Host a\n");
    second.undo().unwrap();
    assert_eq!(read(&home.backup()), "Host a\n");
    first.undo().unwrap();
    assert_eq!(read(&home.config()), "Host a\n");
    assert!(!home.backup().exists());
}

#[test]
fn nothing_but_the_file_and_its_backup_is_left_behind() {
    let home = Home::with("Host a\n");
    home.plan(&[build()]).apply().unwrap().undo().unwrap();
    let _kept = home.plan(&[gpu()]).apply().unwrap();
    let names: Vec<_> = home.everything().into_keys().collect();
    assert_eq!(names, [home.path(".ssh"), home.config(), home.backup()]);
}

#[test]
fn an_empty_change_writes_nothing() {
    let home = Home::with(block(&[BUILD]));
    let before = home.everything();
    let applied = home.plan(&[build()]).apply().unwrap();
    assert_eq!(applied.backup(), None);
    assert_eq!(home.everything(), before);
    applied.undo().unwrap();
    assert_eq!(home.everything(), before);
}

#[test]
fn undo_refuses_to_overwrite_what_someone_wrote_since() {
    let home = Home::with("Host a\n");
    let applied = home.plan(&[build()]).apply().unwrap();
    write(&home.config(), "Host b\n");
    let before = home.everything();
    assert!(
        matches!(applied.undo(), Err(SshConfigError::ChangedMeanwhile { path }) if path == home.config())
    );
    assert_eq!(home.everything(), before);
}

#[test]
fn a_relative_path_is_fine() {
    let config = SshConfig::read("no-such-file-here".as_ref()).unwrap();
    assert_eq!(config.hosts().unwrap(), []);
    config.plan(&[gpu()], &command()).unwrap().test_writable().unwrap();
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    use std::path::Path;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn new_things_are_for_their_owner_alone() {
        let home = Home::empty();
        let _applied = home.plan(&[build()]).apply().unwrap();
        assert_eq!(mode(&home.path(".ssh")), 0o700);
        assert_eq!(mode(&home.config()), 0o600);
    }

    #[test]
    fn the_mode_stays_and_the_backup_shares_it() {
        for wanted in [0o644, 0o600, 0o640, 0o200] {
            let home = Home::with("Host a\n");
            fs::set_permissions(home.config(), fs::Permissions::from_mode(wanted)).unwrap();
            let change = SshConfig::read(&home.config()).map(|it| it.plan(&[build()], &command()).unwrap());
            // Who is not privileged cannot read a file that only may be written.
            let Ok(change) = change else { continue };
            let applied = change.apply().unwrap();
            assert_eq!((mode(&home.config()), mode(&home.backup())), (wanted, wanted));
            applied.undo().unwrap();
            assert_eq!(mode(&home.config()), wanted);
        }
    }

    #[test]
    fn the_owner_stays() {
        let home = Home::with("Host a\n");
        if chown(home.config(), Some(12345), Some(12346)).is_err() {
            return; // only a privileged run can give files away
        }
        let _applied = home.plan(&[build()]).apply().unwrap();
        let metadata = fs::metadata(home.config()).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (12345, 12346));
    }

    /// `.ssh/config` → `../links/second` → `../dotfiles/config`.
    fn linked(home: &Home) {
        for folder in [".ssh", "links", "dotfiles"] {
            fs::create_dir(home.path(folder)).unwrap();
        }
        symlink("../links/second", home.config()).unwrap();
        symlink("../dotfiles/config", home.path("links/second")).unwrap();
    }

    #[test]
    fn links_stay_and_their_target_changes() {
        let home = Home::empty();
        linked(&home);
        write(&home.path("dotfiles/config"), "Host a\n");
        let before = home.everything();
        let applied = home.plan(&[build()]).apply().unwrap();
        assert_eq!(fs::read_link(home.config()).unwrap(), Path::new("../links/second"));
        assert_eq!(read(&home.path("dotfiles/config")), block(&[BUILD]) + "Host a\n");
        assert_eq!(applied.backup(), Some(home.backup().as_path()));
        assert!(!home.path("dotfiles/config").is_symlink());
        applied.undo().unwrap();
        assert_eq!(home.everything(), before);
    }

    #[test]
    fn a_link_to_nothing_gets_its_target() {
        let home = Home::empty();
        linked(&home);
        fs::remove_dir(home.path("dotfiles")).unwrap();
        let before = home.everything();
        let applied = home.plan(&[build()]).apply().unwrap();
        assert_eq!(read(&home.path("dotfiles/config")), block(&[BUILD]));
        assert_eq!((mode(&home.path("dotfiles")), mode(&home.path("dotfiles/config"))), (0o700, 0o600));
        applied.undo().unwrap();
        assert_eq!(home.everything(), before);
    }

    #[test]
    fn a_linked_folder_is_just_a_folder() {
        let home = Home::empty();
        fs::create_dir(home.path("dotfiles")).unwrap();
        symlink("dotfiles", home.path(".ssh")).unwrap();
        let _applied = home.plan(&[build()]).apply().unwrap();
        assert_eq!(read(&home.path("dotfiles/config")), block(&[BUILD]));
        assert!(home.path(".ssh").is_symlink());
    }
}
