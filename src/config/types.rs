//! The configuration as the rest of the program sees it: resolved, with defaults filled in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::uri::Scheme;

use super::{Census, ClientTls, Import, Notify, Poll, ServerTls};
use crate::judge::{ComparePolicy, DocumentsRule, OwnerRule, Thresholds};
use crate::net::tls;
use crate::order::{OrderPlaces, Patch, Pointer};
use crate::outcome::{AnswerRules, Flow, LedgerKind, Operation, PerLane, Role, Scope, names};

/// What the place of a key in a header is written with.
pub(super) const HEADER_PREFIX: &str = "header:";

/// A whole configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[tee]`
    pub tee: Tee,
    /// `[lane.legacy]` and `[lane.gated]`; exactly one of them is live.
    pub lanes: PerLane<LaneConfig>,
    /// `[admin]`; `None`: no admin port.
    pub admin: Option<Admin>,
    /// `[notify]`; `None`: nobody outside is told.
    pub notify: Option<Notify>,
    /// `[census]`
    pub census: Census,
    /// `[compare]`: the rules that were written. Those that follow from the rest stand behind them in [`Config::policy`].
    pub compare: ComparePolicy,
    /// `[gates]`
    pub gates: Thresholds,
    /// `[[owner]]`: who acts on what, where it isn't as usual. Nothing is judged by it.
    pub owners: Vec<OwnerRule>,
    /// What of the configuration is judged by (lanes, routes, exclusions, scope, order, compare, settle,
    /// gates), secrets and addresses left out, as canonical JSON: its digest tells runs apart.
    pub judged_by: serde_json::Value,
}

/// `[tee]`
#[derive(Clone, Debug)]
pub struct Tee {
    /// Where the storefront posts its orders.
    pub listen: SocketAddr,
    /// The journal's file.
    pub journal: PathBuf,
    /// When a capture must be durable.
    pub durability: Durability,
    /// How long an order waits for the journal before it goes on without; `journal_wait_max_ms`, default 250.
    pub journal_wait_max: Duration,
    /// Longest body that is captured; default 1 MiB.
    pub body_bytes_max: usize,
    /// Longest part of an answer that is kept; `answer_bytes_max`, default 256 KiB.
    pub answer_bytes_max: usize,
    /// How long the live lane may take for the head of its answer before the client gets 504;
    /// `answer_wait_max`, default 60 s: storefronts give up long before, and slow ERPs commit after it.
    pub answer_wait_max: Duration,
    /// How long a shutdown may take; `shutdown_max`, default 10 s.
    pub shutdown_max: Duration,
    /// How many clients there may be, and how slow.
    pub clients: ClientLimits,
    /// `[[tee.route]]`, the first that matches.
    pub routes: Vec<Route>,
    /// `[[tee.exclude]]`
    pub excludes: Vec<Exclude>,
    /// `[tee.tls]`: certificate and key of the port; `None`: it speaks plain HTTP.
    pub tls: Option<ServerTls>,
}

/// What a client may take. None of it is for storefronts, which send at once: it is for those that never end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLimits {
    /// Clients at once; `connections_max`, default 4,096, and no more than the process's open files allow.
    pub connections_max: usize,
    /// How long a client may take for its first byte, for the head of a request, and from one request to the next;
    /// `head_wait_max`, default 30 s.
    pub head_wait_max: Duration,
    /// How long the body of an order may take to come, and a client to take any byte of an answer; `body_wait_max`, default 60 s.
    pub body_wait_max: Duration,
}

/// When a capture must be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Before any lane sees the order.
    BeforeForward,
    /// Before the client gets its answer.
    BeforeAnswer,
    /// Soon.
    Relaxed,
}
names!(Durability, "durability", {
    BeforeForward => "before-forward", BeforeAnswer => "before-answer", Relaxed => "relaxed",
});

