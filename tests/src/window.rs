//! The real window, driven: WebKitWebDriver starts a program and clicks in the page that it shows.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::{Part, wait};

/// What a driver needs of the machine.
pub const NEEDS: [&str; 1] = ["WebKitWebDriver"];

/// One running WebKitWebDriver. It opens one window at a time.
#[derive(Debug)]
pub struct Driver {
    part: Part,
    address: SocketAddr,
}

impl Driver {
    /// Starts it with this command, whose environment becomes the window's; [`crate::Desk::driver`] has the command.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(command: &mut Command, logs: &Path) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), command, logs)
    }

    /// The same where the command runs on another machine, which has this address.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_at(host: IpAddr, command: &mut Command, logs: &Path) -> Self {
        let address = SocketAddr::new(host, free_port());
        command.arg(format!("--port={}", address.port())).arg(format!("--host={host}"));
        // Without it the program never answers the driver.
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        let mut part = Part::start("driver", command, logs);
        part.says("a listening port", |_| TcpStream::connect(address).ok());
        Self { part, address }
    }

    /// Starts a program, and takes hold of the page in its first window.
    ///
    /// # Panics
    /// With what the program said, when no window comes.
    pub async fn open(&self, program: &Path, arguments: &[&str]) -> Client {
        let start = json!({ "binary": program, "args": arguments });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), start)].into_iter().collect();
        let address = format!("http://{}", self.address);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connected =
            tokio::time::timeout(wait::SOON, builder.capabilities(capabilities).connect(&address)).await;
        let connected = connected.unwrap_or_else(|_| panic!("no window came\n{}", self.log()));
        connected.unwrap_or_else(|why| panic!("no window: {why}\n{}", self.log()))
    }

    /// What the driver and the program said so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.part.log()
    }
}

/// The driver takes a number only. Another process may take the port before it does; then it ends, and the test says so.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its number").port()
}
