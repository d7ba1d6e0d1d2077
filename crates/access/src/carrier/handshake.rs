//! The upgrade from HTTP to a WebSocket (RFC 6455 4, `access.md` 5.4).

use std::fmt::Write as _;
use std::io;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use wire::header;

use super::{UpgradeRequest, is_own_header};
use crate::http::Answer;
use crate::limit::{HEAD, HEADERS, PAGE, PAGE_WAIT};
use crate::{AccessError, DialOptions, USER_AGENT};

/// What RFC 6455 1.3 appends to the key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// How the other side answered the upgrade.
#[derive(Debug)]
pub(crate) enum Upgraded {
    /// The stream is open.
    Open {
        /// These bytes came along with the answer.
        early: Vec<u8>,
        /// Whether the far end goes on giving its answer after a close frame.
        half_closes: bool,
    },
    /// It said something else; the body is as much of its page as was needed to tell why.
    Refused(Answer),
    /// It said yes in a way that RFC 6455 does not allow.
    Invalid(&'static str),
}

/// Asks for the upgrade on a fresh link.
pub(crate) async fn upgrade<L>(link: &mut L, request: &UpgradeRequest<'_>) -> Result<Upgraded, AccessError>
where
    L: AsyncRead + AsyncWrite + Unpin,
{
    let broken = |error: io::Error| {
        let (host, said) = (request.app.host().to_owned(), error.to_string());
        if error.kind() == io::ErrorKind::InvalidData {
            AccessError::Strange { host, what: said }
        } else {
            AccessError::Broken { host, detail: said }
        }
    };
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|error| AccessError::Setup { what: error.to_string() })?;
    let key = STANDARD.encode(nonce);
    let text = zeroize::Zeroizing::new(render(request, &key)?);
    link.write_all(text.as_bytes()).await.map_err(broken)?;
    link.flush().await.map_err(broken)?;
    let (head, early) = read_head(link).await.map_err(broken)?;
    let mut upgraded = judge(head, early, &key);
    if let Upgraded::Refused(answer) = &mut upgraded {
        // What has come by then has to do.
        let _ = timeout(PAGE_WAIT, read_page(link, answer)).await;
    }
    Ok(upgraded)
}

fn judge(head: Answer, early: Vec<u8>, key: &str) -> Upgraded {
    let has = |name: HeaderName, word: &str| {
        let values = head.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|list| list.split(',')).any(|entry| entry.trim().eq_ignore_ascii_case(word))
    };
    if head.status != 101 {
        Upgraded::Refused(Answer { body: early, ..head })
    } else if !has(http::header::UPGRADE, "websocket") {
        Upgraded::Invalid("it upgrades to something else")
    } else if !has(http::header::CONNECTION, "upgrade") {
        Upgraded::Invalid("it does not upgrade the connection")
    } else if head.header("sec-websocket-accept") != Some(&accept(key)) {
        Upgraded::Invalid("it is not to our question")
    } else if head.header("sec-websocket-extensions").is_some() {
        Upgraded::Invalid("it has extensions that were not offered")
    } else {
        Upgraded::Open { early, half_closes: head.header(header::HALF_CLOSE) == Some("1") }
    }
}

/// Reads the beginning of a refusal's page behind what has come already.
async fn read_page(link: &mut (impl AsyncRead + Unpin), answer: &mut Answer) -> io::Result<()> {
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    let wanted = length.unwrap_or(PAGE).min(PAGE);
    let chunked = answer.header("transfer-encoding").is_some();
    while answer.body.len() < wanted && !(chunked && answer.body.ends_with(b"0\r\n\r\n")) {
        if link.read_buf(&mut answer.body).await? == 0 {
            break;
        }
    }
    answer.body.truncate(PAGE);
    Ok(())
}

/// The answer to a key that only who has read the request can give.
fn accept(key: &str) -> String {
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes()))
}

/// The name of the first header of these options that HTTP does not allow.
pub(crate) fn invalid_header(options: &DialOptions) -> Option<String> {
    wanted(options).into_iter().find(|(name, value)| !is_valid(name, value)).map(|(name, _)| name)
}

fn is_valid(name: &str, value: &str) -> bool {
    HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok()
}

/// The headers that options make.
fn wanted(options: &DialOptions) -> Vec<(String, &str)> {
    let mut headers = Vec::new();
    if let Some(machine) = &options.service_token {
        headers.push((canonical(header::CLIENT_ID), machine.id.as_str()));
        headers.push((canonical(header::CLIENT_SECRET), machine.secret.reveal()));
    }
    if let Some(destination) = &options.destination {
        headers.push((canonical(header::JUMP_DESTINATION), destination));
    }
    let own = |(name, _): &&(String, String)| !is_own_header(name);
    headers.extend(options.headers.iter().filter(own).map(|(name, value)| (canonical(name), value.trim())));
    headers
}

