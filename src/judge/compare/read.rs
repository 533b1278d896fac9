//! The payloads and documents of one order as JSON, each read once and only when something asks for it.

use std::cell::OnceCell;

use crate::judge::documents::Document;
use crate::judge::facts::LaneCase;
use crate::judge::{CaptureSeen, Payload, Timeline};
use crate::order::{Json, JsonError};
use crate::outcome::{Lane, Operation, PerLane};

/// Bytes, and what they are as JSON.
#[derive(Debug)]
pub(in crate::judge) struct Content<'t> {
    bytes: &'t [u8],
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

impl<'t> Content<'t> {
    const fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, json: OnceCell::new() }
    }

    /// What it holds; `None` where nothing is there, as after a purge.
    pub(in crate::judge) fn json(&self) -> Option<Result<&Json<'t>, &JsonError>> {
        let read = || self.json.get_or_init(|| Json::parse(self.bytes)).as_ref();
        (!self.bytes.is_empty()).then(read)
    }
}

impl<'t> Contents<'t> {
    /// Of the captures that say what is ordered, `create`s and changes, and of all documents.
    pub(in crate::judge) fn of(timeline: &'t Timeline, cases: &'t PerLane<LaneCase>) -> Self {
        let mut payloads: Vec<(&CaptureSeen, &Payload, Content<'t>)> = Vec::new();
        let mut lacks_payload = false;
        let tells = |capture: &&CaptureSeen| matches!(capture.operation, Operation::Create | Operation::Update);
        for capture in timeline.captures.iter().filter(tells) {
            match &capture.payload {
                Some(payload) => payloads.push((capture, payload, Content::new(&payload.body))),
                None => lacks_payload = true,
            }
        }
        let documents = PerLane::from_fn(|lane: Lane| {
            let all = cases.get(lane).documents.all.iter();
            all.map(|document| (document, Content::new(document.bytes.as_deref().unwrap_or_default()))).collect()
        });
        Self { payloads, lacks_payload, documents }
    }

    /// The payloads, in the order of their captures.
    pub(in crate::judge) fn payloads(&self) -> impl Iterator<Item = (&'t CaptureSeen, &'t Payload, &Content<'t>)> {
        self.payloads.iter().map(|(capture, payload, content)| (*capture, *payload, content))
    }

    /// Whether every payload is on record, with its content.
    pub(in crate::judge) fn are_whole(&self) -> bool {
        !self.lacks_payload && self.payloads.iter().all(|(_, payload, _)| !payload.body.is_empty())
    }

    /// What a document of a lane holds; `None` where it was told of without its content.
    pub(in crate::judge) fn document(&self, lane: Lane, wanted: &Document) -> Option<Result<&Json<'t>, &JsonError>> {
        let mut all = self.documents.get(lane).iter();
        all.find(|(document, _)| std::ptr::eq(*document, wanted))?.1.json()
    }
}
