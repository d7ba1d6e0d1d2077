//! The command line of `sallyport-sim`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use edge_sim::{AppPlan, People, Plan, Right, Slow, TunnelPlan};

pub(crate) const USAGE: &str = "\
usage: sallyport-sim --team NAME --app HOST=ORIGIN[,OPTION...] ... [FLAG...]
       sallyport-sim --team NAME --tunnel NAME --app HOST=tunnel:NAME[,OPTION...] ... [FLAG...]
       sallyport-sim browse [--gateway URL] (--email ADDRESS | --cancel) LINK

options of an app:
  name=TEXT            what people call it
  team=NAME            its team, when it is not the first one
  path=/PATH           the path below which it lives
  allow=WHOM           an e-mail address or @domain that policy lets in; may be repeated
  service=ID:SECRET    a service token
  jump=NAME>ORIGIN     makes it a bastion that can reach NAME
  open                 no Access stands before it
  no-certificates      no SSH certificates

flags:
  --listen ADDRESS     where the edge listens for TLS [127.0.0.1:0]
  --gateway ADDRESS    where browsers reach it by plain HTTP [127.0.0.1:0]
  --connectors ADDRESS where connectors reach it [127.0.0.1:0]
  --tunnel NAME        a tunnel; its token is part of what is said on stdout
  --zone DOMAIN        a domain of the account that owns the tunnels
  --api-token TOKEN    an API token of that account, with the rights that it takes to publish a machine
  --group NAME=WHOM    a group of that account; its addresses and @domains with commas between
  --app-life TIME      how long an app token is valid, such as 90s, 5m, 24h [24h]
  --org-life TIME      how long an org token is valid [168h]
  --poll-hold TIME     how long a poll is held [25s]
  --person ADDRESS     somebody with an account; without any, every address is somebody
  --line-delay TIME    everything between connectors and the edge arrives so much later, such as 50ms, each way
  --line-rate BYTES    so many bytes a second go through between them at most, each way
  --line-loss NUMBER   of what goes between them by UDP, one piece in so many is lost
  --realm-out FILE     writes the realm for `realm.json`
  --ca-out FILE        writes the certificate authority in PEM
  --ssh-ca-out FILE    writes the line for TrustedUserCAKeys
  --until-stdin-closes ends when stdin does

environment:
  SALLYPORT_SIM_SECRETS  a folder for a list of everything secret that is handed out
";

/// What to do.
pub(crate) enum Command {
    Browse(Browse),
    Serve(Box<Serve>),
    Usage,
}

/// Open a link.
pub(crate) struct Browse {
    pub(crate) gateway: String,
    /// Nothing clicks "Cancel".
    pub(crate) email: Option<String>,
    pub(crate) link: String,
}

/// Be the edge.
#[derive(Default)]
pub(crate) struct Serve {
    pub(crate) plan: Plan,
    /// How the line between connectors and the edge is, either way, and one piece in how many is lost there by UDP.
    pub(crate) line: Slow,
    pub(crate) line_loss: u32,
    pub(crate) realm_out: Option<PathBuf>,
    pub(crate) ca_out: Option<PathBuf>,
    pub(crate) ssh_ca_out: Option<PathBuf>,
    pub(crate) until_stdin_closes: bool,
}

/// What is wrong with the command line, as a sentence.
pub(crate) type Wrong = String;

/// Reads the command line without the program's name.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, Wrong> {
    let mut serve = Serve::default();
    let mut apps = Vec::new();
    let Some(mut flag) = arguments.next() else { return Err("nothing to simulate".to_owned()) };
    if flag == "browse" {
        return browse(arguments);
    }
    loop {
        match flag.as_str() {
            "-h" | "--help" => return Ok(Command::Usage),
            "--until-stdin-closes" => serve.until_stdin_closes = true,
            "--app" => apps.push(value(&flag, &mut arguments)?),
            _ => {
                let value = value(&flag, &mut arguments)?;
                set(&mut serve, &flag, &value)?;
            }
        }
        let Some(next) = arguments.next() else { break };
        flag = next;
    }
    for text in apps {
        let app = app(&text, &serve.plan)?;
        serve.plan = serve.plan.app(app);
    }
    Ok(Command::Serve(Box::new(serve)))
}

