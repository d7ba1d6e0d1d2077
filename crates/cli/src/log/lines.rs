//! How a line of the log looks: as `cloudflared` writes it (`access.md` 5.10), for people or as JSON.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Mutex;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use wire::Cause;

/// Writes every event as one line.
pub(super) struct Lines {
    /// One object a line rather than words.
    pub(super) json: bool,
    /// A file in place of stderr.
    pub(super) file: Option<Mutex<File>>,
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    fields: Map<String, Value>,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let level = *event.metadata().level();
        let line = if self.json { said.object(name(level)) } else { said.words(level) };
        // There is nobody to tell when a log cannot be written.
        let _ = match &self.file {
            Some(file) => file.lock().map(|mut file| file.write_all(line.as_bytes())).unwrap_or(Ok(())),
            None => io::stderr().lock().write_all(line.as_bytes()),
        };
    }
}

/// A message alone, as an object of JSON and a line of its own; with the cause where it tells of a failure.
pub(crate) fn object(level: &str, message: &str, cause: Option<&Cause>) -> String {
    let mut fields = Map::new();
    if let Some(cause) = cause.and_then(|cause| serde_json::to_value(cause).ok()) {
        fields.insert("cause".to_owned(), cause);
    }
    Said { message: message.to_owned(), fields }.object(level)
}

impl Said {
    fn object(mut self, level: &str) -> String {
        self.fields.insert("level".to_owned(), level.into());
        self.fields.insert("time".to_owned(), now().into());
        self.fields.insert("message".to_owned(), self.message.into());
        format!("{}\n", Value::Object(self.fields))
    }

    fn words(&self, level: Level) -> String {
        let mut line = format!("{} {} {}", now(), tag(level), self.message);
        for (name, value) in &self.fields {
            let _ = match value.as_str().filter(|text| is_plain(text)) {
                Some(text) => write!(line, " {name}={text}"),
                None => write!(line, " {name}={value}"),
            };
        }
        line.push('\n');
        line
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            name => drop(self.fields.insert(name.to_owned(), value.into())),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.insert(field.name().to_owned(), value.into());
    }
}

/// The time by the second, in UTC.
fn now() -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now).map(|time| time.to_string()).unwrap_or_default()
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_graphic() && !"\"\\=".contains(letter))
}

const fn tag(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERR",
        Level::WARN => "WRN",
        Level::INFO => "INF",
        Level::DEBUG => "DBG",
        Level::TRACE => "TRC",
    }
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Said {
        let fields = serde_json::json!({ "host": "a.test", "sent": 3, "why": "two words\n" });
        Said { message: "carried".to_owned(), fields: fields.as_object().unwrap().clone() }
    }

    #[test]
    fn words_stay_on_their_line() {
        let line = said().words(Level::DEBUG);
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
        assert_eq!(rest, "DBG carried host=a.test sent=3 why=\"two words\\n\"\n");
    }

    #[test]
    fn an_object_has_what_scripts_look_for() {
        let line = said().object("debug");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&read["level"], &read["message"], &read["sent"]),
            (&"debug".into(), &"carried".into(), &3.into())
        );
        assert!(read["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert_eq!(line.matches('\n').count(), 1, "{line}");
    }
}
