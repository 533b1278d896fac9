//! How the simulated systems call each other: as long as they are told to wait, and no more than they can take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::StatusCode;
use tokio_util::sync::CancellationToken;

use super::super::http::{self, Received, Reply, System};
use super::*;

/// Answers with as many bytes as its path says, and what is no number never.
struct Sized {
    hung: AtomicUsize,
    end: CancellationToken,
}

impl System for Sized {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        let bytes = request.uri.path().trim_start_matches('/').parse::<usize>();
        if bytes.is_err() {
            self.hung.fetch_add(1, Ordering::Relaxed);
            self.end.cancelled().await;
        }
        http::json(StatusCode::OK, vec![b' '; bytes.unwrap_or_default()])
    }
}

async fn sized() -> (String, Arc<Sized>) {
    let end = CancellationToken::new();
    let sized = Arc::new(Sized { hung: AtomicUsize::new(0), end: end.clone() });
    let running = http::serve(Arc::clone(&sized), end).await.unwrap();
    (format!("http://{}", running.addr), sized)
}

/// Lets the clock of this test's timers jump.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
    // Whoever waited for that long is heard of by now.
    tokio::time::sleep(Duration::from_millis(10)).await;
}

#[tokio::test]
async fn an_answer_is_taken_up_to_a_size() {
    let (base, _sized) = sized().await;
    for (bytes, is_taken) in [(0, true), (4 << 20, true), ((4 << 20) + 1, false)] {
        let answer = Caller::new().get(&format!("{base}/{bytes}"), CALL_MAX).await;
        assert_eq!(answer.as_ref().is_ok_and(|answer| answer.body.len() == bytes), is_taken, "{bytes} bytes");
        assert_eq!(matches!(answer, Err(CallError::Connection(_))), !is_taken, "{bytes} bytes");
    }
}

#[tokio::test]
async fn a_call_waits_as_long_as_it_is_told_to() {
    let (base, sized) = sized().await;
    for wait in [CALL_MAX / 2, CALL_MAX, CALL_MAX * 2, CALL_MAX * 100] {
        let (caller, uri, hung) = (Caller::new(), format!("{base}/never"), sized.hung.load(Ordering::Relaxed));
        let asking = tokio::spawn(async move { caller.get(&uri, wait).await });
        until("the call in hand", async || sized.hung.load(Ordering::Relaxed) > hung).await;
        pass(wait - WAIT_MAX).await;
        assert!(!asking.is_finished(), "{wait:?}");
        pass(WAIT_MAX).await;
        assert!(matches!(asking.await.unwrap(), Err(CallError::TimedOut)), "{wait:?}");
    }
}
