//! Where a profile's programs listen: the desktop for its helpers, the agent of certificates for ssh.

use std::path::{Path, PathBuf};

use crate::place::{Os, Place, sum};

/// The longest socket path: `sun_path` holds 104 bytes on macOS, 108 on Linux, the closing zero included.
const LONGEST_SOCKET: usize = 100;

/// What pipes and the folder of sockets of the agent are called; an ssh config is recognised by it.
const AGENT: &str = "sallyport-agent";

/// The folder of sockets at which connections are ready.
const WARM: &str = "sallyport-warm";

/// Where pipes lie.
const PIPES: &str = "//./pipe/";

/// A local address that only the profile's owner can reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DesktopAddress {
    /// A named pipe, without the `\\.\pipe\` that all of them start with.
    Pipe(String),
    /// A Unix socket in a folder of its own.
    Socket(PathBuf),
}

impl DesktopAddress {
    /// As an ssh config spells it; a pipe with slashes that no reader takes for escapes.
    #[must_use]
    pub fn in_ssh_config(&self) -> String {
        match self {
            Self::Socket(path) => path.to_string_lossy().into_owned(),
            Self::Pipe(name) => format!("{PIPES}{name}"),
        }
    }

    /// Reads what [`in_ssh_config`](Self::in_ssh_config) has written.
    #[must_use]
    pub fn of_ssh_config(text: &str) -> Self {
        match text.strip_prefix(PIPES) {
            Some(name) => Self::Pipe(name.to_owned()),
            None => Self::Socket(text.into()),
        }
    }
}

impl Place {
    pub(crate) fn desktop_address(&self) -> DesktopAddress {
        match self.os {
            Os::Windows => DesktopAddress::Pipe(format!("sallyport-{}-{}", self.user, self.mark())),
            Os::Linux | Os::Mac => DesktopAddress::Socket(self.socket()),
        }
    }

    /// One for each host: its name tells the agent which app is meant.
    pub(crate) fn agent_address(&self, host: &str) -> DesktopAddress {
        let host = host.to_ascii_lowercase();
        match self.os {
            Os::Windows => DesktopAddress::Pipe(format!("{AGENT}-{}-{}-{host}", self.user, self.mark())),
            Os::Linux | Os::Mac => self.socket_of(AGENT, &host),
        }
    }

    /// One for each host; none where open files cannot be handed on.
    pub(crate) fn warm_address(&self, host: &str, port: u16) -> Option<DesktopAddress> {
        let name = format!("{}_{port}", host.to_ascii_lowercase());
        match self.os {
            Os::Windows => None,
            Os::Linux | Os::Mac => Some(self.socket_of(WARM, &name)),
        }
    }

    fn socket_of(&self, folder: &str, name: &str) -> DesktopAddress {
        let plain = self.sockets().join(folder).join(format!("{name}.sock"));
        let is_plain = length(&plain) <= LONGEST_SOCKET && is_plain(&plain);
        DesktopAddress::Socket(if is_plain { plain } else { self.short_socket(&plain, folder) })
    }

    fn sockets(&self) -> PathBuf {
        match &self.runtime {
            Some(runtime) if self.standard => runtime.join("sallyport"),
            _ => self.state.join("run"),
        }
    }

    fn socket(&self) -> PathBuf {
        let plain = self.sockets().join("desktop.sock");
        if length(&plain) <= LONGEST_SOCKET { plain } else { self.short_socket(&plain, "sallyport") }
    }

    fn short_socket(&self, plain: &Path, folder: &str) -> PathBuf {
        let owner = self.home.as_deref().unwrap_or(&self.state);
        let folder = format!("{folder}-{:08x}", sum(owner.as_os_str().as_encoded_bytes()) >> 32);
        let name = format!("{:016x}.sock", sum(plain.as_os_str().as_encoded_bytes()));
        // A temporary folder whose own name is too long would not help.
        let below = |temporary: &Path| temporary.join(&folder).join(&name);
        let wanted = below(&self.temporary);
        let is_fit = length(&wanted) <= LONGEST_SOCKET && is_plain(&wanted);
        if is_fit { wanted } else { below(Path::new("/tmp")) }
    }
}

/// Whether an ssh config says it as it is: nothing to be quoted or expanded.
fn is_plain(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.chars().all(|it| !it.is_control() && !"\"\\$%~".contains(it)))
}

fn length(path: &Path) -> usize {
    path.as_os_str().len()
}
