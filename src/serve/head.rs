//! Whether the head of a request is one (RFC 9112 §3), where hyper lets it pass.

use super::host;
use hyper::{Method, Request, StatusCode, Uri};

/// Largest head of a request, bytes.
pub const HEAD_BYTES: usize = 16 * 1024;
/// Most header fields in it.
pub const FIELDS: usize = 64;
/// Longest target of a request, bytes.
pub const TARGET_BYTES: usize = 8 * 1024;

pub const TOO_LONG: &str = "the target of the request is longer than 8192 bytes";

/// Marks a request whose target had a fragment, which hyper takes off.
#[derive(Clone, Copy)]
pub struct HadFragment;

/// With what it must be refused, and why.
pub fn fault<B>(request: &Request<B>) -> Option<(StatusCode, &'static str)> {
    let bad = |why| Some((StatusCode::BAD_REQUEST, why));
    if length(request.uri()) > TARGET_BYTES {
        return Some((StatusCode::URI_TOO_LONG, TOO_LONG));
    }
    if let Some(why) = host::fault(request) {
        return bad(why);
    }
    if request.extensions().get::<HadFragment>().is_some() {
        return bad("the target of the request has a fragment (#), which is for the client alone");
    }
    form_fault(request.method(), request.uri()).and_then(bad)
}

fn length(uri: &Uri) -> usize {
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    authority + uri.path_and_query().map_or(0, |path| path.as_str().len())
}

/// Why a target is in none of the forms that there are for its method (§3.2).
fn form_fault(method: &Method, uri: &Uri) -> Option<&'static str> {
    if is_asterisk(uri) {
        let why = "the target * is for OPTIONS alone";
        return (method != Method::OPTIONS).then_some(why);
    }
    let authority = uri.authority()?;
    match uri.scheme_str() {
        Some("http" | "https") if host::is_authority(authority.as_str()) => None,
        Some("http" | "https") => {
            Some("the target of the request has no name or address with a port as its host")
        }
        Some(_) => Some("the target of the request is no http or https address"),
        None if method == Method::CONNECT => None,
        None => Some("the target of the request is a host alone; it begins with / or http://"),
    }
}

/// Whether the server itself is meant, and nothing that it has.
pub fn is_asterisk(uri: &Uri) -> bool {
    uri.path() == "*"
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HOST;

    fn status(method: &str, target: &str) -> Option<u16> {
        let request = Request::builder().method(method).uri(target).header(HOST, "a");
        fault(&request.body(()).expect("a request")).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn a_target_has_one_of_four_forms_each_for_its_methods() {
        for (method, target) in [
            ("GET", "/"),
            ("GET", "/a?b=*"),
            ("GET", "/*"),
            ("GET", "http://news.example.org"),
            ("POST", "https://news.example.org:65535/hub"),
            ("GET", "http://[2001:db8::1]:80/x?y"),
            ("OPTIONS", "*"),
            ("CONNECT", "news.example.org:443"),
        ] {
            assert_eq!(status(method, target), None, "{method} {target}");
        }
        for (method, target) in [
            ("GET", "*"),
            ("POST", "*"),
            ("GET", "news.example.org:80"),
            ("OPTIONS", "news.example.org"),
            ("GET", "ftp://news.example.org/"),
            ("GET", "http://user@news.example.org/"),
            ("GET", "http://news.example.org:65536/"),
            ("GET", "http://news.example.org:x/"),
        ] {
            let request = Request::builder().method(method).uri(target).header(HOST, "a");
            // Of what hyper cannot read no request is made.
            if let Ok(request) = request.body(()) {
                let status = fault(&request).map(|(status, _)| status.as_u16());
                assert_eq!(status, Some(400), "{method} {target}");
            }
        }
        let fits = format!("/{}?{}", "x".repeat(TARGET_BYTES - 6), "yyyy");
        assert_eq!(status("GET", &fits), None);
        assert_eq!(status("GET", &(fits + "y")), Some(414));
        assert!(TOO_LONG.contains(&TARGET_BYTES.to_string()));
    }

    #[test]
    fn a_fragment_is_no_part_of_a_target() {
        let mut request = Request::builder().uri("/").header(HOST, "a").body(()).expect("one");
        assert_eq!(fault(&request), None);
        request.extensions_mut().insert(HadFragment);
        assert!(fault(&request).is_some_and(|(_, why)| why.contains("fragment")));
    }
}
