//! A real Chromium, driven over W3C WebDriver through its ChromeDriver: pages are opened, looked at and used as people do it.
//!
//! A thin client of its own: the crates that speak WebDriver bring a second HTTP client, or licences that `deny.toml` doesn't
//! allow. Both programs end with the test, also with one that panics, and leave nothing behind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// The names that Chromium goes by.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What drives it.
const DRIVER: &str = "chromedriver";

/// A guard against a browser that never ends; a slow machine needs some seconds for its start.
const GUARD: Duration = Duration::from_secs(120);

/// How long a page may take until it shows what is waited for.
const PAGE_MAX: Duration = Duration::from_secs(60);

/// How long the browser may take for an orderly end, before it gets another one.
const END_MAX: Duration = Duration::from_secs(20);

/// A phone held upright.
pub(crate) const NARROW: u32 = 390;

/// A desk.
pub(crate) const WIDE: u32 = 1_280;

/// How high each window is.
const HEIGHT: u32 = 900;

/// What an element is called in WebDriver's JSON (W3C WebDriver, 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Looks until there is an element of this selector with this text in it, and in a page that is left meanwhile no further.
const WAIT: &str = "
    const [selector, text, found] = arguments;
    const has = element => (element.innerText ?? element.textContent).includes(text);
    const look = () => {
      const element = [...document.querySelectorAll(selector)].find(has);
      if (element) { clearInterval(again); found(element); }
    };
    const again = setInterval(look, 20);
    look();";

/// Chromium's file, where there is one.
pub(crate) fn chromium() -> Option<PathBuf> {
    BROWSERS.iter().find_map(|name| on_path(name))
}

/// Whether there is a browser to drive. Where there is none, it says on stderr that this test is skipped.
pub(crate) fn available(test: &str) -> bool {
    let lacks = match (chromium(), on_path(DRIVER)) {
        (Some(_), Some(_)) => return true,
        (None, _) => "no Chromium",
        (Some(_), None) => "no chromedriver",
    };
    _ = writeln!(std::io::stderr(), "\n!! SKIPPED {test}: {lacks} on PATH\n");
    false
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A running browser with one window.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    /// Empty until there is one.
    session: String,
    client: Client<HttpConnector, Full<Bytes>>,
    /// Its profile, and whatever else the two of them write.
    folder: TempDir,
}

/// An element of a page.
pub(crate) struct Element<'b> {
    browser: &'b Browser,
    id: String,
    /// By what it was found.
    selector: String,
    text: String,
}

/// Why the browser didn't do it, in its own words.
#[derive(Debug)]
struct Refused {
    code: String,
    message: String,
}

impl Browser {
    /// Starts one whose window is so wide.
    pub(crate) async fn open(width: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let driver = Command::new(on_path(DRIVER).unwrap())
            .arg("--port=0")
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // No connection is kept: the driver closes idle ones when it likes.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let mut browser = Self { driver, port: 0, session: String::new(), client, folder };
        let said = browser.driver.stdout.take().unwrap();
        browser.port = tokio::time::timeout(GUARD, port(said)).await.expect("the driver says where it listens");
        let session = browser.command(Method::POST, "/session", &browser.capabilities()).await.unwrap();
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        browser.resize(width).await;
        browser
    }

