//! Where webhooks are posted: at the tee, or straight at the live lane.

use hyper::Uri;
use hyper::http::uri::InvalidUri;

use crate::sim::shop::Topic;

/// Where webhooks can go. Each is a base address such as `http://127.0.0.1:8080/webhooks`; a topic's path, such as
/// `orders/create`, follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doors {
    /// The tee's.
    pub tee: String,
    /// The live lane's, for orders that go round the tee or bypass it when it is down.
    pub live: Option<String>,
}

/// The way of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Through the tee.
    Tee,
    /// Straight to the live lane, as planned.
    Round,
    /// To the live lane because the tee refused the connection.
    Bypass,
}

/// The addresses of every topic, behind each door.
#[derive(Debug)]
pub(super) struct Routes {
    tee: Option<Addresses>,
    live: Option<Addresses>,
}

impl Routes {
    pub(super) fn new(doors: &Doors) -> Result<Self, InvalidUri> {
        let live = doors.live.as_deref().map(Addresses::below).transpose()?;
        Ok(Self { tee: Some(Addresses::below(&doors.tee)?), live })
    }

    /// All webhooks go to the live lane.
    pub(super) fn straight(live: &str) -> Result<Self, InvalidUri> {
        Ok(Self { tee: None, live: Some(Addresses::below(live)?) })
    }

    /// Whether there is no tee yet.
    pub(super) const fn is_straight(&self) -> bool {
        self.tee.is_none()
    }

    /// Where a webhook of this topic goes on this way. A door that is missing is never asked for.
    pub(super) fn of(&self, way: Way, topic: Topic) -> Uri {
        let addresses = if way == Way::Tee { &self.tee } else { &self.live };
        addresses.as_ref().map(|addresses| addresses.of(topic).clone()).unwrap_or_default()
    }
}

/// Where webhooks go at one system, by topic.
#[derive(Debug)]
struct Addresses {
    create: Uri,
    update: Uri,
    cancel: Uri,
    paid: Uri,
}

impl Addresses {
    fn below(base: &str) -> Result<Self, InvalidUri> {
        let address = |topic: Topic| format!("{}/{}", base.trim_end_matches('/'), topic.as_str()).parse();
        Ok(Self {
            create: address(Topic::Create)?,
            update: address(Topic::Update)?,
            cancel: address(Topic::Cancel)?,
            paid: address(Topic::Paid)?,
        })
    }

    const fn of(&self, topic: Topic) -> &Uri {
        match topic {
            Topic::Create => &self.create,
            Topic::Update => &self.update,
            Topic::Cancel => &self.cancel,
            Topic::Paid => &self.paid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topics_path_follows_the_base() {
        let doors = Doors { tee: "http://127.0.0.1:1/webhooks/".into(), live: Some("http://127.0.0.1:2/in".into()) };
        let routes = Routes::new(&doors).unwrap();
        for (way, topic, expected) in [
            (Way::Tee, Topic::Create, "http://127.0.0.1:1/webhooks/orders/create"),
            (Way::Tee, Topic::Update, "http://127.0.0.1:1/webhooks/orders/updated"),
            (Way::Round, Topic::Cancel, "http://127.0.0.1:2/in/orders/cancelled"),
            (Way::Bypass, Topic::Paid, "http://127.0.0.1:2/in/orders/paid"),
        ] {
            assert_eq!(routes.of(way, topic), expected);
        }
        assert!(Routes::new(&Doors { tee: "not an address".into(), live: None }).is_err());
    }
}
