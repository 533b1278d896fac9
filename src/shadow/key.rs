//! The deterministic Idempotency-Key.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::outcome::{Capture, Lane, Operation};
use crate::run::Run;

/// The key of all sends of a capture to a lane: the same for every send of the same operation on the same
/// order in one run. Operations that may happen twice to an order are told apart by the event id, or by
/// the body's digest.
#[must_use]
pub fn idempotency_key(run: Run, lane: Lane, capture: &Capture) -> String {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(&run.number.to_le_bytes());
    part(&run.began_at.as_microsecond().to_le_bytes());
    part(lane.as_str().as_bytes());
    part(capture.order_key.as_ref().map_or("", |key| key.as_str()).as_bytes());
    part(capture.operation.as_str().as_bytes());
    if capture.operation != Operation::Create {
        match &capture.event_id {
            Some(event) => part(event.as_bytes()),
            None => part(&Sha256::digest(&capture.body)),
        }
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let (first, _) = digest.split_at(16);
    Uuid::from_slice(first)
        .map(|half| uuid::Builder::from_bytes(*half.as_bytes()).into_uuid())
        .unwrap_or_default()
        .to_string()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;

    use super::*;
    use crate::order::OrderKey;

    fn capture(key: &str, operation: Operation, event: Option<&str>, body: &'static str) -> Capture {
        Capture {
            uuid: Uuid::nil(),
            received_at: Timestamp::UNIX_EPOCH,
            method: "POST".into(),
            target: "/".into(),
            route: "/".into(),
            operation,
            order_key: Some(OrderKey::new(key).unwrap()),
            also_known_as: Vec::new(),
            event_id: event.map(str::to_owned),
            delivery_id: None,
            excluded: None,
            skip: None,
            signature: None,
            headers: Vec::new(),
            body: Bytes::from_static(body.as_bytes()),
            body_bytes: 0,
        }
    }

    #[test]
    fn the_same_send_has_the_same_key_and_others_have_not() {
        let run = |number, second| Run { number, began_at: Timestamp::from_second(second).unwrap(), resumed: false };
        let first = idempotency_key(run(1, 0), Lane::Gated, &capture("1", Operation::Create, Some("e"), "{}"));
        let redelivered = capture("1", Operation::Create, Some("another event"), r#"{"updated":true}"#);
        assert_eq!(idempotency_key(run(1, 0), Lane::Gated, &redelivered), first);
        let others = [
            (run(2, 0), Lane::Gated, capture("1", Operation::Create, None, "{}")),
            (run(1, 9), Lane::Gated, capture("1", Operation::Create, None, "{}")),
            (run(1, 0), Lane::Legacy, capture("1", Operation::Create, None, "{}")),
            (run(1, 0), Lane::Gated, capture("2", Operation::Create, None, "{}")),
            (run(1, 0), Lane::Gated, capture("1", Operation::Update, Some("e"), "{}")),
            (run(1, 0), Lane::Gated, capture("1", Operation::Update, Some("f"), "{}")),
            (run(1, 0), Lane::Gated, capture("1", Operation::Update, None, "{}")),
            (run(1, 0), Lane::Gated, capture("1", Operation::Update, None, "[]")),
        ];
        let mut keys: Vec<_> =
            others.iter().map(|(run, lane, capture)| idempotency_key(*run, *lane, capture)).collect();
        keys.push(first);
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), others.len() + 1);
    }
}
