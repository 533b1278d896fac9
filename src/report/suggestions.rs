//! Rules that are suggested, as TOML to paste, what speaks for each of them as comments.
//!
//! Names and values come out of orders: in a comment they are one line without controls, in TOML they are escaped, so
//! that none of them can end what it stands in.

use std::fmt::Write as _;

use super::masked::{masked_suggestion, of_path};
use super::{inert, inert::acts};
use crate::diff::{Action, Advice, Doubt, Noise, Subject, Suggestion, Why};

/// Places that are listed of one kind. What is beyond is counted: nobody reads on, and pasting hundreds of rules is no care.
const LISTED_MAX: usize = 50;

/// What the differences of a run suggest. `compares`: whether its documents are compared at all; `baseline`: the run in
/// which both lanes lead to the same build; `is_masked`: without the personal data in examples.
#[must_use]
pub fn suggestions(run: u32, compares: bool, baseline: Option<u32>, noise: &Noise, is_masked: bool) -> String {
    let mut page = Page { text: String::new(), is_masked };
    if !compares {
        page.comment(&format!("Nothing to suggest: run {run} was begun without a comparison of documents."));
        return page.text;
    }
    let mut all = noise.suggestions();
    if is_masked {
        all = all.into_iter().map(masked_suggestion).collect();
    }
    let rules: Vec<&Suggestion> = all.iter().filter(|one| matches!(one.advice, Advice::Rule(..))).collect();
    let asked: Vec<&Suggestion> = all.iter().filter(|one| matches!(one.advice, Advice::Ask(..))).collect();
    let others: Vec<&Suggestion> =
        all.iter().filter(|one| !matches!(one.advice, Advice::Rule(..) | Advice::Ask(..))).collect();
    page.head(run, baseline, noise, !(rules.is_empty() && asked.is_empty()));
    page.section("Rules worth having", &rules, |page, one| page.rule(one, noise));
    page.section("A person has to decide: these may hide what matters", &asked, |page, one| page.rule(one, noise));
    page.section("No rule", &others, |page, one| page.other(one, noise));
    page.text
}

struct Page {
    text: String,
    is_masked: bool,
}

impl Page {
    /// A line of a comment, whatever stands in `text`.
    fn comment(&mut self, text: &str) {
        // Writing to a string can't fail.
        _ = writeln!(self.text, "# {}", inert(text));
    }

    fn head(&mut self, run: u32, baseline: Option<u32>, noise: &Noise, suggests: bool) {
        let (orders, findings) = (noise.orders(), noise.findings());
        match () {
            () if orders == 0 => self.comment(&format!(
                "Nothing to suggest: no order of run {run} has documents of both lanes that were compared."
            )),
            () if findings == 0 => self.comment(&format!(
                "Nothing to suggest: the documents of {} of run {run} were compared, and nothing unexplained was found.",
                count(orders, "order")
            )),
            () => {
                let nothing = if suggests { "" } else { "Nothing to suggest. " };
                self.comment(&format!(
                    "{nothing}Run {run}: the documents of {} were compared; rules don't explain {} in {}.",
                    count(orders, "order"),
                    count(findings, "difference"),
                    count(noise.differing(), "order")
                ));
            }
        }
        if let Some(baseline) = baseline {
            let compared = count(noise.baseline_orders(), "order");
            self.comment(&format!("Run {baseline} is the baseline: {compared} of it were compared."));
        }
        if noise.left_out() > 0 {
            let left_out = count(noise.left_out(), "order");
            self.comment(&format!("Left out: {left_out} whose documents are too large to be counted to their end."));
        }
        if noise.beyond() > 0 {
            let beyond = count(noise.beyond(), "difference");
            self.comment(&format!("Not looked at: {beyond} at places beyond those that are kept."));
        }
        if suggests {
            self.comment(
                "Nothing was changed. Paste what is right, and give each rule the real reason: it hides differences.",
            );
        }
    }

    fn section(&mut self, title: &str, all: &[&Suggestion], mut each: impl FnMut(&mut Self, &Suggestion)) {
        if all.is_empty() {
            return;
        }
        self.text.push('\n');
        self.comment(&format!("{title}: {}", count(all.len() as u64, "place")));
        for one in all.iter().take(LISTED_MAX) {
            self.text.push('\n');
            each(self, one);
        }
        if let Some(more @ 1..) = all.len().checked_sub(LISTED_MAX) {
            self.text.push('\n');
            self.comment(&format!("and {} with fewer differences", count(more as u64, "place")));
        }
    }

    /// A rule and what speaks for it; commented out where a person has to decide.
    fn rule(&mut self, one: &Suggestion, noise: &Noise) {
        let (action, why, doubt) = match &one.advice {
            Advice::Rule(action, why) => (action, *why, None),
            Advice::Ask(action, why, doubt) => (action, *why, Some(*doubt)),
            _ => return,
        };
        self.comment(&format!("{}: {}", one.path, evidence(one, noise)));
        self.comment(&format!("  {}", example(one)));
        self.comment(&sentence(why));
        match doubt {
            None => self.comment("Replace the reason by the real one."),
            Some(Doubt::Named) => {
                self.comment("By its name it is identity. Only a person can say that each ledger numbers by itself.");
            }
            Some(Doubt::Amounts) => {
                self.comment("Its values may be money or quantities. Only a person can say that they are not.");
            }
        }
        let dangerous = (doubt == Some(Doubt::Named)).then(|| "dangerous = true".to_owned());
        if self.is_masked && matches!(action, Action::Values { .. }) && of_path(&one.path) {
            return self.comment("A rule of all these values; they are personal: --unmasked writes it out.");
        }
        let lines = ["[[compare.rule]]".to_owned(), format!("path = {}", quoted(&one.path))]
            .into_iter()
            .chain([does(action), format!("reason = {}", quoted(&reason(one, why)))])
            .chain(dangerous);
        let lead = if doubt.is_some() { "# " } else { "" };
        for line in lines {
            _ = writeln!(self.text, "{lead}{line}");
        }
    }

