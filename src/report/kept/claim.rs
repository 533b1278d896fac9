//! Reading what a report says of itself, in each of its forms.

use super::{Claim, Form, Until};
use crate::order::{Json, JsonError};
use crate::report::SCHEMA_VERSION;

/// Why a file can't be verified as a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It begins like none.
    #[error(
        "this is no report of paritee: it begins neither as its JSON, HTML, JUnit XML and Markdown do nor with a decision"
    )]
    None,
    /// It begins like JSON.
    #[error("the file is damaged, or no report of paritee")]
    Json(#[from] JsonError),
    /// Something that every report says is not there.
    #[error("the file is damaged, or no report of paritee: it does not say its {0}")]
    Lacks(&'static str),
    /// Another version's.
    #[error(
        "the report follows schema {found}, and this version of paritee writes schema {SCHEMA_VERSION}: verify it with the version that wrote it"
    )]
    Schema {
        /// Which one.
        found: String,
    },
}

const RUN: ClaimError = ClaimError::Lacks("run");
const UNTIL: ClaimError = ClaimError::Lacks("judged window");
const HEAD: ClaimError = ClaimError::Lacks("journal's head");
const VERSION: ClaimError = ClaimError::Lacks("schema version");

pub(super) fn read(bytes: &[u8]) -> Result<Claim, ClaimError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let ansi = text.starts_with('\u{1b}');
    let bare = if ansi { without_colours(text) } else { text.to_owned() };
    let decides = |start: &str, end: &str| {
        ["GO", "NO-GO", "INCONCLUSIVE"].iter().any(|decision| bare.starts_with(&format!("{start}{decision}{end}")))
    };
    match () {
        () if text.trim().is_empty() => Err(ClaimError::Empty),
        () if text.trim_start().starts_with('{') => json(bytes),
        () if text.starts_with("<!DOCTYPE html>") => html(text),
        () if text.starts_with("<?xml") => junit(text),
        () if decides("# ", "\n") => markdown(text),
        () if decides("", "  ") => summary(&bare, ansi),
        () => Err(ClaimError::None),
    }
}

/// A colour begins with an escape and ends at the first m.
fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or("", |(_, rest)| rest))
}

fn json(bytes: &[u8]) -> Result<Claim, ClaimError> {
    let report = Json::parse(bytes)?;
    let version = report.members("schema_version").next().and_then(Json::scalar_text).ok_or(VERSION)?;
    check_version(version)?;
    let run = report.members("run").next().ok_or(RUN)?;
    let text = |name: &'static str| run.members(name).next().and_then(Json::scalar_text);
    Ok(Claim {
        form: Form::Json,
        run: number(text("number"))?,
        until: exactly(text("until"))?,
        journal_head: head(text("journal_head"))?,
    })
}

fn junit(text: &str) -> Result<Claim, ClaimError> {
    let value = |name: &str| between(text, &format!("<property name=\"{name}\" value=\""), "\"");
    check_version(value("schema_version").ok_or(VERSION)?)?;
    Ok(Claim {
        form: Form::Junit,
        run: number(value("run"))?,
        until: exactly(value("until"))?,
        journal_head: head(value("journal_head"))?,
    })
}

/// Its last section spells the command out that writes it again.
fn html(text: &str) -> Result<Claim, ClaimError> {
    let writer = between(text, "<dt>written by</dt><dd>", "<").ok_or(VERSION)?;
    check_version(writer.rsplit_once(' ').map_or("", |(_, version)| version))?;
    let command = text.rsplit_once("paritee report JOURNAL --run ").map(|(_, rest)| rest);
    let mut words = command.into_iter().flat_map(str::split_whitespace);
    Ok(Claim {
        form: Form::Html,
        run: number(words.next())?,
        until: exactly(words.nth(1))?,
        journal_head: head(between(text, "<dt>journal head</dt><dd><code>", "<"))?,
    })
}

fn markdown(text: &str) -> Result<Claim, ClaimError> {
    let line = |start: &str| text.lines().rev().find_map(|line| line.strip_prefix(start));
    Ok(Claim {
        form: Form::Markdown,
        run: number(line("- run: ").and_then(|rest| rest.split([' ', '"']).next()))?,
        until: to_the_second(text.lines().find_map(|line| line.strip_prefix("- Judged: ")))?,
        journal_head: head(line("- journal: `").and_then(|rest| rest.strip_suffix('`')))?,
    })
}

/// The summary, without its colours, at any width: what does not fit goes on in the next line.
fn summary(text: &str, ansi: bool) -> Result<Claim, ClaimError> {
    let from = |start: &str| text.split_once(start).map(|(_, rest)| rest);
    let words = |rest: &str, most: usize| rest.split_whitespace().take(most).collect::<Vec<_>>().join(" ");
    let digits: Option<String> = from("\n  journal ").map(|rest| rest.split_whitespace().collect());
    Ok(Claim {
        form: Form::Text { ansi },
        run: number(from("\n  run     ").map(|rest| words(rest, 1)).as_deref())?,
        until: to_the_second(from("\nJudged    ").map(|rest| words(rest, 6)).as_deref())?,
        journal_head: head(digits.as_deref())?,
    })
}

fn check_version(found: &str) -> Result<(), ClaimError> {
    if found == SCHEMA_VERSION.to_string() { Ok(()) } else { Err(ClaimError::Schema { found: found.to_owned() }) }
}

fn number(text: Option<&str>) -> Result<u32, ClaimError> {
    text.and_then(|text| text.trim_end_matches(',').parse().ok()).ok_or(RUN)
}

fn exactly(text: Option<&str>) -> Result<Until, ClaimError> {
    text.and_then(|text| text.parse().ok()).map(Until::Exactly).ok_or(UNTIL)
}

/// `2026-11-20 09:00:00 to 2026-11-20 12:00:00 UTC`
fn to_the_second(window: Option<&str>) -> Result<Until, ClaimError> {
    let until = window.and_then(|window| window.split_once(" to ")).and_then(|(_, rest)| rest.strip_suffix(" UTC"));
    let until = until.map(|text| Until::ToTheSecond(text.to_owned()));
    until.filter(|until| until.time().is_some()).ok_or(UNTIL)
}

/// Seals are SHA-256.
fn head(text: Option<&str>) -> Result<String, ClaimError> {
    let digest = text.filter(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digest.map(str::to_owned).ok_or(HEAD)
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}
