//! The payloads and documents of one order as JSON, each read once and only when something asks for it.

use std::cell::OnceCell;

use crate::judge::documents::Document;
use crate::judge::facts::LaneCase;
use crate::judge::{CaptureSeen, Payload, Policy, StratumOf, Timeline, is_remains};
use crate::order::{Json, JsonError, OrderPlaces};
use crate::outcome::{Lane, Operation, PerLane};

/// The members of payloads that anything asks for.
#[derive(Clone, Debug)]
pub(in crate::judge) struct Wanted {
    /// Their names; `None`: all of them.
    names: Option<Vec<String>>,
}

/// Bytes, and what they are as JSON.
#[derive(Debug)]
pub(in crate::judge) struct Content<'t> {
    bytes: &'t [u8],
    /// What of it is read; `None`: all.
    wanted: Option<&'t [String]>,
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
            [lines, total, tax, currency, customer].into_iter().flatten()
        });
        let of_strata = policy.gates.strata.iter().filter_map(|stratum| match &stratum.of {
            StratumOf::Payload { pointer, .. } => Some(pointer),
            StratumOf::Operation(_) => None,
        });
        Self { names: of_orders.chain(of_strata).map(|place| place.tokens().first().cloned()).collect() }
    }
}

/// Whether nothing is there that may be compared or counted.
fn is_absent(bytes: &[u8]) -> bool {
    bytes.is_empty() || is_remains(bytes)
}

impl<'t> Content<'t> {
    const fn new(bytes: &'t [u8], wanted: Option<&'t [String]>) -> Self {
        Self { bytes, wanted, json: OnceCell::new() }
    }

    fn read(&self) -> Result<Json<'t>, JsonError> {
        match self.wanted {
            None => Json::parse(self.bytes),
            Some(wanted) => Json::parse_members(self.bytes, |name| wanted.iter().any(|own| own == name)),
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
        let wanted = wanted.names.as_deref();
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
