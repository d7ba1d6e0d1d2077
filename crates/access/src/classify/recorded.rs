//! The recorded evidence below `fixtures/`, each file named by its cause, and read as the product reads it.
//!
//! `CAUSE[.DETAIL].QUESTION.http` is an answer with its head and page; `.proxy` what a proxy answers; `.pem` the
//! certificates that a handshake shows (the last one is trusted where the name says so); `.close` the far side's last
//! frames in hex; `.end` the end of a stream and its circumstances; `.name` what the resolver says; `.description` what
//! an app says of itself; `.silence` nothing; `.bytes` what came in answer to an upgrade and is no HTTP.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncWriteExt as _, BufReader};
use wire::{Cause, Realm};

use super::{Asked, Circumstances, Presented, Question, in_the_clear, of_end, of_lookup, or_clock, told};
use crate::carrier::{Break, End, UpgradeRequest, carried_after, recorded, upgrade};
use crate::error::{MetadataFault, Step};
use crate::transfer::{Recipient, read as read_mailbox};
use crate::{AccessError, DialOptions, certificate, metadata, reach, trust};

const HOST: &str = "build-01.acme.test";
/// 2026-03-04 10:00 UTC, a day after the answers were recorded.
const NOW: i64 = 1_772_618_400;

/// Where the evidence of a cause comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// From outside of this machine: it must be recorded.
    Wire,
    /// From outside, to a connector: its own tests see it.
    Tunnel,
    /// From this machine, or the person before it.
    Here,
}

/// One match over the closed list, so that a new cause is a compile error until somebody says where it comes from.
macro_rules! origins {
    ($($cause:ident: $origin:ident,)+) => {
        const fn origin(cause: &Cause) -> Origin {
            match cause { $(Cause::$cause { .. } => Origin::$origin,)+ }
        }
        const EVERY: &[(&str, Origin)] = &[$((stringify!($cause), Origin::$origin),)+];
    };
}

origins! {
    NoSuchName: Wire,
    Unreachable: Wire,
    StrangeAnswer: Wire,
    ProxyUnreachable: Wire,
    ProxyNeedsPassword: Wire,
    ProxyRefused: Wire,
    TimedOut: Wire,
    UntrustedCertificate: Wire,
    TlsInspected: Wire,
    CaptivePortal: Wire,
    ClockOff: Wire,
    NotBehindAccess: Wire,
    BadMetadata: Wire,
    Blocked: Wire,
    BotRule: Wire,
    BindingCookie: Wire,
    LogInNeeded: Wire,
    LogInCancelled: Here,
    LogInTimedOut: Here,
    TransferUnreadable: Wire,
    TransferRefused: Wire,
    TokenRejected: Wire,
    RenewalRefused: Here,
    ServiceTokenRefused: Wire,
    ServiceTokenMissing: Here,
    UpgradeRefused: Wire,
    WebsocketsOff: Wire,
    NoTunnel: Wire,
    DestinationMissing: Wire,
    TunnelRefused: Tunnel,
    TunnelDown: Wire,
    OriginRefused: Wire,
    EdgeTrouble: Wire,
    Cut: Wire,
    EdgeRestarted: Wire,
    IdleTooLong: Wire,
    PathDead: Wire,
    NetworkChanged: Wire,
    MachineSlept: Wire,
    NoBrowser: Here,
    KeychainLocked: Here,
    NoKeychain: Here,
    KeychainSlow: Here,
    KeychainRefused: Here,
    ConfigNotFile: Here,
    ConfigReadOnly: Here,
    ConfigFailed: Here,
    ConfigDamaged: Here,
    ConfigChanged: Here,
    ConfigRefused: Here,
    CertificateRefused: Wire,
    HelperMissing: Here,
    NoAgent: Here,
    OtherAccount: Here,
    ApiRight: Here,
    ApiRefused: Here,
    ApiBusy: Here,
    ShareRights: Here,
    ShareToken: Here,
    ShareNoToken: Here,
    ShareNoZone: Here,
    ShareZoneInactive: Here,
    ShareNoTeam: Here,
    ShareNoGroup: Here,
    ShareSeveralGroups: Here,
    ShareInTheWay: Here,
    ShareNoServer: Here,
    ShareNotServing: Here,
    ShareNotGuarded: Here,
    ShareNoRight: Here,
    CannotListen: Here,
    NoProgram: Here,
    InvalidHost: Here,
    NameTaken: Here,
    UnknownHost: Here,
    NoTerminal: Here,
    SettingsDamaged: Here,
    OtherVersion: Here,
    DesktopGone: Here,
    Unexpected: Here,
}

