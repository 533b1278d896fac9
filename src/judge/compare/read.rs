//! The payloads and documents of one order as JSON, each read once and only when something asks for it.

use std::cell::OnceCell;

use crate::judge::documents::Document;
use crate::judge::facts::LaneCase;
use crate::judge::{CaptureSeen, Payload, Policy, StratumOf, Timeline, is_remains};
use crate::order::{Json, JsonError, OrderPlaces, Part, Pointer};
use crate::outcome::{Lane, Operation, PerLane};

/// What of payloads anything asks for.
#[derive(Clone, Debug)]
pub(in crate::judge) struct Wanted {
    /// By member; `None`: all of them.
    members: Option<Vec<WantedMember>>,
}

/// A member of payloads that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WantedMember {
    name: String,
    /// What is asked for of each of its elements; `None`: all of it.
    of_each: Option<Vec<String>>,
}

/// Bytes, and what they are as JSON.
#[derive(Debug)]
pub(in crate::judge) struct Content<'t> {
    bytes: &'t [u8],
    /// What of it is read; `None`: all.
    wanted: Option<&'t [WantedMember]>,
    json: OnceCell<Result<Json<'t>, JsonError>>,
}

/// All that says what an order is for.
#[derive(Debug)]
pub(in crate::judge) struct Contents<'t> {
    payloads: Vec<(&'t CaptureSeen, &'t Payload, Content<'t>)>,
    /// Whether a payload is not on record.
    lacks_payload: bool,
    documents: PerLane<Vec<(&'t Document, Content<'t>)>>,
}

impl Wanted {
    /// Where parts of orders stand, and what strata look at.
    pub(in crate::judge) fn new(policy: &Policy) -> Self {
        let of_orders = policy.orders.values().flat_map(|places| {
            let OrderPlaces { lines, total, tax, currency, customer, .. } = places;
            let of_each = lines.as_ref().and_then(|lines| of_each(lines, places));
            let whole = [total, tax, currency, customer].into_iter().flatten().map(|place| (place, None));
            lines.iter().map(move |place| (place, of_each.clone())).chain(whole)
        });
        let of_strata = policy.gates.strata.iter().filter_map(|stratum| match &stratum.of {
            StratumOf::Payload { pointer, .. } => Some((pointer, None)),
            StratumOf::Operation(_) => None,
        });
        let mut members: Option<Vec<WantedMember>> = Some(Vec::new());
        for (place, of_each) in of_orders.chain(of_strata) {
            members = members.zip(place.tokens().first()).map(|(members, name)| with(members, name, of_each));
        }
        Self { members }
    }
}

/// What is asked for of each line, where the lines stand in a member of the payload and so do their parts in a line.
fn of_each(lines: &Pointer, places: &OrderPlaces) -> Option<Vec<String>> {
    let of = places.line_places().filter(|_| lines.tokens().len() == 1)?;
    let parts = [Some(of.sku), Some(of.quantity), places.price.as_ref()];
    parts.into_iter().flatten().map(|place| place.tokens().first().cloned()).collect()
}

/// One member more, or more of one.
fn with(mut members: Vec<WantedMember>, name: &str, of_each: Option<Vec<String>>) -> Vec<WantedMember> {
    match members.iter_mut().find(|member| member.name == name) {
        Some(member) => {
            let both = member.of_each.take().zip(of_each);
            member.of_each = both.map(|(own, others)| [own, others].concat());
        }
        None => members.push(WantedMember { name: name.to_owned(), of_each }),
    }
    members
}

/// Whether nothing is there that may be compared or counted.
fn is_absent(bytes: &[u8]) -> bool {
    bytes.is_empty() || is_remains(bytes)
}

impl<'t> Content<'t> {
    const fn new(bytes: &'t [u8], wanted: Option<&'t [WantedMember]>) -> Self {
        Self { bytes, wanted, json: OnceCell::new() }
    }

    fn read(&self) -> Result<Json<'t>, JsonError> {
        match self.wanted {
            None => Json::parse(self.bytes),
            Some(wanted) => Json::parse_parts(self.bytes, |name| {
                let member = wanted.iter().find(|member| member.name == name);
                member.map_or(Part::Nothing, |member| member.of_each.as_deref().map_or(Part::All, Part::OfEach))
            }),
        }
    }

    /// What it holds; `None` where nothing is there, or not all of it, as after a purge.
    pub(in crate::judge) fn json(&self) -> Option<Result<&Json<'t>, &JsonError>> {
        let read = || self.json.get_or_init(|| self.read()).as_ref();
        (!is_absent(self.bytes)).then(read)
    }
}

