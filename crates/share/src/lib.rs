//! Publish the SSH server of this machine, and take that back.
//!
//! ```text
//! Wish ─► survey (looks first, changes nothing) ─► Plan ─► share: one step after the other
//!                  │ what is in the way, what is          │ each is told as an Event, and noted in Made
//!                  │ not allowed: nothing happens         ▼
//!                  ▼                               failed: take_away, backwards
//!              ShareError                          done: Made, by which unshare takes all of it away
//! ```
//!
//! The application stands before the DNS record leads anywhere, and outlives it: at no moment does the hostname lead to
//! the machine without a gate. What happens on this machine is asked of a [`Machine`], so that a window can do it as a
//! command does.

mod after;
mod ask;
mod error;
mod groups;
mod machine;
mod made;
mod people;
mod run;
mod step;
mod survey;
mod take_away;
mod wish;

pub use after::{Leads, RuleWish, destinations, leads, point, set_rules};
pub use ask::Permission;
pub use error::ShareError;
pub use groups::groups;
pub use machine::{Machine, Proof};
pub use made::{Made, MadeApp, MadeTunnel, RunBy, Shares, Unfinished, Whose};
pub use people::{LogIns, People, PeopleChange, PeopleError, PeopleWish, change_people, people, plan_people};
pub use run::{OnFailure, share};
pub use step::{Event, Step};
pub use survey::{Plan, resume, survey};
pub use take_away::{Left, find_made, take_away, undo_last};
pub use wish::{InvalidWish, Named, Wish};
