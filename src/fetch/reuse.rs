//! Tells whether an exchange went over a connection that was kept open from an earlier one.

use std::cell::Cell;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    static CONNECTED: Cell<bool>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Made for this exchange.
    New,
    Kept,
}

/// Waits for an exchange of a client that has the layer [`Watch`].
pub async fn watched<T>(exchange: impl Future<Output = T>) -> (T, Connection) {
    let watching = async {
        let result = exchange.await;
        let connection = if CONNECTED.with(Cell::get) { Connection::New } else { Connection::Kept };
        (result, connection)
    };
    CONNECTED.scope(Cell::new(false), watching).await
}

/// Notices when a connection is made.
#[derive(Debug, Clone, Copy)]
pub struct Watch;

#[derive(Debug, Clone)]
pub struct Watched<S>(S);

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;

    fn layer(&self, connector: S) -> Watched<S> {
        Watched(connector)
    }
}

impl<R, S: Service<R>> Service<R> for Watched<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: R) -> S::Future {
        // Outside an exchange connections are made ahead: nobody asks of them.
        let _ = CONNECTED.try_with(|connected| connected.set(true));
        self.0.call(target)
    }
}
