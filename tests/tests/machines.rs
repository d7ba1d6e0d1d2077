//! Hosts that this machine reaches by a service token: added once, then no flags, no person, and no browser.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::process::Command;

use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, Running, Said, TEAM, plan};
use journeys::{Background, Reach, origin, wait};
use model::{Draft, Request, Secret};
use serde_json::{Value, json};

const ROBOTS: &str = "robots.acme.test";
const ID: &str = "1a2b.access";
const SECRET: &str = "s3cret-of-the-machine";

#[test]
fn a_machines_host_is_added_once_and_reached_with_no_flags() {
    let reach = reach();
    let said = add(&reach, &format!("{ID}\n{SECRET}\n")).well();
    assert!(said.err.contains("now run: ssh robots"), "{}", said.err);
    assert!(!said.text().contains(SECRET) && !said.err.contains(SECRET));
    let before = reach.requests().len();
    let mut running = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", ROBOTS]));
    assert!(running.write(b"beep\n"));
    let said = running.ended().well();
    assert_eq!((said.text().as_str(), said.err.as_str()), ("BEEP\n", ""));
    let requests = reach.requests().split_off(before);
    assert_eq!(requests.len(), 1, "{requests:#?}");
    assert_eq!(requests[0].header("cf-access-client-id"), Some(ID));
    assert!(requests[0].header("cf-access-client-secret").is_some() && requests[0].status == 101);
    assert!(reach.browsers().is_empty());

    let state: Value = serde_json::from_slice(&reach.run(&["status", "--json"]).well().out).expect("JSON");
    assert_eq!(
        (&state["hosts"][0]["state"], &state["hosts"][0]["machine"]),
        (&json!("service-token"), &json!(true))
    );
    let listed: Value =
        serde_json::from_slice(&reach.run(&["host", "list", "--json"]).well().out).expect("JSON");
    assert_eq!(listed[0]["machine"], true);
    assert!(reach.run(&["status"]).well().text().contains("reached by a service token"));
    assert!(!settings(&reach).to_string().contains(SECRET) && !config(&reach).contains(SECRET));
    assert_eq!(settings(&reach)["machines"], json!([ROBOTS]));
}

#[test]
fn every_way_in_keeps_the_secret_out_of_the_list_of_arguments() {
    for way in ["file", "environment", "headers"] {
        let reach = reach();
        let mut command = reach.helper(&["host", "add", ROBOTS, "--machine"]);
        let said = match way {
            "file" => {
                let file = reach.home.join("ci.json");
                put(&file, json!({ "client_id": ID, "client_secret": SECRET }).to_string());
                Said::of(command.arg("--credentials").arg(file))
            }
            "environment" => Said::of(
                command.env("TUNNEL_SERVICE_TOKEN_ID", ID).env("TUNNEL_SERVICE_TOKEN_SECRET", SECRET),
            ),
            _ => add(&reach, &format!("CF-Access-Client-Id: {ID}\nCF-Access-Client-Secret: {SECRET}\n")),
        };
        said.well();
        beeps(&mut reach.helper(&["access", "tcp", "-T", ROBOTS]));
    }
    let reach = reach();
    let said = reach.run(&["host", "add", ROBOTS, "--machine", SECRET]);
    assert_eq!(said.code, Some(2), "no place for a secret: {}", said.err);
    assert!(said.err.contains("--credentials") && !said.err.contains(SECRET), "{}", said.err);
}

#[test]
fn a_refused_service_token_is_told_at_once_and_nothing_is_written() {
    let reach = reach();
    let said = add(&reach, &format!("{ID}\nwr0ng\n"));
    assert!(said.problem(6).contains("does not accept this machine's client id and secret"), "{}", said.err);
    assert_eq!(config(&reach), "");
    assert_eq!(settings(&reach).get("machines"), None);
    assert!(!std::fs::exists(reach.home.profile().join("vault.json")).expect("a look"));
    for input in ["", "one line only\n", "{\"client_id\": 7}"] {
        assert_eq!(add(&reach, input).code, Some(2), "{input:?}");
    }
}

#[test]
fn one_that_was_withdrawn_later_ends_at_once_with_a_cause_and_a_code_of_its_own() {
    let reach = reach();
    add(&reach, &format!("{ID}\n{SECRET}\n")).well();
    assert!(reach.edge.change_app(ROBOTS, |app| app.service_tokens.clear()));
    let refused = format!("{ROBOTS} does not accept this machine's client id and secret");
    let said = reach.carry(ROBOTS);
    assert!(said.problem(255).starts_with(&refused), "{}", said.err);
    let said = reach.run(&["wait-ready", ROBOTS]);
    assert!(said.problem(6).starts_with(&refused), "{}", said.err);
    put(reach.home.profile().join("vault.json"), "{}");
    let missing = format!("no client id and secret are saved for {ROBOTS}");
    assert!(reach.carry(ROBOTS).problem(255).starts_with(&missing));
    let said = reach.run(&["access", "curl", &format!("https://{ROBOTS}/")]);
    assert!(said.problem(6).starts_with(&missing), "{}", said.err);
    assert!(reach.browsers().is_empty());
}

#[test]
fn flags_and_variables_of_cloudflared_still_win() {
    let reach = reach();
    add(&reach, &format!("{ID}\n{SECRET}\n")).well();
    assert!(reach.edge.change_app(ROBOTS, |app| {
        app.service_tokens = vec![("other.access".to_owned(), "0ther".to_owned())];
    }));
    let words = ["access", "ssh", "--hostname", ROBOTS];
    beeps(reach.helper(&words).args([
        "--service-token-id",
        "other.access",
        "--service-token-secret",
        "0ther",
    ]));
    beeps(
        reach
            .helper(&words)
            .env("TUNNEL_SERVICE_TOKEN_ID", "other.access")
            .env("TUNNEL_SERVICE_TOKEN_SECRET", "0ther"),
    );
}

