//! `paritee check`: everything wrong with a configuration, at once; or what it says, in short. It opens
//! no port and touches no journal.

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

use super::Exit;
use crate::config::{
    Checked, Config, Faults, LaneConfig, LoadError, OperationRule, Paint, PollFrom, Route, Severity, duration_text,
    load,
};
use crate::judge::DocumentShape;
use crate::outcome::{Lane, LedgerKind, Operation, Role};

/// The arguments of `paritee check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The configuration, in TOML
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Print the whole configuration with every default filled in, secrets as the variables they come from
    #[arg(long)]
    pub expand: bool,
}

/// Checks the configuration: faults go to stderr, what is good goes to stdout.
///
/// # Errors
/// When stdout or stderr can't be written, other than by a reader that went away.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let colourless = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let paint = if err.is_terminal() && !colourless { Paint::Colour } else { Paint::Plain };
    match check(args, paint, &mut out, &mut err) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Error),
        ended => Ok(ended?),
    }
}

fn check(args: &Args, paint: Paint, out: &mut impl Write, err: &mut impl Write) -> io::Result<Exit> {
    let name = args.config.display();
    let checked = match load(&args.config) {
        Ok(checked) => checked,
        Err(LoadError::Faulty(faults)) => {
            writeln!(err, "{}\n{name}: {}", faults.render(paint), counted(&faults))?;
            return Ok(Exit::Error);
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            writeln!(err, "error: failed to {error}{cause}")?;
            return Ok(Exit::Error);
        }
    };
    if args.expand {
        out.write_all(checked.expanded().as_bytes())?;
    } else {
        write!(out, "{name}: no faults\n\n{}", summary(&checked))?;
    }
    out.flush()?;
    if !checked.notes.list().is_empty() {
        writeln!(err, "\n{}\n{name}: {}", checked.notes.render(paint), counted(&checked.notes))?;
    }
    Ok(Exit::Go)
}

