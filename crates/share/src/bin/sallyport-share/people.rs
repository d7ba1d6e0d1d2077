//! `share people`: who may connect to what is shared, said or changed.

use api::Whom;
use command_line::Parsed;
use serde_json::{Value, json};
use share::{
    LogIns, Named, People, PeopleChange, PeopleError, PeopleWish, change_people, people as read, plan_people,
};

use crate::after::published;
use crate::commands::Failure;
use crate::output::Output;

impl From<PeopleError> for Failure {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Share(error) => error.into(),
            PeopleError::Nobody | PeopleError::Unknown(_) => Self::Unusable(error.to_string()),
        }
    }
}

/// Says who may connect; changes it first where that is asked for.
pub(crate) async fn people(given: &Parsed, output: &Output) -> Result<(), Failure> {
    let wish = wish(given)?;
    let (opened, mut made, api) = published(given).await?;
    let hostname = made.hostname.clone();
    if wish.is_nothing() {
        let People { allow, others, session, .. } = read(&api, &made).await?;
        output.state(&as_json(&hostname, &allow, others, &session), &lines(&allow, others, &session));
        return Ok(());
    }
    let change = plan_people(&api, &made, wish).await?;
    if given.on("dry-run") || change.is_nothing() {
        output.state(&changed(&hostname, &change, None), &difference(&change));
        return Ok(());
    }
    let log_ins = change_people(&api, &mut made, &change).await?;
    opened.shares.note(&made)?;
    let told = match log_ins {
        LogIns::Stay => "",
        LogIns::Revoked => "; everybody logs in again",
        LogIns::LastOn => {
            "; whoever was taken out is let in until their log-in ends, as the API token lacks the permission \
             Account, Access: Apps and Policies, Revoke"
        }
    };
    let line = format!("{}it counts for {hostname} from now on{told}\n", difference(&change));
    output.state(&changed(&hostname, &change, Some(log_ins)), &line);
    Ok(())
}

fn wish(given: &Parsed) -> Result<PeopleWish, Failure> {
    let named = |flag: &str| Named::read(given.values(flag));
    let all = given.values("allow");
    let allow = if all.is_empty() { None } else { Some(Named::read(all)?) };
    let (add, remove) = (named("add")?, named("remove")?);
    if allow.is_some() && !(add.is_nothing() && remove.is_nothing()) {
        return Err(Failure::Misuse(
            "`--allow` names all of them; leave out `--add` and `--remove`".to_owned(),
        ));
    }
    Ok(PeopleWish { allow, add, remove, session: None }.lasting(given.value("session"))?)
}

fn lines(allow: &[Whom], others: usize, session: &str) -> String {
    let mut lines: String = allow.iter().map(|whom| format!("{whom}\n")).collect();
    if others > 0 {
        lines.push_str(&format!("and {others} more by rules of other kinds, which the dashboard shows\n"));
    }
    lines.push_str(&format!("they log in again every {session}\n"));
    lines
}

fn difference(change: &PeopleChange) -> String {
    let added = change.added().map(|whom| format!("+ {whom}\n"));
    let removed = change.removed().map(|whom| format!("- {whom}\n"));
    let mut lines: String = added.chain(removed).collect();
    if change.session != change.before.session {
        lines.push_str(&format!("  log in again every {}, not {}\n", change.session, change.before.session));
    }
    if lines.is_empty() { "nothing is another\n".to_owned() } else { lines }
}

fn as_json(hostname: &str, allow: &[Whom], others: usize, session: &str) -> Value {
    let allow: Vec<String> = allow.iter().map(ToString::to_string).collect();
    json!({ "state": "people", "hostname": hostname, "allow": allow, "others": others, "session": session })
}

fn changed(hostname: &str, change: &PeopleChange, log_ins: Option<LogIns>) -> Value {
    let mut told = as_json(hostname, &change.allow, change.before.others, &change.session);
    told["added"] = change.added().map(ToString::to_string).collect();
    told["removed"] = change.removed().map(ToString::to_string).collect();
    told["logIns"] = log_ins.map(name).into();
    told
}

fn name(log_ins: LogIns) -> &'static str {
    match log_ins {
        LogIns::LastOn => "last-on",
        LogIns::Revoked => "revoked",
        LogIns::Stay => "stay",
    }
}
