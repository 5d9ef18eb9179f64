//! What a store answered when it refused, without what must not be repeated.

use std::fmt;

use object_store::Error;

/// Why a store refused, for people.
#[derive(Debug)]
struct Answer(String);

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Answer {}

/// The same error with another text: the code and the message of the answer alone. Servers repeat in their answers what they
/// were sent, a session token among it.
pub(crate) fn told(error: Error) -> Error {
    let text = answer(&error);
    let source = Box::new(Answer(text));
    match error {
        Error::NotFound { path, .. } => Error::NotFound { path, source },
        Error::AlreadyExists { path, .. } => Error::AlreadyExists { path, source },
        Error::Precondition { path, .. } => Error::Precondition { path, source },
        Error::NotModified { path, .. } => Error::NotModified { path, source },
        Error::PermissionDenied { path, .. } => Error::PermissionDenied { path, source },
        Error::Unauthenticated { path, .. } => Error::Unauthenticated { path, source },
        Error::Generic { store, .. } => Error::Generic { store, source },
        other => other,
    }
}

fn answer(error: &Error) -> String {
    let source = match error {
        Error::NotFound { source, .. }
        | Error::AlreadyExists { source, .. }
        | Error::Precondition { source, .. }
        | Error::NotModified { source, .. }
        | Error::PermissionDenied { source, .. }
        | Error::Unauthenticated { source, .. }
        | Error::Generic { source, .. } => source,
        other => return shorten(&other.to_string()),
    };
    let chain = std::iter::successors(Some(&**source as &dyn std::error::Error), |error| error.source());
    let mut told = String::new();
    for text in chain.map(|error| shorten(&error.to_string())) {
        // Many repeat what they are caused by.
        if told.is_empty() {
            told = text;
        } else if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
    }
    told
}

/// What a client says of a failed request, without the request, its times, and the body of the answer but for its code and
/// message.
fn shorten(text: &str) -> String {
    let (said, body) = text.split_at(text.find('<').unwrap_or(text.len()));
    let said = said.split('{').next().unwrap_or_default();
    let (asked, reason) =
        said.split_once(" - ").filter(|(asked, _)| asked.contains("Error performing")).unzip();
    let reason = reason.unwrap_or(said).trim().trim_end_matches(':');
    let reason = reason.strip_prefix("Server returned non-2xx status code: ").unwrap_or(reason);
    let mut short = reason.to_owned();
    for name in ["Code", "Message"] {
        if let Some(value) = element(body, name) {
            short = if short.is_empty() { value.to_owned() } else { format!("{short}: {value}") };
        }
    }
    if let Some(retries) = asked.and_then(retries) {
        short = format!("{short} (tried {retries} times more)");
    }
    if asked.is_some_and(|asked| asked.contains("//169.254.")) {
        short = format!("no credentials in the environment, and this machine gives none: {short}");
    }
    short
}

/// The text of the first element of that name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split('<').next().filter(|text| !text.is_empty())
}

fn retries(asked: &str) -> Option<&str> {
    let (_, rest) = asked.split_once("after ")?;
    rest.split_once(" retries").map(|(retries, _)| retries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_without_what_was_sent() {
        let long = "Error performing PUT http://127.0.0.1:1/lake/x in 1.5ms, after 2 retries, max_retries: 10, \
            retry_timeout: 180s  - Server returned non-2xx status code: 403 Forbidden: <?xml version=\"1.0\"?><Error>\
            <Code>SignatureDoesNotMatch</Code><Message>The signature does not match.</Message>\
            <CanonicalRequest>x-amz-security-token:hush</CanonicalRequest></Error>";
        let error = Error::PermissionDenied { path: "x".into(), source: long.into() };
        let told = told(error);
        assert!(matches!(told, Error::PermissionDenied { .. }));
        assert!(!format!("{told} {told:?}").contains("hush"));
        assert_eq!(
            answer(&told),
            "403 Forbidden: SignatureDoesNotMatch: The signature does not match. (tried 2 times more)"
        );
    }

    #[test]
    fn what_is_no_answer_stays() {
        assert_eq!(shorten("error decoding - response body"), "error decoding - response body");
        assert_eq!(
            shorten("Error performing GET http://h/ in 1s - HTTP error: connection refused"),
            "HTTP error: connection refused"
        );
    }
}
