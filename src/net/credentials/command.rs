//! Tokens that a command prints: whatever vault or cloud it asks is none of our business.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use super::CredentialError;

/// How long a command may take. One that waits for somebody to log in would wait for ever.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How much of its output is read: a token has a few kilobytes.
const OUTPUT_BYTES_MAX: u64 = 64 << 10;

/// The first line of what the command prints. What it writes to stderr is left alone: it may hold what must not be
/// logged.
pub(super) async fn token(argv: &[String]) -> Result<String, CredentialError> {
    let program = argv.first().map(String::as_str).unwrap_or_default();
    let failed = |why: String| CredentialError::Command { program: program.to_owned(), why };
    let mut command = Command::new(program);
    command.args(argv.iter().skip(1)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let child = command.kill_on_drop(true).spawn().map_err(|error| failed(error.to_string()))?;
    let output = tokio::time::timeout(WAIT_MAX, output(child)).await;
    let output = output.map_err(|_| failed(format!("it took longer than {} s", WAIT_MAX.as_secs())))?;
    let text = output.map_err(failed)?;
    let line = text.lines().next().map(str::trim).unwrap_or_default();
    if line.is_empty() { Err(failed("its first line is empty".into())) } else { Ok(line.to_owned()) }
}

async fn output(mut child: Child) -> Result<String, String> {
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes).await.map_err(|error| error.to_string())?;
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    String::from_utf8(bytes).map_err(|_| "its output is no UTF-8".into())
}