    /// A place that no rule is suggested for.
    fn other(&mut self, one: &Suggestion, noise: &Noise) {
        let (path, evidence) = (&one.path, evidence(one, noise));
        self.comment(&match &one.advice {
            Advice::Grave { subject, within } => {
                let is = if *within { "lies within what is" } else { "is" };
                format!("not suggested: {path} {is} {}: {evidence}", about(*subject))
            }
            Advice::Apart(apart) => format!(
                "no rule fits: {path}, always {:#} apart, as if one lane's clock or time zone were wrong: {evidence}",
                apart.abs()
            ),
            _ if one.moved > 0 && one.moved == one.findings => {
                format!("no rule fits: {path} only stands in another order, see match_by and multiset: {evidence}")
            }
            _ => format!("no rule fits: {path}: {evidence}"),
        });
        self.comment(&format!("  {}", example(one)));
    }
}

const fn about(subject: Subject) -> &'static str {
    match subject {
        Subject::Identity => "identity",
        Subject::Money | Subject::Price => "money",
        Subject::Quantity => "a quantity",
    }
}

/// How often the lanes differ at a place.
fn evidence(one: &Suggestion, noise: &Noise) -> String {
    let mut parts = Vec::new();
    if one.differing > 0 {
        parts.push(format!("differs in {} of {}", one.differing, count(one.pairs, "value")));
    }
    for (lane, alone) in [("legacy", one.alone.legacy), ("gated", one.alone.gated)] {
        parts.extend((alone > 0).then(|| format!("{} only on {lane}", count(alone, "value"))));
    }
    parts.extend((one.moved > 0).then(|| format!("{} elsewhere", count(one.moved, "value"))));
    format!("{}, in {} of {}", parts.join(", "), one.orders, count(noise.orders(), "order"))
}

fn example(one: &Suggestion) -> String {
    let example = &one.example;
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("e.g. order {}: legacy {}, gated {}", example.order, value(&example.legacy), value(&example.gated))
}

/// What speaks for a rule.
fn sentence(why: Why) -> String {
    match why {
        Why::SameInstant => "Both are always the same instant, written differently.".to_owned(),
        Why::Case => "Only upper and lower case differ.".to_owned(),
        Why::Space => "Only the space around differs.".to_owned(),
        Why::Times => "Both are always times, and never the same one.".to_owned(),
        Why::Ids { uuids: true } => "Both are always UUIDs, other ones for each order.".to_owned(),
        Why::Ids { uuids: false } => "Both always look like ids, other ones for each order.".to_owned(),
        Why::Table => "Each legacy value always goes with the same gated value. Is that what it means?".to_owned(),
        Why::Changes { seen_again, changed } => format!(
            "It changes by itself: of {} that differ here and whose document a lane told twice, it changed in {changed}.",
            count(seen_again, "order")
        ),
        Why::Baseline { orders, differing } => format!(
            "It differs in {differing} of {} of the baseline, where both lanes lead to the same build.",
            count(orders, "order")
        ),
        Why::OnlyOn(lane) => {
            format!("All {lane} documents have it, and none on the other lane. Does anybody need it there?")
        }
    }
}

/// The evidence in a few words, without any of an order's, in 120 characters.
fn reason(one: &Suggestion, why: Why) -> String {
    let Suggestion { differing, pairs, orders, .. } = one;
    match why {
        Why::SameInstant => format!("looks like the same instant in two ways to write it: all {differing} differences"),
        Why::Case => format!("only upper and lower case differ: all {differing} differences"),
        Why::Space => format!("only the space around differs: all {differing} differences"),
        Why::Times => format!("looks like when each lane ran: {differing} of {pairs} differ"),
        Why::Ids { uuids: true } => format!("looks like each ledger's own UUID: {differing} of {pairs} differ"),
        Why::Ids { uuids: false } => format!("looks like each ledger's own id: {differing} of {pairs} differ"),
        Why::Table => format!("looks like two names of the same: {differing} of {pairs}, never otherwise"),
        Why::Changes { seen_again, changed } => {
            format!("changes by itself between two answers of one lane: in {changed} of {seen_again} orders seen twice")
        }
        Why::Baseline { orders, differing } => {
            format!("differs in the baseline as well: in {differing} of {orders} orders of one build")
        }
        Why::OnlyOn(lane) => format!("only {lane} documents have it: all {orders} orders"),
    }
}

/// What a rule does, as its line in the configuration.
fn does(action: &Action) -> String {
    match action {
        Action::Values { lane, table } => {
            let entries: Vec<String> =
                table.iter().map(|(value, meaning)| format!("{} = {}", key(value), quoted(meaning))).collect();
            format!("map = {{ lane = \"{lane}\", values = {{ {} }} }}", entries.join(", "))
        }
        other => format!("{} = true", other.as_str()),
    }
}

/// A key of TOML, bare where it can be (<https://toml.io/en/v1.0.0#keys>).
fn key(text: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_bare) { text.to_owned() } else { quoted(text) }
}

/// A basic string of TOML, on one line and without anything that acts.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            // The long form, which holds every character.
            letter if acts(letter) => _ = write!(out, "\\U{:08X}", u32::from(letter)),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn count(number: u64, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}
