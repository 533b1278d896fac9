//! Several documents for one order, on a lane whose ERP splits orders (`documents = "split"`).
//!
//! They are no double commit as long as their units of each SKU together don't exceed the order's. What can't be
//! counted for sure is not excused: it stays two documents for one order, which is what was seen. Were it merely
//! unknown, taking away the body or the document that shows the excess would make a decision better, and a double
//! commit could be masked by a document that nobody can read. Fewer units than ordered are no double commit, and this
//! doesn't look for them.

use std::collections::BTreeMap;

use super::documents::Document;
use super::holes::is_counted;
use super::{CaptureSeen, Payload};
use crate::order::{Json, OrderPlaces, Units};

/// Whether `documents` together are for no more than was ordered.
pub(super) fn is_covered(
    documents: &[&Document],
    of_documents: Option<&OrderPlaces>,
    captures: &[CaptureSeen],
    of_orders: &BTreeMap<String, OrderPlaces>,
) -> bool {
    let counted = || {
        let (places, ordered) = (of_documents?, ordered(captures, of_orders)?);
        let mut sum = Units::default();
        for document in documents {
            let json = Json::parse(document.bytes.as_deref()?).ok()?;
            sum = sum.with(&Units::of(places, &json)?)?;
        }
        Some(sum.are_within(&ordered))
    };
    counted() == Some(true)
}

/// What was ordered: what every `create` of the order that was teed says alike. Of two that differ it can't be told
/// which one holds.
fn ordered(captures: &[CaptureSeen], of_orders: &BTreeMap<String, OrderPlaces>) -> Option<Units> {
    let mut teed = captures.iter().filter(|capture| is_counted(capture) && capture.excluded.is_none());
    let units = |capture: &CaptureSeen| {
        let Payload { route, body } = capture.payload.as_ref()?;
        Units::of(of_orders.get(route)?, &Json::parse(body).ok()?)
    };
    let first = units(teed.next()?)?;
    teed.all(|capture| units(capture).as_ref() == Some(&first)).then_some(first)
}
