//! Behind a proxy: everything goes through it, and what that costs.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{Access, AccessError, Carrier, Clock, DialOptions};
use profile::{Profile, Settings, VaultChoice};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use vault::Vault;
use wire::{Cause, Realm};

use crate::carry::{carry, pattern};
use crate::support::{EMAIL, HOST, World, echo, nowhere, obtain, origin, url};

/// What a connection through the proxy was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    /// Host and port.
    host: String,
    /// Questions that were answered before the way was open: round trips on top of the connection's own.
    answers: usize,
    /// The login as it stood in the protocol.
    login: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaks {
    Http,
    Https,
    Socks,
    SocksWithPassword,
}

/// A proxy that knows where the simulated edge's names are, and no others.
struct TestProxy {
    port: u16,
    roots: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    _serving: JoinSet<()>,
}

impl TestProxy {
    async fn start(realm: Realm, speaks: Speaks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (acceptor, roots) = acceptor();
        let (realm, log) = (Arc::new(realm), Arc::clone(&asked));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut streams = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (realm, log, acceptor) = (Arc::clone(&realm), Arc::clone(&log), acceptor.clone());
                streams.spawn(async move {
                    // Whoever is refused goes away; that is for the other side to tell.
                    let _ended = match speaks {
                        Speaks::Http => lead(stream, &realm, &log, speaks).await,
                        Speaks::Socks | Speaks::SocksWithPassword => lead(stream, &realm, &log, speaks).await,
                        Speaks::Https => {
                            let stream = acceptor.accept(stream).await.unwrap();
                            lead(stream, &realm, &log, speaks).await
                        }
                    };
                });
            }
        });
        Self { port, roots, asked, _serving: serving }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn acceptor() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

async fn lead<S>(mut stream: S, realm: &Realm, log: &Mutex<Vec<Asked>>, speaks: Speaks) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let asked = match speaks {
        Speaks::Http | Speaks::Https => asked_by_connect(&mut stream).await?,
        Speaks::Socks | Speaks::SocksWithPassword => asked_by_socks(&mut stream, speaks).await?,
    };
    let is_socks = matches!(speaks, Speaks::Socks | Speaks::SocksWithPassword);
    let (yes, no): (&[u8], &[u8]) = if is_socks {
        (b"\x05\0\0\x01\0\0\0\0\0\0", b"\x05\x02\0\x01\0\0\0\0\0\0")
    } else {
        (b"HTTP/1.1 200 Connection established\r\n\r\n", b"HTTP/1.1 403 Forbidden\r\n\r\n")
    };
    let host = asked.host.strip_suffix(":443").unwrap().to_owned();
    log.lock().unwrap().push(asked);
    let Some(to) = realm.route(&host) else {
        return stream.write_all(no).await;
    };
    let mut edge = TcpStream::connect(to).await?;
    edge.set_nodelay(true)?;
    stream.write_all(yes).await?;
    stream.flush().await?;
    copy_bidirectional(&mut stream, &mut edge).await.map(drop)
}

async fn asked_by_connect<S>(stream: &mut S) -> io::Result<Asked>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let host = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap().to_owned();
    let login = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: ")).map(str::to_owned);
    if login.is_none() {
        stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await?;
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(Asked { host, answers: 1, login })
}

async fn asked_by_socks<S>(stream: &mut S, speaks: Speaks) -> io::Result<Asked>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).await?;
    let mut methods = vec![0; usize::from(greeting[1])];
    stream.read_exact(&mut methods).await?;
    let mut asked = Asked { answers: 2, ..Asked::default() };
    if speaks == Speaks::SocksWithPassword {
        if !methods.contains(&2) {
            return stream.write_all(&[5, 0xFF]).await.and(Err(io::ErrorKind::PermissionDenied.into()));
        }
        stream.write_all(&[5, 2]).await?;
        assert_eq!(stream.read_u8().await?, 1);
        let user = counted_text(stream).await?;
        let password = counted_text(stream).await?;
        stream.write_all(&[1, 0]).await?;
        asked = Asked { answers: 3, login: Some(format!("{user}:{password}")), ..asked };
    } else {
        stream.write_all(&[5, 0]).await?;
    }
    let mut request = [0; 4];
    stream.read_exact(&mut request).await?;
    assert_eq!(request, [5, 1, 0, 3]);
    let host = counted_text(stream).await?;
    let port = stream.read_u16().await?;
    Ok(Asked { host: format!("{host}:{port}"), ..asked })
}

async fn counted_text(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut text = vec![0; usize::from(stream.read_u8().await?)];
    stream.read_exact(&mut text).await?;
    Ok(String::from_utf8(text).unwrap())
}

/// A person in the same realm, whose names are known to nobody but the proxy, unless `routes` stay.
fn behind(realm: Realm, variables: &[(&str, String)]) -> (Access, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, text: Vec<u8>| profile::write_atomically(&folder.path().join(name), &text).unwrap();
    write("realm.json", serde_json::to_vec(&realm).unwrap());
    let settings = Settings { vault: VaultChoice::File, ..Settings::default() };
    write("settings.json", serde_json::to_vec(&settings).unwrap());
    let env = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone().into())
    };
    let profile = Profile::open(Some(folder.path().to_owned()), &env).unwrap();
    (Access::with_clock(&profile, Vault::open(&profile), Clock::default()).unwrap(), folder)
}

