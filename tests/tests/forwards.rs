//! `access tcp --url`: a port of this machine that leads to an app, for programs that know nothing of Access.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use edge_sim::{AppPlan, CarryFault, Cut};
use journeys::reach::{HOST, OTHER, TEAM, Visit, plan};
use journeys::{Part, Reach, origin, wait};
use rustix::process::{Pid, Signal, kill_process};

const SOON: Duration = Duration::from_secs(20);
const MANY: usize = 100;

/// A forward under way.
struct Forward {
    part: Part,
    address: SocketAddr,
}

impl Forward {
    fn to(reach: &Reach, host: &str) -> Self {
        Self::of(reach, &mut reach.logging(&["access", "tcp", "--hostname", host, "--url", "127.0.0.1:0"]))
    }

    fn of(reach: &Reach, command: &mut Command) -> Self {
        let mut part = Part::start("forward", command, &reach.home.logs());
        let address = part.says("where it listens", |log| {
            let (_, rest) = log.split_once("listening on ")?;
            rest.split_once(' ')?.0.parse().ok()
        });
        Self { part, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection to the forward");
        stream.set_read_timeout(Some(SOON)).expect("a limit");
        stream
    }

    fn says(&mut self, line: &str) {
        self.part.says(line, |log| log.contains(line).then_some(()));
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.part.pid()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("a process that is ours");
    }
}

#[test]
fn a_hundred_streams_at_once_each_get_their_own_answer() {
    let reach = Reach::to(origin::answering());
    let forward = Forward::to(&reach, HOST);
    let mut streams: Vec<TcpStream> = (0..MANY).map(|_| forward.connect()).collect();
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.write_all(format!("this is {number}\n").as_bytes()).expect("a reader");
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        assert_eq!(all_of(stream), format!("THIS IS {number}\n").as_bytes());
    }
    assert_eq!(reach.browsers().len(), 1, "one log-in for all of them");
    let log = forward.part.log();
    let own: Vec<&str> = log.lines().filter(|line| line.starts_with("sallyport: ")).collect();
    assert_eq!(own.len(), 3, "where it listens, the browser, and who is logged in: {log}");

    let before = reach.requests().len();
    let mut later = forward.connect();
    later.write_all(b"later\n").expect("a reader");
    assert_eq!(all_of(&mut later), b"LATER\n");
    assert_eq!(reach.requests().len(), before + 1, "a stream with a token at hand is one request");
}

#[test]
fn more_streams_than_the_system_allows_files_at_first() {
    let reach = Reach::to(origin::answering());
    reach.log_in(HOST);
    let helper = reach.helper(&["access", "tcp", "--hostname", HOST, "--url", "127.0.0.1:0"]);
    let mut limited = reach.home.command("sh");
    limited
        .args(["-c", "ulimit -S -n 64; exec \"$@\"", "sh"])
        .arg(helper.get_program())
        .args(helper.get_args());
    let forward = Forward::of(&reach, &mut limited);
    let mut streams: Vec<TcpStream> = (0..MANY).map(|_| forward.connect()).collect();
    for stream in &mut streams {
        stream.write_all(b"all ").expect("a reader");
    }
    for stream in &mut streams {
        stream.write_all(b"open\n").expect("a reader");
        assert_eq!(all_of(stream), b"ALL OPEN\n");
    }
    assert_eq!(forward.part.log().lines().count(), 1, "{}", forward.part.log());
}

#[test]
fn the_end_of_one_direction_leaves_the_other_open() {
    let (said, heard) = (noise(3_000_000), 2_000_000);
    let answer = said.clone();
    let origin = origin::serve(move |mut stream| {
        let mut all = vec![0; heard];
        // It answers only when it has heard everything, long after our end of the input.
        if stream.read_exact(&mut all).is_ok() {
            let _ = stream.write_all(&answer);
        }
    });
    let reach = Reach::to(origin);
    reach.log_in(HOST);
    let forward = Forward::to(&reach, HOST);
    let mut stream = forward.connect();
    stream.write_all(&vec![5; heard]).expect("a reader");
    stream.shutdown(Shutdown::Write).expect("half a close");
    assert!(all_of(&mut stream) == said, "the whole answer, then its end");
}

