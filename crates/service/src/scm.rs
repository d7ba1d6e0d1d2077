//! The list of services that Windows keeps, and what it is told of ours.

#[cfg(not(windows))]
pub(crate) use nowhere::{delete, is_there, register, start, status};
#[cfg(windows)]
pub(crate) use real::{delete, is_there, register, start, status};

#[cfg(not(windows))]
mod nowhere {
    use crate::{Registration, ServiceError, Status};

    pub(crate) fn register(_: &Registration) -> Result<Vec<ServiceError>, ServiceError> {
        Err(ServiceError::NoList)
    }

    pub(crate) fn start(_: &str) -> Result<(), ServiceError> {
        Err(ServiceError::NoList)
    }

    pub(crate) fn delete(_: &str) -> Result<(), ServiceError> {
        Err(ServiceError::NoList)
    }

    pub(crate) fn is_there(_: &str) -> Result<bool, ServiceError> {
        Err(ServiceError::NoList)
    }

    pub(crate) fn status(_: &str) -> Result<Status, ServiceError> {
        Err(ServiceError::NoList)
    }
}

#[cfg(windows)]
mod real {
    use std::ffi::OsString;
    use std::time::{Duration, Instant};

    use windows_service::service::{
        Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceErrorControl, ServiceFailureActions,
        ServiceFailureResetPeriod, ServiceInfo, ServiceSidType, ServiceStartType, ServiceState, ServiceType,
    };
    use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
    use windows_service::{Error, Result as Answer};

    use crate::{Registration, ServiceError, State, Status};

    /// `ERROR_ACCESS_DENIED`.
    const DENIED: i32 = 5;
    /// `ERROR_SERVICE_DOES_NOT_EXIST`.
    const UNKNOWN: i32 = 1060;
    /// `ERROR_SERVICE_NOT_ACTIVE`.
    const NOT_ACTIVE: i32 = 1062;
    /// Before it is started again after a failure.
    const PAUSE: Duration = Duration::from_secs(5);
    /// After this long without a failure the system forgets those before.
    const FORGOTTEN: Duration = Duration::from_secs(3600);
    /// How long a connector may take to end: the grace of its streams, and its last words.
    const LEAVING: Duration = Duration::from_secs(45);
    /// How often to look whether it has.
    const LOOK: Duration = Duration::from_millis(100);

    /// Puts it on the list. What the system would not take of all that is good for it is the answer.
    pub(crate) fn register(wanted: &Registration) -> Result<Vec<ServiceError>, ServiceError> {
        let manager = manager(ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE)?;
        let mut words = wanted.command.iter().map(OsString::from);
        let info = ServiceInfo {
            name: OsString::from(&wanted.name),
            display_name: OsString::from(&wanted.title),
            service_type: ServiceType::OWN_PROCESS,
            start_type: ServiceStartType::AutoStart,
            error_control: ServiceErrorControl::Normal,
            executable_path: words.next().unwrap_or_default().into(),
            launch_arguments: words.collect(),
            dependencies: Vec::new(),
            account_name: Some(OsString::from(&wanted.account)),
            account_password: None,
        };
        let made = manager
            .create_service(&info, ServiceAccess::ALL_ACCESS)
            .map_err(|error| failed("create", &error))?;
        let again = || ServiceAction { action_type: ServiceActionType::Restart, delay: PAUSE };
        let actions = ServiceFailureActions {
            reset_period: ServiceFailureResetPeriod::After(FORGOTTEN),
            reboot_msg: None,
            command: None,
            actions: Some(vec![again(), again(), again()]),
        };
        let asked = [
            ("description", made.set_description(&wanted.about)),
            ("restart", made.update_failure_actions(actions)),
            // An end with a code counts, too: no connector crashes by refusing to go on.
            ("restart after an error", made.set_failure_actions_on_non_crash_failures(true)),
            ("start after others", made.set_delayed_auto_start(true)),
            ("identity of its own", made.set_config_service_sid_info(ServiceSidType::Unrestricted)),
        ];
        Ok(asked
            .into_iter()
            .filter_map(|(what, done)| done.err().map(|error| failed(what, &error)))
            .collect())
    }

