//! Begins or resumes a run. A run ends when what is judged changes, or when the operator says so.

use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::journal::{
    self, Control, ControlKind, Digest, Opened, ReadError, Reader, Record, RecordError, RunKind, RunRow,
};
use crate::judge::{Policy, Settings};

/// What a run is begun or resumed with.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The judge's policy. Its owners are recorded beside it, as they may change inside the run.
    pub policy: Policy,
    /// What of the configuration is judged by; its digest tells runs apart.
    pub judged_by: serde_json::Value,
    /// How the run comes to be.
    pub kind: RunKind,
    /// Whether the operator asks for a new run, and what it is to be called.
    pub new_run: Option<String>,
}

/// A run that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number in the journal, from 1.
    pub number: u32,
    /// When it began; with the number this tells it from the runs of other journals.
    pub began_at: Timestamp,
    /// Whether it went on from an earlier start.
    pub resumed: bool,
}

/// Why no run could be begun.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal can't be read.
    #[error("find the last run")]
    Read(#[from] ReadError),
    /// The journal takes no rows.
    #[error("begin a run")]
    Record(#[from] RecordError),
    /// The policy can't be written as JSON.
    #[error("write down the policy of the run")]
    Policy(#[from] serde_json::Error),
    /// What was recorded of the run can't be read.
    #[error("read the settings of run {run}")]
    Settings {
        /// The run.
        run: u32,
        /// Why.
        source: serde_json::Error,
    },
}

/// Begins a run, or resumes the last one where the same is judged by. Records that the journal was
/// opened, and the gap of a process that ended without a clean close.
///
/// # Errors
/// When the journal can't be read or takes no rows.
pub async fn begin(opened: &Opened, terms: &Terms) -> Result<Run, RunError> {
    let judged_by = serde_json::to_string(&terms.judged_by)?;
    let policy_digest = Digest(Sha256::digest(&judged_by).into());
    let (last, settings) = last_run(opened.journal.path()).await?;
    let same =
        |last: &RunRow| last.policy_digest == policy_digest && last.kind == terms.kind && terms.new_run.is_none();
    let resumed = last.as_ref().is_some_and(|(_, last)| same(last));
    let last_number = last.as_ref().map_or(0, |(_, last)| last.number);
    let number = if resumed { last_number } else { last_number + 1 };
    let mut records = Vec::new();
    // While a replay is down, nothing comes that it could miss: its requests stand in files.
    if let Some(down) = opened.down.filter(|_| terms.kind != RunKind::Replay) {
        let gap_of = last_number.max(1);
        records.push(Record::Gap(gap_of, journal::down_gap(down)));
    }
    if !resumed {
        records.push(Record::Run(RunRow {
            number,
            kind: terms.kind,
            label: terms.new_run.clone().filter(|label| !label.is_empty()),
            policy_digest,
            policy: serde_json::to_string(&terms.policy)?,
            judged_by,
            tool_version: env!("CARGO_PKG_VERSION").into(),
        }));
    }
    let known = if resumed { read_settings(settings, number)? } else { Settings::default() };
    let settings = Settings { owners: terms.policy.owners.clone() };
    if settings != known {
        let detail = Some(serde_json::to_string(&settings)?);
        records.push(Record::Control(Control { run: Some(number), kind: ControlKind::Settings, detail }));
    }
    records.push(Record::Control(Control { run: Some(number), kind: ControlKind::Open, detail: None }));
    opened.journal.record(records).await?;
    let (began_at, _) = last_run(opened.journal.path()).await?.0.ok_or(RecordError::Closed)?;
    Ok(Run { number, began_at, resumed })
}

/// The last run, and its settings where any were recorded.
async fn last_run(path: &Path) -> Result<(Option<(Timestamp, RunRow)>, Option<String>), ReadError> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let reader = Reader::open(&path)?;
        let run = reader.run(None)?;
        let settings = run.as_ref().map(|seen| reader.settings(seen.run.number)).transpose()?;
        Ok::<_, ReadError>((run, settings.flatten()))
    });
    let (run, settings) = read.await.map_err(|_| ReadError::Sqlite(rusqlite::Error::InvalidQuery))??;
    Ok((run.map(|seen| (seen.began_at, seen.run)), settings))
}

