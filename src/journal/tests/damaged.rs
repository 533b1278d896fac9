//! A file whose first page is damaged is still known for a journal; what was never one is not.

use super::*;

/// Bytes of a page.
const PAGE: usize = 8_192;

async fn written(world: &World, orders: usize) -> Vec<u8> {
    let opened = world.open();
    for number in 0..orders {
        captured(&opened.journal, order(number)).await;
    }
    close(opened).await;
    std::fs::read(&world.path).unwrap()
}

fn open_error(path: &Path) -> OpenError {
    open(path, Options::default()).map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn a_journal_without_its_first_page_is_damaged() {
    for orders in [0, 1, 300] {
        let world = World::new();
        let whole = written(&world, orders).await;
        for with in [0xff, 0x00, b'x'] {
            let mut bytes = whole.clone();
            bytes[..PAGE].fill(with);
            std::fs::write(&world.path, &bytes).unwrap();
            let error = open_error(&world.path);
            assert!(error.is_damage(), "{orders} orders, {with:#x}: {error}");
            assert_eq!(std::fs::read(&world.path).unwrap(), bytes, "it is left as it is");
        }
    }
}

#[tokio::test]
async fn what_was_never_a_journal_is_foreign_however_long_it_is() {
    let world = World::new();
    let whole = written(&world, 50).await;
    let text: Vec<u8> = b"order,total\r\n1001,19.90\r\n".iter().copied().cycle().take(4 * PAGE).collect();
    let random: Vec<u8> = (0..4 * PAGE)
        .scan(7_u64, |state, _| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some((*state >> 33) as u8)
        })
        .collect();
    // A part of a journal behind something else, and one that was cut within a page.
    let behind = [text.as_slice(), &whole[2 * PAGE..]].concat();
    let mut cut = whole.clone();
    cut[..PAGE].fill(0xff);
    cut.truncate(whole.len() - 100);
    for (what, bytes) in
        [("text", text), ("random", random), ("zeros", vec![0; 4 * PAGE]), ("behind", behind), ("cut", cut)]
    {
        std::fs::write(&world.path, &bytes).unwrap();
        let error = open_error(&world.path);
        assert!(!error.is_damage() && matches!(error, OpenError::Foreign { .. }), "{what}: {error}");
        assert_eq!(std::fs::read(&world.path).unwrap(), bytes, "{what} is left untouched");
    }
}
