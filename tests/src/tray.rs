//! A tray host: owns `org.kde.StatusNotifierWatcher`, and reads back what items show, as a panel would.
#![expect(missing_docs, reason = "of the signals' trait, which zbus writes")]

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::proxy::CacheProperties;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, interface};

use crate::wait;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// The tray of one session.
#[derive(Debug)]
pub struct Tray {
    connection: Connection,
    items: Registered,
}

/// One icon in the tray.
#[derive(Clone, Debug)]
pub struct Item {
    connection: Connection,
    service: String,
    path: String,
}

/// One size of an icon, in ARGB with the highest byte first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixmap {
    /// In pixels.
    pub width: i32,
    /// In pixels.
    pub height: i32,
    /// Four bytes a pixel.
    pub argb: Vec<u8>,
}

/// One line of a menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What a click names.
    pub id: i32,
    /// Without the marks of access keys.
    pub label: String,
    /// Whether it can be clicked.
    pub enabled: bool,
    /// Whether it is a line between others.
    pub separator: bool,
    /// Whether it is ticked, if it can be.
    pub ticked: Option<bool>,
    /// Its submenu.
    pub children: Vec<Self>,
}

impl Tray {
    /// Takes the watcher's name on this connection.
    ///
    /// # Panics
    /// When another one has it.
    pub async fn host(connection: Connection) -> Self {
        let items = Registered::default();
        let watcher = Watcher { items: items.clone() };
        connection.object_server().at("/StatusNotifierWatcher", watcher).await.expect("a free path");
        connection.request_name(WATCHER).await.expect("the only tray host");
        Self { connection, items }
    }

    /// Gives the name back.
    ///
    /// # Panics
    /// When the bus is gone.
    pub async fn leave(self) {
        self.connection.release_name(WATCHER).await.expect("a bus");
        self.connection.close().await.expect("a bus");
    }

    /// The items whose programs still run.
    pub async fn items(&self) -> Vec<Item> {
        let mut alive = Vec::new();
        for (service, path) in self.items.all() {
            let item = Item { connection: self.connection.clone(), service, path };
            if item.text("Id").await.is_ok() {
                alive.push(item);
            }
        }
        alive
    }

    /// The one item, waited for.
    ///
    /// # Panics
    /// When there is none in time.
    pub async fn item(&self) -> Item {
        wait::eventually("an item in the tray", wait::SOON, async || self.items().await.pop()).await
    }
}

impl Item {
    /// Its `Title`.
    ///
    /// # Panics
    /// When the item is gone.
    pub async fn title(&self) -> String {
        self.text("Title").await.expect("a title")
    }

    /// Title and text of its tooltip.
    ///
    /// # Panics
    /// When the item is gone or has none.
    pub async fn tooltip(&self) -> (String, String) {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let proxy = self.proxy(&self.path, ITEM).await.expect("an item");
        let tooltip: OwnedValue = proxy.get_property("ToolTip").await.expect("a tooltip");
        let (_, _, title, text) = ToolTip::try_from(tooltip).expect("a tooltip's four parts");
        (title, text)
    }

    /// The sizes of its icon.
    ///
    /// # Panics
    /// When the item is gone or names a file in place of a picture.
    pub async fn icon(&self) -> Vec<Pixmap> {
        let proxy = self.proxy(&self.path, ITEM).await.expect("an item");
        let icon: OwnedValue = proxy.get_property("IconPixmap").await.expect("a picture");
        let sizes = Vec::<(i32, i32, Vec<u8>)>::try_from(icon).expect("pictures in ARGB");
        sizes.into_iter().map(|(width, height, argb)| Pixmap { width, height, argb }).collect()
    }

    /// Its menu.
    ///
    /// # Panics
    /// When the item is gone or has none.
    pub async fn menu(&self) -> Vec<Entry> {
        self.layout().await.expect("a menu")
    }

    /// Clicks the menu's line with this label, wherever in the menu it stands. A menu that changes between the look and
    /// the click has new lines, so that both are done again.
    ///
    /// # Panics
    /// When there is no such line, or it is greyed out.
    pub async fn click(&self, label: &str) {
        let clicked = async || self.click_if_there(label).await.then_some(());
        wait::eventually(&format!("a line {label:?} to click"), wait::SOON, clicked).await;
    }

    /// Clicks the line that ends the program: it may be gone before it has answered.
    ///
    /// # Panics
    /// When there is no such line, or it is greyed out.
    pub async fn leave_by(&self, label: &str) {
        let asked = Cell::new(false);
        wait::eventually(&format!("a line {label:?} to leave by"), wait::SOON, async || {
            let Ok(menu) = self.layout().await else { return asked.get().then_some(()) };
            let line = found(&menu, label).filter(|line| line.enabled)?;
            asked.set(true);
            self.press(line.id).await.ok()
        })
        .await;
    }

