//! The edge, the origins and a logged-in person.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::bench::{namespaces, origins};
use crate::homes::put;
use crate::{Home, Part, built};

/// The apps of the bench: one for each origin.
pub(super) const GREETER: &str = "greeter.bench.test";
pub(super) const SINK: &str = "sink.bench.test";
pub(super) const SOURCE: &str = "source.bench.test";
/// Where connections end at a listener that never says a word.
pub(super) const SILENT: &str = "silent.bench.test";

/// Bytes of a bulk measurement in one direction.
pub(super) const BULK: u64 = 1 << 30;

/// Where the silent app is for a peer that knows port 443 only.
const SILENCE: &str = "127.0.0.2:443";

/// Everything that is measured against.
pub(super) struct Stage {
    pub(super) home: Home,
    pub(super) silence: TcpListener,
    _edge: Part,
}

impl Stage {
    pub(super) fn set(as_cloudflare: bool) -> Self {
        let home = Home::new();
        std::fs::create_dir_all(home.profile()).expect("a folder for the profile");
        if as_cloudflare {
            name_the_edge(&home);
        }
        let mut command = Command::new(built::program("sallyport-sim"));
        command.args(["--team", "bench", "--app-life", "8h", "--org-life", "24h"]);
        command.args(["--listen", if as_cloudflare { "127.0.0.1:443" } else { "127.0.0.1:0" }]);
        let greeter = origins::greeter();
        for (name, origin) in [
            (GREETER, greeter),
            (SINK, origins::sink(BULK)),
            (SOURCE, origins::source(BULK)),
            (SILENT, greeter),
        ] {
            command.arg("--app").arg(format!("{name}={origin}"));
        }
        command.arg("--realm-out").arg(home.profile().join("realm.json"));
        command.arg("--ca-out").arg(home.join("ca.pem"));
        command.env("RUST_LOG", "error");
        let mut edge = Part::start("edge", &mut command, &home.logs());
        edge.says("that it is ready", |log| log.contains("\"ready\":true").then_some(()));
        put(home.profile().join("settings.json"), json!({ "vault": "file" }).to_string());
        let silence = TcpListener::bind(if as_cloudflare { SILENCE } else { "127.0.0.1:0" });
        let stage = Self { home, silence: silence.expect("a port to listen on"), _edge: edge };
        stage.place_browser();
        stage
    }

    /// A folder to put first on the PATH: its `xdg-open` plays the person.
    pub(super) fn browsers(&self) -> PathBuf {
        self.home.join("bin")
    }

    /// Points the silent app away from the edge, now that there is a login for it.
    pub(super) fn fall_silent(&self) {
        let mut realm = self.realm();
        let to = self.silence.local_addr().expect("an address");
        let routes = realm["routes"].as_array_mut().expect("the edge's own routes");
        routes.insert(0, json!({ "host": SILENT, "to": to }));
        put(self.home.profile().join("realm.json"), realm.to_string());
    }

    fn realm(&self) -> serde_json::Value {
        let realm = std::fs::read_to_string(self.home.profile().join("realm.json")).expect("the realm");
        serde_json::from_str(&realm).expect("JSON")
    }

    fn place_browser(&self) {
        let realm = self.realm();
        let gateway = realm["browser_gateway"].as_str().expect("a gateway").to_owned();
        let script = self.browsers().join("xdg-open");
        let sim = built::program("sallyport-sim");
        put(
            &script,
            format!(
                "#!/bin/sh\nexec '{}' browse --gateway '{gateway}' --email ada@bench.test \"$1\" >/dev/null 2>&1\n",
                sim.display()
            ),
        );
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).expect("a program");
    }
}

fn name_the_edge(home: &Home) {
    let hosts = home.join("hosts");
    let names =
        [GREETER, SINK, SOURCE, "bench.cloudflareaccess.com", "login.cloudflareaccess.org", "localhost"];
    let (silence, _) = SILENCE.split_once(':').expect("an address and a port");
    put(&hosts, format!("127.0.0.1 {}\n{silence} {SILENT}\n", names.join(" ")));
    namespaces::name_hosts(&hosts);
}
