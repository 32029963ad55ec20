use super::super::client::Proxies;
use super::super::content::{Document, ErrorPage, Found, Version};
use super::super::delta::Delta;
use super::*;
use crate::model::Timestamp;
use hyper::header::HeaderName;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

/// Of some documents it is known what they are; for the others it is searched until somebody lets
/// the searches end.
#[derive(Default)]
struct Library {
    searching: AtomicUsize,
    most: AtomicUsize,
    may_end: Mutex<bool>,
    ended: Condvar,
}

impl Library {
    fn lets_searches_end(&self) {
        *self.may_end.lock().expect("no holder panics") = true;
        self.ended.notify_all();
    }

    fn document(path: &str) -> Found {
        Found::Document(Document {
            target: path.to_owned(),
            etag: "1".to_owned(),
            last_modified: None,
            content_type: "text/plain",
            max_age: 60,
            is_immutable: false,
            links: Vec::new(),
            policy: None,
        })
    }
}

impl Content for Library {
    fn is_word_search(&self, _path: &str, _query: &str) -> bool {
        false
    }

    fn version(&self) -> Version {
        (0, 0)
    }

    fn find(&self, path: &str, _query: &str) -> Option<Found> {
        path.starts_with("/known").then(|| Library::document(path))
    }

    fn search(&self, path: &str, query: &str) -> Found {
        assert_eq!(query, "q", "{path}");
        let now = self.searching.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let may_end = self.may_end.lock().expect("no holder panics");
        drop(self.ended.wait_while(may_end, |may_end| !*may_end).expect("no holder panics"));
        self.searching.fetch_sub(1, Ordering::SeqCst);
        match path {
            "/none" => Found::NotFound,
            "/broken" => panic!("as a defect would"),
            _ => Library::document(path),
        }
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>, String> {
        Ok(document.target.clone().into_bytes())
    }

    fn waiting_page(&self, percent: u64) -> ErrorPage {
        self.error_page(503, &format!("{percent} %"), &[])
    }

    fn delta(&self, _: &Document, _: &[String]) -> Result<Option<Delta>, String> {
        Ok(None)
    }

    fn error_page(&self, _status: u16, message: &str, _nearest: &[String]) -> ErrorPage {
        let body = message.as_bytes().to_vec();
        ErrorPage { body, content_type: "text/plain", policy: "default-src 'none'" }
    }

    fn nearest(&self, _path: &str, _query: &str) -> Vec<String> {
        Vec::new()
    }

    fn now(&self) -> Timestamp {
        Timestamp(1_795_500_000)
    }
}

fn open() -> Gate {
    Gate::new(Proxies::default(), None)
}

#[test]
fn searches_hold_up_nobody_else_and_few_run_at_once() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let library = Arc::new(Library::default());
    let public = Arc::new(Public::new(Arc::clone(&library), open(), 1 << 20, Arc::default()));
    let ask = |path: String| {
        let public = Arc::clone(&public);
        async move {
            public
                .get(Asked {
                    headers: &HeaderMap::new(),
                    path: &path,
                    query: "q",
                    is_for_programs: false,
                })
                .await
        }
    };
    runtime.block_on(async {
        let paths = (0..4 * SEARCHES).map(|n| format!("/searched/{n}"));
        let paths = paths.chain(["/none".to_owned(), "/broken".to_owned()]);
        let asked: Vec<_> = paths.map(|path| tokio::spawn(ask(path))).collect();
        while library.searching.load(Ordering::SeqCst) < SEARCHES {
            tokio::task::yield_now().await;
        }
        // The only thread of the runtime answers while all searches are under way.
        assert_eq!(ask("/known".to_owned()).await.status(), StatusCode::OK);
        assert!(asked.iter().all(|asked| !asked.is_finished()));
        library.lets_searches_end();
        let mut statuses = Vec::new();
        for asked in asked {
            statuses.push(asked.await.expect("an answer").status().as_u16());
        }
        let (found, others) = statuses.split_at(4 * SEARCHES);
        assert!(found.iter().all(|status| *status == 200), "{found:?}");
        assert_eq!(others, [404, 503]);
        assert_eq!(library.most.load(Ordering::SeqCst), SEARCHES);
    });
}

#[test]
fn a_document_without_a_date_is_never_unchanged_since_one() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let public = Public::new(Arc::new(Library::default()), open(), 1 << 20, Arc::default());
    let ask = |name: HeaderName, value: &'static str| {
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
        runtime.block_on(public.get(Asked {
            headers: &headers,
            path: "/known",
            query: "",
            is_for_programs: false,
        }))
    };
    let since = ask(header::IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT");
    assert_eq!(since.status(), StatusCode::OK);
    assert_eq!(since.headers().get(header::LAST_MODIFIED), None);
    let same = ask(header::IF_NONE_MATCH, "\"1\"");
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(same.headers().get(header::LAST_MODIFIED), None);
}
