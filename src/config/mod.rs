//! TOML to the types of the layers below: every fault at once, with its place and what to write instead.

mod admin;
mod answer;
mod combine;
mod compare;
mod draft;
mod expand;
mod fault;
mod gates;
mod import;
mod judged;
mod lane;
mod load;
mod mask;
mod matches;
mod notify;
mod observed;
mod observers;
mod origin;
mod other;
mod owner;
mod places;
mod policy;
mod poll;
mod profiles;
pub(crate) mod reader;
mod render;
mod route;
mod scope;
mod secrets;
mod settle;
mod syntax;
mod tee;
mod tls;
mod types;
mod urls;
pub(crate) mod values;

#[cfg(test)]
mod tests;

pub use fault::{Fault, Faults, Place, Severity, Span};
pub use load::{BYTES_MAX, Checked, LoadError, load, load_armed, parse, parse_armed};
pub(crate) use other::read_toml;

pub use notify::Notify;
pub use observed::{
    Allocated, Auth, Census, ClientCredential, Encoding, HttpPoll, Import, ImportExclude, ImportFormat, Matches, OAuth,
    Poll, PollFrom, RowPlace, SigningAlgorithm, SqlPoll,
};
pub use render::Paint;
pub use tls::{ClientTls, ServerTls};
pub use types::{
    Admin, ClientLimits, Config, Durability, Exclude, HostHeader, KeySource, LaneConfig, OperationRule, Route, Secret,
    SendWhen, SignatureRule, Tee,
};
pub use urls::percent_encoded;
pub use values::duration_text;
