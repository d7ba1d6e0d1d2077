//! `access tcp --url HOST:PORT`: listens on this machine, and carries every accepted stream on its own.
//!
//! ```text
//! accept ─► stream ─► dial with the token at hand ─► carry
//!             │            └ a log-in is needed: one for all streams that wait
//!             └ as many at once as come; each ends alone, and says on stderr why if it should not have ended
//! ```
//!
//! A stream that broke is reset towards the local program, so that it does not take half an answer for a whole one.

mod sockets;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use access::{Access, AccessError, Carrier, DialOptions, Renewal};
use command_line::Stop;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;
use wire::{AppToken, AppUrl, Cause};

use crate::args::{Misuse, Parsed};
use crate::commands::{Failure, carry};
use crate::context::Context;
use crate::local_address::LocalAddress;
use crate::memory;
use crate::say;
use crate::tokens::{self, Announce};
use crate::unshut::Unshut;

use sockets::{bind, make_room, part, reset};

/// How long streams may take to end when the forward ends.
const DRAIN: Duration = Duration::from_secs(5);
/// How long we pause when the system has no socket to spare.
const PAUSE: Duration = Duration::from_millis(100);

/// Everything that the streams of one forward share.
struct Forward {
    context: Context,
    access: Access,
    app: AppUrl,
    options: DialOptions,
    token: RefCell<Option<AppToken>>,
    looking: Mutex<()>,
    renewing: Mutex<()>,
    refused: RefCell<Refused>,
    session: RefCell<Option<ipc::Desktop>>,
    open: Cell<usize>,
}

/// How often no token could be got, and why the last time.
#[derive(Default)]
struct Refused {
    times: u64,
    cause: Option<Cause>,
}

/// Where the command line wants to listen, if it does.
pub(crate) fn wanted(given: &Parsed) -> Result<Option<LocalAddress>, Misuse> {
    let address = match (given.value("url"), given.rest.as_slice()) {
        (None, []) => return Ok(None),
        (Some(url), []) => url,
        (None, [one]) => one,
        (Some(_), [surplus, ..]) | (None, [_, surplus, ..]) => {
            return Err(Misuse::Unexpected(surplus.clone()));
        }
    };
    LocalAddress::parse(address).map(Some)
}

/// Listens until it is told to stop.
pub(crate) async fn forward(
    context: &Context,
    app: AppUrl,
    options: DialOptions,
    address: &LocalAddress,
) -> Result<(), Failure> {
    match listen(context, app, options, address).await {
        Ok(()) => Ok(()),
        // Nobody's ProxyCommand: an exit code of its own kind.
        Err(cause) => {
            say::problem(&cause);
            Err(Failure::Quiet)
        }
    }
}

async fn listen(
    context: &Context,
    app: AppUrl,
    options: DialOptions,
    address: &LocalAddress,
) -> Result<(), Cause> {
    let mut stop = Stop::listen().map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let listening = Listening::open(context, app, options, address).await?;
    LocalSet::new().run_until(listening.run(&mut stop)).await;
    Ok(())
}

/// A forward that takes streams.
pub(crate) struct Listening {
    forward: Rc<Forward>,
    listener: TcpListener,
}

impl Listening {
    /// Begins to listen, and says so.
    pub(crate) async fn open(
        context: &Context,
        app: AppUrl,
        options: DialOptions,
        address: &LocalAddress,
    ) -> Result<Self, Cause> {
        make_room();
        let access = context.access()?;
        let options = carry::with_saved(context, &access, &app, options).await?;
        let listener = bind(address).await?;
        if let Ok(bound) = listener.local_addr() {
            say::note(&format!("listening on {bound} for {}", app.host()));
            if !bound.ip().is_loopback() {
                say::note(&format!(
                    "whoever can reach {bound} gets in as you; 127.0.0.1 is for this machine alone"
                ));
            }
        }
        Ok(Self { forward: Rc::new(Forward::new(context.clone(), access, app, options)), listener })
    }

    /// Accepts until told to stop, then gives open streams a while. Must run inside of a [`LocalSet`].
    pub(crate) async fn run(self, stop: &mut Stop) {
        self.forward.run(self.listener, stop).await;
    }
}

impl Forward {
    fn new(context: Context, access: Access, app: AppUrl, options: DialOptions) -> Self {
        Self {
            context,
            access,
            app,
            options,
            token: RefCell::default(),
            looking: Mutex::default(),
            renewing: Mutex::default(),
            refused: RefCell::default(),
            session: RefCell::default(),
            open: Cell::new(0),
        }
    }