fn without_routes(realm: Realm, more_roots: &str) -> Realm {
    let roots = format!("{}{more_roots}", realm.roots);
    Realm { routes: Vec::new(), roots, ..realm }
}

async fn dial(access: &Access, host: &str) -> Result<Carrier, AccessError> {
    let target = url(host);
    let held = access.token_at_hand(&target).await?;
    let options = DialOptions { linger: Duration::from_secs(1), ..DialOptions::default() };
    access.dial(&target, held.as_ref().map(|held| &held.token), &options).await
}

#[tokio::test]
async fn everything_goes_through_a_proxy_which_costs_its_own_round_trips_and_no_more() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    for (speaks, scheme, login, answers) in [
        (Speaks::Http, "http://ada:hush@", Some("Basic YWRhOmh1c2g="), 1),
        (Speaks::Https, "https://ada:hush@", Some("Basic YWRhOmh1c2g="), 1),
        (Speaks::Socks, "socks5://", None, 2),
        (Speaks::SocksWithPassword, "socks5h://ada:hush@", Some("ada:hush"), 3),
    ] {
        let proxy = TestProxy::start(world.sim.realm(), speaks).await;
        let variable = ("HTTPS_PROXY", format!("{scheme}127.0.0.1:{}", proxy.port));
        let realm = without_routes(world.sim.realm(), &proxy.roots);
        let (access, _folder) = behind(realm.clone(), &[variable]);
        obtain(&access, &world.sim, HOST, EMAIL).await.0.unwrap();
        let hosts: Vec<String> = proxy.asked().into_iter().map(|asked| asked.host).collect();
        for host in [HOST, "acme.cloudflareaccess.com", &realm.transfer] {
            assert!(hosts.contains(&format!("{host}:443")), "{host} is not in {hosts:?}");
        }
        let (before, connections) = (world.sim.log().len(), proxy.asked().len());
        let carrier = dial(&access, HOST).await.unwrap();
        let sent = pattern(3 << 20);
        let (carried, received) = carry(carrier, &sent, true).await;
        assert!(received == sent, "{} of {} bytes came back: {:?}", received.len(), sent.len(), carried.end);
        let requests = &world.sim.log()[before..];
        assert_eq!(
            requests.iter().map(|seen| (seen.round_trips, seen.status)).collect::<Vec<_>>(),
            [(3, 101)]
        );
        let expected = Asked { host: format!("{HOST}:443"), answers, login: login.map(str::to_owned) };
        assert_eq!(proxy.asked()[connections..], [expected]);
    }
}

#[tokio::test]
async fn refusals_of_a_proxy_are_told_apart_without_its_password() {
    let world = World::new().await;
    let http = TestProxy::start(world.sim.realm(), Speaks::Http).await;
    let secured = TestProxy::start(world.sim.realm(), Speaks::Https).await;
    let socks = TestProxy::start(world.sim.realm(), Speaks::SocksWithPassword).await;
    let realm = without_routes(world.sim.realm(), "");
    let at = |port: u16| format!("127.0.0.1:{port}");
    let closed = nowhere().port();
    let refused = |port, said: &str| Cause::ProxyRefused {
        proxy: at(port),
        host: "elsewhere.acme.dev".to_owned(),
        said: said.to_owned(),
    };
    for (address, expected) in [
        (format!("http://{}", at(http.port)), Cause::ProxyNeedsPassword { proxy: at(http.port) }),
        (format!("http://ada:hush@{}", at(http.port)), refused(http.port, "status 403")),
        (format!("socks5://{}", at(socks.port)), Cause::ProxyNeedsPassword { proxy: at(socks.port) }),
        (format!("socks5://ada:hush@{}", at(socks.port)), refused(socks.port, "its rules do not allow it")),
    ] {
        let (access, _folder) = behind(realm.clone(), &[("ALL_PROXY", address.clone())]);
        let error = dial(&access, "elsewhere.acme.dev").await.unwrap_err();
        assert_eq!(error.cause(), expected, "{address}");
    }
    for (address, kind) in [
        (format!("http://ada:hush@{}", at(closed)), "proxy-unreachable"),
        (format!("https://ada:hush@{}", at(secured.port)), "untrusted-certificate"),
        ("gopher://ada:hush@127.0.0.1".to_owned(), "proxy-unreachable"),
    ] {
        let (access, _folder) = behind(realm.clone(), &[("HTTPS_PROXY", address.clone())]);
        let error = dial(&access, HOST).await.unwrap_err();
        assert_eq!(error.cause().kind(), kind, "{address}: {error}");
        assert!(!format!("{error} {error:?} {:?}", error.cause()).contains("hush"), "{error:?}");
    }
}

#[tokio::test]
async fn routes_of_the_realm_and_this_machine_lie_before_the_proxy() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    let broken = ("HTTPS_PROXY", format!("http://{}", nowhere()));
    let (access, _folder) = behind(world.sim.realm(), std::slice::from_ref(&broken));
    obtain(&access, &world.sim, HOST, EMAIL).await.0.unwrap();
    drop(dial(&access, HOST).await.unwrap());
    let (access, _folder) = behind(without_routes(world.sim.realm(), ""), &[broken]);
    let error = dial(&access, &nowhere().to_string()).await.unwrap_err();
    assert!(matches!(error, AccessError::Unreachable { .. }), "{error:?}");
}
