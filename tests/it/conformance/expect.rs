//! The cases of the feed validator: each document, with what the validator finds in it, or does not.

use super::log::Finding;
use super::{elements, tree};
use std::path::Path;

/// The rules that are written down here, and the families of them.
const RULES: [&str; 92] = [
    "ArchiveIncomplete",
    "AtomLinkNotEmpty",
    "AttrNotBlank",
    "AvoidNamespacePrefix",
    "BadCharacters",
    "CharacterData",
    "ContainsEmail",
    "ContainsHTML",
    "ContainsRelRef",
    "ContainsUndeclaredHTML",
    "CoordComma",
    "DuplicateAtomLink",
    "DuplicateElement",
    "DuplicateEnclosure",
    "DuplicateEntries",
    "DuplicateIds",
    "DuplicateItemSemantics",
    "DuplicateSemantics",
    "DuplicateValue",
    "EmailFormat",
    "Error",
    "FeedHistoryRelInEntry",
    "FeedRelInCompleteFeed",
    "ImplausibleDate",
    "IncorrectDOW",
    "InvalidAddrSpec",
    "InvalidBooleanAttribute",
    "InvalidContact",
    "InvalidCoord",
    "InvalidFullLink",
    "InvalidHttpGUID",
    "InvalidIRI",
    "InvalidInteger",
    "InvalidIntegerAttribute",
    "InvalidLanguage",
    "InvalidLink",
    "InvalidMIMEAttribute",
    "InvalidMIMEType",
    "InvalidMediaMedium",
    "InvalidMediaTextType",
    "InvalidNonNegativeInteger",
    "InvalidPermalink",
    "InvalidPositiveInteger",
    "InvalidRFC2822Date",
    "InvalidRFC3339Date",
    "InvalidRSSVersion",
    "InvalidTAG",
    "InvalidTextType",
    "InvalidURIAttribute",
    "InvalidURLAttribute",
    "InvalidURN",
    "InvalidUUID",
    "InvalidUriChar",
    "ItemMustContainTitleOrDescription",
    "LinkPastEnd",
    "MisplacedMetadata",
    "MissingAttribute",
    "MissingContentOrAlternate",
    "MissingCurrentInArchive",
    "MissingDescription",
    "MissingElement",
    "MissingGuid",
    "MissingHref",
    "MissingLink",
    "MissingNamespace",
    "MissingRealName",
    "MissingSelf",
    "MissingSourceElement",
    "MissingSummary",
    "MissingTextualContent",
    "MissingTitle",
    "MissingTypeAttr",
    "MissingXhtmlDiv",
    "NeedDescriptionBeforeContent",
    "NonCanonicalURI",
    "NotBlank",
    "NotHtml",
    "NotSufficientlyUnique",
    "ProblematicalRFC822Date",
    "RelativeSelf",
    "ReservedPrefix",
    "SAXError",
    "SchemeNotIANARegistered",
    "SecurityRisk",
    "SecurityRiskAttr",
    "SlashDate",
    "UndefinedElement",
    "UndefinedNamedEntity",
    "UnexpectedAttribute",
    "UnexpectedText",
    "UnexpectedWhitespace",
    "UnregisteredAtomLinkRel",
];
/// What the validator says of what is as it should be: the same as finding nothing under these rules.
const GOOD: [(&str, &[&str]); 16] = [
    ("ValidBooleanAttribute", &["InvalidBooleanAttribute"]),
    ("ValidContact", &["InvalidContact"]),
    ("ValidElement", &["NotBlank", "DuplicateElement", "UndefinedElement", "MissingElement"]),
    ("ValidHtml", &["NotHtml", "SecurityRisk"]),
    ("ValidHttpGUID", &["InvalidHttpGUID", "InvalidPermalink"]),
    ("ValidInteger", &["InvalidInteger"]),
    ("ValidIntegerAttribute", &["InvalidIntegerAttribute"]),
    ("ValidLanguage", &["InvalidLanguage"]),
    ("ValidMIMEAttribute", &["InvalidMIMEAttribute", "InvalidMIMEType"]),
    ("ValidRFC2822Date", &["InvalidRFC2822Date", "ProblematicalRFC822Date"]),
    ("ValidTAG", &["InvalidTAG"]),
    ("ValidTitle", &["AttrNotBlank"]),
    ("ValidURI", &["InvalidLink", "InvalidTAG", "InvalidURN", "InvalidUUID"]),
    ("ValidURLAttribute", &["InvalidURLAttribute"]),
    ("ValidURN", &["InvalidURN", "InvalidUUID"]),
    ("ValidW3CDTFDate", &["InvalidRFC3339Date"]),
];

