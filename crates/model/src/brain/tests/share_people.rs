//! Who may connect is changed while it is shared.

use super::share_stage::*;
use super::stage::*;
use crate::*;

fn was() -> PeopleFact {
    let allow = ["@acme.dev", "group:Platform", "jo@corp.test"].map(str::to_owned).to_vec();
    PeopleFact { allow, others: 0, session: "8h".to_owned(), log_ins: LogInsNow::Stay }
}

fn editor(stage: &Stage) -> SharePeopleEdit {
    view(stage).people.unwrap()
}

fn opened() -> Stage {
    let (mut stage, _) = shared();
    assert!(view(&stage).can_edit_people);
    let hostname = STUDIO.to_owned();
    let effects = stage.ask(Request::EditPeople { name: hostname.clone() });
    assert_eq!(effects, [Effect::ReadGroups, Effect::ReadPeople { hostname: hostname.clone() }]);
    assert!(editor(&stage).reading && !editor(&stage).can_save);
    let group = GroupFact { id: "1".to_owned(), name: "Platform".to_owned() };
    stage.event(Event::Groups(vec![group]));
    stage.event(Event::PeopleRead { hostname, result: Ok(was()) });
    stage
}

fn draft(stage: &mut Stage, allow: &[&str], session: &str) {
    let allow = allow.iter().map(|&whom| whom.to_owned()).collect();
    stage.ask(Request::DraftPeople { allow, session: session.to_owned() });
}

#[test]
fn what_would_be_another_is_shown_first() {
    let mut stage = opened();
    assert_eq!((editor(&stage).allow, editor(&stage).changes), (was().allow, Vec::<String>::new()));
    assert_eq!(stage.ask(Request::SavePeople), [], "nothing is another");
    draft(&mut stage, &["group:Platform", "jo@corp.test", "bo@corp.test"], "24h");
    let shown = editor(&stage);
    let lines = [
        "Bo@corp.test may connect.",
        "Everybody at acme.dev may not any more.",
        "They log in again every 1 day, not every 8 hours.",
    ];
    assert_eq!(shown.changes, lines);
    assert!(shown.can_save);
    let allow = ["group:Platform", "jo@corp.test", "bo@corp.test"].map(str::to_owned).to_vec();
    let (hostname, session) = (STUDIO.to_owned(), "24h".to_owned());
    assert_eq!(stage.ask(Request::SavePeople), [Effect::SavePeople { hostname, allow, session }]);
    assert!(editor(&stage).saving);
    assert_eq!(stage.ask(Request::SavePeople), [], "once");
}

#[test]
fn nobody_and_unknown_groups_are_not_set() {
    let mut stage = opened();
    draft(&mut stage, &[], "8h");
    assert_eq!(editor(&stage).allow_error.as_deref(), Some("Add at least one person, group or domain."));
    assert_eq!(stage.ask(Request::SavePeople), []);
    draft(&mut stage, &["group:Platfrom"], "8h");
    let error = "There is no group Platfrom. Did you mean Platform?";
    assert_eq!(editor(&stage).allow_error.as_deref(), Some(error));
    assert_eq!(stage.ask(Request::SavePeople), []);
}

#[test]
fn refused_it_stays_open_and_set_it_is_told_what_becomes_of_log_ins() {
    let mut stage = opened();
    draft(&mut stage, &["jo@corp.test"], "8h");
    stage.ask(Request::SavePeople);
    let refused = problem("api-refused", "Cloudflare's API does not do this.");
    let hostname = || STUDIO.to_owned();
    stage.event(Event::PeopleSaved { hostname: hostname(), result: Err(refused) });
    assert_eq!(editor(&stage).problem.unwrap().title, "Cloudflare's API does not do this.");
    assert_eq!(editor(&stage).changes.len(), 2, "what was typed is still there");
    draft(&mut stage, &["group:Platform"], "8h");
    assert_eq!(editor(&stage).problem, None);
    stage.ask(Request::SavePeople);
    let now = PeopleFact { log_ins: LogInsNow::LastOn, ..was() };
    assert_eq!(
        stage.event(Event::PeopleSaved { hostname: hostname(), result: Ok(now) }),
        [Effect::ReadShares]
    );
    assert_eq!(view(&stage).people, None);
    let told = "Saved. Whoever was removed can connect until their login ends";
    assert_eq!(stage.snapshot().toast.unwrap().text, told);
}

#[test]
fn a_length_that_somebody_else_has_chosen_can_stay() {
    let (mut stage, _) = shared();
    let hostname = STUDIO.to_owned();
    stage.ask(Request::EditPeople { name: hostname.clone() });
    let own = PeopleFact { session: "90m".to_owned(), others: 2, ..was() };
    stage.event(Event::PeopleRead { hostname, result: Ok(own) });
    let shown = editor(&stage);
    assert_eq!(shown.sessions.last().unwrap().value, "90m");
    assert_eq!(shown.others, "2 more rules were made at Cloudflare, and stay.");
    stage.ask(Request::ClosePeople);
    assert_eq!(view(&stage).people, None);
}
