//! The nouns and messages shared with Cloudflare.
//!
//! No IO and no clock: whatever needs the time takes it as an argument, so that every rule here can be tested with
//! plain values.

mod api_token;
mod app_url;
mod cause;
pub mod config_yml;
pub mod dns;
pub mod header;
pub mod limit;
pub mod path;
mod realm;
mod taking_over;
mod team;
mod token;
pub mod tunnel;

#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;

pub use api_token::api_token_page;
pub use app_url::{AppUrl, InvalidAppUrl};
pub use cause::Cause;
pub use realm::{InvalidRealm, Realm, Route};
pub use taking_over::{LeftAlone, Replaced};
pub use team::{InvalidTeamDomain, TeamDomain};
pub use token::{AppToken, Claims, Jwt, OrgToken, UnusableToken};
