//! What a plan makes of a file, to the byte.

use std::path::Path;

use ssh_config::{DiffLineKind, Host, InvalidHost, ProxyCommand, SshConfigError};

use crate::fixture::*;

#[test]
fn a_new_file_gets_the_block_alone() {
    let expected = "# >>> sallyport >>>  Written by Sallyport. Change hosts in its window or with `sallyport host`.\n\
                    Host build-01\n  HostName build-01.acme.dev\n  User ada.park\n  \
                    ProxyCommand \"/usr/bin/sallyport\" access ssh --hostname %h\n\nMatch all\n# <<< sallyport <<<\n";
    assert_eq!(Home::empty().planned(&[build()]), expected);
}

#[test]
fn the_block_goes_before_everything_a_person_wrote() {
    for own in ["ServerAliveInterval 30\nHost *\n  Compression yes\n", "# mine\n\nHost a\n", "Host b", "\n"] {
        assert_eq!(Home::with(own).planned(&[build(), gpu()]), block(&[BUILD, GPU]) + own);
    }
}

#[test]
fn a_byte_order_mark_stays_first() {
    let after = Home::with("\u{feff}Host a\n").planned(&[build()]);
    assert_eq!(after, format!("\u{feff}{}Host a\n", block(&[BUILD])));
    assert_eq!(Home::with(&after).planned(&[]), "\u{feff}Host a\n");
}

#[test]
fn line_endings_are_those_of_the_file() {
    let after = Home::with("Host a\r\n  User x\r\nHost odd\n").planned(&[build()]);
    assert_eq!(after, block(&[BUILD]).replace('\n', "\r\n") + "Host a\r\n  User x\r\nHost odd\n");
    assert_eq!(Home::with(&after).read().hosts().unwrap(), [build()]);
    let more = Home::with(&after).planned(&[build(), gpu()]);
    assert!(more.starts_with(&block(&[BUILD, GPU]).replace('\n', "\r\n")));
}

#[test]
fn every_field_is_written_and_read_back() {
    let options = vec![("ServerAliveInterval".into(), "30".into()), ("ForwardAgent".into(), "no".into())];
    let host = Host { options, ..build().with_port(2222) };
    let after = Home::empty().planned(std::slice::from_ref(&host));
    let lines = "  User ada.park\n  Port 2222\n  ProxyCommand \"/usr/bin/sallyport\" access ssh --hostname %h\n  \
                 ServerAliveInterval 30\n  ForwardAgent no\n";
    assert!(after.contains(lines), "{after}");
    assert_eq!(Home::with(&after).read().hosts().unwrap(), [host]);
}

#[test]
fn a_host_with_a_certificate_asks_our_agent() {
    let address = "/run/user/1000/sallyport/sallyport-agent/gpu.acme.dev.sock";
    let host = gpu().with_agent(address).unwrap();
    let after = Home::empty().planned(std::slice::from_ref(&host));
    let lines = format!("  IdentityAgent \"{address}\"\n  IdentitiesOnly no\n");
    assert_eq!(after, block(&[&GPU.replace("  ProxyCommand", &format!("{lines}  ProxyCommand"))]));
    assert_eq!(Home::with(&after).read().hosts().unwrap(), [host]);
    assert_eq!(Home::with(&after).planned(&[gpu()]), block(&[GPU]));
    assert_eq!(gpu().with_agent("~/.1password/agent.sock"), Err(InvalidHost::Agent));
}

#[test]
fn an_agent_that_a_person_named_stays_behind_ours() {
    let theirs = "  IdentityAgent ~/.1password/agent.sock\n  IdentitiesOnly yes\n";
    let before = block(&[&GPU.replace("  HostName", &format!("{theirs}  HostName"))]);
    let host = Home::with(&before).read().hosts().unwrap().remove(0);
    assert_eq!((&host.agent, host.options.len()), (&None, 2));
    let ours = host.clone().with_agent("/run/sallyport-agent/gpu.sock").unwrap();
    let after = Home::with(&before).planned(std::slice::from_ref(&ours));
    assert_eq!(Home::with(&after).read().hosts().unwrap(), [ours]);
    assert_eq!(Home::with(&after).planned(&[host]), before);
}

#[test]
fn a_line_of_ours_that_ssh_did_not_heed_goes_with_the_one_before_it() {
    // An editor has joined two lines: what stands there is no agent of ours any more, and hides the one below.
    let joined = "  IdentityAgent \"/run/sallyport-agent/x.sock\"Host a *.b !c\n";
    let hidden = "  IdentityAgent \"/run/sallyport-agent/x.sock\"\n";
    let before = block(&[&format!("{GPU}{joined}{hidden}  IdentitiesOnly no\n")]);
    let host = Home::with(&before).read().hosts().unwrap().remove(0);
    assert_eq!((&host.agent, host.options.len()), (&None, 2));
    assert_eq!(Home::with(&before).planned(std::slice::from_ref(&host)), before);
    assert_eq!(Home::with(&before).planned(&[gpu()]), block(&[GPU]));
    let without = Host { options: host.options[1..].to_vec(), ..host };
    let after = Home::with(&before).planned(std::slice::from_ref(&without));
    assert_eq!(after, block(&[&format!("{GPU}  IdentitiesOnly no\n")]));
    let option = ("IdentityAgent".to_owned(), "/run/sallyport-agent/x.sock # b".to_owned());
    assert!(Host { options: vec![option], ..gpu() }.validate().is_err(), "it would be read as ours");
}

