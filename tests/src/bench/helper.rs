//! The helper: what `ssh` starts, and what carries its bytes.

mod figures;
mod measure;
mod peers;
mod stage;

use super::{say, table};
use figures::Figures;
use peers::Peer;
use stage::Stage;

/// Measures it, beside cloudflared or alone.
pub(super) fn measure(beside: bool) {
    let stage = Stage::set(beside);
    let ours = Peer::sallyport(&stage);
    let theirs = beside.then(|| Peer::cloudflared(&stage));
    let ours = Figures::of(&stage, &ours);
    let theirs = theirs.map(|peer| Figures::of(&stage, &peer));
    say(&table::heading("the helper", theirs.as_ref().map(|theirs| theirs.name)));
    for row in figures::rows(&ours, theirs.as_ref()) {
        say(&row.line());
    }
}
