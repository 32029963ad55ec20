//! Subject classes, published as `atom:category`.

use super::TopicId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub id: TopicId,
    /// As shown: `教育`.
    pub title: String,
    /// Any of these in title or lead speaks for the topic.
    pub words: Vec<String>,
    /// Any of these in title or lead forbids it.
    pub not_words: Vec<String>,
}
