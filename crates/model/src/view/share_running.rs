//! What is shared, as values: whether it answers, by which connections, and what happened.

use super::{send, share_service, share_troubles};
use crate::brain::{Asked, Editing, LINKS, Live, Model, protocol_words, who};
use crate::clock::Clock;
use crate::places::place;
use crate::{
    GROUP, LinkNow, LinkState, Question, Request, RuleNow, ShareEvent, ShareFact, ShareLink, ShareResting,
    ShareRule, ShareRulesEdit, ShareRunning, ShareVisitor, Tone, VisitorNow,
};

pub(super) fn running(model: &Model, clock: &Clock<'_>, name: &str, live: &Live) -> ShareRunning {
    let fact = model.share.facts.get(name);
    let since = live.since.map(|since| clock.moment(since)).unwrap_or_default();
    let line = match (fact, model.share.found.get(name)) {
        (Some(fact), _) if !fact.people.is_empty() => {
            format!("Shared since {since}. {} may connect.", people(fact))
        }
        (None, Some(tunnel)) => {
            format!("Runs here since {since}, by {}. Nothing of cloudflared's is changed.", tunnel.file)
        }
        _ => format!("Shared since {since}."),
    };
    let (count, tone) = count(live);
    let events: Vec<ShareEvent> = live
        .events
        .iter()
        .map(|event| ShareEvent { time: clock.moment(event.at), text: event.text.clone(), tone: event.tone })
        .collect();
    ShareRunning {
        name: name.to_owned(),
        title: model.share.title(name),
        line,
        invitation: fact.map(invitation),
        troubles: share_troubles::of(model, clock, name, fact, live),
        count,
        tone,
        again_at: again_at(live),
        links: links(clock, live),
        visitors: live.status.visitors.iter().map(|visitor| self::visitor(clock, visitor)).collect(),
        // Those of a share are the edge's: what counts before they have come is nobody's choice.
        rules: if fact.is_some() && live.status.version < 0 { Vec::new() } else { rules(&live.status.rules) },
        can_edit_rules: fact.is_some() && live.status.version >= 0,
        editing: model.share.editing.as_ref().filter(|editing| editing.name == name).map(editing),
        sshd: live.sshd.clone(),
        again: model.facts.answer_at_start,
        keep_awake: model.facts.keep_awake,
        sleep: sleep(model),
        service: share_service::switch(model, name),
        log: events.iter().map(|event| format!("{} {}\n", event.time, event.text)).collect(),
        events,
        stopping: live.stops,
        stop: if fact.is_some() { "Stop sharing" } else { "Stop running it here" }.to_owned(),
    }
}

/// What sleep means for those who are connected.
fn sleep(model: &Model) -> String {
    let machine = &model.words.machine;
    let refused = if model.share.is_refused_awake { " The system did not agree to stay awake." } else { "" };
    format!("Sharing pauses while {machine} sleeps.{refused}")
}

pub(super) fn resting(model: &Model, name: &str, live: Option<&Live>) -> ShareResting {
    let (again, starting) = (model.facts.answer_at_start, live.is_some());
    let Some(fact) = model.share.facts.get(name) else { return set_up(model, name, live) };
    let hostname = &fact.hostname;
    let (title, text) = if let Some(service) = fact.service {
        share_service::words(hostname, service)
    } else if fact.is_whole {
        (
            format!("{hostname} is shared, but does not answer."),
            "Its address and its rules are in place. People who try see an error until it answers again.",
        )
    } else {
        (
            format!("Something is left of sharing {hostname}."),
            "It does not lead to this machine. Take away what is left, then share again.",
        )
    };
    let button = send("Answer again", Request::AnswerAgain { name: name.to_owned() });
    ShareResting {
        name: name.to_owned(),
        title,
        text: text.to_owned(),
        button: (fact.is_whole && fact.service.is_none()).then_some(button),
        starting,
        can_stop: true,
        rules: Vec::new(),
        again,
        service: share_service::switch(model, name),
    }
}