    fn capabilities(&self) -> Value {
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-breakpad",
            // It speaks to loopback alone, whatever a page or its own makers think.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            // It ends with its driver, however that ends.
            "--remote-debugging-pipe",
        ];
        let mut arguments = arguments.map(str::to_owned).to_vec();
        arguments.push(format!("--window-size={WIDE},{HEIGHT}"));
        arguments.push(format!("--user-data-dir={}", self.folder.path().join("profile").display()));
        let wait_ms = PAGE_MAX.as_millis();
        json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "script": wait_ms, "pageLoad": wait_ms },
            "goog:chromeOptions": { "binary": chromium(), "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } })
    }

    /// The folder that goes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens a page, and waits until it is loaded.
    pub(crate) async fn go(&self, url: &str) {
        self.ask(Method::POST, "/url", &json!({ "url": url })).await;
    }

    /// Waits for an element.
    pub(crate) async fn find(&self, selector: &str) -> Element<'_> {
        self.wait(selector, "").await
    }

    /// Waits for an element with this text in it, as it is shown.
    pub(crate) async fn wait(&self, selector: &str, text: &str) -> Element<'_> {
        let mut waited = false;
        loop {
            let asked = json!({ "script": WAIT, "args": [selector, text] });
            match self.try_ask(Method::POST, "/execute/async", &asked).await {
                Ok(found) => {
                    let id = found[ELEMENT].as_str().unwrap().to_owned();
                    return Element { browser: self, id, selector: selector.to_owned(), text: text.to_owned() };
                }
                // The page was left while it was looked at: the next one is looked at.
                Err(refused) if refused.code == "javascript error" && refused.message.contains("unloaded") => {}
                // Or the driver has not noticed that it was.
                Err(refused) if refused.code == "script timeout" && !waited => waited = true,
                Err(refused) => panic!("waited in vain for {text:?} in {selector}: {refused:?}\n{}", self.page().await),
            }
        }
    }

    /// What the page shows, for who is at a loss.
    async fn page(&self) -> Value {
        self.run("return location.href + '\\n' + document.documentElement.innerText", json!([])).await
    }

    /// Runs a script in the page; what it returns.
    pub(crate) async fn run(&self, script: &str, arguments: Value) -> Value {
        self.ask(Method::POST, "/execute/sync", &json!({ "script": script, "args": arguments })).await
    }

    /// Makes the page so wide. A window is never narrower than 500 pixels, whatever it is told: the page is.
    pub(crate) async fn resize(&self, width: u32) {
        let size = json!({ "width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size });
        self.ask(Method::POST, "/goog/cdp/execute", &command).await;
    }

    /// Has the page drawn for who prefers it `light` or `dark`.
    pub(crate) async fn scheme(&self, name: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": name }]);
        let command = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        self.ask(Method::POST, "/goog/cdp/execute", &command).await;
    }

    /// What the window shows, as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let picture = self.ask(Method::GET, "/screenshot", &Value::Null).await;
        STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// Errors on the console since the last look, such as those of scripts, and what a page was not allowed to load or run.
    pub(crate) async fn errors(&self) -> Vec<String> {
        let lines = self.ask(Method::POST, "/se/log", &json!({ "type": "browser" })).await;
        let errors = lines.as_array().unwrap().iter().filter(|line| line["level"] == "SEVERE");
        errors.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body).await.unwrap_or_else(|refused| panic!("{path} {body}: {refused:?}"))
    }

    async fn try_ask(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused> {
        self.command(method, &format!("/session/{}{path}", self.session), body).await
    }

    async fn command(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused> {
        let request = Request::builder().method(method).uri(format!("http://127.0.0.1:{}{path}", self.port));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header("content-type", "application/json").body(Full::from(body)).unwrap();
        let answered = async {
            let answer = self.client.request(request).await.unwrap();
            let status = answer.status();
            (status, answer.into_body().collect().await.unwrap().to_bytes())
        };
        let (status, body) = tokio::time::timeout(GUARD, answered).await.expect("the driver answers");
        let mut said: Value = serde_json::from_slice(&body).unwrap();
        let value = said["value"].take();
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        if status.is_success() { Ok(value) } else { Err(Refused { code: text("error"), message: text("message") }) }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // First in order, so that nothing is written behind the folder's end; a driver that is killed takes its browser along.
        _ = end_session(self.port, &self.session);
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}

impl Element<'_> {
    /// Clicks it, where somebody could.
    pub(crate) async fn click(&self) {
        self.ask(Method::POST, "click", &json!({})).await;
    }

    /// Types into it, behind what stands there.
    pub(crate) async fn type_in(&self, text: &str) {
        self.ask(Method::POST, "value", &json!({ "text": text })).await;
    }

    /// Its text, as it is shown.
    pub(crate) async fn text(&self) -> String {
        self.ask(Method::GET, "text", &Value::Null).await.as_str().unwrap().to_owned()
    }

    /// An attribute as it stands in the page; `None`: it has none of this name.
    pub(crate) async fn attribute(&self, name: &str) -> Option<String> {
        let value = self.ask(Method::GET, &format!("attribute/{name}"), &Value::Null).await;
        value.as_str().map(str::to_owned)
    }

    async fn ask(&self, method: Method, what: &str, body: &Value) -> Value {
        let mut id = self.id.clone();
        loop {
            let path = format!("/element/{id}/{what}");
            match self.browser.try_ask(method.clone(), &path, body).await {
                Ok(value) => return value,
                // The page has been renewed, and has another in its place.
                Err(refused) if refused.code == "stale element reference" => {
                    id = self.browser.wait(&self.selector, &self.text).await.id;
                }
                Err(refused) => panic!("{path} {body}: {refused:?}"),
            }
        }
    }
}

/// Where the driver says that it listens. What else it says is read, and goes nowhere.
async fn port(said: ChildStdout) -> u16 {
    let (tell, mut lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        BufReader::new(said).lines().map_while(Result::ok).for_each(|line| _ = tell.send(line));
    });
    loop {
        let line = lines.recv().await.expect("the driver ended before it listened");
        let rest = line.split_once("successfully on port ").map(|(_, rest)| rest);
        if let Some(port) = rest.and_then(|rest| rest.trim_end_matches('.').parse().ok()) {
            return port;
        }
    }
}

/// Asks for the end of a session, and waits for it; without a runtime, which may be gone already.
fn end_session(port: u16, session: &str) -> std::io::Result<()> {
    if session.is_empty() {
        return Ok(());
    }
    let mut driver = TcpStream::connect(("127.0.0.1", port))?;
    driver.set_read_timeout(Some(END_MAX))?;
    write!(driver, "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    // The driver answers when the browser has ended.
    driver.read(&mut [0; 64]).map(|_| ())
}
