//! A connection on which a peer that stops reading is given up, and what hyper refuses is told why.

use super::connections::Connection;
use super::refused::{self, FirstLine};
use bytes::{Buf, Bytes};
use hyper::StatusCode;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// Told what was refused.
pub type Refused = Arc<dyn Fn(StatusCode) + Send + Sync>;

/// How long, and how much, is still read from who was refused in the midst of sending: else it may lose
/// the answer (RFC 9112 §9.6).
const LINGER: Duration = Duration::from_secs(3);
const LINGER_BYTES: usize = 1024 * 1024;

/// Fails a write that makes no progress for `patience`.
pub struct TimedStream {
    stream: TcpStream,
    patience: Duration,
    deadline: Pin<Box<Sleep>>,
    connection: Arc<Connection>,
    line: FirstLine,
    refused: Refused,
    /// What is left to be written of the answer in place of hyper's, which is its last.
    refusal: Option<Bytes>,
    /// Bytes that may still be passed over, once our end is closed.
    lingering: Option<usize>,
}

impl TimedStream {
    pub fn new(
        stream: TcpStream,
        patience: Duration,
        connection: Arc<Connection>,
        refused: Refused,
    ) -> Self {
        TimedStream {
            stream,
            patience,
            deadline: Box::pin(sleep(patience)),
            connection,
            line: FirstLine::default(),
            refused,
            refusal: None,
            lingering: None,
        }
    }

    fn timed<T>(
        &mut self,
        cx: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let is_unread = &self.connection.is_unread;
        if progress.is_ready() {
            if is_unread.load(Ordering::Relaxed) {
                self.connection.moved();
                is_unread.store(false, Ordering::Relaxed);
            }
            return progress;
        }
        if !is_unread.swap(true, Ordering::Relaxed) {
            self.deadline.as_mut().reset(Instant::now() + self.patience);
        }
        ready!(self.deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer has stopped reading")))
    }

    /// `None`: it is to be written as it is.
    fn poll_refuse(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        if self.refusal.is_none() {
            let (status, answer) = self.line.answer(refused::by_hyper(slices)?, slices.first()?);
            (self.refused)(status);
            self.refusal = Some(answer);
        }
        while let Some(left) = self.refusal.as_ref().filter(|left| left.has_remaining()) {
            let progress = Pin::new(&mut self.stream).poll_write(cx, left);
            match self.timed(cx, progress) {
                Poll::Ready(Ok(written)) => self.refusal.as_mut()?.advance(written),
                not_written => return Some(not_written),
            }
        }
        Some(Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum())))
    }

    fn answered(&mut self, slices: &[IoSlice<'_>]) {
        if !refused::is_interim(slices) {
            self.line.expect();
            self.tell_fragment();
        }
    }

    fn tell_fragment(&self) {
        let had = self.line.has_fragment();
        if self.connection.has_fragment.load(Ordering::Relaxed) != had {
            self.connection.has_fragment.store(had, Ordering::Relaxed);
        }
    }

    /// Reads what still comes, until the peer has closed or it is enough.
    fn poll_linger(&mut self, cx: &mut Context<'_>, mut left: usize) -> Poll<()> {
        let mut bytes = [0; 4096];
        while left > 0 {
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    left = left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    self.lingering = Some(left);
                    return self.deadline.as_mut().poll(cx);
                }
            }
        }
        self.lingering = Some(0);
        Poll::Ready(())
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.line.read(&mut buffer.filled_mut()[before..]);
        self.tell_fragment();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let slices = [IoSlice::new(bytes)];
        if let Some(progress) = self.poll_refuse(cx, &slices) {
            return progress;
        }
        self.answered(&slices);
        let progress = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.timed(cx, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(progress) = self.poll_refuse(cx, slices) {
            return progress;
        }
        self.answered(slices);
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.timed(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let left = match self.lingering {
            Some(left) => left,
            None => {
                ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
                if self.refusal.is_none() {
                    return Poll::Ready(Ok(()));
                }
                self.deadline.as_mut().reset(Instant::now() + LINGER);
                LINGER_BYTES
            }
        };
        self.poll_linger(cx, left).map(Ok)
    }
}
