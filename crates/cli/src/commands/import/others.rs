//! What an import finds and does not take over: `config.yml`, and files that cannot be read.

use std::io::Read as _;
use std::path::PathBuf;

use ssh_config::Import;
use wire::config_yml::{ConfigYml, FOLDERS, Forward, LARGEST, MACHINE_FOLDERS, NAMES};

use super::shown::short;
use crate::context::Context;
use crate::say;

/// Says which included files could not be looked at.
pub(super) fn unread(import: &Import) {
    import.unread().iter().for_each(|error| say::problem(&error.cause()));
}

/// What cloudflared's own file says, and how each of it is done with Sallyport.
pub(super) fn text(context: &Context) -> String {
    let Some(path) = place(context) else { return String::new() };
    let shown = short(context, &path);
    let mut text = String::new();
    let read = std::fs::File::open(&path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
    if let Err(error) = read {
        return format!("  {shown}: {error}\n");
    }
    match ConfigYml::parse(&text) {
        Ok(config) => in_words(&shown, &config),
        Err(error) => format!("  {shown}: Left alone: {error}\n"),
    }
}

fn place(context: &Context) -> Option<PathBuf> {
    let home = context.profile.home()?;
    let folders = FOLDERS.iter().map(|it| home.join(it)).chain(MACHINE_FOLDERS.iter().map(PathBuf::from));
    folders.flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|path| path.is_file())
}

fn in_words(path: &str, config: &ConfigYml) -> String {
    let tunnel =
        config.tunnel.iter().map(|tunnel| format!("  {path}: tunnel {tunnel} stays with cloudflared\n"));
    let hosts = config.ssh_hosts.iter().map(|host| {
        format!("  {path}: this machine is published as {host}; from others: sallyport host add {host}\n")
    });
    let forwards = config.forwards.iter().map(|forward| format!("  {path}: {}\n", forwarded(forward)));
    tunnel.chain(hosts).chain(forwards).collect()
}

fn forwarded(forward: &Forward) -> String {
    let destination = forward.destination.iter().map(|it| format!(" --destination {it}")).collect::<String>();
    let token = if forward.service_token { "; its service token goes into the environment" } else { "" };
    format!(
        "a forward; now: sallyport access tcp --hostname {} --url {}{destination}{token}",
        forward.url, forward.listener
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_says_what_to_do_instead() {
        let forward = Forward {
            url: "https://db.acme.dev".to_owned(),
            listener: "127.0.0.1:5432".to_owned(),
            destination: Some("10.0.0.1:22".to_owned()),
            service_token: true,
        };
        let config = ConfigYml {
            tunnel: Some("t".to_owned()),
            ssh_hosts: vec!["vm.dev".to_owned()],
            forwards: vec![forward],
        };
        let text = in_words("~/c", &config);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("--url 127.0.0.1:5432 --destination 10.0.0.1:22; its service token"), "{text}");
    }
}
