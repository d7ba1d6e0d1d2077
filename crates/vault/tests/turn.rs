//! Turns between real processes.

#![expect(clippy::unwrap_used, reason = "fixtures fail as loudly as the tests they serve")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use profile::Profile;
use vault::Turn;

const NAME: &str = "app/aud";
const LONG: Duration = Duration::from_secs(20);

fn open(dir: &Path) -> Profile {
    Profile::open(Some(dir.to_owned()), &|_| None).unwrap()
}

/// Another process that has taken the turn and keeps it until its standard input ends or it is killed.
struct Other(Child);

impl Other {
    fn start(dir: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "--nocapture", "takes_a_turn"]).env("TURN_PROFILE", dir);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map(Result::unwrap).any(|line| line.contains("turn taken")), "it has no turn");
        Self(child)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "a part that the other tests start"]
fn takes_a_turn() {
    let dir = std::env::var_os("TURN_PROFILE").expect("the tests of this file say which profile");
    let turn = Turn::try_take(&open(Path::new(&dir)), NAME).unwrap().expect("nobody has it");
    println!("turn taken");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(turn);
}

#[tokio::test]
async fn a_turn_is_one_processs_and_says_whose() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path());
    let mut other = Other::start(dir.path());
    assert!(Turn::try_take(&profile, NAME).unwrap().is_none());
    assert_eq!(Turn::owner(&profile, NAME), Some(other.0.id()));
    assert!(Turn::try_take(&profile, "app/other").unwrap().is_some());
    drop(other.0.stdin.take());
    let turn = tokio::time::timeout(LONG, Turn::take(&profile, NAME)).await.unwrap().unwrap();
    assert_eq!(Turn::owner(&profile, NAME), Some(std::process::id()));
    drop(turn);
    assert_eq!(Turn::owner(&profile, NAME), None);
}

#[tokio::test]
async fn a_killed_owner_passes_its_turn_on_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path());
    let mut other = Other::start(dir.path());
    let mut waiting = std::pin::pin!(Turn::take(&profile, NAME));
    tokio::select! {
        biased;
        taken = &mut waiting => panic!("two have it: {taken:?}"),
        () = std::future::ready(()) => {}
    }
    other.0.kill().unwrap();
    other.0.wait().unwrap();
    let killed = Instant::now();
    tokio::time::timeout(LONG, waiting).await.unwrap().unwrap();
    assert!(killed.elapsed() < Duration::from_secs(2), "{:?}", killed.elapsed());
}

#[tokio::test]
async fn who_stops_waiting_does_not_keep_the_turn() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path());
    let turn = Turn::take(&profile, NAME).await.unwrap();
    for _ in 0..3 {
        let waiting = Turn::take(&profile, NAME);
        assert!(tokio::time::timeout(Duration::from_millis(10), waiting).await.is_err());
    }
    drop(turn);
    let turn = tokio::time::timeout(LONG, Turn::take(&profile, NAME)).await.unwrap().unwrap();
    drop(turn);
}

#[tokio::test]
async fn many_take_turns_and_never_two_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path());
    let inside = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (profile, inside) = (profile.clone(), inside.clone());
        tasks.spawn(async move {
            let _turn = Turn::take(&profile, NAME).await.unwrap();
            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
            tokio::task::yield_now().await;
            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst)
        });
    }
    let before = tokio::time::timeout(LONG, tasks.join_all()).await.unwrap();
    assert_eq!(before, [1; 12]);
}

#[tokio::test]
async fn a_word_reaches_those_who_waited_and_no_later_one() {
    let dir = tempfile::tempdir().unwrap();
    let profile = open(dir.path());
    let before = Turn::last_word(&profile, NAME).number;
    let turn = Turn::take(&profile, NAME).await.unwrap();
    turn.leave_word("refused\nfor good");
    drop(turn);
    let word = Turn::last_word(&profile, NAME);
    assert_eq!((word.number, word.text.as_str()), (before + 1, "refused\nfor good"));
    assert_eq!(Turn::last_word(&profile, "app/other"), vault::Word::default());
    Turn::take(&profile, NAME).await.unwrap().leave_word("again");
    assert_eq!(Turn::last_word(&profile, NAME).number, before + 2);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    profile::write_atomically(&dir.path().join("turns"), b"a file").unwrap();
    let error = Turn::take(&open(dir.path()), NAME).await.unwrap_err();
    assert!(error.path.starts_with(dir.path()), "{error}");
}
