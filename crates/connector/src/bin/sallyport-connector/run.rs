//! `tunnel run`: serves a tunnel until it is asked to leave, and then until what runs has ended.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use command_line::{Parsed, Stop};
use connector::{ConfigFile, Connector, LinkState, LocalRules, Setup, listen_for_monitoring};
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use wire::Cause;

use crate::chosen::{Chosen, Found};
use crate::failure::Failure;
use crate::notify::{self, NotedFile};
use crate::report::{self, Reports};
use crate::{log, memory, orders, quick, setup};

/// News that come together are told together.
const TOGETHER: Duration = Duration::from_millis(500);
/// How long the last words may take beyond the grace of running streams.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// How often to look whether the file of rules has changed.
const LOOK: Duration = Duration::from_secs(2);
/// More threads than this only get into each other's way.
const MOST_THREADS: usize = 4;
/// What cloudflared calls the first free port of its own.
const ANY_PORT: &str = "localhost:0";

/// Runs a tunnel, until `stop` where the system has its own way to say so, or else a signal ends it.
pub(crate) fn run(flags: Parsed, stop: Option<Stop>) -> Result<(), Failure> {
    memory::keep_at_hand();
    let (chosen, read) = Chosen::read(flags);
    let reports = chosen.on("report").then(Reports::begin);
    log::start(&chosen, reports.clone())?;
    let ended = read.and_then(|()| run_chosen(chosen, stop, reports));
    // What runs a service in the background drops what it says besides.
    ended.inspect_err(|failure| log::last_word(failure.line().as_deref().unwrap_or_default()))
}

fn run_chosen(chosen: Chosen, stop: Option<Stop>, reports: Option<Reports>) -> Result<(), Failure> {
    let quick = quick::wanted(&chosen).then(|| quick::make(&chosen)).transpose()?;
    // Rules of other tunnels in a file are none of a quick one's.
    let chosen = if quick.is_some() { chosen.without_file() } else { chosen };
    let setup = setup::setup(&chosen, quick)?;
    if let Some(file) = &chosen.file {
        let path = file.path.display();
        tracing::info!("Settings from {path}");
        if file.config.names_private_networks() {
            tracing::warn!(
                "of private networks (`warp-routing`) TCP is carried here, and neither UDP nor ICMP"
            );
        }
        for unknown in &file.config.unknown {
            tracing::warn!(key = unknown.key, "{path} has a key that means nothing here");
        }
    }
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(MOST_THREADS));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let runtime = runtime.map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let ended = runtime.block_on(serve(&chosen, setup, stop, reports));
    // A look-up may still wait for a name server on a thread of its own.
    runtime.shutdown_background();
    if let (Err(failure), true) = (&ended, chosen.on("report")) {
        Reports::end(failure);
    }
    ended
}

async fn serve(
    chosen: &Chosen,
    setup: Setup,
    stop: Option<Stop>,
    reports: Option<Reports>,
) -> Result<(), Failure> {
    let unexpected = |error: std::io::Error| Cause::Unexpected { what: error.to_string() };
    let mut stop = stop.map_or_else(Stop::listen, Ok).map_err(unexpected)?;
    let (grace, protocol) = (setup.grace, setup.protocol.first());
    let connector = Connector::new(setup)?;
    tracing::info!(tunnelID = %connector.tunnel(), "Starting tunnel");
    tracing::info!("Version sallyport {}", env!("CARGO_PKG_VERSION"));
    tracing::info!("Generated Connector ID: {}", connector.id());
    tracing::info!("Initial protocol {protocol}");
    let mut beside = JoinSet::new();
    if let Some(file) = chosen.file.clone().filter(|file| file.config.has_rules()) {
        beside.spawn(watch_rules(file, connector.local_rules()));
    }
    let monitoring = listen(chosen.value("metrics")).await?;
    let _told = chosen.path("metrics-file").map(|path| tell_where(&path, &monitoring));
    beside.spawn(connector.monitor().serve(monitoring));
    beside.spawn(memory::give_back_after_rushes(connector.monitor()));
    beside.spawn(tell_first(connector.watch(), connector.streams(), chosen.path("pidfile")));
    if let Some(reports) = reports {
        let reporter = connector.reporter();
        let asker = reporter.asker();
        stop = stop.or_end_of_lines(move |line| report::obey(&asker, line));
        beside.spawn(reports.tell(reporter));
    } else if chosen.on("stdin-control") {
        beside.spawn(orders::follow(BufReader::new(tokio::io::stdin()), connector.reconnect()));
    }
    let ended = until_left(connector, &mut stop, grace).await;
    // What is held beside it is let go before the program ends.
    beside.shutdown().await;
    ended
}

