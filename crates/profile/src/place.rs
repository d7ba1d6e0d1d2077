//! The folders a profile lies in, by the customs of each operating system.

use std::ffi::OsString;
use std::path::{self, PathBuf};

use crate::ProfileError;

type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Whose customs hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Os {
    Linux,
    Mac,
    Windows,
}

/// Where a profile is, before anything in it was read.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) os: Os,
    pub(crate) standard: bool,
    pub(crate) config: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) home: Option<PathBuf>,
    pub(crate) runtime: Option<PathBuf>,
    pub(crate) temporary: PathBuf,
    pub(crate) user: String,
}

impl Os {
    const OWN: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::Mac
    } else {
        Self::Linux
    };
}

impl Place {
    pub(crate) fn find(dir: Option<PathBuf>, env: Env<'_>) -> Result<Self, ProfileError> {
        Self::find_on(Os::OWN, dir, env)
    }

    pub(crate) fn find_on(os: Os, dir: Option<PathBuf>, env: Env<'_>) -> Result<Self, ProfileError> {
        let dir = dir.or_else(|| named(env, "SALLYPORT_PROFILE").map(PathBuf::from));
        let (config, state) = match &dir {
            Some(dir) => {
                let dir = absolute(dir)?;
                (dir.clone(), dir)
            }
            None => standard(os, env)?,
        };
        Ok(Self {
            os,
            standard: dir.is_none(),
            config,
            state,
            home: home(os, env).ok(),
            runtime: rooted(os, env, "XDG_RUNTIME_DIR").filter(|_| os == Os::Linux),
            temporary: rooted(os, env, "TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp")),
            user: user(env),
        })
    }

    /// Eight hex digits that tell one profile from another.
    pub(crate) fn mark(&self) -> String {
        format!("{:08x}", sum(self.config.as_os_str().as_encoded_bytes()) >> 32)
    }
}

/// FNV-1a with a final mix: short names for long ones, the same in every process and version.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn standard(os: Os, env: Env<'_>) -> Result<(PathBuf, PathBuf), ProfileError> {
    let in_home = |parts: &[&str]| {
        let home = home(os, env)?;
        Ok::<_, ProfileError>(parts.iter().fold(home, |path, part| path.join(part)))
    };
    let or_home = |variable, parts: &[&str]| rooted(os, env, variable).map_or_else(|| in_home(parts), Ok);
    Ok(match os {
        Os::Linux => (
            or_home("XDG_CONFIG_HOME", &[".config"])?.join("sallyport"),
            or_home("XDG_STATE_HOME", &[".local", "state"])?.join("sallyport"),
        ),
        Os::Mac => {
            let folder = in_home(&["Library", "Application Support", "Sallyport"])?;
            (folder.clone(), folder)
        }
        Os::Windows => (
            or_home("APPDATA", &["AppData", "Roaming"])?.join("Sallyport"),
            or_home("LOCALAPPDATA", &["AppData", "Local"])?.join("Sallyport"),
        ),
    })
}

fn home(os: Os, env: Env<'_>) -> Result<PathBuf, ProfileError> {
    let variable = if os == Os::Windows { "USERPROFILE" } else { "HOME" };
    rooted(os, env, variable).ok_or(ProfileError::NoHome { variable })
}

/// A folder from the environment; relative ones are ignored, as the XDG base directory specification demands.
fn rooted(os: Os, env: Env<'_>, variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(named(env, variable)?);
    // Another system's paths are only met in tests, where this system cannot tell whether they are absolute.
    (os != Os::OWN || path.is_absolute()).then_some(path)
}

fn named(env: Env<'_>, variable: &str) -> Option<OsString> {
    env(variable).filter(|value| !value.is_empty())
}

fn user(env: Env<'_>) -> String {
    let name = named(env, "USERNAME").unwrap_or_default();
    let name = name.to_string_lossy().to_lowercase();
    let safe: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).take(64).collect();
    format!("{safe}{:04x}", sum(name.as_bytes()) >> 48)
}

