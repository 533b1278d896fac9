//! `paritee pause` and `paritee resume`: switch the shadow of a running sidecar, through its admin port.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, StatusCode, Uri};

use super::{Exit, output};
use crate::config::{self, Admin, Config};
use crate::net::fetch::{Ask, Fetcher};
use crate::outcome::ShadowAct;

/// Longer than the journal may take to put it on record.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(15);

/// Longest answer: one line.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// `paritee pause`, `paritee resume`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration (TOML) of the running sidecar: where its admin port is, and its token
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Who, for the record [default: the user of this shell]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Where the admin port is reached, such as `https://sidecar.example:9900` [default: `admin.listen`]
    #[arg(long, value_name = "URL")]
    url: Option<Uri>,
}

/// Pauses or resumes, and says what came of it.
///
/// # Errors
/// When there is no admin port, nobody answers there, or the sidecar refuses.
pub fn run(args: &Args, act: ShadowAct) -> anyhow::Result<Exit> {
    let config = config::load_armed(&args.config)?.config;
    let ask = ask(args, &config, act)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    let asked = runtime.block_on(fetcher(&config).fetch(&ask, ANSWER_BYTES_MAX, ANSWER_WAIT_MAX));
    let answer = asked.with_context(|| format!("{act} the shadow at {}: is its sidecar running?", ask.url))?;
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status != StatusCode::OK {
        let why = body.get("error").and_then(serde_json::Value::as_str).unwrap_or("it gave no reason");
        bail!("{act} the shadow: the sidecar answered {}: {why}", answer.status.as_u16());
    }
    let state = if act == ShadowAct::Pause { "paused" } else { "running" };
    let changed = body.get("changed").and_then(serde_json::Value::as_bool).unwrap_or(true);
    output::print(&format!("the shadow is {state}{}\n", if changed { "" } else { ", as it was before" }))?;
    Ok(Exit::Go)
}

/// A sidecar that has a certificate is believed by that one.
fn fetcher(config: &Config) -> Fetcher {
    config.admin.as_ref().and_then(Admin::tls).map_or_else(Fetcher::new, Fetcher::over)
}

fn ask(args: &Args, config: &Config, act: ShadowAct) -> anyhow::Result<Ask> {
    let Some(admin) = &config.admin else {
        bail!(
            "{act} the shadow: {} has no [admin]; write one, or send SIGUSR1 (pause) or SIGUSR2 (resume) to the sidecar",
            args.config.display()
        );
    };
    let base = match &args.url {
        Some(url) => url.to_string(),
        None if admin.listen.port() == 0 => bail!("{act} the shadow: `admin.listen` names no port; name it by --url"),
        None => admin.url(),
    };
    let url = format!("{}/v1/shadow/{act}", base.trim_end_matches('/')).parse().context("read --url")?;
    let by = args.by.clone().or_else(|| ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()));
    let mut headers: Vec<(HeaderName, HeaderValue)> =
        vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    if let Some(token) = &admin.token {
        let value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).context("send `admin.token`")?;
        headers.push((AUTHORIZATION, value));
    }
    let body = Bytes::from(serde_json::json!({ "by": by, "why": args.why }).to_string());
    Ok(Ask { method: Method::POST, url, headers, body })
}
