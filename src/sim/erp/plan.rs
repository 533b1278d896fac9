//! How an ERP is set up, and what goes wrong in it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::SignedDuration;

use crate::outcome::Lane;
use crate::sim::plan::OrderNumber;
use crate::sim::{Teller, Truth};

/// How an ERP is set up. All durations are times of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErpPlan {
    /// The first document number.
    pub first_number: u64,
    /// Documents on a page of the ledger, at least 1.
    pub page_size: usize,
    /// How far its clock is ahead of this machine's.
    pub clock_offset: SignedDuration,
    /// How long a commit takes, until [`super::Erp::set_commit_latency`].
    pub commit_latency: Duration,
    /// A page of the ledger that breaks, until [`super::Erp::mend_ledger`].
    pub broken_page: Option<(usize, Breakage)>,
    /// What goes wrong, by the position of the order in the storefront's traffic.
    pub faults: BTreeMap<OrderNumber, ErpFault>,
    /// How many calls an account may have open; `None`: any number.
    pub limit: Option<Limit>,
    /// What there is to sell; `None`: enough of everything.
    pub stock: Option<StockPlan>,
}

impl Default for ErpPlan {
    fn default() -> Self {
        Self {
            first_number: 1,
            page_size: 100,
            clock_offset: SignedDuration::ZERO,
            commit_latency: Duration::from_millis(2),
            broken_page: None,
            faults: BTreeMap::new(),
            limit: None,
            stock: None,
        }
    }
}

/// How a page of the ledger breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakage {
    /// It is answered 500.
    Fails,
    /// Its body ends half-way, and the connection with it.
    Cut,
}

/// What goes wrong with one order inside the ERP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErpFault {
    /// Always refused, 422 `UNKNOWN_SKU`.
    UnknownSku,
    /// Always refused, 422 `TAX_CODE_INVALID`.
    Tax,
    /// Always refused, 422 `CUSTOMER_BLOCKED`.
    Customer,
    /// The first call commits the order and is not answered; later calls are like any other.
    TimeOut,
    /// So many calls are answered 423 `RECORD_LOCKED`; later calls are like any other.
    Locked(u32),
    /// Every commit takes this much longer.
    Slow(Duration),
    /// Committed as two documents that have its units, and its total, between them. An order of one unit stays whole.
    Split,
    /// Committed, and this much later gone without a cancellation.
    Vanish(Duration),
}

/// How many calls that write an account may have open at once. Its ledger is read by another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Open calls at most; one more is refused at once.
    pub at_once: NonZeroUsize,
    /// How it is refused.
    pub answer: LimitAnswer,
}

/// How ERPs word that too many calls are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitAnswer {
    /// 429 with `Retry-After: 1`.
    TooMany,
    /// 400 `CONCURRENCY_LIMIT_EXCEEDED`, as NetSuite has it.
    Coded,
}

/// What there is to sell, in units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockPlan {
    /// Of every article that is not in `of`.
    pub each: u32,
    /// By SKU.
    pub of: BTreeMap<String, u32>,
}

impl StockPlan {
    /// Units of this article.
    #[must_use]
    pub fn units(&self, sku: &str) -> u32 {
        self.of.get(sku).copied().unwrap_or(self.each)
    }
}

/// Where a system of the world stands, and whom it tells.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The lane that it belongs to.
    pub lane: Lane,
    /// Who tells the sidecar.
    pub teller: Teller,
    /// Who keeps what really happened.
    pub truth: Truth,
}

impl Surroundings {
    /// On this lane, with nobody to tell.
    #[must_use]
    pub fn alone(lane: Lane) -> Self {
        Self { lane, teller: Teller::nobody(), truth: Truth::default() }
    }
}
