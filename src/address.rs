//! Which address a request came from, behind proxies that the site trusts.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// The most proxies that are looked behind.
const MAX_HOPS: usize = 20;

/// The address behind `peer`: each trusted proxy appends whom it was asked by, so the list is read from its end, and only
/// for as long as a trusted one wrote it. What anybody else put there counts for nothing.
#[must_use]
pub fn behind(peer: IpAddr, forwarded_for: Option<&[u8]>, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut last = peer.to_canonical();
    for hop in forwarded_for.unwrap_or_default().rsplit(|byte| *byte == b',').take(MAX_HOPS) {
        if !is_trusted(last) {
            break;
        }
        let Some(address) = parse(hop) else {
            break;
        };
        last = address;
    }
    last
}

/// One element: an address, in brackets or not, with a port or not.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}
