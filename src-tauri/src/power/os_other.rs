//! Elsewhere no connection is kept ready, so nobody need know.

pub(super) async fn watch(tell: impl Fn(bool)) {
    tell(false);
    std::future::pending().await
}