#[test]
fn there_is_no_login_to_a_machines_host_and_removing_it_forgets_the_secret() {
    let reach = reach();
    add(&reach, &format!("{ID}\n{SECRET}\n")).well();
    let said = reach.run(&["login", "robots"]).well();
    assert_eq!(
        said.err,
        format!("sallyport: {ROBOTS} is reached by a service token; there is no login to it\n")
    );
    assert_eq!(reach.run(&["access", "login", ROBOTS]).code, Some(2));
    let vault = || std::fs::read_to_string(reach.home.profile().join("vault.json")).expect("a vault");
    assert!(vault().contains(SECRET), "the private file that this person chose");
    reach.run(&["host", "remove", "robots"]).well();
    assert!(!vault().contains(SECRET));
    assert_eq!(settings(&reach)["machines"], json!([]));
    let said = reach.run(&["host", "add", HOST]).well();
    assert!(!said.text().contains("service"), "{}", said.text());
}

#[test]
fn a_removal_in_the_window_forgets_the_secret_and_undo_brings_it_back() {
    let reach = reach();
    put(reach.ssh_config(), "");
    reach.settings(&json!({ "ssh_config": reach.ssh_config(), "keep_warm": false }));
    add(&reach, &format!("{ID}\n{SECRET}\n")).well();
    let vault = || std::fs::read_to_string(reach.home.profile().join("vault.json")).unwrap_or_default();
    let desktop = Background::start(&reach);
    let remove = || Request::RemoveHost { alias: "robots".to_owned() };

    desktop.ask(remove());
    let is_gone = || (!vault().contains(SECRET) && settings(&reach)["machines"] == json!([])).then_some(());
    wait::until("the secret's end", wait::SOON, is_gone);
    desktop.ask(Request::Undo);
    let is_back =
        || (vault().contains(SECRET) && settings(&reach)["machines"] == json!([ROBOTS])).then_some(());
    wait::until("all of it", wait::SOON, is_back);
    beeps(&mut reach.helper(&["access", "tcp", "-T", ROBOTS]));

    desktop.ask(remove());
    wait::until("the secret's end", wait::SOON, is_gone);
    assert!(reach.browsers().is_empty());
    desktop.end();
}

#[test]
fn the_form_of_the_window_adds_one_whose_secret_rests_in_the_vault_alone() {
    let reach = reach();
    put(reach.ssh_config(), "");
    reach.settings(&json!({ "ssh_config": reach.ssh_config(), "keep_warm": false }));
    let desktop = Background::start(&reach);
    let typed = |secret: &str| Draft {
        hostname: ROBOTS.to_owned(),
        machine: true,
        client_id: ID.to_owned(),
        client_secret: Secret::new(secret),
        ..Draft::default()
    };
    let form = || desktop.snapshot().draft.clone();
    desktop.ask(Request::OpenDraft { alias: None });
    desktop.ask(Request::EditDraft { draft: typed("wrong") });
    wait::until("the lines", wait::SOON, || form().filter(|form| form.can_save));
    desktop.ask(Request::SaveDraft);
    let problem = wait::until("a refusal", wait::SOON, || form()?.problem);
    assert_eq!(problem.cause, "service-token-refused", "{problem:?}");
    assert_eq!(config(&reach), "", "nothing is written before the edge has taken it");
    assert_eq!(settings(&reach)["machines"], Value::Null);

    desktop.ask(Request::EditDraft { draft: typed(SECRET) });
    wait::until("the lines", wait::SOON, || form().filter(|form| form.can_save));
    desktop.ask(Request::SaveDraft);
    wait::until("the host", wait::SOON, || config(&reach).contains(ROBOTS).then_some(()));
    wait::until("the form's end", wait::SOON, || form().is_none().then_some(()));
    assert_eq!(settings(&reach)["machines"], json!([ROBOTS]));
    assert!(!settings(&reach).to_string().contains(SECRET) && !config(&reach).contains(SECRET));
    beeps(&mut reach.helper(&["access", "tcp", "-T", ROBOTS]));

    desktop.ask(Request::Undo);
    let vault = || std::fs::read_to_string(reach.home.profile().join("vault.json")).unwrap_or_default();
    let is_gone = || (!vault().contains(SECRET) && settings(&reach)["machines"] == json!([])).then_some(());
    wait::until("the secret's end", wait::SOON, is_gone);
    assert!(reach.browsers().is_empty());
    desktop.end();
}

/// A host that lets machines in, beside those of people.
fn reach() -> Reach {
    let app = AppPlan::new(TEAM, ROBOTS, origin::answering()).service_token(ID, SECRET);
    let reach = Reach::of(plan(origin::answering()).app(app));
    put(reach.ssh_config(), "");
    reach
}

fn add(reach: &Reach, input: &str) -> Said {
    let mut running = Running::start(&mut reach.helper(&["host", "add", ROBOTS, "--machine"]));
    assert!(running.write(input.as_bytes()));
    running.finish_input();
    running.ended()
}

#[track_caller]
fn beeps(command: &mut Command) {
    let mut running = Running::start(command);
    assert!(running.write(b"beep\n"));
    assert_eq!(running.ended().well().text(), "BEEP\n");
}

fn config(reach: &Reach) -> String {
    std::fs::read_to_string(reach.ssh_config()).expect("an ssh config")
}

fn settings(reach: &Reach) -> Value {
    let text = std::fs::read(reach.home.profile().join("settings.json")).expect("settings");
    serde_json::from_slice(&text).expect("JSON")
}
