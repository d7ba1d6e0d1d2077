//! Whether curl may go on to other hosts. It takes headers of one's own along to all of them, but a cookie that was
//! given as a header only to the first.

use std::path::PathBuf;

use super::{SHORT, takes_value};

/// Where curl may go by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Redirects {
    /// Nowhere.
    Stay,
    /// Wherever the answers lead.
    Follow,
    /// The same, and take credentials along.
    Trust,
}

/// What these words allow curl, and the files that it reads by itself.
pub(super) fn allowed(words: &[String], env: &dyn Fn(&str) -> Option<std::ffi::OsString>) -> Redirects {
    let starts = words.first().is_some_and(|first| first == "-q" || first == "--disable");
    let files = if starts { Vec::new() } else { files(env) };
    let in_files = files.into_iter().map(|file| match std::fs::read(&file) {
        Ok(text) => by_file(&String::from_utf8_lossy(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Redirects::Stay,
        Err(_) => Redirects::Follow,
    });
    in_files.chain([by_words(words)]).max().unwrap_or(Redirects::Stay)
}

/// Whether a file of options that these words name, or that curl reads by itself, says where to go as well. What comes
/// from stdin can be read once only, and that by curl.
pub(super) fn files_name_urls(words: &[String], env: &dyn Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let starts = words.first().is_some_and(|first| first == "-q" || first == "--disable");
    let own = if starts { Vec::new() } else { files(env) };
    let given = given_files(words).into_iter().map(PathBuf::from);
    own.into_iter().chain(given).any(|file| {
        std::fs::read(file).is_ok_and(|text| options(&String::from_utf8_lossy(&text)).any(|it| it == "--url"))
    })
}

/// The files of options that these words name.
fn given_files(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        let value = if takes_value(word) || word == "--config" { rest.next() } else { None };
        if word.starts_with("--") {
            found.extend(value.filter(|_| word == "--config"));
        } else if let Some(letters) = word.strip_prefix('-') {
            let end = letters.find(|letter| SHORT.contains(letter)).unwrap_or(letters.len());
            let own = letters[end..].strip_prefix('K');
            found.extend(own.and_then(|own| if own.is_empty() { value } else { Some(own) }));
        }
    }
    found
}

/// The cookies that these words name themselves, as text.
pub(super) fn cookies(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        let value = if takes_value(word) { rest.next() } else { None };
        let is_cookie =
            word == "--cookie" || (value.is_some() && !word.starts_with("--") && word.ends_with('b'));
        let given = if is_cookie { value } else { word.strip_prefix("-b").filter(|value| !value.is_empty()) };
        // What has no equals sign is the name of a file.
        found.extend(given.filter(|cookie| cookie.contains('=')));
    }
    found
}

fn by_words(words: &[String]) -> Redirects {
    let mut found = Redirects::Stay;
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        found = found.max(by_word(word));
        if takes_value(word) {
            rest.next();
        }
    }
    found
}

/// A file of options, one a line, with or without dashes.
fn by_file(text: &str) -> Redirects {
    options(text).map(|word| by_word(&word)).max().unwrap_or(Redirects::Stay)
}

fn options(text: &str) -> impl Iterator<Item = String> {
    let names = text.lines().filter_map(|line| line.trim().split([' ', '\t', '=', ':']).next());
    names.map(|name| if name.starts_with('-') { name.to_owned() } else { format!("--{name}") })
}

fn by_word(word: &str) -> Redirects {
    if let Some(long) = word.strip_prefix("--") {
        // curl takes the beginning of a name for the whole where it can be meant for one alone.
        let begins = |name: &str, least: &str| long.starts_with(least) && name.starts_with(long);
        return match long {
            _ if begins("location-trusted", "location-") => Redirects::Trust,
            _ if begins("location", "locat") || begins("follow", "fol") || begins("config", "conf") => {
                Redirects::Follow
            }
            _ => Redirects::Stay,
        };
    }
    let Some(letters) = word.strip_prefix('-') else { return Redirects::Stay };
    let end = letters.find(|letter| SHORT.contains(letter)).unwrap_or(letters.len());
    let follows = letters[..end].contains('L') || letters[end..].starts_with('K');
    if follows { Redirects::Follow } else { Redirects::Stay }
}

