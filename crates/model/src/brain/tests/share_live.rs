//! What is shared and answers: connections, people, troubles; several at once; and tunnels of cloudflared's.

use super::share_stage::*;
use super::stage::*;
use crate::*;

fn name() -> String {
    STUDIO.to_owned()
}

fn visitor(id: u64, email: &str) -> VisitorNow {
    VisitorNow { id, email: email.to_owned(), since: noon() }
}

fn notified(effects: &[Effect]) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    for effect in effects {
        if let Effect::Notify(told) = effect {
            all.push((told.summary.as_str(), told.body.as_str()));
        }
    }
    all
}

fn list(stage: &Stage) -> ShareList {
    let ShareStage::List(list) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    list
}

#[test]
fn connections_are_counted_and_what_happens_is_told() {
    let (mut stage, serial) = shared();
    assert_eq!((running(&stage).count.as_str(), running(&stage).links.len()), ("4 of 4", 4));
    assert_eq!(running(&stage).sshd.as_deref(), Some("TrustedUserCAKeys"));
    stage.now.at += jiff::Span::new().minutes(18);
    let link = running(&stage).links[0].clone();
    let shown = [&link.place, &link.location, &link.protocol, &link.up_for, &link.round_trip];
    assert_eq!(shown.map(String::as_str), ["London", "lhr01", "QUIC", "18 min", "9 ms"]);
    let rules: Vec<_> = running(&stage).rules.into_iter().map(|rule| (rule.hostname, rule.service)).collect();
    assert_eq!(rules[1], ("Everything else".to_owned(), "http_status:404".to_owned()));

    let lost = [("connIndex", "3"), ("error", "no answer")];
    says(&mut stage, serial, Level::Warn, "Retrying connection in up to 2s", &lost);
    stands(&mut stage, serial, status(3));
    let shown = running(&stage);
    assert_eq!(shown.count, "3 of 4. People can still connect.");
    assert_eq!((shown.events[0].time.as_str(), shown.events[0].tone), ("12:48", Tone::Warn));
    assert_eq!(shown.events[0].text, "Connection 4 lost: no answer. Trying again");
    assert!(shown.log.starts_with("12:48 Connection 4 lost"));
    let back = [("connIndex", "3"), ("location", "ams03"), ("protocol", "http2")];
    says(&mut stage, serial, Level::Info, "Registered tunnel connection", &back);
    stands(&mut stage, serial, status(4));
    let events = running(&stage).events;
    assert_eq!(events[0].text, "All 4 connections up");
    assert_eq!(events[1].text, "Connection 4 is back in ams03, over HTTP/2");
    let renewed = "Renewing connection, to give back what a rush took";
    says(&mut stage, serial, Level::Info, renewed, &[("connIndex", "0")]);
    assert_eq!(running(&stage).events[0].text, "Connection 1 is replaced after a rush of streams");
    assert!(running(&stage).invitation.unwrap().contains("sallyport host add studio.acme.dev"));
}

#[test]
fn who_is_connected_is_said_and_can_be_cut_off() {
    let (mut stage, serial) = shared();
    let visitors = vec![visitor(7, "jo@corp.test"), visitor(8, "")];
    stands(&mut stage, serial, TunnelStatus { visitors, ..status(4) });
    stage.now.at += jiff::Span::new().minutes(32);
    let shown = running(&stage);
    assert_eq!(
        (shown.visitors[0].who.as_str(), shown.visitors[0].since.as_str()),
        ("jo@corp.test", "Since 12:30, 32 min")
    );
    assert_eq!(shown.events[0].text, "Somebody connected");
    assert_eq!(stage.tray().tooltip, "Sallyport: shared as studio.acme.dev, 2 connected");
    stage.ask(Request::StopSharing { name: name() });
    assert_eq!(stage.snapshot().question.unwrap().text, "2 connections are open and will be cut off.");
    stage.ask(Request::Answer { yes: false, also: false });

    stage.ask(Request::Disconnect { name: name(), visitor: 7 });
    assert_eq!(stage.snapshot().question.unwrap().title, "Disconnect jo@corp.test?");
    let effects = stage.ask(Request::Answer { yes: true, also: false });
    assert_eq!(effects, [Effect::Disconnect { serial, visitor: 7 }]);
    stands(&mut stage, serial, status(4));
    assert!(
        running(&stage).events.iter().any(|event| event.text == "jo@corp.test disconnected after 32 min")
    );
    assert_eq!(stage.ask(Request::Disconnect { name: name(), visitor: 7 }), []);
    assert!(stage.snapshot().question.is_none(), "nobody is there any more");
}

