//! Stories, told with a clock of our own.

mod stage;

mod certificate;
mod draft;
mod first_run;
mod helper;
mod hosts;
mod import;
mod log_in;
mod reminders;
mod renewals;
mod share;
mod share_live;
mod share_people;
mod share_service;
mod share_stage;
mod share_stopped;
mod share_troubles;
mod story;
mod surroundings;
mod troubles;
mod unsaved;
mod warm;
