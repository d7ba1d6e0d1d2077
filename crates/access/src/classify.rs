//! What an answer, a certificate or the end of a stream says about why it failed. Pure: evidence in, finding out.
//!
//! Some causes look alike from outside: what is said of them says "most likely" (`model::problem`). The evidence of each
//! is recorded below `fixtures/causes`.

mod answer;
mod ended;
#[cfg(test)]
mod recorded;

pub(crate) use answer::{
    Asked, CLOCK_TOLERANCE, Presented, Question, in_the_clear, of_lookup, or_clock, told,
};
pub use ended::Circumstances;
pub(crate) use ended::of_end;
