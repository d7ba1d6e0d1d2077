//! The edge's part of the control stream: takes or refuses registrations, and hears when a connector leaves.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use wire::tunnel::rpc::{Answer, Call, Refusal, Registered, Registration, Return, Rpc};

use super::link::Link;
use super::rpc_stream::RpcStream;
use super::seen::LinkState;
use crate::edge::Edge;
use crate::faults::RegistrationFault;
use crate::{random, rest};

/// Name of the simulated data centre.
const LOCATION: &str = "sim01";

/// Speaks with the connector until it has said its last word.
pub(super) async fn converse(edge: &Arc<Edge>, number: u64, link: &Link) -> io::Result<()> {
    let mut stream = link.control().await?;
    while let Some(message) = stream.next().await? {
        match message {
            Rpc::Bootstrap { question } => returns(&mut stream, question, Answer::Capability(0)).await?,
            Rpc::Call { question, call, target: _ } => {
                if let Call::Register(_) = *call {
                    late(edge).await;
                }
                let Some(answer) = answer(edge, number, *call) else {
                    return std::future::pending().await;
                };
                returns(&mut stream, question, answer).await?;
                rest::push_rules(edge, number);
            }
            Rpc::Abort { reason } => {
                edge.links.change(&edge.log, number, |seen| seen.aborted = Some(reason));
                break;
            }
            Rpc::Return(_) | Rpc::Finish { .. } | Rpc::Release { .. } | Rpc::Other(_) => {}
        }
    }
    stream.end();
    Ok(())
}

async fn returns(stream: &mut RpcStream, answer: u32, holds: Answer) -> io::Result<()> {
    stream.say(&Rpc::Return(Return { answer, holds })).await
}

/// Lets a connector wait for its registration as long as faults say.
async fn late(edge: &Edge) {
    if let Some(wait) = edge.faults.look(|faulty| faulty.registration_late.take()) {
        tokio::time::sleep(wait).await;
    }
}

/// Nothing for a question that is never answered.
fn answer(edge: &Edge, number: u64, call: Call) -> Option<Answer> {
    Some(match call {
        Call::Register(registration) => return register(edge, number, &registration),
        Call::Unregister => {
            edge.links.serves(number, None);
            edge.links.change(&edge.log, number, |seen| seen.state = LinkState::Unregistered);
            Answer::Done
        }
        Call::LocalConfiguration(config) => {
            let config = String::from_utf8_lossy(&config).into_owned();
            edge.links.change(&edge.log, number, |seen| seen.local_config = Some(config));
            Answer::Done
        }
        Call::UpdateConfiguration { .. } | Call::Other { .. } => {
            Answer::Exception("no such method".to_owned())
        }
    })
}

fn register(edge: &Edge, number: u64, registration: &Registration) -> Option<Answer> {
    edge.links.change(&edge.log, number, |seen| seen.asked(registration));
    let outcome = match edge.faults.look(|faulty| faulty.registration.take()) {
        Some(RegistrationFault::Silence) => return None,
        Some(RegistrationFault::Exception(reason)) => return Some(Answer::Exception(reason)),
        Some(RegistrationFault::Refused(refusal)) => Err(refusal),
        None => decide(edge, registration),
    };
    if outcome.is_ok() {
        edge.links.serves(number, Some(registration.tunnel));
    }
    edge.links.change(&edge.log, number, |seen| match &outcome {
        Ok(registered) => {
            seen.state = LinkState::Registered;
            seen.connection = registered.connection;
            seen.location.clone_from(&registered.location);
        }
        Err(_) => seen.state = LinkState::Refused,
    });
    Some(Answer::Registration(outcome))
}

fn decide(edge: &Edge, registration: &Registration) -> Result<Registered, Refusal> {
    let tunnel = edge.account.tunnel(registration.tunnel);
    let tunnel = tunnel.ok_or_else(|| refused("Unauthorized: Failed to get tunnel"))?;
    if tunnel.account != registration.account || tunnel.secret != registration.secret {
        return Err(refused("Unauthorized: Invalid tunnel secret"));
    }
    if edge.links.is_registered(registration) {
        return Err(Refusal { retry: true, ..refused("EDUPCONN") });
    }
    Ok(Registered {
        connection: random::bytes(),
        location: LOCATION.to_owned(),
        remotely_managed: tunnel.remotely_managed,
    })
}

fn refused(cause: &str) -> Refusal {
    Refusal { cause: cause.to_owned(), retry: false, after: Duration::ZERO }
}