/// A tunnel of cloudflared's that does not run here.
fn set_up(model: &Model, name: &str, live: Option<&Live>) -> ShareResting {
    let tunnel = model.share.found.get(name);
    let obstacle = tunnel.and_then(|tunnel| tunnel.obstacle.as_deref());
    let text = match (tunnel, obstacle) {
        (_, Some(obstacle)) => format!("It cannot be run here: {obstacle}."),
        (Some(tunnel), None) => format!(
            "{} says what it serves. Sallyport can run it in place of cloudflared, or beside it: both answer then. \
             Nothing of cloudflared's is changed or deleted.",
            tunnel.file
        ),
        (None, None) => String::new(),
    };
    let button = send("Run it here", Request::TakeTunnel { name: name.to_owned() });
    ShareResting {
        name: name.to_owned(),
        title: format!("{} is set up for cloudflared.", model.share.title(name)),
        text,
        button: obstacle.is_none().then_some(button),
        starting: live.is_some(),
        can_stop: false,
        rules: tunnel.map(|tunnel| rules(&tunnel.rules)).unwrap_or_default(),
        again: model.facts.answer_at_start,
        service: None,
    }
}

/// What is to be answered first.
pub(super) fn question(model: &Model, asked: &Asked) -> Question {
    match asked {
        Asked::Stop(name) => stop(model, name),
        Asked::TakeAway(name) => Question {
            title: format!("Stop sharing {}?", model.share.title(name)),
            text: "The tunnel, the application and the DNS record are removed.".to_owned(),
            also: None,
            yes: "Stop sharing".to_owned(),
        },
        Asked::Disconnect { name, visitor } => disconnect(model, name, *visitor),
        Asked::Quit => quit(model),
    }
}

fn stop(model: &Model, name: &str) -> Question {
    let title = model.share.title(name);
    let text = cut_off(model.share.lives.get(name).map_or(0, |live| live.status.visitors.len()));
    if model.share.facts.contains_key(name) {
        return Question {
            title: format!("Stop sharing {title}?"),
            text,
            also: Some("Also remove the tunnel, the application and the DNS record".to_owned()),
            yes: "Stop sharing".to_owned(),
        };
    }
    Question {
        title: format!("Stop running {title} here?"),
        text: format!("{text} Where cloudflared runs it as well, that goes on."),
        also: None,
        yes: "Stop running it".to_owned(),
    }
}

fn disconnect(model: &Model, name: &str, visitor: u64) -> Question {
    let visitors =
        model.share.lives.get(name).map(|live| live.status.visitors.as_slice()).unwrap_or_default();
    let known = visitors.iter().find(|known| known.id == visitor);
    Question {
        title: format!("Disconnect {}?", known.map_or("them", who)),
        text: "The connection is cut off at once. Whoever may connect can do so again.".to_owned(),
        also: None,
        yes: "Disconnect".to_owned(),
    }
}

fn quit(model: &Model) -> Question {
    let share = &model.share;
    let titles: Vec<String> = share.running().map(|(name, _)| share.title(name)).collect();
    let names: Vec<&str> = titles.iter().map(String::as_str).collect();
    let yes = "Stop and quit".to_owned();
    if names.is_empty() {
        let hostname = share.work.as_ref().map_or("sharing", |work| work.hostname.as_str());
        return Question {
            title: format!("Stop with {hostname} and quit?"),
            text: "What is under way is stopped; finished steps stay.".to_owned(),
            also: None,
            yes,
        };
    }
    let later = if model.facts.answer_at_start { " It answers again when Sallyport starts." } else { "" };
    let visitors = share.running().map(|(_, live)| live.status.visitors.len()).sum();
    Question {
        title: format!("Stop sharing {} and quit?", super::and(&names)),
        text: format!("{} The address stays yours.{later}", cut_off(visitors)),
        also: None,
        yes,
    }
}

/// What it means for those who are connected.
fn cut_off(visitors: usize) -> String {
    match visitors {
        0 => "Nobody is connected now.".to_owned(),
        1 => "1 person is connected and will be cut off.".to_owned(),
        some => format!("{some} connections are open and will be cut off."),
    }
}

/// One by name; more of them by their number.
pub(super) fn people(fact: &ShareFact) -> String {
    let [_, _, ..] = fact.allow.as_slice() else { return super::sentence(&fact.people) };
    let number = |begins: &str| fact.allow.iter().filter(|one| one.starts_with(begins)).count();
    let (domains, groups) = (number("@"), number(GROUP));
    let parts = [
        (fact.allow.len() - domains - groups, "person", "people"),
        (groups, "group", "groups"),
        (domains, "domain", "domains"),
    ];
    let parts = parts.into_iter().filter(|(number, ..)| *number > 0);
    let said: Vec<String> = parts
        .map(|(number, one, more)| format!("{number} {}", if number == 1 { one } else { more }))
        .collect();
    super::and(&said.iter().map(String::as_str).collect::<Vec<_>>())
}

