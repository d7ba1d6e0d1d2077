//! Elsewhere nothing keeps a machine awake.

/// There is none.
pub(super) enum Held {}

#[expect(clippy::unused_async, reason = "other systems wait here")]
pub(super) async fn hold() -> Result<Held, String> {
    Err("this system has no means that is known here".to_owned())
}
