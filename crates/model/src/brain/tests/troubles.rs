//! Banners, removing and undoing, and what cannot be done.

use wire::Cause;

use super::stage::*;
use crate::*;

fn banner(stage: &Stage) -> Banner {
    stage.snapshot().banner.unwrap()
}

#[test]
fn a_removed_host_goes_at_once_and_comes_back_on_undo() {
    let mut stage = Stage::with(&["azure", "b"], vec![unused("azure"), unused("b")]);
    let effects = stage.ask(Request::RemoveHost { alias: "azure".to_owned() });
    let [Effect::Change { serial, change: HostChange::Remove { alias } }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(alias, "azure");
    assert_eq!(stage.snapshot().host_count, 1);
    let toast = stage.snapshot().toast.unwrap();
    assert_eq!((toast.text.as_str(), toast.button.unwrap().label.as_str()), ("azure removed", "Undo"));
    stage.event(Event::Changed { serial: *serial, result: Ok(()) });
    stage.event(Event::Hosts(Ok(vec![entry("b")])));
    assert_eq!(stage.ask(Request::Undo), [Effect::UndoChange { serial: *serial }]);
    assert_eq!(stage.event(Event::Undone(Ok(()))), [Effect::ReadHosts]);
    stage.event(Event::Hosts(Ok(vec![entry("azure"), entry("b")])));
    assert_eq!(stage.snapshot().host_count, 2);
}

#[test]
fn undo_waits_for_a_removal_that_is_still_being_written() {
    for written in [Ok(()), Err(Cause::ConfigChanged { path: "~/.ssh/config".to_owned() })] {
        let mut stage = Stage::with(&["azure", "b"], vec![unused("azure"), unused("b")]);
        let effects = stage.ask(Request::RemoveHost { alias: "azure".to_owned() });
        let [Effect::Change { serial, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(stage.ask(Request::Undo), [], "there is nothing to take back yet");
        assert_eq!(stage.snapshot().host_count, 2);
        assert_eq!(stage.snapshot().toast, None);
        let effects = stage.event(Event::Changed { serial: *serial, result: written.clone() });
        if written.is_ok() {
            assert_eq!(effects, [Effect::UndoChange { serial: *serial }]);
            assert_eq!(stage.snapshot().host_count, 2, "it does not go and come back");
            assert_eq!(stage.event(Event::Undone(Ok(()))), [Effect::ReadHosts]);
        } else {
            assert_eq!(effects, [Effect::ReadHosts]);
            assert_eq!(stage.snapshot().banner, None, "it is as the person wants it");
        }
    }
}

#[test]
fn undo_takes_back_what_its_toast_speaks_of() {
    let mut stage = Stage::with(&["a", "b"], vec![unused("a"), unused("b")]);
    let serials = ["a", "b"].map(|alias| {
        let effects = stage.ask(Request::RemoveHost { alias: alias.to_owned() });
        let [Effect::Change { serial, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        *serial
    });
    stage.event(Event::Changed { serial: serials[1], result: Ok(()) });
    assert_eq!(stage.ask(Request::Undo), [Effect::UndoChange { serial: serials[1] }]);
    let effects = stage.event(Event::Changed { serial: serials[0], result: Ok(()) });
    assert_eq!(effects, [Effect::ReadHosts], "the other one stays removed");
}

#[test]
fn a_host_that_was_added_can_be_taken_back() {
    let mut stage = Stage::with(&[], vec![]);
    let wanted = entry("build-01");
    stage.ask(Request::OpenDraft { alias: None });
    let hostname = wanted.hostname.clone();
    stage.ask(Request::EditDraft { draft: Draft { hostname, ..Draft::default() } });
    let effects = stage.ask(Request::SaveDraft);
    let [.., Effect::Preview { serial, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let effects = stage.event(Event::Previewed { serial: *serial, preview: Ok(preview("build-01")) });
    let [Effect::Change { serial, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    stage.event(Event::Changed { serial: *serial, result: Ok(()) });
    stage.event(Event::Hosts(Ok(vec![wanted])));
    let toast = stage.snapshot().toast.unwrap();
    assert_eq!((toast.text.as_str(), toast.undoable), ("build-01 added", true));
    assert_eq!(stage.ask(Request::Undo), [Effect::UndoChange { serial: *serial }]);
    assert_eq!(stage.event(Event::Undone(Ok(()))), [Effect::ReadHosts]);
    stage.event(Event::Hosts(Ok(vec![])));
    assert_eq!(stage.snapshot().host_count, 0);
}

#[test]
fn a_toast_that_is_held_stays_and_goes_soon_after() {
    let mut stage = Stage::with(&["azure"], vec![unused("azure")]);
    stage.ask(Request::RemoveHost { alias: "azure".to_owned() });
    stage.ask(Request::HoldToast { held: true });
    stage.wait(60_000);
    assert!(stage.snapshot().toast.is_some());
    stage.ask(Request::HoldToast { held: false });
    stage.wait(1_999);
    assert!(stage.snapshot().toast.is_some(), "there is a moment to come back");
    stage.wait(1);
    assert_eq!(stage.snapshot().toast, None);
}

#[test]
fn the_offer_to_undo_goes_after_ten_seconds() {
    let mut stage = Stage::with(&["azure"], vec![unused("azure")]);
    stage.ask(Request::RemoveHost { alias: "azure".to_owned() });
    stage.wait(9_999);
    assert!(stage.snapshot().toast.is_some());
    stage.wait(1);
    assert_eq!(stage.snapshot().toast, None);
    assert_eq!(stage.ask(Request::Undo), []);
}

#[test]
fn a_removal_that_fails_brings_the_host_back_and_says_why() {
    let mut stage = Stage::with(&["azure"], vec![unused("azure")]);
    let effects = stage.ask(Request::RemoveHost { alias: "azure".to_owned() });
    let [Effect::Change { serial, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let path = "~/.ssh/config".to_owned();
    stage.event(Event::Changed { serial: *serial, result: Err(Cause::ConfigReadOnly { path }) });
    assert_eq!(stage.snapshot().host_count, 1);
    assert_eq!(stage.snapshot().toast, None);
    assert_eq!(banner(&stage).title, "~/.ssh/config is read-only.");
}

#[test]
fn banners_come_worst_first() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let hostname = || "a.acme.dev".to_owned();
    stage.helper(1, HelperAsk::Failed { hostname: hostname(), cause: Cause::ClockOff { seconds: -372 } });
    assert_eq!(banner(&stage).title, "This computer's clock is 6 min 12 s behind.");
    stage.event(Event::Logins(Err(Cause::NoKeychain { why: "no Secret Service".to_owned() })));
    let no_keyring = banner(&stage);
    assert_eq!(no_keyring.title, "No keyring is running.");
    assert_eq!(
        no_keyring.why,
        "Logins cannot be saved. Start GNOME Keyring or KWallet, or use a private file."
    );
    assert_eq!(no_keyring.buttons[0].label, "Use a file…");
    let (path, now) = ("~/old/sallyport".to_owned(), Some("/usr/bin/sallyport".to_owned()));
    stage.event(Event::Helper(Some(Cause::HelperMissing { path, now })));
    assert_eq!(banner(&stage).title, "ssh cannot find Sallyport's helper.");
    let (path, what) = ("~/.ssh/config".to_owned(), String::new());
    stage.event(Event::Hosts(Err(Cause::ConfigDamaged { path, line: 3, what })));
    assert_eq!(banner(&stage).buttons[0].label, "Mend it");
    assert_eq!(stage.ask(Request::RepairConfig), [Effect::Change { serial: 1, change: HostChange::Repair }]);
    stage.event(Event::TerminalOpened(Err(Cause::NoTerminal { command: "ssh a".to_owned() })));
    assert_eq!(banner(&stage).buttons[0].act, ButtonAct::Copy { text: "ssh a".to_owned() });
    assert_eq!(stage.snapshot().host_count, 1, "hosts stay as they were last read");
}

/// What an `ssh` to `a` says through its helper.
fn fails(stage: &mut Stage, cause: Cause) {
    let hostname = "a.acme.dev".to_owned();
    let effects = stage.helper(1, HelperAsk::Failed { hostname, cause });
    assert_eq!(effects.last(), Some(&Effect::Reply { ticket: 1, reply: HelperReply::Done }));
}

fn gets_through(stage: &mut Stage) {
    stage.helper(2, HelperAsk::SessionOpened { hostname: "a.acme.dev".to_owned() });
}

fn host() -> String {
    "a.acme.dev".to_owned()
}

#[test]
fn what_ssh_ran_into_shows_until_one_gets_through() {
    let valid = || login("a", -HOUR, 5 * HOUR, None);
    let ray = Some("8f2c41d09b7e3a55".to_owned());
    for (cause, title, lines) in [
        (
            Cause::Blocked { host: host(), email: None, ray: ray.clone() },
            "acme does not let you into a.",
            ("Blocked by policy", "Ask an acme admin"),
        ),
        (
            Cause::TunnelDown { host: host(), status: 530, ray },
            "The server's tunnel is not running.",
            ("Cannot be reached", "Its tunnel is not running"),
        ),
        (
            Cause::Cut { host: host(), detail: "reset".to_owned() },
            "The connection to a was cut.",
            ("Until 17:30", "Last connection was cut"),
        ),
        (
            Cause::ProxyNeedsPassword { proxy: "proxy:3128".to_owned() },
            "A proxy at proxy:3128 wants a password.",
            ("Until 17:30", "5 h left"),
        ),
    ] {
        let mut stage = Stage::with(&["a"], vec![valid()]);
        fails(&mut stage, cause);
        assert_eq!(banner(&stage).title, title);
        assert_eq!(stage.lines("a"), (lines.0.to_owned(), lines.1.to_owned()));
        gets_through(&mut stage);
        assert_eq!(stage.snapshot().banner, None, "{title}");
        assert_eq!(stage.lines("a").1, "5 h left", "{title}");
    }
}

#[test]
fn what_ssh_ran_into_leads_to_the_page_of_its_host() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, 5 * HOUR, None)]);
    stage.event(Event::Window(true));
    fails(&mut stage, Cause::Cut { host: host(), detail: String::new() });
    let page = Page::Host { alias: "a".to_owned() };
    let [details, close] = &banner(&stage).buttons[..] else { panic!() };
    assert_eq!(details.act, ButtonAct::Send { request: Request::Go { page: page.clone() } });
    assert_eq!(close.label, "Close");
    stage.ask(Request::Go { page });
    assert_eq!(stage.snapshot().banner, None);
    let problem = stage.snapshot().detail.unwrap().problem.unwrap();
    assert_eq!(
        (problem.title.as_str(), problem.next.as_str()),
        ("The connection to a was cut.", "Connect again.")
    );
    assert_eq!(
        problem.buttons[0].act,
        ButtonAct::Send { request: Request::Connect { alias: "a".to_owned() } }
    );
    fails(&mut stage, Cause::Cut { host: host(), detail: String::new() });
    assert_eq!(stage.snapshot().banner, None, "the page says it already");
}

#[test]
fn a_program_that_nobody_logged_in_for_is_no_news() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let before = stage.snapshot();
    fails(&mut stage, Cause::LogInCancelled { host: host() });
    fails(&mut stage, Cause::LogInTimedOut { host: host(), seconds: 9 });
    fails(&mut stage, Cause::LogInNeeded { host: host() });
    assert_eq!(stage.snapshot(), before);
}

#[test]
fn a_vault_that_failed_a_program_is_looked_at() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let effects = stage.helper(1, HelperAsk::Failed { hostname: host(), cause: Cause::KeychainLocked });
    assert_eq!(effects[0], Effect::ReadLogins { hostnames: vec![host()] });
    assert_eq!(stage.snapshot().banner, None, "until it is known to be so");
}

#[test]
fn a_clock_that_is_right_again_is_forgotten() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let attempt = stage.ask(Request::LogIn { alias: "a".to_owned() });
    assert!(matches!(attempt[0], Effect::LogIn { attempt: 1, .. }));
    let result = Err(Cause::ClockOff { seconds: 86_400 });
    stage.event(Event::LogInEnded { attempt: 1, result });
    assert_eq!(banner(&stage).title, "This computer's clock is 1 d ahead.");
    stage.ask(Request::RetryLogIn);
    stage.event(Event::LogInEnded { attempt: 2, result: Ok(login("a", 0, HOUR, None)) });
    assert_eq!(stage.snapshot().banner, None);
}

#[test]
fn a_file_for_logins_is_chosen_only_when_asked_and_read_then() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Logins(Err(Cause::NoKeychain { why: String::new() })));
    assert_eq!(stage.ask(Request::UseFileVault), [Effect::ChooseFileVault]);
    let hostnames = vec!["a.acme.dev".to_owned()];
    assert_eq!(stage.event(Event::VaultChosen(Ok(()))), [Effect::ReadLogins { hostnames }]);
    stage.event(Event::Logins(Ok(vec![unused("a")])));
    assert_eq!(stage.snapshot().banner, None);
}

#[test]
fn the_page_of_a_host_shows_the_lines_that_make_it_work() {
    let mut stage = Stage::with(&["build-01"], vec![login("build-01", -HOUR, 5 * HOUR, Some(20 * HOUR))]);
    stage.event(Event::Window(true));
    let effects = stage.ask(Request::Go { page: Page::Host { alias: "build-01".to_owned() } });
    let [Effect::Preview { serial, change: HostChange::Remove { .. } }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let line = |kind, text: &str| DiffLine { kind, text: text.to_owned() };
    let lines = vec![
        line(DiffKind::Context, "Host other"),
        line(DiffKind::Removed, "# the fence"),
        line(DiffKind::Removed, "Host build-01"),
        line(DiffKind::Removed, "  HostName build-01.acme.dev"),
    ];
    let preview = PreviewFact { lines, ..preview("build-01") };
    stage.event(Event::Previewed { serial: *serial, preview: Ok(preview) });
    let detail = stage.snapshot().detail.unwrap();
    assert_eq!(detail.lines, ["Host build-01", "  HostName build-01.acme.dev"]);
    assert_eq!(detail.headline, "Logged in until 17:30, renews by itself until Wed 08:30");
    let rows: Vec<_> = detail.login.iter().map(|row| (row.label.as_str(), row.value.as_str())).collect();
    assert_eq!(rows[3..], [("Ends", "Today 17:30"), ("Renews until", "Wed 08:30, then asks again")]);
}

#[test]
fn logging_out_is_said_and_read_back() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, HOUR, None)]);
    let hostname = "a.acme.dev".to_owned();
    let effects = stage.ask(Request::LogOut { alias: "a".to_owned() });
    assert_eq!(effects, [Effect::LogOut { hostname: hostname.clone() }]);
    let effects = stage.event(Event::LoggedOut { hostname: hostname.clone(), result: Ok(()) });
    assert_eq!(effects, [Effect::ReadLogins { hostnames: vec![hostname] }]);
    assert_eq!(stage.snapshot().toast.unwrap().text, "Logged out of a");
}