/// For those who may connect: plain text, without a secret.
pub(crate) fn invitation(fact: &ShareFact) -> String {
    let hostname = &fact.hostname;
    let name = hostname.split('.').next().unwrap_or(hostname);
    format!(
        "You can reach {hostname} by SSH.\n\n\
         1. Install Sallyport, and an SSH client if you have none (on Windows: Settings, Optional features, OpenSSH \
         Client).\n\
         2. Run: sallyport host add {hostname}\n\
         3. Run: ssh {name}\n\n\
         Your browser opens for the login. If it does not let you in, ask whoever sent you this.\n"
    )
}

fn count(live: &Live) -> (String, Tone) {
    match live.status.up() {
        0 if live.failed.is_none() => ("Connecting…".to_owned(), Tone::Plain),
        0 => ("Not reachable.".to_owned(), Tone::Danger),
        LINKS.. => (format!("{LINKS} of {LINKS}"), Tone::Plain),
        some => (format!("{some} of {LINKS}. People can still connect."), Tone::Warn),
    }
}

/// When the first of the next attempts is made, while nothing gets through.
fn again_at(live: &Live) -> Option<i64> {
    let again = live.status.links.iter().filter_map(|link| match link.state {
        LinkState::Waiting { again } => Some(again.saturating_mul(1000)),
        LinkState::Idle | LinkState::Connecting | LinkState::Up { .. } => None,
    });
    live.lost.and_then(|_| again.min())
}

fn links(clock: &Clock<'_>, live: &Live) -> Vec<ShareLink> {
    (0..LINKS)
        .map(|index| {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let link = live.status.links.get(index);
            match link.map(|link| &link.state) {
                Some(LinkState::Up { location, protocol, since }) => ShareLink {
                    number,
                    place: place(location).unwrap_or_default().to_owned(),
                    location: location.clone(),
                    protocol: protocol_words(protocol).to_owned(),
                    up_for: clock.span_since(*since),
                    round_trip: link.and_then(|link| link.round_trip).map(millis).unwrap_or_default(),
                },
                Some(LinkState::Waiting { .. } | LinkState::Connecting | LinkState::Idle) | None => {
                    ShareLink {
                        number,
                        place: String::new(),
                        location: "–".to_owned(),
                        protocol: String::new(),
                        up_for: not_up(live, link).to_owned(),
                        round_trip: String::new(),
                    }
                }
            }
        })
        .collect()
}

/// What becomes of a connection that does not stand.
fn not_up(live: &Live, link: Option<&LinkNow>) -> &'static str {
    let is_idle = link.is_some_and(|link| link.state == LinkState::Idle);
    if is_idle && live.status.up() > 0 {
        // Nobody tries it: there is no address for it.
        return "";
    }
    let has_failed = live.failed.is_some() || link.is_some_and(|link| link.failed.is_some());
    if has_failed { "Trying again" } else { "Connecting…" }
}

/// `round_trip` is in microseconds.
fn millis(round_trip: u64) -> String {
    match (round_trip + 500) / 1000 {
        0 => "under 1 ms".to_owned(),
        millis => format!("{millis} ms"),
    }
}

fn visitor(clock: &Clock<'_>, visitor: &VisitorNow) -> ShareVisitor {
    let (moment, span) = (clock.moment(visitor.since), clock.span_since(visitor.since));
    ShareVisitor { id: visitor.id, who: who(visitor).to_owned(), since: format!("Since {moment}, {span}") }
}

fn editing(editing: &Editing) -> ShareRulesEdit {
    ShareRulesEdit {
        rows: editing.rows.clone(),
        saving: editing.saving,
        problem: editing.problem.as_ref().map(|problem| super::share::shown(problem, Vec::new())),
    }
}

fn rules(rules: &[RuleNow]) -> Vec<ShareRule> {
    let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise } else { text }.to_owned();
    let draw = |(number, rule): (u32, &RuleNow)| ShareRule {
        number,
        hostname: or(&rule.hostname, "Everything else"),
        path: or(&rule.path, "any"),
        service: rule.service.clone(),
    };
    (1..).zip(rules).map(draw).collect()
}
