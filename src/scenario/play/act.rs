//! One act: a run of the sidecar, from its first order until nothing is open any more.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;

use super::super::pace::{self, Pace};
use super::super::plan::{Act, Scenario};
use super::super::stage::{Audience, Moment, Stand};
use super::{ActPlayed, Place, PlayError, events, judge, settle};
use crate::cli::serve::{self, Sidecar};
use crate::clock;
use crate::config::{self, Config};
use crate::journal::RunKind;
use crate::observe::import::{self, Export, Mapping, Sink};
use crate::outcome::{Lane, Witness};
use crate::sim::{Listening, OrderNumber, World};

/// How often somebody who watches is told, on the machine.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How long after an order's time the census can tell that it is missing: the storefront's clock may be off by five
/// minutes.
const CENSUS_AFTER: Duration = Duration::from_secs(400);

/// How long the first reading of both ledgers is waited for, on the machine: it is not worth more.
const BASELINE_MAX: Duration = Duration::from_secs(2);

/// What all acts of a scenario share.
pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) world: &'a World,
    pub(super) place: &'a Place,
    pub(super) audience: &'a dyn Audience,
    /// Where the dashboard listened first, where there is one: there it is found until the end.
    pub(super) dashboard: OnceLock<SocketAddr>,
}

impl Run<'_> {
    /// Plays an act whose first order is at position `first`.
    pub(super) async fn act(&self, act: &Act, first: OrderNumber, is_last: bool) -> Result<ActPlayed, PlayError> {
        self.world.deploy(&act.gated);
        if first == 1 {
            self.world.place_early().await.map_err(PlayError::Trade)?;
        }
        let mut sidecar = Running { run: self, label: act.label.clone(), sidecar: None, tee: None };
        let played = self.act_with(&mut sidecar, act, first, is_last).await;
        // It ends before the world's clock does, whatever went wrong.
        sidecar.stop().await;
        played
    }

    async fn act_with(
        &self,
        sidecar: &mut Running<'_, '_>,
        act: &Act,
        first: OrderNumber,
        is_last: bool,
    ) -> Result<ActPlayed, PlayError> {
        sidecar.start().await?;
        sidecar.baseline().await;
        self.opening(first).await;
        let opened_at = clock::now();
        let traded = Box::pin(self.trade(act, first, opened_at, sidecar)).await?;
        let number = sidecar.number();
        sidecar.takes_rows()?;
        settle::settle(self, act, first, number).await?;
        sidecar.takes_rows()?;
        if self.scenario.world.sidecar.census && is_last {
            tokio::time::sleep(clock::real(CENSUS_AFTER)).await;
        }
        sidecar.stop().await;
        match self.world.teller().refused() {
            0 => {}
            refused => return Err(PlayError::Refused(refused)),
        }
        if self.scenario.world.sidecar.census && is_last {
            self.census(&sidecar.config()?).await?;
        }
        let sent_again = traded.deliveries.iter().filter(|delivery| delivery.sends > 1).count() as u64;
        let (assessment, rows, waited_max) = judge(self, number, &act.expect, sent_again).await?;
        let wait_max = clock::span(pace::WAIT_MAX);
        let pace = Pace { lateness_max: traded.lateness_max, waited_max, took: traded.took, wait_max };
        Ok(ActPlayed { run: number, label: act.label.clone(), assessment, rows, pace })
    }

    /// Waits until the shop opens.
    async fn opening(&self, first: OrderNumber) {
        if first > 1 {
            return;
        }
        let wait = self.scenario.begins.duration_since(clock::now());
        if let Ok(wait) = Duration::try_from(wait) {
            tokio::time::sleep(clock::real(wait)).await;
        }
    }

    /// Places the orders of the act while things happen.
    async fn trade(
        &self,
        act: &Act,
        first: OrderNumber,
        opened_at: Timestamp,
        sidecar: &mut Running<'_, '_>,
    ) -> Result<crate::sim::storefront::Traded, PlayError> {
        let tee = sidecar.tee_addr();
        let trading = self.world.trade_some(tee, first..=first + act.orders - 1);
        let happening = events::play(self, opened_at, first == 1, sidecar);
        let watching = async {
            loop {
                tokio::time::sleep(TELL_EVERY).await;
                self.audience.see(Moment::Trading(self.stand(act, first, 0)));
            }
        };
        let (traded, happened) = tokio::select! {
            both = async { tokio::join!(trading, happening) } => both,
            () = watching => return Err(PlayError::Trade(std::io::ErrorKind::Interrupted.into())),
        };
        happened?;
        traded.map_err(PlayError::Trade)
    }

    /// How things stand.
    pub(super) fn stand(&self, act: &Act, first: OrderNumber, settled: u64) -> Stand {
        let (world, truth) = (self.world, self.world.truth());
        Stand {
            orders: act.orders,
            placed: (*world.placed().borrow()).saturating_sub(first - 1),
            settled,
            legacy: truth.pulse(Lane::Legacy),
            gated: truth.pulse(Lane::Gated),
            oversold_legacy: world.erp(Lane::Legacy).oversold_units(),
            oversold_gated: world.erp(Lane::Gated).oversold_units(),
        }
    }

    /// The storefront's own list of orders becomes the third witness.
    async fn census(&self, config: &Config) -> Result<(), PlayError> {
        let said = |error: &dyn std::error::Error| PlayError::Census(error.to_string());
        let (path, text) = (self.place.census.clone(), self.world.census());
        std::fs::write(&path, &text).map_err(|source| PlayError::Write { path: path.clone(), source })?;
        let mapping = Arc::new(Mapping::of(config, Witness::Census).map_err(|error| said(&error))?);
        let mut sink = Sink::journal(&self.place.journal).await.map_err(|error| said(&error))?;
        let export = Export { path, input: Box::new(Cursor::new(text)), read: Arc::default() };
        let imported = import::import(export, &mapping, &mut sink).await.map_err(|error| said(&error))?;
        let through = Some(clock::now());
        import::record_extract(&imported, &mapping, through, &mut sink).await.map_err(|error| said(&error))?;
        sink.close().await.map_err(|error| said(&error))
    }
}