/// `2 faults, 1 warning`
fn counted(faults: &Faults) -> String {
    let kinds = [(Severity::Fault, "fault"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counted = kinds.into_iter().filter_map(|(severity, word)| {
        let count = faults.list().iter().filter(|fault| fault.severity == severity).count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {word}{plural}"))
    });
    counted.collect::<Vec<_>>().join(", ")
}

/// What the configuration says, for people who look whether that is what they meant.
fn summary(checked: &Checked) -> String {
    let config = &checked.config;
    let tee = &config.tee;
    let mut lines = vec![
        ("tee", format!("listens on {}{}", tee.listen, if tee.tls.is_some() { ", over TLS" } else { "" })),
        ("", format!("journal {}, orders durable {}", tee.journal.display(), tee.durability)),
    ];
    for lane in Lane::ALL {
        lines.extend(with_title(lane.as_str(), of_lane(config.lanes.get(*lane), config.admin.is_some()).into_iter()));
    }
    lines.extend(with_title("routes", tee.routes.iter().map(of_route)));
    let excludes = tee.excludes.iter().chain(tee.routes.iter().flat_map(|route| &route.excludes));
    let aside = excludes.map(|rule| format!("{} = {}: {}", rule.pointer, rule.equals, rule.reason));
    lines.extend(with_title("excluded", aside));
    lines.push(("admin", of_admin(checked, config)));
    let census = &config.census;
    if census.expected || census.import.is_some() {
        let expected = if census.expected { "expected" } else { "not expected" };
        let import =
            if census.import.is_some() { "its exports can be imported" } else { "nothing says how to import it" };
        lines.push(("census", format!("{expected}, {import}")));
    }
    lines.extend(with_title("compared", of_compare(config).into_iter()));
    let gates = &config.gates;
    let deadline = gates.sender_deadline.map(|at| format!("answers within {}", duration_text(at)));
    let answers = deadline.unwrap_or_else(|| "answer times not judged".to_owned());
    let coverage = match (gates.hours_min, gates.strata.len()) {
        (0, 0) => String::new(),
        (hours, kinds) => format!("; orders in {hours} hours and of {kinds} kinds seen"),
    };
    let text = format!(
        "loss rate at most {}, at confidence {}; unexplained differences at most {}; {} of commits within the SLA; {answers}{coverage}",
        gates.loss_rate_max, gates.confidence, gates.fields_differ_max, gates.latency_quantile
    );
    lines.push(("gates", text));
    let rows = match config.owners.len() {
        0 => None,
        1 => Some("as usual, but for 1 row".to_owned()),
        rows => Some(format!("as usual, but for {rows} rows")),
    };
    lines.extend(rows.map(|rows| ("owners", rows)));
    lines.into_iter().map(|(title, text)| format!("{title:<9} {text}\n")).collect()
}

/// In which shape documents are compared, by how many rules, and with what.
fn of_compare(config: &Config) -> Vec<String> {
    let Some(compare) = config.policy().compare else { return Vec::new() };
    let shape = match compare.documents {
        DocumentShape::AsTheyAre => "as they are",
        DocumentShape::InCommonTerms => "in common terms",
    };
    let built_in = compare.rules.iter().filter(|rule| rule.built_in).count();
    let written = compare.rules.len() - built_in;
    let rules = |count: usize| if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") };
    let mut lines = vec![format!("both lanes' documents {shape}, by {} and {built_in} built in", rules(written))];
    let known: Vec<&str> =
        Lane::ALL.iter().filter(|lane| config.lanes.get(**lane).document.is_some()).map(|lane| lane.as_str()).collect();
    lines.push(match known.as_slice() {
        [] => "not with what was ordered: no [lane.X.document] says where its parts stand".to_owned(),
        lanes => format!("with what was ordered: {}", lanes.join(" and ")),
    });
    lines
}

/// The title stands beside the first line only.
fn with_title(title: &'static str, texts: impl Iterator<Item = String>) -> Vec<(&'static str, String)> {
    texts.enumerate().map(|(position, text)| (if position == 0 { title } else { "" }, text)).collect()
}

/// How it is learnt what became of a lane's orders whose ledger is not read.
const fn of_unread(imported: bool, has_admin: bool) -> &'static str {
    match (imported, has_admin) {
        (false, false) => "nobody tells what its ledger holds",
        (true, false) => "what its ledger holds is imported from exports",
        (false, true) => "what its ledger holds is told by callbacks",
        (true, true) => "what its ledger holds is told by callbacks, or imported from exports",
    }
}

fn of_lane(lane: &LaneConfig, has_admin: bool) -> Vec<String> {
    let ledger = match lane.ledger {
        LedgerKind::Production => "a production ledger",
        LedgerKind::Sandbox => "a sandbox ledger",
        LedgerKind::DryRun => "a dry run without a ledger",
    };
    let mut lines = vec![format!("{}, {}, {ledger}, at {}", lane.role, lane.flow, lane.url)];
    if lane.role == Role::Shadow {
        let (send, resend_max) = (lane.send, lane.resend_max);
        lines.push(format!("sent {send}, {} at once, sent again at most {resend_max} times", lane.concurrency));
    }
    lines.push(lane.poll.as_ref().map_or_else(
        || of_unread(lane.import.is_some(), has_admin).to_owned(),
        |poll| {
            let from = match &poll.from {
                PollFrom::Http(http) => http.url.as_str(),
                PollFrom::Sql(_) => "a database",
            };
            format!("its ledger is read every {} from {from}", duration_text(poll.every))
        },
    ));
    if lane.import.is_some() {
        lines.push("its exports can be imported".to_owned());
    }
    if lane.patch.is_some() {
        lines.push("copies are patched for it".to_owned());
    }
    let (sla, horizon) = (duration_text(lane.sla), duration_text(lane.horizon));
    lines.push(format!("late after {sla}, to be in the ledger after {horizon}"));
    lines
}

fn of_route(route: &Route) -> String {
    let method = route.method.as_ref().map_or("any method", hyper::Method::as_str);
    let operation = match &route.operation {
        OperationRule::Always(operation) => operation.to_string(),
        OperationRule::ByHeader { name, values } => by(name.as_str(), values),
        OperationRule::ByPointer { pointer, values } => by(&pointer.to_string(), values),
    };
    let keys: Vec<String> = route.order_key.iter().map(ToString::to_string).collect();
    let keys = if keys.is_empty() { "no order key".to_owned() } else { format!("order key {}", keys.join(" or ")) };
    let signed = route.signature.as_ref().map(|rule| format!(", signed in {}", rule.header)).unwrap_or_default();
    format!("{method} {}: {operation}, {keys}{signed}", route.path)
}

fn by(place: &str, values: &[(String, Operation)]) -> String {
    let values: Vec<String> = values.iter().map(|(value, operation)| format!("{value} = {operation}")).collect();
    format!("by {place} ({})", values.join(", "))
}

fn of_admin(checked: &Checked, config: &Config) -> String {
    let Some(admin) = &config.admin else {
        return "no admin port".to_owned();
    };
    let token = checked.token_source().map_or_else(|| "without a token".to_owned(), |source| format!("token {source}"));
    let tls = if admin.tls.is_some() { ", over TLS" } else { "" };
    format!("{}{tls}, {token}: POST /v1/outcomes, POST /v1/shadow/pause and resume, /healthz, /readyz", admin.listen)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Exit, stdout and stderr of a check of `text`; the file's name is replaced by `FILE`.
    fn checked(text: &str, expand: bool) -> (Exit, String, String) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("paritee.toml");
        std::fs::write(&config, text).unwrap();
        checked_file(&config, expand)
    }

    fn checked_file(config: &Path, expand: bool) -> (Exit, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let args = Args { config: config.to_owned(), expand };
        let exit = check(&args, Paint::Plain, &mut out, &mut err).unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&config.display().to_string(), "FILE");
        (exit, text(out), text(err))
    }

    const EXAMPLE: &str = include_str!("../../paritee.example.toml");

    #[test]
    fn a_good_configuration_is_summed_up() {
        let (exit, out, err) = checked(EXAMPLE, false);
        assert_eq!((exit, err.as_str()), (Exit::Go, ""));
        insta::assert_snapshot!(out, @r###"
FILE: no faults

tee       listens on 127.0.0.1:8080
          journal week3.db, orders durable before-forward
legacy    live, fire-and-forget, a production ledger, at http://127.0.0.1:9001/
          its ledger is read every 30s from http://127.0.0.1:9001/ledger?since={since}&page={page}
          late after 1h, to be in the ledger after 4h
gated     shadow, erp-gated, a sandbox ledger, at http://127.0.0.1:9002/
          sent always, 16 at once, sent again at most 3 times
          its ledger is read every 5s from http://127.0.0.1:9002/ledger?since={since}
          late after 2m, to be in the ledger after 15m
routes    POST /webhooks/orders/*: by x-shopify-topic (orders/cancelled = cancel, orders/create = create, orders/updated = update), order key /id
excluded  /test = true: test order
admin     127.0.0.1:9900, without a token: POST /v1/outcomes, POST /v1/shadow/pause and resume, /healthz, /readyz
compared  both lanes' documents as they are, by 0 rules and 3 built in
          not with what was ordered: no [lane.X.document] says where its parts stand
gates     loss rate at most 0.001, at confidence 0.95; unexplained differences at most 0; 0.99 of commits within the SLA; answer times not judged
"###);
    }

    #[test]
    fn owners_of_ones_own_are_counted() {
        let row = "\n[[owner]]\nfate = \"lost\"\nowner = \"operations\"\n";
        let (exit, out, err) = checked(&format!("{EXAMPLE}{row}"), false);
        assert_eq!((exit, err.as_str()), (Exit::Go, ""));
        assert!(out.ends_with("\nowners    as usual, but for 1 row\n"), "{out}");
    }

    #[test]
    fn expanded_it_is_a_good_configuration_again() {
        let (exit, out, err) = checked(EXAMPLE, true);
        assert_eq!((exit, err.as_str()), (Exit::Go, ""));
        let (exit, again, err) = checked(&out, true);
        assert_eq!((exit, &again), (Exit::Go, &out));
        assert_eq!(err, "");
    }

    #[test]
    fn what_the_census_and_exports_bring_is_summed_up() {
        let census = "[census]\nexpected = true\n[census.import]\norder_key = \"Id\"\n\
                      [lane.gated.import]\norder_key = \"a\"\nreference = \"b\"\n[gates]\n";
        let (exit, out, err) = checked(&EXAMPLE.replace("[gates]\n", census), false);
        assert_eq!((exit, err.as_str()), (Exit::Go, ""));
        assert!(out.contains("census    expected, its exports can be imported\n"), "{out}");
        assert!(out.contains("          its exports can be imported\n          late after 2m"), "{out}");
    }

    #[test]
    fn warnings_go_to_stderr_and_forbid_nothing() {
        let warned = EXAMPLE.replace("flow = \"erp-gated\"", "flow = \"fire-and-forget\"");
        let (exit, out, err) = checked(&warned, true);
        assert_eq!(exit, Exit::Go);
        assert!(out.starts_with("[tee]\n") && err.ends_with("FILE: 1 warning\n"), "{out}{err}");
    }

    #[test]
    fn faults_go_to_stderr_all_at_once() {
        let faulty = EXAMPLE.replace("sandbox", "production").replace("\"5s\"", "5").replace("[settle]", "[setle]");
        let (exit, out, err) = checked(&faulty, false);
        assert_eq!((exit, out.as_str()), (Exit::Error, ""));
        assert_eq!(err.matches("--> FILE:").count(), 3, "{err}");
        assert!(err.contains("= help: did you mean `settle`?") && err.ends_with("FILE: 3 faults\n"), "{err}");
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let (exit, out, err) = checked_file(Path::new("/nowhere/paritee.toml"), false);
        assert_eq!((exit, out.as_str()), (Exit::Error, ""));
        assert_eq!(err, "error: failed to find the configuration `FILE`; paritee.example.toml is one to begin with\n");
    }
}
