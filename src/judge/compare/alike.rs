//! Orders of which a document says just what was ordered: what to compare them comes to is known from the first of as many lines.

use std::sync::RwLock;

use crate::diff::{Common, Use};

/// How many are remembered: an order mostly has few lines, and few routes name different parts.
const KNOWN_MAX: usize = 64;

/// What the rules selected in such orders, by the parts that are compared and the number of lines.
#[derive(Debug, Default)]
pub(super) struct Alike {
    known: RwLock<Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    common: Common,
    lines: usize,
    uses: Vec<Use>,
}

impl Alike {
    /// What the rules select in an order of so many lines; `None` where none was compared yet.
    pub(super) fn uses(&self, common: Common, lines: usize) -> Option<Vec<Use>> {
        let known = self.known.read().ok()?;
        let found = known.iter().find(|known| known.lines == lines && known.common == common)?;
        Some(found.uses.clone())
    }

    /// Remembers what comparing such an order came to.
    pub(super) fn learn(&self, common: Common, lines: usize, uses: &[Use]) {
        if self.uses(common, lines).is_none()
            && let Ok(mut known) = self.known.write()
            && known.len() < KNOWN_MAX
        {
            known.push(Known { common, lines, uses: uses.to_vec() });
        }
    }
}
