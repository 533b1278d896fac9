//! Orders of which a document says just what was ordered: what to compare them comes to is known from the first of as many lines.

use std::sync::RwLock;

use crate::diff::{Common, Findings};

/// How many are remembered: an order mostly has few lines, and few routes name different parts.
const KNOWN_MAX: usize = 64;

/// What such orders came to, by the parts that are compared and the number of lines.
#[derive(Debug, Default)]
pub(super) struct Alike {
    known: RwLock<Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    common: Common,
    lines: usize,
    /// Nothing was found; the rules selected so much, and the currency was known or not.
    findings: Findings,
}

impl Alike {
    /// What comparing an order of so many lines comes to, which is in `currency`; `None` where none was compared yet.
    pub(super) fn findings(&self, common: Common, lines: usize, currency: Option<&str>) -> Option<Findings> {
        let known = self.known.read().ok()?;
        let first = &known.iter().find(|known| known.lines == lines && known.common == common)?.findings;
        let currency = first.currency.as_ref().and(currency).map(str::to_owned);
        Some(Findings { list: Vec::new(), uses: first.uses.clone(), currency })
    }

    /// Remembers what comparing such an order came to, where nothing was found.
    pub(super) fn learn(&self, common: Common, lines: usize, findings: &Findings) {
        if let Ok(mut known) = self.known.write()
            && findings.list.is_empty()
            && known.len() < KNOWN_MAX
            && !known.iter().any(|known| known.lines == lines && known.common == common)
        {
            known.push(Known { common, lines, findings: findings.clone() });
        }
    }
}