#[test]
fn the_far_end_is_an_end_and_what_came_before_it_is_not_lost() {
    let said = noise(1_000_000);
    let answer = said.clone();
    let origin = origin::serve(move |mut stream| {
        let _ = stream.write_all(&answer).and_then(|()| stream.shutdown(Shutdown::Write));
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let reach = Reach::to(origin);
    reach.log_in(HOST);
    let forward = Forward::to(&reach, HOST);
    let mut stream = forward.connect();
    // Something that nobody will read any more must not take the answer away.
    stream.write_all(b"still talking").expect("a reader");
    assert!(all_of(&mut stream) == said, "all of it");
    assert_eq!(forward.part.log().lines().count(), 1, "{}", forward.part.log());
}

#[test]
fn a_program_that_does_not_read_holds_back_the_far_side() {
    let origin = origin::serve(|mut stream| while stream.write_all(&[7; 65_536]).is_ok() {});
    let reach = Reach::to(origin);
    reach.log_in(HOST);
    let forward = Forward::to(&reach, HOST);
    let mut slow = forward.connect();
    let mut first = [0; 1024];
    slow.read_exact(&mut first).expect("the beginning");
    // While one stands still, another flows: gigabytes would pass meanwhile if nothing held the first one back.
    let mut fast = forward.connect();
    let mut chunk = vec![0; 1 << 20];
    for _ in 0..200 {
        fast.read_exact(&mut chunk).expect("more");
    }
    let peak = memory(forward.part.pid(), "VmHWM:");
    assert!(peak < 64 << 20, "{peak} bytes at most");
}

#[test]
fn a_longer_stream_takes_no_more_memory() {
    let origin = origin::serve(|mut stream| {
        let _ = stream.try_clone().and_then(|mut back| std::io::copy(&mut stream, &mut back));
    });
    let reach = Reach::to(origin);
    reach.log_in(HOST);
    let forward = Forward::to(&reach, HOST);
    let mut stream = forward.connect();
    let mut there = stream.try_clone().expect("the other direction");
    std::thread::spawn(move || while there.write_all(&[7; 65_536]).is_ok() {});
    let mut chunk = vec![0; 1 << 20];
    let mut peak_after = |mebibytes: usize| {
        for _ in 0..mebibytes {
            stream.read_exact(&mut chunk).expect("what was sent");
        }
        memory(forward.part.pid(), "VmHWM:")
    };
    let (short, long) = (peak_after(64), peak_after(192));
    assert!(long - short <= short / 10, "{short} bytes after 64 MiB each way, {long} after 256");
}

#[test]
fn what_many_streams_took_is_given_back() {
    let reach = Reach::to(origin::answering());
    reach.log_in(HOST);
    let forward = Forward::to(&reach, HOST);
    let rush = || {
        let mut streams: Vec<TcpStream> = (0..MANY).map(|_| forward.connect()).collect();
        for stream in &mut streams {
            stream.write_all(b"hello\n").expect("a reader");
            assert_eq!(all_of(stream), b"HELLO\n");
        }
    };
    let pid = forward.part.pid();
    let files = || std::fs::read_dir(format!("/proc/{pid}/fd")).expect("a process").count();
    answers(&forward);
    let quiet = wait::until("the first stream's end", SOON, || Some(files()).filter(|count| *count < 20));
    rush();
    wait::until("sockets that are closed", SOON, || (files() <= quiet).then_some(()));
    let before = memory(pid, "VmRSS:");
    rush();
    rush();
    wait::until("memory that is given back", SOON, || {
        (files() <= quiet && memory(pid, "VmRSS:") <= before + before / 10).then_some(())
    });
}

#[test]
fn a_stream_that_is_refused_is_closed_with_one_line() {
    let closed = AppPlan::new(TEAM, "closed.acme.test", origin::answering()).allow("boss@acme.test");
    let reach = Reach::of(plan(nowhere()).app(closed));
    reach.log_in(HOST);

    let mut unreachable = Forward::to(&reach, HOST);
    for _ in 0..2 {
        assert_eq!(end_of(&mut unreachable.connect()), Vec::<u8>::new());
    }
    unreachable.part.says("a line for each", |log| (log.lines().count() >= 3).then_some(()));
    let log = unreachable.part.log();
    assert_eq!(log.lines().filter(|line| line.contains("; ")).count(), 2, "{log}");

    let mut denied = Forward::to(&reach, "closed.acme.test");
    assert_eq!(end_of(&mut denied.connect()), Vec::<u8>::new());
    denied.says("sallyport: blocked: ");
    assert!(denied.part.is_running(), "one refused stream is not the end");
}

#[test]
fn a_log_in_that_is_cancelled_ends_every_stream_that_waits_for_it() {
    let reach = Reach::to(origin::answering());
    reach.visits(Visit::Leaves);
    reach.settings(&serde_json::json!({ "log_in_wait_s": 1 }));
    let mut forward = Forward::to(&reach, OTHER);
    let mut streams: Vec<TcpStream> = (0..5).map(|_| forward.connect()).collect();
    for stream in &mut streams {
        assert_eq!(end_of(stream), Vec::<u8>::new());
    }
    forward.part.says("a line for each", |log| (log.matches("gave up after").count() == 5).then_some(()));
    assert_eq!(reach.browsers().len(), 1, "one browser for all of them");
}

#[test]
fn a_broken_stream_is_reset_and_said() {
    let reach = Reach::to(origin::serve(|mut stream| {
        let _ = stream.write_all(&noise(1_000_000));
        let _ = stream.read(&mut [0]);
    }));
    reach.log_in(HOST);
    let fault = CarryFault { after: 300_000, how: Cut::Truncate };
    reach.edge.faults().set(|faulty| faulty.carry.next(1, fault));
    let mut forward = Forward::to(&reach, HOST);
    let mut stream = forward.connect();
    let mut got = Vec::new();
    let end = stream.read_to_end(&mut got).expect_err("half an answer is not a whole one");
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
    forward.says("was cut (the connection ended in the middle); connect again");
}

#[test]
fn a_taken_port_is_a_clear_error() {
    let reach = Reach::to(origin::answering());
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = taken.local_addr().expect("its number").to_string();
    let said = reach.run(&["access", "rdp", "--hostname", HOST, "--url", &address]);
    let problem = said.problem(1);
    assert!(problem.starts_with(&format!("cannot listen on {address} (")), "{problem}");
    assert!(problem.contains("in use"), "{problem}");
    assert!(reach.edge.log().is_empty(), "nobody was asked");
}

#[test]
fn the_known_spellings_listen_and_the_one_that_is_not_ours_does_not() {
    let reach = Reach::to(origin::answering());
    reach.log_in(HOST);
    for words in [
        vec!["access", "tcp", "-T", HOST, "-L", "127.0.0.1:0"],
        vec!["access", "smb", "--hostname", HOST, "--listener=smb://127.0.0.1:0/x"],
        vec!["access", "rdp", "--hostname", HOST, "127.0.0.1:0"],
    ] {
        let forward = Forward::of(&reach, &mut reach.helper(&words));
        answers(&forward);
    }
    let mut by_environment = reach.helper(&["access", "ssh", "--hostname", HOST]);
    by_environment.env("TUNNEL_SERVICE_URL", "localhost:0");
    answers(&Forward::of(&reach, &mut by_environment));

    let mut stdio = reach.helper(&["access", "ssh", "--hostname", HOST]);
    stdio.env("TUNNEL_URL", "http://127.0.0.1:80");
    let mut running = journeys::reach::Running::start(&mut stdio);
    assert!(running.write(b"over there\n"));
    assert_eq!(running.ended().well().text(), "OVER THERE\n");
}

#[test]
fn an_asked_end_lets_open_streams_finish_and_takes_no_new_ones() {
    let reach = Reach::to(origin::answering());
    reach.log_in(HOST);
    let mut forward = Forward::to(&reach, HOST);
    answers(&forward);
    let mut open = forward.connect();
    open.write_all(b"half a ").expect("a reader");
    // Its answer to the first stream shows that the second was accepted too.
    answers(&forward);
    forward.signal(Signal::TERM);
    forward.says("ending; streams still open: ");
    assert!(TcpStream::connect(forward.address).is_err(), "no new ones");
    open.write_all(b"line\n").expect("a reader");
    assert_eq!(all_of(&mut open), b"HALF A LINE\n");
    assert_eq!(forward.part.ended(SOON).code(), Some(0));

    let mut idle = Forward::to(&reach, HOST);
    let _held = idle.connect();
    answers(&idle);
    idle.signal(Signal::INT);
    idle.says("ending; ");
    idle.signal(Signal::INT);
    assert_eq!(idle.part.ended(Duration::from_secs(4)).code(), Some(0), "asked twice, it waits no longer");
}

fn answers(forward: &Forward) {
    let mut stream = forward.connect();
    stream.write_all(b"hello\n").expect("a reader");
    assert_eq!(all_of(&mut stream), b"HELLO\n");
}

fn all_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("an end");
    all
}

/// What came before the end, whether that was a close or a reset.
fn end_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    if let Err(error) = stream.read_to_end(&mut all) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    all
}

/// Memory of a process by this name, in bytes: `VmRSS:` is now, `VmHWM:` the most it has had.
fn memory(pid: u32, name: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let figure = status.lines().find_map(|line| line.strip_prefix(name)).expect("its memory");
    let kilobytes: usize = figure.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes * 1024
}

fn nowhere() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port").local_addr().expect("its number")
}

fn noise(count: usize) -> Vec<u8> {
    (0..count).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()
}
