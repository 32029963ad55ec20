//! Sources behind proxies, and what a proxy is never asked for.

use crate::support::authority::{Authority, NOW};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::eventually_so;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Origin, Reply};
use crate::support::proxy::Proxy;
use crate::support::tls::TlsFront;

const PASSWORD: &str = "p@ss:w/ö?%41";
/// `reader:` and the password in base64.
const BASIC: &str = "Basic cmVhZGVyOnBAc3M6dy/Dtj8lNDE=";

fn feed(origin: &Origin, path: &str) {
    origin.set(path, Form::Rss20.document(&[News::new("paper", 1, "来稿", 1)]));
}

fn proxied(pattern: &str, proxy: &str) -> String {
    format!(
        "[[host]]\nmatch = \"{pattern}\"\nproxy = \"{proxy}\"\nproxy_credentials = \"proxy.key\"\n"
    )
}

#[test]
fn each_host_is_asked_by_its_proxy_and_only_by_it() {
    let origin = Origin::start();
    feed(&origin, "/feed");
    let root = Authority::root("Loopback Root");
    let front = TlsFront::before(origin.address, root.issue("safe.example.cn", NOW));
    let plain = Proxy::http(origin.address);
    let tunnel = Proxy::http(front.address);
    let socks = Proxy::socks5(origin.address);
    let local = Proxy::socks5(origin.address);
    let port = origin.address.port();
    let settings = Settings::new()
        .poll(&format!(
            "ca_file = \"root.pem\"\nproxy = \"http://{}\"\nproxy_credentials = \"proxy.key\"",
            plain.address
        ))
        .tables(&proxied("safe.example.cn", &format!("http://{}", tunnel.address)))
        .tables(&proxied("*.far.example.cn", &format!("socks5h://{}", socks.address)))
        .tables(&proxied("127.0.0.3", &format!("socks5://{}", local.address)))
        .tables("[[host]]\nmatch = \"127.0.0.1\"\nproxy = \"none\"")
        .source("plain", "http://paper.example.cn:81/feed", "")
        .source("safe", "https://safe.example.cn/feed", "")
        .source("far", "http://a.far.example.cn/feed", "")
        .source("local", &format!("http://127.0.0.3:{port}/feed"), "")
        .source("direct", &format!("http://127.0.0.1:{port}/feed"), "");
    let home = Home::new(&settings);
    let write = |name: &str, text: &str| {
        std::fs::write(home.path().join(name), text).expect("a writable folder");
    };
    write("root.pem", &root.pem());
    write("proxy.key", &format!("reader:{PASSWORD}\n"));
    let mut command = home.command(&["run"]);
    // Proxies of the environment do not count.
    for name in ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:1");
    }
    let daemon = Daemon::from(command);
    for source in ["plain", "safe", "far", "local", "direct"] {
        let polled = daemon.poll(source);
        assert_eq!(polled["outcome"], "fetched", "{polled}\n{}", daemon.log());
    }
    let (plain, tunnel) = (plain.asked(), tunnel.asked());
    assert!(plain[0].starts_with("GET http://paper.example.cn:81/feed HTTP/1.1\r\n"), "{plain:?}");
    assert!(tunnel[0].starts_with("CONNECT safe.example.cn:443 HTTP/1.1\r\n"), "{tunnel:?}");
    for head in [&plain[0], &tunnel[0]] {
        assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
        assert!(head.contains(BASIC), "{head}");
    }
    assert_eq!((plain.len(), tunnel.len()), (1, 1));
    assert_eq!(socks.asked(), [format!("reader:{PASSWORD} a.far.example.cn:80")]);
    assert_eq!(local.asked(), [format!("reader:{PASSWORD} 127.0.0.3:{port}")]);
    assert_eq!(origin.asked("/feed").len(), 5);
    assert!(origin.asked("/feed").iter().all(|asked| {
        // What is for the proxy ends there, but where all goes to it in one piece.
        asked.header("proxy-authorization").is_none()
            || asked.header("host") == Some("paper.example.cn:81")
    }));
    assert!(!daemon.log().contains(PASSWORD) && !daemon.log().contains(BASIC));
}

#[test]
fn a_proxy_is_never_asked_for_what_can_only_be_private() {
    let origin = Origin::start();
    let to = Reply::Status(302, vec![("Location", "http://169.254.169.254/latest/".to_owned())]);
    origin.set("/leads-inside", to);
    let proxy = Proxy::http(origin.address);
    let mut settings = Settings::new()
        .poll(&format!("proxy = \"http://{}\"\nallow_addresses = []", proxy.address));
    let refused = [
        ("literal", "http://10.0.0.1/feed"),
        ("spelt", "http://0x7f.1/feed"),
        ("mapped", "http://[::ffff:127.0.0.1]/feed"),
        ("self", "http://localhost/feed"),
        ("below", "http://a.localhost/feed"),
        ("bare", "http://intranet/feed"),
        ("inner", "http://db.prod.internal/feed"),
        ("printer", "http://printer.local./feed"),
        ("redirect", "http://paper.example.cn/leads-inside"),
    ];
    for (id, url) in refused {
        settings = settings.source(id, url, "");
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    for (id, _) in refused {
        let polled = daemon.poll(id);
        assert_eq!(polled["error_kind"], "refused_address", "{polled}");
    }
    let asked = proxy.asked();
    assert!(asked.iter().all(|head| head.contains(" http://paper.example.cn/")), "{asked:?}");
    assert_eq!(asked.len(), 1);
    // What is not checked any more is said, in the log as by `check`.
    let said = "the proxy resolves names";
    eventually_so("the log to tell it", || daemon.log().contains(said));
    assert!(home.run(&["check"]).expect(0).stderr.contains(said));
}

#[test]
fn a_proxy_that_is_down_is_named_and_one_that_is_wrong_is_a_problem() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
    let closed = closed.expect("an address");
    let settings = Settings::new().poll(&format!("proxy = \"socks5h://{closed}\""));
    let home = Home::new(&settings.source("paper", "http://paper.example.cn/feed", ""));
    let daemon = Daemon::start(&home);
    let polled = daemon.poll("paper");
    let error = polled["error"].as_str().expect("an error");
    assert_eq!(polled["error_kind"], "connect", "{polled}");
    assert!(error.contains(&format!("paper.example.cn by the proxy {closed}")), "{error}");

    let home = Home::new(&Settings::new());
    for (lines, place, words) in [
        ("proxy = \"proxy.example.org\"", "poll.proxy: ", "no address of a proxy"),
        ("proxy = \"ftp://proxy.example.org\"", "poll.proxy: ", "socks5"),
        ("proxy = \"http://me:geheim@p.example.org\"", "poll.proxy: ", "proxy_credentials"),
        ("proxy_credentials = \"key\"", "poll.proxy_credentials: ", "no proxy beside it"),
        (
            "proxy = \"socks5://p.example.org\"\nproxy_credentials = \"./key\"",
            "poll.proxy_credentials: ",
            "No such file",
        ),
    ] {
        home.write(&Settings::new().poll(lines).text());
        let ended = home.run(&["check"]).expect(78);
        let line = ended.stderr.lines().find(|line| line.contains(place));
        let line = line.unwrap_or_else(|| panic!("nothing of {place} in {}", ended.stderr));
        assert!(line.contains(words) && !line.contains("geheim"), "{line}");
    }
}
