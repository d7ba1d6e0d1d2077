//! Stock OpenSSH through the helper to a stock server: commands, copies, clones, many at once, and nothing lost.
#![cfg(target_os = "linux")]

use std::process::Command;

use journeys::homes::put;
use journeys::reach::{HOST, PERSON, Running, Said, Visit};
use journeys::{Reach, Sshd, gibibyte, need, sshd};

/// How often the edge is asked about a host while it is added.
const ADDED: usize = 1;

/// A server behind the edge, and a person who has added it as `build-01`.
struct Scene {
    reach: Reach,
    server: Sshd,
}

impl Scene {
    fn set() -> Option<Self> {
        if need::lacks(&sshd::NEEDS) || need::lacks(&["sftp"]) {
            return None;
        }
        let server = Sshd::start();
        let reach = Reach::to(server.address());
        put(reach.ssh_config(), server.client_lines());
        let said = reach.run(&["host", "add", HOST, "--user", &server.user()]).well();
        assert!(said.err.contains("now run: ssh build-01"), "{}", said.err);
        Some(Self { reach, server })
    }

    fn logged_in() -> Option<Self> {
        let scene = Self::set()?;
        scene.reach.log_in(HOST);
        Some(scene)
    }

    /// An ssh that says this number over there.
    fn says(&self, number: usize) -> Running {
        Running::start(&mut self.ssh(&[&format!("echo {number}")]))
    }

    fn ssh(&self, words: &[&str]) -> Command {
        let mut command = self.reach.client("ssh");
        command.arg("build-01").args(words);
        command
    }
}

#[test]
fn the_first_ssh_opens_a_browser_and_goes_on_by_itself() {
    let Some(scene) = Scene::set() else { return };
    let said = Said::of(&mut scene.ssh(&["echo out; exit 7"]));
    assert_eq!((said.code, said.text().as_str()), (Some(7), "out\n"), "{}\n{}", said.err, scene.server.log());
    assert_eq!(scene.reach.browsers().len(), 1);
    let own: Vec<&str> = said.err.lines().filter(|line| line.starts_with("sallyport: ")).collect();
    assert_eq!(own[0], format!("sallyport: log in in your browser to continue ({HOST})"));
    assert!(own[1].starts_with(&format!("sallyport: logged in as {PERSON} until ")), "{}", own[1]);
    assert_eq!(own.len(), 2, "{}", said.err);
}

#[test]
fn two_first_ones_at_the_same_moment_open_one_browser() {
    let Some(scene) = Scene::set() else { return };
    let both = [0, 1].map(|_| Running::start(&mut scene.ssh(&["echo in"])));
    for ssh in both {
        assert_eq!(ssh.ended().well().text(), "in\n");
    }
    assert_eq!(scene.reach.browsers().len(), 1);
}

#[test]
fn forty_first_ones_at_the_same_moment_open_one_browser() {
    let Some(scene) = Scene::set() else { return };
    scene.reach.visits(Visit::LogsInWhenTold);
    let crowd: Vec<Running> = (0..40).map(|number| scene.says(number)).collect();
    scene.reach.until_asked(ADDED + 40);
    scene.reach.until_browsers(1);
    scene.reach.let_in();
    for (number, ssh) in crowd.into_iter().enumerate() {
        assert_eq!(ssh.ended().well().text(), format!("{number}\n"));
    }
    assert_eq!(scene.reach.browsers().len(), 1);
}

#[test]
fn when_the_helper_of_the_first_is_killed_one_of_the_others_asks_and_all_of_them_go_on() {
    let Some(scene) = Scene::set() else { return };
    scene.reach.visits(Visit::LogsInWhenTold);
    let first = scene.says(0);
    scene.reach.until_browsers(1);
    let crowd: Vec<Running> = (1..40).map(|number| scene.says(number)).collect();
    scene.reach.until_asked(ADDED + 40);
    scene.reach.kill_who_logs_in();
    scene.reach.until_browsers(2);
    scene.reach.let_in();
    for (number, ssh) in (1..).zip(crowd) {
        assert_eq!(ssh.ended().well().text(), format!("{number}\n"));
    }
    assert_eq!(first.ended().code, Some(255));
    assert_eq!(scene.reach.browsers().len(), 2, "the first page leads nowhere any more");
}

#[test]
fn when_the_first_ssh_is_killed_its_page_still_serves_the_others() {
    let Some(scene) = Scene::set() else { return };
    scene.reach.visits(Visit::LogsInWhenTold);
    let mut first = scene.says(0);
    scene.reach.until_browsers(1);
    let crowd: Vec<Running> = (1..6).map(|number| scene.says(number)).collect();
    scene.reach.until_asked(ADDED + 6);
    first.kill();
    scene.reach.let_in();
    for (number, ssh) in (1..).zip(crowd) {
        assert_eq!(ssh.ended().well().text(), format!("{number}\n"));
    }
    assert_eq!(scene.reach.browsers().len(), 1);
}

