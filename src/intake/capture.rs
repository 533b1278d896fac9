//! From a request to a capture: operation, order key, other names, exclusion. Whatever the body is, the
//! request goes on; what can't be read becomes a reason.

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Uri};
use jiff::Timestamp;
use uuid::Uuid;

use super::signature;
use crate::config::{Exclude, KeySource, OperationRule, Route};
use crate::net;
use crate::order::{Json, KeyError, Named, OrderKey};
use crate::outcome::{Capture, Operation, Skip};

/// A request's body, as far as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// All of it.
    Whole(Bytes),
    /// Longer than is kept: its length where the sender said it, else 0.
    TooLarge {
        /// As declared by the sender.
        declared_bytes: u64,
    },
    /// The client went away.
    Broken(Bytes),
}

/// Makes the capture of a request on a route.
#[must_use]
pub fn extract(route: &Route, excludes: &[Exclude], parts: &Parts, received: Received, at: Timestamp) -> Capture {
    let (body, body_bytes, cut) = match received {
        Received::Whole(body) => (body.clone(), body.len() as u64, None),
        Received::TooLarge { declared_bytes } => (Bytes::new(), declared_bytes, Some(Skip::BodyTooLarge)),
        Received::Broken(body) => (body.clone(), body.len() as u64, Some(Skip::ClientGone)),
    };
    let json = if cut.is_none() && !body.is_empty() { Json::parse(&body).ok() } else { None };
    let look = Look { json: json.as_ref(), headers: &parts.headers };
    let (order_key, skip) = match (cut, look.order_key(&route.order_key)) {
        (Some(cut), _) => (look.in_headers(&route.order_key), Some(cut)),
        (None, Ok(key)) => (Some(key), None),
        (None, Err(_)) if body.is_empty() => (None, Some(Skip::EmptyBody)),
        (None, Err(Skip::NoOrderKey)) if json.is_none() => (None, Some(Skip::NoJson)),
        (None, Err(skip)) => (None, Some(skip)),
    };
    let signature = route.signature.as_ref().map(|rule| {
        let whole = cut.is_none().then_some(&body[..]);
        signature::check(rule, &parts.headers, whole)
    });
    let excluded = excludes
        .iter()
        .chain(&route.excludes)
        .find(|exclude| look.excludes(exclude))
        .map(|exclude| exclude.reason.clone());
    Capture {
        uuid: time_ordered(at),
        received_at: at,
        method: parts.method.as_str().to_owned(),
        target: target(&parts.uri),
        route: route.path.clone(),
        operation: look.operation(&route.operation),
        order_key,
        also_known_as: route.also_known_as.iter().filter_map(|source| look.key(source)?.ok()).collect(),
        event_id: route.event_id.iter().find_map(|source| look.text(source)),
        delivery_id: route.delivery_id.iter().find_map(|source| look.text(source)),
        excluded,
        skip,
        signature,
        headers: net::withheld(&parts.headers),
        body,
        body_bytes,
    }
}

/// Credentials in the query are withheld from the journal as those in headers are.
fn target(uri: &Uri) -> String {
    let target = uri.path_and_query().map_or_else(|| uri.path(), |target| target.as_str());
    net::without_credentials(target).into_owned()
}

/// A UUID of version 7: ordered by time. It names a capture and opens nothing, so its rest comes from a fast
/// generator, without a call to the system for each order.
#[must_use]
pub fn time_ordered(at: Timestamp) -> Uuid {
    let mut rest = [0; 10];
    fastrand::fill(&mut rest);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.as_millisecond()).unwrap_or_default(), &rest).into_uuid()
}

/// Where keys are looked for.
struct Look<'a> {
    json: Option<&'a Json<'a>>,
    headers: &'a HeaderMap,
}

