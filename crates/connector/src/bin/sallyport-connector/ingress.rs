//! `tunnel ingress validate` and `tunnel ingress rule`: what cloudflared says of a configuration, and misspelt keys.

use command_line::Parsed;
use connector::Rules;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::chosen::Found;
use crate::failure::Failure;
use crate::say;

/// Says whether the rules can be used.
pub(crate) fn validate(config: Option<&str>, given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    if let Some(json) = given.value("json") {
        say::data("Validating rules from cmdline flag --json\n");
        Rules::from_remote(json.as_bytes()).map_err(failed)?;
        say::data("OK\n");
        return Ok(());
    }
    let found = found(config)?;
    say::data(&format!("Validating rules from {}\n", found.path.display()));
    found.config.rules().map_err(failed)?;
    if std::env::var_os("TUNNEL_URL").is_some_and(|url| !url.is_empty()) {
        return Err(failed(
            "You can't set the --url flag (or $TUNNEL_URL) when using multiple-origin ingress rules",
        ));
    }
    if found.config.unknown.is_empty() {
        say::data("OK\n");
    } else {
        let keys: String = found.config.unknown.iter().map(|key| format!("- {}\n", key.key)).collect();
        let warning = "Warning: unused keys detected in your config file. Here is a list of unused keys:";
        say::data(&format!("{warning}\n{keys}"));
    }
    Ok(())
}

/// Says which rule answers for a URL.
pub(crate) fn rule(config: Option<&str>, given: &Parsed) -> Result<(), Failure> {
    let url = given.one("name a URL, such as https://ssh.acme.dev/path")?;
    let (host, path) = parts(url)?;
    let found = found(config)?;
    say::data(&format!("Using rules from {}\n", found.path.display()));
    let rules = found.config.rules().map_err(failed)?;
    match rules.find(&host, &path) {
        Some((place, rule)) => say::data(&format!("Matched rule #{place}\n{rule}\n")),
        None => return Err(failed("no rule matches")),
    }
    Ok(())
}

fn found(config: Option<&str>) -> Result<Found, Failure> {
    Found::read(config)?.ok_or_else(|| {
        Failure::Misuse(
            "no config.yml was found where cloudflared keeps its own; name one with `--config`".to_owned(),
        )
    })
}

/// Host and decoded path of a URL.
fn parts(text: &str) -> Result<(String, String), Failure> {
    let url = Url::parse(text).ok().filter(Url::has_host);
    let url = url.ok_or_else(|| {
        Failure::Misuse(format!(
            "`{text}` doesn't have a hostname, consider adding a scheme, as in https://{text}"
        ))
    })?;
    let path = percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
    Ok((url.host_str().unwrap_or_default().to_owned(), path))
}

fn failed(error: impl std::fmt::Display) -> Failure {
    say::note(&format!("Validation failed: {error}"));
    Failure::Said
}
