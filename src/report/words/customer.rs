//! What to tell a customer who asks after an order, in one sentence.

use crate::judge::{DocumentState, Fate, LaneVerdict, Verdict};
use crate::outcome::Lane;

/// What can be said of an order on the lane whose answers the customer gets. It promises nothing that no ledger has.
pub(in crate::report) fn told_customer(verdict: &Verdict, live: Lane) -> String {
    let lane = verdict.lanes.get(live);
    match *verdict.fates.get(live) {
        Fate::Committed | Fate::CommittedLate | Fate::Recovered => match number(lane) {
            Some(number) => format!("Your order is in our system under the number {number}, and is being processed."),
            None => "Your order is in our system, and is being processed.".to_owned(),
        },
        Fate::DoubleCommitted => {
            "Your order is in our system, and was entered more than once by mistake: we are cancelling what is too much, and you pay once.".to_owned()
        }
        Fate::Rejected => "We could not take your order: nothing will be shipped, and we will tell you why and what can be done.".to_owned(),
        Fate::CommittedAfterReject => {
            "We are checking your order by hand: our systems disagree on whether it was taken, and we will tell you which holds.".to_owned()
        }
        Fate::Withdrawn => "Your order was cancelled before it was processed: nothing will be shipped.".to_owned(),
        Fate::Vanished | Fate::Lost => {
            "We have your order, and it got stuck on its way into our system: it is being entered by hand, and we will confirm it.".to_owned()
        }
        Fate::NotCommitted => {
            "We have received your order, and could not enter it yet: we are looking into it, and will confirm it or tell you why not.".to_owned()
        }
        Fate::Unsent | Fate::Unobserved | Fate::Pending | Fate::Leaked if lane.documents.iter().any(stands) => {
            "Your order is in our system, and is being processed.".to_owned()
        }
        Fate::Unsent | Fate::Unobserved | Fate::Pending | Fate::Leaked if lane.confirmed.is_some() => {
            "We have received your order, and it is on its way into our system: please allow some time before it shows there.".to_owned()
        }
        Fate::Unsent | Fate::Unobserved | Fate::Pending | Fate::Leaked => {
            "We have received your order, and it is not confirmed yet: we will confirm it or tell you why not.".to_owned()
        }
        Fate::Excluded => "This order is none that is to be shipped, such as a test.".to_owned(),
    }
}

fn stands(document: &crate::judge::DocumentSeen) -> bool {
    matches!(document.state, DocumentState::Present | DocumentState::Missing)
}

fn number(lane: &LaneVerdict) -> Option<&str> {
    lane.documents.iter().find(|document| stands(document))?.reference.as_deref()
}
