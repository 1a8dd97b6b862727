//! Which pages may use a session cookie (contract, section 4): those of the server itself, and of origins that are allowed
//! by name. Look-alikes are not: an origin is taken apart, never searched.

/// An origin taken apart (RFC 6454), in lower case, with the scheme's own port if it names none.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// `None` for what no browser sends, `null` included.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (host, port) = authority_of(authority)?;
        Some(Self { is_https, host, port: port.unwrap_or(if is_https { 443 } else { 80 }) })
    }

    /// Whether this is the server that the request names as its `Host`, which has no scheme: a port that it leaves out
    /// is the origin's own.
    fn is_of(&self, host: &str) -> bool {
        let default = if self.is_https { 443 } else { 80 };
        authority_of(host)
            .is_some_and(|(host, port)| host == self.host && port.unwrap_or(default) == self.port)
    }
}

/// Host and port; nothing before, between or after them.
fn authority_of(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let is_address = !address.is_empty()
                && address.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
            is_address.then_some(())?;
            (&text[..address.len() + 2], port)
        }
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            let is_name = !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
            is_name.then_some(())?;
            (host, port)
        }
    };
    let port = match port.strip_prefix(':') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(digits.parse().ok()?)
        }
        Some(_) => return None,
        None if port.is_empty() => None,
        None => return None,
    };
    Some((host.to_ascii_lowercase(), port))
}

/// The origins that may use a session cookie.
#[derive(Debug)]
pub struct Origins(Vec<Origin>);

impl Origins {
    /// These, besides the server's own; what is no origin is left out.
    pub fn new(allowed: Vec<String>) -> Self {
        Self(allowed.iter().filter_map(|origin| Origin::parse(origin)).collect())
    }

    /// Whether a page of this origin may; `host` is the request's `Host`.
    pub fn is_allowed(&self, origin: &str, host: Option<&str>) -> bool {
        let Some(origin) = Origin::parse(origin) else { return false };
        host.is_some_and(|host| origin.is_of(host)) || self.0.contains(&origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_origin_is_allowed() {
        let origins = Origins::new(vec![]);
        let own = [
            ("https://chat.example.org", "chat.example.org"),
            ("https://chat.example.org", "chat.example.org:443"),
            ("https://chat.example.org:443", "chat.example.org"),
            ("http://chat.example.org", "chat.example.org:80"),
            ("HTTPS://Chat.Example.ORG", "chat.EXAMPLE.org"),
            ("http://localhost:8080", "localhost:8080"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
            ("https://[2001:DB8::1]", "[2001:db8::1]"),
        ];
        for (origin, host) in own {
            assert!(origins.is_allowed(origin, Some(host)), "{origin} on {host}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        let origins = Origins::new(vec!["https://app.example.org".into(), "http://localhost:5173".into()]);
        let foreign = [
            "",
            "null",
            "*",
            "chat.example.org",
            "https://",
            "https://evil.example",
            "https://chat.example.org.evil.example",
            "https://evil.example.org",
            "https://evilchat.example.org",
            "https://chat.example.org.",
            "https://chat.example.orgx",
            "https://chat.example.org:8443",
            "https://chat.example.org:80",
            "http://chat.example.org:443",
            "https://chat.example.org:",
            "https://chat.example.org:443x",
            "https://chat.example.org:99999",
            "https://chat.example.org:+443",
            "https://chat.example.org/",
            "https://chat.example.org/x",
            "https://chat.example.org?x",
            "https://chat.example.org#x",
            "https://chat.example.org\\@evil.example",
            "https://chat.example.org@evil.example",
            "https://evil.example@chat.example.org",
            "https://chat.example.org,https://evil.example",
            " https://chat.example.org",
            "https://chat.example.org ",
            "https://chat.example.org\t",
            "https://chat.exa\u{fc}mple.org",
            "https://ch\u{430}t.example.org",
            "https:chat.example.org",
            "https:///chat.example.org",
            "ws://chat.example.org",
            "file://chat.example.org",
            "javascript://chat.example.org",
            "chrome-extension://chat.example.org",
            "https://[::1",
            "https://[]",
            "https://[::1]chat.example.org",
            "http://app.example.org",
            "https://app.example.org:8443",
            "https://app.example.org.evil.example",
            "https://localhost:5173",
            "http://localhost",
            "http://localhost:51730",
        ];
        for origin in foreign {
            assert!(!origins.is_allowed(origin, Some("chat.example.org")), "{origin:?}");
        }
    }

    #[test]
    fn allowed_origins_are_compared_whole() {
        let origins = Origins::new(vec!["https://app.example.org".into(), "http://localhost:5173".into()]);
        for origin in ["https://app.example.org", "https://APP.example.org:443", "http://localhost:5173"] {
            assert!(origins.is_allowed(origin, Some("chat.example.org")), "{origin}");
            assert!(origins.is_allowed(origin, None), "{origin}");
        }
        assert!(!origins.is_allowed("https://chat.example.org", None));
        assert!(!origins.is_allowed("https://chat.example.org", Some("")));
    }
}
