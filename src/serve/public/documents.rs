//! Answers with documents: each rendered and packed once per change, or not at all where the reader
//! has it.

use super::super::bodies::Unmade;
use super::super::coding::Coding;
use super::super::conditional::{fails, known_as};
use super::super::content::{Content, Document, Found, Whole};
use super::super::delta::{self, Delta};
use super::super::remembered::Prepared;
use super::super::{Answer, answer};
use super::refusing::moved;
use super::{Asked, Public};
use bytes::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use std::sync::Arc;
use tracing::{error, warn};

/// How often a document that changes while it is made is made again.
const RENDER_TRIES: u32 = 8;

impl<C: Content> Public<C> {
    pub(super) async fn get(&self, asked: Asked<'_>) -> Answer {
        let Asked { path, query, .. } = asked;
        for _ in 0..RENDER_TRIES {
            let version = self.content.version();
            if let Some(prepared) = self.remembered.get(path, query, version) {
                if let Some(answer) = self.document(asked, &prepared).await {
                    return answer;
                }
                continue;
            }
            match self.find(path, query).await {
                Found::Document(document) => {
                    let prepared = Arc::new(Prepared::new(document));
                    self.remembered.keep(path, query, version, &prepared);
                    if let Some(answer) = self.document(asked, &prepared).await {
                        return answer;
                    }
                }
                Found::Moved(location) => return moved(&location),
                Found::NotFound => return self.not_found(asked),
                Found::Gone => {
                    let message = "this entry has been taken down";
                    return self.error(asked, StatusCode::GONE, message);
                }
                Found::BadRequest(why) => return self.error(asked, StatusCode::BAD_REQUEST, &why),
                Found::Damaged => {
                    let message = "what is stored of this entry is damaged";
                    return self.error(asked, StatusCode::INTERNAL_SERVER_ERROR, message);
                }
                Found::NotReady { percent } => return self.not_ready(asked, percent),
                Found::NotNow(why) => {
                    return self.error(asked, StatusCode::SERVICE_UNAVAILABLE, &why);
                }
                Found::Unavailable(why) => {
                    error!(error = why, path, "cannot answer");
                    let message = "the store cannot be read now";
                    return self.error(asked, StatusCode::SERVICE_UNAVAILABLE, message);
                }
            }
        }
        warn!(path, "a document changes faster than it can be made");
        self.error(asked, StatusCode::SERVICE_UNAVAILABLE, "the page cannot be made now")
    }

    /// The answer, where nothing has to be made for it.
    pub(super) fn at_hand(&self, asked: Asked<'_>, prepared: &Prepared) -> Option<Answer> {
        let (headers, document) = (asked.headers, &prepared.document);
        let chosen = Coding::choose(headers);
        let wants_another = |coding| fails(headers, &document.etag, coding, prepared.settled_at);
        if chosen.is_some_and(wants_another) {
            return None;
        }
        let date = prepared.settled_at.filter(|at| *at <= self.content.now());
        let known = known_as(headers, &document.etag, date, chosen.unwrap_or(Coding::Identity));
        if let Some(coding) = known {
            let mut response = Response::new(Bytes::new().into());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = prepared.head(coding, false, date.is_some());
            return Some(response);
        }
        if delta::is_taken(headers) {
            return None;
        }
        let coding = chosen?;
        let body = self.bodies.kept(document, coding)?;
        Some(whole(prepared, coding, date.is_some(), body))
    }

    /// `None`: it changed while it was made; ask again.
    async fn document(&self, asked: Asked<'_>, prepared: &Prepared) -> Option<Answer> {
        if let Some(answer) = self.at_hand(asked, prepared) {
            return Some(answer);
        }
        let document = &prepared.document;
        let Some(coding) = Coding::choose(asked.headers) else {
            let message = "there is this document in br, zstd, gzip and as it is";
            return Some(self.error(asked, StatusCode::NOT_ACCEPTABLE, message));
        };
        if fails(asked.headers, &document.etag, coding, prepared.settled_at) {
            let message =
                "the document is not the one that If-Match or If-Unmodified-Since asks for";
            return Some(self.error(asked, StatusCode::PRECONDITION_FAILED, message));
        }
        match self.delta(asked, document, coding).await {
            Ok(Some(answer)) => return Some(answer),
            Err(Unmade::Changed) => return None,
            // The whole document may be kept already.
            Err(Unmade::Failed(why)) => {
                warn!(error = why, target = document.target, "cannot tell what is new");
            }
            Ok(None) => {}
        }
        match self.body(asked, document, coding).await {
            Ok(body) => {
                let is_settled = prepared.settled_at.is_some_and(|at| at <= self.content.now());
                Some(whole(prepared, coding, is_settled, body))
            }
            Err(Unmade::Changed) => None,
            Err(Unmade::Failed(why)) => {
                error!(error = why, target = document.target, "cannot render");
                let message = "the page cannot be made now";
                Some(self.error(asked, StatusCode::SERVICE_UNAVAILABLE, message))
            }
        }
    }

