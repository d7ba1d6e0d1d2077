//! Lines about short-lived certificates: the agent that holds them, and for whom they are.

use ssh_config::Host;
use wire::Cause;

use super::{Line, State};
use crate::certificate::{Standing, in_words, other_account};

/// A host that logs in by a certificate, and how that stands.
pub(crate) type Certified = (Host, Standing);

/// Whether somebody answers where ssh will ask.
pub(crate) fn agent(found: &[Certified]) -> Line {
    const NAME: &str = "agent";
    let missing = found.iter().find_map(|(_, standing)| match standing {
        Standing::Nothing(cause @ Cause::NoAgent { .. }) => Some(cause),
        Standing::Nothing(_) | Standing::AtHand(_) | Standing::OnDemand => None,
    });
    match (found.len(), missing) {
        (0, _) => Line::skipped(NAME, "no host logs in by a certificate"),
        (_, Some(cause)) => Line::broken(NAME, cause),
        (1, None) => Line::fine(NAME, "answers for 1 host"),
        (count, None) => Line::fine(NAME, format!("answers for {count} hosts")),
    }
}

/// For whom each certificate is and until when, as far as an agent answers.
pub(crate) fn certificates(found: &[Certified]) -> Vec<Line> {
    found.iter().filter_map(|(host, standing)| certificate(host, standing)).collect()
}

fn certificate(host: &Host, standing: &Standing) -> Option<Line> {
    const NAME: &str = "certificate";
    let alias = &host.alias;
    Some(match standing {
        Standing::AtHand(certificate) => match other_account(std::slice::from_ref(host), certificate) {
            Some(cause) => Line { state: State::Check, ..Line::broken(NAME, &cause) },
            None => Line::fine(NAME, format!("{alias}: {}", in_words(certificate))),
        },
        Standing::OnDemand => Line::skipped(NAME, &format!("{alias}: the agent gets one when ssh asks")),
        Standing::Nothing(Cause::NoAgent { .. }) => return None,
        Standing::Nothing(cause) => Line::broken(NAME, cause),
    })
}

#[cfg(test)]
mod tests {
    use access::Certificate;

    use super::*;

    // Made by ssh-keygen for `ada` and `build`.
    const CERTIFICATE: &str = include_str!("../../../../../access/src/certificate/fixtures/user-cert.pub");

    fn of(user: &str, standing: Standing) -> Certified {
        (Host::new("box", "box.acme.dev").unwrap().with_user(user).unwrap(), standing)
    }

    fn at_hand() -> Standing {
        Standing::AtHand(Certificate::parse(CERTIFICATE).unwrap())
    }

    #[test]
    fn the_agent_is_asked_for_those_who_need_it() {
        let nobody = Standing::Nothing(Cause::NoAgent { host: "box.acme.dev".to_owned() });
        assert_eq!(agent(&[]).state, State::Skipped);
        assert_eq!(agent(&[of("ada", at_hand())]).what, "answers for 1 host");
        let line = agent(&[of("ada", Standing::OnDemand), of("ada", nobody.clone())]);
        assert_eq!((line.state, line.cause.as_deref()), (State::Broken, Some("no-agent")));
        assert_eq!(certificates(&[of("ada", nobody)]), [], "told once");
    }

    #[test]
    fn a_certificate_says_for_whom_or_why_not() {
        let line = |one: Certified| certificates(&[one]).remove(0);
        let fine = line(of("ada", at_hand()));
        assert_eq!(fine.state, State::Fine);
        assert!(fine.what.starts_with("box: certificate for ada, build until "), "{}", fine.what);
        let other = line(of("root", at_hand()));
        assert_eq!((other.state, other.cause.as_deref()), (State::Check, Some("other-account")));
        let refused = Cause::CertificateRefused { host: "box.acme.dev".to_owned(), said: "404".to_owned() };
        assert_eq!(line(of("ada", Standing::Nothing(refused))).state, State::Broken);
        assert_eq!(line(of("ada", Standing::OnDemand)).state, State::Skipped);
    }
}
