//! `sallyport-share`: what `sallyport share …` and `sallyport unshare` do, in a program of its own that ssh never has to
//! load.

mod after;
mod as_service;
mod commands;
mod connector;
mod continued;
mod groups;
mod here;
mod listed;
mod opened;
mod output;
mod people;
mod published;
mod run_again;
mod service_switch;
mod token;
mod unshared;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Result<Vec<String>, _> =
        std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect();
    match words {
        Ok(words) => commands::run(&words),
        Err(word) => {
            output::note(&format!("an argument is not valid text: {}", word.display()));
            ExitCode::from(commands::MISUSE)
        }
    }
}
