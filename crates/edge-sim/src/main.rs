//! `sallyport-sim`: the simulated edge as a program.
//!
//! It says in one line of JSON on stdout when and where it is ready, and ends on a signal or with its stdin.

mod arguments;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use edge_sim::{EdgeSim, Person};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

use crate::arguments::{Browse, Command, Serve};

/// What ends the program.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(filter.unwrap_or_else(|_| "info".into()))
        .init();
    let command = match arguments::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(wrong) => {
            say(&format!("sallyport-sim: {wrong}\n\n{}", arguments::USAGE));
            return ExitCode::from(2);
        }
    };
    match run(command) {
        Ok(code) => code,
        Err(failure) => {
            say(&format!("sallyport-sim: {failure}\n"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = match command {
        Command::Browse(browse) => runtime.block_on(open_link(browse)),
        Command::Serve(serve) => runtime.block_on(serve_plan(*serve)),
        Command::Usage => {
            io::stdout().write_all(arguments::USAGE.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    };
    // A read of stdin that is still under way must not keep the program alive.
    runtime.shutdown_background();
    done
}

async fn serve_plan(serve: Serve) -> Result<ExitCode, Failure> {
    let apps: Vec<_> = serve
        .plan
        .apps
        .iter()
        .map(|app| json!({"hostname": app.app_hostname(), "name": app.name, "team": app.team, "audience": app.audience()}))
        .collect();
    let tunnels: Vec<_> = serve
        .plan
        .tunnels
        .iter()
        .map(|tunnel| json!({"id": tunnel.id.to_string(), "token": tunnel.token()}))
        .collect();
    let sim = EdgeSim::start(serve.plan).await?;
    sim.faults().set(|faulty| {
        (faulty.from_connectors, faulty.to_connectors) = (serve.line, serve.line);
        faulty.udp_loss = serve.line_loss;
    });
    let realm = sim.realm();
    if let Some(path) = &serve.realm_out {
        replace(path, &serde_json::to_string_pretty(&realm)?)?;
    }
    if let Some(path) = &serve.ca_out {
        replace(path, sim.ca_pem())?;
    }
    if let Some(path) = &serve.ssh_ca_out {
        replace(path, &format!("{}\n", sim.ssh_ca()))?;
    }
    let signals = Signals::hear()?;
    let ready = json!({
        "ready": true,
        "listen": sim.addr(),
        "gateway": sim.gateway(),
        "realm": realm,
        "ca": sim.ca_pem(),
        "ssh_ca": sim.ssh_ca(),
        "apps": apps,
        "connectors": sim.connectors_addr(),
        "tunnels": tunnels,
    });
    let mut stdout = io::stdout();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    until_told(signals, serve.until_stdin_closes).await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for a signal, or for the end of stdin where that counts.
async fn until_told(mut signals: Signals, stdin_counts: bool) {
    tokio::select! {
        () = signals.any() => {}
        () = stdin_closed(), if stdin_counts => {}
    }
}

async fn stdin_closed() {
    let (mut stdin, mut ignored) = (tokio::io::stdin(), [0; 256]);
    while matches!(stdin.read(&mut ignored).await, Ok(1..)) {}
}

/// The signals that end the program, heard from the moment this is made: whoever is told that it is ready may end it.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn hear() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl+C, heard from the moment this is made.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn hear() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn any(&mut self) {
        self.0.recv().await;
    }
}

/// Plays the browser: `BROWSER="sallyport-sim browse --email ada@acme.test"`.
async fn open_link(browse: Browse) -> Result<ExitCode, Failure> {
    let mut person = Person::new(&browse.gateway);
    let page = match &browse.email {
        Some(email) => person.submit(&browse.link, email).await?,
        None => person.cancel(&browse.link).await?,
    };
    say(&format!("{}\n", page.title));
    Ok(if page.is_logged_in() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes a file in one step, so that whoever waits for it never reads half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut draft: OsString = path.as_os_str().to_owned();
    draft.push(".draft");
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

fn say(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = io::stderr().write_all(text.as_bytes());
}
