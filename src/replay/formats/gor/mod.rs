//! GoReplay's `.gor` files: `type SP id SP nanoseconds [SP latency] LF`, a raw HTTP/1.x message, a separator.
//! Answers of the captured system come back with their requests; those of a system it was replayed to are set aside.

mod frame;
mod pair;

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::Source;
use super::diagnosis::{Action, Diagnosis, Place, Reason, Tally};
use super::http::{self, Length, Message, Side, Start};
use super::record::{Incomplete, Record, RecordedAnswer};
use super::stop::Stop;
use super::window::Window;
use crate::outcome::Ending;
use frame::{Extent, Frame, Framer, Kind};
use pair::{Answer, Pairs};

pub(super) use frame::{SEPARATOR, header};

/// Numbers in the header of an answer below this are no time but how long it took: 1973, or three years.
const TIME_NS_FROM: i64 = 100_000_000_000_000_000;

/// The records of a file.
pub(super) struct Gor {
    window: Window,
    framer: Framer,
    pairs: Pairs,
    ended: bool,
}

/// A record as it stands in the file, apart from its payload.
struct Found {
    kind: Kind,
    id: String,
    time_ns: i64,
    latency_ns: Option<i64>,
    place: Place,
    is_ambiguous: bool,
}

impl Gor {
    pub(super) fn new(window: Window, bytes_max: usize) -> Self {
        Self { window, framer: Framer::new(bytes_max), pairs: Pairs::default(), ended: false }
    }

    /// Reads one piece of the file.
    fn step(&mut self, tally: &mut Tally) -> Result<(), Stop> {
        let rest = self.window.rest();
        let is_blank = |rest: &[u8]| rest.iter().all(u8::is_ascii_whitespace);
        if self.window.ended() && is_blank(rest) {
            self.ended = true;
            return Ok(());
        }
        match self.framer.frame(rest, self.window.ended()) {
            Frame::More => self.window.more().map_err(Stop::from),
            Frame::NoHeader => self.skip(Reason::NoHeader, tally),
            Frame::TooLong => self.skip(Reason::TooLong, tally),
            Frame::Record(extent) => self.record(extent, tally),
        }
    }

    /// Goes on behind the next separator.
    fn skip(&mut self, reason: Reason, tally: &mut Tally) -> Result<(), Stop> {
        tally.units += 1;
        let place = Place::Byte(self.window.offset());
        let bytes = self.window.skip_past(SEPARATOR)?;
        tally.leave_out(Diagnosis::skipped(place, reason, format!("{bytes} bytes")))
    }

    fn record(&mut self, extent: Extent, tally: &mut Tally) -> Result<(), Stop> {
        tally.units += 1;
        let place = Place::Byte(self.window.offset());
        let rest = self.window.rest();
        let line = rest.get(..extent.payload.saturating_sub(1)).unwrap_or_default();
        let found = header(line).map(|header| Found {
            kind: header.kind,
            id: header.id.to_owned(),
            time_ns: header.time_ns,
            latency_ns: header.latency_ns,
            place,
            is_ambiguous: extent.is_ambiguous,
        });
        let payload = rest.get(extent.payload..extent.end).unwrap_or_default();
        let payload = if found.as_ref().is_some_and(|found| found.kind == Kind::Replayed) {
            Bytes::new()
        } else {
            Bytes::copy_from_slice(payload)
        };
        self.window.take(extent.next);
        if !extent.is_separated {
            tally.remark(Diagnosis::salvaged(place, Reason::NoSeparator, ""))?;
        }
        match found {
            Some(found) if found.kind == Kind::Request => self.request(found, &payload, tally),
            Some(found) if found.kind == Kind::Answer => self.answer(&found, &payload, tally),
            _ => tally.leave_out(Diagnosis::new(place, Reason::ReplayedAnswer, Action::SetAside, "")),
        }
    }

