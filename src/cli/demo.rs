//! `countywire demo`: sample publishers on loopback, polled through the same code as any
//! source, and what to open.

mod publishers;
mod stories;

use super::{fail, run, runtime};
use crate::config;
use crate::role;
use clap::Args;
use publishers::{Outlet, Publishers};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where pages and feeds are served; port 0 takes any free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    public: SocketAddr,
    /// Where the status is served
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8081")]
    admin: SocketAddr,
    /// Keep the store in this folder instead of a temporary one
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
}

pub fn run(args: &DemoArgs) -> ExitCode {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let own = std::env::temp_dir().join(format!("countywire-demo-{}", std::process::id()));
    let folder = args.store.as_deref().unwrap_or(&own);
    let code = runtime.block_on(demo(args, folder));
    runtime.shutdown_background();
    if args.store.is_none() {
        // A leftover in the temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&own);
    }
    code
}

async fn demo(args: &DemoArgs, folder: &Path) -> ExitCode {
    let stop = CancellationToken::new();
    let publishers = match Publishers::start(stop.clone()).await {
        Ok(publishers) => publishers,
        Err(error) => return fail(&format!("cannot start the sample publishers: {error}")),
    };
    let text = settings(args, folder, &publishers);
    let config = match config::parse("the demo's settings", &text, role::now()) {
        Ok(config) => config,
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return fail(&problems.join("\n"));
        }
    };
    println!(
        "countywire demo: five sample publishers on loopback bring a new item every few seconds;"
    );
    println!(
        "they are polled, filed by county and topic, and published like any source. Ctrl-C ends it."
    );
    for outlet in Outlet::ALL {
        println!("  publisher {:<10} {} ({})", outlet.id(), publishers.url(outlet), outlet.form());
    }
    let hint = tokio::spawn(tell_what_to_open(args.public));
    let code = run::serve(config, None, stop.clone()).await;
    hint.abort();
    stop.cancel();
    code
}

async fn tell_what_to_open(public: SocketAddr) {
    let base = match public.port() {
        0 => "(the address below)".to_owned(),
        _ => format!("http://{public}"),
    };
    println!("  open {base}/                                  the portal");
    println!("  open {base}/r/shaanxi/xianyang/xingping       one county, as a page");
    println!("  open {base}/r/shaanxi/xianyang/xingping.atom  the same as a feed (.rss, .json)");
    println!("  open {base}/r/shaanxi/xianyang/t/education    one topic in a city");
}

/// The settings of the demo, as an admin would write them.
fn settings(args: &DemoArgs, folder: &Path, publishers: &Publishers) -> String {
    let mut text = format!(
        r#"[site]
title = "县闻 countywire demo"
language = "zh-CN"
contact = "https://localhost/countywire-demo"
[listen]
public = "{public}"
admin = "{admin}"
[store]
path = {store:?}
cache = "16MiB"
retain = {{ entries = 20000 }}
[poll]
shortest = "1s"
host_spacing = "0s"
timeout = "5s"
first_poll_entries = 10
allow_addresses = ["127.0.0.0/8"]
[regions]
publish = ["shaanxi"]
"#,
        public = args.public,
        admin = args.admin,
        store = folder.display().to_string(),
    );
    for outlet in Outlet::ALL {
        text.push_str(&format!(
            "[[source]]\nid = \"{}\"\ntitle = \"{}\"\nurl = \"{}\"\nregion = \"{}\"\nschedule = \"4s\"\n",
            outlet.id(),
            outlet.title(),
            publishers.url(outlet),
            outlet.region(),
        ));
    }
    text
}