/// A block that a person has been in: comments, other indentation, extra lines, an entry of their own.
fn lived_in() -> String {
    format!(
        "{BEGIN}# work\nhost build-01 b1\n\tHostName=build-01.acme.dev # prod\n\tUser ada.park\n\t# slow link\n\tCompression yes\n\
         \tProxyCommand \"/usr/bin/sallyport\" access ssh --hostname %h\n\n# graphics\n{GPU}\nHost *.lab\n  User root\n  NoSuchWord \u{e9}\n\n\
         Match all\n{END}Host mine\n  User me"
    )
}

fn with_compression(host: Host) -> Host {
    Host { options: vec![("Compression".into(), "yes".into())], ..host }
}

#[test]
fn adding_a_host_changes_no_other_line() {
    let home = Home::with(lived_in());
    assert_eq!(home.read().hosts().unwrap(), [with_compression(build()), gpu()]);
    let new = Host::new("web", "web.acme.dev").unwrap();
    let after = home.planned(&[with_compression(build()), gpu(), new]);
    let entry = GPU.replace("gpu", "web");
    assert_eq!(after, lived_in().replace("\nHost *.lab", &format!("\n{entry}\nHost *.lab")));
}

#[test]
fn changing_a_host_changes_only_the_lines_that_differ() {
    let home = Home::with(lived_in());
    let moved = Host { hostname: "b.acme.dev".into(), user: None, ..with_compression(build()).with_port(22) };
    let after = home.planned(&[moved, gpu()]);
    let expected = lived_in().replace(
        "\tHostName=build-01.acme.dev # prod\n\tUser ada.park\n",
        "\tHostName=b.acme.dev # prod\n\tPort 22\n",
    );
    assert_eq!(after, expected);
}

#[test]
fn removing_a_host_leaves_the_lines_around_it() {
    let home = Home::with(lived_in());
    assert_eq!(home.planned(&[with_compression(build())]), lived_in().replace(&format!("{GPU}\n"), ""));
    let diff = home.plan(&[with_compression(build())]).diff();
    assert_eq!((diff.added, diff.removed), (0, 4));
}

#[test]
fn options_change_in_place_or_move_as_a_whole() {
    let with = |options: &[(&str, &str)]| {
        let options = options.iter().map(|(keyword, value)| ((*keyword).into(), (*value).into())).collect();
        Host { options, ..gpu() }
    };
    let first = Home::empty().planned(&[with(&[
        ("Compression", "yes"),
        ("LogLevel", "DEBUG"),
        ("TCPKeepAlive", "no"),
    ])]);
    let expect = |options: &[(&str, &str)], lines: &str| {
        let after = Home::with(&first).planned(&[with(options)]);
        assert_eq!(after, block(&[&format!("{GPU}{lines}")]));
    };
    expect(
        &[("Compression", "yes"), ("LogLevel", "INFO"), ("TCPKeepAlive", "no")],
        "  Compression yes\n  LogLevel INFO\n  TCPKeepAlive no\n",
    );
    expect(&[("Compression", "yes"), ("TCPKeepAlive", "no")], "  Compression yes\n  TCPKeepAlive no\n");
    expect(&[("Compression", "yes"), ("IPQoS", "none")], "  Compression yes\n  IPQoS none\n");
    expect(&[("TCPKeepAlive", "no"), ("Compression", "yes")], "  TCPKeepAlive no\n  Compression yes\n");
    expect(&[], "");
}

#[test]
fn a_helper_that_moved_is_followed() {
    let home = Home::with(block(&[BUILD, GPU]) + "Host x\n");
    let command = ProxyCommand { helper: "/opt/sallyport".into(), profile: Some("/tmp/p".into()) };
    let after = home.read().plan(&[build(), gpu()], &command).unwrap();
    let expected = (block(&[BUILD, GPU]) + "Host x\n")
        .replace("/usr/bin/sallyport\"", "/opt/sallyport\" --profile \"/tmp/p\"");
    assert_eq!(String::from_utf8_lossy(after.after()), expected);
    assert_eq!(home.read().helper().as_deref(), Some(Path::new("/usr/bin/sallyport")));
    assert_eq!(Home::with(after.after()).read().helper().as_deref(), Some(Path::new("/opt/sallyport")));
}

#[test]
fn a_command_that_a_person_wrote_stays() {
    let own = block(&[&GPU.replace("\"/usr/bin/sallyport\" access ssh --hostname %h", "nc %h 22")]);
    let home = Home::with(&own);
    assert_eq!(home.read().hosts().unwrap(), [gpu()]);
    assert!(home.plan(&[gpu()]).is_empty());
    assert_eq!(home.read().helper(), None);
}

