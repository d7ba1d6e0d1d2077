//! For a program that runs this one: on standard output how the tunnel stands and what the log says, in JSON, one object
//! a line; on standard input what it is asked meanwhile, one word and its object a line. Its end is the word to leave.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use connector::{Asker, Reporter};
use model::{Platform, Problem, Words};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::say;

/// So many lines may wait for a reader who is slow; what comes then is lost, and the tunnel goes on.
const MOST: usize = 1024;
/// Ends a stream.
const DISCONNECT: &str = "disconnect";
/// Lets a destination be reached.
const ALLOW: &str = "allow";

/// Where lines go.
#[derive(Clone)]
pub(crate) struct Reports(SyncSender<String>);

impl Reports {
    /// Begins to write, on a thread of its own: a reader who does not read must not stop the tunnel.
    pub(crate) fn begin() -> Self {
        let (lines, wanted) = sync_channel(MOST);
        thread::spawn(move || write(&wanted));
        Self(lines)
    }

    /// Writes one object.
    pub(crate) fn put(&self, object: &Value) {
        // A reader who is slow or gone is no mistake of ours.
        let _ = self.0.try_send(format!("{object}\n"));
    }

    /// Writes the last word, before the program ends.
    pub(crate) fn end(failure: &Failure) {
        if let Failure::Cause(cause) = failure {
            let problem = Problem::of(cause, &Words::of(Platform::current(), None));
            say::data(&format!("{}\n", json!({ "state": "failed", "problem": problem })));
        }
    }

    /// Tells how the tunnel stands, for as long as it runs.
    pub(crate) async fn tell(self, mut reporter: Reporter) {
        loop {
            self.put(&reporter.next().await);
        }
    }
}

fn write(lines: &Receiver<String>) {
    for line in lines {
        let mut out = io::stdout().lock();
        if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// Does what is asked in a line of standard input.
pub(crate) fn obey(asker: &Asker, line: &str) {
    if let Some(destination) = line.strip_prefix(ALLOW) {
        if !asker.allow(destination.trim()) {
            tracing::warn!("a destination that is to be allowed is not HOST:PORT");
        }
        return;
    }
    let stream = line.strip_prefix(DISCONNECT).and_then(|rest| rest.trim().parse().ok());
    match stream {
        Some(stream) => {
            if !asker.cut(stream) {
                tracing::debug!(stream, "it runs no more");
            }
        }
        None => tracing::warn!("what is asked on standard input is not understood"),
    }
}
