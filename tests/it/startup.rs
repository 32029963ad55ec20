//! What stands in the way of a start: ports and stores that cannot be had.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings, to_end};
use crate::support::origin::Origin;
use crate::support::published;
use std::net::TcpListener;

#[test]
fn a_busy_port_ends_the_start_and_the_message_names_port_and_key() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = (taken.local_addr().expect("bound"), taken);
    for (key, other) in [("public", "admin"), ("admin", "public")] {
        let lines = format!("{key} = \"{}\"\n{other} = \"127.0.0.1:0\"", taken.0);
        let home = Home::new(&Settings::new().listen(&lines));
        let ended = home.run(&["run"]).expect(1);
        assert!(ended.stderr.contains(&format!("[listen] {key}")), "{}", ended.stderr);
        assert!(ended.stderr.contains(&taken.0.to_string()), "{}", ended.stderr);
        assert_eq!(ended.stdout, "", "nothing can be opened");
        assert!(!home.path().join("store").exists(), "the store was touched before the ports");
    }
}

#[test]
fn an_address_of_another_machine_is_told_apart_from_a_busy_port_at_any_level() {
    let lines = "public = \"192.0.2.1:18080\"\nadmin = \"127.0.0.1:0\"";
    let home = Home::new(&Settings::new().listen(lines));
    for level in ["error", "debug", "error,hyper=off"] {
        let mut command = home.command(&["run"]);
        command.env("COUNTYWIRE_LOG", level);
        let said = to_end(command, b"").expect(1).stderr;
        assert!(said.contains("192.0.2.1:18080") && said.contains("no such address"), "{said}");
        assert!(said.contains("[listen] public") && !said.contains("free the port"), "{said}");
    }
}

#[test]
fn a_level_that_is_none_ends_the_start_with_78_instead_of_hiding_all() {
    let home = Home::new(&Settings::new());
    for level in ["inof", "warn,countywire=off", "countywrie=debug", "off"] {
        for args in [&["run"][..], &["check"]] {
            let mut command = home.command(args);
            command.env("COUNTYWIRE_LOG", level);
            let said = to_end(command, b"").expect(78).stderr;
            assert!(said.contains(level) && said.contains("error, warn, info, debug"), "{said}");
        }
    }
}

#[test]
fn settings_that_cannot_be_read_are_told_with_what_to_do() {
    let home = Home::new(&Settings::new());
    for (file, remedy) in [("nowhere.toml", "--config FILE"), (".", "name the file")] {
        let path = home.path().join(file).display().to_string();
        for args in [&["check"][..], &["sources"], &["check", "--json"]] {
            let mut command = home.command(args);
            command.args(["--config", &path]);
            let ended = to_end(command, b"").expect(78);
            let said = format!("{}{}", ended.stdout, ended.stderr);
            assert!(said.contains("cannot be read: ") && said.contains(remedy), "{said}");
        }
    }
}

#[test]
fn a_store_that_cannot_be_written_ends_the_start_and_the_message_names_it() {
    let home = Home::new(&Settings::new());
    let in_the_way = home.path().join("store");
    std::fs::write(&in_the_way, "not a folder").expect("a writable folder");
    for args in [&["run"][..], &["poll", "--all"], &["sources"], &["export"]] {
        let ended = home.run(args).expect(1);
        let path = in_the_way.display().to_string();
        assert!(ended.stderr.contains(&path), "{args:?}: {}", ended.stderr);
    }
    assert_eq!(std::fs::read_to_string(&in_the_way).ok().as_deref(), Some("not a folder"));

    let settings = Settings::new().text().replace("\"store\"", "\"/proc/countywire/store\"");
    home.write(&settings);
    let ended = home.run(&["run"]).expect(1);
    assert!(ended.stderr.contains("/proc/countywire/store"), "{}", ended.stderr);
}

#[test]
fn a_second_process_on_a_store_ends_and_the_first_goes_on() {
    let origin = Origin::start();
    origin.set("/feed", Form::Atom10.document(&[News::new("paper", 1, "来稿", 1)]));
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), ""));
    let daemon = Daemon::start(&home);
    let second = home.run(&["run"]).expect(1);
    let store = home.path().join("store").display().to_string();
    assert!(second.stderr.contains(&store), "{}", second.stderr);
    let holder = format!("another countywire process ({})", daemon.pid());
    assert!(second.stderr.contains(&holder), "say that another has it: {}", second.stderr);
    assert_eq!(second.stdout, "", "no address at which nothing is served");
    assert!(!second.stderr.contains("listening"), "{}", second.stderr);
    // One round by hand would need the store as well.
    let round = home.run(&["poll", "--all"]).expect(1);
    assert!(round.stderr.contains("daemon"), "{}", round.stderr);

    assert_eq!(daemon.poll("paper")["kept"], true);
    assert_eq!(published::feed(&daemon, "/s/paper.json").titles(), ["来稿"]);
    daemon.stop();
}

