//! Frames on a stream in memory, cut anywhere.

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::io::{DuplexStream, duplex};

use super::*;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Frames whose other side has sent `bytes` in pieces of at most `piece` and then closed.
fn fed(bytes: Vec<u8>, piece: usize) -> Frames<DuplexStream> {
    let (near, mut far) = duplex(piece);
    std::thread::spawn(move || run(async move { drop(far.write_all(&bytes).await) }));
    Frames::new(near)
}

async fn all(frames: &mut Frames<DuplexStream>) -> (Vec<Value>, Option<IpcError>) {
    let mut values = Vec::new();
    loop {
        match frames.read().await {
            Ok(Some(value)) => values.push(value),
            Ok(None) => return (values, None),
            Err(error) => return (values, Some(error)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_come_back_in_order_however_the_stream_is_cut(
        texts in prop::collection::vec(".{0,200}", 0..8), piece in 1_usize..600
    ) {
        let read = run(async {
            let (near, far) = duplex(piece);
            let (mut near, mut far) = (Frames::new(near), Frames::new(far));
            let sending = async move {
                for text in &texts {
                    near.write(text).await.unwrap();
                }
                texts
            };
            let (texts, (read, error)) = tokio::join!(sending, all(&mut far));
            assert!(error.is_none(), "{error:?}");
            read == texts.into_iter().map(Value::from).collect::<Vec<_>>()
        });
        prop_assert!(read);
    }

    #[test]
    fn a_stream_that_breaks_off_is_told(cut in 1_usize..16, piece in 1_usize..9) {
        let bytes = b"\x0c\0\0\0{\"a\":[1,20]}"[..cut].to_vec();
        let (values, error) = run(async { all(&mut fed(bytes, piece)).await });
        prop_assert!(values.is_empty());
        prop_assert!(matches!(error, Some(IpcError::Truncated)), "{:?}", error);
    }

    #[test]
    fn garbage_is_an_error_and_takes_no_more_than_its_buffer(
        bytes in prop::collection::vec(any::<u8>(), 1..300), piece in 1_usize..300
    ) {
        let (values, error, size) = run(async {
            let mut frames = fed(bytes.clone(), piece);
            let (values, error) = all(&mut frames).await;
            (values, error, frames.incoming.capacity())
        });
        // Four or more zero bytes are frames of nothing, which is not JSON either.
        prop_assert!(error.is_some() || !values.is_empty(), "{:?}", bytes);
        prop_assert_eq!(size, HEAD + LARGEST_FRAME);
    }

    #[test]
    fn too_large_a_length_is_refused_before_anything_is_read(length in LARGEST_FRAME as u32 + 1..) {
        let (_, error) = run(async { all(&mut fed(length.to_le_bytes().to_vec(), 64)).await });
        let refused = matches!(error, Some(IpcError::TooLarge { length: told }) if told == length as usize);
        prop_assert!(refused, "{:?}", error);
    }
}

#[test]
fn the_bytes_are_as_written_down() {
    run(async {
        let (near, mut far) = duplex(64);
        Frames::new(near).write(&json!({"a": 1})).await.unwrap();
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"\x07\0\0\0{\"a\":1}");
    });
}

#[test]
fn the_largest_message_passes_and_a_larger_one_does_not_leave() {
    run(async {
        let (near, far) = duplex(4096);
        let (mut near, mut far) = (Frames::new(near), Frames::new(far));
        let text = "x".repeat(LARGEST_FRAME - 2);
        let (sent, read) = tokio::join!(near.write(&text), far.read::<String>());
        sent.unwrap();
        assert_eq!(read.unwrap(), Some(text.clone()));
        let error = near.write(&(text + "x")).await.unwrap_err();
        assert!(matches!(error, IpcError::TooLarge { length } if length == LARGEST_FRAME + 1), "{error:?}");
        let (sent, read) = tokio::join!(near.write(&1), far.read::<u8>());
        sent.unwrap();
        assert_eq!(read.unwrap(), Some(1), "the connection goes on");
    });
}

#[test]
fn calls_that_were_dropped_lose_nothing() {
    run(async {
        let (near, far) = duplex(7);
        let (mut near, mut far) = (Frames::new(near), Frames::new(far));
        let text = "x".repeat(3000);
        // Each side is stopped after every step that the other lets it take.
        let sending = async {
            near.queue(&text).unwrap();
            loop {
                tokio::select! {
                    biased;
                    done = near.flush() => break done.unwrap(),
                    () = tokio::task::yield_now() => {}
                }
            }
            near
        };
        let reading = async {
            loop {
                tokio::select! {
                    biased;
                    read = far.read::<String>() => break read.unwrap(),
                    () = tokio::task::yield_now() => {}
                }
            }
        };
        let (_near, read) = tokio::join!(sending, reading);
        assert_eq!(read, Some(text));
    });
}

#[test]
fn what_is_wrong_is_told_without_the_message() {
    let bytes = b"\x11\0\0\0{\"token\":\"hidden\"".to_vec();
    let (_, error) = run(async { all(&mut fed(bytes, 64)).await });
    let told = format!("{error:?}");
    assert!(told.contains("Garbled") && !told.contains("hidden"), "{told}");
}

#[tokio::test]
async fn who_does_not_read_does_not_hold_up_the_writer() {
    let (near, _far) = duplex(16);
    let error = Frames::new(near).write(&"x".repeat(100)).await.unwrap_err();
    assert!(matches!(error, IpcError::TimedOut { after: WRITING, .. }), "{error:?}");
}
