//! The storefront's own API, from which an order is fetched after a webhook that names no more than its id.

use std::io;
use std::sync::Arc;

use hyper::{Method, StatusCode};
use tokio_util::sync::CancellationToken;

use super::book::Book;
use crate::sim::http::{self, Received, Reply, Running, System, json, refusal};
use crate::sim::shop::{Shop, Topic};

#[derive(Debug)]
struct Api {
    shop: Shop,
    book: Arc<Book>,
}

/// Serves the orders of a shop, each as the book has it now.
pub(super) async fn serve(shop: Shop, book: Arc<Book>, end: CancellationToken) -> io::Result<Running> {
    http::serve(Arc::new(Api { shop, book }), end).await
}

impl System for Api {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        if request.method != Method::GET {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "orders are read here");
        }
        let id = request.uri.path().strip_prefix("/orders/").and_then(|id| id.parse().ok());
        match id.and_then(|id| self.shop.number_of(id)) {
            Some(number) => {
                // Planned and not placed yet, it shows as it will be placed.
                let state = self.book.state_of(number).unwrap_or(Topic::Create);
                json(StatusCode::OK, self.shop.payload(number, state))
            }
            None => refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such order"),
        }
    }
}
