//! The pages that a person sees: one card, the system's own font, light and dark.
//!
//! Everything that comes from outside goes through [`escaped`]. Links begin with `/`, so that the browser gateway can
//! move them below its own prefix.

use http::StatusCode;

use crate::answer::Answer;
use crate::plan::AppPlan;

const STYLE: &str = include_str!("pages/style.css");
const TICK: &str = r#"<svg viewBox="0 0 24 24"><path d="M5 12.5l4.5 4.5L19 7.5"/></svg>"#;
const CROSS: &str = r#"<svg viewBox="0 0 24 24"><path d="M7 7l10 10M17 7L7 17"/></svg>"#;

/// What the login page shows.
pub(crate) struct LoginPage<'a> {
    pub(crate) team: &'a str,
    pub(crate) app: &'a str,
    pub(crate) host: &'a str,
    pub(crate) action: &'a str,
    pub(crate) cancel: &'a str,
    pub(crate) problem: Option<&'a str>,
    /// Whether every e-mail address is somebody.
    pub(crate) anyone: bool,
}

/// The identity provider's form.
pub(crate) fn log_in(page: &LoginPage<'_>) -> Answer {
    let team = escaped(page.team);
    let initial: String = page.team.chars().take(1).flat_map(char::to_uppercase).collect();
    let (invalid, problem) = match page.problem {
        Some(problem) => (
            r#" aria-invalid="true" aria-describedby="problem""#,
            format!(r#"<p class="problem" id="problem" role="alert">{}</p>"#, escaped(problem)),
        ),
        None => ("", String::new()),
    };
    let card = format!(
        r#"<div class="mark" aria-hidden="true">{initial}</div>
<h1>Log in to {team}</h1>
<p class="app">to reach <strong>{app}</strong> at {host}</p>
<form method="post" action="{action}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="email" required autofocus{invalid}>
{problem}
<div class="actions"><button type="submit">Log in</button> <a href="{cancel}">Cancel</a></div>
</form>"#,
        initial = escaped(&initial),
        app = escaped(page.app),
        host = escaped(page.host),
        action = escaped(page.action),
        cancel = escaped(page.cancel),
    );
    let note = if page.anyone {
        "This is a simulated team. Type any e-mail address."
    } else {
        "This is a simulated team."
    };
    Answer::html(StatusCode::OK, html(&format!("Log in to {team}"), &card, note, ""))
}

/// The end of a log-in for a program.
pub(crate) fn logged_in(app: &AppPlan, email: &str, close: bool) -> Answer {
    let card = format!(
        r#"<div class="mark ok" aria-hidden="true">{TICK}</div>
<h1>You are logged in</h1>
<p>You can close this window.</p>
<dl class="facts"><dt>Application</dt><dd>{}</dd><dt>Logged in as</dt><dd>{}</dd></dl>"#,
        escaped(&app.name),
        escaped(email)
    );
    let script = if close { "<script>window.close()</script>" } else { "" };
    Answer::html(StatusCode::OK, html("You are logged in", &card, "", script))
}

/// Policy does not let this person in.
pub(crate) fn denied(app: &AppPlan, email: Option<&str>, ray: &str) -> Answer {
    let whom = match email {
        Some(email) => format!("<dt>Logged in as</dt><dd>{}</dd>", escaped(email)),
        None => String::new(),
    };
    let card = format!(
        r#"<div class="mark no" aria-hidden="true">{CROSS}</div>
<h1>That account does not have access</h1>
<p>Ask the administrator of {team} to add you to {app}.</p>
<dl class="facts">{whom}<dt>Ray ID</dt><dd>{ray}</dd></dl>"#,
        team = escaped(&app.team),
        app = escaped(&app.name),
        ray = escaped(ray),
    );
    Answer::html(StatusCode::FORBIDDEN, html("Forbidden", &card, "", ""))
}

/// The person has thought better of it.
pub(crate) fn cancelled() -> Answer {
    let card = format!(
        r#"<div class="mark no" aria-hidden="true">{CROSS}</div>
<h1>Log-in cancelled</h1>
<p>Nothing was handed over. You can close this window.</p>"#
    );
    Answer::html(StatusCode::FORBIDDEN, html("Log-in cancelled", &card, "", ""))
}

/// What stands in for an application's own page.
pub(crate) fn reached(app: &AppPlan) -> Answer {
    let card = format!(
        r#"<div class="mark ok" aria-hidden="true">{TICK}</div>
<h1>{}</h1>
<p>You have reached this application. It speaks through a WebSocket, so there is nothing to see here.</p>"#,
        escaped(&app.name)
    );
    Answer::html(StatusCode::OK, html(&escaped(&app.name), &card, "", ""))
}

/// A page that says one thing.
pub(crate) fn message(status: StatusCode, title: &str, text: &str, ray: &str) -> Answer {
    let card = format!(
        r#"<div class="mark no" aria-hidden="true">{CROSS}</div>
<h1>{title}</h1>
<p>{}</p>
<dl class="facts"><dt>Status</dt><dd>{}</dd><dt>Ray ID</dt><dd>{}</dd></dl>"#,
        escaped(text),
        status.as_u16(),
        escaped(ray),
        title = escaped(title),
    );
    Answer::html(status, html(&escaped(title), &card, "", ""))
}

/// A page on which one of several things is chosen: what is behind each, and what it is called.
pub(crate) fn choice(title: &str, text: &str, choices: &[(String, String)]) -> Answer {
    let links = choices.iter().map(|(link, name)| {
        format!("<p><a class=\"button\" href=\"{}\">{}</a></p>", escaped(link), escaped(name))
    });
    let card =
        format!("<h1>{}</h1>\n<p>{}</p>\n{}", escaped(title), escaped(text), links.collect::<String>());
    Answer::html(StatusCode::OK, html(&escaped(title), &card, "", ""))
}

fn html(title: &str, card: &str, note: &str, script: &str) -> String {
    let note = if note.is_empty() { String::new() } else { format!("<p class=\"note\">{note}</p>\n") };
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{STYLE}</style>
</head>
<body>
<main>
{card}
</main>
{note}{script}</body>
</html>
"#
    )
}

/// Text that may stand in an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let page = LoginPage {
            team: "acme",
            app: "<script>alert(1)</script>",
            host: "a.test",
            action: "/x?a=1&b=\"><i>",
            cancel: "/c",
            problem: Some("<b>"),
            anyone: true,
        };
        let body = String::from_utf8(log_in(&page).body.to_vec()).unwrap();
        for markup in ["<script>", "<i>", "<b>"] {
            assert!(!body.contains(markup), "{markup}");
        }
        assert!(body.contains("/x?a=1&amp;b=&quot;&gt;&lt;i&gt;"));
    }
}
