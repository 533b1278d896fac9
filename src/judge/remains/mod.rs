//! What a purge leaves of contents: no more of them than the fates of their orders rest on. Never a text that a customer or a
//! lane wrote, but for document numbers, error codes, SKUs and quantities; what is left says of itself that it is not whole.
//!
//! | content | judged by | what is left |
//! | --- | --- | --- |
//! | body of a request | units, on a lane whose ERP splits orders | SKU and quantity of each line; else nothing |
//! | answer | its meaning | the document's number, the error code, or a word of the same meaning |
//! | document | its scope; units, where the ERP splits orders | values that the scope itself names; SKU and quantity |
//! | row of the census | nothing but control totals | nothing |
//!
//! Whatever is left must mean what the whole meant, and is tried before it is believed.

mod draft;

use std::collections::BTreeMap;

use bytes::Bytes;

use self::draft::Draft;
use super::{DocumentsRule, Policy};
use crate::order::{Json, OrderPlaces, Pointer, Units};
use crate::outcome::{Answer, AnswerRules, ClassRule, Lane, Meaning, ReasonClass, Scope};

/// How what a purge left begins.
const MARK: &[u8] = br#"{"paritee:purged":true"#;

/// Longest error code. Vendors' have some dozens of characters; longer ones are sentences.
const CODE_CHARS_MAX: usize = 64;

/// What a purge leaves of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remains {
    /// Nothing: no fate rests on it.
    Nothing,
    /// This, in its place.
    Part(Vec<u8>),
    /// All of it: what it means can't be said in fewer words.
    Whole,
}

/// Whether these bytes are what a purge left of a content, and so not to be compared, counted or sent.
#[must_use]
pub fn is_remains(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK)
}

/// Says what is to be left, by what the runs of a journal are judged by.
#[derive(Clone, Debug)]
pub struct Reduction {
    policies: BTreeMap<u32, Policy>,
}

impl Reduction {
    /// By the policies of all runs, by number.
    #[must_use]
    pub const fn new(policies: BTreeMap<u32, Policy>) -> Self {
        Self { policies }
    }

    /// Of an answer to an order of `run`. Of a run that nothing is known of, all.
    #[must_use]
    pub fn of_answer(&self, run: u32, answer: &Answer) -> Remains {
        let Some(policy) = self.policies.get(&run) else { return Remains::Whole };
        let lane = policy.lanes.get(answer.lane);
        let rules = &lane.answer;
        let meaning = rules.meaning(lane.flow, answer);
        let draft = Json::parse(&answer.body).map_or_else(|_| Draft::default(), |body| said(rules, &meaning, &body));
        let means_the_same = |bytes: &[u8]| {
            let reduced = Answer { body: Bytes::copy_from_slice(bytes), ..answer.clone() };
            is_alike(&rules.meaning(lane.flow, &reduced), &meaning)
        };
        // What says nothing of the order needs no code either.
        let draft = if meaning == Meaning::Unknown && means_the_same(&[]) { Draft::default() } else { draft };
        left(draft, &answer.body, means_the_same)
    }

    /// Of a document of a lane. It may explain orders of any run.
    #[must_use]
    pub fn of_document(&self, lane: Lane, document: &[u8]) -> Remains {
        let Ok(json) = Json::parse(document) else { return Remains::Nothing };
        let lanes = || self.policies.values().map(|policy| policy.lanes.get(lane));
        let split =
            || lanes().filter(|lane| lane.documents == DocumentsRule::Split).filter_map(|lane| lane.document.as_ref());
        let mut draft = Draft::default();
        lanes().for_each(|lane| scoped(&mut draft, &lane.scope, &json));
        split().for_each(|places| units(&mut draft, places, &json));
        let is_scoped = lanes().any(|lane| !lane.scope.only.is_empty());
        if draft.is_empty() && !is_scoped {
            return Remains::Nothing;
        }
        let means_the_same = |bytes: &[u8]| {
            let aside = |lane: &super::LanePolicy| {
                lane.scope.sets_aside(Some(bytes), None) == lane.scope.sets_aside(Some(document), None)
            };
            lanes().all(aside) && split().all(|places| counts_alike(places, bytes, &json))
        };
        left(draft, document, means_the_same)
    }

    /// Of the body of a request that came on a route in `run`. Of a run that nothing is known of, all.
    #[must_use]
    pub fn of_payload(&self, run: u32, route: &str, body: &[u8]) -> Remains {
        let Some(policy) = self.policies.get(&run) else { return Remains::Whole };
        let is_split = |lane: &Lane| policy.lanes.get(*lane).documents == DocumentsRule::Split;
        let places = policy.orders.get(route).filter(|_| Lane::ALL.iter().any(is_split));
        let Some((places, json)) = places.zip(Json::parse(body).ok()) else { return Remains::Nothing };
        let mut draft = Draft::default();
        units(&mut draft, places, &json);
        if draft.is_empty() {
            return Remains::Nothing;
        }
        left(draft, body, |bytes| counts_alike(places, bytes, &json))
    }
}

