//! Taking over what a person made for cloudflared, and putting it back.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use ssh_config::{Found, Host, Import, Takeover, Verdict, undo_all};
use wire::{LeftAlone, Replaced};

use crate::fixture::*;

const CERTIFICATE: &str = "Match host gpu.acme.dev exec \"/usr/bin/cloudflared access ssh-gen --hostname %h\"\n  \
     ProxyCommand /usr/bin/cloudflared access ssh --hostname %h\n  IdentityFile ~/.cloudflared/%h-cf_key\n  \
     CertificateFile ~/.cloudflared/%h-cf_key-cert.pub\n";
const OLD_PAIR: &str = "Host vm.acme.dev\n  User ada\n  ProxyCommand bash -c 'cloudflared access ssh-gen --hostname %h; \
     ssh -tt %r@cfpipe-vm.acme.dev >&2 <&1'\n\nHost cfpipe-vm.acme.dev\n  HostName vm.acme.dev\n  \
     ProxyCommand cloudflared access ssh --hostname %h\n  IdentityFile ~/.cloudflared/vm.acme.dev-cf_key\n  \
     CertificateFile ~/.cloudflared/vm.acme.dev-cf_key-cert.pub\n";

fn agent(hostname: &str) -> String {
    format!("/run/sallyport-agent/{hostname}.sock")
}

fn import(home: &Home) -> Import {
    Import::read(&home.config(), &home.path(""), &agent).unwrap()
}

fn all(import: &Import) -> Takeover {
    let chosen: BTreeSet<usize> = (0..import.found().len()).collect();
    import.plan(&chosen, &command()).unwrap()
}

fn put_back(home: &Home) -> Takeover {
    Import::put_back(&home.config(), &home.path(""), &agent, &command()).unwrap()
}

fn found(config: &str) -> Vec<Found> {
    import(&Home::with(config)).found().to_vec()
}

/// The hosts that a config's entries become.
fn taken(config: &str) -> Vec<Host> {
    let hosts = |found: Found| match found.verdict {
        Verdict::Taken { hosts, .. } => hosts,
        Verdict::Left(why) => panic!("{:?} is left alone: {why:?}", found.names),
    };
    found(config).into_iter().flat_map(hosts).collect()
}

fn left(config: &str) -> LeftAlone {
    match found(config).as_slice() {
        [Found { verdict: Verdict::Left(why), .. }] => why.clone(),
        other => panic!("{config}: {other:?}"),
    }
}

#[test]
fn a_plain_entry_keeps_its_user_port_identity_and_names() {
    let config = "Host build-01 b1\n  HostName build-01.acme.dev\n  User ada.park\n  Port 2222\n  IdentityFile ~/.ssh/id_work\n  \
                  ProxyCommand /usr/local/bin/cloudflared access ssh --hostname %h\n";
    let host =
        Host { options: vec![("IdentityFile".into(), "~/.ssh/id_work".into())], ..build().with_port(2222) };
    assert_eq!(taken(config), [host.clone(), Host { alias: "b1".into(), ..host }]);
    assert!(matches!(&found(config)[0].verdict, Verdict::Taken { replaced: Replaced::Command, .. }));
}

#[test]
fn a_bastion_keeps_its_destination_and_the_key_its_name() {
    let config = "Host db\n  HostName 10.0.4.12\n  ProxyCommand cloudflared access ssh --hostname bastion.acme.dev --destination %h:%p\n";
    let expected = Host {
        destination: Some("10.0.4.12:22".into()),
        options: vec![("HostKeyAlias".into(), "10.0.4.12".into())],
        ..Host::new("db", "bastion.acme.dev").unwrap()
    };
    assert_eq!(taken(config), [expected]);
}

#[test]
fn both_ways_to_a_certificate_ask_the_agent_instead() {
    let gpu = Host::new("gpu.acme.dev", "gpu.acme.dev").unwrap().with_agent(&agent("gpu.acme.dev")).unwrap();
    assert_eq!(taken(CERTIFICATE), std::slice::from_ref(&gpu));
    let short = format!("Host gpu\n  HostName gpu.acme.dev\n  User ada\n\n{CERTIFICATE}");
    assert_eq!(taken(&short), [Host { alias: "gpu".into(), ..gpu.clone() }, gpu]);
    let vm = Host::new("vm.acme.dev", "vm.acme.dev").unwrap().with_user("ada").unwrap();
    assert_eq!(taken(OLD_PAIR), [vm.with_agent(&agent("vm.acme.dev")).unwrap()]);
}

