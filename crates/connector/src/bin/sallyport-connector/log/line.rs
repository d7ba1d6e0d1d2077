//! One event as a line, in either form. Whatever comes from elsewhere cannot become a second line.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

/// What an event says.
#[derive(Default)]
pub(super) struct Line {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Line {
    /// For people: time, level, message, and what is known besides.
    pub(super) fn plain(&self, level: &str, time: &str) -> String {
        let mut line = format!("{time} {level} {}", on_one_line(&self.message));
        for (name, value) in &self.fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // A word stands as it is.
            let is_word =
                !text.is_empty() && text.chars().all(|letter| !letter.is_whitespace() && letter != '"');
            let text = if is_word { on_one_line(&text) } else { Value::from(text).to_string() };
            let _ = write!(line, " {name}={text}");
        }
        line.push('\n');
        line
    }

    /// For programs.
    pub(super) fn json(&self, level: &str, time: &str) -> String {
        format!("{}\n", Value::Object(self.object(level, time)))
    }

    /// For the program that runs this one.
    pub(super) fn report(&self, level: &str, time: &str) -> Value {
        let mut all = self.object(level, time);
        all.insert("state".to_owned(), "log".into());
        Value::Object(all)
    }

    fn object(&self, level: &str, time: &str) -> Map<String, Value> {
        let mut all = Map::new();
        all.insert("level".to_owned(), level.into());
        all.insert("time".to_owned(), time.into());
        all.extend(self.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        all.insert("message".to_owned(), self.message.clone().into());
        all
    }

    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            name => self.fields.push((name, value)),
        }
    }
}

fn on_one_line(text: &str) -> String {
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    text.chars().map(escaped).collect()
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        let fields = vec![("ip", "::1".into()), ("n", 3.into()), ("error", "no \"way\"\nout".into())];
        Line { message: "It\nended".to_owned(), fields }
    }

    #[test]
    fn people_get_one_line_whatever_is_in_it() {
        let expected = "T INF It\\nended ip=::1 n=3 error=\"no \\\"way\\\"\\nout\"\n";
        assert_eq!(line().plain("INF", "T"), expected);
    }

    #[test]
    fn programs_get_json() {
        let read: Value = serde_json::from_str(&line().json("info", "T")).unwrap();
        let expected = serde_json::json!({
            "level": "info", "time": "T", "message": "It\nended", "ip": "::1", "n": 3, "error": "no \"way\"\nout",
        });
        assert_eq!(read, expected);
    }
}