#[test]
fn a_loss_is_told_after_two_minutes_and_so_is_its_end() {
    let (mut stage, serial) = shared();
    assert_eq!(stands(&mut stage, serial, status(0)), []);
    let shown = running(&stage);
    assert_eq!((shown.count.as_str(), shown.tone), ("Not reachable.", Tone::Danger));
    assert_eq!(shown.again_at, Some((noon() + 8) * 1000));
    assert_eq!(
        (shown.troubles[0].title.as_str(), shown.troubles[0].why.as_str()),
        ("Not reachable.", "No answer.")
    );
    assert!(shown.troubles[0].buttons.is_empty(), "it is too early to guess");
    let effects = stage.wait_seconds(120);
    assert_eq!(notified(&effects), [("studio.acme.dev is not reachable", "Trying again")]);
    assert_eq!(running(&stage).troubles[0].next, "Something blocks outgoing port 7844.");
    assert_eq!(notified(&stage.wait_seconds(300)), [], "once");
    let effects = stands(&mut stage, serial, status(1));
    assert_eq!(notified(&effects), [("studio.acme.dev is reachable again", "")]);
    assert!(running(&stage).troubles.is_empty());
    // A short one is nobody's business.
    stands(&mut stage, serial, status(0));
    assert_eq!(notified(&stands(&mut stage, serial, status(4))), []);
}

#[test]
fn http2_can_be_chosen_where_nothing_gets_through() {
    let (mut stage, serial) = shared();
    stands(&mut stage, serial, status(0));
    stage.wait_seconds(120);
    assert_eq!(running(&stage).troubles[0].buttons[0].label, "Use HTTP/2");
    assert_eq!(stage.ask(Request::UseHttp2 { name: name() }), [Effect::StopShare { serial }]);
    let effects = stage.event(Event::ShareEnded { serial });
    let again = effects.iter().any(|effect| matches!(effect, Effect::RunShare { by_http2: true, .. }));
    assert!(again, "{effects:?}");
}

#[test]
fn what_ends_by_itself_is_told_with_its_reason() {
    let (mut stage, serial) = shared();
    let told = ShareTold::Failed(problem("tunnel-refused", "Cloudflare does not let this tunnel run."));
    stage.event(Event::ShareTold { serial, told });
    // The program around it says less.
    let told = ShareTold::Failed(problem("unexpected", "The connector has ended."));
    stage.event(Event::ShareTold { serial, told });
    let effects = stage.event(Event::ShareEnded { serial });
    let body = "Sharing has stopped. Cloudflare does not let this tunnel run.";
    assert_eq!(notified(&effects), [("studio.acme.dev is not reachable", body)]);
    let shown = view(&stage).problem.unwrap();
    assert_eq!(shown.title, "Cloudflare does not let this tunnel run.");
    assert!(shown.next.ends_with("Stop sharing it, then share it again."), "there is nothing to look for");
    assert!(matches!(view(&stage).stage, ShareStage::Resting(_)));
}

#[test]
fn what_has_not_failed_yet_is_being_connected() {
    let (mut stage, serial) = started();
    let idle = || LinkNow { state: LinkState::Idle, round_trip: None, failed: None };
    let links = (0..4).map(|_| idle()).collect();
    stands(&mut stage, serial, TunnelStatus { links, ..TunnelStatus::default() });
    let told = ShareTold::Shared { share: fact(STUDIO), sshd: None };
    stage.event(Event::ShareTold { serial, told });
    let shown = running(&stage);
    assert_eq!((shown.count.as_str(), shown.links[3].up_for.as_str()), ("Connecting…", "Connecting…"));
    assert!(shown.troubles.is_empty());

    // There may be no address for some of them.
    let most = "You requested 4 HA connections but I can give you at most 1.";
    says(&mut stage, serial, Level::Warn, most, &[]);
    let mut few = status(1);
    few.links.iter_mut().skip(1).for_each(|link| *link = idle());
    stands(&mut stage, serial, few);
    assert_eq!(running(&stage).links[3].up_for, "");
    assert!(running(&stage).events[0].text.contains("no more addresses"));
}

