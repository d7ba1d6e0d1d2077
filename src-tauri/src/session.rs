//! What the person's desktop session must offer before anything is started (free desktops only).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use profile::Profile;

type Env<'a> = &'a dyn Fn(&str) -> Option<std::ffi::OsString>;

/// Whether there is a screen to draw on. The toolkit would end the program without a word about it.
pub(crate) fn has_display(env: Env<'_>) -> bool {
    ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| env(name).is_some_and(|value| !value.is_empty()))
}

/// Decides which D-Bus session bus this process is on: the person's own wherever there is one, else the bus that the
/// profile names for its private keyring.
///
/// A process has one session bus, read from its environment by everything in it. Tray and notifications are of use only
/// on the person's own; the keyring of a profile that names another bus is reached there only when the person has none,
/// as on a machine without a desktop. Must run before the first thread does.
pub(crate) fn join_bus(profile: &Profile, env: Env<'_>) {
    if let Some(address) = profile.settings().session_bus.as_deref().filter(|_| !has_own_bus(env)) {
        #[expect(
            unsafe_code,
            reason = "the only way to choose the bus for libraries that read the environment"
        )]
        // SAFETY: main calls this before it starts a thread, so nobody reads the environment meanwhile.
        unsafe {
            std::env::set_var("DBUS_SESSION_BUS_ADDRESS", address);
        }
    }
}

/// Whether the session has a bus that answers, named by the environment or standing in the runtime folder.
fn has_own_bus(env: Env<'_>) -> bool {
    match env("DBUS_SESSION_BUS_ADDRESS").filter(|address| !address.is_empty()) {
        Some(address) => socket(&address).is_none_or(|path| UnixStream::connect(path).is_ok()),
        None => env("XDG_RUNTIME_DIR")
            .is_some_and(|folder| UnixStream::connect(Path::new(&folder).join("bus")).is_ok()),
    }
}

/// The socket of an address such as `unix:path=/run/user/1000/bus,guid=…`; none for other kinds, which are trusted.
fn socket(address: &OsStr) -> Option<PathBuf> {
    let path = address.as_bytes().strip_prefix(b"unix:path=")?;
    let end = path.iter().position(|byte| matches!(byte, b',' | b';')).unwrap_or(path.len());
    Some(PathBuf::from(OsStr::from_bytes(&path[..end])))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn has(variables: &[(&str, &str)]) -> bool {
        has_own_bus(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn a_bus_is_there_when_its_socket_answers() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().to_str().unwrap().to_owned();
        let address = format!("unix:path={runtime}/bus,guid=00");
        assert!(!has(&[("DBUS_SESSION_BUS_ADDRESS", &address)]));
        let _bus = UnixListener::bind(folder.path().join("bus")).unwrap();
        assert!(has(&[("DBUS_SESSION_BUS_ADDRESS", &address)]));
        assert!(has(&[("XDG_RUNTIME_DIR", &runtime)]));
        assert!(has(&[("DBUS_SESSION_BUS_ADDRESS", ""), ("XDG_RUNTIME_DIR", &runtime)]));
    }

    #[test]
    fn no_bus_is_no_bus() {
        assert!(!has(&[]));
        assert!(!has(&[("XDG_RUNTIME_DIR", "/nowhere")]));
    }

    #[test]
    fn a_named_bus_of_another_kind_is_trusted() {
        assert!(has(&[("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=/tmp/dbus-x")]));
        assert!(has(&[("DBUS_SESSION_BUS_ADDRESS", "tcp:host=localhost,port=1")]));
    }

    #[test]
    fn a_screen_is_named_by_either_variable() {
        let with = |name: &'static str, value: &'static str| {
            has_display(&move |wanted| (wanted == name).then(|| OsString::from(value)))
        };
        assert!(with("DISPLAY", ":0"));
        assert!(with("WAYLAND_DISPLAY", "wayland-0"));
        assert!(!with("DISPLAY", ""));
    }
}
