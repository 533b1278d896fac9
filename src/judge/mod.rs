//! From the timelines of orders to a decision: fates, parity, totals, gates. Pure: no clock, no I/O,
//! no randomness; its only *now* is [`Evidence::as_of`].

mod adequacy;
mod advice;
mod assessment;
mod census;
mod clocks;
mod compare;
mod counting;
mod coverage;
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
mod line;
mod owners;
mod parity;
mod policy;
mod remains;
mod risk;
mod run_summary;
mod sensitivity;
mod signals;
mod split;
mod strays;
mod sums;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod timing;
mod totals;
mod verdict;
mod window;
mod words;

pub use assessment::{
    Assessment, CensusSummary, Conservation, Decision, Distance, Exception, ExceptionKind, Gate, GateName, Owner,
    PairedLosses, WouldChange,
};
pub use compare::{
    Between, Compared, ComparisonCounts, ComparisonSummary, DecisionSummary, FindingExample, FindingSummary,
    NotCompared, OrderCompared, RuleSummary, TieOutRow, TieOutSide, TieOutSummary, owner,
};
pub use evidence::{CensusEvidence, ClockBack, Evidence, GapSeen, ReadingSeen, WatermarkSeen};
pub use exceptions::{ExceptionFound, Severity};
pub use fate::{Fate, Parity};
pub use goods::money_of_bytes;
pub use judging::{Judge, RunFacts, Weighed};
pub use line::{Awaited, OrderLine};
pub use owners::{About, Matter, OwnerRule, Settings};
pub use policy::{
    ComparePolicy, DecisionRule, DocumentShape, DocumentsRule, LanePolicy, Policy, Stratum, StratumOf, Thresholds,
};
pub use remains::{Reduction, Remains, is_remains};
pub use risk::{AtRisk, Money, OwnerSummary, TaskSummary};
pub use run_summary::{ActSummary, Counts, ExtractSummary, GapSummary, LaneSummary, PolicyChange, RunSummary};
pub use sensitivity::{Fault, FaultSummary, SensitivitySummary};
pub use signals::{
    DayDrift, DaySales, Drift, Exposure, Feeds, Invisibility, LaneSignals, OverTime, Oversell, Quantile, Series,
    Signal, Signals, SkuDrift, SkuExposure, SkuSales, Sold, SoldOrders, Spread, SpreadStep, Step, StepOrders,
    StepSummary,
};
pub use timeline::{
    CaptureSeen, CensusListing, InCensus, LaneEvents, Listed, OutcomeSeen, Payload, Send, StrayDocument, Timeline,
};
pub use verdict::{Confirmed, DocumentSeen, DocumentState, LaneVerdict, Verdict};
pub use window::window;
