//! Which connection uses which address of the edge: different ones, in both regions, as long as there are enough.

use std::net::SocketAddr;

/// The addresses, and who uses them.
#[derive(Debug)]
pub(crate) struct Pool {
    places: Vec<Place>,
    /// Version six leads nowhere, as far as is known, and version four stands in for it.
    uses_reserve: bool,
}

#[derive(Debug)]
struct Place {
    address: SocketAddr,
    region: usize,
    /// Whether it stands behind others of its region, which have another version of IP.
    is_reserve: bool,
    used_by: Option<u8>,
}

impl Pool {
    /// Takes the addresses of each region. One that is named twice may be used twice.
    pub(crate) fn new(regions: &[Vec<SocketAddr>]) -> Self {
        let places = regions.iter().enumerate().flat_map(|(region, addresses)| {
            let first = addresses.first().map(SocketAddr::is_ipv4);
            addresses.iter().map(move |address| Place {
                address: *address,
                region,
                is_reserve: Some(address.is_ipv4()) != first,
                used_by: None,
            })
        });
        Self { places: places.collect(), uses_reserve: false }
    }

    /// Addresses that a person named: they belong to the two regions in turn.
    pub(crate) fn named(addresses: &[SocketAddr]) -> Self {
        let region =
            |wanted: usize| addresses.iter().skip(wanted).step_by(2).copied().collect::<Vec<SocketAddr>>();
        Self::new(&[region(0), region(1)])
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The address of connection `index`: the one that it has, else a free one of the region with more of them.
    pub(crate) fn take(&mut self, index: u8, random: f64) -> Option<SocketAddr> {
        let own = self.places.iter().position(|place| place.used_by == Some(index));
        let at = own.or_else(|| self.free(None, random))?;
        self.give(at, index)
    }

    /// Another address for `index`, when there is a free one; else the same again. It is of the other version of IP where
    /// the one that failed has a reserve, or is one.
    pub(crate) fn change(&mut self, index: u8, random: f64) -> Option<SocketAddr> {
        let own = self.places.iter().position(|place| place.used_by == Some(index));
        if let Some(failed) = own.and_then(|own| self.places.get(own)) {
            self.uses_reserve = !failed.is_reserve && self.places.iter().any(|place| place.is_reserve);
        }
        let Some(at) = self.free(own, random) else { return self.take(index, random) };
        if let Some(place) = own.and_then(|own| self.places.get_mut(own)) {
            place.used_by = None;
        }
        self.give(at, index)
    }

    fn give(&mut self, at: usize, index: u8) -> Option<SocketAddr> {
        let place = self.places.get_mut(at)?;
        place.used_by = Some(index);
        Some(place.address)
    }

    fn free(&self, but: Option<usize>, random: f64) -> Option<usize> {
        let wanted = self.free_among(self.uses_reserve, but, random);
        wanted.or_else(|| self.free_among(!self.uses_reserve, but, random))
    }

    fn free_among(&self, reserve: bool, but: Option<usize>, random: f64) -> Option<usize> {
        let free = |region: usize| {
            let places = self.places.iter().enumerate();
            let fits = |place: &Place| place.region == region && place.is_reserve == reserve;
            places
                .filter(|(at, place)| fits(place) && place.used_by.is_none() && Some(*at) != but)
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        let regions = self.places.iter().map(|place| place.region).max().map_or(0, |last| last + 1);
        let best = (0..regions).map(free).max_by_key(Vec::len).filter(|best| !best.is_empty())?;
        let at = (0..best.len()).find(|at| random * to_f64(best.len()) < to_f64(at + 1));
        best.get(at.unwrap_or_default()).copied()
    }
}

/// Lists of addresses are short.
fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn address(last: u8) -> SocketAddr {
        ([127, 0, 0, last], 7844).into()
    }

    #[test]
    fn connections_spread_over_addresses_and_regions() {
        let mut pool = Pool::new(&[vec![address(1), address(2)], vec![address(11), address(12)]]);
        let taken: BTreeSet<_> = (0..4).filter_map(|index| pool.take(index, 0.3)).collect();
        assert_eq!(taken.len(), 4);
        assert_eq!(pool.take(9, 0.3), None);
        assert_eq!(pool.take(2, 0.9), pool.take(2, 0.1), "an address stays with its connection");
    }

    #[test]
    fn two_connections_use_both_regions() {
        let mut pool = Pool::new(&[vec![address(1), address(2)], vec![address(11), address(12)]]);
        let regions: BTreeSet<_> = (0..2).filter_map(|index| pool.take(index, 0.0)).map(|a| a.ip()).collect();
        let first = |last: &u8| regions.contains(&address(*last).ip());
        assert!([1, 2].iter().any(first) && [11, 12].iter().any(first), "{regions:?}");
    }

    #[test]
    fn a_connection_that_has_no_luck_moves_when_it_can() {
        let mut pool = Pool::named(&[address(1), address(2)]);
        let first = pool.take(0, 0.0);
        assert_ne!(pool.change(0, 0.0), first);
        let only = pool.take(1, 0.0);
        assert_eq!(pool.change(1, 0.0), only, "nothing else is free");
    }

    #[test]
    fn version_four_stands_in_for_version_six_where_that_leads_nowhere() {
        let six = |last: u16| SocketAddr::from(([0xfd00, 0, 0, 0, 0, 0, 0, last], 7844));
        let regions = [vec![six(1), six(2), address(1)], vec![six(11), six(12), address(11), address(12)]];
        let mut pool = Pool::new(&regions);
        let first: Vec<_> = (0..2).filter_map(|index| pool.take(index, 0.3)).collect();
        assert!(first.iter().all(SocketAddr::is_ipv6), "{first:?}");
        assert!(pool.change(0, 0.3).is_some_and(|address| address.is_ipv4()));
        assert!(
            pool.take(2, 0.3).is_some_and(|address| address.is_ipv4()),
            "others need not find out by themselves"
        );
        assert!(pool.take(1, 0.3).is_some_and(|address| address.is_ipv6()), "what stands is left alone");
        assert!(pool.change(2, 0.3).is_some_and(|address| address.is_ipv6()), "nor does version four");
    }

    #[test]
    fn an_address_that_is_named_twice_is_used_twice() {
        let mut pool = Pool::named(&[address(1), address(1)]);
        assert_eq!(
            (pool.len(), pool.take(0, 0.5), pool.take(1, 0.5)),
            (2, Some(address(1)), Some(address(1)))
        );
    }

    proptest! {
        #[test]
        fn no_address_is_used_by_two(count in 0_u8..9, draws in prop::collection::vec((0_u8..6, 0.0..=1.0_f64), 0..30)) {
            let addresses: Vec<_> = (0..count).map(address).collect();
            let mut pool = Pool::named(&addresses);
            for (index, random) in draws {
                prop_assert_eq!(pool.change(index, random).is_none(), pool.take(index, random).is_none());
                let used: Vec<_> = pool.places.iter().filter_map(|place| place.used_by).collect();
                let distinct: BTreeSet<_> = used.iter().collect();
                prop_assert_eq!(distinct.len(), used.len());
            }
        }
    }
}
