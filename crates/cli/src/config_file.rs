//! `config.yml` of cloudflared: where it lies, and its text.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use wire::config_yml::{FOLDERS, LARGEST, MACHINE_FOLDERS, NAMES};

use crate::context::Context;

/// The first one that is there, in the order in which cloudflared looks.
pub(crate) fn place(context: &Context) -> Option<PathBuf> {
    let home = context.profile.home();
    let own = home.into_iter().flat_map(|home| FOLDERS.iter().map(|folder| home.join(folder)));
    let folders = own.chain(MACHINE_FOLDERS.iter().map(PathBuf::from));
    folders.flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|path| path.is_file())
}

/// What stands in it, as far as a file of this kind is read.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}