impl<'t> Contents<'t> {
    /// Of the captures that say what is ordered, `create`s and changes, as far as it is wanted, and of all documents.
    pub(in crate::judge) fn of(timeline: &'t Timeline, cases: &'t PerLane<LaneCase>, wanted: &'t Wanted) -> Self {
        let wanted = wanted.members.as_deref();
        let mut payloads: Vec<(&CaptureSeen, &Payload, Content<'t>)> = Vec::new();
        let mut lacks_payload = false;
        let tells = |capture: &&CaptureSeen| matches!(capture.operation, Operation::Create | Operation::Update);
        for capture in timeline.captures.iter().filter(tells) {
            match &capture.payload {
                Some(payload) => payloads.push((capture, payload, Content::new(&payload.body, wanted))),
                None => lacks_payload = true,
            }
        }
        let documents = PerLane::from_fn(|lane: Lane| {
            let all = cases.get(lane).documents.all.iter();
            all.map(|document| (document, Content::new(document.bytes.as_deref().unwrap_or_default(), None))).collect()
        });
        Self { payloads, lacks_payload, documents }
    }

    /// The payloads, in the order of their captures.
    pub(in crate::judge) fn payloads(&self) -> impl Iterator<Item = (&'t CaptureSeen, &'t Payload, &Content<'t>)> {
        self.payloads.iter().map(|(capture, payload, content)| (*capture, *payload, content))
    }

    /// Whether every payload is on record, with its content.
    pub(in crate::judge) fn are_whole(&self) -> bool {
        !self.lacks_payload && self.payloads.iter().all(|(_, payload, _)| !is_absent(&payload.body))
    }

    /// What a document of a lane holds; `None` where it was told of without its content.
    pub(in crate::judge) fn document(&self, lane: Lane, wanted: &Document) -> Option<Result<&Json<'t>, &JsonError>> {
        let mut all = self.documents.get(lane).iter();
        all.find(|(document, _)| std::ptr::eq(*document, wanted))?.1.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::LanePolicy;
    use crate::outcome::{Flow, LedgerKind, Role};

    fn wanted(of: &[&str]) -> Option<Vec<(String, Option<Vec<String>>)>> {
        let lane = |_| LanePolicy::new(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox);
        let mut policy = Policy::new(PerLane::from_fn(lane));
        policy.orders = of.iter().map(|text| ((*text).to_owned(), serde_json::from_str(text).unwrap())).collect();
        let members = Wanted::new(&policy).members?.into_iter();
        Some(members.map(|WantedMember { name, of_each }| (name, of_each)).collect())
    }

    #[test]
    fn of_lines_no_more_is_wanted_than_their_parts() {
        let parts = |of: &[&str]| Some(of.iter().map(|part| (*part).to_owned()).collect());
        let shop = r#"{"lines":"/items","sku":"/sku","quantity":"/count/units","total":"/total"}"#;
        let other = r#"{"lines":"/items","sku":"/id","quantity":"/units","price":"/price"}"#;
        let items = |of_each| ("items".to_owned(), of_each);
        let total = ("total".to_owned(), None);
        assert_eq!(wanted(&[shop]), Some(vec![items(parts(&["sku", "count"])), total.clone()]));
        let both = parts(&["id", "units", "price", "sku", "count"]);
        assert_eq!(wanted(&[shop, other]), Some(vec![items(both), total.clone()]));
        // Something else stands in the list, deeper than in a member, or nothing says where SKUs are: then all of it is wanted.
        for more in [
            r#"{"customer":"/items/0/buyer"}"#,
            r#"{"lines":"/items/list","sku":"/id","quantity":"/units"}"#,
            r#"{"lines":"/items"}"#,
            r#"{"lines":"/items","sku":"","quantity":"/units"}"#,
        ] {
            let found = wanted(&[shop, more]).unwrap();
            assert!(found.contains(&items(None)) && found.contains(&total) && found.len() == 2, "{more}: {found:?}");
        }
        assert_eq!(wanted(&[r#"{"total":""}"#, shop]), None);
    }
}