    /// Clicks the menu's line with this label, if there is one; tells whether there was.
    ///
    /// # Panics
    /// When the item is gone.
    pub async fn click_if_there(&self, label: &str) -> bool {
        let menu = self.menu().await;
        let Some(line) = found(&menu, label).filter(|line| line.enabled) else { return false };
        self.press(line.id).await.is_ok()
    }

    /// Clicks the icon itself.
    ///
    /// # Panics
    /// When the item does not take clicks.
    pub async fn activate(&self) {
        let proxy = self.proxy(&self.path, ITEM).await.expect("an item");
        proxy.call_method("Activate", &(10_i32, 10_i32)).await.expect("a clicked icon");
    }

    async fn text(&self, property: &str) -> zbus::Result<String> {
        self.proxy(&self.path, ITEM).await?.get_property(property).await
    }

    async fn layout(&self) -> zbus::Result<Vec<Entry>> {
        let menu = self.menu_proxy().await?;
        // A menu may be filled only when it is about to be seen.
        let _ = menu.call_method("AboutToShow", &(0_i32,)).await;
        let names: Vec<&str> = Vec::new();
        let reply = menu.call_method("GetLayout", &(0_i32, -1_i32, names)).await?;
        let body = reply.body();
        let layout: Structure<'_> = body.deserialize()?;
        Ok(layout.fields().get(1).and_then(entry).map(|root| root.children).unwrap_or_default())
    }

    async fn press(&self, line: i32) -> zbus::Result<()> {
        let click = (line, "clicked", Value::from(0_i32), 0_u32);
        self.menu_proxy().await?.call_method("Event", &click).await.map(drop)
    }

    async fn menu_proxy(&self) -> zbus::Result<Proxy<'static>> {
        let item = self.proxy(&self.path, ITEM).await?;
        let path: OwnedObjectPath = item.get_property("Menu").await?;
        self.proxy(path.as_str(), MENU).await
    }

    async fn proxy(&self, path: &str, interface: &'static str) -> zbus::Result<Proxy<'static>> {
        let builder = zbus::proxy::Builder::new(&self.connection)
            .destination(self.service.clone())?
            .path(path.to_owned())?
            .interface(interface)?;
        // Items tell of changes by signals of their own, so that a cache would grow old.
        builder.cache_properties(CacheProperties::No).build().await
    }
}

fn found<'a>(menu: &'a [Entry], label: &str) -> Option<&'a Entry> {
    menu.iter().find_map(|line| if line.label == label { Some(line) } else { found(&line.children, label) })
}

/// Reads `(ia{sv}av)`, which holds itself.
fn entry(value: &Value<'_>) -> Option<Entry> {
    let value = if let Value::Value(inner) = value { inner } else { value };
    let Value::Structure(line) = value else { return None };
    let [id, properties, children] = line.fields() else { return None };
    let properties = HashMap::<String, OwnedValue>::try_from(properties.try_clone().ok()?).ok()?;
    let flag = |name: &str| properties.get(name).and_then(|value| bool::try_from(value).ok());
    let text =
        |name: &str| properties.get(name).and_then(|value| <&str>::try_from(value).ok()).unwrap_or_default();
    let tick = properties.get("toggle-state").and_then(|value| i32::try_from(value).ok());
    let Value::Array(children) = children else { return None };
    Some(Entry {
        id: i32::try_from(id).ok()?,
        label: plain(text("label")),
        enabled: flag("enabled").unwrap_or(true),
        separator: text("type") == "separator",
        ticked: tick.filter(|_| !text("toggle-type").is_empty()).map(|state| state == 1),
        children: children.iter().filter_map(entry).collect(),
    })
}

/// One underscore marks an access key, two stand for one.
fn plain(label: &str) -> String {
    label.replace("__", "\0").replace('_', "").replace('\0', "_")
}

#[derive(Clone, Debug, Default)]
struct Registered(Arc<Mutex<Vec<(String, String)>>>);

impl Registered {
    fn all(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, service: &str, path: &str) {
        let one = (service.to_owned(), path.to_owned());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

struct Watcher {
    items: Registered,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // Some give the path of their item, some their name on the bus.
        let (name, path) = if service.starts_with('/') {
            (sender.as_str(), service)
        } else {
            (service, "/StatusNotifierItem")
        };
        self.items.add(name, path);
        Self::status_notifier_item_registered(&emitter, &format!("{name}{path}")).await?;
        Ok(())
    }

    async fn register_status_notifier_host(
        &self,
        _service: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        Self::status_notifier_host_registered(&emitter).await?;
        Ok(())
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.all().into_iter().map(|(service, path)| format!("{service}{path}")).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    /// An item came.
    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    /// A host came.
    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
