//! Requests by the time of their capture, as far as memory allows: files hold them nearly in order, and a cancel must not go before its
//! order only because it was written first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;

use super::files::FromFile;
use super::formats::CaptureError;

/// Most requests that wait for one of an earlier time.
const HELD_MAX: usize = 1_024;

/// Their size in memory, in bytes: so that a thousand of the largest don't take a gigabyte.
const HELD_BYTES_MAX: usize = 32 << 20;

/// A request with the time that it is sorted by.
#[derive(Debug)]
struct Held {
    at: Timestamp,
    /// Its place in the files: equal times keep their order.
    place: u64,
    request: FromFile,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.place) == (other.at, other.place)
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.place).cmp(&(other.at, other.place))
    }
}

/// Puts the requests of `inner` into the order of their times. One without a time stays behind the one before it.
#[derive(Debug)]
pub(super) struct Sorted<I> {
    inner: I,
    held: BinaryHeap<Reverse<Held>>,
    held_bytes: usize,
    taken: u64,
    /// The time of the last one that was taken in.
    last_in: Timestamp,
    /// The latest time that was given out.
    last_out: Timestamp,
    /// Requests that stand too far from their place in time, and go where they stand.
    displaced: u64,
    /// What ended the reading; given out behind all that was read before it.
    error: Option<CaptureError>,
    ended: bool,
}

impl<I: Iterator<Item = Result<FromFile, CaptureError>>> Sorted<I> {
    pub(super) fn new(inner: I) -> Self {
        Self {
            inner,
            held: BinaryHeap::new(),
            held_bytes: 0,
            taken: 0,
            last_in: Timestamp::MIN,
            last_out: Timestamp::MIN,
            displaced: 0,
            error: None,
            ended: false,
        }
    }

    pub(super) const fn inner(&self) -> &I {
        &self.inner
    }

    pub(super) const fn displaced(&self) -> u64 {
        self.displaced
    }

    fn fill(&mut self) {
        while !self.ended && self.held.len() < HELD_MAX && self.held_bytes < HELD_BYTES_MAX {
            match self.inner.next() {
                Some(Ok(request)) => self.take(request),
                Some(Err(error)) => (self.error, self.ended) = (Some(error), true),
                None => self.ended = true,
            }
        }
    }

    fn take(&mut self, request: FromFile) {
        self.last_in = request.record.at.unwrap_or(self.last_in);
        self.held_bytes += request.record.weight();
        self.held.push(Reverse(Held { at: self.last_in, place: self.taken, request }));
        self.taken += 1;
    }
}

impl<I: Iterator<Item = Result<FromFile, CaptureError>>> Iterator for Sorted<I> {
    type Item = Result<FromFile, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.fill();
        let Some(Reverse(Held { at, request, .. })) = self.held.pop() else {
            return self.error.take().map(Err);
        };
        self.held_bytes = self.held_bytes.saturating_sub(request.record.weight());
        self.displaced += u64::from(at < self.last_out);
        self.last_out = self.last_out.max(at);
        Some(Ok(request))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use proptest::prelude::*;

    use super::super::files::Origin;
    use super::super::formats::{Format, Place, Record};
    use super::*;

    fn request(place: u64, second: Option<i64>) -> FromFile {
        let record = Record {
            place: Place::Line(place),
            id: None,
            at: second.map(|second| Timestamp::from_second(second).unwrap()),
            method: "POST".into(),
            target: "/".into(),
            headers: Vec::new(),
            body: Bytes::new(),
            incomplete: None,
            answers: Vec::new(),
        };
        let origin = Origin { path: "a".into(), name: "a".into(), format: Format::Ndjson };
        FromFile { origin: Arc::new(origin), record }
    }

    /// The places in the order in which they come out, and how many were displaced.
    fn sorted(seconds: &[Option<i64>]) -> (Vec<u64>, u64) {
        let requests = (0..).zip(seconds).map(|(place, second)| Ok(request(place, *second)));
        let mut sorted = Sorted::new(requests);
        let places = sorted.by_ref().map(|request| match request.unwrap().record.place {
            Place::Line(line) => line,
            other => panic!("{other}"),
        });
        (places.collect(), sorted.displaced())
    }

    #[test]
    fn times_decide_and_equal_ones_keep_their_order() {
        assert_eq!(sorted(&[Some(3), Some(1), Some(2), Some(1)]), (vec![1, 3, 2, 0], 0));
        assert_eq!(sorted(&[Some(5), None, None, Some(4)]), (vec![3, 0, 1, 2], 0));
        assert_eq!(sorted(&[None, None]), (vec![0, 1], 0));
        assert_eq!(sorted(&[]), (vec![], 0));
    }

    #[test]
    fn what_stands_too_far_away_goes_where_it_stands_and_is_counted() {
        let late = i64::try_from(HELD_MAX).unwrap() + 10;
        let seconds: Vec<Option<i64>> = (1..=late).map(Some).chain([Some(0)]).collect();
        let (places, displaced) = sorted(&seconds);
        assert_eq!((places.len(), displaced), (seconds.len(), 1));
        assert_eq!(places.iter().position(|place| *place == seconds.len() as u64 - 1), Some(11));
    }

    #[test]
    fn an_error_comes_behind_all_that_was_read_before_it() {
        let error = CaptureError::Empty { path: "b".into() };
        let mut sorted = Sorted::new([Ok(request(0, Some(2))), Ok(request(1, Some(1))), Err(error)].into_iter());
        assert!(sorted.next().unwrap().is_ok() && sorted.next().unwrap().is_ok());
        assert!(sorted.next().unwrap().is_err());
        assert!(sorted.next().is_none());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_short_files_are_sorted_whole(seconds in prop::collection::vec(prop::option::of(0..50_i64), 0..200)) {
            let (places, displaced) = sorted(&seconds);
            prop_assert_eq!(displaced, 0);
            let mut last = i64::MIN;
            let keys: Vec<i64> = seconds.iter().map(|second| { last = second.unwrap_or(last); last }).collect();
            let mut expected: Vec<u64> = (0..seconds.len() as u64).collect();
            expected.sort_by_key(|place| keys[usize::try_from(*place).unwrap()]);
            prop_assert_eq!(places, expected);
        }
    }
}
