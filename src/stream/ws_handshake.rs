//! The opening handshake of WebSocket (RFC 6455, section 4.2).

use crate::error::{Code, Error, Result};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem::http::{HeaderMap, header};

/// Checks the request's headers and returns `Sec-WebSocket-Accept`.
pub fn accept(headers: &HeaderMap) -> Result<String> {
    let has = |name: header::HeaderName, token: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::UPGRADE, "websocket") || !has(header::CONNECTION, "upgrade") {
        return Err(Error::new(
            Code::UpgradeRequired,
            "This route speaks WebSocket: `Connection: Upgrade`, `Upgrade: websocket`.",
        ));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Error::new(Code::UpgradeRequired, "Only version 13 of WebSocket is spoken here."));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok()).unwrap_or_default();
    if STANDARD.decode(key).map(|bytes| bytes.len()) != Ok(16) {
        return Err(Error::new(Code::BadRequest, "`Sec-WebSocket-Key` must be 16 bytes in base64."));
    }
    let answer = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Ok(STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, answer.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_key_is_answered_as_the_standard_says() {
        let good = headers(&[
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
        assert_eq!(accept(&good).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(accept(&headers(&[])).unwrap_err().code, Code::UpgradeRequired);
        let old = [("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-version", "8")];
        assert_eq!(accept(&headers(&old)).unwrap_err().code, Code::UpgradeRequired);
        let keyless = [("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-version", "13")];
        assert_eq!(accept(&headers(&keyless)).unwrap_err().code, Code::BadRequest);
    }
}
