//! What an import finds and does not take over: `config.yml`, and files that cannot be read.

use ssh_config::Import;
use wire::config_yml::ConfigYml;

use super::shown::short;
use crate::config_file;
use crate::context::Context;
use crate::say;

/// Says which included files could not be looked at.
pub(super) fn unread(import: &Import) {
    import.unread().iter().for_each(|error| say::problem(&error.cause()));
}

/// What cloudflared's own file says, and how each of it is done with Sallyport.
pub(super) fn text(context: &Context) -> String {
    let Some(path) = config_file::place(context) else { return String::new() };
    let shown = short(context, &path);
    let text = match config_file::text(&path) {
        Ok(text) => text,
        Err(error) => return format!("  {shown}: {error}\n"),
    };
    match ConfigYml::parse(&text) {
        Ok(config) => in_words(&shown, &config),
        Err(error) => format!("  {shown}: Left alone: {error}\n"),
    }
}

fn in_words(path: &str, config: &ConfigYml) -> String {
    let tunnel =
        config.tunnel.iter().map(|tunnel| format!("  {path}: tunnel {tunnel} stays with cloudflared\n"));
    let hosts = config.ssh_hosts.iter().map(|host| {
        format!("  {path}: this machine is published as {host}; from others: sallyport host add {host}\n")
    });
    tunnel.chain(hosts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_says_what_to_do_instead() {
        let config = ConfigYml {
            tunnel: Some("t".to_owned()),
            ssh_hosts: vec!["vm.dev".to_owned()],
            forwards: Vec::new(),
        };
        let text = in_words("~/c", &config);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("sallyport host add vm.dev"), "{text}");
    }
}