fn set(serve: &mut Serve, flag: &str, text: &str) -> Result<(), Wrong> {
    match flag {
        "--listen" => serve.plan.listen = address(text)?,
        "--gateway" => serve.plan.gateway = address(text)?,
        "--connectors" => serve.plan.connectors = address(text)?,
        "--tunnel" => serve.plan = std::mem::take(&mut serve.plan).tunnel(TunnelPlan::new(text)),
        "--zone" => serve.plan.account = std::mem::take(&mut serve.plan.account).zone(text),
        "--api-token" => {
            serve.plan.account = std::mem::take(&mut serve.plan.account).token(text, &Right::SHARE);
        }
        "--group" => {
            let (name, members) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=WHOM"))?;
            let members: Vec<&str> = members.split(',').collect();
            serve.plan.account = std::mem::take(&mut serve.plan.account).group(name, &members);
        }
        "--team" => serve.plan = std::mem::take(&mut serve.plan).team(text),
        "--app-life" => serve.plan.app_token_life = time(text)?,
        "--org-life" => serve.plan.org_token_life = time(text)?,
        "--poll-hold" => serve.plan.poll_hold = time(text)?,
        "--person" => add_person(&mut serve.plan.people, text),
        "--line-delay" => serve.line.delay = time(text)?,
        "--line-rate" => serve.line.rate = number(text)?,
        "--line-loss" => serve.line_loss = number(text)?,
        "--realm-out" => serve.realm_out = Some(text.into()),
        "--ca-out" => serve.ca_out = Some(text.into()),
        "--ssh-ca-out" => serve.ssh_ca_out = Some(text.into()),
        _ => return Err(format!("`{flag}` is not a flag")),
    }
    Ok(())
}

fn add_person(people: &mut People, email: &str) {
    let mut known = match std::mem::take(people) {
        People::Anyone => Vec::new(),
        People::Known(known) => known,
    };
    known.push(email.to_owned());
    *people = People::Known(known);
}

/// `HOST=ORIGIN[,OPTION...]`
fn app(text: &str, plan: &Plan) -> Result<AppPlan, Wrong> {
    let mut parts = text.split(',');
    let first = parts.next().and_then(|part| part.split_once('='));
    let (host, origin) = first.ok_or_else(|| format!("`{text}` is not HOST=ORIGIN"))?;
    let team = plan.teams.first().map(|team| team.name.as_str());
    let team = team.ok_or_else(|| "an app needs a --team".to_owned())?;
    let mut app = match origin.strip_prefix("tunnel:") {
        Some(tunnel) => AppPlan::through(team, host, TunnelPlan::new(tunnel).id),
        None => AppPlan::new(team, host, address(origin)?),
    };
    for option in parts {
        app = match option.split_once('=') {
            Some(("name", name)) => app.named(name),
            Some(("team", team)) => AppPlan { team: team.to_owned(), ..app },
            Some(("path", path)) => app.below(path),
            Some(("allow", whom)) => app.allow(whom),
            Some(("service", token)) => {
                let (id, secret) =
                    token.split_once(':').ok_or_else(|| format!("`{token}` is not ID:SECRET"))?;
                app.service_token(id, secret)
            }
            Some(("jump", jump)) => {
                let (name, to) =
                    jump.split_once('>').ok_or_else(|| format!("`{jump}` is not NAME>ORIGIN"))?;
                app.jump(name, address(to)?)
            }
            None if option == "open" => app.not_behind_access(),
            None if option == "no-certificates" => app.without_certificates(),
            Some(_) | None => return Err(format!("`{option}` is not an option of an app")),
        };
    }
    Ok(app)
}

fn browse(mut arguments: impl Iterator<Item = String>) -> Result<Command, Wrong> {
    let (mut gateway, mut email, mut cancel, mut link) = (String::new(), None, false, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--gateway" => gateway = value(&argument, &mut arguments)?,
            "--email" => email = Some(value(&argument, &mut arguments)?),
            "--cancel" => cancel = true,
            _ => link = Some(argument),
        }
    }
    let link = link.ok_or_else(|| "no link to open".to_owned())?;
    if email.is_some() == cancel {
        return Err("either --email or --cancel is needed".to_owned());
    }
    if gateway.is_empty() {
        gateway = base(&link).ok_or_else(|| "a link to the edge itself needs --gateway".to_owned())?;
    }
    Ok(Command::Browse(Browse { gateway, email, link }))
}

