//! What somebody does about the shadow while a run goes on: pausing, resuming, and arming it against a production ledger,
//! as the journal's `control` rows hold it. Values only; what they allow is decided where it is sent.

use std::str::FromStr;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::lane::names;

/// Most orders of one arming: it is for a handful of orders that somebody watches, and no way to go live.
const ORDERS_MAX: u64 = 10_000;

/// What is done about the shadow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShadowAct {
    /// Nothing more is sent until it is resumed.
    Pause,
    /// What waits is sent.
    Resume,
    /// It may write to a production ledger, within the arming's caps.
    Arm,
    /// A cap or the expiry of the arming was reached.
    Disarm,
}
names!(ShadowAct, "act", { Pause => "pause", Resume => "resume", Arm => "arm", Disarm => "disarm" });

/// How far a shadow may write to a production ledger. All three end it, whichever comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arming {
    /// When it ends.
    pub until: Timestamp,
    /// How many orders may be sent.
    pub orders_max: u64,
    /// What they may be for together, in `currency`.
    pub money_max: Decimal,
    /// ISO 4217; orders in another currency are not sent.
    pub currency: String,
}

/// An act with who did it and why, as the detail of its row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActDetail {
    /// Who, as they said or as it came: `ada`, `SIGUSR1`.
    #[serde(default)]
    pub by: Option<String>,
    /// Why.
    #[serde(default)]
    pub why: Option<String>,
    /// What was armed, for `arm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arming: Option<Arming>,
}

/// Why a text arms nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write \"until=2026-11-20T20:00:00Z,orders=50,money=500 EUR\"")]
pub struct ArmingError(String);

impl FromStr for Arming {
    type Err = ArmingError;

    /// Reads `until=TIME,orders=N,money=AMOUNT CURRENCY`, in any sequence; each must be there.
    fn from_str(text: &str) -> Result<Self, ArmingError> {
        let wrong = |what: String| ArmingError(what);
        let (mut until, mut orders, mut money) = (None, None, None);
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| wrong(format!("`{part}` has no `=`")))?;
            let slot = match name.trim() {
                "until" => &mut until,
                "orders" => &mut orders,
                "money" => &mut money,
                other => return Err(wrong(format!("there is no `{other}`"))),
            };
            if slot.replace(value.trim()).is_some() {
                return Err(wrong(format!("`{}` stands twice", name.trim())));
            }
        }
        let need = |value: Option<&'_ str>, name: &str| {
            value.map(str::to_owned).ok_or_else(|| wrong(format!("`{name}` is missing")))
        };
        let (until, orders, money) = (need(until, "until")?, need(orders, "orders")?, need(money, "money")?);
        let until = until.parse().map_err(|_| wrong(format!("`{until}` is no time with an offset")))?;
        let orders_max = orders.parse().ok().filter(|count| (1..=ORDERS_MAX).contains(count));
        let orders_max = orders_max.ok_or_else(|| wrong(format!("`orders` is no number from 1 to {ORDERS_MAX}")))?;
        let (amount, currency) =
            money.split_once(' ').ok_or_else(|| wrong("`money` is no amount with its currency".to_owned()))?;
        let money_max = amount.parse::<Decimal>().ok().filter(|amount| *amount > Decimal::ZERO);
        let money_max = money_max.ok_or_else(|| wrong("`money` is no amount above zero".to_owned()))?;
        let currency = currency.trim();
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong("`money` names no currency by its three letters".to_owned()));
        }
        Ok(Self { until, orders_max, money_max, currency: currency.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arming_is_read_whole_or_not_at_all() {
        let good: Arming = "until=2026-11-20T20:00:00Z, orders=50, money=500.50 EUR".parse().unwrap();
        assert_eq!((good.orders_max, good.money_max.to_string(), good.currency.as_str()), (50, "500.50".into(), "EUR"));
        assert_eq!("money=500.50 EUR,orders=50,until=2026-11-20T21:00:00+01:00".parse(), Ok(good));
        for (text, expected) in [
            ("", "`` has no `=`"),
            ("until=2026-11-20T20:00:00Z,orders=50", "`money` is missing"),
            ("orders=50,money=1 EUR", "`until` is missing"),
            ("until=2026-11-20T20:00:00Z,money=1 EUR", "`orders` is missing"),
            ("until=tomorrow,orders=50,money=1 EUR", "`tomorrow` is no time with an offset"),
            ("until=2026-11-20T20:00:00,orders=50,money=1 EUR", "`2026-11-20T20:00:00` is no time with an offset"),
            ("until=2026-11-20T20:00:00Z,orders=0,money=1 EUR", "`orders` is no number from 1 to 10000"),
            ("until=2026-11-20T20:00:00Z,orders=10001,money=1 EUR", "`orders` is no number from 1 to 10000"),
            ("until=2026-11-20T20:00:00Z,orders=5,money=500", "`money` is no amount with its currency"),
            ("until=2026-11-20T20:00:00Z,orders=5,money=0 EUR", "`money` is no amount above zero"),
            ("until=2026-11-20T20:00:00Z,orders=5,money=5 euros", "`money` names no currency"),
            ("until=2026-11-20T20:00:00Z,orders=5,orders=6,money=5 EUR", "`orders` stands twice"),
            ("until=2026-11-20T20:00:00Z,orders=5,money=5 EUR,by=me", "there is no `by`"),
        ] {
            let error = text.parse::<Arming>().unwrap_err().to_string();
            assert!(error.starts_with(expected) && error.ends_with("500 EUR\""), "{text}: {error}");
        }
    }
}
