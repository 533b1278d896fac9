//! The program as its own process: started, waited for by its log, signalled, ended.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::soon;

/// A running program.
pub(crate) struct Process {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    /// All that was read of its log.
    said: String,
    /// Where it listens.
    pub(crate) tee: String,
}

impl Process {
    /// The sidecar with its configuration.
    pub(crate) fn serve(config: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paritee"));
        command.args(["serve", "--config"]).arg(config).stdout(Stdio::null());
        command.env("PARITEE_LOG", "info").env("NO_COLOR", "1");
        command
    }

    /// The same with sockets as descriptors 3 and on, as systemd would hand them on: the number of the process must be its own. Two at most.
    pub(crate) fn handed_on(config: &Path, sockets: &[&TcpListener]) -> Command {
        let taken = ["3<&0 0</dev/null", "3<&0 4<&1 0</dev/null 1>/dev/null"][sockets.len() - 1];
        let count = sockets.len();
        let mut command = Self::by_a_shell(config, &format!("LISTEN_PID=$$ LISTEN_FDS={count}"), taken);
        let descriptor = |socket: &&TcpListener| OwnedFd::from(socket.try_clone().unwrap());
        if let Some(second) = sockets.get(1) {
            command.stdout(descriptor(second));
        }
        command.stdin(descriptor(&sockets[0]));
        command
    }

    /// The same by a shell, which does something before.
    pub(crate) fn by_a_shell(config: &Path, before: &str, behind: &str) -> Command {
        let script = format!("{before} exec \"$0\" serve --config \"$1\" {behind}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_paritee")]).arg(config).stdout(Stdio::null());
        command.env("PARITEE_LOG", "info").env("NO_COLOR", "1");
        command
    }

    /// Starts it, and waits until it says where it listens.
    pub(crate) async fn start(command: Command) -> Self {
        Self::try_start(command).await.unwrap_or_else(|said| panic!("it ended before it listened: {said}"))
    }

    /// Starts it; what it said, where it ends before it listens.
    pub(crate) async fn try_start(command: Command) -> Result<Self, String> {
        let mut process = Self::unheard(command, String::new());
        match process.value("listen=").await {
            Some(tee) => Ok(Self { tee, ..process }),
            None => Err(process.said),
        }
    }

    /// Starts it without waiting for a word, where it is known where it listens.
    pub(crate) fn unheard(mut command: Command, tee: String) -> Self {
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, lines) = mpsc::unbounded_channel();
        // Whoever waits for nothing must not let the pipe fill.
        tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                _ = tell.send(line);
            }
        });
        Self { child, lines, said: String::new(), tee }
    }

    /// Waits for a line of its log.
    pub(crate) async fn says(&mut self, words: &str) -> String {
        let line = self.hears(words).await;
        line.unwrap_or_else(|| panic!("it ended and never said {words:?}: {}", self.said))
    }

    /// Waits for a line for so long, where it takes longer than most.
    pub(crate) async fn says_within(&mut self, max: Duration, words: &str) -> String {
        let line = tokio::time::timeout(max, self.hears_at_last(words)).await.ok().flatten();
        line.unwrap_or_else(|| panic!("it never said {words:?}: {}", self.said))
    }

    /// Waits for what it says behind these words; `None` where it ends and never says it.
    pub(crate) async fn value(&mut self, words: &str) -> Option<String> {
        Some(value(&self.hears(words).await?, words))
    }

    async fn hears(&mut self, words: &str) -> Option<String> {
        soon(words, self.hears_at_last(words)).await
    }

    async fn hears_at_last(&mut self, words: &str) -> Option<String> {
        loop {
            let line = self.lines.recv().await?;
            self.said.extend([line.as_str(), "\n"]);
            if line.contains(words) {
                return Some(line);
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub(crate) async fn signal(&self, name: &str) {
        let killed = Command::new("sh").args(["-c", "kill -\"$1\" \"$0\"", &self.id().to_string(), name]).status();
        assert!(killed.await.unwrap().success());
    }

    /// Kills it, as a machine out of memory does.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    /// Waits for its own end: its code, and all that it said.
    pub(crate) async fn ended(mut self) -> (Option<i32>, String) {
        let code = soon("the end", self.child.wait()).await.unwrap().code();
        while let Some(line) = soon("the end of the log", self.lines.recv()).await {
            self.said.extend([line.as_str(), "\n"]);
        }
        (code, self.said)
    }

    /// Ends it in order, as a supervisor does; all that it said.
    pub(crate) async fn terminate(self) -> String {
        self.signal("TERM").await;
        let (code, said) = self.ended().await;
        assert_eq!(code, Some(0), "{said}");
        said
    }
}

fn value(line: &str, words: &str) -> String {
    let (_, rest) = line.split_once(words).unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}
