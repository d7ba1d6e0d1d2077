//! `tunnel route dns`: lets a hostname lead to a tunnel.

use api::RouteChange;

use super::account::{Account, failed};
use super::asked::Asked;
use crate::failure::Failure;
use crate::say;

/// Lets a hostname lead to a tunnel.
pub(super) async fn route(asked: &Asked) -> Result<(), Failure> {
    let [named, hostname] = asked.arguments("say which tunnel and which hostname")?;
    if !is_hostname(hostname) {
        return Err(Failure::Misuse(format!("`{hostname}` is not a hostname, such as ssh.acme.dev")));
    }
    let account = Account::open(asked)?;
    let id = account.id(named).await?;
    let overwrite = asked.on("overwrite-dns");
    let route = account.api.route_dns(&id, hostname, overwrite).await.map_err(failed)?;
    let name = &route.hostname;
    let said = match route.change {
        RouteChange::New => format!("Added CNAME {name} which will route to this tunnel"),
        RouteChange::Updated => format!("{name} updated to route to your tunnel"),
        RouteChange::Unchanged => format!("{name} is already configured to route to your tunnel"),
    };
    say::note(&format!("{said} tunnelID={id}"));
    if name != hostname {
        say::note(&format!("{hostname} is of another domain than cert.pem, so it became {name}"));
    }
    Ok(())
}

/// Whether the API would take this for a hostname (`tunnel.md` 6.3).
fn is_hostname(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next().is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '*' | '_'));
    first && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostnames_are_told_from_the_rest() {
        for good in ["ssh.acme.dev", "*.acme.dev", "_x.acme.dev", "büro.acme.dev", "ssh"] {
            assert!(is_hostname(good), "{good}");
        }
        for bad in ["", "https://ssh.acme.dev", "ssh acme", "-ssh.acme.dev", "ssh:22"] {
            assert!(!is_hostname(bad), "{bad}");
        }
    }
}
