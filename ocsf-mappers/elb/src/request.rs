//! Request lines: `GET https://www.example.com:443/path?query HTTP/1.1`.

use bumpalo::Bump;

use crate::values::unescaped;

/// The parts of a request line. `-` is no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Request<'b> {
    pub(crate) method: Option<&'b str>,
    pub(crate) url: Option<Url<'b>>,
    pub(crate) version: Option<&'b str>,
}

/// A URL and the parts that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Url<'b> {
    /// All of it.
    pub(crate) text: &'b str,
    pub(crate) scheme: Option<&'b str>,
    /// Name or address; an IPv6 address without its brackets.
    pub(crate) host: Option<&'b str>,
    pub(crate) port: Option<u16>,
    /// From the first `/` on, without the query.
    pub(crate) path: Option<&'b str>,
    /// Without the `?`.
    pub(crate) query: Option<&'b str>,
}

impl<'b> Request<'b> {
    /// Takes a request line apart: the method is what stands before the first blank, the version what stands behind the
    /// last one, and a URL may hold blanks itself.
    pub(crate) fn of(line: &'b str, arena: &'b Bump) -> Self {
        let line = line.trim_ascii();
        let (method, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_ascii();
        let (url, version) = match rest.rsplit_once(' ') {
            Some((url, version)) => (url.trim_ascii_end(), version),
            None => (rest, ""),
        };
        let part = |text: &'b str| (!matches!(text, "" | "-")).then_some(text);
        let (method, version) = (part(method), part(version));
        // A request that could not be read is written `- http://host:80- -`: the last dash stands for the path.
        let url = match part(url) {
            Some(url) if method.is_none() && version.is_none() => url.strip_suffix('-').or(Some(url)),
            url => url,
        };
        Self {
            method: method.map(|text| unescaped(text, arena)),
            url: url.filter(|url| !url.is_empty()).map(|url| Url::of(unescaped(url, arena))),
            version,
        }
    }

    /// True when the line says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl<'b> Url<'b> {
    fn of(text: &'b str) -> Self {
        let some = |text: &'b str| (!text.is_empty()).then_some(text);
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, text),
        };
        let (authority, rest) = match scheme {
            Some(_) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, some(query)),
            None => (rest, None),
        };
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = split_port(authority);
        Self { text, scheme, host: some(host), port, path: some(path).filter(|p| p.starts_with('/')), query }
    }
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Host and port of an authority; what is no port number stays with the host.
fn split_port(authority: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `method|scheme|host|port|path|query|version`, and the whole URL.
    fn check(line: &str, parts: &str, text: &str) {
        let arena = Bump::new();
        let request = Request::of(line, &arena);
        let url = request.url.unwrap_or_default();
        let port = url.port.map(|port| port.to_string());
        let found =
            [request.method, url.scheme, url.host, port.as_deref(), url.path, url.query, request.version];
        assert_eq!(found.map(|part| part.unwrap_or("-")).join("|"), parts, "{line}");
        assert_eq!(url.text, text, "{line}");
    }

    #[test]
    fn lines_of_all_kinds() {
        check(
            "GET https://www.example.com:443/a/b?c=d&e HTTP/1.1",
            "GET|https|www.example.com|443|/a/b|c=d&e|HTTP/1.1",
            "https://www.example.com:443/a/b?c=d&e",
        );
        check(
            "GET http://[2001:db8::1]:80/ HTTP/2.0 ",
            "GET|http|2001:db8::1|80|/|-|HTTP/2.0",
            "http://[2001:db8::1]:80/",
        );
        check(
            "POST https://example.com HTTP/2.0",
            "POST|https|example.com|-|-|-|HTTP/2.0",
            "https://example.com",
        );
        check(
            "GET https://example.com?a=/b HTTP/1.0",
            "GET|https|example.com|-|-|a=/b|HTTP/1.0",
            "https://example.com?a=/b",
        );
        check("OPTIONS * HTTP/1.1", "OPTIONS|-|-|-|-|-|HTTP/1.1", "*");
        check("GET /a b/\u{e9}?q HTTP/1.1", "GET|-|-|-|/a b/\u{e9}|q|HTTP/1.1", "/a b/\u{e9}?q");
        check(
            "GET http://example.com:80/a  b HTTP/1.1",
            "GET|http|example.com|80|/a  b|-|HTTP/1.1",
            "http://example.com:80/a  b",
        );
        check(
            r"GET http://u:p@example.com:99999/\x22\x5C HTTP/1.1",
            r#"GET|http|example.com:99999|-|/"\|-|HTTP/1.1"#,
            r#"http://u:p@example.com:99999/"\"#,
        );
    }

    #[test]
    fn lines_that_could_not_be_read() {
        check(
            "- http://www.example.com:80- -",
            "-|http|www.example.com|80|-|-|-",
            "http://www.example.com:80",
        );
        check(
            "- http://www.example.com:80- ",
            "-|http|www.example.com|80|-|-|-",
            "http://www.example.com:80",
        );
        for nothing in ["- - -", "- - - ", "-", "", "  "] {
            assert!(Request::of(nothing, &Bump::new()).is_empty(), "{nothing}");
        }
        check("GARBAGE", "GARBAGE|-|-|-|-|-|-", "");
        check("GET http://example.com/-", "GET|http|example.com|-|/-|-|-", "http://example.com/-");
        check("- - HTTP/1.1", "-|-|-|-|-|-|HTTP/1.1", "");
    }
}
