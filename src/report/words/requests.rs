//! Requests and orders as the tee counted them.

use crate::judge::{Assessment, Counts, Fate};
use crate::outcome::Signature;

/// Orders captured, judged and pending, counted on the gated lane.
pub(in crate::report) fn orders(assessment: &Assessment) -> String {
    let count = |fate| assessment.fates.gated.get(&fate).copied().unwrap_or_default();
    let (pending, excluded) = (count(Fate::Pending), count(Fate::Excluded));
    let captured = assessment.totals.orders_captured;
    let mut words =
        vec![format!("{captured} captured"), format!("{} judged", captured.saturating_sub(pending + excluded))];
    words.extend((pending > 0).then(|| format!("{pending} pending")));
    words.extend((excluded > 0).then(|| format!("{excluded} excluded")));
    words.join(", ")
}

/// `received = teed + passed through + skipped`, with what is left over named rather than hidden.
pub(in crate::report) fn tally(counts: &Counts) -> String {
    let skipped: u64 = counts.skipped.values().sum();
    let reasons: Vec<String> = counts.skipped.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    format!(
        "received {} = teed {} + passed through {} + skipped {skipped}{reasons}{}",
        counts.received,
        counts.teed,
        counts.passed_through,
        tally_rest(counts)
    )
}

/// What the tally ends with where its sides differ: ` + in flight 2`, or that they do not tie out.
pub(in crate::report) fn tally_rest(counts: &Counts) -> String {
    let known = counts.teed + counts.passed_through + counts.skipped.values().sum::<u64>();
    match counts.received.checked_sub(known) {
        Some(0) => String::new(),
        Some(flying) => format!(" + in flight {flying}"),
        None => format!("; {} too many: the counters do not tie out", known - counts.received),
    }
}

/// What deliveries and signatures showed, in sentences; `None` where there is nothing to say.
pub(in crate::report) fn deliveries(counts: &Counts) -> Option<String> {
    let mut words = Vec::new();
    words.extend((counts.redelivered > 0).then(|| format!("{} redelivered", counts.redelivered)));
    let again = counts.same_order_again;
    words.extend((again > 0).then(|| format!("{again} of an order that was there, by another event")));
    let what = |signature| match signature {
        Signature::Good => "good",
        Signature::Bad => "bad",
        Signature::Missing => "missing",
        Signature::Unchecked => "unchecked",
    };
    let signed: Vec<String> =
        counts.signatures.iter().map(|(signature, count)| format!("{count} {}", what(*signature))).collect();
    words.extend((!signed.is_empty()).then(|| format!("signatures: {}", signed.join(", "))));
    (!words.is_empty()).then(|| words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_names_what_is_left_over() {
        let skipped = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        for (received, skips, expected) in [
            (10, skipped(&[]), "received 10 = teed 6 + passed through 4 + skipped 0"),
            (
                13,
                skipped(&[("empty_body", 1), ("no_json", 2)]),
                "received 13 = teed 6 + passed through 4 + skipped 3 (empty_body 1, no_json 2)",
            ),
            (12, skipped(&[]), "received 12 = teed 6 + passed through 4 + skipped 0 + in flight 2"),
            (
                9,
                skipped(&[]),
                "received 9 = teed 6 + passed through 4 + skipped 0; 1 too many: the counters do not tie out",
            ),
        ] {
            let counts = Counts { received, teed: 6, passed_through: 4, skipped: skips, ..Counts::default() };
            assert_eq!(tally(&counts), expected);
        }
    }
}