#[test]
fn what_stays_says_why() {
    let run = "ProxyCommand cloudflared access ssh --hostname %h";
    for (config, why) in [
        (format!("Host *.acme.dev\n  {run}\n"), LeftAlone::ManyHosts),
        (format!("{run}\n"), LeftAlone::ManyHosts),
        (
            format!("Match host *.dev exec \"cloudflared access ssh-gen --hostname %h\"\n  {run}\n"),
            LeftAlone::ManyHosts,
        ),
        (format!("Match user ada\n  {run}\n"), LeftAlone::Condition),
        (format!("Match host a.dev exec \"test -f x\"\n  {run}\n"), LeftAlone::Condition),
        (format!("Host a.dev\n  {run} --id i --secret s\n"), LeftAlone::ServiceToken),
        (format!("Host a.dev\n  ProxyJump x\nHost a.dev\n  {run}\n"), LeftAlone::EarlierEntry { line: 1 }),
        (
            format!("Host a.dev\n  {run}/path\n"),
            LeftAlone::Unwritable { what: "the hostname must not contain '/'".into() },
        ),
        (format!("Host a.dev\n  Include x\n  {run}\n"), LeftAlone::Condition),
        (
            "Host a\n  ProxyCommand cloudflared access ssh --hostname %h | tee x\n".into(),
            LeftAlone::OtherCommand,
        ),
    ] {
        assert_eq!(left(&config), why, "{config}");
    }
    assert_eq!(found("Host a\n  ProxyCommand ssh -W %h:%p jump\n"), []);
}

#[test]
fn a_host_of_ours_is_already_here() {
    let home = Home::with(
        "Host gpu\n  HostName gpu.acme.dev\n  ProxyCommand cloudflared access ssh --hostname %h\n",
    );
    let _applied = home.plan(&[gpu()]).apply().unwrap();
    assert_eq!(import(&home).found()[0].verdict, Verdict::Left(LeftAlone::AlreadyHere));
    assert!(all(&import(&home)).is_empty());
}

#[test]
fn lines_that_ssh_does_not_heed_are_not_taken_over() {
    let config = "User root\nHost *.dev\n  Port 2200\n  Compression yes\nHost a.dev\n  User ada\n  Port 22\n  Compression no\n  \
                  LogLevel ERROR\n  ProxyCommand cloudflared access ssh --hostname %h\n";
    let expected =
        Host { options: vec![("LogLevel".into(), "ERROR".into())], ..Host::new("a.dev", "a.dev").unwrap() };
    assert_eq!(taken(config), [expected]);
}

#[test]
fn the_files_show_what_happened() {
    let home = Home::with(
        "# mine\nHost gpu\n  HostName gpu.acme.dev\n  # note\n  ProxyCommand cloudflared access ssh --hostname %h\n\nHost x\n",
    );
    let before = read(&home.config());
    let takeover = all(&import(&home));
    assert_eq!((takeover.aliases(), takeover.check().unwrap()), (&["gpu".to_owned()][..], None));
    let applied = takeover.apply().unwrap();
    let mark = "# imported by Sallyport: ";
    let expected = format!(
        "{}# mine\n{mark}Host gpu\n{mark}  HostName gpu.acme.dev\n  # note\n{mark}  ProxyCommand cloudflared access ssh --hostname %h\n\nHost x\n",
        block(&[GPU])
    );
    assert_eq!(read(&home.config()), expected);
    assert_eq!(read(&home.backup()), before);
    undo_all(applied).unwrap();
    assert_eq!(read(&home.config()), before);
    assert!(!home.backup().exists());
}

