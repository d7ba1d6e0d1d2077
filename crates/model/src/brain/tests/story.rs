//! The whole way of a person's first host, and what holds whatever happens.

use jiff::ToSpan;
use proptest::prelude::*;
use wire::Cause;

use super::stage::*;
use crate::*;

#[test]
fn from_the_first_start_to_a_login_that_ssh_can_use() {
    let mut stage = Stage::bare();
    first_start(&mut stage);
    first_host(&mut stage);
    first_login(&mut stage);
    let hostname = "build-01.acme.dev".to_owned();
    assert_eq!(
        stage.helper(7, HelperAsk::Token { hostname: hostname.clone() }),
        [Effect::Reply { ticket: 7, reply: HelperReply::Token { hostname } }]
    );
}

fn first_start(stage: &mut Stage) {
    stage.give(Input::Started);
    stage.event(Event::Window(true));
    stage.event(Event::Hosts(Ok(Vec::new())));
    assert_eq!(stage.snapshot().first_run.unwrap().foot, "Nothing on this computer has been changed yet.");
    assert_eq!(stage.tray().icon, TrayIcon::None);
}

fn first_host(stage: &mut Stage) {
    stage.ask(Request::OpenDraft { alias: None });
    let fields = Draft { hostname: "https://build-01.acme.dev/".to_owned(), ..Draft::default() };
    assert_eq!(stage.ask(Request::EditDraft { draft: fields }), [], "nothing is asked while a person types");
    let effects = stage.wait(400);
    let [Effect::LookUp { serial, hostname }, Effect::Preview { serial: plan, change }] = effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    assert_eq!(hostname, "build-01.acme.dev");
    let wanted = HostEntry { user: Some("ada".to_owned()), ..entry("build-01") };
    assert_eq!(*change, HostChange::Add(wanted.clone()));
    stage.event(Event::LookedUp { serial: *serial, lookup: Lookup::Found { app: app("acme"), login: None } });
    assert_eq!(stage.snapshot().draft.unwrap().lookup.unwrap().title, "Behind Cloudflare Access");
    stage.event(Event::Previewed { serial: *plan, preview: Ok(preview("build-01")) });
    let draft = stage.snapshot().draft.unwrap();
    assert!(draft.can_save);
    assert_eq!(draft.preview.unwrap().summary, "2 lines added");

    let effects = stage.ask(Request::SaveDraft);
    let [Effect::Change { serial, change }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*change, HostChange::Add(wanted.clone()));
    assert_eq!(stage.event(Event::Changed { serial: *serial, result: Ok(()) }), [Effect::ReadHosts]);
    stage.event(Event::Hosts(Ok(vec![wanted])));
    stage.event(Event::Logins(Ok(vec![unused("build-01")])));
    let snapshot = stage.snapshot();
    assert_eq!((snapshot.page, snapshot.draft), (Page::Hosts, None));
    assert_eq!(snapshot.toast.unwrap().text, "build-01 added");
    assert_eq!(stage.lines("build-01"), ("Not logged in".to_owned(), "Never used".to_owned()));
}

fn first_login(stage: &mut Stage) {
    let effects = stage.ask(Request::LogIn { alias: "build-01".to_owned() });
    assert_eq!(
        effects,
        [Effect::LogIn { attempt: 1, app: "build-01.acme.dev".to_owned(), from: LogInFrom::AtHand }]
    );
    stage.wait_seconds(5);
    stage.event(Event::LogIn { attempt: 1, step: link(300) });
    assert_eq!(stage.tray().icon, TrayIcon::LoggingIn);
    stage.event(Event::LogIn { attempt: 1, step: LogInStep::Saving });
    let fact = login("build-01", 5, 5 * HOUR + 12 * MINUTE, Some(20 * HOUR));
    stage.event(Event::LogInEnded { attempt: 1, result: Ok(fact) });
    let snapshot = stage.snapshot();
    assert_eq!(snapshot.log_in, None);
    assert_eq!(snapshot.groups[0].rows[0].line1, "Until 17:42");
    assert_eq!(snapshot.groups[0].line, "Renews by itself until Wed 08:30");
    assert_eq!(snapshot.spoken, "build-01 is ready until 17:42");
    assert_eq!(stage.tray().icon, TrayIcon::Valid);
}

