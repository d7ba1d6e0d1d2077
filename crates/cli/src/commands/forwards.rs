//! `forwards`, and `cloudflared` without a command: every forward that `config.yml` lists or that was imported from it,
//! until told to stop.
//!
//! Both files are looked at again every two seconds: what is new begins, what is gone ends, what stays is not touched.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use access::{DialOptions, ServiceToken};
use command_line::{Stop, Tells};
use tokio::task::{JoinSet, LocalSet};
use wire::Cause;
use wire::config_yml::{ConfigYml, Forward};

use crate::args::{Misuse, Parsed};
use crate::commands::Failure;
use crate::commands::forward::Listening;
use crate::config_file;
use crate::context::{Context, app_url};
use crate::local_address::LocalAddress;
use crate::say;

/// How often the file is looked at, and what could not begin is tried again.
const LOOK: Duration = Duration::from_secs(2);

/// Runs them.
pub(crate) async fn forwards(context: &Context, given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    let mut stop = Stop::listen().map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let mut file = Watched::read(context)?;
    if file.wanted(context).is_empty() {
        let nothing = match &file.path {
            Some(_) => "config.yml lists no forwarders",
            None => "there is no config.yml that lists forwarders",
        };
        return Err(Misuse::Missing(nothing).into());
    }
    LocalSet::new().run_until(run(context, &mut file, &mut stop)).await
}

async fn run(context: &Context, file: &mut Watched, stop: &mut Stop) -> Result<(), Failure> {
    let mut running = Running::default();
    if running.follow(context, &file.wanted(context)).await == 0 {
        return Err(Failure::Quiet);
    }
    loop {
        tokio::select! {
            _ = stop.asked() => break,
            () = tokio::time::sleep(LOOK) => {}
            Some(_) = running.tasks.join_next() => continue,
        }
        file.look();
        running.follow(context, &file.wanted(context)).await;
    }
    running.end(stop).await;
    Ok(())
}

/// The file, and what it said last when it could be understood.
struct Watched {
    path: Option<PathBuf>,
    text: String,
    forwards: Vec<Forward>,
}

impl Watched {
    fn read(context: &Context) -> Result<Self, Cause> {
        let Some(path) = config_file::place(context) else {
            return Ok(Self { path: None, text: String::new(), forwards: Vec::new() });
        };
        let unusable =
            |what: String| Cause::Unexpected { what: format!("{} cannot be used: {what}", path.display()) };
        let text = config_file::text(&path).map_err(|error: io::Error| unusable(error.to_string()))?;
        let forwards = ConfigYml::parse(&text).map_err(|error| unusable(error.to_string()))?.forwards;
        Ok(Self { path: Some(path), text, forwards })
    }

    /// Reads it again. What cannot be read or understood changes nothing, and is said once.
    fn look(&mut self) {
        let Some(path) = &self.path else { return };
        let Ok(text) = config_file::text(path) else { return };
        // An editor that has emptied it is about to write it.
        if text == self.text || text.trim().is_empty() {
            return;
        }
        self.text = text;
        match ConfigYml::parse(&self.text) {
            Ok(config) => self.forwards = config.forwards,
            Err(error) => say::note(&format!("{} is left aside: {error}", path.display())),
        }
    }

    /// What the file lists, and what an import has taken over from it.
    fn wanted(&self, context: &Context) -> Vec<Forward> {
        let profile = context.profile.reread().unwrap_or_else(|_| context.profile.clone());
        let taken = profile.settings().forwards.iter().map(|saved| Forward {
            url: saved.url.clone(),
            listener: saved.listener.clone(),
            destination: saved.destination.clone(),
            service_token: None,
            government: false,
        });
        let mut wanted: Vec<Forward> = taken.collect();
        wanted.extend(self.forwards.iter().filter(|it| !wanted.contains(it)).cloned().collect::<Vec<_>>());
        wanted
    }
}

/// The forwards that listen, each with what tells it to end.
#[derive(Default)]
struct Running {
    open: Vec<(Forward, Tells)>,
    /// Those that have ended and still carry streams.
    ending: Vec<Tells>,
    /// Those that could not begin, and why: it is said once.
    failed: Vec<(Forward, String)>,
    tasks: JoinSet<()>,
}

impl Running {
    /// Lets those listen that are wanted, and no others; tells how many do.
    async fn follow(&mut self, context: &Context, wanted: &[Forward]) -> usize {
        let (kept, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(|(forward, _)| wanted.contains(forward));
        self.open = kept;
        for (_, tells) in gone {
            tells.tell();
            self.ending.push(tells);
            // Its address is free once it has heard.
            tokio::task::yield_now().await;
        }
        self.ending.retain(|tells| tells.is_heard());
        self.failed.retain(|(forward, _)| wanted.contains(forward));
        for forward in wanted {
            if !self.open.iter().any(|(open, _)| open == forward) {
                self.begin(context, forward).await;
            }
        }
        self.open.len()
    }

    async fn begin(&mut self, context: &Context, forward: &Forward) {
        match open(context, forward).await {
            Ok(listening) => {
                self.failed.retain(|(failed, _)| failed != forward);
                let (tells, mut told) = Stop::told();
                self.tasks.spawn_local(async move { listening.run(&mut told).await });
                self.open.push((forward.clone(), tells));
            }
            Err(why) => {
                if !self.failed.iter().any(|(failed, known)| failed == forward && *known == why) {
                    say::note(&format!("{}: {why}", forward.listener));
                    self.failed.push((forward.clone(), why));
                }
            }
        }
    }

    /// Ends all; a second word ends what is still carried.
    async fn end(&mut self, stop: &mut Stop) {
        let all: Vec<Tells> =
            self.open.drain(..).map(|(_, tells)| tells).chain(self.ending.drain(..)).collect();
        let tell = || all.iter().for_each(Tells::tell);
        tell();
        loop {
            tokio::select! {
                ended = self.tasks.join_next() => if ended.is_none() { return },
                _ = stop.asked() => tell(),
            }
        }
    }
}

async fn open(context: &Context, forward: &Forward) -> Result<Listening, String> {
    let misuse = |misuse: Misuse| misuse.to_string();
    let told = |cause: Cause| say::line_of(&cause);
    let app = app_url(&forward.url).map_err(told)?;
    let address = LocalAddress::parse(&forward.listener).map_err(misuse)?;
    let service_token = match &forward.service_token {
        Some((id, secret)) if !id.is_empty() && !secret.reveal().is_empty() => {
            Some(ServiceToken { id: id.clone(), secret: secret.clone() })
        }
        Some(_) => return Err("a service token needs both its id and its secret".to_owned()),
        None => None,
    };
    let options =
        DialOptions { destination: forward.destination.clone(), service_token, ..DialOptions::default() };
    if let Some(name) = options.invalid_header() {
        return Err(misuse(Misuse::InvalidHeader(name)));
    }
    let context = if forward.government { context.of_government() } else { context.clone() };
    Listening::open(&context, app, options, &address).await.map_err(told)
}