#[test]
fn below_ssh_a_variable_is_enough_to_ask_nobody() {
    let Some(scene) = Scene::set() else { return };
    let mut ssh = scene.ssh(&["true"]);
    let said = Said::of(ssh.env("SALLYPORT_LOGIN", "never"));
    assert_eq!(said.code, Some(255), "ssh's own");
    let line = format!(
        "sallyport: not logged in to {HOST}, and this program may not open a browser; run: sallyport login {HOST}"
    );
    assert!(said.err.lines().any(|said| said == line), "{}", said.err);
    assert!(scene.reach.browsers().is_empty());
}

#[test]
fn later_ones_are_silent_and_hand_back_status_and_both_streams() {
    let Some(scene) = Scene::logged_in() else { return };
    // The first one also writes the server's key down, and says so.
    Said::of(&mut scene.ssh(&["true"])).well();
    let said = Said::of(&mut scene.ssh(&["echo out; echo err >&2; exit 7"]));
    assert_eq!((said.code, said.text().as_str(), said.err.as_str()), (Some(7), "out\n", "err\n"));
    assert!(scene.reach.browsers().is_empty());
}

#[test]
fn a_gibibyte_by_scp_comes_through_both_ways() {
    let Some(scene) = Scene::logged_in() else { return };
    let [sent, there, back] = gibibyte::there_and_back(|| scene.reach.client("scp"), "build-01");
    assert_eq!([there, back], [sent.clone(), sent]);
}

#[test]
fn sftp_puts_and_gets() {
    let Some(scene) = Scene::logged_in() else { return };
    let home = &scene.reach.home;
    put(home.join("here"), noise(3_000_000));
    let commands = format!("put {0}/here {0}/there\nget {0}/there {0}/back\n", home.path().display());
    put(home.join("commands"), commands);
    let mut sftp = scene.reach.client("sftp");
    Said::of(sftp.arg("-q").arg("-b").arg(home.join("commands")).arg("build-01")).well();
    assert_eq!(std::fs::read(home.join("back")).expect("a copy"), noise(3_000_000));
}

#[test]
fn git_clones_and_pushes() {
    let Some(scene) = Scene::logged_in() else { return };
    let home = &scene.reach.home;
    put(home.join("source/file"), noise(1_000_000));
    for words in [
        vec!["init", "-q", "-b", "main", "source"],
        vec!["-C", "source", "add", "file"],
        vec!["-C", "source", "-c", "user.name=Ada", "-c", "user.email=ada@acme.test", "commit", "-qm", "One"],
        vec!["clone", "-q", "--bare", "source", "served"],
    ] {
        Said::of(scene.reach.git().args(words)).well();
    }
    let url = format!("build-01:{}", home.join("served").display());
    Said::of(scene.reach.git().args(["clone", "-q", &url, "cloned"])).well();
    assert_eq!(std::fs::read(home.join("cloned/file")).expect("a working copy"), noise(1_000_000));
    Said::of(scene.reach.git().args(["-C", "cloned", "push", "-q", "origin", "main:second"])).well();
    let branches = Said::of(scene.reach.git().args(["-C", "served", "branch", "--list", "second"])).well();
    assert_eq!(branches.text().trim(), "second");
}

#[test]
fn fifty_at_once_each_get_their_own_answer() {
    let Some(scene) = Scene::logged_in() else { return };
    let start = |number: usize| {
        let word = format!("cat; echo this is {number}; exit {}", number % 100);
        Running::start(&mut scene.ssh(&[&word]))
    };
    let sessions: Vec<Running> = (0..50).map(start).collect();
    for (number, mut session) in sessions.into_iter().enumerate() {
        let line = format!("to {number}\n");
        assert!(session.write(line.as_bytes()));
        session.finish_input();
        let said = session.ended();
        assert_eq!(said.text(), format!("{line}this is {number}\n"), "{}", said.err);
        assert_eq!(said.code, i32::try_from(number % 100).ok());
    }
    let upgraded = scene.reach.edge.connections().iter().filter(|seen| seen.upgraded).count();
    assert_eq!(upgraded, 50);
}

#[test]
fn a_pipe_through_the_server_and_back_loses_nothing() {
    let Some(scene) = Scene::logged_in() else { return };
    let sent = noise(20_000_000);
    // The remote side answers only after the end of our input, as `tar | ssh tar` does; then it has a lot to say.
    let all = scene.reach.home.join("all").display().to_string();
    let mut session = Running::start(&mut scene.ssh(&[&format!("cat >'{all}'; cat '{all}'")]));
    assert!(session.write(&sent));
    session.finish_input();
    let said = session.ended().well();
    assert_eq!(said.out.len(), sent.len());
    assert!(said.out == sent, "the same bytes in the same order");
}

/// Bytes without a pattern, the same in every run.
fn noise(count: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        // Steps of xorshift: cheap, and long without a repetition.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}
