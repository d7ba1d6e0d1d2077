//! Carrying effects out: each on a task of its own that reports back with one event.

mod hosts;
mod import;
mod log_in;
mod logins;
mod look_up;
mod machines;
mod renew;
mod reply;
mod share;
mod surroundings;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use access::{Access, ServiceToken};
use model::{Effect, Event, HostChange, Imported, Input, LogInFrom, PlainLogins};
use profile::{DesktopAddress, Profile, VaultChoice};
use ssh_config::ProxyCommand;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use vault::Vault;
use wire::{Cause, Jwt};

use crate::Host;
use crate::hands::hosts::HostFile;
use crate::hands::import::Imports;
use crate::hands::machines::LastMachine;
use crate::hands::share::Sharings;
use crate::helpers::Helpers;
use crate::tasks::Tasks;
use crate::terminal;

/// Everything that effects need, shared by the tasks that carry them out.
#[derive(Clone)]
pub(crate) struct Hands {
    profile: Profile,
    reach: Arc<Mutex<Reach>>,
    host: Arc<dyn Host>,
    helpers: Helpers,
    hosts: HostFile,
    imports: Imports,
    machine: LastMachine,
    sharings: Sharings,
    attempts: Arc<Mutex<BTreeMap<u64, CancellationToken>>>,
    warm: Arc<watch::Sender<Vec<String>>>,
    tasks: Tasks,
    inputs: mpsc::UnboundedSender<Input>,
}

/// The Access client and the vault it reads; both change together when a person chooses another vault.
#[derive(Clone)]
struct Reach {
    access: Access,
    vault: Vault,
}

impl Hands {
    pub(crate) fn new(
        profile: Profile,
        access: Access,
        vault: Vault,
        host: Arc<dyn Host>,
        helpers: Helpers,
        tasks: Tasks,
        inputs: mpsc::UnboundedSender<Input>,
    ) -> Self {
        let hosts = HostFile::new(&profile);
        let reach = Arc::new(Mutex::new(Reach { access, vault }));
        let imports = Imports::default();
        Self {
            profile,
            reach,
            host,
            helpers,
            hosts,
            imports,
            machine: LastMachine::default(),
            sharings: Sharings::default(),
            attempts: Arc::default(),
            warm: Arc::default(),
            tasks,
            inputs,
        }
    }

