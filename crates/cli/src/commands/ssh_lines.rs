//! `access ssh-config`: prints lines to copy, byte for byte as `cloudflared` does (`access.md` 6.5).

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::called;
use crate::commands::Failure;
use crate::context::Context;
use crate::say;

pub(crate) static FLAGS: &[Flag] = &[
    Flag { name: "hostname", aliases: &[], env: &[], takes: Takes::Value, help: "The app's hostname" },
    Flag {
        name: "short-lived-cert",
        aliases: &[],
        env: &[],
        takes: Takes::Nothing,
        help: "Lines that also fetch a short-lived certificate",
    },
];

/// Prints the lines.
pub(crate) fn print(context: &Context, given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    let home = std::env::home_dir().unwrap_or_default();
    let host = given.value("hostname").filter(|host| !host.is_empty()).unwrap_or("[your hostname]");
    if host.contains(char::is_control) {
        return Err(Misuse::Missing("a hostname has one line").into());
    }
    let keys = given.on("short-lived-cert").then(|| keys_of(context));
    say::data(&lines(&home.display().to_string(), host, &caller(context), keys.as_deref()));
    Ok(())
}

/// The folder of keys as ssh is to read it: a profile of its own keeps its keys apart.
fn keys_of(context: &Context) -> String {
    match context.profile.ssh_keys_dir() {
        Some(folder) if !context.profile.is_standard() => folder.display().to_string().replace('%', "%%"),
        _ => "~/.cloudflared".to_owned(),
    }
}

/// How the lines call this program: quoted where a shell would split the path, bare elsewhere.
fn caller(context: &Context) -> String {
    let mut words = vec![called::path().into_os_string()];
    words.extend(context.profile.helper_flags());
    let quoted = words.iter().map(|word| {
        let text = word.to_string_lossy();
        if text.contains([' ', '\t', '\'', '(', ')']) { format!("\"{text}\"") } else { text.into_owned() }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn lines(home: &str, host: &str, caller: &str, keys: Option<&str>) -> String {
    if let Some(keys) = keys {
        let quote = if keys.contains([' ', '\t', '\'']) { "\"" } else { "" };
        return format!(
            "\nAdd to your {home}/.ssh/config:\nMatch host {host} exec \"{} access ssh-gen --hostname %h\"\n  \
             ProxyCommand {caller} access ssh --hostname %h\n  IdentityFile {quote}{keys}/%h-cf_key{quote}\n  \
             CertificateFile {quote}{keys}/%h-cf_key-cert.pub{quote}\n",
            caller.replace('"', "\\\"")
        );
    }
    format!(
        "\nAdd to your {home}/.ssh/config:\nHost {host}\n  ProxyCommand {caller} access ssh --hostname %h\n\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generic_lines_end_with_an_empty_one() {
        assert_eq!(
            lines("/home/ada", "[your hostname]", "/usr/bin/sallyport", None),
            "\nAdd to your /home/ada/.ssh/config:\nHost [your hostname]\n  \
             ProxyCommand /usr/bin/sallyport access ssh --hostname %h\n\n"
        );
    }

    #[test]
    fn the_certificate_lines_match_by_exec() {
        assert_eq!(
            lines("/home/ada", "vm.acme.dev", "/usr/bin/sallyport", Some("~/.cloudflared")),
            "\nAdd to your /home/ada/.ssh/config:\n\
             Match host vm.acme.dev exec \"/usr/bin/sallyport access ssh-gen --hostname %h\"\n  \
             ProxyCommand /usr/bin/sallyport access ssh --hostname %h\n  \
             IdentityFile ~/.cloudflared/%h-cf_key\n  CertificateFile ~/.cloudflared/%h-cf_key-cert.pub\n"
        );
    }

    #[test]
    fn a_folder_with_blanks_is_quoted() {
        let text = lines("/home/ada", "vm.acme.dev", "sallyport", Some("/my demo/ssh-keys"));
        assert!(text.contains("  IdentityFile \"/my demo/ssh-keys/%h-cf_key\"\n"), "{text}");
        assert!(text.ends_with("  CertificateFile \"/my demo/ssh-keys/%h-cf_key-cert.pub\"\n"), "{text}");
    }
}
