//! Whether the shadow is another place than the live lane once names are resolved: two names of one server would place every
//! order twice. Nothing is sent before that is known.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper::Uri;
use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, HostHeader, LaneConfig};
use crate::net;
use crate::outcome::{LedgerKind, Role};

/// How long a name may take to be resolved: a start must not wait for a name server that is away.
const RESOLVE_MAX: Duration = Duration::from_secs(2);

/// From one look at names that could not be resolved to the next.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What names resolve to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Two places.
    Yes,
    /// A name can't be resolved now; why.
    Unknown(String),
}

/// The shadow is the live lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "keep the shadow from the live lane: both urls lead to {0}, and every order would be placed there twice; give the shadow a url \
     of its own. Where one address serves both by their names, write host = \"target\" into the shadow's lane"
)]
pub struct SamePlace(SocketAddr);

/// Resolves both lanes' names, and looks whether they are two places.
///
/// # Errors
/// When they are one.
pub async fn apart(config: &Config) -> Result<Apart, SamePlace> {
    let (live, shadow) = match config.lanes.legacy.role {
        Role::Live => (&config.lanes.legacy, &config.lanes.gated),
        Role::Shadow => (&config.lanes.gated, &config.lanes.legacy),
    };
    let (of_live, of_shadow) = tokio::join!(addresses(&live.url), addresses(&shadow.url));
    match (of_live, of_shadow) {
        (Ok(of_live), Ok(of_shadow)) => match one_place(live, shadow, &of_live, &of_shadow) {
            Some(address) => Err(SamePlace(address)),
            None => Ok(Apart::Yes),
        },
        (Err(error), _) => Ok(Apart::Unknown(format!("{}: {error}", live.url))),
        (_, Err(error)) => Ok(Apart::Unknown(format!("{}: {error}", shadow.url))),
    }
}

/// Waits until it is known that the shadow is another place; false: it is the same, or `stop` came first.
pub async fn until_apart(config: &Config, stop: &CancellationToken) -> bool {
    loop {
        match apart(config).await {
            Ok(Apart::Yes) => return true,
            Ok(Apart::Unknown(_)) => {}
            Err(error) => {
                tracing::error!(%error, "nothing is sent to the shadow; its orders stay in the journal");
                return false;
            }
        }
        if timeout(LOOK_EVERY, stop.cancelled()).await.is_ok() {
            return false;
        }
    }
}

/// The address that both lanes have, where nothing tells them apart there. A name does, where the shadow is asked by its own; a
/// path does unless the live ledger is a production.
fn one_place(
    live: &LaneConfig,
    shadow: &LaneConfig,
    of_live: &[SocketAddr],
    of_shadow: &[SocketAddr],
) -> Option<SocketAddr> {
    let shared = of_shadow.iter().find(|address| of_live.contains(address))?;
    let name = |lane: &LaneConfig| lane.url.host().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let path = |lane: &LaneConfig| lane.url.path().trim_end_matches('/').to_owned();
    let by_name = shadow.host == HostHeader::Target && name(live) != name(shadow);
    let by_path = live.ledger != LedgerKind::Production && path(live) != path(shadow);
    (!by_name && !by_path).then_some(*shared)
}

/// Where a URL leads, each address written in one way: what is of this machine only is one place.
async fn addresses(url: &Uri) -> io::Result<Vec<SocketAddr>> {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = net::port(url);
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => match timeout(RESOLVE_MAX, lookup_host((host, port))).await {
            Ok(found) => found?.collect(),
            Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "the name is not resolved in time")),
        },
    };
    Ok(found.into_iter().map(|address| SocketAddr::new(canonical(address.ip()), address.port())).collect())
}

fn canonical(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        own if own.is_loopback() || own.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn config(live: &str, shadow: &str) -> Config {
        let text = format!(
            "[tee]\n[[tee.route]]\npath = \"/o\"\norder_key = [\"/id\"]\n[lane.legacy]\n{live}\n[lane.gated]\n{shadow}\n"
        );
        config::parse("test", &text, &|_| None).unwrap_or_else(|faults| panic!("{faults}")).config
    }

    #[test]
    fn one_address_is_one_place_unless_a_name_or_a_harmless_path_tells_them_apart() {
        let address = |text: &str| vec![text.parse::<SocketAddr>().unwrap()];
        let production = "url = \"http://erp.example.com\"\nledger = \"production\"";
        let sandbox = "url = \"http://erp.example.com/a\"\nledger = \"sandbox\"";
        let own = |more: &str| format!("url = \"http://test.example.com/b\"\nledger = \"sandbox\"\n{more}");
        for (live, shadow, of_live, of_shadow, same) in [
            (production, own(""), "10.0.0.1:80", "10.0.0.2:80", false),
            (production, own(""), "10.0.0.1:80", "10.0.0.1:8080", false),
            (production, own(""), "10.0.0.1:80", "10.0.0.1:80", true),
            (production, own("host = \"keep\""), "10.0.0.1:80", "10.0.0.1:80", true),
            (production, own("host = \"target\""), "10.0.0.1:80", "10.0.0.1:80", false),
            (sandbox, own(""), "10.0.0.1:80", "10.0.0.1:80", false),
        ] {
            let Config { lanes, .. } = config(live, &shadow);
            let found = one_place(&lanes.legacy, &lanes.gated, &address(of_live), &address(of_shadow));
            assert_eq!(found.is_some(), same, "{live} {shadow} {of_live} {of_shadow}");
        }
    }

    #[tokio::test]
    async fn spellings_of_this_machine_are_one_address() {
        for url in
            ["http://localhost:81", "http://127.0.0.1:81", "http://[::1]:81", "http://0.0.0.0:81", "http://[::]:81"]
        {
            let found = addresses(&url.parse().unwrap()).await.unwrap();
            assert!(found.iter().all(|address| address.to_string() == "127.0.0.1:81"), "{url} {found:?}");
        }
        let tls = addresses(&"https://127.8.0.1".parse().unwrap()).await.unwrap();
        assert_eq!(tls[0].to_string(), "127.0.0.1:443");
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_leaves_it_open() {
        let production = "url = \"http://127.0.0.1:9001\"\nledger = \"production\"";
        let nowhere = "url = \"http://nowhere.invalid:9001\"\nledger = \"sandbox\"";
        assert!(matches!(apart(&config(production, nowhere)).await, Ok(Apart::Unknown(_))));
        let stop = CancellationToken::new();
        stop.cancel();
        assert!(!until_apart(&config(production, nowhere), &stop).await);
    }
}
