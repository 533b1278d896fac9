//! Whether a report that somebody kept follows from the journal.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::audit::{self, AuditError};
use crate::cli::format::Format;
use crate::cli::{input, output};
use crate::journal::{ReadError, Reader};
use crate::judge::Assessment;
use crate::outcome::RowId;
use crate::report::{self, Claim, Form, Style, Until};

/// Widths that a summary can have.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=output::WIDTH_MAX;

/// Why a report that was right may not follow any more.
const PURGED: &str =
    "\nContents were purged from the journal since the report was made: what rested on them can't be derived again.";

/// Derives the report again, and says that it follows.
///
/// # Errors
/// When the file can't be read or is no report, this journal can't have given it, or it says something else than what follows.
pub(super) fn verify(journal: &Path, file: &Path) -> anyhow::Result<String> {
    let what = || format!("verify the report {}", file.display());
    let kept = fs::read(file).with_context(what)?;
    let claim = Claim::read(&kept).with_context(what)?;
    let reader = input::journal(journal)?;
    let seal = reader.seal(&claim.journal_head).map_err(|error| input::explain(journal, error.into()))?;
    let Some(seal) = seal else {
        bail!(
            "{}: it was made from a journal whose head was {}, and {} has no such seal; it is another journal's, or of a later state than this copy",
            what(),
            claim.journal_head,
            journal.display()
        );
    };
    let (added, purged) = since(&reader, seal).map_err(|error| input::explain(journal, error.into()))?;
    let derived = derive(&reader, &claim, &kept).map_err(|error| input::explain(journal, error)).with_context(what)?;
    if derived.differences.is_empty() {
        return Ok(follows(&claim, file, &derived.assessment, added));
    }
    bail!(
        "{}: it does not follow from {}, run {}, up to {}, as the journal was at row {seal}\n  {}{}",
        what(),
        journal.display(),
        claim.run,
        derived.assessment.run.until,
        Claim::first(derived.differences).join("\n  "),
        if purged { PURGED } else { "" }
    );
}

/// Rows that were added since a seal, and whether contents were purged. From now on the reader sees the journal as it was.
fn since(reader: &Reader, seal: RowId) -> Result<(u64, bool), ReadError> {
    let since = (reader.added_since(seal)?, reader.purged_since(seal)?);
    reader.go_back_to(seal)?;
    Ok(since)
}

fn follows(claim: &Claim, file: &Path, assessment: &Assessment, added: u64) -> String {
    let (run, until) = (claim.run, assessment.run.until);
    let as_it_was = match added {
        0 => String::new(),
        added => format!(", as the journal was before its last {added} rows"),
    };
    let decision = assessment.decision;
    format!(
        "The report {} follows from it: {decision} for run {run}, judged up to {until}{as_it_was}.\n",
        file.display()
    )
}

/// What follows from the journal, and where the kept report says something else.
struct Derived {
    assessment: Assessment,
    differences: Vec<String>,
}

/// Judges the run again. Where the report tells the end of its window to the second only, the one that follows by default
/// is tried, that second, and the end of the journal; what fits best is taken. So it is with masks: not every form says whether it
/// has them.
fn derive(reader: &Reader, claim: &Claim, kept: &[u8]) -> Result<Derived, AuditError> {
    let (first, others) = match &claim.until {
        Until::Exactly(until) => (Some(*until), Vec::new()),
        Until::ToTheSecond(_) => (None, claim.until.time().into_iter().chain([Timestamp::MAX]).collect()),
    };
    let derived = |until| -> Result<Derived, AuditError> {
        let unmasked = audit::assess(reader, Some(claim.run), until)?;
        let masked = report::masked(unmasked.clone());
        let [masked, unmasked] = [masked, unmasked].map(|assessment| {
            let differences = differences(claim, kept, &assessment);
            Derived { assessment, differences }
        });
        Ok(if unmasked.differences.len() < masked.differences.len() { unmasked } else { masked })
    };
    let mut best = derived(first)?;
    for until in others {
        if best.differences.is_empty() {
            break;
        }
        let then = derived(Some(until))?;
        if then.differences.len() < best.differences.len() {
            best = then;
        }
    }
    Ok(best)
}

/// Where the kept report differs. A summary says nothing of its width: the one that fits best is taken.
fn differences(claim: &Claim, kept: &[u8], assessment: &Assessment) -> Vec<String> {
    let (format, style) = match claim.form {
        Form::Html => (Format::Html, Style::Plain),
        Form::Json => (Format::Json, Style::Plain),
        Form::Markdown => (Format::Md, Style::Plain),
        Form::Junit => (Format::Junit, Style::Plain),
        Form::Text { ansi } => (Format::Text, if ansi { Style::Ansi } else { Style::Plain }),
    };
    let widths = if format == Format::Text { WIDTHS } else { output::WIDTH_MAX..=output::WIDTH_MAX };
    let found = widths.map(|width| match format.render(assessment, width, style) {
        Ok(derived) => claim.differences(kept, &derived),
        Err(error) => vec![format!("{error:#}")],
    });
    found.min_by_key(Vec::len).unwrap_or_default()
}