/// The request: `Host`, `User-Agent`, then the rest by name.
fn render(request: &UpgradeRequest<'_>, key: &str) -> Result<String, AccessError> {
    let mut headers = vec![
        ("Connection".to_owned(), "Upgrade"),
        ("Sec-WebSocket-Key".to_owned(), key),
        ("Sec-WebSocket-Version".to_owned(), "13"),
        ("Upgrade".to_owned(), "websocket"),
    ];
    headers.extend(wanted(request.options));
    let token = canonical(header::ACCESS_TOKEN);
    if let Some(app_token) = request.token
        && !headers.iter().any(|(name, _)| *name == token)
    {
        headers.push((token, app_token.0.reveal()));
    }
    headers.sort_by(|one, other| one.0.cmp(&other.0));
    let mut text = format!("GET {} HTTP/1.1\r\n", request.app.path_and_query());
    let _ = write!(text, "Host: {}\r\nUser-Agent: {USER_AGENT}\r\n", request.app.authority());
    for (name, value) in headers {
        if !is_valid(&name, value) {
            return Err(AccessError::InvalidHeader { name });
        }
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    Ok(text)
}

/// The customary form of a header's name: `cf-access-token` is `Cf-Access-Token`.
fn canonical(name: &str) -> String {
    let mut at_start = true;
    let letter = |c: char| {
        let shown = if at_start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        at_start = c == '-';
        shown
    };
    name.trim().chars().map(letter).collect()
}

/// Reads the head of the answer, skipping interim ones, and what came after it.
async fn read_head(link: &mut (impl AsyncRead + Unpin)) -> io::Result<(Answer, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(4096);
    loop {
        while let Some((head, taken)) = parse(&bytes)? {
            bytes.drain(..taken);
            if head.status == 101 || head.status >= 200 {
                return Ok((head, bytes));
            }
        }
        if bytes.len() > HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
        }
        if link.read_buf(&mut bytes).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "no whole answer came"));
        }
    }
}

/// The head at the beginning of `bytes` and its length; `None` when it is not complete.
fn parse(bytes: &[u8]) -> io::Result<Option<(Answer, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let invalid = |error| {
        let what = if error == httparse::Error::TooManyHeaders { "it is too long" } else { "it is not HTTP" };
        io::Error::new(io::ErrorKind::InvalidData, what)
    };
    let taken = match response.parse(bytes).map_err(invalid)? {
        httparse::Status::Complete(taken) => taken,
        httparse::Status::Partial => return Ok(None),
    };
    let mut fields = HeaderMap::with_capacity(response.headers.len());
    for found in response.headers.iter() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(found.name), HeaderValue::try_from(found.value))
        {
            fields.append(name, value);
        }
    }
    let status = response.code.unwrap_or(0);
    Ok(Some((Answer { status, headers: fields, body: Vec::new() }, taken)))
}

/// An answer that stands whole in `bytes`, as it was recorded.
#[cfg(test)]
pub(crate) fn recorded(bytes: &[u8]) -> Answer {
    let (head, taken) = parse(bytes).unwrap().unwrap();
    Answer { body: bytes[taken..].to_vec(), ..head }
}

