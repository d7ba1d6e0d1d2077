//! Finding out: every check on its own, beside the others, and none for longer than [`LIMIT`].

use std::fs::Metadata;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use access::{Access, AccessError};
use ssh_config::{Check, ProxyCommand, SshConfig};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::timeout;
use wire::{AppUrl, Cause};

use super::lines::{self, Families, Guarded, Line, Program};
use crate::certificate;
use crate::commands::ready;
use crate::commands::status::local_time;
use crate::context::{Context, app_url};
use crate::tokens;

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How long a program may take to start, or an address to answer: a little less, so that the reason is told.
const SHORT: Duration = Duration::from_secs(4);

/// Every check there is. With `named`, its SSH server is asked for its banner too.
pub(super) async fn all(context: &Context, named: Option<AppUrl>) -> Result<Vec<Line>, Cause> {
    let access = context.access()?;
    let hosts = context.hosts().unwrap_or_default();
    let first = hosts.first().and_then(|host| app_url(&host.hostname).ok());
    let network_of = named.clone().or(first);
    let (here, network, banner) = tokio::join!(
        here(context),
        async {
            match &network_of {
                Some(app) => network(context, &access, app).await,
                None => vec![Line::skipped("network", "no host to try; name one, or add one")],
            }
        },
        async {
            let Some(app) = &named else {
                return vec![Line::skipped("SSH banner", "name a host to have its server asked")];
            };
            let heard = async { ready::attempt(context, &access, app).await.map_err(|not| not.cause) };
            vec![within("SSH banner", async { lines::banner(heard.await) }).await]
        },
    );
    Ok(lines::without_echoes([here, network, banner].concat()))
}

/// What this machine has.
async fn here(context: &Context) -> Vec<Line> {
    let ours = env!("CARGO_PKG_VERSION");
    let (ssh, asked, helper, keychain, certified, desktop) = tokio::join!(
        within("ssh", async { lines::ssh(ssh_version().await.as_deref()) }),
        asked_of_ssh(context),
        within("helper", async { lines::helper(&helper(context).await, ours) }),
        within("keychain", async {
            let probed = context.vault().probe().await.map_err(|error| error.cause());
            lines::keychain(context.profile.settings().vault, probed)
        }),
        certified(context),
        within("desktop", async {
            let running = ipc::Desktop::connect(&context.profile.desktop_address()).await;
            let version = running.map(|it| it.map(|desktop| desktop.program().to_owned()));
            lines::desktop(version.map_err(|error| error.cause()), ours)
        }),
    );
    let block = lines::block(&context.hosts().map(|hosts| hosts.len()));
    let permissions = lines::permissions(&guarded(context));
    let config = std::fs::read(context.profile.ssh_config()).unwrap_or_default();
    let cloudflared = lines::cloudflared(&lines::cloudflared_lines(&String::from_utf8_lossy(&config)));
    let first = vec![ssh, helper, block];
    [first, asked, vec![permissions, cloudflared, keychain, desktop], certified].concat()
}

/// The agent of certificates, and what it has for each host. It is not made to get any.
async fn certified(context: &Context) -> Vec<Line> {
    let asking = async {
        let mut found = Vec::new();
        for host in context.hosts().unwrap_or_default() {
            let standing = certificate::standing(&host).await;
            found.extend(standing.map(|standing| (host, standing)));
        }
        found
    };
    match timeout(LIMIT, asking).await {
        Ok(found) => [vec![lines::agent(&found)], lines::certificates(&found)].concat(),
        Err(_) => vec![Line::late("agent", LIMIT)],
    }
}

/// What ssh makes of every host in the file as it is. Asking blocks, and may run what the file itself says.
async fn asked_of_ssh(context: &Context) -> Vec<Line> {
    let Ok(config) = context.ssh_config() else { return lines::ssh_config(&[], &[]) };
    let command = command_of_block(context, &config);
    let taken = config.entries_outside();
    let asking = tokio::task::spawn_blocking(move || asked_one_by_one(&config, &command));
    match timeout(LIMIT, asking).await {
        Ok(Ok(checks)) => lines::ssh_config(&checks, &taken),
        Ok(Err(_)) | Err(_) => vec![Line::late("ssh config", LIMIT), Line::late("other entries", LIMIT)],
    }
}

/// What the entries of the block run, by the first of them.
pub(super) fn command_of_block(context: &Context, config: &SshConfig) -> ProxyCommand {
    let ours = context.proxy_command();
    ProxyCommand { helper: config.helper().unwrap_or(ours.helper), ..ours }
}

fn asked_one_by_one(config: &SshConfig, command: &ProxyCommand) -> Vec<(String, Result<Check, Cause>)> {
    let since = Instant::now();
    let Ok(hosts) = config.hosts() else { return Vec::new() };
    let change = match config.as_it_is(command) {
        Ok(change) => change,
        Err(error) => return vec![(String::new(), Err(error.cause()))],
    };
    hosts
        .iter()
        .take_while(|_| since.elapsed() < SHORT)
        .map(|host| (host.alias.clone(), change.check(&host.alias).map_err(|error| error.cause())))
        .collect()
}

