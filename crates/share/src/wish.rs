//! What is to be published, and for whom.

use api::{GROUP, Whom};

/// Longest hostname that Access takes, in bytes (`cloudflare-api.md` 5.3).
const LONGEST: usize = 63;

/// What is to be published, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The hostname by which people will reach the machine.
    pub hostname: String,
    /// Who may enter.
    pub allow: Vec<Whom>,
    /// The same for groups whose ids are not known yet: what people call them.
    pub groups: Vec<String>,
    /// The port of the SSH server on this machine.
    pub port: u16,
    /// Whether the application is to sign SSH certificates.
    pub certificates: bool,
    /// How long a log-in is good, such as `24h`.
    pub session: String,
    /// What the tunnel is to be called.
    pub tunnel: String,
    /// Whether a DNS record that leads elsewhere may lead to the tunnel for as long as the machine is shared.
    pub replaces_record: bool,
    /// The service of the operating system's that is to run it, in words; nothing where no service does.
    pub service: Option<String>,
}

/// Whom somebody names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// People and domains.
    pub whom: Vec<Whom>,
    /// Groups, by what people call them or by their ids.
    pub groups: Vec<String>,
}

impl Named {
    /// Reads addresses, domains and groups with commas between.
    ///
    /// # Errors
    /// When one of them is none of these.
    pub fn read(written: &[String]) -> Result<Self, InvalidWish> {
        let parts = written.iter().flat_map(|all| all.split(',')).map(str::trim);
        let mut named = Self::default();
        for part in parts.filter(|part| !part.is_empty()) {
            match (part.strip_prefix(GROUP).map(str::trim), Whom::read(part)) {
                (Some(name), _) if !name.is_empty() => named.groups.push(name.to_owned()),
                (None, Some(whom)) => named.whom.push(whom),
                (Some(_), _) | (None, None) => return Err(InvalidWish::Whom(part.to_owned())),
            }
        }
        named.whom.sort();
        named.whom.dedup();
        Ok(named)
    }

    /// Those who were noted one by one.
    pub(crate) fn noted(allow: &[String]) -> Self {
        let mut named = Self::default();
        for one in allow {
            match one.strip_prefix(GROUP) {
                Some(name) => named.groups.push(name.to_owned()),
                None => named.whom.extend(Whom::read(one)),
            }
        }
        named
    }

    /// Whether nobody is named.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.whom.is_empty() && self.groups.is_empty()
    }
}

/// A wish that cannot be granted as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWish {
    /// It is no hostname.
    #[error("`{0}` is not a hostname such as build-01.acme.dev")]
    Hostname(String),
    /// Nobody could enter.
    #[error("say who may enter, such as --allow alice@acme.dev,@acme.dev")]
    Nobody,
    /// Neither a person, nor a domain, nor a group.
    #[error(
        "`{0}` is neither an e-mail address nor a domain such as @acme.dev nor a group such as group:Platform"
    )]
    Whom(String),
    /// A time that Access does not know.
    #[error("`{0}` is not a time such as 30m, 8h or 24h, of a month at most")]
    Session(String),
}

impl Wish {
    /// Reads what a person has written; `allow` holds addresses, domains and groups with commas between.
    ///
    /// # Errors
    /// When it cannot be granted as it is written.
    pub fn read(hostname: &str, allow: &[String], port: u16) -> Result<Self, InvalidWish> {
        let hostname = hostname.trim().trim_end_matches('.').to_lowercase();
        if !is_hostname(&hostname) {
            return Err(InvalidWish::Hostname(hostname));
        }
        let Named { whom: allow, groups } = Named::read(allow)?;
        if allow.is_empty() && groups.is_empty() {
            return Err(InvalidWish::Nobody);
        }
        let tunnel = hostname.clone();
        let session = "24h".to_owned();
        let (certificates, replaces_record, service) = (false, false, None);
        Ok(Self { hostname, allow, groups, port, certificates, session, tunnel, replaces_record, service })
    }

