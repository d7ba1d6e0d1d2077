//! Answers of the edge, and of what stands in its place.

use url::Url;
use wire::{Cause, header};

use crate::AccessError;
use crate::error::MetadataFault;
use crate::http::Answer;

/// Numbers of Cloudflare's own error pages: a rule of the zone blocks an address, a country, a browser or a request, or
/// there were too many.
const RULES: [&str; 7] = ["1006", "1007", "1008", "1009", "1010", "1015", "1020"];
/// The number where the name leads to nothing that has an address.
const NO_ORIGIN: &str = "1016";
/// A network that wants a log-in of its own (RFC 6585).
const NETWORK_LOG_IN: u16 = 511;

/// How far clocks may differ before that is the news, in seconds.
pub(crate) const CLOCK_TOLERANCE: i64 = 60;

/// What was asked, as far as it bears on what an answer means.
pub(crate) struct Asked<'a> {
    pub(crate) url: &'a Url,
    pub(crate) what: Question<'a>,
    /// Whether an app is known to stand there, so that something else in its place is news.
    pub(crate) known: bool,
    pub(crate) presented: Presented,
}

/// Who was shown to be asking.
pub(crate) enum Presented {
    Nobody,
    /// This person, by a token that was at hand.
    Person {
        email: Option<String>,
    },
    /// A person by a token that was issued a moment ago; `lives` when it is not over by this machine's clock.
    PersonAnew {
        email: Option<String>,
        lives: bool,
    },
    /// A machine, by its service token.
    Machine,
}

/// The question itself.
pub(crate) enum Question<'a> {
    /// Which app this is.
    App,
    /// A stream, to this destination behind a bastion if any.
    Stream(Option<&'a str>),
    /// An app token for the team's.
    Exchange,
}

/// What an answer means that is not the one hoped for.
pub(crate) fn told(asked: &Asked<'_>, answer: &Answer) -> AccessError {
    let (host, ray) = (asked.host(), answer.ray());
    if answer.is_access_redirect(asked.url) && !matches!(asked.what, Question::Exchange) {
        return of_redirect_to_log_in(asked);
    }
    if !is_cloudflares(answer) {
        return of_stranger(asked, answer);
    }
    if is_of_rule(answer) {
        return AccessError::Told(Cause::BotRule { host, ray });
    }
    match answer.status {
        401 => AccessError::ServiceTokensOnly { host, ray },
        403 => AccessError::Blocked { host, email: asked.presented.email(), ray },
        status @ 500.. => AccessError::Told(of_trouble(asked, status, answer)),
        status => otherwise(asked, status, answer),
    }
}

/// What stands where an unsecured request was answered, after a secured one was not: a network that wants a log-in of
/// its own first. The real edge says nothing there that helps.
pub(crate) fn in_the_clear(asked: &Asked<'_>, answer: &Answer) -> Option<Cause> {
    if is_cloudflares(answer) { None } else { portal(asked, answer) }
}

/// A description that is too old or too new by a clock that is off says nothing about the description.
pub(crate) fn or_clock(host: &str, answer: &Answer, now: i64, error: AccessError) -> AccessError {
    use MetadataFault::{InFuture, TooOld};
    let of_time = matches!(error, AccessError::BadMetadata { what: TooOld | InFuture, .. });
    match answer.clock_ahead(now) {
        Some(seconds) if of_time && seconds.abs() > CLOCK_TOLERANCE => {
            AccessError::ClockOff { host: host.to_owned(), seconds }
        }
        _ => error,
    }
}

/// What it means that a name was not found.
pub(crate) fn of_lookup(host: &str, has_network: bool) -> AccessError {
    let host = host.to_owned();
    if has_network {
        AccessError::NoSuchName { host }
    } else {
        AccessError::Unreachable { host, detail: "this machine has no network".to_owned() }
    }
}

impl Asked<'_> {
    fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }
}

impl Presented {
    fn email(&self) -> Option<String> {
        match self {
            Self::Person { email } | Self::PersonAnew { email, .. } => email.clone(),
            Self::Nobody | Self::Machine => None,
        }
    }
}

fn of_redirect_to_log_in(asked: &Asked<'_>) -> AccessError {
    let host = asked.host();
    match asked.presented {
        Presented::Nobody | Presented::Person { .. } => AccessError::LogInNeeded { host },
        // A machine has nobody to log in: what a browser would get is not what it came with.
        Presented::Machine => AccessError::ServiceTokenRefused { host },
        Presented::PersonAnew { lives: true, .. } => AccessError::Told(Cause::BindingCookie { host }),
        Presented::PersonAnew { lives: false, .. } => AccessError::TokenRejected { host },
    }
}

