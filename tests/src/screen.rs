//! The screen, as a window manager sees it.

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, MapState, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::{Desk, wait};

/// A connection to the desk's screen.
#[derive(Debug)]
pub struct Screen {
    connection: RustConnection,
    root: Window,
}

impl Screen {
    /// Connects to it.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn of(desk: &Desk) -> Self {
        let (connection, number) = x11rb::connect(Some(desk.display())).expect("a screen");
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    /// Waits until so many windows of the program are on the screen.
    ///
    /// # Panics
    /// When they do not come or go in time.
    #[track_caller]
    pub fn has(&self, count: usize) {
        wait::until(&format!("{count} windows"), wait::SOON, || {
            (self.windows().len() == count).then_some(())
        });
    }

    /// Clicks the button with the cross in a window's frame: the program is asked to close the window.
    ///
    /// # Panics
    /// When there is no window.
    pub fn close_window(&self) {
        let window = *self.windows().first().expect("a window");
        let (kind, delete) = (self.atom("WM_PROTOCOLS"), self.atom("WM_DELETE_WINDOW"));
        let ask = ClientMessageEvent::new(32, window, kind, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        self.connection.send_event(false, window, EventMask::NO_EVENT, ask).expect("a screen");
        self.connection.flush().expect("a screen");
    }

    /// The text on the clipboard, from whichever program holds it.
    #[must_use]
    pub fn clipboard(&self) -> Option<String> {
        let window = self.connection.generate_id().expect("a screen");
        let (asker, unseen) = (CreateWindowAux::new(), WindowClass::INPUT_ONLY);
        let made = self.connection.create_window(0, window, self.root, 0, 0, 1, 1, 0, unseen, 0, &asker);
        made.expect("a screen");
        let (clipboard, text) = (self.atom("CLIPBOARD"), self.atom("UTF8_STRING"));
        let asked = self.connection.convert_selection(window, clipboard, text, text, x11rb::CURRENT_TIME);
        asked.expect("a screen").check().expect("a selection");
        let handed = wait::until("an answer about the clipboard", wait::SOON, || {
            let event = self.connection.poll_for_event().expect("a screen")?;
            if let Event::SelectionNotify(told) = event { Some(told.property) } else { None }
        });
        let read = self.connection.get_property(true, window, handed, AtomEnum::ANY, 0, u32::MAX);
        let read = read.ok()?.reply().ok().filter(|_| handed != x11rb::NONE)?;
        String::from_utf8(read.value).ok()
    }

    fn windows(&self) -> Vec<Window> {
        let tree = self.connection.query_tree(self.root).expect("a screen").reply().expect("its windows");
        tree.children.into_iter().filter(|window| self.is_ours(*window).unwrap_or(false)).collect()
    }

    /// Whether a window has our name and can be seen; none for one that is just going.
    fn is_ours(&self, window: Window) -> Option<bool> {
        let name = self.connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64);
        let name = name.ok()?.reply().ok()?.value;
        let state = self.connection.get_window_attributes(window).ok()?.reply().ok()?.map_state;
        Some(name == b"Sallyport" && state == MapState::VIEWABLE)
    }

    fn atom(&self, name: &str) -> u32 {
        let asked = self.connection.intern_atom(false, name.as_bytes()).expect("a screen");
        asked.reply().expect("an atom").atom
    }
}