#[test]
fn many_who_may_connect_are_counted() {
    let (mut stage, serial) = shared();
    let line = |stage: &mut Stage, people: &str, allow: &[&str]| {
        let allow = allow.iter().map(|&whom| whom.to_owned()).collect();
        let share = ShareFact { people: people.to_owned(), allow, ..fact(STUDIO) };
        stage.event(Event::ShareTold { serial, told: ShareTold::Shared { share, sshd: None } });
        running(stage).line
    };
    assert_eq!(
        line(&mut stage, "everybody at acme.dev", &["@acme.dev"]),
        "Shared since 12:30. Everybody at acme.dev may connect."
    );
    assert_eq!(
        line(&mut stage, "the group Staff", &["group:Staff"]),
        "Shared since 12:30. The group Staff may connect."
    );
    let allow = ["a@b.dev", "c@d.dev", "group:Staff, Lisbon", "@acme.dev"];
    let told = line(&mut stage, "a@b.dev, c@d.dev and others", &allow);
    assert_eq!(told, "Shared since 12:30. 2 people, 1 group and 1 domain may connect.");
}

#[test]
fn rules_are_changed_in_order_and_checked_first() {
    let (mut stage, serial) = shared();
    stage.ask(Request::EditRules { name: name() });
    let rows = running(&stage).editing.unwrap().rows;
    assert_eq!((rows.len(), rows[0].from, rows[1].service.as_str()), (2, Some(0), "http_status:404"));
    let rule = |from, hostname: &str, service: &str| RuleDraft {
        from,
        hostname: hostname.to_owned(),
        path: String::new(),
        service: service.to_owned(),
    };
    let last = || rule(Some(1), "", "http_status:410");
    for (wrong, title) in [
        (rule(None, "", "ssh://127.0.0.1:22"), "Rule 1 cannot be used."),
        (rule(None, "a b", "ssh://127.0.0.1:22"), "Rule 1 cannot be used."),
        (rule(None, "a.acme.dev", "pigeon"), "Rule 1 cannot be used."),
    ] {
        assert_eq!(stage.ask(Request::SaveRules { rules: vec![wrong, last()] }), []);
        assert_eq!(running(&stage).editing.unwrap().problem.unwrap().title, title);
    }
    let rules = vec![
        rule(Some(0), STUDIO, "ssh://127.0.0.1:22"),
        rule(None, "*.acme.dev", "http://127.0.0.1:80"),
        last(),
    ];
    let effects = stage.ask(Request::SaveRules { rules: rules.clone() });
    assert_eq!(effects, [Effect::SaveRules { hostname: name(), rules: rules.clone() }]);
    assert!(running(&stage).editing.unwrap().saving);
    let refused = Err(problem("api-refused", "Cloudflare refused it."));
    stage.event(Event::RulesSaved { hostname: name(), result: refused });
    assert_eq!(running(&stage).editing.unwrap().problem.unwrap().title, "Cloudflare refused it.");
    stage.ask(Request::SaveRules { rules });
    // What comes of it is no change of somebody else's.
    stands(&mut stage, serial, TunnelStatus { version: 2, ..status(4) });
    let destination = "127.0.0.1:80".to_owned();
    let effects = stage.event(Event::RulesSaved { hostname: name(), result: Ok(vec![destination.clone()]) });
    assert_eq!(effects, [Effect::Allow { serial, destination }]);
    assert!(running(&stage).editing.is_none() && running(&stage).troubles.is_empty());
    stands(&mut stage, serial, TunnelStatus { version: 3, ..status(4) });
    assert_eq!(titles(&stage), ["The rules were changed at Cloudflare under 1 min ago."]);
}

