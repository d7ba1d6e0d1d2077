//! What the system knows of bytes that were sent: whether they were acknowledged, and since when not.
//!
//! Idle connections are looked after by TCP's keepalive, which says nothing while something is on its way. Then the system
//! itself would try for a quarter of an hour.

use std::time::Duration;

use tokio::net::TcpStream;

/// How things stand with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(any(test, target_os = "linux")), expect(dead_code, reason = "only Linux is asked"))]
pub(crate) enum Sent {
    /// All of it was acknowledged, or the system does not tell.
    Acknowledged,
    /// The far end takes no more for now, and says so.
    Held,
    /// Some of it was not, and nothing at all has come back for this long.
    Unanswered(Duration),
}

/// Looks at a connection; one system call.
#[cfg(target_os = "linux")]
pub(crate) fn sent(stream: &TcpStream) -> Sent {
    tcp_info(stream).map_or(Sent::Acknowledged, |info| judged(&info))
}

/// Looks at a connection. Windows gives up by itself after about twenty seconds; on macOS the far side's pings have to do.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn sent(_stream: &TcpStream) -> Sent {
    Sent::Acknowledged
}

/// This many unanswered questions in a row tell, when nothing else is on its way, that nobody holds the window shut.
#[cfg(target_os = "linux")]
const QUESTIONS: u8 = 3;

#[cfg(target_os = "linux")]
fn judged(info: &libc::tcp_info) -> Sent {
    if info.tcpi_unacked > 0 || info.tcpi_probes >= QUESTIONS {
        let silence = info.tcpi_last_ack_recv.min(info.tcpi_last_data_recv);
        Sent::Unanswered(Duration::from_millis(silence.into()))
    } else if info.tcpi_notsent_bytes > 0 {
        Sent::Held
    } else {
        Sent::Acknowledged
    }
}

/// `TCP_INFO` as of tcp(7).
#[cfg(target_os = "linux")]
fn tcp_info(stream: &TcpStream) -> Option<libc::tcp_info> {
    use std::os::fd::AsRawFd as _;
    #[expect(unsafe_code, reason = "no crate in the tree asks this question")]
    // SAFETY: the structure is plain numbers, for which zeros are values; the system writes no more of it than `length`
    // says, and a kernel that knows fewer fields leaves the rest as they are.
    let (answer, info) = unsafe {
        let mut info: libc::tcp_info = std::mem::zeroed();
        let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
        let into = (&raw mut info).cast();
        let answer =
            libc::getsockopt(stream.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, into, &raw mut length);
        (answer, info)
    };
    (answer == 0).then_some(info)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::time::{sleep, timeout};

    use super::*;

    async fn until(stream: &TcpStream, wanted: Sent) {
        let looking = async {
            while sent(stream) != wanted {
                sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(Duration::from_secs(20), looking).await.is_ok(), "{:?}", sent(stream));
    }

    #[tokio::test]
    async fn a_reader_that_pauses_holds_and_one_that_reads_acknowledges() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut far, _) = listener.accept().await.unwrap();
        assert_eq!(sent(&near), Sent::Acknowledged);
        near.write_all(b"hello").await.unwrap();
        until(&near, Sent::Acknowledged).await;
        // More than all buffers on the way take.
        let flood = vec![7; 32 << 20];
        {
            let mut sending = std::pin::pin!(near.write_all(&flood));
            assert!(timeout(Duration::from_millis(500), &mut sending).await.is_err(), "it all went away");
        }
        until(&near, Sent::Held).await;
        let reading = async { while far.read(&mut vec![0; 1 << 20]).await.unwrap_or(0) > 0 {} };
        tokio::select! {
            () = reading => panic!("the far end has no reason to end"),
            () = until(&near, Sent::Acknowledged) => {}
        }
    }

    #[test]
    fn silence_counts_only_when_something_waits_for_an_answer() {
        let info = |unacked, probes, notsent| {
            // SAFETY: plain numbers, for which zeros are values.
            #[expect(unsafe_code, reason = "the structure has no other beginning")]
            let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
            (info.tcpi_unacked, info.tcpi_probes, info.tcpi_notsent_bytes) = (unacked, probes, notsent);
            (info.tcpi_last_ack_recv, info.tcpi_last_data_recv) = (9_000, 40_000);
            judged(&info)
        };
        let silent = Sent::Unanswered(Duration::from_secs(9));
        assert_eq!(info(0, 0, 0), Sent::Acknowledged);
        assert_eq!(info(1, 0, 0), silent);
        assert_eq!(info(0, 0, 1), Sent::Held, "the window is shut, and the far end says so when asked");
        assert_eq!(info(0, 2, 1), Sent::Held);
        assert_eq!(info(0, 3, 1), silent, "nobody says so any more");
    }
}