#[test]
fn included_files_change_too_and_come_back() {
    let home = Home::with("");
    let entry = "Host gpu\n  HostName gpu.acme.dev\n  ProxyCommand cloudflared access ssh --hostname %h\n";
    fs::create_dir(home.path(".ssh/conf.d")).unwrap();
    write(&home.path(".ssh/conf.d/work"), entry);
    write(&home.path(".ssh/conf.d/own"), "Host mine\n  User me\n");
    let main = "Include conf.d/*\nInclude missing\nHost y\n  Include inner\n";
    write(&home.path(".ssh/inner"), entry.replace("gpu", "inner"));
    write(&home.config(), main);
    let before = home.everything();
    let import = import(&home);
    let names: Vec<_> = import
        .found()
        .iter()
        .map(|it| (it.names.concat(), matches!(it.verdict, Verdict::Taken { .. })))
        .collect();
    assert_eq!(names, [("gpu".to_owned(), true), ("inner".to_owned(), false)]);
    let takeover = all(&import);
    assert_eq!(takeover.diffs().count(), 2);
    takeover.apply().unwrap();
    assert!(read(&home.path(".ssh/conf.d/work")).starts_with("# imported by Sallyport: Host gpu\n"));
    let back = put_back(&home);
    assert_eq!(back.aliases(), ["gpu"]);
    back.apply().unwrap();
    let mut after = home.everything();
    after.retain(|path, _| !path.to_string_lossy().ends_with(".sallyport-backup"));
    assert_eq!(after, before);
}

#[test]
fn ssh_takes_a_destination() {
    let home = Home::with("");
    let bastion = Host { destination: Some("10.0.4.12:22".into()), ..gpu() };
    let change = home.plan(std::slice::from_ref(&bastion));
    assert!(matches!(
        change.check("gpu").unwrap(),
        ssh_config::Check::Fine { .. } | ssh_config::Check::NoSsh
    ));
    let _applied = change.apply().unwrap();
    assert_eq!(home.read().hosts().unwrap(), [bastion]);
}

#[test]
fn putting_back_leaves_what_came_since() {
    let home = Home::with(OLD_PAIR);
    all(&import(&home)).apply().unwrap();
    let mut hosts = home.read().hosts().unwrap();
    hosts.push(build());
    let _applied = home.plan(&hosts).apply().unwrap();
    let text = read(&home.config()) + "Host later\n  Port 22\n";
    write(&home.config(), text);
    put_back(&home).apply().unwrap();
    assert_eq!(read(&home.config()), block(&[BUILD]) + OLD_PAIR + "Host later\n  Port 22\n");
}

#[test]
fn a_second_entry_that_is_there_twice_goes_with_its_pair() {
    let second = &OLD_PAIR[OLD_PAIR.find("Host cfpipe-").unwrap()..];
    for further in [OLD_PAIR, second, &("Host b\n  Port 22\n\x0E".to_owned() + OLD_PAIR)] {
        let home = Home::with(OLD_PAIR.to_owned() + further);
        let before = read(&home.config());
        all(&import(&home)).apply().unwrap();
        assert!(
            all(&import(&home)).is_empty(),
            "nothing comes to light when the first is a comment: {further}"
        );
        put_back(&home).apply().unwrap();
        assert_eq!(read(&home.config()), before);
    }
}

#[test]
fn a_pair_stays_whose_second_name_leads_elsewhere_too() {
    let further = "Host cfpipe-vm.acme.dev x\n  ProxyCommand cloudflared access ssh --hostname %h\n";
    let home = Home::with(OLD_PAIR.to_owned() + further);
    assert_eq!(all(&import(&home)).aliases(), ["cfpipe-vm.acme.dev"]);
}

#[test]
fn a_file_that_cannot_be_written_leaves_all_files_alone() {
    let home = Home::with("");
    let entry = "Host gpu\n  HostName gpu.acme.dev\n  ProxyCommand cloudflared access ssh --hostname %h\n";
    write(&home.path(".ssh/work"), entry);
    write(&home.config(), "Include work\n");
    let takeover = all(&import(&home));
    write(&home.path(".ssh/work"), "# changed meanwhile\n");
    let before = home.everything();
    takeover.apply().unwrap_err();
    assert_eq!(home.everything(), before);
}

