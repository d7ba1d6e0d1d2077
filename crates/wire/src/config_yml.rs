//! `config.yml` of `cloudflared`, as far as an import has something to say about it (`tunnel.md` 7, `access.md` 5.3).

use serde::Deserialize;

/// Folders below the home, then others, in which cloudflared looks; the first file that is there counts.
pub const FOLDERS: [&str; 3] = [".cloudflared", ".cloudflare-warp", "cloudflare-warp"];
/// Folders of the machine.
pub const MACHINE_FOLDERS: [&str; 2] = ["/etc/cloudflared", "/usr/local/etc/cloudflared"];
/// What the file may be called.
pub const NAMES: [&str; 2] = ["config.yml", "config.yaml"];

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 1 << 20;

/// What the file says that concerns a person who reaches hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigYml {
    /// The tunnel's id or name.
    pub tunnel: Option<String>,
    /// Hostnames under which this machine publishes an SSH server.
    pub ssh_hosts: Vec<String>,
    /// Local addresses whose streams are carried to an app.
    pub forwards: Vec<Forward>,
}

/// One entry of `forwarders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The app.
    pub url: String,
    /// The local address.
    pub listener: String,
    /// The machine behind a bastion app.
    pub destination: Option<String>,
    /// Whether a service token stands there.
    pub service_token: bool,
}

/// The file is no YAML, or says something else than it may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not what cloudflared writes there: {what}")]
pub struct InvalidConfigYml {
    /// What the reader said, without the file's text.
    pub what: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    tunnel: Option<String>,
    #[serde(default)]
    ingress: Option<Vec<Rule>>,
    #[serde(default)]
    forwarders: Option<Vec<Forwarder>>,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default)]
    service: Option<String>,
}

#[derive(Deserialize)]
struct Forwarder {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    listener: Option<String>,
    #[serde(default)]
    destination: Option<String>,
    #[serde(default, rename = "serviceTokenID")]
    service_token_id: Option<String>,
    #[serde(default, rename = "serviceTokenSecret")]
    service_token_secret: Option<String>,
}

impl ConfigYml {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is no YAML, or a key that counts here has a value of another kind.
    pub fn parse(text: &str) -> Result<Self, InvalidConfigYml> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let file: File = serde_saphyr::from_str(text).map_err(|error| InvalidConfigYml {
            what: error.location().map_or_else(|| "no YAML".to_owned(), |at| format!("line {}", at.line())),
        })?;
        let is_ssh = |rule: &Rule| rule.service.as_deref().is_some_and(|it| it.starts_with("ssh://"));
        let rules = file.ingress.unwrap_or_default().into_iter().filter(is_ssh);
        Ok(Self {
            tunnel: file.tunnel,
            ssh_hosts: rules.filter_map(|rule| rule.hostname).collect(),
            forwards: file.forwarders.unwrap_or_default().into_iter().filter_map(Forwarder::read).collect(),
        })
    }
}

impl Forwarder {
    fn read(self) -> Option<Forward> {
        Some(Forward {
            url: self.url?,
            listener: self.listener?,
            destination: self.destination.filter(|it| !it.is_empty()),
            service_token: self.service_token_id.is_some() || self.service_token_secret.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_concerns_hosts_and_forwards() {
        let text = "tunnel: 6ff42ae2-765d-4adf-8112-31c55c1551ef\ncredentials-file: /etc/cloudflared/x.json\n\
                    ingress:\n  - hostname: vm.acme.dev\n    service: ssh://localhost:22\n  - hostname: www.acme.dev\n    \
                    service: http://localhost:80\n  - service: http_status:404\nforwarders:\n  - url: https://db.acme.dev\n    \
                    listener: 127.0.0.1:5432\n  - url: https://b.acme.dev\n    listener: 127.0.0.1:1\n    \
                    destination: 10.0.0.1:22\n    serviceTokenID: a\n    serviceTokenSecret: hush\n";
        let read = ConfigYml::parse(text).unwrap();
        assert_eq!(read.tunnel.as_deref(), Some("6ff42ae2-765d-4adf-8112-31c55c1551ef"));
        assert_eq!(read.ssh_hosts, ["vm.acme.dev"]);
        assert_eq!((read.forwards.len(), read.forwards[0].service_token), (2, false));
        assert!(read.forwards[1].service_token && !format!("{read:?}").contains("hush"));
        assert_eq!(ConfigYml::parse("").unwrap(), ConfigYml::default());
        assert_eq!(ConfigYml::parse("# nothing\nloglevel: info\n").unwrap(), ConfigYml::default());
    }

    #[test]
    fn an_error_names_the_line_and_shows_nothing_of_the_file() {
        let error = ConfigYml::parse("tunnel: a\nforwarders:\n  - serviceTokenSecret: [hush]\n").unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
        let bomb: String = (1..9).fold("a0: &a0 [x]\n".to_owned(), |text, at| {
            format!("{text}a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(","))
        });
        let read = ConfigYml::parse(&format!("{bomb}ingress: *a8\n"));
        assert!(read.is_err(), "{read:?}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(tunnel|ingress|forwarders|- |: |\\[|\\{|&a|\\*a|\n|  |.){0,60}") {
            let what = ConfigYml::parse(&text).map_or_else(|error| error.what, |_| String::new());
            prop_assert!(what.len() < 30, "{}", what);
        }
    }
}
