//! The tray's menu: every entry carries its request as its id, so that pressing needs no table.

use model::{MenuItem, Request};
use tauri::menu::{IsMenuItem, Menu, MenuItem as Entry, PredefinedMenuItem, Submenu};
use tauri::{AppHandle, Wry};

/// A menu with these entries.
pub(super) fn build(app: &AppHandle, items: &[MenuItem]) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for item in items {
        menu.append(&*entry(app, item)?)?;
    }
    Ok(menu)
}

/// What an entry with this id stands for; none for ids that are not ours.
pub(super) fn request(id: &str) -> Option<Request> {
    serde_json::from_str(id).ok()
}

fn entry(app: &AppHandle, item: &MenuItem) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    Ok(match item {
        MenuItem::Text(text) => Box::new(Entry::new(app, literal(text), false, None::<&str>)?),
        MenuItem::Act { label, request } => {
            Box::new(Entry::with_id(app, id(request)?, literal(label), true, None::<&str>)?)
        }
        MenuItem::Separator => Box::new(PredefinedMenuItem::separator(app)?),
        MenuItem::Submenu { label, items } => {
            let submenu = Submenu::new(app, literal(label), true)?;
            for item in items {
                submenu.append(&*entry(app, item)?)?;
            }
            Box::new(submenu)
        }
    })
}

fn id(request: &Request) -> serde_json::Result<String> {
    serde_json::to_string(request)
}

/// In a menu's text a single `&` would underline the letter after it.
fn literal(text: &str) -> String {
    text.replace('&', "&&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_request() {
        let connect = Request::Connect { alias: "build \"01\" & co".into() };
        assert_eq!(request(&id(&connect).unwrap()), Some(connect));
        assert_eq!(request(r#"{"kind":"show-window"}"#), Some(Request::ShowWindow));
    }

    #[test]
    fn ids_of_others_mean_nothing() {
        assert_eq!(request("1"), None);
        assert_eq!(request(""), None);
    }

    #[test]
    fn an_ampersand_is_shown_as_one() {
        assert_eq!(literal("R&D build"), "R&&D build");
    }
}
