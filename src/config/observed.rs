//! The observers' part of the configuration, resolved: polls over HTTP and SQL, imports, the census.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Uri};

use super::{ClientTls, Secret};
use crate::order::{OrderPlaces, Pointer};
use crate::outcome::names;

/// `[lane.X.poll]`: how a lane's documents are read back, again and again.
#[derive(Clone, Debug)]
pub struct Poll {
    /// Over what.
    pub from: PollFrom,
    /// From the end of one reading to the begin of the next.
    pub every: Duration,
    /// How often a reading reads everything, so that documents are noticed that vanish after they left the window;
    /// `whole_every`, default 1 h.
    pub whole_every: Duration,
    /// A prefix of the order key that is taken off (`order_key_strip`), such as `shopify-`.
    pub order_key_strip: Option<String>,
    /// How far a reading's window reaches back before the oldest open order; default 2 m.
    pub overlap: Duration,
    /// How far the ledger that is read may lag behind; default 0.
    pub lag: Duration,
    /// How long one page, or one query, may take; `answer_wait_max`, default 30 s.
    pub answer_wait_max: Duration,
    /// Which documents are cancelled.
    pub cancelled: Option<Matches>,
    /// Which documents have their stock reserved.
    pub allocated: Option<Allocated>,
}

/// Over what a ledger is read.
#[derive(Clone, Debug)]
pub enum PollFrom {
    /// An HTTP API.
    Http(Box<HttpPoll>),
    /// A database.
    Sql(Box<SqlPoll>),
}

/// A ledger behind an HTTP API. URL and body may hold `{since}` (RFC 3339), `{page}` (from 1), `{offset}` (from 0) and
/// `{limit}`.
#[derive(Clone, Debug)]
pub struct HttpPoll {
    /// The method; default GET, or POST where there is a body.
    pub method: Method,
    /// The URL.
    pub url: String,
    /// The body of every request.
    pub body: Option<String>,
    /// Headers of every request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Credentials beside the headers.
    pub auth: Option<Auth>,
    /// Where the documents are in an answer: an array.
    pub items: Pointer,
    /// Where the order key is in a document.
    pub order_key: Pointer,
    /// Where its number is.
    pub reference: Pointer,
    /// Where its commit time is; `None`: not known, so no latency and no SLA.
    pub committed_at: Option<Pointer>,
    /// Where the next page's URL is; `None`: pages are counted, or one answer is all.
    pub next: Option<Pointer>,
    /// Documents of a page: what `{limit}` is filled with, and `{offset}` counts by; default 100.
    pub limit: u32,
    /// Longest page that is read; `page_bytes_max`, default 16 MiB.
    pub page_bytes_max: usize,
    /// Most pages of one reading; `pages_max`, default 10,000: an endless `next` ends there.
    pub pages_max: u32,
    /// Requests to this ledger at once, look-ups included; `concurrency`, default 2: ERPs ration them.
    pub concurrency: usize,
    /// The URL that looks one order up, with `{order_key}`; its answer is read like a page, and 404 is none.
    pub lookup: Option<String>,
    /// `tls`, or that of the lane; `None`: this machine's roots, and nobody.
    pub tls: Option<ClientTls>,
}

/// A ledger that is a database. The query has the columns `order_key`, `reference`, `committed_at` and `document` (JSON
/// text), of which `committed_at` and `document` may be absent, and may have the parameter `:since`.
#[derive(Clone, Debug)]
pub struct SqlPoll {
    /// `sqlite:PATH` or `postgres://…`; it may hold a password.
    pub database: Secret,
    /// The query, of one statement that only reads.
    pub query: String,
}

/// Credentials that paritee gets and renews by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer(Secret),
    /// `Authorization: Basic …`
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// OAuth 2 client credentials (RFC 6749, 4.4).
    OAuth(Box<OAuth>),
    /// What a command prints on its first line, as a bearer token; run again before `renew_every` is over and on a 401.
    Command {
        /// The program and its arguments; no shell.
        argv: Vec<String>,
        /// How long its output is good for; default 10 m.
        renew_every: Duration,
    },
}

/// `auth = { token_url = …, client_id = …, … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth {
    /// Where tokens are given.
    pub token_url: Uri,
    /// Who asks.
    pub client_id: String,
    /// How it proves that.
    pub credential: ClientCredential,
    /// What for, where the server wants it said.
    pub scope: Option<String>,
    /// For whom, where the server wants it said.
    pub audience: Option<String>,
}

