//! A report that somebody kept: what form it has, which run, window and evidence it names, and where it differs from
//! what follows from them. What it claims is only where to look: all of it is derived again and compared.

mod claim;
mod lines;
mod values;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use claim::ClaimError;

/// Differences that are told one by one.
const DIFFERENCES_SHOWN: usize = 20;

/// Characters of a value or a line that are shown.
const SHOWN_CHARS: usize = 120;

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The summary; with colours or without.
    Text {
        /// Whether it has colours.
        ansi: bool,
    },
    /// The page.
    Html,
    /// For programs.
    Json,
    /// Markdown.
    Markdown,
    /// JUnit XML.
    Junit,
}

/// What a kept report says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its form.
    pub form: Form,
    /// The run.
    pub run: u32,
    /// The end of the judged window.
    pub until: Until,
    /// The journal's last seal when it was made, in hexadecimal.
    pub journal_head: String,
}

/// The end of a judged window, as precisely as a form tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// To the microsecond.
    Exactly(Timestamp),
    /// As people read it, to the second.
    ToTheSecond(String),
}

impl Until {
    /// The time, a whole second where no more is told; `None` where it is none.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Exactly(exactly) => Some(*exactly),
            Self::ToTheSecond(text) => format!("{}Z", text.replacen(' ', "T", 1)).parse().ok(),
        }
    }
}

impl Claim {
    /// What the file of a report says.
    ///
    /// # Errors
    /// When it is no report, is damaged, or follows another schema.
    pub fn read(bytes: &[u8]) -> Result<Self, ClaimError> {
        claim::read(bytes)
    }

    /// Where the kept report differs from the one that was derived in the same form, a line for each difference; none where
    /// it follows. JSON is compared value by value, all else byte by byte.
    #[must_use]
    pub fn differences(&self, kept: &[u8], derived: &str) -> Vec<String> {
        match self.form {
            Form::Json => values::differences(kept, derived.as_bytes()),
            _ if kept == derived.as_bytes() => Vec::new(),
            _ => lines::differences(&String::from_utf8_lossy(kept), derived),
        }
    }

    /// The first differences, and how many more there are.
    #[must_use]
    pub fn first(mut differences: Vec<String>) -> Vec<String> {
        let more = differences.len().saturating_sub(DIFFERENCES_SHOWN) as u64;
        differences.truncate(DIFFERENCES_SHOWN);
        differences.extend((more > 0).then(|| format!("and {}", super::words::counted(more, "more difference"))));
        differences
    }
}

/// The beginning of a text.
fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN_CHARS).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}
