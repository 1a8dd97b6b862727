//! What a browser gets: the page that `web/` builds, embedded; without it, a page that says how to get it.

use poem::error::MethodNotAllowedError;
use poem::http::{HeaderMap, Method, header};
use poem::{Endpoint, Request, Response, Result, endpoint::make_sync};
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::sync::OnceLock;

/// `web/dist`, empty if the page was not built: `cargo build` alone needs no Node.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

const INDEX: &str = "index.html";
/// Vite puts a hash of the content into these names, so they never change.
const HASHED: &str = "assets/";
const PLACEHOLDER: &str = include_str!("web.html");

/// No inline script or style, nothing from any other host.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
/// The placeholder has no script, and its style is its own.
const PLACEHOLDER_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";
/// The reference is one page with everything inside, so that it works without a network.
const REFERENCE_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Paths that are not the page's, whatever a browser says it accepts.
const NOT_PAGES: [&str; 6] = ["/v1", "/docs", "/healthz", "/readyz", "/metrics", "/openapi.json"];

/// Answers what belongs to the page and leaves the rest to `api`. The page has addresses of its own (`/c/…`), so a
/// browser that asks for any other page gets the same one; whoever asks for something else gets the API's `404`.
pub struct Page<E> {
    api: E,
}

impl<E> Page<E> {
    /// The page in front of `api`.
    pub fn before(api: E) -> Page<E> {
        Page { api }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Page<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        match answer(request.uri().path(), request.headers()) {
            Some(page) if is_read => Ok(page),
            Some(_) => Err(MethodNotAllowedError.into()),
            None => self.api.call(request).await,
        }
    }
}

/// The reference's HTML under our name, as wide as a phone where it is on one, and with an icon that is not asked for.
pub fn title(html: &str) -> String {
    const HEAD: &str = "<title>Hubbub API</title><link rel=\"icon\" href=\"data:,\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">";
    html.replace("<title>Swagger UI</title>", HEAD)
}

/// The reference at `/docs`. Its HTML is large and seldom read, so it is written when it is first asked for.
pub fn reference(write: impl Fn() -> String + Send + Sync + 'static) -> impl Endpoint + 'static {
    let html = OnceLock::new();
    make_sync(move |_| html_page(html.get_or_init(&write).clone(), REFERENCE_POLICY))
}

fn answer(path: &str, headers: &HeaderMap) -> Option<Response> {
    if is_not_a_page(path) {
        return None;
    }
    let name = path.trim_start_matches('/');
    if !name.is_empty()
        && let Some(found) = file(name, headers)
    {
        return Some(found);
    }
    let wants_html = accepts(headers, header::ACCEPT, "text/html");
    if path != "/" && (!wants_html || name.starts_with(HASHED)) {
        return None;
    }
    let index = file(INDEX, headers);
    if path == "/" {
        Some(index.unwrap_or_else(|| html_page(PLACEHOLDER.to_owned(), PLACEHOLDER_POLICY)))
    } else {
        index
    }
}

fn is_not_a_page(path: &str) -> bool {
    NOT_PAGES
        .iter()
        .any(|start| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A file of the page, as small as the browser takes it: the build leaves compressed ones beside each.
fn file(name: &str, headers: &HeaderMap) -> Option<Response> {
    let plain = Built::get(name)?;
    let smaller = [("br", ".br"), ("gzip", ".gz")].into_iter().find_map(|(encoding, ending)| {
        let is_taken = accepts(headers, header::ACCEPT_ENCODING, encoding);
        is_taken.then(|| Built::get(&format!("{name}{ending}"))).flatten().map(|found| (encoding, found))
    });
    let lifetime = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let response = Response::builder()
        .content_type(content_type(name))
        .header(header::CACHE_CONTROL, lifetime)
        .header(header::VARY, "Accept-Encoding")
        .header(header::CONTENT_SECURITY_POLICY, POLICY);
    Some(match smaller {
        Some((encoding, found)) => {
            response.header(header::CONTENT_ENCODING, encoding).body(bytes(found.data))
        }
        None => response.body(bytes(plain.data)),
    })
}

fn bytes(data: Cow<'static, [u8]>) -> bytes::Bytes {
    match data {
        Cow::Borrowed(embedded) => bytes::Bytes::from_static(embedded),
        Cow::Owned(read) => bytes::Bytes::from(read),
    }
}

fn html_page(body: String, policy: &'static str) -> Response {
    Response::builder()
        .content_type(content_type(INDEX))
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .body(body)
}

/// Whether a list of a header names this, and not with `q=0`.
fn accepts(headers: &HeaderMap, name: header::HeaderName, wanted: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| {
        let (named, quality) = part.split_once(';').unwrap_or((part, ""));
        let quality = quality.trim();
        named.trim().eq_ignore_ascii_case(wanted)
            && !matches!(quality, "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    fn browser() -> HeaderMap {
        let accept = HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8");
        HeaderMap::from_iter([(header::ACCEPT, accept)])
    }

    #[test]
    fn the_api_is_never_a_page() {
        for path in ["/v1", "/v1/nonsense", "/docs", "/healthz", "/openapi.json"] {
            assert!(answer(path, &browser()).is_none(), "{path}");
        }
    }

    #[test]
    fn the_root_is_always_a_page_and_a_missing_file_never_is() {
        let root = answer("/", &HeaderMap::new());
        assert!(root.is_some_and(|page| page.headers().contains_key(header::CONTENT_SECURITY_POLICY)));
        assert!(answer("/assets/gone-1234.js", &browser()).is_none());
        assert!(answer("/favicon.ico", &HeaderMap::new()).is_none());
    }

    #[test]
    fn a_place_inside_the_page_is_the_page() {
        let is_built = Built::get(INDEX).is_some();
        assert_eq!(answer("/c/some-channel", &browser()).is_some(), is_built);
        assert!(answer("/c/some-channel", &HeaderMap::new()).is_none());
    }

    #[test]
    fn an_encoding_that_is_refused_is_not_taken() {
        let line = HeaderValue::from_static("gzip, br;q=0");
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, line)]);
        assert!(accepts(&headers, header::ACCEPT_ENCODING, "gzip"));
        assert!(!accepts(&headers, header::ACCEPT_ENCODING, "br"));
    }
}
