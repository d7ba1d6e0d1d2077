//! A process that uses the vault and answers one question per line.
//!
//! The libraries read the bus's address from the environment, and a test must not change its own; so a person is this
//! test program again, started with an environment of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use profile::Profile;
use vault::{Slot, Vault, VaultError};
use wire::{Jwt, TeamDomain};

use crate::service::Home;

const ANSWER: &str = "answer: ";

pub(crate) struct Person {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Person {
    pub(crate) fn start(home: &Home, settings: &str, bus: Option<&str>) -> Self {
        let dir = home.path().join("profile");
        profile::write_atomically(&dir.join("settings.json"), settings.as_bytes()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "--nocapture", "person::answers_questions"]);
        command.env_clear().env("PERSON", &dir);
        command.envs(bus.map(|bus| ("DBUS_SESSION_BUS_ADDRESS", bus)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (questions, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, questions, answers: BufReader::new(answers) }
    }

    pub(crate) fn ask(&mut self, question: &str) -> String {
        writeln!(self.questions, "{question}").unwrap();
        loop {
            let mut line = String::new();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the person has gone");
            // The test harness prints its own words to the same stream.
            if let Some((_, answer)) = line.trim_end().split_once(ANSWER) {
                return answer.to_owned();
            }
        }
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token of `size` bytes that no two sizes share.
pub(crate) fn text(size: usize) -> String {
    format!("{size}.").chars().chain(('a'..='z').cycle()).take(size).collect()
}

#[test]
#[ignore = "a part that the other tests start"]
fn answers_questions() {
    let dir = std::env::var_os("PERSON").expect("the tests of this file say which profile");
    let profile = Profile::open(Some(dir.into()), &|_| None).unwrap();
    let vault = Vault::open(&profile);
    // The desktop's kind of runtime: zbus must not notice it.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for question in std::io::stdin().lines() {
        let question = question.unwrap();
        let answer = match question.as_str() {
            "service" => profile.keychain_service(),
            "threads" => std::fs::read_dir("/proc/self/task").unwrap().count().to_string(),
            _ => runtime.block_on(answer(&vault, &question)).unwrap_or_else(|error| kind(&error)),
        };
        println!("{ANSWER}{answer}");
    }
}

async fn answer(vault: &Vault, question: &str) -> Result<String, VaultError> {
    let words: Vec<&str> = question.split(' ').collect();
    Ok(match words[..] {
        ["probe"] => vault.probe().await.map(|()| "done".into())?,
        ["read", name] => told(vault.read(&slot(name)).await?),
        ["read-blocking", name] => told(vault.read_blocking(&slot(name))?),
        ["write", name, size] => {
            let token = Jwt::new(&text(size.parse().unwrap()));
            vault.write(&slot(name), &token).await.map(|()| "done".into())?
        }
        ["remove", name] => vault.remove(&slot(name)).await?.to_string(),
        _ => panic!("no such question: {question}"),
    })
}

fn slot(name: &str) -> Slot {
    match name {
        "app" => Slot::App { audience: "aud".into() },
        "org" => {
            let suffixes = [".cloudflareaccess.com".to_owned()];
            Slot::Org { team: TeamDomain::parse("team.cloudflareaccess.com", &suffixes).unwrap() }
        }
        _ => panic!("no such slot: {name}"),
    }
}

fn told(token: Option<Jwt>) -> String {
    token.map_or("none".into(), |token| {
        let size = token.reveal().len();
        assert_eq!(token.reveal(), text(size));
        format!("token {size}")
    })
}

/// The variant and the kind of its cause.
fn kind(error: &VaultError) -> String {
    let variant = format!("{error:?}");
    let variant = variant.split([' ', '{', '(']).next().unwrap().to_owned();
    let cause = serde_json::to_value(error.cause()).unwrap();
    format!("{variant} {}", cause["kind"].as_str().unwrap())
}