    /// Starts carrying out one effect and returns at once.
    #[expect(clippy::too_many_lines, reason = "a list that has one entry for each effect")]
    pub(crate) fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::ReadHosts => self.read_hosts(),
            Effect::ReadLogins { hostnames } => self.report("read logins", |hands| async move {
                Event::Logins(logins::read_quietly(&hands.reach(), &hostnames).await)
            }),
            Effect::Unlock { hostnames } => self.report("unlock", |hands| async move {
                Event::Logins(logins::read_asking(&hands.reach(), &hostnames).await)
            }),
            Effect::LookUp { serial, hostname } => self.report("look up", move |hands| async move {
                Event::LookedUp { serial, lookup: look_up::look_up(&hands.reach(), &hostname).await }
            }),
            Effect::Preview { serial, change } => self.blocking("preview", move |hands| Event::Previewed {
                serial,
                preview: hands.hosts.preview(&change),
            }),
            Effect::Change { serial, change } => self.report("change", move |hands| async move {
                Event::Changed { serial, result: machines::change(&hands, serial, change).await }
            }),
            Effect::ChangeMachine { serial, change, hostname, client_id, client_secret } => {
                let token = ServiceToken { id: client_id, secret: Jwt::new(client_secret.reveal()) };
                self.change_machine(serial, change, hostname, token);
            }
            Effect::UndoChange { serial } => self.report("undo", move |hands| async move {
                Event::Undone(machines::undo(&hands, serial).await)
            }),
            Effect::LookAround => self.report("look around", |hands| async move {
                Event::Surroundings(surroundings::look(&hands.reach().vault, &hands.profile).await)
            }),
            Effect::ReadImport => self.blocking("read import", |hands| {
                Event::ImportRead(hands.imports.read(&hands.hosts, &hands.access()))
            }),
            Effect::PlanImport { serial, entries } => self.blocking("plan import", move |hands| {
                Event::ImportPlanned { serial, plan: hands.imports.plan(&hands.hosts, &entries) }
            }),
            Effect::Import { serial, entries, logins } => self.report("import", move |hands| async move {
                Event::Imported { serial, result: hands.import(serial, entries, logins).await }
            }),
            Effect::LogIn { attempt, app, from } => self.log_in(attempt, app, from),
            Effect::CancelLogIn { attempt } => self.cancel_log_in(attempt),
            Effect::SaveLogins => self.save_logins(),
            Effect::Renew { hostname, ends } => self.report("renew", move |hands| async move {
                let result = renew::renew(&hands.reach(), &hostname, ends).await;
                Event::Renewed { hostname, result }
            }),
            Effect::KeepWarm { hostnames } => drop(self.warm.send_replace(hostnames)),
            Effect::OpenLink { team, link } => self.open_link(team, link),
            Effect::LogOut { hostname } => self.log_out(hostname),
            Effect::OpenTerminal { alias } => self.blocking("terminal", move |hands| {
                Event::TerminalOpened(terminal::open(hands.hosts.private_config(), &alias))
            }),
            Effect::KeepApiToken { token } => self.keep_api_token(token),
            Effect::ReadShares => self.read_shares(),
            Effect::ReadGroups => self.read_groups(),
            Effect::PlanShare { serial, wish } => self.plan_share(serial, wish),
            Effect::Share { serial, wish } => self.share(serial, &wish),
            Effect::ContinueShare { serial, hostname } => self.continue_share(serial, hostname),
            Effect::UndoShareStep { serial, hostname } => self.undo_share_step(serial, hostname),
            Effect::RunShare { serial, hostname, by_http2 } => self.run_share(serial, hostname, by_http2),
            Effect::RunTunnel { serial, tunnel, by_http2 } => self.run_tunnel(serial, &tunnel, by_http2),
            Effect::TakeTunnel { id, taken } => self.take_tunnel(id, taken),
            Effect::Disconnect { serial, visitor } => self.sharings.disconnect(serial, visitor),
            Effect::Allow { serial, destination } => self.sharings.allow(serial, &destination),
            Effect::SaveRules { hostname, rules } => self.save_rules(hostname, rules),
            Effect::ReadPeople { hostname } => self.read_people(hostname),
            Effect::SavePeople { hostname, allow, session } => self.save_people(hostname, &allow, session),
            Effect::CheckName { hostname } => self.check_name(hostname),
            Effect::PointHere { hostname } => self.point_here(hostname),
            Effect::SwitchService { hostname, on } => self.switch_service(hostname, on),
            Effect::ReadServices => self.read_services(),
            Effect::StartServer => self.start_server(),
            Effect::StopShare { serial } => self.sharings.stop(serial),
            Effect::Unshare { serial, hostname } => self.unshare(serial, hostname),
            Effect::AnswerAtStart { on } => self.answer_at_start(on),
            Effect::RememberKeepAwake { on } => self.remember_keep_awake(on),
            Effect::StayAwake { on } => self.host.stay_awake(on),
            Effect::Reply { ticket, reply } => self.reply(ticket, reply),
            Effect::ChooseFileVault => {
                self.blocking("choose vault", |hands| Event::VaultChosen(hands.choose_file_vault()));
            }
            Effect::Notify(notification) => self.host.notify(&notification),
            Effect::Copy { text } => self.host.copy(text),
            Effect::Withdraw { tag } => self.host.withdraw(&tag),
            Effect::ShowWindow => self.host.show_window(),
            Effect::CloseWindow => self.host.close_window(),
            Effect::Quit => self.host.quit(),
        }
    }

    fn reach(&self) -> Reach {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The Access client as it is now.
    pub(crate) fn access(&self) -> Access {
        self.reach().access
    }

    /// Where this desktop listens.
    pub(crate) fn address(&self) -> DesktopAddress {
        self.profile.desktop_address()
    }

    /// The apps whose hosts log in by a certificate.
    pub(crate) fn certified(&self) -> watch::Receiver<Vec<hosts::Certified>> {
        self.hosts.certified()
    }

    /// The hosts to keep a connection to.
    pub(crate) fn warm(&self) -> watch::Receiver<Vec<String>> {
        self.warm.subscribe()
    }

    /// How the helper is called.
    pub(crate) fn helper(&self) -> &ProxyCommand {
        self.hosts.command()
    }

    pub(crate) fn tell(&self, event: Event) {
        let _ = self.inputs.send(Input::Event(event));
    }

    fn report<F>(&self, name: &'static str, work: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Event> + Send + 'static,
    {
        let (hands, work) = (self.clone(), work(self.clone()));
        self.tasks.own(name, async move { hands.tell(work.await) });
    }

    fn quietly<F>(&self, name: &'static str, work: impl FnOnce(Self) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.own(name, work(self.clone()));
    }

    fn blocking(&self, name: &'static str, work: impl FnOnce(&Self) -> Event + Send + 'static) {
        let hands = self.clone();
        self.tasks.own(name, async move {
            let worker = hands.clone();
            match tokio::task::spawn_blocking(move || work(&worker)).await {
                Ok(event) => hands.tell(event),
                Err(error) => tracing::error!(%error, name, "a task broke"),
            }
        });
    }

    fn change_machine(&self, serial: u64, change: HostChange, hostname: String, token: ServiceToken) {
        self.report("change", move |hands| async move {
            let result = machines::add(&hands, serial, change, &hostname, token).await;
            Event::Changed { serial, result }
        });
    }

    fn read_hosts(&self) {
        self.blocking("read hosts", |hands| {
            hands.tell(Event::Helper(hands.hosts.missing_helper()));
            Event::Hosts(hands.hosts.read())
        });
    }

    fn save_logins(&self) {
        self.report("save logins", |hands| async move {
            let saved = hands.reach().vault.patient().save_kept().await;
            Event::LoginsSaved(saved.map_err(|error| error.cause()))
        });
    }

    fn log_out(&self, hostname: String) {
        self.report("log out", |hands| async move {
            let result = logins::forget(&hands.reach(), &hostname).await;
            Event::LoggedOut { hostname, result }
        });
    }

    fn open_link(&self, team: Option<String>, link: String) {
        self.report("open link", move |hands| async move {
            let opened = hands.open_browser(team.as_deref(), link.clone()).await;
            Event::LinkOpened { link, opened }
        });
    }

    fn log_in(&self, attempt: u64, app: String, from: LogInFrom) {
        let cancel = self.tasks.branch();
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).insert(attempt, cancel.clone());
        self.quietly("log in", |hands| async move {
            let (result, unsaved) = match log_in::run(&hands, attempt, &app, from, cancel).await {
                Ok((fact, unsaved)) => (Ok(fact), unsaved),
                Err(cause) => (Err(cause), None),
            };
            hands.attempts.lock().unwrap_or_else(PoisonError::into_inner).remove(&attempt);
            let hostname = result.as_ref().map(|fact| fact.hostname.clone()).unwrap_or_default();
            hands.tell(Event::LogInEnded { attempt, result });
            if let Some(cause) = unsaved {
                hands.tell(Event::LoginUnsaved { hostname, cause });
            }
        });
    }

    fn cancel_log_in(&self, attempt: u64) {
        if let Some(cancel) = self.attempts.lock().unwrap_or_else(PoisonError::into_inner).get(&attempt) {
            cancel.cancel();
        }
    }

    async fn import(
        &self,
        serial: u64,
        entries: BTreeSet<usize>,
        logins: PlainLogins,
    ) -> Result<Imported, Cause> {
        let worker = self.clone();
        let taken = tokio::task::spawn_blocking(move || worker.imports.take(&worker.hosts, serial, &entries));
        let hosts = taken.await.map_err(|error| Cause::Unexpected { what: error.to_string() })??;
        let mut done = Imported { hosts, ..Imported::default() };
        import::adopt(&self.hosts, &self.access(), logins, &mut done).await;
        Ok(done)
    }

    fn choose_file_vault(&self) -> Result<(), Cause> {
        let profile = self.profile.change_settings(|settings| settings.vault = VaultChoice::File);
        let profile = profile.map_err(|error| error.cause())?;
        let vault = self.reach().vault.reopen(&profile);
        let access = Access::new(&profile, vault.clone()).map_err(|error| error.cause())?;
        *self.reach.lock().unwrap_or_else(PoisonError::into_inner) = Reach { access, vault };
        Ok(())
    }
}
