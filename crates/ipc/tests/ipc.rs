//! Desktop and helper over the operating system's real means.

#![expect(clippy::unwrap_used, reason = "fixtures fail as loudly as the tests they serve")]

use std::time::{Duration, Instant};

use ipc::{Answer, Ask, Bound, Desktop, IpcError, Listener, Peer, Program};
use profile::{DesktopAddress, Profile};
use tempfile::TempDir;
use wire::{Cause, Jwt};

struct Place {
    _dir: TempDir,
    address: DesktopAddress,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let address = Profile::open(Some(dir.path().to_owned()), &|_| None).unwrap().desktop_address();
        Self { _dir: dir, address }
    }

    fn listen(&self) -> Listener {
        match Listener::bind(&self.address).unwrap() {
            Bound::Listener(listener) => listener,
            Bound::AlreadyRunning => panic!("somebody listens already"),
        }
    }

    /// A desktop and a helper that have greeted.
    async fn pair(&self, listener: &Listener) -> (Peer, Desktop) {
        let mut peer = None;
        let desktop = tokio::select! {
            connected = Desktop::connect(&self.address) => connected.unwrap().unwrap(),
            asked = async { peer.insert(listener.accept().await.unwrap()).next().await } => panic!("{asked:?}"),
        };
        (peer.unwrap(), desktop)
    }
}

#[tokio::test]
async fn questions_are_answered_in_turn() {
    let place = Place::new();
    let listener = place.listen();
    let (mut peer, mut desktop) = place.pair(&listener).await;
    assert_eq!(desktop.program(), env!("CARGO_PKG_VERSION"));
    let token = Answer::Token { token: Jwt::new("a.b.c"), until: 5 };
    let ask = Ask::Token { app: "app.example.com".parse().unwrap() };
    let serving = async {
        assert_eq!(peer.next().await.unwrap(), Some(ask.clone()));
        peer.answer(&token).await.unwrap();
        assert_eq!(peer.next().await.unwrap(), Some(Ask::TokensChanged));
        peer.answer(&Answer::Done).await.unwrap();
    };
    let asking = async {
        assert_eq!(desktop.ask(&ask).await.unwrap(), token);
        assert_eq!(desktop.ask(&Ask::TokensChanged).await.unwrap(), Answer::Done);
    };
    tokio::join!(serving, asking);
}

#[tokio::test]
async fn a_log_in_answers_more_than_once_and_ends_with_the_desktop() {
    let place = Place::new();
    let listener = place.listen();
    let (mut peer, mut desktop) = place.pair(&listener).await;
    let program = Program { pid: 1, terminal: false };
    let ask = Ask::LogIn { app: "app.example.com".parse().unwrap(), program };
    let waiting = Answer::Waiting { link: "https://l".into(), browser_opened: true, asks_first: false };
    let serving = async {
        assert_eq!(peer.next().await.unwrap(), Some(ask.clone()));
        peer.answer(&waiting).await.unwrap();
        peer.answer(&Answer::failed(&Cause::KeychainLocked)).await.unwrap();
        drop(peer);
    };
    let asking = async {
        assert_eq!(desktop.ask(&ask).await.unwrap(), waiting);
        assert_eq!(desktop.next().await.unwrap().cause(), Some(Cause::KeychainLocked));
        let asked = Instant::now();
        let error = desktop.next().await.unwrap_err();
        assert!(error.is_closed() && asked.elapsed() < Duration::from_secs(1), "{error:?}");
        assert!(matches!(error.cause(), Cause::DesktopGone { .. }));
    };
    tokio::join!(serving, asking);
}

#[tokio::test]
async fn a_session_lasts_as_long_as_its_connection() {
    let place = Place::new();
    let listener = place.listen();
    let (mut peer, mut desktop) = place.pair(&listener).await;
    let opened = Ask::SessionOpened { host: "h".into(), pid: 4 };
    let serving = async {
        assert_eq!(peer.next().await.unwrap(), Some(opened.clone()));
        peer.answer(&Answer::Done).await.unwrap();
        peer.next().await.unwrap()
    };
    let asking = async {
        assert_eq!(desktop.ask(&opened).await.unwrap(), Answer::Done);
        drop(desktop);
    };
    assert_eq!(tokio::join!(serving, asking).0, None);
}

#[tokio::test]
async fn a_desktop_that_hangs_later_hangs_no_helper_either() {
    let place = Place::new();
    let listener = place.listen();
    let (_peer, mut desktop) = place.pair(&listener).await;
    let asked = Instant::now();
    let error = desktop.ask(&Ask::Status).await.unwrap_err();
    assert!(matches!(error, IpcError::TimedOut { .. }), "{error:?}");
    assert!(asked.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn fifty_helpers_at_once_are_all_answered() {
    let place = Place::new();
    let listener = place.listen();
    let serving = async {
        let mut peers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let mut peer = listener.accept().await.unwrap();
            peers.spawn(async move {
                assert_eq!(peer.next().await.unwrap(), Some(Ask::Show));
                peer.answer(&Answer::Done).await.unwrap();
            });
        }
        peers.join_all().await
    };
    let asking = async {
        let mut helpers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let address = place.address.clone();
            helpers.spawn(async move {
                Desktop::connect(&address).await.unwrap().unwrap().ask(&Ask::Show).await.unwrap()
            });
        }
        helpers.join_all().await
    };
    let (_, answers) = tokio::join!(serving, asking);
    assert_eq!(answers, vec![Answer::Done; 50]);
}

#[tokio::test]
async fn no_desktop_is_no_error() {
    let place = Place::new();
    assert!(Desktop::connect(&place.address).await.unwrap().is_none());
    drop(place.listen());
    assert!(Desktop::connect(&place.address).await.unwrap().is_none());
}

#[tokio::test]
async fn another_systems_address_is_refused() {
    let address = if cfg!(windows) {
        DesktopAddress::Socket("desktop.sock".into())
    } else {
        DesktopAddress::Pipe("desktop".into())
    };
    assert!(matches!(Desktop::connect(&address).await, Err(IpcError::Io { .. })));
    assert!(matches!(Listener::bind(&address), Err(IpcError::Io { .. })));
}
