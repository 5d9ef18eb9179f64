//! What AWS log sources share: object keys, and telling addresses from service names.

mod ip;
mod key;

pub use ip::is_ip;
pub use key::{LogKey, file_name};

/// Text where an address is expected, told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client<'a> {
    /// An IPv4 or IPv6 address.
    Ip(&'a str),
    /// A service principal, such as `autoscaling.amazonaws.com`.
    Service(&'a str),
    /// Anything else, such as `AWS Internal`.
    Name(&'a str),
}

impl<'a> Client<'a> {
    /// Tells what `text` is.
    ///
    /// ```
    /// use ocsf_aws_common::Client;
    /// assert_eq!(Client::of("192.0.2.7"), Client::Ip("192.0.2.7"));
    /// assert_eq!(Client::of("s3.amazonaws.com"), Client::Service("s3.amazonaws.com"));
    /// assert_eq!(Client::of("AWS Internal"), Client::Name("AWS Internal"));
    /// ```
    pub fn of(text: &'a str) -> Self {
        if is_ip(text) {
            Self::Ip(text)
        } else if is_service(text) {
            Self::Service(text)
        } else {
            Self::Name(text)
        }
    }
}

/// True for a service principal: a host name below `amazonaws.com`, or below it in another partition.
fn is_service(text: &str) -> bool {
    let host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    text.bytes().all(host)
        && [".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"].iter().any(|end| text.ends_with(end))
}