#[test]
fn a_name_that_leads_elsewhere_is_noticed_and_pointed_back() {
    let (mut stage, _) = shared();
    let effects = stage.wait_seconds(300);
    assert_eq!(effects, [Effect::CheckName { hostname: name() }]);
    let leads = ShareNameNow::Elsewhere("203.0.113.7".to_owned());
    stage.event(Event::NameChecked { hostname: name(), leads });
    let trouble = running(&stage).troubles.remove(0);
    assert_eq!(trouble.title, "studio.acme.dev points somewhere else now.");
    assert!(trouble.why.contains("203.0.113.7"));
    let effects = stage.ask(Request::PointHere { name: name() });
    assert_eq!(effects, [Effect::PointHere { hostname: name() }]);
    stage.event(Event::NamePointed { hostname: name(), result: Ok(ShareNameNow::Here) });
    assert!(running(&stage).troubles.is_empty());
    let effects = stage.ask(Request::Go { page: Page::Share });
    assert!(effects.contains(&Effect::CheckName { hostname: name() }), "whoever looks wants to know");
}

#[test]
fn several_are_shared_at_once() {
    let (mut stage, first) = shared();
    assert!(view(&stage).can_share_another && !view(&stage).can_go_back);
    stage.ask(Request::ShareAnother);
    assert!(view(&stage).can_go_back && matches!(view(&stage).stage, ShareStage::Form(_)));
    assert_eq!(form_view(&stage).start, ShareForm::default(), "a new form");
    stage.ask(Request::EditShare { form: ShareForm { hostname: "db.acme.dev".to_owned(), ..form() } });
    let [Effect::PlanShare { serial, .. }] = stage.wait(400)[..] else { panic!("no plan") };
    stage.event(Event::SharePlanned { serial, plan: Ok(plan()) });
    let effects = stage.ask(Request::StartSharing);
    let [Effect::Share { serial: second, .. }] = effects[..] else { panic!("{effects:?}") };
    stands(&mut stage, second, status(4));
    let told = ShareTold::Shared { share: fact("db.acme.dev"), sshd: None };
    stage.event(Event::ShareTold { serial: second, told });
    assert_eq!(running(&stage).title, "db.acme.dev");
    stands(&mut stage, first, status(2));
    stage.ask(Request::OpenShare { name: None });
    let rows: Vec<_> = list(&stage).shares.into_iter().map(|row| (row.title, row.line, row.tone)).collect();
    let line = |links: &str| format!("Shared since 12:30, {links} of 4 connections");
    assert_eq!(rows, [("db.acme.dev".to_owned(), line("4"), Tone::Ok), (name(), line("2"), Tone::Warn)]);
    assert_eq!(stage.snapshot().sharing, "2 on");
    assert_eq!(stage.tray().tooltip, "Sallyport: shared under 2 names");

    // Each is stopped for itself.
    stage.ask(Request::StopSharing { name: "db.acme.dev".to_owned() });
    assert_eq!(stage.ask(Request::Answer { yes: true, also: false }), [Effect::StopShare { serial: second }]);
    stage.event(Event::ShareEnded { serial: second });
    assert_eq!(stage.snapshot().sharing, "On");
    stage.ask(Request::OpenShare { name: Some(name()) });
    assert_eq!(running(&stage).title, STUDIO);
    stage.ask(Request::Quit);
    assert_eq!(stage.snapshot().question.unwrap().title, "Stop sharing studio.acme.dev and quit?");
}

#[test]
fn all_of_them_answer_again_at_the_start_if_that_was_chosen() {
    let mut stage = Stage::bare();
    stage.model.facts.answer_at_start = true;
    stage.give(Input::Started);
    let effects = stage.event(shares(&["a.acme.dev", "b.acme.dev"]));
    assert!(matches!(&effects[..], [Effect::RunShare { .. }, Effect::RunShare { .. }]), "{effects:?}");
}

