//! A trade as it goes on: starts what is due as far as connections are free, and sends.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::agenda::Agenda;
use super::book::Book;
use super::doors::Routes;
use super::errand::{self, Errand, Sent};
use super::stock::StockCache;
use super::{Delivery, Traded, Way, after};
use crate::clock;
use crate::sim::http::{Answered, CallError, Caller};
use crate::sim::shop::{Curve, Shop, Topic};

/// What all webhooks of a trade share.
#[derive(Debug)]
pub(super) struct Trading {
    pub(super) shop: Shop,
    pub(super) routes: Routes,
    pub(super) stock: Arc<StockCache>,
    pub(super) book: Arc<Book>,
}

/// How far an order came over one connection.
#[derive(Debug)]
struct Done {
    /// The connection, free again.
    caller: Caller,
    deliveries: Vec<Delivery>,
    bypassed: u64,
    /// Whether the order's first webhook is done with by now, and was not before.
    is_told: bool,
    lateness: Duration,
    /// When to go on, if there is more to tell.
    later: Option<(Instant, Errand)>,
}

impl Trading {
    /// Does all that is on the agenda, each when it is due. Meanwhile `placed` counts the orders whose first webhook
    /// is done with.
    ///
    /// # Errors
    /// When the sending of a webhook broke down, which is a mistake in this program.
    pub(super) async fn run(
        self,
        mut agenda: Agenda,
        placed: &watch::Sender<u64>,
        end: &CancellationToken,
    ) -> io::Result<Traded> {
        let trading = Arc::new(self);
        // The same few connections are used while these suffice.
        let mut free: Vec<Caller> = (0..trading.shop.plan().concurrency.get()).map(|_| Caller::new()).collect();
        let mut busy = JoinSet::new();
        let mut traded = Traded::nothing();
        let mut ended = std::pin::pin!(end.cancelled());
        loop {
            let now = Instant::now();
            while let Some(caller) = free.pop() {
                let Some(errand) = agenda.take(now, &trading.shop) else {
                    free.push(caller);
                    break;
                };
                busy.spawn(Arc::clone(&trading).go_on(errand, caller));
            }
            let due = if free.is_empty() { None } else { agenda.due(&trading.shop) };
            if due.is_none() && busy.is_empty() {
                break;
            }
            tokio::select! {
                () = &mut ended => break,
                Some(done) = busy.join_next() => {
                    let done = done.map_err(io::Error::other)?;
                    free.push(done.caller);
                    traded.add(done.deliveries, done.bypassed, done.lateness);
                    // After the deliveries: what is counted is among them even if the trade ends now.
                    placed.send_if_modified(|placed| {
                        *placed += u64::from(done.is_told);
                        done.is_told
                    });
                    if let Some((due, errand)) = done.later {
                        agenda.put(due, errand);
                    }
                }
                () = tokio::time::sleep_until(due.unwrap_or(now)), if due.is_some() => {}
            }
        }
        // The sort keeps the webhooks of one order as they were sent.
        traded.deliveries.sort_by_key(|delivery| delivery.number);
        traded.took = clock::span(agenda.opened().elapsed());
        Ok(traded)
    }

    /// Tells of an order what can be told without waiting for anything but answers.
    async fn go_on(self: Arc<Self>, mut errand: Errand, caller: Caller) -> Done {
        let (lateness, is_told) = if errand.is_placed() { (Duration::ZERO, false) } else { self.place(&mut errand) };
        let mut done = Done { caller, deliveries: Vec::new(), bypassed: 0, is_told, lateness, later: None };
        while let Some(due) = errand.next_due() {
            if due > Instant::now() {
                done.later = Some((due, errand));
                break;
            }
            self.tell(&mut errand, &mut done).await;
        }
        done
    }

    /// The customer checks out. Says how late that is, and whether nothing is to become known of it.
    fn place(&self, errand: &mut Errand) -> (Duration, bool) {
        let (now, number, plan) = (Instant::now(), errand.number(), self.shop.plan());
        self.stock.deduct(self.shop.key_of(number), self.shop.sale(number).units());
        self.book.enter(number, Topic::Create);
        let is_early = self.routes.is_straight();
        let script = if is_early { errand::early_script() } else { errand::script(plan, number) };
        let lateness = clock::span(now.saturating_duration_since(errand.due()));
        let is_known = errand.place(script, now);
        let is_paced = !is_early && plan.curve != Curve::AtOnce;
        (if is_paced { lateness } else { Duration::ZERO }, !is_known)
    }

    /// Sends what is to be told next, for the first time or again.
    async fn tell(&self, errand: &mut Errand, done: &mut Done) {
        let Some(telling) = errand.telling() else { return };
        let (number, topic) = (errand.number(), telling.topic);
        let mut sent = errand.sent.take().unwrap_or_else(|| {
            self.book.enter(number, topic);
            Sent { webhook: self.shop.webhook(number, topic), sends: 0 }
        });
        sent.sends += 1;
        let (began, mut way) = (Instant::now(), self.way(errand));
        let mut answer = self.send(&done.caller, way, topic, &sent).await;
        if way == Way::Tee && self.shop.plan().bypass && answer.as_ref().is_err_and(CallError::is_refused) {
            way = Way::Bypass;
            done.bypassed += 1;
            answer = self.send(&done.caller, way, topic, &sent).await;
        }
        let now = Instant::now();
        let is_taken = answer.as_ref().is_ok_and(|answer| answer.status.is_success());
        let again = self.shop.plan().redeliver_after.get(sent.sends as usize - 1);
        if let Some(due) = again.filter(|_| !is_taken).and_then(|wait| after(now, *wait)) {
            errand.again(sent, due);
            return;
        }
        let answer = answer.map(|answer| answer.status.as_u16());
        let took = clock::span(now.saturating_duration_since(began));
        done.deliveries.push(Delivery { number, key: sent.webhook.key, topic, answer, took, sends: sent.sends, way });
        errand.done_with(now);
        done.is_told |= telling.is_first;
    }

    async fn send(&self, caller: &Caller, way: Way, topic: Topic, sent: &Sent) -> Result<Answered, CallError> {
        let (headers, body) = (sent.webhook.headers.clone(), sent.webhook.body.clone());
        let within = clock::real(self.shop.plan().answer_within);
        caller.post(self.routes.of(way, topic), headers, body, within).await
    }

    fn way(&self, errand: &Errand) -> Way {
        if self.routes.is_straight() { Way::Round } else { errand::way(self.shop.plan(), errand.number()) }
    }
}

impl Traded {
    const fn nothing() -> Self {
        Self { deliveries: Vec::new(), bypassed: 0, lateness_max: Duration::ZERO, took: Duration::ZERO }
    }

    fn add(&mut self, deliveries: Vec<Delivery>, bypassed: u64, lateness: Duration) {
        self.deliveries.extend(deliveries);
        self.bypassed += bypassed;
        self.lateness_max = self.lateness_max.max(lateness);
    }
}
