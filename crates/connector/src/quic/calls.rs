//! Streams of calls: the edge opens one to send new rules (`tunnel.md` 4.2, 5.2).

use std::io;
use std::sync::Once;
use std::time::Duration;

use wire::tunnel::rpc::{Answer, Call, Return, Rpc};

use crate::connector::Shared;
use crate::pushed;
use crate::rpc_stream::RpcStream;

/// How long one stream of calls may last, as stock connectors have it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The one capability that is handed out.
const OURS: u32 = 0;
/// What is answered to anything else than new rules.
const NOT_HERE: &str = "UDP of private networks is not carried by this connector";

static TOLD: Once = Once::new();

/// Answers until the edge has said its last word.
pub(super) async fn answer(shared: &Shared, mut stream: RpcStream) {
    match tokio::time::timeout(PATIENCE, converse(shared, &mut stream)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a stream of calls broke"),
        Err(_) => tracing::debug!("a stream of calls did not end"),
    }
}

async fn converse(shared: &Shared, stream: &mut RpcStream) -> io::Result<()> {
    while let Some(message) = stream.next().await? {
        match message {
            Rpc::Bootstrap { question } => returns(stream, question, Answer::Capability(OURS)).await?,
            Rpc::Call { question, call, target: _ } => {
                let holds = match *call {
                    Call::UpdateConfiguration { version, config } => {
                        Answer::Configured(pushed::offered(shared, version, &config))
                    }
                    Call::Register(_)
                    | Call::Unregister
                    | Call::LocalConfiguration(_)
                    | Call::Other { .. } => {
                        // The edge may ask for as many as people want; once is enough for whoever reads the log.
                        TOLD.call_once(|| tracing::warn!("{NOT_HERE}"));
                        Answer::Exception(NOT_HERE.to_owned())
                    }
                };
                returns(stream, question, holds).await?;
            }
            Rpc::Abort { .. } => break,
            Rpc::Return(_) | Rpc::Finish { .. } | Rpc::Release { .. } | Rpc::Other(_) => {}
        }
    }
    stream.end()
}

async fn returns(stream: &mut RpcStream, answer: u32, holds: Answer) -> io::Result<()> {
    stream.say(&Rpc::Return(Return { answer, holds })).await
}
