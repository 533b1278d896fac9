//! What a replay says of itself: what stands in the files before it begins, and what was sent when it has ended.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::SignedDuration;

use super::args::{Args, LegacyFrom};
use super::guard::Terms;
use super::{Replayed, settle};
use crate::judge::Counts;
use crate::net;
use crate::outcome::Lane;
use crate::replay::formats::Action;
use crate::replay::{Ended, FileSeen, Pace, Spread, Survey};
use crate::report::{counted, instant, span, wrap};

/// The same in lines of at most `width` characters; what goes on is set in.
pub(super) fn folded(text: &str, width: usize) -> String {
    let mut folded = String::new();
    for line in text.lines() {
        let lead = line.len() - line.trim_start().len();
        for (place, part) in wrap(line.trim_start(), width.saturating_sub(lead + 2)).iter().enumerate() {
            _ = writeln!(folded, "{:indent$}{part}", "", indent = if place == 0 { lead } else { lead + 2 });
        }
    }
    folded
}

/// What the files hold and how long it will take.
pub(super) fn survey(survey: &Survey, args: &Args, terms: &Terms) -> String {
    let mut text = String::new();
    survey.files.iter().for_each(|file| text.push_str(&file_lines(file)));
    let Survey { requests, omissions, .. } = survey;
    _ = write!(text, "read {} = to replay {requests} + skipped {}", omissions.read, omissions.omitted());
    text.push_str(&reasons(&omissions.counts));
    text.push('\n');
    let nowhere: u64 = survey.unsent.values().sum();
    if nowhere > 0 {
        _ = writeln!(text, "recorded, and sent to no lane: {nowhere}{}", reasons(&survey.unsent));
    }
    if let Some((first, last)) = survey.span {
        _ = writeln!(text, "captured {} to {} UTC", instant(first), instant(last));
    }
    if survey.displaced > 0 {
        _ = writeln!(text, "{} stand far out of order in time, and are sent where they stand", survey.displaced);
    }
    if survey.untimed > 0 {
        _ = writeln!(text, "{} have no time, and follow the one before them", survey.untimed);
    }
    refused(&mut text, survey);
    if omissions.counts.keys().any(|reason| Counts::may_be_orders(reason)) {
        text.push_str(
            "what can't be sent as captured may be orders: capture-complete is INCONCLUSIVE unless the storefront's list is imported and tallies\n",
        );
    }
    if args.legacy == LegacyFrom::Recorded {
        _ = writeln!(text, "legacy is recorded: {} of {requests} come with its answer", survey.answered);
    }
    text.push_str(&length(survey, args, terms));
    text
}

fn refused(text: &mut String, survey: &Survey) {
    let (listed, all) = (&survey.omissions.refused, survey.omissions.refused_count());
    if all == 0 {
        return;
    }
    _ = writeln!(text, "never sent, as they are not what was captured:");
    listed.iter().for_each(|name| _ = writeln!(text, "  {name}"));
    if all > listed.len() as u64 {
        _ = writeln!(text, "  and {} more", all - listed.len() as u64);
    }
}

fn file_lines(file: &FileSeen) -> String {
    let packed = if file.is_packed { ", packed" } else { "" };
    let mut text =
        format!("{}: {}{packed}, {}", file.path.display(), file.format, counted(file.tally.records, "request"));
    let salvaged: u64 =
        file.tally.counts.iter().filter(|((_, action), _)| *action == Action::Salvaged).map(|(_, count)| count).sum();
    let unread = counted(file.tally.skipped, "piece");
    for (count, what) in [
        (file.tally.joined, format!("{} answers of theirs", file.tally.joined)),
        (file.tally.skipped, format!("{unread} unread{}", why(file, Action::Skipped))),
        (file.tally.set_aside, format!("{} set aside{}", file.tally.set_aside, why(file, Action::SetAside))),
        (salvaged, format!("{salvaged} salvaged")),
    ] {
        if count > 0 {
            _ = write!(text, ", {what}");
        }
    }
    text.push('\n');
    file.tally.listed.iter().for_each(|diagnosis| _ = writeln!(text, "  {diagnosis}"));
    if file.tally.unlisted() > 0 {
        _ = writeln!(text, "  and {} more", file.tally.unlisted());
    }
    text
}

/// Why pieces were left out, by reason.
fn why(file: &FileSeen, action: Action) -> String {
    let counts = file.tally.counts.iter().filter(|((_, of), _)| *of == action);
    reasons(&counts.map(|((reason, _), count)| (reason.to_string(), *count)).collect())
}

