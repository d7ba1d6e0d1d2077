//! An ssh config that cannot or must not be written: the line says so, and every byte stays.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use journeys::Reach;
use journeys::homes::put;
use journeys::reach::HOST;

use crate::{bytes, stage};

#[test]
fn a_folder_where_the_file_should_be() {
    let reach = stage();
    fs::create_dir(reach.ssh_config()).expect("a folder");
    let path = reach.ssh_config();
    refuses(&reach, &format!("{} is not a file; move it away, then try again", path.display()));
    assert!(path.is_dir());
}

#[test]
fn a_file_that_is_read_only() {
    let reach = stage();
    put(reach.ssh_config(), "Host old\n");
    fs::set_permissions(reach.ssh_config(), fs::Permissions::from_mode(0o400)).expect("permissions");
    let path = reach.ssh_config();
    refuses(
        &reach,
        &format!("{} is read-only; copy the lines instead, or change its permissions", path.display()),
    );
    assert!(reach.run(&["host", "add", HOST]).text().contains("+ Host build-01"), "the lines to copy");
    assert_eq!(bytes(&path).as_deref(), Some(b"Host old\n".as_slice()));
}

#[test]
fn a_link_that_leads_round_in_circles() {
    let reach = stage();
    std::os::unix::fs::symlink("config", reach.ssh_config()).expect("a link");
    let said = reach.run(&["host", "add", HOST]);
    assert!(said.problem(1).starts_with(&reach.ssh_config().display().to_string()), "{}", said.err);
}

#[test]
fn a_block_that_was_damaged_by_hand() {
    let reach = stage();
    put(reach.ssh_config(), "Host old\n  User me\n");
    reach.run(&["host", "add", HOST]).well();
    let whole = String::from_utf8(bytes(&reach.ssh_config()).expect("a config")).expect("text");
    let damaged = whole.replacen("# <<< sallyport <<<", "", 1);
    assert_ne!(damaged, whole);
    put(reach.ssh_config(), &damaged);
    let path = reach.ssh_config().display().to_string();
    for words in
        [["host", "add", "gpu-lab.acme.test"].as_slice(), &["host", "remove", "build-01"], &["host", "list"]]
    {
        let said = reach.run(words);
        let line = said.problem(1);
        assert!(
            line.starts_with(&format!("Sallyport's block in {path} was changed by hand at line ")),
            "{line}"
        );
        assert_eq!(bytes(&reach.ssh_config()).as_deref(), Some(damaged.as_bytes()), "{words:?}");
    }
}

#[test]
fn a_name_that_is_taken_and_one_that_is_not_there() {
    let reach = stage();
    reach.run(&["host", "add", HOST]).well();
    let before = bytes(&reach.ssh_config());
    assert_eq!(
        reach.run(&["host", "add", HOST]).problem(1),
        "build-01 is already used by another host; choose another name"
    );
    assert_eq!(
        reach.run(&["host", "remove", "nope"]).problem(1),
        "there is no host named nope; add it, or choose another"
    );
    assert_eq!(bytes(&reach.ssh_config()), before);
}

#[track_caller]
fn refuses(reach: &Reach, line: &str) {
    assert_eq!(reach.run(&["host", "add", HOST]).problem(1), line);
    let left: Vec<_> = fs::read_dir(reach.home.join(".ssh")).expect("the folder").collect();
    assert_eq!(left.len(), 1, "no draft and no backup is left behind: {left:?}");
}
