//! Where a profile's desktop listens for its helpers.

use std::path::{Path, PathBuf};

use crate::place::{Os, Place, sum};

/// The longest socket path: `sun_path` holds 104 bytes on macOS, 108 on Linux, the closing zero included.
const LONGEST_SOCKET: usize = 100;

/// A local address that only the profile's owner can reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DesktopAddress {
    /// A named pipe, without the `\\.\pipe\` that all of them start with.
    Pipe(String),
    /// A Unix socket in a folder of its own.
    Socket(PathBuf),
}

impl Place {
    pub(crate) fn desktop_address(&self) -> DesktopAddress {
        match self.os {
            Os::Windows => DesktopAddress::Pipe(format!("sallyport-{}-{}", self.user, self.mark())),
            Os::Linux | Os::Mac => DesktopAddress::Socket(self.socket()),
        }
    }

    fn socket(&self) -> PathBuf {
        let folder = match &self.runtime {
            Some(runtime) if self.standard => runtime.join("sallyport"),
            _ => self.state.join("run"),
        };
        let plain = folder.join("desktop.sock");
        if length(&plain) <= LONGEST_SOCKET { plain } else { self.short_socket(&plain) }
    }

    fn short_socket(&self, plain: &Path) -> PathBuf {
        let owner = self.home.as_deref().unwrap_or(&self.state);
        let folder = format!("sallyport-{:08x}", sum(owner.as_os_str().as_encoded_bytes()) >> 32);
        let name = format!("{:016x}.sock", sum(plain.as_os_str().as_encoded_bytes()));
        // A temporary folder whose own name is too long would not help.
        let below = |temporary: &Path| temporary.join(&folder).join(&name);
        let wanted = below(&self.temporary);
        if length(&wanted) <= LONGEST_SOCKET { wanted } else { below(Path::new("/tmp")) }
    }
}

fn length(path: &Path) -> usize {
    path.as_os_str().len()
}
