//! The exchange of an org token for an app token without a browser (`access.md` 3).

use edge_sim::EdgeSim;
use reqwest::Method;

use crate::common::{HOST, MAIL, ask, header, log_in, start};

const APP: &str = "https://build-01.acme.test/some/path";

/// The value of a cookie that an answer sets.
fn cookie<'a>(set: &'a str, name: &str) -> &'a str {
    set.split("; ").next().unwrap().strip_prefix(&format!("{name}=")).unwrap()
}

/// Walks to the login page as programs do; the answer's status and target, and the session's cookie.
async fn at_login_page(sim: &EdgeSim, org: &str) -> (u16, Option<String>, String) {
    let first = ask(sim, Method::HEAD, APP, &[]).await;
    assert_eq!(first.status(), 302);
    let session = cookie(header(&first, "set-cookie"), "CF_AppSession").to_owned();
    let org = format!("CF_Authorization={org}");
    let second = ask(sim, Method::HEAD, header(&first, "location"), &[("cookie", &org)]).await;
    let location = second.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    (second.status().as_u16(), location, session)
}

#[tokio::test]
async fn an_org_token_buys_an_app_token() {
    let sim = start().await;
    let org = log_in(&sim, MAIL).await.org;
    let (status, location, session) = at_login_page(&sim, &org).await;
    let location = location.unwrap();
    assert_eq!(status, 302);
    assert!(location.starts_with(&format!("https://{HOST}/cdn-cgi/access/authorized?")), "{location}");
    let session = format!("CF_AppSession={session}");
    let third = ask(&sim, Method::HEAD, &location, &[("cookie", &session)]).await;
    assert_eq!((third.status().as_u16(), header(&third, "location")), (302, "/some/path"));
    let set = header(&third, "set-cookie");
    assert!(set.contains("; Expires=") && set.ends_with("GMT; Path=/; Secure; HttpOnly"), "{set}");
    let token = cookie(set, "CF_Authorization");
    let answer = ask(&sim, Method::GET, APP, &[("cf-access-token", token)]).await;
    assert_eq!(answer.status(), 200);
    let again = ask(&sim, Method::HEAD, &location, &[("cookie", &session)]).await;
    assert_eq!(again.status(), 400, "a session is used once");
}

#[tokio::test]
async fn another_browsers_session_is_worth_nothing() {
    let sim = start().await;
    let org = log_in(&sim, MAIL).await.org;
    let (_, location, _) = at_login_page(&sim, &org).await;
    for cookies in [&[][..], &[("cookie", "CF_AppSession=guess")]] {
        let answer = ask(&sim, Method::HEAD, location.as_ref().unwrap(), cookies).await;
        assert_eq!(answer.status(), 400);
        assert!(!answer.headers().contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn a_void_org_token_leads_to_the_login_page() {
    let sim = start().await;
    let tokens = log_in(&sim, MAIL).await;
    for token in ["", "a.b.c", &tokens.app] {
        assert_eq!(at_login_page(&sim, token).await.0, 200, "{token}");
    }
    sim.revoke_org_tokens(None);
    assert_eq!(at_login_page(&sim, &tokens.org).await.0, 200);
}

#[tokio::test]
async fn an_org_token_of_the_unwelcome_is_denied() {
    let sim = start().await;
    let org = log_in(&sim, MAIL).await.org;
    sim.change_app(HOST, |app| app.allow = vec!["bob@acme.test".to_owned()]);
    assert_eq!(at_login_page(&sim, &org).await.0, 403);
}
