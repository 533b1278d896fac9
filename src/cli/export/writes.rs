//! `paritee export --shadow-writes`: each send to a shadow that may have written something, with the number of what it wrote, as
//! CSV: a test ERP, or a production that was armed for a few orders, is cleaned up by it. Reads the journal, and nothing else.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context as _;
use rusqlite::params;

use crate::journal::{ReadError, Reader, RunKind};
use crate::judge::Policy;
use crate::outcome::{Answer, Attempt, Capture, Ending, Lane, Meaning, OutcomeKind, Role, RowId};

/// The heading. New columns come behind.
const COLUMNS: &str =
    "order_key,lane,run,operation,sent_at,attempt,ended,status,reference,reference_from,in_ledger,idempotency_key";

/// Captures looked up at once.
const CHUNK: i64 = 500;

/// A run's policy, and the lanes that copies went to in it.
struct RunOf {
    policy: Policy,
    lanes: Vec<Lane>,
}

struct Writes<'a> {
    reader: &'a Reader,
    out: &'a mut dyn Write,
    runs: BTreeMap<u32, RunOf>,
    rows: u64,
}

/// One send, or a document that no answer named.
#[derive(Default)]
struct Row {
    operation: &'static str,
    sent_at: String,
    attempt: String,
    ended: &'static str,
    status: String,
    reference: String,
    reference_from: &'static str,
    idempotency_key: String,
}

/// Writes them, order by order; how many rows there are.
pub(super) fn write(reader: &Reader, run: Option<u32>, out: &mut dyn Write) -> anyhow::Result<u64> {
    let _one_state = reader.snapshot()?;
    writeln!(out, "{COLUMNS}").context("write the shadow's writes")?;
    let mut writes = Writes { reader, out, runs: BTreeMap::new(), rows: 0 };
    for lane in Lane::ALL {
        let mut after = 0;
        while let Some(last) = writes.chunk(*lane, run, after)? {
            after = last;
        }
    }
    writes.out.flush().context("write the shadow's writes")?;
    Ok(writes.rows)
}

impl Writes<'_> {
    /// The next captures that were sent to a lane; the last of them.
    fn chunk(&mut self, lane: Lane, run: Option<u32>, after: RowId) -> anyhow::Result<Option<RowId>> {
        let sql = "SELECT DISTINCT a.capture FROM attempt a JOIN capture c ON c.id = a.capture \
             WHERE a.lane = ?1 AND a.capture > ?2 AND (?3 IS NULL OR c.run = ?3) ORDER BY a.capture LIMIT ?4";
        let mut select = self.reader.connection().prepare_cached(sql)?;
        let rows = select.query_map(params![lane.as_str(), after, run, CHUNK], |row| row.get(0))?;
        let rows = rows.collect::<rusqlite::Result<Vec<RowId>>>()?;
        for row in &rows {
            if let Some((run, capture)) = self.reader.capture(*row)? {
                self.capture(*row, run, lane, &capture)?;
            }
        }
        Ok(rows.last().copied())
    }

    fn capture(&mut self, row: RowId, run: u32, lane: Lane, capture: &Capture) -> anyhow::Result<()> {
        self.learn(run)?;
        let Some(of) = self.runs.get(&run).filter(|of| of.lanes.contains(&lane)) else { return Ok(()) };
        // All sends of an order stand together, at its first one.
        let mut captures = vec![(row, capture.clone())];
        if let Some(key) = &capture.order_key {
            let all = self.sent_of(key.as_str(), lane)?;
            if all.first() != Some(&row) {
                return Ok(());
            }
            for other in all.into_iter().skip(1) {
                captures.extend(self.reader.capture(other)?.map(|(_, capture)| (other, capture)));
            }
        }
        let documents = self.documents(capture, lane)?;
        let mut rows = Vec::new();
        for (row, capture) in &captures {
            for (_, attempt, answer) in self.reader.attempts(*row, lane)? {
                rows.extend(sent(of, lane, capture, &attempt, answer.as_ref()));
            }
        }
        let key = capture.order_key.as_ref().map_or("", |key| key.as_str()).to_owned();
        for row in with_documents(rows, &documents) {
            self.line(&key, lane, run, &row, &documents)?;
        }
        Ok(())
    }

    fn learn(&mut self, run: u32) -> anyhow::Result<()> {
        if self.runs.contains_key(&run) {
            return Ok(());
        }
        let seen = self.reader.run(Some(run))?.ok_or(ReadError::Sqlite(rusqlite::Error::QueryReturnedNoRows))?;
        let policy: Policy = serde_json::from_str(&seen.run.policy).with_context(|| format!("read run {run}"))?;
        let is_sent_to = |lane: &Lane| seen.run.kind == RunKind::Replay || policy.lanes.get(*lane).role == Role::Shadow;
        let lanes = Lane::ALL.iter().copied().filter(is_sent_to).collect();
        self.runs.insert(run, RunOf { policy, lanes });
        Ok(())
    }

    /// All captures of an order that were sent to a lane.
    fn sent_of(&self, key: &str, lane: Lane) -> anyhow::Result<Vec<RowId>> {
        let sql = "SELECT id FROM capture c WHERE order_key = ?1 \
             AND EXISTS (SELECT 1 FROM attempt a WHERE a.capture = c.id AND a.lane = ?2) ORDER BY id";
        let mut select = self.reader.connection().prepare_cached(sql)?;
        let rows = select.query_map(params![key, lane.as_str()], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<Vec<RowId>>>()?)
    }

    /// An order's documents in a lane's ledger: their numbers, and what was told of each last.
    fn documents(&self, capture: &Capture, lane: Lane) -> anyhow::Result<Vec<(String, OutcomeKind)>> {
        let mut documents: Vec<(String, OutcomeKind)> = Vec::new();
        for name in capture.order_key.iter().chain(&capture.also_known_as) {
            for (_, outcome, _) in self.reader.outcomes(name.as_str(), lane)? {
                let Some(reference) = outcome.reference.filter(|_| is_of_ledger(outcome.kind)) else { continue };
                match documents.iter_mut().find(|(known, _)| *known == reference) {
                    Some((_, kind)) => *kind = outcome.kind,
                    None => documents.push((reference, outcome.kind)),
                }
            }
        }
        Ok(documents)
    }

    fn line(
        &mut self,
        key: &str,
        lane: Lane,
        run: u32,
        row: &Row,
        documents: &[(String, OutcomeKind)],
    ) -> anyhow::Result<()> {
        let in_ledger = documents.iter().find(|(reference, _)| *reference == row.reference);
        let run = run.to_string();
        let cells = [
            key,
            lane.as_str(),
            &run,
            row.operation,
            &row.sent_at,
            &row.attempt,
            row.ended,
            &row.status,
            &row.reference,
            row.reference_from,
            in_ledger.map_or("", |(_, kind)| kind.as_str()),
            &row.idempotency_key,
        ];
        let line = cells.map(cell).join(",");
        writeln!(self.out, "{line}").context("write the shadow's writes")?;
        self.rows += 1;
        Ok(())
    }
}