    fn request(&mut self, found: Found, payload: &Bytes, tally: &mut Tally) -> Result<(), Stop> {
        let Found { id, place, .. } = found;
        let message = match http::message(payload, Side::Request) {
            Ok(message) => message,
            Err(why) => return tally.leave_out(Diagnosis::skipped(place, Reason::NoHttp, why)),
        };
        let Start::Request { method, target } = message.start else {
            return tally.leave_out(Diagnosis::skipped(place, Reason::NoHttp, "it is an answer"));
        };
        let detail = || format!("request {id}, {} bytes", message.body.len());
        let incomplete = match (message.length, found.is_ambiguous) {
            (Length::Short(_), _) => Some((Incomplete::BodyCut, Reason::BodyCut)),
            (Length::Long, false) => Some((Incomplete::LengthDiffers, Reason::LengthDiffers)),
            (_, true) => Some((Incomplete::AmbiguousEnd, Reason::SeparatorInside)),
            (Length::Right, false) => None,
        };
        if let Some((_, reason)) = incomplete {
            tally.remark(Diagnosis::salvaged(place, reason, detail()))?;
        }
        if message.has_trailers {
            tally.remark(Diagnosis::salvaged(place, Reason::Trailers, detail()))?;
        }
        // What was sent through a proxy names its host in the target (RFC 9112, 3.2.2).
        let mut headers = message.headers;
        let target = match http::split_url(&target) {
            None => target,
            Some((host, target)) => {
                headers.retain(|(name, _)| name != "host");
                headers.insert(0, ("host".into(), Bytes::copy_from_slice(host.as_bytes())));
                target
            }
        };
        let at = Timestamp::from_nanosecond(found.time_ns.into()).ok();
        let incomplete = incomplete.map(|(incomplete, _)| incomplete);
        let body = message.body;
        self.pairs.request(Record {
            place,
            id: Some(id),
            at,
            method,
            target,
            headers,
            body,
            incomplete,
            answers: Vec::new(),
        });
        Ok(())
    }

    fn answer(&mut self, found: &Found, payload: &Bytes, tally: &mut Tally) -> Result<(), Stop> {
        let place = found.place;
        let detail = format!("answer {}", found.id);
        let Some(request) = self.pairs.find(&found.id) else {
            return tally.leave_out(Diagnosis::skipped(place, Reason::UnpairedAnswer, detail));
        };
        if !request.answers.is_empty() {
            return tally.leave_out(Diagnosis::skipped(place, Reason::SecondAnswer, detail));
        }
        let message = match http::message(payload, Side::Answer) {
            Ok(message) => message,
            Err(why) => return tally.leave_out(Diagnosis::skipped(place, Reason::BadAnswer, why)),
        };
        if message.has_trailers {
            tally.remark(Diagnosis::salvaged(place, Reason::Trailers, detail.as_str()))?;
        }
        let answer = found.answer_to(request, message);
        if answer.ending == Ending::Cut {
            tally.remark(Diagnosis::salvaged(place, Reason::AnswerCut, detail))?;
        }
        tally.joined += 1;
        self.pairs.answer(&found.id, Answer(answer));
        Ok(())
    }
}

impl Found {
    fn answer_to(&self, request: &Record, message: Message) -> RecordedAnswer {
        let answers_head = request.method.eq_ignore_ascii_case("HEAD") && message.body.is_empty();
        let (ending, body_bytes) = match message.length {
            Length::Short(_) if answers_head => (Ending::Answered, 0),
            Length::Short(told) => (Ending::Cut, told.unwrap_or(message.body.len() as u64)),
            Length::Long => (Ending::Cut, message.body.len() as u64),
            Length::Right if self.is_ambiguous => (Ending::Cut, message.body.len() as u64),
            Length::Right => (Ending::Answered, message.body.len() as u64),
        };
        let told = Timestamp::from_nanosecond(self.time_ns.into()).ok().filter(|_| self.time_ns >= TIME_NS_FROM);
        // The oldest files have only how long it took, newer ones the time of request or answer beside it.
        let latency = if told.is_none() { Some(self.time_ns) } else { self.latency_ns };
        let latency = latency.and_then(|ns| u64::try_from(ns).ok()).map(Duration::from_nanos);
        let apart = request.at.zip(told).and_then(|(from, to)| Duration::try_from(to.duration_since(from)).ok());
        let took = latency.or(apart);
        let later = request.at.zip(took).and_then(|(at, took)| at.checked_add(took).ok());
        let status = match message.start {
            Start::Answer { status } => Some(status),
            Start::Request { .. } => None,
        };
        RecordedAnswer {
            lane: None,
            ending,
            at: told.filter(|told| request.at.is_none_or(|at| *told > at)).or(later),
            took,
            status,
            headers: message.headers,
            body: message.body,
            body_bytes,
            error: None,
        }
    }
}

impl Source for Gor {
    fn next(&mut self, tally: &mut Tally) -> Result<Option<Record>, Stop> {
        loop {
            if let Some(record) = self.pairs.next(self.ended) {
                return Ok(Some(record));
            }
            if self.ended {
                return Ok(None);
            }
            self.step(tally)?;
        }
    }
}
