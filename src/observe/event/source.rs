//! Who says it: the source of an event, and the name that the journal knows it by.

use super::EventError;
use crate::outcome::{Lane, Witness};

/// What sources of paritee's own begin with.
const OWN: &str = "paritee:";
const IMPORT: &str = "import:";
const CALLBACK: &str = "callback:";

/// The source of an event.
pub(super) enum Source {
    /// paritee's import of a file, under the name that the journal has for it.
    Import(Witness, String),
    /// Anybody else, under that name.
    Other(String),
}

impl Source {
    pub(super) fn of(source: &str) -> Result<Self, EventError> {
        let Some(own) = source.strip_prefix(OWN) else {
            return Ok(Self::Other(format!("{CALLBACK}{source}")));
        };
        let wrong = || {
            let what = "begins with `paritee:`, and those are paritee's own";
            EventError::wrong("source", what, "a name of the system that sends it, such as \"erp\"")
        };
        let of = own.strip_prefix(IMPORT).ok_or_else(wrong)?;
        let witness = of.split(':').next().unwrap_or_default().parse().map_err(|_| wrong())?;
        Ok(Self::Import(witness, own.to_owned()))
    }

    /// The name in the journal, of a fact about this lane. An import tells of its own lane only.
    pub(super) fn for_lane(self, lane: Lane) -> Result<String, EventError> {
        self.for_witness(lane.into())
    }

    /// The same, of a fact by this witness.
    pub(super) fn for_witness(self, wanted: Witness) -> Result<String, EventError> {
        match self {
            Self::Import(witness, _) if witness != wanted => {
                let what = format!("is the import of {witness}, and can't tell of {wanted}");
                Err(EventError::wrong("source", what, format!("\"{OWN}{IMPORT}{wanted}\"")))
            }
            Self::Import(_, source) | Self::Other(source) => Ok(source),
        }
    }
}

/// The `source` of an event, from the name in the journal; `None` for observers that send no events.
pub(super) fn event_source(recorded: &str) -> Option<String> {
    match recorded.strip_prefix(CALLBACK) {
        Some(source) => Some(source.to_owned()),
        None => recorded.starts_with(IMPORT).then(|| format!("{OWN}{recorded}")),
    }
}
