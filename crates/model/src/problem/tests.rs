//! Every cause, put into words.

use super::*;
use crate::Platform;

fn host() -> String {
    "build-01.acme.dev".to_owned()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn every_cause() -> Vec<Cause> {
    let (host, ray, path) = (host(), Some(text("8f2c41d09b7e3a55")), text("~/.ssh/config"));
    let first = vec![
        Cause::NoSuchName { host: host.clone() },
        Cause::Unreachable { host: host.clone(), detail: text("connection refused") },
        Cause::StrangeAnswer { host: host.clone(), detail: text("it is too long") },
        Cause::ProxyUnreachable { proxy: text("proxy.acme.dev:3128"), detail: text("connection refused") },
        Cause::ProxyNeedsPassword { proxy: text("proxy.acme.dev:3128") },
        Cause::ProxyRefused {
            proxy: text("proxy.acme.dev:3128"),
            host: host.clone(),
            said: text("status 403"),
        },
        Cause::TimedOut { host: host.clone(), step: text("the edge's first answer"), seconds: 10 },
        Cause::UntrustedCertificate { host: host.clone(), detail: text("unknown issuer") },
        Cause::TlsInspected { host: host.clone(), issuer: text("Acme Gateway CA") },
        Cause::CaptivePortal { host: host.clone(), portal: Some(text("portal.hotel.example")) },
        Cause::CaptivePortal { host: host.clone(), portal: None },
        Cause::BotRule { host: host.clone(), ray: ray.clone() },
        Cause::BindingCookie { host: host.clone() },
        Cause::WebsocketsOff { host: host.clone(), status: 400, ray: ray.clone() },
        Cause::NoTunnel { host: host.clone(), status: 530, ray: ray.clone() },
        Cause::DestinationMissing { host: host.clone(), destination: text("db-01:22"), ray: ray.clone() },
        Cause::EdgeRestarted { host: host.clone() },
        Cause::IdleTooLong { host: host.clone(), seconds: 130 },
        Cause::PathDead { host: host.clone() },
        Cause::NetworkChanged { host: host.clone() },
        Cause::MachineSlept { host: host.clone() },
        Cause::ClockOff { seconds: -372 },
        Cause::NotBehindAccess { host: host.clone() },
        Cause::BadMetadata { host: host.clone(), what: text("its signature is of an unknown key") },
        Cause::Blocked { host: host.clone(), email: Some(text("ada.park@acme.dev")), ray: ray.clone() },
        Cause::Blocked { host: host.clone(), email: None, ray: None },
        Cause::LogInNeeded { host: host.clone() },
        Cause::LogInCancelled { host: host.clone() },
        Cause::LogInTimedOut { host: host.clone(), seconds: 300 },
        Cause::TransferUnreadable { host: host.clone(), what: text("the seal does not open") },
        Cause::TransferRefused { host: host.clone(), status: 500 },
        Cause::TokenRejected { host: host.clone() },
        Cause::RenewalRefused { host: host.clone() },
        Cause::ServiceTokenRefused { host: host.clone() },
        Cause::ServiceTokenMissing { host: host.clone() },
        Cause::UpgradeRefused { host: host.clone(), status: 200, ray: ray.clone() },
        Cause::TunnelRefused { said: text("Unauthorized: Invalid tunnel secret") },
        Cause::TunnelDown { host: host.clone(), status: 530, ray: ray.clone() },
        Cause::OriginRefused { host: host.clone(), status: 502, ray: ray.clone() },
        Cause::EdgeTrouble { host: host.clone(), status: 500, ray },
        Cause::Cut { host: host.clone(), detail: text("reset by peer") },
        Cause::NoBrowser { host, link: text("https://build-01.acme.dev/cdn-cgi/access/cli?token=x") },
        Cause::KeychainLocked,
        Cause::NoKeychain { why: text("no Secret Service") },
        Cause::KeychainSlow { seconds: 60 },
        Cause::KeychainRefused { why: text("access denied") },
        Cause::ConfigNotFile { path: path.clone() },
        Cause::ConfigReadOnly { path: path.clone() },
        Cause::ConfigFailed { path: path.clone(), detail: text("permission denied (os error 13)") },
        Cause::ConfigDamaged { path: path.clone(), line: 12, what: text("the block does not end") },
        Cause::ConfigChanged { path: path.clone() },
        Cause::ConfigRefused { path, said: text("Bad configuration option: foo") },
        Cause::HelperMissing { path: text("~/apps/sallyport"), now: Some(text("/usr/bin/sallyport")) },
        Cause::CertificateRefused { host: text("build-01.acme.dev"), said: text("403: not allowed") },
        Cause::NoAgent { host: text("build-01.acme.dev") },
        Cause::OtherAccount {
            host: text("build-01.acme.dev"),
            user: text("root"),
            principals: vec![text("ada"), text("build")],
        },
        Cause::ApiRight { said: text("Authentication error") },
        Cause::ApiRefused { said: text("You already have a tunnel with this name.") },
        Cause::ApiBusy { seconds: 300 },
    ];
    [first, sharing(), own()].concat()
}

fn sharing() -> Vec<Cause> {
    let host = host();
    vec![
        Cause::ShareRights {
            permissions: vec![text("Zone: DNS: Edit")],
            link: text("https://dash.cloudflare.com/x"),
        },
        Cause::ShareToken { said: text("it has expired"), link: text("https://dash.cloudflare.com/x") },
        Cause::ShareNoToken { link: text("https://dash.cloudflare.com/x") },
        Cause::ShareNoZone { host: host.clone(), zones: vec![text("acme.test")] },
        Cause::ShareZoneInactive { zone: text("acme.dev"), status: text("pending") },
        Cause::ShareNoTeam,
        Cause::ShareNoGroup {
            name: text("Platfrom"),
            nearest: Some(text("Platform")),
            groups: vec![text("Contractors"), text("Platform")],
        },
        Cause::ShareSeveralGroups { name: text("Platform"), ids: vec![text("8e1f"), text("90aa")] },
        Cause::ShareInTheWay { host: host.clone(), what: vec![text("a DNS record, A to 203.0.113.7")] },
        Cause::ShareNoServer { address: text("127.0.0.1:22"), detail: text("connection refused") },
        Cause::ShareNotServing { seconds: 60, said: text("connection refused") },
        Cause::ShareNotGuarded { host: host.clone() },
        Cause::ShareNoRight { host },
    ]
}

fn own() -> Vec<Cause> {
    vec![
        Cause::CannotListen { address: text("127.0.0.1:3389"), detail: text("address already in use") },
        Cause::NoProgram { program: text("curl") },
        Cause::InvalidHost { what: text("it has a space") },
        Cause::NameTaken { alias: text("build-01") },
        Cause::UnknownHost { alias: text("build-01") },
        Cause::NoTerminal { command: text("ssh build-01") },
        Cause::SettingsDamaged { path: text("settings.json"), detail: text("line 3, column 7") },
        Cause::OtherVersion { theirs: 1, ours: 2 },
        Cause::DesktopGone { detail: text("broken pipe") },
        Cause::Unexpected { what: text("an empty answer") },
    ]
}

fn words() -> [Words; 3] {
    [Platform::Linux, Platform::Macos, Platform::Windows].map(|platform| Words::of(platform, None))
}

#[test]
fn the_list_above_names_every_cause() {
    // One cause stands twice, with and without its facts. A new one must be added here as it is in the match.
    let kinds: std::collections::BTreeSet<_> = every_cause().iter().map(Cause::kind).collect();
    let said =
        include_str!("../problem.rs").lines().filter(|line| line.trim().starts_with("Cause::")).count();
    assert_eq!(kinds.len(), said);
}

#[test]
fn every_cause_says_what_happened_why_and_what_to_do() {
    for words in words() {
        for cause in every_cause() {
            let problem = Problem::of(&cause, &words);
            for sentence in [&problem.title, &problem.why, &problem.next] {
                assert!(sentence.len() > 8 && sentence.ends_with('.'), "{cause:?}: {sentence}");
                assert!(!sentence.ends_with("..") && !sentence.contains("  "), "{cause:?}: {sentence}");
            }
            let line = problem.line();
            assert!(!line.is_empty() && !line.ends_with('.') && !line.contains('\n'), "{line}");
            assert!(line.contains([';', ',']), "{line} names no next step");
        }
    }
}

/// What `ux.md` never says, apart from words that name something else here (an ssh session, a server's tunnel).
#[test]
fn no_word_is_said_that_is_never_said() {
    const NEVER: [&str; 20] = [
        "oops",
        "something went wrong",
        "target",
        "endpoint",
        "resource",
        "org ",
        "tenant",
        "token",
        "auth ",
        "stream",
        "refresh",
        "silent",
        "active",
        "online",
        "expose",
        "environment",
        "session",
        "jwt",
        "error:",
        "failed",
    ];
    for cause in every_cause() {
        let problem = Problem::of(&cause, &words()[0]);
        let said = format!("{} {} {} {}", problem.title, problem.why, problem.next, problem.line());
        // An API token is called so by everybody who has one, and a domain is active or not at Cloudflare.
        let spared = ["token=x", "api token", "api_token", "api-token", "not active on"];
        let said = spared.iter().fold(said.to_lowercase(), |said, spared| said.replace(spared, ""));
        for word in NEVER {
            assert!(!said.contains(word), "{cause:?} says {word}: {said}");
        }
    }
}

#[test]
fn nothing_looks_like_the_inside_of_the_program() {
    for cause in every_cause() {
        let problem = Problem::of(&cause, &words()[0]);
        let said = format!("{} {} {} {}", problem.title, problem.why, problem.next, problem.line());
        for sign in ["Some(", "None", "{", "}", "::", "\"", "Cause"] {
            assert!(!said.contains(sign), "{cause:?}: {said}");
        }
    }
}

#[test]
fn facts_that_say_nothing_leave_whole_sentences() {
    let problem = Problem::of(&Cause::Unreachable { host: host(), detail: text(" \n ") }, &words()[0]);
    assert_eq!(problem.why, "The name is known, but no connection came about: nothing answered.");
}

#[test]
fn lines_for_stderr_name_cause_and_next_step() {
    let words = Words::of(Platform::Macos, Some("Safari"));
    let line = |cause| Problem::of(&cause, &words).line();
    assert_eq!(
        line(Cause::NoSuchName { host: host() }),
        "build-01.acme.dev has no DNS record; check the name, or edit the host"
    );
    assert_eq!(line(Cause::KeychainLocked), "your keychain is locked; unlock it, then try again");
    assert_eq!(
        line(Cause::LogInTimedOut { host: host(), seconds: 60 }),
        "gave up after 1 min; run ssh again when you are logged in"
    );
    let edge = Cause::EdgeTrouble { host: host(), status: 500, ray: None };
    assert_eq!(line(edge), "Cloudflare is having trouble (error 500); try again in a minute");
}

#[test]
fn a_known_team_speaks_for_itself() {
    let known = Known { team: Some("acme"), alias: Some("legacy-hr") };
    let (email, ray) = (Some(text("ada.park@acme.dev")), Some(text("8f2c41d09b7e3a55")));
    let cause = Cause::Blocked { host: text("legacy-hr.acme.dev"), email, ray };
    let problem = Problem::known(&cause, &words()[1], known);
    assert_eq!(problem.title, "acme does not let you into legacy-hr.");
    assert_eq!(
        problem.line(),
        "blocked: acme does not let ada.park@acme.dev into legacy-hr (Ray ID 8f2c41d09b7e3a55); ask an acme admin"
    );
}

#[test]
fn the_clock_is_named_by_the_platforms_word() {
    let problem = Problem::of(&Cause::ClockOff { seconds: -372 }, &words()[1]);
    assert_eq!(problem.title, "This Mac's clock is 6 min 12 s behind.");
}

#[test]
fn the_table_of_causes_is_what_is_said() {
    let mut rows = Vec::new();
    for cause in every_cause() {
        let Problem { cause: name, title, next, .. } = Problem::of(&cause, &words()[0]);
        let row = format!("| `{name}` | {title} | {next} |");
        // Some stand twice in the list, with other facts.
        if !rows.iter().any(|known: &String| known.starts_with(&format!("| `{name}` "))) {
            rows.push(row);
        }
    }
    let table = include_str!("../../../../docs/causes.md");
    let written: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(written, rows, "docs/causes.md should have:\n{}", rows.join("\n"));
}
