//! The process's own two ends as fast asynchronous streams.
//!
//! ssh hands its `ProxyCommand` two pipes. Tokio's portable stdin and stdout copy through a thread; pipes are polled
//! directly instead, which saves a copy and two context switches per read. Whatever is no pipe takes the portable way.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};

/// Where bytes for the edge come from.
pub(crate) type Input = Pin<Box<dyn AsyncRead + Send>>;
/// Where bytes from the edge go.
pub(crate) type Output = Pin<Box<dyn AsyncWrite + Send>>;

/// Both ends, and what must be put back when they are done with.
pub(crate) struct Stdio {
    /// stdin.
    pub(crate) input: Input,
    /// stdout.
    pub(crate) output: Output,
    _restored: Restored,
}

pub(crate) use platform::{Restored, input};

impl Stdio {
    /// Takes stdin and stdout. Must run inside a tokio runtime.
    pub(crate) fn take() -> Self {
        let restored = Restored::remember();
        Self { input: input(), output: platform::output(), _restored: restored }
    }
}

#[cfg(unix)]
mod platform {
    use std::io;
    use std::os::fd::AsFd as _;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use tokio::net::unix::pipe;

    /// The flags of both ends as they were. They belong to the open file, which a shell may share with others: a pipe
    /// left non-blocking would break whoever writes to it next.
    pub(crate) struct Restored {
        flags: [Option<OFlags>; 2],
    }

    impl Restored {
        pub(crate) fn remember() -> Self {
            Self { flags: [fcntl_getfl(io::stdin()).ok(), fcntl_getfl(io::stdout()).ok()] }
        }
    }

    impl Drop for Restored {
        fn drop(&mut self) {
            if let Some(flags) = self.flags[0] {
                let _ = fcntl_setfl(io::stdin(), flags);
            }
            if let Some(flags) = self.flags[1] {
                let _ = fcntl_setfl(io::stdout(), flags);
            }
        }
    }

    /// stdin. Must run inside a tokio runtime.
    pub(crate) fn input() -> super::Input {
        let stdin = io::stdin().as_fd().try_clone_to_owned();
        match stdin.and_then(pipe::Receiver::from_owned_fd) {
            Ok(pipe) => Box::pin(pipe),
            Err(_) => Box::pin(tokio::io::stdin()),
        }
    }

    pub(super) fn output() -> super::Output {
        let stdout = io::stdout().as_fd().try_clone_to_owned();
        match stdout.and_then(pipe::Sender::from_owned_fd) {
            Ok(pipe) => Box::pin(pipe),
            Err(_) => Box::pin(tokio::io::stdout()),
        }
    }
}

#[cfg(not(unix))]
mod platform {
    /// Nothing needs putting back here.
    pub(crate) struct Restored;

    impl Restored {
        pub(crate) fn remember() -> Self {
            Self
        }
    }

    /// stdin. Must run inside a tokio runtime.
    pub(crate) fn input() -> super::Input {
        Box::pin(tokio::io::stdin())
    }

    pub(super) fn output() -> super::Output {
        Box::pin(tokio::io::stdout())
    }
}
