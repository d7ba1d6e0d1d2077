//! Command lines on bad days of the edge.

use edge_sim::{CarryFault, Cut, MetadataFault, TransferFault, UpgradeFault};

use crate::row::Text::{Any, Has, Nothing};
use crate::row::{Row, Text, same};

const HANDSHAKE: Text = Has("websocket: bad handshake");
/// A cause and a next step.
const WORDS: Text = Has("; ");

const FAILURE: &str = "Failure of `access ssh`";
const BROKEN: &str = "Broken session";
const MESSAGE: &str = "Words of a failure";

/// From a home that holds a login to `{host}`.
#[rustfmt::skip] // one command line a row, so that the record can be read as a table
pub(crate) static CARRYING: &[Row] = &[
    same("access ssh --hostname {host}", 1, Nothing, HANDSHAKE).when(|day| day.upgrade.always(UpgradeFault::Status(403, "no".to_owned())))
        .but(FAILURE, 255, Nothing, WORDS),
    same("access ssh --hostname {host}", 1, Nothing, HANDSHAKE).when(|day| day.upgrade.always(UpgradeFault::Status(500, "oh".to_owned())))
        .but(FAILURE, 255, Nothing, WORDS),
    same("access ssh --hostname {host}", 1, Nothing, HANDSHAKE).when(|day| day.upgrade.always(UpgradeFault::Redirect("https://elsewhere.test/".to_owned())))
        .but(FAILURE, 255, Nothing, WORDS),
    same("access ssh --hostname {host}", 1, Nothing, HANDSHAKE).when(|day| day.upgrade.always(UpgradeFault::TunnelDown))
        .but(FAILURE, 255, Nothing, WORDS),
    same("access ssh --hostname {host}", 1, Nothing, HANDSHAKE).when(|day| day.upgrade.always(UpgradeFault::OriginDown))
        .but(FAILURE, 255, Nothing, WORDS),
    same("access ssh --hostname {host}", 1, Nothing, HANDSHAKE).when(|day| day.upgrade.always(UpgradeFault::WebsocketsOff))
        .but(FAILURE, 255, Nothing, WORDS),
    same("access ssh --hostname {host}", 1, Nothing, HANDSHAKE).when(|day| day.upgrade.always(UpgradeFault::WrongAccept))
        .but(FAILURE, 255, Nothing, WORDS),
    same("access ssh --hostname {host}", 0, Any, Nothing).typing("hi\n").when(|day| day.carry.always(CarryFault { after: 3, how: Cut::TlsClose })),
    same("access ssh --hostname {host}", 0, Any, Nothing).typing("hi\n").when(|day| day.carry.always(CarryFault { after: 3, how: Cut::Reset }))
        .but(BROKEN, 255, Any, WORDS),
    same("access ssh --hostname {host}", 0, Any, Nothing).typing("hi\n").when(|day| day.carry.always(CarryFault { after: 3, how: Cut::Truncate }))
        .but(BROKEN, 255, Any, WORDS),
    same("access ssh --hostname {host}", 0, Any, Nothing).typing("hi\n").when(|day| day.carry.always(CarryFault { after: 3, how: Cut::Close(4000) }))
        .but(BROKEN, 255, Any, WORDS),
    same("access ssh --hostname {host}", 0, Any, Nothing).typing("hi\n").when(|day| day.carry.always(CarryFault { after: 3, how: Cut::ProtocolError }))
        .but(BROKEN, 255, Any, WORDS),
    same("access token {host}", 1, Nothing, Has("failed to find Access application")).when(|day| day.metadata.always(MetadataFault::Missing))
        .but("`access token`", 0, Any, Nothing),
];

/// From a home that knows nothing.
#[rustfmt::skip] // one command line a row, so that the record can be read as a table
pub(crate) static NEW: &[Row] = &[
    same("access login {host}", 1, Nothing, Has("failed to find Access application")).when(|day| day.metadata.always(MetadataFault::Missing))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("metadata JWT verification failed")).when(|day| day.metadata.always(MetadataFault::WrongSignature))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("does not match request host")).when(|day| day.metadata.always(MetadataFault::WrongHost))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("is older than 24h0m0s")).when(|day| day.metadata.always(MetadataFault::TooOld))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("in the future")).when(|day| day.metadata.always(MetadataFault::InFuture))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("auth_domain validation failed")).when(|day| day.metadata.always(MetadataFault::ForeignTeam))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("failed to parse metadata JWT")).when(|day| day.metadata.always(MetadataFault::Garbage))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("failed to decrypt message")).when(|day| day.transfer.always(TransferFault::Undecryptable))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("illegal base64")).when(|day| day.transfer.always(TransferFault::BadBase64))
        .but(MESSAGE, 1, Nothing, WORDS),
    same("access login {host}", 1, Nothing, Has("failed to marshal transfer service response")).when(|day| day.transfer.always(TransferFault::NotJson))
        .but(MESSAGE, 1, Nothing, WORDS),
];
