//! Names of Internet protocols.

/// The IANA keyword of a protocol number, in lower case; `None` when it has none.
pub(crate) fn name(number: &str) -> Option<&'static str> {
    let number: usize = number.parse().ok()?;
    NAMES.get(number).copied().filter(|name| !name.is_empty())
}

/// Keywords in the order of their numbers, empty where a number has none.
#[rustfmt::skip]
const NAMES: [&str; 143] = [
    "hopopt", "icmp", "igmp", "ggp", "ipv4", "st", "tcp", "cbt", "egp", "igp",
    "bbn-rcc-mon", "nvp-ii", "pup", "argus", "emcon", "xnet", "chaos", "udp", "mux", "dcn-meas",
    "hmp", "prm", "xns-idp", "trunk-1", "trunk-2", "leaf-1", "leaf-2", "rdp", "irtp", "iso-tp4",
    "netblt", "mfe-nsp", "merit-inp", "dccp", "3pc", "idpr", "xtp", "ddp", "idpr-cmtp", "tp++",
    "il", "ipv6", "sdrp", "ipv6-route", "ipv6-frag", "idrp", "rsvp", "gre", "dsr", "bna",
    "esp", "ah", "i-nlsp", "swipe", "narp", "min-ipv4", "tlsp", "skip", "ipv6-icmp", "ipv6-nonxt",
    "ipv6-opts", "", "cftp", "", "sat-expak", "kryptolan", "rvd", "ippc", "", "sat-mon",
    "visa", "ipcv", "cpnx", "cphb", "wsn", "pvp", "br-sat-mon", "sun-nd", "wb-mon", "wb-expak",
    "iso-ip", "vmtp", "secure-vmtp", "vines", "iptm", "nsfnet-igp", "dgp", "tcf", "eigrp", "ospfigp",
    "sprite-rpc", "larp", "mtp", "ax.25", "ipip", "micp", "scc-sp", "etherip", "encap", "",
    "gmtp", "ifmp", "pnni", "pim", "aris", "scps", "qnx", "a/n", "ipcomp", "snp",
    "compaq-peer", "ipx-in-ip", "vrrp", "pgm", "", "l2tp", "ddx", "iatp", "stp", "srp",
    "uti", "smp", "sm", "ptp", "isis", "fire", "crtp", "crudp", "sscopmce", "iplt",
    "sps", "pipe", "sctp", "fc", "rsvp-e2e-ignore", "mobility-header", "udplite", "mpls-in-ip", "manet", "shim6",
    "wesp", "rohc", "ethernet",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_keywords() {
        for (number, keyword) in
            [("0", "hopopt"), ("1", "icmp"), ("6", "tcp"), ("17", "udp"), ("47", "gre"), ("50", "esp")]
        {
            assert_eq!(name(number), Some(keyword));
        }
        for (number, keyword) in
            [("58", "ipv6-icmp"), ("89", "ospfigp"), ("132", "sctp"), ("142", "ethernet")]
        {
            assert_eq!(name(number), Some(keyword));
        }
        for number in ["61", "143", "255", "-1", "tcp", ""] {
            assert_eq!(name(number), None, "{number}");
        }
    }
}