/// How an OAuth client proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCredential {
    /// A secret, by HTTP Basic (RFC 6749, 2.3.1) or in the form.
    Secret {
        /// The secret.
        secret: Secret,
        /// Whether it goes into the form.
        in_form: bool,
    },
    /// A JWT that a private key signs (RFC 7523, 2.2).
    Assertion {
        /// The private key, as PEM.
        key_pem: Secret,
        /// How it signs.
        algorithm: SigningAlgorithm,
        /// The key's id (`kid`), as the server knows it.
        key_id: Option<String>,
    },
}

/// How an assertion is signed (RFC 7518, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// RSA, PKCS 1 v1.5, SHA-256.
    Rs256,
    /// RSA, PSS, SHA-256.
    Ps256,
    /// ECDSA over P-256, SHA-256.
    Es256,
}
names!(SigningAlgorithm, "algorithm", { Rs256 => "RS256", Ps256 => "PS256", Es256 => "ES256" });

/// Documents, or rows, that have one of some values at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches {
    /// Where to look: in a document a pointer; in a CSV a pointer of one segment, the column.
    pub pointer: Pointer,
    /// The values, as the text of JSON scalars; case makes no difference.
    pub equals: Vec<String>,
}

/// Documents whose stock is reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allocated {
    /// Those that say so.
    Where(Matches),
    /// Those of whose every line as much is reserved as was ordered.
    Lines {
        /// The array of lines.
        lines: Pointer,
        /// Units ordered, inside a line.
        quantity: Pointer,
        /// Units reserved, inside a line.
        allocated: Pointer,
    },
}

/// `[lane.X.import]`, `[census.import]`: how exports are read.
#[derive(Clone, Debug)]
pub struct Import {
    /// The format; `None`: by the file's name.
    pub format: Option<ImportFormat>,
    /// The encoding; default UTF-8. A byte order mark wins.
    pub encoding: Encoding,
    /// What parts the columns of a CSV; `None`: found out from the headings (comma, semicolon, tab, bar).
    pub delimiter: Option<u8>,
    /// Where the rows are in a JSON file: an array; default the whole file.
    pub items: Pointer,
    /// Where the order key is.
    pub order_key: RowPlace,
    /// A prefix of the order key that is taken off.
    pub order_key_strip: Option<String>,
    /// Where the ERP's number is. A ledger's rows need one, or a commit time; the census has none.
    pub reference: Option<RowPlace>,
    /// When it was committed, or placed.
    pub at: Option<RowPlace>,
    /// The time zone (IANA) of times without an offset; default UTC.
    pub time_zone: jiff::tz::TimeZone,
    /// Where the document is, as JSON; `None`: the whole row.
    pub document: Option<RowPlace>,
    /// Which rows are cancelled orders.
    pub cancelled: Option<Matches>,
    /// Census: which orders the lanes need not have, and why.
    pub excludes: Vec<ImportExclude>,
}

/// Orders of the census that the lanes need not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportExclude {
    /// Which.
    pub matches: Matches,
    /// Under which name they are counted.
    pub reason: String,
}

/// Where something stands in a row of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowPlace {
    /// The column of a CSV with this heading; in JSON a member of this name.
    Column(String),
    /// RFC 6901 pointer into a row that is JSON.
    Pointer(Pointer),
}

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// Comma-separated values, with headings (RFC 4180, other separators allowed).
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// One JSON file with an array.
    Json,
}
names!(ImportFormat, "format", { Csv => "csv", Ndjson => "ndjson", Json => "json" });

/// How the letters of an export are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// What Western European Excel writes.
    Windows1252,
    /// ISO 8859-15, with the euro sign.
    Iso8859_15,
    /// UTF-16, by its byte order mark; little-endian without one.
    Utf16,
}
names!(Encoding, "encoding", {
    Utf8 => "utf-8", Windows1252 => "windows-1252", Iso8859_15 => "iso-8859-15", Utf16 => "utf-16",
});

/// `[census]`: the third witness.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// Whether the storefront's own list of orders is to be imported.
    pub expected: bool,
    /// How its exports are read.
    pub import: Option<Import>,
    /// `[census.document]`: where lines and money stand in its rows; `None`: not known.
    pub document: Option<Box<OrderPlaces>>,
}
