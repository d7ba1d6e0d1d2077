//! The system's own service that keeps machines awake, played here: it hands out files, and a machine stays awake as long
//! as one of them is open.

use std::io::{PipeReader, Read as _};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use journeys::wait;
use zbus::{Connection, interface, zvariant};

use crate::stage::Stage;

/// How many inhibitors are held, and what was said of the last.
#[derive(Clone, Default)]
pub(crate) struct Logind {
    held: Arc<Mutex<usize>>,
    said: Arc<Mutex<Vec<String>>>,
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn inhibit(&self, what: String, who: String, why: String, mode: String) -> zvariant::OwnedFd {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = vec![what, who, why, mode];
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let held = self.held.clone();
        thread::spawn(move || release(reader, &held));
        zvariant::OwnedFd::from(OwnedFd::from(writer))
    }
}

impl Logind {
    /// Answers on the bus of this stage for as long as the connection lives.
    pub(crate) async fn play(stage: &Stage) -> (Self, Connection) {
        let (logind, bus) = (Self::default(), stage.desk.connect().await);
        bus.object_server().at("/org/freedesktop/login1", logind.clone()).await.expect("a free path");
        bus.request_name("org.freedesktop.login1").await.expect("a free name");
        (logind, bus)
    }

    /// How many are held.
    pub(crate) fn held(&self) -> usize {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so many are held.
    pub(crate) async fn until_held(&self, count: usize) {
        let what = format!("{count} inhibitors");
        wait::eventually(&what, wait::SOON, async || (self.held() == count).then_some(())).await;
    }

    /// What is inhibited, by whom, why and how.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The other end is closed once nobody has the file any more.
fn release(mut reader: PipeReader, held: &Mutex<usize>) {
    let _ = reader.read_to_end(&mut Vec::new());
    *held.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
}
