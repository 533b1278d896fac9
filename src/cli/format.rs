//! The formats of a report.

use anyhow::Context as _;
use clap::ValueEnum;

use crate::judge::Assessment;
use crate::report::{self, Style};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A summary for people
    Text,
    /// One page for a browser, with everything in it
    Html,
    /// For programs
    Json,
    /// For a pull request or a wiki
    Md,
    /// JUnit XML for a pipeline: a test case for each gate
    Junit,
}

impl Format {
    /// The assessment in this format. Width and style are the text's alone.
    pub(super) fn render(self, assessment: &Assessment, width: usize, style: Style) -> anyhow::Result<String> {
        Ok(match self {
            Self::Text => report::text(assessment, width, style),
            Self::Html => report::html(assessment),
            Self::Json => report::json(assessment).context("write the report as JSON")?,
            Self::Md => report::markdown(assessment),
            Self::Junit => report::junit(assessment),
        })
    }
}
