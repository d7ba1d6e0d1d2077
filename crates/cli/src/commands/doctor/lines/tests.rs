//! Facts in, lines out.

use std::path::PathBuf;

use profile::{VaultChoice, Way};
use ssh_config::Check;

use super::*;

fn text(line: &Line) -> String {
    line.as_text().trim_end().to_owned()
}

fn unreachable() -> Cause {
    Cause::Unreachable { host: "h".into(), detail: "d".into() }
}

#[test]
fn ssh_must_be_there_and_know_include() {
    for (said, expected) in [
        (Some("OpenSSH_9.2p1 Debian-2, OpenSSL 3.0"), "Fine     ssh: OpenSSH_9.2p1"),
        (Some("OpenSSH_for_Windows_8.6p1, LibreSSL 3.4.3"), "Fine     ssh: OpenSSH_for_Windows_8.6p1"),
        (Some("OpenSSH_7.3p1"), "Fine     ssh: OpenSSH_7.3p1"),
        (
            Some("OpenSSH_7.2p2 Ubuntu"),
            "Broken   ssh: OpenSSH_7.2p2 is older than 7.3 (install a newer OpenSSH client)",
        ),
        (Some("OpenSSH_10.0p2, OpenSSL"), "Fine     ssh: OpenSSH_10.0p2"),
        (Some("Dropbear v2022.83"), "Check    ssh: not OpenSSH: Dropbear (install the OpenSSH client)"),
        (Some(""), "Check    ssh: not OpenSSH:  (install the OpenSSH client)"),
        (None, "Broken   ssh: no ssh was found on the PATH (install the OpenSSH client)"),
    ] {
        assert_eq!(text(&ssh(said)), expected);
    }
}

#[test]
fn a_damaged_block_can_be_mended() {
    let damaged = Cause::ConfigDamaged { path: "c".into(), line: 3, what: "w".into() };
    let found = block(&Err(damaged));
    assert_eq!((found.state, found.next.as_str()), (State::Broken, "sallyport doctor --fix"));
    assert_eq!(found.cause.as_deref(), Some("config-damaged"));
    assert_eq!(block(&Ok(0)).state, State::Skipped);
    assert_eq!(text(&block(&Ok(1))), "Fine     managed block: 1 host");
    assert_eq!(text(&block(&Ok(4))), "Fine     managed block: 4 hosts");
}

#[test]
fn what_ssh_says_of_the_file_becomes_two_lines() {
    let fine = || Ok(Check::Fine { proxy_command: String::new(), hostname: String::new() });
    let other = || Ok(Check::OtherEntryWins { proxy_command: String::new(), hostname: String::new() });
    let refused = || Ok(Check::Refused { said: "line 2:\n  bad".into() });
    let named = |name: &str, check| (name.to_owned(), check);
    let taken = [("azure".to_owned(), 7)];
    for (checks, states, what) in [
        (vec![], [State::Skipped, State::Skipped], "no hosts"),
        (vec![named("a", fine())], [State::Fine, State::Fine], "each host uses Sallyport's lines"),
        (
            vec![named("a", fine()), named("azure", other()), named("b", other())],
            [State::Fine, State::Broken],
            "another entry wins over Sallyport's for azure (line 7), b",
        ),
        (vec![named("a", refused())], [State::Broken, State::Skipped], "ssh does not take the file"),
        (vec![named("a", Ok(Check::NoSsh))], [State::Skipped, State::Skipped], "no ssh to ask"),
    ] {
        let lines = ssh_config(&checks, &taken);
        assert_eq!([lines[0].state, lines[1].state], states, "{lines:?}");
        assert_eq!(lines[1].what, what);
    }
    assert_eq!(ssh_config(&[named("a", refused())], &[])[0].what, "ssh does not take it: line 2: bad");
}

#[test]
fn the_helper_must_start_in_the_same_version() {
    let path = || PathBuf::from("/x/sallyport");
    for (found, expected) in [
        (Program::Unused, "Skipped  helper: no host runs it yet"),
        (
            Program::Missing(path()),
            "Broken   helper: /x/sallyport is not there any more (sallyport doctor --fix)",
        ),
        (
            Program::Silent(path(), "it fails\nat once".into()),
            "Broken   helper: /x/sallyport does not start: it fails at once (sallyport doctor --fix)",
        ),
        (Program::Starts(path(), "1.2.3".into()), "Fine     helper: starts, same version"),
        (
            Program::Starts(path(), "1.2.2".into()),
            "Check    helper: /x/sallyport is version 1.2.2, this is 1.2.3 (sallyport doctor --fix)",
        ),
    ] {
        assert_eq!(text(&helper(&found, "1.2.3")), expected);
    }
}

