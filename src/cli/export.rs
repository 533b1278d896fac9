//! `paritee export`: the captures of a journal as NDJSON, with the answers that the live lane gave, for replay and for whoever
//! reads lines.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;

use super::{Exit, input, output};
use crate::audit::AuditError;
use crate::journal::Reader;
use crate::order::{Json, Mask};
use crate::replay::formats::{CaptureFile, Incomplete, Options, Record, Tally, Writer};

mod writes;

/// The arguments of `paritee export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The journal
    journal: PathBuf,
    /// Captures of this run only [default: of all runs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    run: Option<u32>,
    /// Mask personal data in bodies: names, addresses, e-mail, phone numbers. Bodies that are no JSON are left out
    #[arg(long)]
    masked: bool,
    /// In place of captures, every send to the shadow that may have written something, with the number of what it wrote, as CSV: for
    /// cleaning up
    #[arg(long, conflicts_with = "masked")]
    shadow_writes: bool,
    /// Write to this file instead of stdout; - is stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What was written.
#[derive(Default)]
struct Exported {
    requests: u64,
    with_answer: u64,
    incomplete: u64,
    tally: Tally,
}

/// Writes the captures, and says on stderr what it wrote.
///
/// # Errors
/// When the journal can't be read, has no such run, or the file can't be written. Rows that are damaged are no error here, nor
/// is a chain that does not verify: what can be is written, and the command ends with exit code 2.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let reader = input::journal(&args.journal)?;
    if let Some(number) = args.run
        && reader.run(Some(number))?.is_none()
    {
        let last = reader.run(None)?.map(|seen| seen.run.number);
        return Err(AuditError::NoRun { number, last }.into());
    }
    if args.shadow_writes {
        return shadow_writes(args, &reader);
    }
    let altered = reader.verify()?.err();
    drop(reader);
    let exported = match output::named(args.output.as_ref()) {
        Some(file) => Some(output::write_with(file, |out| export(args, out))?),
        None => output::print_with(|out| export(args, out))?,
    };
    let Some(exported) = exported else { return Ok(Exit::Go) };
    output::tell(&summary(&args.journal, &exported));
    if let Some(fault) = &altered {
        output::tell(&format!(
            "the journal is not what was recorded: {fault}; any request in it may be another, so look at what is exported before it is replayed"
        ));
    }
    Ok(if exported.tally.skipped > 0 || altered.is_some() { Exit::Error } else { Exit::Go })
}

fn shadow_writes(args: &Args, reader: &Reader) -> anyhow::Result<Exit> {
    let rows = match output::named(args.output.as_ref()) {
        Some(file) => Some(output::write_with(file, |out| writes::write(reader, args.run, &mut BufWriter::new(out)))?),
        None => output::print_with(|out| writes::write(reader, args.run, &mut BufWriter::new(out)))?,
    };
    if let Some(rows) = rows {
        output::tell(&format!("{}: {rows} writes of the shadow exported", args.journal.display()));
    }
    Ok(Exit::Go)
}

fn export(args: &Args, out: &mut dyn Write) -> anyhow::Result<Exported> {
    let mut file = CaptureFile::open(&args.journal, &Options { run: args.run, ..Options::default() })?;
    let mut exported = Exported::default();
    let mut writer = Writer::new(BufWriter::new(out));
    for record in file.by_ref() {
        let record = if args.masked { masked(record?) } else { record? };
        exported.requests += 1;
        exported.with_answer += u64::from(!record.answers.is_empty());
        exported.incomplete += u64::from(record.incomplete.is_some());
        writer.write(&record).context("write the captures")?;
    }
    writer.finish().context("write the captures")?;
    exported.tally = file.tally().clone();
    Ok(exported)
}

