//! What of the public listener is for those who want to be told: the hub and the streams.

use super::content::Site;
use super::streams;
use crate::publish::address;
use crate::serve::{Hub, Listener, NoStream, Reply, Streams};
use bytes::Bytes;
use hyper::HeaderMap;
use std::net::IpAddr;
use tokio::sync::mpsc;

impl Hub for Site {
    fn is_hub(&self, path: &str) -> bool {
        let live = self.shared.live();
        live.config.hub.enabled
            && address::below_base(&live.config.site, path) == Some(address::HUB_PATH)
    }

    fn admit(&self, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, Reply> {
        self.shared.hub.admit(&self.shared.live(), peer, headers)
    }

    fn ask(&self, client: IpAddr, form: &[u8]) -> Reply {
        self.shared.hub.ask(&self.shared.live(), self.shared.reader().as_ref(), client, form)
    }
}

impl Streams for Site {
    fn has_stream(&self, path: &str) -> bool {
        let live = self.shared.live();
        let path = address::below_base(&live.config.site, path);
        live.config.hub.streams > 0 && path.and_then(streams::page_of).is_some()
    }

    fn stream(&self, listener: Listener<'_>) -> Result<mpsc::Receiver<Bytes>, NoStream> {
        streams::stream(self, listener)
    }
}