#[test]
fn permissions_are_judged_as_ssh_does() {
    let folder = |mode| Guarded { path: "f".into(), is_folder: true, is_key: false, mode };
    let config = |mode| Guarded { path: "c".into(), is_folder: false, is_key: false, mode };
    let key = |mode| Guarded { path: "k".into(), is_folder: false, is_key: true, mode };
    for (found, state, what) in [
        (vec![folder(0o700), config(0o600), key(0o600)], State::Fine, "700 and 600"),
        (vec![folder(0o700), config(0o644)], State::Check, "c can be read by others"),
        (vec![folder(0o755)], State::Check, "f can be read by others"),
        (vec![folder(0o755), key(0o640)], State::Broken, "k can be read by others, ssh refuses it"),
        (vec![folder(0o770), key(0o640)], State::Broken, "f can be written by others, ssh ignores it"),
        (vec![config(0o602)], State::Broken, "c can be written by others, ssh ignores it"),
    ] {
        let line = permissions(&found);
        assert_eq!((line.state, line.what.as_str()), (state, what));
        assert_eq!(line.next.is_empty(), state == State::Fine);
    }
    assert_eq!(permissions(&[]).state, State::Skipped);
}

#[test]
fn lines_that_run_cloudflared_are_found() {
    let config = "Host a\n  ProxyCommand cloudflared access ssh --hostname %h\n# cloudflared\nMatch host b exec \"cloudflared access ssh-gen\"\n\
                  Host c\n\tproxycommand=/usr/bin/cloudflared access ssh\n  IdentityFile ~/.cloudflared/k\n\
                  ProxyCommand \"/opt/cloudflared/sallyport\" access ssh --hostname %h\n";
    assert_eq!(cloudflared_lines(config), [2, 4, 6]);
    assert!(cloudflared_lines("").is_empty());
    assert_eq!(cloudflared(&[]).state, State::Fine);
    assert!(cloudflared(&[2]).what.contains("by line 2 of"), "{}", cloudflared(&[2]).what);
    assert!(cloudflared(&[2, 4]).what.contains("by lines 2, 4 of"));
}

#[test]
fn the_keychain_and_the_desktop_are_told_apart_from_choices() {
    assert_eq!(keychain(VaultChoice::Keychain, Ok(())).state, State::Fine);
    assert_eq!(keychain(VaultChoice::File, Ok(())).state, State::Fine);
    assert_eq!(keychain(VaultChoice::Memory, Ok(())).state, State::Check);
    let locked = keychain(VaultChoice::Keychain, Err(Cause::KeychainLocked));
    assert_eq!((locked.state, locked.cause.as_deref()), (State::Broken, Some("keychain-locked")));
    assert_eq!(desktop(Ok(None), "1").state, State::Skipped);
    assert_eq!(desktop(Ok(Some("1".into())), "1").state, State::Fine);
    assert_eq!(desktop(Ok(Some("2".into())), "1").state, State::Check);
    let gone = Cause::DesktopGone { detail: "d".into() };
    assert_eq!(desktop(Err(gone), "1").state, State::Broken);
}

#[test]
fn one_family_is_enough() {
    let took = || Some(Ok(Duration::from_millis(12)));
    let no = || Some(Err("refused".to_owned()));
    use State::{Broken, Check, Fine, Skipped};
    for (v4, v6, states) in [
        (took(), took(), [Fine, Fine, Fine]),
        (took(), None, [Fine, Skipped, Fine]),
        (took(), no(), [Fine, Check, Fine]),
        (no(), took(), [Check, Fine, Fine]),
        (no(), None, [Broken, Skipped, Broken]),
        (None, None, [Skipped, Skipped, Broken]),
    ] {
        let lines = families("h", 443, &Families { v4, v6 });
        assert_eq!([lines[0].state, lines[1].state, lines[2].state], states, "{lines:?}");
    }
}

