//! The desktop with its window closed, and the programs that lean on it.

use journeys::reach::{HOST, Running};
use journeys::{Desk, Screen, wait};

use crate::stage::{ALIAS, Stage, lacks, menu_says, slot};

#[tokio::test]
async fn two_ssh_at_once_share_the_one_browser_of_the_desktop() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let _desktop = stage.running();
    stage.tray_shows("expired").await;
    let words = ["one", "two"];
    let start = |word: &&str| {
        let line = format!("exec ssh -F {} {ALIAS} 'echo {word}' 2>{word}", stage.config().display());
        Running::start(&mut stage.shell(&line))
    };
    let both: Vec<Running> = words.iter().map(start).collect();
    let notice = stage.desk.notices().one_with("wants to reach").await;
    assert!(notice.body.contains("acme"), "{notice:?}");
    words.iter().for_each(|word| until_said(&stage, word, "waiting for you to log in; Sallyport asks"));
    assert!(stage.browsers().is_empty(), "no browser jumps up for programs that nobody watches");
    let log_in = notice.actions.iter().find(|(_, label)| label == "Log in").expect("a button");
    // Pressed in the very moment it appears, the program may not listen yet.
    wait::eventually("a browser for the button", wait::SOON, async || {
        stage.desk.notices().press(&notice, &log_in.0).await;
        (stage.browsers().len() == 1).then_some(())
    })
    .await;
    let link = stage.browser(1);
    words.iter().for_each(|word| until_said(&stage, word, "in your browser to continue"));
    stage.tray_shows("logging-in").await;
    stage.log_in_at(&link).await;
    for (running, word) in both.into_iter().zip(words) {
        let said = running.ended();
        assert_eq!((said.code, said.text()), (Some(0), format!("{word}\n")), "{}", said.err);
    }
    assert_eq!(stage.browsers().len(), 1);
    let item = stage.tray_shows("valid").await;
    assert!(stage.secret(&slot(&stage)).is_some());

    item.click(ALIAS).await;
    stage.tray_shows("expired").await;
    assert_eq!(stage.secret(&slot(&stage)), None, "the login has left the keyring");
    menu_says(&item, "No login is valid").await;
    item.click(ALIAS).await;
    stage.log_in_at(&stage.browser(2)).await;
    stage.tray_shows("valid").await;
}

#[tokio::test]
async fn a_closed_window_is_destroyed_and_comes_back_from_the_tray() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let mut desktop = stage.desktop("desktop", &[]);
    let screen = Screen::of(&stage.desk);
    screen.has(1);
    until_pages(&stage, 1);
    let item = stage.tray_shows("expired").await;
    screen.close_window();
    screen.has(0);
    until_pages(&stage, 0);
    assert!(desktop.is_running(), "{}", desktop.log());
    stage.desk.notices().one_with("Sallyport keeps running").await;

    item.click("Open Sallyport").await;
    screen.has(1);
    until_pages(&stage, 1);
    screen.close_window();
    screen.has(0);

    let mut second = stage.desktop("second", &[]);
    assert!(second.ended(wait::SOON).success(), "{}", second.log());
    screen.has(1);
    item.leave_by("Quit Sallyport").await;
    assert!(desktop.ended(wait::SOON).success(), "{}", desktop.log());
    until_pages(&stage, 0);
}

#[tokio::test]
async fn keys_close_the_window_for_half_of_the_memory_and_end_the_program() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let page = stage.window().await;
    page.see("row-build-01").await;
    // Drawn in full, so that all of it is there to be given back.
    page.shot("hosts-before-closing").await;
    let open = stage.memory();
    page.leave_with_ctrl("w").await;
    until_pages(&stage, 0);
    wait::until("half of the memory back", wait::SOON, || (2 * stage.memory() <= open).then_some(()));
    println!("{open} KiB with the window, {} KiB without", stage.memory());
    stage.tray_shows("expired").await.leave_by("Quit Sallyport").await;
    stage.until_ended();

    let page = stage.window().await;
    page.see("add-host").await;
    page.leave_with_ctrl("q").await;
    stage.until_ended();
}

#[tokio::test]
async fn a_tray_host_that_comes_late_gets_the_icon() {
    if lacks() {
        return;
    }
    let mut desk = Desk::bare();
    desk.unlock_keyring().await;
    let mut stage = Stage::on(desk, |plan| plan);
    stage.add_host(HOST);
    let desktop = stage.running();
    stage.desk.show_tray().await;
    let item = stage.tray_shows("expired").await;
    menu_says(&item, "No login is valid").await;
    stage.desk.hide_tray().await;
    stage.desk.show_tray().await;
    stage.tray_shows("expired").await;
    drop(desktop);
}

#[tokio::test]
async fn without_a_tray_closing_the_window_ends_the_program() {
    if lacks() {
        return;
    }
    let stage = Stage::on(Desk::bare(), |plan| plan);
    let mut desktop = stage.desktop("desktop", &[]);
    let screen = Screen::of(&stage.desk);
    screen.has(1);
    until_pages(&stage, 1);
    screen.close_window();
    assert!(desktop.ended(wait::SOON).success(), "{}", desktop.log());
    until_pages(&stage, 0);
}

/// Waits until so many pages are alive, each of which has a process of its own.
fn until_pages(stage: &Stage, count: usize) {
    wait::until(&format!("{count} web pages"), wait::SOON, || {
        (stage.processes("WebKitWebProces") == count).then_some(())
    });
}

/// Waits until the `ssh` with this log has told the person so.
fn until_said(stage: &Stage, log: &str, words: &str) {
    wait::until(&format!("{log} to say {words:?}"), wait::SOON, || {
        let said = std::fs::read_to_string(stage.desk.home().join(log)).ok()?;
        said.contains(words).then_some(())
    });
}
