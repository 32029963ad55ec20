//! Codings of bodies: which one a reader gets (RFC 9110 §12.5.3), and how each is made.

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;
use std::io::Write;

/// ARCHITECTURE.md has what each level takes and gives.
const GZIP_LEVEL: u32 = 6;
const BROTLI_LEVEL: i32 = 5;
const ZSTD_LEVEL: i32 = 9;

/// Qualities in thousandths.
pub const FULL: u16 = 1000;
/// What was not refused may be sent, where nothing else may.
const LAST_RESORT: u16 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    /// Of those that a reader likes equally well the first is sent: by size, smallest first.
    pub const ALL: [Coding; 4] = [Coding::Brotli, Coding::Zstd, Coding::Gzip, Coding::Identity];

    /// As `Content-Encoding` names it, which bodies as they are have none of.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Coding::Identity => None,
            Coding::Gzip => Some("gzip"),
            Coding::Brotli => Some("br"),
            Coding::Zstd => Some("zstd"),
        }
    }

    /// What the strong ETag of this coding ends with.
    pub fn suffix(self) -> &'static str {
        match self {
            Coding::Identity => "",
            Coding::Gzip => "-gz",
            Coding::Brotli => "-br",
            Coding::Zstd => "-zstd",
        }
    }

    /// `None`: the reader takes nothing that we have. What cannot be read in the header is as if it
    /// were not there.
    pub fn choose(headers: &HeaderMap) -> Option<Coding> {
        let (mut by_name, mut others) = ([None; Coding::ALL.len()], None);
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
        // What is said first of a coding counts.
        for (name, quality) in values.flat_map(|value| value.split(',')).filter_map(wish) {
            let named = Coding::ALL.iter().position(|coding| coding.is_called(name));
            match named {
                Some(at) => _ = by_name[at].get_or_insert(quality),
                None if name == "*" => _ = others.get_or_insert(quality),
                None => {}
            }
        }
        let rated = Coding::ALL.iter().zip(by_name).map(|(coding, by_name)| {
            let untold = if *coding == Coding::Identity { LAST_RESORT } else { 0 };
            (by_name.or(others).unwrap_or(untold), *coding)
        });
        let taken = rated.filter(|(quality, _)| *quality > 0);
        // Of equals `max_by_key` gives the last.
        taken.rev().max_by_key(|(quality, _)| *quality).map(|(_, coding)| coding)
    }

    fn is_called(self, name: &str) -> bool {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        // §8.4.1.3 has the old name of gzip.
        is(self.name().unwrap_or("identity")) || (self == Coding::Gzip && is("x-gzip"))
    }

    pub fn pack(self, plain: &Bytes) -> Bytes {
        match self {
            Coding::Identity => plain.clone(),
            Coding::Gzip => {
                let room = Vec::with_capacity(plain.len() / 4);
                let mut packing = GzEncoder::new(room, Compression::new(GZIP_LEVEL));
                packing.write_all(plain).expect("writing to a vector cannot fail");
                packing.finish().expect("writing to a vector cannot fail").into()
            }
            Coding::Brotli => {
                let mut packed = Vec::with_capacity(plain.len() / 4);
                let params = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_LEVEL,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &plain[..], &mut packed, &params)
                    .expect("writing to a vector cannot fail");
                packed.into()
            }
            Coding::Zstd => zstd::bulk::compress(plain, ZSTD_LEVEL)
                .expect("the level is one, and the room is measured for the worst")
                .into(),
        }
    }
}

/// A coding with its quality, of `gzip;q=0.5`.
pub fn wish(item: &str) -> Option<(&str, u16)> {
    let (name, weight) = match item.split_once(';') {
        Some((name, weight)) => (name.trim(), quality(weight.trim())?),
        None => (item.trim(), FULL),
    };
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some((name, weight))
}

/// `q=` and a number from 0 to 1 with three decimals at most (§12.4.2), in thousandths.
pub fn quality(weight: &str) -> Option<u16> {
    let number = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if !matches!(whole, "0" | "1")
        || decimals.len() > 3
        || !decimals.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let thousandths = format!("{whole}{decimals:0<3}").parse().ok()?;
    (thousandths <= FULL).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn chosen(value: &'static str) -> Option<Coding> {
        Coding::choose(&[(ACCEPT_ENCODING, HeaderValue::from_static(value))].into_iter().collect())
    }

    #[test]
    fn the_coding_that_is_wished_for_most_is_chosen() {
        for (value, coding) in [
            ("gzip", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("zstd, gzip", Coding::Zstd),
            ("br;q=0.9, GZIP", Coding::Gzip),
            ("br;q=0.5,zstd ; q=0.501", Coding::Zstd),
            ("*", Coding::Brotli),
            ("br;q=0, *", Coding::Zstd),
            ("*;q=0, gzip", Coding::Gzip),
            ("*;q=0.5, gzip;Q=0.1", Coding::Brotli),
            ("gzip;q=0.001", Coding::Gzip),
            ("gzip;q=0.5, identity", Coding::Identity),
            ("gzip;q=1.000, identity", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("identity", Coding::Identity),
            ("identity;q=0, gzip;q=0.1", Coding::Gzip),
            ("deflate, compress", Coding::Identity),
            ("", Coding::Identity),
        ] {
            assert_eq!(chosen(value), Some(coding), "{value}");
        }
        assert_eq!(Coding::choose(&HeaderMap::new()), Some(Coding::Identity));
    }

    #[test]
    fn whoever_refuses_what_there_is_gets_none() {
        for value in ["identity;q=0", "*;q=0", "deflate, *;q=0.000", "identity;q=0, gzip;q=0"] {
            assert_eq!(chosen(value), None, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_as_if_it_were_not_there() {
        for value in [
            "gzip;q=2",
            "gzip;q=1.001",
            "gzip;q=0.1234",
            "gzip;q=",
            "gzip;q=-1",
            "gzip;q=+1",
            "gzip;level=9",
            "gzip;q=1;q=1",
            "gzip br",
            ";q=1",
            ", ,",
            "identity;q=x",
        ] {
            assert_eq!(chosen(value), Some(Coding::Identity), "{value}");
        }
        assert_eq!(chosen("br;q=9, gzip"), Some(Coding::Gzip));
    }

    #[test]
    fn several_headers_are_one_list() {
        let values = ["gzip;q=0.5", "br"].map(|v| (ACCEPT_ENCODING, HeaderValue::from_static(v)));
        let mut headers = HeaderMap::new();
        values.into_iter().for_each(|(name, value)| {
            headers.append(name, value);
        });
        assert_eq!(Coding::choose(&headers), Some(Coding::Brotli));
    }
}