#[test]
fn every_piece_of_evidence_leads_to_its_cause() {
    for path in evidence() {
        let (name, expected) = (name(&path), kind_in(&path));
        let cause = read(&path).unwrap_or_else(|| panic!("{name} says nothing"));
        assert_eq!(cause.kind(), expected, "{name}: {cause:?}");
        assert_eq!(origin(&cause), Origin::Wire, "{name}");
    }
}

#[test]
fn every_cause_that_comes_from_outside_is_recorded() {
    let recorded: BTreeSet<String> = evidence().iter().map(|path| kind_in(path)).collect();
    let from_outside = EVERY.iter().filter(|(_, origin)| *origin == Origin::Wire);
    let kinds: BTreeSet<String> = from_outside.map(|(cause, _)| kind_of(cause)).collect();
    assert_eq!(kinds, recorded);
}

#[test]
fn what_the_evidence_names_is_passed_on() {
    let named = |file: &str| read(&folder().join(file)).unwrap();
    let host = || HOST.to_owned();
    let ray = Some("8f2c41d09b7e3a55-FRA".to_owned());
    assert_eq!(
        named("tls-inspected.company.pem"),
        Cause::TlsInspected { host: host(), issuer: "Acme Security, Acme Gateway CA".to_owned() }
    );
    assert_eq!(
        named("captive-portal.redirect.app.http"),
        Cause::CaptivePortal { host: host(), portal: Some("portal.hotel.example".to_owned()) }
    );
    assert_eq!(
        named("destination-missing.stream-to-destination.http"),
        Cause::DestinationMissing { host: host(), destination: "db-01:22".to_owned(), ray: ray.clone() }
    );
    assert_eq!(
        named("blocked.stream-with-token.http"),
        Cause::Blocked { host: host(), email: Some("ada@acme.test".to_owned()), ray }
    );
    assert_eq!(named("clock-off.by-the-edge.description-too-old.http"), Cause::ClockOff { seconds: 86_400 });
    assert_eq!(named("idle-too-long.ended.end"), Cause::IdleTooLong { host: host(), seconds: 101 });
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/classify/fixtures")
}