#[test]
fn the_tray_needs_a_window_for_pages() {
    let mut stage = Stage::with(&[], vec![]);
    assert_eq!(stage.ask(Request::OpenDraft { alias: None }), [Effect::ShowWindow]);
    let menu = stage.tray().menu;
    let labels: Vec<_> = menu
        .iter()
        .map(|item| match item {
            MenuItem::Text(text) => text.as_str(),
            MenuItem::Act { label, .. } | MenuItem::Submenu { label, .. } => label.as_str(),
            MenuItem::Separator => "-",
        })
        .collect();
    assert_eq!(
        labels,
        ["No hosts yet", "-", "Add a host…", "-", "Share this computer…", "Open Sallyport", "Quit Sallyport"]
    );
}

#[test]
fn the_tray_logs_each_host_in_and_out() {
    let mut stage = Stage::with(&["a", "b"], vec![login("a", -HOUR, HOUR, None), unused("b")]);
    let request = |stage: &mut Stage, of: &str| {
        let fits = |item: &MenuItem| matches!(item, MenuItem::Submenu { label, .. } if label == of);
        match stage.tray().menu.into_iter().find(fits) {
            Some(MenuItem::Submenu { items, .. }) => items,
            Some(MenuItem::Text(_) | MenuItem::Act { .. } | MenuItem::Separator) | None => Vec::new(),
        }
    };
    let act = |alias: &str, request| MenuItem::Act { label: alias.to_owned(), request };
    assert_eq!(request(&mut stage, "Log out of"), [act("a", Request::LogOut { alias: "a".to_owned() })]);
    assert_eq!(request(&mut stage, "Log in to"), [act("b", Request::LogIn { alias: "b".to_owned() })]);
}

#[test]
fn many_hosts_stand_in_a_menu_of_their_own() {
    let aliases: Vec<String> = (0..30).map(|number| format!("host-{number:02}")).collect();
    let aliases: Vec<&str> = aliases.iter().map(String::as_str).collect();
    let mut stage = Stage::with(&aliases, aliases.iter().map(|alias| unused(alias)).collect());
    stage.ask(Request::Connect { alias: "host-17".to_owned() });
    let menu = stage.tray().menu;
    let hosts: Vec<_> =
        menu.iter().skip_while(|item| **item != MenuItem::Separator).skip(1).take(6).collect();
    let MenuItem::Act { label, request } = hosts[0] else { panic!("{hosts:?}") };
    assert_eq!(label, "host-17 · log in and connect");
    assert_eq!(*request, Request::LogInAndConnect { alias: "host-17".to_owned() });
    let MenuItem::Submenu { items, .. } = hosts[5] else { panic!("{hosts:?}") };
    assert_eq!(items.len(), 20);
}
