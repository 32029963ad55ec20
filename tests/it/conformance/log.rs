//! What is found in a document, by the names that the feed validator gives its rules.

/// One rule that a document breaks, and where: `parent`, `element`, `attr`, and `value` or what else
/// the rule is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub rule: &'static str,
    pub facts: Vec<(&'static str, String)>,
}

#[derive(Debug, Default)]
pub struct Log {
    pub findings: Vec<Finding>,
}

/// The element that is looked at, and the one around it.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub parent: &'a str,
    pub element: &'a str,
}

impl Log {
    pub fn note(&mut self, rule: &'static str, place: Place<'_>) {
        self.note_with(rule, place, &[]);
    }

    pub fn note_with(
        &mut self,
        rule: &'static str,
        place: Place<'_>,
        more: &[(&'static str, &str)],
    ) {
        let mut facts =
            vec![("parent", place.parent.to_owned()), ("element", place.element.to_owned())];
        facts.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.findings.push(Finding { rule, facts });
    }
}

impl Finding {
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// A document that breaks the rule is invalid; otherwise readers may stumble.
    pub fn is_error(&self) -> bool {
        !WARNINGS.contains(&self.rule)
    }

    /// Whether it is what `rule` names, or a special case of that.
    pub fn is_a(&self, rule: &str) -> bool {
        match rule {
            "Error" => self.is_error(),
            "Warning" => !self.is_error(),
            _ => self.rule == rule || ancestors(self.rule).contains(&rule),
        }
    }
}

/// What readers may stumble over; the rest makes a document invalid.
const WARNINGS: [&str; 42] = [
    "AtomLinkNotEmpty",
    "AttrNotBlank",
    "AvoidNamespacePrefix",
    "ArchiveIncomplete",
    "BadCharacters",
    "CharacterData",
    "ContainsEmail",
    "ContainsHTML",
    "ContainsRelRef",
    "ContainsUndeclaredHTML",
    "CoordComma",
    "DangerousStyleAttr",
    "DuplicateDescriptionSemantics",
    "DuplicateEnclosure",
    "DuplicateEntries",
    "DuplicateItemSemantics",
    "DuplicateSemantics",
    "EmailFormat",
    "FeedHistoryRelInEntry",
    "ImplausibleDate",
    "MissingCurrentInArchive",
    "MissingGuid",
    "MissingRealName",
    "MissingSelf",
    "MissingSourceElement",
    "MissingTextualContent",
    "MissingTypeAttr",
    "NeedDescriptionBeforeContent",
    "NonCanonicalURI",
    "NotBlank",
    "NotHtml",
    "NotSufficientlyUnique",
    "ProblematicalRFC822Date",
    "RelativeSelf",
    "ReservedPrefix",
    "SchemeNotIANARegistered",
    "SecurityRisk",
    "SecurityRiskAttr",
    "SelfDoesntMatchLocation",
    "SlashDate",
    "UnknownNamespace",
    "UnregisteredAtomLinkRel",
];

fn ancestors(rule: &str) -> &'static [&'static str] {
    match rule {
        "InvalidFullLink" | "InvalidIRI" | "InvalidUriChar" | "UriNotIri" => &["InvalidLink"],
        "InvalidURLAttribute" => &["InvalidURIAttribute", "InvalidLink"],
        "InvalidURIAttribute" => &["InvalidLink"],
        "InvalidAddrSpec" => &["InvalidContact"],
        "IncorrectDOW" => &["InvalidRFC2822Date"],
        "InvalidNonNegativeInteger" | "InvalidPositiveInteger" => &["InvalidInteger"],
        "MissingDescription" | "MissingLink" | "MissingTitle" => &["MissingElement"],
        "ItemMustContainTitleOrDescription" | "MissingContentOrAlternate" => &["MissingElement"],
        "MissingHref" => &["MissingAttribute"],
        "ContainsUndeclaredHTML" => &["ContainsHTML"],
        "SecurityRiskAttr" | "DangerousStyleAttr" => &["SecurityRisk"],
        "MissingNamespace" | "UndefinedNamedEntity" => &["SAXError"],
        "DuplicateItemSemantics" | "DuplicateDescriptionSemantics" => &["DuplicateSemantics"],
        _ => &[],
    }
}