fn evidence() -> Vec<PathBuf> {
    let mut found: Vec<_> = folder().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn kind_in(path: &Path) -> String {
    name(path).split('.').next().unwrap().to_owned()
}

/// As serde writes it: `NoSuchName` is `no-such-name`.
fn kind_of(cause: &str) -> String {
    let mut kind = String::new();
    for letter in cause.chars() {
        if letter.is_uppercase() && !kind.is_empty() {
            kind.push('-');
        }
        kind.extend(letter.to_lowercase());
    }
    kind
}

fn read(path: &Path) -> Option<Cause> {
    let (name, bytes) = (name(path), std::fs::read(path).unwrap());
    let text = String::from_utf8_lossy(&bytes);
    let mut parts = name.rsplit('.');
    match (parts.next().unwrap(), parts.next().unwrap()) {
        ("http", question) => of_answer(question, &bytes),
        ("bytes", _) => Some(of_bytes(&bytes)),
        ("proxy", _) => Some(of_proxy(&bytes)),
        ("pem", detail) => Some(of_certificates(&bytes, detail == "trusted")),
        ("close", _) => carried_after(&hex(&text)).0.cause_in_session(HOST),
        ("end", _) => of_words(&text),
        ("name", _) => Some(of_lookup(HOST, !text.contains("no network")).cause()),
        ("description", _) => Some(of_description(&text)),
        ("silence", _) => Some(of_silence()),
        other => panic!("{other:?}"),
    }
}

fn of_answer(question: &str, bytes: &[u8]) -> Option<Cause> {
    let (url, answer) = (url::Url::parse(&format!("https://{HOST}/")).unwrap(), recorded(bytes));
    let email = || Some("ada@acme.test".to_owned());
    let asked = |what, known, presented| Asked { url: &url, what, known, presented };
    let stream = Question::Stream;
    let asked = match question {
        "app" | "clear" => asked(Question::App, false, Presented::Nobody),
        "known-app" => asked(Question::App, true, Presented::Nobody),
        "stream" => asked(stream(None), false, Presented::Nobody),
        "stream-with-token" => asked(stream(None), true, Presented::Person { email: email() }),
        "stream-with-new-token" => {
            asked(stream(None), true, Presented::PersonAnew { email: email(), lives: true })
        }
        "stream-with-over-token" => {
            asked(stream(None), true, Presented::PersonAnew { email: email(), lives: false })
        }
        "stream-of-machine" => asked(stream(None), false, Presented::Machine),
        "stream-to-destination" => {
            asked(stream(Some("db-01:22")), true, Presented::Person { email: email() })
        }
        "exchange" => asked(Question::Exchange, true, Presented::Person { email: email() }),
        "description-too-old" => {
            let error = AccessError::BadMetadata { host: HOST.to_owned(), what: MetadataFault::TooOld };
            return Some(or_clock(HOST, &answer, NOW, error).cause());
        }
        "transfer" => {
            return read_mailbox(HOST, &Recipient::generate().unwrap(), &answer).err().map(|why| why.cause());
        }
        "signing" => return Some(certificate::refused(HOST, answer.status, &answer.body).cause()),
        other => panic!("no such question: {other}"),
    };
    if question == "clear" { in_the_clear(&asked, &answer) } else { Some(told(&asked, &answer).cause()) }
}

fn of_bytes(bytes: &[u8]) -> Cause {
    run(async {
        let (mut ours, mut theirs) = tokio::io::duplex(64 * 1024);
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        let (app, options) = (HOST.parse().unwrap(), DialOptions::default());
        let request = UpgradeRequest { app: &app, token: None, options: &options };
        upgrade(&mut ours, &request).await.unwrap_err().cause()
    })
}

fn of_proxy(bytes: &[u8]) -> Cause {
    run(async {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        let proxy = "proxy.acme.test:3128".parse().unwrap();
        reach::lead(&mut BufReader::new(ours), &proxy, HOST, 443).await.unwrap_err().cause()
    })
}

fn of_certificates(pem: &[u8], trusted: bool) -> Cause {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).map(Result::unwrap).collect();
    let text = String::from_utf8(pem.to_vec()).unwrap();
    let last = text.rfind("-----BEGIN").unwrap();
    let roots = if trusted { &text[last..] } else { "" };
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = trust::verifier(roots, provider).unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    let now = rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs()));
    let refused = verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], now).unwrap_err();
    trust::handshake_error(HOST, &std::io::Error::other(refused)).cause()
}

/// `HOW quiet=SECONDS slept=SECONDS moved-away wanted`.
fn of_words(text: &str) -> Option<Cause> {
    let seconds = |name: &str| {
        let found = text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        Duration::from_secs(found.map_or(0, |seconds| seconds.parse().unwrap()))
    };
    let says = |name: &str| text.split_whitespace().any(|word| word == name);
    let then = Circumstances {
        quiet: seconds("quiet"),
        slept: seconds("slept"),
        moved_away: says("moved-away"),
        wanted: says("wanted"),
    };
    let end = match text.split_whitespace().next().unwrap() {
        "reset" => End::Cut(Break::Reset),
        "silent" => End::Cut(Break::Silent),
        "ended" => End::Ended,
        other => panic!("no such end: {other}"),
    };
    of_end(HOST, &end, &then)
}

fn of_description(compact: &str) -> Cause {
    let what = metadata::claimed_team(compact.trim(), &Realm::production()).unwrap_err();
    AccessError::BadMetadata { host: HOST.to_owned(), what }.cause()
}

fn of_silence() -> Cause {
    run(async {
        tokio::time::pause();
        let silence = std::future::pending::<Result<(), AccessError>>();
        reach::limited(HOST, Step::Upgrading, Duration::from_secs(20), silence).await.unwrap_err().cause()
    })
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
