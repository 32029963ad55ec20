//! The way from a source's address to the one that answers.

use super::FetchError;
use url::Url;

/// Redirects that are followed at most.
const HOPS_MAX: usize = 10;

/// The addresses asked so far, the one to ask now last; none has a fragment.
pub struct Trail {
    urls: Vec<Url>,
    /// How many of them permanent redirects alone led to.
    permanent: usize,
    same_host: bool,
    /// Of the last redirect.
    status: u16,
}

impl Trail {
    /// `own`: the address whose host the way should not leave.
    pub fn new(start: &Url, own: &Url) -> Self {
        let mut start = start.clone();
        start.set_fragment(None);
        let same_host = is_same_host(own, &start) && !is_downgrade(own, &start);
        Trail { urls: vec![start], permanent: 1, same_host, status: 0 }
    }

    pub fn here(&self) -> &Url {
        self.urls.last().expect("a trail has a start")
    }

    /// Whether the way has led over the own address's host only.
    pub fn same_host(&self) -> bool {
        self.same_host
    }

    pub fn moved_permanently_to(&self) -> Option<Url> {
        (self.permanent > 1).then(|| self.urls[self.permanent - 1].clone())
    }

    /// What an error at the last address means for the whole way.
    pub fn after_redirects(&self, error: FetchError) -> FetchError {
        match self.urls.len() > 1 && error.is_unsent() {
            true => FetchError::Redirected { error: Box::new(error), status: self.status },
            false => error,
        }
    }

    /// Goes where a redirect points.
    ///
    /// # Errors
    /// `Redirect`: no usable Location, a circle, too long a way, or from https to http.
    pub fn follow(&mut self, status: u16, location: Option<&[u8]>) -> Result<(), FetchError> {
        let refuse = |what: String| Err(FetchError::Redirect { what, status });
        let Some(location) = location else {
            return refuse(format!("{status} without a Location"));
        };
        let from = self.here();
        let Ok(mut next) = from.join(&ascii(location)) else {
            return refuse(format!("{status} with a Location that is no address"));
        };
        next.set_fragment(None);
        if !matches!(next.scheme(), "http" | "https") {
            return refuse(format!("to a {} address", next.scheme()));
        }
        let host = next.host_str().unwrap_or_default();
        if is_downgrade(from, &next) {
            return refuse(format!("from https to http at {host}"));
        }
        if self.urls.contains(&next) {
            return refuse(format!("in a circle at {host}"));
        }
        if self.urls.len() > HOPS_MAX {
            return refuse(format!("more than {HOPS_MAX} in a row"));
        }
        let permanent = matches!(status, 301 | 308) && self.permanent == self.urls.len();
        let same_host = is_same_host(from, &next);
        self.status = status;
        self.permanent += usize::from(permanent);
        self.same_host &= same_host;
        self.urls.push(next);
        Ok(())
    }
}

pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Whether two addresses name one document: equal, or one is the other over https.
pub fn is_same_document(a: &Url, b: &Url) -> bool {
    a.path() == b.path() && a.query() == b.query() && is_same_host(a, b)
}

fn is_downgrade(from: &Url, to: &Url) -> bool {
    from.scheme() == "https" && to.scheme() == "http"
}

fn is_same_host(a: &Url, b: &Url) -> bool {
    let default_ports = a.port().is_none() && b.port().is_none();
    a.host() == b.host()
        && (default_ports || a.port_or_known_default() == b.port_or_known_default())
}

/// Some servers send raw bytes, also of other charsets: kept as they are, escaped.
fn ascii(location: &[u8]) -> String {
    let mut text = String::with_capacity(location.len());
    for &byte in location {
        if byte.is_ascii() {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
