//! Identifiers. All are derived or chosen by the admin, never drawn at random.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// A short text that names something: cheap to clone, encoded as a string.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: &str) -> Self {
                $name(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                d.str().map($name::new)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|text| $name::new(&text))
            }
        }
    };
}

text_id! {
    /// The slug that the admin gave a source; stable when its address moves.
    SourceId
}

text_id! {
    /// A gazetteer's country prefix and its code: GB/T 2260 as `cn610481`, FIPS as `us53033`.
    RegionCode
}

text_id! {
    /// A slug such as `education`.
    TopicId
}

/// Namespace of the ids that we make (RFC 9562 §5.5); changing it would rename every entry.
const NAMESPACE: uuid::Uuid = uuid::uuid!("6f3d1c52-8b0e-4e5a-9a57-2d1f0c7be814");

/// 128 bits of a source id and what names the item in it (guid, else link, else title and date).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct EntryKey(
    #[cbor(n(0), with = "minicbor::bytes")]
    #[serde(with = "super::hex")]
    pub [u8; 16],
);

impl EntryKey {
    /// Hashes the parts with their lengths, so that ("ab","c") and ("a","bc") differ.
    pub fn hash_of(parts: &[&[u8]]) -> Self {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        EntryKey(hasher.digest128().to_be_bytes())
    }

    /// Its first 64 bits: enough to tell apart the items of one document.
    pub fn beginning(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// 32 lower-case hexadecimal digits: the `{entry}` of `/e/{entry}`.
    pub fn hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    /// A `urn:uuid` of version 5, the public id of an entry whose origin gave no usable one.
    pub fn urn(self) -> String {
        uuid::Uuid::new_v5(&NAMESPACE, &self.0).urn().to_string()
    }

    pub fn from_hex(text: &str) -> Option<Self> {
        let plain = text.len() == 32
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let value = plain.then(|| u128::from_str_radix(text, 16).ok())??;
        Some(EntryKey(value.to_be_bytes()))
    }
}

/// Where an entry entered the store: the journal sequence of its first report
/// (48 bits) and its place in it (16 bits). Orders entries by arrival.
#[derive(
    Default,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct EntryNo(#[n(0)] pub u64);

impl EntryNo {
    pub fn new(sequence: u64, index: u16) -> Self {
        EntryNo(sequence << 16 | u64::from(index))
    }

    pub fn sequence(self) -> u64 {
        self.0 >> 16
    }
}
