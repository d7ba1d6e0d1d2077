//! People who do not finish a log-in, and answers from the browser that cannot be used.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use edge_sim::{TokenFault, TransferFault};
use journeys::homes::put;
use journeys::reach::{HOST, PERSON, Running, Said, Visit};
use journeys::{Reach, built, need};
use serde_json::json;

use crate::{bytes, goes_through, stage};

#[test]
fn a_person_who_cancels_or_closes_the_tab_may_try_again() {
    for visit in [Visit::Cancels, Visit::Leaves] {
        let reach = hasty();
        reach.visits(visit);
        let said = reach.carry(HOST);
        assert_eq!(said.problem(255), "gave up after 1 s; run ssh again when you are logged in", "{visit:?}");
        assert!(said.err.contains("sallyport: log in in your browser to continue"), "{}", said.err);
        assert_eq!(bytes(&reach.home.profile().join("vault.json")), None);
        reach.settings(&json!({}));
        reach.visits(Visit::LogsIn);
        goes_through(&reach, HOST);
        assert_eq!(reach.browsers().len(), 2);
    }
}

#[test]
fn without_a_browser_the_link_is_shown() {
    let reach = hasty();
    let mut command = reach.helper(&["access", "ssh", "--hostname", HOST]);
    let said = Said::of(command.env("BROWSER", "no-such-browser").env("PATH", ""));
    let _ = said.problem(255);
    let link = format!("sallyport: no browser opened; log in to continue ({HOST}): {}", reach.edge.gateway());
    assert!(said.err.starts_with(&link), "{}", said.err);
}

#[test]
fn a_browser_of_the_terminal_does_not_get_sshs_stream() {
    let reach = hasty();
    let w3m = reach.home.join("w3m");
    put(&w3m, "#!/bin/sh\necho page\n");
    std::fs::set_permissions(&w3m, std::fs::Permissions::from_mode(0o700)).expect("a program");
    let mut command = reach.helper(&["access", "ssh", "--hostname", HOST]);
    let said = Said::of(command.env("BROWSER", w3m));
    assert!(said.err.starts_with("sallyport: no browser opened; log in to continue "), "{}", said.err);
    assert_eq!(said.text(), "");
}

#[test]
fn the_browser_of_the_settings_wins() {
    let reach = stage();
    reach.settings(&json!({ "browser": reach.home.join("browser") }));
    let mut running = Running::start(
        reach.helper(&["access", "ssh", "--hostname", HOST]).env("BROWSER", "no-such-browser"),
    );
    assert!(running.write(b"chosen\n"));
    assert_eq!(running.ended().well().text(), "CHOSEN\n");
    assert_eq!(reach.browsers().len(), 1);
}

#[test]
fn a_team_may_have_a_browser_of_its_own() {
    let reach = stage();
    let browser = reach.home.join("browser").display().to_string();
    let said = reach.run(&["browser", "acme", &browser]).well();
    assert_eq!(said.err, format!("sallyport: log-ins of acme open in {browser}\n"));
    let carries = |browsers: usize| {
        let mut helper = reach.helper(&["access", "ssh", "--hostname", HOST]);
        let mut running = Running::start(helper.env("BROWSER", "no-such-browser"));
        assert!(running.write(b"ours\n"));
        assert_eq!(running.ended().well().text(), "OURS\n");
        assert_eq!(reach.browsers().len(), browsers);
    };
    carries(1);
    assert!(reach.run(&["browser"]).well().text().starts_with(&format!("acme      {browser}\n")));
    assert_eq!(
        reach.run(&["browser", "acme", "no-such-browser -x"]).problem(1),
        "no-such-browser is not installed; install it, then try again"
    );
    reach.run(&["browser", "acme", "--default"]).well();
    assert_eq!(reach.run(&["browser"]).well().text(), "any team  the usual browser\n");
}

#[test]
fn another_device_may_finish_the_log_in() {
    let reach = stage();
    reach.visits(Visit::Leaves);
    let mut running = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST]));
    reach.until_browsers(1);
    let link = reach.browsers().remove(0);
    // A phone: nothing of this person's home, and cookies of its own.
    let mut phone = std::process::Command::new(built::program("sallyport-sim"));
    let said = Said::of(phone.env_clear().args(["browse", "--email", PERSON, &link]));
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(running.write(b"from afar\n"));
    assert_eq!(running.ended().well().text(), "FROM AFAR\n");
}