/// `[[tee.route]]`
#[derive(Clone, Debug)]
pub struct Route {
    /// The method; `None`: any.
    pub method: Option<hyper::Method>,
    /// Path pattern: `*` stands for one segment, a last `**` for any rest.
    pub path: String,
    /// What a request does to the order.
    pub operation: OperationRule,
    /// Where the order key is; the first that yields a value.
    pub order_key: Vec<KeySource>,
    /// Other names of the same order.
    pub also_known_as: Vec<KeySource>,
    /// Where the event id is.
    pub event_id: Vec<KeySource>,
    /// Where the delivery id is.
    pub delivery_id: Vec<KeySource>,
    /// How its sender signs; `None`: signatures are not checked.
    pub signature: Option<SignatureRule>,
    /// Exclusions of this route's profile; `[[tee.exclude]]` applies beside them.
    pub excludes: Vec<Exclude>,
    /// Where an order's lines and money are in its payload: `order` of the route, then `[order]`.
    pub order: OrderPlaces,
}

/// `signature` of a route: base64 of HMAC-SHA256 over the raw body, as Shopify and WooCommerce sign.
#[derive(Clone, Debug)]
pub struct SignatureRule {
    /// The header that bears it.
    pub header: HeaderName,
    /// The secret that the sender signs with.
    pub secret: Secret,
}

/// How a route tells what a request does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperationRule {
    /// Always this.
    Always(Operation),
    /// By the value of a header; other values are [`Operation::Other`].
    ByHeader {
        /// The header.
        name: HeaderName,
        /// Values and what they mean.
        values: Vec<(String, Operation)>,
    },
    /// By what stands at a place in the body, as BigCommerce says it; other values are [`Operation::Other`].
    ByPointer {
        /// The place.
        pointer: Pointer,
        /// Values and what they mean.
        values: Vec<(String, Operation)>,
    },
}

impl Route {
    /// Whether its payloads say what is ordered.
    #[must_use]
    pub fn tells_order(&self) -> bool {
        self.operation.may(Operation::Create) || self.operation.may(Operation::Update)
    }
}

impl OperationRule {
    /// Whether a request on such a route may do this.
    #[must_use]
    pub fn may(&self, wanted: Operation) -> bool {
        match self {
            Self::Always(operation) => *operation == wanted,
            Self::ByHeader { values, .. } | Self::ByPointer { values, .. } => {
                values.iter().any(|(_, operation)| *operation == wanted)
            }
        }
    }
}

/// Where a key is: a place in the body or a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// RFC 6901 pointer into the body.
    Pointer(Pointer),
    /// `header:NAME`
    Header(HeaderName),
}

impl fmt::Display for KeySource {
    /// As it is written: `/id` or `header:x-order-id`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(pointer) => pointer.fmt(f),
            Self::Header(name) => write!(f, "{HEADER_PREFIX}{name}"),
        }
    }
}

/// `[[tee.exclude]]`: a capture whose body has `equals` at `pointer` is not judged.
#[derive(Clone, Debug)]
pub struct Exclude {
    /// Where to look.
    pub pointer: Pointer,
    /// The value, as the text of a JSON scalar (`true`, `paid`, `0`).
    pub equals: String,
    /// Under which name it is counted.
    pub reason: String,
}

