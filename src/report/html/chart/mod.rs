//! Charts as pictures inside the page: no script, no style of their own but classes of the sheet, colours from its variables.
//!
//! A chart is drawn for a narrow screen, and grows with the page; both lanes share its scales. What it shows stands beside it
//! as numbers. Coordinates are reckoned in whole tenths, so that no value, however odd, makes one that is no number.

mod bars;
mod columns;
mod curve;
mod scale;

use maud::{Markup, html};

use crate::outcome::Lane;

pub(super) use bars::{Bar, bars};
pub(super) use columns::{Column, columns};
pub(super) use curve::{Curve, curve};
pub(super) use scale::short;

/// The size of a picture, in units of which a narrow screen has about as many as pixels.
const WIDTH: u32 = 360;
const HEIGHT: u32 = 216;

/// Where the plot begins and ends in it.
const LEFT: u32 = 42;
const RIGHT: u32 = 352;
const TOP: u32 = 24;
const BOTTOM: u32 = 172;

/// What a chart is, in words.
pub(super) struct Words<'w> {
    /// Names its parts; of this crate.
    pub(super) id: &'static str,
    /// What it shows.
    pub(super) title: &'w str,
    /// What can be seen in it, for who can't see it.
    pub(super) description: &'w str,
}

/// A figure: its title, which lane is which, the picture, and the numbers behind it.
fn figure(words: &Words<'_>, height: u32, picture: &Markup, has_open: bool, numbers: &Markup) -> Markup {
    let Words { id, title, description } = words;
    let (titled, described) = (format!("{id}-title"), format!("{id}-desc"));
    html! {
        figure.chart #(id) {
            figcaption { (title) }
            ul.lanes aria-hidden="true" {
                @for lane in Lane::ALL { li { (swatch(*lane, false)) " " (lane) } }
                @if has_open { li { (swatch(Lane::Legacy, true)) (swatch(Lane::Gated, true)) " still open" } }
            }
            svg role="img" aria-labelledby=(format!("{titled} {described}")) viewBox=(format!("0 0 {WIDTH} {height}")) focusable="false" {
                title #(titled) { (title) }
                desc #(described) { (description) }
                (picture)
            }
            details { summary { "The numbers" } (numbers) }
        }
    }
}

fn swatch(lane: Lane, is_open: bool) -> Markup {
    html! {
        svg.swatch viewBox="0 0 14 14" focusable="false" {
            rect.(lane).open[is_open] x="1" y="1" width="12" height="12" {}
        }
    }
}

/// Lines across the plot with the numbers that they stand for, and what is counted above them.
fn value_axis(ticks: &[u64], unit: &str) -> Markup {
    let max = ticks.last().copied().unwrap_or_default();
    html! {
        text.unit x="2" y="12" { (unit) }
        @for tick in ticks {
            @let y = scale::tenths(scale::down(*tick, max));
            line.(if *tick > 0 { "grid" } else { "axis" }) x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) {}
            text.tick x=(LEFT - 5) y=(y) dy="0.35em" text-anchor="end" { (short(*tick)) }
        }
    }
}

#[cfg(test)]
mod tests;
