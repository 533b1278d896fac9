//! A PostgreSQL server of a test's own: in a temporary folder, stopped and removed at the end, also of a test that fails.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

/// The password of the user `reader`, which no error may say.
pub(super) const PASSWORD: &str = "s3cret";

/// How often another port is tried, should somebody take it between being found and used.
const PORTS_TRIED: usize = 5;

/// Who the server runs as: itself it refuses to be root.
#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

pub(super) struct Server {
    folder: TempDir,
    programs: PathBuf,
    user: Option<User>,
    child: Option<Child>,
    log: Arc<Mutex<Vec<String>>>,
    pub(super) port: u16,
    /// The authority that vouches for the server; `None` where `openssl` is missing.
    pub(super) authority: Option<PathBuf>,
}

impl Server {
    /// Starts a server; `None` where PostgreSQL is not installed. One that is and doesn't start fails the test.
    pub(super) fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap();
        let user = user();
        let mut server = Self { folder, programs, user, child: None, log: Arc::default(), port: 0, authority: None };
        server.give(server.folder.path());
        server.init();
        server.authority = server.certify();
        server.run("ready to accept connections");
        Some(server)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A URL over the socket in the temporary folder.
    pub(super) fn url(&self, user: &str) -> String {
        format!("postgres://{user}:{PASSWORD}@/postgres?host={}&port={}", self.path().display(), self.port)
    }

    /// A URL over TCP.
    pub(super) fn url_of(&self, host: &str, options: &str) -> String {
        format!("postgres://owner:{PASSWORD}@{host}:{}/postgres?{options}", self.port)
    }

    /// From now on it is a replica that has no primary.
    pub(super) fn become_replica(&mut self) {
        self.stop();
        fs::write(self.path().join("data/standby.signal"), "").unwrap();
        self.run("ready to accept read-only connections");
    }

    /// What it has logged.
    pub(super) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    fn init(&self) {
        let password = self.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        self.give(&password);
        let mut initdb = self.command("initdb");
        initdb.args(["-U", "owner", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]);
        initdb.arg("-D").arg(self.path().join("data")).arg("--pwfile").arg(password);
        succeed(&mut initdb);
    }

    /// A certificate for `localhost`.
    fn certify(&self) -> Option<PathBuf> {
        let at = |name: &str| self.path().join(name).display().to_string();
        let (key, request, names, certificate) = (at("server.key"), at("server.csr"), at("names"), at("server.crt"));
        let (authority, authority_key) = (at("authority.crt"), at("authority.key"));
        let openssl = |line: &str| {
            let mut command = Command::new("openssl");
            succeed(command.args(line.split_whitespace()));
        };
        if Command::new("openssl").arg("version").output().is_err() {
            return None;
        }
        let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(&format!("req -x509 {new_key} -keyout {authority_key} -out {authority} -days 2 -subj /CN=authority"));
        openssl(&format!("req {new_key} -keyout {key} -out {request} -subj /CN=localhost"));
        fs::write(&names, "subjectAltName=DNS:localhost\n").unwrap();
        let by = format!("-CA {authority} -CAkey {authority_key} -CAcreateserial");
        openssl(&format!("x509 -req -in {request} {by} -days 2 -extfile {names} -out {certificate}"));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        self.give(Path::new(&key));
        Some(authority.into())
    }

    /// Runs the server until it says that it is ready.
    fn run(&mut self, ready: &str) {
        for _ in 0..PORTS_TRIED {
            self.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if self.spawn(ready) {
                return;
            }
        }
        panic!("PostgreSQL is installed and doesn't start:\n{}", self.log());
    }

    fn spawn(&mut self, ready: &str) -> bool {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.path().join("data"));
        let mut set = |name: &str, value: &str| {
            command.args(["-c", &format!("{name}={value}")]);
        };
        set("listen_addresses", "127.0.0.1");
        set("port", &self.port.to_string());
        set("unix_socket_directories", &self.path().display().to_string());
        set("fsync", "off");
        if self.authority.is_some() {
            set("ssl", "on");
            set("ssl_cert_file", &self.path().join("server.crt").display().to_string());
            set("ssl_key_file", &self.path().join("server.key").display().to_string());
        }
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut is_ready = false;
        for line in lines.by_ref().map_while(Result::ok) {
            is_ready = line.contains(ready);
            self.log.lock().unwrap().push(line);
            if is_ready {
                break;
            }
        }
        // What it says later must be taken from it, else it would wait.
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| log.lock().unwrap().push(line)));
        self.child = Some(child);
        if !is_ready {
            self.stop();
        }
        is_ready
    }

    fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // SIGINT is its fast shutdown; killed it would leave shared memory behind.
        let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = child.kill();
        }
        let _ = child.wait();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.path()).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn give(&self, path: &Path) {
        if let Some(User { uid, gid }) = self.user {
            chown(path, Some(uid), Some(gid)).unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Where `initdb` and `postgres` are: on the PATH, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut of_debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    of_debian.sort();
    let found = on_path.unwrap_or_default().into_iter().chain(of_debian.into_iter().rev());
    let mut found = found.filter(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    found.next().and_then(|folder| fs::canonicalize(folder).ok())
}

/// Somebody to run the server as, where the test runs as root.
fn user() -> Option<User> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let of = |name| Some(User { uid: id(&["-u", name])?, gid: id(&["-g", name])? });
    of("postgres").or_else(|| of("nobody"))
}

/// Says that a test is left out, and why, where nobody can miss it.
pub(super) fn skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "\n!! SKIPPED {test}: {why}\n");
}
