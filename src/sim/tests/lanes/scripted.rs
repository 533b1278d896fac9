//! An ERP that says what it is told to, call by call, and commits once for a key.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use hyper::header::RETRY_AFTER;
use hyper::{Method, StatusCode};
use tokio::sync::watch;

use super::*;
use crate::sim::http::{self, Received, Reply, System, refusal};

/// What it says to one call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Says {
    /// Commits, and answers 201; 200 where the key was there before.
    Yes,
    /// Commits once a cancellation has come, and answers 201.
    YesAfterCancel,
    /// Commits, and never answers.
    YesInSilence,
    /// Never answers.
    Nothing,
    /// A status and a code.
    No(u16, &'static str),
}

/// What it keeps of a call: the key, and the external id where it committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) key: Option<String>,
    pub(super) committed: Option<String>,
    pub(super) is_cancelled: bool,
}

/// The running ERP.
#[derive(Clone, Debug)]
pub(super) struct Scripted {
    pub(super) addr: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    script: Mutex<VecDeque<Says>>,
    calls: Mutex<Vec<Call>>,
    by_key: Mutex<HashMap<String, usize>>,
    /// How many cancellations came.
    cancels: watch::Sender<usize>,
    end: CancellationToken,
}

impl Scripted {
    /// Follows the script call by call, and says yes to all that comes after.
    pub(super) async fn start(script: &[Says], end: &CancellationToken) -> Self {
        let state = Arc::new(State {
            script: Mutex::new(script.iter().copied().collect()),
            calls: Mutex::default(),
            by_key: Mutex::default(),
            cancels: watch::Sender::new(0),
            end: end.clone(),
        });
        let running = http::serve(Arc::clone(&state), end.clone()).await.unwrap();
        Self { addr: running.addr, state }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().unwrap().clone()
    }

    /// How many documents it has.
    pub(super) fn documents(&self) -> usize {
        self.calls().iter().filter(|call| call.committed.is_some()).count()
    }

    /// How many of them are not cancelled.
    pub(super) fn open_documents(&self) -> usize {
        self.calls().iter().filter(|call| call.committed.is_some() && !call.is_cancelled).count()
    }

    /// Whether all of the script was asked for.
    pub(super) fn is_through(&self) -> bool {
        self.state.script.lock().unwrap().is_empty()
    }

    /// The keys of all calls.
    pub(super) fn keys(&self) -> Vec<Option<String>> {
        self.calls().into_iter().map(|call| call.key).collect()
    }
}

impl State {
    /// Commits unless the key was there before.
    fn commit(&self, request: &Received) -> Reply {
        let order: Value = serde_json::from_slice(&request.body).unwrap();
        let key = request.header("idempotency-key").map(str::to_owned);
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let first = key.as_ref().and_then(|key| by_key.get(key).copied());
        let committed = first.is_none().then(|| order["external_id"].as_str().unwrap().to_owned());
        calls.push(Call { key: key.clone(), committed, is_cancelled: false });
        let number = first.unwrap_or(calls.len());
        if let Some(key) = key {
            by_key.insert(key, number);
        }
        let status = if first.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        http::json(status, format!(r#"{{"id":"{number}"}}"#))
    }

    /// Cancels all documents of an order.
    fn cancel(&self, external_id: &str) -> Reply {
        let mut cancelled = 0;
        for call in self.calls.lock().unwrap().iter_mut() {
            if call.committed.as_deref() == Some(external_id) {
                call.is_cancelled = true;
                cancelled += 1;
            }
        }
        self.cancels.send_modify(|cancels| *cancels += 1);
        http::json(StatusCode::OK, format!(r#"{{"cancelled":{cancelled}}}"#))
    }

    fn note(&self, request: &Received) {
        let key = request.header("idempotency-key").map(str::to_owned);
        self.calls.lock().unwrap().push(Call { key, committed: None, is_cancelled: false });
    }
}

impl System for State {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        assert_eq!(request.method, Method::POST);
        let path = request.uri.path().strip_prefix("/orders").unwrap();
        if let Some(external_id) = path.strip_prefix('/').and_then(|path| path.strip_suffix("/cancel")) {
            return self.cancel(external_id);
        }
        assert_eq!(path, "");
        let says = self.script.lock().unwrap().pop_front().unwrap_or(Says::Yes);
        match says {
            Says::Yes => return self.commit(&request),
            Says::YesAfterCancel => {
                let mut cancels = self.cancels.subscribe();
                cancels.wait_for(|cancels| *cancels > 0).await.unwrap();
                return self.commit(&request);
            }
            Says::No(status, code) => {
                self.note(&request);
                let mut reply = refusal(StatusCode::from_u16(status).unwrap(), code, "as the script has it");
                reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("0"));
                return reply;
            }
            Says::YesInSilence => drop(self.commit(&request)),
            Says::Nothing => self.note(&request),
        }
        self.end.cancelled().await;
        refusal(StatusCode::SERVICE_UNAVAILABLE, "END", "the ERP has ended")
    }
}
