//! When silence is the end of a stream, and when it is not.

use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex,
};
use tokio::time::{Instant, sleep, timeout};

use super::{Local, carrier, run, server_frame};
use crate::carrier::path::Path;
use crate::carrier::pump::Pump;
use crate::carrier::{Break, End, LINGER};
use crate::reach::Sent;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_far_side_that_has_pinged_and_falls_silent_is_gone() {
    run(async {
        let (mut far, Local { input: _kept, output: _read }, running) = carrier(5000, &[]);
        let far_side = async {
            for _ in 0..2 {
                sleep(Duration::from_secs(54)).await;
                far.write_all(&server_frame(0x89, &[])).await.unwrap();
            }
            let mut up = Vec::new();
            far.read_to_end(&mut up).await.unwrap();
            up
        };
        let began = Instant::now();
        let (carried, _up) = tokio::join!(running, far_side);
        assert_eq!(carried.unwrap().end, End::Cut(Break::Silent));
        let after_the_missing_ping = began.elapsed() - Duration::from_secs(54 * 3);
        assert!((10..=15).contains(&after_the_missing_ping.as_secs()), "{after_the_missing_ping:?}");
    });
}

#[test]
fn without_pings_silence_is_no_end() {
    run(async {
        let (far, Local { input, output: _read }, running) = carrier(5000, &[]);
        assert!(timeout(DAY, running).await.is_err());
        drop((far, input));
    });
}

#[test]
fn one_ping_is_no_promise_of_another() {
    run(async {
        let (mut far, Local { input, output: _read }, running) = carrier(5000, &[]);
        far.write_all(&server_frame(0x89, &[])).await.unwrap();
        assert!(timeout(DAY, running).await.is_err());
        drop((far, input));
    });
}

#[test]
fn what_stays_unanswered_ends_the_stream_within_fifteen_seconds() {
    for before in [0, 3, 11] {
        run(async {
            let last_answer = Instant::now();
            let link = |stream| Watched { stream, sent: move || Sent::Unanswered(last_answer.elapsed()) };
            let (far, Local { mut input, mut output }, running) = watched(link);
            // Nobody looks while nothing is under way, and then not before an answer could be back.
            let talk = async {
                sleep(Duration::from_secs(before)).await;
                input.write_all(b"is anybody there?").await.unwrap();
                assert_eq!(output.read_to_end(&mut Vec::new()).await.unwrap(), 0);
            };
            let (carried, ()) = tokio::join!(running, talk);
            assert_eq!(carried.unwrap().end, End::Cut(Break::Silent));
            assert!((12..=15).contains(&last_answer.elapsed().as_secs()), "{:?}", last_answer.elapsed());
            drop((far, input));
        });
    }
}

#[test]
fn a_far_end_that_takes_nothing_for_a_day_keeps_its_stream() {
    run(async {
        let (far, Local { mut input, output }, running) =
            watched(|stream| Watched { stream, sent: || Sent::Held });
        input.write_all(b"read it tomorrow").await.unwrap();
        assert!(timeout(DAY, running).await.is_err());
        drop((far, input, output));
    });
}

#[test]
fn one_that_took_nothing_and_then_went_away_is_found_out() {
    run(async {
        let began = Instant::now();
        let paused = Duration::from_secs(3600);
        let sent = move || match began.elapsed().checked_sub(paused) {
            None => Sent::Held,
            Some(silence) => Sent::Unanswered(silence),
        };
        let (far, Local { mut input, output }, running) = watched(move |stream| Watched { stream, sent });
        input.write_all(b"read it later").await.unwrap();
        assert_eq!(running.await.unwrap().end, End::Cut(Break::Silent));
        assert!(began.elapsed() <= paused + Duration::from_secs(15), "{:?}", began.elapsed());
        drop((far, input, output));
    });
}

/// A link of which somebody knows how what was sent stands.
struct Watched<F> {
    stream: DuplexStream,
    sent: F,
}

/// A carrier over a link that `watch` makes of the near end.
fn watched<F: Fn() -> Sent + Unpin + Send + 'static>(
    watch: impl FnOnce(DuplexStream) -> Watched<F>,
) -> (DuplexStream, Local, super::Running) {
    let (link, far) = duplex(5000);
    let (reader, input) = duplex(5000);
    let (writer, output) = duplex(5000);
    let pump = Pump::new(watch(link), reader, writer, &[], LINGER);
    (far, Local { input, output }, Box::pin(pump.run()))
}

impl<F: Fn() -> Sent> Path for Watched<F> {
    fn here(&self) -> Option<IpAddr> {
        None
    }

    fn sent(&self) -> Sent {
        (self.sent)()
    }
}

impl<F: Unpin> AsyncRead for Watched<F> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<F: Unpin> AsyncWrite for Watched<F> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
