//! The two documents that a comparison was of, for who asks more of them than what differs.

use super::sides::Read;
use super::{Compared, Contents, compared};
use crate::diff::Findings;
use crate::judge::facts::OrderCase;
use crate::judge::{DocumentShape, Judge, Timeline, Verdict};
use crate::order::Json;
use crate::outcome::{Lane, PerLane};

impl Judge {
    /// Hands the two documents of an order that were compared for its `verdict` to `see`, in the shape in which they were,
    /// with what was found. Nothing happens where none were, or one of them is no JSON.
    pub fn pair(&self, timeline: &Timeline, verdict: &Verdict, see: impl FnOnce(&Json<'_>, &Json<'_>, &Findings)) {
        let found = verdict.compared.as_ref().map(|compared| &compared.lanes);
        let (Some(comparer), Some(Compared::Found(findings))) = (&self.comparer, found) else {
            return;
        };
        let mut cases = self.cases(&OrderCase::new(timeline), timeline);
        let leak = self.leak(&cases);
        self.own_documents(&mut cases, timeline, &leak);
        let documents = PerLane::from_fn(|lane: Lane| compared(cases.get(lane)));
        let contents = Contents::of(timeline, &cases, &self.wanted);
        let read = PerLane::from_fn(|lane: Lane| Read::of(lane, documents.get(lane), &contents));
        let (Read::Json(legacy), Read::Json(gated)) = (&read.legacy, &read.gated) else {
            return;
        };
        match (comparer.shape, legacy.as_slice(), gated.as_slice()) {
            (DocumentShape::AsTheyAre, [legacy], [gated]) => see(legacy, gated, findings),
            (DocumentShape::AsTheyAre, ..) => {}
            (DocumentShape::InCommonTerms, ..) => {
                comparer.terms(legacy, gated, |(left, _), (right, _)| see(left.json(), right.json(), findings));
            }
        }
    }
}
