//! The page in the window, seen and clicked by what its parts are called.

use std::path::PathBuf;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use journeys::homes::put;
use journeys::{Driver, wait};
use serde_json::Value;

/// WebDriver's name of the key, held down until the end of what is typed with it.
const CTRL: char = '\u{E009}';

/// The page of an open window.
pub(crate) struct Page {
    client: Client,
    driver: Driver,
}

impl Page {
    pub(crate) const fn new(client: Client, driver: Driver) -> Self {
        Self { client, driver }
    }

    /// Waits until this part can be seen.
    pub(crate) async fn see(&self, part: &str) -> Element {
        let what = format!("{part:?} in the window");
        wait::eventually(&what, wait::SOON, async || self.seen(part).await).await
    }

    /// Waits until this part cannot be seen any more.
    pub(crate) async fn gone(&self, part: &str) {
        let what = format!("no {part:?} in the window");
        wait::eventually(&what, wait::SOON, async || self.seen(part).await.is_none().then_some(())).await;
    }

    /// Clicks it, once it can be clicked.
    pub(crate) async fn click(&self, part: &str) {
        let what = format!("a click on {part:?}");
        wait::eventually(&what, wait::SOON, async || {
            let element = self.seen(part).await?;
            // Drawn anew between look and click, it is looked for again.
            (element.is_enabled().await.ok()? && element.click().await.is_ok()).then_some(())
        })
        .await;
    }

    /// Clicks what ends the program: there may be no page any more to answer.
    pub(crate) async fn leave_by(&self, part: &str) {
        let _ = self.see(part).await.click().await;
    }

    /// Clicks the button with this text inside of a part.
    pub(crate) async fn press(&self, part: &str, label: &str) {
        let path = format!("//*[@data-test='{part}']//button[contains(normalize-space(.), '{label}')]");
        let what = format!("the button {label:?} of {part:?}");
        wait::eventually(&what, wait::SOON, async || {
            let button = self.client.find(Locator::XPath(&path)).await.ok()?;
            button.click().await.is_ok().then_some(())
        })
        .await;
    }

    /// Goes back to the page before.
    pub(crate) async fn back(&self) {
        let button = self.client.find(Locator::Css(".bar__back")).await.expect("a way back");
        button.click().await.expect("a click");
    }

    /// Types this into a field, in place of what stood there.
    pub(crate) async fn write(&self, part: &str, text: &str) {
        let field = self.see(part).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field");
    }

    /// Waits until the part's text holds all of these words, and has the text.
    pub(crate) async fn says(&self, part: &str, words: &[&str]) -> String {
        self.says_within(wait::SOON / 3, part, words).await
    }

    /// The same for what takes its time.
    pub(crate) async fn says_within(&self, limit: Duration, part: &str, words: &[&str]) -> String {
        let last = std::cell::RefCell::new(String::new());
        let what = format!("{words:?} in {part:?}");
        let look = wait::eventually(&what, 2 * limit, async || {
            let text = self.seen(part).await?.prop("textContent").await.ok()??;
            last.borrow_mut().clone_from(&text);
            words.iter().all(|words| text.contains(words)).then_some(text)
        });
        let text = tokio::time::timeout(limit, look).await;
        if text.is_err() {
            self.shot("not-said").await;
        }
        text.unwrap_or_else(|_| panic!("{part:?} does not say {words:?} but {:?}", last.borrow()))
    }

    /// Waits until the part can be seen and its text holds none of these words.
    pub(crate) async fn says_not(&self, part: &str, words: &[&str]) {
        wait::eventually(&format!("none of {words:?} in {part:?}"), wait::SOON, async || {
            let text = self.seen(part).await?.prop("textContent").await.ok()??;
            (!words.iter().any(|words| text.contains(words))).then_some(())
        })
        .await;
    }

    /// Waits until the part has this attribute with some value.
    pub(crate) async fn attribute(&self, part: &str, name: &str) -> String {
        let what = format!("{name:?} of {part:?}");
        wait::eventually(&what, wait::SOON, async || {
            let found = self.client.find(Locator::Css(&css(part))).await.ok()?;
            found.attr(name).await.ok()?.filter(|value| !value.is_empty())
        })
        .await
    }

    /// The lines of the preview, without blanks at their ends, that have this mark: `added`, `removed` or `context`.
    pub(crate) async fn preview(&self, mark: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll('[data-test=preview] .diff > .' + arguments[0])].map((line) => \
             { const it = line.cloneNode(true); it.querySelectorAll('.sr').forEach((one) => one.remove()); return it.textContent; })";
        let found = self.client.execute(script, vec![Value::from(mark)]).await.expect("lines");
        let lines = found.as_array().expect("lines").iter();
        lines.map(|line| line.as_str().expect("a line").trim_end().to_owned()).collect()
    }

    /// Presses a key together with Ctrl.
    pub(crate) async fn with_ctrl(&self, key: &str) {
        let page = self.client.find(Locator::Css("body")).await.expect("a page");
        page.send_keys(&format!("{CTRL}{key}")).await.expect("a key");
    }

    /// The same with a key after which there may be no page any more to answer.
    pub(crate) async fn leave_with_ctrl(&self, key: &str) {
        let page = self.client.find(Locator::Css("body")).await.expect("a page");
        let _ = page.send_keys(&format!("{CTRL}{key}")).await;
    }

    /// Lets the browser engine say that this machine has lost its network, or has it again.
    pub(crate) async fn online(&self, online: bool) {
        let script = "const online = arguments[0]; \
             Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => online }); \
             dispatchEvent(new Event(online ? 'online' : 'offline'))";
        self.client.execute(script, vec![Value::from(online)]).await.expect("a page");
    }

    /// Waits until the window holds a page of this width, in CSS pixels, as `fits` sees it.
    pub(crate) async fn width(&self, what: &str, fits: impl Fn(u64) -> bool) -> u64 {
        wait::eventually(what, wait::SOON, async || {
            let width = self.client.execute("return innerWidth", Vec::new()).await.ok()?.as_u64()?;
            fits(width).then_some(width)
        })
        .await
    }

    /// Leaves a picture of what is seen now, and hands it out.
    pub(crate) async fn shot(&self, name: &str) -> Vec<u8> {
        // What the page has just become is drawn by the second frame from now, and what moves stands still after a while.
        let drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => \
             Promise.all(document.getAnimations().map((one) => one.effect.getComputedTiming().iterations === Infinity \
             || one.finished.catch(() => {}))).then(() => done())))";
        self.client.execute_async(drawn, Vec::new()).await.expect("a drawn page");
        let picture = self.client.screenshot().await.expect("a picture");
        assert!(picture.starts_with(b"\x89PNG"));
        put(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("window").join(format!("{name}.png")), &picture);
        picture
    }

    /// What the program said on stderr.
    pub(crate) fn log(&self) -> String {
        self.driver.log()
    }

    /// Ends the program.
    pub(crate) async fn close(self) {
        self.client.close().await.expect("an end");
    }

    async fn seen(&self, part: &str) -> Option<Element> {
        // The driver's own idea of what can be seen leaves out what may be cut off.
        let script = "const it = document.querySelector(arguments[0]); return Boolean(it?.checkVisibility() && it.getClientRects().length)";
        let seen = self.client.execute(script, vec![Value::from(css(part))]).await.ok()?;
        if seen != Value::Bool(true) {
            return None;
        }
        self.client.find(Locator::Css(&css(part))).await.ok()
    }
}

fn css(part: &str) -> String {
    format!("[data-test='{part}']")
}
