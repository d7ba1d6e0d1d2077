//! `--stdin-control`: lines of standard input that tell a running tunnel what to do, for whoever tries how it takes that.

use std::time::Duration;

use connector::{Reconnect, duration};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// Does what the lines say, until there are no more.
pub(crate) async fn follow(lines: impl AsyncBufRead + Unpin, reconnect: Reconnect) {
    let mut lines = lines.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match order(&line) {
            Some(after) => {
                tracing::info!("A connection is to leave, and to come back after {after:?}");
                reconnect.one(after).await;
            }
            None if line.trim().is_empty() => {}
            None => tracing::warn!(command = line, "unknown command; there is: reconnect [delay]"),
        }
    }
}

/// The pause that `reconnect [delay]` names.
fn order(line: &str) -> Option<Duration> {
    let mut words = line.split_whitespace();
    let (Some("reconnect"), delay, None) = (words.next(), words.next(), words.next()) else { return None };
    delay.map_or(Some(Duration::ZERO), duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_order_is_known() {
        assert_eq!(order("reconnect"), Some(Duration::ZERO));
        assert_eq!(order(" reconnect  1m30s "), Some(Duration::from_secs(90)));
        for other in ["", "help", "reconnect soon", "reconnect 1s 2s", "Reconnect"] {
            assert_eq!(order(other), None, "{other}");
        }
    }
}
