//! What good guests do, judged by their requests alone. Earliness is judged to the second,
//! lateness never: a busy machine makes nobody rude. What a client was not seen to do, it
//! has not done.
//!
//! Sources of the rules: R, the reports on feed readers at rachelbythebay.com; Q, issues
//! of readers that quote them; X, others' etiquette (Earth Notes, Chris Siebenmann, Ted
//! Unangst) and practice (FreshRSS); RFCs by number.

mod pacing;
mod refusals;
mod requests;
mod validators;

use crate::origin::Exchange;
use crate::scenes::SCENES;

/// Clocks are read to the second.
const ROUNDING: f64 = 1.0;

/// What was seen, or what is wrong.
pub type Verdict = Result<String, String>;

pub struct Check {
    pub asks: &'static str,
    pub source: &'static str,
    pub judge: fn(&Record) -> Verdict,
}

/// What the driver did to the client: none of it but a wish is an excuse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Deed {
    Restart,
    Reload,
    /// The source of this scene taken out of the settings, and put back at the end.
    Absence(&'static str),
    /// Somebody wanted this scene polled now.
    Wish(&'static str),
    /// The hub of this scene pushed, well or not.
    Push(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub struct Event {
    pub at: f64,
    pub until: f64,
    pub deed: Deed,
}

/// All that is known of a client's stay.
pub struct Record {
    /// In the order in which the requests came.
    pub exchanges: Vec<Exchange>,
    pub events: Vec<Event>,
}

/// Two requests to one scene that follow each other.
#[derive(Clone, Copy)]
struct Gap<'a> {
    scene: &'static str,
    before: &'a Exchange,
    after: &'a Exchange,
}

impl Gap<'_> {
    fn seconds(&self) -> f64 {
        self.after.at - self.before.at
    }

    fn is_at_least(&self, seconds: f64) -> bool {
        self.seconds() >= seconds - ROUNDING
    }
}

impl Record {
    fn scene(&self, name: &str) -> Vec<&Exchange> {
        self.exchanges.iter().filter(|exchange| exchange.scene == Some(name)).collect()
    }

    fn gaps(&self, name: &'static str) -> Vec<Gap<'_>> {
        let asked = self.scene(name);
        asked.windows(2).map(|pair| Gap { scene: name, before: pair[0], after: pair[1] }).collect()
    }

    fn all_gaps(&self) -> impl Iterator<Item = Gap<'_>> {
        SCENES.iter().flat_map(|scene| self.gaps(scene.name))
    }

    fn events(&self, is: impl Fn(Deed) -> bool) -> Vec<Event> {
        self.events.iter().copied().filter(|event| is(event.deed)).collect()
    }

    /// Between how many pairs of requests to a scene its hub pushed. `None`: there is no hub.
    fn gaps_with_pushes(&self, scene: &'static str) -> Option<usize> {
        let pushes = self.events(|deed| deed == Deed::Push(scene));
        let is_in =
            |gap: &Gap<'_>, push: &Event| gap.before.at < push.at && push.until < gap.after.at;
        let gaps = self.gaps(scene).into_iter();
        let with = gaps.filter(|gap| pushes.iter().any(|push| is_in(gap, push))).count();
        (!pushes.is_empty()).then_some(with)
    }

    /// Whether somebody wanted this request.
    fn was_wished(&self, exchange: &Exchange) -> bool {
        self.events.iter().any(|event| {
            let spans = event.at <= exchange.at && exchange.at <= event.until;
            spans && matches!(event.deed, Deed::Wish(scene) if exchange.scene == Some(scene))
        })
    }
}

/// At least so many, or it was not seen.
fn seen(count: usize, least: usize, what: &str) -> Result<(), String> {
    if count >= least { Ok(()) } else { Err(format!("{count} {what}, too few to tell")) }
}

pub const CHECKS: [Check; 23] = [
    check("one unconditional request in a feed's lifetime", "R, Q", validators::one_unconditional),
    check("all later requests are conditional", "R; RFC 9110 13.1", validators::conditional),
    check("If-None-Match byte for byte", "R; RFC 9110 8.8.3", validators::etags_as_given),
    check("If-Modified-Since byte for byte, never invented", "R, Q", validators::dates_as_given),
    check("one validator changes alone: both are updated", "R, Q", validators::both_updated),
    check("new validators with an old body count", "R, Q", validators::touched),
    check("validators that vanish are not sent", "R, Q", validators::vanished),
    check("an hour between conditional requests", "R", pacing::hourly),
    check("a day where there are no validators", "R", pacing::daily_without_validators),
    check("a restart is no reason to ask early", "R", pacing::restarts),
    check("no bursts, nothing twice", "Q", pacing::bursts),
    check("max-age and Expires hold, also on 304 and 429", "Q; RFC 9111 4.2, 4.3.4", pacing::fresh),
    check("429: Retry-After holds, slower afterwards", "Q; RFC 6585 4", refusals::limited),
    check("503: Retry-After holds", "X; RFC 9110 10.2.3", refusals::busy),
    check("no Cookie", "R", requests::no_cookie),
    check("no Referer", "R", requests::no_referer),
    check("the address as it was given", "R", requests::address_untouched),
    check("User-Agent: name, version, contact", "R", requests::user_agent),
    check("Accept-Encoding: gzip", "X", requests::gzip),
    check("articles that the feed holds are not fetched", "R", requests::no_articles),
    check("a feed on plain http works", "R", requests::plain_http),
    check("one poller for an address", "R", pacing::one_poller),
    check("failing feeds rest; 410 stops; skipHours; no full hours", "X", refusals::failing),
];

const fn check(asks: &'static str, source: &'static str, judge: fn(&Record) -> Verdict) -> Check {
    Check { asks, source, judge }
}

/// One verdict for each check.
pub fn judge(record: &Record) -> Vec<Verdict> {
    CHECKS.iter().map(|check| (check.judge)(record)).collect()
}
