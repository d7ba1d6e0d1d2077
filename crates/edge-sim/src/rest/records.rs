//! Calls about DNS records (`cloudflare-api.md` 4).

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use wire::tunnel::TunnelId;

use super::envelope::{Refused, done, json_body, listed};
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::random;

/// What names of tunnels end in.
pub(super) const TUNNELS: &str = ".cfargotunnel.com";
/// Records to a page unless another number is asked for.
const PAGE: usize = 100;
/// Times to live that may be set, in seconds; 1 lets Cloudflare choose.
const TIMES: std::ops::RangeInclusive<u64> = 60..=86_400;
/// Types of which one name has one record at most, taken together.
const ALONE: [&str; 3] = ["A", "AAAA", "CNAME"];

/// One DNS record.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) content: String,
    pub(super) proxied: bool,
    pub(super) ttl: u64,
    pub(super) comment: Option<String>,
    pub(super) created: Timestamp,
}

impl Record {
    /// One that was there before, and leads to a machine of somebody.
    pub(super) fn elsewhere(hostname: &str) -> Self {
        Self { kind: "A".to_owned(), ..Self::new(hostname, "203.0.113.7") }
    }

    /// One that leads to a tunnel.
    pub(super) fn to_tunnel(hostname: &str, tunnel: TunnelId) -> Self {
        Self { proxied: true, ..Self::new(hostname, &format!("{tunnel}{TUNNELS}")) }
    }

    fn new(name: &str, content: &str) -> Self {
        Self {
            id: random::name(),
            kind: "CNAME".to_owned(),
            name: name.to_owned(),
            content: content.to_owned(),
            proxied: false,
            ttl: 1,
            comment: None,
            created: Timestamp::now(),
        }
    }

    /// The tunnel that it leads to; only a record that is proxied leads to one.
    pub(super) fn tunnel(&self) -> Option<TunnelId> {
        self.content.strip_suffix(TUNNELS).filter(|_| self.proxied)?.parse().ok()
    }

    fn as_json(&self) -> Value {
        json!({
            "id": self.id, "type": self.kind, "name": self.name, "content": self.content, "proxied": self.proxied,
            "proxiable": true, "ttl": self.ttl, "comment": self.comment, "tags": [], "meta": {},
            "created_on": self.created.to_string(), "modified_on": self.created.to_string(),
        })
    }

    /// Takes over what a body says.
    fn change(&mut self, body: &Value, zone: &str) -> Result<(), Refused> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        self.kind = text("type").unwrap_or(std::mem::take(&mut self.kind)).to_uppercase();
        self.content = text("content").unwrap_or(std::mem::take(&mut self.content));
        self.comment = text("comment").or(self.comment.take()).filter(|comment| !comment.is_empty());
        self.proxied = body.get("proxied").and_then(Value::as_bool).unwrap_or(self.proxied);
        self.ttl = body.get("ttl").and_then(Value::as_u64).unwrap_or(self.ttl);
        if let Some(name) = text("name") {
            self.name = name.to_lowercase();
        }
        if self.name.is_empty() || self.content.is_empty() {
            return Err(invalid(9000, "DNS name and content are required."));
        }
        if self.name != zone && !self.name.ends_with(&format!(".{zone}")) {
            // A name of another domain is taken for a label below this one.
            self.name = format!("{}.{zone}", self.name);
        }
        if self.ttl != 1 && !TIMES.contains(&self.ttl) {
            return Err(invalid(
                9021,
                "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.",
            ));
        }
        Ok(())
    }
}

/// Answers what comes behind `/zones/ZONE/dns_records`.
pub(super) fn answer(edge: &Edge, zone: &str, rest: &[&str], question: &Question) -> Result<Answer, Refused> {
    let zone = edge.plan.account.zone_name(zone).ok_or_else(Refused::no_route)?;
    match (&question.method, rest) {
        (&Method::GET, []) => Ok(list(edge, zone, question)),
        (&Method::POST, []) => create(edge, zone, question),
        (&Method::GET, [id]) => one(edge, id).map(|record| done(&record.as_json())),
        (&Method::PATCH | &Method::PUT, [id]) => update(edge, zone, id, question),
        (&Method::DELETE, [id]) => delete(edge, id),
        _ => Err(Refused::no_route()),
    }
}

fn list(edge: &Edge, zone: &str, question: &Question) -> Answer {
    let is = |name: &str, value: &str| question.query(name).is_none_or(|wanted| wanted == value);
    let fits = |record: &&Record| {
        let is_inside = record.name == zone || record.name.ends_with(&format!(".{zone}"));
        is_inside
            && is("type", &record.kind)
            && is("name", &record.name)
            && is("name.exact", &record.name)
            && is("content.exact", &record.content)
    };
    let all: Vec<Value> = edge.account.lock().records.iter().filter(fits).map(Record::as_json).collect();
    listed(&all, question, PAGE)
}

fn create(edge: &Edge, zone: &str, question: &Question) -> Result<Answer, Refused> {
    let mut record = Record::new("", "");
    record.change(&json_body(question)?, zone)?;
    let mut owned = edge.account.lock();
    let clash = |known: &&Record| known.name == record.name && known.kind == record.kind;
    if owned.records.iter().filter(clash).any(|known| known.content == record.content) {
        return Err(Refused::bad(81_058, "An identical record already exists."));
    }
    refuse_second(&owned.records, &record)?;
    let result = record.as_json();
    owned.records.push(record);
    Ok(done(&result))
}

fn update(edge: &Edge, zone: &str, id: &str, question: &Question) -> Result<Answer, Refused> {
    let body = json_body(question)?;
    let mut changed = one(edge, id)?;
    changed.change(&body, zone)?;
    let mut owned = edge.account.lock();
    refuse_second(&owned.records, &changed)?;
    let result = changed.as_json();
    if let Some(record) = owned.records.iter_mut().find(|record| record.id == id) {
        *record = changed;
    }
    Ok(done(&result))
}

fn delete(edge: &Edge, id: &str) -> Result<Answer, Refused> {
    one(edge, id)?;
    edge.account.lock().records.retain(|record| record.id != id);
    Ok(done(&json!({ "id": id })))
}

fn refuse_second(known: &[Record], record: &Record) -> Result<(), Refused> {
    let clashes = |known: &Record| {
        known.id != record.id && known.name == record.name && ALONE.contains(&known.kind.as_str())
    };
    if ALONE.contains(&record.kind.as_str()) && known.iter().any(clashes) {
        return Err(Refused::bad(81_053, "An A, AAAA, or CNAME record with that host already exists."));
    }
    Ok(())
}

fn one(edge: &Edge, id: &str) -> Result<Record, Refused> {
    let found = edge.account.lock().records.iter().find(|record| record.id == id).cloned();
    found.ok_or_else(|| Refused::new(StatusCode::NOT_FOUND, 81_044, "Record does not exist."))
}

fn invalid(code: u32, message: &str) -> Refused {
    Refused::bad(1004, "DNS Validation Error").because(code, message)
}