    /// What is new since the version that the reader has, if it wants that alone.
    async fn delta(
        &self,
        asked: Asked<'_>,
        document: &Document,
        coding: Coding,
    ) -> Result<Option<Answer>, Unmade> {
        let bases = delta::bases(asked.headers);
        if bases.is_empty() || !delta::is_taken(asked.headers) {
            return Ok(None);
        }
        let (content, wanted) = (Arc::clone(&self.content), document.clone());
        let versions: Vec<String> = bases.iter().map(|base| base.etag.clone()).collect();
        let made = self.bodies.make(move || {
            let made = content.delta(&wanted, &versions)?;
            Ok(made.map(|Delta { base, body }| (base, coding.pack(&body.into()))))
        });
        let Some((base, body)) = made.await?.map_err(Unmade::Failed)? else { return Ok(None) };
        match self.find(asked.path, asked.query).await {
            Found::Document(now) if now.etag == document.etag => {}
            _ => return Err(Unmade::Changed),
        }
        let mut response = answer(StatusCode::IM_USED, document.content_type, body);
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        };
        set(header::ETAG, &format!("\"{}{}\"", document.etag, coding.suffix()));
        set(delta::IM, delta::FEED);
        if let Some(base) = bases.iter().find(|known| known.etag == base) {
            set(delta::DELTA_BASE, &base.named);
        }
        set(header::CACHE_CONTROL, delta::CACHING);
        set(header::VARY, delta::VARY);
        document.links.iter().for_each(|link| set(header::LINK, link));
        if let Some(name) = coding.name() {
            set(header::CONTENT_ENCODING, name);
        }
        set(header::ACCEPT_RANGES, "none");
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        Ok(Some(response))
    }

    /// [`Unmade::Changed`]: an entry came while it was made, so that the bytes are not those that
    /// the ETag stands for.
    async fn body(
        &self,
        asked: Asked<'_>,
        document: &Document,
        coding: Coding,
    ) -> Result<Bytes, Unmade> {
        if let Some(body) = self.bodies.kept(document, coding) {
            return Ok(body);
        }
        let render = async {
            let (content, rendered) = (Arc::clone(&self.content), document.clone());
            let plain = self.bodies.make(move || content.render(&rendered)).await?;
            let plain = plain.map_err(Unmade::Failed)?;
            match self.find(asked.path, asked.query).await {
                Found::Document(now) if now.etag == document.etag => Ok(plain.into()),
                _ => Err(Unmade::Changed),
            }
        };
        self.bodies.get(document, coding, render).await
    }

    /// A document as it is now, without coding.
    ///
    /// # Errors
    /// Why it cannot be made now, in words.
    pub async fn whole(&self, path: &str, query: &str) -> Result<Whole, String> {
        let headers = HeaderMap::new();
        let asked = Asked { headers: &headers, path, query, is_for_programs: false };
        for _ in 0..RENDER_TRIES {
            let document = match self.find(path, query).await {
                Found::Document(document) => document,
                Found::Unavailable(why) => return Err(why),
                _ => return Ok(Whole::Gone),
            };
            match self.body(asked, &document, Coding::Identity).await {
                Ok(body) => return Ok(Whole::Here(document, body)),
                Err(Unmade::Changed) => {}
                Err(Unmade::Failed(why)) => return Err(why),
            }
        }
        Err("it changes faster than it can be made".to_owned())
    }
}

fn whole(prepared: &Prepared, coding: Coding, is_dated: bool, body: Bytes) -> Answer {
    let mut response = Response::new(body.into());
    *response.headers_mut() = prepared.head(coding, true, is_dated);
    response
}
