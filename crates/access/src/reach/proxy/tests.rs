//! What proxies say, byte by byte, from their protocols' documents.

use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, duplex};

use super::*;
use crate::limit::HEAD;

/// Lets a proxy say `script`; returns how it went, what it was told, and what was left for the host.
async fn play(address: &str, host: &str, script: &[u8]) -> (Result<(), AccessError>, Vec<u8>, Vec<u8>) {
    let proxy: Proxy = address.parse().unwrap();
    let (ours, mut theirs) = duplex(4 * HEAD);
    theirs.write_all(script).await.unwrap();
    let mut link = BufReader::new(ours);
    let end = async {
        let mut told = Vec::new();
        // Says no more; whoever waits for more meets the end.
        theirs.shutdown().await.unwrap();
        theirs.read_to_end(&mut told).await.unwrap();
        told
    };
    let ask = async {
        let led = lead(&mut link, &proxy, host, 443).await;
        let mut rest = Vec::new();
        link.read_to_end(&mut rest).await.unwrap();
        drop(link);
        (led, rest)
    };
    let ((led, rest), told) = tokio::join!(ask, end);
    (led, told, rest)
}

async fn refusal(address: &str, script: &[u8]) -> AccessError {
    play(address, "app.acme.dev", script).await.0.unwrap_err()
}

// RFC 7617 2: "Aladdin" with "open sesame".
#[tokio::test]
async fn connect_is_asked_with_a_login_and_leaves_the_hosts_bytes() {
    let script = b"HTTP/1.1 200 Connection established\r\nVia: x\r\nContent-Length: 9\r\n\r\nhost says";
    let (led, told, rest) = play("http://Aladdin:open%20sesame@p:3128", "app.acme.dev", script).await;
    led.unwrap();
    assert_eq!(rest, b"host says");
    let expected = format!(
        "CONNECT app.acme.dev:443 HTTP/1.1\r\nHost: app.acme.dev:443\r\nUser-Agent: {}\r\n\
         Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n",
        crate::USER_AGENT
    );
    assert_eq!(String::from_utf8(told).unwrap(), expected);
}

#[tokio::test]
async fn connect_takes_any_good_answer_after_interim_ones() {
    for script in [
        &b"HTTP/1.0 200 OK\r\n\r\n"[..],
        b"HTTP/1.1 204 \r\n\r\n",
        b"HTTP/1.1 200 OK\nx: y\n\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let (led, told, _) = play("p:3128", "[2001:db8::1]", script).await;
        led.unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(told.starts_with("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n"), "{told}");
        assert!(!told.contains("Proxy-Authorization"));
    }
}

