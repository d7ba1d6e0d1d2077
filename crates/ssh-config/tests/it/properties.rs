//! What holds for every file and every list of hosts.

use std::fs;

use proptest::prelude::*;
use ssh_config::{Change, Host, SshConfig, SshConfigError};

use crate::fixture::*;

/// Lines as people write them, and bytes as nobody does.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("Host a *.b !c".as_bytes().to_vec()),
        Just(b"Host gpu".to_vec()),
        Just(b"  HostName=gpu.acme.dev".to_vec()),
        Just(b"\tProxyCommand \"/usr/bin/sallyport\" access ssh --hostname %h".to_vec()),
        Just(b"  User \"x y\" # z".to_vec()),
        Just(b"  IdentityAgent \"/run/sallyport-agent/x.sock\"".to_vec()),
        Just(b"  IdentityAgent none".to_vec()),
        Just(b"  IdentitiesOnly no".to_vec()),
        Just(b"  IdentitiesOnly yes".to_vec()),
        Just(b"Match all".to_vec()),
        Just(b"Match exec \"true\"".to_vec()),
        Just(b"Port 22".to_vec()),
        Just(b"# comment".to_vec()),
        Just(b"".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ];
    let ending = prop_oneof![4 => Just(&b"\n"[..]), 2 => Just(&b"\r\n"[..]), 1 => Just(&b"\r"[..]), 1 => Just(&b""[..])];
    let lines = proptest::collection::vec((line, ending), 0..14);
    (any::<bool>(), lines).prop_map(|(bom, lines)| {
        let mark: &[u8] = if bom { b"\xEF\xBB\xBF" } else { b"" };
        mark.iter()
            .copied()
            .chain(lines.into_iter().flat_map(|(line, ending)| [line, ending.to_vec()].concat()))
            .collect()
    })
}

/// Text that ends where a fence can follow, and has no byte order mark in its middle.
fn whole_lines() -> impl Strategy<Value = Vec<u8>> {
    text().prop_map(|mut text| {
        if text.starts_with(b"\xEF\xBB\xBF") {
            text.drain(..3);
        }
        if !text.is_empty() && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text
    })
}

fn hosts() -> impl Strategy<Value = Vec<Host>> {
    let option = prop_oneof![
        3 => (prop_oneof![Just("Compression"), Just("loglevel"), Just("SetEnv")], "[!-~&&[^=]][ -~]{0,6}[!-~]"),
        1 => (Just("IdentityAgent"), "none|~/a"),
        1 => (Just("IdentitiesOnly"), "yes|no"),
    ];
    let options = proptest::collection::vec(option, 0..3);
    let host = (
        "[a-c]{1,2}|gpu",
        "[a-z]{1,4}\\.dev",
        proptest::option::of("[a-z]{1,3}"),
        any::<Option<u16>>(),
        proptest::option::of("[a-z0-9.]{1,6}:[1-9]{2}"),
        proptest::option::of("/run/sallyport-agent/[a-z]{1,3}\\.sock"),
        options,
    );
    proptest::collection::vec(host, 0..5).prop_map(|hosts| {
        let mut list: Vec<Host> = Vec::new();
        for (alias, hostname, user, port, destination, agent, options) in hosts {
            let options = options.into_iter().map(|(keyword, value)| (keyword.to_owned(), value)).collect();
            let port = port.filter(|port| *port > 0);
            if !list.iter().any(|known| known.alias == alias) {
                list.push(Host { alias, hostname, user, port, destination, agent, options });
            }
        }
        list
    })
}

fn some_hosts() -> impl Strategy<Value = Vec<Host>> {
    hosts().prop_filter("a block needs a host", |hosts| !hosts.is_empty())
}

/// A file in which a block was planned once, for `hosts`, between lines of a person's own.
fn with_block(above: &[u8], hosts: &[Host], inside: &[u8], below: &[u8]) -> Vec<u8> {
    let block = Home::empty().planned(hosts);
    let inside = String::from_utf8_lossy(inside).replace("sallyport <<<", "").replace("sallyport >>>", "");
    let block = block.replacen("\nMatch all\n", &format!("\n{inside}\nMatch all\n"), 1);
    [above, block.as_bytes(), below].concat()
}

fn plan(home: &Home, hosts: &[Host]) -> Change {
    home.read().plan(hosts, &command()).unwrap()
}

fn sorted(mut hosts: Vec<Host>) -> Vec<Host> {
    hosts.sort_by(|one, other| one.alias.cmp(&other.alias));
    hosts
}