/// The record with what is personal in its bodies masked. Within a record equal numbers stand for equal values; over all of
/// them the mask would grow with the file.
fn masked(mut record: Record) -> Record {
    let mut mask = Mask::default();
    match mask_body(&mut mask, &record.body) {
        Some(body) => record.body = body,
        None => {
            record.body = Bytes::new();
            record.incomplete = record.incomplete.or(Some(Incomplete::BodyMissing));
        }
    }
    for answer in &mut record.answers {
        // What of an answer is not there, as it was cut or is no JSON, still counts as bytes of it.
        let lacks = answer.body_bytes.saturating_sub(answer.body.len() as u64);
        match mask_body(&mut mask, &answer.body) {
            Some(body) => (answer.body_bytes, answer.body) = (body.len() as u64 + lacks, body),
            None => answer.body = Bytes::new(),
        }
    }
    record
}

/// `None` where it is no JSON: what is in it is not known.
fn mask_body(mask: &mut Mask, body: &Bytes) -> Option<Bytes> {
    if body.is_empty() {
        return Some(Bytes::new());
    }
    let text = std::str::from_utf8(body).ok()?;
    Json::parse(body).ok()?;
    Some(mask.json(text, false).into())
}

fn summary(journal: &Path, exported: &Exported) -> String {
    let Exported { requests, with_answer, incomplete, tally } = exported;
    let mut text = format!("{}: {requests} requests exported, {with_answer} with an answer", journal.display());
    if *incomplete > 0 {
        _ = write!(text, "; {incomplete} are not whole, and never sent by a replay");
    }
    text.push('\n');
    for diagnosis in &tally.listed {
        _ = writeln!(text, "  {diagnosis}");
    }
    if tally.unlisted() > 0 {
        _ = writeln!(text, "  and {} more", tally.unlisted());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Ending, Lane};
    use crate::replay::formats::{Place, RecordedAnswer};

    fn record(body: &[u8], answer: &[u8]) -> Record {
        let answer = RecordedAnswer {
            lane: Some(Lane::Legacy),
            ending: Ending::Answered,
            at: None,
            took: None,
            status: Some(200),
            headers: Vec::new(),
            body: Bytes::copy_from_slice(answer),
            body_bytes: answer.len() as u64,
            error: None,
        };
        Record {
            place: Place::Line(1),
            id: None,
            at: Some(jiff::Timestamp::UNIX_EPOCH),
            method: "POST".into(),
            target: "/orders".into(),
            headers: Vec::new(),
            body: Bytes::copy_from_slice(body),
            incomplete: None,
            answers: vec![answer],
        }
    }

    #[test]
    fn what_is_personal_is_masked_alike_in_a_request_and_its_answer() {
        let masked = masked(record(
            br#"{"id":5001,"email":"ada.quint@quint.example","total":"19.90"}"#,
            br#"{"number":"SO-1","contact":"ada.quint@quint.example"}"#,
        ));
        let text = |body: &Bytes| String::from_utf8(body.to_vec()).unwrap();
        let hidden = "•••.•••••@•••••.••••••• ‹1›";
        assert_eq!(text(&masked.body), format!(r#"{{"id":5001,"email":"{hidden}","total":"19.90"}}"#));
        let answer = &masked.answers[0];
        assert_eq!(text(&answer.body), format!(r#"{{"number":"SO-1","contact":"{hidden}"}}"#));
        assert_eq!((answer.body_bytes, masked.incomplete), (answer.body.len() as u64, None));
    }

    #[test]
    fn what_can_not_be_masked_is_left_out() {
        for body in [&b"name=Ada+Quint"[..], b"\xff\xfe", br#"{"email":"ada.quint@quint.example""#] {
            let masked = masked(record(body, body));
            assert_eq!((masked.body.len(), masked.incomplete), (0, Some(Incomplete::BodyMissing)));
            // That there was more of the answer is not hidden.
            let answer = &masked.answers[0];
            assert_eq!((answer.body.len(), answer.body_bytes), (0, body.len() as u64));
        }
        assert_eq!(masked(record(b"", b"")).incomplete, None);
        let mut cut = record(b"{}", b"{}");
        cut.answers[0].body_bytes = 9;
        assert_eq!(masked(cut).answers[0].body_bytes, 9);
    }
}
