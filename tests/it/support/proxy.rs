//! Proxies that pass everything on to one server, whatever name they are asked for.

use super::tls::listen;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

pub struct Proxy {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _open: oneshot::Sender<()>,
}

impl Proxy {
    /// For requests in absolute form, and for `CONNECT` (RFC 9110 §7.6, §9.3.6).
    pub fn http(server: SocketAddr) -> Proxy {
        Proxy::start(async move |stream, asked| http(stream, server, &asked).await)
    }

    /// Wants user name and password (RFC 1928, RFC 1929).
    pub fn socks5(server: SocketAddr) -> Proxy {
        Proxy::start(async move |stream, asked| socks5(stream, server, &asked).await)
    }

    fn start<F>(serve: F) -> Proxy
    where
        F: AsyncFn(TcpStream, Asked) -> std::io::Result<()> + Clone + Send + 'static,
    {
        let asked = Asked::default();
        let shared = Arc::clone(&asked);
        let (address, open) = listen(async move |stream| {
            // Clients that go away are no matter here.
            let _ = serve(stream, Arc::clone(&shared)).await;
        });
        Proxy { address, asked, _open: open }
    }

    /// Heads of requests; of SOCKS, who asked for what.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no holder panics").clone()
    }
}

type Asked = Arc<Mutex<Vec<String>>>;

async fn http(
    mut client: TcpStream,
    server: SocketAddr,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    asked.lock().expect("no holder panics").push(text.clone());
    let mut server = TcpStream::connect(server).await?;
    match text.starts_with("CONNECT ") {
        true => client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?,
        false => server.write_all(&head).await?,
    }
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

async fn socks5(
    mut client: TcpStream,
    server: SocketAddr,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    client.read_u8().await?;
    short_text(&mut client).await?;
    client.write_all(&[5, 2]).await?;
    client.read_u8().await?;
    let (user, password) = (short_text(&mut client).await?, short_text(&mut client).await?);
    client.write_all(&[1, 0]).await?;
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let host = match request[3] {
        3 => short_text(&mut client).await?,
        _ => std::net::Ipv4Addr::from(client.read_u32().await?).to_string(),
    };
    let port = client.read_u16().await?;
    asked.lock().expect("no holder panics").push(format!("{user}:{password} {host}:{port}"));
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(server).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// A byte with the length, then so many.
async fn short_text(client: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