/// Nothing where that means the same, else what was drafted, else all.
fn left(draft: Draft, whole: &[u8], means_the_same: impl Fn(&[u8]) -> bool) -> Remains {
    if draft.is_empty() && means_the_same(&[]) {
        return Remains::Nothing;
    }
    let mut bytes = draft.written();
    if whole.trim_ascii_end() == bytes {
        return Remains::Part(whole.to_vec());
    }
    // Whoever holds the length of what was received against this sees that it is not that.
    if bytes.len() == whole.len() {
        bytes.push(b' ');
    }
    if means_the_same(&bytes) { Remains::Part(bytes) } else { Remains::Whole }
}

/// What an answer says that its meaning rests on.
fn said(rules: &AnswerRules, meaning: &Meaning, body: &Json<'_>) -> Draft {
    let mut draft = Draft::default();
    if let Meaning::Committed { .. } | Meaning::Accepted { .. } | Meaning::Duplicate { .. } = meaning
        && let Some((place, number)) = rules.reference.iter().find_map(|place| Some((place, text(place, body)?)))
    {
        draft.put(place, number);
    }
    if !matches!(
        meaning,
        Meaning::Rejected { .. } | Meaning::Duplicate { .. } | Meaning::NotNow { .. } | Meaning::Unknown
    ) {
        return draft;
    }
    let reason = rules.reason.iter().find_map(|place| Some((place, text(place, body)?)));
    if let Some((place, code)) = reason.filter(|(_, text)| is_code(text)) {
        draft.put(place, code);
    }
    let fits = |rule: &&ClassRule| rule.fits(body);
    for (place, pattern) in rules.classes.iter().find(fits).iter().flat_map(|rule| &rule.when) {
        let code = text(place, body).filter(|text| is_code(text)).map(str::to_owned);
        draft.put(place, &code.unwrap_or_else(|| pattern.replace('*', "")));
    }
    if let Some((place, word)) = reason.map(|(place, _)| place).zip(word(meaning)) {
        draft.put(place, word);
    }
    draft
}

fn text<'j>(place: &'j Pointer, body: &'j Json<'_>) -> Option<&'j str> {
    place.get(body).and_then(Json::scalar_text).filter(|text| !text.is_empty())
}

/// A word that means the same as the words of a reason.
const fn word(meaning: &Meaning) -> Option<&'static str> {
    match meaning {
        Meaning::Rejected { class: ReasonClass::UnknownSku, .. } => Some("sku"),
        Meaning::Rejected { class: ReasonClass::Tax, .. } => Some("tax"),
        Meaning::Rejected { class: ReasonClass::Customer, .. } => Some("customer"),
        Meaning::Duplicate { .. } => Some("duplicate"),
        Meaning::NotNow { .. } => Some("throttled"),
        _ => None,
    }
}

/// Whether a text is an error code, and no sentence that may name somebody.
fn is_code(text: &str) -> bool {
    let may = |letter: char| letter.is_ascii_alphanumeric() || "_-.:/".contains(letter);
    text.len() <= CODE_CHARS_MAX && text.chars().all(may)
}

/// Whether two meanings are the same to whoever judges. In which words a lane rejects is not judged.
fn is_alike(one: &Meaning, other: &Meaning) -> bool {
    match (one, other) {
        (Meaning::Rejected { class, .. }, Meaning::Rejected { class: other, .. }) => class == other,
        _ => one == other,
    }
}

/// The values by which a document belongs, up to the first that sets it aside. All of them are the configuration's own.
fn scoped(draft: &mut Draft, scope: &Scope, document: &Json<'_>) {
    for rule in &scope.only {
        let text = rule.pointer.get(document).and_then(Json::scalar_text);
        let Some(text) = text.filter(|text| rule.equals.iter().any(|value| value == text)) else { return };
        draft.put(&rule.pointer, text);
    }
}

/// SKU and quantity of each line, where they can be counted at all.
fn units(draft: &mut Draft, places: &OrderPlaces, json: &Json<'_>) {
    let (Some(of), Some(_)) = (places.line_places(), Units::of(places, json)) else { return };
    let lines = of.lines.get(json).and_then(Json::as_array).unwrap_or_default();
    let line = |line: &Json<'_>| {
        let mut drafted = Draft::default();
        for place in [of.sku, of.quantity] {
            if let Some(text) = place.get(line).and_then(Json::scalar_text) {
                drafted.put(place, text);
            }
        }
        drafted
    };
    draft.put_lines(of.lines, lines.iter().map(line).collect());
}

fn counts_alike(places: &OrderPlaces, bytes: &[u8], whole: &Json<'_>) -> bool {
    let of = |bytes| Json::parse(bytes).ok().and_then(|json| Units::of(places, &json));
    of(bytes) == Units::of(places, whole)
}

#[cfg(test)]
mod tests;
