//! A running ERP from inside: its clock, its books, and whom it tells of a commit. Knows no HTTP.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::books::Books;
use super::faults::{Course, Faults};
use super::orders::{Channel, Document, SalesOrder};
use super::plan::{Breakage, ErpPlan, LimitAnswer, Surroundings};
use super::split::Parts;
use super::stock::Allocation;
use crate::clock;
use crate::order::OrderKey;
use crate::outcome::OutcomeKind;
use crate::sim::plan::OrderNumber;
use crate::sim::teller::Fact;

#[derive(Debug)]
pub(super) struct State {
    pub(super) page_size: usize,
    clock_offset: SignedDuration,
    around: Surroundings,
    pub(super) faults: Faults,
    pub(super) slots: Option<(Arc<Semaphore>, LimitAnswer)>,
    pub(super) throttled: AtomicU64,
    books: Mutex<Books>,
    switches: Mutex<Switches>,
    /// Orders of the storefront whose goods were set aside since they were last asked for; `None` until somebody
    /// asks. Each order is in it once or twice, and there are no more than the world has.
    allocated: Mutex<Option<Vec<OrderKey>>>,
    pub(super) tasks: TaskTracker,
    pub(super) end: CancellationToken,
}

/// What can be changed while it runs.
#[derive(Debug)]
pub(super) struct Switches {
    pub(super) is_down: bool,
    pub(super) commit_latency: Duration,
    pub(super) broken_page: Option<(usize, Breakage)>,
}

/// How an order is to be committed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    pub(super) channel: Channel,
    /// Answered as if it had been committed, and not kept.
    pub(super) is_rolled_back: bool,
    /// An order that is in the books is not committed again.
    pub(super) is_idempotent: bool,
    pub(super) course: Course,
}

/// How a commit went.
#[derive(Debug)]
pub(super) enum Done {
    Committed(Document),
    /// It was in the books already.
    Again(Document),
}

impl State {
    pub(super) fn new(
        plan: &ErpPlan,
        key_of: impl Fn(OrderNumber) -> OrderKey,
        around: Surroundings,
        end: CancellationToken,
    ) -> Self {
        let ErpPlan { commit_latency, broken_page, .. } = *plan;
        Self {
            page_size: plan.page_size.max(1),
            clock_offset: plan.clock_offset,
            around,
            faults: Faults::new(&plan.faults, key_of),
            slots: plan.limit.map(|limit| (Arc::new(Semaphore::new(limit.at_once.get())), limit.answer)),
            throttled: AtomicU64::new(0),
            books: Mutex::new(Books::new(plan.first_number, plan.stock.clone())),
            switches: Mutex::new(Switches { is_down: false, commit_latency, broken_page }),
            allocated: Mutex::default(),
            tasks: TaskTracker::new(),
            end,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        clock::now().saturating_add(self.clock_offset).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn switches(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the time that a commit takes, and commits. `None`: the world ended first.
    pub(super) async fn work(self: Arc<Self>, order: SalesOrder, manner: Manner) -> Option<Done> {
        let latency = self.switches().commit_latency;
        self.pass(latency.saturating_add(manner.course.slower)).await?;
        let done = self.commit(order, manner);
        if let (Done::Committed(document), Some(after)) = (&done, manner.course.vanishes_after)
            && !manner.is_rolled_back
        {
            self.tasks.spawn(Arc::clone(&self).vanish(document.id.clone(), after));
        }
        Some(done)
    }

    /// Commits an order, and tells of it.
    pub(super) fn commit(&self, order: SalesOrder, manner: Manner) -> Done {
        let Manner { channel, is_rolled_back, is_idempotent, course } = manner;
        let made = {
            let mut books = self.books();
            // Read under the lock, so that the books are in the order of their times.
            let now = self.now();
            if is_rolled_back {
                return Done::Committed(books.draw(order, channel, now));
            }
            if is_idempotent && let Some(document) = books.find(&order.external_id) {
                return Done::Again(document.clone());
            }
            let parts = if course.is_split { Parts::halves(order) } else { Parts::whole(order) };
            books.commit(parts, channel, now)
        };
        if channel == Channel::Web {
            for document in [&made.first].into_iter().chain(&made.second) {
                self.around.truth.committed(self.around.lane, &document.external_id);
            }
        }
        self.tell_allocated(made.allocated, made.first.created_at);
        Done::Committed(made.first)
    }

    /// Cancels an order; says how many documents it has.
    pub(super) fn cancel(&self, external_id: &OrderKey) -> usize {
        let (cancelled, complete) = self.books().cancel(external_id);
        self.tell_allocated(complete, self.now());
        cancelled
    }

    /// Removes a document; says whether there was one.
    pub(super) fn erase(&self, id: &str) -> bool {
        let complete = self.books().erase(id);
        let was_there = complete.is_some();
        self.tell_allocated(complete.into_iter().flatten(), self.now());
        was_there
    }

    /// Begins to note allocated orders, for whoever asks for them.
    pub(super) fn follow_allocated(&self) {
        self.allocated().get_or_insert_default();
    }

    /// The storefront's orders whose goods were set aside since this was last asked.
    pub(super) fn allocated_since(&self) -> Vec<OrderKey> {
        self.allocated().as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn allocated(&self) -> MutexGuard<'_, Option<Vec<OrderKey>>> {
        self.allocated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody is told of a marketplace's orders: the sidecar never saw them.
    fn tell_allocated(&self, complete: impl IntoIterator<Item = Allocation>, at: Timestamp) {
        let Surroundings { lane, teller, truth } = &self.around;
        for Allocation { external_id, channel, references } in complete {
            if channel != Channel::Web {
                continue;
            }
            truth.allocated(*lane, &external_id);
            for reference in references {
                let (order_key, reference) = (external_id.clone(), Some(reference));
                teller.tell(&Fact {
                    kind: OutcomeKind::Allocated,
                    lane: *lane,
                    order_key,
                    at,
                    reference,
                    teller: "erp",
                });
            }
            if let Some(allocated) = self.allocated().as_mut() {
                allocated.push(external_id);
            }
        }
    }

    async fn vanish(self: Arc<Self>, id: String, after: Duration) {
        if self.pass(after).await.is_some() {
            self.erase(&id);
        }
    }

    /// Lets so much time of the world pass; `None` when the world ends before.
    async fn pass(&self, span: Duration) -> Option<()> {
        let span = clock::real(span);
        if span.is_zero() {
            return Some(());
        }
        self.end.run_until_cancelled(tokio::time::sleep(span)).await
    }
}
