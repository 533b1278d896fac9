//! A journal as a run of many orders leaves it, made in one go: by the journal's own writer, with its seals and group
//! commits, from a seed. Orders come from the simulated shop, documents from `document.rs`, and `twist.rs` says what is
//! wrong with which order, so that a report can be held against it. Rows bear the time of their making; all else follows
//! from the plan.

#![allow(dead_code, unused_imports, reason = "each benchmark, and the test, takes a part of this")]

mod config;
mod document;
mod twist;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

use paritee::sim::{Curve, Shop, StorefrontPlan};

pub(crate) use config::terms;
pub(crate) use document::document;
pub(crate) use twist::{Expected, Twist};
pub(crate) use write::More;

/// What a journal is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Orders that are captured.
    pub(crate) orders: u64,
    /// What they are made from.
    pub(crate) seed: u64,
    /// How many of a thousand orders have something the matter with them.
    pub(crate) twisted_per_mille: u32,
    /// Whether the storefront's census is imported.
    pub(crate) census: bool,
}

impl Plan {
    /// The shop that the orders come from.
    pub(crate) fn shop(&self, opened_at: jiff::Timestamp) -> Shop {
        let plan = StorefrontPlan { seed: self.seed, orders: self.orders, opened_at, ..StorefrontPlan::default() };
        StorefrontPlan { curve: Curve::Every(std::time::Duration::from_millis(1)), ..plan }.shop()
    }

    /// What is the matter with the order at this position.
    pub(crate) fn twist(&self, number: u64) -> Twist {
        twist::of(self, number)
    }

    /// What a report must say of all of them.
    pub(crate) fn expected(&self) -> Expected {
        (1..=self.orders).fold(Expected::default(), |mut all, number| {
            all.add(self.twist(number));
            all
        })
    }

    /// The journal of this plan, made where it isn't there yet, and kept beside other results of the build. Remove it where the
    /// generator has changed.
    ///
    /// # Panics
    /// When it can't be written.
    pub(crate) fn kept(&self) -> PathBuf {
        let census = if self.census { "-census" } else { "" };
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("made-{}{census}.db", self.orders));
        if !path.exists() {
            let unfinished = path.with_extension("part");
            for end in ["part", "part-wal", "part-shm"] {
                drop(fs::remove_file(path.with_extension(end)));
            }
            self.make(&unfinished);
            fs::rename(&unfinished, &path).expect("the journal's place");
        }
        path
    }

    /// Makes the journal at `path`, a new file.
    ///
    /// # Panics
    /// When it can't be written.
    pub(crate) fn make(&self, path: &Path) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(write::write(*self, path));
    }
}