/// The bytes outside the fences, and nothing when there are none.
fn outside(bytes: &[u8]) -> Option<Vec<u8>> {
    let find = |mark: &[u8]| bytes.windows(mark.len()).position(|it| it == mark);
    let begin = find(BEGIN.trim_end().as_bytes())?;
    let end = find(END.trim_end().as_bytes())?;
    let rest = bytes[end..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| end + at + 1);
    Some([&bytes[..begin], &bytes[rest..]].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parse_then_write_is_identity(bytes in text()) {
        let home = Home::with(&bytes);
        let change = home.read().repair(&command()).unwrap();
        prop_assert_eq!(change.after(), &bytes);
        let _applied = change.apply().unwrap();
        prop_assert_eq!(fs::read(home.config()).unwrap(), bytes);
    }

    #[test]
    fn apply_then_undo_is_identity(bytes in proptest::option::of(text()), first in hosts(), second in hosts()) {
        let home = bytes.map_or_else(Home::empty, Home::with);
        let before = home.everything();
        let one = plan(&home, &first).apply().unwrap();
        let between = home.everything();
        let two = plan(&home, &second).apply().unwrap();
        two.undo().unwrap();
        prop_assert_eq!(home.everything(), between);
        one.undo().unwrap();
        prop_assert_eq!(home.everything(), before);
    }

    #[test]
    fn apply_twice_is_once(
        above in whole_lines(), old in hosts(), inside in whole_lines(), below in text(), new in hosts(),
    ) {
        let home = Home::with(with_block(&above, &old, &inside, &below));
        let _applied = plan(&home, &new).apply().unwrap();
        let once = fs::read(home.config()).unwrap();
        let again = plan(&home, &new);
        prop_assert!(again.is_empty(), "{}", again.diff().unified("config"));
        let _applied = again.apply().unwrap();
        prop_assert_eq!(fs::read(home.config()).unwrap(), once);
    }

    #[test]
    fn no_byte_outside_the_block_changes(bytes in text(), first in some_hosts(), second in some_hosts()) {
        let home = Home::with(&bytes);
        for hosts in [&first, &second] {
            let _applied = plan(&home, hosts).apply().unwrap();
            let after = fs::read(home.config()).unwrap();
            prop_assert_eq!(outside(&after), Some(bytes.clone()));
        }
        let _applied = plan(&home, &[]).apply().unwrap();
        prop_assert_eq!(fs::read(home.config()).unwrap(), bytes);
    }

    #[test]
    fn the_block_gives_back_its_hosts(bytes in text(), first in hosts(), second in hosts()) {
        let home = Home::with(&bytes);
        for hosts in [first, second] {
            let _applied = plan(&home, &hosts).apply().unwrap();
            prop_assert_eq!(sorted(home.read().hosts().unwrap()), sorted(hosts));
        }
    }

    #[test]
    fn no_line_of_a_person_is_lost(
        above in whole_lines(), old in hosts(), inside in whole_lines(), below in whole_lines(),
    ) {
        // A plan for the hosts that are there keeps every line; only a closing line may come on top.
        let home = Home::with(with_block(&above, &old, &inside, &below));
        let hosts = home.read().hosts().unwrap();
        prop_assume!(!hosts.is_empty());
        let change = plan(&home, &hosts);
        let mut after: Vec<_> = change.after().split(|it| *it == b'\n').map(<[u8]>::to_vec).collect();
        for line in fs::read(home.config()).unwrap().split(|it| *it == b'\n') {
            let at = after.iter().position(|it| it == line);
            prop_assert!(at.is_some(), "{:?} is gone", String::from_utf8_lossy(line));
            after.swap_remove(at.unwrap());
        }
    }

    #[test]
    fn repair_keeps_every_line_that_is_no_fence(
        parts in proptest::collection::vec((0..3_usize, whole_lines()), 1..5), last in text(),
    ) {
        let mut bytes: Vec<u8> = Vec::new();
        for (mark, lines) in parts {
            bytes.extend_from_slice([BEGIN, END, GPU][mark].as_bytes());
            bytes.extend(lines);
        }
        bytes.extend(last.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&last));
        let home = Home::with(&bytes);
        let damaged = matches!(home.read().hosts(), Err(SshConfigError::Damaged { .. }));
        let change = home.read().repair(&command()).unwrap();
        prop_assert_eq!(change.is_empty(), !damaged);
        let mut after: Vec<_> = change.after().split(|it| *it == b'\n').map(<[u8]>::to_vec).collect();
        let is_fence = |line: &[u8]| [BEGIN, END].iter().any(|it| it.trim_end().as_bytes() == line);
        for line in bytes.split(|it| *it == b'\n').filter(|line| !line.is_empty() && !is_fence(line)) {
            // A last line without an ending gets the file's when it moves into the block.
            let exact = after.iter().position(|it| it == line);
            let at = exact.or_else(|| after.iter().position(|it| it.strip_suffix(b"\r") == Some(line)));
            prop_assert!(at.is_some(), "{:?} is gone", String::from_utf8_lossy(line));
            after.swap_remove(at.unwrap());
        }
        let _applied = change.apply().unwrap();
        SshConfig::read(&home.config()).unwrap().hosts().unwrap();
    }
}