#[test]
fn a_store_of_another_format_is_left_alone_and_needs_a_person() {
    let home = Home::new(&Settings::new());
    home.run(&["poll", "--all"]).expect(0);
    let marker = home.path().join("store/FORMAT");
    assert!(marker.exists(), "the store carries its format");
    std::fs::write(&marker, "countywire store 99\n").expect("a writable folder");
    for args in [&["run"][..], &["sources"], &["export"]] {
        let ended = home.run(args).expect(78);
        assert!(ended.stderr.contains("countywire store 99"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("listening"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "", "no address at which nothing is served");
    }
    assert_eq!(std::fs::read_to_string(&marker).ok().as_deref(), Some("countywire store 99\n"));
}

#[test]
fn a_folder_of_others_is_no_store_and_stays_as_it_is() {
    let home = Home::new(&Settings::new());
    let store = home.path().join("store");
    for name in ["verify/letter", "index/letter", "FORMAT.txt"] {
        let path = store.join(name);
        std::fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
        std::fs::write(&path, "a letter").expect("written");
        for args in [&["run"][..], &["poll", "--all"], &["store", "verify"], &["store", "rebuild"]]
        {
            let ended = home.run(args).expect(78);
            let first = name.split('/').next().expect("a name");
            let words = format!("store holds {first} and no store");
            assert!(ended.stderr.contains(&words), "{args:?}: {}", ended.stderr);
            assert!(!ended.stderr.contains("listening"), "{}", ended.stderr);
            assert_eq!(ended.stdout, "");
        }
        assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), Some("a letter"));
        assert_eq!(std::fs::read_dir(&store).expect("there").count(), 1, "nothing is made there");
        std::fs::remove_dir_all(&store).expect("removed");
    }
    // An empty one is none yet, and who only reads makes none.
    std::fs::create_dir(&store).expect("made");
    for args in [&["store", "stats"], &["store", "verify"], &["store", "rebuild"]] {
        assert!(home.run(args).expect(1).stderr.contains("there is no store at"), "{args:?}");
    }
    assert_eq!(std::fs::read_dir(&store).expect("there").count(), 0);
    // What a file system, or a tool, has in a folder of nobody's.
    std::fs::create_dir_all(store.join("lost+found")).expect("made");
    std::fs::write(store.join(".keep"), "").expect("written");
    home.run(&["poll", "--all"]).expect(0);
}

#[test]
fn no_empty_store_is_made_where_one_was_being_put() {
    for (command, ending) in [("import", "importing"), ("restore", "restoring")] {
        for path in ["store", "store/"] {
            let settings = Settings::new().text().replace("\"store\"", &format!("{path:?}"));
            let home = Home::new(&Settings::new());
            home.write(&settings);
            let beside = home.path().join(format!("store.{ending}"));
            std::fs::create_dir_all(beside.join("segments")).expect("made");
            for is_there in [false, true] {
                if is_there {
                    std::fs::create_dir(home.path().join("store")).expect("made");
                }
                for args in [&["run"][..], &["poll", "--all"]] {
                    let said = home.run(args).expect(78).stderr;
                    let words =
                        format!("is of a `countywire store {command}` that was interrupted");
                    assert!(said.contains(&words), "{args:?}: {said}");
                    assert!(said.contains("or remove that folder"), "{said}");
                }
                assert!(!home.path().join("store/segments").exists() && beside.exists());
            }
            std::fs::remove_dir_all(&beside).expect("removed");
            home.run(&["poll", "--all"]).expect(0);
        }
    }
}

#[test]
fn a_damaged_index_is_remade_from_the_segments_with_the_same_documents() {
    let origin = Origin::start();
    let news: Vec<News> =
        (1..=5).map(|n| News::new("paper", n, &format!("来稿{n}"), n as i64)).collect();
    origin.set("/feed", Form::Atom10.document(&news).etag("\"5\""));
    let lines = "region = \"shaanxi/xianyang/xingping\"\n";
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), lines));
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    let look = |daemon: &Daemon| {
        ["/index.atom", "/r/shaanxi.json", "/s/paper.rss", "/r/shaanxi"].map(|path| {
            let answer = daemon.document(path);
            (answer.etag(), answer.body)
        })
    };
    let before = look(&daemon);
    daemon.stop();
    std::fs::remove_dir_all(home.path().join("store/index")).expect("an index");

    let daemon = Daemon::start(&home);
    assert_eq!(look(&daemon), before);
    assert_eq!(daemon.poll("paper")["outcome"], "not_modified", "source states come back too");
    assert_eq!(origin.count(), 2);
}
