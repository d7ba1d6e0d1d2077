//! `tunnel found`: the tunnels that were set up for cloudflared on this machine, by their files and units. Nothing of them
//! is changed, and nothing that is secret is told.

use std::path::{Path, PathBuf};

use command_line::parse;
use command_line::tunnel::{FLAGS, FOUND, RUN};
use serde_json::{Value, json};
use wire::config_yml::NAMES;
use wire::tunnel::Credentials;

use crate::chosen::{Chosen, folders, home};
use crate::failure::Failure;
use crate::{credentials, say, unit};

/// One that was found.
struct Tunnel {
    id: String,
    name: String,
    path: PathBuf,
    rules: Value,
    obstacle: Option<String>,
}

/// Lists them.
pub(crate) fn list(before: &[String], own: &[String]) -> Result<(), Failure> {
    let own = parse(own, FOUND.flags, &|_| None)?;
    let _ = parse(before, FLAGS, &|_| None)?;
    let found = all();
    if own.value("output") == Some("json") {
        let tunnels: Vec<Value> = found.iter().map(Tunnel::json).collect();
        say::data(&format!("{}\n", json!({ "state": "found", "tunnels": tunnels })));
        return Ok(());
    }
    say::data(&found.iter().map(Tunnel::line).collect::<String>());
    Ok(())
}

fn all() -> Vec<Tunnel> {
    let files = folders().into_iter().flat_map(|folder| NAMES.map(|name| folder.join(name)));
    let files = files.filter(|path| path.is_file()).filter_map(of_file);
    let units = unit::places().into_iter().filter_map(of_unit);
    let mut all: Vec<Tunnel> = Vec::new();
    for tunnel in files.chain(units) {
        if all.iter().all(|known| known.id != tunnel.id) {
            all.push(tunnel);
        }
    }
    all
}

/// The tunnel that a file of rules is for; nothing where it is for none.
fn of_file(path: PathBuf) -> Option<Tunnel> {
    let words = ["--config".to_owned(), path.display().to_string()];
    let (chosen, read) = Chosen::read(parse(&words, RUN.flags, &|_| None).ok()?);
    if let Err(failure) = read {
        let obstacle = Some(reason(&failure));
        let id = path.display().to_string();
        return Some(Tunnel { id, name: String::new(), path, rules: json!([]), obstacle });
    }
    let named = chosen.tunnel().ok()??;
    let (rules, wrong) = match chosen.file.as_ref().map(|file| (file.config.has_rules(), file.config.rules()))
    {
        Some((true, Ok(rules))) => (rules.told(), None),
        Some((true, Err(error))) => (json!([]), Some(format!("its rules cannot be used: {error}"))),
        Some((false, _)) | None => (json!([]), None),
    };
    let is_id = named.parse::<wire::tunnel::TunnelId>().is_ok();
    // Only Cloudflare knows which tunnel has a name; where the credentials are named it need not be asked.
    let right = (is_id || chosen.has("credentials-file")).then(|| credentials::find(&chosen));
    let (id, obstacle) = match right {
        Some(Ok(Credentials { tunnel: Some(id), .. })) => (id.to_string(), None),
        Some(Err(failure)) => (named.clone(), Some(reason(&failure))),
        Some(Ok(_)) | None => (
            named.clone(),
            Some("it goes by its name, and credentials-file does not say which it is".to_owned()),
        ),
    };
    let name = if is_id { String::new() } else { named };
    Some(Tunnel { id, name, path, rules, obstacle: obstacle.or(wrong) })
}

/// The tunnel that a unit of systemd's runs by a token; what runs by a file is found by that.
fn of_unit(path: PathBuf) -> Option<Tunnel> {
    let token = unit::token(&path)?;
    let rules = json!([]);
    match token.as_deref().map(|token| Credentials::from_token(token)) {
        Ok(Ok(Credentials { tunnel: Some(id), .. })) => {
            Some(Tunnel { id: id.to_string(), name: String::new(), path, rules, obstacle: None })
        }
        Ok(_) => None,
        Err(error) => {
            let (id, obstacle) =
                (path.display().to_string(), Some(format!("its token cannot be read: {error}")));
            Some(Tunnel { id, name: String::new(), path, rules, obstacle })
        }
    }
}

fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Misuse(sentence) | Failure::Unusable(sentence) => sentence.clone(),
        Failure::Cause(_) | Failure::Said => "it cannot be used".to_owned(),
    }
}

impl Tunnel {
    fn json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "file": self.label(), "path": self.path, "rules": self.rules,
            "obstacle": self.obstacle,
        })
    }

    fn line(&self) -> String {
        let name = if self.name.is_empty() { &self.id } else { &self.name };
        let serves = self.rules.as_array().into_iter().flatten().filter_map(|rule| {
            let service = rule["service"].as_str()?;
            Some(format!("  {} → {service}\n", rule["hostname"].as_str().unwrap_or("everything else")))
        });
        let obstacle =
            self.obstacle.as_ref().map(|why| format!("  cannot be run: {why}\n")).unwrap_or_default();
        format!("{name}, by {}\n{}{obstacle}", self.label(), serves.collect::<String>())
    }

    /// As a person writes it.
    fn label(&self) -> String {
        let below = home().and_then(|home| self.path.strip_prefix(home).ok().map(Path::to_owned));
        below.map_or_else(|| self.path.display().to_string(), |below| format!("~/{}", below.display()))
    }
}
