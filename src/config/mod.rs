//! TOML to the types of the layers below: every fault at once, with its place and what to write instead.

mod types;

pub use types::{
    Admin, Config, Durability, Exclude, HostHeader, KeySource, LaneConfig, OperationRule, Poll, Route, SendWhen, Tee,
};