/// A status that is neither a refusal nor trouble.
fn otherwise(asked: &Asked<'_>, status: u16, answer: &Answer) -> AccessError {
    let (host, ray) = (asked.host(), answer.ray());
    match asked.what {
        Question::App => AccessError::NotBehindAccess { host },
        Question::Exchange => AccessError::TokenRejected { host },
        // Without the upgrade's headers a connector sees an ordinary request, and answers it with nothing.
        Question::Stream(_) if matches!(status, 400 | 426) || (status == 200 && answer.body.is_empty()) => {
            AccessError::Told(Cause::WebsocketsOff { host, status, ray })
        }
        Question::Stream(_) => AccessError::Told(Cause::UpgradeRefused { host, status, ray }),
    }
}

fn of_trouble(asked: &Asked<'_>, status: u16, answer: &Answer) -> Cause {
    let (host, ray) = (asked.host(), answer.ray());
    match (status, &asked.what) {
        (502, Question::Stream(Some(destination))) => {
            Cause::DestinationMissing { host, destination: (*destination).to_owned(), ray }
        }
        (502, _) => Cause::OriginRefused { host, status, ray },
        (530, _) if number(answer) == Some(NO_ORIGIN) => Cause::NoTunnel { host, status, ray },
        (530, _) => Cause::TunnelDown { host, status, ray },
        _ => Cause::EdgeTrouble { host, status, ray },
    }
}

/// Something answers in the place of Cloudflare, and its certificate is trusted.
fn of_stranger(asked: &Asked<'_>, answer: &Answer) -> AccessError {
    let (host, status) = (asked.host(), answer.status);
    if let Some(portal) = portal(asked, answer) {
        return AccessError::Told(portal);
    }
    if status >= 500 {
        return AccessError::Broken {
            host,
            detail: format!("something on the way answers with status {status}"),
        };
    }
    match asked.what {
        Question::App => AccessError::NotBehindAccess { host },
        Question::Exchange => AccessError::TokenRejected { host },
        Question::Stream(_) => AccessError::Told(Cause::UpgradeRefused { host, status, ray: None }),
    }
}

/// The network's own page: by its status, by leading to another site, or by a page where an app is known to stand.
fn portal(asked: &Asked<'_>, answer: &Answer) -> Option<Cause> {
    let elsewhere = answer
        .redirect(asked.url)
        .and_then(|to| to.host_str().map(str::to_owned))
        .filter(|to| site(to) != site(&asked.host()));
    let is_portal =
        elsewhere.is_some() || answer.status == NETWORK_LOG_IN || (asked.known && answer.status == 200);
    is_portal.then(|| Cause::CaptivePortal { host: asked.host(), portal: elsewhere })
}

/// The last two labels: what a site's own redirects hardly ever leave.
fn site(host: &str) -> &str {
    host.rmatch_indices('.').nth(1).map_or(host, |(at, _)| &host[at + 1..])
}

fn is_cloudflares(answer: &Answer) -> bool {
    let by_name = |server: &str| server.to_ascii_lowercase().starts_with("cloudflare");
    answer.ray().is_some()
        || answer.header("server").is_some_and(by_name)
        || answer.header(header::ACCESS_AUDIENCE).is_some()
}

/// Whether a rule of the zone stands in the way, before Access is asked.
fn is_of_rule(answer: &Answer) -> bool {
    answer.header(header::MITIGATED).is_some()
        || answer.status == 429
        || (answer.status == 403 && number(answer).is_some_and(|number| RULES.contains(&number)))
}

/// The number on one of Cloudflare's error pages: `error code: 1020`, or `Error 1020` in its long form.
fn number(answer: &Answer) -> Option<&str> {
    let page = std::str::from_utf8(&answer.body).unwrap_or_else(|cut| {
        // The page may be cut, or strange; what came before that is readable.
        std::str::from_utf8(&answer.body[..cut.valid_up_to()]).unwrap_or_default()
    });
    let after = |mark: &str| {
        let found = page.match_indices(mark).map(|(at, _)| page[at + mark.len()..].trim_start());
        found.filter_map(|rest| rest.get(..4)).find(|four| four.bytes().all(|byte| byte.is_ascii_digit()))
    };
    ["error code:", "Error code:", "Error", "cf-error-code\">"].into_iter().find_map(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sites_are_told_apart() {
        assert_eq!(site("build-01.acme.test"), "acme.test");
        assert_eq!(site("acme.test"), "acme.test");
        assert_eq!(site("localhost"), "localhost");
    }

    proptest! {
        #[test]
        fn no_page_is_too_odd(body in prop_oneof![any::<Vec<u8>>(), "error code: ?[0-9é]{0,6}".prop_map(String::into_bytes)]) {
            let answer = Answer { status: 403, headers: http::HeaderMap::new(), body };
            prop_assert!(number(&answer).is_none_or(|number| number.len() == 4));
        }
    }
}