/// The way to the app.
async fn network(context: &Context, access: &Access, app: &AppUrl) -> Vec<Line> {
    let host = app.host();
    let (proxy, is_direct) = lines::proxy(host, access.way(app));
    let since = Instant::now();
    let (reached, tls, clock, found, login) = tokio::join!(
        async { if is_direct { reached(access, app).await } else { Vec::new() } },
        within("TLS", async {
            let secured = access.secures(app).await.map(|issuer| (since.elapsed(), issuer));
            lines::tls(secured.map_err(|error| error.cause()))
        }),
        within("clock", async { lines::clock(access.clock_ahead(app).await.map_err(|error| error.cause())) }),
        within("app", async {
            let found = access.discover(app).await;
            lines::app(found.map(|app| app.team.team().to_owned()).map_err(|error| error.cause()))
        }),
        within("login", async {
            lines::login(host, until(context, access, app).await.map_err(|error| error.cause()))
        }),
    );
    [vec![proxy], reached, vec![tls, clock, found, login]].concat()
}

async fn reached(access: &Access, app: &AppUrl) -> Vec<Line> {
    let found = timeout(LIMIT, access.addresses(app)).await;
    let Ok(found) = found else {
        return vec![Line::late("name", LIMIT)];
    };
    let found = found.map_err(|error| error.cause());
    let name = lines::name(app.host(), &found);
    let Ok(addresses) = found else { return vec![name] };
    let of = |is_v4: bool| addresses.iter().copied().find(|address| address.is_ipv4() == is_v4);
    let (v4, v6) = tokio::join!(connected(of(true)), connected(of(false)));
    let mut lines = vec![name];
    lines.extend(lines::families(app.host(), app.port(), &Families { v4, v6 }));
    lines
}

async fn connected(address: Option<SocketAddr>) -> Option<Result<Duration, String>> {
    let since = Instant::now();
    Some(match timeout(SHORT, TcpStream::connect(address?)).await {
        Ok(Ok(_)) => Ok(since.elapsed()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", SHORT.as_secs())),
    })
}

async fn until(context: &Context, access: &Access, app: &AppUrl) -> Result<Option<String>, AccessError> {
    let token = tokens::at_hand(context, access, app).await?;
    let end = token.and_then(|token| token.0.claims().ok()).map(|claims| claims.exp);
    Ok(end.map(|end| local_time(end, jiff::Timestamp::now().as_second())))
}

async fn within(name: &'static str, check: impl Future<Output = Line>) -> Line {
    timeout(LIMIT, check).await.unwrap_or_else(|_| Line::late(name, LIMIT))
}

async fn ssh_version() -> Option<String> {
    said(Command::new("ssh").arg("-V")).await.ok().map(|(_, said)| said)
}

/// The helper that the block runs.
pub(super) async fn helper(context: &Context) -> Program {
    match context.ssh_config().ok().and_then(|config| config.helper()) {
        Some(path) => started(&path).await,
        None => Program::Unused,
    }
}

/// What becomes of starting the helper at `path`.
pub(super) async fn started(path: &Path) -> Program {
    if path.is_absolute() && !path.exists() {
        return Program::Missing(path.to_owned());
    }
    match said(Command::new(path).arg("--version")).await {
        Ok((true, said)) => match said.trim().strip_prefix("sallyport version ") {
            Some(version) => Program::Starts(path.to_owned(), version.to_owned()),
            None => Program::Silent(path.to_owned(), "it is another program".to_owned()),
        },
        Ok((false, _)) => Program::Silent(path.to_owned(), "it fails at once".to_owned()),
        Err(why) => Program::Silent(path.to_owned(), why),
    }
}

/// Whether a program ended well, and all that it said.
async fn said(command: &mut Command) -> Result<(bool, String), String> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    match timeout(SHORT, command.output()).await {
        Ok(Ok(output)) => {
            let said = [output.stdout, output.stderr].concat();
            Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", SHORT.as_secs())),
    }
}

/// What ssh wants to have for its owner alone, as far as it is there and this system has permissions of that kind.
pub(super) fn guarded(context: &Context) -> Vec<Guarded> {
    let config = context.profile.ssh_config();
    let folder = config.parent().filter(|folder| folder.ends_with(".ssh")).map(Path::to_owned);
    let keys = folder.as_deref().map(keys).unwrap_or_default();
    let look = |path: PathBuf, is_key: bool| {
        let found = std::fs::metadata(&path).ok()?;
        Some(Guarded { path, is_folder: found.is_dir(), is_key, mode: mode(&found)? })
    };
    let plain = folder.into_iter().chain([config]).filter_map(|path| look(path, false));
    let keys = keys.into_iter().filter_map(|path| look(path, true));
    plain.chain(keys).collect()
}

#[cfg(unix)]
fn mode(found: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    Some(found.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_found: &Metadata) -> Option<u32> {
    None
}

/// Private keys under the names that ssh tries by itself.
fn keys(folder: &Path) -> Vec<PathBuf> {
    let names = ["id_ed25519", "id_ecdsa", "id_rsa", "id_dsa", "id_ed25519_sk", "id_ecdsa_sk"];
    names.map(|name| folder.join(name)).into_iter().filter(|path| path.is_file()).collect()
}
