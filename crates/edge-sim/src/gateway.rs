//! The browser gateway: `http://127.0.0.1:PORT/b/HOST/PATH` is answered exactly as `https://HOST/PATH`.
//!
//! A person's own browser can neither resolve the simulated names nor trust their certificates. Here it can walk the
//! whole log-in: redirects, form actions and cookies are moved below the prefix of their host.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};

use crate::answer::Answer;

/// What every path begins with.
pub(crate) const PREFIX: &str = "/b/";

/// The host and the path that a gateway path stands for.
pub(crate) fn inner(path: &str) -> Option<(String, String)> {
    let rest = path.strip_prefix(PREFIX)?;
    let (host, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:_".contains(&b));
    is_host.then(|| (host.to_ascii_lowercase(), path.to_owned()))
}

/// The answer with everything that leads somewhere moved below the gateway.
pub(crate) fn moved(mut answer: Answer, host: &str) -> Answer {
    if let Some(location) = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok())
        && let Ok(location) = HeaderValue::try_from(moved_location(location, host))
    {
        answer.headers.insert(LOCATION, location);
    }
    let cookies: Vec<String> = answer
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .map(|cookie| moved_cookie(cookie, host))
        .collect();
    answer.headers.remove(SET_COOKIE);
    for cookie in cookies {
        answer = answer.header(SET_COOKIE.as_str(), &cookie);
    }
    let is_page =
        answer.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        answer.body = Bytes::from(moved_page(&String::from_utf8_lossy(&answer.body), host));
    }
    answer
}

fn moved_location(location: &str, host: &str) -> String {
    match location.strip_prefix("https://") {
        Some(rest) => format!("{PREFIX}{rest}"),
        None if location.starts_with('/') => format!("{PREFIX}{host}{location}"),
        None => location.to_owned(),
    }
}

/// A cookie of one host must not reach another, and the gateway speaks plain HTTP.
fn moved_cookie(cookie: &str, host: &str) -> String {
    let attributes = cookie.split("; ").filter(|attribute| *attribute != "Secure");
    let moved = attributes.map(|attribute| match attribute.strip_prefix("Path=/") {
        Some(path) => format!("Path={PREFIX}{host}/{path}"),
        None => attribute.to_owned(),
    });
    moved.collect::<Vec<_>>().join("; ")
}

fn moved_page(page: &str, host: &str) -> String {
    let mut moved = page.to_owned();
    for attribute in ["action", "href"] {
        let below = |rest: &str| format!("{attribute}=\"{PREFIX}{rest}");
        moved = moved
            .replace(&format!("{attribute}=\"/"), &below(&format!("{host}/")))
            .replace(&format!("{attribute}=\"https://"), &below(""));
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_their_host() {
        let inner = |path| inner(path).map(|(host, path)| format!("{host} {path}"));
        assert_eq!(inner("/b/App.test/x/y").as_deref(), Some("app.test /x/y"));
        assert_eq!(inner("/b/app.test").as_deref(), Some("app.test /"));
        assert_eq!(inner("/b/"), None);
        assert_eq!(inner("/b/a b/"), None);
        assert_eq!(inner("/c/app.test/"), None);
    }

    #[test]
    fn everything_that_leads_somewhere_is_moved() {
        let answer =
            Answer::html(http::StatusCode::OK, r#"<form action="/go"><a href="https://t/x">"#.to_owned())
                .header("location", "https://team.test/a?b")
                .cookie("A", "1", 0);
        let answer = moved(answer, "app.test");
        assert_eq!(answer.headers["location"], "/b/team.test/a?b");
        assert_eq!(
            answer.headers["set-cookie"],
            "A=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/b/app.test/; HttpOnly"
        );
        assert_eq!(answer.body, r#"<form action="/b/app.test/go"><a href="/b/t/x">"#);
        assert_eq!(moved_location("/x", "app.test"), "/b/app.test/x");
    }
}
