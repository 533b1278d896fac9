//! The assessment as GitHub-flavoured Markdown, for a pull request or a wiki.

mod compared;
mod goods;
mod signals;

use std::fmt::Write;

use super::{MASKED, inert, words};
use crate::judge::{Assessment, Exception, OwnerSummary};
use crate::outcome::{Lane, PerLane};

/// The assessment as Markdown. Text from outside is escaped: it can't become a link, a tag, a mention
/// or another cell.
#[must_use]
pub fn markdown(assessment: &Assessment) -> String {
    let mut page = String::new();
    head(&mut page, assessment);
    gates(&mut page, assessment);
    counts(&mut page, assessment);
    exceptions(&mut page, assessment);
    compared::findings(&mut page, assessment);
    compared::rules(&mut page, assessment);
    compared::decisions(&mut page, assessment);
    sensitivity(&mut page, assessment);
    evidence(&mut page, assessment);
    page
}

/// `text` as it reads, with everything that Markdown or HTML would act upon escaped.
fn escape(text: &str) -> String {
    let text = inert(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.as_ref();
    while let Some(letter) = rest.chars().next() {
        let link = rest.starts_with("://");
        let www = rest.get(..4).is_some_and(|four| four.eq_ignore_ascii_case("www."));
        if link || "\\`*_{}[]<>#|!~&@$".contains(letter) {
            out.push('\\');
        }
        if www {
            out.push_str("www\\.");
            rest = rest.get(4..).unwrap_or_default();
            continue;
        }
        out.push(letter);
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
    }
    out
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    _ = page.write_fmt(text);
    page.push('\n');
}

fn head(page: &mut String, assessment: &Assessment) {
    line(page, format_args!("# {}\n", assessment.decision));
    line(page, format_args!("{}\n", escape(&words::why(assessment))));
    if let Some(armed) = words::armed(assessment) {
        line(page, format_args!("**ARMED** {}\n", escape(&armed)));
    }
    if let Some(unmasked) = words::unmasked(assessment) {
        line(page, format_args!("**UNMASKED** {unmasked}\n"));
    }
    line(page, format_args!("- Judged: {}", words::window(assessment)));
    line(page, format_args!("- As of: {}", words::as_of(assessment)));
    line(page, format_args!("- Orders: {}", words::orders(assessment)));
    if let Some(distance) = words::distance(assessment) {
        line(page, format_args!("- To GO: {distance}"));
    }
    line(page, format_args!("- Requests: {}", escape(&words::tally(&assessment.run.counts))));
    if let Some(deliveries) = words::deliveries(&assessment.run.counts) {
        line(page, format_args!("- Delivered: {deliveries}"));
    }
}

fn gates(page: &mut String, assessment: &Assessment) {
    line(page, format_args!("\n## Gates\n"));
    line(page, format_args!("| gate | status | measured | at worst | threshold | why | what would change it |"));
    line(page, format_args!("| --- | --- | --- | --- | --- | --- | --- |"));
    for gate in &assessment.gates {
        let change = gate.would_change.as_ref().map_or("", |change| change.words.as_str());
        let cells = [&gate.measured, &gate.worst_case, &gate.threshold, &gate.reason].map(String::as_str);
        let cells = cells.into_iter().chain([change]).map(escape).collect::<Vec<_>>();
        line(page, format_args!("| {} | {} | {} |", gate.name, gate.status, cells.join(" | ")));
    }
}

fn counts(page: &mut String, assessment: &Assessment) {
    let fates = words::fates(assessment).into_iter().map(|(fate, counts)| (fate.to_string(), counts));
    lanes_table(page, "Fates", fates);
    line(page, format_args!("\n## Parity\n"));
    line(page, format_args!("| parity | orders |"));
    line(page, format_args!("| --- | ---: |"));
    for (parity, count) in &assessment.parity {
        line(page, format_args!("| {} | {count} |", escape(parity.as_str())));
    }
    if let Some(losses) = words::losses(assessment) {
        line(page, format_args!("\n{losses}"));
    }
    lanes_table(page, "Totals", words::totals(&assessment.totals));
    let (Ok(sentence) | Err(sentence)) = words::tie_out(&assessment.totals, &assessment.census);
    line(page, format_args!("\n{sentence}"));
    goods::goods(page, assessment);
    signals::signals(page, assessment);
    census(page, assessment);
}

fn sensitivity(page: &mut String, assessment: &Assessment) {
    line(page, format_args!("\n## What would have been seen\n"));
    line(page, format_args!("{}", words::sensitivity(assessment)));
    if assessment.sensitivity.orders == 0 {
        return;
    }
    line(page, format_args!("\n| fault | seen |"));
    line(page, format_args!("| --- | --- |"));
    for summary in &assessment.sensitivity.faults {
        line(page, format_args!("| {} | {} |", words::fault(summary.fault), words::caught(summary)));
    }
}

fn census(page: &mut String, assessment: &Assessment) {
    line(page, format_args!("\n## Census\n"));
    line(page, format_args!("{}", escape(&words::witness(&assessment.census))));
    let rows = words::census(&assessment.census);
    if rows.is_empty() {
        return;
    }
    line(page, format_args!("\n| census | orders |"));
    line(page, format_args!("| --- | ---: |"));
    for (name, count) in rows {
        line(page, format_args!("| {} | {count} |", escape(&name)));
    }
}

fn lanes_table(page: &mut String, heading: &str, rows: impl IntoIterator<Item = (String, PerLane<u64>)>) {
    line(page, format_args!("\n## {heading}\n"));
    line(page, format_args!("| | legacy | gated |"));
    line(page, format_args!("| --- | ---: | ---: |"));
    for (name, counts) in rows {
        line(page, format_args!("| {} | {} | {} |", escape(&name), counts.legacy, counts.gated));
    }
}

fn exceptions(page: &mut String, assessment: &Assessment) {
    line(page, format_args!("\n## Exceptions\n"));
    if assessment.exceptions_count == 0 {
        line(page, format_args!("None."));
        return;
    }
    line(page, format_args!("| owner | exceptions | money at risk | oldest |"));
    line(page, format_args!("| --- | ---: | --- | --- |"));
    let duties = words::duties(assessment);
    for OwnerSummary { owner, at_risk, .. } in duties.iter().map(|duty| duty.of) {
        let (money, oldest) = (words::amounts(at_risk), at_risk.age_us.map(words::age).unwrap_or_default());
        line(page, format_args!("| {owner} | {} | {} | {oldest} |", at_risk.exceptions, escape(&money)));
    }
    let names = "owner | order | lane | fate | reason | money at risk | since (UTC) | documents | next action";
    line(page, format_args!("\n| {names} |"));
    line(page, format_args!("|{}", " --- |".repeat(names.split('|').count())));
    for duty in &duties {
        for (task, one) in duty.tasks.iter().flat_map(|task| task.orders.iter().map(move |one| (task, one))) {
            let cells = cells(one, &task.of.next_action).map(|cell| escape(&cell)).join(" | ");
            line(page, format_args!("| {} | {cells} |", duty.of.owner));
        }
    }
    let left_out = assessment.exceptions_count.saturating_sub(assessment.exceptions.len() as u64);
    if left_out > 0 {
        line(page, format_args!("\n{left_out} more are counted, not listed."));
    }
}

/// What is told of an exception, but for its owner.
fn cells(one: &Exception, next_action: &str) -> [String; 8] {
    let reason = match (one.reason_class, &one.reason) {
        (Some(class), Some(said)) => format!("{class}: {said}"),
        (class, _) => class.map(|class| class.to_string()).unwrap_or_default(),
    };
    [
        one.order_key.to_string(),
        one.lane.to_string(),
        one.kind.as_str().to_owned(),
        reason,
        one.money_at_risk.as_ref().map(words::sum).unwrap_or_default(),
        words::since(one).unwrap_or_default(),
        one.references.join(", "),
        next_action.to_owned(),
    ]
}

fn evidence(page: &mut String, assessment: &Assessment) {
    line(page, format_args!("\n## Evidence\n"));
    for lane in Lane::ALL {
        line(page, format_args!("- {lane}: {}", escape(&words::lane(assessment.run.lanes.get(*lane)))));
    }
    for extract in &assessment.run.extracts {
        line(page, format_args!("- import: {}", escape(&words::extract(extract))));
    }
    if assessment.masked {
        line(page, format_args!("- masked: {}", escape(MASKED)));
    }
    for act in words::acts(assessment) {
        line(page, format_args!("- shadow: {}", escape(&act)));
    }
    line(page, format_args!("- gaps: {}", words::gaps(assessment)));
    line(page, format_args!("- run: {}", escape(&words::run(assessment))));
    line(page, format_args!("- policy: `{}`", digits(&assessment.run.policy_digest)));
    for change in words::changes(assessment) {
        line(page, format_args!("- changed since the run before: {}", escape(&change)));
    }
    line(page, format_args!("- journal: `{}`", digits(&assessment.run.journal_head)));
}

/// A digest, whose digits can't end a code span.
fn digits(digest: &str) -> String {
    digest.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_text_and_never_obeys_it() {
        for (text, expected) in [
            ("SO-77", "SO-77"),
            ("a|b", "a\\|b"),
            ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
            ("[x](https://evil.example)", "\\[x\\](https\\://evil.example)"),
            ("www.evil.example @all #1", "www\\.evil.example \\@all \\#1"),
            ("a\nb", "a\\\\u\\{a\\}b"),
            ("&lt;", "\\&lt;"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }
}
