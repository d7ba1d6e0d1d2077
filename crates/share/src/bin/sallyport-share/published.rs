//! `share ssh`: looks, does one step after the other, and stays for as long as the machine is shared.

use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use command_line::{Parsed, Stop};
use serde_json::{Value, json};
use share::{Made, OnFailure, Plan, Proof, Shares, Wish, share, survey};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wire::Cause;

use crate::as_service;
use crate::commands::Failure;
use crate::connector::Ended;
use crate::here::Here;
use crate::opened::Opened;
use crate::output::Output;
use crate::token;

/// The port that SSH servers have.
const PORT: u16 = 22;
/// How long the SSH server of this machine may take to greet.
const GREETING: Duration = Duration::from_secs(5);
/// How often to look whether somebody has unshared it elsewhere.
const LOOK: Duration = Duration::from_secs(2);

/// Publishes the SSH server.
pub(crate) async fn publish(given: &Parsed, output: &Output) -> Result<(), Failure> {
    given.none()?;
    let mut wish = wish(given)?;
    let opened = Opened::open(given)?;
    let token_file = given.value("token-file").filter(|path| !path.is_empty()).map(absolute);
    let service = given.on("service").then(|| as_service::wanted(&wish.hostname));
    wish.service = service.as_ref().map(as_service::in_words);
    if let Some(service) = &service {
        if token_file.is_some() {
            return Err(Failure::Misuse(
                "a service has a file of its own; leave out `--token-file`".to_owned(),
            ));
        }
        as_service::could(&opened.profile, service, &wish.server())
            .map_err(|error| Failure::Unusable(as_service::sentence(&error)))?;
    }
    let mut here = Here::new(&opened, *output, token_file, service.clone())?;
    let is_dry = given.on("dry-run");
    greets(&wish.server()).await?;
    if !is_dry && service.is_none() {
        here.can_keep().await?;
    }
    let api = token::api(&opened, given, !is_dry).await?;
    let plan = survey(api, wish, !given.on("no-proof")).await?;
    if is_dry {
        output.plan(&plan);
        return Ok(());
    }
    if given.on("remember") {
        token::remember(&opened, given, *output).await?;
    }
    output.warning(&plan);
    let on_failure = if given.on("keep") { OnFailure::Keep } else { OnFailure::TakeAway };
    carry_out(&plan, &opened, &mut here, given, output, on_failure).await
}

/// Does one step after the other, and stays.
pub(crate) async fn carry_out(
    plan: &Plan,
    opened: &Opened,
    here: &mut Here,
    given: &Parsed,
    output: &Output,
    on_failure: OnFailure,
) -> Result<(), Failure> {
    let mut stop = stop(given, here)?;
    let cancel = CancellationToken::new();
    let mut tell = |event: &share::Event| output.event(event);
    let shared = {
        let mut work = pin!(share(plan, here, &mut tell, &cancel, on_failure));
        loop {
            tokio::select! {
                shared = &mut work => break shared,
                _ = stop.asked() => cancel.cancel(),
            }
        }
    };
    let hostname = &plan.wish.hostname;
    let (made, proof) = match shared {
        Ok(shared) => shared,
        Err(error) => {
            if let Some(place) = in_place(opened.shares.all()?.get(hostname)) {
                output.hint(&format!(
                    "{place}; sallyport share continue {hostname} goes on, sallyport unshare {hostname} takes them away"
                ));
            }
            return Err(error.into());
        }
    };
    let made = Made { service: here.service.clone(), ..made };
    output.state(&as_json(&made, &proof), &lines(&made));
    stay(&opened.shares, here, hostname, &mut stop, output).await
}

/// `4 of 9 steps are in place`, of something that was stopped on the way.
pub(crate) fn in_place(made: Option<&Made>) -> Option<String> {
    let unfinished = made?.unfinished.as_ref()?;
    let (done, all) = (unfinished.done.len(), unfinished.steps.len());
    Some(format!("{done} of {all} steps {} in place", if done == 1 { "is" } else { "are" }))
}