/// `[lane.X]`
#[derive(Clone, Debug)]
pub struct LaneConfig {
    /// Whether its answers go to the client.
    pub role: Role,
    /// Where it is: scheme, authority and a base path that targets are appended to.
    pub url: Uri,
    /// How it promises.
    pub flow: Flow,
    /// What its ledger is declared as.
    pub ledger: LedgerKind,
    /// Which captures the shadow gets.
    pub send: SendWhen,
    /// Whether it honours `Idempotency-Key`, so that unknown sends go again at once.
    pub idempotent: bool,
    /// How often an unknown send goes again; default 3.
    pub resend_max: u32,
    /// Which `Host` it gets.
    pub host: HostHeader,
    /// Headers that are set on every request to it, in place of the client's of the same name.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How many copies are under way to it at once; `concurrency`, default 16: a test ERP is small.
    pub concurrency: NonZeroUsize,
    /// How long a copy waits for its answer; `answer_wait_max`, default 60 s.
    pub answer_wait_max: Duration,
    /// How its answers are read.
    pub answer: AnswerRules,
    /// `[lane.X.poll]`
    pub poll: Option<Poll>,
    /// Settle times, `[settle]` overridden by `settle = { … }`.
    pub sla: Duration,
    /// After this an order must be in the ledger.
    pub horizon: Duration,
    /// Added to the horizon for the end of the judged window; default twice the slowest poll.
    pub grace: Duration,
    /// `[lane.X.scope]`: which documents of its ledger belong to what is judged.
    pub scope: Scope,
    /// `settle.clock_skew_max`: how far the clock of its ledger and sources may be off ours, where no reading tells.
    pub clock_skew_max: Option<Duration>,
    /// `documents`: how many an order may have; default one.
    pub documents: DocumentsRule,
    /// `[lane.X.document]`: where lines and money stand in its documents.
    pub document: Option<Box<OrderPlaces>>,
    /// `[lane.X.import]`: how exports of its ledger are read; `None`: not said, so that nothing can be imported.
    pub import: Option<Import>,
    /// `signature`: how copies for it are signed anew, in place of the sender's signature, which a lane of its own secret can't
    /// check; `None`: they bear the sender's.
    pub signature: Option<Box<SignatureRule>>,
    /// `patch`: what is changed in the bodies of copies for it, so that a sandbox sends no mail; what a patch doesn't fit isn't sent.
    pub patch: Option<Box<Patch>>,
    /// `tls`: whom it believes and who it says it is, where its URL is `https`; `None`: this machine's roots, and nobody.
    pub tls: Option<ClientTls>,
}

impl LaneConfig {
    /// TLS towards the lane; `None` where its URL is `http`.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<rustls::ClientConfig>> {
        let own = || self.tls.as_ref().map_or_else(tls::system, |tls| Arc::clone(&tls.config));
        (self.url.scheme() == Some(&Scheme::HTTPS)).then(own)
    }
}

/// Which captures the shadow gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendWhen {
    /// All.
    Always,
    /// Those that the live lane answered with 2xx.
    AfterLiveAccepts,
}
names!(SendWhen, "rule for sending", { Always => "always", AfterLiveAccepts => "after-live-accepts" });

/// Which `Host` a lane gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostHeader {
    /// The client's.
    Keep,
    /// The authority of the lane's URL.
    Target,
}
names!(HostHeader, "rule for `Host`", { Keep => "keep", Target => "target" });

/// `[admin]`
#[derive(Clone, Debug)]
pub struct Admin {
    /// Where.
    pub listen: SocketAddr,
    /// The bearer token; needed beyond loopback.
    pub token: Option<Secret>,
    /// Longest body of `POST /v1/outcomes`; `body_bytes_max`, default 16 MiB: some ten thousand events.
    pub body_bytes_max: usize,
    /// Most events of one request; `events_max`, default 10,000.
    pub events_max: usize,
    /// `[admin.tls]`: certificate and key of the port; `None`: it speaks plain HTTP.
    pub tls: Option<ServerTls>,
}

impl Admin {
    /// A port on this machine's loopback, for its own people and programs, with nothing else said.
    #[must_use]
    pub const fn of_loopback(listen: SocketAddr) -> Self {
        Self { listen, token: None, body_bytes_max: 16 << 20, events_max: 10_000, tls: None }
    }

    /// The URL of the port, from this machine: one that listens everywhere listens here.
    #[must_use]
    pub fn url(&self) -> String {
        let here: IpAddr = match self.listen.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", SocketAddr::new(here, self.listen.port()))
    }

    /// TLS towards the port: its own certificate is believed, and no other. `None` where it speaks plain HTTP.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<rustls::ClientConfig>> {
        tls::exactly(self.tls.as_ref()?.certificate.clone()).ok()
    }
}

/// A secret: what is logged doesn't show it.
#[derive(Clone)]
pub struct Secret {
    text: String,
    /// How the configuration has it: `env:NAME`; empty where it is from elsewhere.
    written: String,
}

impl Secret {
    /// Keeps a secret.
    #[must_use]
    pub const fn new(secret: String) -> Self {
        Self { text: secret, written: String::new() }
    }

    /// Keeps a secret and how the configuration has it.
    pub(super) const fn written_as(secret: String, written: String) -> Self {
        Self { text: secret, written }
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// How the configuration has it, such as `env:NAME`; empty where it is from elsewhere.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }
}

/// Two secrets are the same wherever they were found.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
