//! Telling addresses from other text.

use std::net::IpAddr;

/// True for an IPv4 or IPv6 address, as [`IpAddr`] reads them: without leading zeros, port or zone.
///
/// ```
/// use ocsf_aws_common::is_ip;
/// assert!(is_ip("192.0.2.7") && is_ip("2001:db8::7"));
/// assert!(!is_ip("192.0.2.07") && !is_ip("192.0.2.7:443") && !is_ip("-"));
/// ```
pub fn is_ip(text: &str) -> bool {
    // Most are of version 4, and this is several times as fast as reading their value.
    is_ipv4(text) || (text.contains(':') && text.parse::<IpAddr>().is_ok())
}

fn is_ipv4(text: &str) -> bool {
    let (mut dots, mut digits, mut number) = (0, 0, 0_u32);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if digits == 0 || (number > 0 && number < 100) => {
                number = number * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && number <= 255 => {
                dots += 1;
                (digits, number) = (0, 0);
            }
            _ => return false,
        }
    }
    dots == 3 && digits > 0 && number <= 255
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_the_standard_library_reads(text in "[0-9a-f.:]{0,16}", numbers in any::<[u8; 4]>(), number in 0..2000_u32) {
            let [a, b, c, d] = numbers;
            let all = [text, format!("{a}.{b}.{c}.{d}"), format!("{a}.{number}.{c}.{d}"), format!("{a}.{b}.0{c}.{d}")];
            for text in all {
                prop_assert_eq!(is_ip(&text), text.parse::<IpAddr>().is_ok(), "{}", text);
            }
        }
    }
}
