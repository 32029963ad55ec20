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
    /// The nearest codes of the IPTC Media Topics: `medtop:05000000`.
    pub medtopics: Vec<String>,
    /// Its words are the admin's, and decide before anything that was learnt.
    pub ruled: bool,
    /// What was learnt of it may speak for it too.
    pub learnt: bool,
}
