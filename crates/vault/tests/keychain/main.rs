//! The vault on a real Secret Service: a private bus and a keyring daemon of each test's own.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "fixtures fail as loudly as the tests they serve")]

mod person;
mod service;

use std::time::{Duration, Instant};

use person::Person;
use service::{Bus, Home, Keyring, Prompter, SilentBus, tools_are_here};

/// Both ways to the Secret Service: the process's own bus, and one that the settings name.
const WAYS: [Way; 2] = [Way::Environment, Way::Settings];

#[derive(Clone, Copy, Debug)]
enum Way {
    Environment,
    Settings,
}

fn person(home: &Home, way: Way, bus: &str) -> Person {
    match way {
        Way::Environment => Person::start(home, r#"{}"#, Some(bus)),
        Way::Settings => Person::start(home, &format!(r#"{{"session_bus":"{bus}"}}"#), None),
    }
}

#[test]
fn tokens_of_every_size_come_back_in_this_process_and_in_another() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let _keyring = Keyring::unlocked(&home, &bus);
    for way in WAYS {
        let (mut one, mut two) = (person(&home, way, &bus.address), person(&home, way, &bus.address));
        assert_eq!(one.ask("probe"), "done");
        assert_eq!(one.ask("read app"), "none");
        for size in [0, 1, 1024, 2560, 2561, 8192, 65536] {
            assert_eq!(one.ask(&format!("write app {size}")), "done");
            assert_eq!(one.ask("read app"), format!("token {size}"));
            assert_eq!(two.ask("read app"), format!("token {size}"));
            assert_eq!(two.ask("read-blocking app"), format!("token {size}"));
        }
        assert_eq!(two.ask("read org"), "none");
        assert_eq!(two.ask("remove app"), "true");
        assert_eq!(one.ask("remove app"), "false");
        assert_eq!(one.ask("read app"), "none");
    }
}

#[test]
fn an_independent_program_finds_the_entry() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let _keyring = Keyring::unlocked(&home, &bus);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        let service = person.ask("service");
        assert_eq!(person.ask("write app 8192"), "done");
        assert_eq!(
            bus.secret_tool(&["lookup", "service", &service, "username", "app/aud"]),
            person::text(8192)
        );
        assert_eq!(bus.secret_tool(&["lookup", "service", "Sallyport", "username", "app/aud"]), "");
        assert_eq!(person.ask("remove app"), "true");
    }
}

#[test]
fn entries_of_one_way_are_those_of_the_other() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let _keyring = Keyring::unlocked(&home, &bus);
    let mut people = WAYS.map(|way| person(&home, way, &bus.address));
    for (writer, reader) in [(0, 1), (1, 0)] {
        assert_eq!(people[writer].ask(&format!("write org {}", 100 + writer)), "done");
        assert_eq!(people[reader].ask("read org"), format!("token {}", 100 + writer));
    }
    assert_eq!(people[0].ask("remove org"), "true");
    assert_eq!(people[1].ask("read org"), "none");
}

#[test]
fn a_keyring_that_restarts_is_found_again() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let keyring = Keyring::unlocked(&home, &bus);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        assert_eq!(person.ask("write app 300"), "done");
        keyring.restart(&home, &bus);
        assert_eq!(person.ask("read app"), "token 300");
        assert_eq!(person.ask("write app 301"), "done");
        assert_eq!(person.ask("read app"), "token 301");
    }
}

#[test]
fn calls_leave_no_threads_behind() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let _keyring = Keyring::unlocked(&home, &bus);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        assert_eq!(person.ask("write app 10"), "done");
        let count = |person: &mut Person| person.ask("threads").parse::<usize>().unwrap();
        let before = count(&mut person);
        for _ in 0..30 {
            assert_eq!(person.ask("read app"), "token 10");
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        while count(&mut person) > before + 3 {
            assert!(Instant::now() < deadline, "{way:?}: {before} threads became {}", count(&mut person));
        }
    }
}

#[test]
fn no_bus_is_no_keychain() {
    let home = Home::new();
    for way in WAYS {
        let nowhere = format!("unix:path={}", home.path().join("nowhere").display());
        let mut person = person(&home, way, &nowhere);
        for question in ["probe", "read app", "write app 1", "remove app"] {
            assert_eq!(person.ask(question), "NoKeychain no-keychain", "{way:?} {question}");
        }
    }
}

#[test]
fn a_bus_without_a_keyring_is_no_keychain() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        assert_eq!(person.ask("read app"), "NoKeychain no-keychain", "{way:?}");
        assert_eq!(person.ask("probe"), "NoKeychain no-keychain", "{way:?}");
    }
}

#[test]
fn a_service_without_a_keyring_takes_nothing_and_says_so() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let _keyring = Keyring::without_collection(&home, &bus);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        assert_eq!(person.ask("read app"), "none", "{way:?}");
        assert_eq!(person.ask("probe"), "NoKeychain no-keychain", "{way:?}");
        assert_eq!(person.ask("write app 1"), "NoKeychain no-keychain", "{way:?}");
    }
}

#[test]
fn a_silent_bus_ends_in_a_time_out() {
    let home = Home::new();
    let bus = SilentBus::start(&home);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        for question in ["read app", "read-blocking app"] {
            let asked = Instant::now();
            assert_eq!(person.ask(question), "TimedOut keychain-slow", "{way:?}");
            let took = asked.elapsed();
            assert!((2.0..4.0).contains(&took.as_secs_f64()), "{way:?} {question}: {took:?}");
        }
    }
}

#[test]
fn a_locked_keyring_is_told_from_an_absent_one() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let keyring = Keyring::unlocked(&home, &bus);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        assert_eq!(person.ask("write app 50"), "done");
        bus.lock_keyring();
        assert_eq!(person.ask("probe"), "Locked keychain-locked", "{way:?}");
        assert_eq!(person.ask("read app"), "Locked keychain-locked", "{way:?}");
        assert_eq!(person.ask("read org"), "none", "{way:?}: what is not there needs no key");
        assert_eq!(person.ask("write org 1"), "Locked keychain-locked", "{way:?}");
        keyring.restart(&home, &bus);
        assert_eq!(person.ask("read app"), "token 50", "{way:?}");
    }
}

#[test]
fn a_prompt_that_nobody_answers_ends_in_locked_and_not_in_a_hang() {
    if !tools_are_here() {
        return;
    }
    let home = Home::new();
    let bus = Bus::start(&home);
    let keyring = Keyring::unlocked(&home, &bus);
    for way in WAYS {
        let mut person = person(&home, way, &bus.address);
        assert_eq!(person.ask("write app 50"), "done");
        let prompter = Prompter::start(&bus);
        bus.lock_keyring();
        for question in ["read app", "read-blocking app"] {
            let asked = Instant::now();
            assert_eq!(person.ask(question), "Locked keychain-locked", "{way:?} {question}");
            assert!(asked.elapsed() < Duration::from_secs(4), "{way:?} {question}: {:?}", asked.elapsed());
        }
        assert!(prompter.times_asked() > 0, "{way:?}: nobody was asked");
        keyring.restart(&home, &bus);
    }
}