/// Stays until the person has enough of it, somebody unshares it elsewhere, the connector ends, or a service takes its place.
pub(crate) async fn stay(
    shares: &Shares,
    here: &mut Here,
    hostname: &str,
    stop: &mut Stop,
    output: &Output,
) -> Result<(), Failure> {
    let is_handed_on = here.hands_on;
    let Some(connector) = &mut here.connector else { return Ok(()) };
    let elsewhere = async {
        loop {
            match shares.all().map(|mut all| all.remove(hostname)) {
                Ok(Some(Made { service: Some(service), .. })) => return Some(service),
                Ok(Some(made)) if made.record.is_none() => return None,
                Ok(None) => return None,
                Ok(Some(_)) | Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    };
    tokio::select! {
        _ = stop.asked() => {
            connector.stop().await;
            output.says(&format!(
                "{hostname} is still shared, but nobody answers now; sallyport share run lets it answer again, \
                 sallyport unshare takes it away"
            ));
            Ok(())
        }
        service = elsewhere => {
            connector.stop().await;
            output.says(&match service {
                Some(service) => format!("{hostname} is answered by the service {} now", service.name),
                None => format!("{hostname} is not shared any more"),
            });
            Ok(())
        }
        ended = connector.until_ended() => Err(match ended {
            Ended::Told(problem) => Failure::Told { problem, is_handed_on },
            Ended::Noted(said) => Cause::Unexpected { what: format!("the connector ended: {said}") }.into(),
        }),
    }
}

/// Listens for whoever may have enough of it.
pub(crate) fn stop(given: &Parsed, here: &mut Here) -> Result<Stop, Failure> {
    let stop = Stop::listen().map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    if !given.on("until-stdin-ends") {
        return Ok(stop);
    }
    if !given.on("json") {
        return Ok(stop.or_end_of_input());
    }
    // A program listens: what it says is for the connector.
    let (say, words) = mpsc::unbounded_channel();
    here.words = Some(words);
    here.hands_on = true;
    Ok(stop.or_end_of_lines(move |line| drop(say.send(line.to_owned()))))
}

fn wish(given: &Parsed) -> Result<Wish, Failure> {
    let hostname = given.value("hostname").unwrap_or_default();
    if hostname.is_empty() {
        return Err(Failure::Misuse("name the hostname, such as --hostname build-01.acme.dev".to_owned()));
    }
    let port =
        match given.value("port") {
            None => PORT,
            Some(text) => text.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                Failure::Misuse(format!("`--port {text}`: it wants a number from 1 to 65535"))
            })?,
        };
    let mut wish = Wish::read(hostname, given.values("allow"), port)?;
    if let Some(session) = given.value("session") {
        wish = wish.lasting(session)?;
    }
    if let Some(name) = given.value("tunnel-name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut wish.tunnel);
    }
    let (certificates, replaces_record) = (given.on("certificates"), given.on("replace-record"));
    Ok(Wish { certificates, replaces_record, ..wish })
}

/// The SSH server is there before anything is made for it.
async fn greets(server: &str) -> Result<(), Failure> {
    let asked = async {
        let mut tcp = TcpStream::connect(server).await.map_err(|error| error.to_string())?;
        let mut first = [0; 4];
        let read = tcp.read_exact(&mut first).await;
        match read {
            Ok(_) if &first == b"SSH-" => Ok(()),
            Ok(_) => Err("what answers is not an SSH server".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    };
    let answered = tokio::time::timeout(GREETING, asked).await;
    let answered =
        answered.unwrap_or_else(|_| Err(format!("it says nothing within {} s", GREETING.as_secs())));
    answered.map_err(|detail| Cause::ShareNoServer { address: server.to_owned(), detail }.into())
}

pub(crate) fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))
}

fn as_json(made: &Made, proof: &Proof) -> Value {
    let proven = match proof {
        Proof::Greeting(line) => json!({ "greeting": line }),
        Proof::NotYou { email } => json!({ "refused": email }),
        Proof::Skipped => Value::Null,
    };
    json!({ "state": "shared", "made": made, "proof": proven, "sshd": made.authority.as_deref().map(sshd) })
}

fn lines(made: &Made) -> String {
    let hostname = &made.hostname;
    let mut lines = format!(
        "{hostname} is shared. People reach it with: sallyport host add {hostname}, then ssh {}\n",
        hostname.split('.').next().unwrap_or(hostname)
    );
    if let Some(authority) = &made.authority {
        lines.push_str("For short-lived certificates, as root on this machine:\n\n");
        lines.push_str(&sshd(authority));
        lines.push_str(
            "\nA person's certificate is for the account that is called as their address is before the @.\n",
        );
    }
    match &made.service {
        Some(service) => lines.push_str(&format!(
            "It is run by {}; sallyport unshare takes all of it away.\n",
            as_service::in_words(service)
        )),
        None => lines.push_str("Ctrl+C stops answering; sallyport unshare takes all of it away.\n"),
    }
    lines
}

/// What an SSH server needs so that it trusts the authority (`cloudflare-api.md` 6.2).
pub(crate) fn sshd(authority: &str) -> String {
    format!(
        "    echo '{authority}' > /etc/ssh/ca.pub\n    # at the top of /etc/ssh/sshd_config, before any Include or Match:\n    \
         PubkeyAuthentication yes\n    TrustedUserCAKeys /etc/ssh/ca.pub\n    # then: sshd -t && systemctl reload ssh\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_for_the_ssh_server_are_whole() {
        let text = sshd("ecdsa-sha2-nistp256 AAAA open-ssh-ca@cloudflareaccess.org");
        assert!(text.contains("\n    TrustedUserCAKeys /etc/ssh/ca.pub\n"), "{text}");
        assert!(text.contains("echo 'ecdsa-sha2-nistp256 AAAA open-ssh-ca@cloudflareaccess.org'"), "{text}");
    }
}
