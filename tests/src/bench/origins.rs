//! What stands behind the tunnel: origins that greet, swallow, pour, and echo.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::origin::serve;

/// What the greeting origin says at once, as an SSH server does.
pub(super) const GREETING: &[u8] = b"SSH-2.0-bench\r\n";

/// Says hello at once and then waits for the other side.
pub(super) fn greeter() -> SocketAddr {
    serve(|mut stream| {
        let _ = stream.write_all(GREETING);
        drain(&mut stream, u64::MAX);
    })
}

/// Reads so many bytes and then says so.
pub(super) fn sink(bytes: u64) -> SocketAddr {
    serve(move |mut stream| {
        if drain(&mut stream, bytes) == bytes {
            let _ = stream.write_all(b"!");
        }
        drain(&mut stream, u64::MAX);
    })
}

/// Writes so many bytes as soon as it is spoken to.
pub(super) fn source(bytes: u64) -> SocketAddr {
    serve(move |mut stream| {
        let mut block = vec![0x5a; 256 * 1024];
        if stream.read(&mut block[..1]).unwrap_or(0) == 0 {
            return;
        }
        let mut left = bytes;
        while left > 0 {
            let size = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
            if stream.write_all(&block[..size]).is_err() {
                return;
            }
            left -= size as u64;
        }
        drain(&mut stream, u64::MAX);
    })
}

/// Says everything back at once.
pub(super) fn echo() -> SocketAddr {
    serve(|mut stream| {
        let _ = stream.set_nodelay(true);
        let mut block = [0; 1024];
        while let Ok(length @ 1..) = stream.read(&mut block) {
            if stream.write_all(&block[..length]).is_err() {
                return;
            }
        }
    })
}

fn drain(stream: &mut TcpStream, most: u64) -> u64 {
    let mut block = vec![0; 256 * 1024];
    let mut seen = 0;
    while seen < most {
        match stream.read(&mut block) {
            Ok(0) | Err(_) => break,
            Ok(count) => seen += count as u64,
        }
    }
    seen
}
