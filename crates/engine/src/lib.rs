//! The product's one pair of hands.
//!
//! A driver task owns the brain (`model`): it feeds it inputs in order, hands each effect to an owned task, and gives
//! the shell what there is to show. Nothing else in the product decides, and nothing else carries out.
//!
//! ```text
//! shell, helper, timers ──Input──► driver ──► model.handle ──► Effects ──► hands (owned tasks) ──Event──┐
//!                                    ▲                                                                  │
//!                                    └──────────────────────────────────────────────────────────────────┘
//! ```

mod agent;
mod code;
mod driver;
mod hands;
mod helpers;
mod host;
mod tasks;
mod terminal;
mod warm;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use access::Access;
use ipc::{Ask, Bound, Desktop, Listener};
use model::{Facts, Input, LogInForPrograms, Model, Platform, Snapshot, Whose, Words};
use profile::{LogInChoice, Profile};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vault::Vault;
use wire::Cause;

pub use host::Host;

use crate::driver::Driver;
use crate::hands::Hands;
use crate::helpers::Helpers;
use crate::tasks::Tasks;

/// How long the tasks get to end once the program is told to.
const DRAIN: Duration = Duration::from_secs(3);

/// How long a desktop that is ending may keep its successor waiting.
const PREDECESSOR: Duration = Duration::from_secs(5);
/// How often the successor looks.
const LOOK: Duration = Duration::from_millis(50);

/// A running engine. Cheap to clone; it ends with [`Engine::shutdown`].
#[derive(Clone)]
pub struct Engine {
    inputs: mpsc::UnboundedSender<Input>,
    shown: Arc<Mutex<Arc<Snapshot>>>,
    tasks: Tasks,
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Another one serves this profile; it was asked to show its window.
    #[error("Sallyport is running already")]
    AlreadyRunning,
    /// The local socket cannot be had.
    #[error(transparent)]
    Socket(#[from] ipc::IpcError),
    /// The Access client cannot be built.
    #[error(transparent)]
    Access(#[from] access::AccessError),
}

impl EngineError {
    /// What it means for a person; none when there is nothing wrong.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::AlreadyRunning => None,
            Self::Socket(error) => Some(error.cause()),
            Self::Access(error) => Some(error.cause()),
        }
    }
}

impl Engine {
    /// Starts on the current tokio runtime and serves `profile` until it is shut down.
    ///
    /// # Errors
    /// [`EngineError::AlreadyRunning`] when another desktop serves this profile; it is asked to show its window.
    pub async fn start(profile: Profile, host: Arc<dyn Host>) -> Result<Self, EngineError> {
        let listener = listen(&profile).await?;
        let vault = Vault::open(&profile);
        let access = Access::new(&profile, vault.clone())?;
        let model = Model::new(words(&profile), facts(&profile));
        let (inputs, received) = mpsc::unbounded_channel();
        let tasks = Tasks::new(CancellationToken::new());
        let helpers = Helpers::default();
        helpers.serve(listener, inputs.clone(), &tasks);
        let hands = Hands::new(profile, access, vault, host.clone(), helpers, tasks.clone(), inputs.clone());
        tasks.own("agent", agent::serve(hands.clone()));
        tasks.own("warm", warm::serve(hands.clone(), hands.warm()));
        let driver = Driver::new(model, hands, host);
        let shown = driver.shown();
        tasks.own("driver", driver.run(received));
        let engine = Self { inputs, shown, tasks };
        engine.send(Input::Started);
        Ok(engine)
    }

    /// Tells the brain something.
    pub fn send(&self, input: Input) {
        // A closed channel means that the engine is shutting down: there is nobody left to care.
        let _ = self.inputs.send(input);
    }

    /// What the window shows now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends every task, waiting a bounded time.
    pub async fn shutdown(&self) {
        self.tasks.end(DRAIN).await;
    }
}

/// Takes the profile's socket, or asks whoever has it to show its window. One that is just ending answers no more, and
/// is waited for.
async fn listen(profile: &Profile) -> Result<Listener, EngineError> {
    let deadline = Instant::now() + PREDECESSOR;
    loop {
        if let Bound::Listener(listener) = Listener::bind(&profile.desktop_address())? {
            return Ok(listener);
        }
        if has_shown(profile).await || Instant::now() >= deadline {
            return Err(EngineError::AlreadyRunning);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether the running desktop has taken the wish to show its window.
async fn has_shown(profile: &Profile) -> bool {
    match Desktop::connect(&profile.desktop_address()).await {
        Ok(Some(mut desktop)) => desktop.ask(&Ask::Show).await.is_ok(),
        Ok(None) => false,
        Err(error) => {
            tracing::debug!(%error, "the running desktop cannot be reached");
            false
        }
    }
}

fn words(profile: &Profile) -> Words {
    let program = profile.settings().browser.as_deref().map(Path::new).and_then(Path::file_stem);
    Words::of(Platform::current(), program.and_then(OsStr::to_str))
}

fn facts(profile: &Profile) -> Facts {
    let path = profile.ssh_config();
    let label = terminal::home_relative(&path);
    let helper_command = if label == "~/.ssh/config" {
        "ssh".to_owned()
    } else {
        format!("ssh -F {}", terminal::quoted(&path))
    };
    Facts {
        helper_command,
        local_user: local_user(),
        ssh_config_label: label,
        practice: profile.realm().is_practice(),
        // Only systems that can hand open files to another process have any use for one.
        keep_warm: cfg!(unix) && profile.settings().keep_warm,
        services: services(),
        answer_at_start: profile.settings().answer_at_start,
        keep_awake: profile.settings().keep_awake,
        token_page: wire::api_token_page(),
        log_in_for_programs: match profile.settings().log_in_for_programs {
            LogInChoice::Open => LogInForPrograms::Open,
            LogInChoice::Ask => LogInForPrograms::Ask,
            LogInChoice::Never => LogInForPrograms::Never,
        },
    }
}

/// As root, and on Windows, a service would be the machine's.
fn services() -> Whose {
    #[cfg(unix)]
    let is_machines = rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    let is_machines = cfg!(windows);
    if is_machines { Whose::Machine } else { Whose::Person }
}

fn local_user() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|user| !user.is_empty())
}
