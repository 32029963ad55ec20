//! Those who subscribe: by streams, and by callbacks.

use super::wire::{Wire, exchange};
use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Instant;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// When each of them had something, as it came.
pub type Arrivals = UnboundedReceiver<Instant>;

pub async fn streams(wire: &Wire, count: usize) -> Result<Arrivals, Box<dyn Error>> {
    let (told, arrivals) = unbounded_channel();
    for _ in 0..count {
        let mut stream = TcpStream::connect(wire.public).await?;
        stream.write_all(b"GET /stream/s/town HTTP/1.0\r\n\r\n").await?;
        let told = told.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if line.starts_with("data:") {
                    let _ = told.send(Instant::now());
                }
            }
        });
    }
    wire.await_figure(&format!("countywire_streams {count}\n")).await?;
    Ok(arrivals)
}

/// `hosts`: addresses of loopback at which they are.
pub async fn callbacks(
    wire: &Wire,
    count: usize,
    hosts: usize,
) -> Result<Arrivals, Box<dyn Error>> {
    let (told, arrivals) = unbounded_channel();
    let listener = TcpListener::bind("0.0.0.0:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(accept(listener, told));
    let topic = format!("http://{}/s/town.atom", wire.public);
    for n in 0..count {
        let host = n % hosts;
        let host = Ipv4Addr::new(127, 1, (host / 250) as u8, (1 + host % 250) as u8);
        let form =
            format!("hub.mode=subscribe&hub.topic={topic}&hub.callback=http://{host}:{port}/{n}");
        loop {
            let said = exchange(wire.public, "POST", "/hub", &form).await?;
            if said.contains(" 202 ") {
                break;
            }
            if !said.contains(" 503 ") {
                return Err(said.into());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    wire.await_figure(&format!("countywire_hub_subscriptions {count}\n")).await?;
    Ok(arrivals)
}

async fn accept(listener: TcpListener, told: UnboundedSender<Instant>) {
    while let Ok((stream, _)) = listener.accept().await {
        let told = told.clone();
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            while let Some(challenge) = heard(&mut stream).await {
                if challenge.is_empty() {
                    let _ = told.send(Instant::now());
                }
                let length = challenge.len();
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{challenge}");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// The challenge of a question, empty after a delivery; `None` at the end of the connection.
async fn heard(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut first = String::new();
    if stream.read_line(&mut first).await.ok()? == 0 {
        return None;
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let asked = first.split_once("hub.challenge=").map(|(_, rest)| rest);
    let challenge = asked.and_then(|rest| rest.split(['&', ' ']).next());
    Some(challenge.unwrap_or_default().to_owned())
}
