//! A link by the name of `cloudflared` is enough: configurations of ssh that were written for that one go on.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use journeys::homes::put;
use journeys::reach::{HOST, Said};
use journeys::{Reach, Sshd, built, need, sshd};

/// A server behind the edge, and a person whose `cloudflared` is a link to the helper.
struct Scene {
    reach: Reach,
    server: Sshd,
}

#[test]
fn lines_with_a_short_lived_certificate_get_ssh_in() {
    let Some(scene) = Scene::set() else { return };
    let said = Said::of(
        &mut scene
            .command("cloudflared", &["access", "ssh-config", "--hostname", HOST, "--short-lived-cert"]),
    );
    let lines = said.well().text();
    let link = scene.link().display().to_string();
    assert!(lines.contains(&format!("exec \"{link} access ssh-gen --hostname %h\"\n")), "{lines}");
    assert!(lines.contains(&format!("  ProxyCommand {link} access ssh --hostname %h\n")), "{lines}");
    let (_, entry) = lines.split_once(".ssh/config:\n").expect("lines to copy");
    // ssh takes the home from the list of accounts, where it is another.
    let entry = entry.replace("~/", &format!("{}/", scene.reach.home.path().display()));
    scene.configure(&entry);

    let said = scene.ssh();
    assert_eq!((said.code, said.text().as_str()), (Some(7), "in\n"), "{}\n{}", said.err, scene.server.log());
    assert!(scene.server.log().contains("ECDSA-CERT"), "{}", scene.server.log());
    assert_eq!(scene.reach.browsers().len(), 1, "one log-in serves the certificate and the connection");
    let own = said.err.lines().filter(|line| line.starts_with("cloudflared: ")).count();
    assert!(
        own > 0 && !said.err.contains("sallyport: "),
        "it speaks by the name that it was called by: {}",
        said.err
    );
}

#[test]
fn a_command_without_a_path_is_found_where_programs_are() {
    let Some(scene) = Scene::set() else { return };
    let lines = scene.server.client_lines();
    scene.configure(&format!(
        "Host *.acme.test\n  ProxyCommand cloudflared access ssh --hostname %h\n{lines}"
    ));
    let said = scene.ssh();
    assert_eq!((said.code, said.text().as_str()), (Some(7), "in\n"), "{}\n{}", said.err, scene.server.log());
}

impl Scene {
    fn set() -> Option<Self> {
        if need::lacks(&sshd::NEEDS) {
            return None;
        }
        let server = Sshd::start();
        let reach = Reach::to(server.address());
        reach.logs_in_as(&format!("{}@acme.test", server.user()));
        server.trust_authority(&reach.edge.ssh_ca());
        // Whoever comes from cloudflared has no profile but the standard one.
        for file in ["realm.json", "settings.json"] {
            let text = std::fs::read(reach.home.profile().join(file)).expect("a file of the profile");
            put(reach.home.join(".config/sallyport").join(file), text);
        }
        let scene = Self { reach, server };
        std::fs::create_dir(scene.reach.home.join("bin")).expect("a folder for programs");
        std::os::unix::fs::symlink(built::program("sallyport"), scene.link()).expect("a link");
        Some(scene)
    }

    fn link(&self) -> PathBuf {
        self.reach.home.join("bin/cloudflared")
    }

    fn configure(&self, entry: &str) {
        let known = self.reach.home.join("known_hosts");
        let rest = format!(
            "Host *\n  User {}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {}\n  \
             GlobalKnownHostsFile none\n  StrictHostKeyChecking accept-new\n  BatchMode yes\n",
            self.server.user(),
            known.display()
        );
        put(self.reach.ssh_config(), format!("{entry}{rest}"));
    }

    fn ssh(&self) -> Said {
        let config = self.reach.ssh_config().display().to_string();
        Said::of(&mut self.command("ssh", &["-F", &config, HOST, "echo in; exit 7"]))
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let home = &self.reach.home;
        let path = std::env::var("PATH").unwrap_or_default();
        // By way of a shell, which looks for programs where this person has them.
        let mut command = home.command("/bin/sh");
        command.args(["-c", "exec \"$0\" \"$@\"", program]).args(words).stdin(Stdio::null());
        command.env("PATH", format!("{}:{path}", home.join("bin").display()));
        command.env("BROWSER", home.join("browser"));
        command
    }
}
