//! `sallyport`: the helper that ssh runs, and the commands for terminals and scripts.

mod called;
mod certificate;
mod certificate_files;
mod commands;
mod config_file;
mod context;
mod detour;
mod local_address;
mod log;
mod machine;
mod memory;
mod qr;
mod say;
mod stdio;
mod tokens;
mod unshut;
#[cfg_attr(not(unix), path = "warm_nowhere.rs")]
mod warm;

use std::process::ExitCode;

use command_line as args;

#[cfg(all(no_unwinding, panic = "unwind"))]
compile_error!("a profile that builds for size ends at a panic: see build.rs");

fn main() -> ExitCode {
    let words: Result<Vec<String>, _> =
        std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect();
    match words {
        Ok(words) => commands::run(&words),
        Err(word) => {
            say::note(&format!("an argument is not valid text: {}", word.display()));
            ExitCode::from(commands::MISUSE)
        }
    }
}
