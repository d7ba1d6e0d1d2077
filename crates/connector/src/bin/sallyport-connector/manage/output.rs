//! Tables for people, JSON and YAML for scripts.

use std::borrow::Cow;

use api::Connection;
use saphyr::{LoadableYamlNode as _, Scalar, Yaml, YamlEmitter};
use serde::Serialize;

use super::asked::Asked;
use crate::failure::Failure;
use crate::say;

/// How a result is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    Yaml,
}

impl Form {
    pub(super) fn asked(asked: &Asked) -> Result<Self, Failure> {
        match asked.own("output") {
            None => Ok(Self::Text),
            Some("json") => Ok(Self::Json),
            Some("yaml") => Ok(Self::Yaml),
            Some(other) => Err(Failure::Misuse(format!("`--output {other}`: it wants json or yaml"))),
        }
    }

    /// Writes the value in this form, and the end of a line. False where people are to read it.
    pub(super) fn writes(self, value: &impl Serialize) -> Result<bool, Failure> {
        let failed = |what: String| Failure::from(wire::Cause::Unexpected { what });
        let text = match self {
            Self::Text => return Ok(false),
            Self::Json => serde_json::to_string_pretty(value).map_err(|error| failed(error.to_string()))?,
            Self::Yaml => yaml(value).map_err(failed)?,
        };
        say::data(&format!("{text}\n"));
        Ok(true)
    }
}

/// The same as YAML, under the names that cloudflared has there: those of its JSON in one word.
fn yaml(value: &impl Serialize) -> Result<String, String> {
    // JSON is YAML, and its order stays.
    let json = serde_json::to_string(value).map_err(|error| error.to_string())?;
    let read = Yaml::load_from_str(&json).map_err(|error| error.to_string())?;
    let mut text = String::new();
    for document in &read {
        YamlEmitter::new(&mut text).dump(&renamed(document)).map_err(|error| error.to_string())?;
    }
    Ok(text.strip_prefix("---\n").map(str::to_owned).unwrap_or(text))
}

fn renamed<'a>(node: &Yaml<'a>) -> Yaml<'a> {
    match node {
        Yaml::Sequence(nodes) => Yaml::Sequence(nodes.iter().map(renamed).collect()),
        Yaml::Mapping(pairs) => {
            Yaml::Mapping(pairs.iter().map(|(key, value)| (name(key), renamed(value))).collect())
        }
        leaf @ (Yaml::Value(_)
        | Yaml::Representation(..)
        | Yaml::Tagged(..)
        | Yaml::Alias(_)
        | Yaml::BadValue) => leaf.clone(),
    }
}

fn name<'a>(key: &Yaml<'a>) -> Yaml<'a> {
    let name = key.as_str().unwrap_or_default().replace('_', "").to_lowercase();
    let name = if name == "conns" { "connections".to_owned() } else { name };
    Yaml::Value(Scalar::String(Cow::Owned(name)))
}

/// Rows with their columns one below the other, a blank between.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$} "));
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

/// `2xams01, 2xfra03`: how many connections end where.
pub(super) fn places<'a>(connections: impl Iterator<Item = &'a Connection>, with_lost: bool) -> String {
    let mut count = std::collections::BTreeMap::<&str, usize>::new();
    for connection in connections.filter(|connection| with_lost || !connection.is_pending_reconnect) {
        *count.entry(&connection.colo_name).or_default() += 1;
    }
    count.iter().map(|(place, count)| format!("{count}x{place}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = table(&[row(["ID", "NAME", "CREATED"]), row(["1", "a long name", "now"])]);
        assert_eq!(text, "ID NAME        CREATED\n1  a long name now\n");
    }

    #[test]
    fn yaml_has_the_names_that_scripts_know() {
        let connector = api::Connector {
            id: "c-1".to_owned(),
            run_at: "2026-03-10T12:30:00Z".to_owned(),
            conns: vec![Connection { colo_name: "ams01".to_owned(), ..Connection::default() }],
            ..api::Connector::default()
        };
        let text = yaml(&[connector]).unwrap();
        assert!(text.starts_with("- id: c-1\n  features: []\n"), "{text}");
        assert!(text.contains("\n  runat: ") && text.contains("\n  connections:\n"), "{text}");
        assert!(text.contains("coloname: ams01\n") && text.contains("ispendingreconnect: false"), "{text}");
    }

    #[test]
    fn connections_are_counted_by_place() {
        let at = |place: &str, lost| Connection {
            colo_name: place.to_owned(),
            is_pending_reconnect: lost,
            ..Connection::default()
        };
        let all = [at("fra03", false), at("ams01", false), at("fra03", false), at("ams01", true)];
        assert_eq!(places(all.iter(), false), "1xams01, 2xfra03");
        assert_eq!(places(all.iter(), true), "2xams01, 2xfra03");
    }
}
