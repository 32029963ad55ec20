//! All that a client can do wrong, so that each check is seen to fail.

use super::Hourly;
use crate::scenes::Scene;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

#[derive(Default)]
pub struct Rude {
    requests: u64,
}

impl Hourly for Rude {
    /// Three at once, by different names, then an article.
    fn poll(&mut self, scene: &'static Scene, url: &str) {
        let rest = url.strip_prefix("http://").unwrap_or(url);
        let (address, target) = rest.split_once('/').unwrap_or((rest, ""));
        let asks: Vec<thread::JoinHandle<()>> = (0..3)
            .map(|number| {
                self.requests += 1;
                let glue = if target.contains('?') { '&' } else { '?' };
                let target = format!("/{target}{glue}_={}", self.requests);
                let method = if number == 2 { "HEAD" } else { "GET" };
                let validators = match number {
                    0 => "",
                    _ => {
                        "If-None-Match: v1\r\n\
                         If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
                    }
                };
                let head = format!(
                    "{method} {target} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Reader{number}\r\n\
                     Cookie: visitor=7\r\nReferer: http://{address}/\r\n{validators}\
                     Connection: close\r\n\r\n"
                );
                let address = address.to_owned();
                thread::spawn(move || ask(&address, &head))
            })
            .collect();
        for asking in asks {
            asking.join().expect("asking does not panic");
        }
        let article = format!("/{}/articles/1.html", scene.name);
        ask(
            address,
            &format!("GET {article} HTTP/1.1\r\nHost: {address}\r\nReferer: {url}\r\n\r\n"),
        );
    }

    /// Asks again whenever it is started.
    fn restarted(&self) -> bool {
        true
    }
}

fn ask(address: &str, head: &str) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    if stream.write_all(head.as_bytes()).is_ok() {
        let _ = stream.read(&mut [0; 1024]);
    }
}
