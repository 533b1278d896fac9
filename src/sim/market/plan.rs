//! How a marketplace is set up.

use std::time::Duration;

/// What is wanted at a marketplace, and how quantities get there. All durations are times of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketPlan {
    /// What the demand is made from: the same seed is the same demand.
    pub seed: u64,
    /// Units that are wanted, all in all.
    pub sales: u64,
    /// From the opening to the last of them.
    pub over: Duration,
    /// From one publication of quantities to the next.
    pub publish_every: Duration,
    /// How long after its arrival a feed takes effect: at Walmart up to 30 minutes.
    pub effect_after: Duration,
    /// Units of each article that a lane which knows its ERP's stock keeps back; see [`super::ErpView`].
    pub buffer: u32,
    /// The articles that are listed; the first ones are wanted most.
    pub skus: Vec<String>,
}

impl Default for MarketPlan {
    fn default() -> Self {
        Self {
            seed: 1,
            sales: 0,
            over: Duration::from_secs(3_600),
            // Walmart takes 10 feeds an hour.
            publish_every: Duration::from_secs(360),
            effect_after: Duration::from_secs(600),
            buffer: 10,
            skus: ["LIN-DUV-200-SND", "WOL-THR-130-MOS", "CER-MUG-35-WHT"].map(str::to_owned).into(),
        }
    }
}
