//! Tables for people, JSON for scripts.

use api::Connection;
use serde::Serialize;

use super::asked::Asked;
use crate::failure::Failure;
use crate::say;

/// How a result is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

impl Form {
    pub(super) fn asked(asked: &Asked) -> Result<Self, Failure> {
        match asked.own("output") {
            None => Ok(Self::Text),
            Some("json") => Ok(Self::Json),
            Some(other) => Err(Failure::Misuse(format!("`--output {other}`: it wants json"))),
        }
    }
}

/// Writes JSON, and the end of a line.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| wire::Cause::Unexpected { what: error.to_string() })?;
    say::data(&format!("{text}\n"));
    Ok(())
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