#[test]
fn the_issuer_is_named_where_it_is_known() {
    let issued = |issuer: Option<&str>| tls(Ok((Duration::from_millis(7), issuer.map(str::to_owned))));
    assert_eq!(
        issued(Some("Acme\nInspection")).what,
        "the certificate is trusted (issued by Acme Inspection), after 7 ms"
    );
    assert_eq!(issued(None).what, "the certificate is trusted, after 7 ms");
}

#[test]
fn where_a_proxy_leads_the_direct_way_is_not_looked_at() {
    let address = "http://ada:s3cret@proxy.acme.dev:3128".parse().unwrap();
    let (line, is_direct) = proxy("h", Way::Through(&address));
    assert_eq!((text(&line).as_str(), is_direct), ("Fine     proxy: proxy.acme.dev:3128 leads to h", false));
    let (line, is_direct) = proxy("h", Way::Direct);
    assert_eq!((line.state, is_direct), (State::Fine, true));
    let (line, is_direct) = proxy("h", Way::Unclear("HTTPS_PROXY"));
    assert_eq!((line.state, is_direct), (State::Broken, false));
    assert!(line.what.contains("HTTPS_PROXY"), "{}", line.what);
}

#[test]
fn the_clock_has_three_degrees() {
    for (ahead, state) in
        [(0, State::Fine), (-5, State::Fine), (6, State::Check), (-60, State::Check), (61, State::Broken)]
    {
        let line = clock(Ok(Some(ahead)));
        assert_eq!(line.state, state, "{ahead}: {line:?}");
        assert_eq!(line.cause.is_some(), state != State::Fine);
    }
    assert_eq!(clock(Ok(None)).state, State::Skipped);
    assert_eq!(clock(Err(unreachable())).state, State::Skipped);
    assert_eq!(clock(Err(Cause::ClockOff { seconds: -9000 })).state, State::Broken);
}

#[test]
fn the_way_to_the_host_ends_with_its_banner() {
    assert_eq!(text(&login("h", Ok(None))), "Check    login: none at hand (sallyport login h)");
    assert_eq!(text(&login("h", Ok(Some("17:42".into())))), "Fine     login: valid until 17:42");
    assert_eq!(text(&app(Ok("acme".into()))), "Fine     app: behind Cloudflare Access, team acme");
    assert_eq!(text(&banner(Ok("SSH-2.0-x".into()))), "Fine     SSH banner: SSH-2.0-x");
    assert_eq!(banner(Err(Cause::LogInNeeded { host: "h".into() })).state, State::Skipped);
    assert_eq!(banner(Err(unreachable())).state, State::Broken);
    assert_eq!(
        name("h", &Err(Cause::NoSuchName { host: "h".into() })).cause.as_deref(),
        Some("no-such-name")
    );
}

#[test]
fn a_report_holds_nothing_secret() {
    let text = "login ada@acme.dev eyJhbGci.eyJh.x\n/home/ada/.ssh/config (token=eyJx)\nFine  ssh: 9.2\n";
    let clean = redacted(text, Some("/home/ada"));
    assert_eq!(clean, "login [removed] [removed]\n~/.ssh/config [removed]\nFine  ssh: 9.2\n");
    assert_eq!(redacted("a / b", Some("/")), "a / b");
}

#[test]
fn one_trouble_is_told_once() {
    let gone = || Err(Cause::NoSuchName { host: "h".into() });
    let found = without_echoes(vec![
        name("h", &gone().map(|()| Vec::new())),
        tls(gone().map(|()| (Duration::ZERO, None))),
        app(Err(unreachable())),
    ]);
    assert_eq!(found[0].state, State::Broken);
    assert_eq!(text(&found[1]), "Skipped  TLS: same as name");
    assert_eq!(found[2].state, State::Broken, "another cause stands for itself");
    let plain = vec![ssh(None), ssh(None), login("h", Ok(None)), login("h", Ok(None))];
    assert_eq!(without_echoes(plain.clone()), plain, "only what has a cause is compared");
}

#[test]
fn problems_come_first() {
    let mut states = [State::Skipped, State::Fine, State::Check, State::Broken];
    states.sort();
    assert_eq!(states, [State::Broken, State::Check, State::Fine, State::Skipped]);
}
