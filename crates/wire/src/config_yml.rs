//! `config.yml` of `cloudflared`, as far as an import has something to say about it (`tunnel.md` 7, `access.md` 5.3).

use std::ops::Range;

use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, YamlData};

use crate::Jwt;

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
    /// Client id and secret of a service token, if one stands there; half of one has an empty half.
    pub service_token: Option<(String, Jwt)>,
    /// Whether the app is one of Cloudflare for Government.
    pub government: bool,
}

/// The file is no YAML, or says something else than it may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not what cloudflared writes there: {what}")]
pub struct InvalidConfigYml {
    /// What the reader said, without the file's text.
    pub what: String,
}

impl ConfigYml {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is no YAML, or a key that counts here has a value of another kind.
    pub fn parse(text: &str) -> Result<Self, InvalidConfigYml> {
        let documents = MarkedYaml::load_from_str(text).map_err(|error| at(error.marker().line()))?;
        let Some(file) = documents.first().filter(|file| !file.data.is_null()) else {
            return Ok(Self::default());
        };
        if !file.data.is_mapping() {
            return Err(at(file.span.start.line()));
        }
        let mut ssh_hosts = Vec::new();
        for rule in entries(file, "ingress")? {
            let (hostname, service) = (text_of(rule, "hostname")?, text_of(rule, "service")?);
            if service.is_some_and(|service| service.starts_with("ssh://")) {
                ssh_hosts.extend(hostname);
            }
        }
        let forwards = entries(file, "forwarders")?.iter().map(Forward::read);
        let forwards = forwards.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(Self { tunnel: text_of(file, "tunnel")?, ssh_hosts, forwards })
    }
}

/// An entry of `forwarders` with the lines that it has for itself, from 0; none where it shares them or is written in
/// another way than one key a line.
pub type Listed = (Forward, Option<Range<usize>>);

impl ConfigYml {
    /// The entries of `forwarders` with their lines.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn listed(text: &str) -> Result<Vec<Listed>, InvalidConfigYml> {
        let documents = MarkedYaml::load_from_str(text).map_err(|error| at(error.marker().line()))?;
        let Some(file) = documents.first().filter(|file| file.data.is_mapping()) else {
            return Ok(Vec::new());
        };
        let lines: Vec<&str> = text.lines().collect();
        let mut listed = Vec::new();
        for entry in entries(file, "forwarders")? {
            if let Some(forward) = Forward::read(entry)? {
                listed.push((forward, own_lines(&lines, entry.span.start.line().saturating_sub(1))));
            }
        }
        Ok(listed)
    }
}

/// From a line that begins an entry to the last one that is indented further than its dash.
fn own_lines(lines: &[&str], first: usize) -> Option<Range<usize>> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_content = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let begin = *lines.get(first)?;
    begin.trim_start().strip_prefix("- ")?;
    let belongs = |line: &&&str| !is_content(line) || indent(line) > indent(begin);
    let length = lines[first + 1..].iter().take_while(belongs).count();
    let last = (first..=first + length).rev().find(|at| is_content(lines[*at]))?;
    Some(first..last + 1)
}

impl Forward {
    /// The entry, unless it lacks what an entry is made of.
    fn read(entry: &MarkedYaml<'_>) -> Result<Option<Self>, InvalidConfigYml> {
        let (url, listener) = (text_of(entry, "url")?, text_of(entry, "listener")?);
        let destination = text_of(entry, "destination")?.filter(|it| !it.is_empty());
        let id = text_of(entry, "serviceTokenID")?;
        let secret = text_of(entry, "serviceTokenSecret")?;
        let service_token = (id.is_some() || secret.is_some())
            .then(|| (id.unwrap_or_default(), Jwt::new(&secret.unwrap_or_default())));
        let government = text_of(entry, "isFedramp")?.is_some_and(|is| is == "true");
        let both = url.zip(listener);
        Ok(both.map(|(url, listener)| Self { url, listener, destination, service_token, government }))
    }
}

