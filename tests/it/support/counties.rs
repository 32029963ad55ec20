//! A wire of two counties, for tests of what is served.

use super::daemon::Daemon;
use super::documents::{Form, News};
use super::home::{Home, Settings};
use super::http::{self, Answer};
use super::origin::Origin;

/// A daemon with one paper for each of two counties.
pub struct Wire {
    pub origin: Origin,
    pub home: Home,
    pub daemon: Daemon,
}

pub const COUNTIES: [&str; 2] = ["xingping", "sanyuan"];

impl Wire {
    /// `items`: of Xingping's paper; Sanyuan's is there and was not polled.
    pub fn with(items: usize) -> Wire {
        let origin = Origin::start();
        let mut settings = Settings::new().poll("first_poll_entries = 1000");
        for county in COUNTIES {
            let lines =
                format!("region = \"shaanxi/xianyang/{county}\"\ntopics = [\"education\"]\n");
            settings = settings.source(county, &origin.url(&format!("/{county}")), &lines);
        }
        let home = Home::new(&settings);
        let wire = Wire { origin, daemon: Daemon::start(&home), home };
        wire.brings("xingping", items);
        wire
    }

    /// Lets a paper have `items` items, the newest first, and polls it.
    pub fn brings(&self, county: &'static str, items: usize) {
        let news: Vec<News> = (1..=items)
            .rev()
            .map(|n| News::new(county, n, &format!("{county}来稿{n}"), 2000 - n as i64))
            .collect();
        self.origin.set(&format!("/{county}"), Form::Atom10.document(&news));
        assert_eq!(self.daemon.poll(county)["outcome"], "fetched");
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::request(self.daemon.public, "GET", path, headers)
    }

    pub fn head(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::request(self.daemon.public, "HEAD", path, headers)
    }

    /// Both methods must answer 304 with the same headers and no body.
    #[track_caller]
    pub fn assert_not_modified(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let answer = self.get(path, headers);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{path} {headers:?}");
        assert_eq!(self.head(path, headers).status, 304, "HEAD {path} {headers:?}");
        answer
    }

    #[track_caller]
    pub fn assert_modified(&self, path: &str, headers: &[(&str, &str)]) {
        assert_eq!(self.get(path, headers).status, 200, "{path} {headers:?}");
        assert_eq!(self.head(path, headers).status, 200, "HEAD {path} {headers:?}");
    }
}

pub const COUNTY: &str = "/r/shaanxi/xianyang/xingping";
