//! An order's way outlives its client: a client that goes away must not take the order with it.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

type Order<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that is polled in place, and goes on as a task of its own where it is dropped before its end.
/// A task for each order from the start would cost every one of them two more wake-ups.
pub(super) struct Detached<T: Send + 'static> {
    order: Option<Order<T>>,
}

impl<T: Send + 'static> Detached<T> {
    pub(super) fn new(order: impl Future<Output = T> + Send + 'static) -> Self {
        Self { order: Some(Box::pin(order)) }
    }
}

impl<T: Send + 'static> Future for Detached<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(order) = &mut self.order else {
            return Poll::Pending;
        };
        let polled = order.as_mut().poll(context);
        if polled.is_ready() {
            self.order = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Detached<T> {
    fn drop(&mut self) {
        if let (Some(order), Ok(runtime)) = (self.order.take(), Handle::try_current()) {
            drop(runtime.spawn(order));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_is_dropped_goes_on_and_what_ended_does_not() {
        let (go, gone) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let mut order = Detached::new(async move {
            let _sender_may_go = gone.await;
            tell.send(7)
        });
        let waker = std::task::Waker::noop();
        assert!(Pin::new(&mut order).poll(&mut Context::from_waker(waker)).is_pending());
        drop(order);
        go.send(()).unwrap();
        assert_eq!(told.await, Ok(7));
        assert_eq!(Detached::new(async { 8 }).await, 8);
    }
}