/// The entries of a list that may be missing; each of them holds named values.
fn entries<'a, 'b>(file: &'a MarkedYaml<'b>, key: &str) -> Result<&'a [MarkedYaml<'b>], InvalidConfigYml> {
    let Some(list) = file.data.as_mapping_get(key).filter(|list| !list.data.is_null()) else {
        return Ok(&[]);
    };
    let entries = list.data.as_sequence().ok_or_else(|| at(list.span.start.line()))?;
    match entries.iter().find(|entry| !entry.data.is_mapping()) {
        Some(entry) => Err(at(entry.span.start.line())),
        None => Ok(entries),
    }
}

/// A value that may be missing. A number or a truth value is a text here as it stands.
fn text_of(entry: &MarkedYaml<'_>, key: &str) -> Result<Option<String>, InvalidConfigYml> {
    let Some(value) = entry.data.as_mapping_get(key) else { return Ok(None) };
    match &value.data {
        YamlData::Value(Scalar::Null) => Ok(None),
        YamlData::Value(Scalar::String(text)) | YamlData::Representation(text, ..) => {
            Ok(Some(text.clone().into_owned()))
        }
        YamlData::Value(Scalar::Boolean(is)) => Ok(Some(is.to_string())),
        YamlData::Value(Scalar::Integer(number)) => Ok(Some(number.to_string())),
        YamlData::Value(Scalar::FloatingPoint(number)) => Ok(Some(number.0.to_string())),
        YamlData::Sequence(_)
        | YamlData::Mapping(_)
        | YamlData::Tagged(..)
        | YamlData::Alias(_)
        | YamlData::BadValue => Err(at(value.span.start.line())),
    }
}

fn at(line: usize) -> InvalidConfigYml {
    InvalidConfigYml { what: format!("line {line}") }
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
                    destination: 10.0.0.1:22\n    serviceTokenID: a\n    serviceTokenSecret: hush\n    isFedramp: true\n";
        let read = ConfigYml::parse(text).unwrap();
        assert_eq!(read.tunnel.as_deref(), Some("6ff42ae2-765d-4adf-8112-31c55c1551ef"));
        assert_eq!(read.ssh_hosts, ["vm.acme.dev"]);
        assert_eq!((read.forwards.len(), read.forwards[0].service_token.as_ref()), (2, None));
        let (id, secret) = read.forwards[1].service_token.as_ref().unwrap();
        assert_eq!((id.as_str(), secret.reveal()), ("a", "hush"));
        assert!(!format!("{read:?}").contains("hush"));
        assert!(read.forwards[1].government && !read.forwards[0].government);
        assert_eq!(ConfigYml::parse("").unwrap(), ConfigYml::default());
        assert_eq!(ConfigYml::parse("# nothing\nloglevel: info\n").unwrap(), ConfigYml::default());
    }

    #[test]
    fn entries_know_their_lines() {
        let text = "tunnel: a\nforwarders:\n  # the first\n  - url: https://a.dev\n    listener: 127.0.0.1:1\n\n  - listener: \
                    127.0.0.1:2\n    url: https://b.dev\n    # and so on\nloglevel: info\n";
        let listed = ConfigYml::listed(text).unwrap();
        let lines: Vec<_> =
            listed.iter().map(|(forward, lines)| (forward.url.as_str(), lines.clone())).collect();
        assert_eq!(lines, [("https://a.dev", Some(3..5)), ("https://b.dev", Some(6..8))]);
        let flow = ConfigYml::listed("forwarders: [{url: https://a.dev, listener: 127.0.0.1:1}]\n").unwrap();
        assert_eq!((flow.len(), flow[0].1.clone()), (1, None));
        let apart =
            ConfigYml::listed("forwarders:\n-\n  url: https://a.dev\n  listener: 127.0.0.1:1\n").unwrap();
        assert_eq!(apart[0].1, None);
        assert_eq!(ConfigYml::listed("7\n").unwrap(), []);
    }

    #[test]
    fn an_error_names_the_line_and_shows_nothing_of_the_file() {
        let error = ConfigYml::parse("tunnel: a\nforwarders:\n  - serviceTokenSecret: [hush]\n").unwrap_err();
        assert_eq!(error.what, "line 3");
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
            if let Ok(listed) = ConfigYml::listed(&text) {
                let count = text.lines().count();
                prop_assert!(listed.iter().flat_map(|(_, lines)| lines).all(|lines| lines.end <= count));
            }
        }
    }
}