#[test]
fn an_empty_list_takes_the_block_out() {
    let own = "IdentitiesOnly yes\nHost a\n";
    assert_eq!(Home::with(block(&[BUILD, GPU]) + own).planned(&[]), own);
    assert_eq!(Home::with(own).planned(&[]), own);
    assert!(Home::empty().plan(&[]).is_empty());
}

#[test]
fn what_a_person_wrote_into_the_block_outlives_it() {
    let own = "Port 2200\nHost a\n";
    let text = format!("{BEGIN}# work\n{GPU}\nHost *.lab\n  User root\n\nMatch all\n{END}{own}");
    assert_eq!(Home::with(&text).planned(&[]), format!("# work\nHost *.lab\n  User root\nMatch all\n{own}"));
    let text = format!("{BEGIN}# work\n{GPU}\nMatch all\n  Compression yes\n{END}{own}");
    assert_eq!(Home::with(&text).planned(&[]), format!("# work\nMatch all\n  Compression yes\n{own}"));
}

#[test]
fn a_block_that_is_not_on_top_goes_there() {
    let behind = "Port 2200\nHost z\n";
    let text = format!("Host *\n  ProxyCommand none\n{}{behind}", block(&[GPU]));
    let expected = format!("{}Host *\n  ProxyCommand none\nMatch all\n{behind}", block(&[GPU]));
    assert_eq!(Home::with(&text).planned(&[gpu()]), expected);
    let text = format!("Port 2200\n{}", block(&[GPU]).trim_end());
    assert_eq!(Home::with(&text).planned(&[gpu()]), format!("{}Port 2200\n", block(&[GPU])));
    let text = format!("# only words above\n\n{}", block(&[GPU]));
    assert!(Home::with(&text).plan(&[gpu()]).is_empty());
}

#[test]
fn a_missing_closing_line_comes_back() {
    let text = format!("{BEGIN}{GPU}{END}Port 2200\n");
    assert_eq!(Home::with(&text).planned(&[gpu()]), block(&[GPU]) + "Port 2200\n");
    let text = format!("{BEGIN}{END}Port 2200\n");
    assert_eq!(Home::with(&text).planned(&[gpu()]), block(&[GPU]) + "Port 2200\n");
    assert_eq!(Home::with(&text).planned(&[]), "Port 2200\n");
}

#[test]
fn names_outside_are_told_with_their_lines() {
    let text = format!("{}Host a \"b c\" *.x # note\nMatch host q\nhost=d\n", block(&[GPU]));
    let first = block(&[GPU]).lines().count() + 1;
    let expected = [("a", first), ("b c", first), ("*.x", first), ("d", first + 2)];
    assert_eq!(Home::with(&text).read().entries_outside(), expected.map(|(it, line)| (it.to_owned(), line)));
}

#[test]
fn entries_that_are_no_hosts_are_told_with_their_lines() {
    let broken = BUILD.replace("build-01.acme.dev", "build 01 %h; x");
    let text =
        format!("# top\n{}Host a\n", block(&[GPU, &broken.replace(" 01 ", ""), "Match user x\n  Port 3\n"]));
    let found = Home::with(&text).read().entries_unread();
    assert_eq!(found, [("Host build-01".to_owned(), 7), ("Match user x".to_owned(), 12)]);
    assert!(Home::with(&text).plan(&[gpu()]).is_empty());
}

#[test]
fn hosts_that_could_do_harm_are_refused() {
    let home = Home::with("Host a\n");
    let plan = |hosts: &[Host]| home.read().plan(hosts, &command()).map(|it| it.is_empty());
    let harmful = Host { hostname: "a\nProxyCommand rm".into(), ..gpu() };
    assert!(matches!(plan(&[harmful]), Err(SshConfigError::InvalidHost(InvalidHost::Character { .. }))));
    let twice = plan(&[gpu(), build(), gpu()]);
    assert!(
        matches!(twice, Err(SshConfigError::InvalidHost(InvalidHost::Duplicate { alias })) if alias == "gpu")
    );
    let helper = ProxyCommand { helper: "/a\nb".into(), profile: None };
    assert!(matches!(home.read().plan(&[gpu()], &helper), Err(SshConfigError::HelperPath { .. })));
}

#[test]
fn the_diff_shows_what_will_be_written() {
    let home = Home::with("Host a\n  User x\n");
    let diff = home.plan(&[gpu()]).diff();
    assert_eq!((diff.added, diff.removed), (7, 0));
    assert_eq!(diff.lines[1].text, "Host gpu");
    assert_eq!(diff.lines[1].kind, DiffLineKind::Added);
    assert_eq!(diff.lines[8].text, "  User x");
    assert_eq!(diff.lines[8].kind, DiffLineKind::Context);
    let shown = diff.unified("~/.ssh/config");
    let head = format!("--- ~/.ssh/config\n+++ ~/.ssh/config\n@@ -1,2 +1,9 @@\n+{BEGIN}+Host gpu\n");
    assert!(shown.starts_with(&head), "{shown}");
}
