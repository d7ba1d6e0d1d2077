//! Hosts that this machine reaches by a service token: nobody is ever asked to log in to them.

use std::io::{IsTerminal as _, Read as _};

use access::{Access, ServiceToken};
use serde::Deserialize;
use wire::{AppUrl, Cause, Jwt};
use zeroize::Zeroizing;

use crate::args::Misuse;
use crate::commands::Failure;
use crate::context::Context;
use crate::say;

/// The most that is read of a file or of stdin.
const LONGEST: u64 = 64 * 1024;
/// The longest id or secret; real ones have less than a hundred letters.
const LONG: usize = 1024;

const ID: &str = "TUNNEL_SERVICE_TOKEN_ID";
const SECRET: &str = "TUNNEL_SERVICE_TOKEN_SECRET";

const EXPECTED: &str = "give client id and secret of the service token: on two lines of stdin, in a file named by \
    --credentials, or in TUNNEL_SERVICE_TOKEN_ID and TUNNEL_SERVICE_TOKEN_SECRET";

/// The service token of a host that is marked as a machine's; `None` for every other host.
pub(crate) async fn token_of(
    context: &Context,
    access: &Access,
    app: &AppUrl,
) -> Result<Option<ServiceToken>, Cause> {
    if !context.is_machine(app) {
        return Ok(None);
    }
    let missing = || Cause::ServiceTokenMissing { host: app.host().to_owned() };
    access.service_token(app).await.map_err(|error| error.cause())?.ok_or_else(missing).map(Some)
}

/// Client id and secret as the caller gives them: never by the list of arguments, which every user of the machine can
/// read.
pub(crate) fn given(
    file: Option<&str>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<ServiceToken, Failure> {
    if let Some(path) = file {
        let unreadable =
            |error: std::io::Error| Misuse::File { path: path.to_owned(), detail: error.to_string() };
        let text = std::fs::File::open(path).and_then(read).map_err(unreadable)?;
        return parse(&text).ok_or_else(|| Misuse::Missing(EXPECTED).into());
    }
    match (env(ID), env(SECRET)) {
        (Some(id), Some(secret)) => {
            token(&id, &Zeroizing::new(secret)).ok_or_else(|| Misuse::Missing(EXPECTED).into())
        }
        (None, None) => asked(),
        _ => Err(Misuse::Missing("a service token needs both its id and its secret").into()),
    }
}

fn asked() -> Result<ServiceToken, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        say::note("paste client id and client secret, each on a line of its own, then press Ctrl+D");
    }
    let text = read(stdin).map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    parse(&text).ok_or_else(|| Misuse::Missing(EXPECTED).into())
}

fn read(from: impl std::io::Read) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    from.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Two lines, with or without names before `:` or `=`, or an object of JSON as Cloudflare's own API answers.
fn parse(text: &str) -> Option<ServiceToken> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(alias = "id")]
        client_id: String,
        #[serde(alias = "secret")]
        client_secret: Zeroizing<String>,
    }
    if text.trim_start().starts_with('{') {
        let named: Named = serde_json::from_str(text).ok()?;
        return token(&named.client_id, &named.client_secret);
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, second, None) = (lines.next()?, lines.next()?, lines.next()) else { return None };
    match (split(first), split(second)) {
        ((Some(Part::Secret), secret), (Some(Part::Id), id)) => token(id, secret),
        ((Some(Part::Id) | None, id), (Some(Part::Secret) | None, secret)) => token(id, secret),
        _ => None,
    }
}

/// Which half a named line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Id,
    Secret,
}

fn split(line: &str) -> (Option<Part>, &str) {
    let Some((name, value)) = line.split_once([':', '=']) else { return (None, line) };
    let name = name.trim().to_ascii_lowercase().replace('-', "_");
    let part = if name.ends_with("client_id") || name.ends_with("token_id") {
        Part::Id
    } else if name.ends_with("client_secret") || name.ends_with("token_secret") {
        Part::Secret
    } else {
        return (None, line);
    };
    (Some(part), value.trim().trim_matches(['"', '\'']))
}

/// What may stand in a header, and is not empty.
fn token(id: &str, secret: &str) -> Option<ServiceToken> {
    let fits = |text: &str| {
        !text.is_empty() && text.len() <= LONG && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let (id, secret) = (id.trim(), secret.trim());
    (fits(id) && fits(secret)).then(|| ServiceToken { id: id.to_owned(), secret: Jwt::new(secret) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String)> {
        parse(text).map(|token| (token.id, token.secret.reveal().to_owned()))
    }

    #[test]
    fn id_and_secret_are_read_in_the_forms_that_people_have() {
        for text in [
            "i.access\ns3cret\n",
            "\n  i.access \r\n\r\n s3cret\r\n",
            "CF-Access-Client-Id: i.access\nCF-Access-Client-Secret: s3cret\n",
            "CF-Access-Client-Secret: s3cret\nCF-Access-Client-Id: i.access\n",
            "TUNNEL_SERVICE_TOKEN_ID=i.access\nTUNNEL_SERVICE_TOKEN_SECRET=\"s3cret\"\n",
            r#"{"client_id": "i.access", "client_secret": "s3cret", "name": "ci"}"#,
            r#"{"id": "i.access", "secret": "s3cret"}"#,
        ] {
            assert_eq!(parts(text), Some(("i.access".to_owned(), "s3cret".to_owned())), "{text}");
        }
    }

    #[test]
    fn anything_else_is_nothing() {
        for text in [
            "",
            "i.access",
            "i.access\n",
            "a\nb\nc\n",
            "a b\nc",
            "CF-Access-Client-Id: a\nCF-Access-Client-Id: b",
            "{}",
            "{\"client_id\": \"a\"}",
            "a\n\u{1b}[31m",
            &format!("a\n{}", "b".repeat(2000)),
        ] {
            assert_eq!(parts(text), None, "{text:?}");
        }
    }
}