#[test]
fn a_terminal_gets_a_code_for_the_phone_where_it_fits() {
    if need::lacks(&["script", "stty"]) {
        return;
    }
    let reach = hasty();
    for (columns, drawn) in [(120, true), (40, false)] {
        let helper = reach.helper(&["login", HOST]);
        let words: Vec<String> = [helper.get_program()]
            .into_iter()
            .chain(helper.get_args())
            .map(|word| format!("'{}'", word.display()))
            .collect();
        let line = format!("stty cols {columns} rows 90; BROWSER=no-such-browser {}", words.join(" "));
        let mut terminal = reach.home.command("script");
        let said = Said::of(terminal.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null())).text();
        assert!(said.contains("no browser opened; log in to continue"), "{said}");
        assert_eq!(said.contains("▄") && said.contains("█"), drawn, "{columns} columns: {said}");
    }
}

#[test]
fn an_answer_that_cannot_be_opened_is_not_used() {
    let reach = stage();
    for fault in [
        TransferFault::Undecryptable,
        TransferFault::BadBase64,
        TransferFault::NotJson,
        TransferFault::NoSenderKey,
    ] {
        reach.edge.faults().set(|faulty| faulty.transfer.next(1, fault.clone()));
        let said = reach.carry(HOST);
        assert_eq!(
            said.problem(255),
            "what the browser sent back cannot be used; log in once more",
            "{fault:?}"
        );
        assert_eq!(bytes(&reach.home.profile().join("vault.json")), None, "{fault:?}");
    }
    goes_through(&reach, HOST);
}

#[test]
fn a_token_that_is_not_for_this_app_is_not_used() {
    let reach = stage();
    for fault in [TokenFault::OtherAudience, TokenFault::WrongSignature, TokenFault::Expired] {
        reach.edge.faults().set(|faulty| faulty.tokens.next(1, fault));
        let said = reach.carry(HOST);
        assert_eq!(
            said.problem(255),
            "what the browser sent back cannot be used; log in once more",
            "{fault:?}"
        );
        assert_eq!(bytes(&reach.home.profile().join("vault.json")), None, "{fault:?}");
    }
    goes_through(&reach, HOST);
}

#[test]
fn settings_that_cannot_be_understood_are_left_alone() {
    let reach = stage();
    for name in ["settings.json", "realm.json"] {
        let file = reach.home.profile().join(name);
        let good = bytes(&file).expect("the file");
        put(&file, "{\n  \"vault\": fil");
        let said = reach.carry(HOST);
        let expected = format!(
            "{} cannot be understood; mend it, or move it away to begin with the defaults",
            file.display()
        );
        assert_eq!(said.problem(255), expected);
        assert_eq!(bytes(&file).as_deref(), Some(b"{\n  \"vault\": fil".as_slice()));
        put(&file, good);
    }
    goes_through(&reach, HOST);
}

#[test]
fn a_transfer_service_that_fails_again_and_again() {
    let reach = stage();
    reach.edge.faults().set(|faulty| faulty.transfer.always(TransferFault::Status(503)));
    assert_eq!(reach.carry(HOST).problem(255), "the login did not come through; log in once more");
    reach.edge.faults().clear();
    goes_through(&reach, HOST);
}

#[test]
fn a_vault_that_cannot_be_understood_is_left_alone() {
    let reach = stage();
    reach.log_in(HOST);
    let file = reach.home.profile().join("vault.json");
    let good = bytes(&file).expect("the file vault");
    put(&file, "{\"app/");
    let said = reach.carry(HOST);
    let expected = format!(
        "{} cannot be understood; mend it, or move it away to begin with the defaults",
        file.display()
    );
    assert_eq!(said.problem(255), expected);
    assert_eq!(bytes(&file).as_deref(), Some(b"{\"app/".as_slice()));
    put(&file, good);
    assert_eq!(goes_through(&reach, HOST).err, "");
}

#[test]
fn what_was_only_remembered_is_asked_again_when_it_is_damaged() {
    let reach = stage();
    reach.log_in(HOST);
    put(reach.home.profile().join("apps.json"), "{\"apps");
    for keys in std::fs::read_dir(reach.home.profile().join("keys")).expect("the keys") {
        put(keys.expect("a file").path(), "]");
    }
    goes_through(&reach, HOST);
    assert!(reach.browsers().is_empty(), "the token at rest is still good");
    assert_eq!(goes_through(&reach, HOST).err, "");
}

/// Gives a person one second to log in.
fn hasty() -> Reach {
    let reach = stage();
    reach.settings(&json!({ "log_in_wait_s": 1 }));
    reach
}
