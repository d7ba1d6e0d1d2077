//! Everything the product knows and decides; pure.
//!
//! Whatever a person, the tray, the helper, a timer or the network causes is one [`Input`]; whatever is to be done is
//! one [`Effect`]; whatever a person sees is one [`Snapshot`] and one [`Tray`]. No IO, no tokio, no clock: the time
//! comes in as [`Now`].

#[cfg(test)]
mod bindings;
mod brain;
mod clock;
mod effect;
pub mod import;
mod input;
mod now;
mod places;
pub mod problem;
pub mod renewal;
mod request;
mod secret;
mod sharing;
mod slips;
mod snapshot;
pub mod times;
mod tray;
mod view;
mod words;

pub use brain::{Facts, LogInForPrograms, Model};
pub use effect::{Effect, HelperReply, HostChange, LogInFrom, Notification, NotificationAction, PlainLogins};
pub use input::{
    AppFact, CertificateFact, Event, HelperAsk, HostEntry, ImportEntry, ImportFact, Imported, Input, KeptIn,
    LogInStep, LoginFact, Lookup, NotRenewed, PlainLogin, PreviewFact, SavedLogin, Surroundings,
};
pub use now::Now;
pub use problem::Problem;
pub use request::{Draft, ImportChoice, Page, Request, RuleDraft, ShareForm};
pub use secret::Secret;
pub(crate) use sharing::GROUP;
pub use sharing::{
    Failing, GroupFact, Level, LinkFailed, LinkFault, LinkNow, LinkState, LogInsNow, LogLine, Outage,
    PeopleFact, PlannedStep, RuleNow, ServiceFact, ServiceState, ShareFact, ShareNameNow, SharePlan,
    ShareTold, ShareWish, StepTold, TunnelFact, TunnelStatus, UnfinishedFact, VisitorNow, Whose,
};
pub use snapshot::{
    Banner, BannerMark, Button, ButtonAct, DetailRow, DetailView, DiffKind, DiffLine, DraftView, Field,
    FieldError, FirstRun, FirstRunCheck, Foot, Group, GroupAct, ImportLogins, ImportRow, ImportView,
    LogInOutcome, LogInView, LookupView, Mark, MarkKind, Preview, ProblemView, Question, Row, ShareEvent,
    ShareFormView, ShareInPlace, ShareLink, ShareList, SharePeopleEdit, ShareProgress, ShareResting,
    ShareRow, ShareRule, ShareRulesEdit, ShareRunBy, ShareRunning, ShareSession, ShareStage, ShareStep,
    ShareStepState, ShareToken, ShareView, ShareVisitor, Snapshot, Step, StepState, Toast, Tone,
};
pub use tray::{MenuItem, Tray, TrayIcon};
pub use words::{Platform, Words};