/// Cases of languages, modules and elements that we do not write, whose rules are not written down
/// here either.
const NOT_OURS: [&str; 42] = [
    "/opensearch/",
    "/opml/",
    "/ext/access/",
    "/ext/app/",
    "/ext/conversationsnetwork/",
    "/ext/feedburner/",
    "/ext/feedsync/",
    "/ext/itunes/",
    "/ext/meta/",
    "/ext/media/invalid_category",
    "/ext/media/invalid_copyright",
    "/ext/media/invalid_player",
    "/ext/media/invalid_rating",
    "/ext/media/invalid_restriction",
    "/ext/media/invalid_text",
    "/ext/media/invalid_thumbnail",
    "/ext/media/invalid_media_content_channels",
    "/ext/media/invalid_media_content_isDefault",
    "/ext/media/invalid_media_content_lang",
    "/ext/thr/invalid-",
    "/element-channel-cloud/",
    "/element-channel-image",
    "/element-channel-skipdays",
    "/element-channel-skiphours",
    "/element-channel-textinput",
    "/multiple_textInput",
    "/atom/3.1.1.3/",
    "_admin_",
    "_admingeneratorAgent",
    "_blogChannel_",
    "_creativeCommons_",
    "_dctermsmodified",
    "_sy_update",
    "_trackback_",
    "/duplicate_generator",
    "/duplicate_lastBuildDate",
    "/duplicate_license",
    "/mailto-subject",
    "/rdf_",
    "/rfc2368",
    "/ulcc_",
    "/xhtml_body",
];

/// What the validator is expected to say.
#[derive(Debug)]
struct Expected {
    finds: bool,
    rules: Vec<String>,
    facts: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub struct Judged {
    /// Of the cases that are found where they should be, or not found where they should not.
    pub right: usize,
    pub wrong: Vec<String>,
    /// Right, and of those in which something is to be found.
    pub found: usize,
    pub to_find: usize,
    /// Of other languages than ours, or rules that are not written down here.
    pub other: usize,
}

/// Judges all cases of the list `list` below `corpus`.
pub fn judge(corpus: &Path, list: &str) -> Judged {
    let mut judged = Judged::default();
    for line in list.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, _, expected, ..] = fields.as_slice() else { continue };
        let bytes = std::fs::read(corpus.join(path)).expect("a document");
        let is_ours =
            |_: &Expected| !NOT_OURS.iter().any(|part| path.contains(part)) && is_ours(&bytes);
        let Some(expected) = expectation(expected).filter(is_ours) else {
            judged.other += 1;
            continue;
        };
        let findings = elements::findings(&bytes, None);
        let is_found = findings.iter().any(|finding| expected.is(finding));
        judged.to_find += usize::from(expected.finds);
        if is_found == expected.finds {
            judged.right += 1;
            judged.found += usize::from(expected.finds);
        } else {
            let shown: Vec<String> =
                findings.iter().map(|f| format!("{}{:?}", f.rule, f.facts)).take(4).collect();
            judged.wrong.push(format!("{path}: {} in {shown:?}", fields[2]));
        }
    }
    judged
}

/// Whether it is in a language that we write: Atom 1.0 or RSS, or in none because it is broken.
fn is_ours(bytes: &[u8]) -> bool {
    match tree::read(bytes) {
        Ok(document) => {
            let name = document.root.name.as_str();
            (name == "feed" && document.root_namespace.as_deref() == Some(tree::ATOM))
                || (name == "rss" && document.root_namespace.is_none())
        }
        Err(_) => {
            let text = String::from_utf8_lossy(bytes);
            text.contains("<rss") || text.contains(tree::ATOM)
        }
    }
}

/// Reads `!Rule{parent:entry,element:link}`; `None`: a rule that is not written down here.
fn expectation(text: &str) -> Option<Expected> {
    let (finds, text) = text.strip_prefix('!').map_or((true, text), |rest| (false, rest));
    let (rule, facts) = text.split_once('{').unwrap_or((text, ""));
    let facts = facts.trim_end_matches('}').split(',').filter_map(|fact| fact.split_once(':'));
    let facts = facts.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let facts =
        facts.filter(|(name, _)| name != "scheme" && name != "len" && name != "max").collect();
    if let Some((_, rules)) = GOOD.iter().find(|(good, _)| *good == rule) {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        return finds.then_some(Expected { finds: false, rules, facts });
    }
    let is_known = RULES.contains(&rule);
    is_known.then(|| Expected { finds, rules: vec![rule.to_owned()], facts })
}

impl Expected {
    fn is(&self, finding: &Finding) -> bool {
        let fits = |(name, value): &(String, String)| match finding.fact(name) {
            Some("") | None => true,
            Some(found) => found == value,
        };
        self.rules.iter().any(|rule| finding.is_a(rule)) && self.facts.iter().all(fits)
    }
}
