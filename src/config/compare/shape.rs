//! In which shape the lanes' documents are compared: said, or by what is known of them.

use super::super::lane::LaneDraft;
use super::super::reader::Context;
use super::CompareDraft;
use crate::diff::Common;
use crate::judge::DocumentShape;
use crate::order::OrderPlaces;
use crate::outcome::{Lane, PerLane};

/// Where lines and money stand in a lane's documents.
pub(super) fn document(lane: &LaneDraft) -> Option<&OrderPlaces> {
    lane.document.as_ref().map(|at| &at.value)
}

impl CompareDraft {
    /// Documents of which it is known that they are different are compared by what they have in common.
    pub(in super::super) fn shape(&self, lanes: &PerLane<LaneDraft>) -> DocumentShape {
        let differ = || match (document(&lanes.legacy), document(&lanes.gated)) {
            (Some(legacy), Some(gated)) if legacy != gated => DocumentShape::InCommonTerms,
            _ => DocumentShape::AsTheyAre,
        };
        self.documents.as_ref().map_or_else(differ, |at| at.value)
    }
}

/// Whether there are common terms where documents are compared in them.
pub(super) fn check(draft: &CompareDraft, lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    if draft.shape(lanes) == DocumentShape::AsTheyAre {
        return;
    }
    let span = draft.documents.as_ref().map(|at| at.span.clone());
    for lane in Lane::ALL.iter().filter(|lane| lanes.get(**lane).document.is_none()) {
        let what = format!("documents are compared in common terms, and there is no `[lane.{lane}.document]`");
        let write = "write it, with lines, sku and quantity, or total and currency; or documents = \"as-they-are\"";
        context.absent(span.clone(), what, write);
    }
    if let (Some(legacy), Some(gated)) = (&lanes.legacy.document, &lanes.gated.document)
        && Common::of(&legacy.value, &gated.value).is_none()
    {
        let what = "the documents of the two lanes have nothing in common that could be compared";
        let write = "name the same parts in `[lane.legacy.document]` and `[lane.gated.document]`, such as lines, sku and \
                     quantity, or total, alike in `net`; or write compare.documents = \"as-they-are\"";
        context.fault(Some(span.unwrap_or_else(|| gated.span.clone())), what, write);
    }
}
