//! The one stylesheet, `/style.css`.

/// Value of its `Content-Type` header.
pub const CONTENT_TYPE: &str = "text/css; charset=utf-8";

pub const STYLE: &[u8] = include_bytes!("templates/style.css");
