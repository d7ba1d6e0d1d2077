//! The carrier against a far side that is written down frame by frame.

mod silence;

use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::path::Path;
use super::pump::Pump;
use super::{Break, Carried, End, LINGER};
use crate::reach::Sent;

/// One frame as it stands on the wire, read by other code than the product's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    first: u8,
    payload: Vec<u8>,
}

fn read_masked_frames(wire: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < wire.len() {
        assert_eq!(wire[at + 1] & 0x80, 0x80, "a client masks every frame");
        let (length, key_at) = match wire[at + 1] & 0x7f {
            126 => (usize::from(wire[at + 2]) << 8 | usize::from(wire[at + 3]), at + 4),
            127 => panic!("no frame of ours is that long"),
            short => (usize::from(short), at + 2),
        };
        let from = key_at + 4;
        let payload = (0..length).map(|i| wire[from + i] ^ wire[key_at + i % 4]).collect();
        frames.push(Frame { first: wire[at], payload });
        at = from + length;
    }
    frames
}

fn server_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut wire = vec![first];
    match length {
        0..=125 => wire.push(length as u8),
        126..=65_535 => wire.extend([126, (length >> 8) as u8, length as u8]),
        _ => {
            wire.push(127);
            wire.extend((length as u64).to_be_bytes());
        }
    }
    wire.extend_from_slice(payload);
    wire
}

impl Path for DuplexStream {
    fn here(&self) -> Option<std::net::IpAddr> {
        None
    }

    fn sent(&self) -> Sent {
        Sent::Acknowledged
    }
}

struct Local {
    input: DuplexStream,
    output: DuplexStream,
}

type Running = std::pin::Pin<Box<dyn Future<Output = std::io::Result<Carried>> + Send>>;

/// A carrier with `pipe` bytes of room on each side: its far side, its local program, and itself.
fn carrier(pipe: usize, early: &[u8]) -> (DuplexStream, Local, Running) {
    let (link, far) = duplex(pipe);
    let (reader, input) = duplex(pipe);
    let (writer, output) = duplex(pipe);
    let pump = Pump::new(link, reader, writer, early, LINGER);
    (far, Local { input, output }, Box::pin(pump.run()))
}

/// Carries `sent` up and `wire` down with whole pipes, ending as the far side ends.
async fn carry(sent: &[u8], wire: &[u8], cut: usize) -> (Carried, Vec<u8>, Vec<u8>) {
    let (far, Local { mut input, mut output }, running) = carrier(5000, &wire[..cut]);
    let (mut far_reader, mut far_writer) = tokio::io::split(far);
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let down_length = async { output.read_to_end(&mut down).await };
    let feed = async {
        let upwards = async {
            let mut chunk = vec![0; 3000];
            while payload_length(&complete_frames(&up)) < sent.len() {
                let read = far_reader.read(&mut chunk).await.unwrap();
                up.extend_from_slice(&chunk[..read]);
            }
        };
        let write = far_writer.write_all(&wire[cut..]);
        let (sent, written, ()) = tokio::join!(input.write_all(sent), write, upwards);
        sent.unwrap();
        written.unwrap();
        // The far side ends once everything has arrived.
        far_writer.shutdown().await.unwrap();
        far_reader.read_to_end(&mut up).await.unwrap();
    };
    let (carried, _, ()) = tokio::join!(running, down_length, feed);
    (carried.unwrap(), up, down)
}

fn payload_length(frames: &[Frame]) -> usize {
    frames.iter().filter(|frame| frame.first == 0x82).map(|frame| frame.payload.len()).sum()
}

fn complete_frames(wire: &[u8]) -> Vec<Frame> {
    let mut end = 0;
    loop {
        let rest = &wire[end..];
        let Some(second) = rest.get(1) else { break };
        let (length, header) = match second & 0x7f {
            126 if rest.len() >= 4 => (usize::from(rest[2]) << 8 | usize::from(rest[3]), 8),
            126 => break,
            short => (usize::from(short), 6),
        };
        if rest.len() < header + length {
            break;
        }
        end += header + length;
    }
    read_masked_frames(&wire[..end])
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(work)
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251) as u8).collect()
}