    /// Accepts until told to stop, then gives open streams a while.
    async fn run(self: Rc<Self>, listener: TcpListener, stop: &mut Stop) {
        let mut streams = JoinSet::new();
        let mut troubled = false;
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        troubled = false;
                        streams.spawn_local(Rc::clone(&self).serve(stream));
                    }
                    Err(error) => {
                        if !std::mem::replace(&mut troubled, true) {
                            say::note(&format!("cannot accept a connection: {error}"));
                        }
                        sleep(PAUSE).await;
                    }
                },
                Some(_) = streams.join_next() => {
                    if streams.is_empty() {
                        memory::give_back();
                    }
                }
                _ = stop.asked() => break,
            }
        }
        drop(listener);
        drain(streams, stop).await;
    }

    async fn serve(self: Rc<Self>, stream: TcpStream) {
        if let Err(cause) = self.carry(stream).await {
            say::problem(&cause);
            carry::tell_of_failure(&self.context, &self.app, &cause).await;
        }
    }

    async fn carry(&self, mut stream: TcpStream) -> Result<(), Cause> {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small writes of the local program may wait");
        }
        let carrier = self.dial().await?;
        let _session = self.in_session().await;
        let (reader, writer) = stream.split();
        let carried = match carrier.carry(reader, Unshut(writer)).await {
            Ok(carried) => carried,
            Err(error) => {
                tracing::debug!(%error, "the local program went away");
                return Ok(());
            }
        };
        tracing::debug!(sent = carried.sent, received = carried.received, end = ?carried.end, "carried");
        match carried.cause(self.app.host()) {
            None => {
                part(stream).await;
                Ok(())
            }
            Some(cause) => {
                reset(&stream);
                Err(cause)
            }
        }
    }

    async fn dial(&self) -> Result<Carrier, Cause> {
        let renew = async |renewal| self.renew(renewal).await;
        carry::open(&self.access, &self.app, &self.options, self.token_at_hand(), renew).await
    }

    /// The token that the last stream used, else the one at hand. Streams that come together look once.
    async fn token_at_hand(&self) -> Result<Option<AppToken>, AccessError> {
        if self.options.service_token.is_some() {
            return Ok(None);
        }
        let _alone = self.looking.lock().await;
        if let Some(token) = self.usable() {
            return Ok(Some(token));
        }
        let found = tokens::at_hand(&self.context, &self.access, &self.app).await?;
        self.token.replace(found.clone());
        Ok(found)
    }

    /// A token in place of the one that the edge did not take. Streams that wait together share one log-in, and one
    /// refusal.
    async fn renew(&self, renewal: Renewal) -> Result<AppToken, Cause> {
        let refused = self.refused.borrow().times;
        let _alone = self.renewing.lock().await;
        if let Some(token) = self.usable().filter(|token| Some(token) != renewal.rejected.as_ref()) {
            return Ok(token);
        }
        if self.refused.borrow().times > refused
            && let Some(cause) = &self.refused.borrow().cause
        {
            return Err(cause.clone());
        }
        self.token.take();
        let obtained = tokens::obtain(&self.context, &self.access, &renewal, Announce::AfterBrowser).await;
        match &obtained {
            Ok(token) => drop(self.token.replace(Some(token.clone()))),
            Err(cause) => {
                let mut refused = self.refused.borrow_mut();
                *refused = Refused { times: refused.times + 1, cause: Some(cause.clone()) };
            }
        }
        obtained
    }

    fn usable(&self) -> Option<AppToken> {
        let now = jiff::Timestamp::now().as_second();
        let token = self.token.borrow();
        token.as_ref().filter(|token| token.0.claims().is_ok_and(|claims| claims.exp > now)).cloned()
    }

    /// Tells a running desktop of a session that lasts from the first open stream to the last.
    async fn in_session(&self) -> InSession<'_> {
        self.open.set(self.open.get() + 1);
        let counted = InSession(self);
        if self.open.get() == 1 {
            let desktop = carry::session(&self.context, &self.app).await;
            self.session.replace(desktop);
        }
        counted
    }
}

/// One open stream of a session.
struct InSession<'a>(&'a Forward);

impl Drop for InSession<'_> {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
        if self.0.open.get() == 0 {
            self.0.session.take();
        }
    }
}

async fn drain(mut streams: JoinSet<()>, stop: &mut Stop) {
    // Those that ended have not all been collected yet.
    while streams.try_join_next().is_some() {}
    if streams.is_empty() {
        return;
    }
    let (open, limit) = (streams.len(), DRAIN.as_secs());
    say::note(&format!("ending; streams still open: {open}, for at most {limit} s"));
    tokio::select! {
        () = async { while streams.join_next().await.is_some() {} } => {}
        () = sleep(DRAIN) => {}
        _ = stop.asked() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    fn asked(words: &[&str]) -> Result<Option<LocalAddress>, Misuse> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        wanted(&args::parse(&words, carry::FLAGS, &|_| None).unwrap())
    }

    #[test]
    fn the_address_comes_by_flag_or_alone() {
        let address = Ok(Some(LocalAddress { host: "127.0.0.1".to_owned(), port: 80 }));
        for words in [
            vec!["--url", "127.0.0.1:80"],
            vec!["--listener=127.0.0.1:80"],
            vec!["-L", "tcp://127.0.0.1:80"],
            vec!["127.0.0.1:80"],
        ] {
            assert_eq!(asked(&words), address, "{words:?}");
        }
        assert_eq!(asked(&[]), Ok(None));
    }

    #[test]
    fn two_addresses_are_one_too_many() {
        let surplus = Err(Misuse::Unexpected("b:2".to_owned()));
        assert_eq!(asked(&["--url", "a:1", "b:2"]), surplus);
        assert_eq!(asked(&["a:1", "b:2"]), surplus);
    }

    #[test]
    fn only_its_own_variable_makes_it_listen() {
        let env = |name: &str| (name == "TUNNEL_URL").then(|| "http://127.0.0.1:80".to_owned());
        assert_eq!(wanted(&args::parse(&[], carry::FLAGS, &env).unwrap()), Ok(None));
        let env = |name: &str| (name == "TUNNEL_SERVICE_URL").then(|| "127.0.0.1:80".to_owned());
        assert!(wanted(&args::parse(&[], carry::FLAGS, &env).unwrap()).unwrap().is_some());
    }
}