#[test]
fn the_revision_grows_only_with_what_is_seen() {
    let mut stage = Stage::with(&["build-01"], vec![login("build-01", -HOUR, 5 * HOUR, None)]);
    let first = stage.snapshot().revision;
    assert_eq!(stage.snapshot().revision, first);
    stage.give(Input::Woke);
    stage.event(Event::Certificates(Vec::new()));
    stage.now.at += 59.seconds();
    stage.now.at -= 59.seconds();
    assert_eq!(stage.snapshot().revision, first);
    stage.wait_seconds(1);
    assert_eq!(stage.snapshot().revision, first + 1, "5 h became 4 h 59 min");
    stage.wait_seconds(59);
    assert_eq!(stage.snapshot().revision, first + 1);
}

#[test]
fn a_day_on_which_nothing_changes_wakes_nobody() {
    let stage = Stage::with(&["build-01"], vec![unused("build-01")]);
    assert_eq!(stage.model.next_wake(), None);
}

#[test]
fn a_minute_of_a_login_costs_one_wake_up() {
    let mut stage = Stage::with(&["build-01"], vec![login("build-01", -HOUR, 5 * HOUR, None)]);
    let mut wakes = 0;
    let end = stage.now.at + 10.minutes();
    while let Some((at, why)) = stage.model.next_wake().filter(|(at, _)| *at < end) {
        assert_eq!(why, "a text changes");
        let before = stage.snapshot();
        stage.now.at = at;
        stage.give(Input::Woke);
        assert_ne!(stage.snapshot(), before);
        wakes += 1;
    }
    assert_eq!(wakes, 10);
}

fn any_alias() -> impl Strategy<Value = String> + Clone {
    prop::sample::select(vec!["a", "b", "c", "nobody"]).prop_map(str::to_owned)
}

fn any_request() -> impl Strategy<Value = Request> {
    let alias = any_alias;
    prop_oneof![
        alias().prop_map(|alias| Request::LogIn { alias }),
        alias().prop_map(|alias| Request::LogInAndConnect { alias }),
        alias().prop_map(|alias| Request::Connect { alias }),
        alias().prop_map(|alias| Request::RemoveHost { alias }),
        alias().prop_map(|alias| Request::LogOut { alias }),
        alias().prop_map(|alias| Request::OpenDraft { alias: Some(alias) }),
        alias().prop_map(|alias| Request::Go { page: Page::Host { alias } }),
        "[a-c.*@: /-]{0,12}(acme.dev)?"
            .prop_map(|hostname| Request::EditDraft { draft: Draft { hostname, ..Draft::default() } }),
        prop::sample::select(vec![
            Request::OpenDraft { alias: None },
            Request::SaveDraft,
            Request::CloseDraft,
            Request::LookUpAgain,
            Request::Undo,
            Request::DismissToast,
            Request::HoldToast { held: true },
            Request::HoldToast { held: false },
            Request::CancelLogIn,
            Request::HideLogIn,
            Request::ShowLogIn,
            Request::OpenBrowserAgain,
            Request::RetryLogIn,
            Request::WindowClosed,
            Request::Refresh,
            Request::Unlock,
            Request::Online { online: false },
            Request::CloseWindow,
            Request::LogInToTeam { team: "acme".to_owned() },
            Request::NotToday { team: "other".to_owned() },
        ]),
    ]
}