/// A fragment of a message, and the ping before it if any.
type Fragment = (Vec<u8>, Option<Vec<u8>>);

/// A message from the far side: whether it is text, and its fragments.
fn message() -> impl Strategy<Value = (bool, Vec<Fragment>)> {
    let payload =
        prop_oneof![prop::collection::vec(any::<u8>(), 0..200), (0_usize..70_000).prop_map(pattern),];
    let ping = prop::option::of(prop::collection::vec(any::<u8>(), 0..126));
    (any::<bool>(), prop::collection::vec((payload, ping), 1..4))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everything_sent_arrives_in_small_masked_messages(length in prop_oneof![0_usize..300, 16_000..17_000_usize, 60_000..140_000_usize]) {
        let sent = pattern(length);
        let (carried, up, down) = run(carry(&sent, &[], 0));
        let frames = read_masked_frames(&up);
        prop_assert!(frames.iter().all(|frame| frame.first == 0x82 && frame.payload.len() <= 16_384));
        prop_assert_eq!(frames.into_iter().flat_map(|frame| frame.payload).collect::<Vec<_>>(), sent);
        prop_assert!(down.is_empty());
        prop_assert_eq!((carried.sent, carried.received, carried.end), (length as u64, 0, End::Ended));
    }

    #[test]
    fn any_messages_arrive_and_pings_are_answered(messages in prop::collection::vec(message(), 0..6), early in 0_usize..2000) {
        let (mut wire, mut payload, mut pings) = (Vec::new(), Vec::new(), Vec::new());
        for (text, fragments) in &messages {
            for (at, (fragment, ping)) in fragments.iter().enumerate() {
                if let Some(ping) = ping {
                    wire.extend(server_frame(0x89, ping));
                    pings.push(ping.clone());
                }
                let opcode = if at > 0 { 0 } else if *text { 1 } else { 2 };
                let last = if at + 1 == fragments.len() { 0x80 } else { 0 };
                wire.extend(server_frame(opcode | last, fragment));
                payload.extend_from_slice(fragment);
            }
        }
        let sent = pattern(40_000);
        let (carried, up, down) = run(carry(&sent, &wire, early.min(wire.len())));
        let frames = read_masked_frames(&up);
        let (pongs, data): (Vec<_>, Vec<_>) = frames.into_iter().partition(|frame| frame.first == 0x8a);
        prop_assert_eq!(data.into_iter().flat_map(|frame| frame.payload).collect::<Vec<_>>(), sent);
        prop_assert!(pongs.iter().all(|pong| pings.contains(&pong.payload)));
        prop_assert_eq!(pongs.is_empty(), pings.is_empty());
        prop_assert_eq!(pongs.last().map(|pong| &pong.payload), pings.last());
        prop_assert_eq!(down, payload);
        prop_assert_eq!(carried.end, End::Ended);
    }

    #[test]
    fn any_bytes_from_the_far_side_end_the_stream(wire in prop::collection::vec(any::<u8>(), 1..400)) {
        let carried = run(async {
            let (mut far, local, running) = carrier(5000, &[]);
            far.write_all(&wire).await.unwrap();
            far.shutdown().await.unwrap();
            let Local { input: _kept, mut output } = local;
            let mut down = Vec::new();
            let (carried, _) = tokio::join!(running, output.read_to_end(&mut down));
            assert_eq!(carried.as_ref().unwrap().received, down.len() as u64);
            carried.unwrap()
        });
        prop_assert!(matches!(carried.end, End::Ended | End::Closed(_) | End::Cut(_)));
    }
}

/// What was carried when the far side sends this last.
pub(crate) fn carried_after(wire: &[u8]) -> (Carried, Vec<u8>, Vec<Frame>) {
    run(async {
        let (mut far, Local { input: _kept, mut output }, running) = carrier(5000, &[]);
        far.write_all(wire).await.unwrap();
        far.shutdown().await.unwrap();
        let (mut down, mut up) = (Vec::new(), Vec::new());
        let (carried, _, _) = tokio::join!(running, output.read_to_end(&mut down), far.read_to_end(&mut up));
        (carried.unwrap(), down, read_masked_frames(&up))
    })
}

