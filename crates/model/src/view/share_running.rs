//! What is shared, as values: whether it answers, by which connections, and what happened.

use crate::brain::{Asked, LINKS, Live, Model, protocol_words};
use crate::clock::Clock;
use crate::{
    LinkTold, Question, ShareEvent, ShareFact, ShareLink, ShareResting, ShareRule, ShareRunning, Tone,
};

pub(super) fn running(model: &Model, clock: &Clock<'_>, fact: &ShareFact, live: &Live) -> ShareRunning {
    let since = live.since.map(|since| clock.moment(since)).unwrap_or_default();
    let people = if fact.people.is_empty() {
        String::new()
    } else {
        format!(" {} may connect.", super::sentence(&fact.people))
    };
    let (count, tone) = count(live);
    let events: Vec<ShareEvent> = live
        .events
        .iter()
        .map(|event| ShareEvent { time: clock.moment(event.at), text: event.text.clone(), tone: event.tone })
        .collect();
    ShareRunning {
        line: format!("Shared since {since}.{people}"),
        invitation: invitation(fact),
        count,
        tone,
        links: links(clock, live),
        rules: rules(fact),
        sshd: live.sshd.clone(),
        again: model.facts.answer_at_start,
        log: events.iter().map(|event| format!("{} {}\n", event.time, event.text)).collect(),
        events,
        stopping: live.stops,
    }
}

pub(super) fn resting(model: &Model, fact: &ShareFact, live: Option<&Live>) -> ShareResting {
    let hostname = &fact.hostname;
    let (title, text) = if fact.is_whole {
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
    ShareResting {
        title,
        text: text.to_owned(),
        can_answer: fact.is_whole && live.is_none(),
        starting: live.is_some(),
        again: model.facts.answer_at_start,
    }
}

/// What is to be answered first.
pub(super) fn question(model: &Model, asked: Asked) -> Question {
    let hostname = model.share.shared.as_ref().map(|share| share.hostname.as_str());
    let hostname = hostname.or(model.share.work.as_ref().map(|work| work.hostname.as_str()));
    let hostname = hostname.unwrap_or("this machine");
    let cut_off = "People who are connected are cut off.";
    let (title, text, also, yes) = match asked {
        Asked::Stop => (
            format!("Stop sharing {hostname}?"),
            cut_off.to_owned(),
            Some("Also remove the tunnel, the application and the DNS record"),
            "Stop sharing",
        ),
        Asked::TakeAway => (
            format!("Stop sharing {hostname}?"),
            "The tunnel, the application and the DNS record are removed.".to_owned(),
            None,
            "Stop sharing",
        ),
        Asked::Quit if model.is_sharing() => {
            let later =
                if model.facts.answer_at_start { " It answers again when Sallyport starts." } else { "" };
            (
                format!("Stop sharing {hostname} and quit?"),
                format!("{cut_off} The address stays yours.{later}"),
                None,
                "Stop and quit",
            )
        }
        Asked::Quit => (
            format!("Stop with {hostname} and quit?"),
            "What is under way is stopped; what was made so far is taken away again.".to_owned(),
            None,
            "Stop and quit",
        ),
    };
    Question { title, text, also: also.map(str::to_owned), yes: yes.to_owned() }
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
    match live.links.len() {
        0 => ("Not reachable. Trying again.".to_owned(), Tone::Danger),
        LINKS.. => (format!("{LINKS} of {LINKS}"), Tone::Plain),
        some => (format!("{some} of {LINKS}. People can still connect."), Tone::Warn),
    }
}

fn links(clock: &Clock<'_>, live: &Live) -> Vec<ShareLink> {
    (0..u8::try_from(LINKS).unwrap_or_default())
        .map(|index| {
            let number = u32::from(index) + 1;
            match live.links.get(&index) {
                Some((since, LinkTold::Up { location, protocol })) => ShareLink {
                    number,
                    location: location.clone(),
                    protocol: protocol_words(protocol).to_owned(),
                    up_for: clock.span_since(*since),
                },
                Some(_) | None => ShareLink {
                    number,
                    location: "–".to_owned(),
                    protocol: String::new(),
                    up_for: "Trying again".to_owned(),
                },
            }
        })
        .collect()
}

fn rules(fact: &ShareFact) -> Vec<ShareRule> {
    let rule = |hostname: &str, service: String| ShareRule { hostname: hostname.to_owned(), service };
    vec![
        rule(&fact.hostname, format!("ssh://127.0.0.1:{}", fact.port)),
        rule("Everything else", "http_status:404".to_owned()),
    ]
}