const fn is_of_ledger(kind: OutcomeKind) -> bool {
    matches!(kind, OutcomeKind::Committed | OutcomeKind::Cancelled | OutcomeKind::Gone)
}

/// A send; nothing for one that found no connection, and wrote nothing.
fn sent(of: &RunOf, lane: Lane, capture: &Capture, attempt: &Attempt, answer: Option<&Answer>) -> Option<Row> {
    if answer.is_some_and(|answer| answer.ending == Ending::Refused) {
        return None;
    }
    let policy = of.policy.lanes.get(lane);
    let reference = match answer.map(|answer| policy.answer.meaning(policy.flow, answer)) {
        Some(Meaning::Committed { reference }) => Some(reference),
        Some(Meaning::Accepted { reference } | Meaning::Duplicate { reference }) => reference,
        _ => None,
    };
    Some(Row {
        operation: capture.operation.as_str(),
        sent_at: attempt.at.to_string(),
        attempt: attempt.number.to_string(),
        ended: answer.map_or("unknown", |answer| answer.ending.as_str()),
        status: answer.and_then(|answer| answer.status).map(|status| status.to_string()).unwrap_or_default(),
        reference_from: if reference.is_some() { "answer" } else { "" },
        reference: reference.unwrap_or_default(),
        idempotency_key: attempt.idempotency_key.clone().unwrap_or_default(),
    })
}

/// The sends, and behind them each document that no answer named. A send without a number takes the first of those.
fn with_documents(mut rows: Vec<Row>, documents: &[(String, OutcomeKind)]) -> Vec<Row> {
    let is_named = |rows: &[Row], reference: &str| rows.iter().any(|row| row.reference == reference);
    for (reference, _) in documents {
        if is_named(&rows, reference) {
            continue;
        }
        let found = Row { reference: reference.clone(), reference_from: "ledger", ..Row::default() };
        match rows.iter_mut().find(|row| row.reference.is_empty() && row.operation == "create") {
            Some(row) => *row = Row { reference: found.reference, reference_from: "ledger", ..std::mem::take(row) },
            None => rows.push(found),
        }
    }
    rows
}

/// A cell of CSV (RFC 4180).
fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_stands_once_and_none_is_left_out() {
        let row = |operation, reference: &str| Row { operation, reference: reference.to_owned(), ..Row::default() };
        let documents: Vec<_> =
            ["1", "2", "3"].iter().map(|reference| ((*reference).to_owned(), OutcomeKind::Committed)).collect();
        let rows = with_documents(vec![row("create", ""), row("create", "2"), row("cancel", "")], &documents);
        let told: Vec<_> = rows.iter().map(|row| (row.operation, row.reference.as_str(), row.reference_from)).collect();
        assert_eq!(told, [("create", "1", "ledger"), ("create", "2", ""), ("cancel", "", ""), ("", "3", "ledger")]);
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        for (text, expected) in [("5001", "5001"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\"")] {
            assert_eq!(cell(text), expected);
        }
    }
}
