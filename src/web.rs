//! What a browser gets: for now one page that says what this is and where the API is described.

use poem::http::header;
use poem::{Endpoint, Response, endpoint::make_sync};

const PAGE: &str = include_str!("web.html");
/// The page has no script, and its style is its own.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";
/// The reference is one page with everything inside, so that it works without a network.
const REFERENCE_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'";

fn page(body: String, policy: &'static str) -> Response {
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .body(body)
}

/// The page at `/`.
pub fn home() -> impl Endpoint + 'static {
    make_sync(|_| page(PAGE.to_owned(), POLICY))
}

/// The reference's HTML under our name, and with an icon that asks the server for none.
pub fn title(html: &str) -> String {
    html.replace("<title>Swagger UI</title>", "<title>Hubbub API</title><link rel=\"icon\" href=\"data:,\">")
}

/// The reference at `/docs`, from its HTML.
pub fn reference(html: String) -> impl Endpoint + 'static {
    make_sync(move |_| page(html.clone(), REFERENCE_POLICY))
}
