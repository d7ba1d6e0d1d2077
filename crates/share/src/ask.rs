//! What an API token has to be allowed, in the words of the dashboard.

use std::fmt;

/// A permission that publishing a machine takes (`cloudflare-api.md` 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// To see the domains.
    ZoneRead,
    /// To make the tunnel.
    TunnelEdit,
    /// To let the hostname lead to it.
    DnsEdit,
    /// To make application, policy and authority.
    AppsEdit,
    /// To learn the team and its ways to log in.
    OrganizationRead,
    /// To add a way to log in where there is none.
    OrganizationEdit,
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ZoneRead => "Zone, Zone, Read",
            Self::TunnelEdit => "Account, Cloudflare Tunnel, Edit",
            Self::DnsEdit => "Zone, DNS, Edit",
            Self::AppsEdit => "Account, Access: Apps and Policies, Edit",
            Self::OrganizationRead => "Account, Access: Organizations, Identity Providers, and Groups, Read",
            Self::OrganizationEdit => "Account, Access: Organizations, Identity Providers, and Groups, Edit",
        })
    }
}