/// What the far side sends last, and how the stream ends by that.
fn end_after(wire: &[u8]) -> (End, Vec<u8>, Vec<Frame>) {
    let (carried, down, up) = carried_after(wire);
    (carried.end, down, up)
}

#[test]
fn a_close_frame_ends_the_stream_after_what_came_before_it() {
    let wire = [server_frame(0x82, b"last words"), server_frame(0x88, &[0x03, 0xe8])].concat();
    let (end, down, up) = end_after(&wire);
    assert_eq!((end, down.as_slice()), (End::Closed(Some(1000)), &b"last words"[..]));
    assert_eq!(up, [Frame { first: 0x88, payload: vec![0x03, 0xe8] }]);
    assert_eq!(end_after(&server_frame(0x88, &[])).0, End::Closed(None));
}

#[test]
fn a_close_for_a_bad_reason_is_reported() {
    let (end, ..) = end_after(&server_frame(0x88, b"\x03\xf3broken"));
    assert_eq!(end, End::Cut(Break::Closed { code: 1011, reason: "broken".into() }));
    assert!(!end.is_clean());
}

#[test]
fn breaches_of_the_protocol_are_answered_with_1002() {
    let masked = [0x82, 0x81, 1, 2, 3, 4, 5].to_vec();
    let nested = [server_frame(0x02, b"a"), server_frame(0x82, b"b")].concat();
    let orphan = server_frame(0x80, b"a");
    let half_code = server_frame(0x88, &[3]);
    for wire in [masked, nested, orphan, half_code, server_frame(0x88, &[0x03, 0xee])] {
        let (end, _, up) = end_after(&wire);
        assert!(matches!(end, End::Cut(Break::Protocol(_))), "{wire:?}: {end:?}");
        assert_eq!(up, [Frame { first: 0x88, payload: vec![0x03, 0xea] }]);
    }
}

#[test]
fn an_end_in_the_middle_of_a_message_is_a_cut_that_loses_nothing() {
    let (end, down, _) = end_after(&server_frame(0x82, b"whole")[..5]);
    assert_eq!((end, down.as_slice()), (End::Cut(Break::Truncated), &b"who"[..]));
    assert_eq!(end_after(&server_frame(0x02, b"more follows")).0, End::Cut(Break::Truncated));
    assert_eq!(end_after(&[0x82]).0, End::Cut(Break::Truncated));
}

#[test]
fn after_the_local_end_reading_goes_on_until_the_far_side_ends() {
    run(async {
        let (far, Local { mut input, mut output }, running) = carrier(5000, &[]);
        let (mut far_reader, mut far_writer) = tokio::io::split(far);
        let far_side = async {
            let mut question = [0; 8];
            far_reader.read_exact(&mut question).await.unwrap();
            // Longer than the linger in all, but never silent for that long.
            for _ in 0..3 {
                tokio::time::sleep(LINGER * 9 / 10).await;
                far_writer.write_all(&server_frame(0x82, b"x")).await.unwrap();
            }
            far_writer.shutdown().await.unwrap();
            let mut rest = Vec::new();
            far_reader.read_to_end(&mut rest).await.unwrap();
            assert!(rest.is_empty(), "no close frame before the far side ends");
        };
        let local = async {
            input.write_all(b"hi").await.unwrap();
            drop(input);
            let mut down = Vec::new();
            output.read_to_end(&mut down).await.unwrap();
            down
        };
        let (carried, (), down) = tokio::join!(running, far_side, local);
        assert_eq!((down.as_slice(), carried.unwrap().end), (&b"xxx"[..], End::Ended));
    });
}

#[test]
fn after_the_local_end_a_silent_far_side_is_left_with_a_close_frame() {
    run(async {
        let (mut far, Local { input, mut output }, running) = carrier(5000, &[]);
        drop(input);
        let began = tokio::time::Instant::now();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        let (carried, _, _) = tokio::join!(running, far.read_to_end(&mut up), output.read_to_end(&mut down));
        assert_eq!(carried.unwrap().end, End::Finished);
        assert!(began.elapsed() >= LINGER && began.elapsed() < LINGER * 2);
        assert_eq!(read_masked_frames(&up), [Frame { first: 0x88, payload: vec![0x03, 0xe8] }]);
    });
}

