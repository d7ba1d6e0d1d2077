//! Who may connect to what is shared already: read where it counts, and changed there with effect at once.

use api::{Api, ApiError, Group, PolicyRules, Whom};

use crate::wish::{InvalidWish, Named, is_session, words};
use crate::{Made, Permission, ShareError, groups};

/// Who may connect, as Cloudflare has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// Whom the policy lets in.
    pub allow: Vec<Whom>,
    /// How many rules besides let somebody in, such as those about countries; they are none of ours.
    pub others: usize,
    /// How long a log-in is good, such as `8h`.
    pub session: String,
    rules: PolicyRules,
}

/// What is to be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleWish {
    /// All who may connect from now on; nothing where those are told by the other two.
    pub allow: Option<Named>,
    /// Who may as well.
    pub add: Named,
    /// Who may no longer.
    pub remove: Named,
    /// How long a log-in is to be good.
    pub session: Option<String>,
}

/// A change, as it can be shown before it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleChange {
    /// As it is.
    pub before: People,
    /// Who may connect then.
    pub allow: Vec<Whom>,
    /// How long a log-in is good then.
    pub session: String,
}

/// What came of the log-ins that there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogIns {
    /// They stay, as nobody was taken out.
    Stay,
    /// They are void: everybody logs in again.
    Revoked,
    /// They are good until they end, as the API token may not make them void.
    LastOn,
}

impl PeopleWish {
    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let Self { allow, add, remove, session } = self;
        allow.is_none() && add.is_nothing() && remove.is_nothing() && session.is_none()
    }

    /// The same with log-ins that are good for this long.
    ///
    /// # Errors
    /// When that is no time.
    pub fn lasting(self, session: Option<&str>) -> Result<Self, InvalidWish> {
        match session {
            Some(text) if !is_session(text) => Err(InvalidWish::Session(text.to_owned())),
            other => Ok(Self { session: other.map(str::to_owned), ..self }),
        }
    }
}

impl PeopleChange {
    /// Who may connect then, and could not before.
    pub fn added(&self) -> impl Iterator<Item = &Whom> {
        self.allow.iter().filter(|whom| !self.before.allow.contains(whom))
    }

    /// Who may no longer.
    pub fn removed(&self) -> impl Iterator<Item = &Whom> {
        self.before.allow.iter().filter(|whom| !self.allow.contains(whom))
    }

    /// Whether nothing would be another.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.allow == self.before.allow && self.session == self.before.session
    }
}

/// Reads who may connect.
///
/// # Errors
/// When the API does not tell, or the policy is gone.
pub async fn people(api: &Api, made: &Made) -> Result<People, ShareError> {
    let call = ShareError::of_call(Permission::AppsEdit);
    let id = made.policy.as_deref().unwrap_or_default();
    let gone = || ApiError::NotFound { said: format!("the policy of {} is gone", made.hostname) };
    let rules = api.policy_rules(id).await.and_then(|found| found.ok_or_else(gone)).map_err(call)?;
    let mut allow = rules.whom();
    let has_groups = allow.iter().any(|whom| matches!(whom, Whom::Group(_)));
    if has_groups {
        let known = api.groups().await.map_err(ShareError::of_call(Permission::OrganizationRead))?;
        allow.iter_mut().for_each(|whom| name(whom, &known));
    }
    allow.sort();
    let session = rules.session().unwrap_or("24h").to_owned();
    Ok(People { allow, others: rules.others(), session, rules })
}

/// What a wish would change.
///
/// # Errors
/// When a group that it names is not there, or nobody could connect any more.
pub async fn plan_people(api: &Api, made: &Made, wish: PeopleWish) -> Result<PeopleChange, PeopleError> {
    let before = people(api, made).await?;
    let mut allow = match wish.allow {
        Some(all) => groups::resolved(api, all).await?,
        None => before.allow.clone(),
    };
    allow.extend(groups::resolved(api, wish.add).await?);
    // A group may be gone by now, and be named all the same.
    let named = |whom: &Whom, name: &String| matches!(whom, Whom::Group(group) if group.name == *name || group.id == *name);
    let stays = |whom: &Whom| {
        !wish.remove.whom.contains(whom) && !wish.remove.groups.iter().any(|name| named(whom, name))
    };
    let unknown = wish.remove.whom.iter().find(|whom| !allow.contains(whom)).map(ToString::to_string);
    let unnamed = |name: &&String| !allow.iter().any(|whom| named(whom, name));
    let unknown =
        unknown.or_else(|| wish.remove.groups.iter().find(unnamed).map(|name| format!("group:{name}")));
    if let Some(whom) = unknown {
        return Err(PeopleError::Unknown(whom));
    }
    allow.retain(stays);
    allow.sort();
    allow.dedup();
    if allow.is_empty() {
        return Err(PeopleError::Nobody);
    }
    let session = wish.session.unwrap_or_else(|| before.session.clone());
    Ok(PeopleChange { before, allow, session })
}

/// Changes it; all is as it was where a part of it is refused.
///
/// # Errors
/// When the API does not take it.
pub async fn change_people(api: &Api, made: &mut Made, change: &PeopleChange) -> Result<LogIns, ShareError> {
    let call = ShareError::of_call(Permission::AppsEdit);
    let before = &change.before;
    let rules = before.rules.letting_in(&change.allow, &change.session);
    api.set_policy_rules(&rules).await.map_err(&call)?;
    let app = made.app.as_ref().map(|app| app.id.clone()).unwrap_or_default();
    if change.session != before.session
        && let Err(error) = api.set_session(&app, &change.session).await
    {
        if let Err(error) = api.set_policy_rules(&before.rules).await {
            tracing::warn!(%error, "the policy is not as it was");
        }
        return Err(call(error));
    }
    made.people = words(&change.allow);
    made.allow = change.allow.iter().map(ToString::to_string).collect();
    if change.removed().next().is_none() {
        return Ok(LogIns::Stay);
    }
    match api.revoke_log_ins(&app).await {
        Ok(()) => Ok(LogIns::Revoked),
        Err(error) => {
            tracing::debug!(%error, "log-ins last on");
            Ok(LogIns::LastOn)
        }
    }
}

/// Why nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    /// Nobody could connect any more.
    #[error("nobody could connect any more; unshare takes all of it away")]
    Nobody,
    /// It cannot be looked at.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// Somebody is to be taken out who is not in.
    #[error("`{0}` is not among those who may connect")]
    Unknown(String),
}

/// Gives a group its name; one that is gone keeps its id.
fn name(whom: &mut Whom, known: &[Group]) {
    if let Whom::Group(group) = whom
        && let Some(found) = known.iter().find(|found| found.id == group.id)
    {
        group.name.clone_from(&found.name);
    }
}
