//! From the timelines of orders to a decision: fates, parity, totals, gates. Pure: no clock, no I/O,
//! no randomness; its only *now* is [`Evidence::as_of`].

mod adequacy;
mod answers;
mod assessment;
mod census;
mod clocks;
mod compare;
mod counting;
mod documents;
mod evidence;
mod exceptions;
mod facts;
mod fate;
mod gates;
mod goods;
mod holes;
mod judging;
mod leaks;
mod parity;
mod policy;
mod split;
mod strays;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod totals;
mod verdict;
mod window;
mod words;

pub use assessment::{
    Assessment, CensusSummary, Conservation, Counts, Decision, Exception, ExceptionKind, ExtractSummary, Gate,
    GateName, LaneSummary, Owner, RunSummary,
};
pub use compare::{
    Between, Compared, ComparisonCounts, ComparisonSummary, DecisionSummary, FindingExample, FindingSummary,
    NotCompared, OrderCompared, RuleSummary, TieOutRow, TieOutSide, TieOutSummary, owner,
};
pub use evidence::{CensusEvidence, Evidence, GapSeen, ReadingSeen, WatermarkSeen};
pub use fate::{Fate, Parity};
pub use judging::{Judge, RunFacts, Weighed};
pub use policy::{ComparePolicy, DecisionRule, DocumentShape, DocumentsRule, LanePolicy, Policy, Thresholds};
pub use timeline::{
    CaptureSeen, CensusListing, InCensus, LaneEvents, Listed, OutcomeSeen, Payload, Send, StrayDocument, Timeline,
};
pub use verdict::{Confirmed, DocumentSeen, DocumentState, LaneVerdict, Verdict};
pub use window::window;
