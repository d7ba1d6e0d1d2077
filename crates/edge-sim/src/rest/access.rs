//! Calls about what stands before hostnames: applications, policies, groups, identity providers, the organization,
//! authorities for SSH certificates (`cloudflare-api.md` 5, 6.1).

mod apps;
mod groups;
mod policies;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::envelope::{Refused, created, done, json_body, listed};
use super::plan::{AccountPlan, ApiTokenPlan, Right};
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::plan::AppPlan;
use crate::random;

pub(super) use apps::App;
pub(super) use groups::Group;
pub(super) use policies::Policy;

/// Items to a page unless another number is asked for.
const PAGE: usize = 25;
/// Ways to log in that there are.
const KINDS: [&str; 15] = [
    "azureAD",
    "centrify",
    "cloudflare",
    "facebook",
    "github",
    "google",
    "google-apps",
    "linkedin",
    "oidc",
    "okta",
    "onelogin",
    "onetimepin",
    "pingone",
    "saml",
    "yandex",
];

/// What was made by calls.
pub(super) struct Guards {
    pub(super) apps: Vec<App>,
    pub(super) policies: Vec<Policy>,
    groups: Vec<Group>,
    /// Ways to log in, as the API shows them.
    ways: Vec<Value>,
}

impl Guards {
    pub(super) fn new(plan: &AccountPlan) -> Self {
        let way = |kind: &String| json!({ "id": uuid(), "name": kind, "type": kind, "config": {} });
        let ways = plan.identity_providers.iter().map(way).collect();
        let groups = plan.groups.iter().map(|(name, members)| Group::planned(name, members)).collect();
        Self { apps: Vec::new(), policies: Vec::new(), groups, ways }
    }

    /// The applications as the edge acts by them.
    pub(super) fn plans(&self, team: &str) -> Vec<AppPlan> {
        self.apps.iter().map(|app| app.plan(team, self)).collect()
    }

    pub(super) fn listed(&self) -> Vec<String> {
        let authority = |app: &App| app.has_authority.then(|| format!("authority of {}", app.domain()));
        let apps = self.apps.iter().map(|app| format!("app {}", app.domain()));
        let policies = self.policies.iter().map(|policy| format!("policy {}", policy.name()));
        let ways =
            self.ways.iter().map(|way| format!("log-in by {}", way["type"].as_str().unwrap_or_default()));
        let groups = self.groups.iter().map(|group| format!("group {}", group.name()));
        groups.chain(policies).chain(apps).chain(self.apps.iter().filter_map(authority)).chain(ways).collect()
    }
}

/// Answers what comes behind `/accounts/ACCOUNT/access`.
pub(super) fn answer(
    edge: &Edge,
    token: &ApiTokenPlan,
    rest: &[&str],
    question: &Question,
) -> Result<Answer, Refused> {
    let reads = question.method == Method::GET;
    let right = match (rest.first(), reads) {
        _ if rest.last() == Some(&"revoke_tokens") => Right::RevokeApps,
        (Some(&("apps" | "policies")), true) => Right::ReadApps,
        (Some(&("apps" | "policies")), false) => Right::WriteApps,
        (_, true) => Right::ReadOrganization,
        (_, false) => Right::WriteOrganization,
    };
    if !token.may(right) {
        return Err(Refused::no_right());
    }
    let Some(team) = edge.team() else {
        return Err(Refused::new(StatusCode::FORBIDDEN, 9999, "access.api.error.not_enabled"));
    };
    match (&question.method, rest) {
        (&Method::GET, ["organizations"]) => Ok(done(&json!({
            "name": team, "auth_domain": format!("{team}.cloudflareaccess.com"), "session_duration": "24h",
            "is_ui_read_only": false, "login_design": {},
        }))),
        (&Method::GET, ["identity_providers"]) => {
            Ok(listed(&edge.account.lock().guards.ways, question, PAGE))
        }
        (&Method::POST, ["identity_providers"]) => add_way(edge, &json_body(question)?),
        (&Method::DELETE, ["identity_providers", id]) => {
            let mut owned = edge.account.lock();
            removed(&mut owned.guards.ways, id, |way| way["id"].as_str().unwrap_or_default())
        }
        (_, ["apps", rest @ ..]) => apps::answer(edge, rest, question),
        (_, ["groups", rest @ ..]) => groups::answer(edge, rest, question),
        (_, ["policies", rest @ ..]) => policies::answer(edge, rest, question),
        _ => Err(Refused::no_route()),
    }
}

fn add_way(edge: &Edge, body: &Value) -> Result<Answer, Refused> {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    if !KINDS.contains(&kind) || !body.get("config").is_some_and(Value::is_object) {
        return Err(invalid("access.api.error.invalid_request: identity provider needs a type and a config"));
    }
    let way = json!({ "id": uuid(), "name": body["name"], "type": kind, "config": body["config"] });
    edge.account.lock().guards.ways.push(way.clone());
    Ok(created(&way))
}

/// Takes the thing of this id away.
fn removed<T>(all: &mut Vec<T>, id: &str, id_of: impl Fn(&T) -> &str) -> Result<Answer, Refused> {
    let before = all.len();
    all.retain(|one| id_of(one) != id);
    if all.len() == before {
        return Err(missing());
    }
    let mut answer = done(&json!({ "id": id }));
    answer.status = StatusCode::ACCEPTED;
    Ok(answer)
}

/// What Access says to nearly everything that is wrong.
fn invalid(message: &str) -> Refused {
    Refused::bad(12_130, message)
}

fn missing() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, 11_021, "access.api.error.not_found")
}

fn uuid() -> String {
    wire::tunnel::TunnelId(random::uuid()).to_string()
}
