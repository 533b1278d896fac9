//! The signature of a webhook: base64 (RFC 4648) of HMAC-SHA256 (RFC 2104) over the raw body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The value of `X-Shopify-Hmac-Sha256` for this body.
pub(super) fn sign(secret: &[u8], body: &[u8]) -> String {
    // A secret of any length is one.
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok();
    mac.map(|mac| STANDARD.encode(mac.chain_update(body).finalize().into_bytes())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, cases 1, 2, 6.
    #[test]
    fn the_digest_is_that_of_the_rfc() {
        let hex = |signed: String| {
            let bytes = STANDARD.decode(signed).unwrap();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        for (secret, message, expected) in [
            (&[0x0b; 20][..], &b"Hi There"[..], "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(hex(sign(secret, message)), expected);
        }
    }
}
