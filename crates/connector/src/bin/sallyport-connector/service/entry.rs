//! What Windows starts: it is told that the service runs, asks it to end, and hears of its end.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use command_line::tunnel::FLAGS;
use command_line::{Stop, Tells, parse};
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::service_dispatcher;

use crate::failure::{FAILED, Failure, MISUSE, REFUSED};
use crate::{run, say};

/// The word that the service is registered with.
pub(super) const WORD: &str = "entry";
/// How long the system is to wait for streams that still run: their longest grace, and last words.
const LEAVING: Duration = Duration::from_secs(190);

/// Answers the system that has started us: the name of the service, and what it is to run.
pub(super) fn answer_the_system(words: &[String]) -> ExitCode {
    let Some(name) = words.first() else {
        say::note("only Windows itself calls this; see: sallyport service install --help");
        return ExitCode::from(MISUSE);
    };
    match service_dispatcher::start(name, called_by_system) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::note(&format!(
                "only Windows itself calls this ({error}); see: sallyport service install --help"
            ));
            ExitCode::from(FAILED)
        }
    }
}

windows_service::define_windows_service!(called_by_system, served);

/// Serves on a thread that the system has made. What it hands over is the name alone; the words are the process's.
fn served(_: Vec<OsString>) {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let after = words.iter().position(|word| word == WORD).map_or(words.len(), |at| at + 1);
    let Some((name, words)) = words.get(after..).and_then(<[String]>::split_first) else { return };
    let (tells, stop) = Stop::told();
    let told = Arc::new(Told { tells, status: std::sync::OnceLock::new() });
    let heard = Arc::clone(&told);
    let Ok(status) = service_control_handler::register(name, move |control| heard.hear(&control)) else {
        return;
    };
    let _ = told.status.set(status);
    told.tell(ServiceState::Running, 0);
    let ended =
        parse(words, FLAGS, &|_| None).map_err(Failure::from).and_then(|flags| run::run(flags, Some(stop)));
    let code = match ended {
        Ok(()) => 0,
        Err(failure) => match failure.tell("run") {
            // Starting it again would not mend these, and an end without a code is the one that Windows leaves alone.
            MISUSE | REFUSED => 0,
            code => code,
        },
    };
    told.tell(ServiceState::Stopped, code);
}

/// Between the system and the connector.
struct Told {
    tells: Tells,
    status: std::sync::OnceLock<ServiceStatusHandle>,
}

impl Told {
    fn hear(&self, control: &ServiceControl) -> ServiceControlHandlerResult {
        match control {
            ServiceControl::Stop | ServiceControl::Shutdown => {
                self.tell(ServiceState::StopPending, 0);
                self.tells.tell();
                ServiceControlHandlerResult::NoError
            }
            ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
            _ => ServiceControlHandlerResult::NotImplemented,
        }
    }

    fn tell(&self, state: ServiceState, code: u8) {
        let accepts = match state {
            ServiceState::Running => ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN,
            _ => ServiceControlAccept::empty(),
        };
        let exit_code = match code {
            0 => ServiceExitCode::NO_ERROR,
            code => ServiceExitCode::ServiceSpecific(u32::from(code)),
        };
        let wait = if state == ServiceState::StopPending { LEAVING } else { Duration::ZERO };
        let now = ServiceStatus {
            service_type: ServiceType::OWN_PROCESS,
            current_state: state,
            controls_accepted: accepts,
            exit_code,
            checkpoint: 0,
            wait_hint: wait,
            process_id: None,
        };
        if let Some(Err(error)) = self.status.get().map(|status| status.set_service_status(now)) {
            tracing::warn!(%error, "the system was not told how the service is");
        }
    }
}
