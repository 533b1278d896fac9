//! The assessment as a summary for a terminal: the decision first, what it rests on after it.

mod findings;
mod goods;
mod rules;
mod signals;

use super::layout::{Page, Style, Tone, wrap};
use super::words::{self, Task};
use super::{MASKED, inert};
use crate::judge::{Assessment, Decision, Exception, Fate, Gate};
use crate::outcome::{Lane, PerLane};

/// How many orders of one task are listed; the JSON has all that the assessment keeps.
const ORDERS_SHOWN: usize = 10;

/// Columns of a gate's status and of its name.
const STATUS: usize = 16;
const NAME: usize = 20;

/// Columns of a name above the two lanes, and of a lane's count.
const LABEL: usize = 30;
const COUNT: usize = 10;

/// Where values begin, in lines of a name and its value.
const VALUE: usize = 10;

/// The summary, in lines of at most `width` characters (40 at least). Reads best at 80.
#[must_use]
pub fn text(assessment: &Assessment, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    decision(&mut page, assessment);
    gates(&mut page, &assessment.gates);
    fates(&mut page, assessment);
    parity(&mut page, assessment);
    exceptions(&mut page, assessment);
    findings::findings(&mut page, assessment);
    rules::rules(&mut page, assessment);
    rules::decisions(&mut page, assessment);
    totals(&mut page, assessment);
    goods::goods(&mut page, assessment);
    signals::signals(&mut page, assessment);
    census(&mut page, assessment);
    sensitivity(&mut page, assessment);
    provenance(&mut page, assessment);
    page.finish()
}

/// The decision, why, and the orders that need somebody; nothing else of the summary.
#[must_use]
pub fn brief(assessment: &Assessment, width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    headline(&mut page, assessment);
    armed(&mut page, assessment);
    exceptions(&mut page, assessment);
    page.finish()
}

fn headline(page: &mut Page, assessment: &Assessment) {
    let status = assessment.decision.as_str();
    let lead = format!("{}  ", page.paint(Tone::of(assessment.decision), status));
    page.beside(&lead, status.len() + 2, &inert(&words::why(assessment)));
}

/// That the shadow wrote, or may have written, to a production.
fn armed(page: &mut Page, assessment: &Assessment) {
    if let Some(armed) = words::armed(assessment) {
        let lead = format!("{}  ", page.paint(Tone::Bad, "ARMED"));
        page.beside(&lead, "ARMED  ".len(), &inert(&armed));
    }
}

fn decision(page: &mut Page, assessment: &Assessment) {
    headline(page, assessment);
    armed(page, assessment);
    if let Some(unmasked) = words::unmasked(assessment) {
        page.beside("UNMASKED  ", VALUE, unmasked);
    }
    page.line("");
    page.beside("Judged    ", VALUE, &words::window(assessment));
    page.beside("As of     ", VALUE, &words::as_of(assessment));
    page.beside("Orders    ", VALUE, &words::orders(assessment));
    if let Some(distance) = words::distance(assessment) {
        page.beside("To GO     ", VALUE, &distance);
    }
    page.beside("Requests  ", VALUE, &inert(&words::tally(&assessment.run.counts)));
    if let Some(deliveries) = words::deliveries(&assessment.run.counts) {
        page.beside("Delivered ", VALUE, &deliveries);
    }
}

fn gates(page: &mut Page, gates: &[Gate]) {
    page.heading("Gates");
    for gate in gates {
        let status =
            page.paint(Tone::of(gate.status), &format!("{:<width$}", gate.status.as_str(), width = STATUS - 2));
        let lead = format!("  {status}{:<NAME$}", gate.name.as_str());
        page.beside(&lead, STATUS + NAME, &inert(&gate.measured));
        if gate.status == Decision::Go {
            continue;
        }
        let limits = format!("at worst: {}; threshold: {}", gate.worst_case, gate.threshold);
        page.paragraph(STATUS, &inert(&limits));
        page.paragraph(STATUS, &inert(&gate.reason));
        if let Some(change) = &gate.would_change {
            page.paragraph(STATUS, &inert(&format!("What would change this: {}", change.words)));
        }
    }
}

fn fates(page: &mut Page, assessment: &Assessment) {
    two_columns(page, "Fates");
    let rows = words::fates(assessment);
    if rows.is_empty() {
        page.line("  no order was captured");
    }
    for (fate, counts) in rows {
        row(page, fate.as_str(), counts, tone_of(fate));
    }
}

/// The tone of a fate that should not be; `None` for those that are fine.
pub(in crate::report) const fn tone_of(fate: Fate) -> Option<Tone> {
    match fate {
        Fate::Leaked | Fate::DoubleCommitted | Fate::CommittedAfterReject | Fate::Vanished | Fate::Lost => {
            Some(Tone::Bad)
        }
        Fate::CommittedLate | Fate::NotCommitted | Fate::Unsent | Fate::Unobserved => Some(Tone::Unknown),
        Fate::Excluded | Fate::Recovered | Fate::Committed | Fate::Rejected | Fate::Withdrawn | Fate::Pending => None,
    }
}

fn parity(page: &mut Page, assessment: &Assessment) {
    page.heading("Parity");
    let counts: Vec<String> = assessment.parity.iter().map(|(parity, count)| format!("{parity} {count}")).collect();
    page.paragraph(2, if counts.is_empty() { "nothing to compare".to_owned() } else { counts.join(", ") }.as_str());
    if let Some(losses) = words::losses(assessment) {
        page.paragraph(2, &losses);
    }
}

