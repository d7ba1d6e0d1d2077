//! What stands before Access at the real edge: rules of the zone, and names that lead nowhere.

use http::StatusCode;

use crate::answer::Answer;
use crate::faults::FrontFault;
use crate::pages;

/// The answer in the application's place.
pub(crate) fn answer(fault: FrontFault, ray: &str) -> Answer {
    match fault {
        FrontFault::Challenge => {
            pages::message(StatusCode::FORBIDDEN, "Just a moment...", "Checking your browser.", ray)
                .header(wire::header::MITIGATED, "challenge")
        }
        FrontFault::Firewall => Answer::text(StatusCode::FORBIDDEN, "error code: 1020"),
        FrontFault::NoTunnel => no_origin(ray),
        FrontFault::TunnelDown => tunnel_down(ray),
    }
}

/// The name leads to nothing that has an address.
pub(crate) fn no_origin(ray: &str) -> Answer {
    pages::message(unreachable(), "Origin DNS error", "error code: 1016", ray)
}

/// No connector is there.
pub(crate) fn tunnel_down(ray: &str) -> Answer {
    pages::message(unreachable(), "Cloudflare Tunnel error", "error code: 1033", ray)
}

/// Cloudflare's own status for an origin that is not to be found.
fn unreachable() -> StatusCode {
    StatusCode::from_u16(530).unwrap_or(StatusCode::BAD_GATEWAY)
}
