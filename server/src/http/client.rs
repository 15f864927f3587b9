//! Whose request it is, by address: the connection's other end, or whom a trusted proxy names.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use ipnet::IpNet;

const FORWARDED: &str = "x-forwarded-for";

/// The client's address; `None` where there is no connection. IPv4 is IPv4, also when a v6 socket says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

/// The connection's other end is a trusted proxy: what only a proxy may say is believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThroughProxy;

pub(crate) async fn identify(
    State(trusted): State<Arc<[IpNet]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    let client = peer.map(|peer| client_of(peer, request.headers(), &trusted));
    match peer.map(|peer| peer.to_canonical()) {
        Some(peer) if is_trusted(&peer, &trusted) => {
            request.extensions_mut().insert(ThroughProxy);
        }
        Some(peer) if request.headers().contains_key(FORWARDED) => say_once(peer),
        _ => {}
    }
    request.extensions_mut().insert(ClientAddress(client));
    next.run(request).await
}

/// A proxy that is not listed gives everyone behind it one address, and so one limit of sign-ins.
fn say_once(peer: IpAddr) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            "TRUSTED_PROXIES: {peer} sends X-Forwarded-For and is not listed, so it is not believed. If it is your proxy, \
             list it: until then everyone behind it counts as one caller."
        );
    }
}

/// Each proxy appends whom it speaks to, so the header is read from its end: as long as those who speak are trusted,
/// what they say is. The first address that is not a proxy's is the client's; what stands before it the client may
/// have written itself.
fn client_of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    let values = headers.get_all(FORWARDED);
    let values: Vec<&[u8]> = values.iter().map(http::HeaderValue::as_bytes).collect();
    let said = values.iter().rev().flat_map(|value| value.rsplit(|b| *b == b','));
    for said in said {
        if !is_trusted(&client, trusted) {
            break;
        }
        // A trusted proxy that says nonsense is the last one known.
        let Some(before) = address(said) else { break };
        client = before;
    }
    client
}

fn is_trusted(address: &IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// With or without a port: some proxies add it.
fn address(said: &[u8]) -> Option<IpAddr> {
    let said = std::str::from_utf8(said).ok()?.trim();
    let bare = said.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(said).parse::<IpAddr>().ok();
    let address = address.or_else(|| said.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &[&[u8]], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED, HeaderValue::from_bytes(value).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client_of(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn security_33_strangers_are_not_believed() {
        assert_eq!(client("192.0.2.1", &[b"10.9.9.9"], &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &[b"10.9.9.9"], &["10.0.0.0/8"]), "192.0.2.1");
        assert_eq!(
            client("::ffff:192.0.2.1", &[b"10.9.9.9"], &["10.0.0.0/8"]),
            "192.0.2.1"
        );
    }

    #[test]
    fn security_33_proxies_are_believed_from_right_to_left() {
        let inside = ["10.0.0.0/8", "fd00::/8"];
        for (forwarded, expected) in [
            (&[&b"203.0.113.5"[..]][..], "203.0.113.5"),
            // What the client wrote stands before what the proxy saw.
            (&[b"127.0.0.1, 203.0.113.5"], "203.0.113.5"),
            (&[b"1.1.1.1", b"2.2.2.2,203.0.113.5 , 10.2.2.2"], "203.0.113.5"),
            (&[b"fd00::7, 2001:db8::9"], "2001:db8::9"),
            // A client that lives among the proxies.
            (&[b"10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            (&[b"203.0.113.5:4711"], "203.0.113.5"),
            (&[b"[2001:db8::9]:443"], "2001:db8::9"),
            (&[b"[2001:db8::9]"], "2001:db8::9"),
            (&[b"::ffff:203.0.113.5"], "203.0.113.5"),
        ] {
            assert_eq!(client("10.1.1.1", forwarded, &inside), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn security_33_nonsense_ends_at_the_last_one_known() {
        for forwarded in [
            &b"unknown"[..],
            b"",
            b" ",
            b"203.0.113.5, ",
            b"203.0.113.5, 1.2.3",
            b"203.0.113.5, \xff",
            b"203.0.113.5, _hidden",
            b"203.0.113.5 10.2.2.2",
        ] {
            assert_eq!(client("10.1.1.1", &[forwarded], &["10.0.0.0/8"]), "10.1.1.1");
        }
        assert_eq!(client("10.1.1.1", &[], &["10.0.0.0/8"]), "10.1.1.1");
    }
}
