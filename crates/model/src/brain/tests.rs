//! Stories, told with a clock of our own.

mod stage;

mod hosts;