fn anything() -> impl Strategy<Value = Input> {
    let alias = any_alias;
    let hostname = || alias().prop_map(|alias| format!("{alias}.acme.dev"));
    let seconds = -40_000_000_i64..40_000_000;
    let cause = || {
        prop::sample::select(vec![
            Cause::KeychainLocked,
            Cause::ClockOff { seconds: i64::MIN },
            Cause::Cut { host: "a.acme.dev".to_owned(), detail: String::new() },
            Cause::NoKeychain { why: String::new() },
            Cause::NoSuchName { host: "a.acme.dev".to_owned() },
            Cause::LogInTimedOut { host: "a.acme.dev".to_owned(), seconds: 300 },
            Cause::LogInCancelled { host: "a.acme.dev".to_owned() },
            Cause::Blocked { host: "a.acme.dev".to_owned(), email: None, ray: None },
            Cause::ConfigChanged { path: "~/.ssh/config".to_owned() },
        ])
    };
    let fact = (alias(), seconds.clone(), seconds.clone(), prop::option::of(seconds)).prop_map(
        |(alias, since, until, renews)| {
            let team = if alias == "c" { "other" } else { "acme" };
            of_team(team, login(&alias, since, until, renews))
        },
    );
    let helper = prop_oneof![
        hostname().prop_map(|hostname| HelperAsk::Token { hostname }),
        (hostname(), any::<bool>()).prop_map(|(app, terminal)| HelperAsk::LogIn { app, terminal }),
        hostname().prop_map(|hostname| HelperAsk::SessionOpened { hostname }),
        (hostname(), cause()).prop_map(|(hostname, cause)| HelperAsk::Failed { hostname, cause }),
        Just(HelperAsk::Status),
    ];
    let events = prop_oneof![
        prop::collection::vec(alias(), 0..4)
            .prop_map(|aliases| { Event::Hosts(Ok(aliases.iter().map(|alias| entry(alias)).collect())) }),
        prop::collection::vec(fact.clone(), 0..4).prop_map(|facts| Event::Logins(Ok(facts))),
        cause().prop_map(|cause| Event::Logins(Err(cause))),
        (0..9_u64, cause()).prop_map(|(serial, cause)| Event::Changed { serial, result: Err(cause) }),
        (0..9_u64).prop_map(|serial| Event::Changed { serial, result: Ok(()) }),
        (0..9_u64).prop_map(|serial| Event::Previewed { serial, preview: Ok(preview("a")) }),
        (0..9_u64, cause())
            .prop_map(|(serial, cause)| Event::LookedUp { serial, lookup: Lookup::Failed(cause) }),
        (0..5_u64).prop_map(|attempt| Event::LogIn { attempt, step: link(300) }),
        (0..5_u64, fact).prop_map(|(attempt, fact)| Event::LogInEnded { attempt, result: Ok(fact) }),
        (0..5_u64, cause()).prop_map(|(attempt, cause)| Event::LogInEnded { attempt, result: Err(cause) }),
        any::<bool>().prop_map(Event::Window),
        any::<bool>().prop_map(Event::Focus),
        any::<bool>().prop_map(opened),
    ];
    prop_oneof![
        any_request().prop_map(Input::Request),
        (0..4_u64, helper).prop_map(|(ticket, ask)| Input::Asked { ticket, ask }),
        (0..4_u64).prop_map(|ticket| Input::HelperGone { ticket }),
        events.prop_map(Input::Event),
        Just(Input::Woke),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_it_neither_stops_nor_goes_back(
        inputs in prop::collection::vec((anything(), 0..4_000_000_i64), 1..60),
    ) {
        let mut stage = Stage::with(&["a", "b", "c"], vec![]);
        let (mut revision, mut last) = (0, None);
        let mut waiting = std::collections::BTreeSet::new();
        for (input, pause) in inputs {
            stage.now.at += pause.milliseconds();
            if let Input::Asked { ticket, ask: HelperAsk::LogIn { .. } } = &input {
                waiting.insert(*ticket);
            }
            if let Input::HelperGone { ticket } = &input {
                waiting.remove(ticket);
            }
            for effect in stage.give(input) {
                if let Effect::Reply { ticket, reply: HelperReply::Token { .. } | HelperReply::Failed(_) } = effect {
                    waiting.remove(&ticket);
                }
            }
            let snapshot = stage.snapshot();
            prop_assert!(snapshot.revision >= revision);
            prop_assert!(snapshot.revision > revision || last.is_none_or(|last| last == snapshot));
            prop_assert!(
                waiting.is_empty() || stage.model.log_ins.running.is_some(),
                "a helper waits for nothing: {waiting:?}"
            );
            stage.tray();
            revision = snapshot.revision;
            last = Some(snapshot);
        }
    }
}