fn exceptions(page: &mut Page, assessment: &Assessment) {
    let all = assessment.exceptions_count;
    if all == 0 {
        page.heading("Exceptions: none");
        return;
    }
    page.heading(&format!("Exceptions: {all}"));
    for duty in words::duties(assessment) {
        let own = &duty.of.at_risk;
        let mut sum = vec![words::counted(own.exceptions, "exception"), words::at_risk(own)];
        sum.extend(words::oldest(own));
        page.hanging(2, 4, &inert(&format!("{}: {}", duty.of.owner, sum.join(", "))));
        for task in &duty.tasks {
            // Where it is the owner's only one, or nothing is known, that has been said.
            let is_news = duty.tasks.len() > 1 && !own.money_at_risk.is_empty();
            let sum = if is_news { format!(", {}", words::at_risk(&task.of.at_risk)) } else { String::new() };
            page.hanging(4, 6, &inert(&format!("{}{sum}", task.subject())));
            page.paragraph(6, &inert(&task.of.next_action));
            orders(page, task);
        }
    }
    let left_out = all.saturating_sub(assessment.exceptions.len() as u64);
    if left_out > 0 {
        page.paragraph(2, &format!("{left_out} more are counted, not listed."));
    }
}

/// The orders of one task: key, money, time and age, documents, and why a lane rejected it.
fn orders(page: &mut Page, task: &Task<'_>) {
    let exceptions = &task.orders;
    let shown = exceptions.iter().take(ORDERS_SHOWN);
    let keys: Vec<_> = shown.clone().map(|exception| inert(exception.order_key.as_str())).collect();
    let column = keys.iter().map(|key| key.chars().count()).max().unwrap_or_default();
    for (exception, key) in shown.zip(&keys) {
        let facts = facts(exception);
        if column + 10 + 20 > page.width() {
            page.paragraph(8, &inert(&format!("{key} {facts}")));
        } else {
            page.beside(&format!("        {key:<column$}  "), column + 10, &inert(&facts));
        }
    }
    let more = task.beyond(exceptions.len().min(ORDERS_SHOWN));
    if more > 0 {
        page.line(&format!("        and {more} more"));
    }
}

fn facts(exception: &Exception) -> String {
    let Exception { references, reason, money_at_risk, .. } = exception;
    let mut facts: Vec<String> = money_at_risk.as_ref().map(words::sum).into_iter().collect();
    facts.extend(words::since(exception));
    facts.extend((!references.is_empty()).then(|| references.join(", ")));
    facts.extend(reason.as_ref().map(|reason| format!("\"{reason}\"")));
    facts.join(", ")
}

fn totals(page: &mut Page, assessment: &Assessment) {
    two_columns(page, "Totals");
    for (name, counts) in words::totals(&assessment.totals) {
        row(page, &inert(&name), counts, None);
    }
    let sentence = match words::tie_out(&assessment.totals, &assessment.census) {
        Ok(sentence) => sentence.to_owned(),
        Err(sentence) => page.paint(Tone::Bad, sentence),
    };
    page.line(&format!("  {sentence}"));
}

fn census(page: &mut Page, assessment: &Assessment) {
    page.heading("Census");
    page.paragraph(2, &words::witness(&assessment.census));
    for (name, count) in words::census(&assessment.census) {
        let mut lines = wrap(&inert(&name), LABEL - 3);
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            page.line(&format!("  {line}"));
        }
        page.line(&format!("  {last:<width$}{count:>COUNT$}", width = LABEL - 2));
    }
}

fn sensitivity(page: &mut Page, assessment: &Assessment) {
    page.heading("What would have been seen");
    page.paragraph(2, &words::sensitivity(assessment));
    for summary in assessment.sensitivity.faults.iter().filter(|_| assessment.sensitivity.orders > 0) {
        page.beside(&format!("  {:<width$}", summary.fault.as_str(), width = NAME), NAME + 2, &words::caught(summary));
    }
}

fn provenance(page: &mut Page, assessment: &Assessment) {
    page.heading("Evidence");
    for lane in Lane::ALL {
        let summary = words::lane(assessment.run.lanes.get(*lane));
        page.beside(&format!("  {:<width$}", lane.as_str(), width = VALUE - 2), VALUE, &inert(&summary));
    }
    for extract in &assessment.run.extracts {
        page.beside("  import  ", VALUE, &inert(&words::extract(extract)));
    }
    if assessment.masked {
        page.beside("  masked  ", VALUE, MASKED);
    }
    for act in words::acts(assessment) {
        page.beside("  shadow  ", VALUE, &inert(&act));
    }
    page.beside("  gaps    ", VALUE, &words::gaps(assessment));
    page.beside("  run     ", VALUE, &inert(&words::run(assessment)));
    page.beside("  policy  ", VALUE, &inert(&assessment.run.policy_digest));
    for change in words::changes(assessment) {
        page.beside("  changed ", VALUE, &inert(&change));
    }
    page.beside("  journal ", VALUE, &inert(&assessment.run.journal_head));
}

/// A heading with the two lanes above their columns.
fn two_columns(page: &mut Page, heading: &str) {
    page.heading(&format!("{heading:<LABEL$}{:>COUNT$}{:>COUNT$}", Lane::Legacy.as_str(), Lane::Gated.as_str()));
}

fn row(page: &mut Page, name: &str, counts: PerLane<u64>, tone: Option<Tone>) {
    let mut lines = wrap(name, LABEL - 3);
    let last = lines.pop().unwrap_or_default();
    for line in lines {
        page.line(&format!("  {line}"));
    }
    let line = format!("{last:<width$}{:>COUNT$}{:>COUNT$}", counts.legacy, counts.gated, width = LABEL - 2);
    let line = tone.map_or_else(|| line.clone(), |tone| page.paint(tone, &line));
    page.line(&format!("  {line}"));
}
