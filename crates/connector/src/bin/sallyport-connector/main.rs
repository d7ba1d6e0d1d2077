//! `sallyport-connector`: what `sallyport tunnel …` does, in a program of its own that ssh never has to load.

mod chosen;
mod commands;
mod credentials;
mod failure;
mod found;
mod ingress;
mod log;
mod manage;
mod memory;
mod notify;
mod orders;
mod origin;
mod quick;
mod ready;
mod report;
mod run;
mod say;
mod service;
mod setup;
mod unit;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Result<Vec<String>, _> =
        std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect();
    match words {
        Ok(words) => commands::run(&words),
        Err(word) => {
            say::note(&format!("an argument is not valid text: {}", word.display()));
            ExitCode::from(failure::MISUSE)
        }
    }
}
