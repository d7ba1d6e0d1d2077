//! Plain TCP servers to stand behind the tunnel, for what OpenSSH's own would only blur.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// Serves every connection on a thread of its own, for as long as the process lives.
///
/// # Panics
/// When no port is free.
pub fn serve(talk: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("its number");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    address
}

/// Says this at once, and ends when it has heard anything.
#[must_use]
pub fn saying(words: Vec<u8>) -> SocketAddr {
    serve(move |mut stream| {
        let _ = stream.write_all(&words);
        let _ = stream.read(&mut [0]);
    })
}

/// Reads one line, answers it in capitals, and ends the connection.
#[must_use]
pub fn answering() -> SocketAddr {
    serve(|mut stream| {
        let mut line = Vec::new();
        let mut byte = [0];
        while byte != *b"\n" && stream.read(&mut byte).is_ok_and(|count| count == 1) {
            line.extend(byte);
        }
        let _ = stream.write_all(&line.to_ascii_uppercase());
    })
}
