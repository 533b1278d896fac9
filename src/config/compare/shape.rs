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
            (Some(legacy), Some(gated)) if legacy.stands_elsewhere(gated) => DocumentShape::InCommonTerms,
            _ => DocumentShape::AsTheyAre,
        };
        self.documents.as_ref().map_or_else(differ, |at| at.value)
    }
}

/// Says that one lane's places alone don't bring two shapes together, where nobody said that there is but one.
fn one_sided(draft: &CompareDraft, lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    if context.is_faulty() {
        return;
    }
    let named = Lane::ALL.iter().filter_map(|lane| Some((lane, lanes.get(*lane).document.as_ref()?)));
    let (Some((lane, at)), None, None) = (named.clone().next(), named.clone().nth(1), &draft.documents) else {
        return;
    };
    let other = lane.other();
    let what = format!(
        "only `lane.{lane}` says where the parts of an order stand in its documents, so both are compared as they are"
    );
    let write = format!("if the other ERP writes its orders differently, write `[lane.{other}.document]` too");
    context.note(Some(at.span.clone()), what, write);
}

/// Whether there are common terms where documents are compared in them.
pub(super) fn check(draft: &CompareDraft, lanes: &PerLane<LaneDraft>, context: &Context<'_>) {
    if draft.shape(lanes) == DocumentShape::AsTheyAre {
        return one_sided(draft, lanes, context);
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