    /// The same with log-ins that are good for this long.
    ///
    /// # Errors
    /// When that is no time.
    pub fn lasting(self, session: &str) -> Result<Self, InvalidWish> {
        if is_session(session) {
            Ok(Self { session: session.to_owned(), ..self })
        } else {
            Err(InvalidWish::Session(session.to_owned()))
        }
    }

    /// Where the SSH server answers. Not `localhost`, which may mean an address that it does not listen on.
    #[must_use]
    pub fn server(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Who may enter, in words.
    #[must_use]
    pub fn people(&self) -> String {
        let unknown: Vec<String> = self.groups.iter().map(|name| format!("the group {name}")).collect();
        let known = words(&self.allow);
        [known].into_iter().filter(|known| !known.is_empty()).chain(unknown).collect::<Vec<_>>().join(", ")
    }

    /// What application and policy are called, by which they are known again.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.hostname)
    }
}

/// Who may enter, in words.
pub(crate) fn words(allow: &[Whom]) -> String {
    let word = |whom: &Whom| match whom {
        Whom::Domain(domain) => format!("everybody at {domain}"),
        Whom::Group(group) => format!("the group {}", group.name),
        Whom::Person(email) => email.clone(),
    };
    allow.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Whether log-ins can be good for so long: minutes or hours, of a month at most.
pub(crate) fn is_session(text: &str) -> bool {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        _ => 0,
    };
    let minutes = number.parse::<u32>().ok().and_then(|number| number.checked_mul(minutes));
    matches!(minutes, Some(1..=43_200))
}

/// What the application and the policy of a hostname are called.
pub(crate) fn name(hostname: &str) -> String {
    format!("SSH to {hostname} (Sallyport)")
}

/// What is noted on a DNS record that leads to this tunnel.
pub(crate) fn comment(tunnel: &str) -> String {
    format!("managed-by:sallyport tunnel:{tunnel}")
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.len() <= LONGEST && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(hostname: &str, allow: &str) -> Result<Wish, InvalidWish> {
        Wish::read(hostname, &[allow.to_owned()], 22)
    }

    #[test]
    fn a_wish_is_read_as_people_write_it() {
        let wish = wish("SSH.Acme.dev.", "@acme.dev, bob@corp.test,@ACME.dev").unwrap();
        assert_eq!(wish.hostname, "ssh.acme.dev");
        assert_eq!(wish.people(), "everybody at acme.dev, bob@corp.test");
        assert_eq!(wish.server(), "127.0.0.1:22");
        assert_eq!(wish.lasting("8h").unwrap().session, "8h");
    }

    #[test]
    fn groups_are_told_from_people_by_what_stands_before_them() {
        let wish = wish("ssh.acme.dev", "group:Platform Team, ada@acme.dev,group: Contractors").unwrap();
        assert_eq!(wish.groups, ["Platform Team", "Contractors"]);
        assert_eq!(wish.people(), "ada@acme.dev, the group Platform Team, the group Contractors");
    }

    #[test]
    fn what_cannot_be_granted_is_named() {
        assert_eq!(wish("ssh.acme.dev", ""), Err(InvalidWish::Nobody));
        assert_eq!(wish("ssh.acme.dev", "everyone"), Err(InvalidWish::Whom("everyone".to_owned())));
        assert_eq!(wish("ssh.acme.dev", "group: "), Err(InvalidWish::Whom("group:".to_owned())));
        for hostname in
            ["", "ssh", "a b.acme.dev", "-a.acme.dev", "a..b", "https://ssh.acme.dev", "*.acme.dev"]
        {
            assert!(matches!(wish(hostname, "@a.b"), Err(InvalidWish::Hostname(_))), "{hostname}");
        }
        for session in ["", "0h", "h", "8", "soon", "9999999999h", "721h"] {
            let refused = wish("ssh.acme.dev", "@a.b").unwrap().lasting(session);
            assert_eq!(refused, Err(InvalidWish::Session(session.to_owned())), "{session}");
        }
    }
}
