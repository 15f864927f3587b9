//! How many connections there may be, in all and of one network.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;

/// The network that an address counts for. For IPv6 it is the /64, the least that one subscriber gets (RFC 6177):
/// changing the rest of the address gains nothing.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (!0 << 64))),
    }
}

/// How many connections are served at once.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// The most connections in all.
    pub total: usize,
    /// The most connections from one network. Enough for an office behind one address.
    pub per_network: usize,
    /// Proxies bring everybody's connections: they have no limit of their own, and an eighth of all places is kept
    /// for them.
    pub trusted_proxies: Vec<IpNet>,
}

impl ConnectionLimits {
    /// The most connections that clients other than proxies may have together.
    fn open_to_all(&self) -> usize {
        if self.trusted_proxies.is_empty() {
            self.total
        } else {
            self.total - self.total / 8
        }
    }
}

#[derive(Debug)]
pub(crate) struct ConnectionLimiter {
    limits: ConnectionLimits,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    /// The connections of all clients but proxies.
    direct: usize,
    networks: HashMap<IpAddr, usize>,
}

impl ConnectionLimiter {
    pub(crate) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            counts: Mutex::default(),
        })
    }

    /// A place for a connection from this address, if there is one.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let peer = peer.to_canonical();
        let is_proxy = self
            .limits
            .trusted_proxies
            .iter()
            .any(|proxy| proxy.contains(&peer));
        let network = (!is_proxy).then(|| network_of(peer));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= self.limits.total {
            return None;
        }
        if let Some(network) = network {
            let of_network = counts.networks.get(&network).copied().unwrap_or_default();
            if counts.direct >= self.limits.open_to_all() || of_network >= self.limits.per_network {
                return None;
            }
            counts.direct += 1;
            *counts.networks.entry(network).or_default() += 1;
        }
        counts.total += 1;
        Some(Permit {
            limiter: Arc::clone(self),
            network,
        })
    }
}

/// The place of one connection, given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<ConnectionLimiter>,
    /// `None` for a proxy's.
    network: Option<IpAddr>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.limiter.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= 1;
        let Some(network) = self.network else { return };
        counts.direct -= 1;
        if let Some(count) = counts.networks.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                counts.networks.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(total: usize, per_network: usize, proxies: &[&str]) -> Arc<ConnectionLimiter> {
        ConnectionLimiter::new(ConnectionLimits {
            total,
            per_network,
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
        })
    }

    fn admit(limiter: &Arc<ConnectionLimiter>, peer: &str) -> Option<Permit> {
        limiter.admit(peer.parse().unwrap())
    }

    #[test]
    fn security_33_a_network_is_an_ipv4_address_or_an_ipv6_64() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(
            network("::ffff:192.0.2.7"),
            "192.0.2.7",
            "the same, as a v6 socket says it"
        );
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:ffff::"), "2001:db8:1:2::");
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }

    #[test]
    fn security_35_a_network_has_its_share_and_leaves_no_trace_when_it_has_gone() {
        let limiter = limiter(10, 2, &[]);
        let (first, second) = (admit(&limiter, "2001:db8::1"), admit(&limiter, "2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(admit(&limiter, "2001:db8::3").is_none(), "the same /64");
        assert!(admit(&limiter, "2001:db8:0:1::3").is_some());
        drop(first);
        let third = admit(&limiter, "2001:db8::3");
        assert!(third.is_some());
        drop((second, third));
        let counts = limiter.counts.lock().unwrap();
        assert!(counts.networks.is_empty());
        assert_eq!((counts.total, counts.direct), (0, 0));
    }

    #[test]
    fn security_47_proxies_find_a_place_when_all_others_have_taken_theirs() {
        let limiter = limiter(16, 16, &["10.0.0.0/8"]);
        let taken: Vec<_> = (0..16)
            .filter_map(|n| admit(&limiter, &format!("192.0.2.{n}")))
            .collect();
        assert_eq!(taken.len(), 14);
        let proxies: Vec<_> = (0..3).map(|_| admit(&limiter, "::ffff:10.1.1.1")).collect();
        assert!(proxies[0].is_some() && proxies[1].is_some());
        assert!(proxies[2].is_none(), "all places are taken");
        drop(taken);
        assert!(
            (0..14)
                .map(|_| admit(&limiter, "10.1.1.1"))
                .all(|permit| permit.is_some())
        );
    }
}
