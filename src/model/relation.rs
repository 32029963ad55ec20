//! Why an entry belongs to a region.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What an entry has to do with a region.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// What it tells happens there.
    #[default]
    #[n(0)]
    Located,
    /// It speaks of people, organisations or things from there.
    #[n(1)]
    About,
    /// It is the source's own region, which the text does not name.
    #[n(2)]
    Home,
}

impl Relation {
    pub fn label(self) -> &'static str {
        match self {
            Relation::Located => "located",
            Relation::About => "about",
            Relation::Home => "home",
        }
    }
}

/// How the evidence came to mean the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A name that means one region.
    #[default]
    #[n(0)]
    Name,
    /// A name right after that of a region that holds it: 陕西兴平.
    #[n(1)]
    Ancestor,
    /// A name right before that of a region that holds it: `King County, Washington`.
    #[n(2)]
    Pair,
    /// Of several regions of the name the one that the other names speak for.
    #[n(3)]
    Context,
    /// Of several regions of the name the one of the source's own region.
    #[n(4)]
    Prior,
    /// A town in it.
    #[n(5)]
    Town,
    /// Another place or an institution in it.
    #[n(6)]
    Landmark,
    /// A word for the source's own region: 我市.
    #[n(7)]
    Here,
    /// `region_words` in `feeds.toml`.
    #[n(8)]
    Words,
    /// `region_fixed` of the source.
    #[n(9)]
    Fixed,
    /// `region_fallback` of the source.
    #[n(10)]
    Fallback,
}

impl Rule {
    pub fn label(self) -> &'static str {
        match self {
            Rule::Name => "name",
            Rule::Ancestor => "ancestor",
            Rule::Pair => "pair",
            Rule::Context => "context",
            Rule::Prior => "prior",
            Rule::Town => "town",
            Rule::Landmark => "landmark",
            Rule::Here => "here",
            Rule::Words => "words",
            Rule::Fixed => "fixed",
            Rule::Fallback => "fallback",
        }
    }
}
