//! The two documents that a comparison was of, for who asks more of them than what differs.

use super::sides::Read;
use super::{Compared, Comparer, Contents, compared};
use crate::diff::{Common, Findings, Terms};
use crate::judge::facts::{LaneCase, OrderCase};
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
        let cases = self.cases(timeline);
        let documents = PerLane::from_fn(|lane: Lane| compared(cases.get(lane)));
        let contents = Contents::of(timeline, &cases);
        let read = PerLane::from_fn(|lane: Lane| Read::of(lane, documents.get(lane), &contents));
        let (Read::Json(legacy), Read::Json(gated)) = (&read.legacy, &read.gated) else {
            return;
        };
        match (comparer.shape, legacy.as_slice(), gated.as_slice()) {
            (DocumentShape::AsTheyAre, [legacy], [gated]) => see(legacy, gated, findings),
            (DocumentShape::AsTheyAre, ..) => {}
            (DocumentShape::InCommonTerms, ..) => comparer.terms(legacy, gated, findings, see),
        }
    }

    /// What each lane's evidence says of an order, as it was judged.
    fn cases(&self, timeline: &Timeline) -> PerLane<LaneCase> {
        let order = OrderCase::new(timeline);
        let case = |lane: Lane| LaneCase::new(&order, timeline, lane, self.lanes.get(lane), &self.holes);
        let mut cases = PerLane::from_fn(case);
        if let Some(reference) = self.leak(&cases).written {
            cases.get_mut(self.live).disown(&reference);
        }
        for &lane in Lane::ALL {
            cases.get_mut(lane).excuse_split(self.lanes.get(lane), &timeline.captures, &self.policy.orders);
        }
        cases
    }
}

impl Comparer {
    fn terms(
        &self,
        legacy: &[&Json<'_>],
        gated: &[&Json<'_>],
        findings: &Findings,
        see: impl FnOnce(&Json<'_>, &Json<'_>, &Findings),
    ) {
        let (Some(left), Some(right)) = (&self.places.legacy, &self.places.gated) else {
            return;
        };
        let Some(common) = Common::of(left, right) else {
            return;
        };
        see(Terms::of(left, common, legacy).json(), Terms::of(right, common, gated).json(), findings);
    }
}