/// Where curl looks for options of its own.
fn files(env: &dyn Fn(&str) -> Option<std::ffi::OsString>) -> Vec<PathBuf> {
    let names: [(&str, &[&str]); 5] = [
        ("CURL_HOME", &[".curlrc", "_curlrc"]),
        ("XDG_CONFIG_HOME", &["curlrc", ".curlrc"]),
        ("HOME", &[".curlrc", ".config/curlrc", "_curlrc"]),
        ("USERPROFILE", &[".curlrc", "_curlrc"]),
        ("APPDATA", &[".curlrc", "_curlrc"]),
    ];
    let of = |(variable, files): (&str, &'static [&'static str])| {
        let folder = env(variable).map(PathBuf::from);
        folder.into_iter().flat_map(|folder| files.iter().map(move |file| folder.join(file)))
    };
    names.into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_way_to_ask_for_redirects_is_seen() {
        for line in [
            "-L",
            "-sSL",
            "-sLo out",
            "--location",
            "--locat",
            "--follow",
            "-K file",
            "-sKfile",
            "--config file",
        ] {
            assert_eq!(by_words(&words(line)), Redirects::Follow, "{line}");
        }
        for line in ["--location-trusted", "--location-t", "-L --location-trusted"] {
            assert_eq!(by_words(&words(line)), Redirects::Trust, "{line}");
        }
        for line in ["", "-s", "-o -L", "-oL", "-d L", "--local-port 1", "-H L:1", "--no-location", "L"] {
            assert_eq!(by_words(&words(line)), Redirects::Stay, "{line}");
        }
    }

    #[test]
    fn files_of_options_count_unless_they_are_not_read() {
        let home = tempfile::tempdir().unwrap();
        let env = |name: &str| (name == "HOME").then(|| home.path().into());
        let line = words("https://a.test");
        assert_eq!(allowed(&line, &env), Redirects::Stay);
        let file = home.path().join(".curlrc");
        for (text, expected) in [
            ("# location\nsilent\n", Redirects::Stay),
            ("  location\n", Redirects::Follow),
            ("-L\n", Redirects::Follow),
            ("location = true", Redirects::Follow),
            ("--location-trusted", Redirects::Trust),
        ] {
            profile::write_atomically(&file, text.as_bytes()).unwrap();
            assert_eq!(allowed(&line, &env), expected, "{text}");
        }
        assert_eq!(allowed(&words("-q https://a.test"), &env), Redirects::Stay);
    }

    #[test]
    fn files_that_say_where_to_go_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("options");
        let path = file.to_str().unwrap();
        for (text, expected) in [
            ("url = \"https://b.test\"\n", true),
            ("silent\n  --url https://b.test\n", true),
            ("url:https://b.test", true),
            ("header = \"url: x\"\nurl-query = a\n# url = x\n", false),
        ] {
            profile::write_atomically(&file, text.as_bytes()).unwrap();
            for line in [format!("-K {path}"), format!("-sK{path}"), format!("--config {path} -s")] {
                assert_eq!(files_name_urls(&words(&line), &|_| None), expected, "{line}: {text}");
            }
        }
        assert!(!files_name_urls(&words("-K - -o -K -d --config"), &|_| None));
    }

    #[test]
    fn cookies_are_told_from_files_of_them() {
        assert_eq!(
            cookies(&words("-b a=1 -sb b=2 -bc=3 --cookie d=4 -b jar -c e=5 -H b=6")),
            ["a=1", "b=2", "c=3", "d=4"]
        );
    }
}
