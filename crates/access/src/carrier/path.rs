//! The path under a link, as the operating system sees it.

use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};

use crate::reach::{self, Link, Sent};

/// What stands under a carrier.
pub(crate) trait Path {
    /// The address at this end.
    fn here(&self) -> Option<IpAddr>;
    /// How things stand with what was sent.
    fn sent(&self) -> Sent;
}

impl Path for Link {
    fn here(&self) -> Option<IpAddr> {
        let (buffered, _) = self.get_ref();
        buffered.get_ref().tcp().local_addr().ok().map(|address| address.ip())
    }

    fn sent(&self) -> Sent {
        let (buffered, _) = self.get_ref();
        reach::sent(buffered.get_ref().tcp())
    }
}

/// Whether this machine has this address no more. To bind a datagram socket sends nothing.
pub(crate) fn is_lost(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_err_and(|error| error.kind() == ErrorKind::AddrNotAvailable)
}