/// The gateway that a link already goes through.
fn base(link: &str) -> Option<String> {
    let rest = link.strip_prefix("http://")?;
    let (authority, _) = rest.split_once("/b/")?;
    Some(format!("http://{authority}/b/"))
}

fn value(flag: &str, arguments: &mut impl Iterator<Item = String>) -> Result<String, Wrong> {
    arguments.next().ok_or_else(|| format!("`{flag}` needs a value"))
}

fn address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| format!("`{text}` is not an address such as 127.0.0.1:2222"))
}

fn number<N: FromStr>(text: &str) -> Result<N, Wrong> {
    text.parse().map_err(|_| format!("`{text}` is not a number, or too large a one"))
}

fn time(text: &str) -> Result<Duration, Wrong> {
    let wrong = || format!("`{text}` is not a time such as 50ms, 90s, 5m or 24h");
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().map(Duration::from_millis).map_err(|_| wrong());
    }
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, Wrong> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_whole_plan_is_read() {
        let line = "--app b.test=127.0.0.1:2222,name=Box,allow=@a.test,service=i:s --team acme --app-life 5m";
        let Ok(Command::Serve(serve)) = parsed(line) else { panic!("not a plan") };
        let app = &serve.plan.apps[0];
        assert_eq!((app.name.as_str(), app.team.as_str()), ("Box", "acme"));
        assert_eq!(app.allow, ["@a.test"]);
        assert_eq!(app.service_tokens, [("i".to_owned(), "s".to_owned())]);
        assert_eq!(serve.plan.app_token_life, Duration::from_secs(300));
    }

    #[test]
    fn a_tunnel_takes_the_place_of_an_origin() {
        let line = "--app b.test=tunnel:office,open --tunnel office --team acme --connectors 127.0.0.1:7844";
        let Ok(Command::Serve(serve)) = parsed(line) else { panic!("not a plan") };
        assert_eq!(serve.plan.apps[0].tunnel, Some(TunnelPlan::new("office").id));
        assert_eq!(serve.plan.tunnels[0].id, TunnelPlan::new("office").id);
        assert_eq!(serve.plan.connectors.port(), 7844);
    }

    #[test]
    fn an_account_has_domains_and_tokens() {
        let line = "--team acme --zone acme.test --api-token t-1 --group Ops=ada@acme.test,@corp.test";
        let Ok(Command::Serve(serve)) = parsed(line) else { panic!("not a plan") };
        assert_eq!(serve.plan.account.zones, ["acme.test"]);
        assert_eq!(serve.plan.account.tokens[0].rights, Right::SHARE);
        let (name, members) = &serve.plan.account.groups[0];
        assert_eq!((name.as_str(), members.len()), ("Ops", 2));
    }

    #[test]
    fn a_line_may_be_bad() {
        let line = "--team acme --line-delay 50ms --line-rate 1000000 --line-loss 20";
        let Ok(Command::Serve(serve)) = parsed(line) else { panic!("not a line") };
        assert_eq!(serve.line, Slow { delay: Duration::from_millis(50), rate: 1_000_000 });
        assert_eq!(serve.line_loss, 20);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("", "nothing"),
            ("--app x=127.0.0.1:1", "--team"),
            ("--team a --app x", "HOST=ORIGIN"),
            ("--team a --app x=1", "address"),
            ("--team a --app x=127.0.0.1:1,colour=red", "option"),
            ("--app-life 5", "time"),
            ("--group Ops", "NAME=WHOM"),
            ("--line-delay 5us", "time"),
            ("--line-rate fast", "number"),
            ("--what x", "flag"),
            ("--team", "value"),
            ("browse --email a@b.c", "link"),
            ("browse --email a@b.c https://x.test/", "--gateway"),
            ("browse http://127.0.0.1:1/b/x", "--cancel"),
        ] {
            let Err(wrong) = parsed(line) else { panic!("`{line}` was accepted") };
            assert!(wrong.contains(word), "`{line}`: {wrong}");
        }
    }

    #[test]
    fn a_gateway_link_names_its_gateway() {
        let Ok(Command::Browse(browse)) = parsed("browse --email a@b.c http://127.0.0.1:9/b/x.test/y") else {
            panic!("not a link")
        };
        assert_eq!(browse.gateway, "http://127.0.0.1:9/b/");
    }
}
