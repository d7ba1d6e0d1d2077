//! `sallyport tunnel …`, `share …`: handed over to the programs that lie beside this one.
//!
//! ssh starts this program for every connection, and must not wait for what serves tunnels to be loaded.

use std::path::PathBuf;
use std::process::{Command as Process, ExitCode};

use command_line::{Beside, SubCommand};
use wire::Cause;

use super::FAILED;
use super::table::{Command, Does};
use crate::say;

/// How a command of another program stands in the list of all. That one reads its flags; here they are only told of.
pub(super) const fn command(words: &'static [&'static str], named: SubCommand) -> Command {
    let SubCommand { words: _, takes, flags, help } = named;
    Command { words, takes, flags, does: Does::Beside, help }
}

/// Lets that program do it; its end is ours. What is secret goes in variables, which only their owner can read.
pub(super) fn hand_over(beside: Beside) -> ExitCode {
    let Beside { program, words, secrets } = beside;
    if !secrets.is_empty() {
        say::note(
            "a secret on the command line can be read by every user of this machine until it is taken from there; \
             --token-file, or TUNNEL_TOKEN, keeps it to yourself",
        );
    }
    let mut process = Process::new(path_of(program));
    process.args(words).envs(secrets);
    become_it(process).unwrap_or_else(|error| {
        say::problem(&if error.kind() == std::io::ErrorKind::NotFound {
            Cause::NoProgram { program: program.to_owned() }
        } else {
            Cause::Unexpected { what: format!("{program}: {error}") }
        });
        ExitCode::from(FAILED)
    })
}

/// Beside this program, by whatever name that was called.
fn path_of(program: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let own = own.canonicalize().unwrap_or(own);
    own.with_file_name(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}

#[cfg(unix)]
fn become_it(mut process: Process) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(process.exec())
}

/// Windows has no other way than to wait: a Ctrl+C reaches both, and is the connector's to heed.
#[cfg(windows)]
fn become_it(process: Process) -> std::io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let _heard_and_left_alone = command_line::Stop::listen()?;
        tokio::process::Command::from(process).status().await
    })?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(FAILED)))
}