/// What [`crate::fuzz`] asks of an answer to the upgrade.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn holds(bytes: &[u8]) -> bool {
    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
    let Ok(Some((head, taken))) = parse(bytes) else { return true };
    let opens = matches!(judge(head, Vec::new(), KEY), Upgraded::Open { .. });
    taken <= bytes.len() && (!opens || String::from_utf8_lossy(bytes).contains(&accept(KEY)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::{AppToken, Jwt};

    use super::*;
    use crate::{DialOptions, ServiceToken};

    fn rendered(token: Option<&str>, options: &DialOptions) -> Result<String, AccessError> {
        let token = token.map(|token| AppToken(Jwt::new(token)));
        let app = "app.sim.test/echo?x=1".parse().unwrap();
        render(&UpgradeRequest { app: &app, token: token.as_ref(), options }, "KEY")
    }

    // RFC 6455 1.3.
    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn the_request_has_the_order_of_the_reference() {
        let options = DialOptions {
            destination: Some("db:5432".into()),
            service_token: Some(ServiceToken { id: "i.access".into(), secret: Jwt::new("s") }),
            headers: vec![("x-own".into(), " 1".into()), ("HOST".into(), "evil".into())],
            ..DialOptions::default()
        };
        assert_eq!(
            rendered(Some("a.b.c"), &options).unwrap(),
            format!(
                "GET /echo?x=1 HTTP/1.1\r\nHost: app.sim.test\r\nUser-Agent: sallyport/{}\r\n\
                 Cf-Access-Client-Id: i.access\r\nCf-Access-Client-Secret: s\r\n\
                 Cf-Access-Jump-Destination: db:5432\r\nCf-Access-Token: a.b.c\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nX-Own: 1\r\n\r\n",
                env!("CARGO_PKG_VERSION")
            )
        );
    }

    #[test]
    fn a_token_given_by_hand_wins_and_smuggled_lines_are_refused() {
        let options = |name: &str, value: &str| DialOptions {
            headers: vec![(name.into(), value.into())],
            ..DialOptions::default()
        };
        let text = rendered(Some("mine"), &options("cf-access-token", "theirs")).unwrap();
        assert!(text.contains("Cf-Access-Token: theirs\r\n") && !text.contains("mine"));
        for (name, value) in [("X", "a\r\nY: b"), ("X Y", "a"), ("", "a")] {
            let refused = rendered(None, &options(name, value));
            assert!(matches!(refused, Err(AccessError::InvalidHeader { .. })), "{name}");
        }
    }

    fn answer(lines: &str) -> Upgraded {
        let text = format!("HTTP/1.1 {lines}\r\n\r\nrest");
        let (head, taken) = parse(text.as_bytes()).unwrap().unwrap();
        judge(head, text.as_bytes()[taken..].to_vec(), "dGhlIHNhbXBsZSBub25jZQ==")
    }

    #[test]
    fn only_a_right_answer_opens() {
        let good = "101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        assert!(matches!(answer(good), Upgraded::Open { early, half_closes: false } if early == b"rest"));
        let ours = format!("{good}\r\nSallyport-Half-Close: 1");
        assert!(matches!(answer(&ours), Upgraded::Open { half_closes: true, .. }));
        for (from, to) in [
            ("WebSocket", "h2c"),
            ("keep-alive, Upgrade", "close"),
            ("s3pP", "S3pP"),
            ("101 Switching", "200 OK"),
            ("Upgrade: W", "Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade: W"),
        ] {
            assert!(!matches!(answer(&good.replacen(from, to, 1)), Upgraded::Open { .. }), "{to}");
        }
    }

    #[test]
    fn an_access_redirect_is_302_to_a_login_path() {
        let asked = url::Url::parse("https://app.sim.test/echo").unwrap();
        let redirects = |status, location: &str| {
            let text = format!("HTTP/1.1 {status} Found\r\nLocation: {location}\r\n\r\n");
            recorded(text.as_bytes()).is_access_redirect(&asked)
        };
        assert!(redirects(302, "https://t.cloudflareaccess.com/cdn-cgi/access/login/app?kid=1"));
        assert!(redirects(302, "/cdn-cgi/access/login"));
        assert!(!redirects(303, "/cdn-cgi/access/login"));
        assert!(!redirects(302, "/x/cdn-cgi/access/login"));
    }

    #[tokio::test]
    async fn interim_answers_are_skipped_and_cut_or_endless_ones_fail() {
        let mut interim =
            &b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 403 No\r\ncf-ray: r1\r\n\r\n"[..];
        let (head, rest) = read_head(&mut interim).await.unwrap();
        assert_eq!((head.status, head.ray().as_deref(), rest.len()), (403, Some("r1"), 0));
        let cut = read_head(&mut &b"HTTP/1.1 101 Switching"[..]).await.unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        let endless = [b"HTTP/1.1 101 x\r\na: ".to_vec(), vec![b'a'; 2 * HEAD]].concat();
        assert_eq!(read_head(&mut &endless[..]).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn of_a_page_only_the_beginning_is_read() {
        let page = async |head: &str, body: &[u8]| {
            let mut answer = recorded(format!("HTTP/1.1 403 No\r\n{head}\r\n").as_bytes());
            read_page(&mut &body[..], &mut answer).await.unwrap();
            answer.body.len()
        };
        assert_eq!(page("", &[b'a'; 3 * PAGE]).await, PAGE);
        assert_eq!(page("Content-Length: 3\r\n", b"abc").await, 3);
        assert_eq!(page("Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n0\r\n\r\n").await, 13);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_head_or_an_error(bytes: Vec<u8>) {
            if let Ok(Some((_, length))) = parse(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }

        #[test]
        fn a_head_is_complete_exactly_at_its_end(cut in 0_usize..60) {
            let text = b"HTTP/1.1 302 Found\r\nLocation: /a\r\nDate: x\r\nCF-RAY: 1-FRA\r\n\r\n";
            let parsed = parse(&text[..cut.min(text.len() - 1)]).unwrap();
            prop_assert!(parsed.is_none());
            prop_assert_eq!(parse(text).unwrap().unwrap().1, text.len());
        }
    }
}