#[tokio::test]
async fn connect_tells_its_refusals_apart() {
    let password = refusal("http://p:3128", b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n").await;
    assert!(matches!(password, AccessError::ProxyNeedsPassword { ref proxy } if proxy == "p:3128"));
    for (status, transient) in [(302, false), (403, false), (404, false), (502, true), (503, true)] {
        let said = refusal("http://p:3128", format!("HTTP/1.1 {status} No\r\n\r\n<html>").as_bytes()).await;
        let expected = ProxyAnswer::Http(status);
        assert!(matches!(said, AccessError::ProxyRefused { answer, .. } if answer == expected), "{said:?}");
        assert_eq!(said.is_transient(), transient, "{status}");
    }
}

#[tokio::test]
async fn wrong_answers_are_bounded_and_name_no_password() {
    let address = "http://ada:hush@p:3128";
    let endless = [b"HTTP/1.1 200 OK\r\na: ".to_vec(), vec![b'a'; 2 * HEAD]].concat();
    let many = [b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".repeat(200), b"\r\n".to_vec()].concat();
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(8_000);
    for (script, detail) in [
        (&b""[..], "without a whole answer"),
        (b"HTTP/1.1 200 OK\r\nVia: x\r\n", "without a whole answer"),
        (b"HTTP/1.1 200 OK", "without a whole answer"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"),
        (b"\r\n\r\n\r\n", "not HTTP"),
        (b"\x05\x00\n\n", "not HTTP"),
        (&many, "not HTTP"),
        (&endless, "too long"),
        (&interim, "too long"),
    ] {
        let error = refusal(address, script).await;
        let AccessError::ProxyUnreachable { detail: said, .. } = &error else { panic!("{error:?}") };
        assert!(said.contains(detail), "{said}");
        assert!(error.is_transient() && !format!("{error} {error:?}").contains("hush"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_proxy_does_not_hang() {
    for address in ["http://p:1", "socks5://p:1"] {
        let (mut ours, _theirs) = duplex(1024);
        let mut link = BufReader::new(&mut ours);
        let began = tokio::time::Instant::now();
        let error = lead(&mut link, &address.parse().unwrap(), "app.acme.dev", 443).await.unwrap_err();
        assert!(error.to_string().contains("within 15 s"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(16));
    }
}

// RFC 1928 3 to 6.
#[tokio::test]
async fn socks_asks_by_name_or_address_and_leaves_the_hosts_bytes() {
    let script = b"\x05\x00\x05\x00\x00\x01\x7f\0\0\x01\x1f\x90host says";
    for (host, address) in [
        ("app.acme.dev", &b"\x03\x0capp.acme.dev"[..]),
        ("192.0.2.7", b"\x01\xc0\0\x02\x07"),
        ("[2001:db8::1]", b"\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
    ] {
        let (led, told, rest) = play("socks5h://p", host, script).await;
        led.unwrap();
        assert_eq!(told, [b"\x05\x01\0\x05\x01\0", address, b"\x01\xbb"].concat());
        assert_eq!(rest, b"host says");
    }
    for bound in [&b"\x04aaaaaaaaaaaaaaaapp"[..], b"\x03\x02abpp", b"\x03\x00pp"] {
        let script = [b"\x05\x00\x05\x00\x00", bound, b"host says"].concat();
        let (led, _, rest) = play("socks5://p", "app.acme.dev", &script).await;
        led.unwrap();
        assert_eq!(rest, b"host says");
    }
}

// RFC 1929 2.
#[tokio::test]
async fn socks_gives_a_password_when_asked_and_only_then() {
    let address = "socks5://ada:hush@p";
    let (led, told, _) =
        play(address, "a.dev", b"\x05\x02\x01\x00\x05\x00\x00\x01\x7f\0\0\x01\x1f\x90").await;
    led.unwrap();
    assert_eq!(told, b"\x05\x02\0\x02\x01\x03ada\x04hush\x05\x01\0\x03\x05a.dev\x01\xbb");
    let (led, told, _) = play(address, "a.dev", b"\x05\x00\x05\x00\x00\x01\x7f\0\0\x01\x1f\x90").await;
    led.unwrap();
    assert_eq!(told, b"\x05\x02\0\x02\x05\x01\0\x03\x05a.dev\x01\xbb");
    for (address, script) in
        [(address, &b"\x05\x02\x01\x01"[..]), (address, b"\x05\xff"), ("socks5://p", b"\x05\xff")]
    {
        let error = refusal(address, script).await;
        assert!(matches!(error, AccessError::ProxyNeedsPassword { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn socks_tells_its_refusals_apart_and_wrong_answers_end() {
    for (code, transient) in [(1, true), (2, false), (4, true), (5, true), (8, false), (99, false)] {
        let error = refusal("socks5://p", &[5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await;
        let expected = ProxyAnswer::Socks(code);
        assert!(matches!(error, AccessError::ProxyRefused { answer, .. } if answer == expected), "{error:?}");
        assert_eq!(error.is_transient(), transient, "{code}");
    }
    for (script, detail) in [
        (&b""[..], "without a whole answer"),
        (b"\x05", "without a whole answer"),
        (b"\x05\x00\x05\x00\x00\x03\xffabc", "without a whole answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not SOCKS 5"),
        (b"\x04\x5a", "not SOCKS 5"),
        (b"\x05\x02", "not offered"),
        (b"\x05\x00\x05\x00\x00\x09", "not SOCKS 5"),
    ] {
        let error = refusal("socks5://p", script).await;
        let AccessError::ProxyUnreachable { detail: said, .. } = &error else { panic!("{error:?}") };
        assert!(said.contains(detail), "{said}");
    }
    let long = format!("socks5://{}:x@p", "a".repeat(256));
    let error = refusal(&long, b"\x05\x02\x01\x00").await;
    assert!(error.to_string().contains("longer than SOCKS allows"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_way_or_an_error(script: Vec<u8>, socks: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let address = if socks { "socks5://u:p@p" } else { "http://p" };
        let (led, _, rest) = runtime.block_on(play(address, "app.acme.dev", &script));
        prop_assert!(led.is_err() || script.ends_with(&rest));
    }
}
