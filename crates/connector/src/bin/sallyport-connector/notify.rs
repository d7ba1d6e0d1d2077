//! Tells whoever started the program that it serves: the system's service manager, and files that others look for.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that is there for as long as this lives: the process id, or where monitoring is answered.
pub(crate) struct NotedFile(PathBuf);

impl NotedFile {
    /// Writes it: this text, and nothing else.
    pub(crate) fn write(path: &Path, text: &str) -> io::Result<Self> {
        let mut file = std::fs::File::create(path)?;
        file.write_all(text.as_bytes())?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for NotedFile {
    fn drop(&mut self) {
        // Somebody may have taken it away.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Tells the service manager, where one listens (`sd_notify(3)`).
pub(crate) fn service_manager(state: &str) {
    #[cfg(unix)]
    if let Some(socket) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = tell(&socket, state)
    {
        tracing::debug!(%error, "the service manager was not told");
    }
    #[cfg(not(unix))]
    let _ = state;
}

#[cfg(unix)]
fn tell(socket: &std::ffi::OsStr, state: &str) -> io::Result<()> {
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let own = UnixDatagram::unbound()?;
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_encoded_bytes().strip_prefix(b"@") {
        let address = <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)?;
        return own.send_to_addr(state.as_bytes(), &address).map(drop);
    }
    own.send_to_addr(state.as_bytes(), &SocketAddr::from_pathname(socket)?).map(drop)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    use super::*;

    #[test]
    fn the_service_manager_hears_it_by_either_kind_of_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("sallyport-test-{}", std::process::id());
        let plain = UnixDatagram::bind(&path).unwrap();
        let hidden = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        tell(path.as_os_str(), "READY=1").unwrap();
        tell(format!("@{name}").as_ref(), "STOPPING=1").unwrap();
        let mut heard = [0; 32];
        let length = plain.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
        let length = hidden.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"STOPPING=1");
    }

    #[test]
    fn the_file_goes_with_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let file = NotedFile::write(&path, "4711").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "4711");
        drop(file);
        assert!(!path.exists());
    }
}
