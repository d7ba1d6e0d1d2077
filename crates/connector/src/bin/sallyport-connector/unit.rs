//! Units of systemd's by which cloudflared runs a tunnel: the token stands in one, or in a file that it names.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::chosen::home;

const NAME: &str = "cloudflared.service";

/// Where such units are.
pub(crate) fn places() -> Vec<PathBuf> {
    let own = home().map(|home| home.join(".config/systemd/user"));
    let folders = own.into_iter().chain(["/etc/systemd/system".into(), "/lib/systemd/system".into()]);
    folders.map(|folder: PathBuf| folder.join(NAME)).filter(|path| path.is_file()).collect()
}

/// The token that a unit runs by; nothing where it runs by none.
pub(crate) fn token(unit: &Path) -> Option<io::Result<Zeroizing<String>>> {
    let text = match std::fs::read_to_string(unit) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => return Some(Err(error)),
    };
    let line = text.lines().find_map(|line| line.trim().strip_prefix("ExecStart="))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let value = |flag: &str| {
        let inline = words.iter().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
        inline.or_else(|| words.iter().skip_while(|word| **word != flag).nth(1).copied())
    };
    if let Some(token) = value("--token") {
        return Some(Ok(Zeroizing::new(token.trim_matches(['"', '\'']).to_owned())));
    }
    let file = value("--token-file")?;
    Some(
        std::fs::read_to_string(file.trim_matches(['"', '\'']))
            .map(|text| Zeroizing::new(text.trim().to_owned())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_unit_is_found_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let unit = folder.path().join(NAME);
        let write = |path: &Path, text: &str| {
            io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
        };
        let found = |line: &str| {
            write(&unit, &format!("[Service]\nType=notify\nExecStart=/usr/bin/cloudflared {line}\n"));
            token(&unit).map(|token| token.unwrap().to_string())
        };
        assert_eq!(found("tunnel run --token eyJh").as_deref(), Some("eyJh"));
        assert_eq!(found("tunnel run --token=eyJh --x").as_deref(), Some("eyJh"));
        assert_eq!(found("--config /etc/cloudflared/config.yml tunnel run"), None);
        let file = folder.path().join("token");
        write(&file, "eyJi\n");
        assert_eq!(found(&format!("tunnel run --token-file {}", file.display())).as_deref(), Some("eyJi"));
    }
}
