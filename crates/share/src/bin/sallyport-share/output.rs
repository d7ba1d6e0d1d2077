//! What the program says: each step as a line with a tick, or as an object of JSON; what went wrong on stderr.

use std::io::{self, Write as _};

use model::problem::Problem;
use model::{Platform, Words};
use serde_json::{Value, json};
use share::{Event, Plan};
use wire::Cause;

/// The form in which things are said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    in_json: bool,
}

impl Output {
    pub(crate) fn new(in_json: bool) -> Self {
        Self { in_json }
    }

    pub(crate) fn plain() -> Self {
        Self { in_json: false }
    }

    /// A step, as it goes on.
    pub(crate) fn event(self, event: &Event) {
        if self.in_json {
            return object(&event_as_json(event));
        }
        match event {
            // A line is written once it is known how it ends.
            Event::Began(_) => {}
            Event::Done(step, said) => data(&format!("✓ {step}: {said}\n")),
            Event::Failed(step, error) => {
                data(&format!("✗ {step}: {}\n", problem_of(&error.cause()).title.trim_end_matches('.')));
            }
            Event::Undone(step) => data(&format!("✓ {step}: taken away\n")),
            Event::Left(step, error) => {
                data(&format!("✗ {step}: still there, {}\n", problem_of(&error.cause()).line()));
            }
        }
    }

    /// What would be done.
    pub(crate) fn plan(self, plan: &Plan) {
        if self.in_json {
            let steps: Vec<Value> = plan
                .steps
                .iter()
                .map(|step| json!({ "step": step.name(), "what": plan.says(*step) }))
                .collect();
            return object(&json!({
                "state": "plan", "hostname": plan.wish.hostname, "zone": plan.zone.name, "team": plan.team,
                "steps": steps, "warning": plan.warning(),
            }));
        }
        for (step, at) in plan.steps.iter().zip(1..) {
            data(&format!("{at}. {step}: {}\n", plan.says(*step)));
        }
        self.warning(plan);
    }

    pub(crate) fn warning(self, plan: &Plan) {
        if let Some(warning) = plan.warning().filter(|_| !self.in_json) {
            note(&warning);
        }
    }

    /// Something that is so now: an object for programs, lines for people.
    pub(crate) fn state(self, state: &Value, lines: &str) {
        if self.in_json { object(state) } else { data(lines) }
    }

    /// The same with a line that is no data.
    pub(crate) fn shared(self, state: &Value, line: &str) {
        if self.in_json { object(state) } else { note(line) }
    }

    /// What a person may do next at the terminal; a program offers it in its own way.
    pub(crate) fn hint(self, line: &str) {
        if !self.in_json {
            note(line);
        }
    }

    /// A line for a person that a program need not know.
    pub(crate) fn says(self, line: &str) {
        if self.in_json {
            object(&json!({ "state": "note", "message": line }));
        } else {
            note(line);
        }
    }

    /// The same with a link to open.
    pub(crate) fn invites(self, line: &str, link: &str) {
        if self.in_json {
            object(&json!({ "state": "note", "message": line, "link": link }));
        } else {
            note(&format!("{line}, or open {link}"));
        }
    }

    pub(crate) fn misuse(self, line: &str) {
        if self.in_json {
            return object(&json!({ "state": "failed", "problem": { "cause": "misuse", "title": line } }));
        }
        note(line);
    }

    pub(crate) fn problem(self, cause: &Cause) {
        self.told(&problem_of(cause));
    }

    /// What went wrong, in words that were found already.
    pub(crate) fn told(self, problem: &Problem) {
        if self.in_json {
            return object(&json!({ "state": "failed", "problem": problem }));
        }
        note(&problem.line());
    }
}

fn event_as_json(event: &Event) -> Value {
    let of = |step: &share::Step, state: &str| json!({ "step": step.name(), "state": state });
    let with = |mut object: Value, name: &str, value: Value| {
        object[name] = value;
        object
    };
    let problem = |error: &share::ShareError| json!(problem_of(&error.cause()));
    match event {
        Event::Began(step) => of(step, "began"),
        Event::Done(step, said) => with(of(step, "done"), "said", json!(said)),
        Event::Failed(step, error) => with(of(step, "failed"), "problem", problem(error)),
        Event::Undone(step) => of(step, "undone"),
        Event::Left(step, error) => with(of(step, "left"), "problem", problem(error)),
    }
}

fn problem_of(cause: &Cause) -> Problem {
    Problem::of(cause, &Words::of(Platform::current(), None))
}

fn object(value: &Value) {
    data(&format!("{value}\n"));
}

/// Writes data. A reader that went away is no mistake of ours: the rest is dropped.
pub(crate) fn data(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes one line for a person, under the name of the program that was called.
pub(crate) fn note(line: &str) {
    let plain: String = line.chars().filter(|letter| !letter.is_control()).collect();
    let _ = writeln!(io::stderr().lock(), "sallyport: {plain}");
}