fn tunnel() -> TunnelFact {
    let rule = |hostname: &str, service: &str| RuleNow {
        hostname: hostname.to_owned(),
        path: String::new(),
        service: service.to_owned(),
    };
    TunnelFact {
        id: "6ff42ae2-765d-4adf-8112-31c55c1551ef".to_owned(),
        name: "build".to_owned(),
        file: "~/.cloudflared/config.yml".to_owned(),
        path: "/home/ada/.cloudflared/config.yml".to_owned(),
        rules: vec![rule("build.acme.dev", "ssh://localhost:22"), rule("", "http_status:404")],
        obstacle: None,
        is_taken: false,
    }
}

fn found(tunnel: TunnelFact) -> Event {
    Event::Shares { shares: Ok(Vec::new()), found: vec![tunnel], has_token: false }
}

#[test]
fn a_tunnel_of_cloudflareds_is_found_and_runs_here() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::Go { page: Page::Share });
    stage.event(found(tunnel()));
    let row = list(&stage).found.remove(0);
    assert_eq!(
        (row.title.as_str(), row.line.as_str()),
        ("build", "build.acme.dev, by ~/.cloudflared/config.yml")
    );
    let id = tunnel().id;
    stage.ask(Request::OpenShare { name: Some(id.clone()) });
    let ShareStage::Resting(resting) = view(&stage).stage else { panic!("{:?}", view(&stage).stage) };
    assert_eq!((resting.title.as_str(), resting.rules.len()), ("build is set up for cloudflared.", 2));
    assert!(!resting.can_stop, "nothing of cloudflared's is taken away");
    let effects = stage.ask(Request::TakeTunnel { name: id.clone() });
    let [Effect::TakeTunnel { taken: true, .. }, Effect::RunTunnel { serial, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    stands(&mut stage, serial, status(1));
    let shown = running(&stage);
    let line = "Runs here since 12:30, by ~/.cloudflared/config.yml. Nothing of cloudflared's is changed.";
    assert_eq!((shown.title.as_str(), shown.line.as_str(), shown.invitation), ("build", line, None));
    assert_eq!(stage.snapshot().sharing, "On");
    stage.ask(Request::StopSharing { name: id.clone() });
    let question = stage.snapshot().question.unwrap();
    assert_eq!((question.title.as_str(), question.also), ("Stop running build here?", None));
    let effects = stage.ask(Request::Answer { yes: true, also: false });
    assert_eq!(effects, [Effect::TakeTunnel { id, taken: false }, Effect::StopShare { serial }]);
}

#[test]
fn a_tunnel_that_cannot_run_says_why() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::Go { page: Page::Share });
    let obstacle = Some("its credentials are not there".to_owned());
    stage.event(found(TunnelFact { obstacle, is_taken: true, ..tunnel() }));
    assert_eq!(list(&stage).found[0].line, "Its credentials are not there");
    assert_eq!(stage.ask(Request::TakeTunnel { name: tunnel().id }), []);
}

#[test]
fn the_machine_stays_awake_only_while_somebody_is_connected() {
    let (mut stage, serial) = shared();
    let visited = || TunnelStatus {
        visitors: vec![VisitorNow { id: 7, email: "jo@corp.test".to_owned(), since: noon() }],
        ..status(4)
    };
    assert_eq!(stands(&mut stage, serial, visited()), [], "it is off");
    assert_eq!(running(&stage).sleep, "Sharing pauses while this computer sleeps.");
    let effects = stage.ask(Request::KeepAwake { on: true });
    assert_eq!(effects, [Effect::RememberKeepAwake { on: true }, Effect::StayAwake { on: true }]);
    assert!(running(&stage).keep_awake);
    stage.event(Event::StaysAwake(false));
    assert!(running(&stage).sleep.ends_with("The system did not agree to stay awake."));
    stage.event(Event::StaysAwake(true));
    assert_eq!(stands(&mut stage, serial, status(4)), [Effect::StayAwake { on: false }]);
    assert_eq!(stands(&mut stage, serial, visited()), [Effect::StayAwake { on: true }]);
    assert!(stage.event(Event::ShareEnded { serial }).contains(&Effect::StayAwake { on: false }));
}
