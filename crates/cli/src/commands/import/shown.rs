//! What an import has found and would do, for a terminal and for scripts.

use std::path::Path;

use serde_json::{Value, json};
use ssh_config::{Found, Import, Takeover, Verdict};

use super::forwards::Forwards;
use super::others;
use super::tokens::PlainTokens;
use crate::context::Context;

/// The table, the lines that change, the logins, and what else there is.
pub(super) fn text(
    context: &Context,
    import: &Import,
    takeover: &Takeover,
    tokens: &PlainTokens,
    forwards: &Forwards,
) -> String {
    let rows: Vec<[String; 4]> = import.found().iter().map(|found| row(context, found)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (names, hostnames, changes) = (width(0), width(1), width(2));
    let table = rows.iter().map(|[name, hostname, change, place]| {
        format!("  {name:names$}  {hostname:hostnames$}  {change:changes$}  {place}\n")
    });
    let table: String = table.collect();
    [table, diffs(context, takeover), tokens.text(), forwards.text(context), others::text(context)].concat()
}

/// The lines that change, file by file.
pub(super) fn diffs(context: &Context, takeover: &Takeover) -> String {
    takeover.diffs().map(|(path, diff)| diff.unified(&short(context, path))).collect()
}

/// Everything for scripts.
pub(super) fn json(
    import: &Import,
    takeover: &Takeover,
    tokens: &PlainTokens,
    forwards: &Forwards,
    done: bool,
) -> String {
    let entries: Value = import.found().iter().map(entry).collect();
    let files: Value = takeover
        .diffs()
        .map(|(path, diff)| json!({ "path": path.display().to_string(), "added": diff.added, "removed": diff.removed }))
        .collect();
    let whole = json!({
        "entries": entries, "hosts": takeover.aliases(), "files": files, "logins": tokens.json(),
        "forwards": forwards.json(), "done": done,
    });
    format!("{whole:#}\n")
}

/// "1 host", "2 hosts", "3 plain files of a login".
pub(super) fn counted(count: usize, what: &str) -> String {
    let (noun, rest) =
        what.split_once(" of ").map_or((what, String::new()), |(noun, rest)| (noun, format!(" of {rest}")));
    format!("{count} {noun}{}{rest}", if count == 1 { "" } else { "s" })
}

/// A path as a person writes it.
pub(super) fn short(context: &Context, path: &Path) -> String {
    match context.profile.home().and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

fn row(context: &Context, found: &Found) -> [String; 4] {
    let (hostname, change) = match &found.verdict {
        Verdict::Taken { hosts, replaced } => (
            hosts.first().map_or_else(String::new, |host| host.hostname.clone()),
            model::import::replaced(*replaced).to_owned(),
        ),
        Verdict::Left(why) => (String::new(), model::import::left_alone(why)),
    };
    [found.names.join(" "), hostname, change, format!("{}:{}", short(context, &found.file), found.line)]
}

fn entry(found: &Found) -> Value {
    let (hosts, replaced, left) = match &found.verdict {
        Verdict::Taken { hosts, replaced } => {
            let hosts = hosts.iter().map(|host| {
                json!({
                    "name": host.alias, "hostname": host.hostname, "user": host.user, "port": host.port,
                    "destination": host.destination, "certificate": host.agent.is_some(),
                })
            });
            (hosts.collect(), Some(replaced), None)
        }
        Verdict::Left(why) => (Vec::new(), None, Some(why)),
    };
    json!({
        "names": found.names, "file": found.file.display().to_string(), "line": found.line,
        "hosts": hosts, "replaced": replaced, "left": left,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_words() {
        assert_eq!((counted(1, "host"), counted(0, "host")), ("1 host".to_owned(), "0 hosts".to_owned()));
        assert_eq!(counted(2, "plain file of a login"), "2 plain files of a login");
    }
}
