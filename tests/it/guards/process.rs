//! The program as its own process, whose log is waited for.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::support::soon;

/// A running program.
pub(super) struct Process {
    pub(super) child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    /// Where it says that it listens.
    pub(super) tee: String,
}

impl Process {
    /// Starts what `command` is, and waits until it says where it listens.
    pub(super) async fn start(mut command: Command) -> Self {
        command.env("PARITEE_LOG", "info").env("NO_COLOR", "1").kill_on_drop(true);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, lines) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                _ = tell.send(line);
            }
        });
        let mut process = Self { child, lines, tee: String::new() };
        let line = process.says("listen=").await;
        let (_, rest) = line.split_once("listen=").unwrap();
        rest.split_whitespace().next().unwrap().clone_into(&mut process.tee);
        process
    }

    /// The program with its configuration.
    pub(super) fn serve(config: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        command.args(["serve", "--config"]).arg(config);
        command
    }

    /// Waits for a line of its log.
    pub(super) async fn says(&mut self, words: &str) -> String {
        soon(words, async {
            let mut said = Vec::new();
            while let Some(line) = self.lines.recv().await {
                if line.contains(words) {
                    return line;
                }
                said.push(line);
            }
            panic!("it ended and never said {words:?}: {said:#?}")
        })
        .await
    }

    pub(super) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let killed = Command::new("sh").args(["-c", "kill -\"$1\" \"$0\"", &pid, name]).status().await.unwrap();
        assert!(killed.success());
    }

    /// Ends it in order.
    pub(super) async fn terminate(mut self) {
        self.signal("TERM").await;
        assert_eq!(soon("the end", self.child.wait()).await.unwrap().code(), Some(0));
    }
}