/// How long sending and settling take, as far as that is known.
fn length(survey: &Survey, args: &Args, terms: &Terms) -> String {
    let sending = match planned(survey, args) {
        Some(sending) => format!("sending takes {}", for_people(sending)),
        None => "sending goes as fast as the lanes take it".to_owned(),
    };
    let settling = for_people(settle::settle_time(terms));
    let shorter = if args.settle.is_none() { ", which --settle shortens" } else { "" };
    let faster =
        if matches!(args.pace(), Pace::Times(times) if times <= 1.0) { " (--speed max is faster)" } else { "" };
    format!("{sending}{faster}; then {settling} until every order had its time in the ledgers{shorter}\n")
}

/// How long sending takes by the plan; `None` where the lanes decide.
pub(super) fn planned(survey: &Survey, args: &Args) -> Option<Duration> {
    let captured_within = survey.span.and_then(|(first, last)| last.duration_since(first).try_into().ok());
    args.pace().length(survey.requests, captured_within)
}

/// What was sent, how late, and how it ended.
pub(super) fn summary(replayed: &Replayed, args: &Args, terms: &Terms) -> String {
    let Replayed { driven, resumed_from, waits, teed, .. } = replayed;
    let mut text = String::new();
    match &driven.ended {
        Ended::AllSent => {}
        Ended::Stopped => _ = writeln!(text, "stopped before the end; --resume goes on"),
        Ended::Stalled(lane) => {
            _ = writeln!(text, "the {lane} lane took nothing more, and was given up; --resume goes on when it does");
        }
        Ended::Changed => text.push_str(
            "the files are not what they were when they were looked at first: what is judged is not all of either\n",
        ),
        Ended::Unread(error) => _ = writeln!(text, "stopped before the end: {}", net::chain(error)),
    }
    let unsent: u64 = driven.unsent.values().sum();
    let mut skipped = driven.omissions.counts.clone();
    driven.unsent.iter().for_each(|(reason, count)| *skipped.entry(reason.clone()).or_default() += count);
    let read = driven.sent + unsent + driven.omissions.omitted();
    // What was recorded before it was stopped waits for the lanes in the journal.
    let done = if matches!(driven.ended, Ended::AllSent | Ended::Changed) { "sent" } else { "recorded" };
    _ = write!(
        text,
        "replayed in {}: read {} = {done} {} + skipped {}",
        terms.journal.display(),
        read + resumed_from,
        driven.sent,
        unsent + driven.omissions.omitted()
    );
    text.push_str(&reasons(&skipped));
    if *resumed_from > 0 {
        _ = write!(text, " + {resumed_from} recorded before");
    }
    let rate = (driven.sent + unsent) as f64 / driven.took.as_secs_f64().max(0.001);
    _ = writeln!(text, "\nin {}, {rate:.1}/s", for_people(driven.took));
    if args.pace() != Pace::Max && driven.lateness.count > 0 {
        _ = writeln!(text, "{}", late("later than planned", driven.lateness));
    }
    waits.iter().for_each(|(lane, spread)| text.push_str(&wait(*lane, *spread, *teed)));
    text
}

/// How long captures waited for a lane, and how many still do. `teed` is how many there are.
fn wait(lane: Lane, spread: Spread, teed: u64) -> String {
    if spread.count == 0 {
        return format!("nothing was sent to {lane}\n");
    }
    let some =
        if spread.count < teed { format!("{lane} was sent {} of {teed}\n", spread.count) } else { String::new() };
    format!("{some}{}\n", late(&format!("waited for {lane}"), spread))
}

fn late(what: &str, spread: Spread) -> String {
    let Spread { p50, p99, max, .. } = spread;
    format!("{what}: half within {}, 99 % within {}, all within {}", for_people(p50), for_people(p99), for_people(max))
}

fn reasons(counts: &BTreeMap<String, u64>) -> String {
    let reasons: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

pub(super) fn for_people(duration: Duration) -> String {
    span(duration.try_into().unwrap_or(SignedDuration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_and_set_in() {
        let text = "read 24 = to send 20 + skipped 4\n  day.ndjson, line 24: its body ends\nend";
        let expected = "read 24 = to send\n  20 + skipped 4\n  day.ndjson,\n    line 24: its\n    body ends\nend\n";
        assert_eq!(folded(text, 19), expected);
        assert_eq!(folded(text, 80), format!("{text}\n"));
    }
}
