//! A script of OpenRC, watched by its supervisor.

use std::path::PathBuf;

use crate::layout::words;
use crate::{Job, Layout, Place, RunsBy, Scope, ServiceError, Written};

pub(crate) fn layout(place: &Place, job: &Job) -> Result<Layout, ServiceError> {
    if place.scope == Scope::User {
        return Err(ServiceError::NoUserServices);
    }
    let name = &job.name;
    let own = PathBuf::from("/etc").join(name);
    let (arguments, files) = match &job.runs_by {
        RunsBy::Token(token) => {
            let file = Written::secret(own.join("token"), token.as_bytes());
            (format!("--token-file {} run", file.path.display()), vec![file])
        }
        RunsBy::Config { config, credentials } => {
            let secret = Written::secret(own.join("credentials.json"), credentials);
            let rules = Written::open(own.join("config.yml"), config);
            let (config, credentials) = (rules.path.display(), secret.path.display());
            (format!("--config {config} --credentials-file {credentials} run"), vec![secret, rules])
        }
    };
    let program = job.program.display();
    // The file with the right to run the tunnel is root's; a connector that runs as somebody else could not read it.
    let script = format!(
        "#!/sbin/openrc-run\n\
         # Written by sallyport service install; sallyport service uninstall takes it away.\n\
         description=\"Sallyport tunnel\"\n\
         supervisor=\"supervise-daemon\"\n\
         command=\"{program}\"\n\
         command_args=\"{arguments}\"\n\
         no_new_privs=\"yes\"\n\
         umask=\"077\"\n\
         respawn_delay=5\n\
         respawn_max=0\n\
         output_log=\"/var/log/${{RC_SVCNAME}}.log\"\n\
         error_log=\"/var/log/${{RC_SVCNAME}}.log\"\n\
         retry=\"TERM/40/KILL/5\"\n\n\
         depend() {{\n\tneed net\n\tuse dns logger\n\tafter firewall\n}}\n"
    );
    let script = Written::program(PathBuf::from("/etc/init.d").join(name), &script);
    Ok(Layout {
        files: [vec![script], files].concat(),
        folders: vec![own],
        offline: None,
        start: vec![
            words(&format!("rc-update add {name} default")),
            words(&format!("rc-service {name} start")),
        ],
        stop: vec![
            words(&format!("rc-service {name} stop")),
            words(&format!("rc-update del {name} default")),
        ],
        forget: Vec::new(),
        status: words(&format!("rc-service {name} status")),
    })
}
