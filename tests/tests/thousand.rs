//! A thousand streams through one forward, all of them talking: none stuck, nothing lost, nothing kept.
//!
//! For some seconds in `make test`, for a minute in `make soak`.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::net::SocketAddr;
use std::time::Duration;

use journeys::process::memory;
use journeys::reach::HOST;
use journeys::{Part, Reach, need, wait};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

const STREAMS: usize = 1000;
/// Four sockets a stream in this process: the local program's, the edge's two, the origin's.
const FILES: u64 = 4 * STREAMS as u64 + 500;
/// How long the streams talk at least, unless `SALLYPORT_SOAK_SECONDS` says otherwise.
const TALK: Duration = Duration::from_secs(5);
/// How long one word there and back may take among a thousand on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What one stream says at once: not a round number of anything.
const WORD: usize = 3001;

#[test]
fn a_thousand_streams_at_once_for_a_while() {
    if need::lacks_files(FILES) {
        return;
    }
    let seconds = std::env::var("SALLYPORT_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    let talk = seconds.map_or(TALK, Duration::from_secs);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (origin, _serving) = runtime.block_on(echo());
    let reach = Reach::to(origin);
    reach.log_in(HOST);
    let mut command = reach.logging(&["access", "tcp", "--hostname", HOST, "--url", "127.0.0.1:0"]);
    let mut part = Part::start("forward", &mut command, &reach.home.logs());
    let address = part.says("where it listens", |log| {
        let (_, rest) = log.split_once("listening on ")?;
        rest.split_once(' ')?.0.parse().ok()
    });

    let pid = part.pid();
    runtime.block_on(rush(address, 1, Duration::ZERO));
    let quiet =
        wait::until("the first stream's end", PATIENCE, || Some(files(pid)).filter(|count| *count < 20));
    // What a process takes once, for good, is no leak: tables that have grown, and code that was paged in.
    runtime.block_on(rush(address, STREAMS, Duration::ZERO));
    wait::until("sockets that are closed", PATIENCE, || (files(pid) <= quiet).then_some(()));
    let before = settled(pid);

    let words = runtime.block_on(rush(address, STREAMS, talk));
    wait::until("sockets that are closed", PATIENCE, || (files(pid) <= quiet).then_some(()));
    wait::until("memory that is given back", PATIENCE, || {
        (memory(pid, "VmRSS") <= before + before / 10).then_some(())
    });
    let (after, peak) = (memory(pid, "VmRSS"), memory(pid, "VmHWM"));
    eprintln!(
        "{STREAMS} streams for {talk:?}: {words} words; {} KiB before, {} KiB after, {} KiB at most",
        before >> 10,
        after >> 10,
        peak >> 10
    );
    assert_eq!(part.log().lines().count(), 1, "nothing but where it listens: {}", part.log());
}

/// Opens so many streams, lets all of them talk for so long at once, and ends them; tells how many words went there and back.
async fn rush(address: SocketAddr, streams: usize, talk: Duration) -> usize {
    let mut open = Vec::new();
    for number in 0..streams {
        open.push((number, TcpStream::connect(address).await.expect("a connection to the forward")));
    }
    let deadline = Instant::now() + talk;
    let mut talking: JoinSet<usize> =
        open.into_iter().map(|(number, stream)| speak(stream, number, deadline)).collect();
    let mut words = 0;
    while let Some(spoken) = talking.join_next().await {
        words += spoken.expect("a stream to its end");
    }
    words
}

/// Says word after word, each when the one before has come back, and a last one; then waits for the other end.
async fn speak(mut stream: TcpStream, number: usize, deadline: Instant) -> usize {
    let mut words = 0;
    let (mut word, mut heard) = (vec![0; WORD], vec![0; WORD]);
    loop {
        let is_last = Instant::now() >= deadline;
        let mark = (number * 7919 + words * 31).to_le_bytes();
        word.chunks_mut(mark.len()).for_each(|chunk| chunk.copy_from_slice(&mark[..chunk.len()]));
        word[0] = u8::from(is_last);
        let there_and_back = async {
            stream.write_all(&word).await?;
            stream.read_exact(&mut heard).await
        };
        let spoken = timeout(PATIENCE, there_and_back).await;
        spoken.unwrap_or_else(|_| panic!("stream {number} is stuck after {words} words")).expect("an echo");
        assert!(heard == word, "stream {number}: its own words come back");
        words += 1;
        if is_last {
            break;
        }
    }
    let rest = timeout(PATIENCE, stream.read(&mut heard)).await;
    let rest = rest.unwrap_or_else(|_| panic!("stream {number} does not end")).expect("an end");
    assert_eq!(rest, 0, "nothing comes after the last word");
    words
}

/// An origin that says what it hears, and ends after a last word; for as long as what is returned lives.
async fn echo() -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its number");
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut streams = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            while streams.try_join_next().is_some() {}
            streams.spawn(async move {
                let mut word = vec![0; WORD];
                while stream.read_exact(&mut word).await.is_ok() && stream.write_all(&word).await.is_ok() {
                    if word[0] == 1 {
                        break;
                    }
                }
            });
        }
    });
    (address, serving)
}

/// The memory of a process that is quiet, once it stays the same.
fn settled(pid: u32) -> u64 {
    let mut last = u64::MAX;
    let deadline = std::time::Instant::now() + Duration::from_secs(3);
    wait::until("memory that stays the same", PATIENCE, || {
        let now = memory(pid, "VmRSS");
        let same = std::mem::replace(&mut last, now) == now;
        (same && std::time::Instant::now() > deadline).then_some(now)
    })
}

fn files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("a process").count()
}
