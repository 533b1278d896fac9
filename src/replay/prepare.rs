//! From a request in a file to a capture that can be recorded: what the tee would have made of it, under a new delivery id.

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use jiff::Timestamp;
use uuid::Uuid;

use super::formats::{CaptureError, Format, Record, RecordedAnswer};
use super::ledger::Ledgers;
use super::omitted::{Omitted, unsent};
use super::selection::Chosen;
use crate::clock;
use crate::config::{Exclude, KeySource, Route};
use crate::intake::{self, Received};
use crate::journal::{Original, RecordedSend};
use crate::net;
use crate::outcome::{Answer, Capture, Lane, Outcome};

/// A request that is ready to be recorded; when it is, its capture gets its time and its identity.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The capture, at the epoch.
    pub capture: Capture,
    /// Where it comes from.
    pub original: Original,
    /// The send to the live lane as the file has it, where that stands for one.
    pub recorded: Option<RecordedSend>,
    /// What the file knows of the order in the live lane's ledger.
    pub outcomes: Vec<Outcome>,
    /// Whether an earlier process recorded the capture: only the outcomes are to be told.
    pub is_recorded: bool,
}

/// Makes captures of requests.
#[derive(Debug)]
pub struct Preparer {
    /// `[[tee.exclude]]`
    pub excludes: Vec<Exclude>,
    /// Longest body that is teed.
    pub body_bytes_max: usize,
    /// Tells this replay's delivery ids from all others.
    pub salt: Uuid,
    /// The lane whose sends are taken from the files; `None`: all are sent.
    pub recorded: Option<Lane>,
    /// Journals that know what became of orders in the live lane's ledger.
    pub ledgers: Ledgers,
}

impl Preparer {
    /// One that only looks.
    #[must_use]
    pub fn looking(excludes: Vec<Exclude>, body_bytes_max: usize) -> Self {
        Self { excludes, body_bytes_max, salt: Uuid::nil(), recorded: None, ledgers: Ledgers::default() }
    }

    /// The capture of a request; `None` where its method, target or header fields can't be sent.
    ///
    /// # Errors
    /// When the journal that it is from can't be read.
    pub fn prepare(&mut self, chosen: &Chosen) -> Result<Option<Prepared>, CaptureError> {
        let Chosen { request, .. } = chosen;
        let record = &request.record;
        let Some(capture) = self.capture(chosen) else { return Ok(None) };
        let recorded = self.recorded.filter(|_| capture.is_teed()).map(|lane| recorded(lane, record));
        let original = Original {
            occurred_at: record.at,
            file_name: request.origin.name.clone(),
            place: record.place.to_string(),
        };
        let outcomes = match self.recorded {
            Some(lane) if capture.is_teed() => self.ledgers.outcomes(&request.origin, &capture, lane)?,
            _ => Vec::new(),
        };
        Ok(Some(Prepared { capture, original, recorded, outcomes, is_recorded: false }))
    }

    /// Why a request that is chosen goes to no lane, as tallies name it; `None`: it is sent.
    #[must_use]
    pub fn unsent(&self, chosen: &Chosen) -> Option<String> {
        match self.capture(chosen) {
            Some(capture) => unsent(&capture),
            None => Some(Omitted::NotHttp.to_string()),
        }
    }

    /// What the tee would have made of it.
    fn capture(&self, Chosen { request, route }: &Chosen) -> Option<Capture> {
        let record = &request.record;
        let parts = self.parts(route, record)?;
        let received = if record.body.len() > self.body_bytes_max {
            Received::TooLarge { declared_bytes: record.body.len() as u64 }
        } else {
            Received::Whole(record.body.clone())
        };
        Some(intake::extract(route, &self.excludes, &parts, received, Timestamp::UNIX_EPOCH))
    }

    /// As [`Preparer::prepare`], of a request that an earlier process recorded: what the file knows of its order may not have been told.
    ///
    /// # Errors
    /// As there.
    pub fn prepare_again(&mut self, chosen: &Chosen) -> Result<Option<Prepared>, CaptureError> {
        if self.recorded.is_none() || chosen.request.origin.format != Format::Journal {
            return Ok(None);
        }
        let again = self.prepare(chosen)?.filter(|prepared| !prepared.outcomes.is_empty());
        Ok(again.map(|prepared| Prepared { is_recorded: true, ..prepared }))
    }

    /// The head of the request, as it is sent now. Its framing is that of the body at hand, and its delivery id a new one: who keeps
    /// those that he has seen would take this for a delivery that he had before. Equal ones stay equal.
    fn parts(&self, route: &Route, record: &Record) -> Option<Parts> {
        let mut headers = HeaderMap::with_capacity(record.headers.len());
        for (name, value) in &record.headers {
            let (name, value) = (HeaderName::try_from(name).ok()?, HeaderValue::from_bytes(value).ok()?);
            if name != TRANSFER_ENCODING && (name != CONTENT_LENGTH || is_length_of(&value, &record.body)) {
                headers.append(name, value);
            }
        }
        for source in &route.delivery_id {
            let KeySource::Header(name) = source else { continue };
            for (_, value) in headers.iter_mut().filter(|(field, _)| *field == name) {
                let renewed = Uuid::new_v5(&self.salt, value.as_bytes()).to_string();
                *value = HeaderValue::try_from(renewed).ok()?;
            }
        }
        let mut request = hyper::Request::new(());
        *request.method_mut() = record.method.parse().ok()?;
        *request.uri_mut() = record.target.parse().ok()?;
        *request.headers_mut() = headers;
        Some(request.into_parts().0)
    }
}

fn is_length_of(value: &HeaderValue, body: &Bytes) -> bool {
    value.to_str().is_ok_and(|text| text.trim().parse() == Ok(body.len()))
}

/// The send that a file has of a request: at its own time, and unknown where no answer stands beside it.
fn recorded(lane: Lane, record: &Record) -> RecordedSend {
    let answer = record.answer_of(lane, lane);
    let began = answer.and_then(|answer| answer.at?.checked_sub(answer.took?).ok());
    let at = began.or(record.at).or_else(|| answer.and_then(|answer| answer.at)).unwrap_or_else(clock::now);
    RecordedSend { lane, at, answer: answer.map(|answer| of_file(lane, at, answer)) }
}

fn of_file(lane: Lane, sent_at: Timestamp, answer: &RecordedAnswer) -> Answer {
    let took = answer.took.or_else(|| answer.at?.duration_since(sent_at).try_into().ok()).unwrap_or_default();
    Answer {
        attempt: 0,
        lane,
        ending: answer.ending,
        at: answer.at.or_else(|| sent_at.checked_add(took).ok()).unwrap_or(sent_at),
        took,
        status: answer.status,
        headers: net::withheld_of(&answer.headers),
        body: answer.body.clone(),
        body_bytes: answer.body_bytes,
        error: answer.error.clone(),
    }
}