/// What ssh itself makes of a name, without the lines that are meant to differ.
#[cfg(unix)]
fn asked(home: &Home, alias: &str) -> Vec<String> {
    let out =
        std::process::Command::new("ssh").arg("-F").arg(home.config()).args(["-G", alias]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let differs = ["proxycommand ", "hostname ", "hostkeyalias "];
    let lines = String::from_utf8(out.stdout).unwrap();
    lines.lines().filter(|line| !differs.iter().any(|it| line.starts_with(it))).map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn ssh_heeds_the_same_options_before_and_after() {
    let config = "User root\nHost *.dev\n  Port 2200\n  Compression yes\nHost a.dev b\n  User ada\n  Port 22\n  LogLevel ERROR\n  \
                  IdentityFile ~/.ssh/%h\n  ProxyCommand cloudflared access ssh --hostname app.dev\nHost *\n  ServerAliveInterval 9\n";
    let home = Home::with(config);
    let before = ["a.dev", "b", "other"].map(|alias| asked(&home, alias));
    all(&import(&home)).apply().unwrap();
    let expand = |lines: &[String], alias: &str| lines.join("\n").replace("%h", alias);
    for (alias, before) in ["a.dev", "b", "other"].iter().zip(&before) {
        assert_eq!(expand(&asked(&home, alias), alias), expand(before, alias), "{alias}");
    }
}

/// Entries as people have them, and lines as nobody has.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"Host a\n  ProxyCommand cloudflared access ssh --hostname %h\n".to_vec()),
        2 => Just(b"Host b c\r\n\tHostName b.dev\r\n\tUser x\r\n\tProxyCommand \"/x y/cloudflared\" access tcp -T %h\r\n".to_vec()),
        2 => Just(b"Host d\n  ProxyCommand cloudflared access ssh --hostname bastion.dev --destination %h:%p\n".to_vec()),
        1 => Just(CERTIFICATE.as_bytes().to_vec()),
        1 => Just(OLD_PAIR.as_bytes().to_vec()),
        1 => Just(b"Host *.dev\n  ProxyCommand cloudflared access ssh --hostname %h\n".to_vec()),
        1 => Just(b"Match all\n".to_vec()),
        1 => Just(b"Match exec \"cloudflared x\"\n".to_vec()),
        1 => Just(b"  Port 22\n\n# note\n".to_vec()),
        1 => Just(b"  ProxyCommand cloudflared access ssh --hostname %h".to_vec()),
        1 => Just(b"# imported by\n".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..10),
    ];
    (any::<bool>(), proptest::collection::vec(piece, 0..8)).prop_map(|(bom, pieces)| {
        let mark: &[u8] = if bom { b"\xEF\xBB\xBF" } else { b"" };
        [mark.to_vec(), pieces.concat()].concat()
    })
}

/// The lines of a person's own, with marks taken off.
fn unmarked(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mark = b"# imported by Sallyport: ";
    bytes.split(|it| *it == b'\n').map(|line| line.strip_prefix(&mark[..]).unwrap_or(line).to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn take_over_then_put_back_is_identity(bytes in lines(), ours in any::<bool>()) {
        let home = Home::with(&bytes);
        if ours {
            let _applied = home.plan(&[build(), gpu()]).apply().unwrap();
        }
        let before = fs::read(home.config()).unwrap();
        let takeover = all(&import(&home));
        prop_assert_eq!(takeover.is_empty(), takeover.aliases().is_empty());
        takeover.apply().unwrap();
        put_back(&home).apply().unwrap();
        prop_assert_eq!(fs::read(home.config()).unwrap(), before);
    }

    #[test]
    fn taking_over_twice_is_once(bytes in lines()) {
        let home = Home::with(&bytes);
        all(&import(&home)).apply().unwrap();
        let once = fs::read(home.config()).unwrap();
        let again = all(&import(&home));
        prop_assert!(again.is_empty(), "{:?}", again);
        prop_assert_eq!(fs::read(home.config()).unwrap(), once);
    }

    #[test]
    fn nothing_outside_the_named_lines_changes(bytes in lines()) {
        let home = Home::with(&bytes);
        let takeover = all(&import(&home));
        let aliases = takeover.aliases().to_vec();
        takeover.apply().unwrap();
        let after = fs::read(home.config()).unwrap();
        let fence = END.trim_end().as_bytes();
        let at = after.windows(fence.len()).position(|it| it == fence);
        let outside = at.map_or(&after[..], |at| after[at..].splitn(2, |it| *it == b'\n').last().unwrap());
        let bom: &[u8] = b"\xEF\xBB\xBF";
        prop_assert_eq!(at.is_none(), aliases.is_empty());
        prop_assert_eq!(unmarked(outside.strip_prefix(bom).unwrap_or(outside)), unmarked(bytes.strip_prefix(bom).unwrap_or(&bytes)));
        let names: Vec<_> = home.read().hosts().unwrap().into_iter().map(|host| host.alias).collect();
        prop_assert_eq!(names, aliases);
    }
}
