//! Programs that nobody watches: told so, they end at once where a person would have to log in.
#![cfg(target_os = "linux")]

use journeys::reach::{HOST, OTHER, Running, Said, Visit};
use journeys::{Reach, origin};

const NEEDED: i32 = 3;

#[test]
fn the_flag_stands_anywhere_and_the_variable_is_as_good() {
    let reach = Reach::to(origin::answering());
    for words in [
        ["access", "ssh", "--hostname", HOST, "--no-login"],
        ["--no-login", "access", "ssh", "--hostname", HOST],
        ["access", "--no-login", "tcp", "-T", HOST],
    ] {
        asks_nobody(&reach.run(&words));
    }
    let never = |words: &[&str]| Said::of(reach.helper(words).env("SALLYPORT_LOGIN", "never"));
    asks_nobody(&never(&["access", "ssh", "--hostname", HOST]));
    asks_nobody(&never(&["access", "login", HOST]));
    asks_nobody(&never(&["access", "curl", &format!("https://{HOST}/")]));
    asks_nobody(&never(&["access", "ssh-gen", "--hostname", HOST]));
    assert!(reach.browsers().is_empty());
    assert_eq!(never(&["login", HOST]).code, Some(0), "what is typed to ask asks");
    assert_eq!(reach.browsers().len(), 1);
}

#[test]
fn what_the_teams_login_buys_is_taken() {
    let reach = Reach::to(origin::answering());
    reach.log_in(HOST);
    for host in [HOST, OTHER] {
        let mut running =
            Running::start(&mut reach.helper(&["access", "ssh", "--no-login", "--hostname", host]));
        assert!(running.write(b"quietly\n"));
        let said = running.ended().well();
        assert_eq!((said.text().as_str(), said.err.as_str()), ("QUIETLY\n", ""));
    }
    assert!(reach.browsers().is_empty());
    reach.edge.revoke_app_tokens(None);
    reach.edge.revoke_org_tokens(None);
    asks_nobody(&reach.run(&["access", "ssh", "--no-login", "--hostname", HOST]));
    assert!(reach.browsers().is_empty());
}

#[test]
fn a_log_in_of_another_program_is_not_waited_for() {
    let reach = Reach::to(origin::answering());
    reach.visits(Visit::LogsInWhenTold);
    let mut asking = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST]));
    reach.until_browsers(1);
    asks_nobody(&reach.run(&["access", "ssh", "--no-login", "--hostname", HOST]));
    reach.let_in();
    assert!(asking.write(b"me\n"));
    assert_eq!(asking.ended().well().text(), "ME\n");
}

#[track_caller]
fn asks_nobody(said: &Said) {
    let problem = said.problem(NEEDED);
    let line = format!(
        "not logged in to {HOST}, and this program may not open a browser; run: sallyport login {HOST}"
    );
    assert_eq!(problem, line);
    assert_eq!(said.out, b"");
}
