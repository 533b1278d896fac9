//! What lists of orders and exceptions are asked for, and what they answer.

use jiff::Timestamp;

use crate::journal::NoteSeen;
use crate::judge::{ExceptionFound, Fate, Owner, Parity, Severity};
use crate::outcome::{Lane, Witness, names};

/// Where counting ends: nobody pages that far.
pub(super) const COUNT_MAX: usize = 100_000;

/// Which orders, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrdersAsked {
    /// With this fate, on this lane or on any.
    pub fate: Option<(Option<Lane>, Fate)>,
    /// With this parity.
    pub parity: Option<Parity>,
    /// That this owner has to look after.
    pub owner: Option<Owner>,
    /// Whose commit is still waited for on this lane; then the next to be due comes first.
    pub awaited: Option<Lane>,
    /// Whose deadline there was before this.
    pub due_before: Option<Timestamp>,
    /// Whose key begins like this.
    pub begins: Option<String>,
    /// How many come before the page.
    pub skip: usize,
    /// How many at most.
    pub rows: usize,
}

/// Which exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExceptionsAsked {
    /// Of this owner.
    pub owner: Option<Owner>,
    /// On this lane, or of the census.
    pub lane: Option<Witness>,
    /// Of this kind: the name of a fate, or another one.
    pub kind: Option<String>,
    /// As bad as this.
    pub severity: Option<Severity>,
    /// Whose key begins like this.
    pub begins: Option<String>,
    /// Without those that somebody has acknowledged.
    pub unacknowledged: bool,
    /// In which order.
    pub by: By,
    /// Turned round.
    pub turned: bool,
    /// How many come before the page.
    pub skip: usize,
    /// How many at most.
    pub rows: usize,
}

/// In which order exceptions come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The worst first, as in the report.
    #[default]
    Worst,
    /// The oldest first.
    Age,
    /// The most money first.
    Money,
    /// By their keys.
    Key,
}
names!(By, "order", { Worst => "worst", Age => "age", Money => "money", Key => "key" });

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// How many the whole list has; it is not counted beyond 100,000.
    pub count: usize,
}

/// An exception as it stands in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The exception.
    pub found: ExceptionFound,
    /// The last note of somebody who has seen it.
    pub acknowledged: Option<NoteSeen>,
}
