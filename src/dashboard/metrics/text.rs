//! The text format itself: families with their help and type, samples with their labels, histograms.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::telemetry::Buckets;

/// Longest value of a label, in characters. Reasons in the configuration have 120 at most, so that no two of them are cut to one.
const LABEL_CHARS_MAX: usize = 160;

/// The text in the making.
#[derive(Debug, Default)]
pub(super) struct Text(String);

/// What a family's samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Goes up, and begins at zero with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations in buckets, in seconds.
    Histogram,
}

/// A name and its value.
pub(super) type Label<'a> = (&'static str, &'a str);

impl Text {
    /// Begins a family: its samples follow.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A family of one sample without labels.
    pub(super) fn single(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    pub(super) fn sample(&mut self, name: &str, labels: &[Label<'_>], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        _ = writeln!(self.0, "{name}{labels} {value}");
    }

    /// The samples of a histogram: buckets that hold those before them, then the sum and the count.
    pub(super) fn histogram(&mut self, name: &str, labels: &[Label<'_>], buckets: &Buckets) {
        let bucket = format!("{name}_bucket");
        let within = |bound: &str| -> Vec<(&'static str, String)> {
            let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned()));
            labels.chain([("le", bound.to_owned())]).collect()
        };
        let mut sample = |bound: &str, count: u64| {
            let labels = within(bound);
            let labels: Vec<Label<'_>> = labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
            self.sample(&bucket, &labels, count);
        };
        buckets.up_to.iter().for_each(|(bound, count)| sample(&seconds(*bound), *count));
        sample("+Inf", buckets.count);
        self.sample(&format!("{name}_sum"), labels, seconds(buckets.sum));
        self.sample(&format!("{name}_count"), labels, buckets.count);
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// A duration as a number of seconds.
pub(super) fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

/// A value as it may stand in quotes, not without end. Line feeds are escaped; other control characters say nothing.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars().take(LABEL_CHARS_MAX) {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            letter => escaped.push(letter),
        }
    }
    escaped
}