/// The sidecar of an act, which may be stopped, killed and started again.
pub(super) struct Running<'r, 'a> {
    run: &'r Run<'a>,
    label: Option<String>,
    sidecar: Option<Sidecar>,
    /// Where it listened the last time: there it comes up again.
    tee: Option<SocketAddr>,
}

impl Running<'_, '_> {
    pub(super) fn config(&self) -> Result<Config, PlayError> {
        let admin = self.run.dashboard.get().copied().or(self.run.place.dashboard);
        let text = self.run.world.config_at(&self.run.place.journal, Listening { tee: self.tee, admin });
        let path = self.run.place.config.clone();
        std::fs::write(&path, &text).map_err(|source| PlayError::Write { path: path.clone(), source })?;
        let nothing = |_: &str| None;
        let checked = config::parse(&path.display().to_string(), &text, &nothing).map_err(PlayError::Config)?;
        Ok(checked.config)
    }

    /// Starts it; the first start of an act begins its run.
    pub(super) async fn start(&mut self) -> Result<(), PlayError> {
        if self.sidecar.is_some() {
            return Ok(());
        }
        let dashboard = self.run.place.dashboard.is_some();
        let options = serve::Options { new_run: self.label.take(), kind: RunKind::Scenario, arming: None, dashboard };
        let sidecar = serve::start(self.config()?, options).await.map_err(PlayError::Sidecar)?;
        self.tee = Some(sidecar.tee_addr());
        self.run.world.teller().direct_to(sidecar.admin_addr());
        if let Some(at) = sidecar.admin_addr().filter(|_| dashboard)
            && self.run.dashboard.set(at).is_ok()
        {
            self.run.audience.see(Moment::Watched { at });
        }
        self.sidecar = Some(sidecar);
        Ok(())
    }

    /// Waits for the first complete readings: what is in the ledgers before the first order is none of the run's.
    async fn baseline(&self) {
        let Some(sidecar) = &self.sidecar else { return };
        let watched = Lane::ALL.iter().filter(|lane| self.run.scenario.world.sidecar.lanes.get(**lane).read);
        let wanted = watched.count() as u64;
        let mut tail = sidecar.journal().tail();
        let _read = tokio::time::timeout(BASELINE_MAX, tail.wait_for(|tail| tail.readings >= wanted)).await;
    }

    pub(super) fn tee_addr(&self) -> SocketAddr {
        self.tee.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9)))
    }

    /// A world whose journal can't be written comes to nothing: better said at once.
    fn takes_rows(&self) -> Result<(), PlayError> {
        let healthy = self.sidecar.as_ref().is_none_or(|sidecar| sidecar.journal().is_healthy());
        if healthy { Ok(()) } else { Err(PlayError::Journal { path: self.run.place.journal.clone() }) }
    }

    pub(super) fn number(&self) -> u32 {
        self.sidecar.as_ref().map_or(1, |sidecar| sidecar.run().number)
    }

    pub(super) const fn sidecar(&self) -> Option<&Sidecar> {
        self.sidecar.as_ref()
    }

    /// Stops it in order.
    pub(super) async fn stop(&mut self) {
        self.run.world.teller().direct_to(None);
        if let Some(sidecar) = self.sidecar.take() {
            sidecar.stop().await;
        }
    }

    /// Ends it as a crash does: without a clean close.
    pub(super) async fn kill(&mut self) {
        self.run.world.teller().direct_to(None);
        if let Some(sidecar) = self.sidecar.take() {
            sidecar.crash().await;
        }
    }
}