async fn until_left(connector: Connector, stop: &mut Stop, grace: Duration) -> Result<(), Failure> {
    let leave = connector.stop();
    let mut running = pin!(connector.run());
    let signal = tokio::select! {
        ended = &mut running => return ended.map_err(Failure::from),
        signal = stop.asked() => signal,
    };
    tracing::info!("Initiating graceful shutdown due to signal {signal} ...");
    notify::service_manager("STOPPING=1");
    leave.cancel();
    tokio::select! {
        ended = &mut running => {
            ended?;
            tracing::info!("Tunnel server stopped");
            Ok(())
        }
        () = tokio::time::sleep(grace + LAST_WORDS) => {
            tracing::warn!("the grace period is over; what still runs is cut");
            Ok(())
        }
        signal = stop.asked() => {
            tracing::warn!("a second signal ({signal}) came; what still runs is cut");
            Err(Failure::Said)
        }
    }
}

/// Writes where monitoring is answered into a file that lives as long as what is returned.
fn tell_where(path: &Path, monitoring: &TcpListener) -> Option<NotedFile> {
    let noted = monitoring.local_addr().and_then(|address| NotedFile::write(path, &address.to_string()));
    noted.inspect_err(|error| tracing::warn!(%error, "cannot write {}", path.display())).ok()
}

async fn listen(address: Option<String>) -> Result<TcpListener, Failure> {
    let named = address.filter(|address| address != ANY_PORT && !address.is_empty());
    let shown = named.clone().unwrap_or_else(|| ANY_PORT.to_owned());
    let cannot =
        |error: std::io::Error| Cause::CannotListen { address: shown.clone(), detail: error.to_string() };
    let listener = listen_for_monitoring(named.as_deref()).await.map_err(cannot)?;
    let bound = listener.local_addr().map_err(cannot)?;
    tracing::info!("Starting metrics server on {bound}/metrics");
    if !bound.ip().is_loopback() {
        tracing::warn!("others can reach this address, and nobody is asked who they are");
    }
    Ok(listener)
}

/// Takes the rules of the file anew whenever it changes; those before stay where the new ones cannot be used.
async fn watch_rules(mut file: Found, rules: LocalRules) {
    loop {
        tokio::time::sleep(LOOK).await;
        let path = file.path.display().to_string();
        let Some(changed) = file.reread() else { continue };
        let replaced = changed.and_then(ConfigFile::rules).map(|new| rules.replace(new));
        match replaced {
            Ok(true) => tracing::info!("Updated to new configuration of {path}"),
            Ok(false) => tracing::warn!("{path} has changed, but the edge has sent rules, and those count"),
            Err(error) => {
                tracing::error!(%error, "{path} has changed and cannot be used; what was there counts")
            }
        }
    }
}

/// Tells whoever waits for it that the first connection stands; holds the file with the process id.
async fn tell_first(
    mut links: watch::Receiver<Vec<LinkState>>,
    mut streams: watch::Receiver<usize>,
    pid_file: Option<PathBuf>,
) {
    let stand = |links: &Vec<LinkState>| {
        links.iter().filter(|link| matches!(link, LinkState::Registered { .. })).count() as u64
    };
    let Ok(first) = links.wait_for(|links| stand(links) > 0).await.map(|links| stand(&links)) else { return };
    let mut told = service::says(first, *streams.borrow_and_update());
    notify::service_manager(&format!("READY=1\nSTATUS={told}"));
    let held = pid_file.map(|path| (NotedFile::write(&path, &std::process::id().to_string()), path));
    if let Some((Err(error), path)) = &held {
        tracing::warn!(%error, "cannot write {}", path.display());
    }
    // For as long as the program runs.
    loop {
        tokio::select! {
            Ok(()) = links.changed() => {}
            Ok(()) = streams.changed() => {}
            else => break,
        }
        let now = service::says(stand(&links.borrow_and_update()), *streams.borrow_and_update());
        if now != told {
            notify::service_manager(&format!("STATUS={now}"));
            told = now;
        }
        // A rush of streams is told once.
        tokio::time::sleep(TOGETHER).await;
    }
    std::future::pending::<()>().await;
}
