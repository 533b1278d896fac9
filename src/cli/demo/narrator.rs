//! Tells what happens while the demo plays: lines that move on a terminal, lines now and then elsewhere; and of each act
//! its decision, with the orders by name.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{open, output, say};
use crate::report::{self, Style};
use crate::scenario::{Audience, Moment, Stand};
use crate::sim::truth::Pulse;

/// How often a bar moves by itself.
const TICK: Duration = Duration::from_millis(100);

/// Where nothing moves, a line is told whenever this much more of the orders is placed.
const TOLD_EVERY_PERCENT: u64 = 20;

/// Tells an act on stderr as it goes, and what it came to on stdout.
pub(super) struct Narrator {
    width: usize,
    style: Style,
    opens: bool,
    /// `None` where stderr is no terminal.
    bars: Option<Bars>,
    /// How much of the act was told, in percent, and whether it settles.
    told: Mutex<(u64, bool)>,
}

struct Bars {
    all: MultiProgress,
    orders: ProgressBar,
    legacy: ProgressBar,
    gated: ProgressBar,
}

impl Narrator {
    /// `opens`: whether the dashboard is to be opened in a browser.
    pub(super) fn new(width: usize, style: Style, opens: bool) -> Self {
        let bars = std::io::stderr().is_terminal().then(Bars::new);
        Self { width, style, opens, bars, told: Mutex::default() }
    }

    /// Lines that don't move stand below each other.
    fn line(&self, line: &str) {
        match &self.bars {
            // With stderr closed there is nobody to tell.
            Some(bars) => _ = bars.all.println(line),
            None => say(line),
        }
    }

    fn moves(&self, stand: &Stand, is_settling: bool) {
        if let Some(bars) = &self.bars {
            bars.show(stand, is_settling);
            return;
        }
        let percent = stand.placed * 100 / stand.orders.max(1);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if percent >= told.0 + TOLD_EVERY_PERCENT || (is_settling && !told.1) {
            *told = (percent - percent % TOLD_EVERY_PERCENT, is_settling);
            let doing = if is_settling { "settling" } else { "trading" };
            say(&format!("  {doing}: {} of {} orders placed", stand.placed, stand.orders));
            say(&format!("    {}", lane("legacy", &stand.legacy, stand.oversold_legacy)));
            say(&format!("    {}", lane("gated", &stand.gated, stand.oversold_gated)));
        }
    }

    fn begin(&self, number: usize, label: Option<&str>, orders: u64) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = (0, false);
        if let Some(bars) = &self.bars {
            bars.orders.set_length(orders);
        }
        self.line(&format!("Act {number}, {}", label.unwrap_or("the whole of it")));
    }

    fn watched(&self, at: SocketAddr) {
        let address = format!("http://{at}/");
        self.line(&format!("Watch it at {address}, there until Ctrl-C"));
        if self.opens {
            open::in_browser(&address);
        }
    }

    fn judged(&self, assessment: &crate::judge::Assessment) {
        let brief = report::brief(assessment, self.width, self.style);
        let print = || output::print(&format!("\n{brief}\n"));
        // What can't be printed was not asked for any more.
        _ = match &self.bars {
            Some(bars) => bars.all.suspend(print),
            None => print(),
        };
    }
}

impl Audience for Narrator {
    fn see(&self, moment: Moment<'_>) {
        match moment {
            Moment::Act { number, label, orders } => self.begin(number, label, orders),
            Moment::Trading(stand) => self.moves(&stand, false),
            Moment::Settling(stand) => self.moves(&stand, true),
            Moment::Watched { at } => self.watched(at),
            Moment::Event { id, is_over } => self.line(&format!("  {id}{}", if is_over { ": over" } else { "" })),
            Moment::Judged { played, .. } => self.judged(&played.assessment),
        }
    }
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::new();
        let bar = |template: &str| {
            let bar = all.add(ProgressBar::new(1));
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━━ "));
            }
            bar
        };
        let (orders, legacy, gated) = (bar("{spinner} {msg:<9} {bar:24} {pos}/{len}"), bar("  {msg}"), bar("  {msg}"));
        orders.enable_steady_tick(TICK);
        Self { all, orders, legacy, gated }
    }

    fn show(&self, stand: &Stand, is_settling: bool) {
        self.orders.set_message(if is_settling { "settling" } else { "trading" });
        self.orders.set_position(if is_settling { stand.settled } else { stand.placed });
        self.legacy.set_message(lane("legacy", &stand.legacy, stand.oversold_legacy));
        self.gated.set_message(lane("gated", &stand.gated, stand.oversold_gated));
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        for bar in [&self.orders, &self.legacy, &self.gated] {
            bar.finish_and_clear();
        }
    }
}

/// How a lane stands, in 76 columns.
fn lane(name: &str, pulse: &Pulse, oversold: u64) -> String {
    let window = format!("{} nobody sees (most {})", pulse.invisible, pulse.invisible_max);
    let mut line = format!("{name:<7} so far {} confirmed, {} in the ERP, {window}", pulse.told, pulse.committed);
    if oversold > 0 {
        line.push_str(&format!(", oversold {oversold}"));
    }
    line
}