impl Look<'_> {
    /// What is absent is the empty text, which a rule may name too.
    fn operation(&self, rule: &OperationRule) -> Operation {
        let (value, values) = match rule {
            OperationRule::Always(operation) => return *operation,
            OperationRule::ByHeader { name, values } => {
                (self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default(), values)
            }
            OperationRule::ByPointer { pointer, values } => {
                (self.json.and_then(|json| pointer.get(json)?.scalar_text()).unwrap_or_default(), values)
            }
        };
        values.iter().find(|(text, _)| text == value).map_or(Operation::Other, |(_, operation)| *operation)
    }

    /// The first source that yields a value decides; what it yields must be a key.
    fn order_key(&self, sources: &[KeySource]) -> Result<OrderKey, Skip> {
        match sources.iter().find_map(|source| self.key(source)) {
            Some(Ok(key)) => Ok(key),
            Some(Err(skip)) => Err(skip),
            None => Err(Skip::NoOrderKey),
        }
    }

    /// The key of a request whose body is not whole: only headers can tell.
    fn in_headers(&self, sources: &[KeySource]) -> Option<OrderKey> {
        let headers = sources.iter().filter(|source| matches!(source, KeySource::Header(_)));
        headers.filter_map(|source| self.key(source)?.ok()).next()
    }

    /// What a source yields; `None`: nothing stands there. Null and the empty string are nothing.
    fn key(&self, source: &KeySource) -> Option<Result<OrderKey, Skip>> {
        let key = match source {
            KeySource::Header(_) => OrderKey::new(&self.text(source)?),
            KeySource::Pointer(pointer) => match pointer.find(self.json?) {
                Named::Absent | Named::Value(Json::Null) => return None,
                Named::Ambiguous => return Some(Err(Skip::AmbiguousOrderKey)),
                Named::Value(value) => OrderKey::from_json(value),
            },
        };
        match key {
            Ok(key) => Some(Ok(key)),
            Err(KeyError::Empty) => None,
            Err(_) => Some(Err(Skip::BadOrderKey)),
        }
    }

    fn text(&self, source: &KeySource) -> Option<String> {
        match source {
            KeySource::Header(name) => self.headers.get(name)?.to_str().ok().map(str::to_owned),
            KeySource::Pointer(pointer) => pointer.get(self.json?)?.scalar_text().map(str::to_owned),
        }
    }

    fn excludes(&self, exclude: &Exclude) -> bool {
        let value = self.json.and_then(|json| exclude.pointer.get(json));
        value.and_then(Json::scalar_text).is_some_and(|text| text == exclude.equals)
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderName;

    use super::*;
    use crate::order::Pointer;

    fn pointer(text: &str) -> KeySource {
        KeySource::Pointer(Pointer::parse(text).unwrap())
    }

    fn header(name: &'static str) -> KeySource {
        KeySource::Header(HeaderName::from_static(name))
    }

    fn route() -> Route {
        let name = HeaderName::from_static("x-topic");
        let values = vec![("orders/create".into(), Operation::Create), ("orders/cancelled".into(), Operation::Cancel)];
        Route {
            method: None,
            path: "/orders".into(),
            operation: OperationRule::ByHeader { name, values },
            order_key: vec![pointer("/id"), header("x-order-id")],
            also_known_as: vec![pointer("/name")],
            event_id: vec![header("x-event-id")],
            delivery_id: Vec::new(),
            signature: None,
            excludes: Vec::new(),
            order: crate::order::OrderPlaces::default(),
        }
    }

    fn capture(body: &[u8], headers: &[(&str, &str)]) -> Capture {
        let mut request = hyper::Request::post("/orders?a=1&b=%20");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let test =
            Exclude { pointer: Pointer::parse("/test").unwrap(), equals: "true".into(), reason: "test order".into() };
        extract(&route(), &[test], &parts, Received::Whole(Bytes::copy_from_slice(body)), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_order_key_or_the_reason_why_there_is_none() {
        for (body, key, skip) in [
            (&br#"{"id":820982911946154508}"#[..], Some("820982911946154508"), None),
            (br#"{"id":"820982911946154508"}"#, Some("820982911946154508"), None),
            (br#"{"id":98765432109876543210}"#, Some("98765432109876543210"), None),
            (br#"{"id":1,"id":2}"#, None, Some(Skip::AmbiguousOrderKey)),
            (br#"{"id":1.5}"#, None, Some(Skip::BadOrderKey)),
            (br#"{"id":{}}"#, None, Some(Skip::BadOrderKey)),
            (br#"{"id":null}"#, None, Some(Skip::NoOrderKey)),
            (br#"{"id":""}"#, None, Some(Skip::NoOrderKey)),
            (b"[]", None, Some(Skip::NoOrderKey)),
            (b"id=1", None, Some(Skip::NoJson)),
            (b"{\"id\":\"\xff\"}", None, Some(Skip::NoJson)),
            (b"", None, Some(Skip::EmptyBody)),
        ] {
            let capture = capture(body, &[]);
            let text = String::from_utf8_lossy(body);
            assert_eq!((capture.order_key.as_ref().map(OrderKey::as_str), capture.skip), (key, skip), "{text}");
            assert_eq!(capture.body, body);
        }
    }

    #[test]
    fn a_header_tells_where_the_body_does_not() {
        for body in [&b"id=1"[..], b"", b"{}", br#"{"id":null}"#] {
            let capture = capture(body, &[("x-order-id", "77")]);
            assert_eq!(capture.order_key.as_ref().map(OrderKey::as_str), Some("77"));
            assert!(capture.is_teed());
        }
    }

    #[test]
    fn operation_names_and_exclusion_are_read() {
        let body = br##"{"id":1,"name":"#1001","test":true}"##;
        let capture = capture(body, &[("x-topic", "orders/create"), ("x-event-id", "e-1"), ("cookie", "a=b")]);
        assert_eq!(capture.operation, Operation::Create);
        assert_eq!(capture.also_known_as, [OrderKey::new("#1001").unwrap()]);
        assert_eq!(capture.event_id.as_deref(), Some("e-1"));
        assert_eq!(capture.excluded.as_deref(), Some("test order"));
        assert!(!capture.is_teed());
        assert_eq!(capture.target, "/orders?a=1&b=%20");
        assert!(capture.headers.contains(&("cookie".into(), Bytes::from_static(b"[withheld]"))));
    }

    #[test]
    fn the_operation_may_stand_in_the_body() {
        let values = vec![("store/order/created".into(), Operation::Create), ("7".into(), Operation::Cancel)];
        let rule = OperationRule::ByPointer { pointer: Pointer::parse("/scope").unwrap(), values };
        let headers = HeaderMap::new();
        for (body, expected) in [
            (&br#"{"scope":"store/order/created"}"#[..], Operation::Create),
            (br#"{"scope":7}"#, Operation::Cancel),
            (br#"{"scope":"store/order/archived"}"#, Operation::Other),
            (br#"{"scope":"7","scope":"7"}"#, Operation::Other),
            (br#"{"scope":{}}"#, Operation::Other),
            (b"{}", Operation::Other),
            (b"scope=7", Operation::Other),
        ] {
            let json = Json::parse(body).ok();
            let look = Look { json: json.as_ref(), headers: &headers };
            assert_eq!(look.operation(&rule), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn exclusions_of_a_route_apply_beside_the_general_ones() {
        let mut route = route();
        route.excludes =
            vec![Exclude { pointer: Pointer::parse("/draft").unwrap(), equals: "yes".into(), reason: "draft".into() }];
        let (parts, ()) = hyper::Request::post("/orders").body(()).unwrap().into_parts();
        let body = Received::Whole(Bytes::from_static(br#"{"id":1,"draft":"yes"}"#));
        let capture = extract(&route, &[], &parts, body, Timestamp::UNIX_EPOCH);
        assert_eq!(capture.excluded.as_deref(), Some("draft"));
    }

    #[test]
    fn a_body_that_is_not_whole_is_never_taken_for_an_order() {
        let (parts, ()) = hyper::Request::post("/orders").header("x-order-id", "77").body(()).unwrap().into_parts();
        let at = Timestamp::UNIX_EPOCH;
        let large = extract(&route(), &[], &parts, Received::TooLarge { declared_bytes: 9_000_000 }, at);
        assert_eq!((large.skip, large.body_bytes), (Some(Skip::BodyTooLarge), 9_000_000));
        assert_eq!(large.order_key, Some(OrderKey::new("77").unwrap()), "its key explains its document");
        let gone = extract(&route(), &[], &parts, Received::Broken(Bytes::from_static(b"{\"id\":1}")), at);
        assert_eq!((gone.skip, gone.is_teed()), (Some(Skip::ClientGone), false));
    }
}