    /// Starts it, and does not wait for it.
    pub(crate) fn start(name: &str) -> Result<(), ServiceError> {
        let none: [&str; 0] = [];
        opened(name, ServiceAccess::START)?.start(&none).map_err(|error| failed("start", &error))
    }

    /// Ends it, waits for that, and takes it off the list.
    pub(crate) fn delete(name: &str) -> Result<(), ServiceError> {
        let access = ServiceAccess::STOP | ServiceAccess::QUERY_STATUS | ServiceAccess::DELETE;
        let service = opened(name, access)?;
        match service.stop() {
            Ok(_) => until_ended(&service)?,
            Err(error) if code(&error) == Some(NOT_ACTIVE) => {}
            Err(error) => return Err(failed("stop", &error)),
        }
        service.delete().map_err(|error| failed("delete", &error))
    }

    pub(crate) fn is_there(name: &str) -> Result<bool, ServiceError> {
        let opened = manager(ServiceManagerAccess::CONNECT)?.open_service(name, ServiceAccess::QUERY_STATUS);
        match opened {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == Some(UNKNOWN) => Ok(false),
            Err(error) => Err(failed("open", &error)),
        }
    }

    pub(crate) fn status(name: &str) -> Result<Status, ServiceError> {
        let service = opened(name, ServiceAccess::QUERY_STATUS | ServiceAccess::QUERY_CONFIG)?;
        let now = service.query_status().map_err(|error| failed("query", &error))?;
        let has_failed = now.exit_code != windows_service::service::ServiceExitCode::Win32(0);
        let state = match now.current_state {
            ServiceState::Running => State::Running,
            ServiceState::StartPending | ServiceState::ContinuePending => State::Starting,
            ServiceState::StopPending | ServiceState::PausePending => State::Stopping,
            ServiceState::Stopped | ServiceState::Paused if has_failed => State::Failed,
            ServiceState::Stopped | ServiceState::Paused => State::Stopped,
        };
        let starts = service.query_config().ok().map(|known| known.start_type == ServiceStartType::AutoStart);
        Ok(Status { pid: now.process_id, at_boot: starts, ..Status::of(state) })
    }

    fn until_ended(service: &Service) -> Result<(), ServiceError> {
        let late = Instant::now() + LEAVING;
        while Instant::now() < late {
            let now = service.query_status().map_err(|error| failed("query", &error))?;
            if now.current_state == ServiceState::Stopped {
                return Ok(());
            }
            pause();
        }
        Err(ServiceError::command(&["stop".to_owned()], "it did not end in time".to_owned()))
    }

    #[expect(clippy::disallowed_methods, reason = "the pause between two looks at a service")]
    fn pause() {
        std::thread::sleep(LOOK);
    }

    fn manager(access: ServiceManagerAccess) -> Result<ServiceManager, ServiceError> {
        let opened: Answer<ServiceManager> = ServiceManager::local_computer(None::<&str>, access);
        opened.map_err(|error| failed("open the list of services", &error))
    }

    fn opened(name: &str, access: ServiceAccess) -> Result<Service, ServiceError> {
        let opened = manager(ServiceManagerAccess::CONNECT)?.open_service(name, access);
        opened.map_err(|error| match code(&error) {
            Some(UNKNOWN) => ServiceError::NotThere(name.to_owned()),
            Some(_) | None => failed("open", &error),
        })
    }

    fn failed(what: &str, error: &Error) -> ServiceError {
        match (code(error), error) {
            (Some(DENIED), _) => ServiceError::Denied,
            (_, Error::Winapi(error)) => ServiceError::command(&[what.to_owned()], error.to_string()),
            (_, other) => ServiceError::command(&[what.to_owned()], other.to_string()),
        }
    }

    fn code(error: &Error) -> Option<i32> {
        let Error::Winapi(error) = error else { return None };
        error.raw_os_error()
    }
}
