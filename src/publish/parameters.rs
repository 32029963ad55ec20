//! Which parameters a document takes. Others of ours are refused, so that nobody takes what is shown
//! for what was asked; those of somebody else (`utm_source`) mean nothing.

use super::window::BadParameter;
use url::form_urlencoded;

/// All that some document takes.
const OURS: [&str; 10] = [
    "limit",
    "before",
    "until",
    "editions",
    "script",
    "content",
    "source",
    "not_source",
    "lang",
    "q",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    document: &'static str,
    taken: &'static [&'static str],
    /// What may be written instead of a filter.
    instead: &'static str,
}

impl Parameters {
    pub const OF_CHANNELS: Parameters = Parameters {
        document: "a channel",
        taken: &[
            "limit",
            "before",
            "editions",
            "script",
            "content",
            "source",
            "not_source",
            "lang",
            "q",
        ],
        instead: "",
    };
    pub const OF_ARCHIVES: Parameters = Parameters {
        document: "a month",
        taken: &["until", "script", "content"],
        instead: "; filters are for the channel as it is now",
    };
    pub const OF_SEARCHES: Parameters = Parameters {
        document: "a search",
        taken: &["q", "limit", "before", "editions", "script", "content"],
        instead: "; write such as source:bjnews or -source:bjnews in q",
    };
    pub const OF_RELATED: Parameters = Parameters {
        document: "what is related to an entry",
        taken: &["limit", "script", "content"],
        instead: "",
    };
    pub const OF_ENTRIES: Parameters = Parameters { document: "an entry", taken: &[], instead: "" };
    pub const OF_OUTLINES: Parameters = Parameters {
        document: "a list of feeds",
        taken: &["limit", "editions", "script", "content"],
        instead: "",
    };

    /// # Errors
    /// One that is taken elsewhere alone, with what is taken here.
    pub fn check(self, query: &str) -> Result<(), BadParameter> {
        let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        let is_refused = |name: &str| OURS.contains(&name) && !self.taken.contains(&name);
        match names.find(|name| is_refused(name)) {
            Some(name) => Err(self.refusal(&name)),
            None => Ok(()),
        }
    }

    fn refusal(self, name: &str) -> BadParameter {
        let Parameters { document, taken, instead } = self;
        let takes = match taken {
            [] => "nothing".to_owned(),
            [only] => (*only).to_owned(),
            [others @ .., last] => format!("{} and {last}", others.join(", ")),
        };
        let is_filter = ["source", "not_source", "lang", "q"].contains(&name);
        let instead = if is_filter { instead } else { "" };
        BadParameter::new(name, &format!("is not taken here: {document} takes {takes}{instead}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_does_not_take_is_named_with_what_it_takes() {
        for (parameters, query, told) in [
            (
                Parameters::OF_ARCHIVES,
                "script=hans&source=a",
                "source is not taken here: a month takes until, script and content; filters are",
            ),
            (Parameters::OF_ARCHIVES, "limit=", "limit is not taken here: a month takes"),
            (
                Parameters::OF_SEARCHES,
                "q=a&not%5Fsource=b",
                "not_source is not taken here: a search",
            ),
            (
                Parameters::OF_ENTRIES,
                "script=hant",
                "script is not taken here: an entry takes nothing",
            ),
            (
                Parameters::OF_CHANNELS,
                "until=end",
                "until is not taken here: a channel takes limit,",
            ),
        ] {
            let error = parameters.check(query).expect_err(query).to_string();
            assert!(error.starts_with(told), "{query}: {error}");
            assert_eq!(parameters.check("utm_source=x&fbclid=&Source=a&=&"), Ok(()));
        }
        for taken in [Parameters::OF_RELATED, Parameters::OF_OUTLINES] {
            assert_eq!(taken.check("limit=3&script=hans&content=summary&x=y"), Ok(()));
        }
    }
}
