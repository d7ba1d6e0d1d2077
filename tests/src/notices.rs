//! A notification server: keeps what it is told to show, and presses buttons.
#![expect(missing_docs, reason = "of the signals' trait, which zbus writes")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, interface};

use crate::wait;

const PATH: &str = "/org/freedesktop/Notifications";
const DISMISSED: u32 = 2;
const CLOSED_BY_CALL: u32 = 3;

/// The notifications of one session.
#[derive(Debug)]
pub struct Notices {
    connection: Connection,
    shown: Shown,
}

/// One notification, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What its buttons name.
    pub id: u32,
    /// Who asked.
    pub app: String,
    /// A name or a file, or nothing.
    pub icon: String,
    /// The first line.
    pub summary: String,
    /// The rest.
    pub body: String,
    /// Key and label of each button.
    pub actions: Vec<(String, String)>,
    /// In milliseconds; -1 leaves it to the server, 0 means for ever.
    pub timeout: i32,
    /// Whether it was taken back.
    pub closed: bool,
}

impl Notices {
    /// Takes the server's name on this connection.
    ///
    /// # Panics
    /// When another one has it.
    pub async fn serve(connection: Connection) -> Self {
        let shown = Shown::default();
        connection.object_server().at(PATH, Server { shown: shown.clone() }).await.expect("a free path");
        connection.request_name("org.freedesktop.Notifications").await.expect("the only notification server");
        Self { connection, shown }
    }

    /// All there were, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Notice> {
        self.shown.lock().clone()
    }

    /// The first whose summary or body holds `words`, waited for.
    ///
    /// # Panics
    /// When there is none in time.
    pub async fn one_with(&self, words: &str) -> Notice {
        let what = format!("a notification with {words:?}");
        let fits = |notice: &Notice| notice.summary.contains(words) || notice.body.contains(words);
        wait::eventually(&what, wait::SOON, async || self.all().into_iter().find(fits)).await
    }

    /// Presses a button of a notification, `default` for the notification itself.
    ///
    /// # Panics
    /// When the bus is gone.
    pub async fn press(&self, notice: &Notice, action: &str) {
        let emitter = SignalEmitter::new(&self.connection, PATH).expect("a path");
        Server::action_invoked(&emitter, notice.id, action).await.expect("a bus");
        Server::notification_closed(&emitter, notice.id, DISMISSED).await.expect("a bus");
    }
}

#[derive(Clone, Debug, Default)]
struct Shown(Arc<Mutex<Vec<Notice>>>);

impl Shown {
    fn lock(&self) -> MutexGuard<'_, Vec<Notice>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Server {
    shown: Shown,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the protocol has them")]
    fn notify(
        &self,
        app: String,
        replaces: u32,
        icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        timeout: i32,
    ) -> u32 {
        let mut shown = self.shown.lock();
        let next = shown.iter().map(|notice| notice.id).max().unwrap_or(0) + 1;
        let id = if replaces == 0 { next } else { replaces };
        let pairs = actions.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        shown.push(Notice { id, app, icon, summary, body, actions: pairs, timeout, closed: false });
        id
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        self.shown.lock().iter_mut().filter(|notice| notice.id == id).for_each(|notice| notice.closed = true);
        Self::notification_closed(&emitter, id, CLOSED_BY_CALL).await?;
        Ok(())
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["body", "actions", "persistence"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("journeys".to_owned(), "Sallyport".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    /// A button was pressed.
    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;

    /// It is no longer shown.
    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}