/// The same folder is the same profile, however it was written.
fn absolute(dir: &path::Path) -> Result<PathBuf, ProfileError> {
    let unreadable = |source| ProfileError::Unreadable { path: dir.to_owned(), source };
    Ok(path::absolute(dir).map_err(unreadable)?.components().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DesktopAddress;

    fn with<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |wanted| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.into())
    }

    fn find(os: Os, dir: Option<&str>, variables: &[(&str, &str)]) -> Place {
        Place::find_on(os, dir.map(PathBuf::from), &with(variables)).unwrap()
    }

    fn paths(place: &Place) -> (String, String) {
        let plain = |path: &PathBuf| path.to_string_lossy().replace('\\', "/");
        (plain(&place.config), plain(&place.state))
    }

    #[cfg(target_os = "linux")]
    fn socket(place: &Place) -> String {
        match place.desktop_address() {
            DesktopAddress::Socket(path) => path.to_string_lossy().into_owned(),
            DesktopAddress::Pipe(name) => panic!("a pipe: {name}"),
        }
    }

    #[test]
    fn each_system_has_its_own_customs() {
        let linux = find(Os::Linux, None, &[("HOME", "/h")]);
        assert_eq!(paths(&linux), ("/h/.config/sallyport".into(), "/h/.local/state/sallyport".into()));
        let mac = find(Os::Mac, None, &[("HOME", "/h")]);
        assert_eq!(paths(&mac).0, "/h/Library/Application Support/Sallyport");
        assert_eq!(mac.config, mac.state);
        let windows = find(Os::Windows, None, &[("USERPROFILE", "C:/h"), ("APPDATA", "D:/roaming")]);
        assert_eq!(paths(&windows), ("D:/roaming/Sallyport".into(), "C:/h/AppData/Local/Sallyport".into()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn xdg_folders_win_unless_relative_or_empty() {
        let variables = [("HOME", "/h"), ("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "relative")];
        let place = find(Os::Linux, None, &variables);
        assert_eq!(paths(&place), ("/c/sallyport".into(), "/h/.local/state/sallyport".into()));
        assert_eq!(find(Os::Linux, None, &[("HOME", "/h"), ("XDG_CONFIG_HOME", "")]).config, linux_default());
    }

    #[cfg(target_os = "linux")]
    fn linux_default() -> PathBuf {
        PathBuf::from("/h/.config/sallyport")
    }

    #[test]
    fn without_a_home_there_is_no_standard_place_but_there_are_others() {
        let error = Place::find_on(Os::Linux, None, &with(&[])).unwrap_err();
        assert!(matches!(error, ProfileError::NoHome { variable: "HOME" }), "{error:?}");
        assert!(!find(Os::OWN, Some("/p"), &[]).standard);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_one_profile_however_it_is_written() {
        let here = std::env::current_dir().unwrap();
        let marks = ["p", "./p/", "p//."].map(|dir| find(Os::OWN, Some(dir), &[]).mark());
        assert_eq!(marks[0], marks[1]);
        assert_eq!(marks[0], marks[2]);
        assert_eq!(find(Os::OWN, Some("p"), &[]).config, here.join("p"));
        assert_ne!(marks[0], find(Os::OWN, Some("q"), &[]).mark());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_variable_names_a_profile_unless_the_flag_does() {
        let variables = [("HOME", "/h"), ("SALLYPORT_PROFILE", "/v")];
        assert_eq!(find(Os::Linux, None, &variables).config, PathBuf::from("/v"));
        assert_eq!(find(Os::Linux, Some("/f"), &variables).config, PathBuf::from("/f"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sockets_are_short_and_apart() {
        let runtime = [("HOME", "/h"), ("XDG_RUNTIME_DIR", "/run/user/7")];
        assert_eq!(socket(&find(Os::Linux, None, &runtime)), "/run/user/7/sallyport/desktop.sock");
        assert_eq!(
            socket(&find(Os::Linux, None, &[("HOME", "/h")])),
            "/h/.local/state/sallyport/run/desktop.sock"
        );
        assert_eq!(socket(&find(Os::Linux, Some("/p"), &runtime)), "/p/run/desktop.sock");
        let long = |c: &str| socket(&find(Os::Linux, Some(&format!("/{}", c.repeat(120))), &runtime));
        assert!(long("a").len() <= 100 && long("a").starts_with("/tmp/sallyport-"), "{}", long("a"));
        assert_ne!(long("a"), long("b"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_agent_has_a_socket_for_each_host_that_ssh_can_name() {
        let agent = |place: &Place, host: &str| match place.agent_address(host) {
            DesktopAddress::Socket(path) => path.to_string_lossy().into_owned(),
            DesktopAddress::Pipe(name) => panic!("a pipe: {name}"),
        };
        let runtime = [("HOME", "/h"), ("XDG_RUNTIME_DIR", "/run/user/7")];
        let place = find(Os::Linux, None, &runtime);
        assert_eq!(agent(&place, "A.dev"), "/run/user/7/sallyport/sallyport-agent/a.dev.sock");
        let place = find(Os::Linux, Some("/p"), &runtime);
        assert_eq!(agent(&place, "a.dev"), "/p/run/sallyport-agent/a.dev.sock");
        let long = "b".repeat(90);
        assert!(
            agent(&place, &long).len() <= 100 && agent(&place, &long).starts_with("/tmp/sallyport-agent-")
        );
        assert_ne!(agent(&place, &long), agent(&place, &format!("{long}c")));
        let odd = find(Os::Linux, Some("/p\"$x"), &runtime);
        assert!(agent(&odd, "a.dev").starts_with("/tmp/sallyport-agent-"), "{}", agent(&odd, "a.dev"));
        for address in [odd.agent_address("a.dev"), DesktopAddress::Pipe("sallyport-agent-x".to_owned())] {
            assert_eq!(DesktopAddress::of_ssh_config(&address.in_ssh_config()), address);
        }
    }

    #[test]
    fn a_pipe_is_named_after_user_and_profile() {
        let pipe = |user, dir| match find(Os::Windows, Some(dir), &[("USERNAME", user)]).desktop_address() {
            DesktopAddress::Pipe(name) => name,
            DesktopAddress::Socket(path) => panic!("a socket: {}", path.display()),
        };
        assert_eq!(pipe("Ann", "/p"), pipe("ann", "/p"));
        assert_ne!(pipe("a.b", "/p"), pipe("a/b", "/p"));
        assert_ne!(pipe("ann", "/p"), pipe("ann", "/q"));
        assert!(!pipe("a\\b", "/p").contains('\\'));
    }
}
