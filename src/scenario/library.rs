//! The scenarios that come with paritee, as they stand in `scenarios/`: part of the binary, so that they can be played anywhere.

use super::plan::{Options, Scenario, ScenarioError};

/// Writes the list of the files in `scenarios/`.
macro_rules! library {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../scenarios/", $name, ".toml")))),+]
    };
}

/// Names and texts, in the order in which they are told.
const LIBRARY: &[(&str, &str)] = library![
    "demo",
    "clean-cutover",
    "too-few-orders",
    "legacy-loses",
    "one-in-a-thousand",
    "retry-doubles",
    "time-out-after-commit",
    "rejected-by-the-erp",
    "flash-sale-polled-every-30s",
    "flash-sale-polled-every-5s",
    "oversold-through-feeds",
    "oversold-without-a-buffer",
    "demand-drift",
    "acknowledged-and-flagged",
    "acknowledged-and-forgotten",
    "ledger-page-broken",
    "shadow-writes-into-production",
    "webhooks-twice",
    "paid-before-create",
    "evidence-gap",
    "evidence-gap-explained",
    "a-cent-less",
    "rounding-drift",
    "thin-webhooks",
    "gated-fails-one-in-three",
    "shadow-paused",
    "shadow-stays-paused",
    "cancelled-early",
    "split-over-two-warehouses",
    "numbered-alike",
    "in-flight-at-the-start",
    "slower-than-the-storefront-waits",
    "legacy-crashes",
    "clocks-apart",
    "yen-and-dinars",
    "never-told",
    "rejected-yet-committed",
    "gone-again",
    "sidecar-deployed",
    "thirty-thousand",
];

/// A scenario that comes with paritee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// The same for people.
    pub title: String,
    /// What it proves.
    pub claim: String,
}

/// All scenarios that come with paritee.
///
/// # Errors
/// With the faults of one; the tests hold that there are none.
pub fn listed() -> Result<Vec<Listed>, ScenarioError> {
    let read = |(name, text): &(&'static str, &'static str)| {
        let scenario = Scenario::parse(name, name, text, &Options::default())?;
        Ok(Listed { name, title: scenario.title, claim: scenario.claim })
    };
    LIBRARY.iter().map(read).collect()
}

/// The text of the scenario of this name that comes with paritee.
#[must_use]
pub fn embedded(name: &str) -> Option<&'static str> {
    LIBRARY.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
