//! How far a run is from GO.

use super::counted;
use crate::judge::{Assessment, Decision, Distance};

/// `at least 1206 clean orders, 2 complete readings; …`; `None` where it is GO.
pub(in crate::report) fn distance(assessment: &Assessment) -> Option<String> {
    let Distance { new_run, orders, hours, readings, decisions } = assessment.distance;
    let nouns =
        [(orders, "clean order"), (hours, "hour"), (readings, "complete reading"), (decisions, "open decision")];
    let some = nouns.into_iter().filter(|(number, _)| *number > 0);
    let words: Vec<String> = some.map(|(number, noun)| counted(number, noun)).collect();
    let least = if words.is_empty() {
        "nothing that can be counted".to_owned()
    } else {
        format!("at least {}", words.join(", "))
    };
    let how = if new_run { "in a new run, as this one can't become GO" } else { "if nothing bad is seen on the way" };
    (assessment.decision != Decision::Go).then(|| format!("{least}; {how}"))
}
