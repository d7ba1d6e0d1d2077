//! What only a Unix socket can go through: dead desktops, open folders, other users, bytes of any kind.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "fixtures fail as loudly as the tests they serve")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ipc::{Bound, Desktop, IpcError, Listener, PROTOCOL, Peer};
use profile::DesktopAddress;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use wire::Cause;

struct Place {
    dir: TempDir,
    address: DesktopAddress,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let address = DesktopAddress::Socket(dir.path().join("run/desktop.sock"));
        Self { dir, address }
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("run/desktop.sock")
    }

    fn listen(&self) -> Listener {
        match Listener::bind(&self.address).unwrap() {
            Bound::Listener(listener) => listener,
            Bound::AlreadyRunning => panic!("somebody listens already"),
        }
    }

    fn is_taken(&self) -> bool {
        matches!(Listener::bind(&self.address).unwrap(), Bound::AlreadyRunning)
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

fn frame(json: &str) -> Vec<u8> {
    [&u32::try_from(json.len()).unwrap().to_le_bytes(), json.as_bytes()].concat()
}

#[tokio::test]
async fn no_desktop_is_known_at_once() {
    let place = Place::new();
    let asked = Instant::now();
    assert!(Desktop::connect(&place.address).await.unwrap().is_none());
    fs::create_dir(place.dir.path().join("run")).unwrap();
    drop(UnixListener::bind(place.socket()).unwrap());
    assert!(place.socket().exists(), "a dead desktop leaves its socket");
    assert!(Desktop::connect(&place.address).await.unwrap().is_none());
    assert!(asked.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn a_living_desktop_is_never_replaced_and_a_dead_one_always() {
    let place = Place::new();
    let listener = place.listen();
    assert!(place.is_taken());
    place.pair(&listener).await;
    drop(listener);
    assert!(!place.socket().exists());
    // What a killed desktop leaves behind: a socket, a lock file, no lock.
    drop(UnixListener::bind(place.socket()).unwrap());
    let listener = place.listen();
    place.pair(&listener).await;
}

#[tokio::test]
async fn of_many_that_start_at_once_one_is_the_desktop() {
    let place = Place::new();
    let runtime = tokio::runtime::Handle::current();
    let start = || {
        let _inside = runtime.enter();
        Listener::bind(&place.address).unwrap()
    };
    let bound: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(bound.iter().filter(|bound| matches!(bound, Bound::Listener(_))).count(), 1);
}

#[tokio::test]
async fn the_folder_is_private_even_if_it_was_not() {
    let place = Place::new();
    let folder = place.dir.path().join("run");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let _listener = place.listen();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(place.socket()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_folder_that_is_a_link_is_not_trusted() {
    let place = Place::new();
    fs::create_dir(place.dir.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", place.dir.path().join("run")).unwrap();
    let error = Listener::bind(&place.address).unwrap_err();
    assert!(matches!(error, IpcError::NotOurs { .. }), "{error:?}");
    assert_eq!(fs::read_dir(place.dir.path().join("elsewhere")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_desktop_that_hangs_hangs_no_helper() {
    let place = Place::new();
    fs::create_dir(place.dir.path().join("run")).unwrap();
    let _silent = UnixListener::bind(place.socket()).unwrap();
    let asked = Instant::now();
    let error = Desktop::connect(&place.address).await.unwrap_err();
    assert!(matches!(error, IpcError::TimedOut { .. }), "{error:?}");
    assert!(asked.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_helper_that_says_nothing_is_given_up_and_keeps_nobody_waiting() {
    let place = Place::new();
    let listener = place.listen();
    let _silent = UnixStream::connect(place.socket()).await.unwrap();
    let mut peer = listener.accept().await.unwrap();
    place.pair(&listener).await;
    assert!(matches!(peer.next().await, Err(IpcError::TimedOut { .. })));
}

#[tokio::test]
async fn who_only_looks_is_no_error() {
    let place = Place::new();
    let listener = place.listen();
    drop(UnixStream::connect(place.socket()).await.unwrap());
    let mut peer = listener.accept().await.unwrap();
    assert_eq!(peer.next().await.unwrap(), None);
}

#[tokio::test]
async fn another_version_is_told_on_both_sides() {
    let place = Place::new();
    let listener = place.listen();
    let hello = frame(r#"{"protocol":9,"program":"9.9","more":true}"#);
    let mut newer = UnixStream::connect(place.socket()).await.unwrap();
    newer.write_all(&hello).await.unwrap();
    let error = listener.accept().await.unwrap().next().await.unwrap_err();
    assert!(
        matches!(&error, IpcError::OtherVersion { theirs: 9, ours: PROTOCOL, program } if program == "9.9"),
        "{error:?}"
    );
    let mut heard = Vec::new();
    newer.read_to_end(&mut heard).await.unwrap();
    let ours = format!(r#"{{"protocol":{PROTOCOL},"program":"{}"}}"#, env!("CARGO_PKG_VERSION"));
    assert_eq!(heard, frame(&ours), "the newer side learns whom it met");
    drop(listener);

    let newer = UnixListener::bind(place.socket()).unwrap();
    let (connected, ()) = tokio::join!(Desktop::connect(&place.address), async {
        newer.accept().await.unwrap().0.write_all(&hello).await.unwrap();
    });
    assert_eq!(connected.unwrap_err().cause(), Cause::OtherVersion { theirs: 9, ours: PROTOCOL });
}

#[tokio::test]
async fn garbage_ends_the_connection_and_not_the_desktop() {
    let place = Place::new();
    let listener = place.listen();
    let hello = frame(&format!(r#"{{"protocol":{PROTOCOL},"program":"x"}}"#));
    let garbled = |error: &IpcError| matches!(error, IpcError::Garbled { .. });
    let too_large = |error: &IpcError| matches!(error, IpcError::TooLarge { .. });
    let truncated = |error: &IpcError| matches!(error, IpcError::Truncated);
    type Judge<'a> = &'a dyn Fn(&IpcError) -> bool;
    let cases: [(&[u8], Judge<'_>); 5] = [
        (b"GET / HTTP/1.1\r\n\r\n", &too_large),
        (&frame("{}"), &garbled),
        (&[&hello[..], &frame(r#"{"ask":"token"}"#)].concat(), &garbled),
        (&[&hello[..], b"\xff\xff\xff\xff"].concat(), &too_large),
        (&[&hello[..], b"\x09\0\0\0{"].concat(), &truncated),
    ];
    for (bytes, is_expected) in cases {
        let mut stranger = UnixStream::connect(place.socket()).await.unwrap();
        stranger.write_all(bytes).await.unwrap();
        stranger.shutdown().await.unwrap();
        let error = listener.accept().await.unwrap().next().await.unwrap_err();
        assert!(is_expected(&error), "{bytes:?}: {error:?}");
    }
    place.pair(&listener).await;
}

/// Another user, whom only an administrator can play.
mod another_user {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command, Stdio};

    use super::*;

    const NOBODY: u32 = 65534;

    /// This program again as another user, in a place where that user may run it. It does what `part` says with the
    /// socket and prints a word.
    fn start(place: &Place, part: &str) -> Option<Child> {
        let open = |path: &std::path::Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let program = place.dir.path().join("program");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        open(place.dir.path(), 0o777);
        open(&program, 0o755);
        let mut command = Command::new(&program);
        command.args(["--ignored", "--exact", "--nocapture", &format!("another_user::{part}")]);
        command.env("SOCKET", place.socket()).stdin(Stdio::piped()).stdout(Stdio::piped()).uid(NOBODY);
        match command.spawn() {
            Ok(child) => Some(child),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                skipped();
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[expect(clippy::print_stdout, reason = "a test that did not run says so")]
    fn skipped() {
        println!("SKIPPED: only an administrator can play another user");
    }

    fn socket() -> PathBuf {
        std::env::var_os("SOCKET").map(PathBuf::from).unwrap()
    }

    #[test]
    #[ignore = "a part that the tests below start"]
    fn knocks() {
        let mut stream = std::os::unix::net::UnixStream::connect(socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut heard = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut heard).unwrap();
        println!("\nheard {} bytes", heard.len());
    }

    #[test]
    #[ignore = "a part that the tests below start"]
    fn squats() {
        fs::create_dir(socket().parent().unwrap()).unwrap();
        let listener = std::os::unix::net::UnixListener::bind(socket()).unwrap();
        fs::set_permissions(socket(), fs::Permissions::from_mode(0o777)).unwrap();
        println!("\nsquatting");
        // Ends with its standard input; dropping the listener is all there is to do then.
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut Vec::new()).unwrap();
        drop(listener);
    }

    #[tokio::test]
    async fn is_turned_away_even_if_the_folder_lets_them_in() {
        let place = Place::new();
        let listener = place.listen();
        for (path, mode) in [(place.dir.path().join("run"), 0o755), (place.socket(), 0o777)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let Some(child) = start(&place, "knocks") else { return };
        let knocking = tokio::task::spawn_blocking(|| child.wait_with_output());
        let output = tokio::select! {
            peer = listener.accept() => panic!("let in: {peer:?}"),
            output = knocking => output.unwrap().unwrap(),
        };
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains("heard 0 bytes"), "{said}");
    }

    #[tokio::test]
    async fn who_took_the_address_first_is_not_talked_to() {
        let place = Place::new();
        let Some(mut child) = start(&place, "squats") else { return };
        let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        assert!(lines.map(Result::unwrap).any(|line| line == "squatting"));
        let connected = Desktop::connect(&place.address).await.unwrap_err();
        assert!(matches!(connected, IpcError::NotOurs { .. }), "{connected:?}");
        let bound = Listener::bind(&place.address).unwrap_err();
        assert!(matches!(bound, IpcError::NotOurs { .. }), "{bound:?}");
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
