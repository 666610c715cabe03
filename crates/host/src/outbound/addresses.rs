//! Which addresses are the public internet's.
//!
//! What is not known to be public is not: of IPv6 that is all but global unicast (RFC 4291, 2.4), of IPv4 what the IANA
//! Special-Purpose Address Registry (RFC 6890) lists. An IPv6 address that leads to an IPv4 one is judged by that.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not public: address and length.
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    // "This network"; 0.0.0.0 itself reaches this machine.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by the customers of one provider (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; the metadata services of clouds are there.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    // Relays of 6to4 (RFC 7526).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Whether an address is the public internet's.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(network, length): &(Ipv4Addr, u32)| (u32::from(*network) ^ u32::from(address)) >> (32 - length) == 0;
    !SPECIAL_V4.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let bits = u128::from(address);
    // NAT64 (RFC 6052): the last 32 bits are where it leads to.
    if bits >> 32 == u128::from(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0)) >> 32 {
        return is_public_v4(Ipv4Addr::from_bits(bits as u32));
    }
    match address.segments() {
        // Teredo, benchmarks, ORCHID and other protocols (RFC 2928); 6to4, which embeds an IPv4 address; documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x2002, ..] => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for (public, addresses) in [
            (
                true,
                "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.169.0.1 223.255.255.255",
            ),
            (true, "2606:4700::1111 2001:4860:4860::8888 2a00:1450::1 ::ffff:1.1.1.1 64:ff9b::101:101 3fff:1000::1"),
            (false, "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.1.2.3"),
            (false, "169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.8 192.0.2.1 198.19.0.1 203.0.113.9"),
            (false, "198.51.100.1 192.88.99.1 224.0.0.1 240.0.0.1 255.255.255.255"),
            (false, ":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::1.1.1.1"),
            (false, "fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 100::1 5f00::1 4000::1"),
            (false, "64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::a00:1 64:ff9b:1::1 2002:7f00:1::1 2002:101:101::1"),
            (false, "2001::1 2001:0:4136:e378:: 2001:10::1 2001:20::1 2001:db8::1 3fff:fff::1"),
        ] {
            for address in addresses.split(' ') {
                assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
            }
        }
    }
}
