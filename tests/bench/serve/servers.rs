//! Those beside whom we are measured.

use super::daemon::{cpu_seconds, free_address};
use super::wrk::Fetched;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Workers, as many as wrk's threads.
const WORKERS: usize = 2;
const BARE: &str = "COUNTYWIRE_BENCH_BARE";
const PATIENCE: Duration = Duration::from_secs(10);

/// nginx with the same bytes as files.
pub struct Nginx {
    master: Child,
    pub address: SocketAddr,
}

impl Nginx {
    pub fn start(scratch: &Path, plain: &[u8], packed: &[u8]) -> Result<Nginx, Box<dyn Error>> {
        let folder = scratch.join("nginx");
        fs::create_dir_all(folder.join("files"))?;
        fs::write(folder.join("files/feed.atom"), plain)?;
        fs::write(folder.join("files/feed.atom.gz"), packed)?;
        let address = free_address()?;
        let folder = folder.display();
        let conf = format!(
            "worker_processes {WORKERS};\npid {folder}/pid;\nerror_log {folder}/error.log;\n\
             daemon off;\nevents {{ worker_connections 1024; }}\n\
             http {{\n access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;\n\
             open_file_cache max=100;\n\
             types {{ application/atom+xml atom; }}\n\
             client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;\n\
             fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;\n\
             server {{ listen {address}; root {folder}/files; gzip_static on; }}\n}}\n"
        );
        let path = scratch.join("nginx/nginx.conf");
        fs::write(&path, conf)?;
        let master = Command::new("nginx")
            .arg("-c")
            .arg(&path)
            .arg("-p")
            .arg(scratch.join("nginx"))
            .args(["-e", "stderr"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("nginx (Debian: nginx-light): {error}"))?;
        wait_for(address)?;
        Ok(Nginx { master, address })
    }

    /// Of all workers.
    pub fn cpu_seconds(&self) -> Result<f64, Box<dyn Error>> {
        let master = self.master.id();
        let path = format!("/proc/{master}/task/{master}/children");
        let workers = fs::read_to_string(path)?;
        workers.split_whitespace().map(|pid| cpu_seconds(pid.parse()?)).sum()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It ends its workers.
        let pid = rustix::process::Pid::from_child(&self.master);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.master.wait();
    }
}

/// A hyper server that knows nothing but the bytes.
pub struct Bare {
    child: Child,
    pub address: SocketAddr,
}

impl Bare {
    pub fn start(
        scratch: &Path,
        plain: &Fetched,
        packed: &Fetched,
    ) -> Result<Bare, Box<dyn Error>> {
        fs::write(scratch.join("bare"), &plain.body)?;
        fs::write(scratch.join("bare.gz"), &packed.body)?;
        let address = free_address()?;
        let child = Command::new(std::env::current_exe()?)
            .env(BARE, address.to_string())
            .current_dir(scratch)
            .stdin(Stdio::null())
            .spawn()?;
        wait_for(address)?;
        Ok(Bare { child, address })
    }

    pub fn cpu_seconds(&self) -> Result<f64, Box<dyn Error>> {
        cpu_seconds(self.child.id())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(address: SocketAddr) -> Result<(), Box<dyn Error>> {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > deadline {
            return Err(format!("nobody listens on {address}").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Where this process is to be the bare server.
pub fn serve_bare() -> Option<ExitCode> {
    let address: SocketAddr = std::env::var(BARE).ok()?.parse().ok()?;
    let read = |name| Bytes::from(fs::read(name).unwrap_or_default());
    let bodies = Arc::new([read("bare"), read("bare.gz")]);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(WORKERS).enable_all().build().ok()?;
    runtime.block_on(async {
        let Ok(listener) = tokio::net::TcpListener::bind(address).await else { return };
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let bodies = Arc::clone(&bodies);
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let answered = answer(&bodies, &request);
                    async move { Ok::<_, Infallible>(answered) }
                });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Some(ExitCode::SUCCESS)
}

fn answer(bodies: &[Bytes; 2], request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let headers = request.headers();
    response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"1\""));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == "\"1\"") {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let is_gzip = headers.get(header::ACCEPT_ENCODING).is_some_and(|coding| coding == "gzip");
    if is_gzip {
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    }
    *response.body_mut() = Full::new(bodies[usize::from(is_gzip)].clone());
    response
}