/// Settings as they were recorded; the usual ones where none were.
fn read_settings(recorded: Option<String>, run: u32) -> Result<Settings, RunError> {
    let read = |json: String| serde_json::from_str(&json).map_err(|source| RunError::Settings { run, source });
    Ok(recorded.map(read).transpose()?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::judge::{LanePolicy, Owner, OwnerRule};
    use crate::outcome::{AnswerRules, Flow, LedgerKind, PerLane, ReasonClass, Role, Scope};

    fn terms(judged_by: &str, new_run: Option<&str>) -> Terms {
        let lane = |role, flow, ledger| LanePolicy {
            role,
            flow,
            ledger,
            observed: true,
            sla: Duration::from_secs(1),
            horizon: Duration::from_secs(2),
            lag: Duration::ZERO,
            overlap: Duration::ZERO,
            grace: Duration::ZERO,
            answer: AnswerRules::default(),
            scope: Scope::default(),
            ..LanePolicy::new(role, flow, ledger)
        };
        let lanes = PerLane {
            legacy: lane(Role::Live, Flow::FireAndForget, LedgerKind::Production),
            gated: lane(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
        };
        let policy = Policy::new(lanes);
        let judged_by = serde_json::json!({ "gates": judged_by });
        Terms { policy, judged_by, kind: RunKind::Live, new_run: new_run.map(str::to_owned) }
    }

    #[tokio::test]
    async fn who_acts_on_what_may_change_inside_a_run_and_is_recorded_where_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("week3.db");
        let owned_by = |owner: Owner| OwnerRule {
            lane: None,
            fates: vec!["lost".parse().unwrap()],
            reasons: vec![ReasonClass::Tax],
            differences: Vec::new(),
            owner,
            next_action: Some("Look.".to_owned()),
        };
        let recorded = |count: i64, owners: &[OwnerRule]| {
            let reader = Reader::open(&path).unwrap();
            let sql = "SELECT count(*) FROM control WHERE kind = 'settings'";
            let rows: i64 = reader.connection().query_row(sql, [], |row| row.get(0)).unwrap();
            let run = reader.run(None).unwrap().unwrap().run;
            let last = reader.settings(run.number).unwrap();
            let last: Settings = last.map(|json| serde_json::from_str(&json).unwrap()).unwrap_or_default();
            assert_eq!((rows, last.owners.as_slice()), (count, owners));
            // What is judged by has no word of it.
            assert!(!run.policy.contains("Look.") && !run.judged_by.contains("Look."), "{}", run.policy);
        };
        for (owners, new_run, number, rows) in [
            (vec![], None, 1, 0),
            (vec![owned_by(Owner::Marketplace)], None, 1, 1),
            (vec![owned_by(Owner::Marketplace)], None, 1, 1),
            (vec![owned_by(Owner::Operations)], None, 1, 2),
            (vec![], None, 1, 3),
            (vec![owned_by(Owner::Operations)], Some("2"), 2, 4),
            (vec![], Some("3"), 3, 4),
        ] {
            let opened = journal::open(&path, journal::Options::default()).unwrap();
            let mut terms = terms("a", new_run);
            terms.policy.owners = owners.clone();
            assert_eq!(begin(&opened, &terms).await.unwrap().number, number);
            assert!(opened.journal.close(Duration::from_secs(30)).await);
            opened.writer.join().unwrap();
            recorded(rows, &owners);
        }
    }

    #[tokio::test]
    async fn a_run_goes_on_until_what_is_judged_changes_or_the_operator_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("week3.db");
        for (judged_by, new_run, number, resumed) in [
            ("a", None, 1, false),
            ("a", None, 1, true),
            ("b", None, 2, false),
            ("b", Some("gated build 412"), 3, false),
            ("b", None, 3, true),
            ("a", None, 4, false),
        ] {
            let opened = journal::open(&path, journal::Options::default()).unwrap();
            let terms = terms(judged_by, new_run);
            let run = begin(&opened, &terms).await.unwrap();
            assert_eq!((run.number, run.resumed), (number, resumed));
            assert!(opened.journal.close(Duration::from_secs(30)).await);
            opened.writer.join().unwrap();
            let seen = Reader::open(&path).unwrap().run(None).unwrap().unwrap();
            assert_eq!(serde_json::from_str::<Policy>(&seen.run.policy).unwrap(), terms.policy);
        }
        let third = Reader::open(&path).unwrap().run(Some(3)).unwrap().unwrap();
        assert_eq!(third.run.label.as_deref(), Some("gated build 412"));
        assert_eq!(Reader::open(&path).unwrap().live_runs_up_to(3).unwrap(), 3);
    }
}