#[test]
fn pings_do_not_prolong_the_wait_after_the_local_end() {
    run(async {
        let (far, Local { input, output: _read }, running) = carrier(5000, &[]);
        drop(input);
        let (mut far_reader, mut far_writer) = tokio::io::split(far);
        let pinging = async {
            while far_writer.write_all(&server_frame(0x89, b"")).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let mut up = Vec::new();
        let (carried, _, ()) = tokio::join!(running, far_reader.read_to_end(&mut up), pinging);
        assert_eq!(carried.unwrap().end, End::Finished);
    });
}

#[test]
fn a_local_program_that_does_not_read_does_not_stop_our_sending() {
    run(async {
        let (far, Local { mut input, output }, running) = carrier(5000, &[]);
        let (mut far_reader, mut far_writer) = tokio::io::split(far);
        let sent = pattern(300_000);
        let flood = async {
            let frame = server_frame(0x82, &pattern(16_384));
            while far_writer.write_all(&frame).await.is_ok() {}
        };
        let received = async {
            let mut up = Vec::new();
            let mut chunk = vec![0; 4096];
            while payload_length(&complete_frames(&up)) < sent.len() {
                let read = far_reader.read(&mut chunk).await.unwrap();
                up.extend_from_slice(&chunk[..read]);
            }
            up
        };
        let both = async { tokio::join!(input.write_all(&sent), received).1 };
        let up = tokio::select! {
            up = tokio::time::timeout(Duration::from_secs(60), both) => up.unwrap(),
            _ = running => panic!("the stream ended"),
            () = flood => panic!("the far side could not write"),
        };
        let payload: Vec<_> = read_masked_frames(&up).into_iter().flat_map(|frame| frame.payload).collect();
        assert!(payload == sent);
        drop(output);
    });
}

#[test]
fn a_local_program_that_stops_reading_ends_the_stream() {
    run(async {
        let (mut far, Local { input: _kept, output }, running) = carrier(5000, &[]);
        drop(output);
        far.write_all(&server_frame(0x82, b"unread")).await.unwrap();
        let mut up = Vec::new();
        let (carried, _) = tokio::join!(running, far.read_to_end(&mut up));
        assert_eq!(carried.unwrap().end, End::Unread);
        assert_eq!(read_masked_frames(&up), [Frame { first: 0x88, payload: vec![0x03, 0xe8] }]);
    });
}

#[tokio::test]
async fn a_far_end_that_half_closes_is_told_of_the_local_end_once_and_heard_to_its_own() {
    let (link, mut far) = duplex(5000);
    let (reader, mut input) = duplex(5000);
    let (writer, mut output) = duplex(5000);
    let pump = Pump::new(link, reader, writer, &[], LINGER).before(true);
    let far_side = async {
        input.write_all(b"question").await.unwrap();
        input.shutdown().await.unwrap();
        let mut up = vec![0; 14 + 8];
        far.read_exact(&mut up).await.unwrap();
        let answer =
            [server_frame(0x89, b"there?"), server_frame(0x82, b"answer"), server_frame(0x88, &[3, 232])];
        far.write_all(&answer.concat()).await.unwrap();
        far.read_to_end(&mut up).await.unwrap();
        let mut down = Vec::new();
        output.read_to_end(&mut down).await.unwrap();
        (up, down)
    };
    let (carried, (up, down)) = tokio::join!(pump.run(), far_side);
    let frames = read_masked_frames(&up);
    let seen: Vec<_> = frames.iter().map(|frame| (frame.first, frame.payload.as_slice())).collect();
    assert_eq!(seen, [(0x82, &b"question"[..]), (0x88, &[3, 232])], "nothing follows the last word");
    assert_eq!((down.as_slice(), carried.unwrap().end), (&b"answer"[..], End::Closed(Some(1000))));
}
