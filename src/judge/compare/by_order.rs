//! Differences between the lanes that what was ordered explains: the gated document says just that, and legacy's something
//! else. They are legacy's, and evidence for the cutover, as its losses are. Nothing is explained by what is not on record,
//! nor by what a rule makes alike.

use std::collections::BTreeMap;

use super::sides::Read;
use super::{Compared, Comparer, Contents, OrderCompared};
use crate::diff::{Class, Common, Detail};
use crate::order::OrderPlaces;

impl Comparer {
    /// Marks what the order explains. `read` is what the gated lane's documents were read as.
    pub(super) fn explain_by_order(
        &self,
        contents: &Contents<'_>,
        orders: &BTreeMap<String, OrderPlaces>,
        read: &Read<'_, '_>,
        compared: &mut OrderCompared,
    ) {
        let departs = |compared: &Compared| Some(compared.findings()?.unexplained().next().is_some());
        let is_legacys = departs(&compared.order.legacy) == Some(true) && departs(&compared.order.gated) == Some(false);
        let (Compared::Found(lanes), Some(gated), true) = (&mut compared.lanes, &self.places.gated, is_legacys) else {
            return;
        };
        let Some(common) = self.as_ordered(contents, orders, gated, read) else { return };
        // A comparison that did not come to its end says nothing of what lies beyond.
        let is_seen = |class: Class| !matches!(class, Class::TooComplex | Class::Unreadable);
        for finding in lanes.list.iter_mut().filter(|finding| finding.is_open() && is_seen(finding.class)) {
            let legacy = self.places.legacy.as_ref().zip(finding.legacy.as_ref());
            finding.by_order = match (&finding.gated, legacy) {
                (Some(place), _) => common.holds(gated, place),
                (None, Some((legacy, place))) => common.holds(legacy, place),
                (None, None) => false,
            };
        }
    }

    /// The parts of which the gated documents say just what was ordered. `None` where there are none, and where it can't be
    /// told what was ordered: of an order that was changed the gated lane may have missed the change, and legacy taken it.
    fn as_ordered(
        &self,
        contents: &Contents<'_>,
        orders: &BTreeMap<String, OrderPlaces>,
        gated: &OrderPlaces,
        read: &Read<'_, '_>,
    ) -> Option<Common> {
        let Read::Json(documents) = read else { return None };
        if !contents.are_whole() {
            return None;
        }
        let rules = &self.rules.order.rules;
        let hides = |rule: usize| rules.list().get(rule).is_some_and(|rule| rule.action.hides());
        let mut parts: Option<Common> = None;
        for (_, payload, content) in contents.payloads() {
            let of_order = orders.get(&payload.route)?;
            let common = Common::of(of_order, gated)?;
            let found = self.with_payload(content.json()?.ok()?, (of_order, gated), common, documents, Detail::Brief);
            if found.unexplained().next().is_some() {
                return None;
            }
            let own = (found.list.iter())
                .filter(|finding| finding.masked_by.is_some_and(hides))
                .fold(common, |common, finding| common.without(&finding.pattern));
            parts = Some(parts.map_or(own, |parts| parts.and(own)));
        }
        parts
    }
}
